"""The cross-entropy losses.

Each loss has four parts: its terms, their slopes, a function that checks the arguments and brings
both together, and the public function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from xentlib import _plain
from xentlib import _validation as check
from xentlib._blocks import BLOCK_SIZE, Block, Scratch, cells, parts, row_blocks
from xentlib._exact import (
    ONE,
    ZERO,
    Array,
    Result,
    Wide,
    choose,
    exp_of_minus_product,
    is_double,
    is_narrow,
    log1p,
    total,
    twofold_log1p_exp,
    widened,
)
from xentlib._plain import Write
from xentlib.activations import LogitRows, Logits, load_logits
from xentlib.gradients import (
    BlockEvaluation,
    Evaluation,
    TermsAndSlopes,
    differentiable,
    positive_divisor,
)

__all__ = [
    "binary_cross_entropy",
    "sigmoid_cross_entropy",
    "sigmoid_focal_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


def _labels_and_logits(
    labels: ArrayLike, logits: ArrayLike
) -> tuple[Array, Array, Callable[[], Array]]:
    """Return both as arrays of one shape, and what refuses labels that are not in [0, 1]."""
    labels, logits = check.real_array(labels, "labels"), check.real_array(logits, "logits")
    validate = partial(check.fractions, labels, "labels", "label")
    if labels.shape != logits.shape:
        validate()
    check.same_shape(labels=labels, logits=logits)
    return labels, logits, validate


# --- softmax cross-entropy ------------------------------------------------------------------------


def _softmax_terms(x: LogitRows, y: Wide, mass: Wide) -> Wide:
    """Return sum y (m - x) + sum y ln(1 + rest): no term is negative, so nothing cancels."""
    return x.sum(y * x.gaps(y.mantissa != 0)) + mass * x.log_total()


def _softmax_slopes(x: LogitRows, y: Wide, mass: Wide) -> Wide:
    """Return mass p - y; for the largest logit as a quotient in which one-hot labels cancel."""
    at_largest = (mass - y - y * x.rest) / (ONE + x.rest)
    return choose(x.is_largest, at_largest, x.softmax() * mass - y)


def _weighted(y: Wide, w: Wide, e: Array, classes: int) -> Wide:
    """Return the smoothed labels y (1 - e) + e/C, each times the weight of its class."""
    if e != 0:
        y = y * Wide.of(1 - e) + Wide.of(e) / Wide.of(np.asarray(float(classes)))
    return y * w


@np.errstate(all="ignore")
def _label_mass(labels: Array, axis: int, weights: Array) -> Wide:
    """Return the sum of all labels, each times the weight of its class: a mean divides by it."""
    sums = []
    for block in row_blocks(labels.shape, axis):
        classes = _plain.one_hot_classes(block, labels)
        if classes is not None:
            sums.append(Wide.of(weights[classes]).sum())
            continue
        y, w = Wide.of(block.rows(labels)), Wide.of(block.along_classes(weights))
        sums.append((y * w).sum())
    return positive_divisor(total(sums), labels.shape, "labels times weights")


def _evaluate_softmax(
    labels: ArrayLike,
    logits: ArrayLike,
    axis: int,
    weights: ArrayLike | None,
    label_smoothing: float,
    reduction: str,
) -> Evaluation:
    labels, logits, validate = _labels_and_logits(labels, logits)
    axis = check.class_axis(axis, logits, "logits")
    class_weights = widened(check.class_weights(weights, "weights", logits.shape[axis]))
    smoothing = check.fraction(label_smoothing, "label_smoothing")
    check.reduction(reduction)
    divisor = ONE
    if reduction == "mean":
        validate()
        divisor = _label_mass(labels, axis, class_weights)
    dtype = check.result_dtype(logits)
    careful = not is_narrow(dtype) or weights is not None or not divisor.is_tame()

    def evaluate(block: Block) -> BlockEvaluation:
        x = load_logits(block, logits, "logits", careful)
        w = ONE if weights is None else Wide.of(block.along_classes(class_weights))
        y = Wide.of(block.rows(labels)) if careful else Wide(block.rows(labels))
        y = _weighted(y, w, smoothing, logits.shape[axis])
        point = x, y, x.sum(y)
        terms, slopes = partial(_softmax_terms, *point), partial(_softmax_slopes, *point)
        return BlockEvaluation(terms, slopes, ONE, divisor)

    def plain(block: Block, scratch: Scratch, write: Write | None) -> Array | None:
        y = _plain.one_hot_classes(block, labels)
        if y is None:
            return None
        return _plain.hard_softmax(block, logits, y, is_narrow(dtype), scratch, write)

    is_plain = weights is None and smoothing == 0 and is_double(dtype) and divisor.is_tame()
    return Evaluation(
        evaluate,
        logits.shape,
        axis,
        divisor,
        reduction,
        dtype,
        plain=plain if is_plain else None,
        validate=validate,
    )


@differentiable(_evaluate_softmax)
def softmax_cross_entropy(
    labels: ArrayLike,
    logits: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "none",
) -> Result:
    r"""Return the cross-entropy between labels and the softmax of logits, one number per row.

    For a row of labels :math:`y_j`, logits :math:`x_j` and class weights :math:`w_j`,

    .. math::
        L &= -\sum_j w_j y_j \ln p_j, \quad p_j = \frac{e^{x_j}}{\sum_i e^{x_i}}, \\
          &= \sum_j w_j y_j (m - x_j) + \Big( \sum_j w_j y_j \Big) \ln(1 + s),

    where :math:`m = x_k` is the largest logit and :math:`s = \sum_{j \ne k} e^{x_j - m}`.

    Parameters
    ----------
    labels : array_like
        Probabilities of the classes, in [0, 1]: one-hot rows or soft labels. Rows need not sum to
        1: the value is the sum above, and the gradient is the derivative of that.
    logits : array_like
        Real numbers of exactly the same shape as `labels`, in nats; -inf masks a class.
    axis : int, optional
        The axis along which the classes lie.
    weights : array_like, optional
        One factor for each class, finite and at least 0. As in PyTorch for labels that are
        probabilities, it multiplies the term of its class.
    label_smoothing : float, optional
        A number :math:`\varepsilon` in [0, 1]: the labels of :math:`C` classes become
        :math:`y_j (1 - \varepsilon) + \varepsilon / C`.
    reduction : {"none", "sum", "mean"}, optional
        Whether to return every row's loss, their sum, or their sum divided by the sum of
        :math:`w_j y_j` over all rows, with the labels as given, before smoothing. For one-hot
        labels that is the weight of each row's class; without weights, the number of rows.

    Returns
    -------
    ndarray or NumPy scalar
        Losses in nats, of the shape of `labels` without the axis, or one number if reduced. The
        dtype is that of `logits` (float64 if that is not floating). A NaN stays in its own row.

    Raises
    ------
    TypeError
        If an argument is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If a label is outside [0, 1], shapes differ, there is no such axis or no class, a weight is
        negative or not finite, an option has no meaning, a mean is taken over nothing, or a row of
        logits has no finite mass (all -inf) or several logits of +inf.

    See Also
    --------
    sparse_softmax_cross_entropy : The same for labels that are indices of classes.
    sigmoid_cross_entropy : For classes that do not exclude each other.
    value_and_grad : The loss and its gradient with respect to the logits.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types. In float64 it is at most 4 ulp for
    one-hot labels, and at most 8 ulp for soft labels. Results too small for normal numbers are
    right to one smallest subnormal (with weights or a mean, in float64, to two). Limits are
    honoured: a class with the logit -inf counts nothing if its label is 0 and makes the loss
    infinite otherwise; a logit of +inf takes all the mass. The chapter
    ``losses/softmax-cross-entropy`` derives the formula, ``practice/weights-and-variants`` the
    weights, and ``practice/smoothing-and-temperature`` the smoothing.

    References
    ----------
    .. [1] C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006, section 4.3.4.
    .. [2] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the Inception
       architecture for computer vision", *CVPR*, 2016 (label smoothing).

    Examples
    --------
    >>> import xentlib
    >>> labels = [[0, 0, 1], [0.5, 0.5, 0]]
    >>> logits = [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    >>> xentlib.softmax_cross_entropy(labels, logits).round(4)
    array([0.4076, 1.9076])

    A confident, correct answer still costs something:

    >>> print(f"{xentlib.softmax_cross_entropy([0, 1], [0.0, 40.0]):.4e}")
    4.2484e-18
    """
    return _evaluate_softmax(labels, logits, axis, weights, label_smoothing, reduction).value()


# --- sparse softmax cross-entropy -----------------------------------------------------------------


def _sparse_softmax_terms(x: LogitRows, y: Array) -> Wide:
    """Return (m - x_y) + ln(1 + rest): no term is negative, so nothing cancels."""
    gap, _ = x.at(y)
    return gap + x.log_total()


def _sparse_softmax_slopes(x: LogitRows, y: Array) -> Wide:
    """Return p, and for the label p - 1 as a quotient in which 1 cancels for the largest logit."""
    _, decay = x.at(y)
    own = (decay - ONE - x.rest) / (ONE + x.rest)
    return choose(x.is_class(y), own, x.softmax())


@np.errstate(all="ignore")
def _total_label_weight(labels: Array, ignored: int | None, weights: Array) -> Wide:
    """Return the sum of the weights of all labels that are not ignored: a mean divides by it."""
    counts = np.zeros(len(weights))
    for index, _ in parts(labels.shape, BLOCK_SIZE):
        part = np.ravel(labels[index]).astype(np.intp)
        part = part if ignored is None else part[part != ignored]
        counts += np.bincount(part, minlength=len(weights))
    if labels.size and not np.any(counts):
        raise ValueError(f"labels are all {ignored}, the ignore_index; a mean needs another one.")
    return positive_divisor((Wide.of(counts) * Wide.of(weights)).sum(), labels.shape)


def _evaluate_sparse_softmax(
    labels: ArrayLike,
    logits: ArrayLike,
    axis: int,
    weights: ArrayLike | None,
    label_smoothing: float,
    ignore_index: int | None,
    reduction: str,
) -> Evaluation:
    logits = check.real_array(logits, "logits")
    axis = check.class_axis(axis, logits, "logits")
    classes = logits.shape[axis]
    ignored = None if ignore_index is None else check.integer(ignore_index, "ignore_index")
    labels = check.class_labels(labels, "labels", classes, ignored)
    check.one_per_row(labels, logits, axis)
    class_weights = widened(check.class_weights(weights, "weights", classes))
    smoothing = check.fraction(label_smoothing, "label_smoothing")
    check.reduction(reduction)
    is_mean = reduction == "mean"
    divisor = _total_label_weight(labels, ignored, class_weights) if is_mean else ONE
    dtype = check.result_dtype(logits)
    careful = not is_narrow(dtype) or weights is not None

    def evaluate(block: Block) -> BlockEvaluation:
        y, skip = block.one_per_row(labels), None
        if ignored is not None:
            skip = y == ignored
            y = np.where(skip, 0, y)
        y = y.astype(np.intp)
        x = load_logits(block, logits, "logits", careful, skip)
        if smoothing == 0:
            w = ONE if weights is None else Wide.of(class_weights[y])
            terms, slopes = (
                partial(_sparse_softmax_terms, x, y),
                partial(_sparse_softmax_slopes, x, y),
            )
        else:
            w = ONE if weights is None else Wide.of(block.along_classes(class_weights))
            soft = _weighted(Wide(x.is_class(y).astype(np.float64)), w, smoothing, classes)
            point = x, soft, x.sum(soft)
            w, terms, slopes = (
                ONE,
                partial(_softmax_terms, *point),
                partial(_softmax_slopes, *point),
            )
        w = w if skip is None else choose(skip, ZERO, w)
        return BlockEvaluation(terms, slopes, w, divisor)

    def plain(block: Block, scratch: Scratch, write: Write | None) -> Array | None:
        y = np.ravel(labels[block.index]).astype(np.intp, copy=False)
        return _plain.hard_softmax(block, logits, y, is_narrow(dtype), scratch, write)

    options = weights is None and smoothing == 0 and ignored is None
    return Evaluation(
        evaluate,
        logits.shape,
        axis,
        divisor,
        reduction,
        dtype,
        plain=plain if options and is_double(dtype) and divisor.is_tame() else None,
    )


@differentiable(_evaluate_sparse_softmax)
def sparse_softmax_cross_entropy(
    labels: ArrayLike,
    logits: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    reduction: str = "none",
) -> Result:
    r"""Return the cross-entropy between classes, given by index, and the softmax of logits.

    For a row with the label :math:`y`, logits :math:`x_j` and class weights :math:`w_j`,

    .. math::
        L = -w_y \ln p_y = w_y \left[ (m - x_y) + \ln(1 + s) \right],
        \quad p_j = \frac{e^{x_j}}{\sum_i e^{x_i}},

    where :math:`m = x_k` is the largest logit and :math:`s = \sum_{j \ne k} e^{x_j - m}`. It is
    `softmax_cross_entropy` of the one-hot rows of the labels, which are never built.

    Parameters
    ----------
    labels : array_like
        Indices of classes: integers from 0 to :math:`C - 1`, of the shape of `logits` without the
        axis of the :math:`C` classes.
    logits : array_like
        Real numbers in nats; -inf masks a class.
    axis : int, optional
        The axis of `logits` along which the classes lie.
    weights : array_like, optional
        One factor for each class, finite and at least 0. As in PyTorch, it multiplies the term of
        its class: the whole loss of a row without smoothing.
    label_smoothing : float, optional
        A number :math:`\varepsilon` in [0, 1]: the one-hot labels :math:`y_j` become
        :math:`y_j (1 - \varepsilon) + \varepsilon / C`.
    ignore_index : int, optional
        Rows with this label take no part: their loss and gradient are 0, whatever their logits.
    reduction : {"none", "sum", "mean"}, optional
        Whether to return every row's loss, their sum, or their sum divided by the sum of
        :math:`w_y` over the rows that take part (their number, without weights).

    Returns
    -------
    ndarray or NumPy scalar
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `logits` (float64 if that is not floating). A NaN stays in its own row.

    Raises
    ------
    TypeError
        If a label is no integer, or another argument is not made of real numbers, or is a masked
        array, a matrix or the like.
    IndexError
        If a label is not the index of a class.
    ValueError
        If the shapes do not fit, there is no such axis or no class, a weight is negative or not
        finite, an option has no meaning, a mean is taken over nothing, or a row of logits has no
        finite mass (all -inf) or several logits of +inf.

    See Also
    --------
    softmax_cross_entropy : The same for labels that are probabilities.
    one_hot : Turns indices into such labels.
    value_and_grad : The loss and its gradient with respect to the logits.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types. In float64 it is at most 4 ulp, and
    at most 8 ulp with label smoothing. Results too small for normal numbers are right to one
    smallest subnormal (with weights or a mean, in float64, to two). Limits are honoured: the loss
    is infinite if the label's logit is -inf and 0 if it is +inf. The chapter
    ``losses/sparse-softmax-cross-entropy`` shows that it is the loss for one-hot labels,
    ``practice/weights-and-variants`` explains the weights and what a mean divides by, and
    ``practice/smoothing-and-temperature`` the smoothing.

    References
    ----------
    .. [1] C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006, section 4.3.4.
    .. [2] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the Inception
       architecture for computer vision", *CVPR*, 2016 (label smoothing).

    Examples
    --------
    >>> import xentlib
    >>> xentlib.sparse_softmax_cross_entropy([2, 0], [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]).round(4)
    array([0.4076, 2.4076])

    Padding takes no part in a mean:

    >>> logits = [[1.0, 2.0, 3.0], [float("nan")] * 3]
    >>> padded = {"ignore_index": -1, "reduction": "mean"}
    >>> print(xentlib.sparse_softmax_cross_entropy([2, -1], logits, **padded).round(4))
    0.4076
    """
    return _evaluate_sparse_softmax(
        labels, logits, axis, weights, label_smoothing, ignore_index, reduction
    ).value()


# --- sigmoid cross-entropy ------------------------------------------------------------------------


def _sigmoid_terms(z: Wide, not_z: Wide, x: Logits, q: Wide) -> Wide:
    """Return q z softplus(-x) + (1 - z) softplus(x): no term is negative, so nothing cancels."""
    return q * z * (-x).softplus() + not_z * x.softplus()


def _sigmoid_slopes(z: Wide, not_z: Wide, x: Logits, q: Wide) -> Wide:
    """Return the derivative with respect to x: (1 - z) sigmoid(x) - q z sigmoid(-x)."""
    return not_z * x.sigmoid() - q * z * (-x).sigmoid()


def _smoothed(z: Array, e: Array) -> tuple[Wide, Wide]:
    """Return the smoothed label z (1 - e) + e/2 and its complement, which no subtraction forms."""
    keep, half = Wide.of(1 - e), Wide.of(e) * Wide.of(np.asarray(0.5))
    return Wide.of(z) * keep + half, Wide.of(1 - z) * keep + half


def _evaluate_sigmoid(
    labels: ArrayLike,
    logits: ArrayLike,
    weights: ArrayLike | None,
    pos_weight: ArrayLike | None,
    label_smoothing: float,
    reduction: str,
) -> Evaluation:
    labels, logits, validate = _labels_and_logits(labels, logits)
    factors = check.factors(pos_weight, "pos_weight", labels.shape)
    positive = np.broadcast_to(factors, labels.shape)
    smoothing = check.fraction(label_smoothing, "label_smoothing")

    def point(block: Block) -> TermsAndSlopes:
        z, not_z = _smoothed(block.rows(cells(labels)), smoothing)
        x, q = Logits(block.rows(cells(logits))), Wide.of(block.rows(cells(positive)))
        return partial(_sigmoid_terms, z, not_z, x, q), partial(_sigmoid_slopes, z, not_z, x, q)

    def plain(block: Block, scratch: Scratch, write: Write | None) -> Array | None:
        return _plain.sigmoid(block, cells(labels), cells(logits), scratch, write)

    has_options = pos_weight is not None or smoothing != 0
    return Evaluation.of_elements(
        point,
        like=logits,
        weights=weights,
        reduction=reduction,
        plain=None if has_options else plain,
        validate=validate,
    )


@differentiable(_evaluate_sigmoid)
def sigmoid_cross_entropy(
    labels: ArrayLike,
    logits: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    pos_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "none",
) -> Result:
    r"""Return the cross-entropy between labels and the sigmoids of logits.

    For a label :math:`z`, a logit :math:`x`, a weight :math:`w` and a positive weight :math:`q`,

    .. math::
        L &= w \left[ -q z \ln \sigma(x) - (1 - z) \ln(1 - \sigma(x)) \right] \\
          &= w \left[ q z \ln(1 + e^{-x}) + (1 - z) \ln(1 + e^x) \right].

    Each element is a decision of its own: classes need not exclude each other.

    Parameters
    ----------
    labels : array_like
        Probabilities that the answer is yes, in [0, 1]: 0 and 1, or soft labels between.
    logits : array_like
        Real numbers of exactly the same shape as `labels`, in nats.
    weights : array_like, optional
        Factors of the elements, finite and at least 0, that broadcast to the shape of `labels`.
    pos_weight : array_like, optional
        Factors of the term of the positive label, likewise.
    label_smoothing : float, optional
        A number :math:`\varepsilon` in [0, 1]: the labels become
        :math:`z (1 - \varepsilon) + \varepsilon / 2`.
    reduction : {"none", "sum", "mean"}, optional
        Whether to return every loss, their sum, or their sum divided by the sum of the weights.

    Returns
    -------
    ndarray or NumPy scalar
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `logits` (float64 if that is not floating). A NaN logit gives NaN in its own element.

    Raises
    ------
    TypeError
        If an argument is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If a label is outside [0, 1], shapes differ, a weight is negative or not finite, an option
        has no meaning, or a mean is taken over nothing.

    See Also
    --------
    binary_cross_entropy : The same for probabilities instead of logits.
    value_and_grad : The loss and its gradient with respect to the logits.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types. In float64 it is at most 4 ulp for
    labels 0 and 1, and at most 8 ulp for soft labels. Results too small for normal numbers are
    right to one smallest subnormal. Sums carry their rounding errors along: reduced losses keep the
    bounds and do not depend on the order of the elements in memory. Infinite logits give the
    limits, 0 and infinity. The chapter ``losses/sigmoid-cross-entropy`` derives the formula,
    ``practice/weights-and-variants`` the positive weight, and
    ``practice/smoothing-and-temperature`` the smoothing.

    References
    ----------
    .. [1] I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning*, MIT Press, 2016,
       section 6.2.2.2.
    .. [2] C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the Inception
       architecture for computer vision", *CVPR*, 2016 (label smoothing).

    Examples
    --------
    >>> import xentlib
    >>> xentlib.sigmoid_cross_entropy([1, 0, 1], [0.5, 0.7, 40.0]).round(4)
    array([0.4741, 1.1032, 0.    ])

    A confident, correct answer still costs something:

    >>> print(f"{xentlib.sigmoid_cross_entropy(1, 40.0):.4e}")
    4.2484e-18
    """
    return _evaluate_sigmoid(
        labels, logits, weights, pos_weight, label_smoothing, reduction
    ).value()


# --- sigmoid focal cross-entropy ------------------------------------------------------------------


class FocalLogits(Logits):
    """Logits with the powers of p = sigmoid(|x|) and of 1 - p, from which the focus is made.

    A power magnifies the relative error of its base as often as gamma tells. With `careful`, the
    logarithm of the base therefore has twice the digits.
    """

    def __init__(self, x: Array, gamma: Array, careful: bool) -> None:
        super().__init__(x)
        self.gamma, self.has_focus = Wide.of(gamma), bool(gamma > 0)
        if self.has_focus:
            size = np.abs(x)
            parts = twofold_log1p_exp(-size) if careful else (log1p(self.decay).narrow(),)
            self.sure_power = exp_of_minus_product(gamma, *parts)
            self.doubt_power = exp_of_minus_product(gamma, size) * self.sure_power

    def doubt(self) -> Wide:
        """Return (1 - sigmoid(x))^gamma = exp(-gamma max(x, 0)) exp(-gamma ln(1 + e^-|x|))."""
        if not self.has_focus:
            return ONE
        return choose(self.x > 0, self.doubt_power, self.sure_power)


def _focal_terms(yes: Wide, no: Wide, x: FocalLogits) -> Wide:
    """Return the sigmoid cross-entropy with each part times a power of what its answer lacks."""
    return yes * x.doubt() * (-x).softplus() + no * (-x).doubt() * x.softplus()


def _focal_slopes(yes: Wide, no: Wide, x: FocalLogits) -> Wide:
    """Return the derivative with respect to x: the difference of two parts like `_focal_slope`."""
    return no * _focal_slope(x) - yes * _focal_slope(-x)


def _focal_slope(x: FocalLogits) -> Wide:
    """Return p^gamma (p + gamma (1 - p) softplus(x)), the derivative of p^gamma softplus(x)."""
    inner = x.gamma * (-x).sigmoid() * x.softplus() + x.sigmoid()
    return (-x).doubt() * inner


@np.errstate(all="ignore")
def _evaluate_focal(
    labels: ArrayLike,
    logits: ArrayLike,
    gamma: float,
    alpha: float | None,
    weights: ArrayLike | None,
    reduction: str,
) -> Evaluation:
    labels = check.fractions(labels, "labels", "label")
    logits = check.real_array(logits, "logits")
    check.same_shape(labels=labels, logits=logits)
    focus = check.at_least_zero(gamma, "gamma")
    share = None if alpha is None else check.fraction(alpha, "alpha")
    careful = check.result_dtype(logits).type is np.float64

    def point(block: Block) -> TermsAndSlopes:
        z, x = block.rows(cells(labels)), FocalLogits(block.rows(cells(logits)), focus, careful)
        yes, no = Wide.of(z), Wide.of(1 - z)
        if share is not None:
            yes, no = yes * Wide.of(share), no * Wide.of(1 - share)
        return partial(_focal_terms, yes, no, x), partial(_focal_slopes, yes, no, x)

    return Evaluation.of_elements(point, like=logits, weights=weights, reduction=reduction)


@differentiable(_evaluate_focal)
def sigmoid_focal_cross_entropy(
    labels: ArrayLike,
    logits: ArrayLike,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    weights: ArrayLike | None = None,
    reduction: str = "none",
) -> Result:
    r"""Return the focal loss: the sigmoid cross-entropy with less weight on what is easy.

    For a label :math:`z`, a logit :math:`x` with :math:`p = \sigma(x)`, and a weight :math:`w`,

    .. math::
        L = w \left[ -\alpha z (1 - p)^\gamma \ln p
            - (1 - \alpha) (1 - z) p^\gamma \ln(1 - p) \right].

    Without `alpha`, neither :math:`\alpha` nor :math:`1 - \alpha` is a factor.

    Parameters
    ----------
    labels : array_like
        Probabilities that the answer is yes, in [0, 1]: 0 and 1, or soft labels between, which
        weigh the two terms.
    logits : array_like
        Real numbers of exactly the same shape as `labels`, in nats.
    gamma : float, optional
        The focus, finite and at least 0: how strongly confident, correct answers are discounted. 0
        gives the sigmoid cross-entropy.
    alpha : float, optional
        The weight of the positive labels, in [0, 1]; the negative ones have ``1 - alpha``.
    weights : array_like, optional
        Factors of the elements, finite and at least 0, that broadcast to the shape of `labels`.
    reduction : {"none", "sum", "mean"}, optional
        Whether to return every loss, their sum, or their sum divided by the sum of the weights (of
        which `alpha` is no part).

    Returns
    -------
    ndarray or NumPy scalar
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `logits` (float64 if that is not floating). A NaN logit gives NaN in its own element.

    Raises
    ------
    TypeError
        If an argument is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If a label is outside [0, 1], shapes differ, a weight is negative or not finite, an option
        has no meaning, or a mean is taken over nothing.

    See Also
    --------
    sigmoid_cross_entropy : The same without a focus.
    value_and_grad : The loss and its gradient with respect to the logits.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types and 8 ulp in float64, whatever
    `gamma` is: the power magnifies the errors of its base, whose logarithm is therefore computed
    with twice the digits. The chapter ``practice/weights-and-variants`` derives it.

    References
    ----------
    .. [1] T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, "Focal loss for dense object
       detection", *ICCV*, 2017.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.sigmoid_focal_cross_entropy([1, 1, 0], [3.0, -3.0, -3.0], alpha=0.25).round(5)
    array([3.0000e-05, 6.9157e-01, 8.0000e-05])
    """
    return _evaluate_focal(labels, logits, gamma, alpha, weights, reduction).value()


# --- binary cross-entropy -------------------------------------------------------------------------


def _binary_terms(y: Array, p: Array) -> Wide:
    """Return -y ln p - (1 - y) ln(1 - p), where 0 ln 0 = 0: no term is negative."""
    yes, no = Wide.of(-np.log(p)), Wide.of(-np.log1p(-p))
    return Wide.of(y) * yes + Wide.of(1 - y) * no


def _binary_slopes(y: Array, p: Array) -> Wide:
    """Return the derivative with respect to p: (p - y) / (p (1 - p)), cancelled for y = 0 and 1."""
    numerator = np.select([y == 0, y == 1], [ONE.mantissa, -ONE.mantissa], p - y)
    denominator = np.select([y == 0, y == 1], [1 - p, p], p * (1 - p))
    return Wide.of(numerator) / Wide.of(denominator)


def _evaluate_binary(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None,
    reduction: str,
) -> Evaluation:
    labels = check.real_array(labels, "labels")
    probabilities = check.real_array(probabilities, "probabilities")

    def validate() -> None:
        check.fractions(labels, "labels", "label")
        check.fractions(probabilities, "probabilities", "probability")

    if labels.shape != probabilities.shape:
        validate()
    check.same_shape(labels=labels, probabilities=probabilities)

    def point(block: Block) -> TermsAndSlopes:
        y, p = block.rows(cells(labels)), np.abs(block.rows(cells(probabilities)))  # -0.0 is 0.0
        return partial(_binary_terms, y, p), partial(_binary_slopes, y, p)

    def plain(block: Block, scratch: Scratch, write: Write | None) -> Array | None:
        return _plain.binary(block, cells(labels), cells(probabilities), scratch, write)

    return Evaluation.of_elements(
        point,
        like=probabilities,
        weights=weights,
        reduction=reduction,
        plain=plain,
        validate=validate,
    )


@differentiable(_evaluate_binary)
def binary_cross_entropy(
    labels: ArrayLike,
    probabilities: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    reduction: str = "none",
) -> Result:
    r"""Return the cross-entropy between labels and probabilities.

    For a label :math:`y`, a probability :math:`p` and a weight :math:`w`,

    .. math:: L = w \left[ -y \ln p - (1 - y) \ln(1 - p) \right],
        \quad\text{where } 0 \ln 0 = 0.

    Parameters
    ----------
    labels : array_like
        Probabilities that the answer is yes, in [0, 1]: 0 and 1, or soft labels between.
    probabilities : array_like
        Predicted probabilities in [0, 1], of exactly the same shape as `labels`.
    weights : array_like, optional
        Factors of the elements, finite and at least 0, that broadcast to the shape of `labels`.
    reduction : {"none", "sum", "mean"}, optional
        Whether to return every loss, their sum, or their sum divided by the sum of the weights.

    Returns
    -------
    ndarray or NumPy scalar
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `probabilities` (float64 if that is not floating).

    Raises
    ------
    TypeError
        If an argument is not made of real numbers, or is a masked array, a matrix or the like.
    ValueError
        If a label or a probability is NaN or outside [0, 1], shapes differ, a weight is negative or
        not finite, the reduction is unknown, or a mean is taken over nothing.

    See Also
    --------
    sigmoid_cross_entropy : The same for logits, and more exact than probabilities allow.
    value_and_grad : The loss and its gradient with respect to the probabilities.

    Notes
    -----
    The error is at most 0.51 ulp in float32 and narrower types. In float64 it is at most 4 ulp for
    labels 0 and 1, and at most 8 ulp for soft labels. Nothing is clipped: probabilities 0 and 1
    give the limits, 0 and infinity. Reduced losses keep the bounds and do not depend on the order
    of the elements in memory. The chapter ``losses/binary-cross-entropy`` derives it, and
    ``losses/sigmoid-cross-entropy`` derives the loss for logits from it.

    References
    ----------
    .. [1] C. M. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006, section 4.3.2.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.binary_cross_entropy([0, 1], [0.2, 0.6]).round(4)
    array([0.2231, 0.5108])
    >>> round(float(xentlib.binary_cross_entropy([0, 1], [0.2, 0.6], reduction="mean")), 5)
    0.36698
    """
    return _evaluate_binary(labels, probabilities, weights, reduction).value()
