"""What the frameworks' losses do: statements that are measured wherever they are told.

The chapter on the frameworks and its tests read the same table. A measurement returns a few words
that are the same on every CPU: the name of the only candidate that a result agrees with, the kind
of an error, or a number of three digits.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import scipy.special
import scipy.stats
import sklearn.metrics

import xentlib
from xentlib.course.frameworks.adapters import jax, keras, optax, tf, torch, version

__all__ = ["FACTS", "PAGE", "VERSIONS", "Fact", "FactChangedError", "facts_of", "outcome"]

F = torch.nn.functional
PAGE = "chapters/practice/frameworks"
# The versions that the results below were measured with: those of requirements/.
VERSIONS = {
    "TensorFlow": "2.21.0",
    "Keras": "3.15.1",
    "PyTorch": "2.13.0",
    "JAX": "0.10.2",
    "Optax": "0.2.8",
    "scikit-learn": "1.9.1",
    "SciPy": "1.17.1",
}


class FactChangedError(AssertionError):
    """A framework does something else than the book says."""


@dataclass(frozen=True)
class Fact:
    """A statement on a function of a framework, what measures it, and what was measured."""

    library: str
    function: str
    aspect: str
    statement: str
    measure: Callable[[], str] = field(repr=False)
    result: str

    @property
    def place(self) -> str:
        """Where the book says so."""
        return f"{PAGE}, tab {self.library}, table {self.function}, row {self.aspect!r}"

    def measured(self) -> str:
        """Measure; what the framework warns of besides is no part of the result."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.measure()

    def confirm(self) -> None:
        """Measure, and raise `FactChangedError` if the result is another than the book's."""
        found = self.measured()
        if found != self.result:
            raise FactChangedError(
                f"{self.library} {version(self.library)} (the book was measured with "
                f"{VERSIONS[self.library]}): the book says of {self.function}, "
                f"{self.aspect}: {self.statement!r}, measured as {self.result!r}; now it is "
                f"{found!r}. Place: {self.place}."
            )


# --- how to measure -------------------------------------------------------------------------------

_X = np.array([[1, 2, 3], [1, 0, -1]], np.float32)
_P = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]], np.float32)
_Q = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], np.float32)
_INDEX = np.array([2, 0])
_LABELLED = np.array([-100, 0])  # the first row is to be ignored
_COUNTS = np.array([0, 1], np.float32)
_HOT = np.eye(3, dtype=np.float32)[_INDEX]
_SOFT = np.array([[0.1, 0.2, 0.7], [0.5, 0.5, 0]], np.float32)
_WEIGHTS = np.array([0.5, 1, 2], np.float32)
_COLUMN = np.array([[1], [0], [1]], np.float32)
_ROW = np.array([0.1, 0.2, 0.3], np.float32)
_BELIEFS = np.array([[0.2, 0.8], [0.6, 0.4]], np.float32)
_MASKED = np.array([[1, 2, -np.inf]], np.float32)
_MASKED_HOT = np.array([[0, 1, 0]], np.float32)


def _array(value: Any) -> np.ndarray:
    return np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)


def outcome(call: Callable[[], Any]) -> str:
    """Return in a word what a call gives: the kind of its error, nan, or rounded numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = _array(call())
        except Exception as error:  # whatever a framework raises is what we want to know
            return type(error).__name__
    if np.isnan(value).any():
        return "nan"
    return ", ".join(f"{number + 0:.3g}" for number in np.atleast_1d(value).ravel())


def _which(value: Any, candidates: Mapping[str, Any]) -> str:
    """Return the name of the candidate that a value agrees with."""
    found = _array(value)
    for name, candidate in candidates.items():
        expected = np.asarray(candidate)
        if found.shape == expected.shape and np.allclose(found, expected, rtol=1e-5, atol=1e-6):
            return name
    return "none of these"


def _first_two(function: Any) -> Callable[[], str]:
    """Measure the names of the first two arguments."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    return lambda: ", ".join(names[:2])


def _default(function: Any, option: str) -> Callable[[], str]:
    """Measure the default of an option."""
    return lambda: str(inspect.signature(function).parameters[option].default)


def _lacks(function: Any, option: str) -> Callable[[], str]:
    """Measure whether a function has no such option."""
    return lambda: f"no {option}" if option not in inspect.signature(function).parameters else "has"


def _taken(call: Callable[[str], Any]) -> Callable[[], str]:
    """Measure for which dtypes of the labels a call succeeds."""

    def measure() -> str:
        kinds = ("int32", "int64", "float32")
        refused = {kind for kind in kinds if outcome(partial(call, kind)).endswith("Error")}
        return ", ".join(kind for kind in kinds if kind not in refused)

    return measure


def _softmax_input(loss: Callable[[Any, Any], Any]) -> Callable[[], str]:
    """Measure what a loss of one question takes its second array for."""
    return lambda: _which(
        loss(_HOT, _P),
        {
            "logits": xentlib.softmax_cross_entropy(_HOT, _P),
            "probabilities": -(_HOT * np.log(_P)).sum(1),
            "log-probabilities": -(_HOT * _P).sum(1),
        },
    )


def _sigmoid_input(loss: Callable[[Any, Any], Any]) -> Callable[[], str]:
    """Measure what a loss of yes/no questions takes its second array for."""
    return lambda: _which(
        loss(_HOT, _P),
        {
            "logits": xentlib.sigmoid_cross_entropy(_HOT, _P),
            "probabilities": xentlib.binary_cross_entropy(_HOT, _P),
        },
    )


def _reduction(value: Callable[[], Any], each: np.ndarray) -> Callable[[], str]:
    """Measure whether a value is one loss for each, their mean or their sum."""
    return lambda: _which(
        value(), {"one for each": each, "mean": each.mean(), "sum": each.sum()}
    )  # fmt: skip


def _divisor(value: Callable[[], Any], total: float, **divisors: float) -> Callable[[], str]:
    """Measure what a mean divided the total by."""
    return lambda: _which(value(), {name: total / by for name, by in divisors.items()})


