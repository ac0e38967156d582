"""A step is accepted only if it is proved: protects every derivation printed in the book."""

import time

import pytest

from tests.symbolic.steps import (
    CLASSES,
    FALSE,
    SUMS_FALSE,
    SUMS_TRUE,
    SUMS_WHERE,
    TRUE,
    UNDECIDED,
    WHERE,
)
from xentlib.symbolic import Derivation, FalseStep, UndecidedStep, prover
from xentlib.symbolic import derivation as derivation_module
from xentlib.symbolic.prover import Proof, ProverError


def verdict(left, right, where=WHERE, each=None):
    """Return "true", "false" or "undecided"."""
    try:
        Derivation(left, where=where, each=each).then(right, because="to be seen")
    except FalseStep:
        return "false"
    except UndecidedStep:
        return "undecided"
    return "true"


@pytest.mark.parametrize(("left", "right"), TRUE)
def test_true_steps_are_proved(left, right):
    """The identities on which the chapters stand are within reach, in both directions."""
    assert verdict(left, right) == "true"
    assert verdict(right, left) == "true"


@pytest.mark.parametrize(("left", "right"), FALSE)
def test_false_steps_are_refused_with_a_counterexample(left, right):
    """No false line can be printed, and the reader sees where it fails."""
    with pytest.raises(FalseStep) as caught:
        Derivation(left, where=WHERE).then(right, because="wrong")
    assert caught.value.counterexample.left != caught.value.counterexample.right
    assert "left  = " in str(caught.value)
    assert "right = " in str(caught.value)


@pytest.mark.parametrize(("left", "right", "why"), UNDECIDED)
def test_what_cannot_be_proved_is_called_undecided(left, right, why):
    """Undecided is another answer than false, and says what is missing."""
    with pytest.raises(UndecidedStep) as caught:
        Derivation(left, where=WHERE).then(right, because="unclear")
    assert why in str(caught.value)
    assert "What to do: add an intermediate step" in str(caught.value)


@pytest.mark.parametrize(("left", "right"), SUMS_TRUE)
def test_steps_are_proved_for_each_number_of_classes(left, right):
    """Sums are proved for every C from 2 to 6, and for every class k."""
    assert verdict(left, right, SUMS_WHERE, CLASSES) == "true"


@pytest.mark.parametrize(("left", "right"), SUMS_FALSE)
def test_false_sums_are_refused(left, right):
    """One number of classes or one class for which a step fails is enough."""
    assert verdict(left, right, SUMS_WHERE, CLASSES) == "false"


@pytest.mark.parametrize(("left", "right", "_why"), UNDECIDED)
@pytest.mark.filterwarnings("error")
def test_undecided_steps_are_not_accepted_the_other_way_round(left, right, _why):
    """Being defined everywhere is asked of both sides."""
    assert verdict(right, left) != "true"


def test_the_assumption_decides():
    """The same two sides: proved under one assumption, refused under a weaker one."""
    for left, right, strong, weak in [
        ("log(x*y)", "log(x) + log(y)", "x positive, y positive", "x nonzero, y nonzero"),
        ("sqrt(x**2)", "x", "x nonnegative", "x real"),
        ("log(exp(x))", "x", "x real", "x complex"),
        ("abs(x)", "x", "x >= 0", "x >= -1/10**30"),
        ("x/x", "1", "x > 0", "x >= 0"),
        ("max(x, y)", "x", "x >= y", "x >= y - 1"),
        ("log(1 - p - q)", "log(r)", "p + q + r = 1, r positive", "r positive, p real, q real"),
        ("a*p + a*q", "a", "a real, p + q = 1", "a real, p real, q real"),
        ("log(1 - p)", "-softplus(x)", "x real, p = sigmoid(x)", "x real, 0 < p < 1"),
    ]:
        assert verdict(left, right, strong) == "true", (left, right, strong)
        assert verdict(left, right, weak) != "true", (left, right, weak)


def test_numbers_never_prove(monkeypatch):
    """With all numerical evaluation switched off, what was proved still is, and no more."""
    monkeypatch.setattr(prover, "refute", lambda *_, **__: None)
    assert {verdict(*step) for step in TRUE} == {"true"}
    assert {verdict(*step) for step in FALSE} == {"undecided"}


def test_a_wrong_proof_is_an_internal_error(monkeypatch):
    """If numbers refute what the prover accepted, it says so loudly instead of printing it."""
    leaf = prover._Leaf((), "wishful thinking")
    monkeypatch.setattr(prover, "_prove_case", lambda _: [leaf])
    for left, right in FALSE:
        with pytest.raises((ProverError, FalseStep)) as caught:
            verdict(left, right)
        assert "INTERNAL ERROR" in str(caught.value)


def test_the_false_steps_would_notice_a_credulous_prover(monkeypatch):
    """Negative control: with a prover that accepts everything, each check above fails."""
    monkeypatch.setattr(derivation_module, "prove", lambda *_: Proof("trust me"))
    assert {verdict(*step) for step in FALSE} == {"true"}
    assert {verdict(left, right) for left, right, _ in UNDECIDED} == {"true"}
    assert {verdict(*step, SUMS_WHERE, CLASSES) for step in SUMS_FALSE} == {"true"}


def test_there_are_enough_steps():
    """The tables cannot shrink unnoticed."""
    assert len(TRUE) + len(SUMS_TRUE) >= 50
    assert len(FALSE) + len(SUMS_FALSE) >= 40
    assert len(UNDECIDED) >= 10


def test_both_methods_and_case_splits_are_said():
    """Each accepted step carries how it was proved."""

    def proof(left, right):
        return Derivation(left, where=WHERE).then(right, because="r").steps[0]

    assert proof("log(exp(x))", "x").method == prover.NORMAL_FORM
    split = proof("abs(x)", "max(x, -x)").proof
    assert [str(c) for (c,) in split.cases] == ["x >= 0", "x < 0"]
    assert proof("max(x, y) + 1", "1 + max(y, x)").proof.cases == ()


def test_the_derivative_method_checks_the_constant():
    """The same derivative is not enough: the sides must agree at a point."""
    conditions = derivation_module.Conditions("x real")
    left = derivation_module.parse("log(1 + exp(x)) + 1", conditions.names)
    right = derivation_module.parse("log(1 + exp(x))", conditions.names)
    (case,) = conditions.cases(left, right)
    normal = prover.Normal(case.domain)
    difference = normal.of(left) - normal.of(right)
    with pytest.raises(prover.Undecided, match="constant"):
        prover._prove_by_derivatives(left, right, normal, difference)


def test_the_derivative_method_proves():
    """An identity that expanding alone does not reach: a quartic that splits over sqrt(2)."""
    step = Derivation("log(x**4 + 1)", where="x real").then(
        "log(x**2 + sqrt(2)*x + 1) + log(x**2 - sqrt(2)*x + 1)", because="factoring"
    )
    assert step.steps[0].method == prover.DERIVATIVES


def test_a_step_takes_under_a_second():
    """A chapter can afford to prove every line: the slowest kind, a gradient for 20 cases."""
    started = time.process_time()
    gradient = Derivation(
        "diff(-sum(y[j]*(x[j] - log(sum(exp(x[i]), (i, 1, C)))), (j, 1, C)), x[k])",
        where="x[j] real, 0 <= y[j] <= 1, sum(y[j], (j, 1, C)) = 1",
        each=CLASSES,
    )
    gradient.then("exp(x[k])/sum(exp(x[j]), (j, 1, C)) - y[k]", because="the chain rule")
    assert time.process_time() - started < 8  # about 0.8 s; more while coverage is measured
