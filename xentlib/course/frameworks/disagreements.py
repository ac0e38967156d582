"""Inputs on which a framework and xentlib disagree, with the truth, which mpmath computes.

Each answer is told as a word or as a number of three digits, so that it is the same on every CPU.
The truth is a number of sixty digits; or words, where the question has no answer, as for the loss
of a label that is no label.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
import scipy.special
import scipy.stats
import sklearn.metrics

import xentlib
from xentlib.course.frameworks.adapters import jax, keras, optax, tf, torch
from xentlib.course.frameworks.facts import outcome

__all__ = ["DISAGREEMENTS", "Disagreement", "disagreement", "relative_error"]

F = torch.nn.functional
DIGITS = 60
# What counts as right: a few roundings of the type in which the answer was given.
RIGHT = {"float32": 1e-6, "float64": 1e-14}
ROUGHLY = 1e-2

Call = Callable[[], Any]


@dataclass(frozen=True)
class Disagreement:
    """An input, the truth, and what the frameworks and xentlib make of it."""

    id: str
    input: str
    truth: Callable[[], Any] = field(repr=False)
    ours: Call = field(repr=False)
    theirs: Mapping[str, Call] = field(repr=False)
    answers: Mapping[str, str]
    why: str
    digits: int = 3
    convention: str = ""  # what "truth" is called where there is none, but only a choice

    @property
    def true(self) -> Any:
        """The truth: numbers of mpmath, or words where there is none."""
        with mpmath.workdps(DIGITS):
            return self.truth()

    @property
    def truth_in_short(self) -> str:
        """The truth to a few digits, or in words."""
        true = self.true
        if isinstance(true, list):
            return f"{self._short(min(true))} to {self._short(max(true))}"
        return true if isinstance(true, str) else self._short(true)

    def _short(self, true: Any) -> str:
        return mpmath.nstr(true, self.digits) if mpmath.isfinite(true) else str(float(true))

    def found(self) -> dict[str, str]:
        """Return what each answers now, in the words of `answers`."""
        calls = {"xentlib": self.ours, **self.theirs}
        true = self.true
        return {name: self._told(call, true) for name, call in calls.items()}

    def _told(self, call: Call, true: Any) -> str:
        said = outcome(call)
        if isinstance(true, str) or said.endswith("Error") or said == "nan":
            return said
        error = relative_error(call, true)
        if error <= RIGHT[_kind(call())]:
            return "right"
        if isinstance(true, list):
            return "hardly a digit right" if error > ROUGHLY else "some digits lost"
        return said


def _kind(value: Any) -> str:
    dtype = str(_array(value).dtype)
    return dtype if dtype in RIGHT else "float64"


def _array(value: Any) -> np.ndarray:
    return np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)


def relative_error(call: Call, true: Any) -> float:
    """Return the relative error of an answer; the median one if there are many."""
    expected = true if isinstance(true, list) else [true]
    values = [mpmath.mpf(float(number)) for number in np.atleast_1d(_array(call())).ravel()]
    with mpmath.workdps(DIGITS):
        return float(np.median([_error(v, t) for v, t in zip(values, expected, strict=True)]))


def _error(value: Any, true: Any) -> float:
    if value == true:
        return 0.0
    return float(abs(value / true - 1)) if true and mpmath.isfinite(true) else float("inf")


# --- the inputs -----------------------------------------------------------------------------------


def _row(margin: float, dtype: str) -> np.ndarray:
    return np.array([[margin, 0]], dtype)


_FIRST = np.array([[1.0, 0.0]], np.float32)


def _softmax_calls(logits: np.ndarray) -> dict[str, Call]:
    """Return every framework's loss of a row of two classes, of which the first is true."""
    labels = _FIRST.astype(logits.dtype)
    kind = logits.dtype.name
    return {
        "TensorFlow": lambda: tf.nn.softmax_cross_entropy_with_logits(labels, logits),
        "Keras": lambda: keras.losses.CategoricalCrossentropy(from_logits=True, dtype=kind)(
            labels, logits
        ),
        "PyTorch": lambda: F.cross_entropy(torch.tensor(logits), torch.tensor([0])),
        "Optax": lambda: optax.softmax_cross_entropy(logits, labels),
        "Optax, integer labels": lambda: optax.softmax_cross_entropy_with_integer_labels(
            logits, np.array([0])
        ),
        "SciPy": lambda: -scipy.special.log_softmax(logits, 1)[:, 0],
    }


