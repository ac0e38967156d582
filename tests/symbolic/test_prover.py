"""The prover's branches: each true step here needs one, a false one would slip through it."""

import mpmath
import pytest
import sympy as sp

from tests.symbolic.test_steps import verdict
from xentlib.symbolic import Derivation, DerivationError, UndecidedStep, prover
from xentlib.symbolic import derivation as derivation_module
from xentlib.symbolic.trees import is_written, rebuild

X, Y = sp.symbols("x y", real=True)
U = sp.Symbol("u", complex=True)


def why(left, right, where="x real, y real", **options):
    """Return why a step could not be decided."""
    with pytest.raises(UndecidedStep) as caught:
        Derivation(left, where=where, **options).then(right, because="to be seen")
    return str(caught.value)


# --- cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "wrong"),
    [
        ("(1 if x > 0 and y > 0 else 0)", "(0 if x <= 0 or y <= 0 else 1)", "(0 if x <= 0 else 1)"),
        ("(1 if not x > 0 else 0)", "(1 if x <= 0 else 0)", "(1 if x < 0 else 0)"),
        ("(1 if x > 0 or y > 0 else 0)", "(1 if not (x <= 0 and y <= 0) else 0)",
         "(1 if not (x <= 0 or y <= 0) else 0)"),
        ("(1 if x > 0 and True else 0)", "(1 if x > 0 else 0)", "(1 if x >= 0 else 0)"),
        ("(1 if x != 0 else 0)", "sign(x)**2", "sign(x)"),
        ("(x if x >= 0 else -x if y > 0 else -x)", "abs(x)", "x"),
        ("max(1, x, y)", "max(y, max(x, 1))", "max(y, x)"),
        ("min(1, x)", "-max(-1, -x)", "-max(1, -x)"),
        ("sign(x - y)*abs(x - y)", "x - y", "y - x"),
        ("max(x*y, 0) - max(-x*y, 0)", "x*y", "abs(x*y)"),
        ("abs(x*y)*sign(x**2 - y)", "abs(x*y)*sign(x**2 - y)", "x*y*sign(x**2 - y)"),
    ],
)  # fmt: skip
def test_conditions_are_understood(left, right, wrong):
    """And, or, not; conditions already decided by others; facts that are not linear."""
    assert verdict(left, right, "x real, y real") == "true"
    assert verdict(left, wrong, "x real, y real") == "false"


@pytest.mark.parametrize(
    ("where", "right"),
    [("x negative", "-x"), ("x nonpositive", "-x"), ("x positive", "x"), ("x nonnegative", "x")],
)
def test_an_assumption_is_a_condition(where, right):
    """Nonpositive includes 0, negative does not."""
    assert verdict("abs(x)", right, where) == "true"
    assert verdict("abs(x)", f"-({right})", where) == "false"
    holes = {"x negative": "true", "x positive": "true"}
    assert verdict("x/x", "1", where) == holes.get(where, "undecided")


def test_a_part_without_points_is_no_case():
    """Where x > y > 0, nothing is left of x + y <= 0; where x < y, nothing of x > y + 1."""
    made = Derivation("abs(x + y) + sign(x + y)", where="x > y, y > 0").then(
        "x + y + 1", because="both are positive"
    )
    assert made.steps[0].proof.cases == ()
    left, right = "max(x, y) + max(x, y + 1)", "x + y + 1 if x <= y + 1 else 2*x"
    made = Derivation(left, where="x real, y real").then(
        f"(2*y + 1 if x <= y else {right})", because="the cases"
    )
    shown = str(made)
    assert "; x < y)" in shown
    assert "x < y, x > y + 1" not in shown


def test_too_many_cases_are_refused():
    left = " + ".join(f"abs({name})" for name in "abcdfgh")
    right = " + ".join(f"max({name}, -{name})" for name in "abcdfgh")
    where = " ".join("abcdfgh") + " real"
    assert "more than 64 cases" in why(left, right, where)
    assert verdict(left[: left.index(" + abs(d)")], right[: right.index(" + max(d")], where) == (
        "true"
    )


@pytest.mark.parametrize(
    ("start", "end", "where", "reason"),
    [
        (sp.Piecewise((1, X > 0), evaluate=False), "1", (), "do not cover everything"),
        ("max(u, 1)", "max(1, u)", "u complex", "needs real numbers"),
        ("abs(u)", "abs(-u)", "u complex", "needs real numbers"),
        ("tanh(u)", "1 - 2/(exp(2*u) + 1)", "u complex", "may have a pole"),
        ("diff(y*t, y)", "t", "x real, y real, t = abs(x)", "no derivative where it is 0"),
        ("diff(y*t, y)", "t", "x real, y real, t = max(x, 0)", "an unknown function"),
        ("diff(log(x), x)", "1/x", "x nonzero", "may not be positive"),
        ("diff(n**2, n)", "2*n", "n integer", "cannot differentiate"),
        ("diff(u**2, u)", "2*u", "u complex", "cannot differentiate"),
        (sp.log(X, 2, evaluate=False), sp.log(X, 2, evaluate=False), "x > 0", "has a base"),
    ],
)
def test_what_has_no_value_or_slope_is_refused(start, end, where, reason):
    """Each of these is true wherever it is defined; it is not, or may not be, everywhere."""
    assert reason in why(start, end, where)


