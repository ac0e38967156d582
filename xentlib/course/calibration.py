"""What the chapter on calibration measures: bins, the parts of a score, chance, a temperature."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from matplotlib.figure import Figure

from xentlib._exact import Array
from xentlib.course.style import COLORS
from xentlib.gradients import grad
from xentlib.information import entropy, kl_divergence
from xentlib.losses import sparse_softmax_cross_entropy

__all__ = [
    "bins",
    "calibration_error",
    "draw_reliability",
    "expected_calibration_error",
    "expected_miscount",
    "fit_temperature",
    "score_parts",
    "temperature_slope",
    "train_network",
]


Bins: TypeAlias = tuple[Array, Array, Array]
Parts: TypeAlias = dict[str, tuple[float, float]]


def train_network(
    points: Array,
    y: Array,
    steps: Collection[int],
    learn: slice,
    seed: int = 1,
) -> Iterator[Array]:
    """Train a network with 32 hidden sums by gradient descent, and yield its logits at some steps.

    Parameters
    ----------
    points : array
        Of shape (N, D): all examples. It learns from some of them and is applied to all.
    y : array of int
        Of shape (N,): their classes, 0 to 9.
    steps : collection of int
        After how many steps the logits are wanted.
    learn : slice
        The examples that it learns from.
    seed : int
        Where the weights start.

    Yields
    ------
    array
        Of shape (N, 10), once for each of the steps.
    """
    rng = np.random.default_rng(seed)
    first = rng.normal(0, 0.5, (points.shape[1], 32))
    second = rng.normal(0, 0.02, (32, 10))
    slopes = grad(sparse_softmax_cross_entropy)
    for step in range(max(steps) + 1):
        if step in steps:
            yield np.maximum(points @ first, 0) @ second
        sums = np.maximum(points[learn] @ first, 0)
        g = slopes(y[learn], sums @ second, reduction="mean")
        first = first - points[learn].T @ (g @ second.T * (sums > 0))
        second = second - sums.T @ g


def _places(beliefs: Array, count: int) -> Array:
    """Return the number of each belief's bin; a belief of 1 belongs to the last."""
    places: Array = np.minimum((beliefs * count).astype(int), count - 1)
    return places


def bins(beliefs: Array, happened: Array, count: int = 10) -> Bins:
    """Sort beliefs into bins of equal width, and compare them with what happened.

    Parameters
    ----------
    beliefs : array
        Of shape (N,): probabilities that were given to yes.
    happened : array
        Of shape (N,): 1 for yes, 0 for no.
    count : int
        The number of bins.

    Returns
    -------
    tuple of array
        For each bin that is not empty: the number of cases, their mean belief, their share of yes.

    Examples
    --------
    >>> import numpy as np
    >>> bins(np.array([0.75, 0.25, 1.0]), np.array([1, 0, 0]), 2)
    (array([1, 2]), array([0.25 , 0.875]), array([0. , 0.5]))
    """
    places = _places(beliefs, count)
    n = np.bincount(places, minlength=count)
    said = np.bincount(places, beliefs, count)
    came = np.bincount(places, happened, count)
    full = n > 0
    return n[full], said[full] / n[full], came[full] / n[full]


def score_parts(n: Array, said: Array, came: Array) -> Parts:
    """Split the mean Brier score and log score of a forecaster into calibration and refinement.

    Parameters
    ----------
    n, said, came : array
        For each number that the forecaster says: how often, the number, the share of yes.

    Returns
    -------
    dict
        Calibration and refinement by the name of the score.

    Examples
    --------
    >>> import numpy as np
    >>> calibration, refinement = score_parts(
    ...     np.array([4]), np.array([0.75]), np.array([0.25]))["Brier"]
    >>> float(calibration), float(refinement)
    (0.25, 0.1875)
    """
    w = n / n.sum()
    f, q = (np.stack([share, 1 - share], axis=1) for share in (came, said))
    brier = w @ (said - came) ** 2, w @ (came * (1 - came))
    log = w @ kl_divergence(f, q), w @ entropy(f)
    return {"Brier": brier, "log": log}