def _outcome_of(call: Callable[[], Any]) -> Callable[[], str]:
    return lambda: outcome(call)


_DENSE = np.asarray(xentlib.softmax_cross_entropy(_HOT, _X))
_EACH = np.asarray(xentlib.sigmoid_cross_entropy(_HOT, _X))
_FOCAL = np.asarray(xentlib.sigmoid_focal_cross_entropy(_HOT, _X))
_BINARY = np.asarray(xentlib.binary_cross_entropy(_HOT, _P))
_TERMS = _P * np.log(_P / _Q)
_SMOOTHED = {
    "alpha/C": xentlib.softmax_cross_entropy(0.9 * _HOT + 0.1 / 3, _X),
    "alpha/(C-1)": xentlib.softmax_cross_entropy(0.9 * _HOT + 0.1 / 2 * (1 - _HOT), _X),
}
_SMOOTHED_BINARY = {
    "alpha/2": xentlib.sigmoid_cross_entropy(0.9 * _HOT + 0.1 / 2, _X).mean(1),
    "alpha": xentlib.sigmoid_cross_entropy(0.9 * _HOT + 0.1 * (1 - _HOT), _X).mean(1),
}
_PREDICTION_MINUS_TRUTH = {
    "p - y": xentlib.softmax(_X) - 2 * _HOT,
    "2p - y": 2 * xentlib.softmax(_X) - 2 * _HOT,
}

Row = tuple[str, str, Callable[[], str], str]


def _about(library: str, function: str, *rows: Row) -> tuple[Fact, ...]:
    return tuple(Fact(library, function, *row) for row in rows)


# --- TensorFlow -----------------------------------------------------------------------------------

_tf_dense = tf.nn.softmax_cross_entropy_with_logits
_tf_sparse = tf.nn.sparse_softmax_cross_entropy_with_logits
_tf_sigmoid = tf.nn.sigmoid_cross_entropy_with_logits
_tf_weighted = tf.nn.weighted_cross_entropy_with_logits


def _tf_gradient(labels: np.ndarray) -> Any:
    logits = tf.constant(_X)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_sum(_tf_dense(labels, logits))
    return tape.gradient(loss, logits)


TENSORFLOW = (
    *_about(
        "TensorFlow", "softmax_cross_entropy_with_logits",
        ("input", "logits", _softmax_input(_tf_dense), "logits"),
        ("arguments", "labels first", _first_two(_tf_dense), "labels, logits"),
        ("labels", "one row of shares each, one-hot or soft; integers are turned into floats",
         _taken(lambda kind: _tf_dense(_HOT.astype(kind), _X)), "int32, int64, float32"),
        ("class axis", "the last, unless axis says another", _default(_tf_dense, "axis"), "-1"),
        ("reduction", "none: one loss for each row",
         _reduction(lambda: _tf_dense(_HOT, _X), _DENSE), "one for each"),
        ("bad labels", "not checked; for a row that sums to 2 its gradient is p - y, which is not "
         "the slope of the loss that it returned",
         lambda: _which(_tf_gradient(2 * _HOT), _PREDICTION_MINUS_TRUTH), "p - y"),
        ("masked class", "a logit of -inf with label 0 gives nan",
         _outcome_of(lambda: _tf_dense(_MASKED_HOT, _MASKED)), "nan"),
    ),
    *_about(
        "TensorFlow", "sparse_softmax_cross_entropy_with_logits",
        ("input", "logits", _softmax_input(lambda y, x: _tf_sparse(y.argmax(1), x)), "logits"),
        ("arguments", "labels first", _first_two(_tf_sparse), "labels, logits"),
        ("labels", "numbers of classes, in an integer type",
         _taken(lambda kind: _tf_sparse(_INDEX.astype(kind), _X)), "int32, int64"),
        ("class axis", "the last; there is no option", _lacks(_tf_sparse, "axis"), "no axis"),
        ("reduction", "none: one loss for each row",
         _reduction(lambda: _tf_sparse(_INDEX, _X), _DENSE), "one for each"),
        ("bad labels", "a class that is not there is an error (on a CPU)",
         _outcome_of(lambda: _tf_sparse([3, 0], _X)), "InvalidArgumentError"),
        ("ignored", "no label means ignore me; -1 is an error too",
         _outcome_of(lambda: _tf_sparse([-1, 0], _X)), "InvalidArgumentError"),
        ("mask", "a valid class in its place, and a mask: the row costs 0", lambda: _which(
            _tf_sparse(np.where(_COUNTS, _LABELLED, 0), _X) * _COUNTS,
            {"0 and the loss": _DENSE[1] * _COUNTS}), "0 and the loss"),
        ("masked class", "a logit of -inf counts as no class",
         _outcome_of(lambda: _tf_sparse([1], _MASKED)), "0.313"),
    ),
    *_about(
        "TensorFlow", "sigmoid_cross_entropy_with_logits",
        ("input", "logits", _sigmoid_input(_tf_sigmoid), "logits"),
        ("arguments", "labels first", _first_two(_tf_sigmoid), "labels, logits"),
        ("labels", "floats of the logits' shape",
         _taken(lambda kind: _tf_sigmoid(tf.constant(_HOT.astype(kind)), _X)), "float32"),
        ("reduction", "none: one loss for each element",
         _reduction(lambda: _tf_sigmoid(_HOT, _X), _EACH), "one for each"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives a negative loss",
         _outcome_of(lambda: _tf_sigmoid([2.0], [3.0])), "-2.95"),
        ("other shapes", "a column of labels with a row of logits is an error",
         _outcome_of(lambda: _tf_sigmoid(_COLUMN, _ROW)), "ValueError"),
        ("infinite logit", "the right one gives nan", _outcome_of(
            lambda: _tf_sigmoid([1.0], [np.inf])), "nan"),
    ),
    *_about(
        "TensorFlow", "weighted_cross_entropy_with_logits",
        ("input", "logits", _sigmoid_input(lambda y, x: _tf_weighted(y, x, 1.0)), "logits"),
        ("arguments", "labels first", _first_two(_tf_weighted), "labels, logits"),
        ("labels", "floats of the logits' shape",
         _taken(lambda kind: _tf_weighted(tf.constant(_HOT.astype(kind)), _X, 1.0)), "float32"),
        ("weights", "pos_weight multiplies the part of yes, as in xentlib", lambda: _which(
            _tf_weighted(_HOT, _X, 3.0),
            {"pos_weight": xentlib.sigmoid_cross_entropy(_HOT, _X, pos_weight=3.0)}),
         "pos_weight"),
        ("reduction", "none: one loss for each element",
         _reduction(lambda: _tf_weighted(_HOT, _X, 1.0), _EACH), "one for each"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives a negative loss",
         _outcome_of(lambda: _tf_weighted([2.0], [3.0], 1.0)), "-2.95"),
        ("other shapes", "a column of labels with a row of logits is an error",
         _outcome_of(lambda: _tf_weighted(_COLUMN, _ROW, 1.0)), "ValueError"),
    ),
)  # fmt: skip

