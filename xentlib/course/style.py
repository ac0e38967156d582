"""How figures look: one style, colours that the colour-blind can tell apart, stable SVG."""

import hashlib
import io
import re
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


# Names that end in ten digits of a hash.
_NAMES = re.compile(r'id="(\w*[0-9a-f]{10})"')


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
        from matplotlib.figure import Figure
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", bbox_inches=None)
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, stable_svg)
        shell.InteractiveTB.set_mode("Minimal")


def stable_svg(figure: Any) -> str:
    """Return a figure as SVG: without a date, and with names that follow from what is drawn.

    Matplotlib names the parts that others refer to after their numbers to the last bit, in which
    processors may differ. What it draws has six decimals.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> stable_svg(Figure()) == stable_svg(Figure())
    True
    """
    drawing = io.StringIO()
    figure.savefig(drawing, format="svg", metadata={"Creator": None, "Date": None})
    svg = drawing.getvalue()
    names = {name: number for number, name in enumerate(dict.fromkeys(_NAMES.findall(svg)))}
    if not names:
        return svg
    anywhere = re.compile("|".join(names))
    unnamed = anywhere.sub(lambda found: str(names[found[0]]), svg)
    salt = hashlib.sha256(unnamed.encode()).hexdigest()[:10]
    return anywhere.sub(lambda found: f"part{names[found[0]]}-{salt}", svg)


def _notebook_shell() -> Any:
    """Return IPython's shell, or None outside of a notebook."""
    if "IPython" not in sys.modules:
        return None
    shell = sys.modules["IPython"].get_ipython()
    return shell if hasattr(shell, "kernel") else None
