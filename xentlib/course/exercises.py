"""Check a reader's answer: right, a known mistake (and which), or something else."""

import importlib
import pkgutil
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from xentlib.course import answers
from xentlib.symbolic import Derivation, DerivationError
from xentlib.symbolic.parsing import UnknownNameError, parse


@dataclass(frozen=True)
class Almost:
    """Not the same, but for a trifle that the message names. It counts as false."""

    message: str

    def __bool__(self) -> bool:
        return False


Agree = Callable[[Any, Any], bool | Almost]

_MODULES = re.compile(r"\b(np|numpy|sp|sympy|math|mpmath)\.")
_DECIMAL = re.compile(r"\d+\.\d*|\.\d+")


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
    """Compare numbers, or arrays of numbers, to so many significant digits.

    A string is read as a number if it is one or can be worked out, such as ``"1/4"``.
    """

    def agree(given: Any, expected: Any) -> bool | Almost:
        numbers = _floats(_worked_out(given) if isinstance(given, str) else given)
        wanted = np.asarray(expected, dtype=float)
        if numbers is None or numbers.size != wanted.size:
            return False
        pairs = list(zip(numbers.flat, wanted.flat, strict=True))
        if _close(numbers.ravel(), wanted.ravel(), digits):
            difference = _shapes(numbers, wanted)
            return Almost(f"Right numbers, but {difference}.") if difference else True
        if all(_is_rounded(number, exact) for number, exact in pairs):
            return Almost(f"Right as far as it goes. Give {digits} significant digits.")
        return False

    return agree


def _floats(values: Any) -> Any:
    """Return an array, or None if these are no numbers; True and False are none."""
    try:
        array = np.asarray(values)
        return None if array.dtype == bool else array.astype(float)
    except (TypeError, ValueError):
        return None


def _worked_out(text: str) -> float:
    """Return the value of a number that is written as text."""
    try:
        return float(text)
    except ValueError:
        pass
    exact = _DECIMAL.sub(lambda match: f"({Fraction(match[0])})", _MODULES.sub("", text))
    try:
        return float(parse(exact, {}).evalf())
    except (TypeError, ValueError):
        raise UnreadableAnswerError(
            'This cannot be read as a number. Write it like 0.25, "1/4" or "log(2)/2".'
        ) from None


def _close(numbers: Any, wanted: Any, digits: int) -> bool:
    return np.allclose(numbers, wanted, rtol=0.5 * 10.0 ** (1 - digits), atol=0.0, equal_nan=True)


def _shapes(numbers: Any, wanted: Any) -> str:
    """Say how two shapes differ."""
    if numbers.shape == wanted.shape:
        return ""
    return f"in the shape {numbers.shape} instead of {wanted.shape}"


def _is_rounded(number: float, exact: float) -> bool:
    """Return whether a number is the exact one, rounded to fewer digits, but at least to two."""
    if not np.isfinite(number):
        return False
    half = 0.501 * 10.0 ** int(Decimal(repr(float(number))).as_tuple().exponent)  # ties too
    return abs(number - exact) <= half <= 0.0501 * abs(exact)


def same_expression(where: str) -> Agree:
    """Compare formulas: they are the same if their equality can be proved.

    An answer is a string, a SymPy expression or a derivation that ends in one. NumPy's spelling is
    understood.
    """

    def agree(given: Any, expected: Any) -> bool:
        answer = getattr(given, "result", given)
        if isinstance(answer, str):
            answer = _MODULES.sub("", answer)
            if "=" in answer:
                raise UnreadableAnswerError('Leave out the "=" and what stands before it.')
        elif not isinstance(answer, sp.Expr):
            raise UnreadableAnswerError("A formula is wanted, in quotes.")
        start = Derivation(expected, where=where)
        try:
            start.then(answer, because="the answer")
        except DerivationError:
            return False
        except UnknownNameError as error:
            known = " and ".join(sorted(start.conditions.names))
            hint = " Write e to the power of x as exp(x)." if error.name == "e" else ""
            raise UnreadableAnswerError(
                f"There is no {error.name} here. Only {known} may appear.{hint}"
            ) from None
        except ValueError as error:
            raise UnreadableAnswerError(f"This cannot be read as a formula: {error}.") from None
        return True

    return agree


def same_function(*probes: tuple[Any, ...], digits: int = 12) -> Agree:
    """Compare functions by what they do with the probes.

    They must return the same numbers, and one must not warn, or overwrite its arguments, where the
    other does not.
    """

    def agree(given: Any, expected: Any) -> bool | Almost:
        if not callable(given):
            raise UnreadableAnswerError("A function is wanted, not its result.")
        pairs = [(_run(given, probe), _run(expected, probe)) for probe in probes]
        if any(mine.value.size != other.value.size for mine, other in pairs):
            return False
        numbers, wanted = (
            np.concatenate([run.value.ravel() for run in runs]) for runs in zip(*pairs, strict=True)
        )
        if not _close(numbers, wanted, digits):
            return _nearly(numbers, wanted)
        differences = [mine.difference(other) for mine, other in pairs]
        if any(differences):
            return Almost(f"Right numbers, but {next(filter(None, differences))}.")
        return True

    return agree


def _nearly(numbers: Any, wanted: Any) -> bool | Almost:
    """Recognise what a small number does that is added, or at which something is cut off."""
    hidden = np.isfinite(numbers) & np.isinf(wanted)
    little = np.isclose(numbers, wanted, rtol=1e-2, atol=1e-3, equal_nan=True)
    if not np.all(little | hidden):
        return False
    asked = "Is something small added, cut off or rounded?"
    if np.any(hidden):
        return Almost(f"Your function returns a finite number where infinity is right. {asked}")
    return Almost(f"Close, but not the same. {asked}")


@dataclass(frozen=True)
class _Run:
    """What a function did with a probe: what it returned, how it warned, what it overwrote."""

    value: Any
    warning: str
    overwrites: bool

    def difference(self, other: "_Run") -> str:
        """Say in what two runs with the same numbers differ."""
        if self.overwrites != other.overwrites:
            return "your function overwrites the array that it was given"
        if bool(self.warning) != bool(other.warning):
            return f"NumPy still warns: {self.warning}"
        return _shapes(self.value, other.value)


def _run(function: Callable[..., Any], probe: tuple[Any, ...]) -> _Run:
    copies = [np.copy(argument) for argument in probe]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*copies)
        except Exception as error:  # a reader's function may raise anything
            raised = f"{type(error).__name__}: {str(error).rstrip('.')}"
            remedy = " Choose with np.where, not with if." if "ambiguous" in raised else ""
            raise UnreadableAnswerError(f"Your function raised {raised}.{remedy}") from None
    if result is None:
        raise UnreadableAnswerError("Your function returned nothing; is a return missing?")
    value = _floats(result)
    if value is None:
        raise UnreadableAnswerError("Your function returned something other than numbers.")
    overwrites = not all(map(np.array_equal, copies, probe))
    return _Run(value, str(caught[0].message) if caught else "", overwrites)


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
        found = task.agree(answer, task.right)
        if found:
            return Verdict(True, task.praise)
        remarks = [found.message] if isinstance(found, Almost) else []
        for mistake in task.mistakes:
            found = task.agree(answer, mistake.answer)
            if found:
                return Verdict(False, mistake.message)
            if isinstance(found, Almost):
                remarks.append(mistake.message)
    except UnreadableAnswerError as reason:
        return Verdict(False, str(reason))
    if remarks:
        return Verdict(False, remarks[0])
    usual = "This is not the answer, and none of the usual slips either."
    return Verdict(False, f"{usual} Wanted: {task.expects}.")
