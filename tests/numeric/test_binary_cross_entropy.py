"""binary_cross_entropy, value and gradient, against mpmath; the ends of [0, 1]."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import xentlib
from tests.numeric import reference
from tests.numeric.reference import (
    both_ways,
    check_accuracy,
    dtype_named,
    probabilities,
    soft_labels,
)
from xentlib import losses

NARROW = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51}
HARD = NARROW | {"float64": 4.0}
SOFT = NARROW | {"float64": 8.0}


def check_loss(labels, p, w=1.0, *, bounds):
    """Compare value and gradient of every element with the definition.

    The gradient's bound is in its own ulp, which is stricter than promised for soft labels.
    """
    options = {} if np.all(w == 1) else {"weights": w}
    function = xentlib.value_and_grad(xentlib.binary_cross_entropy)
    found = list(both_ways(lambda: function(labels, p, **options)))
    points = list(zip(labels, p, np.broadcast_to(w, p.shape), strict=True))
    bound = bounds[p.dtype.name]
    losses = [reference.binary_cross_entropy(*x) for x in points]
    slopes = [reference.binary_gradient(*x) for x in points]
    for value, gradient in found:
        check_accuracy(value, losses, bound)
        check_accuracy(gradient, slopes, bound)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("dtype", HARD)
def test_accuracy_with_hard_labels(dtype, label):
    """Protects the guarantee for labels 0 and 1, probabilities 0 and 1 included."""
    p = probabilities(400, dtype_named(dtype))
    check_loss(np.full(len(p), label), p, bounds=HARD)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", SOFT)
def test_accuracy_with_soft_labels(dtype, weighted):
    """Protects the guarantee for labels between, and for weights that overflow early."""
    p = probabilities(400, dtype_named(dtype))
    w = 10 ** np.random.default_rng(4).uniform(-300, 300, len(p)) if weighted else 1.0
    check_loss(soft_labels(len(p)), p, w, bounds=SOFT)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(min_value=0, max_value=1.7e308))
@example(0.5, 0.5, 0.0)
@example(5e-324, 1.0, 1.7e308)
@example(1 - 2**-53, 1 - 2**-53, 5e-324)
@example(0.0, 0.0, 0.0)
@example(1.0, 5e-324, 5e-324)
def test_accuracy_at_any_point(y, p, w):
    """Protects every combination of sizes that hypothesis can think of."""
    check_loss(np.array([y]), np.array([p]), w, bounds=SOFT)


LIMITS = [  # label, probability, loss, gradient
    (0, 0.0, 0, 1),
    (0, -0.0, 0, 1),
    (1, 0.0, np.inf, -np.inf),
    (1, -0.0, np.inf, -np.inf),
    (0, 1.0, np.inf, np.inf),
    (1, 1.0, 0, -1),
    (0.5, 0.0, np.inf, -np.inf),
    (0.5, 1.0, np.inf, np.inf),
    (0.5, 0.5, np.log(2), 0),
]


def test_limits():
    """Protects probabilities of exactly 0 and 1: nothing is clipped, and 0 ln 0 is 0."""
    y, p, loss, slope = (np.array(column, float) for column in zip(*LIMITS, strict=True))
    value, gradient = xentlib.value_and_grad(xentlib.binary_cross_entropy)(y, p)
    np.testing.assert_array_equal(value, loss)
    np.testing.assert_array_equal(gradient, slope)
    assert not np.signbit(value).any()


def test_the_number_of_the_source_article():
    """Protects the article's mean of 0.36698, in both precisions."""
    for dtype in (np.float32, np.float64):
        p = np.array([0.2, 0.6], dtype)
        assert xentlib.binary_cross_entropy([0, 1], p, reduction="mean").round(5) == dtype(0.36698)


def test_reductions():
    """Protects sum and mean and their gradients against the elements themselves."""
    y, p, w = np.array([[0, 1], [1, 0.5]]), np.array([[0.1, 0.2], [0.9, 0.4]]), np.array([1, 2])
    each, slopes = xentlib.value_and_grad(xentlib.binary_cross_entropy)(y, p, weights=w)
    for reduction, divisor in (("sum", 1), ("mean", 6)):
        value, gradient = xentlib.value_and_grad(xentlib.binary_cross_entropy)(
            y, p, weights=w, reduction=reduction
        )
        assert value == pytest.approx(each.sum() / divisor, rel=1e-15)
        np.testing.assert_allclose(gradient, slopes / divisor, rtol=1e-15)


def test_it_is_the_sigmoid_loss_of_a_logit():
    """Protects the relation between both losses: p = sigmoid(x)."""
    x = np.linspace(-8, 8, 33)
    z = np.linspace(0, 1, 33)
    p = xentlib.sigmoid(x)
    np.testing.assert_allclose(
        xentlib.binary_cross_entropy(z, p), xentlib.sigmoid_cross_entropy(z, x), rtol=1e-12
    )
    chained = xentlib.grad(xentlib.binary_cross_entropy)(z, p) * p * (1 - p)
    np.testing.assert_allclose(
        chained, xentlib.grad(xentlib.sigmoid_cross_entropy)(z, x), rtol=1e-12, atol=1e-12
    )


MUTANTS = {
    "terms: swapped labels": ("_binary_terms", lambda y, p: LOSS(1 - y, p)),
    "terms: log instead of log1p": (
        "_binary_terms",
        lambda y, p: losses.Wide.of(-y * np.log(p) - (1 - y) * np.log(1 - p)),
    ),
    "terms: base 2": (
        "_binary_terms",
        lambda y, p: losses.Wide.of(-y * np.log2(p) - (1 - y) * np.log2(1 - p)),
    ),
    "terms: clipped": ("_binary_terms", lambda y, p: LOSS(y, np.clip(p, 1e-7, 1 - 1e-7))),
    "slopes: sign": ("_binary_slopes", lambda y, p: -SLOPE(y, p)),
    "slopes: of the logit": ("_binary_slopes", lambda y, p: losses.Wide.of(p - y)),
}
LOSS, SLOPE = losses._binary_terms, losses._binary_slopes


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_caught_by_the_same_check(monkeypatch, mutant):
    """Negative control of the accuracy tests."""
    name, function = MUTANTS[mutant]
    monkeypatch.setattr(losses, name, function)
    p = np.array([1e-12, 0.1, 0.3, 0.8])
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(np.array([0, 1, 0, 1]), p, bounds=HARD)
