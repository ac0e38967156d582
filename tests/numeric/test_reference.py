"""The measuring instrument itself: a wrong reference or a blunt ulp would approve anything."""

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from tests.numeric import reference
from tests.numeric.reference import check_accuracy, error, exact, ulp

POINTS = [-30.0, -1.5, 0.25, 3.0, 40.0]


@pytest.mark.parametrize("x", POINTS)
def test_the_formulas_agree_with_the_plain_definitions(x):
    """Protects the reference: 200 digits need no log1p and no case split."""
    with mpmath.workdps(200):
        probability = 1 / (1 + mpmath.exp(-mpf(x)))
        z = mpf("0.25")
        loss = -3 * z * mpmath.log(probability) - (1 - z) * mpmath.log(1 - probability)
    tolerance = mpf(10) ** -40
    assert abs(reference.sigmoid(mpf(x)) - probability) < tolerance * probability
    assert abs(reference.softplus(mpf(x)) + mpmath.log(1 - probability)) < tolerance
    assert abs(reference.logit(probability) - x) < tolerance
    assert abs(reference.sigmoid_cross_entropy(0.25, x, q=3) - loss) < tolerance * loss


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("z", [0.0, 0.25, 1.0])
def test_the_gradients_are_derivatives_of_the_losses(x, z):
    """Protects the reference gradients: mpmath differentiates the losses numerically."""
    with mpmath.workdps(60):
        loss = mpmath.diff(
            lambda t: 2 * (3 * z * reference.softplus(-t) + (1 - z) * reference.softplus(t)), x
        )
        assert abs(reference.sigmoid_gradient(z, x, w=2, q=3) - loss) < mpf(10) ** -25
        slope = mpmath.diff(lambda p: -z * mpmath.log(p) - (1 - z) * mpmath.log(1 - p), mpf("0.3"))
        exact_p = mpf(0.3)
        correction = abs(exact_p - mpf("0.3")) * 100
        assert abs(reference.binary_gradient(z, 0.3) - slope) < mpf(10) ** -25 + correction


@pytest.mark.parametrize("name", ["float16", "float32", "float64"])
@pytest.mark.parametrize("number", [1.0, 1.5, 0.0999, 3e-5, 6e-8, 60000.0])
def test_ulp_is_the_spacing_of_numpy(name, number):
    """Protects the unit of every bound, subnormal float16 numbers included."""
    number = np.dtype(name).type(number)
    assert ulp(exact(number), name) == exact(np.spacing(number))


def test_ulp_of_bfloat16():
    """Protects the unit for the type that NumPy does not know: 8 bits, exponents of float32."""
    dtype = reference.dtype_named("bfloat16")
    assert ulp(mpf(1), dtype) == mpf(2) ** -7
    assert ulp(mpf(2) ** -130, dtype) == mpf(2) ** -133


def test_a_neighbour_is_one_ulp_away_and_wrong_results_infinitely_far():
    """Protects against an instrument that cannot fail."""
    assert error(np.nextafter(1.0, 2.0), mpf(1)) == 1
    assert error(np.float64(np.nan), mpf(1)) == np.inf
    assert error(np.float64(np.inf), mpf(1)) == np.inf
    assert error(np.float64(1.0), reference.INF) == np.inf
    assert error(np.float64(-np.inf), mpf(10) ** 400) == np.inf
    assert error(np.float64(np.inf), mpf(10) ** 400) == 0
    assert error(np.float32(np.inf), mpf(10) ** 40) == 0
    with pytest.raises(AssertionError, match="element 1"):
        check_accuracy(np.array([1.0, np.nextafter(1.0, 2.0)]), [mpf(1), mpf(1)], 0.6)
    with pytest.raises(AssertionError, match="element 0"):
        check_accuracy(np.array([1.5e-323]), [mpf(5e-324)], 4)