# --- Keras ----------------------------------------------------------------------------------------

_KERAS_MEAN = "sum_over_batch_size"


def _keras(name: str, labels: Any, x: Any, **options: Any) -> Any:
    return getattr(keras.losses, name)(**{"reduction": None, **options})(labels, x)


def _of_each(name: str) -> Callable[[Any, Any], Any]:
    """Return a Keras loss of elements: without the mean over the last axis."""
    return lambda y, x: _keras(name, y[..., None], x[..., None])


_keras_names = _first_two(keras.losses.Loss.__call__)
_NORMALISED = {"scaled to sum to 1": np.log(2), "taken as they are": -np.log(0.2)}


def _own_sigmoid() -> Any:
    """Return a yes at logit -50, as Keras's own activation gives it."""
    return keras.activations.sigmoid(tf.constant([-50.0]))


def _own_softmax() -> Any:
    """Return a first class with logit -50, as Keras's own activation gives it."""
    return keras.activations.softmax(tf.constant([[-50.0, 0.0]]))


def _loss_of_a_model() -> Any:
    """Return what a compiled model reports, whose last layer is a sigmoid of its input."""
    dense = keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")
    model = keras.Sequential([keras.layers.Input((1,)), dense])
    model.compile(loss="binary_crossentropy")
    return model.evaluate(np.array([[-50.0]]), np.array([[1.0]]), verbose=0)