def _sure(name: str, words: str, margin: float, dtype: str, why: str, **others: str) -> Any:
    logits = _row(margin, dtype)
    calls = _softmax_calls(logits)
    answers = {name: others.get(name.split(",")[0], "0") for name in calls}
    answers["Optax, integer labels"] = "0"
    return Disagreement(
        name,
        words,
        lambda: mpmath.log1p(mpmath.exp(-mpmath.mpf(margin))),
        lambda: xentlib.sparse_softmax_cross_entropy([0], logits),
        calls,
        {"xentlib": "right", **answers},
        why,
    )


_MASKED = np.array([[1, 2, -np.inf]], np.float32)
_MASKED_LABELS = np.array([[0, 1, 0]], np.float32)
_LOGITS = np.array([[1, 2, 3]], np.float32)
_TWO = np.array([[1, 1, 0]], np.float32)
_HALF = 0.5 + 2.0**-30
_STEP = 2.0**-27
_NEAR = [np.array([[k / 128, 1 - k / 128] for k in range(8, 121)])]
_NEAR.append(_NEAR[0] + np.array([_STEP, -_STEP]))
_COLUMN = np.array([[1.0], [0.0], [1.0]], np.float32)
_FLAT = np.array([2.0, -1.0, 3.0], np.float32)
_WEIGHTS = np.array([1.0, 3.0], np.float32)
_BATCH = np.array([[1, 0], [0, 1]], np.float32)
_SCORES = np.array([[2, 0], [1, 0]], np.float32)


def _keras_classes(classes: list[int]) -> Any:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return loss(np.array(classes), _LOGITS)


def _score(classes: list[int]) -> Any:
    return sklearn.metrics.log_loss(classes, [[0.2, 0.3, 0.5]], labels=[0, 1, 2])


def _true_divergences() -> list[Any]:
    p, q = ([[mpmath.mpf(float(v)) for v in row] for row in table] for table in _NEAR)
    return [
        mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(*rows, strict=True))
        for rows in zip(p, q, strict=True)
    ]


def _true_slope() -> Any:
    """Return the slope, in the first logit, of the loss of two labels at once."""

    def loss(first: Any) -> Any:
        logits = [first, mpmath.mpf(2), mpmath.mpf(3)]
        whole = mpmath.log(mpmath.fsum(map(mpmath.exp, logits)))
        return (whole - logits[0]) + (whole - logits[1])

    return mpmath.diff(loss, 1)


