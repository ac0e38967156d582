"""Every exercise's check accepts the right answer and tells each known mistake by its name."""

import numpy as np
import pytest

from xentlib.course import check, exercise_ids
from xentlib.course.exercises import (
    Almost,
    Exercise,
    Mistake,
    UnreadableAnswerError,
    exercise,
    same_function,
    same_numbers,
)

MISTAKES = [
    (identifier, number)
    for identifier in exercise_ids()
    for number in range(len(exercise(identifier).mistakes))
]


@pytest.mark.parametrize("identifier", exercise_ids())
def test_the_right_answer_is_right(identifier: str) -> None:
    verdict = check(identifier, exercise(identifier).right)
    assert verdict.right, verdict
    assert verdict.message == exercise(identifier).praise


@pytest.mark.parametrize(("identifier", "number"), MISTAKES)
def test_a_known_mistake_is_named(identifier: str, number: int) -> None:
    """Each mistake is wrong, and differs from those before it: else its message is never seen."""
    mistake = exercise(identifier).mistakes[number]
    verdict = check(identifier, mistake.answer)
    assert not verdict.right
    assert verdict.message == mistake.message


@pytest.mark.parametrize("identifier", exercise_ids())
@pytest.mark.parametrize("nonsense", [None, "seven", 1e9, [1, 2], float, lambda *_: 1 / 0])
def test_nonsense_is_wrong_without_an_error(identifier: str, nonsense: object) -> None:
    verdict = check(identifier, nonsense)
    assert not verdict.right
    assert verdict.message not in [mistake.message for mistake in exercise(identifier).mistakes]


@pytest.mark.parametrize("identifier", exercise_ids())
def test_an_untouched_exercise_says_what_is_wanted(identifier: str) -> None:
    assert repr(check(identifier, ...)) == f"Your turn. Wanted: {exercise(identifier).expects}."


def test_formulas_may_be_written_as_in_numpy() -> None:
    for spelling in ("np.log(1 + np.exp(-m))", "np.log1p(np.exp(-m))", "softplus(-m)"):
        assert check("sigmoid-cross-entropy/2", spelling).right, spelling


@pytest.mark.parametrize(
    ("identifier", "answer", "expected"),
    [
        ("sigmoid-cross-entropy/2", "log(1 + exp(-m)", "cannot be read as a formula"),
        ("sigmoid-cross-entropy/2", "m(1 + m)", "write m * (1 + m)"),
        ("sigmoid-cross-entropy/2", "L = m", 'Leave out the "="'),
        ("sigmoid-cross-entropy/2", "log(1 + e**-m)", "as exp(x)"),
        ("sparse-softmax-cross-entropy/2", "a - c", "no c here. Only a and b may appear."),
        ("binary-cross-entropy/2", "y*sigmoid(x)", "There is no y here. Only p may appear."),
        ("sigmoid-cross-entropy/2", 1.5, "A formula is wanted"),
        ("sigmoid-cross-entropy/3", lambda z, x: y, "raised NameError"),  # noqa: F821
        ("sigmoid-cross-entropy/3", lambda z, x: None, "returned nothing"),
        ("sigmoid-cross-entropy/3", lambda z, x: x if x > 0 else z, "np.where, not with if"),
        ("sigmoid-cross-entropy/3", 0.5, "A function is wanted"),
        ("connections/1", ["softmax"] * 5 + [5], "A list of names is wanted"),
        ("connections/1", ["softmax"] * 5 + ["hinge"], "There is no loss called 'hinge'"),
        ("binary-cross-entropy/3", lambda y, p: y if y == 1 else p, "np.where, not with if"),
        ("gradients-and-training/4", ["healthy"], "Five names are wanted, not 1."),
        ("gradients-and-training/4", ["healthy"] * 4 + ["ill"], "There is no bug called 'ill'"),
    ],
)
def test_an_unreadable_answer_is_told_why(identifier: str, answer: object, expected: str) -> None:
    verdict = check(identifier, answer)
    assert not verdict.right
    assert expected in verdict.message


def test_an_answer_in_other_letters_is_almost_right() -> None:
    """The curvature is wanted in p; in x it is right, and wrong answers in x are still told."""
    for right in ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))**2"):
        assert "Right in x" in check("binary-cross-entropy/2", right).message
    assert "one factor is missing" in check("binary-cross-entropy/2", "sigmoid(x)").message
    assert "none of the usual slips" in check("binary-cross-entropy/2", "x**2").message


def test_a_function_of_arrays_must_not_reduce_them() -> None:
    right = exercise("sigmoid-cross-entropy/3").right
    assert not check("sigmoid-cross-entropy/3", lambda z, x: right(z, x).mean()).right


def _cancels(z: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x) - x * z


def _forgets_one_side(z: np.ndarray, x: np.ndarray) -> np.ndarray:
    decay = np.exp(-np.abs(x))
    return np.where(x >= 0, x * (1 - z) + np.log1p(decay), -x * z + np.log(1 + decay))


def _two_softplus(z: np.ndarray, x: np.ndarray) -> np.ndarray:
    return z * np.logaddexp(0, -x) + (1 - z) * np.logaddexp(0, x)


