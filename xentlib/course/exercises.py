"""Check a reader's answer: right, a known mistake (and which), or something else."""

import importlib
import pkgutil
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import sympy as sp

from xentlib.course import answers
from xentlib.symbolic import Derivation, DerivationError

Agree = Callable[[Any, Any], bool]


class UnreadableAnswerError(ValueError):
    """An answer that cannot be compared with anything; the message says why."""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, and what to tell them."""

    answer: Any
    message: str


@dataclass(frozen=True)
class Exercise:
    """An exercise's right answer, its common wrong ones, and how two answers are compared."""

    expects: str
    right: Any
    praise: str
    agree: Agree
    mistakes: Sequence[Mistake] = field(default=())


@dataclass(frozen=True)
class Verdict:
    """What `check` found: right, wrong, or (None) that there is no answer yet."""

    right: bool | None
    message: str

    def __repr__(self) -> str:
        return f"{self._word}. {self.message}"

    def _repr_markdown_(self) -> str:
        """Return running text, which a narrow page can break into lines."""
        return f"**{self._word}.** {self.message}"

    @property
    def _word(self) -> str:
        return {True: "Right", False: "Not yet", None: "Your turn"}[self.right]


def same_numbers(digits: int = 4) -> Agree:
    """Compare numbers, or arrays of numbers, to so many significant digits."""

    def agree(given: Any, expected: Any) -> bool:
        try:
            numbers = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            return False
        wanted = np.asarray(expected, dtype=float)
        return numbers.shape == wanted.shape and np.allclose(
            numbers, wanted, rtol=0.5 * 10.0 ** (1 - digits), atol=0.0
        )

    return agree


_MODULES = re.compile(r"\b(np|numpy|sp|sympy|math|mpmath)\.")


def same_expression(where: str) -> Agree:
    """Compare formulas: they are the same if their equality can be proved.

    An answer is a string, a SymPy expression or a derivation that ends in one. NumPy's spelling is
    understood.
    """

    def agree(given: Any, expected: Any) -> bool:
        answer = getattr(given, "result", given)
        if isinstance(answer, str):
            answer = _MODULES.sub("", answer)
        elif not isinstance(answer, sp.Expr):
            raise UnreadableAnswerError("A formula is wanted, in quotes.")
        start = Derivation(expected, where=where)
        try:
            start.then(answer, because="the answer")
        except DerivationError:
            return False
        except ValueError as error:
            raise UnreadableAnswerError(f"This cannot be read as a formula: {error}.") from None
        return True

    return agree


def same_function(*probes: tuple[Any, ...], digits: int = 12) -> Agree:
    """Compare functions by what they return for the probes.

    A warning, such as that of an overflow, counts as a result of its own.
    """
    close = same_numbers(digits)

    def agree(given: Any, expected: Any) -> bool:
        if not callable(given):
            raise UnreadableAnswerError("A function is wanted, not its result.")
        pairs = [(_result(given, probe), _result(expected, probe)) for probe in probes]
        return all(a == b if isinstance(b, str) else close(a, b) for a, b in pairs)

    return agree


def _result(function: Callable[..., Any], probe: tuple[Any, ...]) -> Any:
    """Return the function's result for a probe, or the name of the warning that it caused."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = function(*(np.copy(argument) for argument in probe))
        except Warning as warning:
            return type(warning).__name__
        except Exception as error:  # a reader's function may raise anything
            raise UnreadableAnswerError(
                f"Your function raised {type(error).__name__}: {error}."
            ) from None
    if result is None:
        raise UnreadableAnswerError("Your function returned nothing; is a return missing?")
    return result


def exercise_ids() -> list[str]:
    """Return the ids of all exercises in the book.

    Examples
    --------
    >>> from xentlib.course import exercise_ids
    >>> "sigmoid-cross-entropy/1" in exercise_ids()
    True
    """
    found = []
    for module in pkgutil.iter_modules(answers.__path__):
        chapter = module.name.replace("_", "-")
        found += [f"{chapter}/{number}" for number in _exercises(chapter)]
    return sorted(found)


def _exercises(chapter: str) -> dict[int, Exercise]:
    module = importlib.import_module(f"{answers.__name__}.{chapter.replace('-', '_')}")
    exercises: dict[int, Exercise] = module.EXERCISES
    return exercises


def exercise(identifier: str) -> Exercise:
    """Return an exercise by its id, such as ``sigmoid-cross-entropy/1``."""
    if identifier not in exercise_ids():
        near = get_close_matches(identifier, exercise_ids(), n=3, cutoff=0.0)
        raise ValueError(f"There is no exercise {identifier!r}; did you mean {', '.join(near)}?")
    chapter, number = identifier.rsplit("/", 1)
    return _exercises(chapter)[int(number)]


def check(identifier: str, answer: Any) -> Verdict:
    """Compare an answer with the right one and with the known mistakes.

    A notebook shows the verdict if this is the last line of a cell.

    Parameters
    ----------
    identifier : str
        The exercise, such as ``"sigmoid-cross-entropy/1"``.
    answer : object
        A number, an array, a formula or a function, as the exercise asks; ``...`` for none yet.

    Returns
    -------
    Verdict
        Whether the answer is right, and a message; for a known mistake it says which one it was.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> from xentlib.course import check
    >>> check("sigmoid-cross-entropy/1", ...)
    Your turn. Wanted: one number, the sum of three losses.
    """
    task = exercise(identifier)
    if answer is ...:
        return Verdict(None, f"Wanted: {task.expects}.")
    try:
        if task.agree(answer, task.right):
            return Verdict(True, task.praise)
        for mistake in task.mistakes:
            if task.agree(answer, mistake.answer):
                return Verdict(False, mistake.message)
    except UnreadableAnswerError as reason:
        return Verdict(False, str(reason))
    usual = "This is not the answer, and none of the usual slips either."
    return Verdict(False, f"{usual} Wanted: {task.expects}.")
