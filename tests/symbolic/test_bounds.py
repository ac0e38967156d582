"""Inequalities: what is accepted is true, and what cannot be shown is refused."""

import mpmath
import pytest

from tests.symbolic.mutations import check_step, record_steps
from xentlib.symbolic import (
    Derivation,
    DerivationError,
    FalseStep,
    UndecidedStep,
    formula,
)
from xentlib.symbolic import derivation as derivation_module
from xentlib.symbolic.prover import Proof

CLASSES = {"C": (2, 4)}
PAIR = "p positive, q positive"
ROWS = "p[j] positive, q[j] positive, sum(p[j], (j, 1, C)) = 1, sum(q[j], (j, 1, C)) = 1"
GAP = "p[j]*log(p[j]/q[j]) - p[j] + q[j]"

AT_LEAST = [
    # (left, right, where, touching, whether both are shown to be equal exactly there)
    ("t*log(t) - t + 1", "0", "t positive", "t = 1", True),
    ("p*log(p/q) - p + q", "0", PAIR, "q = p", True),
    ("p*log(p/q) - p + q", "0", PAIR, "p = q", True),
    ("p*log(p)", "p - 1", "p positive", "p = 1", True),
    ("exp(x)", "1 + x", "x real", "x = 0", True),
    ("exp(x) + y**2", "1 + x", "x real, y real", "x = 0", False),
    ("(x - y)**2 + 1", "0", "x real, y real", "x = y", False),
    ("z*softplus(-x) + (1 - z)*softplus(x)", "0", "x real, 0 <= z <= 1", None, False),
    ("-log(sigmoid(x))", "0", "x real", None, False),
    ("-log(p)", "0", "0 < p <= 1", None, False),
    ("(x - y)**2", "0", "x real, y real", None, False),
    ("-(x - y)*(y - x)", "0", "x real, y real", None, False),
    ("x*y", "0", "x <= 0, y <= 0", None, False),
    ("x + y**2", "x", "x real, y real", None, False),
    # logarithms keep the order
    ("log(2 + x**2)", "log(2)", "x real", None, False),
    ("log(1 + exp(x))", "log(2 + x)", "x > -2", "x = 0", True),
    ("log(p)", "log(p*q)", "0 < p < 1, 0 < q < 1", None, False),
    ("log(t)", "0", "x real, t = x**2 + 1", None, False),  # without its equation, t may be negative
]

SUMS = [
    (f"sum({GAP}, (j, 1, C))", "0", "q[j] = p[j]", True),
    (f"-sum(p[j]*log(p[j]), (j, 1, C)) + sum({GAP}, (j, 1, C))", "-sum(p[j]*log(p[j]), (j, 1, C))",
     "q[j] = p[j]", True),
    ("log(C)", "log(C) - sum(p[j]*log(C*p[j]) - p[j] + 1/C, (j, 1, C))", "p[j] = 1/C", True),
    ("-sum(p[j]*log(p[j]), (j, 1, C))", "0", None, False),
    ("1/2*sum(sum(p[i]*p[j]*(q[i] - q[j])**2, (i, 1, C)), (j, 1, C))", "0", None, False),
    ("log(C + sum(p[j]*q[j], (j, 1, C)))", "log(C)", None, False),
]  # fmt: skip

FALSE = [
    ("t*log(t) - t + 1", "1/10", "t positive", "t = 1"),
    ("x**3", "0", "x real", "x = 0"),
    ("x*y", "0", "x real, y real", "x = 0"),
    ("log(t)", "0", "t positive", "t = 1"),
    ("p*log(p/q)", "0", PAIR, "q = p"),
    ("x", "y", "x real, y real", "x = y"),
    ("x**2", "x", "x real", None),
    ("1 + x", "exp(x)", "x real", "x = 0"),
    ("log(2 + x)", "log(2)", "x > -1", None),
    ("log(p*q)", "log(p)", "0 < p < 1, 0 < q < 1", None),
    ("log(t)", "0", "x real, t = x**2 + 1/2", None),
]

# True where they are defined, but not to be shown by a wrong lowest point or a hole in the domain.
UNDECIDED = [
    ("t - 1 - log(t)", "0", "t positive", "t = 2"),
    ("t - 1 - log(t)", "0", "t positive", "t = -1"),
    ("t - 1 - log(t)", "0", "t positive", None),
    ("1/x**2 - 2/x", "-1", "x real", "x = 1"),  # no value at 0
    ("(1/x - 1)**2", "0", "x real", None),  # the same
    ("t*log(t) - t + 1", "0", "t real", "t = 1"),  # no value at t <= 0
    ("t*log(t) - t + 1", "0", "t nonnegative", "t = 1"),
    ("exp(n)", "1 + n", "n integer", "n = 0"),  # the way from point to point is not in the domain
    ("log(x)", "log(x - 1)", "x real", None),  # no value at x <= 1
    ("log(x) + 1", "log(2*x)", "x positive", None),  # true, by a way that is not looked for
    ("exp(x)", "1 + x", "x >= 1", "x = 0"),  # the lowest point is not in the domain
    ("1/x**2 + log(x**2)", "1", "x nonzero", "x = 1"),  # the way there leads over a hole
    ("1/x**2 + log(x**2)", "1", "x nonzero, x > -5", "x = 1"),
    ("u", "u", "u complex", None),  # complex numbers have no order
]


