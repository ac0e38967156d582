"""Answers to the exercises of the chapter on the connections between the losses."""

from typing import Any

import numpy as np

from xentlib import (
    logsumexp,
    sigmoid,
    sigmoid_cross_entropy,
    softmax,
    sparse_softmax_cross_entropy,
    surprisal,
)
from xentlib.course.exercises import (
    Exercise,
    Mistake,
    UnreadableAnswerError,
    same_expression,
    same_function,
    same_numbers,
)

# --- 1: which loss -------------------------------------------------------------------------------

_NAMES = ("softmax", "sparse", "binary", "sigmoid")
_fitting = ["sparse", "sigmoid", "binary", "softmax", "sigmoid", "softmax"]


def _name(choice: Any) -> str:
    """Return the short name of a loss that was given by its name or as a function."""
    written = choice if isinstance(choice, str) else getattr(choice, "__name__", None)
    if not isinstance(written, str):
        raise UnreadableAnswerError("A list of names is wanted, such as 'softmax'.")
    short = written.strip().lower().removesuffix("_cross_entropy").removesuffix("_softmax")
    if short not in _NAMES:
        raise UnreadableAnswerError(
            f"There is no loss called {written!r} here; the names are {', '.join(_NAMES)}."
        )
    return short


def _same_choices(given: Any, expected: Any) -> bool:
    """Compare names of losses; a mistake has one name that does not fit, and only that counts."""
    if not isinstance(given, list | tuple):
        return False
    if len(given) != len(_fitting):
        raise UnreadableAnswerError(f"Six names are wanted, not {len(given)}.")
    names = [_name(choice) for choice in given]
    wrong = [place for place, name in enumerate(expected) if name != _fitting[place]]
    return all(names[place] == expected[place] for place in wrong or range(len(_fitting)))


def _instead(letter: str, name: str, message: str) -> Mistake:
    """Return the mistake of choosing one loss that does not fit."""
    choices = list(_fitting)
    choices["abcdef".index(letter)] = name
    return Mistake(choices, f"({letter}) {message}")


# --- 2: the surprisal of exactly one yes ---------------------------------------------------------

_three = np.array([0.5, 0.7, 0.3])
_apart = sigmoid_cross_entropy([1, 0, 0], _three)
_together = float(sparse_softmax_cross_entropy(0, _three))
_gap = float(_apart.sum()) - _together
_none = float(np.prod(1 - sigmoid(_three)))
_shares_of_the_figure = (np.exp(_three) * _none).round(2)

_ANIMALS = ("dog", "elephant", "cat")


def _alone(one: int) -> list[Mistake]:
    """Return the mistakes of giving one of the two losses, if a certain animal is there."""
    animal, row = _ANIMALS[one], np.arange(3) == one
    together = float(sparse_softmax_cross_entropy(one, _three))
    apart = float(sigmoid_cross_entropy(row.astype(float), _three).sum())
    return [
        Mistake(together, f"That is a softmax loss alone, if the {animal} is there."),
        Mistake(apart, f"That is the sum of the sigmoid losses, for the {animal}."),
    ]


# --- 3: one question against the rest ------------------------------------------------------------


def _repaired(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - logsumexp(np.delete(x, k)))


def _as_given(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k])


def _against_all(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - logsumexp(x))


def _against_the_best(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - np.max(np.delete(x, k)))


def _against_the_sum(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - np.sum(np.delete(x, k)))


def _against_the_mean(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - np.mean(np.delete(x, k)))


def _against_a_plain_sum(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - np.log(np.sum(np.exp(np.delete(x, k)))))


def _against_a_difference(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, x[k] - np.log(np.sum(np.exp(x)) - np.exp(x[k])))


def _by_a_probability(k, x):  # type: ignore[no-untyped-def]
    return -np.log(np.take(softmax(x), k))


def _by_an_exponential(k, x):  # type: ignore[no-untyped-def]
    return np.log1p(np.exp(logsumexp(np.delete(x, k)) - x[k]))


def _by_a_log_sum_exp(k, x):  # type: ignore[no-untyped-def]
    return logsumexp(x) - x[k]


