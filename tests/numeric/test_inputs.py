"""What arrays may look like: dtypes, byte orders, strides, shapes; inputs stay as they are."""

import numpy as np
import pytest

import xentlib
from tests.numeric.reference import dtype_named

LABELS = np.array([[0, 1, 1], [0, 0, 1]])
POINTS = np.array([[0.125, 0.25, 0.625], [0.75, 0.25, 0.0]])

CALLS = {
    "sigmoid": lambda labels, x: xentlib.sigmoid(x),
    "log_sigmoid": lambda labels, x: xentlib.log_sigmoid(x),
    "softplus": lambda labels, x: xentlib.softplus(x),
    "logit": lambda labels, x: xentlib.logit(x),
    "sigmoid_cross_entropy": xentlib.sigmoid_cross_entropy,
    "binary_cross_entropy": xentlib.binary_cross_entropy,
    "grad sigmoid": xentlib.grad(xentlib.sigmoid_cross_entropy),
    "grad binary": xentlib.grad(xentlib.binary_cross_entropy),
    "sigmoid_focal_cross_entropy": xentlib.sigmoid_focal_cross_entropy,
    "grad focal": xentlib.grad(xentlib.sigmoid_focal_cross_entropy),
    "surprisal": lambda labels, x: xentlib.surprisal(x),
}


def indices(labels):
    """The first column of the labels, as indices of classes."""
    return np.asarray(labels)[..., 0].astype(int)


# The same for rows; those of distributions get rows that sum to 1.
ROW_CALLS = {
    "softmax": lambda labels, x: xentlib.softmax(x),
    "log_softmax": lambda labels, x: xentlib.log_softmax(x),
    "logsumexp": lambda labels, x: xentlib.logsumexp(x),
    "softmax_cross_entropy": xentlib.softmax_cross_entropy,
    "sparse_softmax_cross_entropy": lambda labels, x: xentlib.sparse_softmax_cross_entropy(
        indices(labels), x
    ),
    "grad softmax": xentlib.grad(xentlib.softmax_cross_entropy),
    "grad sparse": lambda labels, x: xentlib.grad(xentlib.sparse_softmax_cross_entropy)(
        indices(labels), x
    ),
    "entropy": lambda labels, x: xentlib.entropy(x),
    "cross_entropy": lambda labels, x: xentlib.cross_entropy(x, x),
    "kl_divergence": lambda labels, x: xentlib.kl_divergence(x, x),
    "perplexity": lambda labels, x: xentlib.perplexity(x),
}


@pytest.fixture(params=CALLS)
def elementwise(request):
    return CALLS[request.param]


@pytest.fixture(params=ROW_CALLS)
def by_rows(request):
    return ROW_CALLS[request.param]


@pytest.fixture(params=CALLS | ROW_CALLS)
def call(request):
    return (CALLS | ROW_CALLS)[request.param]


def read_only(x):
    x = x.copy()
    x.setflags(write=False)
    return x


