"""Arithmetic with wide exponents, and sums that keep their rounding errors."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from tests.numeric.reference import check_accuracy
from xentlib import _exact
from xentlib._exact import Wide, exact_sum, two_sum


@pytest.fixture(autouse=True)
def quiet():
    """The private functions leave warnings to the public ones, which switch them off."""
    with np.errstate(all="ignore"):
        yield


def wide(*numbers):
    return Wide.of(np.array(numbers))


def test_products_pass_through_overflow_and_underflow():
    """Protects weighted losses: 1e300 * 1e300 * 1e-320 is 1e280."""
    product = wide(1e300) * wide(1e300) * wide(1e-320)
    assert product.narrow()[0] == pytest.approx(1e-320 * 1e300 * 1e300, rel=1e-15)
    # Negative control: plain floats overflow.
    assert np.isinf(np.float64(1e300) * np.float64(1e300) * np.float64(1e-320))


@pytest.mark.parametrize("power", range(-1050, 1001, 50))
def test_six_factors_of_any_size_multiply_to_a_normal_number(power):
    """Protects products that are left without exponents because each factor is of ordinary size."""
    product = math.prod([wide(2.0**power)] * 6, start=_exact.ONE)
    exponent = int(np.ravel(product.exponent)[0])
    assert mpf(float(product.mantissa[0])) * mpf(2) ** exponent == mpf(2) ** (6 * power)


def test_zero_times_infinity_is_zero_and_nan_stays():
    """Protects the limits of hard labels, and NaN from being hidden by a zero weight."""
    product = wide(0.0, np.inf, 0.0, np.inf) * wide(np.inf, 0.0, np.nan, 2.0)
    np.testing.assert_array_equal(product.narrow(), [0, 0, np.nan, np.inf])


def test_sums_align_exponents():
    """Protects terms of very different size, and zeros from swallowing tiny terms."""
    tiny = wide(1e-300) * wide(1e-300)
    total = (tiny + wide(0.0)) * wide(1e300)
    assert total.narrow()[0] == pytest.approx(1e-300)
    assert (wide(np.inf) + tiny).narrow()[0] == np.inf
    assert (tiny - tiny).narrow()[0] == 0


def test_division_by_zero_gives_an_infinity_that_a_zero_weight_cancels():
    """Protects the gradient of a probability of 0 that has no weight."""
    quotient = wide(1.0, 1.0) / wide(0.0, 4.0)
    np.testing.assert_array_equal(quotient.narrow(), [np.inf, 0.25])
    np.testing.assert_array_equal((wide(0.0, 1.0) * quotient).narrow(), [0, 0.25])


def test_exp_is_accurate_far_below_the_smallest_float():
    """Protects heavily weighted tails: exp(-x) * 2^k for x where exp(-x) is 0 in float64."""
    x = np.linspace(-2100, -100, 500)
    power = np.round(-x / np.log(2)).astype(int)
    result = _exact.exp(x)
    scaled = np.ldexp(result.mantissa, result.exponent + power)
    points = zip(x, power, strict=True)
    check_accuracy(scaled, [mpmath.exp(mpf(v)) * mpf(2) ** int(k) for v, k in points], 2)


def test_exponents_stay_32_bits_wide():
    """Protects Windows, where NumPy's ldexp takes no other integers."""
    a, b = wide(1e-300, 0.0, np.inf), _exact.exp(np.array([-800.0, -1e30, np.nan]))
    total = _exact.total([wide(1e-300).sum(), wide(0.0).sum()])
    for number in (a, b, a * b, a / b, a + b, -a, a * wide(2.0), _exact.log1p(b), total):
        assert np.asarray(number.exponent).dtype == np.int32


def test_exp_of_infinities_and_nan():
    """Protects the limits."""
    result = _exact.exp(np.array([-np.inf, np.inf, np.nan])).narrow()
    np.testing.assert_array_equal(result, [0, np.inf, np.nan])


def test_two_sum_loses_nothing():
    """Protects the error-free step: s + e is a + b."""
    total, lost = two_sum(np.array([1e16, 0.1]), np.array([1.0, 0.2]))
    for a, b, s, e in zip((1e16, 0.1), (1.0, 0.2), total, lost, strict=True):
        assert mpf(a) + mpf(b) == mpf(float(s)) + mpf(float(e))


