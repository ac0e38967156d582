"""Formulas are set while the book is built: right, readable, copyable, and without a script."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from tests.site.inspection import BAD_FORMULAS, PHONE, SETTLED
from tools.book import HTML
from tools.notebooks import ROOT
from tools.site import mathematics
from tools.site.mathematics import Setter, markup

CHAPTER = "chapters/losses/sigmoid-cross-entropy"
WIDE_FORMULA = "+".join("abcdefghijklmnopqrstuvwxyz" * 2)
DOCUMENT = rf"""
Formulas
========

Inline :math:`a < b \& c` here. By :eq:`pythagoras` and wide :math:`{WIDE_FORMULA}`.

.. math:: a^2 + b^2 = c^2
   :label: pythagoras

.. math::
   x = 1

   y &= 2 \\
   z &= 3

.. math::
   :nowrap:

   \begin{{align*}} u &= v \end{{align*}}

.. math:: {WIDE_FORMULA}
"""


@pytest.fixture
def setter(node: Path, tmp_path: Path) -> Iterator[Setter]:
    setter = Setter(tmp_path / "formulas.jsonl")
    yield setter
    setter.close()


@pytest.fixture
def build(node: Path, tmp_path: Path, python: str) -> Callable[..., subprocess.CompletedProcess]:
    """Build a page of formulas into tmp_path/html."""
    (tmp_path / "conf.py").write_text("extensions = ['tools.site.mathematics']\n")

    def run(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "index.rst").write_text(text)
        return subprocess.run(
            [python, "-m", "sphinx", "-q", "-W", "--keep-going", tmp_path, tmp_path / "html"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def _page(folder: Path) -> BeautifulSoup:
    text = (folder / "html" / "index.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


def test_a_formula_is_an_image_with_mathml_and_its_outlines(setter: Setter) -> None:
    answer = setter.set("x^2", display=False)
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in answer["mathml"]
    assert set(answer["glyphs"]) == {"MJX-TEX-I-1D465", "MJX-TEX-N-32"}
    assert 'aria-hidden="true"' in answer["svg"]
    written = markup("x^2", False, answer)
    outlines = BeautifulSoup(setter.outlines(written), "html.parser")
    assert {path["id"] for path in outlines.select("path")} == set(answer["glyphs"])
    assert setter.outlines("no formula") == ""


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchcommand", r"\begin{matrix}"])
def test_an_error_is_said_and_not_remembered(setter: Setter, tex: str) -> None:
    assert setter.set(tex, display=True)["error"]
    assert not setter.cache.exists()
    assert "error" not in setter.set("x", display=True), "one error must not end the process"


def test_what_was_set_before_needs_no_process(
    setter: Setter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = setter.set("x", display=True)
    setter.set("x", display=True)
    assert len(setter.cache.read_text().splitlines()) == 1
    monkeypatch.setattr(mathematics, "find_node", lambda: "no-such-program")
    again = Setter(setter.cache)
    assert again.set("x", display=True) == first
    with pytest.raises(FileNotFoundError):
        again.set("x", display=False)


def test_numbers_references_and_sources_are_sphinxs_own(build: Callable, tmp_path: Path) -> None:
    assert build(DOCUMENT).stderr == ""
    page = _page(tmp_path)
    sources = [formula["data-tex"] for formula in page.select(".math > mjx-container")]
    assert sources[0] == r"a < b \& c"
    assert sources[2].strip() == "a^2 + b^2 = c^2"
    assert sources[3].startswith(r"\begin{align}\begin{aligned}")
    assert sources[4].startswith(r"\begin{align*}")
    equation = page.select_one("#equation-pythagoras")
    assert equation is not None
    assert equation.select_one(".eqno").get_text().startswith("(1)")
    reference = page.select_one('a[href="#equation-pythagoras"]')
    assert reference is not None
    assert reference.get_text() == "(1)"
    assert [c.get("display") for c in page.select("mjx-container")].count("true") == 4
    assert r"\(" not in page.get_text()


def test_a_formula_that_cannot_be_set_fails_the_build(build: Callable) -> None:
    """Negative control: the build above does not pass whatever is written."""
    run = build("Title\n=====\n\n:math:`\\nosuchcommand`\n")
    assert run.returncode
    assert "index.rst:4: WARNING: MathJax cannot set '\\\\nosuchcommand'" in run.stderr


def test_wide_formulas_scroll_in_their_own_box(
    build: Callable, browser: Browser, tmp_path: Path
) -> None:
    assert build(DOCUMENT).returncode == 0
    shutil.copy(ROOT / "_static" / "book.css", tmp_path / "html" / "_static")
    wide = "e => e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX === 'auto'"
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto((tmp_path / "html" / "index.html").as_uri())
        page.add_style_tag(path=tmp_path / "html" / "_static" / "book.css")
        boxes = [page.locator("p mjx-container.wide"), page.locator("div.math").last]
        assert all(box.evaluate(wide) for box in boxes)
        assert not page.locator("p mjx-container").first.evaluate(wide)
        inside = "document.querySelector('div.body').scrollWidth <= innerWidth"
        assert page.evaluate(inside), "the page itself must not scroll"


def test_without_node_the_readers_browser_sets_them(
    build: Callable, browser: Browser, tmp_path: Path
) -> None:
    """With an empty path there is no Node.js, and the page brings a MathJax of its own."""
    assert build(DOCUMENT, PATH="").stderr == ""
    sources = [str(script.get("src")) for script in _page(tmp_path).select("script")]
    assert any("_static/mathjax/" in source for source in sources)
    assert not any("mathematics" in source for source in sources)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((tmp_path / "html" / "index.html").as_uri())
        page.evaluate(SETTLED)
        page.wait_for_function("document.querySelectorAll('mjx-container').length > 5")
        assert page.evaluate(BAD_FORMULAS) == []


@pytest.fixture
def chapter(node: Path, site: str, browser: Browser) -> Iterator[Page]:
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{site}/{CHAPTER}.html", wait_until="networkidle")
        page.evaluate(SETTLED)
        yield page


def test_the_reader_needs_no_mathjax(chapter: Page) -> None:
    assert chapter.evaluate("typeof MathJax") == "undefined"
    assert not (HTML / "_static" / "mathjax").exists()
    assert chapter.locator("mjx-container").count() > 20


def test_a_formula_has_the_colour_of_the_text(chapter: Page) -> None:
    colours = "e => [e.closest('p'), e.querySelector('svg g')].map(x => getComputedStyle(x))"
    text, drawn = chapter.locator("p mjx-container").first.evaluate(
        f"e => {{ const [a, b] = ({colours})(e); return [a.color, b.fill]; }}"
    )
    assert text == drawn
    assert min(int(part) for part in text[4:-1].split(",")) > 150, "it must be light on dark"


COPIED = """() => new Promise(resolve => {
  const data = new DataTransfer();
  document.dispatchEvent(new ClipboardEvent('copy', {clipboardData: data, cancelable: true}));
  resolve(data.getData('text/plain'));
})"""


def test_a_copied_formula_is_its_tex(chapter: Page) -> None:
    paragraph = chapter.locator("p:has(mjx-container)").first
    tex = paragraph.locator("mjx-container").first.get_attribute("data-tex")
    paragraph.evaluate("e => getSelection().selectAllChildren(e)")
    assert f"${tex}$" in chapter.evaluate(COPIED)
    block = chapter.locator("mjx-container[display=true]").first
    block.dblclick()
    assert chapter.evaluate(COPIED).strip() == f"$${block.get_attribute('data-tex')}$$"


def test_text_without_a_formula_is_copied_as_ever(chapter: Page) -> None:
    chapter.locator("h1").first.evaluate("e => getSelection().selectAllChildren(e)")
    assert chapter.evaluate(COPIED) == ""