LAYOUTS = {
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "read-only": read_only,
    "negative strides": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "Fortran order": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "unaligned": lambda x: (
        np.frombuffer(b"x" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape)
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_layout_in_memory_changes_nothing(call, layout, dtype):
    """Protects equal bits for equal numbers, native results, and inputs from being modified."""
    labels, points = LABELS.astype(dtype), POINTS.astype(dtype)
    there = LAYOUTS[layout](labels), LAYOUTS[layout](points)
    result = call(*there)
    np.testing.assert_array_equal(result, call(labels, points))
    assert result.dtype == dtype
    assert result.dtype.isnative
    assert result.flags.writeable
    np.testing.assert_array_equal(there[0], labels)
    np.testing.assert_array_equal(there[1], points)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64", "longdouble"])
def test_the_second_argument_decides_the_dtype(call, dtype):
    """Protects result dtypes: labels and weights of other dtypes change nothing."""
    points = POINTS.astype(dtype_named(dtype))
    for labels in (LABELS, LABELS.astype(bool), LABELS.astype(np.longdouble), LABELS.tolist()):
        assert call(labels, points).dtype == points.dtype
    assert call(LABELS.astype(points.dtype), points).dtype == points.dtype
    assert call(LABELS.astype(points.dtype), POINTS).dtype == np.float64


@pytest.mark.parametrize("dtype", ["int8", "uint64", "bool"])
def test_integers_bools_and_lists_give_float64(call, dtype):
    """Protects integer logits from being rounded to integers."""
    ones = np.array([0, 1, 0], dtype)
    expected = call([0.0, 1.0, 0.0], [0.0, 1.0, 0.0])
    for points in (ones, ones.tolist(), tuple(ones.tolist()), list(ones)):
        result = call([0, 1, 0], points)
        assert result.dtype == np.float64
        np.testing.assert_array_equal(result, expected)


def test_no_axis_gives_a_scalar_and_empty_gives_empty(elementwise):
    """Protects the shapes at the small end."""
    for point in (0.5, np.float64(0.5), np.array(0.5)):
        assert isinstance(elementwise(1, point), np.float64)
    assert isinstance(elementwise(1, np.float32(0.5)), np.float32)
    for shape in ((0,), (0, 3), (2, 0)):
        assert elementwise(np.zeros(shape), np.zeros(shape, np.float32)).shape == shape


def test_one_row_gives_a_scalar_or_a_row_and_no_rows_give_none(by_rows):
    """Protects the shapes at the small end of what works on rows."""
    whole, one = (
        by_rows(LABELS, POINTS.astype(np.float32)),
        by_rows(LABELS[0], np.float32([1, 0, 0])),
    )
    assert isinstance(one, np.float32 if whole.ndim == 1 else np.ndarray)
    assert one.dtype == np.float32
    for shape in ((0, 3), (2, 0, 3)):
        empty = by_rows(np.zeros(shape), np.zeros(shape, np.float32))
        assert empty.shape == (shape if whole.ndim == 2 else shape[:-1])
        assert empty.dtype == np.float32


def test_memory_maps_are_plain_arrays(call, tmp_path):
    """Protects data that is larger than memory: a memory map means nothing but its numbers."""
    mapped = np.memmap(tmp_path / "points", np.float64, "w+", shape=POINTS.shape)
    mapped[:] = POINTS
    result = call(LABELS, mapped)
    assert type(result) is np.ndarray
    np.testing.assert_array_equal(result, call(LABELS, POINTS))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_no_floating_point_warning_leaves_a_function(dtype):
    """Protects callers who turn warnings into errors; control: NumPy itself does raise here."""
    x = np.array([0, -0.0, 1, -1, 6e4, -6e4, 1e-7, 800, -800, np.inf, -np.inf, np.nan], dtype)
    p = np.array([0, 1, 0.5, 1e-7, -0.0], dtype)
    with np.errstate(all="raise"):
        for function in (xentlib.sigmoid, xentlib.log_sigmoid, xentlib.softplus):
            function(x)
        xentlib.logit(p)
        rows = np.stack([x[:-2], x[1:-1], np.zeros(10, dtype)], axis=1)
        for loss, labels in (
            (xentlib.softmax_cross_entropy, np.full(rows.shape, 0.25)),
            (xentlib.sparse_softmax_cross_entropy, np.arange(10) % 3),
        ):
            for weights in (None, [1e300, 1e-300, 0]):
                for reduction in ("none", "sum", "mean"):
                    options = {"weights": weights, "reduction": reduction}
                    xentlib.value_and_grad(loss)(labels, rows, **options)
        for function in (xentlib.softmax, xentlib.log_softmax, xentlib.logsumexp):
            function(rows)
        pairs = np.array([[0, 1], [1, 0], [0.5, 0.5], [1, 1e-9]], dtype)
        for function in (xentlib.surprisal, xentlib.entropy, xentlib.perplexity):
            function(pairs)
        xentlib.kl_divergence(pairs, pairs[::-1])
        for label in (0, 1, 0.3):
            for reduction in ("none", "sum", "mean"):
                for loss, points in (
                    (xentlib.sigmoid_cross_entropy, x),
                    (xentlib.sigmoid_focal_cross_entropy, x),
                    (xentlib.binary_cross_entropy, p),
                ):
                    labels = np.full(points.shape, label)
                    xentlib.value_and_grad(loss)(labels, points, weights=1e300, reduction=reduction)
        with pytest.raises(FloatingPointError):
            np.exp(x)
    assert np.geterr()["over"] == "warn"


def test_weights_broadcast_to_the_labels():
    """Protects weights per column, per row and for all, of any real dtype."""
    each = xentlib.sigmoid_cross_entropy(LABELS, POINTS)
    for weights in (2, [1, 2, 3], [[1], [2]], np.array([[1, 2, 3]], np.float16), [True, False, 1]):
        np.testing.assert_allclose(
            xentlib.sigmoid_cross_entropy(LABELS, POINTS, weights=weights), each * weights
        )
        mean = xentlib.sigmoid_cross_entropy(LABELS, POINTS, weights=weights, reduction="mean")
        assert mean == pytest.approx(np.average(each, weights=np.broadcast_to(weights, (2, 3))))
