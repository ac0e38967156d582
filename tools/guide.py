"""The field guide: each question has an answer that was run, a proof to go to, and its sources.

    python -m tools.guide

A question is a Markdown cell with the tag `question`: a label, the question as a heading, the short
answer. What follows, up to the next question, is its answer. No check runs a notebook.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from tools.hygiene import tags
from tools.notebooks import CHAPTERS, notebook_paths, read, shown

GUIDE = CHAPTERS / "guide"
SYMPTOMS = GUIDE / "symptoms.md"

_HEAD = re.compile(r"\A\((question-[a-z0-9-]+)\)=\n## (.+\?)\n\n(.+)", re.DOTALL)
_CHAPTER = re.compile(r"\]\((?:\.\./(?:information|losses|practice)/[a-z-]+|#[a-z-]+)\)")
_SOURCE = re.compile(r"\]\(https?://[^)\s]+\)|\{cite\}`")
_TARGET = re.compile(r"\]\(#(question-[a-z0-9-]+)\)")


@dataclass(frozen=True)
class Question:
    """A question of the guide with the cells of its answer."""

    page: str
    cells: Sequence[NotebookNode]

    @property
    def label(self) -> str:
        """The name by which a link finds it, or an empty text."""
        match = _HEAD.match(self.cells[0].source)
        return match[1] if match else ""

    @property
    def title(self) -> str:
        """The question itself, or the first line where there is none."""
        match = _HEAD.match(self.cells[0].source)
        return match[2] if match else str(self.cells[0].source.splitlines()[0])

    def _source(self, kind: str) -> str:
        return "\n".join(cell.source for cell in self.cells if cell.cell_type == kind)

    def problems(self) -> Iterator[str]:
        """Say what is missing."""
        where = f"{self.page}: {self.title[:60]!r}"
        if not self.label:
            yield f"{where} must be (question-...)=, a heading that ends with ?, and an answer."
        code, prose = self._source("code"), self._source("markdown")
        for word in ("# wrong", "# right"):
            if word not in code:
                yield f"{where} has no code that is marked {word!r}."
        if not _CHAPTER.search(prose):
            yield f"{where} links to no chapter that proves the answer."
        if not _SOURCE.search(prose):
            yield f"{where} names no place where it was asked."


def questions(path: Path) -> list[Question]:
    """Return the questions of a page, in order."""
    found: list[list[NotebookNode]] = []
    for cell in read(path).cells:
        if "question" in tags(cell):
            found.append([])
        if found:
            found[-1].append(cell)
    return [Question(shown(path), cells) for cells in found]


def all_questions() -> list[Question]:
    """Return the questions of the guide."""
    paths = [path for path in notebook_paths() if path.parent == GUIDE]
    return [question for path in paths for question in questions(path)]


def problems(asked: Sequence[Question], symptoms: str) -> Iterator[str]:
    """Say what is wrong with the questions, and with the table of symptoms that leads to them."""
    for question in asked:
        yield from question.problems()
    labels = [question.label for question in asked]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        yield f"{label} names two questions."
    for target in sorted(set(_TARGET.findall(symptoms)) - set(labels)):
        yield f"{shown(SYMPTOMS)} links to {target}, and there is no such question."


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    asked = all_questions()
    found = list(problems(asked, SYMPTOMS.read_text(encoding="utf-8")))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"All questions ({len(asked)}) have their answers.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
