"""Answers to the exercises of the chapter on weights and variants."""

import numpy as np

from xentlib import logit, sigmoid
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_said, _weight = 0.6, 9.0
_shared = float(sigmoid(logit(_said) - np.log(_weight)))
_wrong_way = float(sigmoid(logit(_said) + np.log(_weight)))

# Labels, losses of the rows, weights of the classes. An ignored row may cost anything.
_short = (np.array([0, 2, 1]), np.array([0.5, 2.0, 1.0]), np.array([1.0, 2.0, 5.0]))
_padded = (np.array([1, -1, 0, 1, -1]), np.array([1.0, 4.0, 2.0, 0.5, 3.0]), np.array([3.0, 0.5]))
_infinite = (np.array([1, -1, 0]), np.array([1.0, np.inf, 2.0]), np.array([3.0, 0.5]))


def _repaired(labels, losses, weights):  # type: ignore[no-untyped-def]
    kept = labels != -1
    factors = weights[labels[kept]]
    return (factors * losses[kept]).sum() / factors.sum()


def _broken(labels, losses, weights):  # type: ignore[no-untyped-def]
    return (weights[labels] * losses).mean()


def _with_the_last_class(labels, losses, weights):  # type: ignore[no-untyped-def]
    factors = weights[labels]
    return (factors * losses).sum() / factors.sum()


def _by_kept_rows(labels, losses, weights):  # type: ignore[no-untyped-def]
    kept = labels != -1
    return (weights[labels[kept]] * losses[kept]).mean()


def _by_all_rows(labels, losses, weights):  # type: ignore[no-untyped-def]
    kept = labels != -1
    return (weights[labels[kept]] * losses[kept]).sum() / len(labels)


def _by_all_weights(labels, losses, weights):  # type: ignore[no-untyped-def]
    kept = labels != -1
    return (weights[labels[kept]] * losses[kept]).sum() / weights[labels].sum()


def _by_the_list(labels, losses, weights):  # type: ignore[no-untyped-def]
    kept = labels != -1
    return (weights[labels[kept]] * losses[kept]).sum() / weights.sum()


def _with_a_mask(labels, losses, weights):  # type: ignore[no-untyped-def]
    factors = weights[labels] * (labels != -1)
    return (factors * losses).sum() / factors.sum()


def _unweighted(labels, losses, weights):  # type: ignore[no-untyped-def]
    return losses[labels != -1].mean()


def _as_sum(labels, losses, weights):  # type: ignore[no-untyped-def]
    kept = labels != -1
    return (weights[labels[kept]] * losses[kept]).sum()


EXERCISES = {
    1: Exercise(
        expects="one number, a probability",
        right=_shared,
        praise="The odds were 3 to 2. Divided by 9, they are 1 to 6.",
        agree=same_numbers(),
        mistakes=(
            Mistake(_said, "That is what the model says. The weight has raised it."),
            Mistake(
                _wrong_way,
                "You have added ln 9 once more. The model has done so already: take it off.",
            ),
            Mistake(
                _said / _weight,
                "The weight divides the odds, not the probability.",
            ),
            Mistake(
                float(sigmoid(logit(_said) / _weight)),
                "The weight divides the odds, so its logarithm is taken off the logit. You have "
                "divided the logit.",
            ),
            Mistake(
                float(sigmoid(logit(_said) - _weight)),
                "Take off the logarithm of the weight, not the weight.",
            ),
            Mistake(1 - _shared, "That is the probability of a no."),
            Mistake(
                float(logit(_shared)), "That is the logit of the answer. Make it a probability."
            ),
            Mistake(
                float(np.exp(logit(_said)) / _weight), "These are the odds, not the probability."
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in q, in quotes, such as "q/2"',
        right="1/(1 + q)",
        praise="A miss that costs q times a false alarm is worth an alarm from there on.",
        agree=same_expression("q positive"),
        mistakes=(
            Mistake(
                "q/(1 + q)",
                "That is the answer of the weighted model where the truth is one half. You want "
                "the truth where its answer is one half.",
            ),
            Mistake("1/q", "These are the odds at that point. What is the probability?"),
            Mistake("1/2", "That is right without a weight, for q = 1."),
            Mistake("1/(2*q)", "The weight divides the odds, not the probability."),
            Mistake("q/2", "The threshold falls as the weight grows, and it is a probability."),
            Mistake("-log(q)", "That is the logit at that point. What is the probability?"),
            Mistake("log(q)", "The shift goes the other way, and a probability is wanted."),
        ),
    ),
    3: Exercise(
        expects="a function of labels, losses and weights that returns one number",
        right=_repaired,
        praise="It divides by the weights that took part, and never looks at the other rows.",
        agree=same_function(_short, _padded, _infinite),
        mistakes=(
            Mistake(_broken, "This is the function as it was."),
            Mistake(
                _with_the_last_class,
                "The divisor is right. But the label -1 takes part, as the last class: NumPy "
                "counts it from the end.",
            ),
            Mistake(_by_kept_rows, "The right rows are left. Divide by their weights."),
            Mistake(_by_all_rows, "You divide by the number of all rows, even those left out."),
            Mistake(
                _by_all_weights,
                "The rows left out still count below the line, with the weight of the last class.",
            ),
            Mistake(
                _by_the_list,
                "You divide by the weights of the classes, each once. Each row counts there with "
                "the weight of its own class.",
            ),
            Mistake(
                _with_a_mask,
                "Nearly. 0 times infinity is not a number: leave the rows out instead of "
                "multiplying them by 0.",
            ),
            Mistake(_unweighted, "The right rows are left, but they all count the same."),
            Mistake(_as_sum, "That is the sum. A mean is wanted."),
        ),
    ),
}
