"""Answers to the exercises of the chapter on softmax cross-entropy."""

import numpy as np

from xentlib import entropy, softmax, softmax_cross_entropy
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_hundredth = 0.01
_margin = float(np.log(9 / np.expm1(_hundredth)))

_logits = np.array([-2.0, -1.5, 1.0, 4.0, -3.0, 2.5, -4.0, 0.0, 3.0, 0.5])
_readers = np.zeros(10)
_readers[[3, 8]] = 2 / 3, 1 / 3
_pays = float(softmax_cross_entropy(_readers, _logits))
_floor = float(entropy(_readers))
_surprisals = -np.log(softmax(_logits))


def _repaired(x):  # type: ignore[no-untyped-def]
    ordered = np.sort(x, axis=-1)
    m, others = ordered[..., -1:], ordered[..., :-1]
    return (x - m) - np.log1p(np.exp(others - m).sum(axis=-1, keepdims=True))


def _as_given(x):  # type: ignore[no-untyped-def]
    weights = np.exp(x - x.max())
    return np.log(weights / weights.sum(axis=-1, keepdims=True))


def _one_m(x):  # type: ignore[no-untyped-def]
    d = x - x.max()
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


def _still_a_quotient(x):  # type: ignore[no-untyped-def]
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.log(weights / weights.sum(axis=-1, keepdims=True))


def _usual(x):  # type: ignore[no-untyped-def]
    d = x - x.max(axis=-1, keepdims=True)
    return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))


def _library_shares(x):  # type: ignore[no-untyped-def]
    return np.log(softmax(x))


def _ties_dropped(x):  # type: ignore[no-untyped-def]
    m = x.max(axis=-1, keepdims=True)
    s = np.where(x == m, 0, np.exp(x - m)).sum(axis=-1, keepdims=True)
    return (x - m) - np.log1p(s)


def _one_m_without_cancellation(x):  # type: ignore[no-untyped-def]
    return _repaired(x - x.max())  # type: ignore[no-untyped-call]


def _along_columns(x):  # type: ignore[no-untyped-def]
    return _repaired(x.T).T  # type: ignore[no-untyped-call]


def _logaddexp(x):  # type: ignore[no-untyped-def]
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


def _shares(x):  # type: ignore[no-untyped-def]
    return softmax(x)


def _in_bits(x):  # type: ignore[no-untyped-def]
    return _repaired(x) / np.log(2)  # type: ignore[no-untyped-call]


def _log1p_of_all(x):  # type: ignore[no-untyped-def]
    d = x - x.max(axis=-1, keepdims=True)
    return d - np.log1p(np.exp(d).sum(axis=-1, keepdims=True))


def _with_epsilon(x):  # type: ignore[no-untyped-def]
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.log(weights / weights.sum(axis=-1, keepdims=True) + 1e-7)


def _sign(x):  # type: ignore[no-untyped-def]
    return -_repaired(x)  # type: ignore[no-untyped-call]


