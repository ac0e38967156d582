"""Answers to the exercises of the chapter on the KL divergence."""

import numpy as np

from xentlib import entropy, kl_divergence
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_happens = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
_lengths = np.array([3, 1, 2, 3])
_believed = 0.5**_lengths
_joint = np.array([[0.4, 0.1], [0.1, 0.4]])
_apart = np.full(4, 1 / 4)

_EXCHANGED = "The arguments are exchanged: what happens comes first."


def _repaired(p, q):  # type: ignore[no-untyped-def]
    p, q = p[p > 0], q[p > 0]
    return np.inf if np.any(q == 0) else np.sum(p * np.log(p / q))


def _as_given(p, q):  # type: ignore[no-untyped-def]
    return np.sum(p * np.log(p / q))


def _zeros_ignored(p, q):  # type: ignore[no-untyped-def]
    both = (p > 0) & (q > 0)
    return np.sum(p[both] * np.log(p[both] / q[both]))


def _each_zero_infinite(p, q):  # type: ignore[no-untyped-def]
    return np.inf if np.any(q == 0) else _repaired(p, q)  # type: ignore[no-untyped-call]


def _exchanged(p, q):  # type: ignore[no-untyped-def]
    return _repaired(q, p)  # type: ignore[no-untyped-call]


def _exchanged_as_given(p, q):  # type: ignore[no-untyped-def]
    return np.sum(q * np.log(q / p))


def _sign(p, q):  # type: ignore[no-untyped-def]
    return -_repaired(p, q)  # type: ignore[no-untyped-call]


def _sign_as_given(p, q):  # type: ignore[no-untyped-def]
    return -np.sum(p * np.log(p / q))


def _in_bits(p, q):  # type: ignore[no-untyped-def]
    return _repaired(p, q) / np.log(2)  # type: ignore[no-untyped-call]


def _in_bits_as_given(p, q):  # type: ignore[no-untyped-def]
    return np.sum(p * np.log2(p / q))


EXERCISES = {
    1: Exercise(
        expects="one number, in binary digits",
        right=float(kl_divergence(_happens, _believed, base=2)),
        praise="2.375 digits instead of 1.75: the entropy in bits is what the best code needs.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                float(kl_divergence(_happens, _believed)), "That is in nats; digits count in bits."
            ),
            Mistake(
                float(kl_divergence(_believed, _happens, base=2)),
                _EXCHANGED,
            ),
            Mistake(
                float(_happens @ _lengths),
                "That is the length itself. How much of it is more than necessary?",
            ),
            Mistake(
                float(entropy(_happens, base=2)), "That is what the best code needs. And this one?"
            ),
            Mistake(
                -float(kl_divergence(_happens, _believed, base=2)),
                "The sign is flipped: a divergence is never negative.",
            ),
            Mistake(0.0, "The best code has words of these lengths too, but for other outcomes."),
        ),
    ),
    2: Exercise(
        expects="one number, in nats",
        right=float(kl_divergence(_joint.ravel(), _apart)),
        praise="What the clouds tell about the rain, on average.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                float(kl_divergence(_apart, _joint.ravel())),
                "The arguments are exchanged: the joint distribution is what happens.",
            ),
            Mistake(
                float(kl_divergence(_joint.ravel(), _apart, base=2)),
                "That is in bits; nats are wanted.",
            ),
            Mistake(
                -float(kl_divergence(_joint.ravel(), _apart)),
                "The sign is flipped: a divergence is never negative.",
            ),
            Mistake(float(entropy(_joint.ravel())), "That is the entropy of clouds and rain."),
            Mistake(
                float(2 * np.log(2)),
                "That is the entropy of clouds plus that of rain. What does the pair save?",
            ),
            Mistake(0.0, "It would be 0 if they were independent: 0.4 is not 0.5 times 0.5."),
            Mistake(
                float(2 * kl_divergence([0.8, 0.2], [0.5, 0.5])),
                "You have added both rows; each is only half of what happens.",
            ),
        ),
    ),
    3: Exercise(
        expects='a formula in p and q, in quotes, such as "(p + q)/q"',
        right="(q - p)/(q*(1 - q))",
        praise="Belief minus truth, over q(1 - q): we shall meet that again.",
        agree=same_expression("0 < p < 1, 0 < q < 1"),
        mistakes=(
            Mistake("(p - q)/(q*(1 - q))", "The sign is flipped: too much belief must cost more."),
            Mistake("-p/q", "That is the slope of heads alone. The belief in tails changes too."),
            Mistake(
                "-p/q - (1 - p)/(1 - q)",
                "The derivative of 1 - q is -1; it turns the sign of the second part.",
            ),
            Mistake(
                "log(p/q) - log((1 - p)/(1 - q))",
                "That is the derivative with respect to p.",
            ),
            Mistake(
                "(q - p)/(p*(1 - p))",
                "Below stands the belief, not the truth.",
            ),
            Mistake(
                "(p - q)/(p*(1 - p))",
                "The sign is flipped, and below stands the belief, not the truth.",
            ),
            Mistake("log(p/q)", "The logarithm is what you differentiate, with respect to q."),
        ),
    ),
    4: Exercise(
        expects="a function of two arrays p and q that returns one number, in nats",
        right=_repaired,
        praise="Nothing for what cannot happen, infinity for a surprise that was ruled out.",
        agree=same_function(
            (np.array([0.7, 0.2, 0.1]), np.array([0.25, 0.25, 0.5])),
            (np.array([1.0, 0.0, 0.0]), np.array([0.7, 0.2, 0.1])),
            (np.array([0.7, 0.2, 0.1]), np.array([1.0, 0.0, 0.0])),
            (np.array([0.6, 0.4, 0.0]), np.array([0.5, 0.5, 0.0])),
            (np.array([1 - 1e-5, 1e-5]), np.array([1.0, 1e-30])),
        ),
        mistakes=(
            Mistake(
                _as_given, "That is the function as it was: 0 times the logarithm of 0 is nan."
            ),
            Mistake(
                _zeros_ignored,
                "You left out a belief of 0 in something that happens. That must cost infinity.",
            ),
            Mistake(
                _each_zero_infinite,
                "A belief of 0 costs infinity only where something can happen.",
            ),
            Mistake(_exchanged, _EXCHANGED),
            Mistake(_exchanged_as_given, _EXCHANGED),
            Mistake(_sign, "The sign is flipped: a divergence is never negative."),
            Mistake(_sign_as_given, "The sign is flipped: a divergence is never negative."),
            Mistake(_in_bits, "That is in bits; nats are wanted."),
            Mistake(_in_bits_as_given, "That is in bits; nats are wanted."),
        ),
    ),
}
