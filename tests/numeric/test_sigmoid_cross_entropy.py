"""sigmoid_cross_entropy, value and gradient, against mpmath; limits, options, published numbers."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mpf

import xentlib
from tests.numeric import reference
from tests.numeric.reference import both_ways, check_accuracy, dtype_named, logits, soft_labels
from xentlib import losses

NARROW = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51}
HARD = NARROW | {"float64": 4.0}
SOFT = NARROW | {"float64": 8.0}
COUNT = 150


def check_loss(labels, x, w=1.0, q=1.0, e=0.0, *, bounds):
    """Compare value and gradient of every element with the definition."""
    options = {"weights": w, "pos_weight": q, "label_smoothing": e}
    if np.all(w == 1) and np.all(q == 1) and e == 0:
        options = {}
    function = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)
    found = list(both_ways(lambda: function(labels, x, **options)))
    points = [
        (*p, e) for p in zip(labels, x, *(np.broadcast_to(f, x.shape) for f in (w, q)), strict=True)
    ]
    bound = bounds[x.dtype.name]
    losses = [reference.sigmoid_cross_entropy(*p) for p in points]
    slopes = [reference.sigmoid_gradient(*p) for p in points]
    scales = [reference.sigmoid_gradient_scale(*p) for p in points]
    for value, gradient in found:
        check_accuracy(value, losses, bound)
        check_accuracy(gradient, slopes, bound, scales)


def hard_labels(count):
    return np.random.default_rng(1).integers(0, 2, count)


def factors(count, exponent):
    return 10 ** np.random.default_rng(2).uniform(-exponent, exponent, (2, count))


@pytest.mark.parametrize("regime", reference.REGIMES)
@pytest.mark.parametrize("dtype", HARD)
def test_accuracy_with_hard_labels(dtype, regime):
    """Protects the guarantee for labels 0 and 1."""
    x = logits(regime, COUNT, dtype_named(dtype))
    check_loss(hard_labels(len(x)), x, bounds=HARD)


@pytest.mark.parametrize("regime", reference.REGIMES)
@pytest.mark.parametrize("dtype", SOFT)
def test_accuracy_with_soft_labels(dtype, regime):
    """Protects the guarantee for labels between 0 and 1, some of them subnormal numbers."""
    x = logits(regime, COUNT, dtype_named(dtype))
    check_loss(soft_labels(len(x)), x, bounds=SOFT)


@pytest.mark.parametrize("regime", reference.REGIMES)
@pytest.mark.parametrize("exponent", [2, 300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_accuracy_with_weights(dtype, exponent, regime):
    """Protects weights, up to sizes at which a product of two of the factors overflows."""
    x = logits(regime, COUNT, dtype)
    w, q = factors(len(x), exponent)
    check_loss(hard_labels(len(x)), x, w, q, bounds=HARD)
    check_loss(soft_labels(len(x)), x, w, q, bounds=SOFT)


@pytest.mark.parametrize("e", [5e-324, 1e-20, 0.1, 1 - 2**-53, 1.0])
@pytest.mark.parametrize("regime", reference.REGIMES)
def test_accuracy_with_label_smoothing(regime, e):
    """Protects the complement 1 - z', which a subtraction would get wrong for small e."""
    x = logits(regime, COUNT // 2, np.float64)
    check_loss(hard_labels(len(x)), x, e=e, bounds=SOFT)
    check_loss(soft_labels(len(x)), x, *factors(len(x), 300), e, bounds=SOFT)


finite = st.floats(allow_nan=False, allow_infinity=False)
weight = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@settings(deadline=None, derandomize=True, max_examples=250)
@given(st.floats(0, 1), finite, weight, weight, st.floats(0, 1))
@example(1.0, 745.0, 1e300, 1.0, 0.0)
@example(1.0, 2100.0, 1.7e308, 1.7e308, 0.0)
@example(5e-324, -1e308, 1.7e308, 5e-324, 5e-324)
@example(1.0, 1e308, 1e-300, 1e-300, 0.0)
def test_accuracy_at_any_finite_point(z, x, w, q, e):
    """Protects every combination of sizes that hypothesis can think of."""
    check_loss(np.array([z]), np.array([x]), w, q, e, bounds=SOFT)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("dtype", HARD)
def test_accuracy_of_reductions(dtype, reduction):
    """Protects reduced values and their gradients, with weights per column."""
    x = logits("ordinary", 120, dtype_named(dtype)).reshape(30, 4)
    z = hard_labels(120).reshape(30, 4)
    w = np.array([0.5, 1.0, 0.0, 3.0])
    points = list(zip(z.flat, x.flat, np.broadcast_to(w, x.shape).flat, strict=True))
    divisor = mpf(w.sum() * 30) if reduction == "mean" else 1
    value, gradient = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(
        z, x, weights=w, reduction=reduction
    )
    assert value.shape == ()
    assert value.dtype == gradient.dtype == x.dtype
    total = sum(reference.sigmoid_cross_entropy(*p) for p in points) / divisor
    check_accuracy(value[None], [total], HARD[dtype])
    slopes = [reference.sigmoid_gradient(*p) / divisor for p in points]
    check_accuracy(gradient.ravel(), slopes, HARD[dtype])


def test_reductions_of_numbers_whose_plain_sum_would_overflow():
    """Protects means near the largest float, whether the logits or the weights are huge."""
    mean = xentlib.sigmoid_cross_entropy([0, 0, 0], [1.5e308] * 3, reduction="mean")
    assert mean == 1.5e308
    value, gradient = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(
        [0, 0], [3.0, 5.0], weights=[1.5e308, 1.5e308], reduction="mean"
    )
    plain = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(
        [0, 0], [3.0, 5.0], reduction="mean"
    )
    assert value == pytest.approx(plain[0], rel=1e-15)
    np.testing.assert_allclose(gradient, plain[1], rtol=1e-15)


def test_reductions_do_not_depend_on_memory_order():
    """Protects reproducibility: the same bits from rows, columns and strides."""
    x = np.random.default_rng(5).normal(0, 5, (83, 61))
    z = x > 0.5
    for reduction in ("sum", "mean"):
        values = {
            float(xentlib.sigmoid_cross_entropy(a, b, reduction=reduction))
            for a in (z, np.asfortranarray(z))
            for b in (x, np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2])
        }
        assert len(values) == 1


