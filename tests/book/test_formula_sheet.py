"""The sheet of formulas: all of them, each under the one to which it belongs, no dead link."""

import json
import re
from pathlib import Path

import pytest

from tools.hygiene import toc_files
from tools.notebooks import CHAPTERS, ROOT, read
from xentlib.course import formula_sheet
from xentlib.symbolic import formula, formulas

PAGE = CHAPTERS / "reference" / "formulas.ipynb"
ITEM = re.compile(r"^( *)- \(formula-([a-z0-9-]+)\)=$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]*)\)")


def _page() -> str:
    """Return what the page's cells show."""
    outputs = [output for cell in read(PAGE).cells for output in cell.get("outputs", [])]
    return "\n".join(output["data"]["text/markdown"] for output in outputs)


def _misplaced(page: str) -> list[str]:
    """Return what is wrong with the formulas of a page and their places."""
    items = [(len(indent) // 2, name) for indent, name in ITEM.findall(page)]
    names = [name for _, name in items]
    wrong = [
        f"{found.id} stands {names.count(found.id)} times"
        for found in formulas()
        if names.count(found.id) != 1
    ]
    above: list[str] = []
    for depth, name in items:
        above[depth:] = [name]
        parent = formula(name).form_of or formula(name).gradient_of
        if (above[depth - 1] if depth else "") != parent:
            wrong.append(f"{name} does not stand under {parent or 'nothing'}")
    return wrong


def test_every_formula_stands_once_and_in_its_place() -> None:
    assert not _misplaced(_page())


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("- (formula-softplus)=", "- Softplus", "softplus stands 0 times"),
        ("  - (formula-sigmoid-cross-entropy-gradient)=",
         "- (formula-sigmoid-cross-entropy-gradient)=",
         "sigmoid-cross-entropy-gradient does not stand under sigmoid-cross-entropy"),
    ],
)  # fmt: skip
def test_a_lost_and_a_misplaced_formula_are_noticed(old: str, new: str, word: str) -> None:
    page = _page()
    assert old in page
    assert word in "\n".join(_misplaced(page.replace(old, new)))


@pytest.mark.parametrize("found", formulas(), ids=[found.id for found in formulas()])
def test_an_entry_says_all_of_a_formula(found) -> None:
    """Title, LaTeX, function, unit; its own symbols, or those of the formula above it."""
    page = _page()
    start = page.index(f"(formula-{found.id})=")
    following = ITEM.search(page, start)
    entry = page[start : following.start() if following else None]
    for word in (found.title, found.latex, f"`{found.implementation}`", f"value [{found.unit}]"):
        assert word in entry
    parent = found.form_of or found.gradient_of
    inherited = formula(parent).quantities if parent else ()
    for quantity in found.quantities:
        assert quantity in inherited or f"{quantity.meaning} [{quantity.unit}]" in entry


def test_the_page_links_to_the_chapters_of_the_book_alone() -> None:
    pages = toc_files((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    linked = {(PAGE.parent / target).resolve() for target in LINK.findall(_page())}
    written = {found.chapter for found in formulas()} & {p.removeprefix("chapters/") for p in pages}
    assert linked == {CHAPTERS / f"{chapter}.ipynb" for chapter in written}


@pytest.fixture
def small_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book whose chapters on entropy and surprisal exist; it lists the first one only."""
    (tmp_path / "_toc.yml").write_text("chapters:\n  - file: chapters/information/entropy\n")
    (tmp_path / "chapters" / "reference").mkdir(parents=True)
    (tmp_path / "chapters" / "information").mkdir()
    for name in ("Entropy", "Surprisal"):
        cells = [{"cell_type": "markdown", "source": ["# ", f"{name} of a Friday\n", "text"]}]
        file = tmp_path / "chapters" / "information" / f"{name.lower()}.ipynb"
        file.write_text(json.dumps({"cells": cells}))
    monkeypatch.chdir(tmp_path / "chapters" / "reference")
    return tmp_path


def test_a_chapter_is_linked_as_soon_as_it_is_listed(small_book: Path) -> None:
    """It also moves up: the book's order comes first, then the chapters that it lacks."""
    page = formula_sheet("information")._repr_markdown_()
    assert LINK.findall(page) == ["../information/entropy.ipynb"]
    assert page.startswith("Derived in [Entropy of a Friday]")
    with (small_book / "_toc.yml").open("a") as toc:
        toc.write("  - file: chapters/information/surprisal\n")
    grown = formula_sheet("information")._repr_markdown_()
    assert LINK.findall(grown) == ["../information/entropy.ipynb", "../information/surprisal.ipynb"]


def test_a_listed_chapter_without_a_page_is_not_linked(small_book: Path) -> None:
    (small_book / "chapters" / "information" / "entropy.ipynb").unlink()
    assert not LINK.findall(formula_sheet("information")._repr_markdown_())


def test_outside_of_the_book_nothing_is_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not LINK.findall(formula_sheet("losses")._repr_markdown_())


def test_a_part_without_formulas_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no formula belongs to 'loss'; the parts are .*losses"):
        formula_sheet("loss")
