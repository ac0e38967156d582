"""The parts below a derivation: reading, conditions, domains, signs, functions, numbers."""

from fractions import Fraction
from random import Random

import mpmath
import pytest
import sympy as sp

from tests.symbolic.mutations import true_everywhere
from xentlib.symbolic import (
    Derivation,
    DerivationError,
    Logit,
    LogSigmoid,
    Sigmoid,
    Softplus,
)
from xentlib.symbolic.conditions import Conditions
from xentlib.symbolic.domain import Domain, Linear, feasible
from xentlib.symbolic.normal import Normal
from xentlib.symbolic.parsing import parse
from xentlib.symbolic.refuter import evaluate_at, refute

X = sp.Symbol("x", real=True)


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("__import__('os').system('true')", "not part of a formula"),
        ("x.__class__", "not part of a formula"),
        ("(lambda: 0)()", "not part of a formula"),
        ("[x for x in (1, 2)]", "not part of a formula"),
        ("'x'", "not part of a formula"),
        ("sigmod(x)", "did you mean 'sigmoid'"),
        ("exec(x)", "unknown function 'exec'"),
        ("1/x(1 - x)", r"'x' is not a function .* write x \* \(1 - x\)"),
        ("xx + 1", "did you mean 'x'"),
        ("w", "unknown name 'w'"),
        ("x^2", r"write \*\* for a power"),
        ("0.1*x", "not exact"),
        ("1j*x", "not part of a formula"),
        ("log(x, 2, 3)", "takes one argument"),
        ("max(x)", "two arguments or more"),
        ("x +", "cannot read"),
        ("", "cannot read"),
        ("x > 0", "no formula with a value|not a formula with a value"),
        ("x[1]", "has no elements"),
        ("sum(x, 3)", "a sum is written"),
        ("diff(x, 2)", "not a symbol"),
        ("x < 1 + (2 > 1)", "has no value"),
        ("delta(x)", "two arguments, not 1"),
        ("~x", "not part of a formula"),
        ("x is x", "not part of a formula"),
        ("sum(x, (1, 2, 3))", "a sum is written"),
        ("(1 if x + 1 else 0)", "not a condition"),
        ("x @ x", "not part of a formula"),
        ("(" * 90 + "x" + ")" * 90, "x|cannot read"),
        ("-" * 90 + "x", "nested too deeply"),
        ("x+" * 3000 + "x", "too long"),
    ],
)
def test_only_formulas_are_read(wrong, message):
    """A string is never executed; what is not a formula gives one clear message."""
    if wrong.startswith("(((("):
        assert parse(wrong, {"x": X}) == X
        return
    with pytest.raises(ValueError, match=message):
        parse(wrong, {"x": X})


def test_nothing_is_evaluated_while_reading():
    read = parse("log(exp(-x)) + 1*x - 0 + 2/4", {"x": X})
    assert read.args[0].args[0].func is sp.exp
    assert len(read.args) == 4
    assert parse("+x", {"x": X}) == X
    assert parse("2*pi", {}) == sp.Mul(2, sp.pi, evaluate=False)


def test_a_function_of_the_authors_is_read_too():
    f = sp.Function("f", real=True)
    made = Derivation("f(x + x) + 1", symbols=[f], where="x real")
    assert made.then("1 + f(2*x)", because="the same argument")
    with pytest.raises(DerivationError):
        made.then("1 + 2*f(x)", because="as if it were linear")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("x wibble", "cannot read the condition"),
        ("x", "cannot read the condition"),
        ("x*y > 0", "not linear"),
        ("x**2 = 1", "not linear"),
        ("x != y", "not of the form"),
        ("x = sigmoid(q), q = logit(x)", "cannot use the equation"),
        ("x = sigmoid(y), x > 0", "not linear"),
        ("x positive, x = sigmoid(y)", "a sign of its own"),
        ("x complex, x > 0", "not linear"),
        ("x > 0 or x < 0", "cannot read the condition"),
        ([X**2 >= 0], "is not a condition"),  # SymPy has made it True
    ],
)
def test_conditions_that_are_not_understood_are_refused(where, message):
    """A condition that is silently dropped would make a proof of something else."""
    with pytest.raises(ValueError, match=message):
        Derivation("x + 1", where=where).then("1 + x", because="reordered")


@pytest.mark.parametrize(
    "each", [{"C": 3}, {"C": (2, 6, 1)}, {"C": range(2, 9, 2)}, {"C": range(0)}]
)
def test_class_numbers_are_a_pair_or_a_range(each):
    with pytest.raises(ValueError, match="must"):
        Conditions(each=each)


