"""The losses on Dask arrays: rows and classes in chunks, on as many machines as there are.

It needs Dask: ``pip install xentlib[dask]``. `import xentlib` does not import this module.

What is known of a row of logits after one chunk of its classes is a state of a few numbers, and
such states merge. Dask's own interfaces do the rest: `dask.array.blockwise` makes the state of each
chunk, `dask.array.reduction` merges them as a tree. Between machines, only states travel.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import dask.array as da
import numpy as np

import xentlib
from xentlib import _validation as check
from xentlib._blocks import Block, row_blocks
from xentlib._exact import Array, Wide, difference, exact_sum, exp, is_narrow, log1p, widened
from xentlib.activations import LogitRows
from xentlib.losses import _softmax_slopes, _weighted
from xentlib.streaming import (
    STATE,
    LinearGradient,
    gap_of,
    merged,
    rest_of,
    state_of_rows,
    value_of,
)

__all__ = [
    "binary_cross_entropy",
    "linear_softmax_cross_entropy",
    "logsumexp",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
    "value_and_grad",
]

DaskArray: TypeAlias = Any  # dask.array.Array: Dask's types are not checked

# What is known of a row after some of its classes: the state of their logits, and, with the
# smoothed labels y times the weights of their classes, the sum of y (m - x) and the sum of y, where
# m is the largest of these logits. A mean divides by the same sum of the labels as they were.
PARTIAL = np.dtype([("logits", STATE), ("gap", "f8"), ("mass", "f8"), ("count", "f8")])

# What is known of a row or an element in the end.
RESULT = np.dtype([("loss", "f8"), ("count", "f8")])


# --- what is done with one chunk ------------------------------------------------------------------


class _Labels(NamedTuple):
    """How the labels of a softmax loss are meant."""

    classes: int
    smoothing: float = 0.0
    ignored: int | None = None
    is_sparse: bool = True


class _PartOfRows(LogitRows):
    """A part of rows of logits, of which the largest logit and the rest of all are known."""

    def __init__(self, x: Array, axis: int, careful: bool, state: Array) -> None:
        self.x, self.axis = x, axis
        self.largest, self.rest = state["largest"], rest_of(state)
        self.is_largest = x == self.largest
        self.gap, lost = difference(self.largest, x)
        self.lost = lost if careful else None
        self.gap = np.where(self.is_largest, 0.0, self.gap)
        self.decay = exp(-self.gap)


def _labels_of(
    block: Block, labels: Array, numbers: Array, weights: Array | None, how: _Labels
) -> tuple[Wide, Wide, Array]:
    """Return the labels of some classes times their weights, smoothed and not; which rows count."""
    if how.is_sparse:
        one = block.one_per_row(labels)
        counts = np.ones(one.shape, bool) if how.ignored is None else one != how.ignored
        classes = np.expand_dims(numbers, 1 - block.axis)
        y = Wide(((classes == one) & counts).astype(np.float64))
    else:
        y = Wide.of(block.rows(labels))
        counts = np.ones(np.sum(y.mantissa, block.axis, keepdims=True).shape, bool)
    w = Wide.of(block.along_classes(np.ones(len(numbers)) if weights is None else weights))
    return _weighted(y, w, np.asarray(how.smoothing), how.classes), y * w, counts


def _checked_labels(labels: Array, how: _Labels) -> Array:
    if how.is_sparse:
        return check.class_labels(labels, "labels", how.classes, how.ignored)
    return check.fractions(labels, "labels", "label")


@np.errstate(all="ignore")
def _partial(
    x: Array, labels: Array, numbers: Array, weights: Array | None, how: _Labels, careful: bool
) -> Array:
    """Return what a chunk of logits says about its rows; the axis of the classes gets length 1."""
    labels = _checked_labels(labels, how)
    result = np.empty(x.shape[:-1], PARTIAL)
    for block in row_blocks(x.shape, x.ndim - 1):
        y, unsmoothed, counts = _labels_of(block, labels, numbers, weights, how)
        rows = LogitRows(np.where(counts, block.rows(x), 0.0), block.axis, careful)
        gap, mass = rows.sum(y * rows.gaps(y.mantissa != 0)), rows.sum(y)
        part = np.empty(rows.largest.shape, PARTIAL)
        part["logits"], part["gap"] = state_of_rows(rows), np.where(counts, gap.narrow(), 0.0)
        part["mass"] = np.where(counts, mass.narrow(), 0.0)
        part["count"] = np.where(counts, rows.sum(unsmoothed).narrow(), 0.0)
        block.write_one_per_row(result, part)
    return result[..., np.newaxis]


@np.errstate(all="ignore")
def _united(a: Array, b: Array) -> Array:
    """Return what two parts of the classes say together."""
    union = np.empty(a.shape, PARTIAL)
    union["logits"] = merged(a["logits"], b["logits"])
    union["mass"], union["count"] = a["mass"] + b["mass"], a["count"] + b["count"]
    union["gap"] = a["gap"] + b["gap"]
    for part in (a, b):
        shift = gap_of(union["logits"], part["logits"]["largest"]) * Wide.of(part["mass"])
        union["gap"] += np.where(part["mass"] == 0, 0.0, shift.narrow())
    return union


@np.errstate(all="ignore")
def _unite(
    unite: Callable[[Array, Array], Array], parts: Array, axis: Any, keepdims: bool
) -> Array:
    """Unite the parts along the last axis in pairs, for `dask.array.reduction`."""
    while parts.shape[-1] > 1:
        half = parts.shape[-1] // 2
        pairs = unite(parts[..., :half], parts[..., half : 2 * half])
        parts = np.concatenate([pairs, parts[..., 2 * half :]], axis=-1)
    return parts if keepdims else parts[..., 0]


def _as_it_is(parts: Array, axis: Any, keepdims: bool) -> Array:
    return parts


@np.errstate(all="ignore")
def _row_results(known: Array) -> Array:
    """Return the loss of each row, of which everything is known."""
    largest, rest = known["logits"]["largest"], rest_of(known["logits"])
    _require(largest != -np.inf, "all logits are -inf; at least one must be above")
    several = (largest == np.inf) & (rest.narrow() >= 1)
    _require(~several, "several logits are +inf; at most one can take all the mass")
    result = np.empty(known.shape, RESULT)
    result["loss"] = (Wide.of(known["gap"]) + Wide.of(known["mass"]) * log1p(rest)).narrow()
    result["count"] = known["count"]
    return result


def _require(valid: Array, problem: str) -> None:
    if not np.all(valid):
        index = tuple(map(int, np.unravel_index(int(np.argmin(valid)), valid.shape)))
        raise ValueError(f"in the row {index} of a chunk of logits, {problem}.")


@np.errstate(all="ignore")
def _row_slopes(
    x: Array,
    labels: Array,
    numbers: Array,
    weights: Array | None,
    known: Array,
    divisor: Array,
    how: _Labels,
    careful: bool,
) -> Array:
    """Return the derivatives with respect to a chunk of logits."""
    result = np.empty(x.shape)
    for block in row_blocks(x.shape, x.ndim - 1):
        y, _, counts = _labels_of(block, labels, numbers, weights, how)
        state = block.one_per_row(known["logits"])
        rows = _PartOfRows(np.where(counts, block.rows(x), 0.0), block.axis, careful, state)
        mass = Wide.of(block.one_per_row(known["mass"]))
        slopes = _softmax_slopes(rows, y, mass) / Wide.of(divisor)
        block.write(result, np.where(counts, slopes.narrow(), 0.0))
    return result


def _element_results(
    labels: Array, x: Array, weights: Array | None, loss: Callable[..., Any], options: Any
) -> Array:
    """Return the weighted loss and the weight of each element of a chunk."""
    result = np.empty(np.shape(labels), RESULT)
    result["loss"] = loss(labels, widened(x), weights=weights, **options)
    result["count"] = 1.0 if weights is None else weights
    return result


@np.errstate(all="ignore")
def _element_slopes(
    labels: Array, x: Array, weights: Array | None, divisor: Array, loss: Any, options: Any
) -> Array:
    slopes = xentlib.grad(loss)(labels, widened(x), weights=weights, **options)
    return np.asarray((Wide.of(np.asarray(slopes)) / Wide.of(divisor)).narrow())


def _sum(results: Array, axis: Any, keepdims: bool) -> Array:
    """Return the sum over all elements, for `dask.array.reduction`."""
    result = np.empty((), RESULT)
    for name in RESULT.names or ():
        result[name] = exact_sum(results[name])
    return result.reshape((1,) * results.ndim) if keepdims else result


@np.errstate(all="ignore")
def _quotient(result: Array) -> Array:
    """Return the mean."""
    if not result["count"] > 0:
        raise ValueError(
            "the weights of the labels that take part sum to 0; reduction 'mean' needs at least "
            "one above 0."
        )
    return np.asarray(result["loss"] / result["count"])


def _field(result: Array, name: str) -> Array:
    return np.asarray(result[name])


# --- arrays of chunks -----------------------------------------------------------------------------


def _array(values: Any, name: str) -> DaskArray:
    """Return a Dask array of real numbers."""
    if not isinstance(values, da.Array):
        return da.from_array(check.at_most_float64(values, name))
    check.at_most_float64(values._meta, name)
    if any(np.isnan(size) for size in values.shape):
        raise ValueError(
            f"{name} has shape {values.shape}; its chunks must have known sizes: call its "
            "compute_chunk_sizes() first."
        )
    return values


def _blockwise(
    function: Callable[..., Array], index: tuple[int, ...], *pairs: Any, dtype: Any, **options: Any
) -> DaskArray:
    """Apply a function to chunks; what it gets of a missing array is None."""
    items = [item for array, axes in pairs for item in (array, None if array is None else axes)]
    meta = np.empty((0,) * len(index), dtype)
    return da.blockwise(function, index, *items, dtype=dtype, meta=meta, **options)


def _numbers(chunks: tuple[int, ...]) -> DaskArray:
    """Return the numbers of the classes, in chunks."""
    return da.arange(sum(chunks), chunks=(chunks,))


def _united_along_classes(parts: DaskArray, unite: Any, dtype: np.dtype[Any]) -> DaskArray:
    merge = partial(_unite, unite)
    meta = np.empty((0,) * (parts.ndim - 1), dtype)
    return da.reduction(
        parts, chunk=_as_it_is, combine=merge, aggregate=merge, axis=-1, dtype=dtype, meta=meta
    )


class _Loss(NamedTuple):
    """The results of all rows or elements, and what gives the gradient, given its divisor."""

    results: DaskArray
    slopes: Callable[[DaskArray], Any]
    reduction: str
    dtype: np.dtype[Any]

    def value(self) -> DaskArray:
        """Return the losses, reduced."""
        results = self.results
        if self.reduction != "none":
            results = self._total()
        read = _quotient if self.reduction == "mean" else partial(_field, name="loss")
        axes = tuple(range(results.ndim))
        return _blockwise(read, axes, (results, axes), dtype=np.float64).astype(self.dtype)

    def value_and_gradient(self) -> tuple[DaskArray, Any]:
        """Return both."""
        divisor = da.ones((), dtype=np.float64)
        if self.reduction == "mean":
            count = partial(_field, name="count")
            divisor = _blockwise(count, (), (self._total(), ()), dtype=np.float64)
        return self.value(), self.slopes(divisor)

    def _total(self) -> DaskArray:
        if self.results.ndim == 0:
            return self.results
        meta = np.empty((), RESULT)
        return da.reduction(self.results, chunk=_sum, aggregate=_sum, dtype=RESULT, meta=meta)


def _softmax_loss(
    labels: Any, logits: Any, axis: int, weights: Any, how: Callable[[int], _Labels], reduction: str
) -> _Loss:
    logits, labels = _array(logits, "logits"), _array(labels, "labels")
    number = check.class_axis(axis, logits, "logits")
    how_meant = how(logits.shape[number])
    if how_meant.is_sparse:
        check.one_per_row(labels, logits, number)
    else:
        check.same_shape(labels=labels, logits=logits)
        labels = da.moveaxis(labels, number, -1)
    factors = _class_weights(weights, how_meant.classes)
    check.reduction(reduction)
    dtype, x = check.result_dtype(logits), da.moveaxis(logits, number, -1)
    both = tuple(range(x.ndim))
    rows, last = both[:-1], both[-1:]
    given = (
        (x, both),
        (labels, rows if how_meant.is_sparse else both),
        (_numbers(x.chunks[-1]), last),
        (factors, last),
    )
    options = {"how": how_meant, "careful": not is_narrow(dtype)}
    parts = _blockwise(_partial, both, *given, dtype=PARTIAL, adjust_chunks={last[0]: 1}, **options)
    known = _united_along_classes(parts, _united, PARTIAL)

    def slopes(divisor: DaskArray) -> DaskArray:
        more = (known, rows), (divisor, ())
        found = _blockwise(_row_slopes, both, *given, *more, dtype=np.float64, **options)
        return da.moveaxis(found.astype(dtype), -1, number)

    results = _blockwise(_row_results, rows, (known, rows), dtype=RESULT)
    return _Loss(results, slopes, reduction, dtype)


def _class_weights(weights: Any, classes: int) -> DaskArray | None:
    if weights is None:
        return None
    return da.from_array(widened(check.class_weights(weights, "weights", classes)))


def _elementwise_loss(
    loss: Callable[..., Any],
    labels: Any,
    x: Any,
    name: str,
    weights: Any,
    reduction: str,
    **rest: Any,
) -> _Loss:
    labels, x = _array(labels, "labels"), _array(x, name)
    check.same_shape(**{"labels": labels, name: x})
    check.reduction(reduction)
    axes = tuple(range(x.ndim))
    factors = None
    if weights is not None:
        factors = da.broadcast_to(
            da.from_array(check.factors(weights, "weights", x.shape)), x.shape
        )
    given = (labels, axes), (x, axes), (factors, axes)
    dtype, options = check.result_dtype(x), {"loss": loss, "options": rest}
    results = _blockwise(_element_results, axes, *given, dtype=RESULT, **options)

    def slopes(divisor: DaskArray) -> DaskArray:
        pairs = (*given, (divisor, ()))
        return _blockwise(_element_slopes, axes, *pairs, dtype=np.float64, **options).astype(dtype)

    return _Loss(results, slopes, reduction, dtype)


# --- linear layers --------------------------------------------------------------------------------


def _linear_partial(
    hidden: Array,
    weight: Array,
    bias: Array | None,
    labels: Array,
    numbers: Array,
    factors: Array | None,
    how: _Labels,
    careful: bool,
) -> Array:
    """Return what some classes say about some rows of hidden numbers."""
    result = np.empty((len(hidden), 1), PARTIAL)
    for part, x in _logit_blocks(hidden, weight, bias):
        result[part] = _partial(x, labels[part], numbers, factors, how, careful)
    return result


@np.errstate(all="ignore")
def _logit_blocks(
    hidden: Array, weight: Array, bias: Array | None
) -> Iterator[tuple[slice, Array]]:
    """Yield the logits of a few rows at a time."""
    matrix = widened(weight).T
    added = 0.0 if bias is None else widened(bias)
    step = max(1, 2**20 // len(weight))
    for start in range(0, len(hidden), step):
        part = slice(start, start + step)
        yield part, widened(hidden[part]) @ matrix + added


@np.errstate(all="ignore")
def _linear_slopes(
    hidden: Array,
    weight: Array,
    bias: Array | None,
    labels: Array,
    numbers: Array,
    factors: Array | None,
    known: Array,
    divisor: Array,
    how: _Labels,
    careful: bool,
    wanted: str,
) -> Array:
    """Return a chunk's share in one of the three gradients, with axes for rows and classes."""
    by_hidden = np.zeros(hidden.shape)
    by_weight, by_bias = np.zeros(weight.shape), np.zeros(len(weight))
    for part, x in _logit_blocks(hidden, weight, bias):
        label, row = labels[part], known[part]
        slopes = _row_slopes(x, label, numbers, factors, row, divisor, how, careful)
        if wanted == "hidden":
            by_hidden[part] = slopes @ widened(weight)
        elif wanted == "weight":
            h = np.where((label != how.ignored)[:, np.newaxis], widened(hidden[part]), 0.0)
            by_weight += slopes.T @ h
        else:
            by_bias += slopes.sum(axis=0)
    if wanted == "hidden":
        return by_hidden[:, np.newaxis]
    return (by_weight if wanted == "weight" else by_bias)[np.newaxis]


