"""A Sphinx extension that gives each page what it needs, and no more.

- The style sheets of the theme and of the extensions become one. PurgeCSS takes out of it what no
  page uses, where Node.js is there. The icons' font is cut to the icons in use, and put into it.
- So do the scripts, and none holds up the page. One that only few pages need comes only with them.
"""

import base64
import io
import json
import logging
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _CascadingStyleSheet, _JavaScript
from sphinx.config import Config

from tools.node import find_node, folder, is_installed
from tools.site import HERE, folder_for

STYLES = "book-site.css"
FULL = "book-site.full.css"
THEME_STYLES = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
SCRIPT = "book-site.js"
# Scripts for what few pages have. All the others become one, which every page loads.
ONLY_WITH = {
    "design-tabs.js": "sd-tab-set",
    "living.js": 'class="living"',
    "tex-chtml.js": "math notranslate",
}
# What a search while one types would need; the book searches on a page of its own.
INLINE = "DOCUMENTATION_OPTIONS."
# What the themes bring along and no page asks for.
UNUSED = (
    "vendor", "locales", "scripts", "styles", "images", "webpack-macros.html",
    "sbt-webpack-macros.html", "file.png", "plus.png", "minus.png", "basic.css",
    "copybutton_funcs.js", "check-solid.svg", "copy-button.svg",
)  # fmt: skip
# Each of the icons' fonts, and the classes that ask for it.
FONTS = {
    "fa-solid-900": {"fa", "fas", "fa-solid"},
    "fa-regular-400": {"far", "fa-regular"},
    "fa-brands-400": {"fab", "fa-brands"},
}
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_CLASSES = re.compile(r'class="([^"]*)"')
# A rule with an icon: its selectors, and the icon's code, or the icon itself.
_ICON = re.compile(r"([^{}]*)\{[^{}]*content:\s*[\"'](?:\\([0-9a-f]{4})|([\ue000-\uf8ff]))[\"']")
_NAMED = re.compile(r"\.(fa-[\w-]+)")


def sort_scripts(listed: list[_JavaScript], page: str) -> tuple[list[_JavaScript], list[str]]:
    """Return the scripts that a page loads by themselves, and the names of those made one."""
    alone, shared = [], []
    for script in listed:
        name = str(script.filename or "").rpartition("/")[2]
        if not name:
            body = script.attributes.get("body") or ""
            alone += [] if body.startswith(INLINE) else [script]
        elif name not in ONLY_WITH:
            shared.append(str(script.filename).removeprefix("_static/"))
        elif ONLY_WITH[name] in page:
            attributes = {**script.attributes, "defer": "defer"}
            alone.append(_JavaScript(script.filename, priority=script.priority, **attributes))
    return alone, shared


def joined(static: Path, names: list[str]) -> str:
    """Return the text of style sheets, one after the other, with what they import."""
    text = "\n".join((static / name).read_text(encoding="utf-8") for name in names)
    basic = (static / "basic.css").read_text(encoding="utf-8")
    return re.sub(r'@import "\.\./basic\.css";', lambda _: basic, text)


def with_icons(css: str, fonts: Path, pages: list[str]) -> str:
    """Return the style sheet with the icons' fonts in it, cut to the icons that pages show."""
    classes = {name for page in pages for found in _CLASSES.findall(page) for name in found.split()}
    codes = set()
    for selectors, code, icon in _ICON.findall(css):
        names = set(_NAMED.findall(selectors))
        if not names or names & classes:
            codes.add(ord(icon) if icon else int(code, 16))

    def embed(face: re.Match[str]) -> str:
        font = next((name for name in FONTS if name in face[0]), None)
        if font is None:
            return "" if "Awesome" in face[0] else face[0]
        if not FONTS[font] & classes:
            return ""
        data = base64.b64encode(_cut(fonts / f"{font}.ttf", codes)).decode()
        source = f"src:url(data:font/woff;base64,{data}) format('woff')"
        return re.sub(r"src:[^;}]*", source, face[0])

    return _FONT_FACE.sub(embed, css)


