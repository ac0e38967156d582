"""Every step of every derivation in the chapters: no wrong variant of it would be accepted."""

from pathlib import Path

import pytest

from tests.book.execution import run_code
from tests.symbolic.mutations import Report, check_step, record_steps
from tools.notebooks import notebook_paths, runnable, shown
from xentlib.symbolic import Derivation


def _report_on(path: Path) -> tuple[int, Report]:
    """Run a chapter's cells, and show every mutant of each of its steps to the prover."""
    with record_steps() as steps:
        run_code(path)
    report = Report()
    for step in steps:
        report += check_step(step)
    return len(steps), report


@pytest.mark.parametrize("path", runnable(notebook_paths()), ids=shown)
def test_every_mutant_of_a_chapters_derivations_is_refused(path: Path, record_property) -> None:
    steps, report = _report_on(path)
    summary = f"{shown(path)}: {steps} steps, {report}"
    record_property("mutants", summary)
    assert not report.accepted, report.accepted
    assert report.refused >= 4 * steps, summary


def test_a_lenient_prover_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: if steps were accepted unproved, mutants would be too."""
    start = Derivation("x - x*z", where="x real, z real")
    with record_steps() as steps:
        proof = start.then("x*(1 - z)", because="factor out x").steps[0].proof
    monkeypatch.setattr("xentlib.symbolic.derivation.prove", lambda *_: proof)
    assert check_step(*steps).accepted