def _linear_loss(
    labels: Any,
    hidden: Any,
    weight: Any,
    bias: Any,
    weights: Any,
    ignore_index: int | None,
    reduction: str,
) -> _Loss:
    hidden, weight = _array(hidden, "hidden"), _array(weight, "weight")
    labels = _array(labels, "labels")
    check.linear_layer(hidden, weight)
    check.one_per_hidden_row(labels, hidden)
    added = None
    if bias is not None:
        added = check.one_per_class(_array(bias, "bias"), "bias", len(weight))
    ignored = None if ignore_index is None else check.integer(ignore_index, "ignore_index")
    factors = _class_weights(weights, len(weight))
    check.reduction(reduction)
    dtype, how = check.common_dtype(hidden, weight), _Labels(len(weight), ignored=ignored)
    shape, places = hidden.shape, labels.shape
    hidden = hidden.reshape((-1, shape[-1])).rechunk({1: -1})
    weight = weight.rechunk({1: -1})
    given = (
        (hidden, (0, 2)),
        (weight, (1, 2)),
        (added, (1,)),
        (labels.reshape(-1), (0,)),
        (_numbers(weight.chunks[0]), (1,)),
        (factors, (1,)),
    )
    options = {"how": how, "careful": not is_narrow(dtype), "concatenate": True}
    parts = _blockwise(
        _linear_partial, (0, 1), *given, dtype=PARTIAL, adjust_chunks={1: 1}, **options
    )
    known = _united_along_classes(parts, _united, PARTIAL)

    def slopes(divisor: DaskArray) -> LinearGradient:
        more = (known, (0,)), (divisor, ())

        def share(wanted: str, index: tuple[int, ...], single: int, like: DaskArray) -> DaskArray:
            found = _blockwise(
                _linear_slopes, index, *given, *more, dtype=np.float64,
                adjust_chunks={single: 1}, wanted=wanted, **options,
            )  # fmt: skip
            return found.sum(axis=single).astype(check.result_dtype(like))

        by_bias = None if added is None else share("bias", (0, 1), 0, added)
        by_hidden = share("hidden", (0, 1, 2), 1, hidden).reshape(shape)
        return LinearGradient(by_hidden, share("weight", (0, 1, 2), 0, weight), by_bias)

    results = _blockwise(_row_results, (0,), (known, (0,)), dtype=RESULT).reshape(places)
    return _Loss(results, slopes, reduction, dtype)


