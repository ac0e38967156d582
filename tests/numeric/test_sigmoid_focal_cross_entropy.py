"""sigmoid_focal_cross_entropy, value and gradient, against mpmath; options and limits."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import xentlib
from tests.numeric import reference
from tests.numeric.reference import check_accuracy, dtype_named, logits, soft_labels
from xentlib import losses

BOUNDS = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51, "float64": 8.0}
COUNT = 100

focal_loss = xentlib.sigmoid_focal_cross_entropy


def check_loss(labels, x, w=1.0, gamma=2.0, alpha=None, bound=None):
    """Compare value and gradient of every element with the definition."""
    value, gradient = xentlib.value_and_grad(focal_loss)(
        labels, x, weights=w, gamma=gamma, alpha=alpha
    )
    points = [(*p, gamma, alpha) for p in zip(labels, x, np.broadcast_to(w, x.shape), strict=True)]
    bound = BOUNDS[x.dtype.name] if bound is None else bound
    check_accuracy(value, [reference.focal_cross_entropy(*p) for p in points], bound)
    parts = [reference.focal_slopes(*p) for p in points]
    check_accuracy(gradient, [u - d for u, d in parts], bound, [max(p) for p in parts])


def labels_of(kind, count):
    return soft_labels(count) if kind == "soft" else np.arange(count) % 2


@pytest.mark.parametrize("regime", reference.REGIMES)
@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy(dtype, kind, regime):
    """Protects the guarantee for the usual options."""
    x = logits(regime, COUNT, dtype_named(dtype))
    for gamma, alpha in ((2.0, None), (0.5, 0.25), (5.0, 0.9)):
        check_loss(labels_of(kind, len(x)), x, 1.0, gamma, alpha)


@pytest.mark.parametrize("regime", reference.REGIMES)
def test_accuracy_with_weights(regime):
    """Protects weights that overflow in a product with another factor."""
    for dtype in ("float32", "float64"):
        x = logits(regime, COUNT, dtype)
        w = 10 ** np.random.default_rng(2).uniform(-300, 300, len(x))
        check_loss(labels_of("soft", len(x)), x, w, 2.0, 1e-200)


@pytest.mark.parametrize("gamma", [20.0, 100.0, 1e3, 1e4, 1e6, 1.7e308])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_accuracy_with_a_strong_focus(dtype, gamma):
    """Protects large gammas, which magnify every error of the power's base.

    The logits are those at which the power is neither 1 nor 0: there gamma ln(1 + e^x) lies between
    1/10 and 745.
    """
    exponents = np.exp(np.random.default_rng(1).uniform(np.log(0.1), np.log(745), COUNT))
    size = exponents / gamma
    x = (size + np.log(-np.expm1(-size))).astype(dtype)
    for labels in (np.ones(COUNT), np.zeros(COUNT), soft_labels(COUNT)):
        check_loss(labels, x, gamma=gamma)
        check_loss(labels, -x, gamma=gamma)


def test_single_length_logarithms_fail_the_same_check(monkeypatch):
    """Negative control: with an ordinary logarithm, the error grows with gamma."""

    def single(x):
        return np.log1p(np.exp(x)), np.zeros_like(x), 0

    monkeypatch.setattr(losses, "twofold_log1p_exp", single)
    with pytest.raises(AssertionError, match="ulp from"):
        test_accuracy_with_a_strong_focus("float64", 1e3)


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.floats(0, 1), finite, st.floats(0, 1e6), st.floats(0, 1))
@example(1.0, 1000.0, 0.7, 1.0)
@example(0.5, -1e308, 5.0, 5e-324)
@example(0.0, -30000.0, 0.01, 0.0)
def test_accuracy_at_any_finite_point(z, x, gamma, alpha):
    """Protects every combination of sizes that hypothesis can think of."""
    check_loss(np.array([z]), np.array([x]), 1.0, gamma, alpha)


def test_extreme_focus():
    """Protects gammas whose product with a logit, or with 2^27, overflows."""
    loss = focal_loss([1, 1, 0, 1], [1e-300, 1e300, 5.0, -50.0], gamma=1e305)
    np.testing.assert_array_equal(loss[:3], [0, 0, 0])
    assert not np.isnan(loss).any()


NAIVE = {
    "textbook": lambda x, g: -((1 - xentlib.sigmoid(x)) ** g) * np.log(xentlib.sigmoid(x)),
    "rounded exponent": lambda x, g: np.exp(-g * xentlib.softplus(x)) * xentlib.softplus(-x),
    "focus forgotten": lambda x, g: xentlib.softplus(-x),
    "focus on the wrong answer": lambda x, g: xentlib.sigmoid(x) ** g * xentlib.softplus(-x),
}


@pytest.mark.parametrize("mistake", NAIVE)
def test_naive_formulas_and_mutants_fail_the_same_check(mistake):
    """Negative control of the accuracy tests."""
    x = logits("confident", 100, np.float64)
    x = x[np.abs(x) < 200]
    values = [reference.focal_cross_entropy(1, v, 1, 2.7) for v in x]
    check_accuracy(focal_loss(np.ones(len(x)), x, gamma=2.7), values, 8)
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(NAIVE[mistake](x, 2.7), values, 8)


@pytest.mark.parametrize("factor", ["p forgotten", "gamma forgotten", "sign"])
def test_mutants_of_the_slope_are_caught(monkeypatch, factor):
    """Negative control of the gradient's test."""
    x = logits("ordinary", 20, np.float64)
    mutants = {
        "p forgotten": lambda x: (-x).doubt() * (x.gamma * (-x).sigmoid() * x.softplus()),
        "gamma forgotten": lambda x: (-x).doubt() * ((-x).sigmoid() * x.softplus() + x.sigmoid()),
        "sign": lambda x: -SLOPE(x),
    }
    monkeypatch.setattr(losses, "_focal_slope", mutants[factor])
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(labels_of("hard", len(x)), x)


SLOPE = losses._focal_slope


def test_options_mean_what_they_say():
    """Protects gamma 0, alpha, weights and means, independently of the reference."""
    z, x = np.array([1, 0, 0.25]), np.array([0.5, -2.0, 1.0])
    p = 1 / (1 + np.exp(-x))
    yes, no = -z * (1 - p) ** 3 * np.log(p), -(1 - z) * p**3 * np.log(1 - p)
    np.testing.assert_allclose(focal_loss(z, x, gamma=3), yes + no)
    np.testing.assert_allclose(focal_loss(z, x, gamma=3, alpha=0.25), yes / 4 + no * 3 / 4)
    np.testing.assert_array_equal(focal_loss(z, x, gamma=0), xentlib.sigmoid_cross_entropy(z, x))
    np.testing.assert_array_equal(focal_loss(z, x), focal_loss(z, x, gamma=2))
    w = np.array([1.0, 0.0, 3.0])
    mean = focal_loss(z, x, weights=w, alpha=0.5, reduction="mean")
    assert mean == pytest.approx((w * (focal_loss(z, x) / 2)).sum() / 4, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_limits(dtype, gamma):
    """Protects infinite logits and NaN: a sure wrong answer is infinitely bad, with slope 1."""
    inf = np.inf
    z, x = [1, 0, 1, 0, 1], np.array([inf, inf, -inf, -inf, np.nan], dtype)
    value, gradient = xentlib.value_and_grad(focal_loss)(z, x, gamma=gamma)
    np.testing.assert_array_equal(value, [0, inf, inf, 0, np.nan])
    np.testing.assert_array_equal(gradient, [0, 1, -1, 0, np.nan])
