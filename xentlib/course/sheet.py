"""The sheet of formulas, written from the registry, so that it can say nothing else."""

import json
import re
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path
from typing import Any

import sympy as sp

from xentlib.symbolic import Formula, Quantity, formulas
from xentlib.symbolic.parsing import parse
from xentlib.symbolic.printing import latex

_SIGNS = {"<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "=": "="}
_KINDS = {
    "real": r"\in \mathbb{R}",
    "positive": "> 0",
    "nonnegative": r"\ge 0",
    "negative": "< 0",
    "nonpositive": r"\le 0",
    "nonzero": r"\ne 0",
    "integer": r"\in \mathbb{Z}",
    "complex": r"\in \mathbb{C}",
}


class Sheet:
    """Formulas that a notebook shows as a nested list."""

    def __init__(self, roots: list[Formula]) -> None:
        self.roots = roots

    def __repr__(self) -> str:
        return "\n".join(
            f"{'  ' * depth}{found}" for root in self.roots for found, depth, _ in _family(root)
        )

    def _repr_markdown_(self) -> str:
        chapters = written_chapters()
        order = list(chapters)
        named = dict.fromkeys(root.chapter for root in self.roots)
        blocks = []
        for chapter in sorted(named, key=lambda c: order.index(c) if c in order else len(order)):
            blocks.append(f"{_chapter(chapter, chapters)}:")
            blocks += [
                _entry(found, depth, parent, chapters)
                for root in self.roots
                if root.chapter == chapter
                for found, depth, parent in _family(root)
            ]
        return "\n\n".join(blocks) + "\n"


def formula_sheet(part: str) -> Sheet:
    """Show the formulas of a part of the book: forms and gradients under their formulas.

    Parameters
    ----------
    part : str
        A part of the book, such as ``"losses"``.

    Returns
    -------
    Sheet
        What a notebook displays as a list, with links to the chapters that the book has.

    Raises
    ------
    ValueError
        If no formula belongs to a chapter of that part.

    Examples
    --------
    >>> from xentlib.course import formula_sheet
    >>> print(str(formula_sheet("losses")).splitlines()[0])
    sigmoid: 1/(1 + exp(-x))
    """
    roots = [found for found in formulas() if not (found.form_of or found.gradient_of)]
    chosen = [root for root in roots if root.chapter.startswith(f"{part}/")]
    if not chosen:
        parts = sorted({root.chapter.split("/")[0] for root in roots})
        raise ValueError(f"no formula belongs to {part!r}; the parts are {', '.join(parts)}")
    return Sheet(chosen)


def written_chapters() -> dict[str, tuple[str, str]]:
    """Return title and relative address of each chapter in the book's table of contents.

    The book is looked for around the current directory, which for a notebook is its own. Outside of
    a book there are no chapters, and a sheet has no links.
    """
    here = Path.cwd()
    found: dict[str, tuple[str, str]] = {}
    for book in (here, *here.parents):
        if not (book / "_toc.yml").is_file():
            continue
        listed = (book / "_toc.yml").read_text(encoding="utf-8")
        for chapter in re.findall(r"^\s*- file: chapters/([\w/-]+)\s*$", listed, re.MULTILINE):
            notebook = book / "chapters" / f"{chapter}.ipynb"
            if notebook.is_file():
                found[chapter] = _title(notebook), Path(relpath(notebook, here)).as_posix()
        break
    return found


def _title(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1].strip() if heading else notebook.stem


def _family(root: Formula, depth: int = 0, parent: Formula | None = None) -> Iterator[Any]:
    """Yield a formula and all that stand under it, with their depths and parents."""
    yield root, depth, parent
    for child in formulas():
        if root.id in (child.form_of, child.gradient_of):
            yield from _family(child, depth + 1, root)


def _chapter(chapter: str, chapters: dict[str, tuple[str, str]]) -> str:
    if chapter in chapters:
        title, address = chapters[chapter]
        return f"Derived in [{title}]({address})"
    return f"To be derived in a chapter on {chapter.split('/')[-1].replace('-', ' ')}"


def _entry(
    found: Formula, depth: int, parent: Formula | None, chapters: dict[str, tuple[str, str]]
) -> str:
    """Return one formula as an item of a list: title and function, formula, symbols."""
    function = f"`{found.implementation}`"
    if found.gradient_of and parent:
        function += f" of `{parent.implementation}`"
    known = parent.quantities if parent else ()
    said = [_symbol(q, found) for q in found.quantities if q not in known]
    counted = parent.each if parent else {}
    spans = [_span(*item) for item in found.each.items() if item not in counted.items()]
    if spans:
        said.append("for each " + " and ".join(spans))
    said.append(f"value [{found.unit}]")
    lines = [
        f"(formula-{found.id})=",
        f"**{found.title}**, {function}",
        "",
        rf"$\displaystyle {found.latex}$",
        "",
        "; ".join(said),
    ]
    if parent and parent.chapter != found.chapter:
        lines[-1] += f". {_chapter(found.chapter, chapters)}"
    first, *rest = [f"{'  ' * (depth + 1)}{line}".rstrip() for line in lines]
    return "\n".join([f"{'  ' * depth}- {first.lstrip()}", *rest])


def _symbol(quantity: Quantity, found: Formula) -> str:
    assumed = ", ".join(_assumption(p, found) for p in _pieces(quantity.assumptions))
    return f"${assumed}$ {quantity.meaning} [{quantity.unit}]"


def _span(name: str, span: tuple[Any, Any]) -> str:
    return rf"${name} = {span[0]}, \dots, {span[1]}$"


def _pieces(text: str) -> list[str]:
    """Split assumptions at the commas outside of parentheses."""
    return [piece.strip() for piece in re.split(r",(?![^()]*(?:\([^()]*\)[^()]*)*\))", text)]


def _assumption(said: str, found: Formula) -> str:
    """Return an assumption as LaTeX: ``x real``, ``0 <= z <= 1``, ``sum(y[j], (j, 1, C)) = 1``."""
    inner = re.findall(r"\[\s*(\w+)\s*\]", said)
    names = {**{name: sp.Symbol(name, integer=True) for name in inner}, **found.names}

    def side(text: str) -> str:
        return latex(parse(text, names), written=True)

    *subject, kind = said.split()
    if kind in _KINDS:
        return f"{', '.join(side(name) for name in subject)} {_KINDS[kind]}"
    parts = re.split(r"(<=|>=|<|>|=)", said)
    return " ".join(_SIGNS[part] if part in _SIGNS else side(part.strip()) for part in parts)
