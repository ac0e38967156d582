"""A Sphinx extension that sets the formulas while the book is built, with MathJax under Node.js.

A reader's browser then needs no MathJax: nothing moves while a page loads. Each formula is an SVG,
which takes the colour of the text, with the same formula in MathML for screen readers, and its TeX,
which is what a reader copies.

One Node.js process sets all formulas, and those that were set before come from a cache. Without
Node.js, or without MathJax for it, the book is built with a MathJax of its own for the browser.
"""

import hashlib
import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.ext.mathjax import html_visit_displaymath, html_visit_math
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from tools.node import find_node, folder, is_installed
from tools.site import folder_for

PACKAGES = "site"
PROGRAM = Path(__file__).with_name("mathematics.cjs")
CACHE = "formulas.jsonl"
# A formula in a sentence that has more of the letter x's heights may be wider than a phone.
WIDE = 32
_USED = re.compile(r'href="#(MJX-[^"]+)"')
_logger = logging.getLogger(__name__)


class Setter:
    """Sets formulas, each of them once: what was set before is in the cache file."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        # What a formula looks like depends on the program and on MathJax, so both are in its key.
        lock = PROGRAM.parent.parent / "node" / PACKAGES / "package-lock.json"
        self.salt = hashlib.sha256(PROGRAM.read_bytes() + lock.read_bytes()).hexdigest()
        self.known: dict[str, dict[str, Any]] = {}
        self.glyphs: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None
        if cache.is_file():
            for line in cache.read_text(encoding="utf-8").splitlines():
                self._remember(**json.loads(line))

    def _remember(self, key: str, answer: dict[str, Any]) -> None:
        self.known[key] = answer
        self.glyphs.update(answer.get("glyphs", {}))

    def set(self, tex: str, display: bool) -> dict[str, Any]:
        """Return the SVG and the MathML of a formula, or the error in it."""
        request = json.dumps({"tex": tex, "display": display})
        key = hashlib.sha256((self.salt + request).encode()).hexdigest()
        if key not in self.known:
            answer = self._ask(request)
            self._remember(key, answer)
            if "error" not in answer:
                with self.cache.open("a", encoding="utf-8", newline="\n") as file:
                    file.write(json.dumps({"key": key, "answer": answer}) + "\n")
        return self.known[key]

    def _ask(self, request: str) -> dict[str, Any]:
        if self.process is None:
            command = [find_node() or "node", str(PROGRAM), str(folder(PACKAGES))]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.communicate()
            self.process = None

    def outlines(self, page: str) -> str:
        """Return an SVG, not shown, of the glyphs to which a page's formulas refer."""
        used = sorted(set(_USED.findall(page)))
        if not used:
            return ""
        paths = "".join(f'<path id="{name}" d="{self.glyphs[name]}"/>' for name in used)
        hidden = 'class="glyphs" aria-hidden="true" width="0" height="0"'
        return f"<svg {hidden}><defs>{paths}</defs></svg>"


def markup(tex: str, display: bool, answer: dict[str, Any]) -> str:
    """Return the HTML of a formula."""
    kind = ' display="true"' if display else ""
    wide = " wide" if not display and _width(answer["svg"]) > WIDE else ""
    return (
        f'<mjx-container class="MathJax{wide}" jax="SVG"{kind} data-tex="{html.escape(tex)}">'
        f"{answer['svg']}<mjx-assistive-mml>{answer['mathml']}</mjx-assistive-mml></mjx-container>"
    )


def _width(svg: str) -> float:
    found = re.match(r'<svg [^>]*?width="([\d.]+)ex"', svg)
    return float(found[1]) if found else 0.0


def _source(written: str) -> tuple[str, str, str]:
    """Split what Sphinx writes for a browser's MathJax: what is before a formula, it, and after."""
    start, _, rest = written.partition(">")
    found = re.search(r"\\[(\[](.*)\\[)\]](</(?:span|div)>\s*)$", rest, re.DOTALL)
    if found is None:  # an environment, which needs no delimiters
        content, slash, end = rest.rpartition("</")
        return f"{start}>", html.unescape(content), slash + end
    return f"{start}>{rest[: found.start()]}", html.unescape(found[1]), found[2]


def _visitor(visit: Callable[..., None], setter: Setter, display: bool) -> Callable[..., None]:
    """Return a visitor that lets Sphinx write ids, numbers and delimiters, and sets the formula."""

    def visit_and_set(self: HTML5Translator, node: nodes.Element) -> NoReturn:
        begin = len(self.body)
        try:
            visit(self, node)
        except nodes.SkipNode:
            before, tex, after = _source("".join(self.body[begin:]))
            answer = setter.set(tex.strip(), display)
            if "error" in answer:
                message = "MathJax cannot set %r: %s"
                _logger.warning(message, tex.strip(), answer["error"], location=node)
                answer = {"svg": "", "mathml": ""}
            self.body[begin:] = [before, markup(tex.strip(), display, answer), after]
            raise
        raise AssertionError("Sphinx writes a formula as a whole")

    return visit_and_set


def _prepare(app: Sphinx, config: Config) -> None:
    if not is_installed(PACKAGES):
        config.html_math_renderer = "mathjax"
        app.setup_extension("sphinx-mathjax-offline")
        return
    setter = Setter(Path(app.outdir).parent / CACHE)
    inline = _visitor(html_visit_math, setter, display=False)
    block = _visitor(html_visit_displaymath, setter, display=True)
    app.add_html_math_renderer("node", (inline, None), (block, None))
    config.html_math_renderer = "node"

    def add_outlines(_: Sphinx, name: str, template: str, context: dict[str, Any], __: Any) -> None:
        parts = [context.get(part) for part in ("body", "toc", "title")]
        shown = "".join(part for part in parts if isinstance(part, str))
        if outlines := setter.outlines(shown):
            context["body"] = outlines + context["body"]

    app.connect("html-page-context", add_outlines)
    app.connect("build-finished", lambda *_: setter.close())
    config.html_static_path.append(folder_for(app.confdir, "static"))
    app.add_css_file("mathematics.css")
    app.add_js_file("mathematics.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Decide, once the configuration is read, who sets the formulas."""
    app.connect("config-inited", _prepare)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
