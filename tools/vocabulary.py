"""Words, names and symbols: a chapter uses none that it or an earlier one has not introduced.

    python -m tools.vocabulary

The glossary says which chapter introduces a term, the notation table which one introduces a symbol.
No check runs a notebook.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode

from tools.hygiene import FRAMED_PARTS, code_cells, tags, toc_files
from tools.notebooks import CHAPTERS, ROOT, read
from xentlib.symbolic import formulas
from xentlib.symbolic.parsing import FUNCTION_NAMES

GLOSSARY = CHAPTERS / "reference" / "glossary.md"
NOTATION = CHAPTERS / "reference" / "notation.md"

_LINK = re.compile(r"\]\(\.\./([a-z]+/[a-z-]+)\)")
_TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`>]*)>?`")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_MATH = re.compile(r"\$[^$]+\$")
_OTHER_ROLE = re.compile(r"\{(?!term\})[a-z:]+\}`[^`]*`")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_HEADING = re.compile(r"^#+ .*$|^\([\w-]+\)=$", re.MULTILINE)
_ADDRESS = re.compile(r"\]\([^)]*\)")
_DERIVES = {"Derivation", "derivative", "then", "at_least", "at_most"}


@dataclass(frozen=True)
class Entry:
    """A term of the glossary."""

    term: str
    definition: str
    chinese: str = ""

    @property
    def home(self) -> str | None:
        """The chapter that introduces the term: the last link of its definition."""
        links = _LINK.findall(self.definition)
        return links[-1] if links else None

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds the term in a text, in the singular or the plural."""
        words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", self.term)))
        plural = words[:-1] + "(?:y|ies)" if words.endswith("y") else words + "(?:s|es)?"
        return re.compile(rf"(?<![\w-]){plural}(?![\w-])", re.IGNORECASE)


def glossary_entries(text: str) -> list[Entry]:
    """Return the entries of a glossary page."""
    body = re.search(r"^:::\{glossary\}\n(.*?)^:::$", text, re.DOTALL | re.MULTILINE)
    if body is None:
        return []
    found = []
    for block in re.split(r"\n\n(?=\S)", body[1].strip("\n")):
        lines = block.splitlines()
        names = [line.strip() for line in lines if not line.startswith(" ")]
        definition = " ".join(line.strip() for line in lines if line.startswith(" "))
        found.append(Entry(names[0], definition, " ".join(names[1:])))
    return found


def glossary_problems(entries: Sequence[Entry], order: Sequence[str]) -> Iterator[str]:
    """The glossary is sorted, says something, has both languages, and names a chapter."""
    terms = [entry.term.casefold() for entry in entries]
    for earlier, later in pairwise(terms):
        if later <= earlier:
            yield f"glossary: {later!r} stands after {earlier!r}; sort the terms."
    for entry in entries:
        if entry.home not in order:
            yield f"glossary: {entry.term!r} names no chapter that introduces it."
        if len(_ADDRESS.sub("]", entry.definition).split()) < 8:
            yield f"glossary: {entry.term!r} is hardly explained."
        if not _CHINESE.search(entry.chinese):
            yield f"glossary: {entry.term!r} has no second line with its name in Chinese."


def _prose(notebook: NotebookNode, *, with_title: bool) -> str:
    """Return a chapter's running text: no headings, no code, no formulas, no addresses."""
    cells = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "markdown" and (with_title or "frame-title" not in tags(cell))
    ]
    text = "\n\n".join(cells)
    terms: list[str] = []

    def keep(match: re.Match[str]) -> str:
        terms.append(match[0])
        return f"\x00{len(terms) - 1}\x00"

    text = _TERM.sub(keep, text)
    for pattern in (_OTHER_ROLE, _CODE, _MATH, _HEADING, _ADDRESS):
        text = pattern.sub(" ", text)
    return re.sub(r"\x00(\d+)\x00", lambda match: terms[int(match[1])], text)


def _box(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if "frame-title" in tags(cell))


def term_problems(chapters: Mapping[str, NotebookNode], entries: Sequence[Entry]) -> Iterator[str]:
    """Each chapter links a term where it first uses it, and uses none before its time."""
    order = list(chapters)
    for name, notebook in chapters.items():
        text = _prose(notebook, with_title=False)
        box = _TERM.sub(lambda match: match[0], _box(notebook))
        linked = [
            (match.start(), match.end(), match[1].casefold()) for match in _TERM.finditer(text)
        ]
        for entry in sorted(entries, key=lambda entry: -len(entry.term)):
            place = _first_use(text, entry, entries)
            if place is None:
                continue
            late = entry.home in order and order.index(entry.home) > order.index(name)
            if late and not entry.pattern.search(box):
                yield f"{name}: {entry.term!r} is used before {entry.home} introduces it."
            inside = [term for start, end, term in linked if start <= place < end]
            if inside != [entry.term.casefold()]:
                nearby = " ".join(text[max(place - 40, 0) : place + 40].split())
                yield f"{name}: the first {entry.term!r} is not linked to the glossary: {nearby!r}."


