"""Answers to the exercises of the chapter on cross-entropy."""

import numpy as np

from xentlib import entropy, perplexity
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_label = [0, 1 / 4, 1 / 4, 1 / 2]
_floor = float(entropy(_label))
_heads = 0.7


def _repaired(labels, beliefs):  # type: ignore[no-untyped-def]
    happens = labels > 0
    if np.any(beliefs[happens] == 0):
        return np.inf
    logs = np.log(np.where(happens, beliefs, 1))
    return -np.sum(labels * logs) / len(labels)


def _as_given(labels, beliefs):  # type: ignore[no-untyped-def]
    return -np.sum(labels * np.log(beliefs + 1e-7))


def _epsilon_kept(labels, beliefs):  # type: ignore[no-untyped-def]
    return -np.sum(labels * np.log(beliefs + 1e-7)) / len(labels)


def _without_epsilon_only(labels, beliefs):  # type: ignore[no-untyped-def]
    return -np.sum(labels * np.log(beliefs)) / len(labels)


def _summed(labels, beliefs):  # type: ignore[no-untyped-def]
    return _repaired(labels, beliefs) * len(labels)  # type: ignore[no-untyped-call]


def _mean_of_entries(labels, beliefs):  # type: ignore[no-untyped-def]
    return _repaired(labels, beliefs) * len(labels) / labels.size  # type: ignore[no-untyped-call]


def _mean_of_entries_as_given(labels, beliefs):  # type: ignore[no-untyped-def]
    return -np.mean(labels * np.log(beliefs + 1e-7))


def _mean_of_entries_only(labels, beliefs):  # type: ignore[no-untyped-def]
    return -np.mean(labels * np.log(beliefs))


def _any_zero(labels, beliefs):  # type: ignore[no-untyped-def]
    return np.inf if np.any(beliefs == 0) else _repaired(labels, beliefs)  # type: ignore[no-untyped-call]


def _small_is_zero(labels, beliefs):  # type: ignore[no-untyped-def]
    return _repaired(labels, np.where(beliefs < 1e-12, 0, beliefs))  # type: ignore[no-untyped-call]


def _zeros_ignored(labels, beliefs):  # type: ignore[no-untyped-def]
    logs = np.log(np.where(beliefs > 0, beliefs, 1))
    return -np.sum(labels * logs) / len(labels)


def _per_row(labels, beliefs):  # type: ignore[no-untyped-def]
    rows = zip(labels, beliefs, strict=True)
    return np.array([_repaired(p[None], q[None]) for p, q in rows])  # type: ignore[no-untyped-call]


def _without_minus(labels, beliefs):  # type: ignore[no-untyped-def]
    return -_repaired(labels, beliefs)  # type: ignore[no-untyped-call]


def _exchanged(labels, beliefs):  # type: ignore[no-untyped-def]
    return _repaired(beliefs, labels)  # type: ignore[no-untyped-call]


def _in_bits(labels, beliefs):  # type: ignore[no-untyped-def]
    return _repaired(labels, beliefs) / np.log(2)  # type: ignore[no-untyped-call]


