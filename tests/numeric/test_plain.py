"""The way of ordinary numbers: what goes it, what does not, and that threads do not show."""

import contextlib
import math
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import xentlib
from tests.numeric.reference import Row, carefully, check_accuracy
from xentlib import _blocks, _plain

LOSSES = {
    "sparse softmax": xentlib.sparse_softmax_cross_entropy,
    "softmax": xentlib.softmax_cross_entropy,
    "sigmoid": xentlib.sigmoid_cross_entropy,
    "binary": xentlib.binary_cross_entropy,
}


def arguments(name, rows=50, classes=7, dtype=np.float64):
    """Labels and logits (or probabilities) of ordinary size."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 3, (rows, classes)).astype(dtype), rng.integers(0, classes, rows)
    if name == "sparse softmax":
        return y, x
    if name == "softmax":
        return np.eye(classes)[y], x
    z = rng.integers(0, 2, x.shape)
    return (z, x) if name == "sigmoid" else (z, xentlib.sigmoid(x))


def results(name, **options):
    """Value and gradient, and for logits what leads to them."""
    labels, x = arguments(name)
    yield from xentlib.value_and_grad(LOSSES[name])(labels, x, **options)
    yield from (f(x) for f in (xentlib.softmax, xentlib.log_softmax, xentlib.logsumexp))


# --- threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_number_of_threads_does_not_show(monkeypatch, name, reduction):
    """Protects equal bits on every machine; control: the work was really shared."""
    monkeypatch.setattr(_blocks, "BLOCK_SIZE", 20)
    monkeypatch.setattr(_blocks, "CELLS_OF_FEW", 3)
    alone = list(results(name, reduction=reduction))
    monkeypatch.setattr(_blocks, "ELEMENTS_PER_THREAD", 1)
    used, copyto = set(), np.copyto

    def noted(*arguments, **options):
        used.add(threading.get_ident())
        copyto(*arguments, **options)

    monkeypatch.setattr(np, "copyto", noted)
    for threads in (1, 2, 5):
        monkeypatch.setattr(_blocks, "available_threads", lambda: threads)  # noqa: B023
        used.clear()
        for here, there in zip(alone, results(name, reduction=reduction), strict=True):
            np.testing.assert_array_equal(here, there)
        assert (threading.main_thread().ident in used) == (threads == 1)


def test_an_error_is_that_of_the_first_bad_row_whatever_thread_met_it(monkeypatch):
    """Protects the message: blocks that are left are looked at in order."""
    monkeypatch.setattr(_blocks, "BLOCK_SIZE", 20)
    monkeypatch.setattr(_blocks, "ELEMENTS_PER_THREAD", 1)
    monkeypatch.setattr(_blocks, "available_threads", lambda: 4)
    labels, x = arguments("sparse softmax")
    x[[11, 30, 40]] = -np.inf
    with pytest.raises(ValueError, match=r"^logits\[11, :\] has no finite mass"):
        xentlib.sparse_softmax_cross_entropy(labels, x)


def test_threads_are_used_where_there_are_several_and_the_work_is_large(monkeypatch):
    """Protects browsers, which have no threads, and small inputs, which have no time for them."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert _blocks.available_threads() == 1
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(99)), raising=False)
    assert _blocks.available_threads() == _blocks.MOST_THREADS
    monkeypatch.delattr(os, "sched_getaffinity")
    for count, threads in ((3, 3), (None, 1), (99, _blocks.MOST_THREADS)):
        monkeypatch.setattr(os, "cpu_count", lambda: count)  # noqa: B023
        assert _blocks.available_threads() == threads


