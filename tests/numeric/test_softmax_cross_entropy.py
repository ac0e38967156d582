"""Both softmax cross-entropies, value and gradient, against mpmath; options, limits, layouts."""

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import fsum, mpf

import xentlib
from tests.numeric import reference
from tests.numeric.reference import (
    Row,
    both_ways,
    check_accuracy,
    dtype_named,
    exact,
    label_rows,
    logit_rows,
)
from xentlib import losses
from xentlib._exact import ONE, Wide

NARROW = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51}
HARD = NARROW | {"float64": 4.0}
SOFT = NARROW | {"float64": 8.0}
SHAPES = ((24, 2), (16, 3), (6, 10))

softmax_loss = xentlib.softmax_cross_entropy
sparse_loss = xentlib.sparse_softmax_cross_entropy


def check_loss(loss, labels, x, w=None, e=0.0, *, bounds):
    """Compare value and gradient of every row, computed in both ways, with the definition."""
    function = xentlib.value_and_grad(loss)
    found = list(both_ways(lambda: function(labels, x, weights=w, label_smoothing=e)))
    rows = [Row(row) for row in x]
    y = np.eye(x.shape[1])[labels] if np.ndim(labels) == 1 else labels
    bound, points = bounds[x.dtype.name], list(zip(rows, y, strict=True))
    losses = [row.loss(labels, w, e) for row, labels in points]
    slopes = [g for row, labels in points for g in row.gradient(labels, w, e)]
    scales = [s for row, labels in points for s in row.gradient_scale(labels, w, e)]
    for value, gradient in found:
        check_accuracy(value, losses, bound)
        check_accuracy(np.ravel(gradient), slopes, bound, slopes if bounds is HARD else scales)


def hard_labels(x, seed=1):
    """Indices: half of them of the largest logit, none of them of a masked class."""
    rng = np.random.default_rng(seed)
    x, top = x.astype(float), x.astype(float).argmax(1)
    y = np.where(rng.random(len(x)) < 0.5, top, rng.integers(0, x.shape[1], len(x)))
    return np.where(np.isinf(x[np.arange(len(x)), y]), top, y)


def soft_labels(kind, x):
    """Rows of labels that are 0 for masked classes."""
    return np.where(np.isinf(x.astype(float)), 0, label_rows(kind, *x.shape))


def class_weights(classes, exponent):
    return 10 ** np.random.default_rng(2).uniform(-exponent, exponent, classes)


# --- accuracy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("regime", reference.ROW_REGIMES)
@pytest.mark.parametrize("dtype", HARD)
def test_accuracy_with_hard_labels(dtype, regime):
    """Protects the guarantee for indices and one-hot rows."""
    for shape in SHAPES:
        x = logit_rows(regime, *shape, dtype_named(dtype))
        y = hard_labels(x)
        check_loss(sparse_loss, y, x, bounds=HARD)
        check_loss(softmax_loss, np.eye(x.shape[1])[y], x, bounds=HARD)


@pytest.mark.parametrize("regime", reference.ROW_REGIMES)
@pytest.mark.parametrize("dtype", SOFT)
def test_accuracy_with_soft_labels(dtype, regime):
    """Protects the guarantee for distributions and for rows that do not sum to 1."""
    for shape in SHAPES:
        x = logit_rows(regime, *shape, dtype_named(dtype))
        for kind in ("soft", "any sum"):
            check_loss(softmax_loss, soft_labels(kind, x), x, bounds=SOFT)


@pytest.mark.parametrize("regime", ["ordinary", "confident", "magnitudes", "masked", "near ties"])
@pytest.mark.parametrize("exponent", [1, 300])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_accuracy_with_weights(dtype, exponent, regime):
    """Protects weights, up to sizes at which a product with another factor overflows."""
    for shape in (*SHAPES, (2, 70)):
        x = logit_rows(regime, *shape, dtype)
        y, w = hard_labels(x), class_weights(shape[1], exponent)
        check_loss(sparse_loss, y, x, w, bounds=HARD)
        check_loss(softmax_loss, np.eye(len(w))[y], x, w, bounds=HARD)
        check_loss(softmax_loss, soft_labels("any sum", x), x, w, bounds=SOFT)


