"""Answers to the exercises of the chapter on surprisal."""

import numpy as np

from xentlib import surprisal
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_one_six = float(surprisal(1 / 6, base=2))
_ten_bits = 0.5**10


def _repaired(p):  # type: ignore[no-untyped-def]
    return -np.log(p).sum()


def _broken(p):  # type: ignore[no-untyped-def]
    return -np.log(np.prod(p))


def _without_minus(p):  # type: ignore[no-untyped-def]
    return np.log(p).sum()


def _in_bits(p):  # type: ignore[no-untyped-def]
    return -np.log2(p).sum()


def _mean(p):  # type: ignore[no-untyped-def]
    return -np.log(p).mean()


def _of_the_sum(p):  # type: ignore[no-untyped-def]
    return -np.log(p.sum())


def _not_reduced(p):  # type: ignore[no-untyped-def]
    return -np.log(p)


EXERCISES = {
    1: Exercise(
        expects="one number, in bits",
        right=2 * _one_six,
        praise="Two independent events, so twice the surprisal of one six.",
        agree=same_numbers(),
        mistakes=(
            Mistake(_one_six, "That is one six. The second die surprises you as much again."),
            Mistake(float(2 * surprisal(1 / 6)), "That is in nats; the question asks for bits."),
            Mistake(-2 * _one_six, "The sign is flipped: surprisal is never negative."),
            Mistake(_one_six**2, "Surprisals of independent events add; you multiplied them."),
            Mistake(1 / 36, "That is the probability. How surprising is it?"),
            Mistake(
                float(surprisal(2 / 6, base=2)),
                "You have added the probabilities. For both to happen they are multiplied.",
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in s, in quotes, such as "exp(s) - 1"',
        right="s/log(2)",
        praise="A bit is the larger unit, about 0.69 nats, so the number gets larger by that much.",
        agree=same_expression("s positive"),
        mistakes=(
            Mistake("s*log(2)", "That goes the other way, from bits to nats."),
            Mistake("s/2", "The units differ by the factor ln 2, not by 2."),
            Mistake("2*s", "The units differ by the factor ln 2, not by 2."),
            Mistake("-s/log(2)", "The sign is flipped: s is a surprisal already."),
            Mistake("exp(-s)", "That is the probability of the event."),
            Mistake("-log(s)/log(2)", "s is a surprisal already, not a probability."),
        ),
    ),
    3: Exercise(
        expects="a function of an array of probabilities that returns one number, in nats",
        right=_repaired,
        praise="A sum of logarithms does not run out of small numbers.",
        agree=same_function(
            (np.array([0.5, 0.25]),),
            (np.array([0.9]),),
            (np.full(400, 0.1),),
        ),
        mistakes=(
            Mistake(
                _broken,
                "This one still multiplies first: for 400 probabilities of 0.1 the product is 0.",
            ),
            Mistake(_without_minus, "The minus is lost: surprisal is never negative."),
            Mistake(_in_bits, "That is in bits; nats are wanted."),
            Mistake(_mean, "That is the mean. Together they tell the sum."),
            Mistake(_of_the_sum, "Take the logarithm first, then the sum."),
            Mistake(_not_reduced, "One number is wanted for all events together: a sum."),
        ),
    ),
    4: Exercise(
        expects="one number, a probability",
        right=_ten_bits,
        praise="Ten halvings: one in 1024.",
        agree=same_numbers(),
        mistakes=(
            Mistake(float(np.exp(-10)), "That would be 10 nats. A bit is one halving."),
            Mistake(1024.0, "That is one over the probability: it was one in 1024."),
            Mistake(1 / 20, "Not 10 times 2, but 2 ten times multiplied by itself."),
            Mistake(0.1, "One in ten has 3.32 bits. Ten bits are ten halvings."),
        ),
    ),
}
