"""Surprisal, entropy, cross-entropy, divergence and perplexity against mpmath; limits, bases."""

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import xentlib
from tests.numeric import reference
from tests.numeric.reference import (
    check_accuracy,
    distributions,
    dtype_named,
    exact,
    expected_surprisal,
    probabilities,
)
from xentlib import information

BOUNDS = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51, "float64": 4.0}
BASES = (None, 2.0, 10.0, 1.5)
SHAPES = ((40, 2), (30, 3), (10, 30))


def options(base):
    return {} if base is None else {"base": base}


def near(p):
    """Distributions that differ from these by 1e-5 in each place."""
    noise = np.random.default_rng(5).normal(0, 1e-5, p.shape)
    q = p.astype(float) * (1 + noise)
    return (q / q.sum(1, keepdims=True)).astype(p.dtype)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy_of_surprisal(dtype, base):
    """Protects the guarantee over all of [0, 1], for every kind of base."""
    p = probabilities(400, dtype_named(dtype))
    values = [reference.surprisal(v, base) for v in p]
    check_accuracy(xentlib.surprisal(p, **options(base)), values, BOUNDS[dtype])


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy_of_entropies(dtype, base):
    """Protects entropy and cross-entropy, with zeros and with nearly all mass in one place."""
    for shape in SHAPES:
        p, q = (
            distributions(*shape, dtype_named(dtype)),
            distributions(*shape, dtype_named(dtype), 1),
        )
        values = [expected_surprisal(a, a, base) for a in p]
        check_accuracy(xentlib.entropy(p, **options(base)), values, BOUNDS[dtype])
        values = [expected_surprisal(a, b, base) for a, b in zip(p, q, strict=True)]
        check_accuracy(xentlib.cross_entropy(p, q, **options(base)), values, BOUNDS[dtype])


@pytest.mark.parametrize("closeness", ["far", "near"])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy_of_divergences(dtype, base, closeness):
    """Protects the divergence, in particular where q is close to p and ln(p/q) cancels."""
    bound = BOUNDS[dtype] if dtype != "float64" else 8.0
    for shape in SHAPES:
        p = distributions(*shape, dtype_named(dtype))
        q = near(p) if closeness == "near" else distributions(*shape, dtype_named(dtype), 1)
        values = [reference.kl_divergence(a, b, base) for a, b in zip(p, q, strict=True)]
        check_accuracy(xentlib.kl_divergence(p, q, **options(base)), values, bound)


@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy_of_perplexities(dtype):
    """Protects the exponential from magnifying the rounding of the entropy."""
    for shape in SHAPES:
        p, q = (
            distributions(*shape, dtype_named(dtype)),
            distributions(*shape, dtype_named(dtype), 1),
        )
        values = [mpmath.exp(expected_surprisal(a, a)) for a in p]
        check_accuracy(xentlib.perplexity(p), values, BOUNDS[dtype])
        values = [mpmath.exp(expected_surprisal(a, b)) for a, b in zip(p, q, strict=True)]
        check_accuracy(xentlib.perplexity(p, q), values, BOUNDS[dtype])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(0, 1), st.floats(0, 1))
@example(1.0, 5e-324)
@example(5e-324, 1.0)
@example(1e-310, 1.1e-310)
@example(0.25, 0.75)
@example(0.25, 0.7500000000000001)
@example(0.5, 0.5000000000000001)
def test_accuracy_of_one_term_of_the_divergence(a, b):
    """Protects p ln(p/q) - p + q at every ratio, where the series ends too."""
    p, q = np.array([a, 1 - a]), np.array([b, 1 - b])
    check_accuracy(xentlib.kl_divergence(p, q)[None], [reference.kl_divergence(p, q)], 8)
    with np.errstate(all="ignore"):
        scaled = information._divergences(*(np.array([v]) * 2.0**600 for v in (a, b)))
    check_accuracy(scaled, [reference.kl_divergence([a], [b]) * mpmath.mpf(2) ** 600], 8)