def test_threads_are_fewer_where_their_arrays_are_large(monkeypatch):
    """Protects memory: a row of a million classes is computed by one thread."""
    pools = []

    class Pool:
        def __init__(self, threads):
            pools.append(threads)
            raise InterruptedError

    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor", Pool)
    monkeypatch.setattr(_blocks, "available_threads", lambda: 8)
    for classes, expected in ((10, [8]), (100_000, [5]), (1_000_000, [])):
        blocks = [None] * 100
        size = 100 * max(classes, _blocks.BLOCK_SIZE)
        pools.clear()
        with contextlib.suppress(InterruptedError):
            _blocks.each_block(blocks, size, lambda block, scratch: True)
        assert pools == expected


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((30_000, 1), _blocks.CELLS_OF_FEW),
        ((300_000, 1), _blocks.CELLS_SIZE),
        ((30_000, 2), _blocks.BLOCK_SIZE_OF_FEW),
        ((300_000, 2), _blocks.BLOCK_SIZE),
        ((2, 300_000), 300_000),
    ],
)
def test_large_and_small_inputs_are_cut_differently(shape, size):
    """Protects small inputs from large arrays, and large ones from many small steps."""
    blocks = list(_blocks.row_blocks(shape, 1))
    assert blocks[0].count * shape[1] == size
    assert sum(block.count for block in blocks) == shape[0]


# --- what goes which way --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_ordinary_numbers_go_the_plain_way(monkeypatch, name, dtype):
    """Protects the speed; control: one extreme number sends its block the careful way."""
    labels, x = arguments(name, dtype=dtype)
    left = []
    monkeypatch.setattr(
        "xentlib.gradients.Evaluation._run_carefully", lambda self, blocks, *_: left.extend(blocks)
    )
    both = xentlib.value_and_grad(LOSSES[name])
    for reduction in ("none", "mean"):
        both(labels, x, reduction=reduction)
    assert left == []
    x[3, 2] = 0 if name == "binary" else np.inf
    both(labels, x)
    assert len(left) == 1


def test_labels_that_only_look_one_hot_are_noticed():
    """Protects the shortcut: as many ones as rows, but not one in each."""
    x = np.random.default_rng(0).normal(size=(2, 3))
    for y in ([[1, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 1]], [[1, 0, 0], [0, 0.5, 0]]):
        both = xentlib.value_and_grad(xentlib.softmax_cross_entropy)
        found = both(y, x)
        with carefully():
            expected = both(y, x)
        for here, there in zip(found, expected, strict=True):
            np.testing.assert_array_equal(here, there)


def test_bad_labels_are_refused_though_nobody_looks_at_them_first():
    """Protects the check that the plain way makes block by block."""
    for name in ("softmax", "sigmoid", "binary"):
        labels, x = arguments(name)
        for bad in (2.0, -1.0, np.nan):
            spoiled = labels.astype(float)
            spoiled[44, 3] = bad
            with pytest.raises(ValueError, match=r"^labels\[44, 3\] is "):
                LOSSES[name](spoiled, x)


def test_negative_zero_is_zero():
    """Protects the sign that a gradient takes from its logit."""
    both = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)
    value, gradient = both([0, 1, 0, 1], [0.0, 0.0, -0.0, -0.0])
    np.testing.assert_allclose(value, np.log(2), rtol=1e-15)
    np.testing.assert_array_equal(gradient, [0.5, -0.5, 0.5, -0.5])


# --- accuracy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("low", [-699.0, -709.0, -740.0])
def test_slopes_of_tiny_exponentials_keep_their_digits(low):
    """Protects quotients e^x / total whose numerator is subnormal while they are not."""
    x = np.array([[-3.0, -4.0, low], [-8.0, low, -9.0], [-60.0, low, -70.0]])
    _, gradient = xentlib.value_and_grad(xentlib.sparse_softmax_cross_entropy)([0, 2, 0], x)
    slopes = [
        s for row, y in zip(x, np.eye(3)[[0, 2, 0]], strict=True) for s in Row(row).gradient(y)
    ]
    check_accuracy(gradient.ravel(), slopes, 4)
    p = [v for row in x for v in Row(row).p]
    check_accuracy(xentlib.softmax(x).ravel(), p, 4)