# --- the public functions -------------------------------------------------------------------------


@np.errstate(all="ignore")
def _state(x: Array, careful: bool) -> Array:
    """Return what a chunk of logits says about its rows, with an axis of length 1."""
    result = np.empty(x.shape[:-1], STATE)
    for block in row_blocks(x.shape, x.ndim - 1):
        rows = LogitRows(block.rows(x), block.axis, careful)
        block.write_one_per_row(result, state_of_rows(rows))
    return result[..., np.newaxis]


def logsumexp(x: Any, *, axis: int = -1) -> DaskArray:
    r"""Return the log-sum-exp of each row of a Dask array: `xentlib.logsumexp` in chunks.

    .. math:: \ln \sum_{j \in A \cup B} e^{x_j} = \ln \left( e^a + e^b \right),
        \quad a = \ln \sum_{j \in A} e^{x_j}, \quad b = \ln \sum_{j \in B} e^{x_j}

    Parameters
    ----------
    x : dask.array.Array or array_like
        Logits, at least one axis, in nats, with chunks along any of the axes.
    axis : int, optional
        The axis along which the classes lie.

    Returns
    -------
    dask.array.Array
        Numbers in nats, of the shape of `x` without the axis; dtype of `x` (float64 if `x` is not
        floating). Nothing is computed before it is asked for.

    Raises
    ------
    TypeError
        If `x` is not made of real numbers, has more digits than float64, or its chunks are masked
        arrays or the like, or `axis` is no integer.
    ValueError
        If there is no such axis or no class, or the sizes of chunks are unknown.

    See Also
    --------
    xentlib.LogSumExp : What is kept of a chunk.

    Notes
    -----
    The accuracy is that of `xentlib.logsumexp`, whatever the chunks are. The chapter
    ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax",
       arXiv:1805.02867, 2018.

    Examples
    --------
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> x = da.from_array([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]], chunks=(1, 2))
    >>> xentlib.dask.logsumexp(x).compute().round(4)
    array([3.4076, 4.036 ])
    """
    x = _array(x, "x")
    number = check.class_axis(axis, x, "x")
    dtype, x = check.result_dtype(x), da.moveaxis(x, number, -1)
    axes, careful = tuple(range(x.ndim)), not is_narrow(dtype)
    chunks = {"adjust_chunks": {axes[-1]: 1}, "careful": careful}
    parts = _blockwise(_state, axes, (x, axes), dtype=STATE, **chunks)
    states = _united_along_classes(parts, merged, STATE), axes[:-1]
    return _blockwise(value_of, axes[:-1], states, dtype=np.float64).astype(dtype)