def test_a_range_of_class_numbers_is_what_python_counts():
    made = Derivation("sum(1, (j, 1, C))", each={"C": range(2, 5)}).then("C", because="counted")
    assert "for each C = 2, ..., 4" in str(made)


def test_conditions_may_be_relations_of_sympy():
    """They are used, they bring their symbols along, and those are checked."""
    made = Derivation("abs(x)", where=[X >= 1]).then("x", because="positive")
    assert str(made.conditions) == "x >= 1"
    with pytest.raises(DerivationError):
        Derivation("abs(x)", where=[X >= -1]).then("x", because="positive")
    with pytest.raises(ValueError, match="two different symbols"):
        Derivation("x", where=[X >= 1, sp.Symbol("x", integer=True) >= 2])


def test_conditions_name_each_kind_of_symbol():
    kinds = ("positive", "negative", "nonnegative", "nonpositive", "integer", "nonzero", "real")
    symbols = {
        kind: sp.Symbol(name, **{"real": True, kind: True})
        for kind, name in zip(kinds, "abcdfgh", strict=True)
    }
    said = str(Conditions(symbols=[*symbols.values(), sp.Symbol("u")]))
    assert said == ", ".join([f"{s} {kind}" for kind, s in symbols.items()] + ["u complex"])


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("sum(x, (j, 1, 1000))", "a sum of 1000 terms is too long"),
        ("y[k]", r'each=\{"k": \(1, "C"\)\}'),
    ],
)
def test_sums_and_elements_must_be_written_out(formula, message):
    with pytest.raises(ValueError, match=message):
        Derivation(formula, where="x real, y[j] real, k integer").then("x", because="no")


def test_a_sum_without_a_number_of_classes_says_what_to_do():
    with pytest.raises(ValueError, match=r'each=\{"C": \(2, 6\)\}'):
        Derivation("sum(x[j], (j, 1, C))", where="x[j] real, C integer").then(
            "sum(x[j], (j, 1, C))", because="the same"
        )


def test_conditions_on_rows_hold_for_each_element():
    Derivation("log(y[1]*y[2])", where="y[j] real, 0 < y[j]").then(
        "log(y[1]) + log(y[2])", because="positive"
    )


# --- domains -------------------------------------------------------------------------------------


def test_feasibility_agrees_with_a_grid():
    """Fourier-Motzkin against brute force: if a grid point satisfies all, it is feasible."""
    random = Random(1)
    a, b = sp.symbols("a b")
    grid = [Fraction(n, 4) for n in range(-12, 13)]
    both = set()
    for _ in range(60):
        conditions = [
            Linear.of(
                {a: Fraction(random.randint(-2, 2)), b: Fraction(random.randint(-2, 2))},
                Fraction(random.randint(-3, 3), 2),
                random.random() < 0.5,
            )
            for _ in range(4)
        ]
        on_grid = any(
            all(c.without(a, u).without(b, v).holds() for c in conditions)
            for u in grid
            for v in grid
        )
        answer = feasible(conditions)
        assert answer or not on_grid
        both.add((answer, on_grid))
    assert {(True, True), (False, False)} <= both


def test_points_are_admissible_and_repeatable():
    """Numbers refute only where the step has to hold."""
    conditions = Conditions("0 <= z <= 1, p positive, q positive, p + q < 1, n integer, x != 0")
    names = conditions.names
    whole = sum(s for n, s in names.items())
    (case,) = conditions.cases(whole, whole)
    points = list(case.domain.points(60))
    assert points == list(case.domain.points(60))
    assert len(points) > 40
    for point in points:
        value = {name: point[symbol] for name, symbol in names.items()}
        assert 0 <= value["z"] <= 1
        assert value["p"] > 0
        assert value["q"] > 0
        assert value["p"] + value["q"] < 1
        assert value["n"].is_Integer
        assert value["x"] != 0
    magnitudes = [abs(point[names["x"]]) for point in points]
    assert max(magnitudes) >= 1000
    assert min(magnitudes) <= sp.Rational(1, 1000)


# --- signs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "where", "signs"),
    [
        ("1 + exp(-x)", "x real", {1}),
        ("1 - sigmoid(x)", "x real", {1}),
        ("1 - p", "0 < p < 1", {1}),
        ("1 - p", "0 <= p <= 1", {0, 1}),
        ("p*(1 - p)", "0 < p < 1", {1}),
        ("exp(x) - 1", "x > 0", {1}),
        ("exp(x) - 1", "x <= 0", {0, -1}),
        ("log(1 + exp(x))", "x real", {1}),
        ("x**2 - x + 1", "x real", {1}),
        ("x**2 - 2", "x real", {-1, 0, 1}),
        ("x**2 - 2", "1 <= x <= 1 + 1/4", {-1}),
        ("x**2", "x real", {0, 1}),
        ("x*y", "x > 0, y < 0", {-1}),
        ("1 - p - q", "p + q < 1", {1}),
        ("-exp(x)*exp(y)", "x real, y real", {-1}),
        ("u", "u complex", {-1, 0, 1}),
    ],
)
def test_signs_are_known_where_conditions_fix_them(shown, where, signs):
    """Expanding a logarithm and dividing rest on these."""
    conditions = Conditions(where)
    expression = parse(shown, conditions.names)
    (case,) = conditions.cases(expression, expression)
    normal = Normal(case.domain)
    assert normal.signs(normal.of(case.left)) == signs


