"""The functions that lead from logits to probabilities and back."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from xentlib import _plain
from xentlib import _validation as check
from xentlib._blocks import (
    Block,
    Scratch,
    cells,
    each_block,
    row_blocks,
    without_axis,
)
from xentlib._exact import (
    ONE,
    ZERO,
    Array,
    Result,
    Wide,
    choose,
    difference,
    exp,
    is_double,
    is_narrow,
    log1p,
    wide_difference,
)

__all__ = [
    "log_sigmoid",
    "log_softmax",
    "logit",
    "logsumexp",
    "one_hot",
    "sigmoid",
    "softmax",
    "softplus",
]


# --- one logit ------------------------------------------------------------------------------------


class Logits:
    """Logits x with exp(-|x|), which never overflows and on which everything else is built."""

    def __init__(self, x: Array) -> None:
        self.x = x
        self.decay = exp(-np.abs(x))

    def __neg__(self) -> Self:
        """Return the logits -x, for which nothing is computed again."""
        opposite = copy(self)
        opposite.x = -self.x
        return opposite

    def sigmoid(self) -> Wide:
        """Return 1 / (1 + e^-x), written e^x / (1 + e^x) for x < 0."""
        return choose(self.x >= 0, ONE, self.decay) / (ONE + self.decay)

    def softplus(self) -> Wide:
        """Return ln(1 + e^x) as max(x, 0) + ln(1 + e^-|x|)."""
        return Wide.of(np.maximum(self.x, 0.0)) + log1p(self.decay)


def _logit(p: Array) -> Wide:
    """Return ln(p / (1 - p)), near 1/2 as 2 artanh(2p - 1): there 2p - 1 is exact."""
    is_central = (p > 0.25) & (p < 0.75)
    return Wide(np.where(is_central, 2 * np.arctanh(2 * p - 1), np.log(p / (1 - p))))


@np.errstate(all="ignore")
def elementwise(function: Callable[[Array], Wide], argument: Array) -> Result:
    """Apply a function to each element of a checked argument."""
    result, view = np.empty(argument.shape, check.result_dtype(argument)), cells(argument)
    for block in row_blocks(view.shape, argument.ndim):
        block.write_one_per_row(result, function(block.rows(view)).narrow())
    scalar_or_array: Result = result[()]
    return scalar_or_array


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
    where the result is tiny. The chapter ``losses/binary-cross-entropy`` derives it.

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
    return elementwise(lambda x: Logits(x).sigmoid(), check.real_array(x, "x"))


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
    return elementwise(lambda x: -(-Logits(x)).softplus(), check.real_array(x, "x"))


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
    return elementwise(lambda x: Logits(x).softplus(), check.real_array(x, "x"))


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
    near 1/2, where the second form is used. The chapter ``losses/binary-cross-entropy`` derives it.

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
    return elementwise(_logit, check.fractions(p, "p", "probability"))


# --- rows of logits -------------------------------------------------------------------------------


class LogitRows:
    """Rows of logits x with exp(x - m), where m is a row's largest logit: it never overflows.

    `rest` is the sum of exp(x - m) over the row without its largest logit, which would add 1. With
    `careful`, the rounding errors of m - x and of the sum are carried along.
    """

    gap: Array
    lost: Array | None

    def __init__(self, x: Array, axis: int, careful: bool) -> None:
        self.x, self.axis = x, axis
        self.largest = np.max(x, axis=axis, keepdims=True)
        self.is_largest = x == self.largest
        self.gap, self.lost = self.largest - x, None
        if careful:
            self.gap, self.lost = difference(self.largest, x)
        if np.any(np.isinf(self.largest)):
            self.gap = np.where(self.is_largest, 0.0, self.gap)  # inf - inf
        self.decay = exp(-self.gap) if careful else Wide(np.exp(-self.gap))
        ties = np.sum(self.is_largest, axis=axis, keepdims=True) - 1.0  # all but one belong to rest
        self.rest = self.sum(choose(self.is_largest, ZERO, self.decay), self.lost) + Wide(ties)

    def is_class(self, y: Array) -> Array:
        """Tell for each class of each row whether it is y."""
        classes = np.arange(self.x.shape[self.axis])
        return np.asarray(np.expand_dims(classes, 1 - self.axis) == y)

    def sum(self, numbers: Wide, lost: Array | None = None) -> Wide:
        """Return the sum of each row of numbers a, or of a (1 - lost)."""
        if self.lost is None:
            return Wide.of(np.sum(numbers.narrow(), axis=self.axis, keepdims=True))
        return numbers.sum(self.axis, drift=None if lost is None else -lost)

    def softmax(self) -> Wide:
        """Return exp(x - m) / (1 + rest)."""
        decay = self.decay if self.lost is None else self.decay * Wide(1 - self.lost)
        return decay / (ONE + self.rest)

    def log_total(self) -> Wide:
        """Return ln(1 + rest): -ln softmax(x) is m - x and this."""
        return log1p(self.rest)

    def gaps(self, counts: Array) -> Wide:
        """Return m - x, or 0 where it does not count."""
        if self.lost is None:
            return Wide(np.where(counts, self.gap, 0.0))
        gap = wide_difference(self.largest, self.x)
        return choose(counts & ~self.is_largest, gap, ZERO)

    def at(self, y: Array) -> tuple[Wide, Wide]:
        """Return m - x and exp(x - m) of one class of each row."""
        x, is_largest = (np.take_along_axis(a, y, self.axis) for a in (self.x, self.is_largest))
        gap = choose(is_largest, ZERO, wide_difference(self.largest, x))
        return gap, self.decay.at(y, self.axis)


def load_logits(
    block: Block, logits: Array, name: str, careful: bool, ignored: Array | None = None
) -> LogitRows:
    """Return a block of rows that all have a softmax; zeros take the place of ignored rows."""
    x = block.rows(logits)
    rows = LogitRows(x if ignored is None else np.where(ignored, 0.0, x), block.axis, careful)
    largest = rows.largest
    if np.any(np.isinf(largest)):
        problem = "has no finite mass: all its logits are -inf; at least one must be above"
        check.require_rows(largest != -np.inf, logits, name, block, problem)
        problem = "has several logits of +inf; at most one can take all the mass"
        several = (largest == np.inf) & (rows.rest.narrow() >= 1)
        check.require_rows(~several, logits, name, block, problem)
    return rows


def _softmax_like(
    plain: Callable[[Block, Array, bool, Scratch, Array], bool],
    careful: Callable[[LogitRows], Array],
    x: ArrayLike,
    axis: int,
) -> Result:
    """Apply a function to each row of logits; its result has the shape of the logits."""
    x = check.real_array(x, "x")
    axis = check.class_axis(axis, x, "x")
    dtype = check.result_dtype(x)
    result, narrow = np.empty(x.shape, dtype), is_narrow(dtype)

    def work(block: Block, scratch: Scratch) -> bool:
        return is_double(dtype) and plain(block, x, narrow, scratch, result)

    with np.errstate(all="ignore"):
        for block in each_block(row_blocks(x.shape, axis), x.size, work):
            block.write(result, careful(load_logits(block, x, "x", not narrow)))
    return result


def softmax(x: ArrayLike, *, axis: int = -1) -> Result:
    r"""Return the softmax: the probabilities that belong to the logits of a row.

    .. math:: p_j = \frac{e^{x_j}}{\sum_i e^{x_i}}
                  = \frac{e^{x_j - m}}{\sum_i e^{x_i - m}}, \quad m = \max_i x_i

    Parameters
    ----------
    x : array_like
        Logits, at least one axis, in nats.
    axis : int, optional
        The axis along which the classes lie.

    Returns
    -------
    ndarray
        Probabilities in [0, 1] that sum to 1 along `axis`, up to rounding; same shape and floating
        dtype as `x` (float64 if `x` is not floating). A NaN makes its own row NaN.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, or is a masked array, a matrix or the like, or `axis`
        is no integer.
    ValueError
        If there is no such axis or no class, or if a row has no finite mass (all its logits are
        -inf) or several logits of +inf. (A single one takes all the mass.)

    See Also
    --------
    log_softmax : The logarithm, exact where the softmax underflows.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64, also
    where the result is tiny. A class with the logit -inf is masked: it gets 0. The chapter
    ``losses/softmax-cross-entropy`` derives the second form, which cannot overflow.

    References
    ----------
    .. [1] J. S. Bridle, "Probabilistic interpretation of feedforward classification network
       outputs, with relationships to statistical pattern recognition", *Neurocomputing*, Springer,
       1990, 227-236.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.softmax([1.0, 2.0, 3.0]).round(2)
    array([0.09, 0.24, 0.67])
    """
    return _softmax_like(_plain.softmax, lambda rows: rows.softmax().narrow(), x, axis)


def log_softmax(x: ArrayLike, *, axis: int = -1) -> Result:
    r"""Return the logarithm of the softmax: the log-probabilities that belong to a row of logits.

    .. math:: \ln p_j = -\left[ (m - x_j) + \ln\left( 1 + s \right) \right], \quad
        m = x_k = \max_i x_i, \quad s = \sum_{i \ne k} e^{x_i - m}

    Parameters
    ----------
    x : array_like
        Logits, at least one axis, in nats.
    axis : int, optional
        The axis along which the classes lie.

    Returns
    -------
    ndarray
        Log-probabilities in nats, at most 0; same shape and floating dtype as `x` (float64 if `x`
        is not floating). A NaN makes its own row NaN.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, or is a masked array, a matrix or the like, or `axis`
        is no integer.
    ValueError
        If there is no such axis or no class, or if a row has no finite mass (all its logits are
        -inf) or several logits of +inf. (A single one takes all the mass.)

    See Also
    --------
    softmax : The probabilities themselves.
    sparse_softmax_cross_entropy : Minus one entry of this for each row.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64: both
    terms have the same sign, so nothing cancels, and a probability that rounds to 1 still has its
    small negative logarithm. The chapter ``losses/softmax-cross-entropy`` derives it.

    References
    ----------
    .. [1] P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and
       softmax functions", *IMA Journal of Numerical Analysis* 41 (2021), 2311-2330.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.log_softmax([1.0, 2.0, 3.0]).round(4)
    array([-2.4076, -1.4076, -0.4076])
    >>> xentlib.log_softmax([0.0, 40.0])
    array([-4.00000000e+01, -4.24835426e-18])
    """
    return _softmax_like(
        _plain.log_softmax, lambda rows: -(rows.gap + rows.log_total().narrow()), x, axis
    )


def logsumexp(x: ArrayLike, *, axis: int = -1) -> Result:
    r"""Return the logarithm of a sum of exponentials: a smooth maximum of the logits of a row.

    .. math:: \ln \sum_j e^{x_j} = m + \ln(1 + s), \quad
        m = x_k = \max_j x_j, \quad s = \sum_{j \ne k} e^{x_j - m}

    Parameters
    ----------
    x : array_like
        Logits, at least one axis, in nats.
    axis : int, optional
        The axis along which the classes lie.

    Returns
    -------
    ndarray or NumPy scalar
        Numbers in nats, of the shape of `x` without the axis, or one number if there is no other
        axis; dtype of `x` (float64 if `x` is not floating). -inf for a row of -inf, inf for a row
        that contains inf, NaN for a row that contains NaN.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, or is a masked array, a matrix or the like, or `axis`
        is no integer.
    ValueError
        If there is no such axis or no class.

    See Also
    --------
    softmax : The gradient of this function.
    softplus : The same for the logits 0 and x.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64, in
    units of the last place of the largest of :math:`|m|`, :math:`\ln(1 + s)` and the result: where
    the two terms cancel, a float64 sum of them has lost digits. The chapter
    ``losses/softmax-cross-entropy`` derives the second form.

    References
    ----------
    .. [1] P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and
       softmax functions", *IMA Journal of Numerical Analysis* 41 (2021), 2311-2330.

    Examples
    --------
    >>> import xentlib
    >>> print(xentlib.logsumexp([1.0, 2.0, 3.0]).round(4))
    3.4076
    >>> print(xentlib.logsumexp([[1000.0, 1000.0], [0.0, 0.0]]).round(4))
    [1.0006931e+03 6.9310000e-01]
    """
    x = check.real_array(x, "x")
    axis = check.class_axis(axis, x, "x")
    dtype = check.result_dtype(x)
    result = np.empty(without_axis(x.shape, axis), dtype)

    def work(block: Block, scratch: Scratch) -> bool:
        if not is_double(dtype):
            return False
        parts = _plain.largest_and_log_total(block, x, is_narrow(dtype), scratch)
        if parts is not None:
            block.write_one_per_row(result, parts[0] + parts[1])
        return parts is not None

    with np.errstate(all="ignore"):
        for block in each_block(row_blocks(x.shape, axis), x.size, work):
            rows = LogitRows(block.rows(x), block.axis, careful=not is_narrow(dtype))
            block.write_one_per_row(result, rows.largest + rows.log_total().narrow())
    scalar_or_array: Result = result[()]
    return scalar_or_array


def one_hot(
    labels: ArrayLike, num_classes: int, *, axis: int = -1, dtype: DTypeLike = np.float64
) -> Array:
    r"""Return a row for each label that is 1 at the label and 0 elsewhere.

    .. math:: y_j = [\, j = \text{label} \,]

    Parameters
    ----------
    labels : array_like
        Indices of classes, integers from 0 to ``num_classes - 1``, any shape.
    num_classes : int
        The number of classes, at least 1.
    axis : int, optional
        Where the result has the axis of the classes.
    dtype : dtype, optional
        Boolean, integer or floating.

    Returns
    -------
    ndarray
        The shape of `labels` with `num_classes` inserted at `axis`. The entries are probabilities:
        pure numbers, not nats.

    Raises
    ------
    TypeError
        If a label, `num_classes` or `axis` is no integer, or `dtype` is no type of real numbers.
    IndexError
        If a label is not the index of a class.
    ValueError
        If `num_classes` is below 1, there is no such axis, or `labels` is ragged.

    See Also
    --------
    softmax_cross_entropy : Takes such rows as labels.
    sparse_softmax_cross_entropy : Takes the indices themselves, and never builds the rows.

    Notes
    -----
    Nothing is rounded. The chapter ``losses/sparse-softmax-cross-entropy`` shows that both losses
    agree.

    References
    ----------
    .. [1] C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006, section 2.2
       (1-of-K coding).

    Examples
    --------
    >>> import xentlib
    >>> xentlib.one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    classes = check.at_least_one(num_classes, "num_classes")
    labels = check.class_labels(labels, "labels", classes)
    axis = check.axis(axis, labels.ndim + 1, "the result")
    result = np.zeros(
        (*labels.shape[:axis], classes, *labels.shape[axis:]), check.real_dtype(dtype)
    )
    np.put_along_axis(result, np.expand_dims(labels.astype(np.intp), axis), 1, axis)
    return result