def test_an_index_of_a_class_is_not_differentiated():
    with pytest.raises(ValueError, match="a fixed number of times"):
        Derivation(sp.Derivative(X**3, (X, sp.Symbol("n", integer=True, positive=True))))


# --- numbers, roots, powers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "wrong", "where"),
    [
        (sp.log(sp.E, evaluate=False), "1", "2", ()),
        (sp.E * X, "exp(1)*x", "exp(2)*x", "x real"),
        ("abs(pi)*x", "pi*x", "-pi*x", "x real"),
        ("diff(pi*x, x)", "pi", "1", "x real"),
        ("sqrt(x*y)*sqrt(x*y)", "x*y", "-x*y", "x <= 0, y <= 0"),
        ("abs((sqrt(2) - 1)*(sqrt(2) + 1) - 2)", "1", "-1", ()),
        ("abs((sqrt(2) - 1)*(sqrt(2) + 1) - 1 + 2*y)", "2*y", "-2*y", "y >= 0"),
        ("abs((sqrt(2) - 1)*(sqrt(2) + 1) - 1 + 2*y)", "-2*y", "2*y", "y <= 0"),
    ],
)
def test_numbers_and_roots_are_compared(left, right, wrong, where):
    assert verdict(left, right, where) == "true"
    assert verdict(left, wrong, where) == "false"


@pytest.mark.parametrize(
    ("left", "right", "where", "reason"),
    [
        ("x**200*x", "x**201", "x real", "exponent 200 is too large"),
        ("2**20000", "4**10000", (), "exponent 20000 is too large"),
        ("x**(301/2)", "x**150*sqrt(x)", "x >= 0", "exponent 301/2 is too large"),
        ("(1 + x**(1/127))**2", "1 + 2*x**(1/127) + x**(2/127)", "x > 0", "no small common"),
        ("sqrt(x/y)", "sqrt(-x)/sqrt(-y)", "x <= 0, y < 0", "may be negative"),
        ("sqrt(x*y)", "sqrt(x)*sqrt(y)", "0 <= x <= 0, y real", "may be negative"),
    ],
)
def test_powers_and_roots_have_limits(left, right, where, reason):
    assert reason in why(left, right, where)


def test_a_hole_is_no_point_to_refute_at():
    """0**(-1/2) and log(0) have no value, real or complex: nothing is said of them."""
    assert "never 0" in why("x**(-1)", "x**(-1)", "x >= 0")
    assert "> 0" in why("x**(-1/2)", "x**(-1/2)", "x >= 0")
    assert "> 0" in why("log(u**2 + 16)", "log(16 + u**2)", "u complex")
    assert "never 0" in why("1/(u**2 + 16)", "1/(16 + u**2)", "u complex")
    assert "too large" in why(
        "exp(10**5000*u)*t**200", "exp(10**5000*u)*t**200", "u complex, t real"
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("pi", "3"),
        (sp.E, "3"),
        ("(1 if x > 0 and y > 0 else 0)", "(1 if x > 0 or y > 0 else 0)"),
        ("(1 if not x > 0 else 0)", "(1 if x < 0 else 0)"),
        ("(1 if True else x)", "2"),
        (sp.Piecewise((X, X > 0), evaluate=False), "2*x"),
    ],
)
def test_numbers_refute_what_they_can_read(left, right):
    assert verdict(left, right, "x real, y real") == "false"


def test_a_tied_symbol_may_be_complex_only_if_it_is_declared_so():
    """log(x) is not real for x < 0: no counterexample for a real t, one for a complex t."""
    assert verdict("abs(x) + 0*t", "x + 0*t", "x nonzero, t complex, t = log(x)") == "false"
    assert verdict("abs(x) + 0*t", "x + 0*t", "x nonzero, t real, t = log(x)") == "undecided"


# --- what is too large ---------------------------------------------------------------------------


def test_a_formula_of_very_many_parts_is_refused():
    many = sp.Add(*[sp.Symbol(f"x_{n}", real=True) for n in range(4001)])
    with pytest.raises(ValueError, match="too large: use smaller steps"):
        Derivation(many).then(many, because="the same")


def test_a_step_nested_too_deeply_for_python_says_so(monkeypatch):
    """How deep Python can go depends on who calls."""

    def too_deep(*_):
        raise RecursionError

    monkeypatch.setattr(derivation_module, "prove", too_deep)
    with pytest.raises(DerivationError, match="nested too deeply"):
        Derivation("x", where="x real").then("x", because="the same")


def test_points_that_cannot_be_found_refute_nothing(monkeypatch):
    """Too many conditions to find a point: the step is undecided, not an error."""

    def no_points(*_, **__):
        raise prover.Undecided("too many conditions")

    monkeypatch.setattr(prover, "refute", no_points)
    assert "never 0" in why("x/x", "1")


# --- what SymPy itself would do ------------------------------------------------------------------


def test_what_sympy_cannot_evaluate_is_as_it_was_written():
    """The maximum of i and 1 is an error in SymPy."""
    assert is_written(rebuild(sp.Max, [sp.I, sp.Integer(1)]))
    assert not is_written(X + 1)


def test_counterexamples_have_digits():
    """Enough of them to tell the sides apart, and of e as well."""
    with pytest.raises(DerivationError) as caught:
        Derivation(sp.E * X).then("3*x", because="about")
    found = caught.value.counterexample
    assert mpmath.almosteq(mpmath.mpf(found.left), mpmath.e, 1e-11)
