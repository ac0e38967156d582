"""How far apart colours are for those who see fewer, and by what a figure's marks differ."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from xml.etree import ElementTree

from coloraide import Color

#: Those who lack one of the three kinds of cones, and paper that has lost all colour.
SIGHTS = ("normal", "protan", "deutan", "tritan", "grey")
#: The least distance (CIEDE2000). About 1 is the least that an eye can see side by side; a line or
#: a dot that is compared with a legend needs several times that.
LEAST = 10.0
# Lightness alone: what has less colour than this is paper, ink or grid.
COLOURLESS = 0.02
_LINK = "{http://www.w3.org/1999/xlink}href"
_NUMBERS = re.compile(r"[-\d.\s]+")


@cache
def seen(colour: str, sight: str) -> Color:
    """Return a colour as it is seen: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A
    physiologically-based model for simulation of color vision deficiency", 2009.
    """
    if sight == "normal":
        return Color(colour)
    if sight == "grey":
        return Color(colour).filter("grayscale")
    return Color(colour).filter(sight, method="machado")


@cache
def distance(one: str, other: str, sight: str) -> float:
    return float(seen(one, sight).delta_e(seen(other, sight), method="2000"))


def confused(one: str, other: str) -> list[str]:
    """Return the sights to which two colours look too much alike."""
    return [sight for sight in SIGHTS if distance(one, other, sight) < LEAST]


def _style(element: ElementTree.Element) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def marks(svg: str, meaningful: set[str]) -> dict[str, set[str]]:
    """Return the colours of a figure that may mean something, and how each of them is drawn.

    A line is known by its dashes and its markers, a dot by its outline, an area as an area. Text
    and axes are left out, and so are greys unless they are named as meaningful.
    """
    root = ElementTree.fromstring(svg)
    outlines = {str(e.get("id")): e.get("d", "") for e in root.iter() if e.get("id") and e.get("d")}
    found: dict[str, set[str]] = {}
    for group in _groups(root):
        for colour, kinds in _drawn(group, outlines).items():
            if colour in meaningful or Color(colour).convert("oklch")["chroma"] > COLOURLESS:
                found.setdefault(colour, set()).add(" ".join(sorted(kinds)))
    return found


def _groups(element: ElementTree.Element, name: str = "") -> Iterator[ElementTree.Element]:
    """Yield what is drawn as one: a line with its markers, a patch, a collection."""
    for child in element:
        own = re.sub(r"_\d+$", "", child.get("id", "")) or name
        if own.startswith(("matplotlib.axis", "text", "xtick", "ytick")) or "defs" in child.tag:
            continue
        if own.startswith(("line2d", "patch")) or "Collection" in own:
            child.set("kind", own)
            yield child
        else:
            yield from _groups(child, own)


def _drawn(group: ElementTree.Element, outlines: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    dots = group.get("kind", "").startswith(("line2d", "Path"))
    for element in group.iter():
        style = _style(element)
        for what in ("fill", "stroke"):
            if not style.get(what, "").startswith("#"):
                continue
            if element.tag.endswith("use") and dots:
                outline = outlines.get(element.get(_LINK, "")[1:], "")
                kind = "dot" + _NUMBERS.sub("", outline)
            elif what == "fill":
                kind = "area"
            else:
                kind = "line " + style.get("stroke-dasharray", "solid")
            share = float(style.get("opacity", 1)) * float(style.get(f"{what}-opacity", 1))
            colour = Color("white").mix(style[what], share, space="srgb").convert("srgb")
            found.setdefault(colour.to_string(hex=True), set()).add(kind)
    return found


def alike(svg: str, meaningful: set[str]) -> list[str]:
    """Return the pairs of colours that somebody cannot tell apart, nor what is drawn in them."""
    drawn = marks(svg, meaningful)
    return [
        f"{one} and {other}: {', '.join(sights)}"
        for one, other in combinations(sorted(drawn), 2)
        if drawn[one] & drawn[other] and (sights := confused(one, other))
    ]
