"""Living pictures: figures with sliders, which need no kernel, and a still version for print.

Each function takes the still figure and returns both. A notebook stores the figure as SVG, and
beside it a Vega-Lite specification, from which JupyterLab and the book's pages draw the one that
moves. The formulas in a specification are evaluated by the reader's browser; the tests compare them
with the library there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from xentlib.course.style import COLORS, stable_svg

__all__ = ["VEGALITE", "LivingPicture", "coin", "margin", "smoothing", "three_digits", "two_logits"]

#: What JupyterLab calls a Vega-Lite specification.
VEGALITE = "application/vnd.vegalite.v5+json"
#: The signal that holds what the picture says in words, line by line.
SAYS = "says"

Spec = dict[str, Any]


class LivingPicture:
    """A still figure, and the specification of its living version."""

    def __init__(self, still: Figure, spec: Spec) -> None:
        self.still, self.spec = still, spec

    def __repr__(self) -> str:
        sliders = (one["bind"]["name"] for one in self.spec["params"] if "bind" in one)
        return f"<living picture with sliders: {', '.join(sliders)}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Return what a notebook stores; a page or a front end takes what it can show."""
        import matplotlib.pyplot as plt

        # Otherwise the notebook would show the open figure once more.
        plt.close(self.still)
        return {
            "image/svg+xml": stable_svg(self.still),
            "text/plain": repr(self),
            VEGALITE: self.spec,
        }


def _slider(
    name: str, label: str, value: float, low: float, high: float, step: float
) -> dict[str, Any]:
    bind = {"input": "range", "name": label, "min": low, "max": high, "step": step}
    return {"name": name, "value": value, "bind": bind}


def _axis(field: str, title: str, low: float, high: float, **axis: Any) -> dict[str, Any]:
    scale = {"domain": [low, high], "nice": False}
    shown = {
        "title": title,
        "scale": scale,
        "axis": {"tickCount": 6, "labelExpr": "format(datum.value, '~r')", **axis},
    }
    return {"field": field, "type": "quantitative", **shown}


def _names(colors: Mapping[str, str], columns: int) -> dict[str, Any]:
    """Return how a series is told by its colour, with the names above the picture."""
    scale = {"domain": list(colors), "range": [COLORS[color] for color in colors.values()]}
    legend = {"orient": "top", "title": None, "columns": columns}
    return {"scale": scale, "legend": legend}


def _spec(
    description: str, sliders: Sequence[Spec], numbers: Mapping[str, Any], says: Sequence[str],
    layer: Sequence[Spec],
) -> Spec:  # fmt: skip
    params = [{"name": name, "expr": expr} for name, expr in numbers.items()]
    words = {"name": SAYS, "expr": f"[{', '.join(says)}]"}
    quiet = {"aria": False}
    return {
        "description": description,
        # So that a page can keep room for them.
        "usermeta": {"lines": len(says), "sliders": len(sliders)},
        "width": 520,
        "height": 340,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": "white",
        "params": [*sliders, *params, words],
        "title": {"text": {"expr": SAYS}, "anchor": "start", "fontWeight": "normal"},
        "layer": [{**part, "mark": {**part["mark"], **quiet}} for part in layer],
        "config": {
            "axis": {
                **quiet,
                "labelFontSize": 13,
                "titleFontSize": 13,
                "titleFontWeight": "normal",
            },
            "axisX": {"grid": False},
            "legend": {**quiet, "labelFontSize": 13},
            "text": {"fontSize": 13, "color": COLORS["black"]},
            "title": {"fontSize": 13, "lineHeight": 18},
            "view": {"stroke": None},
        },
    }


