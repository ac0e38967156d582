"""The mutation tool itself: it makes the wrong variants, and would notice their acceptance."""

import pytest

from tests.symbolic.mutations import check_step, mutants, record_steps, true_everywhere
from tests.symbolic.steps import CLASSES, SUMS_TRUE, SUMS_WHERE, TRUE, WHERE
from xentlib.symbolic import Derivation
from xentlib.symbolic import derivation as derivation_module
from xentlib.symbolic.conditions import Conditions
from xentlib.symbolic.parsing import parse
from xentlib.symbolic.printing import text
from xentlib.symbolic.prover import Proof


def made_from(shown, where="x real, z real"):
    """Return the mutants of a formula as (label, text)."""
    tree = parse(shown, Conditions(where).names)
    return {(label, text(found, written=True)) for label, found in mutants(tree)}


@pytest.mark.parametrize(
    ("shown", "label", "mutant"),
    [
        ("x - x*z + log(1 + exp(-x))", "term 2 dropped", "x + log(1 + exp(-x))"),
        ("x - x*z", "sign of term 1 flipped", "-x - x*z"),
        ("x - x*z", "sign of everything flipped", "-(x - x*z)"),
        ("x*z", "factor 1 dropped", "z"),
        ("log(1 + x)", "1 made 2", "log(2 + x)"),
        ("exp(x)", "the argument's sign flipped in exp", "exp(-x)"),
        ("sigmoid(x)", "the argument's sign flipped in Sigmoid", "sigmoid(-x)"),
        ("1 + log(x)", "logarithm to base 2", "1 + log(x)/log(2)"),
        ("x - x*z", "x and z swapped", "z - z*x"),
        ("max(x, 0)", "Max made Min", "min(x, 0)"),
        ("exp(-abs(x))", "bars dropped", "exp(-x)"),
        ("(x if x > 0 else z)", "cases exchanged", "(z if x > 0 else x)"),
        (
            "x + z",
            "term 2 off by 1e-30",
            "x + 1000000000000000000000000000001*z/1000000000000000000000000000000",
        ),
        ("sum(x*j, (j, 1, 3))", "factor 1 dropped", "sum(j, (j, 1, 3))"),
        ("diff(x*z, x)", "factor 2 dropped", "diff(x, x)"),
    ],
)
def test_every_kind_of_mutant_is_made(shown, label, mutant):
    """A mutation that silently stops being made would make its check pass forever."""
    assert (label, mutant) in made_from(shown)


@pytest.mark.parametrize(("left", "right"), TRUE[::4])
def test_mutants_of_true_steps_are_refused(left, right):
    """No variant of a proved step that differs from it is proved as well."""
    with record_steps() as steps:
        Derivation(left, where=WHERE).then(right, because="true")
    report = check_step(*steps)
    assert report.accepted == []
    assert report.refused + len(report.equivalent) > 0


@pytest.mark.parametrize(("left", "right"), SUMS_TRUE[:2] + SUMS_TRUE[-1:])
def test_mutants_of_sums_are_refused(left, right):
    """Also where a step is proved for each number of classes."""
    with record_steps() as steps:
        Derivation(left, where=SUMS_WHERE, each={**CLASSES, "C": (2, 3)}).then(
            right, because="true"
        )
    report = check_step(*steps)
    assert report.accepted == []
    assert len(report.false) > 5


def test_accepted_mutants_would_be_noticed(monkeypatch):
    """Negative control: with a prover that accepts everything, the report is full of them."""
    with record_steps() as steps:
        Derivation("log(exp(x))", where="x real").then("x", because="true")
        Derivation("softplus(x)", where="x real").then("log(1 + exp(x))", because="true")
    monkeypatch.setattr(derivation_module, "prove", lambda *_: Proof("trust me"))
    for step in steps:
        report = check_step(step)
        assert report.accepted
        assert not report.refused
        assert "0 mutants refused" in str(report)


def test_equivalent_mutants_are_told_apart():
    """What is numerically the same is no mutant; what differs by 1e-30 is one."""
    conditions = Conditions("x real, y real")

    def same(left, right):
        return true_everywhere(
            *(parse(side, conditions.names) for side in (left, right)), conditions
        )

    assert same("log(exp(x))", "x")
    assert same("sigmoid(-x)", "1 - sigmoid(x)")
    assert not same("x", "x + x/10**30")
    assert not same("max(x, y)", "x")
    assert not same("x/x", "1/(x - x)")


def test_equivalent_mutants_are_counted():
    with record_steps() as steps:
        Derivation("1*x", where="x real").then("1*x", because="the same")
    report = check_step(*steps)
    assert [found.split(":")[0] for found in report.equivalent] == ["factor 1 dropped"]


def test_recording_collects_accepted_steps_only():
    """The hook sees what a chapter's cells do, and leaves no trace."""
    original = Derivation.then
    start = Derivation("x + x", where="x real")
    with record_steps() as steps:
        start.then("2*x", because="twice")
        with pytest.raises(ValueError, match="false"):
            start.then("3*x", because="wrong")
    assert [(step.derivation, text(step.expression)) for step in steps] == [(start, "2*x")]
    assert Derivation.then is original
    start.then("2*x", because="twice")
    assert len(steps) == 1
