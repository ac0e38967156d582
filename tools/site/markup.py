"""A Sphinx extension that mends the HTML of single nodes, where it hinders a reader.

- Images say how large they are, so that nothing moves when they come, and wait until they are near.
- The button of a folded solution is called what it says.
- A bibliography uses no role that ARIA has given up.
"""

import re
from collections.abc import Callable
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.application import Sphinx
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator

Visitor = Callable[[HTML5Translator, nodes.Element], None]


def without(visit: Visitor, *unwanted: str) -> Visitor:
    """Return a visitor that writes the same, without some attributes."""

    def visit_and_mend(self: HTML5Translator, node: nodes.Element) -> None:
        begin = len(self.body)
        visit(self, node)
        written = "".join(self.body[begin:])
        for text in unwanted:
            written = written.replace(f" {text}", "")
        self.body[begin:] = [written]

    return visit_and_mend


def visit_image(self: HTML5Translator, node: nodes.Element) -> None:
    """Write an image with its size, from the file as it is before it is copied."""
    size = size_of(Path(self.builder.srcdir) / node["uri"])
    HTML5Translator.visit_image(self, node)
    if size:
        more = f'width="{size[0]}" height="{size[1]}" loading="lazy" decoding="async"'
        self.body[-1] = self.body[-1].replace("<img ", f"<img {more} ", 1)


def size_of(file: Path) -> tuple[int, int] | None:
    """Return an image's width and height, if they can be found."""
    if not file.is_file():
        return None
    if file.suffix != ".svg":
        return get_image_size(str(file))
    start = file.read_text(encoding="utf-8")[:2000]
    found = re.search(r'viewBox="\S+ \S+ ([\d.]+) ([\d.]+)"', start)
    return (round(float(found[1])), round(float(found[2]))) if found else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Replace the visitors of these nodes."""
    citation = without(HTML5Translator.visit_citation, 'role="list"', 'role="doc-biblioentry"')
    fold = without(visit_HideCellInput, 'aria-label="Toggle hidden content"')
    visitors: dict[type[nodes.Element], tuple[Visitor, Visitor]] = {
        nodes.image: (visit_image, HTML5Translator.depart_image),
        nodes.citation: (citation, HTML5Translator.depart_citation),
        HideCodeCellNode: (fold, depart_HideCellInput),
    }
    for node, pair in visitors.items():
        app.add_node(node, override=True, html=pair)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
