"""softmax, log_softmax, logsumexp and one_hot against mpmath, and their limits and identities."""

import numpy as np
import pytest

import xentlib
from tests.numeric import reference
from tests.numeric.reference import Row, both_ways, check_accuracy, dtype_named, logit_rows
from xentlib import activations

BOUNDS = {"bfloat16": 0.51, "float16": 0.51, "float32": 0.51, "float64": 4.0}
SHAPES = ((30, 2), (20, 3), (8, 10))
NAMES = ("softmax", "log_softmax", "logsumexp")


def expected(name, rows):
    """What a function must return for these rows, and the numbers in whose ulp errors are."""
    if name == "logsumexp":
        values = [row.largest + row.log_total for row in rows]
        return values, [
            max(abs(r.largest), r.log_total, abs(v)) for r, v in zip(rows, values, strict=True)
        ]
    values = [v for r in rows for v in (r.p if name == "softmax" else [-u for u in r.minus_log])]
    return values, None


def check_rows(function, name, x):
    """Compare one function on some rows with its reference."""
    values, scales = expected(name, [Row(row) for row in x])
    for found in both_ways(lambda: function(x)):
        check_accuracy(np.ravel(found), values, BOUNDS[x.dtype.name], scales)


@pytest.mark.parametrize("regime", reference.ROW_REGIMES)
@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("name", NAMES)
def test_accuracy_of_rows(name, dtype, regime):
    """Protects the guarantee of the docstrings in every regime, for 2, 3 and 10 classes."""
    for shape in SHAPES:
        check_rows(getattr(xentlib, name), name, logit_rows(regime, *shape, dtype_named(dtype)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("classes", [1, 63, 64, 65, 1000])
def test_accuracy_for_many_classes(name, classes):
    """Protects the sums: one class, both layouts of a block, and many terms."""
    for dtype in ("float32", "float64"):
        check_rows(getattr(xentlib, name), name, logit_rows("ordinary", 2, classes, dtype))


@pytest.mark.parametrize("name", NAMES)
def test_accuracy_of_a_sum_that_grows_by_less_than_half_an_ulp(name):
    """Protects exp(-10) and 60 terms that each would be lost in it: exp(-47.45) is 0.48 ulp."""
    x = np.array([[0.0, -10.0, *[-47.45] * 60]])
    check_rows(getattr(xentlib, name), name, x)
    decays = np.exp(x[0, 1:])
    assert np.cumsum(decays)[-1] == decays[0]  # the negative control


def plain(x):
    z = x - x.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def careless(x):
    return activations.LogitRows(x, 1, careful=False).softmax().narrow()


NAIVE = {
    "softmax: no shift": (
        "softmax",
        "shifted by 1e4",
        lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True),
    ),
    "softmax: rounded differences": ("softmax", "ordinary", careless),
    "softmax: of log_softmax": ("softmax", "ordinary", lambda x: np.exp(xentlib.log_softmax(x))),
    "softmax: other axis": ("softmax", "ordinary", lambda x: xentlib.softmax(x, axis=0)),
    "softmax: sign": ("softmax", "ordinary", lambda x: xentlib.softmax(-x)),
    "log_softmax: textbook": ("log_softmax", "confident", plain),
    "log_softmax: of softmax": ("log_softmax", "confident", lambda x: np.log(xentlib.softmax(x))),
    "log_softmax: base 2": (
        "log_softmax",
        "ordinary",
        lambda x: xentlib.log_softmax(x) / np.log(2),
    ),
    "logsumexp: no shift": (
        "logsumexp",
        "shifted by 1e8",
        lambda x: np.log(np.exp(x).sum(1)),
    ),
    "logsumexp: rest forgotten": ("logsumexp", "ordinary", lambda x: x.max(1)),
}


@pytest.mark.parametrize("mistake", NAIVE)
def test_naive_formulas_and_mutants_fail_the_same_check(mistake):
    """Negative control of the accuracy tests."""
    name, regime, function = NAIVE[mistake]
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match="ulp from"):
        check_rows(function, name, logit_rows(regime, 30, 10, np.float64))


def test_the_textbook_log_softmax_fails_in_float32_too():
    """Negative control: where one class is ahead by more than 17, it returns exactly 0."""
    x = np.array([[0, 20], [0, 60]], np.float32)
    assert not plain(x)[:, 1].any()
    with pytest.raises(AssertionError, match="ulp from"):
        check_rows(plain, "log_softmax", x)


