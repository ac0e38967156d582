"""Answers to the exercises of the chapter on the frameworks."""

import numpy as np

from xentlib import log_softmax, sparse_softmax_cross_entropy
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_function,
    same_numbers,
)

_first, _second = np.array([1.0, 2.0, 3.0]), np.array([8.0])
_all = np.concatenate([_first, _second])

_rows = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
_index = np.array([0, 2])
_weights = np.array([1.0, 1.0, 3.0])
_losses = sparse_softmax_cross_entropy(_index, _rows)
_factors = _weights[_index]
_by_weights = float(sparse_softmax_cross_entropy(_index, _rows, weights=_weights, reduction="mean"))


def _repaired(labels, logits):  # type: ignore[no-untyped-def]
    return -(labels * log_softmax(logits)).sum(-1)


def _whole_table(labels, logits):  # type: ignore[no-untyped-def]
    return -(labels * log_softmax(np.ravel(logits)).reshape(np.shape(logits))).sum(-1)


def _columns(labels, logits):  # type: ignore[no-untyped-def]
    return -(labels * log_softmax(logits, axis=0)).sum(-1)


def _one_number(labels, logits):  # type: ignore[no-untyped-def]
    return -(labels * log_softmax(logits)).sum()


def _mean(labels, logits):  # type: ignore[no-untyped-def]
    return -(labels * log_softmax(logits)).sum(-1).mean()


def _without_minus(labels, logits):  # type: ignore[no-untyped-def]
    return (labels * log_softmax(logits)).sum(-1)


EXERCISES = {
    1: Exercise(
        expects="one number, the mean of all losses that count",
        right=_all.mean(),
        praise="A mean of means forgets how many each of them stands for.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                (_first.mean() + _second.mean()) / 2,
                "That is the mean of the two means: the one label of the second batch counts as "
                "much as all three of the first.",
            ),
            Mistake(
                _all.sum() / 6,
                "You have divided by all six rows. The two that are ignored must not count.",
            ),
            Mistake(_all.sum(), "That is the sum. Divide it by the number of labels that count."),
            Mistake(
                _all.sum() / 2, "That is the sum of both batches, divided by the number of batches."
            ),
        ),
    ),
    2: Exercise(
        expects="two numbers, what PyTorch reports and what Keras reports",
        right=[_by_weights, float((_factors * _losses).mean())],
        praise="The same losses and weights; one is divided by 4, the other by 2.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                [float((_factors * _losses).mean()), _by_weights],
                "Both numbers are right, in the other order: PyTorch first.",
            ),
            Mistake(
                [_by_weights, _by_weights],
                "The first is right. Keras divides by the number of rows, whatever the weights.",
            ),
            Mistake(
                [float((_factors * _losses).mean())] * 2,
                "The second is right. PyTorch divides by the sum of the weights of the labels.",
            ),
            Mistake(
                [float((_factors * _losses).sum() / _weights.sum()),
                 float((_factors * _losses).mean())],
                "You have divided by the weights of all classes. Only those of the two labels "
                "that are there count, once for each row.",
            ),
            Mistake(
                [float(_losses.mean())] * 2, "That is the mean without the weights, twice."
            ),
        ),
    ),
    3: Exercise(
        expects="a function of labels and logits that returns one loss for each row",
        right=_repaired,
        praise="One softmax for each row, whatever other rows stand beside it.",
        agree=same_function(
            (np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.5, -1.0], [2.0, 3.0]])),
            (np.array([[0.2, 0.3, 0.5]]), np.array([[1.0, 2.0, 3.0]])),
        ),
        mistakes=(
            Mistake(
                _whole_table,
                "This is the function as it was: all elements of the table share one softmax.",
            ),
            Mistake(_columns, "Now each column has a softmax, but the classes lie in the rows."),
            Mistake(_one_number, "That is one number for the table: sum over the last axis alone."),
            Mistake(_mean, "That is the mean of the rows; the losses themselves are wanted."),
            Mistake(_without_minus, "A minus is lost: a loss is never negative."),
        ),
    ),
}  # fmt: skip
