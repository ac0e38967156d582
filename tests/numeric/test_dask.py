"""The losses on Dask arrays: as in memory, for any chunks, also on a cluster of two processes."""

import pickle
import re
import subprocess
import sys

import dask
import dask.array as da
import numpy as np
import pytest

import xentlib
import xentlib.dask
from xentlib.streaming import LinearGradient

INF, NAN = float("inf"), float("nan")
SHAPE = (4, 6, 50)
CHUNKS = [(4, 6, 50), ((1, 3), (2, 4), (1, 30, 19)), (4, 6, 1)]


@pytest.fixture(autouse=True)
def synchronous():
    with dask.config.set(scheduler="synchronous"):
        yield


def batch(dtype="float64"):
    rng = np.random.default_rng(0)
    x = rng.normal(0, 6, SHAPE).astype(dtype)
    x[0, 0, :7] = -INF  # a whole chunk of masked classes
    x[0, 1, 3] = 900  # a sure answer
    labels = rng.integers(7, 50, SHAPE[:2])
    labels[0, 1] = 3
    y = rng.dirichlet(np.full(50, 0.1), SHAPE[:2])
    y[0, 0, :7] = 0
    return labels, y, x


def compare(found, wanted, dtype):
    """Equal shapes and dtypes, and numbers equal but for the last digits."""
    (found,) = dask.compute(found)
    pairs = [(found[0], wanted[0])]
    several = isinstance(wanted[1], LinearGradient)
    pairs += zip(found[1], wanted[1], strict=True) if several else [(found[1], wanted[1])]
    for here, there in pairs:
        if there is None:
            assert here is None
            continue
        assert here.dtype == there.dtype == np.dtype(dtype)
        assert here.shape == there.shape
        scale = np.finfo(dtype).eps * np.max(np.abs(there), where=np.isfinite(there), initial=0)
        np.testing.assert_allclose(here, there, rtol=8 * np.finfo(dtype).eps, atol=4 * scale)


def both(name, *arguments, **options):
    """Value and gradient, on Dask arrays and in memory."""
    lazy = xentlib.dask.value_and_grad(getattr(xentlib.dask, name))
    return lazy, xentlib.value_and_grad(getattr(xentlib, name))


W = np.arange(50) % 4 / 2
ROW_OPTIONS = [
    {},
    {"reduction": "sum"},
    {"reduction": "mean"},
    {"weights": W, "reduction": "mean"},
    {"label_smoothing": 0.1, "weights": W},
    {"label_smoothing": 0.1, "reduction": "mean"},
]