def _softmax(
    labels: Any,
    logits: Any,
    axis: int,
    weights: Any,
    label_smoothing: float,
    reduction: str,
) -> _Loss:
    smoothing = float(check.fraction(label_smoothing, "label_smoothing"))
    how = partial(_Labels, smoothing=smoothing, is_sparse=False)
    return _softmax_loss(labels, logits, axis, weights, how, reduction)


def _sparse_softmax(
    labels: Any,
    logits: Any,
    axis: int,
    weights: Any,
    label_smoothing: float,
    ignore_index: int | None,
    reduction: str,
) -> _Loss:
    smoothing = float(check.fraction(label_smoothing, "label_smoothing"))
    ignored = None if ignore_index is None else check.integer(ignore_index, "ignore_index")
    how = partial(_Labels, smoothing=smoothing, ignored=ignored)
    return _softmax_loss(labels, logits, axis, weights, how, reduction)


def _sigmoid(
    labels: Any, logits: Any, weights: Any, label_smoothing: float, reduction: str
) -> _Loss:
    smoothing = float(check.fraction(label_smoothing, "label_smoothing"))
    loss = partial(_elementwise_loss, xentlib.sigmoid_cross_entropy, label_smoothing=smoothing)
    return loss(labels, logits, "logits", weights, reduction)


