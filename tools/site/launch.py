"""A Sphinx extension for the buttons by which a reader runs a chapter.

- "Run" opens it in the site's own JupyterLite (`tools.lite`). A chapter that cannot run there says
  why instead.
- Binder and Colab are there as soon as `repository_url` in `_config.yml` says where the book is.
- The notebook can be downloaded.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tools import colab, lite
from tools.frameworks import needs_frameworks

RUN = {
    "type": "link",
    "label": "run",
    "text": "Run",
    "icon": "fas fa-play",
    "classes": "pst-js-only",
}
NEEDS = ("binderhub_url", "colab_url")


def notebook_of(app: Sphinx, name: str) -> Path | None:
    """Return the notebook of a page, if it is one."""
    path = Path(app.env.doc2path(name)) if name in app.env.found_docs else Path()
    return path if path.suffix == ".ipynb" else None


def elsewhere(group: dict[str, Any], branch: str, frameworks: bool) -> dict[str, Any]:
    """Return the theme's menu of other places to run a chapter, as it is right for this book.

    The theme's pictures are not part of the site. Binder has no room for the frameworks.
    """
    buttons = []
    for button in group["buttons"]:
        address = button["url"]
        if button["text"] == "Colab":
            address = address.replace(f"/blob/{branch}/", f"/blob/{colab.BRANCH}/", 1)
        elif frameworks:
            continue
        tooltip = f"Run this chapter on {button['text']}"
        buttons.append(button | {"url": address, "icon": None, "tooltip": tooltip})
    return group | {"buttons": buttons, "tooltip": "Run this chapter elsewhere"}


def _add(app: Sphinx, name: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    notebook = notebook_of(app, name)
    if notebook is None:
        return
    buttons = context["header_buttons"]
    for index, button in enumerate(buttons):
        if button.get("label") == "launch-buttons":
            branch = app.config.html_theme_options.get("repository_branch", "main")
            buttons[index] = elsewhere(button, branch, needs_frameworks(notebook))
        for inner in button.get("buttons", ()):
            if inner.get("label") == "download-source-button":
                inner |= {"text": "Notebook", "tooltip": "Download this chapter as a notebook"}
    if lite.obstacle(notebook) is None:
        address = context["pathto"](lite.address(f"{name}.ipynb"), 1)
        python = "the site itself" if lite.mode() else "cdn.jsdelivr.net"
        tooltip = f"Run this chapter in your browser. Python comes from {python}."
        buttons.insert(0, RUN | {"url": address, "tooltip": tooltip})


def _explain(app: Sphinx, doctree: nodes.document) -> None:
    """Say below a chapter's title why it has no button, if it has none."""
    notebook = notebook_of(app, app.env.docname)
    reason = lite.obstacle(notebook) if notebook else None
    title = next(iter(doctree.findall(nodes.title)), None)
    if reason and title is not None:
        said = (
            f"This chapter {reason}, so it cannot run in a browser. Download its notebook instead."
        )
        note = nodes.raw("", f'<p class="not-here">{said}</p>', format="html")
        title.parent.insert(title.parent.index(title) + 1, note)


def _prepare(app: Sphinx, config: Config) -> None:
    if not config.html_theme_options.get("repository_url"):
        launch = config.html_theme_options.get("launch_buttons", {})
        kept = {key: value for key, value in launch.items() if key not in NEEDS}
        config.html_theme_options["launch_buttons"] = kept


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above to a build; the theme's buttons come first."""
    app.connect("config-inited", _prepare)
    app.connect("doctree-read", _explain)
    app.connect("html-page-context", _add, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