def test_the_series_is_long_enough():
    """Protects the bound beside it; control: one term less in four fails."""
    z = np.linspace(0, 0.25, 11)
    with mpmath.workdps(40):
        values = [
            mpmath.nsum(lambda k, t=t: exact(t) ** k / (2 * k + 3), [0, 200]) if t else exact(1) / 3
            for t in z
        ]
    check_accuracy(information._artanh_tail(z), values, 1)
    short = sum(z**k / (2 * k + 3) for k in range(20))
    with pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(short, values, 1)


def plain_kl(p, q):
    return (p * np.log(p / q)).sum(1)


NAIVE = {
    "textbook sum": plain_kl,
    "difference of entropies": lambda p, q: xentlib.cross_entropy(p, q) - xentlib.entropy(p),
    "no series": lambda p, q: (p * np.log(p / q) - p + q).sum(1),
    "log1p": lambda p, q: (q - p - p * np.log1p((q - p) / p)).sum(1),
    "swapped": lambda p, q: xentlib.kl_divergence(q, p),
    "base 2": lambda p, q: xentlib.kl_divergence(p, q, base=2),
}


@pytest.mark.parametrize("mistake", NAIVE)
def test_naive_divergences_fail_the_same_check(mistake):
    """Negative control: close to p, the usual formulas lose most of their digits."""
    p = np.random.default_rng(0).dirichlet(np.ones(5), 10)
    q = near(p)
    values = [reference.kl_divergence(a, b) for a, b in zip(p, q, strict=True)]
    check_accuracy(xentlib.kl_divergence(p, q), values, 8)
    with pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(NAIVE[mistake](p, q), values, 8)


def test_naive_entropies_fail_the_same_check():
    """Negative control: an exponential of a rounded sum, a clipped logarithm, a wrong base."""
    p, q = distributions(50, 30, np.float64), distributions(50, 30, np.float64, 1)
    q = np.where((p > 0) & (q == 0), 1e-300, q)
    truth = [expected_surprisal(a, b) for a, b in zip(p, q, strict=True)]
    check_accuracy(xentlib.cross_entropy(p, q), truth, 4)
    powers = [mpmath.exp(v) for v in truth]
    check_accuracy(xentlib.perplexity(p, q), powers, 4)
    with pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(np.exp(xentlib.cross_entropy(p, q)), powers, 4)
    for wrong in (-(p * np.log(q + 1e-12)).sum(1), xentlib.cross_entropy(p, q, base=2)):
        with pytest.raises(AssertionError, match="ulp from"):
            check_accuracy(wrong, truth, 4)


def test_limits():
    """Protects 0 log 0 = 0, and infinities."""
    inf = np.inf
    np.testing.assert_array_equal(xentlib.surprisal([0, 1, -0.0]), [inf, 0, inf])
    assert not np.signbit(xentlib.surprisal([1.0, 0.5])).any()
    assert xentlib.entropy([1, 0]) == xentlib.entropy([1]) == 0
    assert not np.signbit(xentlib.entropy([1.0, 0.0]))
    for function in (xentlib.cross_entropy, xentlib.kl_divergence, xentlib.perplexity):
        assert function([0.5, 0.5], [1, 0]) == inf
    assert xentlib.kl_divergence([0.5, 0.5, 0], [0.5, 0.5, 0]) == 0
    assert xentlib.kl_divergence([0, 1], [1, 0]) == inf
    assert xentlib.perplexity([1, 0], [1, 0]) == xentlib.perplexity([1, 0]) == 1
    assert xentlib.perplexity([1, 0], [5e-324, 1]) == inf


def test_powers_of_the_base_give_whole_numbers():
    """Protects bits and hartleys; control: a quotient of natural logarithms does not."""
    exponents = np.arange(300)
    np.testing.assert_array_equal(xentlib.surprisal(2.0**-exponents, base=2), exponents)
    tens = np.array([float(f"1e-{k}") for k in range(20)])
    np.testing.assert_array_equal(xentlib.surprisal(tens, base=10), exponents[:20])
    assert (np.log(2.0**exponents) / np.log(2.0) != exponents).any()
    assert xentlib.entropy(np.full(8, 1 / 8), base=2) == 3
    for count in (2, 4, 1024):
        assert xentlib.perplexity(np.full(count, 1 / count)) == count