def coin(still: Figure) -> LivingPicture:
    """Surprisals of a bent coin as the heights of two bars, and its entropy as their mean."""
    x: Spec = {"title": "probability", "low": 0, "high": 1}
    y: Spec = {"title": "surprisal in bits", "low": 0, "high": 4}
    sides = {"heads": "sky", "tails": "amber"}
    part = {"values": [{"side": side} for side in sides]}
    bars = {
        "data": part,
        "transform": [
            {"calculate": "datum.side == 'heads' ? 0 : p", "as": "left"},
            {"calculate": "datum.side == 'heads' ? p : 1", "as": "right"},
            # What is higher than the picture is cut off; infinity cannot be drawn.
            {"calculate": "min(datum.side == 'heads' ? heads : tails, 9)", "as": "height"},
        ],
        "mark": {"type": "rect", "clip": True},
        "encoding": {
            "x": _axis("left", **x),
            "x2": {"field": "right"},
            "y": _axis("height", **y),
            "y2": {"datum": 0},
            "color": {"field": "side", **_names(sides, 2)},
        },
    }
    arch = {
        "data": {"sequence": {"start": 0, "stop": 1.0001, "step": 0.005, "as": "q"}},
        "transform": [
            {
                "calculate": "datum.q <= 0 || datum.q >= 1 ? 0"
                " : -(datum.q*log(datum.q) + (1 - datum.q)*log(1 - datum.q))/LN2",
                "as": "arch",
            }
        ],
        "mark": {"type": "line", "color": COLORS["blue"], "strokeWidth": 2.5},
        "encoding": {"x": _axis("q", **x), "y": _axis("arch", **y)},
    }
    here = {
        "data": {"values": [{}]},
        "transform": [
            {"calculate": "p", "as": "here"},
            {"calculate": "entropy", "as": "mean"},
        ],
    }
    mean = {
        **here,
        "mark": {"type": "rule", "color": COLORS["black"], "strokeDash": [6, 4]},
        "encoding": {"y": _axis("mean", **y)},
    }
    dot = {
        **here,
        "mark": {
            "type": "point",
            "filled": True,
            "opacity": 1,
            "size": 110,
            "color": COLORS["vermilion"],
        },
        "encoding": {"x": _axis("here", **x), "y": _axis("mean", **y)},
    }
    bits = "({0} < 99 ? format({0}, '.3f') : 'infinitely many') + ' bits'"
    return LivingPicture(
        still,
        _spec(
            "Two bars that fill the width from 0 to 1: heads, as wide as it is probable, and tails."
            " Each is as high as it is surprising. A dashed line at their mean height, the entropy,"
            " meets the arch of all entropies at a dot.",
            [_slider("p", "probability of heads", 0.1, 0, 1, 0.01)],
            {
                "heads": "-log(p)/LN2",
                "tails": "-log(1 - p)/LN2",
                "entropy": "(p > 0 ? p*heads : 0) + (p < 1 ? (1 - p)*tails : 0)",
            },
            [
                f"'surprisal of heads: ' + {bits.format('heads')}",
                f"'surprisal of tails: ' + {bits.format('tails')}",
                "'mean, the entropy: ' + format(entropy, '.3f') + ' bits'",
            ],
            [bars, arch, mean, dot],
        ),
    )


def two_logits(still: Figure) -> LivingPicture:
    """Two logits, turned into probabilities by softmax and by sigmoid, and their losses."""
    links = {"softmax": "blue", "sigmoid": "amber"}
    bars = [
        {"link": link, "answer": answer, "value": value}
        for link, answer, value in [
            ("softmax", "dog", "softmax_dog"),
            ("sigmoid", "dog", "sigmoid_dog"),
            ("softmax", "elephant", "1 - softmax_dog"),
            ("sigmoid", "elephant", "sigmoid_elephant"),
        ]
    ]
    chosen = "".join(
        f"datum.link == '{bar['link']}' && datum.answer == '{bar['answer']}' ? {bar['value']} : "
        for bar in bars
    )
    shared = {
        "data": {"values": [{name: bar[name] for name in ("link", "answer")} for bar in bars]},
        "transform": [{"calculate": f"{chosen}0", "as": "probability"}],
    }
    place = {
        "x": {"field": "answer", "type": "nominal", "title": None, "axis": {"labelAngle": 0}},
        "xOffset": {"field": "link", "sort": list(links)},
        "y": _axis("probability", "probability", 0, 1.1, values=[0, 0.25, 0.5, 0.75, 1]),
    }
    softplus = "max({0}, 0) + log(1 + exp(-abs({0})))"
    yes, no = softplus.format("-({0})"), softplus.format("({0})")
    losses = {
        name: f"{share}*({yes.format(logit)}) + {rest}*({no.format(logit)})"
        for name, logit, share, rest in [
            ("softmax_loss", "a - b", "y", "(1 - y)"),
            ("dog_loss", "a", "y", "(1 - y)"),
            ("elephant_loss", "b", "(1 - y)", "y"),
        ]
    }
    return LivingPicture(
        still,
        _spec(
            "Four bars: for the dog and for the elephant, the probability by softmax beside the one"
            " by sigmoid.",
            [
                _slider("dog", "logit of the dog", 2, -6, 6, 0.1),
                _slider("elephant", "logit of the elephant", 1, -6, 6, 0.1),
                _slider("both", "added to both", 0, -6, 6, 0.1),
                _slider("y", "label: share of the dog", 1, 0, 1, 0.1),
            ],
            {
                "a": "dog + both",
                "b": "elephant + both",
                "softmax_dog": "1/(1 + exp(b - a))",
                "sigmoid_dog": "1/(1 + exp(-a))",
                "sigmoid_elephant": "1/(1 + exp(-b))",
                **losses,
            },
            [
                "'softmax loss: ' + format(softmax_loss, '.4f')",
                "'sigmoid losses: ' + format(dog_loss, '.4f') + ' + ' +"
                " format(elephant_loss, '.4f') + ' = ' + format(dog_loss + elephant_loss, '.4f')",
            ],
            [
                {
                    **shared,
                    "mark": {"type": "bar"},
                    "encoding": {**place, "color": {"field": "link", **_names(links, 2)}},
                },
                {
                    **shared,
                    "mark": {"type": "text", "dy": -8},
                    "encoding": {
                        **place,
                        "text": {"field": "probability", "type": "quantitative", "format": ".3f"},
                    },
                },
            ],
        ),
    )


