"""Losses over logits that are never held whole: part by part, in any order, on any machine.

What is known of a row of logits after some of them is a state of a few numbers. Two states of
different logits of the same row merge into the state of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from xentlib import _validation as check
from xentlib._blocks import row_blocks, without_axis
from xentlib._exact import (
    _ZERO_EXPONENT,
    ONE,
    ZERO,
    Array,
    Result,
    Wide,
    choose,
    difference,
    is_narrow,
    log1p,
    ordered_two_sum,
    total,
    two_product,
    two_sum,
    twofold_exp,
    wide_difference,
    widened,
)
from xentlib.activations import LogitRows
from xentlib.gradients import differentiable
from xentlib.losses import _total_label_weight

__all__ = ["LogSumExp", "linear_softmax_cross_entropy"]


# --- numbers of twice the digits ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Twofold:
    """Numbers (high + low) 2^power, all of them >= 0, with more than 100 bits."""

    high: Array
    low: Array
    power: Array

    @classmethod
    def of(cls, high: Array, low: Array, power: Array | int) -> _Twofold:
        """Return the numbers with high in [1/2, 1), and zeros below everything else."""
        high, low = ordered_two_sum(high, low)
        high, shift = np.frexp(high)
        power = np.maximum(power + shift, _ZERO_EXPONENT)
        power = np.where((high != 0) & np.isfinite(high), power, _ZERO_EXPONENT)
        return cls(high, np.ldexp(low, -shift), power.astype(np.int32))

    def __add__(self, other: _Twofold) -> _Twofold:
        power = np.maximum(self.power, other.power)
        here, there = self.power - power, other.power - power
        high, lost = two_sum(np.ldexp(self.high, here), np.ldexp(other.high, there))
        low = np.ldexp(self.low, here) + np.ldexp(other.low, there)
        return _Twofold.of(high, low + lost, power)

    def __mul__(self, other: _Twofold) -> _Twofold:
        high, lost = two_product(self.high, other.high)
        low = self.high * other.low + self.low * other.high
        return _Twofold.of(high, low + lost, self.power + other.power)

    def __truediv__(self, other: _Twofold) -> Wide:
        """Return the quotient, rounded."""
        quotient = self.high / other.high
        product, lost = two_product(quotient, other.high)
        missing = (self.high - product) - lost + (self.low - quotient * other.low)
        return Wide(quotient + missing / other.high, self.power - other.power)


def _exp_of_difference(a: Array, b: Array) -> _Twofold:
    """Return exp(a - b) for a <= b; it is 1 if both are the same infinity."""
    gap, lost = difference(a, b)
    gap = np.where(a == b, 0.0, gap)
    high, low, power = twofold_exp(gap)
    low = low + high * lost
    vanishes = gap == -np.inf
    return _Twofold.of(np.where(vanishes, 0.0, high), np.where(vanishes, 0.0, low), power)


# --- what is known of a row -----------------------------------------------------------------------

# The largest logit m, and the sum R of exp(x - a) over all other logits, with twice the digits. The
# anchor a is m, rounded up to a multiple of 16. So R is kept as it is while m rises a little; and
# when the anchor rises, what was summed before shrinks so much that its errors cannot pile up.
STATE = np.dtype([("largest", "f8"), ("high", "f8"), ("low", "f8"), ("power", "i4")])
_ANCHOR = 16.0


def _anchor(largest: Array) -> Array:
    return np.asarray(_ANCHOR * np.ceil(largest / _ANCHOR))


def _state(largest: Array, others: _Twofold) -> Array:
    state = np.empty(np.shape(largest), STATE)
    state["largest"], state["power"] = largest, others.power
    state["high"], state["low"] = others.high, others.low
    return state


def _others(state: Array) -> _Twofold:
    return _Twofold(state["high"], state["low"], state["power"])


def nothing(shape: tuple[int, ...]) -> Array:
    """Return the state of rows without logits: to merge it changes nothing."""
    zero = np.zeros(shape)
    return _state(zero - np.inf, _Twofold.of(zero, zero, 0))


def state_of_rows(rows: LogitRows) -> Array:
    """Return the state of each row of a block, with the axis of the classes as length 1."""
    rest = _Twofold.of(rows.rest.mantissa, np.zeros_like(rows.largest), rows.rest.exponent)
    scale = _exp_of_difference(rows.largest, _anchor(rows.largest))
    return _state(rows.largest, rest * scale)


def merged(a: Array, b: Array) -> Array:
    """Return the states of the unions of each two parts."""
    is_lower = b["largest"] <= a["largest"]
    upper, lower = np.where(is_lower, a, b), np.where(is_lower, b, a)
    anchor, old_anchor = _anchor(upper["largest"]), _anchor(lower["largest"])
    others = _others(upper) + _exp_of_difference(lower["largest"], anchor)
    others = others + _others(lower) * _exp_of_difference(old_anchor, anchor)
    return _state(np.maximum(a["largest"], b["largest"]), others)


def rest_of(state: Array) -> Wide:
    """Return the sum of exp(x - m) over all logits but the largest, m."""
    largest = state["largest"]
    return _others(state) / _exp_of_difference(largest, _anchor(largest))


@np.errstate(all="ignore")
def value_of(state: Array) -> Array:
    """Return the log-sum-exp, m + ln(1 + s)."""
    return np.asarray(state["largest"] + log1p(rest_of(state)).narrow())


def gap_of(state: Array, x: Array) -> Wide:
    """Return m - x, also for the same infinity."""
    return choose(x == state["largest"], ZERO, wide_difference(state["largest"], x))


# --- log-sum-exp ----------------------------------------------------------------------------------


class LogSumExp:
    r"""The log-sum-exp of logits that come in parts, which merge in any order.

    .. math:: \ln \sum_{j \in A \cup B} e^{x_j} = \ln \left( e^a + e^b \right),
        \quad a = \ln \sum_{j \in A} e^{x_j}, \quad b = \ln \sum_{j \in B} e^{x_j}

    It keeps the largest logit :math:`m` of each row and the sum :math:`s` of :math:`e^{x_j - m}`
    over all others, whatever their number.

    Parameters
    ----------
    x : array_like
        The logits of one part, at least one axis, in nats. A part may be empty.
    axis : int, optional
        The axis along which the classes lie.

    Attributes
    ----------
    shape : tuple of int
        The shape of `x` without the axis: one log-sum-exp for each row.
    dtype : dtype
        What `value` and `surprisal` return: the dtype of `x` (float64 if that is not floating), or
        the widest of those of merged parts.

    Returns
    -------
    LogSumExp
        An object that does not change: `merge` returns a new one.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, has more digits than float64, or is a masked array, a
        matrix or the like; if `axis` is no integer; if something else than a LogSumExp is merged.
    ValueError
        If there is no such axis, or if parts of different rows are merged.

    See Also
    --------
    logsumexp : The same for logits that are held whole.
    linear_softmax_cross_entropy : A loss that rests on it.

    Notes
    -----
    To merge is an associative and commutative operation, and an empty part is its neutral element:
    parts may come in any order and be merged as any tree, one by one or by thousands. The error of
    the result keeps the bound of `logsumexp`, at most 0.51 ulp in float32 and narrower types and at
    most 4 ulp in float64, in units of the last place of the largest of :math:`|m|`,
    :math:`\ln(1 + s)` and the result. (The last digits in float64 may depend on the order.) As
    there, -inf counts nothing, a row that contains inf gives inf, and NaN stays in its own row. The
    chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax",
       arXiv:1805.02867, 2018.

    Examples
    --------
    >>> import xentlib
    >>> whole = xentlib.LogSumExp([1.0, 2.0, 3.0])
    >>> parts = xentlib.LogSumExp([3.0]).merge(xentlib.LogSumExp([1.0, 2.0]))
    >>> print(whole.value().round(4), parts.value().round(4))
    3.4076 3.4076
    >>> print(parts.surprisal(3.0).round(4))
    0.4076
    """

    __slots__ = ("_state", "dtype")

    _state: Array
    dtype: np.dtype[Any]

    @np.errstate(all="ignore")
    def __init__(self, x: ArrayLike, *, axis: int = -1) -> None:
        array = check.at_most_float64(x, "x")
        number = check.axis(axis, array.ndim, "x")
        self.dtype = check.result_dtype(array)
        self._state = nothing(without_axis(array.shape, number))
        if array.size:
            for block in row_blocks(array.shape, number):
                rows = LogitRows(block.rows(array), block.axis, not is_narrow(self.dtype))
                block.write_one_per_row(self._state, state_of_rows(rows))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `value`."""
        return self._state.shape

    @np.errstate(all="ignore")
    def merge(self, other: LogSumExp) -> LogSumExp:
        """Return the log-sum-exp of both parts, which must not share a logit.

        Parameters
        ----------
        other : LogSumExp
            That of other logits of the same rows.

        Returns
        -------
        LogSumExp
        """
        if not isinstance(other, LogSumExp):
            raise TypeError(f"other is {other!r}; it must be a LogSumExp.")
        if other.shape != self.shape:
            raise ValueError(
                f"other has shape {other.shape} but this has shape {self.shape}; they must have "
                "exactly the same shape, because nothing is broadcast."
            )
        union = object.__new__(LogSumExp)
        union.dtype = np.promote_types(self.dtype, other.dtype)
        union._state = merged(self._state, other._state)
        return union

    def value(self) -> Result:
        """Return the log-sum-exp of each row, -inf for a row without logits.

        Returns
        -------
        ndarray or NumPy scalar
            In nats.
        """
        return self._narrow(value_of(self._state))

    @np.errstate(all="ignore")
    def surprisal(self, x: ArrayLike) -> Result:
        r"""Return the cross-entropy of the class whose logit is x, without cancellation.

        .. math:: -\ln \frac{e^x}{\sum_j e^{x_j}} = (m - x) + \ln(1 + s)

        Parameters
        ----------
        x : array_like
            For each row one of the logits that were merged.

        Returns
        -------
        ndarray or NumPy scalar
            In nats.
        """
        array, largest = check.at_most_float64(x, "x"), self._state["largest"]
        if array.shape != self.shape:
            raise ValueError(
                f"x has shape {array.shape}; it must have exactly the shape {self.shape}: one "
                "logit for each row."
            )
        logits = widened(array)
        expected = "it must be one of the logits that were merged, and so at most the largest"
        check.require(~(logits > largest), array, "x", expected)
        terms = gap_of(self._state, logits) + log1p(rest_of(self._state))
        return self._narrow(terms.narrow())

    def _narrow(self, numbers: Array) -> Result:
        result: Result = np.asarray(numbers).astype(self.dtype)[()]
        return result

    def __repr__(self) -> str:
        return f"LogSumExp({self.value()!r})"


