"""The register of formulas and the chapters agree: each formula is derived in one place."""

import ast
from pathlib import Path

import pytest

from tests.book.execution import run_code
from tools.hygiene import code_cells, toc_files
from tools.notebooks import CHAPTERS, ROOT, notebook_paths, read, runnable
from xentlib.symbolic import Derivation, Formula, formulas

# Chapters that the register names and that are not written yet. When one is added to the table of
# contents, it must leave this list, and its formulas must be established there.
NOT_WRITTEN_YET = {
    "practice/weights-and-variants",
}


def _established(path: Path) -> list[str]:
    """Return the ids that a chapter's code passes to `establishes`."""
    calls = [
        node
        for _, cell in code_cells(read(path))
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [ast.literal_eval(call.args[0]) for call in calls if call.func.attr == "establishes"]


def _chapters() -> dict[str, list[str]]:
    """Return what each chapter establishes."""
    return {
        path.relative_to(CHAPTERS).with_suffix("").as_posix(): _established(path)
        for path in notebook_paths()
    }


def _wrong(register: list[Formula], chapters: dict[str, list[str]], missing: set[str]) -> list[str]:
    """Compare the register with the chapters."""
    wrong = []
    for formula in register:
        places = [chapter for chapter, ids in chapters.items() for i in ids if i == formula.id]
        expected = [] if formula.chapter in missing else [formula.chapter]
        if places != expected:
            wrong.append(f"{formula.id} is established in {places}, not in {expected}")
    known = {formula.id for formula in register}
    wrong += [f"{i} is not registered" for ids in chapters.values() for i in ids if i not in known]
    return wrong


def test_every_formula_is_established_in_its_chapter_and_nowhere_else() -> None:
    assert not _wrong(list(formulas()), _chapters(), NOT_WRITTEN_YET)


def test_the_list_of_missing_chapters_is_true() -> None:
    pages = toc_files((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert not {f"chapters/{chapter}" for chapter in NOT_WRITTEN_YET} & set(pages)
    assert {formula.chapter for formula in formulas()} >= NOT_WRITTEN_YET


def test_a_formula_out_of_place_is_noticed() -> None:
    """Negative controls: a missing, a doubled and an unknown one."""
    chapters = _chapters()
    home = "losses/sigmoid-cross-entropy"
    without = {**chapters, home: [i for i in chapters[home] if i != "softplus"]}
    doubled = {**chapters, "losses/other": ["softplus"]}
    unknown = {**chapters, "losses/other": ["hardplus"]}
    for damaged, word in ((without, "softplus"), (doubled, "softplus"), (unknown, "hardplus")):
        assert word in "\n".join(_wrong(list(formulas()), damaged, NOT_WRITTEN_YET))


@pytest.mark.parametrize("path", runnable(notebook_paths()))
def test_establishing_is_what_the_chapter_really_does(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids found in the text are those that the running chapter establishes."""
    seen: list[str] = []
    original = Derivation.establishes

    def establishes(self: Derivation, formula_id: str) -> Derivation:
        done = original(self, formula_id)
        seen.append(formula_id)
        return done

    monkeypatch.setattr(Derivation, "establishes", establishes)
    run_code(path)
    assert seen == _established(path)