def smoothing(still: Figure) -> LivingPicture:
    """Loss of a smoothed label over the lead of its class, and the floor under it."""
    x: Spec = {"title": "lead of the right class", "low": -1, "high": 10}
    y: Spec = {"title": "loss in nats", "low": 0, "high": 4}
    loss = "log(exp({0}) + classes - 1) - right*({0})"
    curves = {"smoothed": "vermilion", "not smoothed": "blue"}
    plain = loss.replace("right", "1").format("datum.d")
    here = {
        "data": {"values": [{}]},
        "transform": [
            {"calculate": "lead", "as": "here"},
            {"calculate": "loss", "as": "now"},
            {"calculate": "best", "as": "best_lead"},
            {"calculate": "floor_of_loss", "as": "lowest"},
        ],
    }
    return LivingPicture(
        still,
        _spec(
            "Loss over the lead of the right class. Without smoothing it falls towards 0. With"
            " smoothing it falls to its floor, a dashed line, which it touches at one lead, and"
            " rises again. A dot shows the loss at the chosen lead.",
            [
                _slider("epsilon", "smoothing", 0.1, 0, 0.9, 0.01),
                _slider("classes", "number of classes", 10, 2, 100, 1),
                _slider("lead", "lead", 2, -1, 10, 0.1),
            ],
            {
                "right": "1 - epsilon + epsilon/classes",
                "floor_of_loss": "-right*log(right) - (epsilon > 0 ?"
                " (classes - 1)*epsilon/classes*log(epsilon/classes) : 0)",
                "best": "log(1 + classes*(1 - epsilon)/epsilon)",
                "loss": loss.format("lead"),
                "share": "1/(1 + (classes - 1)*exp(-lead))",
            },
            [
                "'loss at this lead: ' + format(loss, '.4f')",
                "'probability of the right class: ' + format(share, '.4f')",
                "'floor: ' + format(floor_of_loss, '.4f') +"
                " (epsilon > 0 ? ', at lead ' + format(best, '.4f') : ', which no lead reaches')",
            ],
            [
                {
                    "data": {"sequence": {"start": -1, "stop": 10.01, "step": 0.05, "as": "d"}},
                    "transform": [
                        {"calculate": loss.format("datum.d"), "as": "smoothed"},
                        {"calculate": plain, "as": "not smoothed"},
                        {"fold": list(curves), "as": ["label", "cost"]},
                    ],
                    "mark": {"type": "line", "strokeWidth": 2.5, "clip": True},
                    "encoding": {
                        "x": _axis("d", **x),
                        "y": _axis("cost", **y),
                        "color": {"field": "label", "type": "nominal", **_names(curves, 2)},
                        "strokeDash": {
                            "field": "label",
                            "type": "nominal",
                            "scale": {"domain": list(curves), "range": [[1, 0], [7, 4]]},
                        },
                    },
                },
                {
                    **here,
                    "mark": {"type": "rule", "color": COLORS["black"], "strokeDash": [3, 3],
                             "clip": True},
                    "encoding": {"y": _axis("lowest", **y)},
                },
                {
                    **here,
                    "mark": {"type": "tick", "color": COLORS["black"], "orient": "vertical",
                             "size": 16, "thickness": 2.5, "clip": True},
                    "encoding": {"x": _axis("best_lead", **x), "y": _axis("lowest", **y)},
                },
                {
                    **here,
                    "mark": {"type": "point", "filled": True, "opacity": 1, "size": 110,
                             "clip": True, "color": COLORS["vermilion"]},
                    "encoding": {"x": _axis("here", **x), "y": _axis("now", **y)},
                },
            ],
        ),
    )  # fmt: skip