# --- linear softmax cross-entropy -----------------------------------------------------------------

# So many rows and classes are computed at a time, and fewer if the rows of the matrices are long:
# of each matrix, no more than 16 MiB are copied.
_ROWS, _CLASSES, _COPIED = 256, 1024, 2**21


class LinearGradient(NamedTuple):
    """The gradients of `linear_softmax_cross_entropy`, each of its argument's shape and dtype."""

    hidden: Array
    weight: Array
    bias: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class _Classes:
    """Some consecutive classes, with copies of their rows."""

    index: slice
    weight: Array
    bias: Array | None

    def logits(self, hidden: Array) -> Array:
        """Return the logits of these classes for some rows."""
        x = hidden @ self.weight.T
        return x if self.bias is None else x + self.bias

    def own(self, labels: Array) -> tuple[Array, Array]:
        """Return the rows whose label is here, and its place."""
        rows = np.flatnonzero((labels >= self.index.start) & (labels < self.index.stop))
        return rows, labels[rows] - self.index.start


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Some rows that take part, with what a first pass over all classes found out."""

    places: Array
    labels: Array
    state: Array
    terms: Wide  # the losses, without weights
    own: Array  # the slope with respect to the label's logit, p - 1
    scale: Array  # the weight of each row, divided by the divisor of a mean

    def slopes(self, x: Array, classes: _Classes) -> Array:
        """Return p for some logits, and p - 1 for the label's, each times the row's scale."""
        largest = np.expand_dims(self.state["largest"], 1)
        gap = np.where(x == largest, 0.0, x - largest)
        p = np.exp(gap) / (1 + rest_of(self.state).narrow()[:, np.newaxis])
        rows, places = classes.own(self.labels)
        p[rows, places] = self.own[rows]
        return np.asarray(p * self.scale[:, np.newaxis])


@dataclass(frozen=True, slots=True, eq=False)
class LinearEvaluation:
    """A loss of rows times a matrix, all of its arguments checked. The logits are made in blocks.

    `labels` has one axis and `hidden` two. `places` are the rows of both that take part.
    """

    labels: Array
    places: Array
    hidden: Array
    weight: Array
    bias: Array | None
    factors: Array | None
    divisor: Wide
    reduction: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def value(self) -> Result:
        """Return the loss, reduced."""
        return self._value(self._row_blocks())

    def gradient(self) -> LinearGradient:
        """Return the derivatives of the value (of the rows' sum if it is not reduced)."""
        return self.value_and_gradient()[1]

    def value_and_gradient(self) -> tuple[Result, LinearGradient]:
        """Return both, from three passes over the logits.

        The second adds up over the classes, for the hidden numbers, the third over the rows. So
        nothing but a few rows of each gradient is held in float64.
        """
        blocks = list(self._row_blocks())
        by_hidden = np.zeros(self.hidden.shape, check.result_dtype(self.hidden))
        by_weight = np.zeros(self.weight.shape, check.result_dtype(self.weight))
        by_bias = None
        if self.bias is not None:
            by_bias = np.zeros(self.bias.shape, check.result_dtype(self.bias))
        with np.errstate(all="ignore"):
            for rows in blocks:
                by_hidden[rows.places] = self._hidden_slopes(rows)
            for classes in self._class_blocks():
                by_weight[classes.index], sums = self._class_slopes(blocks, classes)
                if by_bias is not None:
                    by_bias[classes.index] = sums
        gradient = LinearGradient(by_hidden.reshape(self.shape), by_weight, by_bias)
        return self._value(blocks), gradient

    @np.errstate(all="ignore")
    def _value(self, blocks: Iterable[_Rows]) -> Result:
        losses, sums = np.zeros(self.labels.shape, self.dtype), [ZERO]
        for rows in blocks:
            terms = rows.terms * self._weights(rows.labels)
            losses[rows.places] = terms.narrow()
            sums.append(terms.sum())
        if self.reduction == "none":
            return losses.reshape(self.shape[:-1])[()]
        value: Result = (total(sums) / self.divisor).narrow().astype(self.dtype)[()]
        return value

    def _weights(self, labels: Array) -> Wide:
        return ONE if self.factors is None else Wide.of(self.factors[labels])

    def _row_blocks(self) -> Iterator[_Rows]:
        step = _step(_ROWS, self.hidden)
        for start in range(0, len(self.places), step):
            places = self.places[start : start + step]
            with np.errstate(all="ignore"):
                yield self._first_pass(places, self.labels[places])

    def _class_blocks(self) -> Iterator[_Classes]:
        step = _step(_CLASSES, self.weight)
        for start in range(0, len(self.weight), step):
            index = slice(start, min(start + step, len(self.weight)))
            bias = None if self.bias is None else widened(self.bias[index])
            yield _Classes(index, widened(self.weight[index]), bias)

    def _first_pass(self, places: Array, labels: Array) -> _Rows:
        """Return what all classes together say about some rows."""
        hidden = widened(self.hidden[places])
        state, own_logit = nothing(places.shape), np.empty(places.shape)
        careful = not is_narrow(self.dtype)
        for classes in self._class_blocks():
            x = classes.logits(hidden)
            state = merged(state, state_of_rows(LogitRows(x, 1, careful))[:, 0])
            rows, columns = classes.own(labels)
            own_logit[rows] = x[rows, columns]
        self._require_mass(state, places)
        gap, rest = gap_of(state, own_logit), rest_of(state)
        own = (Wide(np.exp(-gap.narrow())) - ONE - rest) / (ONE + rest)
        weights = self._weights(labels)
        scale = np.broadcast_to((weights / self.divisor).narrow(), places.shape)
        return _Rows(places, labels, state, gap + log1p(rest), own.narrow(), scale)

    def _require_mass(self, state: Array, places: Array) -> None:
        largest = state["largest"]
        several = (largest == np.inf) & (rest_of(state).narrow() >= 1)
        problem = "has no finite mass: all its logits are -inf; at least one must be above"
        check.require_hidden_rows(largest != -np.inf, places, self.shape, problem)
        problem = "has several logits of +inf; at most one can take all the mass"
        check.require_hidden_rows(~several, places, self.shape, problem)

    def _hidden_slopes(self, rows: _Rows) -> Array:
        hidden = widened(self.hidden[rows.places])
        slopes = np.zeros_like(hidden)
        for classes in self._class_blocks():
            slopes += rows.slopes(classes.logits(hidden), classes) @ classes.weight
        return slopes

    def _class_slopes(self, blocks: Iterable[_Rows], classes: _Classes) -> tuple[Array, Array]:
        """Return the slopes with respect to some rows of the matrix, and to their biases."""
        slopes, sums = np.zeros_like(classes.weight), np.zeros(len(classes.weight))
        for rows in blocks:
            hidden = widened(self.hidden[rows.places])
            by_logit = rows.slopes(classes.logits(hidden), classes)
            slopes += by_logit.T @ hidden
            sums += by_logit.sum(axis=0)
        return slopes, sums


def _step(most: int, matrix: Array) -> int:
    """Return how many rows of a matrix to work with at a time."""
    width: int = matrix.shape[1]
    return max(1, min(most, _COPIED // max(1, width)))


@np.errstate(all="ignore")
def _evaluate_linear(
    labels: ArrayLike,
    hidden: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None,
    weights: ArrayLike | None,
    ignore_index: int | None,
    reduction: str,
) -> LinearEvaluation:
    hidden = check.at_most_float64(hidden, "hidden")
    weight = check.at_most_float64(weight, "weight")
    check.linear_layer(hidden, weight)
    classes = len(weight)
    added = None
    if bias is not None:
        added = check.one_per_class(check.at_most_float64(bias, "bias"), "bias", classes)
    ignored = None if ignore_index is None else check.integer(ignore_index, "ignore_index")
    labels = check.class_labels(labels, "labels", classes, ignored)
    check.one_per_hidden_row(labels, hidden)
    factors = None if weights is None else widened(check.class_weights(weights, "weights", classes))
    check.reduction(reduction)
    divisor = ONE
    if reduction == "mean":
        given = np.ones(classes) if factors is None else factors
        divisor = _total_label_weight(labels, ignored, given)
    flat = np.ravel(labels).astype(np.intp)
    places = np.flatnonzero(np.ones(flat.shape, bool) if ignored is None else flat != ignored)
    rows = hidden.reshape((-1, hidden.shape[-1]) if hidden.size else (flat.size, hidden.shape[-1]))
    dtype = check.common_dtype(hidden, weight)
    return LinearEvaluation(
        flat, places, rows, weight, added, factors, divisor, reduction, hidden.shape, dtype
    )


@differentiable(_evaluate_linear)
def linear_softmax_cross_entropy(
    labels: ArrayLike,
    hidden: ArrayLike,
    weight: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ignore_index: int | None = None,
    reduction: str = "none",
) -> Result:
    r"""Return the softmax cross-entropy of a linear layer's logits, which are never held whole.

    For a row with the label :math:`y` and the hidden numbers :math:`h_d`, the weights
    :math:`W_{jd}` and biases :math:`b_j` of the classes,

    .. math::
        L = \ln \sum_j e^{x_j} - x_y = (m - x_y) + \ln(1 + s),
        \quad x_j = \sum_d h_d W_{jd} + b_j,

    where :math:`m = x_k` is the largest logit and :math:`s = \sum_{j \ne k} e^{x_j - m}`. It is
    `sparse_softmax_cross_entropy` of ``hidden @ weight.T + bias``: of these logits, one for each
    row and class, only a block of 256 by 1,024 exists at a time.

    Parameters
    ----------
    labels : array_like
        Indices of classes: integers from 0 to :math:`V - 1`, of the shape of `hidden` without its
        last axis.
    hidden : array_like
        What goes into the layer: rows of :math:`D` real numbers along the last axis.
    weight : array_like
        The matrix of the layer, of shape :math:`(V, D)`: a row for each of the :math:`V` classes.
    bias : array_like, optional
        One number for each class, in nats; -inf masks a class.
    weights : array_like, optional
        One factor for each class, finite and at least 0: the loss of a row is multiplied by that of
        its label. (Mind the letter: `weight` is the matrix.)
    ignore_index : int, optional
        Rows with this label take no part: their loss and gradient are 0, whatever they contain.
    reduction : {"none", "sum", "mean"}, optional
        Whether to return every row's loss, their sum, or their sum divided by the sum of the
        factors of the rows that take part (their number, without `weights`).

    Returns
    -------
    ndarray or NumPy scalar
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is the wider
        of those of `hidden` and `weight` (float64 if neither is floating). A NaN in `hidden` stays
        in its own row.

    Raises
    ------
    TypeError
        If a label is no integer, or another argument is not made of real numbers, has more digits
        than float64, or is a masked array, a matrix or the like.
    IndexError
        If a label is not the index of a class.
    ValueError
        If the shapes do not fit, there is no class, a factor is negative or not finite, the
        reduction is unknown, a mean is taken over nothing, or a row of logits has no finite mass
        (all -inf) or several logits of +inf.

    See Also
    --------
    sparse_softmax_cross_entropy : The same for logits that are held whole.
    LogSumExp : What is kept of a row of logits between two blocks.
    value_and_grad : The loss and its gradient, a named tuple ``(hidden, weight, bias)``.

    Notes
    -----
    Beyond arguments and results, less than 128 MiB and a hundred bytes for each row are needed,
    whatever the number of classes and however long a row of the matrix is. The logits are computed
    in float64. Products of float32 numbers are exact there, so what is rounded is their sum: a
    logit is wrong by at most :math:`\delta = (D + 2) 2^{-53} A`,
    where :math:`A` is the largest :math:`\sum_d |h_d W_{jd}| + |b_j|`. That changes the loss by at
    most :math:`2 \delta \min(1, L)`. Beyond that, the error is at most 0.51 ulp in float32 and
    narrower types and 4 ulp in float64. A gradient's error is at most
    :math:`2^{-53} (N + V + D + 8)` times the same sum with all terms positive, beyond what
    :math:`2 \delta` does to the probabilities, and half an ulp of its dtype. The chapter
    ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] E. Wijmans, B. Huval, A. Hertzberg, V. Koltun and P. Krähenbühl, "Cut your losses in
       large-vocabulary language models", *ICLR*, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> import xentlib
    >>> hidden = np.array([[1.0, 0.0], [0.5, -1.0]])
    >>> weight = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, -1.0]])
    >>> xentlib.linear_softmax_cross_entropy([2, 0], hidden, weight).round(4)
    array([0.4076, 2.1967])
    >>> value, gradient = xentlib.value_and_grad(xentlib.linear_softmax_cross_entropy)(
    ...     [2, 0], hidden, weight, reduction="mean"
    ... )
    >>> gradient.hidden.round(4)
    array([[-0.2124,  0.2897],
           [ 0.8551, -0.377 ]])
    """
    return _evaluate_linear(labels, hidden, weight, bias, weights, ignore_index, reduction).value()
