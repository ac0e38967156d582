"""Answers to the exercises of the chapter on gradients and training."""

from typing import Any

import numpy as np

from xentlib.course.exercises import (
    Exercise,
    Mistake,
    UnreadableAnswerError,
    same_expression,
    same_function,
    same_numbers,
)

_TOKENS = 50257

# --- 3: the mean of means ------------------------------------------------------------------------


def _parts(losses: Any, size: Any) -> list[Any]:
    return np.split(losses, range(int(size), len(losses), int(size)))


def _repaired(losses, size):  # type: ignore[no-untyped-def]
    return sum(part.sum() for part in _parts(losses, size)) / len(losses)


def _as_given(losses, size):  # type: ignore[no-untyped-def]
    return np.mean([part.mean() for part in _parts(losses, size)])


def _without_the_rest(losses, size):  # type: ignore[no-untyped-def]
    whole = [part for part in _parts(losses, size) if len(part) == size]
    return np.mean([part.mean() for part in whole or [losses]])


def _padded(losses, size):  # type: ignore[no-untyped-def]
    return np.mean([part.sum() / size for part in _parts(losses, size)])


def _sum(losses, size):  # type: ignore[no-untyped-def]
    return sum(part.sum() for part in _parts(losses, size))


def _sum_of_means(losses, size):  # type: ignore[no-untyped-def]
    return sum(part.mean() for part in _parts(losses, size))


def _sum_per_batch(losses, size):  # type: ignore[no-untyped-def]
    return np.mean([part.sum() for part in _parts(losses, size)])


def _median(losses, size):  # type: ignore[no-untyped-def]
    return np.median(losses)


# --- 4: five curves ------------------------------------------------------------------------------

_NAMES = ("healthy", "softmax twice", "wrong axis", "mean of means", "prior")
_found = ["softmax twice", "prior", "wrong axis", "healthy", "mean of means"]


def _same_names(given: Any, expected: Any) -> bool:
    """Compare diagnoses; a mistake counts where it differs from the right answer."""
    if not isinstance(given, list | tuple):
        return False
    if len(given) != len(_found):
        raise UnreadableAnswerError(f"Five names are wanted, not {len(given)}.")
    names = [str(name).strip().lower() for name in given]
    if unknown := [name for name in names if name not in _NAMES]:
        raise UnreadableAnswerError(
            f"There is no bug called {unknown[0]!r} here; the names are {', '.join(_NAMES)}."
        )
    wrong = [place for place, name in enumerate(expected) if name != _found[place]]
    return all(names[place] == expected[place] for place in wrong or range(len(_found)))


def _instead(letter: str, name: str, message: str) -> Mistake:
    """Return the mistake of one wrong diagnosis."""
    names = list(_found)
    names["abcde".index(letter)] = name
    return Mistake(names, f"({letter}) {message}")


