"""The cross-entropy losses.

Each loss has four parts: its terms, their slopes, a function that checks the arguments and brings
both together, and the public function.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from xentlib import _validation as check
from xentlib._exact import ONE, Array, Result, Wide, widened
from xentlib.activations import Logits
from xentlib.gradients import Evaluation, differentiable

__all__ = ["binary_cross_entropy", "sigmoid_cross_entropy"]


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


@np.errstate(all="ignore")
def _evaluate_sigmoid(
    labels: ArrayLike,
    logits: ArrayLike,
    weights: ArrayLike | None,
    pos_weight: ArrayLike | None,
    label_smoothing: float,
    reduction: str,
) -> Evaluation:
    labels = check.fractions(labels, "labels", "label")
    logits = check.real_array(logits, "logits")
    check.same_shape(labels=labels, logits=logits)
    pos_weight = check.factors(pos_weight, "pos_weight", labels.shape)
    smoothing = check.fraction(label_smoothing, "label_smoothing")

    z, not_z = _smoothed(widened(labels), smoothing)
    point = z, not_z, Logits(widened(logits)), Wide.of(widened(pos_weight))
    return Evaluation.of(
        partial(_sigmoid_terms, *point),
        partial(_sigmoid_slopes, *point),
        like=logits,
        weights=weights,
        reduction=reduction,
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
        L = w \left[ -q z \ln \sigma(x) - (1 - z) \ln(1 - \sigma(x)) \right]
          = w \left[ q z \ln(1 + e^{-x}) + (1 - z) \ln(1 + e^x) \right].

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
    limits, 0 and infinity. The chapter ``losses/sigmoid-cross-entropy`` derives the formula.

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


# --- binary cross-entropy -------------------------------------------------------------------------


def _binary_terms(y: Array, p: Array) -> Wide:
    """Return -y ln p - (1 - y) ln(1 - p), where 0 ln 0 = 0: no term is negative."""
    return Wide.of(y) * Wide.of(-np.log(p)) + Wide.of(1 - y) * Wide.of(-np.log1p(-p))


def _binary_slopes(y: Array, p: Array) -> Wide:
    """Return the derivative with respect to p: (p - y) / (p (1 - p)), cancelled for y = 0 and 1."""
    numerator = np.select([y == 0, y == 1], [ONE.mantissa, -ONE.mantissa], p - y)
    denominator = np.select([y == 0, y == 1], [1 - p, p], p * (1 - p))
    return Wide.of(numerator) / Wide.of(denominator)


@np.errstate(all="ignore")
def _evaluate_binary(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None,
    reduction: str,
) -> Evaluation:
    labels = check.fractions(labels, "labels", "label")
    probabilities = check.fractions(probabilities, "probabilities", "probability")
    check.same_shape(labels=labels, probabilities=probabilities)

    point = widened(labels), np.abs(widened(probabilities))  # abs: -0.0 is 0.0
    return Evaluation.of(
        partial(_binary_terms, *point),
        partial(_binary_slopes, *point),
        like=probabilities,
        weights=weights,
        reduction=reduction,
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
    of the elements in memory. The chapter ``losses/sigmoid-cross-entropy`` derives the loss for
    logits from this one.

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
