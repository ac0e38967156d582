"""The field guide: every question is answered by code that ran, and each gap is noticed."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools import guide

ANSWER = """(question-example)=
## Why?

Because. [The chapter](../losses/softmax-cross-entropy) proves it."""


def _question(head: str = ANSWER, code: str = "f(x)  # wrong\ng(x)  # right", end: str = "") -> str:
    end = end or "Asked in [a thread](https://example.org/1)."
    cells = [
        new_markdown_cell(head, metadata={"tags": ["question"]}),
        new_code_cell(code),
        new_markdown_cell(end),
    ]
    return "\n".join(guide.Question("page", cells).problems())


def test_the_guide_is_in_order() -> None:
    symptoms = guide.SYMPTOMS.read_text(encoding="utf-8")
    assert not list(guide.problems(guide.all_questions(), symptoms))


def test_the_guide_answers_at_least_fifty_questions() -> None:
    assert len(guide.all_questions()) >= 50


@pytest.mark.parametrize(
    "symptom", ["nan", "inf", "0.693", "negative", "exactly 0", "1.46", "2.30", "0.313"]
)
def test_the_table_of_symptoms_knows(symptom: str) -> None:
    assert symptom in guide.SYMPTOMS.read_text(encoding="utf-8")


def test_a_sound_question_passes() -> None:
    assert not _question()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"head": ANSWER.replace("(question-example)=\n", "")}, "must be (question-...)="),
        ({"head": ANSWER.replace("Why?", "Because")}, "must be (question-...)="),
        ({"code": "g(x)  # right"}, "'# wrong'"),
        ({"code": "f(x)  # wrong"}, "'# right'"),
        ({"head": ANSWER.replace("../losses/", "../../")}, "links to no chapter"),
        ({"end": "Asked by many."}, "names no place"),
    ],
)
def test_a_gap_is_noticed(change: dict[str, str], found: str) -> None:
    """Negative controls."""
    assert found in _question(**change)


def test_a_doubled_label_and_a_dead_link_are_noticed(tmp_path: Path) -> None:
    """Negative controls."""
    cells = [new_markdown_cell(ANSWER, metadata={"tags": ["question"]})]
    one = guide.Question("page", cells)
    found = "\n".join(guide.problems([one, one], "[nan](#question-nowhere)"))
    assert "question-example names two questions" in found
    assert "question-nowhere, and there is no such question" in found
