"""Work cut into blocks of rows: small enough for the processor's cache, whatever the whole's size.

An array is seen as rows along one of its axes, the class axis. A block is some of these rows, as a
copy with two axes, to compute in; only the results are ever as large as the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from xentlib._exact import Array, Result, widened

# 512 KiB of float64, so that the few arrays of this size that a kernel needs stay in the cache.
BLOCK_SIZE = 2**16

# With fewer classes, a block has a column for each row: NumPy is fast along long axes only.
FEW_CLASSES = 64

Index: TypeAlias = tuple[int | slice, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive rows (in C order) of arrays that have the same rows."""

    index: Index  # of the rows, in an array without the class axis
    first: int  # the number of the first row
    array_axis: int  # the class axis of the whole arrays
    axis: int  # the class axis of this block, 0 or 1

    def rows(self, array: Array) -> Array:
        """Return a copy of these rows: two axes, one of them the class axis."""
        part = widened(self._view(array), "C")
        return part.reshape((len(part), -1) if self.axis == 0 else (-1, part.shape[-1]))

    def one_per_row(self, array: Array) -> Array:
        """Return these elements of an array without the class axis, in which they have length 1."""
        return np.expand_dims(np.ravel(array[self.index]), self.axis)

    def along_classes(self, array: Array) -> Array:
        """Return an array with one element per class in the shape of a single row."""
        return np.expand_dims(array, 1 - self.axis)

    def write(self, result: Array, rows: Result) -> None:
        """Write the numbers of this block, however many there are in a row, into the result."""
        view = self._view(result)
        view[...] = rows.reshape(view.shape)

    def write_one_per_row(self, result: Array, column: Result) -> None:
        """Write one number for each row into a result without the class axis."""
        result[self.index] = column.reshape(result[self.index].shape)

    def _view(self, array: Array) -> Array:
        moved = np.moveaxis(array, self.array_axis, 0 if self.axis == 0 else -1)
        return moved[(slice(None), *self.index) if self.axis == 0 else (*self.index, ...)]


def row_blocks(shape: tuple[int, ...], axis: int) -> Iterator[Block]:
    """Cut an array into blocks of whole rows along an axis."""
    rows, classes = without_axis(shape, axis), shape[axis]
    first = 0
    for index, count in parts(rows, max(1, BLOCK_SIZE // classes)):
        yield Block(index, first, axis, 0 if classes < FEW_CLASSES else 1)
        first += count


def cells(array: Array) -> Array:
    """Return a view of an array in which every element is a row of its own, along the last axis."""
    return array[..., np.newaxis]


def without_axis(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """Return the shape of what has one number per row."""
    return shape[:axis] + shape[axis:][1:]


def parts(shape: tuple[int, ...], limit: int) -> Iterator[tuple[Index, int]]:
    """Cut an array of this shape into parts of at most so many consecutive elements."""
    size = math.prod(shape)
    if size <= limit:
        yield (), size
        return
    inner = size // shape[0]
    step = max(1, limit // inner)
    for start in range(0, shape[0], step):
        stop = min(start + step, shape[0])
        if inner <= limit:
            yield (slice(start, stop),), (stop - start) * inner
        else:
            for index, count in parts(shape[1:], limit):
                yield (start, *index), count
