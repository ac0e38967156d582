"""How figures look: one style, colours that the colour-blind can tell apart, stable SVG."""

import sys
from typing import Any

import matplotlib as mpl
from cycler import cycler

#: Okabe and Ito's palette, in an order whose neighbours differ in lightness as well.
COLORS = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "rose": "#CC79A7",
    "amber": "#E69F00",
    "sky": "#56B4E9",
    "black": "#222222",
}

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.prop_cycle": cycler(color=list(COLORS.values())),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "figure.figsize": (5.2, 3.2),
    "font.size": 11,
    "grid.color": "#DDDDDD",
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    # Names inside an SVG are random unless they are salted; text is drawn as outlines, so that
    # a figure looks the same on every machine.
    "svg.fonttype": "path",
    "svg.hashsalt": "xentlib",
}


def use_book_style() -> None:
    """Draw figures in the book's style, and store them as SVG that is the same in every run.

    In a notebook, errors are shown as one line as well: the message is what a reader needs.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> from xentlib.course import use_book_style
    >>> use_book_style()
    >>> mpl.rcParams["svg.hashsalt"]
    'xentlib'
    """
    mpl.rcParams.update(_STYLE)
    shell = _notebook_shell()
    if shell is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        undated = {"Creator": None, "Date": None}
        set_matplotlib_formats("svg", bbox_inches=None, metadata=undated)
        shell.InteractiveTB.set_mode("Minimal")


def _notebook_shell() -> Any:
    """Return IPython's shell, or None outside of a notebook."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    return shell if hasattr(shell, "kernel") else None
