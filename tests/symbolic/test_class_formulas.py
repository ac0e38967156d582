"""Formulas over classes: the library computes what the register says, and SymPy its gradients."""

import importlib
from dataclasses import replace
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import xentlib
from xentlib.symbolic import Derivation, FalseStep, Formula, formula, formulas

OVER_CLASSES = [found for found in formulas() if found.each]
ROUNDING = 1e-12  # numeric == symbolic here means: the same formula; ulps are tested elsewhere

exhaustively = settings(max_examples=20, deadline=None, derandomize=True, database=None)
numbers = st.floats(-20, 20, allow_subnormal=False)
shares = st.floats(0.001, 1)
factors = st.floats(0, 100, allow_subnormal=False)


@st.composite
def rows(draw) -> dict[str, np.ndarray]:
    """Draw logits, two distributions, weights and a smoothing for 2 to 6 classes."""
    count = draw(st.integers(2, 6))

    def row(elements):
        return np.array(draw(st.lists(elements, min_size=count, max_size=count)))

    first, second = row(shares), row(shares)
    return {
        "x": row(numbers),
        "p": first / first.sum(),
        "q": second / second.sum(),
        "w": row(factors),
        "epsilon": np.float64(draw(st.floats(0, 1))),
    }


def concrete(found: Formula, expression: sp.Expr, count: int, k: int, i: int = 1) -> sp.Expr:
    """Return the expression for so many classes, its sums written out."""
    numbers = {"C": count, "k": k, "i": i}
    sizes = {found.names[name]: number for name, number in numbers.items() if name in found.names}
    return expression.subs(sizes).doit()


def value(found: Formula, written_out: sp.Expr, values: dict[str, np.ndarray]) -> mpmath.mpf:
    """Return the expression's value, with 60 digits, for the exact floats given."""
    names = [
        symbol if not place or symbol.is_Symbol else symbol[place[0] + 1]  # of a row, or a number
        for symbol, row in ((found.names[name], row) for name, row in values.items())
        for place in np.ndindex(row.shape)
    ]
    plain = sp.symbols(f"v:{len(names)}")
    function = sp.lambdify(
        plain, written_out.xreplace(dict(zip(names, plain, strict=True))), "mpmath"
    )
    with mpmath.workdps(60):
        return function(*(mpmath.mpf(float(v)) for row in values.values() for v in row.flat))


def numeric(found: Formula, values: dict[str, np.ndarray], k: int, i: int = 1) -> float:
    """Return what the library computes: the k-th entry, where the formula has an index k.

    If k is the number of the label's class, it is the i-th entry, or the k-th without an i.
    """
    owner = formula(found.gradient_of) if found.gradient_of else found
    module, _, name = owner.implementation.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    given = {argument: values[symbol] for argument, symbol in found.arguments.items()}
    options = {key: given.pop(key) for key in ("weights", "label_smoothing") if key in given}
    arguments = list(given.values())
    if name == "sparse_softmax_cross_entropy":
        if found.gradient_of:
            entry = i if "i" in found.names else k
            return float(xentlib.grad(function)(k - 1, *arguments)[entry - 1])
        return float(function(k - 1, *arguments))
    if name == "linear_softmax_cross_entropy":
        h, w, b = (values[symbol] for symbol in "hwb")
        given = [k - 1], h[np.newaxis, :1], w[:, np.newaxis]
        if found.gradient_of:
            return float(xentlib.grad(function)(*given, bias=b).hidden[0, 0])
        return float(function(*given, bias=b)[0])
    if "labels" in found.arguments:
        arguments = [given["labels"], given["logits"]]
    result = (xentlib.grad(function) if found.gradient_of else function)(*arguments, **options)
    return float(np.atleast_1d(result)[k - 1 if np.ndim(result) else 0])