# It would tell of each table of a font.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def _cut(font: Path, codes: set[int]) -> bytes:
    options = subset.Options()
    options.drop_tables += ["FFTM"]
    options.layout_features = []
    options.name_IDs = []
    with TTFont(font, recalcTimestamp=False) as whole:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=codes)
        cutter.subset(whole)
        whole.flavor = "woff"
        written = io.BytesIO()
        whole.save(written)
    return written.getvalue()


def purged(css: str, pages: list[Path], scripts: list[Path]) -> str:
    """Return the style sheet without what no page uses, if Node.js is there, else as it is."""
    if not is_installed("site"):
        return css
    request = {"css": css, "pages": [str(p) for p in pages], "scripts": [str(s) for s in scripts]}
    command = [find_node() or "node", str(HERE / "styles.cjs"), str(folder("site"))]
    return subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, encoding="utf-8",
        check=True,
    ).stdout  # fmt: skip


def _without_measuring(static: Path) -> None:
    """Take out of the theme's script that it measures every box of a page as soon as it is there.

    That lays out the whole page. `site.js` measures a box when the reader comes near it.
    """
    script = static / "scripts" / "pydata-sphinx-theme.js"
    text = script.read_text(encoding="utf-8")
    start = text.rindex(',"complete"===document.readyState?')
    end = text.index('window.addEventListener("load",', start)
    script.write_text(text[:start] + text[text.index(")", end) + 1 :], encoding="utf-8")


class Weight:
    """What a build must remember until its pages are written: the style sheets that they use."""

    def __init__(self) -> None:
        self.styles: list[str] = []
        self.scripts: list[str] = []

    def page(self, app: Sphinx, name: str, template: str, context: dict[str, Any], _: Any) -> None:
        """Give a page the one style sheet, and the scripts that it needs."""
        if app.builder.name != "html":
            return
        styles = [str(style.filename).removeprefix("_static/") for style in context["css_files"]]
        alone, shared = sort_scripts(context["script_files"], context.get("body") or "")
        self.styles += [name for name in (*THEME_STYLES, *styles) if name not in self.styles]
        self.scripts += [name for name in shared if name not in self.scripts]
        context["css_files"] = [_CascadingStyleSheet(f"_static/{STYLES}")]
        context["script_files"] = [*alone, _JavaScript(f"_static/{SCRIPT}", defer="defer")]

    def finish(self, app: Sphinx, error: Exception | None) -> None:
        """Write the one style sheet, and remove what it replaces and what nobody asks for."""
        if error or not self.styles:
            return
        static = Path(app.outdir) / "_static"
        css = joined(static, self.styles)
        pages = sorted(Path(app.outdir).rglob("*.html"))
        texts = [page.read_text(encoding="utf-8") for page in pages]
        css = with_icons(css, static / "vendor" / "fontawesome" / "webfonts", texts)
        (Path(app.outdir).parent / FULL).write_text(css, encoding="utf-8", newline="\n")
        _without_measuring(static)
        css = purged(css, pages, sorted(static.rglob("*.js")))
        (static / STYLES).write_text(css, encoding="utf-8", newline="\n")
        script = ";\n".join((static / name).read_text(encoding="utf-8") for name in self.scripts)
        (static / SCRIPT).write_text(script, encoding="utf-8", newline="\n")
        for name in (*self.styles, *self.scripts, *UNUSED):
            path = static / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _begin(app: Sphinx) -> None:
    # Sphinx would write the digest of what the last build left there into the pages.
    for name in (STYLES, SCRIPT):
        (Path(app.outdir) / "_static" / name).unlink(missing_ok=True)


def _prepare(app: Sphinx, config: Config) -> None:
    config.templates_path[:0] = [
        folder_for(app.confdir, "templates"),
        folder_for(app.confdir, "templates/components"),
    ]
    config.html_static_path.append(folder_for(app.confdir, "static"))
    app.add_css_file("site.css")
    app.add_js_file("site.js")
    app.add_js_file("scripts/pydata-sphinx-theme.js", priority=900)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above to a build of HTML pages."""
    weight = Weight()
    app.connect("config-inited", _prepare)
    app.connect("builder-inited", _begin)
    # After every extension that adds a style sheet or a script.
    app.connect("html-page-context", weight.page, priority=950)
    app.connect("build-finished", weight.finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
