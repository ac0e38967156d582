"""A Sphinx extension for the reference pages: docstrings as they are written here, links, data.

The page on the library is made by Sphinx's autodoc and napoleon. What they do not know:

- In a docstring, a name between single backticks is a link if it is public, and code otherwise.
- A chapter's name in it is a link if the book has that chapter.
- On the other pages, the first mention of a public name links back to its entry.
- The registry of formulas is published as `formulas.json` beside the page that shows it.
"""

import importlib
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from xentlib.symbolic.records import registry_as_json

PUBLIC = ("xentlib", "xentlib.symbolic", "xentlib.course")
API = "chapters/reference/api"
SHEET = "chapters/reference/formulas"
# What stays as it is (examples, roles, code), and in between, what is to be read anew.
_MARKUP = re.compile(
    r"^ *(?:>>>|\.\.\.) .*$|:[a-z:]+:`[^`]*`"
    r"|``(?P<chapter>(?:information|losses|practice)/[a-z-]+)``|``.+?``|`(?P<name>[^`]+)`(?!_)",
    re.MULTILINE,
)
_FOOTNOTE = re.compile(r"^( *)\.\. \[(\d+)\] ", re.MULTILINE)
_NOT_WITHIN = (nodes.title, nodes.reference, nodes.term, addnodes.pending_xref)


@cache
def public_names() -> dict[str, str]:
    """Return the full name of everything public, by its short name."""
    modules = {module: importlib.import_module(module) for module in PUBLIC}
    return {name: f"{path}.{name}" for path, module in modules.items() for name in module.__all__}


def prepared(docstring: str, chapters: set[str]) -> str:
    """Return a docstring in the spelling that Sphinx reads."""

    def read(found: re.Match[str]) -> str:
        if name := found["name"]:
            target = mentioned(name)
            return f":py:obj:`{name} <{target}>`" if target else f"``{name}``"
        page = f"chapters/{found['chapter']}"
        return f":doc:`/{page}`" if page in chapters else found[0]

    # A footnote's number may stand only once on a page, and a list's number in every entry.
    return _MARKUP.sub(read, _FOOTNOTE.sub(r"\1\2. ", docstring))


def mentioned(text: str) -> str | None:
    """Return the full name of what a piece of code names, if it is public.

    The library's own functions are known by their short names too; those of `xentlib.symbolic` and
    `xentlib.course`, among them words such as `check`, only if they are classes.
    """
    names = public_names()
    if text in names.values():
        return text
    target = names.get(text)
    known = target == f"xentlib.{text}" or text[:1].isupper()
    return target if known else None


def _comment(name: str, value: Any) -> list[str]:
    """Return the `#:` comment of a constant, from the module in which it is really defined."""
    package, _, short = name.rpartition(".")
    for path, module in sorted(sys.modules.items()):
        if path.startswith(package) and getattr(module, short, None) is value:
            found = ModuleAnalyzer.for_module(path).find_attr_docs().get(("", short))
            if found:
                return found
    return []


def _prepare(app: Sphinx, what: str, name: str, value: Any, _: Any, lines: list[str]) -> None:
    if what == "data":  # Sphinx takes the docstring of its type
        lines[:] = _comment(name, value)
    lines[:] = prepared("\n".join(lines), app.env.found_docs).split("\n")


def _link_back(app: Sphinx, doctree: nodes.document) -> None:
    """Turn mentions of public names into links: the first of each, on the sheet all of them."""
    page, seen = app.env.docname, set()
    if page == API:
        return
    for code in list(doctree.findall(nodes.literal)):
        target = mentioned(code.astext())
        if target is None or target in seen or _within(code):
            continue
        if page != SHEET:
            seen.add(target)
        link = addnodes.pending_xref(
            "", code.deepcopy(), refdomain="py", reftype="obj", reftarget=target, refdoc=page,
            refwarn=True,
        )  # fmt: skip
        code.replace_self(link)


def _within(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, _NOT_WITHIN):
            return True
    return False


def _publish(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        file = Path(app.outdir) / f"{SHEET}.json"
        file.write_text(registry_as_json(), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the above to a build."""
    # Before napoleon, which reads sections and makes links of what `See Also` names.
    app.connect("autodoc-process-docstring", _prepare, priority=400)
    app.connect("doctree-read", _link_back)
    app.connect("build-finished", _publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
