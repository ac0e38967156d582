"""Answers to the exercises of the chapter on binary cross-entropy."""

from typing import Any

import numpy as np

from xentlib import binary_cross_entropy, entropy, logit
from xentlib.course.exercises import (
    Almost,
    Exercise,
    Mistake,
    UnreadableAnswerError,
    same_expression,
    same_function,
    same_numbers,
)

_spam = 1 / 11
_best = float(logit(_spam))
_least = float(entropy([_spam, 1 - _spam]))
_tenth = float(logit(0.1))

_largest_half = float(logit(1 - 2.0**-11))


def _in_p(given: Any, expected: Any) -> bool | Almost:
    """Compare formulas in p; one in x that is right otherwise is told to use p."""
    try:
        return same_expression("0 < p < 1")(given, expected)
    except UnreadableAnswerError as reason:
        try:
            same = same_expression("0 < p < 1, x = logit(p)")(given, expected)
        except UnreadableAnswerError:
            raise reason from None
    return Almost("Right in x. Now write p for sigmoid(x).") if same else False


def _repaired(y, p):  # type: ignore[no-untyped-def]
    return -y * np.log(p) - (1 - y) * np.log1p(-p)


def _as_given(y, p):  # type: ignore[no-untyped-def]
    return -y * np.log(p + 1e-7) - (1 - y) * np.log(1 - p + 1e-7)


def _without_log1p(y, p):  # type: ignore[no-untyped-def]
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def _clipped(loss, low, high):  # type: ignore[no-untyped-def]
    return lambda y, p: loss(y, np.clip(p, low, high))


def _padded(epsilon):  # type: ignore[no-untyped-def]
    return lambda y, p: -y * np.log(p + epsilon) - (1 - y) * np.log(1 - p + epsilon)


def _inside_one_logarithm(y, p):  # type: ignore[no-untyped-def]
    return -np.log(y * p + (1 - y) * (1 - p))


def _exchanged(y, p):  # type: ignore[no-untyped-def]
    return _without_log1p(p, y)  # type: ignore[no-untyped-call]


def _exchanged_with_log1p(y, p):  # type: ignore[no-untyped-def]
    return _repaired(p, y)  # type: ignore[no-untyped-call]


def _log1p_of_plus_p(y, p):  # type: ignore[no-untyped-def]
    return -y * np.log(p) - (1 - y) * np.log1p(p)


def _yes_only(y, p):  # type: ignore[no-untyped-def]
    return -y * np.log(p)


def _hard_labels_only(y, p):  # type: ignore[no-untyped-def]
    return np.where(y > 0.5, -np.log(p), -np.log1p(-p))


def _only_one_is_yes(y, p):  # type: ignore[no-untyped-def]
    return np.where(y == 1, -np.log(p), -np.log1p(-p))


def _only_one_is_yes_without_log1p(y, p):  # type: ignore[no-untyped-def]
    return np.where(y == 1, -np.log(p), -np.log(1 - p))


def _without_minus(y, p):  # type: ignore[no-untyped-def]
    return y * np.log(p) + (1 - y) * np.log1p(-p)


def _in_bits(y, p):  # type: ignore[no-untyped-def]
    return _repaired(y, p) / np.log(2)  # type: ignore[no-untyped-call]


def _mean(y, p):  # type: ignore[no-untyped-def]
    return np.mean(_repaired(y, p))  # type: ignore[no-untyped-call]


