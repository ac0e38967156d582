"""Bad input: each case raises an error that names argument, position, value and expectation."""

import datetime
import re
import warnings
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import xentlib

NAN, INF = float("nan"), float("inf")
NOT_REAL = "every element must be a real number."
MEANING = "it must be a plain array"
PLAIN = (
    "it must be a plain array, because what a numpy.MaskedArray means beyond its numbers would be "
    "lost. Convert it first: a masked array with .filled(value), any other with numpy.asarray."
)
BROADCAST = "it must broadcast to the shape (2,) of the labels without enlarging it."
REAL = (
    "it must be an array of real numbers: booleans, integers or floating point. "
    "Convert it first, for example with .astype(float)."
)


class Marked(np.ndarray):
    """A subclass that might mean anything."""


def matrix(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(rows)


class Unreadable:
    def __array__(self, dtype=None, copy=None):
        raise ValueError("out of reach")


# value, error, message: wrong for whatever argument holds an array; {} is the argument's name.
NO_ARRAY = [
    ([1, 2j], TypeError, "{}[1] is 2j; " + NOT_REAL),
    (np.array([[1j]]), TypeError, "{}[0, 0] is np.complex128(1j); " + NOT_REAL),
    (["1"], TypeError, "{}[0] is '1'; " + NOT_REAL),
    ([1, "one"], TypeError, "{}[1] is 'one'; " + NOT_REAL),
    (np.array("1"), TypeError, "{} is np.str_('1'); " + NOT_REAL),
    (np.array([], "U1"), TypeError, "{} has dtype <U1; it must be an array of real numbers"),
    (np.array([b"1"]), TypeError, "{}[0] is np.bytes_(b'1'); " + NOT_REAL),
    (None, TypeError, "{} is None; " + NOT_REAL),
    ([0, None], TypeError, "{}[1] is None; " + NOT_REAL),
    ({}, TypeError, "{} is {{}}; " + NOT_REAL),
    (np.array([0, 1], object), TypeError, "{} has dtype object; " + REAL),
    ([Fraction(1, 2)], TypeError, "{} has dtype object; it must be an array of real"),
    ([10**30], TypeError, "{} has dtype object; it must be an array of real"),
    (np.zeros(1, "i4,i4"), TypeError, "{} has dtype [('f0', '<i4'), ('f1', '<i4')]; it must be"),
    (np.array(["2020-01-01"], "M8[D]"), TypeError, "{}[0] is np.datetime64('2020-01-01'); "),
    (np.array([1], "m8[s]"), TypeError, "{}[0] is np.timedelta64(1,'s'); " + NOT_REAL),
    ([np.timedelta64(1, "s"), None], TypeError, "{}[0] is "),
    ([datetime.date(2020, 1, 1)], TypeError, "{}[0] is datetime.date(2020, 1, 1); " + NOT_REAL),
    ([[1, 0], [1]], ValueError, "{}[1] has shape (1,) but {}[0] has shape (2,); all rows must"),
    ([[[1, 0], [1]], [1]], ValueError, "{}[0, 1] has shape (1,) but {}[0, 0] has shape (2,)"),
    ([[1, [0, 1]]], ValueError, "{}[0, 1] has shape (2,) but {}[0, 0] has shape ()"),
    (Unreadable(), ValueError, "{} cannot be read as an array of numbers: out of reach"),
    ([[0], [Unreadable()]], ValueError, "{}[1, 0] cannot be read as an array of numbers: out of"),
    (np.ma.array([0, 1]), TypeError, "{} is a numpy.MaskedArray; " + PLAIN),
    (np.ma.masked, TypeError, "{} is a numpy.MaskedConstant; " + MEANING),
    ([[0], [np.ma.array([0])]], TypeError, "{}[1, 0] is a numpy.MaskedArray; " + MEANING),
    (matrix([[0, 1]]), TypeError, "{} is a numpy.matrix; " + MEANING),
    (np.zeros(1).view(Marked), TypeError, "Marked; " + MEANING),
]

# The same for arguments that hold numbers in [0, 1].
NO_FRACTION = [
    (2, "{} is 2; every {element} must lie in [0, 1]."),
    ([0, 1, 2], "{}[2] is 2; every {element} must lie in [0, 1]."),
    ([[0, 0], [0, 1.5]], "{}[1, 1] is 1.5; every {element} must lie in [0, 1]."),
    ([0, -1], "{}[1] is -1; every {element} must lie in [0, 1]."),
    ([0, -1e-300], "{}[1] is -1e-300; every {element} must lie in [0, 1]."),
    ([NAN], "{}[0] is nan; every {element} must lie in [0, 1]."),
    ([INF], "{}[0] is inf; every {element} must lie in [0, 1]."),
    (np.array([0.5, 1.0009765625], np.float16), "{}[1] is 1.001; every {element} must lie"),
    (np.array([2**63], np.uint64), "{}[0] is 9223372036854775808; every {element} must lie"),
    (np.asfortranarray([[0, 0], [5, 0], [0, 7]]), "{}[1, 0] is 5; every {element} must lie"),
]

NO_WEIGHT = [
    (-1, ValueError, "{} is -1; every weight must be finite and at least 0."),
    ([1, NAN], ValueError, "{}[1] is nan; every weight must be finite and at least 0."),
    ([1, INF], ValueError, "{}[1] is inf; every weight must be finite and at least 0."),
    ([1, 1, 1], ValueError, "{} has shape (3,); " + BROADCAST),
    ([[1, 1]], ValueError, "{} has shape (1, 2); it must broadcast to the shape (2,) of the"),
    ([[1], [1]], ValueError, "{} has shape (2, 1); it must broadcast to the shape (2,) of the"),
    ([], ValueError, "{} has shape (0,); it must broadcast to the shape (2,) of the labels"),
]

NO_REDUCTION = [
    ("avg", ValueError, "reduction is 'avg'; it must be one of 'none', 'sum', 'mean'."),
    ("Mean", ValueError, "reduction is 'Mean'; it must be one of 'none', 'sum', 'mean'."),
    (None, TypeError, "reduction is None; it must be one of 'none', 'sum', 'mean'."),
]

NO_SMOOTHING = [
    (-0.1, ValueError, "label_smoothing is -0.1; it must lie in [0, 1]."),
    (1.1, ValueError, "label_smoothing is 1.1; it must lie in [0, 1]."),
    (NAN, ValueError, "label_smoothing is nan; it must lie in [0, 1]."),
    ("0.1", TypeError, "label_smoothing is '0.1'; it must be a real number in [0, 1]."),
    (None, TypeError, "label_smoothing is None; it must be a real number in [0, 1]."),
    (True, TypeError, "label_smoothing is True; it must be a real number in [0, 1]."),
    (0.1j, TypeError, "label_smoothing is 0.1j; it must be a real number in [0, 1]."),
    (np.timedelta64(0, "s"), TypeError, "label_smoothing is np.timedelta64(0,'s'); it must be a"),
    ([0.1], TypeError, "label_smoothing is [0.1]; it must be a real number in [0, 1]."),
]


NO_AXIS = [  # for an array of two axes, of which the second holds 2 classes
    (2, ValueError, "axis is 2; it must be an integer from -2 to 1, because {} has 2 axes."),
    (-3, ValueError, "axis is -3; it must be an integer from -2 to 1, because {} has 2 axes."),
    (1.0, TypeError, "axis is 1.0; it must be an integer."),
    (True, TypeError, "axis is True; it must be an integer."),
    (None, TypeError, "axis is None; it must be an integer."),
    ("0", TypeError, "axis is '0'; it must be an integer."),
    ((0,), TypeError, "axis is (0,); it must be an integer."),
    (np.timedelta64(0, "s"), TypeError, "axis is np.timedelta64(0,'s'); it must be an integer."),
]

NO_CLASSES = [
    (np.zeros((3, 0)), "{} has shape (3, 0); it must have at least one class along axis 1."),
    (np.zeros(0), "{} has shape (0,); it must have at least one class along axis 0."),
    (1.0, "{} has shape (); it must have an axis along which the classes lie."),
]

NO_MASS = [
    ([[0, 1], [-INF, -INF]], "{}[1, :] has no finite mass: all its logits are -inf; at least one"),
    (np.full((2, 3, 100), -INF), "{}[0, 0, :] has no finite mass: all its logits are -inf; at"),
    ([-INF], "{}[:] has no finite mass: all its logits are -inf; at least one must be above."),
    ([[INF, INF], [0, 0]], "{}[0, :] has several logits of +inf; at most one can take all the"),
]

NO_DISTRIBUTION = [
    ([0.5, 0.25], "{}[:] sums to 0.75; every distribution must sum to 1 within 1e-08."),
    ([[0, 1], [1, 1]], "{}[1, :] sums to 2; every distribution must sum to 1 within 1e-08."),
    ([0.5, 0.50000002], "{}[:] sums to 1.00000002; every distribution must sum to 1 within 1e-08."),
    (np.float32([0.5, 0.50002]), "; every distribution must sum to 1 within 1e-05."),
    (np.float16([0.5, 0.52]), "; every distribution must sum to 1 within 0.01."),
    ([0, 0], "{}[:] sums to 0; every distribution must sum to 1 within 1e-08."),
]

NO_BASE = [
    (0, ValueError, "base is 0; it must be finite and above 1."),
    (-2.0, ValueError, "base is -2.0; it must be finite and above 1."),
    (1, ValueError, "base is 1; it must be finite and above 1."),
    (0.5, ValueError, "base is 0.5; it must be finite and above 1."),
    (INF, ValueError, "base is inf; it must be finite and above 1."),
    (NAN, ValueError, "base is nan; it must be finite and above 1."),
    ("2", TypeError, "base is '2'; it must be a finite real number above 1."),
    (None, TypeError, "base is None; it must be a finite real number above 1."),
    (True, TypeError, "base is True; it must be a finite real number above 1."),
    (2j, TypeError, "base is 2j; it must be a finite real number above 1."),
]

INDEX = "every label must be the index of a class, an integer from 0 to 2"
NO_INDEX = [  # for 3 classes
    ([0, 3], IndexError, f"labels[1] is 3; {INDEX}."),
    ([-1, 0], IndexError, f"labels[0] is -1; {INDEX}."),
    ([0, -100], IndexError, f"labels[1] is -100; {INDEX}."),
    (np.array([0, 2**63], np.uint64), IndexError, f"labels[1] is 9223372036854775808; {INDEX}."),
    ([0.0, 1.0], TypeError, f"labels[0] is 0.0 (float64); {INDEX}."),
    ([0, 1.5], TypeError, f"labels[0] is 0.0 (float64); {INDEX}."),
    ([True, False], TypeError, f"labels[0] is True (bool); {INDEX}."),
    ([NAN, 0], TypeError, f"labels[0] is nan (float64); {INDEX}."),
]

NO_CLASS_WEIGHT = [  # for 2 classes
    (-1, ValueError, "{} is -1; every weight must be finite and at least 0."),
    ([1, NAN], ValueError, "{}[1] is nan; every weight must be finite and at least 0."),
    ([1, INF], ValueError, "{}[1] is inf; every weight must be finite and at least 0."),
    ([1, 1, 1], ValueError, "{} has shape (3,); it must have the shape (2,): one weight for each"),
    (1.0, ValueError, "{} has shape (); it must have the shape (2,): one weight for each class."),
    ([[1, 1]], ValueError, "{} has shape (1, 2); it must have the shape (2,): one weight for each"),
]

NO_GAMMA = [
    (-1, ValueError, "gamma is -1; it must be finite and at least 0."),
    (INF, ValueError, "gamma is inf; it must be finite and at least 0."),
    (NAN, ValueError, "gamma is nan; it must be finite and at least 0."),
    ("2", TypeError, "gamma is '2'; it must be a finite real number, at least 0."),
    (None, TypeError, "gamma is None; it must be a finite real number, at least 0."),
    (False, TypeError, "gamma is False; it must be a finite real number, at least 0."),
]


def named(message, name, element=""):
    return (
        message.replace("{element}", element)
        .replace("{{}}", "<dict>")
        .replace("{}", name)
        .replace("<dict>", "{}")
    )


def activation_cases():
    for name, argument in (
        ("sigmoid", "x"),
        ("log_sigmoid", "x"),
        ("softplus", "x"),
        ("logit", "p"),
    ):
        function = getattr(xentlib, name)
        for value, error, message in NO_ARRAY:
            yield name, function, (value,), {}, error, named(message, argument)
    for value, message in NO_FRACTION:
        yield "logit", xentlib.logit, (value,), {}, ValueError, named(message, "p", "probability")


def row_cases():
    for name in ("softmax", "log_softmax", "logsumexp"):
        function = getattr(xentlib, name)
        for value, error, message in NO_ARRAY:
            yield name, function, (value,), {}, error, named(message, "x")
        for value, error, message in NO_AXIS:
            yield name, function, (np.zeros((2, 2)),), {"axis": value}, error, named(message, "x")
        text = "axis is 1; it must be an integer from -1 to 0, because x has 1 axis."
        yield name, function, ([0.0, 1.0],), {"axis": 1}, ValueError, text
        for value, message in NO_CLASSES + (NO_MASS if name != "logsumexp" else []):
            yield name, function, (value,), {}, ValueError, named(message, "x")


def one_hot_cases():
    for value, error, message in NO_ARRAY:
        if len(np.shape(value) if isinstance(value, np.ndarray) else ()) != 1 or value.size:
            yield "one_hot", xentlib.one_hot, (value, 2), {}, error, named(message, "labels")
    for value, error, message in NO_INDEX:
        yield "one_hot", xentlib.one_hot, (value, 3), {}, error, message
    for axis, error, message in NO_AXIS:
        text = named(message, "the result")
        yield "one_hot", xentlib.one_hot, ([0], 2), {"axis": axis}, error, text
    for count, error, message in (
        (0, ValueError, "num_classes is 0; it must be at least 1."),
        (-1, ValueError, "num_classes is -1; it must be at least 1."),
        (2.0, TypeError, "num_classes is 2.0; it must be an integer."),
        (True, TypeError, "num_classes is True; it must be an integer."),
        (None, TypeError, "num_classes is None; it must be an integer."),
    ):
        yield "one_hot", xentlib.one_hot, ([0], count), {}, error, message
    for dtype in (complex, "U1", object, "nonsense", "M8[s]"):
        message = f"dtype is {dtype!r}; it must be a boolean, integer or floating dtype."
        yield "one_hot", xentlib.one_hot, ([0], 1), {"dtype": dtype}, TypeError, message


def information_cases():
    for value, error, message in NO_ARRAY:
        yield "surprisal", xentlib.surprisal, (value,), {}, error, named(message, "p")
    for value, message in NO_FRACTION:
        text = named(message, "p", "probability")
        yield "surprisal", xentlib.surprisal, (value,), {}, ValueError, text
    for value, error, message in NO_BASE:
        yield "surprisal", xentlib.surprisal, (1,), {"base": value}, error, message
    good = np.array([[1, 0], [0.5, 0.5]])
    for name in ("entropy", "cross_entropy", "kl_divergence", "perplexity"):
        function = getattr(xentlib, name)
        pairs = [("p", lambda p: (p,))] if name in ("entropy", "perplexity") else []
        if name != "entropy":
            pairs += [("p", lambda p: (p, p)), ("q", second_of_two)]
        for argument, arguments in pairs:
            for value, error, message in NO_ARRAY:
                if not (value is None and name == "perplexity"):
                    yield name, function, arguments(value), {}, error, named(message, argument)
            for value, message in NO_FRACTION:
                text = named(message, argument, "probability")
                if argument == "p" or np.ndim(value):
                    yield name, function, arguments(value), {}, ValueError, text
            for value, message in NO_DISTRIBUTION:
                yield name, function, arguments(value), {}, ValueError, named(message, argument)
        for value, message in NO_CLASSES:
            both = (value,) if name == "entropy" else (value, value)
            yield name, function, both, {}, ValueError, named(message, "p")
        both = (good,) if name == "entropy" else (good, good)
        for value, error, message in NO_AXIS:
            yield name, function, both, {"axis": value}, error, named(message, "p")
        if name != "perplexity":
            for value, error, message in NO_BASE:
                yield name, function, both, {"base": value}, error, message
        if name != "entropy":
            message = "p has shape (2, 2) but q has shape (2, 1); they must have exactly the same"
            yield name, function, (good, [[1], [1]]), {}, ValueError, message


def second_of_two(q):
    """A good p beside a bad q, of the same shape where that can be read."""
    try:
        shape = np.shape(q)
    except ValueError:
        shape = ()
    p = np.zeros(shape)
    if p.ndim and p.size:
        p[..., 0] = 1
    return p, q


def softmax_option_cases(name, loss, labels):
    logits = np.zeros((2, 2))
    for value, error, message in NO_AXIS:
        yield name, loss, (labels, logits), {"axis": value}, error, named(message, "logits")
    for value, error, message in NO_CLASS_WEIGHT:
        options = {"weights": value}
        yield name, loss, (labels, logits), options, error, named(message, "weights")
    for value, error, message in NO_ARRAY:
        options = {"weights": value}
        yield name, loss, (labels, logits), options, error, named(message, "weights")
    for value, error, message in NO_SMOOTHING:
        yield name, loss, (labels, logits), {"label_smoothing": value}, error, message
    for value, error, message in NO_REDUCTION:
        yield name, loss, (labels, logits), {"reduction": value}, error, message
    no_weight = "sum to 0; reduction 'mean' needs at least one weight above 0."
    options = {"reduction": "mean", "weights": [0, 0]}
    yield name, loss, (labels, logits), options, ValueError, no_weight
    unknown = "got an unexpected keyword argument 'pos_weight'"
    yield name, loss, (labels, logits), {"pos_weight": 1}, TypeError, unknown


def softmax_cases(name, loss):
    one = np.array([[1, 0], [0, 1]])
    yield from softmax_option_cases(name, loss, one)
    for value, error, message in NO_ARRAY:
        yield name, loss, (value, one), {}, error, named(message, "labels")
        yield name, loss, (one, value), {}, error, named(message, "logits")
    for value, message in NO_FRACTION:
        yield name, loss, (value, one), {}, ValueError, named(message, "labels", "label")
    for value, message in NO_CLASSES:
        yield name, loss, (value, value), {}, ValueError, named(message, "logits")
    for value, message in NO_MASS:
        labels = np.zeros(np.shape(value))
        yield name, loss, (labels, value), {}, ValueError, named(message, "logits")
    for first, other in (((2, 1), (2,)), ((2,), (2, 1)), ((2, 3), (2, 1)), ((2, 1), (2, 3))):
        shapes = f"labels has shape {first} but logits has shape {other}; they must have exactly"
        yield name, loss, (np.zeros(first), np.zeros(other)), {}, ValueError, shapes
    nothing = "labels has shape (0, 3); reduction 'mean' needs at least one element."
    empty = np.zeros((0, 3))
    yield name, loss, (empty, empty), {"reduction": "mean"}, ValueError, nothing
    no_label = "labels times weights sum to 0; reduction 'mean' needs at least one weight above 0."
    yield name, loss, (0 * one, one), {"reduction": "mean"}, ValueError, no_label


def sparse_cases(name, loss):
    two, three = np.zeros((2, 2)), np.zeros((2, 3))
    yield from softmax_option_cases(name, loss, [0, 1])
    for value, error, message in NO_ARRAY:
        if len(np.shape(value) if isinstance(value, np.ndarray) else ()) != 1 or value.size:
            yield name, loss, (value, two), {}, error, named(message, "labels")
        yield name, loss, ([0, 1], value), {}, error, named(message, "logits")
    for value, error, message in NO_INDEX:
        yield name, loss, (value, three), {}, error, message
    for value, error, message in NO_INDEX[:4]:
        options = {"ignore_index": -5}
        text = message.replace("to 2.", "to 2, or ignore_index, -5.")
        yield name, loss, (value, three), options, error, text
    for value, message in NO_CLASSES:
        labels = np.zeros(np.shape(value)[:-1], int)
        yield name, loss, (labels, value), {}, ValueError, named(message, "logits")
    for value, message in NO_MASS:
        labels = np.zeros(np.shape(value)[:-1], int)
        yield name, loss, (labels, value), {}, ValueError, named(message, "logits")
    for labels, shape in (([[0], [0]], (2, 1)), ([0], (1,)), (0, ()), ([0, 0, 0], (3,))):
        message = (
            f"labels has shape {shape} but logits has shape (2, 3) with the classes along axis 1; "
            "labels must have exactly the shape (2,), because nothing is broadcast."
        )
        yield name, loss, (labels, three), {}, ValueError, message
    for value in (1.0, True, "1", [1]):
        message = f"ignore_index is {value!r}; it must be an integer."
        yield name, loss, ([0, 1], two), {"ignore_index": value}, TypeError, message
    nothing = "labels has shape (0,); reduction 'mean' needs at least one element."
    yield name, loss, ([], np.zeros((0, 3))), {"reduction": "mean"}, ValueError, nothing
    options = {"reduction": "mean", "ignore_index": 1}
    ignored = "labels are all 1, the ignore_index; a mean needs another one."
    yield name, loss, ([1, 1], two), options, ValueError, ignored


def focal_cases(name, loss):
    yield from loss_cases(name, loss, "logits")
    for value, error, message in NO_GAMMA:
        yield name, loss, ([0, 1], [0, 1]), {"gamma": value}, error, message
    for value, error, message in NO_SMOOTHING:
        if value is not None:
            text = message.replace("label_smoothing", "alpha")
            yield name, loss, ([0, 1], [0, 1]), {"alpha": value}, error, text


def loss_cases(name, loss, second):
    for value, error, message in NO_ARRAY:
        yield name, loss, (value, [0, 1]), {}, error, named(message, "labels")
        yield name, loss, ([0, 1], value), {}, error, named(message, second)
        yield name, loss, ([0, 1], [0, 1]), {"weights": value}, error, named(message, "weights")
    for value, message in NO_FRACTION:
        yield name, loss, (value, [0]), {}, ValueError, named(message, "labels", "label")
    for value, error, message in NO_WEIGHT:
        yield name, loss, ([0, 1], [0, 1]), {"weights": value}, error, named(message, "weights")
    for value, error, message in NO_REDUCTION:
        yield name, loss, ([0, 1], [0, 1]), {"reduction": value}, error, message
    same = "they must have exactly the same shape, because nothing is broadcast."
    for first, other in (
        ((2, 1), (2,)),
        ((2,), (2, 1)),
        ((2, 3), (2, 1)),
        ((), (1,)),
        ((0,), (1,)),
    ):
        shapes = f"labels has shape {first} but {second} has shape {other}; {same}"
        yield name, loss, (np.zeros(first), np.zeros(other)), {}, ValueError, shapes
    nothing = "labels has shape (0, 3); reduction 'mean' needs at least one element."
    empty = np.zeros((0, 3))
    yield name, loss, (empty, empty), {"reduction": "mean"}, ValueError, nothing
    no_weight = "weights sum to 0; reduction 'mean' needs at least one weight above 0."
    options = {"reduction": "mean", "weights": [0, 0]}
    yield name, loss, ([0, 1], [0, 1]), options, ValueError, no_weight
    unknown = "got an unexpected keyword argument 'axis'"
    yield name, loss, ([0], [0]), {"axis": 0}, TypeError, unknown


def sigmoid_cases(name, loss):
    yield from loss_cases(name, loss, "logits")
    for value, error, message in NO_SMOOTHING:
        yield name, loss, ([0, 1], [0, 1]), {"label_smoothing": value}, error, message
    for value, error, message in NO_WEIGHT + NO_ARRAY:
        if value is not None:
            options = {"pos_weight": value}
            yield name, loss, ([0, 1], [0, 1]), options, error, named(message, "pos_weight")


def binary_cases(name, loss):
    yield from loss_cases(name, loss, "probabilities")
    for value, message in NO_FRACTION:
        text = named(message, "probabilities", "probability")
        yield name, loss, ([0], value), {}, ValueError, text


NO_DIGITS = "{} has dtype {dtype}; it must have at most the digits of float64. Convert it first"


def long_double(name):
    x = np.zeros(2, np.longdouble)
    return x, TypeError, named(NO_DIGITS.replace("{dtype}", str(x.dtype)), name)


def log_sum_exp_cases():
    name, function = "LogSumExp", xentlib.LogSumExp
    for value, error, message in [*NO_ARRAY, long_double("x")]:
        yield name, function, (value,), {}, error, named(message, "x")
    for value, error, message in NO_AXIS:
        yield name, function, (np.zeros((2, 2)),), {"axis": value}, error, named(message, "x")
    value, message = NO_CLASSES[-1]
    yield name, function, (value,), {}, ValueError, named(message, "x")
    two = function([[0.0, 1.0], [2.0, 3.0]])
    for other in ([0.0, 1.0], 0.0, None):
        text = f"other is {other!r}; it must be a LogSumExp."
        yield name, two.merge, (other,), {}, TypeError, text
    text = "other has shape () but this has shape (2,); they must have exactly the same shape"
    yield name, two.merge, (function([1.0]),), {}, ValueError, text
    for value, error, message in [*NO_ARRAY, long_double("x")]:
        yield name, two.surprisal, (value,), {}, error, named(message, "x")
    text = "x has shape (); it must have exactly the shape (2,): one logit for each row."
    yield name, two.surprisal, (1.0,), {}, ValueError, text
    text = "x[1] is 4.0; it must be one of the logits that were merged, and so at most the largest."
    yield name, two.surprisal, ([1.0, 4.0],), {}, ValueError, text


def linear_cases(name, loss):
    labels, hidden, weight = [0, 1], np.zeros((2, 3)), np.zeros((2, 3))
    good = labels, hidden, weight
    for value, error, message in NO_ARRAY:
        if len(np.shape(value) if isinstance(value, np.ndarray) else ()) != 1 or value.size:
            yield name, loss, (value, hidden, weight), {}, error, named(message, "labels")
    for value, error, message in [*NO_ARRAY, long_double("{}")]:
        yield name, loss, (labels, value, weight), {}, error, named(message, "hidden")
        yield name, loss, (labels, hidden, value), {}, error, named(message, "weight")
        if value is not None:
            yield name, loss, good, {"bias": value}, error, named(message, "bias")
    for value, error, message in NO_CLASS_WEIGHT + NO_ARRAY:
        yield name, loss, good, {"weights": value}, error, named(message, "weights")
    for value, error, message in NO_REDUCTION:
        yield name, loss, good, {"reduction": value}, error, message
    three = np.zeros((3, 3))
    for value, error, message in NO_INDEX:
        rows = np.zeros((len(value), 3))
        yield name, loss, (value, rows, three), {}, error, message
    for value, error, message in NO_INDEX[:4]:
        text = message.replace("to 2.", "to 2, or ignore_index, -5.")
        yield name, loss, (value, hidden, three), {"ignore_index": -5}, error, text
    for shape in ((3, 2), (3,), (1, 2, 3), (2, 1)):
        text = (
            f"weight has shape {shape} but hidden has shape (2, 3); weight must have a row of 3 "
            "numbers for each class."
        )
        yield name, loss, (labels, hidden, np.zeros(shape)), {}, ValueError, text
    text = "hidden has shape (); it must have an axis of hidden numbers, the last."
    yield name, loss, (0, 1.0, weight), {}, ValueError, text
    text = "weight has shape (0, 3); it must have at least one class."
    yield name, loss, (labels, hidden, np.zeros((0, 3))), {}, ValueError, text
    for bias, shape in (([0, 0, 0], (3,)), (0.0, ()), ([[0, 0]], (1, 2))):
        text = f"bias has shape {shape}; it must have the shape (2,): one number for each class."
        yield name, loss, good, {"bias": bias}, ValueError, text
    for bad, shape in (([[0], [1]], (2, 1)), ([0], (1,)), (0, ())):
        text = (
            f"labels has shape {shape} but hidden has shape (2, 3); labels must have exactly the "
            "shape (2,), because nothing is broadcast."
        )
        yield name, loss, (bad, hidden, weight), {}, ValueError, text
    for value in (1.0, True, "1", [1]):
        text = f"ignore_index is {value!r}; it must be an integer."
        yield name, loss, good, {"ignore_index": value}, TypeError, text
    nothing = "labels has shape (0,); reduction 'mean' needs at least one element."
    yield name, loss, ([], np.zeros((0, 3)), weight), {"reduction": "mean"}, ValueError, nothing
    options = {"reduction": "mean", "ignore_index": 1}
    ignored = "labels are all 1, the ignore_index; a mean needs another one."
    yield name, loss, ([1, 1], hidden, weight), options, ValueError, ignored
    no_weight = "weights sum to 0; reduction 'mean' needs at least one weight above 0."
    options = {"reduction": "mean", "weights": [0, 0]}
    yield name, loss, good, options, ValueError, no_weight
    labels, hidden = np.zeros((2, 2), int), np.ones((2, 2, 3))
    labels[0, 0] = -1
    for bias, problem in (
        ([-INF, -INF], "hidden[0, 1, :] has no finite mass: all its logits are -inf; at least one"),
        ([INF, INF], "hidden[0, 1, :] has several logits of +inf; at most one can take all the"),
    ):
        options = {"bias": bias, "ignore_index": -1}
        yield name, loss, (labels, hidden, weight), options, ValueError, problem
    unknown = "got an unexpected keyword argument 'label_smoothing'"
    yield name, loss, good, {"label_smoothing": 0.1}, TypeError, unknown


def transform_cases():
    for name in ("grad", "value_and_grad"):
        transform = getattr(xentlib, name)
        for value in (xentlib.sigmoid, None, "sigmoid_cross_entropy", [], len, lambda a, b: 0):
            message = "which has no gradient here; it must be one of binary_cross_entropy, linear_"
            yield name, transform, (value,), {}, TypeError, message
        yield from sigmoid_cases(name, transform(xentlib.sigmoid_cross_entropy))
        yield from binary_cases(name, transform(xentlib.binary_cross_entropy))
        yield from focal_cases(name, transform(xentlib.sigmoid_focal_cross_entropy))
        yield from softmax_cases(name, transform(xentlib.softmax_cross_entropy))
        yield from sparse_cases(name, transform(xentlib.sparse_softmax_cross_entropy))
        yield from linear_cases(name, transform(xentlib.linear_softmax_cross_entropy))
        missing = (
            "binary_cross_entropy: missing a required argument: 'probabilities'; "
            "the arguments are labels, probabilities, weights, reduction."
        )
        yield name, transform(xentlib.binary_cross_entropy), ([0],), {}, TypeError, missing


CASES = [
    case
    for case in (
        *activation_cases(),
        *row_cases(),
        *one_hot_cases(),
        *information_cases(),
        *softmax_cases("softmax_cross_entropy", xentlib.softmax_cross_entropy),
        *sparse_cases("sparse_softmax_cross_entropy", xentlib.sparse_softmax_cross_entropy),
        *log_sum_exp_cases(),
        *linear_cases("linear_softmax_cross_entropy", xentlib.linear_softmax_cross_entropy),
        *focal_cases("sigmoid_focal_cross_entropy", xentlib.sigmoid_focal_cross_entropy),
        *sigmoid_cases("sigmoid_cross_entropy", xentlib.sigmoid_cross_entropy),
        *binary_cases("binary_cross_entropy", xentlib.binary_cross_entropy),
        *transform_cases(),
    )
    if case[3].get("weights", 0) is not None  # no weights are no error
]
FUNCTIONS = sorted({case[0] for case in CASES})


def check_refusal(function, arguments, options, error, message):
    """Call a function and demand exactly this kind of error with this text."""
    with pytest.raises(error, match=re.escape(message)) as caught:
        function(*arguments, **options)
    assert caught.type is error


@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_input_is_refused_with_a_clear_message(name):
    """Protects callers from silent answers: every case of the table, for every function."""
    cases = [case[1:] for case in CASES if case[0] == name]
    assert len(cases) > len(NO_ARRAY) - 1
    for case in cases:
        check_refusal(*case)


def test_every_public_function_is_in_the_table():
    """Protects the table from falling behind the library."""
    assert sorted(xentlib.__all__) == FUNCTIONS


def test_good_input_and_wrong_messages_fail_the_same_check():
    """Negative control: the check notices a missing error, a wrong type and a wrong text."""
    message = "labels[0] is 2; every label must lie in [0, 1]."
    loss = xentlib.sigmoid_cross_entropy
    check_refusal(loss, ([2], [0]), {}, ValueError, message)
    with pytest.raises(pytest.fail.Exception):
        check_refusal(loss, ([1], [0]), {}, ValueError, message)
    with pytest.raises(AssertionError):
        check_refusal(loss, ([2], [0]), {}, ValueError, message.replace("[0] is", "[1] is"))
    with pytest.raises(AssertionError):
        check_refusal(loss, ([2], [0]), {}, Exception, message)


def test_float8_is_refused():
    """Protects from dtypes without a guarantee."""
    x = np.zeros(2, ml_dtypes.float8_e4m3fn)
    check_refusal(xentlib.sigmoid, (x,), {}, TypeError, "x has dtype float8_e4m3fn; it must be an")