def test_identities():
    """Protects what the chapters derive: cross-entropy = entropy + divergence, and bases."""
    rng = np.random.default_rng(2)
    p, q = rng.dirichlet(np.ones(6), 20), rng.dirichlet(np.ones(6), 20)
    total = xentlib.entropy(p) + xentlib.kl_divergence(p, q)
    np.testing.assert_allclose(xentlib.cross_entropy(p, q), total, rtol=1e-14)
    np.testing.assert_allclose(
        xentlib.kl_divergence(p, q, base=2) * np.log(2), xentlib.kl_divergence(p, q), rtol=1e-14
    )
    np.testing.assert_allclose(xentlib.perplexity(p), np.exp(xentlib.entropy(p)), rtol=1e-14)
    logits = np.log(q)
    np.testing.assert_allclose(
        xentlib.softmax_cross_entropy(p, logits), xentlib.cross_entropy(p, q), rtol=1e-13
    )


def test_the_numbers_of_the_source_article():
    """Protects 0.8018 (not 0.804, a sum of rounded terms), and -ln 0.7 by three ways."""
    p = [0.7, 0.2, 0.1]
    np.testing.assert_array_equal(xentlib.surprisal(p).round(2), [0.36, 1.61, 2.3])
    assert xentlib.entropy(p).round(4) == 0.8018
    label = [1, 0, 0]
    assert xentlib.kl_divergence(label, p) == pytest.approx(-np.log(0.7), rel=1e-15)
    assert xentlib.cross_entropy(label, p) == pytest.approx(-np.log(0.7), rel=1e-15)
    assert xentlib.entropy(label) == 0
    assert xentlib.kl_divergence(label, p).round(4) == 0.3567


def test_rarer_events_tell_more():
    """Protects row 1 of the article's facts, with probabilities that the book chooses."""
    brazil, china = xentlib.surprisal([0.9, 0.01])
    assert china > brazil > 0


@pytest.mark.parametrize("axis", [0, 1, 2, -2])
def test_the_axis_may_be_anywhere(axis):
    """Protects equal bits for every axis and memory order."""
    p = np.moveaxis(distributions(20, 3, np.float64).reshape(4, 5, 3), -1, axis)
    q = np.moveaxis(distributions(20, 3, np.float64, 1).reshape(4, 5, 3), -1, axis)
    for order in (np.ascontiguousarray, np.asfortranarray):
        here = [
            xentlib.entropy(order(p), axis=axis),
            xentlib.cross_entropy(order(p), q, axis=axis),
            xentlib.kl_divergence(order(p), q, axis=axis),
            xentlib.perplexity(order(p), axis=axis),
            xentlib.perplexity(order(p), q, axis=axis),
        ]
        p_last, q_last = np.moveaxis(p, axis, -1), np.moveaxis(q, axis, -1)
        there = [
            xentlib.entropy(p_last),
            xentlib.cross_entropy(p_last, q_last),
            xentlib.kl_divergence(p_last, q_last),
            xentlib.perplexity(p_last),
            xentlib.perplexity(p_last, q_last),
        ]
        for a, b in zip(here, there, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float16", "float32", "float32"),
        ("float64", "float16", "float64"),
        ("int8", "float16", "float16"),
        ("bool", "bool", "float64"),
        ("bfloat16", "bfloat16", "bfloat16"),
        ("float32", "longdouble", "longdouble"),
    ],
)
def test_the_wider_floating_dtype_is_returned(p, q, expected):
    """Protects digits from being lost because one of two arguments has fewer."""
    one = np.array([1, 0])
    for function in (xentlib.cross_entropy, xentlib.kl_divergence, xentlib.perplexity):
        result = function(one.astype(dtype_named(p)), one.astype(dtype_named(q)))
        assert result.dtype == dtype_named(expected)
