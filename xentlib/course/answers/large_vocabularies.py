"""Answers to the exercises of the chapter on large vocabularies."""

from typing import Any

import numpy as np

from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_GIB = 2**30
_LOGITS = 4096 * 256_128


def _merged(m: Any, s: Any, n: Any, t: Any) -> Any:
    top = np.maximum(m, n)
    if top == -np.inf:
        return np.array([top, 0.0])
    return np.array([top, s * np.exp(m - top) + t * np.exp(n - top)])


def _as_it_was(m: Any, s: Any, n: Any, t: Any) -> Any:
    return np.array([n, s * np.exp(m - n) + t])


def _not_rescaled(m: Any, s: Any, n: Any, t: Any) -> Any:
    return np.array([np.maximum(m, n), s + t])


def _only_the_first_rescaled(m: Any, s: Any, n: Any, t: Any) -> Any:
    top = np.maximum(m, n)
    return np.array([top, s * np.exp(m - top) + t])


def _wrong_sign(m: Any, s: Any, n: Any, t: Any) -> Any:
    top = np.maximum(m, n)
    return np.array([top, s * np.exp(top - m) + t * np.exp(top - n)])


def _smaller_scale(m: Any, s: Any, n: Any, t: Any) -> Any:
    low = np.minimum(m, n)
    return np.array([low, s * np.exp(m - low) + t * np.exp(n - low)])


def _without_scale(m: Any, s: Any, n: Any, t: Any) -> Any:
    return np.array([np.maximum(m, n), s * np.exp(m) + t * np.exp(n)])


def _nan_for_nothing(m: Any, s: Any, n: Any, t: Any) -> Any:
    top = np.maximum(m, n)
    with np.errstate(invalid="ignore"):
        return np.array([top, s * np.exp(m - top) + t * np.exp(n - top)])


def _log_sum_exp(m: Any, s: Any, n: Any, t: Any) -> Any:
    top, total = _merged(m, s, n, t)
    return top + np.log(total)


EXERCISES = {
    1: Exercise(
        expects="one number, in nats",
        right=np.logaddexp(5.0, 3.0) - 4.0,
        praise="Merge the two, then take off the label's logit.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                5.0 + 3.0 - 4.0,
                "Two log-sum-exps are not added. Add their exponentials, and take the logarithm.",
            ),
            Mistake(
                5.0 - 4.0,
                "That is only the half with the larger one. The other half counts too.",
            ),
            Mistake(
                np.logaddexp(5.0, 3.0),
                "That is the log-sum-exp of all classes. The loss is less than that, by one logit.",
            ),
            Mistake(
                np.logaddexp(5.0, 3.0) - 2 * 4.0,
                "Only one of the machines has the label's class: its logit is taken off once.",
            ),
            Mistake(
                (5.0 + 3.0) / 2 - 4.0,
                "That is a mean of log-sum-exps, and no log-sum-exp. Add their exponentials.",
            ),
            Mistake(4.0 - np.logaddexp(5.0, 3.0), "The sign is flipped: a loss is never negative."),
            Mistake(
                (np.logaddexp(5.0, 3.0) - 4.0) / np.log(2),
                "That is in bits; this book counts in nats.",
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in a, b, n and k, in quotes, such as "a*n + b"',
        right="(n*a + k*b)/(n + k)",
        praise="A mean times its number is a sum again, and sums may be added.",
        agree=same_expression("a > 0, b > 0, n > 0, k > 0"),
        mistakes=(
            Mistake(
                "(a + b)/2",
                "That is a mean of means: a machine with few labels gets the weight of many.",
            ),
            Mistake("n*a + k*b", "That is the sum of all losses. Divide it by their number."),
            Mistake("(a + b)/(n + k)", "a and b are means: turn them into sums before you add."),
            Mistake("(n*a + k*b)/2", "Divide by the number of labels, not by that of machines."),
            Mistake("(k*a + n*b)/(n + k)", "n belongs to a, and k to b."),
            Mistake("(a/n + b/k)", "a and b have been divided already."),
        ),
    ),
    3: Exercise(
        expects="one number, in GiB",
        right=2 * _LOGITS * 2 / _GIB,
        praise="Logits and gradient, two bytes for each number.",
        agree=same_numbers(),
        mistakes=(
            Mistake(_LOGITS * 2 / _GIB, "That is the logits. The gradient has the same size."),
            Mistake(2 * _LOGITS * 4 / _GIB, "That would be float32. bfloat16 has two bytes."),
            Mistake(2 * _LOGITS * 2 / 1e9, "These are gigabytes of 10^9 bytes. A GiB has 2^30."),
            Mistake(2 * _LOGITS * 2 / 2**20, "That is in MiB. A GiB is 1,024 of them."),
            Mistake(2 * _LOGITS * 2, "That is in bytes."),
            Mistake(2 * _LOGITS * 16 / _GIB, "bfloat16 has 16 bits, which are two bytes."),
        ),
    ),
    4: Exercise(
        expects="a function of two pairs, m, s and n, t, that returns a pair",
        right=_merged,
        praise="Both parts come to the scale of the larger one, and nothing is merged safely.",
        agree=same_function(
            (1.0, 2.0, 3.0, 1.5),
            (3.0, 1.5, 1.0, 2.0),
            (1000.0, 1.5, -1000.0, 2.0),
            (-1000.0, 1.0, 1000.0, 2.0),
            (2.0, 1.0, 2.0, 3.0),
            (-np.inf, 0.0, 2.0, 3.0),
            (2.0, 3.0, -np.inf, 0.0),
            (-np.inf, 0.0, -np.inf, 0.0),
        ),
        mistakes=(
            Mistake(_as_it_was, "This is the function as it was."),
            Mistake(
                _not_rescaled,
                "The sums are on different scales. Bring both to the larger one before you add.",
            ),
            Mistake(
                _only_the_first_rescaled,
                "Only the first sum is rescaled. If the first logit is the larger one, the second "
                "sum has to shrink.",
            ),
            Mistake(_wrong_sign, "The exponents have the wrong sign: the lower part grows."),
            Mistake(
                _smaller_scale,
                "The smaller logit is the scale, so that exponentials overflow. Take the larger.",
            ),
            Mistake(
                _without_scale,
                "The exponentials of the logits themselves overflow. Take off the larger first.",
            ),
            Mistake(
                _nan_for_nothing,
                "Nearly. Two empty parts give infinity minus infinity, which is not a number.",
            ),
            Mistake(_log_sum_exp, "That is the log-sum-exp of the union. A pair is wanted."),
        ),
    ),
}
