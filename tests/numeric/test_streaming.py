"""The log-sum-exp in parts, and the loss of a linear layer: accuracy, order, limits, memory."""

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import xentlib
from tests.numeric.reference import (
    ROW_REGIMES,
    Row,
    check_accuracy,
    dtype_named,
    exact,
    logit_rows,
    ulp,
)
from tests.numeric.test_blocks import peak_memory
from xentlib import streaming
from xentlib.streaming import LinearGradient

LogSumExp, linear = xentlib.LogSumExp, xentlib.linear_softmax_cross_entropy
BOUNDS = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51, "float64": 4.0}
INF, NAN = float("inf"), float("nan")
U = 2.0**-53


# --- log-sum-exp in parts -------------------------------------------------------------------------


def chain(parts):
    """One after the other, from nothing."""
    union = LogSumExp(parts[0][:, :0])
    for part in parts:
        union = union.merge(part if isinstance(part, LogSumExp) else LogSumExp(part))
    return union


def tree(parts):
    """In pairs, then the pairs in pairs."""
    parts = [LogSumExp(part) for part in parts]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [a.merge(b) for a, b in pairs] + parts[len(parts) & ~1 :]
    return parts[0]


def backwards(parts):
    return chain(parts[::-1])


def check_states(union, x):
    """Compare the log-sum-exp and the surprisal of the largest and of the first logit."""
    rows, bound = [Row(row) for row in x], BOUNDS[x.dtype.name]
    wanted = [row.largest + row.log_total for row in rows]
    scales = [max(abs(r.largest), r.log_total, abs(v)) for r, v in zip(rows, wanted, strict=True)]
    assert union.value().dtype == x.dtype
    check_accuracy(union.value(), wanted, bound, scales)
    for place in (x.astype(float).argmax(1), np.zeros(len(x), int)):
        picked = x[np.arange(len(x)), place]
        finite = np.isfinite(picked.astype(float))
        surprisals = [r.minus_log[k] for r, k in zip(rows, place, strict=True)]
        wanted = [s for s, keep in zip(surprisals, finite, strict=True) if keep]
        check_accuracy(union.surprisal(picked)[finite], wanted, bound)
        assert np.all(union.surprisal(picked)[~finite] == INF)


@pytest.mark.parametrize("order", [chain, backwards, tree])
@pytest.mark.parametrize("regime", ROW_REGIMES)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_parts_in_any_order_and_tree_keep_the_bound(dtype, regime, order):
    """Protects the guarantee for parts of all sizes, also empty and single ones."""
    x = logit_rows(regime, 5, 40, dtype_named(dtype))
    cuts = [0, 0, 1, 2, 2, 10, 11, 39, 40]
    check_states(order([x[:, a:b] for a, b in pairwise(cuts)]), x)