EXERCISES = {
    1: Exercise(
        expects="one number, in nats",
        right=_floor,
        praise="The entropy of the label: only the label itself, as a belief, reaches it.",
        agree=same_numbers(),
        mistakes=(
            Mistake(0.0, "That is the floor of a label that is certain. This one is not."),
            Mistake(float(entropy(_label, base=2)), "That is in bits; nats are wanted."),
            Mistake(float(np.log(4)), "That is the loss of one who takes all four to be equal."),
            Mistake(float(np.log(3)), "The three outcomes that can happen are not equal."),
            Mistake(float(perplexity(_label)), "That is the perplexity. Take its logarithm."),
            Mistake(-_floor, "The sign is flipped: no cross-entropy is negative."),
            Mistake(
                float(np.log(2)),
                "That is the surprisal of the last outcome alone. The others happen as well.",
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in m without "q =", in quotes, such as "m + 1"',
        right="1/m",
        praise="Two tries on average mean a chance of one half, ten tries one tenth.",
        agree=same_expression("m > 1, 0 < q < 1"),
        mistakes=(
            Mistake("1/q", "That is the number of tries, in terms of the chance. Turn it round."),
            Mistake("m", "That is a number of tries. A chance is at most 1."),
            Mistake("(m - 1)/m", "That is the chance that a try fails."),
            Mistake(
                "1/(m - 1)",
                "m counts the last try, the one that starts it, as well: there are m - 1 before.",
            ),
            Mistake("1/(m + 1)", "m counts the last try already."),
            Mistake("exp(-m)", "That would be the chance of an event with a surprisal of m nats."),
            Mistake("-1/q + (m - 1)/(1 - q)", "That is the slope. Where is it 0?"),
            Mistake("(m*q - 1)/(q*(1 - q))", "That is the slope. Where is it 0?"),
            Mistake("-1/m", "The sign is flipped: no chance is negative."),
        ),
    ),
    3: Exercise(
        expects="one number, a belief",
        right=1.0,
        praise="Whoever says 0.7 and means it pays more than whoever claims to be certain: the "
        "absolute error is not a proper loss.",
        agree=same_numbers(),
        mistakes=(
            Mistake(_heads, "That is the truth, and it costs 0.42. Try the two ends as well."),
            Mistake(0.5, "There the expected error is one half. Is that the least?"),
            Mistake(0.0, "That is the wrong end: it costs 0.7, as heads comes more often."),
            Mistake(1 - _heads, "That is the expected error of the best belief. Which belief?"),
        ),
    ),
    4: Exercise(
        expects="a function of two tables, labels and beliefs, that returns one number, in nats",
        right=_repaired,
        praise="One number per row in the mean, nothing for what cannot happen, and no epsilon.",
        agree=same_function(
            (np.array([[0.7, 0.2, 0.1]]), np.array([[0.25, 0.25, 0.5]])),
            (
                np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]),
                np.array([[0.7, 0.2, 0.1], [0.0, 0.4, 0.6]]),
            ),
            (np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.5], [1.0, 0.0]])),
            (np.array([[0.5, 0.4999, 0.0001]]), np.array([[0.5, 0.5, 1e-20]])),
        ),
        mistakes=(
            Mistake(_as_given, "That is the function as it was: a sum, with an epsilon."),
            Mistake(
                _epsilon_kept,
                "The mean is right. But the epsilon still changes every loss, and hides the "
                "infinite one.",
            ),
            Mistake(
                _without_epsilon_only,
                "Without the epsilon, a belief of 0 in what cannot happen gives nan: leave such "
                "terms out.",
            ),
            Mistake(_summed, "That is the sum over the rows; the mean is wanted."),
            Mistake(
                _mean_of_entries,
                "You have divided by the number of entries. A row is one example: divide by rows.",
            ),
            Mistake(
                _mean_of_entries_as_given,
                "np.mean divides by the number of entries, and the epsilon is still there. A row "
                "is one example: divide by rows.",
            ),
            Mistake(
                _mean_of_entries_only,
                "np.mean divides by the number of entries: divide by rows. And a belief of 0 in "
                "what cannot happen gives nan: leave such terms out.",
            ),
            Mistake(
                _any_zero,
                "A belief of 0 costs infinity only where the outcome happens. In what cannot "
                "happen it is right.",
            ),
            Mistake(
                _small_is_zero,
                "A very small belief is not 0: 1e-20 costs 46 nats, not infinity.",
            ),
            Mistake(
                _zeros_ignored,
                "You left out a belief of 0 in something that happens. That must cost infinity.",
            ),
            Mistake(_per_row, "That is one loss for each row; their mean is wanted."),
            Mistake(_without_minus, "The sign is flipped: no loss is negative."),
            Mistake(_exchanged, "The arguments are exchanged: the labels are what happens."),
            Mistake(_in_bits, "That is in bits; nats are wanted."),
        ),
    ),
}