def _gradient(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return np.asarray(xentlib.grad(xentlib.softmax_cross_entropy)(labels, logits))


def _slope_by_tape() -> Any:
    logits = tf.constant(_LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.nn.softmax_cross_entropy_with_logits(_TWO, logits)
    return tape.gradient(loss, logits)[0, 0]


def _slope_by_torch() -> Any:
    loss = torch.func.grad(lambda x: F.cross_entropy(x, torch.tensor(_TWO)))
    return loss(torch.tensor(_LOGITS))[0, 0]


def _slope_by_jax() -> Any:
    loss = jax.grad(lambda x: optax.softmax_cross_entropy(x, _TWO).sum())
    return loss(jax.numpy.asarray(_LOGITS))[0, 0]


def _weighted_mean() -> Any:
    """Return the mean loss of two rows of which the second weighs three times the first."""
    first, second = mpmath.log1p(mpmath.exp(-2)), mpmath.log1p(mpmath.exp(1))
    return (first + 3 * second) / 4


def _no_label() -> str:
    return "no such label"


DISAGREEMENTS = (
    _sure(
        "sure-float32", "a sure and right row, float32: logits 20 and 0", 20, "float32",
        "The sum of the exponentials rounds to 1, and its logarithm to 0.",
    ),
    _sure(
        "sure-float64", "a sure and right row, float64: logits 40 and 0", 40, "float64",
        "float64 puts it off from a margin of 17 to one of 37.",
    ),
    _sure(
        "less-sure", "a less sure row, float32: logits 15 and 0", 15, "float32",
        "With integer labels, Optax subtracts the logit from a number that is rounded to its size.",
        TensorFlow="3.58e-07", Keras="3.58e-07", PyTorch="3.58e-07", Optax="3.58e-07",
        SciPy="3.58e-07",
    ),
    Disagreement(
        "masked", "a class with logit -inf and soft label 0, beside logits 1 and 2",
        lambda: mpmath.log1p(mpmath.exp(-1)),
        lambda: xentlib.softmax_cross_entropy(_MASKED_LABELS, _MASKED),
        {
            "TensorFlow": lambda: tf.nn.softmax_cross_entropy_with_logits(_MASKED_LABELS, _MASKED),
            "Keras": lambda: keras.losses.CategoricalCrossentropy(from_logits=True)(
                _MASKED_LABELS, _MASKED),
            "PyTorch": lambda: F.cross_entropy(
                torch.tensor(_MASKED), torch.tensor(_MASKED_LABELS)),
            "Optax": lambda: optax.softmax_cross_entropy(_MASKED, _MASKED_LABELS),
        },
        {"xentlib": "right", "TensorFlow": "nan", "Keras": "nan", "PyTorch": "nan",
         "Optax": "nan"},
        "0 times minus infinity is nan. What no label asks for must not be multiplied.",
    ),
    Disagreement(
        "infinite-logit", "label 1, logit +inf: right, and surer than any number",
        lambda: mpmath.mpf(0),
        lambda: xentlib.sigmoid_cross_entropy([1.0], [np.inf]),
        {
            "TensorFlow": lambda: tf.nn.sigmoid_cross_entropy_with_logits([1.0], [np.inf]),
            "Keras": lambda: keras.losses.BinaryCrossentropy(from_logits=True)([1.0], [np.inf]),
            "PyTorch": lambda: F.binary_cross_entropy_with_logits(
                torch.tensor([np.inf]), torch.tensor([1.0])),
            "Optax": lambda: optax.sigmoid_binary_cross_entropy(np.float32(np.inf), 1.0),
        },
        {"xentlib": "right", "TensorFlow": "nan", "Keras": "nan", "PyTorch": "nan",
         "Optax": "nan"},
        "Infinity minus infinity, or 0 times infinity: the formula, not the loss, has no value.",
    ),
    Disagreement(
        "impossible", "label 1, probability 0: what could not happen has happened",
        lambda: mpmath.inf,
        lambda: xentlib.binary_cross_entropy([1.0], [0.0]),
        {
            "Keras": lambda: keras.losses.BinaryCrossentropy()([1.0], [0.0]),
            "PyTorch": lambda: F.binary_cross_entropy(torch.tensor([0.0]), torch.tensor([1.0])),
            "scikit-learn": lambda: sklearn.metrics.log_loss([1], [0.0], labels=[0, 1]),
        },
        {"xentlib": "right", "Keras": "16.1", "PyTorch": "100", "scikit-learn": "36"},
        "Each clips, each somewhere else. The number says where, and nothing of the prediction.",
    ),
    Disagreement(
        "improbable", "label 1, probability 1e-10",
        lambda: -mpmath.log(mpmath.mpf(1e-10)),
        lambda: xentlib.binary_cross_entropy([1.0], [1e-10]),
        {
            "Keras": lambda: keras.losses.BinaryCrossentropy()([1.0], [1e-10]),
            "PyTorch": lambda: F.binary_cross_entropy(
                torch.tensor([1e-10], dtype=torch.float64), torch.tensor([1.0]).double()),
            "scikit-learn": lambda: sklearn.metrics.log_loss([1], [1e-10], labels=[0, 1]),
        },
        {"xentlib": "right", "Keras": "16.1", "PyTorch": "right", "scikit-learn": "right"},
        "The clip of Keras, 1e-7, changes losses that are ordinary numbers.",
    ),
    Disagreement(
        "certain", "label 1, probability 1: nothing to pay",
        lambda: mpmath.mpf(0),
        lambda: xentlib.binary_cross_entropy([1.0], [1.0]),
        {
            "Keras": lambda: keras.losses.BinaryCrossentropy()([1.0], [1.0]),
            "PyTorch": lambda: F.binary_cross_entropy(torch.tensor([1.0]), torch.tensor([1.0])),
            "scikit-learn": lambda: sklearn.metrics.log_loss([1], [1.0], labels=[0, 1]),
        },
        {"xentlib": "right", "Keras": "1.19e-07", "PyTorch": "right",
         "scikit-learn": "2.22e-16"},
        "A clip costs on the right side too.",
    ),
    Disagreement(
        "label-2", "label 2 in a yes/no question, logit 3", _no_label,
        lambda: xentlib.sigmoid_cross_entropy([2.0], [3.0]),
        {
            "TensorFlow": lambda: tf.nn.sigmoid_cross_entropy_with_logits([2.0], [3.0]),
            "Keras": lambda: keras.losses.BinaryCrossentropy(from_logits=True)([2.0], [3.0]),
            "PyTorch": lambda: F.binary_cross_entropy_with_logits(
                torch.tensor([3.0]), torch.tensor([2.0])),
            "Optax": lambda: optax.sigmoid_binary_cross_entropy(np.float32(3), 2.0),
            "scikit-learn": lambda: sklearn.metrics.log_loss([2], [0.95], labels=[0, 1]),
        },
        {"xentlib": "ValueError", "TensorFlow": "-2.95", "Keras": "-2.95", "PyTorch": "-2.95",
         "Optax": "-2.95", "scikit-learn": "ValueError"},
        "A negative loss: training follows it downhill without end.",
    ),
    Disagreement(
        "class-3", "class 3 of three classes, which are 0, 1 and 2", _no_label,
        lambda: xentlib.sparse_softmax_cross_entropy([3], _LOGITS),
        {
            "TensorFlow": lambda: tf.nn.sparse_softmax_cross_entropy_with_logits([3], _LOGITS),
            "Keras": lambda: _keras_classes([3]),
            "PyTorch": lambda: F.cross_entropy(torch.tensor(_LOGITS), torch.tensor([3])),
            "Optax": lambda: optax.softmax_cross_entropy_with_integer_labels(
                _LOGITS, np.array([3])),
            "scikit-learn": lambda: _score([3]),
        },
        {"xentlib": "IndexError", "TensorFlow": "InvalidArgumentError",
         "Keras": "InvalidArgumentError", "PyTorch": "IndexError", "Optax": "nan",
         "scikit-learn": "ValueError"},
        "On a CPU all but Optax say so.",
    ),
    Disagreement(
        "class-minus-1", "class -1 of three classes", _no_label,
        lambda: xentlib.sparse_softmax_cross_entropy([-1], _LOGITS),
        {
            "TensorFlow": lambda: tf.nn.sparse_softmax_cross_entropy_with_logits([-1], _LOGITS),
            "Keras": lambda: _keras_classes([-1]),
            "PyTorch": lambda: F.cross_entropy(torch.tensor(_LOGITS), torch.tensor([-1])),
            "Optax": lambda: optax.softmax_cross_entropy_with_integer_labels(
                _LOGITS, np.array([-1])),
            "scikit-learn": lambda: _score([-1]),
        },
        {"xentlib": "IndexError", "TensorFlow": "InvalidArgumentError",
         "Keras": "InvalidArgumentError", "PyTorch": "IndexError", "Optax": "0.408",
         "scikit-learn": "ValueError"},
        "Optax counts from the end, so that a -1 for padding trains the last class.",
    ),
    Disagreement(
        "class-minus-100", "class -100 of three classes", _no_label,
        lambda: xentlib.sparse_softmax_cross_entropy([-100], _LOGITS),
        {
            "TensorFlow": lambda: tf.nn.sparse_softmax_cross_entropy_with_logits([-100], _LOGITS),
            "PyTorch": lambda: F.cross_entropy(
                torch.tensor(_LOGITS), torch.tensor([-100]), reduction="none"),
            "Keras": lambda: _keras_classes([-100]),
            "Optax": lambda: optax.softmax_cross_entropy_with_integer_labels(
                _LOGITS, np.array([-100])),
            "scikit-learn": lambda: _score([-100]),
        },
        {"xentlib": "IndexError", "TensorFlow": "InvalidArgumentError",
         "Keras": "InvalidArgumentError", "PyTorch": "0", "Optax": "nan",
         "scikit-learn": "ValueError"},
        "For PyTorch it means: ignore me.",
    ),
    Disagreement(
        "two-labels", "slope in the first logit of 1, 2, 3, labels 1, 1, 0", _true_slope,
        lambda: _gradient(_TWO, _LOGITS)[0, 0],
        {"TensorFlow": _slope_by_tape, "PyTorch": _slope_by_torch, "Optax": _slope_by_jax},
        {"xentlib": "right", "TensorFlow": "-0.91", "PyTorch": "right", "Optax": "right"},
        "TensorFlow returns p - y, which is the slope only if the labels sum to 1.",
    ),
    Disagreement(
        "shapes", "a column of three labels, a flat array of three logits", lambda: "no such pair",
        lambda: xentlib.sigmoid_cross_entropy(_COLUMN, _FLAT),
        {
            "TensorFlow": lambda: tf.nn.sigmoid_cross_entropy_with_logits(_COLUMN, _FLAT),
            "Keras": lambda: keras.losses.BinaryCrossentropy(from_logits=True)(_COLUMN, _FLAT),
            "PyTorch": lambda: F.binary_cross_entropy_with_logits(
                torch.tensor(_FLAT), torch.tensor(_COLUMN)),
            "Optax": lambda: optax.sigmoid_binary_cross_entropy(_FLAT, _COLUMN).mean(),
        },
        {"xentlib": "ValueError", "TensorFlow": "ValueError", "Keras": "0.163",
         "PyTorch": "ValueError", "Optax": "0.941"},
        "Keras pairs them one by one; Optax pairs each with each, and the mean is of nine.",
    ),
    Disagreement(
        "weighted-mean", "weights 1 and 3, one-hot rows: the mean", _weighted_mean,
        lambda: xentlib.softmax_cross_entropy(
            _BATCH, _SCORES, weights=_WEIGHTS, reduction="mean"),
        {
            "PyTorch, one-hot": lambda: F.cross_entropy(
                torch.tensor(_SCORES), torch.tensor(_BATCH), weight=torch.tensor(_WEIGHTS)),
            "PyTorch, integers": lambda: F.cross_entropy(
                torch.tensor(_SCORES), torch.tensor([0, 1]), weight=torch.tensor(_WEIGHTS)),
            "Keras": lambda: keras.losses.CategoricalCrossentropy(from_logits=True)(
                _BATCH, _SCORES, sample_weight=_WEIGHTS),
        },
        {"xentlib": "right", "PyTorch, one-hot": "2.03", "PyTorch, integers": "right",
         "Keras": "2.03"},
        "Nobody is wrong: two conventions, one divides by the weights' sum, one by the rows.",
        convention="divided by the weights",
    ),
    Disagreement(
        "softplus", "softplus of 21, float64",
        lambda: 21 + mpmath.log1p(mpmath.exp(-21)),
        lambda: xentlib.softplus(21.0),
        {
            "PyTorch": lambda: F.softplus(torch.tensor(21.0).double()),
            "JAX": lambda: jax.nn.softplus(21.0),
            "SciPy": lambda: -scipy.special.log_expit(-21.0),
        },
        {"xentlib": "right", "PyTorch": "21", "JAX": "right", "SciPy": "right"},
        "Beyond its threshold of 20, PyTorch returns the number itself, in float64 as in float32.",
        digits=12,
    ),
    Disagreement(
        "logit", "the logit of 0.5 + 2^-30, float64",
        lambda: mpmath.log(mpmath.mpf(_HALF) / (1 - mpmath.mpf(_HALF))),
        lambda: xentlib.logit(_HALF),
        {
            "PyTorch": lambda: torch.logit(
                torch.tensor(_HALF, dtype=torch.float64)),
            "JAX": lambda: jax.scipy.special.logit(_HALF),
            "SciPy": lambda: scipy.special.logit(_HALF),
        },
        {"xentlib": "right", "PyTorch": "3.73e-09", "JAX": "3.73e-09", "SciPy": "right"},
        "The quotient of odds rounds to the next float64 after 1, and half of the digits are gone.",
    ),
    Disagreement(
        "near", "KL divergence of 113 pairs that differ by 2^-27, float64", _true_divergences,
        lambda: xentlib.kl_divergence(*_NEAR),
        {
            "SciPy, entropy": lambda: scipy.stats.entropy(*_NEAR, axis=1),
            "SciPy, rel_entr": lambda: scipy.special.rel_entr(*_NEAR).sum(1),
            "SciPy, kl_div": lambda: scipy.special.kl_div(*_NEAR).sum(1),
            "PyTorch": lambda: F.kl_div(
                torch.tensor(_NEAR[1]).log(), torch.tensor(_NEAR[0]), reduction="none").sum(1),
            "Keras": lambda: keras.losses.KLDivergence(reduction=None, dtype="float64")(*_NEAR),
            "Optax": lambda: optax.kl_divergence(jax.numpy.log(_NEAR[1]), _NEAR[0]),
        },
        {"xentlib": "right", "SciPy, entropy": "some digits lost",
         "SciPy, rel_entr": "some digits lost", "SciPy, kl_div": "hardly a digit right",
         "PyTorch": "hardly a digit right", "Keras": "hardly a digit right",
         "Optax": "hardly a digit right"},
        "Terms of opposite sign cancel, and what is left is the rounding of each. SciPy's rel_entr "
        "rounds least and keeps eight digits or so.",
    ),
)  # fmt: skip


def disagreement(identifier: str) -> Disagreement:
    """Return a disagreement by its id."""
    for found in DISAGREEMENTS:
        if found.id == identifier:
            return found
    raise ValueError(f"There is no disagreement {identifier!r}.")
