"""A Sphinx extension by which the EPUB of the book is one that every reader of EPUBs can show.

What the site has for the browser is left out: style, scripts, tabs, the page for wrong addresses. A
formula is the same SVG as on the site, which no reading system draws in another way or lets run
out of the page, with MathML for those that read aloud.
"""

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html._assets import _CascadingStyleSheet
from sphinx.config import Config
from sphinx.highlighting import PygmentsBridge

import xentlib
from tools.editions import NAME
from tools.site.head import draw

STYLE = Path(__file__).with_name("ebook.css")
COVER = "_static/cover.png"
PIXELS = (1200, 1800)
# An archive's files have this time, for a ZIP file has no time before it and no time zone.
EARLIEST = (1980, 1, 1, 0, 0, 0)

# What the book offers to those who do not see, or not well.
ACCESS = "".join(
    f'    <meta property="schema:{name}">{value}</meta>\n'
    for name, value in (
        ("accessMode", "textual"),
        ("accessMode", "visual"),
        ("accessModeSufficient", "textual"),
        ("accessibilityFeature", "alternativeText"),
        ("accessibilityFeature", "MathML"),
        ("accessibilityFeature", "structuralNavigation"),
        ("accessibilityFeature", "tableOfContents"),
        ("accessibilityHazard", "none"),
        ("accessibilitySummary", "Figures have alternative texts, formulas are in MathML too."),
    )
)
_SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
# What the site's HTML has and an EPUB must not have, and what stands there instead.
REWRITTEN: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    # What only a screen needs.
    (r'<p class="no-print">.*?</p>', ""),
    (r'<span class="sd-summary-(?:icon|state-marker)[^"]*">.*?</svg></span>', ""),
    (r"<mjx-container ([^>]*)>(.*?)</mjx-container>", lambda found: _formula(found)),
    (r'<svg class="glyphs" [^>]*>', f'<svg {_SVG} class="glyphs" width="0" height="0">'),
    # Tabs stand one below the other.
    (r'<input [^>]*type="radio"[^>]*/?>', ""),
    (r'<label [^>]*class="sd-tab-label"[^>]*>(.*?)</label>', r'<p class="sd-tab-label">\1</p>'),
    # A summary holds no paragraph, and only one of two texts.
    (r'<p class="collapsed admonition-title">(.*?)</p>', r"\1"),
    (r'<p class="expanded admonition-title">.*?</p>', ""),
    (r'(<details [^>]*) name="[^"]*"', r"\1"),
    (r' (?:decoding|loading)="[^"]*"', ""),
]


def _formula(found: re.Match[str]) -> str:
    tex = re.search(r'data-tex="([^"]*)"', found[1])
    kind = "formula display" if 'display="true"' in found[1] else "formula"
    inside = found[2].replace("<svg ", f"<svg {_SVG} ", 1)
    inside = inside.replace(' focusable="false"', "").replace('<use href="', '<use xlink:href="')
    inside = re.sub(r"</?mjx-assistive-mml>", "", inside)
    inside = re.sub(r' data-mjx-[\w-]+="[^"]*"', "", inside)
    text = f' alttext="{tex[1]}"' if tex else ""
    inside = inside.replace("<math ", f'<span class="spoken"><math{text} ', 1)
    return f'<span class="{kind}">{inside.replace("</math>", "</math></span>")}</span>'


def rewritten(body: str) -> str:
    """Return the body of a page without what an EPUB must not have."""
    for pattern, instead in REWRITTEN:
        body = re.sub(pattern, instead, body, flags=re.DOTALL)
    return body


class EbookBuilder(Epub3Builder):
    """Sphinx's builder of EPUBs, with a style of its own and always the same bytes."""

    def init_templates(self) -> None:
        """Use the templates of the theme for EPUBs, and not those that the site has changed."""
        own, self.config.templates_path = self.config.templates_path, []
        super().init_templates()
        self.config.templates_path = own

    def init_highlighter(self) -> None:
        """Colour code as the site does by day."""
        self.highlighter = PygmentsBridge("html", "a11y-high-contrast-light")
        self.dark_highlighter = None

    def gen_additional_pages(self) -> None:
        """Make no page for searching or for wrong addresses."""

    def copy_static_files(self) -> None:
        """Write the style and the cover, and none of the site's files."""
        static = Path(self.outdir) / "_static"
        shutil.rmtree(static, ignore_errors=True)
        static.mkdir(parents=True)
        self.create_pygments_style_file()
        shutil.copyfile(STYLE, static / STYLE.name)
        draw(static / Path(COVER).name, self.config.epub_title, self.config.author, PIXELS)

    def write_buildinfo(self) -> None:
        """Write nothing beside the book."""

    def build_content(self) -> None:
        """Write the package's description, with what Sphinx does not say there.

        That is which pages hold SVG and MathML, and what the book offers to those who do not see.
        """
        super().build_content()
        package = Path(self.outdir) / "content.opf"
        text = package.read_text(encoding="utf-8")
        text = text.replace("</metadata>", f"{ACCESS}  </metadata>")
        text = re.sub(r'href="([^"]*\.xhtml)" media-type="[^"]*"', self._with_properties, text)
        package.write_text(text, encoding="utf-8", newline="\n")

    def _with_properties(self, item: re.Match[str]) -> str:
        file = Path(self.outdir) / item[1]
        page = file.read_text(encoding="utf-8") if file.is_file() else ""
        holds = [name for name, begin in (("mathml", "<math "), ("svg", "<svg ")) if begin in page]
        return f'{item[0]} properties="{" ".join(holds)}"' if holds else item[0]

    def build_epub(self) -> None:
        """Pack the book: Sphinx does so with the files' times, which differ from build to build."""
        folder = Path(self.outdir)
        files = ["META-INF/container.xml", "content.opf", "toc.ncx", *sorted(map(str, self.files))]
        with zipfile.ZipFile(folder / f"{self.config.epub_basename}.epub", "w") as epub:
            for name in ("mimetype", *files):
                entry = zipfile.ZipInfo(name, EARLIEST)
                entry.external_attr = 0o644 << 16
                how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                epub.writestr(entry, (folder / name).read_bytes(), how, 9)


def _page(app: Sphinx, name: str, template: str, context: dict[str, Any], _: Any) -> None:
    if app.builder.name != EbookBuilder.name:
        return
    context["css_files"] = [
        _CascadingStyleSheet(f"_static/{file}") for file in ("pygments.css", STYLE.name)
    ]
    context["script_files"] = []
    context["metatags"] = ""
    context["body"] = rewritten(context.get("body") or "")


def _prepare(app: Sphinx, config: Config) -> None:
    title = config.html_title
    for name, value in {
        "version": xentlib.__version__,
        "epub_basename": NAME,
        "epub_title": title,
        "epub_description": "A course book on cross-entropy that proves what it prints.",
        "epub_copyright": config.copyright,
        # Sphinx writes the one into the package's description, and the other into its contents.
        "epub_identifier": f"{NAME}-{xentlib.__version__}",
        "epub_uid": f"{NAME}-{xentlib.__version__}",
        "epub_cover": (COVER, ""),
        "epub_show_urls": "no",
        "epub_tocdepth": 2,
        "epub_tocdup": False,
    }.items():
        config[name] = value


def setup(app: Sphinx) -> dict[str, bool]:
    """Put the builder in the place of Sphinx's own."""
    app.add_builder(EbookBuilder, override=True)
    # Before Sphinx looks whether the settings are complete, and after all that changes a page.
    app.connect("config-inited", _prepare, priority=900)
    app.connect("html-page-context", _page, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
