"""Print the book into a PDF, with Chromium: `python -m tools.editions.pdf`.

Chromium writes the outline and the tags. It cannot say on which page a link's target stands, so the
book is printed twice: the page numbers of the contents and of the index come from the first time.
"""

import html
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import yaml
from playwright.sync_api import sync_playwright
from pygments.formatters import HtmlFormatter

import xentlib
from tools import book, node
from tools.browser import ARGUMENTS, HOW_TO_GET_ONE, find_browser
from tools.editions import paper
from tools.editions.making import make
from tools.notebooks import ROOT

STYLE = Path(__file__).with_name("print.css")
FONTS = {
    "@fontsource/source-serif-4": ("400", "400-italic", "600", "600-italic"),
    "@fontsource/source-sans-3": ("400", "400-italic", "600"),
    "@fontsource/source-code-pro": ("400", "400-italic", "600"),
    "@fontsource-variable/noto-sans-sc": ("wght",),
}
# How wide the text is: 160 mm, in the browser's pixels.
WIDTH = round(160 / 25.4 * 96)
# What would be cut off at the right edge of the paper.
CUT_OFF = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('svg') && e.getBoundingClientRect().right > innerWidth + 2)
  .map(e => `${e.closest('.chapter')?.className}: ${e.tagName} ${e.textContent.slice(0, 60)}`)"""
# The pages before the first chapter: the title, what stands behind it, the contents.
COVER = """<section class="title-page"><img src="_static/logo.svg" alt="">
<p class="title">{title}</p>
<p class="motto">A course book that proves what it prints</p>
<p class="author">{author}</p><p class="version">Version {version}, {date}</p></section>
<section class="imprint"><p>{title}, version {version}, {date}.{address}</p>
<p>© {copyright}.</p><p>Each derivation in this book was proved line by line by a computer algebra
system. Each number and figure is the output of code that the book’s tests run again. Solutions of
exercises, which the site folds, stand below their exercises.</p></section>"""


class TooWideError(Exception):
    """Something does not fit onto the paper."""


def time() -> int:
    """Return the time that the book bears: SOURCE_DATE_EPOCH, or that of the commit."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or book.time_of_commit())


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return settings


def _front(settings: dict[str, Any]) -> str:
    date = datetime.fromtimestamp(time(), UTC)
    address = settings["sphinx"]["config"].get("html_baseurl") or ""
    words = {name: html.escape(settings[name]) for name in ("title", "author", "copyright")}
    return COVER.format(
        **words,
        version=xentlib.__version__,
        date=f"{date.day} {date:%B %Y}",
        address=f' The site: <a href="{address}">{address}</a>' if address else "",
    )


def _styles(parts: list[paper.Part]) -> str:
    modules = node.folder("print") / "node_modules"
    fonts = [
        f'@import "{(modules / package / f"{weight}.css").as_uri()}";'
        for package, weights in FONTS.items()
        for weight in weights
    ]
    code = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    style = STYLE.read_text(encoding="utf-8")
    return "\n".join([*fonts, code, style, *paper.headers(parts)])


def page_of_html(site: Path, toc: Path, settings: dict[str, Any]) -> str:
    """Return the book as one page, whose files are looked for in the site's folder."""
    address = settings["sphinx"]["config"].get("html_baseurl") or ""
    parts = paper.read(site, toc)
    glyphs = paper.prepare(parts, address)
    return (
        '<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        '<base href="{base}/"><style>\n{style}</style></head><body>'
        '<svg class="glyphs" aria-hidden="true" width="0" height="0"><defs>{glyphs}</defs></svg>'
        "{body}</body></html>\n"
    ).format(
        lang=settings["sphinx"]["config"]["language"],
        title=html.escape(settings["title"]),
        base=site.as_uri(),
        style=_styles(parts),
        glyphs=glyphs,
        body=paper.body(parts, _front(settings)),
    )


def print_out(page: str, target: Path) -> None:
    """Print a page of HTML into a PDF, with the page numbers that it asks for."""
    source = target.with_suffix(".html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        # Without scripts, a picture that lives on the screen shows its still version.
        sheet = browser.new_page(
            java_script_enabled=False,
            color_scheme="light",
            viewport={"width": WIDTH, "height": 900},
        )
        sheet.emulate_media(media="print")
        pages: dict[str, int] = {}
        for _ in range(4):
            source.write_text(page, encoding="utf-8", newline="\n")
            sheet.goto(source.as_uri(), wait_until="load")
            if cut := sheet.evaluate(CUT_OFF):
                raise TooWideError("\n".join(cut))
            sheet.pdf(
                path=target, prefer_css_page_size=True, print_background=True, outline=True,
                tagged=True,
            )  # fmt: skip
            found = pages_of_anchors(target)
            if found == pages:
                break
            pages = found
            page = paper.with_page_numbers(page, pages)
        else:
            raise RuntimeError("the page numbers do not settle")
        browser.close()


def pages_of_anchors(file: Path) -> dict[str, int]:
    """Return the number of the page on which each target of a link stands."""
    with pikepdf.open(file) as pdf:
        numbers: dict[Any, int] = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        targets = pdf.Root.get("/Dests", pikepdf.Dictionary())
        return {name.removeprefix("/"): numbers[at[0].objgen] for name, at in targets.items()}


def _mend(entries: list[pikepdf.OutlineItem]) -> None:
    """Say the title of each entry once: Chromium says it twice for a heading that begins a page."""
    for entry in entries:
        half = entry.title[: len(entry.title) // 2]
        if entry.title == half * 2:
            entry.title = half
        _mend(entry.children)


def finish(file: Path, settings: dict[str, Any], when: int) -> None:
    """Say in the PDF what it is, leave out what differs from time to time, and pack it tightly."""
    date = datetime.fromtimestamp(when, UTC)
    pikepdf.settings.set_flate_compression_level(9)
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        del pdf.docinfo
        for name, value in {
            "Title": settings["title"],
            "Author": settings["author"],
            "Subject": "Cross-entropy losses, derived, implemented and tested",
            "Creator": "Jupyter Book and Chromium",
            "CreationDate": f"D:{date:%Y%m%d%H%M%S}Z",
            "ModDate": f"D:{date:%Y%m%d%H%M%S}Z",
        }.items():
            pdf.docinfo[f"/{name}"] = value
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as about:
            about["dc:title"] = settings["title"]
            about["dc:creator"] = [settings["author"]]
            about["dc:language"] = {settings["sphinx"]["config"]["language"]}
            about["xmp:CreateDate"] = about["xmp:ModifyDate"] = date.isoformat()
        with pdf.open_outline() as outline:
            _mend(outline.root)
        pdf.Root.Lang = settings["sphinx"]["config"]["language"]
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.save(
            file,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            deterministic_id=True,
        )


def write(target: Path) -> None:
    """Write the PDF of the book."""
    settings = _settings()
    page = page_of_html(book.HTML, ROOT / "_toc.yml", settings)
    print_out(page, target)
    finish(target, settings, time())


def main() -> int:
    """Make the PDF, if all that it needs is there."""
    if find_browser() is None:
        print(HOW_TO_GET_ONE, file=sys.stderr)
        return 1
    for group in ("site", "print"):
        if missing := node.install(group):
            print(f"The PDF needs packages from npm: {missing}.", file=sys.stderr)
            return 1
    return make("pdf", write)


if __name__ == "__main__":
    sys.exit(main())