# --- functions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [Sigmoid, LogSigmoid, Softplus, Logit])
def test_functions_behave_in_sympy(function):
    """Derivative, value and code follow from the definition; the printed form is a textbook's."""
    at = sp.Rational(1, 3)
    definition = function(X).rewrite(sp.exp)
    assert sp.simplify((function(X).diff(X) - definition.diff(X)).rewrite(sp.exp)) == 0
    value = mpmath.mpf(str(function(at).evalf(40)))
    assert mpmath.almosteq(value, mpmath.mpf(str(definition.subs(X, at).evalf(40))), 1e-30)
    for module in ("mpmath", "numpy", "math"):
        assert abs(float(sp.lambdify(X, function(X), module)(1 / 3)) - float(value)) < 1e-12
    assert sp.latex(function(X)) == f"{function.latex_name}(x)"


def test_functions_stay_as_they_are_written():
    """Only a rewrite in exp and log replaces a name by its definition; doit looks inside."""
    assert Sigmoid(X).rewrite(sp.sin) == Sigmoid(X)
    inside = Sigmoid(sp.Integral(1, (X, 0, 2)))
    assert inside.doit() == Sigmoid(2)


def test_functions_have_the_assumptions_they_deserve():
    assert Sigmoid(X).is_positive
    assert Softplus(X).is_positive
    assert LogSigmoid(X).is_negative
    assert Logit(X).is_real is None
    assert Sigmoid(sp.Symbol("u")).is_real is None


# --- numbers -------------------------------------------------------------------------------------


def test_evaluation_is_exact_to_the_digits_asked_for():
    value = evaluate_at(sp.log(1 + sp.exp(-X)), {X: sp.Rational(1, 3)}, 50)
    with mpmath.workdps(60):
        wanted = mpmath.log(1 + mpmath.exp(-mpmath.mpf(1) / 3))
        assert abs(value - wanted) < mpmath.mpf(10) ** -49


def test_refuting_sees_the_smallest_difference_and_no_other():
    domain = Domain.over([X])
    loss = sp.log(1 + sp.exp(-X))
    assert refute(loss, loss + X / 10**30, domain) is not None
    assert refute(loss, loss + sp.Rational(1, 10**500), domain) is not None
    assert refute(loss, sp.log(1 + sp.exp(X)) - X, domain) is None


# --- soundness, by chance -------------------------------------------------------------------------


ATOMS = ["x", "y", "p", "1", "2", "1/2", "t"]
SHAPES = [
    "({0}) + ({1})", "({0}) - ({1})", "({0})*({1})", "({0})/({1})", "-({0})", "exp({0})",
    "log({0})", "log(exp({0}))", "abs({0})", "max({0}, {1})", "min({0}, {1})", "sqrt({0})",
    "sqrt(({0})**2)", "sigmoid({0})", "softplus({0})", "({0})**2", "sign({0})", "({0})**(1/2)",
]  # fmt: skip


def random_formula(random, depth):
    if depth == 0:
        return random.choice(ATOMS)
    inner = [random_formula(random, depth - 1) for _ in range(2)]
    return random.choice(SHAPES).format(*inner)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_accepted_is_numerically_equal(seed):
    """Random formulas that agree at one point: whatever the prover accepts is equal everywhere.

    The judge is the mutation tool's evaluator, which shares no code with the prover.
    """
    random = Random(seed)
    where = "x real, 0 < y, 0 < p < 1, t nonzero"
    conditions = Conditions(where)
    accepted = 0
    for _ in range(35):
        left = random_formula(random, 2)
        right = random.choice(
            [random_formula(random, 2), f"log(exp({left}))", f"sqrt(({left})**2)", f"abs({left})",
             f"max({left}, -({left}))", f"exp(log({left}))", f"({left})*(t)/(t)"]
        )  # fmt: skip
        try:
            Derivation(left, where=where).then(right, because="by chance")
        except DerivationError:
            continue
        accepted += 1
        sides = (parse(side, conditions.names) for side in (left, right))
        assert true_everywhere(*sides, conditions), (left, right)
    assert accepted >= 4
