"""Answers to the exercises of the chapter on sigmoid cross-entropy."""

import numpy as np

from xentlib import logit, sigmoid_cross_entropy
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_logits = np.array([0.8, 0.2, 0.9])
_labels = np.array([0.0, 1.0, 1.0])
_losses = sigmoid_cross_entropy(_labels, _logits)
_log_shares = _logits - np.log(np.exp(_logits).sum())

_first_photograph = sigmoid_cross_entropy([1, 1, 0], [0.5, 0.7, 0.3]).sum()

_soft = 0.9
_best = float(logit(_soft))
_least = float(sigmoid_cross_entropy(_soft, _best))


def _repaired(z, x):  # type: ignore[no-untyped-def]
    return np.where(x >= 0, x * (1 - z), -x * z) + np.log1p(np.exp(-np.abs(x)))


def _broken(z, x):  # type: ignore[no-untyped-def]
    return np.maximum(x, 0) - x * z + np.log(1 + np.exp(-x))


def _without_overflow_only(z, x):  # type: ignore[no-untyped-def]
    return np.maximum(x, 0) - x * z + np.log(1 + np.exp(-np.abs(x)))


def _with_log1p_only(z, x):  # type: ignore[no-untyped-def]
    return np.maximum(x, 0) - x * z + np.log1p(np.exp(-x))


def _with_a_subtraction(z, x):  # type: ignore[no-untyped-def]
    return np.maximum(x, 0) - x * z + np.log1p(np.exp(-np.abs(x)))


def _with_log_only(z, x):  # type: ignore[no-untyped-def]
    return np.where(x >= 0, x * (1 - z), -x * z) + np.log(1 + np.exp(-np.abs(x)))


def _with_log1p_on_one_side(z, x):  # type: ignore[no-untyped-def]
    decay = np.exp(-np.abs(x))
    return np.where(x >= 0, x * (1 - z) + np.log1p(decay), -x * z + np.log(1 + decay))


def _with_half_a_ramp(z, x):  # type: ignore[no-untyped-def]
    return np.abs(x) / 2 + (0.5 - z) * x + np.log1p(np.exp(-np.abs(x)))


def _simplified(z, x):  # type: ignore[no-untyped-def]
    return x - x * z + np.log1p(np.exp(-x))


def _for_hard_labels(z, x):  # type: ignore[no-untyped-def]
    return np.logaddexp(0, -(2 * z - 1) * x)