def calibration_error(
    beliefs: Array,
    happened: Array,
    count: int = 10,
) -> float:
    """Return the expected calibration error, with so many bins.

    Parameters
    ----------
    beliefs, happened, count
        As for `bins`.

    Examples
    --------
    >>> import numpy as np
    >>> calibration_error(np.array([0.75, 0.25]), np.array([1, 1]))
    0.5
    """
    n, said, came = bins(beliefs, happened, count)
    return float(n @ np.abs(said - came) / len(beliefs))


def expected_miscount(beliefs: Array) -> float:
    """Return by how many cases the number of yes differs from its expectation, in expectation.

    Parameters
    ----------
    beliefs : array
        The true probability of yes in each of the independent cases.

    Examples
    --------
    >>> import numpy as np
    >>> expected_miscount(np.array([0.5, 0.5]))
    0.5
    """
    chances = np.ones(1)
    for q in beliefs:
        chances = np.convolve(chances, [1 - q, q])
    gaps = np.abs(np.arange(len(chances)) - beliefs.sum())
    return float(chances @ gaps)


def expected_calibration_error(beliefs: Array, count: int = 10) -> float:
    """Return the calibration error that is expected if all of the beliefs are right.

    Parameters
    ----------
    beliefs, count
        As for `bins`.

    Examples
    --------
    >>> import numpy as np
    >>> expected_calibration_error(np.array([0.5, 0.5]))
    0.25
    """
    places = _places(beliefs, count)
    parts = [expected_miscount(beliefs[places == j]) for j in range(count)]
    return sum(parts) / len(beliefs)


def temperature_slope(b: float, logits: Array, y: Array) -> float:
    """Return the slope of the mean softmax loss for the factor b = 1/T of all logits.

    Parameters
    ----------
    b : float
        The factor.
    logits : array
        Of shape (N, C).
    y : array of int
        Of shape (N,): the true classes.

    Examples
    --------
    >>> import numpy as np
    >>> round(temperature_slope(1.0, np.array([[0.0, 1.0]]), np.array([1])), 4)
    -0.2689
    """
    g = grad(sparse_softmax_cross_entropy)(y, b * logits, reduction="mean")
    return float(np.sum(g * logits))


def fit_temperature(logits: Array, y: Array) -> float:
    """Return the temperature, at least 0.1, with the lowest mean softmax loss.

    Parameters
    ----------
    logits, y
        As for `temperature_slope`.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    >>> round(fit_temperature(rows, np.array([0, 0, 0, 1])), 4)  # 1 / ln 3
    0.9102
    """
    low, high = 0.0, 10.0
    for _ in range(50):
        b = (low + high) / 2
        if temperature_slope(b, logits, y) < 0:
            low = b
        else:
            high = b
    return 1 / b


def draw_reliability(forecasts: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Draw reliability diagrams with ten bins side by side.

    Parameters
    ----------
    forecasts : mapping
        Beliefs and what happened, as for `bins`, by the title of each diagram.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(forecasts), figsize=(5.2, 2.9), squeeze=False)
    for ax, (title, (beliefs, happened)) in zip(axes.flat, forecasts.items(), strict=True):
        n, said, came = bins(beliefs, happened)
        said, came = said.round(3), came.round(3)  # the same picture on every CPU
        ax.plot([0, 1], [0, 1], ":", color=COLORS["black"], lw=1.2)
        ax.vlines(said, came, said, color=COLORS["vermilion"])
        ax.scatter(said, came, 300 * (n / n.sum()) + 8, zorder=3)
        ax.set(title=title, xlabel="confidence", aspect="equal", xticks=[0, 0.5, 1])
        ax.set(xlim=(-0.03, 1.06), ylim=(-0.03, 1.06))
    axes[0, 0].set_ylabel("share that came true")
    return figure