def three_digits(numbers: Iterable[float]) -> list[float]:
    """Round to three digits, so that the last bits, which differ between machines, are gone."""
    # Adding 0 makes a 0 of a negative zero.
    return [float(f"{float(number):.2e}") + 0 for number in numbers]


def margin(still: Figure, losses: Mapping[str, Sequence[float]]) -> LivingPicture:
    """Losses along the margin, as libraries have returned them for the margins 0, 1, 2, ...

    Parameters
    ----------
    still : matplotlib.figure.Figure
        The still version.
    losses : mapping
        For each library its losses, to three digits.
    """
    rounded = {name: list(each) for name, each in losses.items()}
    last = min(map(len, rounded.values())) - 1
    x: Spec = {"title": "margin of the right class", "low": 0, "high": last}
    # A logarithmic scale has no 0, so the lowest line of the picture stands for it.
    zero = 1e-50
    colors = dict(
        zip(rounded, ("blue", "sky", "amber", "rose", "green", "vermilion"), strict=False)
    )
    scale = {"type": "log", "domain": [zero, 10], "nice": False}
    label = f"datum.value < {10 * zero} ? '0' : datum.value == 1 ? '1' : format(datum.value, '.0e')"
    axis = {"values": [zero, 1e-40, 1e-30, 1e-20, 1e-10, 1], "labelExpr": label}
    y: Spec = {"title": "loss in nats", "type": "quantitative", "scale": scale, "axis": axis}
    names = list(rounded)
    said = "'{0} ' + (losses['{0}'][d] > 0 ? format(losses['{0}'][d], '.2e') : '0')"
    pairs = [names[k : k + 2] for k in range(0, len(names), 2)]
    data = {"sequence": {"start": 0, "stop": last + 1, "as": "margin"}}
    # Where curves lie on one another, all of them can be seen: the thickest is drawn first.
    curves = [
        {
            "data": data,
            "transform": [
                {"calculate": f"max(losses['{name}'][datum.margin], {zero})", "as": "loss"}
            ],
            "mark": {"type": "line", "strokeWidth": width},
            "encoding": {
                "x": _axis("margin", **x),
                "y": {"field": "loss", **y},
                "color": {"datum": name, **_names(colors, 3)},
            },
        }
        for name, width in zip([*names[1:], names[0]], (14, 11, 8, 5, 2.5, 2.5), strict=False)
    ]
    spec = _spec(
        "Loss, on a logarithmic scale, over the margin of the right class, one curve for each"
        " library. All curves fall along one line. Those of the frameworks drop to 0 early, that of"
        " xentlib follows the line on.",
        [_slider("d", "margin", 10, 0, last, 1)],
        {},
        ["'Loss at the margin ' + d + ':'",
         *(" + ', ' + ".join(said.format(name) for name in pair) for pair in pairs)],
        [
            *curves,
            {
                "data": {"values": [{}]},
                "transform": [{"calculate": "d", "as": "here"}],
                "mark": {"type": "rule", "color": COLORS["black"], "strokeDash": [4, 4]},
                "encoding": {"x": _axis("here", **x)},
            },
        ],
    )  # fmt: skip
    spec["params"].insert(0, {"name": "losses", "value": rounded})
    return LivingPicture(still, spec)