EXERCISES = {
    1: Exercise(
        expects="one number, in nats",
        right=np.log(_TOKENS),
        praise="The surprisal of one in 50,257. Look for this number in the first line of a log.",
        agree=same_numbers(),
        mistakes=(
            Mistake(np.log2(_TOKENS), "That is in bits; this book counts in nats."),
            Mistake(np.log10(_TOKENS), "That is the logarithm to base 10; nats need base e."),
            Mistake(-np.log(_TOKENS), "The sign is flipped: a loss is never negative."),
            Mistake(_TOKENS, "That is the perplexity, the exponential of the loss."),
            Mistake(1 / _TOKENS, "That is the probability of each token. What is its surprisal?"),
            Mistake(np.log(2), "That is the start for a yes/no question. Here are more answers."),
            Mistake(np.log(10), "That is the start for ten digits. Here are more answers."),
            Mistake(
                np.log(_TOKENS) / _TOKENS,
                "The loss of a row is not divided by the number of its classes.",
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in c and r, in quotes, such as "sqrt(2*r/c)"',
        right="(3*r/c)**(1/3)",
        praise="A cube root: the bend fades faster than from one side, so the step may be larger.",
        agree=same_expression("c positive, r positive"),
        mistakes=(
            Mistake("sqrt(2*r/c)", "That is the best step from one side."),
            Mistake("sqrt(6*r/c)", "There the two errors have another size: look for slope 0."),
            Mistake(
                "(6*r/c)**(1/3)",
                "There the two errors are equal. That was the best place for one side; here the "
                "slope is 0 elsewhere.",
            ),
            Mistake("(3*c/r)**(1/3)", "Upside down: less rounding allows a smaller step."),
            Mistake("(r/c)**(1/3)", "The slope of c h²/6 is c h/3. The 3 is missing."),
            Mistake("3*r/c", "That is the cube of h. Take the root."),
            Mistake("sqrt(3*r/c)", "c h/3 = r/h², so it is h³ that you know, not h²."),
            Mistake(
                "c*((3*r/c)**(1/3))**2/6 + r/(3*r/c)**(1/3)",
                "That is the smallest error. Which step gives it?",
            ),
        ),
    ),
    3: Exercise(
        expects="a function of losses and size that returns one number",
        right=_repaired,
        praise="Sums and counts can be added up over batches. Means cannot.",
        agree=same_function(
            (np.array([1.0, 2.0, 3.0, 4.0, 15.0]), 2),
            (np.array([0.5, 0.25, 8.0]), 5),
            (np.arange(12.0) ** 2, 4),
            (np.array([0.1, 0.2, 0.4, 7.0]), 3),
        ),
        mistakes=(
            Mistake(_as_given, "This is the function as it was: the last batch counts too much."),
            Mistake(
                _without_the_rest,
                "The last, smaller batch is left out. Its losses should count like all others.",
            ),
            Mistake(
                _padded,
                "The last batch is divided by a size that it does not have, so its share is too "
                "small in the sum and the number of batches too large.",
            ),
            Mistake(_sum, "That is the sum. Divide it by the number of losses."),
            Mistake(_sum_of_means, "That is the sum of the means of the batches."),
            Mistake(_sum_per_batch, "That is divided by the number of batches, not of losses."),
            Mistake(_median, "That is the median, which does not look at the size of a loss."),
        ),
    ),
    4: Exercise(
        expects="a list of five names, in the order a to e",
        right=_found,
        praise="Three of them by their level, one by its start, one by its order.",
        agree=_same_names,
        mistakes=(
            _instead(
                "a",
                "prior",
                "The prior costs the entropy of the shares, which is higher. Try ln(1 + 3/e).",
            ),
            _instead("a", "healthy", "It stops at a level that you can compute: ln(1 + 3/e)."),
            _instead("a", "mean of means", "Its last loss is exactly ln(1 + 3/e)."),
            _instead("a", "wrong axis", "With the wrong axis, the first loss is ln 64."),
            _instead("b", "healthy", "It stops at the entropy of the shares: it has not looked."),
            _instead("b", "softmax twice", "That would stop at ln(1 + 3/e), lower than this."),
            _instead("b", "mean of means", "Its last loss is the entropy of 0.7, 0.1, 0.1, 0.1."),
            _instead("b", "wrong axis", "With the wrong axis, the first loss is ln 64."),
            _instead("c", "healthy", "Four kinds start at ln 4. This one starts at ln 64."),
            _instead("c", "prior", "The start tells it: this is ln 64, and 64 is the batch."),
            _instead("c", "softmax twice", "That starts at ln 4. This one starts at ln 64."),
            _instead("c", "mean of means", "That starts at ln 4. This one starts at ln 64."),
            _instead("d", "prior", "The prior cannot be cheaper than the entropy of the shares."),
            _instead("d", "softmax twice", "That cannot be cheaper than ln(1 + 3/e)."),
            _instead("d", "mean of means", "Perhaps, but e is the one that changes with order."),
            _instead("d", "wrong axis", "With the wrong axis, the first loss is ln 64."),
            _instead("e", "healthy", "A true mean does not depend on the order."),
            _instead("e", "prior", "The prior's loss does not depend on the order."),
            _instead("e", "softmax twice", "That cannot be cheaper than ln(1 + 3/e)."),
            _instead("e", "wrong axis", "With the wrong axis, the first loss is ln 64."),
        ),
    ),
}