def _binary(labels: Any, probabilities: Any, weights: Any, reduction: str) -> _Loss:
    loss = partial(_elementwise_loss, xentlib.binary_cross_entropy)
    return loss(labels, probabilities, "probabilities", weights, reduction)


def softmax_cross_entropy(
    labels: Any,
    logits: Any,
    *,
    axis: int = -1,
    weights: Any = None,
    label_smoothing: float = 0.0,
    reduction: str = "none",
) -> DaskArray:
    r"""Return the softmax cross-entropy of Dask arrays whose rows and classes are in chunks.

    .. math:: L = \sum_j w_j y_j (m - x_j) + \Big( \sum_j w_j y_j \Big) \ln(1 + s)

    Parameters
    ----------
    labels : dask.array.Array or array_like
        Probabilities of the classes, in [0, 1], of the shape of `logits`.
    logits : dask.array.Array or array_like
        Real numbers in nats; -inf masks a class.
    axis : int, optional
        The axis along which the classes lie.
    weights : array_like, optional
        One factor for each class, held in memory, finite and at least 0.
    label_smoothing : float, optional
        A number :math:`\varepsilon` in [0, 1], as in memory.
    reduction : {"none", "sum", "mean"}, optional
        As in memory: a mean divides by the sum of the weights that take part.

    Returns
    -------
    dask.array.Array
        Losses in nats, of the shape of `labels` without the axis, or one number if reduced. The
        dtype is that of `logits` (float64 if that is not floating). Nothing is computed before it
        is asked for.

    Raises
    ------
    TypeError, ValueError
        As the function of the same name for arrays in memory: at once for shapes, dtypes and
        options, when computed for values. A position then counts from the start of its chunk.

    See Also
    --------
    xentlib.softmax_cross_entropy : The same for arrays in memory.
    value_and_grad : The loss and its gradient.

    Notes
    -----
    Rows and classes may be cut into chunks of any sizes: of a chunk, a few numbers per row are
    kept, and they merge as a tree. In float32 and narrower types the losses are those in memory, to
    the last bit in nearly all cases; in float64 they may differ in the last digits.
    The chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling",
       *Proceedings of the 14th Python in Science Conference*, 2015, 126-132.

    Examples
    --------
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> labels = da.from_array([[0, 0, 1], [0.5, 0.5, 0]], chunks=(1, 2))
    >>> logits = da.from_array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], chunks=(1, 2))
    >>> xentlib.dask.softmax_cross_entropy(labels, logits).compute().round(4)
    array([0.4076, 1.9076])
    """
    return _softmax(labels, logits, axis, weights, label_smoothing, reduction).value()


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    *,
    axis: int = -1,
    weights: Any = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    reduction: str = "none",
) -> DaskArray:
    r"""Return the softmax cross-entropy of class numbers and Dask arrays of logits in chunks.

    .. math:: L = w_y \left[ (m - x_y) + \ln(1 + s) \right]

    Parameters
    ----------
    labels : dask.array.Array or array_like
        Indices of classes, of the shape of `logits` without the axis of the classes.
    logits : dask.array.Array or array_like
        Real numbers in nats; -inf masks a class.
    axis : int, optional
        The axis along which the classes lie.
    weights : array_like, optional
        One factor for each class, held in memory, finite and at least 0.
    label_smoothing : float, optional
        A number :math:`\varepsilon` in [0, 1], as in memory.
    ignore_index : int, optional
        Rows with this label take no part: their loss and gradient are 0, whatever their logits.
    reduction : {"none", "sum", "mean"}, optional
        As in memory: a mean divides by the sum of the weights that take part.

    Returns
    -------
    dask.array.Array
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `logits` (float64 if that is not floating). Nothing is computed before it is asked for.

    Raises
    ------
    TypeError, ValueError, IndexError
        As the function of the same name for arrays in memory: at once for shapes, dtypes and
        options, when computed for values. A position then counts from the start of its chunk.

    See Also
    --------
    xentlib.sparse_softmax_cross_entropy : The same for arrays in memory.
    value_and_grad : The loss and its gradient.

    Notes
    -----
    Rows and classes may be cut into chunks of any sizes: of a chunk, a few numbers per row are
    kept, and they merge as a tree. In float32 and narrower types the losses are those in memory, to
    the last bit in nearly all cases; in float64 they may differ in the last digits.
    The label's logit is counted by the one chunk that holds its class.
    The chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling",
       *Proceedings of the 14th Python in Science Conference*, 2015, 126-132.

    Examples
    --------
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> logits = da.from_array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], chunks=(1, 2))
    >>> xentlib.dask.sparse_softmax_cross_entropy([2, 0], logits).compute().round(4)
    array([0.4076, 2.4076])
    """
    return _sparse_softmax(
        labels, logits, axis, weights, label_smoothing, ignore_index, reduction
    ).value()


