"""A Sphinx extension for pictures with sliders, which a page draws without a kernel.

A notebook stores such a picture as a figure and as a Vega-Lite specification, both of which come
from `xentlib.course.living`. A page shows the figure. When the reader comes near, `living.js` loads
Vega and puts the living picture in its place. Vega comes from npm: without Node.js, and on paper,
the figure stays.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer, load_mime_renders
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

from tools.node import find_node, folder, is_installed
from tools.site import HERE, folder_for
from xentlib.course.living import VEGALITE

PACKAGES = "site"
LIBRARY = "_static/vega.js"
_logger = logging.getLogger(__name__)


class Specification(nodes.Element):  # type: ignore[misc]
    """A Vega-Lite specification, among the forms in which an output is stored."""


class _Keep:
    """Lets myst-nb keep a specification, which it would complain of."""

    mime_priority_overrides = ()

    @staticmethod
    def handle_mime(
        renderer: NbElementRenderer, data: MimeData, inline: bool
    ) -> list[nodes.Element] | None:
        return [Specification(spec=data.content)] if data.mime_type == VEGALITE else None


def run(*arguments: str, text: str = "") -> str:
    """Run the program for Node.js."""
    command = [find_node() or "node", str(HERE / "living.cjs"), str(folder(PACKAGES)), *arguments]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout


def compiled(specs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return Vega specifications, and what the compiler complains of."""
    answer = json.loads(run(text=json.dumps(specs)))
    return answer["specs"], answer["complaints"]


class ShowLiving(SphinxPostTransform):
    """Puts the specification of a living picture beside its figure, for pages on a screen."""

    default_priority = 3  # before myst-nb takes one form of each output and drops the others
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Run the transform on one page."""
        found = list(self.document.findall(Specification))
        if not found or self.app.builder.name != "html" or not is_installed(PACKAGES):
            return
        specs, complaints = compiled([node["spec"] for node in found])
        for complaint in complaints:
            _logger.warning("living picture: %s", complaint, location=found[0])
        library = relative_uri(self.app.builder.get_target_uri(self.env.docname), LIBRARY)
        for node, spec in zip(found, specs, strict=True):
            bundle = node.parent.parent
            image = next(bundle.findall(nodes.image))
            # Nothing in it may look like the end of the script.
            written = json.dumps(spec, separators=(",", ":")).replace("<", "\\u003c")
            room = "; ".join(
                f"--{name}: {count}" for name, count in node["spec"]["usermeta"].items()
            )
            begin = f'<div class="living" style="{room}" data-library="{library}">'
            bundle.replace_self([
                nodes.raw("", begin, format="html"),
                image,
                nodes.raw("", f'<script type="application/json">{written}</script></div>',
                          format="html"),
            ])  # fmt: skip


def _write_library(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html" and is_installed(PACKAGES):
        file = Path(app.outdir) / LIBRARY
        file.write_text(run("library"), encoding="utf-8", newline="\n")


def _prepare(app: Sphinx, config: Config) -> None:
    if _Keep not in load_mime_renders():
        load_mime_renders().append(_Keep)
    config.html_static_path.append(folder_for(app.confdir, "static"))
    app.add_css_file("living.css")
    app.add_js_file("living.js")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above to a build of HTML pages."""
    app.add_node(Specification)
    app.add_post_transform(ShowLiving)
    app.connect("config-inited", _prepare)
    # After the style sheet was cut to the words of the pages and scripts: Vega has too many.
    app.connect("build-finished", _write_library, priority=960)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
