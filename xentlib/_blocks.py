"""Work cut into blocks of rows: small enough for the processor's cache, whatever the whole's size.

An array is seen as rows along one of its axes, the class axis. A block is some of these rows, as a
copy with two axes, to compute in; only the results are ever as large as the input.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import numpy as np

from xentlib._exact import Array, Result, widened

# 512 KiB of float64: fewer and larger steps, while the few arrays of a kernel stay in the cache.
BLOCK_SIZE = 2**16

# Where each element is a row, a kernel needs more arrays of half that size. If the whole is small,
# blocks are smaller still: large arrays are fresh pages from the system at each call, which would
# take longer than the arithmetic.
CELLS_SIZE = 2**15
FEW = 2**18
BLOCK_SIZE_OF_FEW = 2**15
CELLS_OF_FEW = 10 * 2**10

# Below so many elements for each, further threads cost more than they bring. Above so many threads,
# or elements that all of them work at, their scratch arrays would take too much memory.
ELEMENTS_PER_THREAD = 2**17
MOST_THREADS = 8
MOST_ELEMENTS = 2**19

# NumPy copies operands that are broadcast, or have gaps, into a buffer of this many elements before
# it computes. The usual 8192 double the time; rows longer than the buffer are not copied.
_BUFFER_SIZE = 256

# With fewer classes, a block has a column for each row: NumPy is fast along long axes only.
FEW_CLASSES = 64

Index: TypeAlias = tuple[int | slice, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive rows (in C order) of arrays that have the same rows."""

    index: Index  # of the rows, in an array without the class axis
    first: int  # the number of the first row
    count: int  # how many rows there are
    array_axis: int  # the class axis of the whole arrays
    axis: int  # the class axis of this block, 0 or 1

    def rows(self, array: Array) -> Array:
        """Return a copy of these rows: two axes, one of them the class axis."""
        part = widened(self.view(array), "C")
        return part.reshape((len(part), -1) if self.axis == 0 else (-1, part.shape[-1]))

    def one_per_row(self, array: Array) -> Array:
        """Return these elements of an array without the class axis, in which they have length 1."""
        return self.as_column(np.ravel(array[self.index]))

    def as_column(self, numbers: Array) -> Array:
        """Return one number for each row, in the shape of rows of length 1."""
        return numbers[np.newaxis] if self.axis == 0 else numbers[:, np.newaxis]

    def along_classes(self, array: Array) -> Array:
        """Return an array with one element per class in the shape of a single row."""
        return np.expand_dims(array, 1 - self.axis)

    def places(self, classes: Array, count: int) -> Array:
        """Return where one of so many classes of each row lies among all elements of the block."""
        rows = np.arange(self.count)
        return classes * self.count + rows if self.axis == 0 else rows * count + classes

    def write(self, result: Array, rows: Result) -> None:
        """Write the numbers of this block, however many there are in a row, into the result."""
        view = self.view(result)
        view[...] = rows.reshape(view.shape)

    def write_one_per_row(self, result: Array, column: Result) -> None:
        """Write one number for each row into a result without the class axis."""
        result[self.index] = column.reshape(result[self.index].shape)

    def view(self, array: Array) -> Array:
        """Return these rows as they lie in memory: the class axis is the first or the last."""
        rows = self.classes_last(array)
        return rows if self.axis == 1 else rows.transpose(rows.ndim - 1, *range(rows.ndim - 1))

    def classes_last(self, array: Array) -> Array:
        """Return these rows as they lie in memory: the class axis is the last."""
        if self.array_axis < array.ndim - 1:
            array = np.moveaxis(array, self.array_axis, -1)
        return array[self.index] if self.index else array


class Scratch:
    """Arrays to compute in, used again for block after block."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def array(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return an array of this shape, whose contents are left from the block before."""
        size = math.prod(shape)
        if name not in self._arrays or self._arrays[name].size < size:
            self._arrays[name] = np.empty(size)
        return self._arrays[name][:size].reshape(shape)


def each_block(
    blocks: Iterable[Block], size: int, work: Callable[[Block, Scratch], bool]
) -> list[Block]:
    """Do the work on each block, by several threads if the blocks have many elements together.

    Return the blocks for which the work was not done, in order. Each block is computed in the same
    way by whichever thread, so that the number of threads does not show in the results.
    """
    queue, left, numbers = list(blocks), list[Block](), count()

    def take_turns(_: object = None) -> None:
        scratch = Scratch()
        with np.errstate(all="ignore"):
            np.setbufsize(_BUFFER_SIZE)  # until the end of errstate
            while (number := next(numbers)) < len(queue):
                if not work(queue[number], scratch):
                    left.append(queue[number])

    most = MOST_ELEMENTS * len(queue) // max(size, 1)
    threads = min(size // ELEMENTS_PER_THREAD, len(queue), most)
    if threads > 1 and available_threads() > 1:
        from concurrent.futures import ThreadPoolExecutor

        threads = min(threads, available_threads())
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(take_turns, range(threads)))
    else:
        take_turns()
    return sorted(left, key=lambda block: block.first)


def available_threads() -> int:
    """Return how many threads may run at once: one in a browser."""
    if sys.platform == "emscripten":
        return 1
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST_THREADS)
    return min(os.cpu_count() or 1, MOST_THREADS)


def row_blocks(shape: tuple[int, ...], axis: int) -> Iterator[Block]:
    """Cut an array into blocks of whole rows along an axis."""
    rows, classes = without_axis(shape, axis), shape[axis]
    first = 0
    for index, number in parts(rows, max(1, _block_size(shape, classes) // classes)):
        yield Block(index, first, number, axis, 0 if classes < FEW_CLASSES else 1)
        first += number


def _block_size(shape: tuple[int, ...], classes: int) -> int:
    """Return how many elements a block may have."""
    if math.prod(shape) > FEW:
        return BLOCK_SIZE if classes > 1 else CELLS_SIZE
    return min(BLOCK_SIZE, BLOCK_SIZE_OF_FEW) if classes > 1 else CELLS_OF_FEW


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