def linear_softmax_cross_entropy(
    labels: Any,
    hidden: Any,
    weight: Any,
    *,
    bias: Any = None,
    weights: Any = None,
    ignore_index: int | None = None,
    reduction: str = "none",
) -> DaskArray:
    r"""Return the loss of a linear layer whose matrix is cut into chunks of classes.

    .. math:: L = (m - x_y) + \ln(1 + s), \quad x_j = \sum_d h_d W_{jd} + b_j

    Parameters
    ----------
    labels : dask.array.Array or array_like
        Indices of classes, of the shape of `hidden` without its last axis.
    hidden : dask.array.Array or array_like
        Rows of :math:`D` real numbers along the last axis, which becomes one chunk.
    weight : dask.array.Array or array_like
        The matrix of the layer, of shape :math:`(V, D)`, with chunks of its rows.
    bias : dask.array.Array or array_like, optional
        One number for each class, in nats; -inf masks a class.
    weights : array_like, optional
        One factor for each class, held in memory, finite and at least 0.
    ignore_index : int, optional
        Rows with this label take no part: their loss and gradient are 0, whatever their logits.
    reduction : {"none", "sum", "mean"}, optional
        As in memory: a mean divides by the sum of the weights that take part.

    Returns
    -------
    dask.array.Array
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `hidden` or `weight`, the wider one (float64 if that is not floating). Nothing is computed
        before it is asked for.

    Raises
    ------
    TypeError, ValueError, IndexError
        As the function of the same name for arrays in memory: at once for shapes, dtypes and
        options, when computed for values. A position then counts from the start of its chunk.

    See Also
    --------
    xentlib.linear_softmax_cross_entropy : The same for arrays in memory.
    value_and_grad : The loss and its gradient.

    Notes
    -----
    Each chunk of rows meets each chunk of classes: what is sent around is chunks of `hidden` and
    `weight` and a few numbers per row, and never a logit. Otherwise it is as for the logits
    themselves, up to the rounding of the matrix product, which depends on the chunks.
    The chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling",
       *Proceedings of the 14th Python in Science Conference*, 2015, 126-132.

    Examples
    --------
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> hidden = da.from_array([[1.0, 0.0], [0.5, -1.0]], chunks=(1, 2))
    >>> weight = da.from_array([[1.0, 0.0], [2.0, 1.0], [3.0, -1.0]], chunks=(2, 2))
    >>> xentlib.dask.linear_softmax_cross_entropy([2, 0], hidden, weight).compute().round(4)
    array([0.4076, 2.1967])
    """
    return _linear_loss(labels, hidden, weight, bias, weights, ignore_index, reduction).value()