KERAS = (
    *_about(
        "Keras", "CategoricalCrossentropy",
        ("input", "probabilities, unless from_logits=True",
         _softmax_input(lambda y, x: _keras("CategoricalCrossentropy", y, x)), "probabilities"),
        ("arguments", "labels first", _keras_names, "y_true, y_pred"),
        ("labels", "one row of shares each, one-hot or soft", _taken(
            lambda kind: _keras("CategoricalCrossentropy", _HOT.astype(kind), _P)),
         "int32, int64, float32"),
        ("class axis", "the last, unless axis says another",
         _default(keras.losses.CategoricalCrossentropy, "axis"), "-1"),
        ("reduction", "the mean of the rows", _reduction(
            lambda: keras.losses.CategoricalCrossentropy(from_logits=True)(_HOT, _X), _DENSE),
         "mean"),
        ("smoothing", "alpha/C for every class, as in xentlib", lambda: _which(
            _keras("CategoricalCrossentropy", _HOT, _X, from_logits=True, label_smoothing=0.1),
            _SMOOTHED), "alpha/C"),
        ("clip", "plain probabilities are kept at least 1e-7 from 0 and 1: no loss above 16.1",
         _outcome_of(lambda: _keras("CategoricalCrossentropy", [[1.0, 0]], [[0.0, 1]])), "16.1"),
        ("clip, own softmax", "but from its own softmax, Keras goes back to the logits: no clip",
         _outcome_of(lambda: _keras(
             "CategoricalCrossentropy", np.array([[1.0, 0]]), _own_softmax())), "50"),
        ("bad input", "probabilities that do not sum to 1 are scaled until they do", lambda: _which(
            _keras("CategoricalCrossentropy", [1.0, 0], [0.2, 0.2]), _NORMALISED),
         "scaled to sum to 1"),
        ("precision", "float64 is computed in float32, unless dtype says otherwise", lambda: str(
            _keras("CategoricalCrossentropy", _HOT, _X.astype(float)).dtype.name), "float32"),
        ("masked class", "a logit of -inf with label 0 gives nan", _outcome_of(lambda: _keras(
            "CategoricalCrossentropy", _MASKED_HOT, _MASKED, from_logits=True)), "nan"),
    ),
    *_about(
        "Keras", "SparseCategoricalCrossentropy",
        ("input", "probabilities, unless from_logits=True", _softmax_input(lambda y, x: _keras(
            "SparseCategoricalCrossentropy", y.argmax(1), x)), "probabilities"),
        ("arguments", "labels first", _keras_names, "y_true, y_pred"),
        ("labels", "numbers of classes; floats are taken for them", _taken(lambda kind: _keras(
            "SparseCategoricalCrossentropy", _INDEX.astype(kind), _P)), "int32, int64, float32"),
        ("class axis", "the last, unless axis says another",
         _default(keras.losses.SparseCategoricalCrossentropy, "axis"), "-1"),
        ("reduction", "the mean of the rows", _reduction(
            lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True)(_INDEX, _X),
            _DENSE), "mean"),
        ("mean", "with sample_weight it still divides by the number of rows", _divisor(
            lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True)(
                _INDEX, _X, sample_weight=np.array([3.0, 2.0])),
            float(_DENSE @ [3, 2]), rows=2, weights=5), "rows"),
        ("ignored", "ignore_class, and a mean divides by the rows that are left", _divisor(
            lambda: keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, ignore_class=0)(_INDEX, _X),
            float(_DENSE[0]), rows=2, rows_left=1), "rows_left"),
        ("all ignored", "the mean of no rows is 0", _outcome_of(
            lambda: keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, ignore_class=0)(np.array([0, 0]), _X)), "0"),
        ("smoothing", "no such option",
         _lacks(keras.losses.SparseCategoricalCrossentropy, "label_smoothing"),
         "no label_smoothing"),
        ("clip", "plain probabilities are kept at least 1e-7 from 0 and 1: no loss above 16.1",
         _outcome_of(lambda: _keras(
             "SparseCategoricalCrossentropy", np.array([0]), np.array([[0.0, 1]]))), "16.1"),
        ("clip, own softmax", "but from its own softmax, Keras goes back to the logits: no clip",
         _outcome_of(lambda: _keras(
             "SparseCategoricalCrossentropy", np.array([0]), _own_softmax())), "50"),
        ("bad input", "clipped to at most 1, and then scaled until they sum to 1", lambda: _which(
            _keras("SparseCategoricalCrossentropy", np.array([0]), np.array([[1.0, 3]])),
            {"clipped and scaled": np.log([2]), "scaled": np.log([4]), "clipped": np.zeros(1)}),
         "clipped and scaled"),
        ("bad labels", "a class that is not there is an error (on a CPU)", _outcome_of(
            lambda: _keras("SparseCategoricalCrossentropy", np.array([3, -1]), _P)),
         "InvalidArgumentError"),
    ),
    *_about(
        "Keras", "BinaryCrossentropy",
        ("input", "probabilities, unless from_logits=True",
         _sigmoid_input(_of_each("BinaryCrossentropy")), "probabilities"),
        ("arguments", "labels first", _keras_names, "y_true, y_pred"),
        ("labels", "numbers of the predictions' shape", _taken(lambda kind: _keras(
            "BinaryCrossentropy", _HOT.astype(kind), _P)), "int32, int64, float32"),
        ("reduction", "the mean over the last axis, then over the rest", _reduction(
            lambda: keras.losses.BinaryCrossentropy(from_logits=True)(_HOT, _X), _EACH), "mean"),
        ("reduction=None", "the mean over the last axis is still taken", lambda: _which(
            _keras("BinaryCrossentropy", _HOT, _X, from_logits=True),
            {"one for each": _EACH, "one for each row": _EACH.mean(1)}), "one for each row"),
        ("smoothing", "alpha/2 for yes and for no, as in xentlib", lambda: _which(
            _keras("BinaryCrossentropy", _HOT, _X, from_logits=True, label_smoothing=0.1),
            _SMOOTHED_BINARY), "alpha/2"),
        ("clip", "plain probabilities are kept at least 1e-7 from 0 and 1: no loss above 16.1",
         _outcome_of(lambda: _keras("BinaryCrossentropy", [1.0], [0.0])), "16.1"),
        ("clip, own sigmoid", "but from its own sigmoid, Keras goes back to the logit: no clip",
         _outcome_of(lambda: _keras(
             "BinaryCrossentropy", np.array([1.0]), _own_sigmoid())), "50"),
        ("clip, in a graph", "and from tf.sigmoid in the same tf.function too: no clip",
         _outcome_of(lambda: tf.function(lambda x: _keras(
             "BinaryCrossentropy", np.array([1.0]), tf.sigmoid(x)))(tf.constant([-50.0]))), "50"),
        ("clip, in a model", "and in a compiled model that ends in a sigmoid too: no clip",
         _outcome_of(_loss_of_a_model), "50"),
        ("clip, right", "and no loss below 1.2e-7",
         _outcome_of(lambda: _keras("BinaryCrossentropy", [1.0], [1.0])), "1.19e-07"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives a negative loss", _outcome_of(
            lambda: _keras("BinaryCrossentropy", [2.0], [3.0], from_logits=True)), "-2.95"),
        ("other shapes", "a column and a row are paired element by element", lambda: _which(
            _keras("BinaryCrossentropy", _COLUMN, _ROW, from_logits=True),
            {"paired": xentlib.sigmoid_cross_entropy(_COLUMN[:, 0], _ROW)}), "paired"),
        ("infinite logit", "the right one gives nan", _outcome_of(lambda: _keras(
            "BinaryCrossentropy", [1.0], [np.inf], from_logits=True)), "nan"),
    ),
    *_about(
        "Keras", "BinaryFocalCrossentropy",
        ("input", "probabilities, unless from_logits=True",
         lambda: _which(
             _of_each("BinaryFocalCrossentropy")(_HOT, _P),
             {"logits": xentlib.sigmoid_focal_cross_entropy(_HOT, _P),
              "probabilities": xentlib.sigmoid_focal_cross_entropy(_HOT, xentlib.logit(_P))}),
         "probabilities"),
        ("arguments", "labels first", _keras_names, "y_true, y_pred"),
        ("reduction", "the mean over the last axis, then over the rest", _reduction(
            lambda: keras.losses.BinaryFocalCrossentropy(from_logits=True)(_HOT, _X), _FOCAL),
         "mean"),
        ("weights", "alpha is 0.25, but counts only with apply_class_balancing=True",
         _default(keras.losses.BinaryFocalCrossentropy, "apply_class_balancing"), "False"),
        ("clip", "plain probabilities are kept at least 1e-7 from 0 and 1: no loss above 16.1",
         _outcome_of(lambda: _keras("BinaryFocalCrossentropy", [1.0], [0.0])), "16.1"),
        ("clip, own sigmoid", "but from its own sigmoid, Keras goes back to the logit: no clip",
         _outcome_of(lambda: _keras(
             "BinaryFocalCrossentropy", np.array([1.0]), _own_sigmoid())), "50"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives a negative loss", _outcome_of(
            lambda: _keras("BinaryFocalCrossentropy", [2.0], [3.0], from_logits=True)), "-2.17"),
    ),
    *_about(
        "Keras", "KLDivergence",
        ("input", "probabilities, both", lambda: _which(
            _keras("KLDivergence", _P, _Q), {"probabilities": _TERMS.sum(1)}), "probabilities"),
        ("arguments", "the truth first", _keras_names, "y_true, y_pred"),
        ("class axis", "the last; there is no option",
         _lacks(keras.losses.KLDivergence, "axis"), "no axis"),
        ("reduction", "the mean of the rows", _reduction(
            lambda: keras.losses.KLDivergence()(_P, _Q), _TERMS.sum(1)), "mean"),
        ("clip", "both are kept between 1e-7 and 1: never infinite",
         _outcome_of(lambda: _keras("KLDivergence", [1.0, 0], [0.0, 1])), "16.1"),
        ("bad input", "not checked; what does not sum to 1 can give a negative divergence",
         _outcome_of(lambda: _keras("KLDivergence", [0.2, 0.2], [0.5, 0.5])), "-0.367"),
    ),
)  # fmt: skip

