"""Each chapter uses only words, names and symbols that have been introduced; a slip is noticed."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.vocabulary import (
    NOTATION,
    Entry,
    all_problems,
    framed_chapters,
    glossary_entries,
    glossary_problems,
    name_problems,
    notation_problems,
    notation_rows,
    term_problems,
)

FIRST, SECOND = "losses/first", "losses/second"
LOGIT = Entry("Logit", f"What a model gives before softmax. See [the first](../{FIRST}).")
SOFTMAX = Entry("Softmax", f"Turns logits into a distribution. See [the second](../{SECOND}).")
LOSS = Entry("Softmax loss", f"A loss that uses softmax. See [the second](../{SECOND}).")


def chapter(*prose: str, box: str = "# Title", code: str = ""):
    """Make a notebook of a title box, some prose and a cell of code."""
    cells = [new_markdown_cell(box, metadata={"tags": ["frame-title"]})]
    cells += [new_markdown_cell(text) for text in prose]
    return new_notebook(cells=[*cells, *([new_code_cell(code)] if code else [])])


def words(first: str, second: str = "", entries=(LOGIT, SOFTMAX), box: str = "# Title"):
    """Return what the check of terms says of two chapters."""
    chapters = {FIRST: chapter(first, box=box), SECOND: chapter(second)}
    return list(term_problems(chapters, entries))


def test_the_book_introduces_all_that_it_uses():
    assert all_problems() == []


def test_there_are_chapters_to_look_at():
    assert "losses/sigmoid-cross-entropy" in framed_chapters()


@pytest.mark.parametrize(
    "prose",
    [
        "A {term}`logit` is a number. A logit is any number.",
        "Two **{term}`logits <logit>`** are numbers.",
        "{term}`Logit`s are numbers.",
        "In `logit` code, in $logit$ formulas and {cite}`logit` it does not count.",
        "## Logits are a heading\n\nOf a {term}`logit` we speak later.",
        "Logistics and analogit are other words.",
    ],
)
def test_a_linked_first_use_is_fine(prose):
    assert words(prose) == []


@pytest.mark.parametrize(
    ("prose", "complaint"),
    [
        ("A logit is a number, see {term}`logit`.", "not linked"),
        ("LOGITS are numbers.", "not linked"),
        ("A {term}`softmax` of it.", "used before losses/second"),
        ("A {term}`logit <softmax>` is linked elsewhere.", "not linked"),
    ],
)
def test_a_word_without_its_link_or_before_its_time_is_noticed(prose, complaint):
    assert complaint in "\n".join(words(prose))


def test_the_title_box_may_announce_a_later_word():
    assert words("A {term}`softmax` of it.", box="**You need** softmax from elsewhere.") == []


def test_a_part_of_a_longer_term_is_not_the_term():
    assert words("", "The {term}`softmax loss` is one.", [LOGIT, SOFTMAX, LOSS]) == []
    assert "not linked" in "\n".join(words("", "The {term}`softmax loss` of softmax.", [SOFTMAX]))


def test_a_glossary_is_read_and_must_be_in_order():
    page = ":::{glossary}\nBeta\n第二\n  Two\n  words. [x](../losses/first)\n\nAlpha\n  One.\n:::\n"
    entries = glossary_entries(page)
    assert [(e.term, e.home) for e in entries] == [("Beta", FIRST), ("Alpha", None)]
    assert [e.chinese for e in entries] == ["第二", ""]
    said = "\n".join(glossary_problems(entries, [FIRST]))
    assert "sort the terms" in said
    assert "'Alpha' names no chapter" in said
    assert "'Beta' is hardly explained" in said
    assert "'Alpha' has no second line with its name in Chinese" in said
    assert "'Beta' has no second line" not in said


def test_names_in_code_must_have_been_said():
    """Also those in a derivation: its symbols and functions."""
    code = "xentlib.softplus(t)\nDerivation('softplus(t)', where='t real')"
    assert len(list(name_problems({FIRST: chapter("Nothing.", code=code)}))) == 3
    said = "Take $t$. The function `softplus` smooths a ramp."
    assert list(name_problems({FIRST: chapter(said, code=code)})) == []
    assert list(name_problems({FIRST: chapter(said), SECOND: chapter("", code=code)})) == []
    assert list(name_problems({FIRST: chapter("", code=code), SECOND: chapter(said)})) != []


def test_every_symbol_has_its_name_in_chinese():
    table = [line for line in NOTATION.read_text(encoding="utf-8").splitlines() if "| $" in line]
    assert [line for line in table if not re.search("[\u4e00-\u9fff]", line)] == []


def test_the_notation_table_must_be_true_and_complete():
    rows = notation_rows(f"| Symbol | x |\n| $t$ | a knob | `t` | [the first](../{FIRST}) |\n")
    assert rows == [("$t$", FIRST)]
    chapters = {FIRST: chapter("Turn $t$.")}
    assert list(notation_problems(rows, chapters, {"t": {"softplus"}})) == []
    assert "'u' is missing" in "".join(notation_problems(rows, chapters, {"u": {"softplus"}}))
    silent = {FIRST: chapter("Turn it.")}
    assert "does not stand in the prose" in "".join(notation_problems(rows, silent, {}))
    assert "names no chapter" in "".join(notation_problems([("$t$", None)], chapters, {}))


def test_greek_letters_are_symbols_by_their_names():
    """A formula's `gamma` is the table's $\\gamma$; other commands of LaTeX are no symbols."""
    rows = notation_rows(f"| $\\gamma$ | `gamma` | the focus, [the first](../{FIRST}) |\n")
    chapters = {FIRST: chapter("The focus is $\\gamma \\le 5$.")}
    needed = {"gamma": {"focal"}}
    assert list(notation_problems(rows, chapters, needed)) == []
    assert "'gamma' is missing" in "".join(notation_problems([], chapters, needed))
    silent = {FIRST: chapter("The focus is $g$.")}
    assert "does not stand in the prose" in "".join(notation_problems(rows, silent, needed))
    assert "'le' is missing" in "".join(notation_problems(rows, chapters, {"le": {"focal"}}))