def sigmoid_cross_entropy(
    labels: Any,
    logits: Any,
    *,
    weights: Any = None,
    label_smoothing: float = 0.0,
    reduction: str = "none",
) -> DaskArray:
    r"""Return the sigmoid cross-entropy of Dask arrays, element by element.

    .. math:: L = w \left[ -z \ln \sigma(x) - (1 - z) \ln(1 - \sigma(x)) \right]

    Parameters
    ----------
    labels : dask.array.Array or array_like
        Probabilities that the answer is yes, in [0, 1].
    logits : dask.array.Array or array_like
        Real numbers of exactly the same shape, in nats.
    weights : array_like, optional
        Factors of the elements, held in memory, finite and at least 0, that broadcast to the shape
        of `labels`.
    label_smoothing : float, optional
        A number :math:`\varepsilon` in [0, 1], as in memory.
    reduction : {"none", "sum", "mean"}, optional
        As in memory: a mean divides by the sum of the weights that take part.

    Returns
    -------
    dask.array.Array
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `logits` (float64 if that is not floating). Nothing is computed before it is asked for.

    Raises
    ------
    TypeError, ValueError
        As the function of the same name for arrays in memory: at once for shapes, dtypes and
        options, when computed for values. A position then counts from the start of its chunk.

    See Also
    --------
    xentlib.sigmoid_cross_entropy : The same for arrays in memory.
    value_and_grad : The loss and its gradient.

    Notes
    -----
    Each chunk is computed on its own. Unreduced losses are those in memory; a reduced one may
    differ in the last digit.
    The chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling",
       *Proceedings of the 14th Python in Science Conference*, 2015, 126-132.

    Examples
    --------
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> logits = da.from_array([0.5, 0.7, 40.0], chunks=2)
    >>> xentlib.dask.sigmoid_cross_entropy([1, 0, 1], logits).compute().round(4)
    array([0.4741, 1.1032, 0.    ])
    """
    return _sigmoid(labels, logits, weights, label_smoothing, reduction).value()


