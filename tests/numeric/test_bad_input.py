"""Bad input: each case raises an error that names argument, position, value and expectation."""

import datetime
import re
import warnings
from fractions import Fraction

import numpy as np
import pytest

import xentlib

NAN, INF = float("nan"), float("inf")
NOT_REAL = "every element must be a real number."
MEANING = "it must be a plain array"


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
    (np.array([0, 1], object), TypeError, "{} has dtype object; it must be an array of real"),
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
    (np.ma.array([0, 1]), TypeError, "{} is a numpy.MaskedArray; " + MEANING),
    (np.ma.masked, TypeError, "{} is a numpy.MaskedConstant; " + MEANING),
    ([[0], [np.ma.array([0])]], TypeError, "{}[1, 0] is a numpy.MaskedArray; " + MEANING),
    (matrix([[0, 1]]), TypeError, "{} is a numpy.matrix; " + MEANING),
    (np.zeros(1).view(Marked), TypeError, "Marked; " + MEANING),
]

# The same for arguments that hold numbers in [0, 1].
NO_FRACTION = [
    (2, "{} is 2; every {element} must lie in [0, 1]."),
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
    ([1, 1, 1], ValueError, "{} has shape (3,); it must broadcast to the shape (2,) of the labels"),
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


def transform_cases():
    for name in ("grad", "value_and_grad"):
        transform = getattr(xentlib, name)
        for value in (xentlib.sigmoid, None, "sigmoid_cross_entropy", [], len, lambda a, b: 0):
            message = "which has no gradient here; it must be one of binary_cross_entropy, sigmoid"
            yield name, transform, (value,), {}, TypeError, message
        yield from sigmoid_cases(name, transform(xentlib.sigmoid_cross_entropy))
        yield from binary_cases(name, transform(xentlib.binary_cross_entropy))
        missing = "binary_cross_entropy: missing a required argument: 'probabilities'; the argument"
        yield name, transform(xentlib.binary_cross_entropy), ([0],), {}, TypeError, missing


CASES = [
    case
    for case in (
        *activation_cases(),
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
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = np.zeros(2, ml_dtypes.float8_e4m3fn)
    check_refusal(xentlib.sigmoid, (x,), {}, TypeError, "x has dtype float8_e4m3fn; it must be an")
