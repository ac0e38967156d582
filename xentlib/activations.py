"""The functions that lead from logits to probabilities and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from xentlib import _validation as check
from xentlib._exact import ONE, Array, Result, Wide, choose, exp, log1p, widened
from xentlib.gradients import rounded

__all__ = ["log_sigmoid", "logit", "sigmoid", "softplus"]


class Logits:
    """Logits x with exp(-|x|), which never overflows and on which everything else is built."""

    def __init__(self, x: Array, decay: Wide | None = None) -> None:
        self.x = x
        self.decay = exp(-np.abs(x)) if decay is None else decay

    def __neg__(self) -> Logits:
        return Logits(-self.x, self.decay)

    def sigmoid(self) -> Wide:
        """Return 1 / (1 + e^-x), written e^x / (1 + e^x) for x < 0."""
        return choose(self.x >= 0, ONE, self.decay) / (ONE + self.decay)

    def softplus(self) -> Wide:
        """Return ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): no term is negative."""
        return Wide.of(np.maximum(self.x, 0.0)) + log1p(self.decay)


def _logit(p: Array) -> Wide:
    """Return ln(p / (1 - p)), near 1/2 as 2 artanh(2p - 1): there 2p - 1 is exact."""
    is_central = (p > 0.25) & (p < 0.75)
    return Wide(np.where(is_central, 2 * np.arctanh(2 * p - 1), np.log(p / (1 - p))))


@np.errstate(all="ignore")
def _elementwise(function: Callable[[Array], Wide], argument: Array) -> Result:
    return rounded(function(widened(argument)), check.result_dtype(argument))


def sigmoid(x: ArrayLike) -> Result:
    r"""Return the logistic sigmoid: the probability that belongs to a logit.

    .. math:: \sigma(x) = \frac{1}{1 + e^{-x}}

    Parameters
    ----------
    x : array_like
        Logits, any shape, in nats (a logit is the logarithm of odds).

    Returns
    -------
    ndarray or NumPy scalar
        Probabilities in [0, 1], same shape and floating dtype as `x` (float64 if `x` is not
        floating). NaN stays in its own element.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If `x` is a list of rows of different lengths.

    See Also
    --------
    logit : The inverse.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64, also
    where the result is tiny. The chapter ``losses/sigmoid-cross-entropy`` derives it.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, MIT Press, 2016,
       section 3.10.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.sigmoid([-1.0, 0.0, 1.0]).round(4)
    array([0.2689, 0.5   , 0.7311])
    """
    return _elementwise(lambda x: Logits(x).sigmoid(), check.real_array(x, "x"))


def log_sigmoid(x: ArrayLike) -> Result:
    r"""Return the logarithm of the sigmoid: the log-probability that belongs to a logit.

    .. math:: \ln \sigma(x) = -\ln(1 + e^{-x})

    Parameters
    ----------
    x : array_like
        Logits, any shape, in nats.

    Returns
    -------
    ndarray or NumPy scalar
        Log-probabilities in nats, at most 0; same shape and floating dtype as `x` (float64 if `x`
        is not floating). NaN stays in its own element.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If `x` is a list of rows of different lengths.

    See Also
    --------
    softplus : The same function with both signs turned.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64, also
    for large positive logits, where a logarithm of a rounded sigmoid would be 0. The chapter
    ``losses/sigmoid-cross-entropy`` derives it.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, MIT Press, 2016,
       section 3.10.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.log_sigmoid([-1000.0, 0.0, 1.0]).round(4)
    array([-1.000e+03, -6.931e-01, -3.133e-01])
    """
    return _elementwise(lambda x: -(-Logits(x)).softplus(), check.real_array(x, "x"))


def softplus(x: ArrayLike) -> Result:
    r"""Return the softplus: a smooth maximum of x and 0.

    .. math:: \operatorname{softplus}(x) = \ln(1 + e^x) = \max(x, 0) + \ln(1 + e^{-|x|})

    Parameters
    ----------
    x : array_like
        Logits, any shape, in nats.

    Returns
    -------
    ndarray or NumPy scalar
        Numbers in nats, at least 0; same shape and floating dtype as `x` (float64 if `x` is not
        floating). NaN stays in its own element.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If `x` is a list of rows of different lengths.

    See Also
    --------
    log_sigmoid : The same function with both signs turned.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64. The
    chapter ``losses/sigmoid-cross-entropy`` derives the second form, which cannot overflow.

    References
    ----------
    .. [1] C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia, "Incorporating second-order
       functional knowledge for better option pricing", *NIPS* 13, 2000.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.softplus([-1.0, 0.0, 1.0]).round(4)
    array([0.3133, 0.6931, 1.3133])
    """
    return _elementwise(lambda x: Logits(x).softplus(), check.real_array(x, "x"))


def logit(p: ArrayLike) -> Result:
    r"""Return the logit: the logarithm of the odds of a probability.

    .. math:: \operatorname{logit}(p) = \ln \frac{p}{1 - p} = 2 \operatorname{artanh}(2p - 1)

    Parameters
    ----------
    p : array_like
        Probabilities in [0, 1], any shape.

    Returns
    -------
    ndarray or NumPy scalar
        Logits in nats, -inf for 0 and inf for 1; same shape and floating dtype as `p` (float64 if
        `p` is not floating).

    Raises
    ------
    TypeError
        If `p` is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If a probability is NaN or outside [0, 1], or `p` is a list of rows of different lengths.

    See Also
    --------
    sigmoid : The inverse.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64, also
    near 1/2, where the second form is used. The chapter ``losses/sigmoid-cross-entropy`` derives
    it.

    References
    ----------
    .. [1] J. Berkson, "Application of the logistic function to bio-assay", *Journal of the American
       Statistical Association* 39 (1944), 357-365.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.logit([0.0, 0.25, 0.5, 1.0]).round(4)
    array([   -inf, -1.0986,  0.    ,     inf])
    """
    return _elementwise(_logit, check.fractions(p, "p", "probability"))
