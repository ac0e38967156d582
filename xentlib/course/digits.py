"""Real data to train on: 1,797 handwritten digits, which ship inside scikit-learn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from xentlib._exact import Array
from xentlib.course.style import COLORS

__all__ = [
    "QUESTIONS",
    "Digits",
    "answers_to_questions",
    "draw_confusion",
    "draw_digits",
    "load_digits",
]

#: The digits for which the answer to each question is yes.
QUESTIONS = {
    "is it even?": (0, 2, 4, 6, 8),
    "has it a closed loop?": (0, 6, 8, 9),
    "is it at least five?": (5, 6, 7, 8, 9),
}


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of digits, one in a row, and which digit each of them is.

    Parameters
    ----------
    pixels : array
        Of shape (N, 64): 8 rows of 8 pixels, one after the other, from 0 (paper) to 1 (ink).
    labels : array
        Of shape (N,): integers from 0 to 9.
    """

    pixels: Array
    labels: Array

    @property
    def inputs(self) -> Array:
        """The pixels with a 65th column of ones, for what a model adds to every image."""
        return np.column_stack([self.pixels, np.ones(len(self.pixels))])


def load_digits() -> tuple[Digits, Digits]:
    """Return 1,200 digits to train on, and the other 597, which are held out.

    They are cut in the order of the file and not shuffled. Images by one hand stand near each
    other in it, so that most of the held-out digits are by people whom the training has not seen.

    Returns
    -------
    tuple of Digits
        For training, and held out.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, doi:10.24432/C50P49. The copy in scikit-learn is the part for testing.

    Examples
    --------
    >>> from xentlib.course import load_digits
    >>> training, held_out = load_digits()
    >>> training.pixels.shape, held_out.labels.shape
    ((1200, 64), (597,))
    """
    from sklearn import datasets

    pixels, labels = datasets.load_digits(return_X_y=True)
    pixels = pixels / 16
    return Digits(pixels[:1200], labels[:1200]), Digits(pixels[1200:], labels[1200:])


def answers_to_questions(labels: Array) -> Array:
    """Return 1 for yes and 0 for no to each of `QUESTIONS`, which do not exclude each other.

    Parameters
    ----------
    labels : array of int
        Of shape (N,): which digits they are.

    Returns
    -------
    array of float
        Of shape (N, 3), one column for each question.

    Examples
    --------
    >>> from xentlib.course import answers_to_questions
    >>> answers_to_questions([8, 1])
    array([[1., 1., 1.],
           [0., 0., 0.]])
    """
    return np.stack([np.isin(labels, yes) for yes in QUESTIONS.values()], axis=-1).astype(float)


def draw_digits(
    pixels: Array, titles: Sequence[str], *, columns: int = 6, size: float = 0.85
) -> Figure:
    """Draw images of digits side by side, each below its title.

    Parameters
    ----------
    pixels : array
        Of shape (N, 64), as in `Digits`.
    titles : sequence of str
        One for each image.
    columns : int
        How many stand side by side.
    size : float
        The width of each image's place, in inches.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    import matplotlib.pyplot as plt

    rows = -(-len(pixels) // columns)
    lines = max(title.count("\n") + 1 for title in titles)
    height = size + 0.2 * lines  # a line of a title is about 0.2 inches high
    figure, axes = plt.subplots(
        rows, columns, figsize=(size * columns, height * rows), squeeze=False
    )
    for place in axes.flat:
        place.set_axis_off()
    for place, (image, title) in zip(axes.flat, zip(pixels, titles, strict=True), strict=False):
        image = np.clip(image, 0, 1)  # noise may lead out of the range of a grey
        for level in np.unique(image[image > 0]):
            place.add_patch(_squares(np.reshape(image == level, (8, 8)), str(1 - level)))
        place.set_title(title, loc="center", fontsize="small")
        place.set(xlim=(0, 8), ylim=(8, 0), aspect="equal")
    return figure


def draw_confusion(labels: Array, guesses: Array) -> Figure:
    """Draw how often each digit was read as each: a confusion matrix.

    Parameters
    ----------
    labels, guesses : array of int
        Of shape (N,): which digits they are, and as which they were read.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, with a row for each digit and a column for each reading.
    """
    import matplotlib.pyplot as plt

    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (labels, guesses), 1)
    figure, place = plt.subplots(figsize=(5.2, 4.4))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = COLORS["sky"] if row == column else COLORS["amber"]
            strength = min(1.0, 0.25 + count / 10)
            place.add_patch(Rectangle((column, row), 1, 1, color=color, alpha=strength, lw=0))
            place.text(column + 0.5, row + 0.5, str(count), ha="center", va="center")
    middles = np.arange(10) + 0.5
    place.set_xticks(middles, [str(digit) for digit in range(10)])
    place.set_yticks(middles, [str(digit) for digit in range(10)])
    place.set(xlabel="read as", ylabel="digit", xlim=(0, 10), ylim=(10, 0))
    place.grid(False)
    return figure


def _squares(where: Array, color: str) -> PathPatch:
    """Return a unit square for each true entry, all as one shape.

    (An image inside an SVG would be a PNG, whose bytes depend on the machine.)
    """
    corners = np.argwhere(where)[:, ::-1]
    outline = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    squares = [Path(outline + corner, closed=True) for corner in corners]
    return PathPatch(Path.make_compound_path(*squares), color=color, linewidth=0.3)