def test_two_product_loses_nothing():
    """Protects the other error-free step; control: halves of 25 and 28 bits lose something."""

    def misses():
        a, b = np.random.default_rng(0).uniform(1, 2, (2, 3000))
        parts = zip(a, b, *_exact.two_product(a, b), strict=True)
        return sum(Fraction(x) * Fraction(y) != Fraction(p) + Fraction(e) for x, y, p, e in parts)

    assert misses() == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_exact, "_halves", uneven_halves)
        assert misses() > 0


def uneven_halves(a):
    scaled = a * (2.0**28 + 1)
    high = scaled - (scaled - a)
    return high, a - high


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64, 1001])
def test_a_sum_is_right_to_an_ulp(count):
    """Protects reductions, for every way in which halves can be odd."""
    values = np.random.default_rng(count).normal(size=count) * 10.0 ** np.arange(count).clip(0, 12)
    assert float(exact_sum(values)) == pytest.approx(math.fsum(values), rel=2.3e-16, abs=0)


def test_a_sum_survives_cancellation_that_numpy_does_not():
    """Protects the carried errors; negative control: the plain sum is wrong."""
    values = np.array([1e16, 1.0, -1e16, 1.0, 3e15, 1.0, -3e15, 1.0])
    assert float(exact_sum(values)) == 4
    assert float(np.sum(values)) != 4


def test_a_difference_does_not_overflow():
    """Protects a loss of two huge logits, alone and beside others; infinities stay."""
    a, b = np.array([1.5e308, 3.0, np.inf, -1.5e308]), np.array([-1.5e308, 1.0, 0.0, 1.5e308])
    quarter = (_exact.wide_difference(a, b) * wide(0.25)).narrow()
    np.testing.assert_array_equal(quarter, [0.75e308, 0.5, np.inf, -0.75e308])
    np.testing.assert_array_equal(_exact.wide_difference(a[1:3], b[1:3]).narrow(), [2, np.inf])
    assert np.isinf(a - b).tolist() == [True, False, True, True]  # the negative control


def test_a_sum_does_not_depend_on_the_memory_order():
    """Protects reproducibility; negative control: the plain sum of this array does depend."""
    values = np.random.default_rng(3).normal(size=(57, 91)) * 1e3
    copy = np.asfortranarray(values)
    assert float(exact_sum(values)) == float(exact_sum(copy))
    assert float(np.sum(values)) != float(np.sum(copy))


def test_wide_sums_neither_overflow_nor_underflow():
    """Protects means of huge and of tiny terms; a zero among them changes nothing."""
    huge = wide(*[1.5e308] * 4).sum() / wide(4.0)
    assert huge.narrow() == 1.5e308
    tiny = wide(1e-300, 0.0, 1e-300) * wide(1e-200)
    assert (tiny.sum() * wide(1e300)).narrow() == pytest.approx(2e-200)
    assert wide(0.0, 0.0).sum().narrow() == 0
    assert wide(1.0, np.inf).sum().narrow() == np.inf


TWOFOLD = 2.0**-63


def _relative_error(parts, exact):
    high, low, power = (np.broadcast_to(part, np.shape(parts[0])) for part in parts)
    with mpmath.workprec(400):
        found = [
            (mpmath.mpf(float(h)) + mpmath.mpf(float(lo))) * mpmath.mpf(2) ** int(p)
            for h, lo, p in zip(high, low, power, strict=True)
        ]
        return max(float(abs(f / e - 1)) for f, e in zip(found, exact, strict=True))


@pytest.mark.parametrize(
    "x",
    [
        -np.random.default_rng(0).uniform(0, 1, 200),
        -np.random.default_rng(1).uniform(0, 60, 200),
        -(10.0 ** np.random.default_rng(2).uniform(-300, 4.8, 200)),
        -np.arange(0, 200) / 64,
        -np.linspace(60, 65000, 200),
    ],
    ids=["below 1", "below 60", "of every size", "at the steps", "far"],
)
def test_twofold_functions_have_63_bits(x):
    """Protects the focal loss from a power that magnifies the errors of its base."""
    with mpmath.workprec(400):
        exact = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
        assert _relative_error(_exact.twofold_exp(x), exact) < TWOFOLD
        exact = [mpmath.log1p(mpmath.exp(mpmath.mpf(float(v)))) for v in x]
    assert _relative_error(_exact.twofold_log1p_exp(x), exact) < TWOFOLD
    single = np.log1p(np.exp(x)), np.zeros_like(x), 0
    assert _relative_error(single, exact) > TWOFOLD  # the negative control