def values_for(found: Formula, drawn: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Give a formula's symbols the rows that were drawn."""
    symbols = [q.symbol for q in found.quantities]
    rows = {"y": "p"} | ({"w": "x", "b": "q", "h": "p"} if "h" in symbols else {})
    values = {symbol: drawn[rows.get(symbol, symbol)] for symbol in symbols}
    return values | {name: row[:1] for name, row in values.items() if name == "h"}


def disagreement(found: Formula, drawn: dict[str, np.ndarray]) -> float:
    values = values_for(found, drawn)
    worst = 0.0
    count = len(drawn["x"])
    entries = [range(1, count + 1 if name in found.names else 2) for name in ("k", "i")]
    for k, i in product(*entries):
        written_out = concrete(found, found.expression, count, k, i)
        wanted = value(found, written_out, values)
        scale = max(abs(wanted), 1e-3)  # a small difference of large numbers cancels
        worst = max(worst, float(abs(numeric(found, values, k, i) - wanted) / scale))
    return worst


@pytest.mark.parametrize("found", OVER_CLASSES, ids=lambda found: found.id)
@exhaustively
@given(drawn=rows())
def test_the_library_computes_the_registered_formula(found, drawn):
    """What a chapter derives is what the library returns, for 2 to 6 classes."""
    assert disagreement(found, drawn) < ROUNDING


@pytest.mark.parametrize("found", OVER_CLASSES, ids=lambda found: found.id)
def test_a_wrong_formula_would_be_noticed(found):
    """Negative control: a flipped sign or a small term more in the register does not agree."""
    drawn = {
        "x": np.array([0.5, -1.0, 2.0]),
        "p": np.array([0.7, 0.2, 0.1]),
        "q": np.array([0.2, 0.5, 0.3]),
        "w": np.array([2.0, 0.5, 3.0]),
        "epsilon": np.float64(0.25),
    }
    for wrong in (f"-({found.written})", f"({found.written}) + 1/10**6"):
        assert disagreement(replace(found, written=wrong), drawn) > 1e-8


SOFTMAX_LOSSES = [
    f
    for f in OVER_CLASSES
    if f.implementation.endswith((".softmax_cross_entropy", "sparse_softmax_cross_entropy"))
    and not f.gradient_of
]


@pytest.mark.parametrize("found", SOFTMAX_LOSSES, ids=lambda found: found.id)
@exhaustively
@given(drawn=rows())
def test_gradients_are_sympys_derivatives(found, drawn):
    """The library's gradient is the derivative of the registered expression, taken by SymPy."""
    values = values_for(found, drawn)
    count = len(drawn["x"])
    name = found.implementation.rpartition(".")[2]
    sparse = name.startswith("sparse")
    labels = 0 if sparse else values["y"]
    given = {argument: values[symbol] for argument, symbol in found.arguments.items()}
    options = {key: given[key] for key in ("weights", "label_smoothing") if key in given}
    gradient = xentlib.grad(getattr(xentlib, name))(labels, values["x"], **options)
    loss = concrete(found, found.expression, count, 1)
    for j in range(count):
        slope = value(found, loss.diff(found.names["x"][j + 1]), values)
        assert abs(gradient[j] - slope) < 1e-12 * max(1, *options.get("weights", [1]))


@pytest.mark.parametrize("variant", ["", "-weighted", "-label-smoothing"])
def test_the_softmax_gradient_is_proved_for_2_to_6_classes(variant):
    loss, slope = (formula(f"softmax-cross-entropy{variant}{end}") for end in ("", "-gradient"))
    start = Derivation.derivative(loss, "x[k]", each=dict(slope.each))
    start.then(slope, because="differentiate").establishes(slope.id)


def test_the_sparse_gradient_is_proved_for_each_pair_of_classes():
    loss, slope = (
        formula(f"sparse-softmax-cross-entropy{end}") for end in ("-log-sum-exp", "-gradient")
    )
    start = Derivation.derivative(loss, slope.with_respect_to, each=dict(slope.each))
    start.then(slope, because="differentiate").establishes(slope.id)


def test_the_gradient_without_cancellation_is_the_gradient_at_the_label():
    """This is the quotient that the library computes where the label has the largest logit."""
    loss, slope = (
        formula(f"sparse-softmax-cross-entropy-{end}")
        for end in ("log-sum-exp", "gradient-without-cancellation")
    )
    start = Derivation.derivative(loss, slope.with_respect_to, each=dict(slope.each))
    start.then(slope, because="differentiate").establishes(slope.id)


def test_the_gradient_of_a_layer_is_proved_for_each_class():
    loss, slope = (formula(f"linear-softmax-cross-entropy{end}") for end in ("", "-gradient"))
    start = Derivation.derivative(loss, "h", each={"C": (2, 4), "k": (1, "C")})
    start.then(slope.written, because="differentiate")
    with pytest.raises(FalseStep):
        start.then(slope.written.replace("w[i], (i", "w[k], (i"), because="a wrong row")


def test_the_sparse_loss_is_the_loss_of_the_one_hot_row():
    sparse = formula("sparse-softmax-cross-entropy")
    dense = formula("softmax-cross-entropy").written.replace("y[i]", "delta(i, k)")
    start = Derivation(dense, where="x[j] real", each=dict(sparse.each))
    start.then(sparse, because="one term is left").establishes(sparse.id)
    with pytest.raises(FalseStep):
        start.then(sparse.written.replace("exp(x[k])", "exp(x[1])"), because="always the first")


def test_equal_weights_are_a_factor():
    """Weights of 1 are none, and a wrong factor is noticed."""
    plain = formula("softmax-cross-entropy")
    ones = formula("softmax-cross-entropy-weighted").written.replace("w[i]*", "")
    assert ones == plain.written
    doubled = formula("softmax-cross-entropy-weighted").written.replace("w[i]", "2")
    start = Derivation(doubled, where=plain.conditions, each=dict(plain.each))
    start.then(f"2*({plain.written})", because="all weights are 2")
    with pytest.raises(FalseStep):
        start.then(plain.written, because="the weights cancel")


def test_the_divergence_without_cancellation_is_the_divergence():
    """This is the identity that `kl_divergence` rests on."""
    start = Derivation(formula("kl-divergence"))
    start.then(formula("kl-divergence-without-cancellation"), because="both sums are 1")


def test_the_focal_loss_is_the_plain_loss_at_gamma_0():
    start = Derivation(formula("sigmoid-focal-cross-entropy"), where="gamma = 0")
    start.then(formula("sigmoid-cross-entropy"), because="$\\gamma = 0$")