@pytest.mark.parametrize("e", [5e-324, 1e-20, 0.1, 1.0])
@pytest.mark.parametrize("regime", ["ordinary", "confident", "magnitudes"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_accuracy_with_label_smoothing(dtype, regime, e):
    """Protects smoothed labels, with and without weights."""
    x = logit_rows(regime, 10, 3, dtype)
    y = hard_labels(x)
    for w in (None, class_weights(3, 2)):
        check_loss(sparse_loss, y, x, w, e, bounds=SOFT)
        check_loss(softmax_loss, soft_labels("soft", x), x, w, e, bounds=SOFT)


def test_accuracy_for_100000_classes():
    """Protects the sum over a large vocabulary, in both precisions."""
    x = np.random.default_rng(8).normal(0, 5, (1, 100_000)).astype(np.float32)
    y, top = 77_777, np.argmax(x)
    gaps = [exact(v) - exact(x[0, top]) for v in x[0, [y, 0, 1, 50_000, top]]]
    total = fsum(mpmath.exp(exact(v) - exact(x[0, top])) for v in x[0])
    slopes = [mpmath.exp(gap) / total for gap in gaps]
    slopes[0] -= 1
    for dtype in (np.float32, np.float64):
        value, gradient = xentlib.value_and_grad(sparse_loss)([y], x.astype(dtype))
        bound = HARD[np.dtype(dtype).name]
        check_accuracy(value, [mpmath.log(total) - gaps[0]], bound)
        check_accuracy(gradient[0, [y, 0, 1, 50_000, top]], slopes, bound)


logit = st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(logit, min_size=3, max_size=3)
weight = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(rows, st.lists(st.floats(0, 1), min_size=3, max_size=3), weight, weight, st.floats(0, 1))
@example([1.7e308, -1.7e308, 0.0], [1e-10, 0.3, 0.0], 0.1, 1e-5, 0.0)
@example([0.0, -745.0, -745.5], [1.0, 0.0, 0.0], 1e308, 1.0, 0.0)
@example([0.0, -1600.0, -2000.0], [1.0, 5e-324, 1e-300], 1e300, 1e300, 5e-324)
@example([0.0, 0.0, 0.0], [5e-324, 5e-324, 5e-324], 1e-300, 1e300, 0.5)
def test_accuracy_at_any_finite_point(x, y, a, b, e):
    """Protects every combination of sizes that hypothesis can think of."""
    check_loss(softmax_loss, np.array([y]), np.array([x]), np.array([a, b, 1.0]), e, bounds=SOFT)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("dtype", HARD)
def test_accuracy_of_reductions(dtype, reduction, weighted):
    """Protects reduced values and their gradients, and what a mean divides by."""
    x = logit_rows("ordinary", 20, 4, dtype_named(dtype))
    w = np.array([0.5, 1.0, 0.0, 3.0]) if weighted else None
    y = hard_labels(x)
    for loss, labels in ((sparse_loss, y), (softmax_loss, label_rows("any sum", *x.shape))):
        table = np.eye(4)[labels] if labels.ndim == 1 else labels
        points = [(Row(row), share) for row, share in zip(x, table, strict=True)]
        total = fsum(
            exact(t) * exact(v)
            for r in table
            for t, v in zip(r, np.ones(4) if w is None else w, strict=True)
        )
        divisor = total if reduction == "mean" else mpf(1)
        value, gradient = xentlib.value_and_grad(loss)(labels, x, weights=w, reduction=reduction)
        assert value.shape == ()
        assert value.dtype == gradient.dtype == x.dtype
        bound = (HARD if loss is sparse_loss else SOFT)[dtype]
        expected = fsum(row.loss(share, w) for row, share in points) / divisor
        check_accuracy(value[None], [expected], bound)
        slopes = [g / divisor for row, share in points for g in row.gradient(share, w)]
        scales = [s / divisor for row, share in points for s in row.gradient_scale(share, w)]
        check_accuracy(np.ravel(gradient), slopes, bound, slopes if loss is sparse_loss else scales)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_accuracy_of_tails_that_weights_bring_back(dtype):
    """Protects exp(-740) and exp(-800), which float64 rounds to 2 digits and to 0, times 1e300."""
    x, w = np.array([[0, -740], [0, -800]], dtype), np.array([1e300, 1e300])
    check_loss(sparse_loss, [0, 0], x, w, bounds=HARD)
    check_loss(softmax_loss, np.array([[1, 0], [1, 0]]), x, w, bounds=HARD)


def test_a_mean_over_tiny_labels():
    """Protects means whose divisor is too small for a plain product, in float32 too."""
    y, x = np.array([[1e-300, 0], [0, 1e-300]]), np.array([[40, 0], [0, 60]])
    for dtype in (np.float32, np.float64):
        tiny = xentlib.value_and_grad(softmax_loss)(y, x.astype(dtype), reduction="mean")
        usual = xentlib.value_and_grad(softmax_loss)(y * 1e300, x.astype(dtype), reduction="mean")
        np.testing.assert_allclose(tiny[0], usual[0], rtol=1e-6)
        np.testing.assert_allclose(tiny[1], usual[1], rtol=1e-6)


# --- negative controls ----------------------------------------------------------------------------


MUTANTS = {
    "terms: rest forgotten": ("_softmax_terms", lambda x, y, m: x.sum(y * x.gaps(y.mantissa != 0))),
    "terms: gap forgotten": ("_softmax_terms", lambda x, y, m: m * x.log_total()),
    "terms: labels taken to sum to 1": (
        "_softmax_terms",
        lambda x, y, m: x.sum(y * x.gaps(y.mantissa != 0)) + x.log_total(),
    ),
    "terms: base 2": (
        "_softmax_terms",
        lambda x, y, m: TERMS(x, y, m) * Wide(np.asarray(1 / np.log(2))),
    ),
    "slopes: sign": ("_softmax_slopes", lambda x, y, m: -SLOPES(x, y, m)),
    "slopes: labels taken to sum to 1": ("_softmax_slopes", lambda x, y, m: x.softmax() - y),
    "shares: weights forgotten": ("_weighted", lambda y, w, e, c: y),
    "shares: smoothed by e": (
        "_weighted",
        lambda y, w, e, c: WEIGHTED(y, w, e, 1),
    ),
}
TERMS, SLOPES, WEIGHTED = losses._softmax_terms, losses._softmax_slopes, losses._weighted


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants_are_caught_by_the_same_check(monkeypatch, mutant):
    """Negative control of the accuracy tests with soft labels."""
    name, function = MUTANTS[mutant]
    x = logit_rows("ordinary", 5, 3, np.float64)
    y, w = label_rows("any sum", 5, 3), np.array([0.5, 1.0, 2.0])
    check_loss(softmax_loss, y, x, w, 0.1, bounds=SOFT)
    monkeypatch.setattr(losses, name, function)
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(softmax_loss, y, x, w, 0.1, bounds=SOFT)


SPARSE_MUTANTS = {
    "terms: log-sum-exp minus x_y": (
        "_sparse_softmax_terms",
        lambda x, y: Wide(x.largest + x.log_total().narrow() - np.take_along_axis(x.x, y, x.axis)),
    ),
    "terms: log of the sum": (
        "_sparse_softmax_terms",
        lambda x, y: x.at(y)[0] + Wide(np.log((ONE + x.rest).narrow())),
    ),
    "terms: neighbour": ("_sparse_softmax_terms", lambda x, y: SPARSE_TERMS(x, (y + 1) % 10)),
    "slopes: p - 1": (
        "_sparse_softmax_slopes",
        lambda x, y: x.softmax() - Wide(x.is_class(y).astype(float)),
    ),
    "slopes: label forgotten": ("_sparse_softmax_slopes", lambda x, y: x.softmax()),
}
SPARSE_TERMS = losses._sparse_softmax_terms


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mutant", SPARSE_MUTANTS)
def test_textbook_formulas_and_mutants_are_caught_by_the_same_check(monkeypatch, mutant, dtype):
    """Negative control of the accuracy tests with hard labels: what frameworks compute fails."""
    name, function = SPARSE_MUTANTS[mutant]
    x = logit_rows("confident", 30, 10, dtype)
    y = hard_labels(x)
    check_loss(sparse_loss, y, x, bounds=HARD)
    monkeypatch.setattr(losses, name, function)
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(sparse_loss, y, x, bounds=HARD)


def test_frameworks_return_zero_for_most_confident_rows():
    """Negative control in float32: log-sum-exp minus x_y is exactly 0 for 4 of 5 margins to 200."""
    margins = np.linspace(1, 200, 200, dtype=np.float32)
    x = np.stack([margins, np.zeros_like(margins)], axis=1)
    textbook = np.log(np.exp(x - x.max(1, keepdims=True)).sum(1)) - (x[:, 0] - x.max(1))
    assert (textbook == 0).mean() > 0.8
    here = sparse_loss(np.zeros(200, int), x)
    assert (here > 0).sum() == (margins < 104).sum()


def test_a_sum_of_plain_exponentials_loses_tiny_terms(monkeypatch):
    """Negative control of the regime of tiny rests: exp without an exponent of its own fails."""
    x = np.array([[0.0, *[-745.2] * 300]])
    check_loss(sparse_loss, [0], x, bounds=HARD)
    monkeypatch.setattr("xentlib.activations.exp", lambda x: Wide(np.exp(x)))
    with pytest.raises(AssertionError, match="ulp from"):
        check_loss(sparse_loss, [0], x, bounds=HARD)


# --- limits ---------------------------------------------------------------------------------------

INF, NAN = np.inf, np.nan
LIMITS = [  # label, logits, loss, gradient
    (0, [-INF, 0, 0], INF, [-1, 0.5, 0.5]),
    (1, [-INF, 0, -INF], 0, [0, 0, 0]),
    (0, [INF, 0, -INF], 0, [0, 0, 0]),
    (1, [INF, 0, -INF], INF, [1, -1, 0]),
    (2, [INF, 0, -INF], INF, [1, 0, -1]),
    (1, [NAN, 0, 1], NAN, [NAN] * 3),
    (0, [NAN, INF, -INF], NAN, [NAN] * 3),
    (2, [0, 0, -INF], INF, [0.5, 0.5, -1]),
]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_limits(dtype):
    """Protects infinite logits, and NaN, which stays in its own row; in both forms of labels."""
    y, x, loss, slopes = (np.array(column) for column in zip(*LIMITS, strict=True))
    for function, labels in ((sparse_loss, y), (softmax_loss, np.eye(3)[y])):
        value, gradient = xentlib.value_and_grad(function)(labels, x.astype(dtype))
        assert value.dtype == gradient.dtype == dtype
        np.testing.assert_array_equal(value.astype(float), loss)
        np.testing.assert_array_equal(gradient.astype(float), slopes)
        assert not np.signbit(value[~np.isnan(value)]).any()
        assert not np.signbit(gradient[gradient == 0]).any()


def test_masked_classes_count_nothing():
    """Protects value and gradient from classes that are masked and have no share."""
    x = np.array([[0.5, -INF, 2.0, -INF]])
    for dtype in (np.float32, np.float64):
        for y in ([[0.25, 0, 0.75, 0]], [[1, 0, 0, 0]]):
            full = xentlib.value_and_grad(softmax_loss)(y, x.astype(dtype))
            part = xentlib.value_and_grad(softmax_loss)([y[0][::2]], x[:, ::2].astype(dtype))
            assert full[0] == part[0]
            np.testing.assert_array_equal(full[1][:, ::2], part[1])
            assert not full[1][:, 1::2].any()
    np.testing.assert_array_equal(softmax_loss([[0.5, 0.25, 0.25, 0]], x), [INF])


def test_weights_of_zero_remove_an_infinite_loss_but_not_a_nan():
    """Protects 0 * inf = 0 in weights, and NaN from being hidden."""
    x = [[-INF, 0.0], [NAN, 0.0]]
    for loss, y in ((sparse_loss, [0, 0]), (softmax_loss, [[1, 0], [1, 0]])):
        np.testing.assert_array_equal(loss(y, x, weights=[0, 1]), [0, NAN])


# --- options --------------------------------------------------------------------------------------


def by_hand(y, x, w, e):
    """The losses and what a mean divides by, from the definitions, in plain NumPy."""
    y, x = np.asarray(y, float), np.asarray(x)
    smoothed = y * (1 - e) + e / x.shape[1]
    logs = x - np.log(np.exp(x).sum(1, keepdims=True))
    return -(w * smoothed * logs).sum(1), (w * y).sum()


@pytest.mark.parametrize("classes", [4, 100])
def test_weights_and_smoothing_mean_what_they_say(classes):
    """Protects the options, independently of the reference: as in PyTorch for probabilities."""
    x = np.random.default_rng(3).normal(0, 2, (6, classes))
    w = np.resize([1.0, 2.0, 0.0, 0.5], classes)
    indices = np.array([0, 1, 2, 3, 1, 0])
    for y, loss in ((indices, sparse_loss), (label_rows("any sum", 6, classes), softmax_loss)):
        table = np.eye(classes)[y] if y.ndim == 1 else y
        for e in (0.0, 0.25):
            each, mass = by_hand(table, x, w, e)
            options = {"weights": w, "label_smoothing": e}
            np.testing.assert_allclose(loss(y, x, **options), each, rtol=1e-13)
            mean = loss(y, x, reduction="mean", **options)
            assert mean == pytest.approx(each.sum() / mass, rel=1e-13)
            assert loss(y, x, reduction="sum", **options) == pytest.approx(each.sum(), rel=1e-13)


@pytest.mark.parametrize("e", [0.0, 0.1])
@pytest.mark.parametrize("w", [None, [1.0, 0.5, 2.0]])
def test_ignored_rows_take_no_part(w, e):
    """Protects padding: whatever is in it, the rest is as if it did not exist."""
    x = np.array([[1.0, 2, 3], [NAN, INF, INF], [-1, 0, 4], [-INF, -INF, -INF]])
    for ignored in (-100, 7, 0):
        y = np.array([1, ignored, 2, ignored])
        options = {"weights": w, "label_smoothing": e}
        for reduction in ("sum", "mean"):
            value, gradient = xentlib.value_and_grad(sparse_loss)(
                y, x, ignore_index=ignored, reduction=reduction, **options
            )
            fewer = xentlib.value_and_grad(sparse_loss)(
                y[::2], x[::2], reduction=reduction, **options
            )
            assert value == pytest.approx(fewer[0], rel=1e-15)
            np.testing.assert_allclose(gradient[::2], fewer[1], rtol=1e-15)
            assert not gradient[1::2].any()
        each = sparse_loss(y, x, ignore_index=ignored, **options)
        np.testing.assert_array_equal(each[1::2], [0, 0])
    assert sparse_loss([5, 5], np.zeros((2, 3)), ignore_index=5, reduction="sum") == 0
    assert sparse_loss([0, -1], [[7.0], [7.0]], ignore_index=-1, reduction="mean") == 0


def test_both_losses_agree():
    """Protects the relation of the chapter: indices are one-hot rows."""
    x = logit_rows("ordinary", 50, 7, np.float64)
    y = hard_labels(x)
    for options in (
        {},
        {"label_smoothing": 0.1},
        {"weights": np.arange(7) / 3, "reduction": "mean"},
    ):
        sparse = xentlib.value_and_grad(sparse_loss)(y, x, **options)
        dense = xentlib.value_and_grad(softmax_loss)(xentlib.one_hot(y, 7), x, **options)
        np.testing.assert_allclose(sparse[0], dense[0], rtol=3e-15)
        np.testing.assert_allclose(sparse[1], dense[1], rtol=3e-15)


def test_the_numbers_of_the_source_article():
    """Protects the article's rows: -ln 0.6, -ln 0.1, and 0.36698 for two classes."""
    y = [0, 0, 0, 1, 0]
    for p in ([0.1, 0.15, 0.05, 0.6, 0.1], [0.15, 0.2, 0.4, 0.1, 0.15]):
        assert softmax_loss(y, np.log(p)) == pytest.approx(-np.log(p[3]), rel=1e-15)
        assert sparse_loss(3, np.log(p)) == pytest.approx(-np.log(p[3]), rel=1e-15)
    p = np.array([[0.8, 0.2], [0.4, 0.6]])
    assert softmax_loss([[1, 0], [0, 1]], np.log(p), reduction="mean").round(5) == 0.36698
    assert xentlib.binary_cross_entropy([0, 1], p[:, 1], reduction="mean").round(5) == 0.36698
    label = xentlib.one_hot(3, 10)
    np.testing.assert_array_equal(label, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0])


# --- layouts --------------------------------------------------------------------------------------

ORDERS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "reversed": lambda a: a[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "moved": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 0, 1)), 0, 1),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_class_axis_may_be_anywhere(dtype, axis, order):
    """Protects equal bits for every axis and memory order; control: another axis differs."""
    shape = (4, 5, 6)
    x = np.random.default_rng(0).normal(0, 5, shape).astype(dtype)
    y = np.random.default_rng(1).uniform(0, 0.3, shape)
    index = np.argmax(x, axis=axis)
    there = ORDERS[order](x)
    usual = np.moveaxis(x, axis, -1).copy(), np.moveaxis(y, axis, -1).copy()
    for reduction in ("none", "mean"):
        options = {"reduction": reduction}
        value, gradient = xentlib.value_and_grad(sparse_loss)(index, there, axis=axis, **options)
        last = xentlib.value_and_grad(sparse_loss)(index, usual[0], **options)
        np.testing.assert_array_equal(value, last[0])
        np.testing.assert_array_equal(np.moveaxis(gradient, axis, -1), last[1])
        value, gradient = xentlib.value_and_grad(softmax_loss)(
            ORDERS[order](y), there, axis=axis, **options
        )
        last = xentlib.value_and_grad(softmax_loss)(*reversed(usual), **options)
        np.testing.assert_array_equal(value, last[0])
        np.testing.assert_array_equal(np.moveaxis(gradient, axis, -1), last[1])
    np.testing.assert_array_equal(there, x)
    assert softmax_loss(y, x, axis=axis).shape != softmax_loss(y, x, axis=(axis + 1) % 3).shape


def test_a_single_row_gives_a_scalar_and_no_rows_give_none():
    """Protects the shapes at the small end."""
    assert isinstance(sparse_loss(1, [0.0, 1.0]), np.float64)
    assert isinstance(softmax_loss([0, 1], np.float32([0, 1])), np.float32)
    assert xentlib.grad(sparse_loss)(1, [0.0, 1.0]).shape == (2,)
    assert sparse_loss([], np.zeros((0, 3), np.float32)).shape == (0,)
    assert softmax_loss(np.zeros((2, 0, 3)), np.zeros((2, 0, 3))).shape == (2, 0)
    assert sparse_loss([], np.zeros((0, 3)), reduction="sum") == 0
    none = np.zeros((0, 3))
    assert softmax_loss(none, none, weights=[1e300, 1, 1], reduction="sum") == 0
    with pytest.raises(ValueError, match=r"^labels has shape \(0, 3\); reduction 'mean' needs"):
        softmax_loss(none, none, weights=[1e300, 1, 1], reduction="mean")
    assert sparse_loss([0], [[5.0]]) == 0
