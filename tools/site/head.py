"""A Sphinx extension for what a page says of itself to search engines and to those who share it.

Every page has a description, and its title and description for previews (Open Graph). What
needs an absolute address is there as soon as `html_baseurl` says where the site is: the preview's
image, the page's languages, a sitemap. There is a page for addresses that do not exist.
"""

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tools.site import folder_for

LONGEST = 155
SHORTEST = 60
IMAGES = "_static/previews"
# The pages that Sphinx makes itself.
TITLES = {"genindex": "Index", "search": "Search", "404": "This page does not exist"}
# What is no running text.
_APART = (nodes.Admonition, nodes.raw, nodes.literal_block, nodes.table, nodes.topic)


def description(doctree: nodes.document | None, title: str) -> str:
    """Return what a page is about: the beginning of its running text, cut at a word."""
    said = ""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if len(said) < SHORTEST and not _is_apart(paragraph):
            said = f"{said} {_words(paragraph)}".strip()
    said = said if len(said) >= SHORTEST else f"{title}: {said}".strip(": ")
    return said if len(said) <= LONGEST else said[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _is_apart(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, _APART) or "cell" in (node.get("classes") or ()):
            return True
    return False


def _words(paragraph: nodes.paragraph) -> str:
    words = []
    for text in paragraph.findall(nodes.Text):
        in_formula = isinstance(text.parent, nodes.math)
        words.append(re.sub(r"[\\{}$]", "", text.astext()) if in_formula else text.astext())
    return " ".join("".join(words).split())


def tags(page: dict[str, str]) -> str:
    """Return the tags of a page: `name` for engines, `property` for previews."""
    written = [f'<meta name="description" content="{html.escape(page["description"])}">']
    for name, content in page.items():
        written.append(f'<meta property="og:{name}" content="{html.escape(content)}">')
    return "\n    ".join(["", *written])


def languages(address: str, language: str) -> str:
    """Return the links to a page's languages; there is one, which is also for everybody else."""
    return "".join(
        f'\n    <link rel="alternate" hreflang="{name}" href="{address}">'
        for name in (language, "x-default")
    )


def _add(app: Sphinx, name: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    title = context.get("title") or TITLES.get(name) or app.config.html_title
    title = html.unescape(re.sub(r"<[^>]+>", "", title))
    page = {
        "title": title,
        "description": description(doctree, f"{title}, in the book {app.config.html_title}"),
        "type": "website" if name == app.config.root_doc else "article",
        "site_name": app.config.html_title,
        "locale": app.config.language,
    }
    more = ""
    if base := app.config.html_baseurl:
        address = context["pageurl"]
        page |= {
            "url": address,
            "image": f"{base.rstrip('/')}/{IMAGES}/{preview(app, name, title)}",
        }
        more = languages(address, app.config.language)
    if name == "404":
        # A server shows this page at any address, so its links must begin at the site's root.
        more += f'\n    <base href="{base or "/"}">'
    context["metatags"] = (context.get("metatags") or "") + tags(page) + more


def preview(app: Sphinx, name: str, title: str) -> str:
    """Draw the image that is shown where a page is shared, and return its file's name."""
    file = Path(app.outdir) / IMAGES / f"{name.replace('/', '-')}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    draw(file, title, app.config.html_title)
    return file.name


def draw(file: Path, title: str, below: str, pixels: tuple[int, int] = (1200, 630)) -> None:
    """Draw two lines of text over two crossing loss curves."""
    # Only a site with an address and a cover need it, and it takes a second to import.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = (size / 100 for size in pixels)
    figure = Figure(figsize=(width, height), dpi=100, facecolor="#0b2545")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 12), ylim=(0, 6.3))
    axes.set_axis_off()
    grid = [index / 100 for index in range(2, 1201)]
    axes.plot(grid, [0.4 + 4.6 / (1 + 2 * x) for x in grid], color="#56b4e9", lw=10)
    axes.plot(grid, [0.4 + 4.6 / (1 + 2 * (12.02 - x)) for x in grid], color="#e69f00", lw=10)
    for text, y, size in ((title, 4.2, 44 if len(title) < 30 else 32), (below, 2.6, 26)):
        axes.text(6, y, text, fontsize=size, wrap=True, ha="center", va="center", color="white")
    canvas = FigureCanvasAgg(figure)
    canvas.print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]


def _write_sitemap(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name != "html" or not app.config.html_baseurl:
        return
    base = app.config.html_baseurl.rstrip("/")
    pages = "".join(
        f"<url><loc>{base}/{name}.html</loc></url>\n" for name in sorted(app.env.found_docs)
    )
    begin = '<?xml version="1.0" encoding="UTF-8"?>\n'
    begin += '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    for name, text in {
        "sitemap.xml": f"{begin}{pages}</urlset>\n",
        "robots.txt": f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap.xml\n",
    }.items():
        (Path(app.outdir) / name).write_text(text, encoding="utf-8", newline="\n")


def _prepare(app: Sphinx, config: Config) -> None:
    templates = folder_for(app.confdir, "templates")
    if templates not in config.templates_path:
        config.templates_path.append(templates)
    config.html_additional_pages = {**config.html_additional_pages, "404": "404.html"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above to a build."""
    app.connect("config-inited", _prepare)
    app.connect("html-page-context", _add)
    app.connect("build-finished", _write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