# --- PyTorch --------------------------------------------------------------------------------------

_tensor = torch.tensor
_t_x, _t_p, _t_index, _t_hot = map(_tensor, (_X, _P, _INDEX, _HOT))
_t_masked, _t_masked_hot, _t_column, _t_row = map(_tensor, (_MASKED, _MASKED_HOT, _COLUMN, _ROW))
_with_logits = F.binary_cross_entropy_with_logits
_TOTAL = float(_DENSE @ _WEIGHTS[_INDEX])


def _torch(loss: Any) -> Callable[[Any, Any], Any]:
    return lambda y, x: loss(_tensor(x), _tensor(y), reduction="none")


PYTORCH = (
    *_about(
        "PyTorch", "cross_entropy",
        ("input", "logits", _softmax_input(_torch(F.cross_entropy)), "logits"),
        ("arguments", "logits first", _first_two(F.cross_entropy), "input, target"),
        ("labels", "numbers of classes in int64, of shape (N,)", _taken(
            lambda kind: F.cross_entropy(_t_x, _tensor(_INDEX.astype(kind)))), "int64"),
        ("soft labels", "or shares in floats, of the logits' shape", _taken(
            lambda kind: F.cross_entropy(_t_x, _tensor(_HOT.astype(kind)))), "float32"),
        ("class axis", "the second, of however many axes: (N, C, ...)",
         lambda: str(tuple(F.cross_entropy(
             torch.zeros(2, 3, 4), torch.zeros(2, 4, dtype=torch.long), reduction="none").shape)),
         "(2, 4)"),
        ("reduction", "the mean of the rows",
         _reduction(lambda: F.cross_entropy(_t_x, _t_index), _DENSE), "mean"),
        ("mean", "with weight it divides by the sum of the labels' weights", _divisor(
            lambda: F.cross_entropy(_t_x, _t_index, weight=_tensor(_WEIGHTS)),
            _TOTAL, rows=2, weights=2.5), "weights"),
        ("soft mean", "but for rows of shares it divides by the number of rows", _divisor(
            lambda: F.cross_entropy(_t_x, _t_hot, weight=_tensor(_WEIGHTS)),
            _TOTAL, rows=2, weights=2.5), "rows"),
        ("smoothing", "alpha/C for every class, as in xentlib", lambda: _which(
            F.cross_entropy(_t_x, _t_index, label_smoothing=0.1, reduction="none"), _SMOOTHED),
         "alpha/C"),
        ("ignored", "the label -100, unless ignore_index says another",
         _default(F.cross_entropy, "ignore_index"), "-100"),
        ("all ignored", "the mean of no rows is nan",
         _outcome_of(lambda: F.cross_entropy(_t_x, _tensor([-100, -100]))), "nan"),
        ("bad labels", "a class that is not there is an error",
         _outcome_of(lambda: F.cross_entropy(_t_x, _tensor([3, -1]))), "IndexError"),
        ("masked class", "a logit of -inf counts as no class",
         _outcome_of(lambda: F.cross_entropy(_t_masked, _tensor([1]))), "0.313"),
        ("masked, soft", "but gives nan if the label is a row of shares",
         _outcome_of(lambda: F.cross_entropy(_t_masked, _t_masked_hot)), "nan"),
    ),
    *_about(
        "PyTorch", "nll_loss",
        ("input", "log-probabilities: what log_softmax returns",
         _softmax_input(lambda y, x: F.nll_loss(
             _tensor(x), _tensor(y.argmax(1)), reduction="none")), "log-probabilities"),
        ("arguments", "log-probabilities first", _first_two(F.nll_loss), "input, target"),
        ("labels", "numbers of classes in int64", _taken(
            lambda kind: F.nll_loss(_t_x, _tensor(_INDEX.astype(kind)))), "int64"),
        ("reduction", "the mean of the rows", _reduction(
            lambda: F.nll_loss(F.log_softmax(_t_x, 1), _t_index), _DENSE), "mean"),
        ("mean", "with weight it divides by the sum of the labels' weights", _divisor(
            lambda: F.nll_loss(F.log_softmax(_t_x, 1), _t_index, weight=_tensor(_WEIGHTS)),
            _TOTAL, rows=2, weights=2.5), "weights"),
        ("ignored", "the label -100, unless ignore_index says another",
         _default(F.nll_loss, "ignore_index"), "-100"),
        ("bad input", "not checked; a probability of 0.6 gives a negative loss",
         _outcome_of(lambda: F.nll_loss(_tensor([[0.4, 0.6]]), _tensor([1]))), "-0.6"),
        ("bad labels", "a class that is not there is an error",
         _outcome_of(lambda: F.nll_loss(_t_x, _tensor([3, -1]))), "IndexError"),
    ),
    *_about(
        "PyTorch", "binary_cross_entropy",
        ("input", "probabilities", _sigmoid_input(_torch(F.binary_cross_entropy)),
         "probabilities"),
        ("arguments", "probabilities first", _first_two(F.binary_cross_entropy), "input, target"),
        ("labels", "floats of the same type", _taken(
            lambda kind: F.binary_cross_entropy(_t_p, _tensor(_HOT.astype(kind)))), "float32"),
        ("reduction", "the mean of all elements",
         _reduction(lambda: F.binary_cross_entropy(_t_p, _t_hot), _BINARY), "mean"),
        ("clip", "no logarithm below -100: no loss above 100",
         _outcome_of(lambda: F.binary_cross_entropy(_tensor([0.0]), _tensor([1.0]))), "100"),
        ("clip, float32", "after a float32 sigmoid it is 100 at logit -90, but 80 at -80",
         _outcome_of(lambda: F.binary_cross_entropy(
             torch.sigmoid(_tensor([-80.0, -90.0])), _tensor([1.0, 1.0]), reduction="none")),
         "80, 100"),
        ("clip, slope", "its slope divides by no less than 1e-12", _outcome_of(
            lambda: torch.func.grad(lambda p: F.binary_cross_entropy(p, _tensor(1.0)))(
                _tensor(0.0))), "-1e+12"),
        ("clip, fading", "so after a sigmoid the slope fades from logit -27.6 on; at -27 and -35",
         _outcome_of(lambda: torch.func.vmap(torch.func.grad(lambda x: F.binary_cross_entropy(
             torch.sigmoid(x), _tensor(1.0))))(_tensor([-27.0, -35.0]))), "-1, -0.000631"),
        ("bad input", "a logit instead of a probability is an error", _outcome_of(
            lambda: F.binary_cross_entropy(_tensor([1.5]), _tensor([1.0]))), "RuntimeError"),
        ("bad labels", "a label outside of [0, 1] is an error", _outcome_of(
            lambda: F.binary_cross_entropy(_tensor([0.5]), _tensor([2.0]))), "RuntimeError"),
        ("other shapes", "a column and a row are an error",
         _outcome_of(lambda: F.binary_cross_entropy(_t_row, _t_column)), "ValueError"),
    ),
    *_about(
        "PyTorch", "binary_cross_entropy_with_logits",
        ("input", "logits", _sigmoid_input(_torch(_with_logits)), "logits"),
        ("arguments", "logits first",
         _first_two(_with_logits), "input, target"),
        ("labels", "floats of the same type", _taken(lambda kind: _with_logits(
            _t_x, _tensor(_HOT.astype(kind)))), "float32"),
        ("reduction", "the mean of all elements", _reduction(
            lambda: _with_logits(_t_x, _t_hot), _EACH), "mean"),
        ("mean", "with weight it still divides by the number of elements", _divisor(
            lambda: _with_logits(_t_x, _t_hot, weight=_tensor(_WEIGHTS)),
            float((_EACH * _WEIGHTS).sum()), elements=6, weights=7), "elements"),
        ("weights", "pos_weight multiplies the part of yes, as in xentlib", lambda: _which(
            _with_logits(
                _t_x, _t_hot, pos_weight=_tensor(3.0), reduction="none"),
            {"pos_weight": xentlib.sigmoid_cross_entropy(_HOT, _X, pos_weight=3.0)}),
         "pos_weight"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives a negative loss", _outcome_of(
            lambda: _with_logits(_tensor([3.0]), _tensor([2.0]))), "-2.95"),
        ("other shapes", "a column and a row are an error", _outcome_of(
            lambda: _with_logits(_t_row, _t_column)), "ValueError"),
        ("infinite logit", "the right one gives nan", _outcome_of(
            lambda: _with_logits(_tensor([np.inf]), _tensor([1.0]))), "nan"),
    ),
    *_about(
        "PyTorch", "kl_div",
        ("input", "log-probabilities of the belief, probabilities of the truth", lambda: _which(
            F.kl_div(_tensor(_Q).log(), _t_p, reduction="none"), {"log q, p": _TERMS}),
         "log q, p"),
        ("arguments", "the belief first", _first_two(F.kl_div), "input, target"),
        ("reduction", "the mean of all elements: the divergence, divided by the classes too",
         _reduction(lambda: F.kl_div(_tensor(_Q).log(), _t_p), _TERMS), "mean"),
        ("batchmean", "the mean of the rows: what a mean should be", lambda: _which(
            F.kl_div(_tensor(_Q).log(), _t_p, reduction="batchmean"),
            {"mean of the rows": _TERMS.sum(1).mean()}), "mean of the rows"),
        ("bad input", "not checked; probabilities without the logarithm give a negative result",
         _outcome_of(lambda: F.kl_div(
             _tensor([0.4, 0.6]), _tensor([0.1, 0.9]), reduction="sum")), "-0.905"),
        ("impossible", "0 times -inf is nan: a class that both give no chance", _outcome_of(
            lambda: F.kl_div(_tensor([1.0, 0]).log(), _tensor([1.0, 0]), reduction="sum")), "nan"),
        ("other shapes", "a column and a row are broadcast to a table", lambda: str(tuple(
            F.kl_div(_t_row, _t_column, reduction="none").shape)), "(3, 3)"),
    ),
)  # fmt: skip