@pytest.mark.parametrize("options", ROW_OPTIONS)
@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_losses_are_as_in_memory(dtype, chunks, options):
    """Protects rows and classes in any chunks: the label's logit is counted once, m is shared."""
    labels, y, x = batch(dtype)
    if "label_smoothing" in options:
        x[0, 0, :7] = -5  # a smoothed label is above 0 everywhere
    for name, given in (("softmax_cross_entropy", y), ("sparse_softmax_cross_entropy", labels)):
        lazy, eager = both(name)
        given_chunks = chunks if given is y else 5
        found = lazy(da.from_array(given, given_chunks), da.from_array(x, chunks), **options)
        compare(found, eager(given, x, **options), dtype)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_axis_of_the_classes(axis):
    labels, _, x = batch()
    x = np.moveaxis(x, -1, axis)
    lazy, eager = both("sparse_softmax_cross_entropy")
    found = lazy(labels, da.from_array(x, (2, 5, 20)), axis=axis)
    compare(found, eager(labels, x, axis=axis), "float64")
    found = xentlib.dask.logsumexp(da.from_array(x, (2, 5, 20)), axis=axis)
    np.testing.assert_allclose(found.compute(), xentlib.logsumexp(x, axis=axis), rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_unreduced_losses_in_narrow_types_are_those_in_memory(dtype):
    """Protects the last bit: one rounding, at the end."""
    labels, _, x = batch(dtype)
    found = xentlib.dask.sparse_softmax_cross_entropy(labels, da.from_array(x, (2, 3, 9))).compute()
    wanted = xentlib.sparse_softmax_cross_entropy(labels, x)
    if dtype == "float64":
        np.testing.assert_allclose(found, wanted, rtol=1e-15)
    else:
        np.testing.assert_array_equal(found, wanted)


def test_ignored_rows_take_no_part():
    """Protects the mean, and rows that contain anything; control: they do matter otherwise."""
    labels, _, x = batch()
    labels[1], x[1] = -1, NAN
    lazy, eager = both("sparse_softmax_cross_entropy")
    for options in ({}, {"weights": W, "reduction": "mean"}, {"reduction": "sum"}):
        options = {**options, "ignore_index": -1}
        found = lazy(da.from_array(labels, 2), da.from_array(x, (1, 3, 9)), **options)
        compare(found, eager(labels, x, **options), "float64")
    labels[1] = 0
    assert np.isnan(lazy(labels, da.from_array(x, (1, 3, 9)), reduction="mean")[0].compute())


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("name", ["sigmoid_cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elementwise_losses_are_as_in_memory(dtype, name, reduction):
    rng = np.random.default_rng(1)
    z, x = rng.uniform(0, 1, (7, 9)), rng.uniform(0, 1, (7, 9)).astype(dtype)
    lazy, eager = both(name)
    for weights in (None, rng.uniform(0, 2, 9)):
        options = {"weights": weights, "reduction": reduction}
        found = lazy(da.from_array(z, (2, 9)), da.from_array(x, (3, 4)), **options)
        compare(found, eager(z, x, **options), dtype)
    value = getattr(xentlib.dask, name)(z, x, reduction=reduction).compute()
    wanted = getattr(xentlib, name)(z, x, reduction=reduction)
    np.testing.assert_allclose(value, wanted, rtol=2 * np.finfo(dtype).eps)
    if name == "sigmoid_cross_entropy":
        smooth = xentlib.dask.sigmoid_cross_entropy(z, x, label_smoothing=0.2).compute()
        wanted = xentlib.sigmoid_cross_entropy(z, x, label_smoothing=0.2)
        np.testing.assert_allclose(smooth, wanted, rtol=1e-6)


LINEAR_OPTIONS = [
    {},
    {"reduction": "mean", "ignore_index": 7},
    {"weights": W, "reduction": "mean"},
]


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("options", LINEAR_OPTIONS)
def test_the_linear_loss_is_as_in_memory(options, with_bias):
    """Protects vocabulary parallelism, with gradients: chunks of rows times chunks of classes."""
    rng = np.random.default_rng(2)
    hidden, weight = rng.normal(size=(3, 8, 6)), rng.normal(size=(50, 6))
    labels, bias = rng.integers(0, 50, (3, 8)), rng.normal(size=50) if with_bias else None
    labels[0, 0] = options.get("ignore_index", 1)
    if "ignore_index" in options:
        hidden[0, 0] = NAN
    lazy, eager = both("linear_softmax_cross_entropy")
    wanted = eager(labels, hidden, weight, bias=bias, **options)
    chunks = da.from_array(hidden, (2, 3, 4)), da.from_array(weight, (20, 3))
    found = lazy(labels, *chunks, bias=bias, **options)
    compare((found[0], found[1]), wanted, "float64")
    value = xentlib.dask.linear_softmax_cross_entropy(labels, *chunks, bias=bias, **options)
    np.testing.assert_allclose(value.compute(), wanted[0], rtol=1e-13)


def test_a_single_row():
    """Protects arrays without another axis."""
    x = da.from_array([1.0, 2.0, 3.0], 2)
    assert xentlib.dask.logsumexp(x).compute() == xentlib.logsumexp([1.0, 2.0, 3.0])
    for reduction in ("none", "sum", "mean"):
        value = xentlib.dask.sparse_softmax_cross_entropy(2, x, reduction=reduction)
        assert abs(value.compute() - 0.40760596444438) < 1e-13


def test_nothing_is_computed_before_it_is_asked_for():
    """Protects laziness, and that chunks of logits stay where they are."""

    def refuse(block):
        raise AssertionError("computed")

    x = da.zeros((4, 6), chunks=3).map_blocks(refuse, dtype=float, meta=np.empty((0, 0)))
    value = xentlib.dask.sparse_softmax_cross_entropy([0, 1, 2, 3], x)
    assert value.shape == (4,)
    with pytest.raises(AssertionError, match="computed"):
        value.compute()


def test_what_travels_between_chunks_is_small():
    """Protects the network: per row and chunk of classes, fewer than 64 bytes."""
    assert xentlib.dask.PARTIAL.itemsize < 64
    labels, _, x = batch()
    value = xentlib.dask.sparse_softmax_cross_entropy(labels, da.from_array(x, (4, 6, 10)))
    assert len(pickle.dumps(value)) < 200_000


BAD = [
    (lambda x: ([0, 9], x), {}, IndexError, "labels[1] is 9; every label must be the index of"),
    (lambda x: ([0, 1], x - INF), {}, ValueError, "in the row (0,) of a chunk of logits, all"),
    (lambda x: ([0, 1], x + INF), {}, ValueError, "in the row (0,) of a chunk of logits, several"),
    (
        lambda x: ([[0, 1]], x),
        {},
        ValueError,
        "labels has shape (1, 2) but logits has shape (2, 6)",
    ),
    (lambda x: ([0, 1], x), {"reduction": "avg"}, ValueError, "reduction is 'avg'; it must be one"),
    (lambda x: ([0, 1], x), {"axis": 2}, ValueError, "axis is 2; it must be an integer from -2"),
    (lambda x: ([0, 1], x), {"weights": [1]}, ValueError, "weights has shape (1,); it must have"),
    (lambda x: ([0, 1], x), {"label_smoothing": 2}, ValueError, "label_smoothing is 2; it must"),
    (lambda x: ([0, 1], x), {"ignore_index": 0.5}, TypeError, "ignore_index is 0.5; it must be an"),
    (lambda x: ([1, 1], x), {"ignore_index": 1, "reduction": "mean"}, ValueError, "sum to 0"),
    (lambda x: ([0, 1], x.astype(complex)), {}, TypeError, "logits has dtype complex128; it must"),
    (lambda x: ([0, 1], x.astype(np.longdouble)), {}, TypeError, "it must have at most the digits"),
    (lambda x: ([0, 1], x[x[:, 0] > -1]), {}, ValueError, "its chunks must have known sizes"),
    (lambda x: ([0, 1], x.map_blocks(np.ma.array)), {}, TypeError, "logits is a numpy.MaskedArray"),
]


@pytest.mark.parametrize(("arguments", "options", "error", "message"), BAD)
def test_bad_input_is_refused(arguments, options, error, message):
    """Protects from silent answers, at once or in the chunk."""

    def call():
        given = arguments(da.zeros((2, 6), chunks=(2, 3)))
        return xentlib.dask.sparse_softmax_cross_entropy(*given, **options).compute()

    with pytest.raises(error, match=re.escape(message)):
        call()


def test_bad_input_of_the_others_is_refused():
    z = da.zeros((2, 3))
    with pytest.raises(ValueError, match=r"labels\[0, 0\] is 2.0; every label must"):
        xentlib.dask.softmax_cross_entropy(z + 2, z).compute()
    with pytest.raises(ValueError, match="nothing is broadcast"):
        xentlib.dask.softmax_cross_entropy(z[:1], z)
    with pytest.raises(ValueError, match="nothing is broadcast"):
        xentlib.dask.sigmoid_cross_entropy(z[:1], z)
    with pytest.raises(ValueError, match=r"weight has shape \(3, 2\)"):
        xentlib.dask.linear_softmax_cross_entropy([0, 1], z, z.T)
    with pytest.raises(ValueError, match=r"bias has shape \(3,\)"):
        xentlib.dask.linear_softmax_cross_entropy([0, 1], z, z, bias=[1, 2, 3])
    with pytest.raises(TypeError, match="it must be one of binary_cross_entropy, linear_softmax"):
        xentlib.dask.value_and_grad(xentlib.softmax_cross_entropy)


def test_importing_the_library_does_not_import_dask():
    """Protects users without Dask; control: this module does."""
    for module, expected in (("xentlib", "False"), ("xentlib.dask", "True")):
        code = f"import sys, {module}; print('dask' in sys.modules)"
        command = [sys.executable, "-c", code]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == expected


# --- a cluster ------------------------------------------------------------------------------------


def where_it_runs(block):
    import os

    return np.full((1, 1), os.getpid())


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes that talk over the loopback device; no dashboard."""
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.worker.memory.terminate": False}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address=None, memory_limit=0,
        ) as started,
        Client(started) as client,
    ):  # fmt: skip
        client.wait_for_workers(2)
        yield client


def test_on_two_workers_the_results_are_those_of_one_process(cluster):
    """Protects what the module is for: both workers take part, and the numbers are the same."""
    labels, y, x = batch()
    rows = da.from_array(x, (1, 3, 10))
    with dask.config.set(scheduler=cluster):
        processes = rows.map_blocks(where_it_runs, dtype=int, drop_axis=2, chunks=(1, 1)).compute()
        assert len(np.unique(processes)) == 2
        for name, given in (("softmax_cross_entropy", y), ("sparse_softmax_cross_entropy", labels)):
            lazy, eager = both(name)
            found = lazy(da.from_array(given, 3), rows, reduction="mean")
            compare(found, eager(given, x, reduction="mean"), "float64")
        rng = np.random.default_rng(3)
        hidden, weight = rng.normal(size=(24, 5)), rng.normal(size=(50, 5))
        lazy, eager = both("linear_softmax_cross_entropy")
        chunks = da.from_array(hidden, (8, 5)), da.from_array(weight, (25, 5))
        found = lazy(labels.ravel(), *chunks, reduction="mean")
        compare(found, eager(labels.ravel(), hidden, weight, reduction="mean"), "float64")
        with pytest.raises(IndexError, match="is -3; every label must be the index of a class"):
            xentlib.dask.sparse_softmax_cross_entropy(labels * 0 - 3, rows).compute()
