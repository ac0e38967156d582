"""Values and gradients of losses.

A loss joins by naming, in one place, the function that evaluates it::

    @differentiable(_evaluate_my_cross_entropy)
    def my_cross_entropy(labels, logits, *, weights=None, reduction="none"): ...

That function takes the same arguments, checks them, and returns an `Evaluation`, which computes one
block of rows after the other, each as a `BlockEvaluation`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar

import numpy as np

from xentlib import _validation as check
from xentlib._blocks import Block, Scratch, cells, each_block, row_blocks, without_axis
from xentlib._exact import ONE, Array, Result, Wide, is_double, total
from xentlib._plain import Write

__all__ = ["grad", "value_and_grad"]

Arguments = ParamSpec("Arguments")
AnyLoss = TypeVar("AnyLoss", bound=Callable[..., Any])
TermsAndSlopes: TypeAlias = tuple[Callable[[], Wide], Callable[[], Wide]]
Plain: TypeAlias = Callable[[Block, Scratch, Write | None], Array | None]

# An array, or a tuple of arrays for a loss that has a gradient in several arguments.
Gradient: TypeAlias = Any


class Differentiable(Protocol):
    """What a loss makes of its arguments, once they are checked."""

    def value(self) -> Result:
        """Return the loss, reduced."""

    def gradient(self) -> Gradient:
        """Return the derivative of the value (of the rows' sum if it is not reduced)."""

    def value_and_gradient(self) -> tuple[Result, Gradient]:
        """Return both."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockEvaluation:
    """A loss at some points: what was computed once, for value and gradient alike.

    `terms` gives each point's unweighted loss, `slopes` its derivative with respect to the second
    argument. Neither is computed before it is asked for.
    """

    terms: Callable[[], Wide]
    slopes: Callable[[], Wide]
    weights: Wide
    divisor: Wide

    def value(self) -> Wide:
        """Return the weighted terms."""
        return self.terms() * self.weights

    def gradient(self) -> Wide:
        """Return the weighted slopes, divided by what the value of a mean is divided by."""
        if self.weights is ONE:
            return self.slopes() / self.divisor
        return self.slopes() * (self.weights / self.divisor)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A loss with one number for each row along the class axis, all of its arguments checked.

    `plain` computes a block of rows in which all numbers have an ordinary size, `evaluate` any
    other. Nothing of the size of the input is held but the gradient. Where each element is a row
    of its own, `shape` has one axis more than the arguments.

    A block whose labels are not valid is never plain; `validate` raises the error about them. So
    the labels of plain blocks need not be read once more from memory.
    """

    evaluate: Callable[[Block], BlockEvaluation]
    shape: tuple[int, ...]
    axis: int
    divisor: Wide
    reduction: str
    dtype: np.dtype[Any]
    is_elementwise: bool = False
    plain: Plain | None = None
    validate: Callable[[], object] = bool

    @classmethod
    def of_elements(
        cls,
        point: Callable[[Block], TermsAndSlopes],
        *,
        like: Array,
        weights: object,
        reduction: str,
        plain: Plain | None = None,
        validate: Callable[[], object] = bool,
    ) -> Evaluation:
        """Return the evaluation of a loss with one number for each element of the array `like`.

        `point` gives the terms and the slopes of a block, in which an element is a row. `plain` is
        for blocks without weights.
        """
        check.reduction(reduction)
        factors = np.broadcast_to(check.factors(weights, "weights", like.shape), like.shape)
        divisor = _total_weight(factors) if reduction == "mean" else ONE

        def evaluate(block: Block) -> BlockEvaluation:
            terms, slopes = point(block)
            w = ONE if weights is None else Wide.of(block.rows(cells(factors)))
            return BlockEvaluation(terms, slopes, w, divisor)

        shape, dtype = cells(like).shape, check.result_dtype(like)
        plain = plain if weights is None and is_double(dtype) and divisor.is_tame() else None
        return cls(evaluate, shape, like.ndim, divisor, reduction, dtype, True, plain, validate)

    def value(self) -> Result:
        """Return the loss, reduced."""
        return self._run(None)

    def gradient(self) -> Result:
        """Return the derivative of the value (of the rows' sum if it is not reduced)."""
        return self.value_and_gradient()[1]

    def value_and_gradient(self) -> tuple[Result, Result]:
        """Return both, from one pass over the blocks."""
        gradient = np.empty(self.shape, self.dtype)
        value = self._run(gradient)
        return value, gradient.reshape(self.shape[:-1])[()] if self.is_elementwise else gradient

    def _write(self, gradient: Array, block: Block, slopes: Array) -> None:
        """Write the slopes of a block, divided by what a mean is divided by."""
        slopes = slopes if self.divisor is ONE else slopes / self.divisor.mantissa
        block.write(gradient, slopes)

    def _run_carefully(
        self, blocks: list[Block], take: Callable[[Block, Wide], None], gradient: Array | None
    ) -> None:
        """Compute the blocks that hold other than ordinary numbers."""
        for block in blocks:
            rows = self.evaluate(block)
            take(block, rows.value())
            if gradient is not None:
                block.write(gradient, rows.gradient().narrow())

    @np.errstate(all="ignore")
    def _run(self, gradient: Array | None) -> Result:
        """Return the value, and write the gradient if there is room for it."""
        is_reduced = self.reduction != "none"
        rows_shape = () if is_reduced else without_axis(self.shape, self.axis)
        losses, sums = np.empty(rows_shape, self.dtype), dict[int, Wide]()

        def take(block: Block, value: Wide) -> None:
            if is_reduced:
                sums[block.first] = value.sum()
            else:
                block.write_one_per_row(losses, value.narrow())

        write = None if gradient is None else partial(self._write, gradient)

        def plain(block: Block, scratch: Scratch) -> bool:
            if self.plain is None:
                return False
            found = self.plain(block, scratch, write)
            if found is not None:
                take(block, Wide.of(found) if is_reduced else Wide(found))
            return found is not None

        left = each_block(row_blocks(self.shape, self.axis), math.prod(self.shape), plain)
        if left:
            self.validate()
            self._run_carefully(left, take, gradient)
        if is_reduced:
            in_order = [sums[first] for first in sorted(sums)]
            losses[()] = (total(in_order) / self.divisor).narrow()
        value: Result = losses[()]
        return value


@np.errstate(all="ignore")
def _total_weight(weights: Array) -> Wide:
    """Return the sum of the weights that take part, by which a mean divides."""
    view = cells(weights)
    sums = [Wide.of(block.rows(view)).sum() for block in row_blocks(view.shape, weights.ndim)]
    return positive_divisor(total(sums), weights.shape)


def positive_divisor(divisor: Wide, shape: tuple[int, ...], name: str = "weights") -> Wide:
    """Return what a mean over labels of this shape divides by, if it is not over nothing."""
    if 0 in shape:
        raise ValueError(f"labels has shape {shape}; reduction 'mean' needs at least one element.")
    if divisor.mantissa == 0:
        raise ValueError(f"{name} sum to 0; reduction 'mean' needs at least one weight above 0.")
    return divisor


_EVALUATIONS: dict[Callable[..., Any], Callable[..., Differentiable]] = {}


def differentiable(evaluate: Callable[..., Differentiable]) -> Callable[[AnyLoss], AnyLoss]:
    """Attach to a loss the function that evaluates it; both take the same arguments."""

    def attach(loss: AnyLoss) -> AnyLoss:
        _EVALUATIONS[loss] = evaluate
        return loss

    return attach


def _evaluator(loss: Callable[..., Any]) -> Callable[..., Differentiable]:
    """Return the function that evaluates the loss, given the loss's own arguments and defaults."""
    if not inspect.isfunction(loss) or loss not in _EVALUATIONS:
        known = ", ".join(sorted(known.__name__ for known in _EVALUATIONS))
        raise TypeError(f"loss is {loss!r}, which has no gradient here; it must be one of {known}.")
    signature = inspect.signature(loss)

    def evaluate(*arguments: object, **options: object) -> Differentiable:
        try:
            bound = signature.bind(*arguments, **options)
        except TypeError as error:
            names = ", ".join(signature.parameters)
            raise TypeError(f"{loss.__name__}: {error}; the arguments are {names}.") from None
        bound.apply_defaults()
        return _EVALUATIONS[loss](**bound.arguments)

    return evaluate


def value_and_grad(
    loss: Callable[Arguments, Result],
) -> Callable[Arguments, tuple[Result, Gradient]]:
    r"""Return a function that computes a loss and its gradient together.

    For the loss :math:`L_i` of each element, with weights :math:`w_i` and second argument
    :math:`x`, the gradient is

    .. math:: g_i = w_i \, \frac{\partial L_i}{\partial x_i}
        \quad\text{or, for the reduction "mean",}\quad
        g_i = \frac{w_i}{\sum_j w_j} \, \frac{\partial L_i}{\partial x_i}.

    A softmax loss has one number per row, and :math:`x_i` is a whole row of logits.

    Parameters
    ----------
    loss : callable
        One of the six losses of `xentlib`: `softmax_cross_entropy`,
        `sparse_softmax_cross_entropy`, `linear_softmax_cross_entropy`, `binary_cross_entropy`,
        `sigmoid_cross_entropy` or `sigmoid_focal_cross_entropy`.

    Returns
    -------
    callable
        A function that takes the arguments of `loss`, options included, and returns the pair
        ``(value, gradient)``. The value is what ``loss`` returns, in nats. The gradient has the
        shape and the floating dtype of the second argument (float64 if that is not floating), in
        nats per unit of that argument. It is the derivative of the returned number; with reduction
        "none", of the sum of the returned numbers. The gradient of `linear_softmax_cross_entropy`
        is a named tuple of three, ``(hidden, weight, bias)``, each like the argument of this name.

    Raises
    ------
    TypeError
        If `loss` has no gradient here; when called, if an argument is unknown or missing.
    ValueError, IndexError
        When called, for the same input as `loss`.

    See Also
    --------
    grad : The gradient alone.

    Notes
    -----
    Checks and shared intermediate results are computed once. For labels 0 and 1 the error of a
    gradient is at most 0.51 ulp in float32 and narrower types and at most 4 ulp in float64. For
    soft labels it is at most 0.51 and 8 ulp, where the ulp is that of the larger of the two parts
    whose difference the gradient is, because the difference itself may cancel. At the ends of the
    range the gradient is its limit. The chapter ``losses/sigmoid-cross-entropy`` derives its
    gradient and tests it against finite differences, ``losses/softmax-cross-entropy`` that of the
    softmax losses, ``losses/binary-cross-entropy`` that with respect to a probability.

    References
    ----------
    .. [1] A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM, 2008.

    Examples
    --------
    >>> import xentlib
    >>> value, gradient = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(
    ...     [1, 0], [0.5, 0.7], reduction="mean"
    ... )
    >>> round(float(value), 4)
    0.7886
    >>> gradient.round(4)
    array([-0.1888,  0.3341])
    """
    evaluate = _evaluator(loss)

    def value_and_gradient(
        *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> tuple[Result, Gradient]:
        return evaluate(*args, **kwargs).value_and_gradient()

    return value_and_gradient


def grad(loss: Callable[Arguments, Result]) -> Callable[Arguments, Gradient]:
    r"""Return a function that computes the gradient of a loss.

    .. math:: g_i = \frac{\partial}{\partial x_i} \sum_j w_j L_j,
        \quad\text{divided by } \sum_j w_j \text{ for the reduction "mean"}

    Parameters
    ----------
    loss : callable
        One of the six losses of `xentlib`: `softmax_cross_entropy`,
        `sparse_softmax_cross_entropy`, `linear_softmax_cross_entropy`, `binary_cross_entropy`,
        `sigmoid_cross_entropy` or `sigmoid_focal_cross_entropy`.

    Returns
    -------
    callable
        A function that takes the arguments of `loss`, options included, and returns the gradient
        with respect to the second of them: same shape and floating dtype (float64 if that is not
        floating), in nats per unit of that argument. That of `linear_softmax_cross_entropy` is a
        named tuple of three, ``(hidden, weight, bias)``.

    Raises
    ------
    TypeError
        If `loss` has no gradient here; when called, if an argument is unknown or missing.
    ValueError, IndexError
        When called, for the same input as `loss`.

    See Also
    --------
    value_and_grad : Value and gradient together, and the accuracy of gradients.

    Notes
    -----
    The chapter ``losses/sigmoid-cross-entropy`` derives the gradient of the sigmoid cross-entropy.

    References
    ----------
    .. [1] A. Griewank and A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM, 2008.

    Examples
    --------
    >>> import xentlib
    >>> xentlib.grad(xentlib.sigmoid_cross_entropy)([1, 0], [0.5, 0.7]).round(4)
    array([-0.3775,  0.6682])
    >>> xentlib.grad(xentlib.binary_cross_entropy)([1, 0], [0.25, 0.0])
    array([-4.,  1.])
    """
    evaluate = _evaluator(loss)

    def gradient(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Gradient:
        return evaluate(*args, **kwargs).gradient()

    return gradient