# --- Optax ----------------------------------------------------------------------------------------

_jnp = jax.numpy
_integer = optax.softmax_cross_entropy_with_integer_labels

OPTAX = (
    *_about(
        "Optax", "softmax_cross_entropy",
        ("input", "logits", _softmax_input(lambda y, x: optax.softmax_cross_entropy(x, y)),
         "logits"),
        ("arguments", "logits first", _first_two(optax.softmax_cross_entropy), "logits, labels"),
        ("labels", "one row of shares each, one-hot or soft", _taken(
            lambda kind: optax.softmax_cross_entropy(_X, _HOT.astype(kind))),
         "int32, int64, float32"),
        ("class axis", "the last, unless axis says another",
         _default(optax.softmax_cross_entropy, "axis"), "-1"),
        ("reduction", "none: one loss for each row",
         _reduction(lambda: optax.softmax_cross_entropy(_X, _HOT), _DENSE), "one for each"),
        ("smoothing", "smooth_labels gives alpha/C to every class, as xentlib", lambda: _which(
            optax.softmax_cross_entropy(_X, optax.smooth_labels(_jnp.asarray(_HOT), 0.1)),
            _SMOOTHED), "alpha/C"),
        ("bad labels", "not checked; for a row that sums to 2 the gradient is that of the loss",
         lambda: _which(
             jax.grad(lambda x: optax.softmax_cross_entropy(x, 2 * _HOT).sum())(_jnp.asarray(_X)),
             _PREDICTION_MINUS_TRUTH), "2p - y"),
        ("masked class", "a logit of -inf with label 0 gives nan", _outcome_of(
            lambda: optax.softmax_cross_entropy(_MASKED, _MASKED_HOT)), "nan"),
    ),
    *_about(
        "Optax", "softmax_cross_entropy_with_integer_labels",
        ("input", "logits", _softmax_input(lambda y, x: _integer(x, y.argmax(1))), "logits"),
        ("arguments", "logits first", _first_two(_integer), "logits, labels"),
        ("labels", "numbers of classes, in an integer type", _taken(
            lambda kind: _integer(_X, _INDEX.astype(kind))), "int32, int64"),
        ("class axis", "the last, unless axis says another", _default(_integer, "axis"), "-1"),
        ("reduction", "none: one loss for each row",
         _reduction(lambda: _integer(_X, _INDEX), _DENSE), "one for each"),
        ("bad labels", "a class that is not there gives nan",
         _outcome_of(lambda: _integer(_X, np.array([3, 3]))), "nan"),
        ("ignored", "no label means ignore me: -1 is the last class", lambda: _which(
            _integer(_X[:1], np.array([-1])), {"last class": _DENSE[:1]}), "last class"),
        ("mask, too late", "a mask of 0 does not undo the nan of a label such as -100",
         _outcome_of(lambda: _integer(_X, _LABELLED) * _COUNTS), "nan"),
        ("mask", "a valid class in its place, and a mask: the row costs 0", lambda: _which(
            _integer(_X, np.where(_COUNTS, _LABELLED, 0)) * _COUNTS,
            {"0 and the loss": _DENSE[1] * _COUNTS}), "0 and the loss"),
        ("masked class", "a logit of -inf counts as no class",
         _outcome_of(lambda: _integer(_MASKED, np.array([1]))), "0.313"),
    ),
    *_about(
        "Optax", "sigmoid_binary_cross_entropy",
        ("input", "logits",
         _sigmoid_input(lambda y, x: optax.sigmoid_binary_cross_entropy(x, y)), "logits"),
        ("arguments", "logits first",
         _first_two(optax.sigmoid_binary_cross_entropy), "logits, labels"),
        ("labels", "numbers of the logits' shape", _taken(
            lambda kind: optax.sigmoid_binary_cross_entropy(_X, _HOT.astype(kind))),
         "int32, int64, float32"),
        ("reduction", "none: one loss for each element", _reduction(
            lambda: optax.sigmoid_binary_cross_entropy(_X, _HOT), _EACH), "one for each"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives a negative loss", _outcome_of(
            lambda: optax.sigmoid_binary_cross_entropy(np.float32(3), np.float32(2))), "-2.95"),
        ("other shapes", "a column and a row are broadcast to a table", lambda: str(
            optax.sigmoid_binary_cross_entropy(_ROW, _COLUMN).shape), "(3, 3)"),
        ("infinite logit", "the right one gives nan", _outcome_of(
            lambda: optax.sigmoid_binary_cross_entropy(np.float32(np.inf), np.float32(1))), "nan"),
    ),
    *_about(
        "Optax", "sigmoid_focal_loss",
        ("input", "logits", lambda: _which(
            optax.sigmoid_focal_loss(_X, _HOT),
            {"logits": xentlib.sigmoid_focal_cross_entropy(_HOT, _X)}), "logits"),
        ("arguments", "logits first", _first_two(optax.sigmoid_focal_loss), "logits, labels"),
        ("reduction", "none: one loss for each element", _reduction(
            lambda: optax.sigmoid_focal_loss(_X, _HOT), _FOCAL), "one for each"),
        ("weights", "alpha is not used unless it is given",
         _default(optax.sigmoid_focal_loss, "alpha"), "None"),
        ("bad labels", "not checked; a label of 2 at logit 3 gives nan", _outcome_of(
            lambda: optax.sigmoid_focal_loss(np.float32(3), np.float32(2))), "nan"),
        ("other shapes", "a column and a row are broadcast to a table",
         lambda: str(optax.sigmoid_focal_loss(_ROW, _COLUMN).shape), "(3, 3)"),
    ),
    *_about(
        "Optax", "kl_divergence",
        ("input", "log-probabilities of the belief, probabilities of the truth", lambda: _which(
            optax.kl_divergence(np.log(_Q), _P), {"log q, p": _TERMS.sum(1)}), "log q, p"),
        ("arguments", "the belief first",
         _first_two(optax.kl_divergence), "log_predictions, targets"),
        ("class axis", "the last, unless axis says another",
         _default(optax.kl_divergence, "axis"), "-1"),
        ("reduction", "none: one divergence for each row", _reduction(
            lambda: optax.kl_divergence(np.log(_Q), _P), _TERMS.sum(1)), "one for each"),
        ("impossible", "0 times -inf is nan: a class that both give no chance", _outcome_of(
            lambda: optax.kl_divergence(_jnp.log(_jnp.array([1.0, 0])), _jnp.array([1.0, 0]))),
         "nan"),
    ),
)  # fmt: skip

