"""Answers to the exercises of the chapter on sparse softmax cross-entropy."""

from typing import Any

import numpy as np

from xentlib import sparse_softmax_cross_entropy
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_words = np.array([2, 0, 1, -1, -1])
_chances = np.array(
    [
        [0.25, 0.25, 0.5],
        [0.25, 0.5, 0.25],
        [0.5, 0.125, 0.375],
        [0.4, 0.4, 0.2],
        [0.1, 0.1, 0.8],
    ]
)
_losses = np.asarray(sparse_softmax_cross_entropy(_words, np.log(_chances), ignore_index=-1))
_mean = _losses.sum() / 3
_of_right = _chances[np.arange(3), _words[:3]]


_chances_as_logits = np.asarray(sparse_softmax_cross_entropy(_words, _chances, ignore_index=-1))

_QUOTIENTS = ("a/b", "log(a/b)")


def _in_a_and_b(given: Any, expected: Any) -> bool:
    """Compare formulas in two real numbers; a quotient says something only of positive ones."""
    if expected in _QUOTIENTS:
        return same_expression("a positive, b positive")(given, expected) is True
    return same_expression("a real, b real")(given, expected) is True


def _repaired(labels, logits):  # type: ignore[no-untyped-def]
    return sparse_softmax_cross_entropy(labels, logits, axis=1)


def _broken(labels, logits):  # type: ignore[no-untyped-def]
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, labels[..., np.newaxis], axis=-1)[..., 0])


def _with_overflow(labels, logits):  # type: ignore[no-untyped-def]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(np.take_along_axis(p, labels[:, np.newaxis], axis=1)[:, 0])


def _along_the_last_axis(labels, logits):  # type: ignore[no-untyped-def]
    return sparse_softmax_cross_entropy(labels, logits)


def _with_vanishing_probabilities(labels, logits):  # type: ignore[no-untyped-def]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    return -np.log(np.take_along_axis(p, labels[:, np.newaxis], axis=1)[:, 0])


def _last_axis_with_vanishing_probabilities(labels, logits):  # type: ignore[no-untyped-def]
    p = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = p / p.sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(p, labels[..., np.newaxis], axis=-1)[..., 0])


def _picked_along_the_last_axis(labels, logits):  # type: ignore[no-untyped-def]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(np.take_along_axis(p, labels[..., np.newaxis], axis=-1)[..., 0])


def _stable_picked_along_the_last_axis(labels, logits):  # type: ignore[no-untyped-def]
    below = logits - logits.max(axis=1, keepdims=True)
    logs = below - np.log(np.exp(below).sum(axis=1, keepdims=True))
    return -np.take_along_axis(logs, labels[..., np.newaxis], axis=-1)[..., 0]


def _with_swapped_axes(labels, logits):  # type: ignore[no-untyped-def]
    return sparse_softmax_cross_entropy(labels, np.swapaxes(logits, 1, -1))


def _with_one_largest(labels, logits):  # type: ignore[no-untyped-def]
    below = logits - logits.max()
    total = np.log(np.exp(below).sum(axis=1))
    return total - np.take_along_axis(below, labels[:, np.newaxis], axis=1)[:, 0]


def _with_one_largest_and_a_quotient(labels, logits):  # type: ignore[no-untyped-def]
    return _with_overflow(labels, logits - logits.max())  # type: ignore[no-untyped-call]


def _with_a_small_number(epsilon):  # type: ignore[no-untyped-def]
    def loss(labels, logits):  # type: ignore[no-untyped-def]
        probability = np.exp(-_with_vanishing_probabilities(labels, logits))  # type: ignore[no-untyped-call]
        return -np.log(probability + epsilon)

    return loss


def _clipped(limit):  # type: ignore[no-untyped-def]
    def loss(labels, logits):  # type: ignore[no-untyped-def]
        return _with_overflow(labels, np.clip(logits, -limit, limit))  # type: ignore[no-untyped-call]

    return loss


def _with_the_axis_left(labels, logits):  # type: ignore[no-untyped-def]
    return np.expand_dims(sparse_softmax_cross_entropy(labels, logits, axis=1), 1)


def _reduced(labels, logits):  # type: ignore[no-untyped-def]
    return sparse_softmax_cross_entropy(labels, logits, axis=1, reduction="mean")


def _without_minus(labels, logits):  # type: ignore[no-untyped-def]
    return -sparse_softmax_cross_entropy(labels, logits, axis=1)


_points = np.arange(18).reshape(2, 3, 3) % 3
_scores = np.sin(np.arange(54.0)).reshape(2, 3, 3, 3)
_not_the_largest = (_scores.argmax(axis=1) + 1) % 3
_mixed = _scores + 1000 * (np.arange(18).reshape(2, 1, 3, 3) % 5)  # some points far below others

