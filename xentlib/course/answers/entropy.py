"""Answers to the exercises of the chapter on entropy."""

import numpy as np

from xentlib import entropy
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_die = np.full(6, 1 / 6)
_two_dice = np.convolve(_die, _die)
_button = [0.7, 0.2, 0.1]


def _repaired(p):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)


def _as_given(p):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log(p))


def _zeros_forgotten(p):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log(p), axis=1)


def _axis_forgotten(p):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log(np.where(p > 0, p, 1)))


def _columns(p):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=0)


def _without_minus(p):  # type: ignore[no-untyped-def]
    return np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)


def _in_bits(p):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log2(np.where(p > 0, p, 1)), axis=1)


EXERCISES = {
    1: Exercise(
        expects="one number, in bits",
        right=float(entropy(_two_dice, base=2)),
        praise="Less than the log of 11: seven is common, two and twelve are rare.",
        agree=same_numbers(),
        mistakes=(
            Mistake(float(np.log2(11)), "The eleven sums are not equally probable."),
            Mistake(
                float(np.log(11)),
                "The eleven sums are not equally probable, and that is in nats.",
            ),
            Mistake(
                float(np.log2(12)),
                "There are eleven sums, from 2 to 12, and they are not equally probable.",
            ),
            Mistake(
                float(2 * np.log2(6)),
                "That is the entropy of both dice. The sum does not tell which die showed what.",
            ),
            Mistake(float(np.log2(6)), "That is the entropy of a single die."),
            Mistake(float(entropy(_two_dice)), "That is in nats; the question asks for bits."),
            Mistake(float(-entropy(_two_dice, base=2)), "The sign is flipped."),
        ),
    ),
    2: Exercise(
        expects="one number, of faces",
        right=float(np.exp(entropy(_button))),
        praise="The button is as uncertain as a fair die with 2.23 faces.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                float(np.exp(entropy(_button, base=2))),
                "You took e to the power of bits. Stay in one unit: e goes with nats, 2 with bits.",
            ),
            Mistake(
                float(2 ** entropy(_button)),
                "You took 2 to the power of nats. Stay in one unit: e goes with nats, 2 with bits.",
            ),
            Mistake(float(entropy(_button)), "That is the entropy. Whose logarithm is it?"),
            Mistake(3.0, "Three faces would make the three outcomes equally probable."),
            Mistake(
                float(np.exp(0.804)),
                "That comes from the rounded 0.804. Use the entropy that is not rounded early.",
            ),
        ),
    ),
    3: Exercise(
        expects='a formula in p, in quotes, such as "log(p) + 1"',
        right="log((1 - p)/p)",
        praise="It is 0 where (1 - p)/p is 1: at one half, where the arch is highest.",
        agree=same_expression("0 < p < 1"),
        mistakes=(
            Mistake("log(p/(1 - p))", "The sign is flipped."),
            Mistake(
                "-log(p) - log(1 - p) - 2",
                "The derivative of 1 - p is -1; it turns the sign of the second part.",
            ),
            Mistake("1/2", "That is where it is 0. What is it everywhere else?"),
            Mistake(
                "log(1 - p)/log(p)",
                "A difference of logarithms is the logarithm of a quotient, not their quotient.",
            ),
            Mistake(
                "log((1 - p)/p) + 2",
                "Each product leaves a 1 behind, with opposite signs: they cancel.",
            ),
            Mistake(
                "log((1 - p)/p) - 2",
                "Each product leaves a 1 behind, with opposite signs: they cancel.",
            ),
            Mistake("log(1 - p) - log(p) - 1", "The second part leaves a 1 behind as well."),
            Mistake("-log(p) - 1", "That is the first part only. The second depends on p as well."),
            Mistake(
                "-1/p + 1/(1 - p)",
                "p ln p is a product: differentiate both factors.",
            ),
            Mistake("-log(p) - log(1 - p)", "Look at the sign of the second part again."),
        ),
    ),
    4: Exercise(
        expects="a function of an array of rows that returns one entropy per row, in nats",
        right=_repaired,
        praise="Rows with impossible outcomes have an entropy like all others.",
        agree=same_function(
            (np.array([[0.5, 0.5], [0.9, 0.1]]),),
            (np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]),),
            (np.array([[0.7, 0.2, 0.1]]),),
            (np.array([[1 - 1e-15, 1e-15], [1.0, 1e-200]]),),
        ),
        mistakes=(
            Mistake(_as_given, "That is the function as it was: repair its rows and its zeros."),
            Mistake(_zeros_forgotten, "An impossible outcome still gives nan: 0 times infinity."),
            Mistake(_axis_forgotten, "All rows are added up. One number per row is wanted."),
            Mistake(_columns, "That adds along the wrong axis: one number per column."),
            Mistake(_without_minus, "The minus is lost: entropy is never negative."),
            Mistake(_in_bits, "That is in bits; nats are wanted."),
        ),
    ),
}