@pytest.mark.parametrize("order", [chain, backwards, tree])
@pytest.mark.parametrize("span", [1e-9, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_thousand_single_logits_keep_the_bound(dtype, span, order):
    """Protects from errors that pile up: each new logit is the largest so far, or the smallest."""
    rng = np.random.default_rng(3)
    x = np.linspace(0, span, 1000) + rng.normal(0, span / 1e4, (2, 1000))
    x[1] -= 1e5
    x = x.astype(dtype)
    check_states(order([x[:, j : j + 1] for j in range(x.shape[1])]), x)


def test_thousands_of_merges_do_not_drift():
    """Protects long streams; control: a float64 sum that is rescaled at each step has drifted."""
    x = np.arange(3000) * 1e-3
    union, m, s = LogSumExp(np.empty(0)), -INF, 0.0
    for logit in x:
        union = union.merge(LogSumExp([logit]))
        m, s = max(m, logit), s * np.exp(m - max(m, logit)) + np.exp(logit - max(m, logit))
    row = Row(x)
    wanted = [row.log_total]
    check_accuracy(np.array([union.surprisal(x[-1])]), wanted, 0.75)
    naive = abs(exact(m + np.log(s)) - row.largest - row.log_total) / (row.largest + row.log_total)
    assert naive > 1e-16
    with pytest.raises(AssertionError):
        check_accuracy(np.array([np.log(s)]), wanted, 0.75)


def test_the_operation_is_associative_and_commutative_up_to_the_last_digits():
    x = np.random.default_rng(4).normal(0, 20, (200, 3))
    a, b, c = (LogSumExp(x[:, j : j + 1]) for j in range(3))
    left, right = a.merge(b).merge(c), a.merge(b.merge(c))
    np.testing.assert_allclose(left.value(), right.value(), rtol=3 * U, atol=0)
    np.testing.assert_array_equal(a.merge(b).value(), b.merge(a).value())
    nothing = LogSumExp(x[:, :0])
    for union in (a.merge(nothing), nothing.merge(a)):
        np.testing.assert_array_equal(union.value(), a.value())
        assert union._state.tobytes() == a._state.tobytes()


SPECIAL = [0.0, 1.0, -INF, INF, NAN, -1.7e308, 1.7e308, -800.0, 1e17]


@pytest.mark.parametrize("a", SPECIAL)
@pytest.mark.parametrize("b", SPECIAL)
def test_special_logits_are_as_in_memory(a, b):
    """Protects infinities, NaN, and differences that overflow, in parts of any kind."""
    wanted = xentlib.logsumexp([a, b, -1.0])
    for parts in (([a], [b], [-1.0]), ([-1.0], [b], [a]), ([], [a, b], [-1.0]), ([a], [b, -1.0])):
        union = LogSumExp([])
        for part in parts:
            union = union.merge(LogSumExp(part))
        np.testing.assert_allclose(union.value(), wanted, rtol=1e-15)
    if not np.isnan([a, b]).any() and not a == b == INF:
        wanted = xentlib.sparse_softmax_cross_entropy(0, [a, b, -1.0])
        both = LogSumExp([a, b]).merge(LogSumExp([-1.0]))
        np.testing.assert_allclose(both.surprisal(a), wanted, rtol=1e-15)


def test_rows_without_logits():
    """Protects the neutral element."""
    nothing = LogSumExp(np.empty((2, 0), np.float32))
    np.testing.assert_array_equal(nothing.value(), [-INF, -INF])
    assert nothing.merge(nothing).value().dtype == np.float32
    masked = LogSumExp([[-INF], [-INF]]).merge(LogSumExp([[-INF], [2.0]]))
    np.testing.assert_array_equal(masked.value(), [-INF, 2.0])
    assert LogSumExp(np.empty((0, 3))).value().shape == (0,)


def test_axes_shapes_and_dtypes():
    """Protects the shape of the result, for each place of the axis, and promotion."""
    x = np.random.default_rng(5).normal(size=(3, 4, 70)).astype(np.float32)
    for axis in range(-3, 3):
        union = LogSumExp(x, axis=axis)
        wanted = xentlib.logsumexp(x, axis=axis)
        assert union.shape == wanted.shape
        np.testing.assert_array_equal(union.value(), wanted)
    assert LogSumExp([1, 2]).value().dtype == np.float64
    assert LogSumExp(np.float32([1])).merge(LogSumExp(np.float16([1]))).dtype == np.float32
    big = LogSumExp(x.astype(">f4"))
    assert big.value().dtype == np.dtype("=f4")
    assert type(LogSumExp([1.0]).value()) is np.float64
    assert repr(LogSumExp([0.5])) == "LogSumExp(np.float64(0.5))"


def test_merging_changes_neither_part():
    a, b = LogSumExp([1.0]), LogSumExp([2.0])
    a.merge(b)
    assert (a.value(), b.value()) == (1.0, 2.0)


# --- the loss of a linear layer -------------------------------------------------------------------


def layer(rows, classes, width, dtype, size=1.0, seed=0):
    rng = np.random.default_rng(seed)
    hidden = (size * rng.normal(size=(rows, width))).astype(dtype)
    weight, bias = rng.normal(size=(classes, width)).astype(dtype), rng.normal(size=classes)
    return rng.integers(0, classes, rows), hidden, weight, bias.astype(dtype)


def exact_logits(hidden, weight, bias):
    """Fractions, so not rounded at all; and the sum of the sizes of their terms."""
    h, w, b = (np.vectorize(lambda v: Fraction(float(v)), otypes=[object])(a)
               for a in (hidden, weight, bias))  # fmt: skip
    return h @ w.T + b, np.abs(h) @ np.abs(w).T + np.abs(b)


class ExactRow(Row):
    """A row of logits that are fractions."""

    def __init__(self, x):
        x = [mpf(v.numerator) / v.denominator for v in x]
        self.x = x
        total = mpmath.fsum(mpmath.exp(v) for v in x)
        self.p = [mpmath.exp(v) / total for v in x]
        self.total = total

    def loss_of(self, k):
        others = mpmath.fsum(mpmath.exp(v - self.x[k]) for j, v in enumerate(self.x) if j != k)
        return mpmath.log1p(others)

    def slopes_of(self, k):
        rest = [p for j, p in enumerate(self.p) if j != k]
        return [-mpmath.fsum(rest) if j == k else p for j, p in enumerate(self.p)]


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("dtype", BOUNDS)
def test_accuracy_of_the_linear_loss(dtype, size):
    """Protects the bound: that of the other losses, and what the logits' rounding does to it."""
    labels, hidden, weight, bias = layer(6, 9, 12, dtype_named(dtype), size)
    labels[0] = (hidden[0].astype(float) @ weight.astype(float).T).argmax()
    losses = linear(labels, hidden, weight, bias=bias)
    logits, sizes = exact_logits(hidden, weight, bias)
    for loss, x, terms, k in zip(losses, logits, sizes, labels, strict=True):
        wanted = ExactRow(x).loss_of(k)
        delta = (hidden.shape[1] + 2) * U * float(max(terms))
        moved = 2 * delta * min(1.0, float(wanted))
        allowed = moved + BOUNDS[np.dtype(dtype_named(dtype)).name] * float(
            ulp(wanted, hidden.dtype)
        )
        assert abs(float(exact(loss) - wanted)) <= allowed
    assert losses.dtype == hidden.dtype


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_accuracy_of_the_linear_gradient(dtype, size):
    """Protects all three gradients: in units of the same sum with all terms positive."""
    labels, hidden, weight, bias = layer(6, 9, 12, dtype, size, seed=1)
    _, gradient = xentlib.value_and_grad(linear)(labels, hidden, weight, bias=bias)
    logits, sizes = exact_logits(hidden, weight, bias)
    delta = (hidden.shape[1] + 2) * U * float(np.max(sizes))
    slopes = [ExactRow(x).slopes_of(k) for x, k in zip(logits, labels, strict=True)]
    exactly = np.vectorize(exact, otypes=[object])
    g, h, w = np.array(slopes), exactly(hidden), exactly(weight)
    ones = np.array([[mpf(1)] * len(hidden)])
    for found, left, right in (
        (gradient.hidden, g, w), (gradient.weight, g.T, h), (gradient.bias[np.newaxis], ones, g),
    ):  # fmt: skip
        wanted, scale = left @ right, np.abs(left) @ np.abs(right)
        rounding = U * (len(hidden) + len(weight) + hidden.shape[1] + 8) + 2 * delta
        half_ulp = float(np.finfo(dtype).eps) / 2
        allowed = rounding * scale + half_ulp * np.abs(wanted) + float(np.finfo(dtype).tiny)
        assert np.all(np.abs(exactly(found) - wanted) <= allowed)
    assert [part.dtype for part in gradient] == [np.dtype(dtype)] * 3


CASES = [
    {},
    {"reduction": "sum"},
    {"reduction": "mean"},
    {"ignore_index": 3},
    {"ignore_index": -100, "reduction": "mean"},
    {"weights": np.arange(300) % 5, "reduction": "mean", "ignore_index": 7},
    {"weights": np.arange(300) % 5},
]


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("options", CASES)
def test_the_linear_loss_is_the_sparse_loss_of_its_logits(monkeypatch, options, with_bias):
    """Protects blocks, options and the chain rule, for several blocks of rows and classes."""
    monkeypatch.setattr(streaming, "_ROWS", 7)
    monkeypatch.setattr(streaming, "_CLASSES", 64)
    labels, hidden, weight, bias = layer(30, 300, 5, "float64")
    labels, hidden = labels.reshape(5, 6), hidden.reshape(5, 6, 5)
    labels[0, :3] = options.get("ignore_index", 1)
    added = bias if with_bias else None
    logits = hidden @ weight.T + (bias if with_bias else 0)
    sparse = xentlib.value_and_grad(xentlib.sparse_softmax_cross_entropy)
    wanted, slopes = sparse(labels, logits, **options)
    value, gradient = xentlib.value_and_grad(linear)(labels, hidden, weight, bias=added, **options)
    close = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(value, wanted, **close)
    np.testing.assert_array_equal(linear(labels, hidden, weight, bias=added, **options), value)
    np.testing.assert_allclose(gradient.hidden, slopes @ weight, **close)
    by_weight = np.einsum("abv,abd->vd", slopes, hidden)
    np.testing.assert_allclose(gradient.weight, by_weight, **close)
    if with_bias:
        np.testing.assert_allclose(gradient.bias, slopes.sum((0, 1)), **close)
    else:
        assert gradient.bias is None
    alone = xentlib.grad(linear)(labels, hidden, weight, bias=added, **options)
    assert isinstance(alone, LinearGradient)
    np.testing.assert_array_equal(alone.hidden, gradient.hidden)


def test_the_gradient_against_finite_differences():
    """Protects the meaning of each part: the derivative of the number returned."""
    labels, hidden, weight, bias = layer(4, 6, 3, "float64")
    arguments = {"hidden": hidden, "weight": weight, "bias": bias}
    _, gradient = xentlib.value_and_grad(linear)(labels, **arguments, reduction="mean")
    for name, array in arguments.items():
        slope = getattr(gradient, name)
        for index in np.ndindex(array.shape):
            change = []
            for step in (1e-5, -1e-5):
                moved = array.copy()
                moved[index] += step
                change.append(linear(labels, **{**arguments, name: moved}, reduction="mean"))
            assert abs((change[0] - change[1]) / 2e-5 - slope[index]) < 1e-9


def test_ignored_rows_and_nan_stay_where_they_are():
    """Protects neighbours; an ignored row may contain anything."""
    labels, hidden, weight, bias = layer(4, 6, 3, "float32")
    labels[1], hidden[1] = -1, NAN
    value, gradient = xentlib.value_and_grad(linear)(labels, hidden, weight, ignore_index=-1)
    assert value[1] == 0
    assert np.all(gradient.hidden[1] == 0)
    assert np.all(np.isfinite(gradient.weight))
    assert linear([-1], hidden[:1], weight, ignore_index=-1, reduction="sum") == 0
    labels[1] = 0
    value, gradient = xentlib.value_and_grad(linear)(labels, hidden, weight, bias=bias)
    assert list(np.isnan(value)) == [False, True, False, False]
    assert list(np.isnan(gradient.hidden).any(1)) == [False, True, False, False]


def test_masked_and_infinite_biases():
    """Protects the limits: -inf masks a class, inf takes all the mass."""
    labels, hidden, weight, bias = layer(3, 5, 2, "float64")
    labels[:], bias[2] = [0, 1, 2], -INF
    value, gradient = xentlib.value_and_grad(linear)(labels, hidden, weight, bias=bias)
    assert value[2] == INF
    assert np.all(np.isfinite(value[:2]))
    assert gradient.bias[2] == -1
    bias[2] = INF
    value, gradient = xentlib.value_and_grad(linear)(labels, hidden, weight, bias=bias)
    np.testing.assert_array_equal(value, [INF, INF, 0])
    np.testing.assert_array_equal(gradient.bias, [-1, -1, 2, 0, 0])


def test_a_sure_answer_still_costs_something():
    """Protects tiny losses and their slopes, which are not p - 1; control: log-sum-exp less x."""
    hidden, weight = np.float32([[1.0]]), np.float32([[40.0], [0.0]])
    value, gradient = xentlib.value_and_grad(linear)([0], hidden, weight)
    wanted = mpmath.log1p(mpmath.exp(-40))
    check_accuracy(value, [wanted], 0.51)
    check_accuracy(gradient.weight[:, 0], [-mpmath.exp(-40), mpmath.exp(-40)], 0.51)
    x = hidden @ weight.T
    assert np.log(np.exp(x).sum()) - x[0, 0] == 0


def test_layouts_and_dtypes_of_the_layer():
    """Protects strided, big-endian and integer matrices, empty batches, and inputs as they were."""
    labels, hidden, weight, bias = layer(4, 6, 3, "float32")
    wanted = linear(labels, hidden, weight, bias=bias)
    strange = np.asfortranarray(np.repeat(weight, 2, axis=0))[::2].astype(">f4")
    copies = hidden.copy(), weight.copy()
    np.testing.assert_array_equal(linear(labels, hidden[::-1][::-1], strange, bias=bias), wanted)
    np.testing.assert_array_equal(copies[0], hidden)
    np.testing.assert_array_equal(copies[1], weight)
    value, gradient = xentlib.value_and_grad(linear)([1], [[1, 2]], [[1, 0], [0, 1]], bias=[1, 1])
    assert {value.dtype, *(part.dtype for part in gradient)} == {np.dtype(float)}
    mixed = linear(labels, hidden.astype(np.float16), weight)
    assert mixed.dtype == np.float32
    assert type(linear(1, [1.0], [[1.0], [2.0]])) is np.float64
    value, gradient = xentlib.value_and_grad(linear)(
        np.zeros((0, 2), int), np.ones((0, 2, 3)), weight
    )
    assert value.shape == (0, 2)
    assert gradient.hidden.shape == (0, 2, 3)
    assert not gradient.weight.any()
    np.testing.assert_allclose(linear([0], np.ones((1, 0)), np.ones((4, 0))), np.log(4))


def test_the_linear_loss_needs_little_memory():
    """Protects from logits that are held whole; control: the same loss of whole logits."""
    labels, hidden, weight, _ = layer(512, 40_000, 8, "float32")  # logits: 78 MiB
    both = xentlib.value_and_grad(linear)

    def in_memory():
        return xentlib.sparse_softmax_cross_entropy(labels, hidden @ weight.T)

    def in_blocks():
        value, gradient = both(labels, hidden, weight, reduction="mean")
        return value, gradient.hidden, gradient.weight

    assert peak_memory(in_blocks) < 32 * 2**20
    assert peak_memory(lambda: linear(labels, hidden, weight)) < 32 * 2**20
    assert peak_memory(in_memory) > 78 * 2**20


PEAK = """
import sys
import numpy as np
import xentlib
from benchmarks.memory import peak_memory
rows, classes = map(int, sys.argv[1:])
hidden, weight = np.ones((rows, 8), np.float32), np.ones((classes, 8), np.float32)
labels = np.zeros(rows, int)
both = xentlib.value_and_grad(xentlib.linear_softmax_cross_entropy)
both(labels[:1], hidden[:1], weight[:1024])  # starts what is started once
before = peak_memory()
both(labels, hidden, weight, reduction="mean")
print(peak_memory() - before)
"""


def test_the_memory_of_the_process_does_not_grow_with_the_logits():
    """Protects what the operating system sees, beyond what NumPy counts: in fresh processes."""
    found = []
    for rows, classes in ((256, 20_000), (256, 151_936), (1536, 20_000)):
        command = [sys.executable, "-c", PEAK, str(rows), str(classes)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append(float(run.stdout) - (rows + classes) * 8 * 4 / 2**20)
    assert max(found) < 64  # the logits of the last two have 148 and 117 MiB