EXERCISES = {
    1: Exercise(
        expects="one number, in nats",
        right=_mean,
        praise="Three words take part, and the mean divides by three.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                _losses.sum() / 5,
                "You divided by five. Two of the places have no label, so they do not count.",
            ),
            Mistake(_losses.sum(), "That is the sum; the question asks for the mean."),
            Mistake(
                _chances_as_logits.sum() / 3,
                "These are probabilities; the loss wants logits. Their logarithms will do.",
            ),
            Mistake(
                _chances_as_logits.sum() / 5,
                "These are probabilities; the loss wants logits. Their logarithms will do. "
                "And only three of the places have a label.",
            ),
            Mistake(
                _chances_as_logits,
                "These are probabilities; the loss wants logits. Their logarithms will do.",
            ),
            Mistake(_losses, "These are the five losses. What is the mean of those that count?"),
            Mistake(_losses[:3], "These are the three losses that count. What is their mean?"),
            Mistake(
                -np.log(_chances[np.arange(5), _words]).mean(),
                "Here -1 was taken for the last word, as NumPy does it. It means: no label.",
            ),
            Mistake(
                -np.log(_chances[np.arange(3), _words[:3] - 1]).mean(),
                "You counted the words from 1. The label 0 is the first one.",
            ),
            Mistake(
                -np.log(_of_right.mean()),
                "You took the mean of the probabilities first. Take the logarithms first.",
            ),
            Mistake(_mean / np.log(2), "That is in bits; this book counts in nats."),
            Mistake(-_mean, "The sign is flipped: a loss is never negative."),
        ),
    ),
    2: Exercise(
        expects='a formula in a and b, in quotes, such as "exp(a) + b"',
        right="a - b",
        praise="The loss changes by the difference of the two logits, whatever the others are.",
        agree=_in_a_and_b,
        mistakes=(
            Mistake("b - a", "The sign is flipped: the less likely label costs more."),
            Mistake("-b", "That is the end of the new loss. Take the old loss off as well."),
            Mistake("exp(a) - exp(b)", "Logarithms of the two probabilities are subtracted."),
            Mistake("exp(a - b)", "That is the quotient of the two probabilities. Take its log."),
            *(
                Mistake(
                    quotient,
                    "a and b are logits, and so logarithms already: take their difference.",
                )
                for quotient in _QUOTIENTS
            ),
            Mistake(
                "abs(a - b)",
                "If the other class has the larger logit, the loss gets smaller: keep the sign.",
            ),
            Mistake("(a - b)/log(2)", "That is in bits; this book counts in nats."),
            Mistake("0", "The log-sum-exp is the same for both labels, but not what is taken off."),
        ),
    ),
    3: Exercise(
        expects='a formula in a and C, in quotes, such as "a*(C + 1)"',
        right="(1 - a)*C/(C - 1)",
        praise="The right class gets its part of what is spread out, so more has to be spread.",
        agree=same_expression("0 < a < 1, C > 1"),
        mistakes=(
            Mistake(
                "1 - a",
                "The right class would keep more than a: it gets a part of epsilon back.",
            ),
            Mistake(
                "(1 - a)*(C - 1)/C",
                "That goes the other way: it is what the wrong classes get from epsilon = 1 - a.",
            ),
            Mistake("(1 - a)/(C - 1)", "That is what each wrong class gets, epsilon over C."),
            Mistake("(1 - a)*C", "Nearly. Divide by C - 1: so many classes share the rest."),
            Mistake("a*C/(C - 1)", "a is what the right class keeps. What is spread is the rest."),
            Mistake("a", "a is what the right class keeps. Epsilon is what is spread out."),
            Mistake("(a - 1)*C/(C - 1)", "The sign is flipped: epsilon is not negative."),
        ),
    ),
    4: Exercise(
        expects="a function of labels (N, H, W) and logits (N, C, H, W)",
        right=_repaired,
        praise="The classes lie along axis 1, and nothing overflows or vanishes.",
        agree=same_function(
            (_points, _scores),
            (_points, 1000 + _scores),
            (_not_the_largest, 1000 * _scores),
            (_points, _mixed),
        ),
        mistakes=(
            Mistake(
                _broken,
                "This is the function as it was.",
            ),
            Mistake(
                _along_the_last_axis,
                "Nothing overflows now, but the width is still taken for the classes.",
            ),
            Mistake(
                _last_axis_with_vanishing_probabilities,
                "Nothing overflows now, but the width is still taken for the classes.",
            ),
            Mistake(
                _picked_along_the_last_axis,
                "The softmax has the right axis now. Pick along the same one. (And the "
                "exponential still overflows.)",
            ),
            Mistake(
                _stable_picked_along_the_last_axis,
                "The softmax has the right axis now. Pick along the same one.",
            ),
            Mistake(
                _with_swapped_axes,
                "The classes are last now, but height and width have changed places: "
                "np.moveaxis keeps the order of the others.",
            ),
            Mistake(
                _with_one_largest,
                "One largest logit for the whole batch is not enough: at a point that lies far "
                "below, all exponentials vanish. Take the largest of each point.",
            ),
            Mistake(
                _with_one_largest_and_a_quotient,
                "One largest logit for the whole batch is not enough: at a point that lies far "
                "below, all exponentials vanish. Take the largest of each point.",
            ),
            *(
                Mistake(
                    _with_a_small_number(epsilon),  # type: ignore[no-untyped-call]
                    "A small number in the logarithm puts a cap on the loss: use the log-sum-exp.",
                )
                for epsilon in (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
            ),
            *(
                Mistake(
                    _clipped(limit),  # type: ignore[no-untyped-call]
                    "A clip changes large logits. Take off the largest logit of each point "
                    "instead: that changes no loss.",
                )
                for limit in (50, 80, 88, 100, 500, 700, 709)
            ),
            Mistake(
                _with_overflow,
                "The axis is right now. But for logits of a thousand, the exponential overflows.",
            ),
            Mistake(
                _with_vanishing_probabilities,
                "Nothing overflows now. But a small probability becomes 0, and its loss infinite: "
                "do not form the quotient, use the log-sum-exp.",
            ),
            Mistake(
                _with_the_axis_left,
                "The numbers are right. Take away the axis of length 1 where the classes were.",
            ),
            Mistake(_reduced, "One loss per point is wanted, not their mean."),
            Mistake(_without_minus, "The sign is flipped: a loss is never negative."),
        ),
    ),
}