def _first_use(text: str, entry: Entry, entries: Sequence[Entry]) -> int | None:
    """Return where a term is first used by itself, not as a part of a longer term."""
    longer = [
        other.pattern
        for other in entries
        if len(other.term) > len(entry.term) and entry.pattern.search(other.term)
    ]
    taken = [match.span() for pattern in longer for match in pattern.finditer(text)]
    for match in entry.pattern.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            return match.start()
    return None


# --- names of code ------------------------------------------------------------------------------


def _library_names(source: str) -> set[str]:
    """Return the functions of the library that a cell calls as `xentlib.name`."""
    return {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "xentlib"
        and not node.attr.startswith("_")
    }


def _derived_names(source: str) -> set[str]:
    """Return the symbols and functions that stand in a cell's derivations."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        called = called.id if isinstance(called, ast.Name) else called
        if called not in _DERIVES:
            continue
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found |= set(re.findall(r"[^\W\d]\w*", argument.value))
    return found - {"if", "else", "and", "or"}


_OF_SCHOOL = {
    "exp",
    "log",
    "abs",
    "max",
    "min",
    "sum",
    "diff",
    "sqrt",
    "sign",
    "pi",
    "tanh",
    "prod",
}


def name_problems(chapters: Mapping[str, NotebookNode]) -> Iterator[str]:
    """What code uses, prose has introduced: in the chapter itself or in an earlier one."""
    said = ""
    for name, notebook in chapters.items():
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        said += "\n".join(cells)
        words = set(re.findall(r"[^\W\d]\w*", said))
        signs = _signs_in_math(said)
        sources = [cell.source for _, cell in code_cells(notebook)]
        for used in sorted(set().union(*map(_library_names, sources))):
            if used not in words:
                yield f"{name}: no prose has introduced xentlib.{used} so far."
        for used in sorted(set().union(*map(_derived_names, sources)) - _OF_SCHOOL):
            function = used in FUNCTION_NAMES
            if used not in (words if function else signs):
                yield f"{name}: no prose has introduced {used!r}, which a derivation uses."


_GREEK = {"alpha", "beta", "gamma", "delta", "epsilon", "lambda", "mu", "sigma", "tau", "theta"}


def _signs_in_math(text: str) -> set[str]:
    """Return the letters and names that stand in a text's inline formulas or inline code."""
    formulas = " ".join(_MATH.findall(text) + re.findall(r"`[^`]*`", text))
    plain = re.sub(r"\\[a-zA-Z]+|\{|\}|_", " ", formulas)
    greek = set(re.findall(r"\\([a-zA-Z]+)", formulas)) & _GREEK
    return (
        set(re.findall(r"[^\W\d]\w*", plain))
        | greek
        | {letter for run in re.findall(r"[a-zA-Z]+", plain) for letter in run}
    )


# --- the table of symbols -----------------------------------------------------------------------


def notation_rows(text: str) -> list[tuple[str, str | None]]:
    """Return each symbol of the notation table with the chapter that introduces it."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| $") and len(cells) >= 3:
            links = _LINK.findall(cells[-1])
            rows.append((cells[0], links[-1] if links else None))
    return rows


def notation_problems(
    rows: Sequence[tuple[str, str | None]],
    chapters: Mapping[str, NotebookNode],
    needed: Mapping[str, set[str]],
) -> Iterator[str]:
    """The table has every symbol of the register, and each stands in the chapter it names."""
    listed = {sign for symbol, _ in rows for sign in _signs_in_math(symbol)}
    for symbol, users in sorted(needed.items()):
        if symbol not in listed:
            yield f"notation: {symbol!r} is missing; {min(users)} uses it."
    for symbol, home in rows:
        if home is None or home not in chapters:
            yield f"notation: {symbol} names no chapter that introduces it."
            continue
        said = "".join(c.source for c in chapters[home].cells if c.cell_type == "markdown")
        if not _signs_in_math(symbol) <= _signs_in_math(said):
            yield f"notation: {symbol} does not stand in the prose of {home}."


# --- all of it ------------------------------------------------------------------------------------


def framed_chapters() -> dict[str, NotebookNode]:
    """Return the chapters in the order in which they are read."""
    pages = toc_files((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [page.removeprefix("chapters/") for page in pages]
    kept = [name for name in names if name.split("/")[0] in FRAMED_PARTS]
    return {name: read(CHAPTERS / f"{name}.ipynb") for name in kept}


def register_symbols(written: Collection[str]) -> dict[str, set[str]]:
    """Return the symbols of the formulas of the chapters that are written, and which use them."""
    found: dict[str, set[str]] = {}
    for entry in formulas():
        for name in entry.names if entry.chapter in written else ():
            found.setdefault(name, set()).add(entry.id)
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def all_problems() -> list[str]:
    """Check the glossary, the notation table and every chapter's words."""
    chapters = framed_chapters()
    entries = glossary_entries(_text(GLOSSARY))
    return [
        *glossary_problems(entries, list(chapters)),
        *term_problems(chapters, entries),
        *name_problems(chapters),
        *notation_problems(notation_rows(_text(NOTATION)), chapters, register_symbols(chapters)),
    ]


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = all_problems()
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"All words are introduced ({len(glossary_entries(_text(GLOSSARY)))} terms).")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
