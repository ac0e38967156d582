"""Loss curves, drawn so that the figure is the same on every machine."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure

from xentlib.course.style import COLORS

__all__ = ["draw_curves"]


def draw_curves(
    curves: Mapping[str, Sequence[float]],
    *,
    level: float | None = None,
    level_name: str = "",
    top: float | None = None,
) -> Figure:
    """Draw losses over the steps of a training, and a level to compare them with.

    Losses are rounded to three decimals first: sums differ in their last digits from one machine to
    another, and a figure should not.

    Parameters
    ----------
    curves : mapping
        The losses of each training, by its name.
    level : float, optional
        Where to draw a dotted line.
    level_name : str
        What that level is.
    top : float, optional
        The highest loss that is shown.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    import matplotlib.pyplot as plt

    figure, place = plt.subplots()
    for (name, losses), style in zip(curves.items(), cycle(("-", "--", "-.")), strict=False):
        place.plot(np.round(losses, 3), style, label=name)
    if level is not None:
        shown = round(float(level), 3)
        place.axhline(shown, ls=":", lw=1.5, color=COLORS["black"], label=level_name)
    place.set(xlabel="step", ylabel="loss in nats", ylim=(0, top))
    place.legend()
    return figure