EXERCISES = {
    1: Exercise(
        expects="one number with four digits after the point, the logit of the true class",
        right=_margin,
        praise="Nearly seven logits ahead of each of nine others: "
        f"that is a share of {np.exp(-_hundredth):.5f}.",
        agree=same_numbers(5),
        mistakes=(
            Mistake(
                -float(np.log(np.expm1(_hundredth))),
                "That is right for a single other class. Here there are nine.",
            ),
            Mistake(
                float(np.log(10 / np.expm1(_hundredth))),
                "There are ten classes, but only nine others.",
            ),
            Mistake(
                float(np.log(9 * 0.99 / 0.01)),
                "That gives a share of 0.99000, and its loss is a little more than one hundredth.",
            ),
            Mistake(
                float(np.log(9 / _hundredth)),
                "Nearly: you have taken the logarithm of 1 + s for s itself.",
            ),
            Mistake(-_margin, "The sign is flipped: the true class must be ahead."),
            Mistake(float(np.exp(-_hundredth)), "That is the share. Which logit leads to it?"),
        ),
    ),
    2: Exercise(
        expects="two numbers, what it pays and what could be saved",
        right=[_pays, _pays - _floor],
        praise="What could be saved is the divergence of label and prediction.",
        agree=same_numbers(),
        mistakes=(
            Mistake([_pays, _pays], "Not all can be saved: the label itself is not certain."),
            Mistake([_pays, _floor], "That is what nobody can save. How much is left?"),
            Mistake([_pays - _floor, _pays], "Both numbers are right; give what it pays first."),
            Mistake(_pays, "That is what it pays. How much of it could be saved?"),
            Mistake(
                [float(_surprisals[3]), float(_surprisals[3])],
                "That is the loss for a certain 3. One reader in three disagrees.",
            ),
            Mistake(
                [
                    float(_surprisals[[8, 8, 3]].mean()),
                    float(_surprisals[[8, 8, 3]].mean() - _floor),
                ],
                "The votes are exchanged: two read a 3, and one an 8.",
            ),
            Mistake(
                [
                    float(_surprisals[[3, 8]].mean()),
                    float(_surprisals[[3, 8]].mean() - np.log(2)),
                ],
                "You have weighted both alike. Two read a 3, and one an 8.",
            ),
            Mistake(
                [
                    float(_surprisals @ (2 * np.eye(10)[3] + np.eye(10)[8])),
                    float(_surprisals @ (2 * np.eye(10)[3] + np.eye(10)[8]) - _floor),
                ],
                "The label must sum to 1: divide the readers' votes by three.",
            ),
            Mistake(
                [_pays / np.log(2), (_pays - _floor) / np.log(2)],
                "That is in bits; this book counts in nats.",
            ),
            Mistake(
                [float(-np.log(softmax(_logits) @ _readers)), 0.0],
                "That is the logarithm of the mean share. The mean of the logarithms is wanted.",
            ),
        ),
    ),
    3: Exercise(
        expects='a formula in a and b, in quotes, such as "a + log(b)"',
        right="log(exp(a) + exp(b))",
        praise="The log-sum-exp of log-sum-exps: pieces can be put together in any order.",
        agree=same_expression("a positive, b positive"),
        mistakes=(
            Mistake("a + b", "The logarithm of a sum is not the sum of the logarithms."),
            Mistake("max(a, b)", "That is the larger half alone. It is a bound, but not reached."),
            Mistake("exp(a) + exp(b)", "That is the sum itself. Its logarithm is wanted."),
            Mistake(
                "log(a + b)",
                "a and b are logarithms already: undo them before you add.",
            ),
            Mistake("(a + b)/2", "A mean would be smaller than the larger half. It must be more."),
            Mistake(
                "log((exp(a) + exp(b))/2)", "Nothing is divided here: the halves are added up."
            ),
        ),
    ),
    4: Exercise(
        expects="a function of a batch that returns one logarithm for each logit",
        right=_repaired,
        praise="No overflow, no infinity, and a share near 1 keeps its small logarithm.",
        agree=same_function(
            (np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.5]]),),
            (np.array([[1000.0, 1.0, 0.0], [0.0, 1.0, 2.0]]),),
            (np.array([[40.0, 0.0, 0.0], [1.0, 15.0, 0.0]]),),
            (np.array([[1e17, 0.0, 0.0], [1.0, 2.0, 3.3]]),),
        ),
        mistakes=(
            Mistake(_as_given, "This is the function as it was, with its three faults."),
            Mistake(
                _one_m,
                "The quotient is gone. But one m for the whole batch makes rows underflow that lie "
                "far below it.",
            ),
            Mistake(
                _still_a_quotient,
                "Each row has its own m now. But a share that has underflowed to 0 has the "
                "logarithm minus infinity: write the logarithm of the quotient as a difference.",
            ),
            Mistake(
                _library_shares,
                "Each row has its own m now. But a share that has underflowed to 0 has the "
                "logarithm minus infinity: do not form the share at all.",
            ),
            Mistake(
                _one_m_without_cancellation,
                "Each row's sum is right. But one m for the whole batch is still taken off first, "
                "and rounds rows away that lie far below it.",
            ),
            Mistake(
                _ties_dropped,
                "If several logits of a row are the largest, only one of them is the 1 in log1p. "
                "The others belong to the sum.",
            ),
            Mistake(
                _logaddexp,
                "np.logaddexp overflows nowhere, but for [40, 0, 0] the first entry comes out as "
                "0: leave the largest exponential out of the sum, then use log1p.",
            ),
            Mistake(_along_columns, "That is along the wrong axis: each row is one example."),
            Mistake(_shares, "These are the shares. Their logarithms are wanted."),
            Mistake(_in_bits, "That is in bits; nats are wanted."),
            Mistake(
                _usual,
                "That is the usual way, and almost right. But for [40, 0, 0] the first entry comes "
                "out as 0: leave the largest exponential out of the sum, then use log1p.",
            ),
            Mistake(
                _log1p_of_all,
                "log1p adds the 1 of the largest logit. It must not stand in the sum as well.",
            ),
            Mistake(_with_epsilon, "A number added inside the logarithm changes all results."),
            Mistake(_sign, "The sign is flipped: the logarithm of a share is never positive."),
        ),
    ),
}
