r"""What the losses are made of: surprisal, entropy, cross-entropy, divergence and perplexity."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from xentlib import _validation as check
from xentlib._blocks import row_blocks, without_axis
from xentlib._exact import (
    Array,
    Result,
    Wide,
    exact_sum,
    sum_and_error,
    two_product,
    two_sum,
)
from xentlib.activations import elementwise

__all__ = ["cross_entropy", "entropy", "kl_divergence", "perplexity", "surprisal"]

# Powers of 2 and of 10 have exact logarithms in these.
_LOGARITHMS: dict[float, Callable[[Array], Array]] = {2.0: np.log2, 10.0: np.log10}

# Probabilities times this are far from the smallest float64, and so are products of a few of them.
_SCALE = 600


# --- kernels --------------------------------------------------------------------------------------


def _surprisal(p: Array, base: float) -> Wide:
    """Return the logarithm of 1/p to a base."""
    p = np.abs(p)  # -0.0 is 0.0
    if base in _LOGARITHMS:
        return Wide.of(0.0 - _LOGARITHMS[base](p))
    return _in_base(Wide.of(0.0 - np.log(p)), base)


def _in_base(nats: Wide, base: float) -> Wide:
    return nats if base == math.e else nats / Wide.of(np.log(np.asarray(base)))


def _cross_entropy(p: Array, q: Array, axis: int, base: float) -> Wide:
    """Return the sum of p ln(1/q), where 0 ln(1/0) = 0: no term is negative."""
    return (Wide.of(p) * _surprisal(q, base)).sum(axis)


def _kl_divergence(p: Array, q: Array, axis: int, base: float) -> Wide:
    """Return the sum of p ln(p/q) - p + q: no term is negative."""
    terms = _divergences(np.ldexp(p, _SCALE), np.ldexp(q, _SCALE))
    return _in_base(Wide(exact_sum(terms, axis), np.int32(-_SCALE) * np.ones((), np.int32)), base)


def _divergences(p: Array, q: Array) -> Array:
    """Return p ln(p/q) - p + q; the logarithm is a series where p and q are close.

    With r = (q - p) / (q + p), ln(q/p) is 2 artanh(r) = 2 (r + r^3/3 + r^5/5 + ...), and the
    expression is r (q - p - 2 p r^2 (1/3 + r^2/5 + ...)), in which at most a tenth is subtracted.
    """
    gap, lost = two_sum(q, -p)
    r = gap / (q + p)
    series = r * (gap - 2 * p * r**2 * _artanh_tail(r**2))
    ratio = p / q
    log_ratio = np.log(ratio)
    log_ratio = np.where(np.isinf(ratio), np.log(p) - np.log(q), log_ratio)
    direct = np.where(p == 0, q, p * log_ratio + (gap + lost))
    return np.where(np.abs(r) <= 0.5, series, direct)


def _artanh_tail(z: Array) -> Array:
    """Return 1/3 + z/5 + z^2/7 + ..., for z up to 1/4, where what is left out is below 2^-57."""
    total = np.zeros_like(z)
    for k in range(26, -1, -1):
        total = total * z + 1 / (2 * k + 3)
    return total


def _perplexity(p: Array, q: Array, axis: int) -> Wide:
    """Return exp of the sum of p ln(1/q), in which a large sum must not lose its last digits.

    With q = f 2^-k, the sum is ln 2 times the sum of p k, whose errors are carried along, plus the
    sum of p ln(1/f), which is small.
    """
    fraction, power = np.frexp(q)
    products, errors = two_product(p, -power)
    total, error = sum_and_error(products, axis, errors)
    whole = np.rint(total)
    rest = exact_sum(np.where(p > 0, p * -np.log(fraction), 0.0), axis)
    exponent = (total - whole + error) * math.log(2) + rest
    return Wide(np.exp(exponent), whole.astype(np.int32))


@np.errstate(all="ignore")
def _by_rows(kernel: Callable[..., Wide], *arrays: Array, axis: int) -> Result:
    """Apply a kernel to the rows of one or two arrays."""
    shape, dtype = arrays[0].shape, check.common_dtype(arrays[0], arrays[-1])
    result = np.empty(without_axis(shape, axis), dtype)
    for block in row_blocks(shape, axis):
        rows = kernel(*(block.rows(array) for array in arrays), block.axis)
        block.write_one_per_row(result, rows.narrow())
    scalar_or_array: Result = result[()]
    return scalar_or_array


def _pair(p: ArrayLike, q: ArrayLike, axis: int) -> tuple[Array, Array, int]:
    """Check two distributions of the same shape."""
    p, q = check.real_array(p, "p"), check.real_array(q, "q")
    check.same_shape(p=p, q=q)
    p, _ = check.distributions(p, "p", axis)
    q, axis = check.distributions(q, "q", axis)
    return p, q, axis


# --- functions ------------------------------------------------------------------------------------


def surprisal(p: ArrayLike, *, base: float = math.e) -> Result:
    r"""Return the surprisal, or information content: the rarer an event, the more it tells.

    .. math:: I(p) = -\log_b p

    Parameters
    ----------
    p : array_like
        Probabilities in [0, 1], any shape; they need not sum to 1.
    base : float, optional
        The base of the logarithm, above 1: e for nats, 2 for bits, 10 for hartleys.

    Returns
    -------
    ndarray or NumPy scalar
        Surprisals in nats (or the unit of the base), inf for an impossible event; same shape and
        floating dtype as `p` (float64 if `p` is not floating).

    Raises
    ------
    TypeError
        If `p` is not made of real numbers, or is a masked array, a matrix or the like, or `base`
        is no real number.
    ValueError
        If a probability is NaN or outside [0, 1], or `base` is not finite and above 1.

    See Also
    --------
    entropy : The expected surprisal.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64. With
    the bases 2 and 10, powers of the base give whole numbers. The chapter
    ``information/surprisal`` derives the logarithm from what information must be.

    References
    ----------
    .. [1] C. E. Shannon, "A mathematical theory of communication", *Bell System Technical Journal*
       27 (1948), 379-423.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.surprisal([0.7, 0.2, 0.1]).round(2)
    array([0.36, 1.61, 2.3 ])
    >>> xentlib.surprisal([0.5, 0.125, 0.0], base=2)
    array([ 1.,  3., inf])
    """
    p, base = check.fractions(p, "p", "probability"), check.base(base)
    return elementwise(lambda p: _surprisal(p, base), p)


def entropy(p: ArrayLike, *, axis: int = -1, base: float = math.e) -> Result:
    r"""Return the entropy of distributions: the expected surprisal.

    .. math:: H(p) = -\sum_j p_j \log_b p_j, \quad\text{where } 0 \log 0 = 0

    Parameters
    ----------
    p : array_like
        Distributions: probabilities in [0, 1] that sum to 1 along `axis`, within 1e-2 in 16-bit
        types, 1e-5 in float32 and 1e-8 in float64.
    axis : int, optional
        The axis along which the probabilities of one distribution lie.
    base : float, optional
        The base of the logarithm, above 1: e for nats, 2 for bits, 10 for hartleys.

    Returns
    -------
    ndarray or NumPy scalar
        Entropies in nats (or the unit of the base), at least 0, of the shape of `p` without the
        axis, or one number if there is no other; dtype of `p` (float64 if `p` is not floating).

    Raises
    ------
    TypeError
        If `p` is not made of real numbers, or is a masked array, a matrix or the like, or an option
        has the wrong type.
    ValueError
        If a probability is NaN or outside [0, 1], a distribution does not sum to 1, there is no
        such axis or no class, or `base` is not finite and above 1.

    See Also
    --------
    cross_entropy : The expected surprisal of who believes in another distribution.
    perplexity : Its exponential: a number of equally likely choices.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64, of the
    formula at the numbers given, which are not normalised. The chapter ``information/entropy``
    derives it.

    References
    ----------
    .. [1] C. E. Shannon, "A mathematical theory of communication", *Bell System Technical Journal*
       27 (1948), 379-423.

    Examples
    --------
    >>> import xentlib
    >>> print(xentlib.entropy([0.7, 0.2, 0.1]).round(4))
    0.8018
    >>> xentlib.entropy([[0.5, 0.5], [1.0, 0.0]], base=2)
    array([1., 0.])
    """
    p, axis = check.distributions(p, "p", axis)
    base = check.base(base)
    return _by_rows(lambda p, axis: _cross_entropy(p, p, axis, base), p, axis=axis)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, axis: int = -1, base: float = math.e) -> Result:
    r"""Return the cross-entropy of distributions: the expected surprisal of who believes in q.

    .. math:: H(p, q) = -\sum_j p_j \log_b q_j, \quad\text{where } 0 \log 0 = 0

    Parameters
    ----------
    p : array_like
        The true distributions: probabilities in [0, 1] that sum to 1 along `axis`, within 1e-2 in
        16-bit types, 1e-5 in float32 and 1e-8 in float64.
    q : array_like
        The believed distributions, likewise, of exactly the same shape as `p`.
    axis : int, optional
        The axis along which the probabilities of one distribution lie.
    base : float, optional
        The base of the logarithm, above 1: e for nats, 2 for bits, 10 for hartleys.

    Returns
    -------
    ndarray or NumPy scalar
        Cross-entropies in nats (or the unit of the base), of the shape of `p` without the axis, or
        one number if there is no other; inf if something possible was believed impossible. The
        dtype is the wider floating dtype of `p` and `q` (float64 if neither is floating).

    Raises
    ------
    TypeError
        If `p` or `q` is not made of real numbers, or is a masked array, a matrix or the like, or an
        option has the wrong type.
    ValueError
        If shapes differ, a probability is NaN or outside [0, 1], a distribution does not sum to 1,
        there is no such axis or no class, or `base` is not finite and above 1.

    See Also
    --------
    softmax_cross_entropy : The same for logits instead of `q`, and more exact than `q` allows.
    kl_divergence : What of this is not the entropy of `p`.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64. The
    chapter ``information/cross-entropy`` derives it.

    References
    ----------
    .. [1] T. M. Cover and J. A. Thomas, *Elements of Information Theory*, 2nd ed., Wiley, 2006,
       chapters 2 and 5.

    Examples
    --------
    >>> import xentlib
    >>> print(xentlib.cross_entropy([1, 0, 0], [0.7, 0.2, 0.1]).round(4))
    0.3567
    >>> print(xentlib.cross_entropy([0.5, 0.5], [0.25, 0.75], base=2).round(4))
    1.2075
    """
    p, q, axis = _pair(p, q, axis)
    base = check.base(base)
    return _by_rows(lambda p, q, axis: _cross_entropy(p, q, axis, base), p, q, axis=axis)


def kl_divergence(p: ArrayLike, q: ArrayLike, *, axis: int = -1, base: float = math.e) -> Result:
    r"""Return the Kullback-Leibler divergence, or relative entropy, of q from p.

    .. math::
        D(p \| q) &= \sum_j p_j \log_b \frac{p_j}{q_j}, \quad\text{where } 0 \log 0 = 0, \\
            &= \frac{1}{\ln b} \sum_j \left( p_j \ln \frac{p_j}{q_j} - p_j + q_j \right).

    The second sum is computed. Both are the same when `p` and `q` have the same sum, but no term of
    the second is negative, so that nothing cancels when `q` is close to `p`; and it does not take
    the rounding errors in the sums of `p` and `q` for a divergence.

    Parameters
    ----------
    p : array_like
        The true distributions: probabilities in [0, 1] that sum to 1 along `axis`, within 1e-2 in
        16-bit types, 1e-5 in float32 and 1e-8 in float64.
    q : array_like
        The believed distributions, likewise, of exactly the same shape as `p`.
    axis : int, optional
        The axis along which the probabilities of one distribution lie.
    base : float, optional
        The base of the logarithm, above 1: e for nats, 2 for bits, 10 for hartleys.

    Returns
    -------
    ndarray or NumPy scalar
        Divergences in nats (or the unit of the base), at least 0, of the shape of `p` without the
        axis, or one number if there is no other; inf if something possible was believed impossible.
        The dtype is the wider floating dtype of `p` and `q` (float64 if neither is floating).

    Raises
    ------
    TypeError
        If `p` or `q` is not made of real numbers, or is a masked array, a matrix or the like, or an
        option has the wrong type.
    ValueError
        If shapes differ, a probability is NaN or outside [0, 1], a distribution does not sum to 1,
        there is no such axis or no class, or `base` is not finite and above 1.

    See Also
    --------
    cross_entropy : This and the entropy of `p`.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 8 ulp in float64, of the
    second sum. The chapter ``information/kl-divergence`` proves that both sums are equal.

    References
    ----------
    .. [1] S. Kullback and R. A. Leibler, "On information and sufficiency", *Annals of Mathematical
       Statistics* 22 (1951), 79-86.

    Examples
    --------
    >>> import xentlib
    >>> print(xentlib.kl_divergence([1, 0, 0], [0.7, 0.2, 0.1]).round(4))
    0.3567
    >>> print(f"{xentlib.kl_divergence([0.5, 0.5], [0.5 + 1e-9, 0.5 - 1e-9]):.4e}")
    2.0000e-18
    """
    p, q, axis = _pair(p, q, axis)
    base = check.base(base)
    return _by_rows(lambda p, q, axis: _kl_divergence(p, q, axis, base), p, q, axis=axis)


def perplexity(p: ArrayLike, q: ArrayLike | None = None, *, axis: int = -1) -> Result:
    r"""Return the perplexity: the number of equally likely choices that would be as uncertain.

    .. math:: \operatorname{PP}(p, q) = e^{H(p, q)} = \prod_j q_j^{-p_j},
        \quad\text{and without } q, \quad \operatorname{PP}(p) = e^{H(p)}

    It does not depend on the base of the logarithm.

    Parameters
    ----------
    p : array_like
        Distributions: probabilities in [0, 1] that sum to 1 along `axis`, within 1e-2 in 16-bit
        types, 1e-5 in float32 and 1e-8 in float64.
    q : array_like, optional
        The believed distributions, likewise, of exactly the same shape as `p`; by default `p`.
    axis : int, optional
        The axis along which the probabilities of one distribution lie.

    Returns
    -------
    ndarray or NumPy scalar
        Pure numbers (not nats), at least 1, of the shape of `p` without the axis, or one number if
        there is no other; inf if something possible was believed impossible. The dtype is the wider
        floating dtype of `p` and `q` (float64 if neither is floating).

    Raises
    ------
    TypeError
        If `p` or `q` is not made of real numbers, or is a masked array, a matrix or the like, or
        `axis` is no integer.
    ValueError
        If shapes differ, a probability is NaN or outside [0, 1], a distribution does not sum to 1,
        or there is no such axis or no class.

    See Also
    --------
    entropy : The logarithm of this, without `q`.
    cross_entropy : The logarithm of this, with `q`.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64: an
    exponential of the rounded entropy would magnify its rounding. The chapter
    ``information/cross-entropy`` introduces it.

    References
    ----------
    .. [1] F. Jelinek, R. L. Mercer, L. R. Bahl and J. K. Baker, "Perplexity: a measure of the
       difficulty of speech recognition tasks", *Journal of the Acoustical Society of America* 62
       (1977), S63.

    Examples
    --------
    >>> import xentlib
    >>> print(xentlib.perplexity([0.25, 0.25, 0.25, 0.25]))
    4.0
    >>> print(xentlib.perplexity([1, 0, 0], [0.5, 0.25, 0.25]))
    2.0
    """
    if q is None:
        p, axis = check.distributions(p, "p", axis)
        return _by_rows(lambda p, axis: _perplexity(p, p, axis), p, axis=axis)
    p, q, axis = _pair(p, q, axis)
    return _by_rows(_perplexity, p, q, axis=axis)
