"""sigmoid, log_sigmoid, softplus and logit against mpmath, and their limits and inverses."""

import numpy as np
import pytest

import xentlib
from tests.numeric import reference
from tests.numeric.reference import check_accuracy, dtype_named, exact, logits, probabilities

BOUNDS = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51, "float64": 4.0}
COUNT = 250


def check_activation(function, name, regime, dtype):
    """Compare one function on one regime with its reference."""
    x = logits(regime, COUNT, dtype)
    values = [getattr(reference, name)(exact(v)) for v in x]
    check_accuracy(function(x), values, BOUNDS[np.dtype(dtype).name])


@pytest.mark.parametrize("regime", reference.REGIMES)
@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("name", ["sigmoid", "log_sigmoid", "softplus"])
def test_accuracy_of_activations(name, dtype, regime):
    """Protects the guarantee of the docstrings, from |x| = 1e-30 to 1e30."""
    check_activation(getattr(xentlib, name), name, regime, dtype_named(dtype))


@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy_of_logit(dtype):
    """Protects the guarantee over all of [0, 1]: near 0, 1/2 and 1, and at the ends."""
    p = probabilities(1000, dtype_named(dtype))
    check_accuracy(xentlib.logit(p), [reference.logit(exact(v)) for v in p], BOUNDS[dtype])


NAIVE = {
    "sigmoid: overflow in e^-x": ("sigmoid", "confident", lambda x: 1 / (1 + np.exp(-x))),
    "sigmoid: cancelled": ("sigmoid", "confident", lambda x: 1 - 1 / (1 + np.exp(x))),
    "softplus: overflow in e^x": ("softplus", "confident", lambda x: np.log1p(np.exp(x))),
    "softplus: no log1p": ("softplus", "ordinary", lambda x: np.log(1 + np.exp(x))),
    "softplus: no shift": ("softplus", "ordinary", lambda x: np.log1p(np.exp(-np.abs(x)))),
    "log_sigmoid: of a rounded sigmoid": (
        "log_sigmoid",
        "ordinary",
        lambda x: np.log(1 / (1 + np.exp(-x))),
    ),
    "sigmoid: sign": ("sigmoid", "ordinary", lambda x: xentlib.sigmoid(-x)),
    "softplus: base 2": ("softplus", "ordinary", lambda x: xentlib.softplus(x) / np.log(2)),
}


@pytest.mark.parametrize("mistake", NAIVE)
def test_naive_formulas_and_mutants_fail_the_same_check(mistake):
    """Negative control of the accuracy test."""
    name, regime, function = NAIVE[mistake]
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match="ulp from"):
        check_activation(function, name, regime, np.float64)


def test_the_textbook_logit_fails_near_one_half():
    """Negative control of the accuracy test of logit: log(p) - log(1 - p) cancels there."""
    p = np.array([0.5 + 1e-5])
    with pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(np.log(p) - np.log1p(-p), [reference.logit(exact(p[0]))], 4)


def test_limits():
    """Protects the ends of the number line, and NaN staying where it is."""
    x = np.array([-np.inf, np.nan, np.inf])
    np.testing.assert_array_equal(xentlib.sigmoid(x), [0, np.nan, 1])
    np.testing.assert_array_equal(xentlib.log_sigmoid(x), [-np.inf, np.nan, 0])
    np.testing.assert_array_equal(xentlib.softplus(x), [0, np.nan, np.inf])
    np.testing.assert_array_equal(xentlib.logit([0, 0.5, 1]), [-np.inf, 0, np.inf])


def test_identities():
    """Protects the relations that the chapter derives: symmetry, logarithm and inverse."""
    x = np.linspace(-30, 30, 121)
    np.testing.assert_allclose(xentlib.sigmoid(x) + xentlib.sigmoid(-x), 1, rtol=3e-16)
    np.testing.assert_array_equal(xentlib.softplus(x), -xentlib.log_sigmoid(-x))
    np.testing.assert_allclose(xentlib.softplus(x) - xentlib.softplus(-x), x, atol=8e-15)
    small = x[x <= 0]
    np.testing.assert_allclose(xentlib.logit(xentlib.sigmoid(small)), small, rtol=1e-14, atol=1e-15)


def test_long_double_is_computed_and_returned():
    """Protects long double results, for which no accuracy is promised."""
    x = np.array([-2.0, 0.0, 2.0, 1e4], np.longdouble)
    for name in ("sigmoid", "log_sigmoid", "softplus"):
        result = getattr(xentlib, name)(x)
        assert result.dtype == np.longdouble
        np.testing.assert_allclose(
            result.astype(float), getattr(xentlib, name)(x.astype(float)), rtol=1e-15
        )
    if np.finfo(np.longdouble).nmant > 52:  # on some computers it is float64
        result = xentlib.softplus(np.longdouble(1))
        high = float(result)
        assert abs(exact(high) + exact(result - high) - reference.softplus(exact(1))) < 2.0**-60
        assert abs(exact(high) - reference.softplus(exact(1))) > 2.0**-60  # the negative control