def test_limits():
    """Protects infinite logits: masked classes, one that takes everything, and NaN in its row."""
    inf, nan = np.inf, np.nan
    x = np.array([[0, -inf, 0], [0, inf, -inf], [nan, 0, inf], [-inf, -3, -inf]])
    for dtype in (np.float32, np.float64):
        p = xentlib.softmax(x.astype(dtype))
        np.testing.assert_array_equal(p, [[0.5, 0, 0.5], [0, 1, 0], [nan] * 3, [0, 1, 0]])
        assert not np.signbit(p[[0, 1, 3]]).any()
        logs = xentlib.log_softmax(x[1:].astype(dtype))
        np.testing.assert_array_equal(logs, [[-inf, 0, -inf], [nan] * 3, [-inf, 0, -inf]])
        y = x.astype(dtype)
        y = np.concatenate([y, [[-inf] * 3, [inf, inf, 0]]], dtype=dtype)
        totals = [dtype(np.log(2)), inf, nan, -3, -inf, inf]
        np.testing.assert_array_equal(xentlib.logsumexp(y), totals)


def test_one_nan_does_not_reach_another_row():
    """Protects rows from each other, in both layouts of a block."""
    for classes in (3, 200):
        x = np.random.default_rng(0).normal(size=(4, classes))
        spoiled = x.copy()
        spoiled[2, 1] = np.nan
        for name in NAMES:
            good, bad = getattr(xentlib, name)(x), getattr(xentlib, name)(spoiled)
            np.testing.assert_allclose(good[[0, 1, 3]], bad[[0, 1, 3]], rtol=2e-15)
            assert np.isnan(bad[2]).all()


def test_identities():
    """Protects what the chapters derive: shifts, sigmoids, logarithms, and sums of 1."""
    x = np.random.default_rng(1).normal(0, 5, (20, 7))
    p = xentlib.softmax(x)
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-15)
    np.testing.assert_allclose(xentlib.softmax(x + 64), p, rtol=1e-12)
    np.testing.assert_allclose(np.exp(xentlib.log_softmax(x)), p, rtol=1e-14)
    np.testing.assert_allclose(
        x - xentlib.logsumexp(x)[:, None], xentlib.log_softmax(x), rtol=1e-14, atol=1e-14
    )
    pair = np.stack([np.zeros(20), x[:, 0]], axis=1)
    np.testing.assert_allclose(xentlib.softmax(pair)[:, 1], xentlib.sigmoid(x[:, 0]), rtol=1e-14)
    np.testing.assert_allclose(xentlib.logsumexp(pair), xentlib.softplus(x[:, 0]), rtol=1e-14)


def test_the_number_of_the_source_article():
    """Protects softmax([1, 2, 3]) = [0.09, 0.24, 0.67]."""
    np.testing.assert_array_equal(xentlib.softmax([1, 2, 3]).round(2), [0.09, 0.24, 0.67])


def test_huge_logits_of_both_signs():
    """Protects differences that overflow."""
    x = np.array([-1.7e308, 1.7e308])
    np.testing.assert_array_equal(xentlib.softmax(x), [0, 1])
    np.testing.assert_array_equal(xentlib.log_softmax(x), [-np.inf, 0])
    assert xentlib.logsumexp(x) == 1.7e308


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, bool])
def test_one_hot(dtype):
    """Protects the rows, for every place of the axis; control: the wrong place differs."""
    labels = np.array([[2, 0, 1], [1, 1, 0]], np.uint8)
    for axis in (-3, -2, -1, 0, 1, 2):
        result = xentlib.one_hot(labels, 4, axis=axis, dtype=dtype)
        assert result.dtype == dtype
        np.testing.assert_array_equal(np.moveaxis(result, axis, -1), np.eye(4, dtype=dtype)[labels])
    assert xentlib.one_hot(2, 3).tolist() == [0, 0, 1]
    assert xentlib.one_hot([], 3).shape == (0, 3)
    assert xentlib.one_hot([0, 1], 2).dtype == np.float64
    assert xentlib.one_hot([0], 2, dtype=dtype_named("bfloat16")).astype(float).tolist() == [[1, 0]]
