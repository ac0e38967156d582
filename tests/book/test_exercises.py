"""Every exercise's check accepts the right answer and tells each known mistake by its name."""

import pytest

from xentlib.course import check, exercise_ids
from xentlib.course.exercises import exercise

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
        ("sigmoid-cross-entropy/2", 1.5, "A formula is wanted"),
        ("sigmoid-cross-entropy/3", lambda z, x: y, "raised NameError"),  # noqa: F821
        ("sigmoid-cross-entropy/3", lambda z, x: None, "returned nothing"),
        ("sigmoid-cross-entropy/3", 0.5, "A function is wanted"),
    ],
)
def test_an_unreadable_answer_is_told_why(identifier: str, answer: object, expected: str) -> None:
    verdict = check(identifier, answer)
    assert not verdict.right
    assert expected in verdict.message


def test_a_function_of_arrays_must_not_reduce_them() -> None:
    right = exercise("sigmoid-cross-entropy/3").right
    assert not check("sigmoid-cross-entropy/3", lambda z, x: right(z, x).mean()).right


@pytest.mark.parametrize("identifier", exercise_ids())
def test_there_are_mistakes_to_tell_apart(identifier: str) -> None:
    assert len(exercise(identifier).mistakes) >= 2


def test_an_unknown_exercise_is_named() -> None:
    with pytest.raises(ValueError, match=r"no exercise 'sigmoid-cross-entropy/99'; did you mean"):
        check("sigmoid-cross-entropy/99", 0)
