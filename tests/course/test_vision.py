"""Whoever lacks a kind of cones, or prints in black and white, can read each figure of the book."""

import io
from itertools import combinations

import matplotlib as mpl
import nbformat
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tests.course.vision import LEAST, SIGHTS, alike, confused, distance
from tools.notebooks import ROOT
from xentlib.course import COLORS, use_book_style

PALETTE = {colour.lower() for colour in COLORS.values()}
# Where some colours are too much alike (in grey, all of them), what tells the marks apart.
OTHERWISE = {
    "cross-entropy/code-moving-picture": "each dot lies on its own curve, and the curves differ",
    "entropy/code-coin-curve": "the bars stand as in the picture above, where each has its name",
    "entropy/code-picture": "each bar has its name on it",
    "surprisal/code-halving-picture": "each piece has its number in it, each dot lies at its own",
    "binary-cross-entropy/code-plane": "each line has its number in it, each dot lies at its own",
    "connections/code-picture": "the thin lines upon them, dashed and dotted, tell them apart",
    "connections/code-subsets": "a bar's name says how many animals it has",
    "sigmoid-cross-entropy/code-two-ways-picture": "each bar has its name",
    "sigmoid-cross-entropy/code-gradient-picture": "each curve has its label at its end",
    "softmax-cross-entropy/code-figure-shares": "each bar has its number below it",
    "softmax-cross-entropy/code-figure-loss": "each dotted gap lies below its own curve",
    "softmax-cross-entropy/code-figure-gradient": "each bar has its number below it",
    "calibration/code-fit-picture": "each dot lies on its own curve, and the curves differ",
    "gradients-and-training/code-confusion": "each square has its number in it",
    "large-vocabularies/code-merge-picture": "each box has its text in it",
    "numerical-accuracy/code-living": "each line has a width of its own",
    "numerical-accuracy/code-losses": "each square has its word in it",
    "numerical-accuracy/code-gradients": "each square has its word in it",
    "smoothing-and-temperature/code-picture": "each dot lies on its own curve, which differ",
}
# One colour in several strengths, which are a number that is written on it.
SHADES = {"gradients-and-training/code-confusion"}


def _figures() -> dict[str, str]:
    found = {}
    for path in sorted((ROOT / "chapters").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if svg := output.get("data", {}).get("image/svg+xml"):
                    found[f"{path.stem}/{cell['id']}"] = svg
    return found


FIGURES = _figures()


def test_the_palette_is_told_apart_without_a_kind_of_cones() -> None:
    for one, other in combinations(COLORS, 2):
        for sight in SIGHTS[:-1]:
            assert distance(COLORS[one], COLORS[other], sight) >= LEAST, (one, other, sight)


def test_red_and_green_of_one_lightness_are_not() -> None:
    """Negative control: what the palette avoids is found, for those whom it concerns."""
    assert confused("#b05a3c", "#6e7a2d") == ["protan", "deutan", "grey"]
    assert confused("#000000", "#ffffff") == []


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_needs_no_colours(name: str) -> None:
    """What has the same grey differs in its dashes, its dots, or as OTHERWISE says."""
    found = alike(FIGURES[name], PALETTE)
    assert bool(found) == (name in OTHERWISE), found
    # Without a kind of cones, no exception is needed.
    assert name in SHADES or all(pair.endswith(": grey") for pair in found)


def test_the_list_of_exceptions_names_figures_of_the_book() -> None:
    assert set(OTHERWISE) <= set(FIGURES)


def _drawn(*looks: dict[str, object]) -> str:
    with mpl.rc_context():
        use_book_style()
        figure = Figure()
        axes = figure.subplots()
        for height, look in enumerate(looks):
            axes.plot([0, 1], [height, height + 1], **look)  # type: ignore[arg-type]
        written = io.StringIO()
        FigureCanvasSVG(figure).print_svg(written)
    return written.getvalue()


def test_lines_of_like_colours_are_found_unless_another_mark_differs() -> None:
    """Negative control for figures: the same two lines, drawn in other ways."""
    red, green = {"color": "#b05a3c"}, {"color": "#6e7a2d"}
    assert alike(_drawn(red, green), PALETTE) == ["#6e7a2d and #b05a3c: protan, deutan, grey"]
    assert not alike(_drawn(red, {**green, "ls": "--"}), PALETTE)
    assert not alike(_drawn(red, {**green, "marker": "o"}), PALETTE)
    assert alike(_drawn({**red, "marker": "o"}, {**green, "marker": "o"}), PALETTE)
    assert not alike(_drawn({**red, "marker": "s"}, {**green, "marker": "o"}), PALETTE)
    blue, black = {"color": COLORS["blue"]}, {"color": COLORS["black"]}
    assert not alike(_drawn(blue, black), PALETTE)