def test_a_repair_must_hold_at_both_ends() -> None:
    assert check("sigmoid-cross-entropy/3", _two_softplus).right
    assert not check("sigmoid-cross-entropy/3", _cancels).right
    assert "both signs" in check("sigmoid-cross-entropy/3", _forgets_one_side).message


def _shorter(k: int, x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, np.logaddexp.reduce(np.delete(x, k)) - x[k])


def _shorter_on_paper(k: int, x: np.ndarray) -> np.ndarray:
    return np.logaddexp.reduce(x) - x[k]


def test_a_softmax_loss_must_hold_at_both_ends() -> None:
    assert check("connections/3", _shorter).right
    assert "on paper" in check("connections/3", _shorter_on_paper).message


def test_a_warning_is_no_array_of_numbers() -> None:
    """Functions of arrays are told apart, too, if only one of them causes a warning."""
    agree = same_function((np.array([0.0, 1.0]),))
    assert agree(np.log, np.log)
    assert not agree(np.log, np.sqrt)
    assert not agree(np.sqrt, np.log)


@pytest.mark.parametrize("text", ["0.25", "1/4", "2**-2", "np.log(2)/log(16)", " 1/4 ", "0.5*.5"])
def test_a_number_may_be_written_as_arithmetic(text: str) -> None:
    assert same_numbers()(text, 0.25)
    assert not same_numbers()(text, 0.26)


def test_a_truth_value_is_no_number() -> None:
    assert same_numbers()(1.0, 1.0)
    assert not same_numbers()(True, 1.0)


@pytest.mark.parametrize("text", ["a quarter", "", "1/x", "log(-1)", "1/0", "import os", "0,25"])
def test_text_that_is_no_number_is_told(text: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="cannot be read as a number"):
        same_numbers()(text, 0.25)


@pytest.mark.parametrize(
    ("given", "exact", "rounded"),
    [
        (0.193, 0.192745, True),
        (0.19, 0.192745, True),
        (0.2, 0.192745, False),  # one digit says too little
        (0.194, 0.192745, False),
        (-0.193, 0.192745, False),
        (1.8, 1.75, True),
        (12, 12.345, False),  # 12.0 has three digits, and they are not these
        (12.3, 12.345, True),
        (float("inf"), 0.192745, False),
        ([0.36, 1.6], [0.3567, 1.609], True),
        ([0.36, 1.5], [0.3567, 1.609], False),
    ],
)
def test_a_rounded_number_is_almost_right(given: object, exact: object, rounded: bool) -> None:
    found = same_numbers()(given, exact)
    assert not found
    wanted = Almost("Right as far as it goes. Give 4 significant digits.")
    assert found == (wanted if rounded else False)


def test_numbers_in_another_shape_are_almost_right() -> None:
    found = same_numbers()([0.25], 0.25)
    assert found == Almost("Right numbers, but in the shape (1,) instead of ().")
    assert same_numbers()([0.26], 0.25) is False
    assert same_numbers()([0.25, 0.25], 0.25) is False


def _surprise(p: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -np.log(p)


def _surprise_with_a_warning(p: np.ndarray) -> np.ndarray:
    return -np.log(p)


def _surprise_in_place(p: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        np.log(p, out=p)
    return -p


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_surprise, ""),
        (_surprise_with_a_warning, "Right numbers, but NumPy still warns: divide by zero"),
        (_surprise_in_place, "Right numbers, but your function overwrites the array"),
        (lambda p: _surprise(p)[:, np.newaxis], "the shape (2, 1) instead of (2,)"),
        (lambda p: _surprise(p + 1e-12), "a finite number where infinity is right"),
        (lambda p: _surprise(np.maximum(p, 1e-3)), "a finite number where infinity is right"),
        (lambda p: _surprise(p) + 1e-4, "Close, but not the same"),
        (lambda p: _surprise(p) + 0.1, "none of the usual slips"),
        (lambda p: -_surprise(p), "The sign is flipped"),
        (lambda p: np.log(p), "The sign is flipped"),  # with a warning on top
        (lambda p: _surprise(p)[0], "none of the usual slips"),
        (lambda p: "much", "something other than numbers"),
    ],
)
def test_a_function_is_told_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, function: object, message: str
) -> None:
    task = Exercise(
        expects="a function",
        right=_surprise,
        praise="So it is.",
        agree=same_function((np.array([0.5, 0.25]),), (np.array([0.1, 0.0]),)),
        mistakes=(Mistake(lambda p: -_surprise(p), "The sign is flipped."),),
    )
    monkeypatch.setattr("xentlib.course.exercises.exercise", lambda identifier: task)
    verdict = check("any", function)
    assert verdict.right == (not message)
    assert message in verdict.message


@pytest.mark.parametrize("identifier", exercise_ids())
def test_there_are_mistakes_to_tell_apart(identifier: str) -> None:
    assert len(exercise(identifier).mistakes) >= 2


def test_an_unknown_exercise_is_named() -> None:
    with pytest.raises(ValueError, match=r"no exercise 'sigmoid-cross-entropy/99'; did you mean"):
        check("sigmoid-cross-entropy/99", 0)