EXERCISES = {
    1: Exercise(
        expects="one number, the sum of three losses",
        right=_losses.sum(),
        praise="Three questions, three losses, one sum.",
        agree=same_numbers(),
        mistakes=(
            Mistake(_losses, "These are the three losses. What is their sum?"),
            Mistake(
                -_losses.sum(),
                "The sign is flipped: a loss is minus a logarithm, so it is never negative.",
            ),
            Mistake(
                sigmoid_cross_entropy(1 - _labels, _logits).sum(),
                "You have taken yes for no: a label of 1 means that the animal is there.",
            ),
            Mistake(
                sigmoid_cross_entropy(np.ones(3), _logits).sum(),
                "That is the price if all three are there. The dog is not.",
            ),
            Mistake(
                sigmoid_cross_entropy(np.zeros(3), _logits).sum(),
                "That is the price if none of them is there. Two are.",
            ),
            Mistake(
                _losses.mean(), "That is the mean of the three; the question asks for the sum."
            ),
            Mistake(
                -(_labels * _log_shares).sum(),
                "That is softmax: it asks which one of the three it is, and here two are there.",
            ),
            Mistake(_losses.sum() / np.log(2), "That is in bits; this book counts in nats."),
            Mistake(
                (_labels * _losses).sum(),
                "You have left out the dog. A truth of no has its price as well.",
            ),
            Mistake(_first_photograph, "That is the first photograph; this is about the second."),
        ),
    ),
    2: Exercise(
        expects='a formula in m, in quotes, such as "exp(m) - 1"',
        right="log(1 + exp(-m))",
        praise="One formula serves both labels: only the margin counts.",
        agree=same_expression("m real, x real, z real"),
        mistakes=(
            Mistake(
                "log(1 + exp(m))",
                "The sign of m is flipped: this one grows as the network gets more right.",
            ),
            Mistake("log(1 + exp(-x))", "That is right for z = 1. Write it with m instead of x."),
            Mistake("log(1 + exp(x))", "That is right for z = 0. Write it with m instead of x."),
            Mistake("log(1 + exp(-(2*z - 1)*x))", "That is right. Now write it in m alone."),
            Mistake(
                "x - x*z + log(1 + exp(-x))",
                "That is the loss as it was. Put in z = 1, then z = 0, and write it in m alone.",
            ),
            Mistake("log(sigmoid(m))", "A minus is lost: a loss is never negative."),
            Mistake(
                "exp(-m)",
                "Nearly so where the margin is large, but the logarithm of 1 + e^-m must stay.",
            ),
            Mistake("-m", "That is the ramp alone; the smooth corner is missing."),
            Mistake("log(1 + exp(-m))/log(2)", "That is in bits; this book counts in nats."),
        ),
    ),
    3: Exercise(
        expects="a function of z and x that works on arrays",
        right=_repaired,
        praise="It neither overflows nor loses digits, for hard labels and for soft ones.",
        agree=same_function(
            (0.0, -1000.0),
            (1.0, -2.0),
            (1.0, 40.0),
            (0.9, 0.5),
            (0.999999, 1000.0),
            (np.array([0.0, 1.0]), np.array([0.5, 0.5])),
            (np.array([0.0, 0.0, 1.0]), np.array([-40.0, 40.0, -40.0])),
            (np.array([1 - 1e-9, 1 - 1e-6, 1e-9]), np.array([700.0, 300.0, -700.0])),
        ),
        mistakes=(
            Mistake(_broken, "This is the function as the colleague left it."),
            Mistake(
                _without_overflow_only,
                "The overflow is gone, but at x = 40 with label 1 your function returns 0.",
            ),
            Mistake(
                _with_log1p_only,
                "Small losses keep their digits now. But exp(-x) still overflows at x = -1000, and "
                "for every x below 0 the loss is too large by |x|.",
            ),
            Mistake(
                _with_a_subtraction,
                "Very near. But for the soft label 0.999999 at x = 1000 the subtraction of x z "
                "costs five digits.",
            ),
            Mistake(
                _with_half_a_ramp,
                "It never overflows. But |x|/2 and (1/2 - z) x are large and almost cancel for "
                "a soft label near 0 or 1.",
            ),
            Mistake(
                _with_log1p_on_one_side,
                "log1p is wanted for both signs: at x = -40 with label 0 your function returns 0.",
            ),
            Mistake(
                _with_log_only,
                "Nothing is subtracted any more. But the logarithm still forms 1 + e^-|x|: at "
                "x = 40 with label 1 your function returns 0.",
            ),
            Mistake(
                _simplified,
                "That is the simplified formula: right on paper, infinite at x = -1000.",
            ),
            Mistake(_for_hard_labels, "That is right for labels 0 and 1; labels may be soft here."),
        ),
    ),
    4: Exercise(
        expects="two numbers, the logit first and then its loss",
        right=[_best, _least],
        praise="The best prediction is the label itself, and what is left is its entropy.",
        agree=same_numbers(),
        mistakes=(
            Mistake([_best, 0.0], "The logit is right, but the loss there is not 0."),
            Mistake(
                [_soft, float(sigmoid_cross_entropy(_soft, _soft))],
                "The probability should be 0.9, not the logit: turn it into a logit.",
            ),
            Mistake([np.inf, 0.0], "That would be right for the label 1. This label is 0.9."),
            Mistake(
                [-_best, _least],
                "The sign of the logit is flipped: a label of 0.9 leans to yes.",
            ),
            Mistake(
                [_least, _best], "Both numbers are right; give the logit first, then the loss."
            ),
            Mistake([_best, _least / np.log(2)], "The loss is in bits; this book counts in nats."),
            Mistake(_best, "That is the logit. How large is the loss there?"),
        ),
    ),
}
