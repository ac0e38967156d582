"""Work cut into blocks: every element once, in order, and little memory."""

import math
import tracemalloc

import numpy as np
import pytest

import xentlib
from xentlib import _blocks, losses
from xentlib._blocks import parts, row_blocks


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 7, 30, 1000])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 3, 5), (5, 1, 2), (0,), (2, 0, 3)])
def test_parts_are_consecutive_and_small(shape, limit):
    """Protects the cut: in C order, each element once, none larger than the limit."""
    numbers = np.arange(math.prod(shape)).reshape(shape)
    found = [(np.ravel(numbers[index]), count) for index, count in parts(shape, limit)]
    assert all(len(part) == count <= limit for part, count in found)
    np.testing.assert_array_equal(np.concatenate([part for part, _ in found]), np.ravel(numbers))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("classes", [3, 100])
def test_blocks_are_copies_of_rows_that_can_be_written_back(monkeypatch, axis, classes):
    """Protects loading and storing in both layouts, for every place of the class axis."""
    monkeypatch.setattr(_blocks, "BLOCK_SIZE", 4 * classes)
    shape = [5, 6]
    shape.insert(axis, classes)
    array = np.random.default_rng(0).normal(size=shape)
    copy, sums, first = np.zeros(shape), np.zeros((5, 6)), 0
    for block in row_blocks(array.shape, axis):
        rows = block.rows(array)
        assert block.axis == (0 if classes == 3 else 1)  # the last axis is a long one
        assert rows.shape[block.axis] == classes
        assert rows.flags.c_contiguous
        assert not np.shares_memory(rows, array)
        assert block.first == first
        first += rows.shape[1 - block.axis]
        block.write(copy, rows)
        column = np.sum(rows, axis=block.axis, keepdims=True)
        np.testing.assert_array_equal(block.one_per_row(array.sum(axis)).shape, column.shape)
        block.write_one_per_row(sums, column)
    assert first == 30
    np.testing.assert_array_equal(copy, array)
    np.testing.assert_allclose(sums, array.sum(axis), rtol=1e-12, atol=1e-12)


def test_a_row_longer_than_a_block_is_a_block_of_its_own(monkeypatch):
    """Protects the memory that very many classes need."""
    monkeypatch.setattr(_blocks, "BLOCK_SIZE", 10)
    assert [block.first for block in row_blocks((3, 100), 1)] == [0, 1, 2]


def results():
    """Something of everything that works in blocks."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(0, 5, (7, 11, 9)), rng.integers(0, 9, (7, 11))
    y = xentlib.softmax(x)
    for reduction in ("none", "mean"):
        options = {"weights": np.arange(9) + 1.0, "reduction": reduction}
        yield from xentlib.value_and_grad(xentlib.sparse_softmax_cross_entropy)(
            labels, x, ignore_index=3, **options
        )
        yield from xentlib.value_and_grad(xentlib.softmax_cross_entropy)(y, x, **options)
    yield from (y, xentlib.log_softmax(x, axis=1), xentlib.logsumexp(x, axis=0))
    yield from (xentlib.entropy(y), xentlib.kl_divergence(y, y[::-1]), xentlib.perplexity(y))


@pytest.mark.parametrize("size", [1, 50, 200])
def test_the_size_of_a_block_changes_nothing(monkeypatch, size):
    """Protects results from the cut, but for the last digits of sums over blocks."""
    usual = list(results())
    for module in (_blocks, losses):
        monkeypatch.setattr(module, "BLOCK_SIZE", size)
    for here, there in zip(usual, results(), strict=True):
        np.testing.assert_allclose(here, there, rtol=2e-15)


def peak_memory(function):
    """The bytes that a call holds at most, beyond what it returns."""
    tracemalloc.start()
    try:
        result = function()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    arrays = result if isinstance(result, tuple) else (result,)
    return peak - sum(np.asarray(array).nbytes for array in arrays)


def test_little_memory_is_needed():
    """Protects large inputs: 16 MiB beyond the result; control: plain NumPy needs the whole."""
    x = np.random.default_rng(0).normal(size=(450_000, 10)).astype(np.float32)
    y = np.zeros(len(x), int)
    one_hot = np.broadcast_to(np.eye(10)[0], x.shape)
    for loss, labels in (
        (xentlib.sparse_softmax_cross_entropy, y),
        (xentlib.softmax_cross_entropy, one_hot),
    ):
        for options in ({}, {"reduction": "mean", "weights": np.ones(10)}):
            both = xentlib.value_and_grad(loss)
            assert peak_memory(lambda: both(labels, x, **options)) < 16 * 2**20  # noqa: B023
    for loss in (xentlib.sigmoid_cross_entropy, xentlib.binary_cross_entropy):
        p, both = np.clip(x, 0, 1), xentlib.value_and_grad(loss)
        assert peak_memory(lambda: both(one_hot, p, reduction="mean")) < 16 * 2**20  # noqa: B023
    assert peak_memory(lambda: xentlib.softmax(x)) < 16 * 2**20
    assert peak_memory(lambda: xentlib.sigmoid(x)) < 16 * 2**20
    assert peak_memory(lambda: np.exp(x - x.max(1, keepdims=True))) > 16 * 2**20
