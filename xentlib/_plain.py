"""The losses for numbers of ordinary size: few steps, each of them in place, in the cache.

A logit between -300 and 300 needs no shift: its exponential is an ordinary float64. Almost all
logits are like that, and where nothing is shifted, no rounding error of a shift has to be carried.

Each kernel takes a block of rows, hands its slopes to `write` if they are wanted, and returns the
losses. If it meets other numbers (extreme logits, NaN, labels that are no labels), it returns None,
and the block is left to those who handle them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from xentlib._blocks import Block, Scratch
from xentlib._exact import Array, ordered_two_sum, two_sum

Write: TypeAlias = Callable[[Block, Array], None]

# Between 2^-500 and 2^500, two numbers have a quotient that neither overflows nor underflows.
_ORDINARY = 2.0**500

# From here on, exp(x) is a normal number.
_LEAST_LOGIT = -700.0


def are_ordinary(values: Array, total: Array) -> bool:
    """Tell whether positive numbers, and a total of them, are of ordinary size. NaN is not."""
    return bool(values.min(initial=1) >= 1 / _ORDINARY and total.max(initial=1) <= _ORDINARY)


def load(block: Block, array: Array, name: str, scratch: Scratch) -> Array:
    """Return a copy of a block of rows, in float64."""
    view = block.view(array)
    copy = scratch.array(name, view.shape)
    np.copyto(copy, view, casting="unsafe")
    return copy.reshape((len(copy), -1) if block.axis == 0 else (-1, copy.shape[-1]))


def sum_rows(
    values: Array, axis: int, is_narrow: bool, scratch: Scratch
) -> tuple[Array, Array | float]:
    """Return the sum of each row of positive numbers, rounded, and what the rounding took away.

    Where each digit counts, numbers are cut in two at the last digit of twice the sum: the first
    parts are added without any error, the second parts are too small for theirs to matter.
    """
    rough = values.sum(axis=axis)
    if is_narrow:
        return rough, 0.0
    _, exponent = np.frexp(rough)
    edge = np.expand_dims(np.ldexp(1.0, exponent + 1), axis)
    high = np.add(values, edge, out=scratch.array("parts", values.shape))
    high -= edge
    total = high.sum(axis=axis)
    low = np.subtract(values, high, out=high)
    return ordered_two_sum(total, low.sum(axis=axis))


def divide_rows(values: Array, total: Array, is_narrow: bool) -> None:
    """Divide each row by its total; where not every digit counts, multiply, which is sooner."""
    if is_narrow:
        values *= 1 / total
    else:
        values /= total


def lacks_digits(block: Block, logits: Array, is_narrow: bool, total: Array) -> bool:
    """Tell whether a normal number might become the quotient of a subnormal one and the total."""
    if is_narrow or total.min(initial=1) >= 1:
        return False
    return bool(block.view(logits).min() < _LEAST_LOGIT)


def one_hot_classes(block: Block, labels: Array) -> Array | None:
    """Return the class of each row if every row has a single 1 among zeros."""
    rows = np.ravel(block.classes_last(labels))
    places = np.flatnonzero(rows != 0)
    count, classes = block.count, labels.shape[block.array_axis]
    if len(places) != count or not count:
        return None
    y = places - np.arange(0, count * classes, classes)
    is_one_per_row = y.min() >= 0 and y.max() < classes and np.all(rows[places] == 1)
    return y if is_one_per_row else None


def hard_softmax(
    block: Block, logits: Array, y: Array, is_narrow: bool, scratch: Scratch, write: Write | None
) -> Array | None:
    """Return ln(1 + rest / e^x_y), where rest is the sum of e^x over the classes other than y.

    The label is left out of the sum, so that nothing has to be subtracted. The slopes are
    e^x / (rest + e^x_y), and -rest / (rest + e^x_y) for the label.
    """
    e = load(block, logits, "exponentials", scratch)
    np.exp(e, out=e)
    flat, places = e.reshape(-1), block.places(y, e.shape[block.axis])
    own = flat.take(places)
    flat[places] = 0
    rest, lost = sum_rows(e, block.axis, is_narrow, scratch)
    total, rounding = two_sum(rest, own)
    total += lost + rounding
    if not (are_ordinary(own, total) and are_ordinary(rest, total)):
        return None
    if write:
        if lacks_digits(block, logits, is_narrow, total):
            return None
        flat[places] = -rest
        divide_rows(e, block.as_column(total), is_narrow)
        write(block, e)
    rest /= own
    return np.log1p(rest, out=rest)


def softmax(block: Block, x: Array, is_narrow: bool, scratch: Scratch, result: Array) -> bool:
    """Write e^x / sum e^x into the result, and tell whether that was possible."""
    e = load(block, x, "exponentials", scratch)
    total, _ = sum_rows(np.exp(e, out=e), block.axis, is_narrow, scratch)
    if not are_ordinary(total, total) or lacks_digits(block, x, is_narrow, total):
        return False
    divide_rows(e, block.as_column(total), is_narrow)
    block.write(result, e)
    return True


def largest_and_log_total(
    block: Block, x: Array, is_narrow: bool, scratch: Scratch
) -> tuple[Array, Array] | None:
    """Return each row's largest logit m and ln(1 + rest), whose sum is the log-sum-exp.

    That is the loss of the label that has the largest logit.
    """
    rows = block.classes_last(x)
    y = np.ravel(rows.argmax(axis=-1))
    log_total = hard_softmax(block, x, y, is_narrow, scratch, None)
    if log_total is None:
        return None
    return rows.reshape(-1).take(np.arange(0, rows.size, rows.shape[-1]) + y), log_total


def log_softmax(block: Block, x: Array, is_narrow: bool, scratch: Scratch, result: Array) -> bool:
    """Write (x - m) - ln(1 + rest) into the result, and tell whether that was possible."""
    parts = largest_and_log_total(block, x, is_narrow, scratch)
    if parts is None:
        return False
    logs = load(block, x, "exponentials", scratch)
    for part in parts:
        logs -= block.as_column(part)
    block.write(result, logs)
    return True


def sigmoid(
    block: Block, labels: Array, logits: Array, scratch: Scratch, write: Write | None
) -> Array | None:
    """Return c x + ln(1 + e^-|x|), where c is 1 - z for a logit x >= 0 and -z for x < 0.

    No term is negative. The slopes are c + sigmoid(-|x|) for x < 0 and c - sigmoid(-|x|) otherwise.
    """
    if not are_fractions(block.view(labels)):
        return None
    x, z = load(block, logits, "x", scratch), load(block, labels, "z", scratch)
    decay = np.abs(x, out=scratch.array("decay", x.shape))
    if not decay.max(initial=0) < np.inf:
        return None
    np.exp(np.negative(decay, out=decay), out=decay)
    c = scratch.array("c", x.shape)
    c[...] = ~np.signbit(x)
    c -= z
    if write:
        opposite = np.divide(decay, np.add(decay, 1, out=z), out=z)
        write(block, np.subtract(c, np.copysign(opposite, x, out=z), out=z))
    x *= c
    x += np.log1p(decay, out=decay)
    return x


def binary(
    block: Block, labels: Array, probabilities: Array, scratch: Scratch, write: Write | None
) -> Array | None:
    """Return -y ln p - (1 - y) ln(1 - p); the slopes are (p - y) / (p (1 - p))."""
    if not are_fractions(block.view(labels)):
        return None
    y, p = load(block, labels, "y", scratch), load(block, probabilities, "p", scratch)
    if not (p.min(initial=1) >= 1 / _ORDINARY and p.max(initial=0) < 1):
        return None
    spare = scratch.array("spare", y.shape)
    if write:
        slopes = np.subtract(p, y, out=scratch.array("slopes", y.shape))
        slopes /= np.multiply(p, np.subtract(1, p, out=spare), out=spare)
        write(block, slopes)
    yes = np.multiply(y, np.log(p, out=spare), out=spare)
    no = np.log1p(np.negative(p, out=p), out=p)
    no *= np.subtract(1, y, out=y)
    return np.negative(np.add(yes, no, out=yes), out=yes)


def are_fractions(values: Array) -> bool:
    """Tell whether all numbers lie in [0, 1]. NaN does not."""
    return bool(values.min(initial=0) >= 0 and values.max(initial=0) <= 1)
