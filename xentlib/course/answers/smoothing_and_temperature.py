"""Answers to the exercises of the chapter on smoothing and temperature."""

import numpy as np

from xentlib import cross_entropy, entropy, log_softmax, softmax, softmax_cross_entropy
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    same_expression,
    same_function,
    same_numbers,
)

_smoothed = np.array([0.85, 0.05, 0.05, 0.05])
_over_wrong = np.array([0.8, 0.2 / 3, 0.2 / 3, 0.2 / 3])
_lowest = float(entropy(_smoothed))

_student = np.array([[2.0, -1.0, 0.5], [0.0, 1.0, 3.0]])
_teacher = np.array([[4.0, 1.0, -2.0], [1.0, 2.0, 1.5]])


def _repaired(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * softmax_cross_entropy(softmax(teacher / T), student / T)


def _broken(student, teacher, T):  # type: ignore[no-untyped-def]
    return softmax_cross_entropy(softmax(teacher), student / T)


def _without_the_factor(student, teacher, T):  # type: ignore[no-untyped-def]
    return softmax_cross_entropy(softmax(teacher / T), student / T)


def _with_a_cold_teacher(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * softmax_cross_entropy(softmax(teacher), student / T)


def _with_a_cold_student(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * softmax_cross_entropy(softmax(teacher / T), student)


def _with_one_factor(student, teacher, T):  # type: ignore[no-untyped-def]
    return T * softmax_cross_entropy(softmax(teacher / T), student / T)


def _divided_again(student, teacher, T):  # type: ignore[no-untyped-def]
    return softmax_cross_entropy(softmax(teacher / T), student / T) / T**2


def _cooled(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * softmax_cross_entropy(softmax(teacher * T), student * T)


def _exchanged(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * softmax_cross_entropy(softmax(student / T), teacher / T)


def _divergence(student, teacher, T):  # type: ignore[no-untyped-def]
    soft = softmax(teacher / T)
    return T**2 * (softmax_cross_entropy(soft, student / T) - entropy(soft))


def _softmax_twice(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * softmax_cross_entropy(softmax(teacher / T), softmax(student / T))


def _reduced(student, teacher, T):  # type: ignore[no-untyped-def]
    return np.mean(_repaired(student, teacher, T))  # type: ignore[no-untyped-call]


def _without_minus(student, teacher, T):  # type: ignore[no-untyped-def]
    return T**2 * np.sum(softmax(teacher / T) * log_softmax(student / T), axis=-1)


EXERCISES = {
    1: Exercise(
        expects="one number, in nats",
        right=_lowest,
        praise="It is the entropy of the smoothed label, 0.85 and three times 0.05.",
        agree=same_numbers(),
        mistakes=(
            Mistake(
                float(entropy(_over_wrong)),
                "That is the floor if only the wrong classes share the 0.2. This library spreads "
                "it over all four.",
            ),
            Mistake(
                -float(np.log(_smoothed[0])),
                "That is the price of the true class alone. The others have shares, too.",
            ),
            Mistake(
                -float(_smoothed[0] * np.log(_smoothed[0])),
                "That is the term of the true class. Three other terms are missing.",
            ),
            Mistake(
                -float((_smoothed * np.log(_smoothed))[:2].sum()),
                "One of the wrong classes is counted. There are three.",
            ),
            Mistake(0.0, "Only a label that is not smoothed can be predicted for nothing."),
            Mistake(-float(np.log(0.8)), "The true class keeps more, and others pay, too."),
            Mistake(float(np.log(4)), "That is what a model pays that knows nothing."),
            Mistake(
                float(entropy([0.8, 0.2])),
                "That is the entropy of two shares, 0.8 and 0.2. The 0.2 are spread over all four.",
            ),
            Mistake(
                float(entropy([0.9, 0.1])),
                "That is a yes/no question, whose two answers get half of the 0.2 each.",
            ),
            Mistake(_lowest / float(np.log(2)), "That is in bits; this book counts in nats."),
            Mistake(
                float(cross_entropy([1, 0, 0, 0], [0.8, 0.1, 0.05, 0.05])) / 0.8,
                "That is no average over the label: weigh each price by its share.",
            ),
        ),
    ),
    2: Exercise(
        expects='a formula in p, epsilon and C, in quotes, such as "p*epsilon - C"',
        right="(p - epsilon/C)/(1 - epsilon)",
        praise="Take off what was spread, and stretch what is left.",
        agree=same_expression("0 < p < 1, 0 < epsilon < 1, C >= 2"),
        mistakes=(
            Mistake(
                "p*(1 - epsilon) + epsilon/C",
                "That is the way there, from a share to the answer. The way back is wanted.",
            ),
            Mistake("p - epsilon/C", "Nearly. The share was also multiplied by 1 - epsilon."),
            Mistake(
                "p/(1 - epsilon)",
                "Nearly. Before you divide, take off what every class has got from epsilon.",
            ),
            Mistake(
                "p/(1 - epsilon) - epsilon/C",
                "The order matters: first take off epsilon/C, then divide.",
            ),
            Mistake(
                "(p - epsilon/2)/(1 - epsilon)",
                "That is right for a yes/no question. Here epsilon is spread over C classes.",
            ),
            Mistake(
                "(p - epsilon/(C - 1))/(1 - epsilon)",
                "Epsilon is spread over all C classes, the right one as well.",
            ),
            Mistake("p", "The answer is the smoothed share. Undo the smoothing."),
            Mistake("(p + epsilon/C)/(1 - epsilon)", "A sign: epsilon/C was added. Take it off."),
        ),
    ),
    3: Exercise(
        expects='a formula in epsilon, in quotes, such as "log(epsilon)"',
        right="log((2 - epsilon)/epsilon)",
        praise="The smoothed label is 1 - epsilon/2, and its odds are (2 - epsilon) to epsilon.",
        agree=same_expression("0 < epsilon < 1"),
        mistakes=(
            Mistake(
                "log(epsilon/(2 - epsilon))",
                "The sign is flipped: that is the lowest point for an answer that is always no.",
            ),
            Mistake(
                "log((1 - epsilon)/epsilon)",
                "Half of epsilon comes back to the yes: its label is 1 - epsilon/2.",
            ),
            Mistake("1 - epsilon/2", "That is the probability there. Which logit gives it?"),
            Mistake("(2 - epsilon)/epsilon", "These are the odds. The logit is their logarithm."),
            Mistake("log(1 - epsilon/2)", "A logit is the logarithm of the odds."),
            Mistake("-log(epsilon/2)", "Nearly, if epsilon is small. Divide by the share of no."),
            Mistake(
                "log(2*(1 - epsilon)/epsilon)",
                "A 1 is lost: the lead of two classes is ln(1 + 2(1 - epsilon)/epsilon).",
            ),
        ),
    ),
    4: Exercise(
        expects="a function of student, teacher and T that returns one number for each row",
        right=_repaired,
        praise="Both are heated by the same T, and the gradient does not vanish.",
        agree=same_function((_student, _teacher, 4.0), (_student, _teacher, 1.0)),
        mistakes=(
            Mistake(_broken, "This is the function as it was."),
            Mistake(_without_the_factor, "Both are heated now. The factor is still missing."),
            Mistake(_with_a_cold_teacher, "The factor is right. The teacher must be heated, too."),
            Mistake(_with_a_cold_student, "The student must be heated as well as the teacher."),
            Mistake(
                _with_one_factor,
                "One T makes up for the chain rule. The heated rows also differ less: once more.",
            ),
            Mistake(_divided_again, "The gradient shrinks with T. Multiply, do not divide."),
            Mistake(_cooled, "A temperature divides the logits. You have cooled both."),
            Mistake(_exchanged, "The teacher's row is the label. You have exchanged the two."),
            Mistake(
                _divergence,
                "That is the KL divergence. It has the same gradient, but the cross-entropy is "
                "wanted.",
            ),
            Mistake(_softmax_twice, "The loss takes logits: softmax is applied twice."),
            Mistake(_reduced, "One loss for each row is wanted, not their mean."),
            Mistake(_without_minus, "The sign is flipped: a loss is never negative."),
        ),
    ),
}