@pytest.mark.parametrize("classes", [1, 2, 3, 10, 63, 64, 127, 1000])
def test_a_sum_in_two_parts_is_exact(classes):
    """Protects float64 from a plain sum; control: that is wrong by four units and more."""
    scratch, rng = _blocks.Scratch(), np.random.default_rng(0)
    equal = np.repeat(rng.uniform(1, 2, (100, 1)), classes, axis=1)
    spread = np.exp(rng.normal(0, 30, (100, classes)))
    values = np.concatenate([equal, rng.uniform(0, 1, (100, classes)), spread])
    exact = np.array([math.fsum(row) for row in values])
    for axis, array in ((1, values), (0, values.T.copy())):
        sums, lost = _plain.sum_rows(array, axis, False, scratch)
        np.testing.assert_array_equal(sums, exact)
        residues = [math.fsum([*row, -total]) for row, total in zip(values, sums, strict=True)]
        np.testing.assert_allclose(lost, residues, rtol=1e-3, atol=1e-3 * np.spacing(exact).max())
    if classes == 127:
        plain, _ = _plain.sum_rows(values, 1, True, scratch)
        assert np.max(np.abs(plain - exact) / np.spacing(exact)) >= 4


@pytest.mark.parametrize("classes", [3, 10, 63, 127])
@pytest.mark.parametrize("spread", [1, 3, 60])
def test_accuracy_of_many_ordinary_rows(classes, spread):
    """Protects the bounds where many rounding errors meet."""
    rng = np.random.default_rng(classes)
    x = rng.normal(0, spread, (8000 // classes, classes))
    y = np.where(rng.random(len(x)) < 0.6, x.argmax(1), rng.integers(0, classes, len(x)))
    value, gradient = xentlib.value_and_grad(xentlib.sparse_softmax_cross_entropy)(y, x)
    points = list(zip(map(Row, x), np.eye(classes)[y], strict=True))
    check_accuracy(value, [row.loss(labels) for row, labels in points], 4)
    check_accuracy(gradient.ravel(), [g for row, t in points for g in row.gradient(t)], 4)
    check_accuracy(xentlib.softmax(x).ravel(), [p for row, _ in points for p in row.p], 4)


def test_a_wrong_sum_is_caught(monkeypatch):
    """Negative control of the accuracy tests: a millionth is enough, in float32 too."""
    original = _plain.sum_rows
    monkeypatch.setattr(_plain, "sum_rows", lambda *a: (original(*a)[0] * (1 + 1e-6), 0.0))
    labels, x = arguments("sparse softmax", dtype=np.float32)
    found = xentlib.sparse_softmax_cross_entropy(labels, x)
    table = np.eye(7)[labels]
    expected = [Row(row).loss(y) for row, y in zip(x, table, strict=True)]
    with pytest.raises(AssertionError, match="ulp from"):
        check_accuracy(found, expected, 0.51)


# --- memory ---------------------------------------------------------------------------------------

PEAK = """
import numpy as np, xentlib
from benchmarks.memory import peak_memory
x = np.zeros((1_500_000, 10), np.float32)
x += 1
y = np.zeros(len(x), int)
both = xentlib.value_and_grad(xentlib.sparse_softmax_cross_entropy)
both(y[:9], x[:9])
def extra(function):
    before = peak_memory()
    results = function()
    return peak_memory() - before - sum(result.nbytes for result in results) / 2**20
print(extra(lambda: both(y, x)), extra(lambda: (np.exp(x.astype(float)).astype(np.float32),)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in Linux's units")
def test_the_peak_of_the_process_stays_low():
    """Protects what Python's own accounts do not show; control: plain NumPy needs far more."""
    command = [sys.executable, "-c", PEAK]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    library, plain = map(float, found)
    assert library < 16
    assert plain > 16