def _turned_round(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy(1, logsumexp(np.delete(x, k)) - x[k])


def _all_questions(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy((np.arange(len(x)) == k).astype(float), x).sum()


def _one_loss_each(k, x):  # type: ignore[no-untyped-def]
    return sigmoid_cross_entropy((np.arange(len(x)) == k).astype(float), x)


EXERCISES = {
    1: Exercise(
        expects="a list of six names, each 'softmax', 'sparse', 'binary' or 'sigmoid'",
        right=_fitting,
        praise="You asked each time which outcomes there are, which label, and whether the link "
        "is inside.",
        agree=_same_choices,
        mistakes=(
            _instead(
                "a",
                "softmax",
                "The value would be the same, but that loss takes rows, and these labels are "
                "numbers of classes.",
            ),
            _instead("a", "sigmoid", "A digit is just one of ten: the classes exclude each other."),
            _instead(
                "a",
                "binary",
                "A digit is just one of ten, and the model returns logits, not probabilities.",
            ),
            _instead(
                "b",
                "softmax",
                "Several tags may be true at once. Softmax has one unit of belief to share out, "
                "and could never be sure of two.",
            ),
            _instead("b", "sparse", "An index can name one tag only, and several may be true."),
            _instead(
                "b", "binary", "The questions are yes/no, but the model returns logits for them."
            ),
            _instead(
                "c",
                "sigmoid",
                "The service gives probabilities. A sigmoid would be applied on top of them, and "
                "a perfect forecast would cost 0.3133.",
            ),
            _instead("c", "softmax", "It is one yes/no question, and probabilities are given."),
            _instead("c", "sparse", "It is one yes/no question, and probabilities are given."),
            _instead(
                "d",
                "sparse",
                "An index would keep the majority only. Seven, two and one of ten are a soft row.",
            ),
            _instead(
                "d",
                "sigmoid",
                "Nobody could answer twice: the findings exclude each other, and the shares sum to "
                "1.",
            ),
            _instead("d", "binary", "There are three findings to choose from, and logits."),
            _instead(
                "e", "binary", "A logit is no probability; the sigmoid must be applied inside."
            ),
            _instead(
                "e",
                "softmax",
                "With one logit, softmax has one class, which is always certain: the loss is "
                "always 0.",
            ),
            _instead(
                "e",
                "sparse",
                "With one logit, softmax has one class, and there is no class number 1.",
            ),
            _instead(
                "f",
                "sigmoid",
                "That would ask two questions, as if one could be healthy and ill. It is the same "
                "only for the difference of the two logits.",
            ),
            _instead(
                "f", "sparse", "The value would be the same, but these labels are rows, no indices."
            ),
            _instead("f", "binary", "The model returns logits, not probabilities."),
        ),
    ),
    2: Exercise(
        expects="one number, the difference of the two losses in nats",
        right=_gap,
        praise="It is the surprisal of exactly one yes, whichever animal it is.",
        agree=same_numbers(),
        mistakes=(
            Mistake(-_gap, "The sign is flipped: the sigmoid losses sum to more."),
            Mistake(float(np.exp(-_gap)), "That is the probability of exactly one. Its surprisal?"),
            Mistake(
                float(_apart.mean()) - _together,
                "You took the mean of the sigmoid losses; the question is about their sum.",
            ),
            Mistake(
                float(surprisal(_shares_of_the_figure.sum())),
                "The way is right, but the shares in the figure are rounded. Use the exact ones.",
            ),
            *_alone(0),
            *_alone(1),
            *_alone(2),
            Mistake(
                float(surprisal(1 - _none)),
                "That is the surprisal of at least one yes. Two or three are ruled out as well.",
            ),
            Mistake(_gap / np.log(2), "That is in bits; this book counts in nats."),
        ),
    ),
    3: Exercise(
        expects="a function of k and x that returns the softmax loss of class k",
        right=_repaired,
        praise="One question: this class, or any of the others?",
        agree=same_function(
            (0, np.array([2.0, 1.0])),
            (1, np.array([0.5, 0.7, 0.3])),
            (2, np.array([1.0, -2.0, 0.5, 3.0])),
            (0, np.array([-800.0, 0.0, 1.0])),
            (0, np.array([40.0, 0.0, 0.0])),
            (2, np.array([1000.0, 0.0, 1.0])),
            digits=10,
        ),
        mistakes=(
            Mistake(
                _as_given, "This is the function as it was: it does not look at the other classes."
            ),
            Mistake(
                _against_all,
                "The class competes against itself as well. Take its own logit out of the sum.",
            ),
            Mistake(
                _against_the_best,
                "That is right for two classes. With more, all rivals count, not only the best.",
            ),
            Mistake(
                _against_the_sum,
                "That is right for two classes. With more, the exponentials are added, not the "
                "logits.",
            ),
            Mistake(
                _against_the_mean,
                "That is right for two classes. With more, use the log-sum-exp of the rivals.",
            ),
            Mistake(
                _against_a_plain_sum,
                "Right on paper. But e^1000 overflows; xentlib.logsumexp does without it.",
            ),
            Mistake(
                _against_a_difference,
                "Right on paper. But for the logits 40, 0, 0 the difference loses the rivals, and "
                "e^1000 overflows. Leave class k out before you add.",
            ),
            Mistake(
                _by_an_exponential,
                "Right on paper. But for the logits -800, 0, 1 the exponential overflows. Let the "
                "sigmoid loss take the lead.",
            ),
            Mistake(
                _by_a_probability,
                "Right on paper. But for the logits -800, 0, 1 the probability underflows, and for "
                "40, 0, 0 it is rounded to 1. Make no probability.",
            ),
            Mistake(
                _by_a_log_sum_exp,
                "Right on paper. But for the logits 40, 0, 0 the difference is 0, and the loss is "
                "not. Let the sigmoid loss take the lead over the rivals.",
            ),
            Mistake(_turned_round, "The sign is flipped: the class should lead over its rivals."),
            Mistake(
                _all_questions,
                "That is the sum of all sigmoid losses. It is larger by the surprisal of exactly "
                "one yes.",
            ),
            Mistake(_one_loss_each, "One number is wanted for the row, not one for each class."),
        ),
    ),
    4: Exercise(
        expects='a formula in m, in quotes, such as "log(m + 1)"',
        right="m*log(m)",
        praise="For m = 1 it is 0, and for m = 2 the floor that you know.",
        agree=same_expression("m positive"),
        mistakes=(
            Mistake("log(m)", "That is the price of one of them. All m must be paid."),
            Mistake("m*log(2)", "Half each is right for two. With m ones each has the share 1/m."),
            Mistake("2*log(m)", "There are m terms, not two."),
            Mistake("-m*log(m)", "The sign is flipped: a loss is never negative."),
            Mistake("0", "That would need each of them to have all of the belief."),
            Mistake("m*log(m)/log(2)", "That is in bits; this book counts in nats."),
            Mistake("log(m)/m", "The label's row is not divided by m: each 1 counts in full."),
        ),
    ),
}