@pytest.mark.parametrize(("left", "right", "where", "touching", "exactly"), AT_LEAST)
def test_true_inequalities_are_proved(left, right, where, touching, exactly):
    longer = Derivation(left, where=where).at_least(right, because="true", touching=touching)
    assert longer.steps[-1].relation == ">="
    assert bool(longer.steps[-1].proof.equality) is exactly
    assert (f"equal exactly where {touching}" in str(longer)) is exactly


@pytest.mark.parametrize(("left", "right", "where", "touching", "exactly"), AT_LEAST)
def test_the_other_direction_mirrors_it(left, right, where, touching, exactly):
    longer = Derivation(right, where=where).at_most(left, because="true", touching=touching)
    assert longer.steps[-1].relation == "<="
    assert bool(longer.steps[-1].proof.equality) is exactly


@pytest.mark.parametrize(("left", "right", "touching", "exactly"), SUMS)
def test_sums_are_proved_term_by_term(left, right, touching, exactly):
    start = Derivation(left, where=ROWS, each=CLASSES)
    step = start.at_least(right, because="true", touching=touching).steps[-1]
    assert bool(step.proof.equality) is exactly
    assert [tuple(map(str, span)) for span in step.proof.numbers] == [("C", "2", "4")]


@pytest.mark.parametrize(("left", "right", "where", "touching"), FALSE)
def test_false_inequalities_are_refuted(left, right, where, touching):
    with pytest.raises(FalseStep) as caught:
        Derivation(left, where=where).at_least(right, because="false", touching=touching)
    assert mpmath.mpf(caught.value.counterexample.left) < mpmath.mpf(
        caught.value.counterexample.right
    )
    assert "claim: left >= right" in str(caught.value)


def test_a_counterexample_of_at_most_shows_the_sides_as_written():
    with pytest.raises(FalseStep, match=r"left  = 4\n    right = 2"):
        Derivation("x**2", where="x real").at_most("x", because="false")


@pytest.mark.parametrize(("left", "right", "where", "touching"), UNDECIDED)
def test_what_is_not_shown_is_refused(left, right, where, touching):
    with pytest.raises(UndecidedStep):
        Derivation(left, where=where).at_least(right, because="perhaps", touching=touching)


def test_gibbs_needs_equal_sums():
    """Negative control: without sum q = 1 the divergence may be negative."""
    left = "sum(p[j]*log(p[j]/q[j]), (j, 1, C))"
    with pytest.raises(FalseStep):
        Derivation(left, where="p[j] positive, q[j] positive", each=CLASSES).at_least(
            "0", because="false", touching="q[j] = p[j]"
        )


@pytest.mark.parametrize(
    ("touching", "message"),
    [
        ("q = r", "names 'r'"),
        ("q", "cannot|not an equation"),
        ("q >= p", "not an equation"),
        ("2*q = p", "begin with a real symbol"),
        ("q = q", "linear in other symbols"),
        ("q = log(p)", "linear in other symbols"),
    ],
)
def test_a_touching_point_must_be_readable(touching, message):
    start = Derivation("p*log(p/q) - p + q", where=PAIR)
    with pytest.raises(ValueError, match=message):
        start.at_least("0", because="unreadable", touching=touching)


def test_directions_do_not_mix():
    rising = Derivation("x", where="x real").at_most("x + 1", because="more")
    with pytest.raises(DerivationError, match="both"):
        rising.at_least("x", because="less")


def test_an_inequality_establishes_nothing():
    longer = Derivation(formula("entropy")).at_least("0", because="each term is")
    with pytest.raises(DerivationError, match="equalities only"):
        longer.establishes("entropy")


def test_it_is_displayed_with_its_direction():
    longer = Derivation("exp(x)", where="x real", name="f(x)").at_least(
        "1 + x", because="a tangent", touching="x = 0"
    )
    assert str(longer) == (
        "f(x)  = exp(x)\n     >= 1 + x   [a tangent (equal exactly where x = 0)]"
    )
    shown = longer._repr_latex_()
    assert r"\ge{}& 1 + x" in shown
    assert r"equal exactly where $x = 0$" in shown


@pytest.mark.parametrize(("left", "right", "where", "touching", "exactly"), AT_LEAST[::2])
def test_mutants_of_inequalities_are_refused(left, right, where, touching, exactly):
    with record_steps() as steps:
        Derivation(left, where=where).at_least(right, because="true", touching=touching)
    report = check_step(*steps)
    assert report.accepted == []
    assert report.refused > 0


def test_accepted_mutants_of_inequalities_would_be_noticed(monkeypatch):
    """Negative control: with a prover that accepts everything, the report is full of them."""
    with record_steps() as steps:
        Derivation("exp(x)", where="x real").at_least("1 + x", because="true", touching="x = 0")
    monkeypatch.setattr(derivation_module, "prove_at_least", lambda *_: Proof("trust me"))
    monkeypatch.setattr(derivation_module, "prove", lambda *_: Proof("trust me"))
    report = check_step(*steps)
    labels = {found.split(":")[0] for found in report.accepted}
    assert {"direction turned round", "made an equality", "term 2 dropped"} & labels
    assert "direction turned round" in labels
