"""Answers to the exercises of the chapter on calibration."""

import numpy as np

from xentlib.course.exercises import Exercise, Mistake, same_expression, same_function


def _repaired(beliefs, happened):  # type: ignore[no-untyped-def]
    places = np.minimum((10 * beliefs).astype(int), 9)
    return np.abs(np.bincount(places, beliefs - happened)).sum() / len(beliefs)


def _gaps(beliefs, happened, with_one):  # type: ignore[no-untyped-def]
    places = (10 * beliefs).astype(int)
    places = np.minimum(places, 9) if with_one else places
    inside = [places == place for place in range(10)]
    full = [some for some in inside if some.any()]
    gaps = [abs(beliefs[some].mean() - happened[some].mean()) for some in full]
    return np.array(gaps), np.array([some.sum() for some in full])


def _as_given(beliefs, happened):  # type: ignore[no-untyped-def]
    return _gaps(beliefs, happened, False)[0].mean()  # type: ignore[no-untyped-call]


def _without_weights(beliefs, happened):  # type: ignore[no-untyped-def]
    return _gaps(beliefs, happened, True)[0].mean()  # type: ignore[no-untyped-call]


def _without_one(beliefs, happened):  # type: ignore[no-untyped-def]
    gaps, sizes = _gaps(beliefs, happened, False)  # type: ignore[no-untyped-call]
    return gaps @ sizes / len(beliefs)


def _without_one_in_the_divisor(beliefs, happened):  # type: ignore[no-untyped-def]
    gaps, sizes = _gaps(beliefs, happened, False)  # type: ignore[no-untyped-call]
    return gaps @ sizes / sizes.sum()


def _with_one_alone(beliefs, happened):  # type: ignore[no-untyped-def]
    places = (10 * beliefs).astype(int)
    return np.abs(np.bincount(places, beliefs - happened)).sum() / len(beliefs)


def _signed(beliefs, happened):  # type: ignore[no-untyped-def]
    return abs(np.mean(beliefs - happened))


def _case_by_case(beliefs, happened):  # type: ignore[no-untyped-def]
    return np.mean(np.abs(beliefs - happened))


def _squared(beliefs, happened):  # type: ignore[no-untyped-def]
    gaps, sizes = _gaps(beliefs, happened, True)  # type: ignore[no-untyped-call]
    return gaps**2 @ sizes / len(beliefs)


def _sum(beliefs, happened):  # type: ignore[no-untyped-def]
    return _repaired(beliefs, happened) * len(beliefs)  # type: ignore[no-untyped-call]


_beliefs = np.array([0.0, 0.05, 0.12, 0.17, 0.33, 0.34, 0.62, 0.66, 0.91, 0.95, 0.97, 1.0, 1.0])
_happened = np.array([0, 1, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0])
_ends = np.array([1.0, 0.0, 1.0, 0.96]), np.array([1.0, 0.0, 0.0, 1.0])

_TWO_LEFT = "The weights are right now. But a belief of exactly 1 is in none of your bins."

EXERCISES = {
    1: Exercise(
        expects='a formula in p, in quotes, such as "p/(1 + p)"',
        right="sqrt(p)/(sqrt(p) + sqrt(1 - p))",
        praise="Nearer to one half than the truth: the rule rewards timid reports.",
        agree=same_expression("0 < p < 1"),
        mistakes=(
            Mistake("p", "That is the truth. Put it into the slope: it is 0 for p = 1/2 only."),
            Mistake(
                "sqrt(1 - p)/(sqrt(p) + sqrt(1 - p))",
                "Yes and no are exchanged: whoever is surer of yes must report more.",
            ),
            Mistake(
                "p**2/(p**2 + (1 - p)**2)",
                "The square is on the wrong side: q/(1 - q) is the root of p/(1 - p).",
            ),
            Mistake(
                "sqrt(p)/sqrt(1 - p)",
                "That is q/(1 - q), the odds. What is q?",
            ),
            Mistake(
                "sqrt(p)",
                "Yes is right, but no counts too: divide by the sum for both.",
            ),
            Mistake("1/2", "That is right for p = 1/2 only."),
        ),
    ),
    2: Exercise(
        expects="a function of two arrays, beliefs and what happened, that returns one number",
        right=_repaired,
        praise="Each gap counts as often as its bin has cases, and a belief of 1 has a bin.",
        agree=same_function((_beliefs, _happened), _ends, (_beliefs[:4], _happened[:4])),
        mistakes=(
            Mistake(
                _as_given,
                "This is the function as it was: all bins count alike, and beliefs of 1 are lost.",
            ),
            Mistake(
                _without_weights,
                "A belief of 1 has its bin now. But a bin with one case counts as much as a "
                "full one.",
            ),
            Mistake(_without_one, _TWO_LEFT),
            Mistake(_without_one_in_the_divisor, _TWO_LEFT),
            Mistake(
                _with_one_alone,
                "A belief of 1 now has a bin of its own, the eleventh. It belongs to the tenth.",
            ),
            Mistake(
                _signed,
                "Gaps of opposite signs cancel between your bins. Take the size of each first.",
            ),
            Mistake(
                _case_by_case, "That is the absolute error, case by case. Add up each bin first."
            ),
            Mistake(_squared, "That squares the gaps. The ECE takes their size."),
            Mistake(_sum, "That is the sum over the cases. Divide by their number."),
        ),
    ),
    3: Exercise(
        expects='a formula in m and r, in quotes, such as "m*r"',
        right="log(r/(1 - r))/m",
        praise="Then the model says r, every time: b times m is the logit of r.",
        agree=same_expression("m positive, 1/2 < r < 1"),
        mistakes=(
            Mistake("log(r/(1 - r))", "That is the logit that is wanted. The lead is m, not 1."),
            Mistake(
                "m*log(r/(1 - r))",
                "The larger the lead, the smaller the factor: divide by m.",
            ),
            Mistake(
                "log((1 - r)/r)/m",
                "The sign is flipped: right answers are more frequent than wrong ones.",
            ),
            Mistake("log(r)/m", "Take the logarithm of the odds r/(1 - r), not of r."),
            Mistake("r/m", "b times m is a logit, and r a probability: a sigmoid is missing."),
            Mistake("1/m", "That makes every lead 1, however often the answers are right."),
        ),
    ),
}
