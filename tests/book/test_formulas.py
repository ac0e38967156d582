"""The register of formulas and the chapters agree: each formula is derived in one place."""

from tests.book.execution import established
from tools.hygiene import toc_files
from tools.notebooks import CHAPTERS, ROOT, notebook_paths
from xentlib.symbolic import Formula, formulas

# Chapters that the register names and that are not written yet. When one is added to the table of
# contents, it must leave this list, and its formulas must be established there.
NOT_WRITTEN_YET: set[str] = set()


def _chapters() -> dict[str, list[str]]:
    """Return what each chapter establishes."""
    return {
        path.relative_to(CHAPTERS).with_suffix("").as_posix(): established(path)
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