# --- scikit-learn and SciPy -----------------------------------------------------------------------

_log_loss = sklearn.metrics.log_loss
_scipy_entropy = scipy.stats.entropy

SKLEARN = _about(
    "scikit-learn", "log_loss",
    ("input", "probabilities", lambda: _which(
        _log_loss([1, 0], _BELIEFS.astype(float)),
        {"probabilities": -(np.log(0.8) + np.log(0.6)) / 2}), "probabilities"),
    ("arguments", "labels first", _first_two(_log_loss), "y_true, y_proba"),
    ("labels", "classes by any name; columns stand in their sorted order", lambda: _which(
        _log_loss(["b", "a"], [[0.2, 0.8], [0.6, 0.4]]),
        {"sorted": -(np.log(0.8) + np.log(0.6)) / 2}), "sorted"),
    ("soft labels", "are refused", _outcome_of(
        lambda: _log_loss([[0.1, 0.9], [0.6, 0.4]], _BELIEFS)), "ValueError"),
    ("one class only", "an error, unless labels names all classes",
     _outcome_of(lambda: _log_loss([1, 1], [0.8, 0.9])), "ValueError"),
    ("reduction", "the mean; the sum with normalize=False", _default(_log_loss, "normalize"),
     "True"),
    ("mean", "with sample_weight it divides by the sum of the weights", _divisor(
        lambda: _log_loss([1, 0], [0.8, 0.4], sample_weight=[3, 2]),
        float(-3 * np.log(0.8) - 2 * np.log(0.6)), rows=2, weights=5), "weights"),
    ("clip", "probabilities are kept off 0 by the type's epsilon: no loss above 36.0",
     _outcome_of(lambda: _log_loss([0, 1], [1.0, 0.0])), "36"),
    ("clip, float32", "or above 15.9 for float32",
     _outcome_of(lambda: _log_loss([0, 1], np.array([1, 0], np.float32))), "15.9"),
    ("bad input", "a probability above 1 is an error", _outcome_of(
        lambda: _log_loss([0, 1], [[1.2, 0.2], [0.3, 0.3]])), "ValueError"),
    ("bad labels", "a class that is not there is an error", _outcome_of(
        lambda: _log_loss([3, 0], _P, labels=[0, 1, 2])), "ValueError"),
)  # fmt: skip