EXERCISES = {
    1: Exercise(
        expects="two numbers, the logit first and then the mean loss",
        right=[_best, _least],
        praise="The odds are one to ten, so the logit is minus ln 10, and the entropy is left.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                [_tenth, float(entropy([0.1, 0.9]))],
                "Odds of one to ten are not one in ten: of eleven messages, one is spam.",
            ),
            Mistake(
                [_tenth, float(binary_cross_entropy(_spam, 0.1))],
                "Odds of one to ten are not one in ten: of eleven messages, one is spam.",
            ),
            Mistake(
                [0.0, float(np.log(2))],
                "One half for every message costs ln 2. It is known that spam is rare: use that.",
            ),
            Mistake([-_best, _least], "The sign of the logit is flipped: spam is the rare answer."),
            Mistake(
                [_spam, _least], "That is the probability. Its logit is the logarithm of the odds."
            ),
            Mistake(
                [_best, float(-_spam * np.log(_spam))],
                "The loss of the honest letters is missing: ten of eleven messages pay it.",
            ),
            Mistake([_best, 0.0], "The logit is right, but the loss there is not 0."),
            Mistake([_best, _least / np.log(2)], "The loss is in bits; this book counts in nats."),
            Mistake([_least, _best], "Both numbers are right; give the logit first."),
            Mistake(_best, "That is the logit. What is the mean loss?"),
        ),
    ),
    2: Exercise(
        expects='a formula in p, in quotes, such as "p**2 + 1"',
        right="p*(1 - p)",
        praise="A product of two shares is never negative, so the loss is convex in the logit.",
        agree=_in_p,
        mistakes=(
            Mistake("1", "That is the derivative with respect to p. How does p move with x?"),
            Mistake("-p*(1 - p)", "The sign is flipped: the sigmoid rises."),
            Mistake("1 - p", "Of the sigmoid's slope, p(1 - p), one factor is missing."),
            Mistake("p", "Of the sigmoid's slope, p(1 - p), one factor is missing."),
            Mistake("p*(1 + p)", "Look at the sign: the other share is 1 - p."),
            Mistake("1/(p*(1 - p))", "That is how the logit moves with p. Here p moves with x."),
        ),
    ),
    3: Exercise(
        expects="a function of y and p that works on arrays",
        right=_repaired,
        praise="Nothing is added, and log1p keeps what 1 - p would round away.",
        agree=same_function(
            (np.array([0.0, 1.0]), np.array([0.2, 0.6])),
            (0.7, 0.4),
            (1.0, 1e-30),
            (1.0, 1e-300),
            (0.0, 1e-20),
            *((y, 1 - gap) for y in (0.0, 1.0) for gap in (1e-12, 2.0**-53)),
        ),
        mistakes=(
            Mistake(_as_given, "This is the function as the colleague left it."),
            Mistake(
                _without_log1p,
                "The large losses are right now. But for p = 1e-20 and the label 0 your function "
                "returns 0, because 1 - p rounds to 1.",
            ),
            *(
                Mistake(
                    _clipped(loss, low, high),  # type: ignore[no-untyped-call]
                    "A clip puts a cap on the loss: p = 1e-300 must cost more than 690.",
                )
                for loss in (_without_log1p, _repaired)
                for epsilon in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-30)
                for low, high in ((epsilon, 1 - epsilon), (epsilon, 1.0))
                if 1 - epsilon < high
            ),
            *(
                Mistake(
                    _padded(epsilon),  # type: ignore[no-untyped-call]
                    "A smaller number inside the logarithm changes the results less, and still "
                    "does.",
                )
                for epsilon in (1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)
            ),
            Mistake(_log1p_of_plus_p, "log1p(p) is the logarithm of 1 + p: it must be log1p(-p)."),
            Mistake(_yes_only, "The truth of no has its price as well."),
            Mistake(_hard_labels_only, "That is right for labels 0 and 1; labels may be soft."),
            Mistake(_only_one_is_yes, "That is right for labels 0 and 1; labels may be soft."),
            Mistake(
                _only_one_is_yes_without_log1p,
                "Labels may be soft. And for p = 1e-20 and the label 0 your function returns 0.",
            ),
            Mistake(
                _inside_one_logarithm,
                "That is right for labels 0 and 1 only: for soft ones, average the two "
                "logarithms. And 1 - p rounds a tiny p away.",
            ),
            Mistake(_exchanged, "Label and probability have changed places."),
            Mistake(_exchanged_with_log1p, "Label and probability have changed places."),
            Mistake(_without_minus, "The minus is lost: a loss is never negative."),
            Mistake(_in_bits, "That is in bits; nats are wanted."),
            Mistake(_mean, "One number per message is wanted, not their mean."),
        ),
    ),
    4: Exercise(
        expects="one number, a logit, to five digits",
        right=_largest_half,
        praise="The odds are 2047 to 1. A more certain yes is exactly 1 in float16.",
        agree=same_numbers(digits=5),
        mistakes=(
            Mistake(
                float(11 * np.log(2)),
                "Close: those are odds of 2048 to 1. Of 2048 chances, one is left for no.",
            ),
            Mistake(float(logit(1 - 2.0**-24)), "That is for float32. How many digits are left?"),
            Mistake(
                float(logit(1 - 2.0**-10)),
                "That would be for a gap of 2 to the power of -10, the one above 1. Below 1 it is "
                "half of that.",
            ),
            Mistake(-_largest_half, "The sign is flipped: a probability near 1 is a sure yes."),
            Mistake(11.0, "That is the logit in bits. In nats, a logit is a natural logarithm."),
            Mistake(
                float(logit(2.0**-24)),
                "That is the smallest probability, a sure no. How sure can a yes be?",
            ),
            Mistake(1 - 2.0**-11, "That is the probability. Which logit belongs to it?"),
            Mistake(2.0**11 - 1, "Those are the odds. The logit is their logarithm."),
        ),
    ),
}
