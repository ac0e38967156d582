"""Every step of every derivation in the chapters: no wrong variant of it would be accepted."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.book.execution import established, run_code
from tests.symbolic.mutations import Report, check_step, record_steps
from tools.notebooks import notebook_paths, runnable, shown
from xentlib.symbolic import Derivation

DERIVING = [path for path in runnable(notebook_paths()) if "Derivation" in path.read_text("utf-8")]


@cache
def _run(path: Path) -> tuple[list[Any], list[str]]:
    """Run a chapter's cells once; return its steps, and the ids that it establishes."""
    ids: list[str] = []
    original = Derivation.establishes

    def establishes(self: Derivation, formula_id: str) -> Derivation:
        done = original(self, formula_id)
        ids.append(formula_id)
        return done

    with pytest.MonkeyPatch.context() as patch, record_steps() as steps:
        patch.setattr(Derivation, "establishes", establishes)
        run_code(path)
    return steps, ids


@pytest.mark.parametrize("path", DERIVING, ids=shown)
def test_every_mutant_of_a_chapters_derivations_is_refused(path: Path, record_property) -> None:
    steps, _ = _run(path)
    report = Report()
    for step in steps:
        report += check_step(step)
    summary = f"{shown(path)}: {len(steps)} steps, {report}"
    record_property("mutants", summary)
    assert not report.accepted, report.accepted
    assert report.refused >= 4 * len(steps), summary


@pytest.mark.parametrize("path", DERIVING, ids=shown)
def test_establishing_is_what_the_chapter_really_does(path: Path) -> None:
    """The ids found in the text are those that the running chapter establishes."""
    assert _run(path)[1] == established(path)


def test_a_lenient_prover_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: if steps were accepted unproved, mutants would be too."""
    start = Derivation("x - x*z", where="x real, z real")
    with record_steps() as steps:
        proof = start.then("x*(1 - z)", because="factor out x").steps[0].proof
    monkeypatch.setattr("xentlib.symbolic.derivation.prove", lambda *_: proof)
    assert check_step(*steps).accepted