SCIPY = (
    *_about(
        "SciPy", "stats.entropy",
        ("input", "counts or probabilities: they are scaled to sum to 1", lambda: _which(
            _scipy_entropy([2.0, 2.0]), {"scaled": np.log(2)}), "scaled"),
        ("arguments", "the truth first", _first_two(_scipy_entropy), "pk, qk"),
        ("class axis", "the first", _default(_scipy_entropy, "axis"), "0"),
        ("base", "nats, unless base says another", lambda: _which(
            _scipy_entropy([0.5, 0.5]), {"nats": np.log(2), "bits": 1.0}), "nats"),
        ("impossible", "infinite where the belief gives no chance to what happens",
         _outcome_of(lambda: _scipy_entropy([1, 0], [0, 1])), "inf"),
        ("bad input", "a negative probability gives -inf",
         _outcome_of(lambda: _scipy_entropy([-0.5, 1.5])), "-inf"),
    ),
    *_about(
        "SciPy", "special.rel_entr",
        ("input", "probabilities, truth first: one term of the divergence for each", lambda: _which(
            scipy.special.rel_entr(_P, _Q), {"p ln(p/q)": _TERMS}), "p ln(p/q)"),
        ("reduction", "none", lambda: str(scipy.special.rel_entr(_P, _Q).shape), "(2, 3)"),
        ("impossible", "0 for p = 0, even with q = 0; inf for q = 0 alone",
         _outcome_of(lambda: scipy.special.rel_entr([0.0, 0.5], [0.0, 0.0])), "0, inf"),
        ("bad input", "a negative probability gives inf",
         _outcome_of(lambda: scipy.special.rel_entr(-0.5, 0.5)), "inf"),
        ("other shapes", "a column and a row are broadcast to a table",
         lambda: str(scipy.special.rel_entr(_COLUMN, _ROW).shape), "(3, 3)"),
    ),
    *_about(
        "SciPy", "special.kl_div",
        ("input", "probabilities, truth first, and one term more than rel_entr", lambda: _which(
            scipy.special.kl_div(_P, _Q),
            {"p ln(p/q)": _TERMS, "p ln(p/q) - p + q": _TERMS - _P + _Q}), "p ln(p/q) - p + q"),
        ("reduction", "none; in a sum over distributions the extra terms cancel", lambda: _which(
            scipy.special.kl_div(_P, _Q).sum(1), {"divergence": _TERMS.sum(1)}), "divergence"),
        ("impossible", "q for p = 0; inf for q = 0 alone",
         _outcome_of(lambda: scipy.special.kl_div([0.0, 0.5], [0.4, 0.0])), "0.4, inf"),
    ),
    *_about(
        "SciPy", "special.log_softmax",
        ("input", "logits", lambda: _which(
            scipy.special.log_softmax(_X, 1), {"logits": xentlib.log_softmax(_X)}), "logits"),
        ("class axis", "none given: all elements are one row",
         _default(scipy.special.log_softmax, "axis"), "None"),
        ("masked class", "a logit of -inf counts as no class",
         _outcome_of(lambda: scipy.special.log_softmax([-np.inf, 0])), "-inf, 0"),
        ("no class", "only -inf gives nan",
         _outcome_of(lambda: scipy.special.log_softmax([-np.inf, -np.inf])), "nan"),
    ),
    *_about(
        "SciPy", "special.logsumexp",
        ("input", "any numbers", lambda: _which(
            scipy.special.logsumexp(_X, 1), {"logits": xentlib.logsumexp(_X)}), "logits"),
        ("class axis", "none given: all elements are one row",
         _default(scipy.special.logsumexp, "axis"), "None"),
        ("no class", "only -inf gives -inf: the logarithm of nothing",
         _outcome_of(lambda: scipy.special.logsumexp([-np.inf, -np.inf])), "-inf"),
    ),
)  # fmt: skip

FACTS = (*TENSORFLOW, *KERAS, *PYTORCH, *OPTAX, *SKLEARN, *SCIPY)


def facts_of(library: str) -> dict[str, list[Fact]]:
    """Return the facts on a library's functions, by function."""
    found: dict[str, list[Fact]] = {}
    for fact in FACTS:
        if fact.library == library:
            found.setdefault(fact.function, []).append(fact)
    if not found:
        raise ValueError(f"There are no facts on {library!r}; there are on {', '.join(VERSIONS)}.")
    return found