def binary_cross_entropy(
    labels: Any, probabilities: Any, *, weights: Any = None, reduction: str = "none"
) -> DaskArray:
    r"""Return the binary cross-entropy of Dask arrays, element by element.

    .. math:: L = w \left[ -y \ln p - (1 - y) \ln(1 - p) \right]

    Parameters
    ----------
    labels : dask.array.Array or array_like
        Probabilities that the answer is yes, in [0, 1].
    probabilities : dask.array.Array or array_like
        Predicted probabilities in [0, 1], of exactly the same shape.
    weights : array_like, optional
        Factors of the elements, held in memory, finite and at least 0, that broadcast to the shape
        of `labels`.
    reduction : {"none", "sum", "mean"}, optional
        As in memory: a mean divides by the sum of the weights that take part.

    Returns
    -------
    dask.array.Array
        Losses in nats, of the shape of `labels`, or one number if reduced. The dtype is that of
        `probabilities` (float64 if that is not floating). Nothing is computed before it is asked
        for.

    Raises
    ------
    TypeError, ValueError
        As the function of the same name for arrays in memory: at once for shapes, dtypes and
        options, when computed for values. A position then counts from the start of its chunk.

    See Also
    --------
    xentlib.binary_cross_entropy : The same for arrays in memory.
    value_and_grad : The loss and its gradient.

    Notes
    -----
    Each chunk is computed on its own. Unreduced losses are those in memory; a reduced one may
    differ in the last digit.
    The chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling",
       *Proceedings of the 14th Python in Science Conference*, 2015, 126-132.

    Examples
    --------
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> probabilities = da.from_array([0.2, 0.6], chunks=1)
    >>> xentlib.dask.binary_cross_entropy([0, 1], probabilities).compute().round(4)
    array([0.2231, 0.5108])
    """
    return _binary(labels, probabilities, weights, reduction).value()


_EVALUATIONS: dict[Callable[..., Any], Callable[..., _Loss]] = {
    softmax_cross_entropy: _softmax,
    sparse_softmax_cross_entropy: _sparse_softmax,
    linear_softmax_cross_entropy: _linear_loss,
    sigmoid_cross_entropy: _sigmoid,
    binary_cross_entropy: _binary,
}


def value_and_grad(loss: Callable[..., DaskArray]) -> Callable[..., tuple[DaskArray, Any]]:
    r"""Return a function that computes a loss of this module and its gradient, both in chunks.

    .. math:: g_i = w_i \, \frac{\partial L_i}{\partial x_i}
        \quad\text{or, for the reduction "mean",}\quad
        g_i = \frac{w_i}{\sum_j w_j} \, \frac{\partial L_i}{\partial x_i}

    Parameters
    ----------
    loss : callable
        One of the five losses of this module.

    Returns
    -------
    callable
        A function that takes the arguments of `loss` and returns the pair ``(value, gradient)``,
        as `xentlib.value_and_grad` does: in nats, and nats per unit of the second argument, of its
        shape and floating dtype. The gradient has the chunks of that argument; that of
        `linear_softmax_cross_entropy` is a named tuple ``(hidden, weight, bias)``.

    Raises
    ------
    TypeError
        If `loss` is no loss of this module; when called, if an argument is unknown or missing.
    ValueError
        When called or computed, for the same input as `loss`.

    See Also
    --------
    xentlib.value_and_grad : The same for arrays in memory.

    Notes
    -----
    Compute both at once, with ``dask.compute(value, *gradient)`` or the like: then what they share
    is computed once. The chapter ``practice/large-vocabularies`` derives it.

    References
    ----------
    .. [1] M. Rocklin, "Dask: parallel computation with blocked algorithms and task scheduling",
       *Proceedings of the 14th Python in Science Conference*, 2015, 126-132.

    Examples
    --------
    >>> import dask
    >>> import dask.array as da
    >>> import xentlib.dask
    >>> logits = da.from_array([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]], chunks=(1, 2))
    >>> loss = xentlib.dask.sparse_softmax_cross_entropy
    >>> value, gradient = dask.compute(*xentlib.dask.value_and_grad(loss)([2, 1], logits))
    >>> gradient.round(4)
    array([[ 0.09  ,  0.2447, -0.3348],
           [ 0.9647, -0.9823,  0.0177]])
    """
    if loss not in _EVALUATIONS:
        known = ", ".join(sorted(known.__name__ for known in _EVALUATIONS))
        raise TypeError(f"loss is {loss!r}, which has no gradient here; it must be one of {known}.")
    signature = inspect.signature(loss)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[DaskArray, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return _EVALUATIONS[loss](**bound.arguments).value_and_gradient()

    return value_and_gradient
