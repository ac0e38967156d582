"""Answers to the exercises of the chapter on numerical accuracy."""

import numpy as np

from xentlib._exact import two_sum
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_BITS = 7  # of a bfloat16's fraction
_half_a_step = 2.0 ** -(_BITS + 1)

_large, _small = np.array(2**24, np.float32), np.array(3, np.float32)
_sum, _lost = (float(part) for part in two_sum(_large, _small))


def _repaired(k, x):  # type: ignore[no-untyped-def]
    m, others = np.max(x), np.sort(x)[:-1]
    return (m - x[k]) + np.log1p(np.exp(others - m).sum())


def _subtracted(k, x):  # type: ignore[no-untyped-def]
    m = np.max(x)
    return (m - x[k]) + np.log1p(np.exp(x - m).sum() - 1)


def _with_all_terms(k, x):  # type: ignore[no-untyped-def]
    m = np.max(x)
    return (m - x[k]) + np.log1p(np.exp(x - m).sum())


def _without_the_label(k, x):  # type: ignore[no-untyped-def]
    return np.log1p(np.exp(np.delete(x, k) - x[k]).sum())


def _added_up(k, x):  # type: ignore[no-untyped-def]
    m, others = np.max(x), np.sort(x)[:-1]
    return m + np.log1p(np.exp(others - m).sum()) - x[k]


def _all_largest_left_out(k, x):  # type: ignore[no-untyped-def]
    m = np.max(x)
    return (m - x[k]) + np.log1p(np.exp(x[x < m] - m).sum())


EXERCISES = {
    1: Exercise(
        expects="one whole number, the smallest margin with a loss of 0",
        right=float(np.ceil(-np.log(_half_a_step))),
        praise="From a margin of six on, a network in bfloat16 cannot tell its answers apart.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                float(np.ceil(-np.log(2 * _half_a_step))),
                "You have compared with eps. At a margin of 5 the exponential is more than half of "
                "it, and the sum is rounded up, not down.",
            ),
            Mistake(
                float(-np.log(_half_a_step)),
                "That is where it begins. The smallest whole number from there on is wanted.",
            ),
            Mistake(
                float(_BITS + 1),
                "You have counted in powers of 2. The margin is a power of e: take the natural "
                "logarithm.",
            ),
            Mistake(float(np.ceil(24 * np.log(2))), "That is float32, whose fraction has 23 bits."),
            Mistake(
                float(np.ceil(-np.log(_half_a_step / 2))),
                "Half of eps is enough: eps is the whole gap between 1 and the next number.",
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in v, in quotes, such as "v*log(v)"',
        right="1/log(v)",
        praise="Near 1 the factor grows without limit, and far from 1 a logarithm forgives much.",
        agree=same_expression("v > 1"),
        mistakes=(
            Mistake("log(v)", "That is the factor upside down."),
            Mistake("1/v", "That is the derivative. Multiply by v and divide by the logarithm."),
            Mistake(
                "1/(v*log(v))",
                "You have divided the change by log v, but the change of v is a share, too: "
                "multiply by v.",
            ),
            Mistake("v/log(v)", "The derivative of the logarithm is 1/v, and cancels the v."),
            Mistake("1", "That is what a small absolute error does, and what a power of v would."),
        ),
    ),
    3: Exercise(
        expects="a function of k and x that returns the loss of one row",
        right=_repaired,
        praise="The largest term never enters the sum, so nothing has to be taken out again.",
        agree=same_function(
            (0, np.array([40.0, 0.0])),
            (1, np.array([1.0, 2.0, 3.0])),
            (2, np.array([0.0, 5.0, 60.0, 1.0])),
            (1, np.array([7.0, 7.0, 7.0])),
            (0, np.array([0.0, 1000.0])),
            (0, np.array([1e9 + 30, 1e9, 1e9 - 1])),
        ),
        mistakes=(
            Mistake(
                _subtracted,
                "s was rounded when the 1 was added, and to subtract the 1 does not bring its "
                "digits back. (The logarithm of 1 + s loses them as well.)",
            ),
            Mistake(
                _with_all_terms, "The largest term, which is 1, is in the sum and counted twice."
            ),
            Mistake(
                _without_the_label,
                "Good where the label has the largest logit. Where another one is far ahead, the "
                "exponential overflows.",
            ),
            Mistake(
                _added_up,
                "Small losses of small logits are right. But m and the logit of the label must be "
                "subtracted from each other first.",
            ),
            Mistake(
                _all_largest_left_out,
                "If several logits are the largest, only one of them may be left out.",
            ),
        ),
    ),
    4: Exercise(
        expects="two numbers, the rounded sum and the error",
        right=[_sum, _lost],
        praise="The true sum lies between two numbers, and the one with an even fraction is taken.",
        agree=same_numbers(digits=9),
        mistakes=(
            Mistake(
                [_sum - 2, -_lost],
                "Both neighbours are equally near. The one below has an odd fraction.",
            ),
            Mistake([_sum, -_lost], "The sign of the error: sum plus error must be the truth."),
            Mistake([_sum - 1, 0.0], "That would be right, but float32 does not have this number."),
            Mistake([_lost, _sum], "Both numbers are right; give the sum first."),
            Mistake(_sum, "That is the sum. What is the error?"),
        ),
    ),
}