# --- negative controls ----------------------------------------------------------------------------

MUTANTS = {
    "terms: flipped sign of x": (
        "_sigmoid_terms",
        lambda z, n, x, q: q * z * x.softplus() + n * (-x).softplus(),
    ),
    "terms: pos_weight on both": (
        "_sigmoid_terms",
        lambda z, n, x, q: q * (z * (-x).softplus() + n * x.softplus()),
    ),
    "terms: dropped shift": (
        "_sigmoid_terms",
        lambda z, n, x, q: q * z * losses.Logits(abs(x.x)).softplus() + n * x.softplus(),
    ),
    "terms: base 2": (
        "_sigmoid_terms",
        lambda z, n, x, q: (
            (q * z * (-x).softplus() + n * x.softplus()) * losses.Wide.of(np.asarray(1 / np.log(2)))
        ),
    ),
    "slopes: flipped sign": (
        "_sigmoid_slopes",
        lambda z, n, x, q: q * z * (-x).sigmoid() - n * x.sigmoid(),
    ),
    "slopes: p - z": (
        "_sigmoid_slopes",
        lambda z, n, x, q: x.sigmoid() - z,
    ),
    "slopes: pos_weight forgotten": (
        "_sigmoid_slopes",
        lambda z, n, x, q: n * x.sigmoid() - z * (-x).sigmoid(),
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_caught_by_the_same_check(monkeypatch, mutant):
    """Negative control of the accuracy tests."""
    name, function = MUTANTS[mutant]
    monkeypatch.setattr(losses, name, function)
    x = logits("ordinary", 40, np.float64)
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(hard_labels(40), x, 1.0, 3.0 if "pos_weight" in mutant else 1.0, bounds=HARD)


def test_a_subtracted_complement_is_caught(monkeypatch):
    """Negative control of the smoothing test: 1 - z' loses a smoothing of 1e-20."""

    def subtracted(z, e):
        smoothed = z * (1 - e) + e / 2
        return losses.Wide.of(smoothed), losses.Wide.of(1 - smoothed)

    monkeypatch.setattr(losses, "_smoothed", subtracted)
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(np.array([1]), np.array([100.0]), e=1e-20, bounds=SOFT)


def test_the_usual_stable_formula_is_not_exact():
    """Negative control: max(x, 0) - x z + log1p(exp(-|x|)) cancels for soft labels near 1."""
    z, x = np.array([1 - 1e-12]), np.array([20.0])
    value = np.maximum(x, 0) - x * z + np.log1p(np.exp(-np.abs(x)))
    with pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(value, [reference.sigmoid_cross_entropy(z[0], x[0])], SOFT["float64"])


# --- limits and published numbers -----------------------------------------------------------------

LIMITS = [  # label, logit, loss, gradient
    (1, np.inf, 0, 0),
    (0, np.inf, np.inf, 1),
    (1, -np.inf, np.inf, -1),
    (0, -np.inf, 0, 0),
    (0.25, np.inf, np.inf, 0.75),
    (0.25, -np.inf, np.inf, -0.25),
    (1, np.nan, np.nan, np.nan),
    (0.5, 0.0, np.log(2), 0),
    (1, -0.0, np.log(2), -0.5),
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_limits(dtype):
    """Protects infinite logits (0 * inf is 0) and NaN, which stays in its own element."""
    z, x, loss, slope = (np.array(column, float) for column in zip(*LIMITS, strict=True))
    value, gradient = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(z, x.astype(dtype))
    assert value.dtype == gradient.dtype == dtype
    np.testing.assert_array_equal(value.astype(float), loss.astype(dtype).astype(float))
    np.testing.assert_array_equal(gradient.astype(float), slope)
    assert not np.signbit(value[~np.isnan(value)]).any()


def test_a_weight_of_zero_removes_an_infinite_loss_but_not_a_nan():
    """Protects 0 * inf = 0 in weights, and NaN from being hidden."""
    value, gradient = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(
        [0, 1, 0], [np.inf, np.nan, 1.0], weights=[0, 0, 1]
    )
    np.testing.assert_array_equal(np.isnan(value), [False, True, False])
    assert value[0] == gradient[0] == 0
    assert np.isnan(xentlib.sigmoid_cross_entropy([0, 1], [1.0, np.nan], reduction="sum"))


PRINTED = {  # by TensorFlow in float32, in the book's source article
    1: [[0.47407699, 0.40318602, 0.5543552], [0.37110069, 0.59813887, 0.34115386]],
    0: [[0.97407699, 1.10318601, 0.85435522], [1.17110074, 0.79813886, 1.24115384]],
}


@pytest.mark.parametrize("label", PRINTED)
def test_the_numbers_of_the_source_article(label):
    """Protects agreement with TensorFlow, to the 1e-7 or so that its float32 digits can carry."""
    x = np.array([[0.5, 0.7, 0.3], [0.8, 0.2, 0.9]])
    printed = np.array(PRINTED[label])
    for dtype in (np.float32, np.float64):
        result = xentlib.sigmoid_cross_entropy(np.full(x.shape, label), x.astype(dtype))
        assert np.all(np.abs(result - printed) <= np.spacing(printed.astype(np.float32)) * 1.5)


def test_pos_weight_and_smoothing_mean_what_they_say():
    """Protects the meaning of the options, independently of the reference."""
    x, loss = np.array([-1.0, 0.5, 2.0]), xentlib.sigmoid_cross_entropy
    np.testing.assert_allclose(loss([1, 0, 1], x, pos_weight=3), [3, 1, 3] * loss([1, 0, 1], x))
    np.testing.assert_allclose(loss([1, 0, 1], x, label_smoothing=0.2), loss([0.9, 0.1, 0.9], x))
    np.testing.assert_allclose(
        loss([1, 0, 1], x, weights=[2, 0, 1]), [2, 0, 1] * loss([1, 0, 1], x)
    )
    assert loss([1, 0, 1], x, weights=[2, 0, 1], reduction="mean") == pytest.approx(
        np.sum([2, 0, 1] * loss([1, 0, 1], x)) / 3
    )
    assert loss([], [], reduction="sum") == 0
