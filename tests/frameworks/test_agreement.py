"""Where nothing is extreme, each framework gives xentlib's numbers, and its gradients."""

import numpy as np
import pytest

import xentlib
from xentlib.course.frameworks import spellings
from xentlib.course.frameworks.adapters import FRAMEWORKS, NUMPY
from xentlib.course.frameworks.spellings import Spelling

# What frameworks keep of ordinary numbers: a few roundings of their own, of each term.
TOLERANCE = {"float32": {"rtol": 5e-6, "atol": 5e-7}, "float64": {"rtol": 1e-12, "atol": 1e-14}}
DTYPES = list(TOLERANCE)
ROWS, CLASSES = 12, 4


def _logits(dtype):
    return np.random.default_rng(1).normal(0, 3, (ROWS, CLASSES)).astype(dtype)


def _indices(_):
    return np.random.default_rng(2).integers(0, CLASSES, ROWS)


def _distributions(dtype, seed=3):
    p = np.random.default_rng(seed).dirichlet(np.ones(CLASSES), ROWS)
    return (p / p.sum(1, keepdims=True)).astype(dtype)


def _answers(dtype):
    return np.random.default_rng(4).choice([0, 0.25, 0.5, 1], (ROWS, CLASSES)).astype(dtype)


def _hard_answers(dtype):
    return np.random.default_rng(4).integers(0, 2, (ROWS, CLASSES)).astype(dtype)


def _probabilities(dtype):
    return np.random.default_rng(5).uniform(0.01, 0.99, (ROWS, CLASSES)).astype(dtype)


CASES = [
    *((spelling, _indices, _logits) for spelling in spellings.SPARSE),
    *((spelling, _distributions, _logits) for spelling in spellings.DENSE),
    *((spelling, _answers, _logits) for spelling in spellings.SIGMOID),
    *((spelling, _answers, _probabilities) for spelling in spellings.BINARY),
    *((spelling, _hard_answers, _logits) for spelling in spellings.FOCAL),
]
MEASURES = [
    *((spelling, None, _logits) for spelling in spellings.ACTIVATIONS),
    *((spelling, None, _probabilities) for spelling in spellings.LOGITS),
    *((spelling, None, _distributions) for spelling in spellings.ENTROPIES),
    *(
        (spelling, _distributions, lambda dtype: _distributions(dtype, 6))
        for spelling in spellings.DIVERGENCES
    ),
]


def _named(cases):
    return [pytest.param(*case, id=str(case[0])) for case in cases]


def _arguments(labels, inputs, dtype):
    return () if labels is None else (labels(dtype),), inputs(dtype)


def _compare(spelling: Spelling, labels, inputs, dtype):
    """Compare a framework's result with xentlib's."""
    given, x = _arguments(labels, inputs, dtype)
    theirs = spelling.value(*given, x)
    ours = getattr(xentlib, spelling.function)(*given, x, **spelling.options)
    np.testing.assert_allclose(theirs, ours, **TOLERANCE[dtype], err_msg=str(spelling))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("spelling", "labels", "inputs"), _named(CASES + MEASURES))
def test_values_agree(spelling, labels, inputs, dtype):
    _compare(spelling, labels, inputs, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("spelling", "labels", "inputs"), _named(c for c in CASES if c[0].framework is not NUMPY)
)
def test_gradients_agree(spelling, labels, inputs, dtype):
    """The framework's differentiation against xentlib's derived gradient."""
    (given,), x = _arguments(labels, inputs, dtype)
    theirs = spelling.gradient(given, x)
    loss = getattr(xentlib, spelling.function)
    ours = xentlib.grad(loss)(given, x, **spelling.options)
    np.testing.assert_allclose(theirs, ours, **TOLERANCE[dtype], err_msg=str(spelling))


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_every_framework_is_compared(framework):
    """Protects against a table that has lost a framework."""
    functions = {s.function for s, *_ in CASES + MEASURES if s.framework is framework}
    assert len(functions) >= 8, functions


def test_every_loss_and_option_is_compared():
    """Each option of each loss that any framework knows has a spelling."""
    compared = {
        (spelling.function, option) for spelling, *_ in CASES for option in spelling.options
    }
    assert compared >= {
        ("softmax_cross_entropy", "weights"),
        ("softmax_cross_entropy", "label_smoothing"),
        ("sparse_softmax_cross_entropy", "weights"),
        ("sparse_softmax_cross_entropy", "label_smoothing"),
        ("sparse_softmax_cross_entropy", "ignore_index"),
        ("sparse_softmax_cross_entropy", "reduction"),
        ("sigmoid_cross_entropy", "weights"),
        ("sigmoid_cross_entropy", "pos_weight"),
        ("sigmoid_cross_entropy", "label_smoothing"),
        ("sigmoid_cross_entropy", "reduction"),
        ("sigmoid_focal_cross_entropy", "gamma"),
        ("sigmoid_focal_cross_entropy", "alpha"),
    }


WRONG = {
    "smoothed differently": (
        spellings.DENSE[0].framework, "softmax_cross_entropy", {"label_smoothing": 0.1},
        lambda y, x: spellings.tf.nn.softmax_cross_entropy_with_logits(y * 0.9 + 0.1 / 3, x),
    ),
    "another mean": (
        spellings.PYTORCH, "sparse_softmax_cross_entropy",
        {"weights": spellings.CLASS_WEIGHTS, "reduction": "mean"},
        lambda y, x: spellings.F.cross_entropy(
            x, y, weight=x.new_tensor(spellings.CLASS_WEIGHTS), reduction="none"
        ).mean(),
    ),
    "arguments exchanged": (
        NUMPY, "softmax_cross_entropy", {},
        lambda y, x: -(x * spellings.scipy.special.log_softmax(y, -1)).sum(-1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_wrong_spelling_fails_the_same_check(mistake, dtype):
    """Negative control: what people get wrong is no agreement."""
    framework, function, options, call = WRONG[mistake]
    labels = _indices if function.startswith("sparse") else _distributions
    with pytest.raises(AssertionError, match="Not equal"):
        _compare(Spelling(framework, function, call, options), labels, _logits, dtype)
