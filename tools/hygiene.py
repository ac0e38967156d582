"""What a notebook must be besides correct: complete, in order, portable, and told like a chapter.

    python -m tools.hygiene

nbval compares outputs; it says nothing of the rest. Each check here returns plain messages, and no
check runs a notebook, so that this is quick enough to stand before every build.
"""

import ast
import copy
import re
import statistics
import sys
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import yaml
from nbformat import NotebookNode, ValidationError, validate

from tools.notebooks import CHAPTERS, ROOT, normalised, notebook_paths, read, shown

# The parts of a chapter, in order. Each is a Markdown cell that carries the tag.
FRAME = (
    "frame-title",
    "frame-question",
    "frame-picture",
    "frame-definition",
    "frame-derivation",
    "frame-implementation",
    "frame-ladder",
    "frame-gradient",
    "frame-break",
    "frame-exercises",
    "frame-takeaways",
    "frame-further-reading",
)
FRAMED_PARTS = ("information", "losses", "practice")
CODE_CELLS = range(20, 51)
MEDIAN_LINES = 4
MOST_LINES = 15
LONGEST_LINE = 76  # what a page shows without scrolling
WORDS_PER_LINE = 10
SHORTEST_ALT_TEXT = 30

NOT_VALIDATED = re.compile(
    r"nbval[-_](skip|ignore[-_]output)|validate_ignore_output|%%capture|%%script", re.IGNORECASE
)
HIDES_TROUBLE = re.compile(r"simplefilter|filterwarnings|nansum|nan_to_num|stderr")
NETWORK = re.compile(
    r"\b(import|from)\s+(requests|urllib|http|socket|ftplib|httpx|aiohttp)\b"
    r"|https?://|^\s*[!%]\s*(pip|conda|curl|wget|apt)|fetch_openml|load_dataset\(",
    re.MULTILINE,
)
MACHINE = re.compile(
    rf"{re.escape(ROOT.as_posix())}|/home/|/root/|/Users/|/tmp/|/var/folders/|site-packages"
    r"|[A-Z]:\\\\?[A-Za-z]|\bat 0x[0-9a-fA-F]{6,}|ipykernel_\d+"
)
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]?\d+)?(?![\w.]*\d)", re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
DISPLAYED = re.compile(r"\$\$|\\begin\{|```\{math\}|:::\{math\}")
NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\{[a-z:]+\}`[^`]*`|\]\([^)]*\)|<[^>]*>|https?://\S+|^:[a-z-]+:.*?$",
    re.DOTALL | re.MULTILINE,
)


def code_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Yield each code cell with words that say where it is."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            first = cell.source.strip().splitlines()[0] if cell.source.strip() else "(empty)"
            yield f"cell {number} ({first[:50]})", cell


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def pictures(cell: NotebookNode) -> list[str]:
    """Return the kinds of the images that a cell shows."""
    data = [output.data for output in cell.get("outputs", []) if "data" in output]
    return [kind for bundle in data for kind in bundle if kind.startswith("image/")]


def printed(cell: NotebookNode) -> str:
    """Return the text of a cell's outputs, without pictures."""
    texts = []
    for output in cell.get("outputs", []):
        texts += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
        texts += [text for kind, text in output.get("data", {}).items() if "image/" not in kind]
    return "\n".join(text if isinstance(text, str) else "".join(text) for text in texts)


def is_run_in_order(notebook: NotebookNode) -> Iterator[str]:
    """Every code cell was run, once, from top to bottom."""
    for count, (where, cell) in enumerate(code_cells(notebook), 1):
        if not cell.source.strip():
            yield f"{where} is empty; remove it."
        elif cell.execution_count is None:
            yield f"{where} was not run."
        elif cell.execution_count != count:
            yield f"{where} was run as number {cell.execution_count} instead of {count}."


def _syntax(source: str) -> ast.Module:
    """Parse a cell, without its magic lines."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return ast.parse("\n".join(lines))


def _shows_something(source: str) -> bool:
    """Return whether a cell surely prints: its last line is a bare name or it calls print."""
    tree = _syntax(source)
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if any(isinstance(call, ast.Name) and call.id == "print" for call in calls):
        return True
    last = tree.body[-1] if tree.body else None
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Name | ast.BinOp)


def has_its_outputs(notebook: NotebookNode) -> Iterator[str]:
    """No cell lost the output that it must have."""
    for where, cell in code_cells(notebook):
        if cell.source.rstrip().endswith(";"):
            yield f"{where} ends in a semicolon, which nbval does not heed; use plt.show()."
        if not cell.outputs and _shows_something(cell.source):
            yield f"{where} prints something, but no output is stored."


def errors_are_meant(notebook: NotebookNode) -> Iterator[str]:
    """An error stands only where the chapter means to show one."""
    for where, cell in code_cells(notebook):
        raised = any(output.output_type == "error" for output in cell.outputs)
        meant = "raises-exception" in tags(cell)
        if raised and not meant:
            yield f"{where} holds an error output; tag it raises-exception if it is meant."
        if meant and not raised:
            yield f"{where} is tagged raises-exception and raised nothing."


def stderr_is_silent(notebook: NotebookNode) -> Iterator[str]:
    """Nothing was written to standard error: no warning is shown or lost."""
    for where, cell in code_cells(notebook):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"{where} wrote to stderr (a warning?)."


def figures_are_described(notebook: NotebookNode) -> Iterator[str]:
    """Every figure is one SVG without a date, and has words for those who cannot see it."""
    for where, cell in code_cells(notebook):
        kinds = pictures(cell)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if any(kind != "image/svg+xml" for kind in kinds):
            yield f"{where} shows a picture that is no SVG; call use_book_style() at the top."
        if len(kinds) > 1:
            yield f"{where} shows {len(kinds)} pictures; one alt text cannot serve them all."
        if kinds and len(alt) < SHORTEST_ALT_TEXT:
            yield f"{where} shows a figure without alt text (metadata: mystnb.image.alt)."
        if any("<dc:date>" in str(output.get("data", "")) for output in cell.outputs):
            yield f"{where} shows a dated figure; call use_book_style() at the top."
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]\(", cell.source):
            yield f"cell {number} shows an image without alt text."


def nothing_is_skipped(notebook: NotebookNode) -> Iterator[str]:
    """No cell escapes validation, and none hides a warning."""
    for where, cell in code_cells(notebook):
        if NOT_VALIDATED.search(cell.source) or NOT_VALIDATED.search(" ".join(tags(cell))):
            yield f"{where} is kept from being validated."
        if "skip-execution" in tags(cell) or "remove-output" in tags(cell):
            yield f"{where} is tagged so that its output is not what a reader gets."
        if match := HIDES_TROUBLE.search(cell.source):
            yield f"{where} hides trouble: {match[0]}."


def runs_offline(notebook: NotebookNode) -> Iterator[str]:
    """No cell needs the network."""
    for where, cell in code_cells(notebook):
        if match := NETWORK.search(cell.source):
            yield f"{where} needs the network: {match[0].strip()}."


def runs_anywhere(notebook: NotebookNode) -> Iterator[str]:
    """Nothing names this machine: no absolute path, no memory address."""
    for number, cell in enumerate(notebook.cells, 1):
        if match := MACHINE.search(cell.source + "\n" + printed(cell)):
            yield f"cell {number} names a path or an address of one machine: {match[0]}."


def _is_rounding_of(number: str, shown_numbers: set[str]) -> bool:
    """Return whether a number in prose is a printed number, or one rounded to fewer digits."""
    stated = Decimal(number)
    half_a_place = Decimal((0, (5,), int(stated.as_tuple().exponent) - 1))
    for other in map(Decimal, shown_numbers):
        finer = int(other.as_tuple().exponent) < int(stated.as_tuple().exponent)
        if other == stated or (finer and abs(other - stated) <= half_a_place):
            return True
    return False


def numbers_in_code(notebook: NotebookNode) -> set[str]:
    """Return the decimal numbers that stand in a notebook's code and outputs."""
    found: set[str] = set()
    for _, cell in code_cells(notebook):
        found.update(DECIMAL.findall(cell.source + "\n" + printed(cell)))
    return found


def naked_numbers(prose: str, known: set[str]) -> Iterator[str]:
    """Yield the decimal numbers of a text that are not among the known ones, nor rounded ones."""
    for number in DECIMAL.findall(NOT_PROSE.sub(" ", prose)):
        if not _is_rounding_of(number, known):
            yield number


def numbers_come_from_code(notebook: NotebookNode) -> Iterator[str]:
    """A decimal number in prose stands in the code or in an output of the same notebook."""
    known = numbers_in_code(notebook)
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown":
            for naked in naked_numbers(cell.source, known):
                yield f"cell {number} states {naked}, which no code and no output shows."


def formulas_come_from_code(notebook: NotebookNode) -> Iterator[str]:
    """A displayed formula is the output of a cell; only short ones stand in a sentence."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown" and DISPLAYED.search(CODE.sub(" ", cell.source)):
            yield f"cell {number} displays a formula that was typed; show one from the register."


def is_stored_clean(notebook: NotebookNode) -> Iterator[str]:
    """The file is valid and holds nothing that changes from run to run."""
    try:
        validate(notebook)
    except ValidationError as error:
        yield f"it is no valid notebook: {error.message}."
    if normalised(copy.deepcopy(notebook)) != notebook:
        yield "its metadata changes from run to run; run `make refresh`."


def begins_with_imports(notebook: NotebookNode) -> Iterator[str]:
    """The first code cell imports and sets the style; no later cell imports."""
    for count, (where, cell) in enumerate(code_cells(notebook)):
        body = _syntax(cell.source).body
        imports = [isinstance(node, ast.Import | ast.ImportFrom) for node in body]
        if count == 0 and not all(
            imported or ast.unparse(node) == "use_book_style()"
            for node, imported in zip(body, imports, strict=True)
        ):
            yield f"{where} is the first code cell and holds more than imports."
        if count > 0 and any(imports):
            yield f"{where} imports; imports belong into the first code cell."


def follows_the_frame(notebook: NotebookNode) -> Iterator[str]:
    """The parts of a chapter are all there, once, in the order of the design."""
    marked = [tag for cell in notebook.cells for tag in tags(cell) if str(tag).startswith("frame-")]
    for part in FRAME:
        if marked.count(part) != 1:
            yield f"{marked.count(part)} cells are tagged {part}; there must be one."
    if not set(marked) <= set(FRAME):
        yield f"unknown parts: {', '.join(sorted(set(marked) - set(FRAME)))}."
    elif marked != [part for part in FRAME if part in marked]:
        yield f"its parts stand in another order than {', '.join(FRAME)}."
    first_picture = next((i for i, c in enumerate(notebook.cells) if pictures(c)), None)
    theory = next((i for i, c in enumerate(notebook.cells) if "frame-definition" in tags(c)), 0)
    if first_picture is None or first_picture > theory:
        yield "no picture stands before the theory."


def has_measured_pace(notebook: NotebookNode) -> Iterator[str]:
    """Cells are short, and there is more prose than code."""
    sources = [cell.source for _, cell in code_cells(notebook)]
    lines = [len([line for line in source.splitlines() if line.strip()]) for source in sources]
    words = sum(len(c.source.split()) for c in notebook.cells if c.cell_type == "markdown")
    if len(sources) not in CODE_CELLS:
        yield f"it has {len(sources)} code cells; {CODE_CELLS[0]} to {CODE_CELLS[-1]} read well."
    if lines and statistics.median(lines) > MEDIAN_LINES:
        yield f"the median code cell has {statistics.median(lines)} lines (most: {MEDIAN_LINES})."
    for (where, _), count in zip(code_cells(notebook), lines, strict=True):
        if count > MOST_LINES:
            yield f"{where} has {count} lines (most: {MOST_LINES})."
    for where, cell in code_cells(notebook):
        longest = max(map(len, cell.source.splitlines()), default=0)
        if longest > LONGEST_LINE:
            yield f"{where} has a line of {longest} characters (most: {LONGEST_LINE})."
    if words < WORDS_PER_LINE * sum(lines):
        yield f"it has {words} words for {sum(lines)} lines of code (least: {WORDS_PER_LINE} each)."


Check = Callable[[NotebookNode], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    is_stored_clean,
    is_run_in_order,
    has_its_outputs,
    errors_are_meant,
    stderr_is_silent,
    figures_are_described,
    nothing_is_skipped,
    runs_offline,
    runs_anywhere,
    numbers_come_from_code,
    formulas_come_from_code,
)
CHAPTER_CHECKS: tuple[Check, ...] = (begins_with_imports, follows_the_frame, has_measured_pace)


def problems(path: Path, *, as_chapter: bool = True) -> list[str]:
    """Return what is wrong with a notebook, in words; an empty list is what we want.

    A draft may be looked at before it has a chapter's form: `as_chapter=False` leaves that out.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            notebook = read(path)
    except (OSError, ValueError, Warning) as error:
        return [f"{shown(path)}: it cannot be read ({error})."]
    framed = as_chapter and path.parent.name in FRAMED_PARTS
    checks = CHECKS + (CHAPTER_CHECKS if framed else ())
    return [f"{shown(path)}: {message}" for check in checks for message in check(notebook)]


def page_problems(page: Path, known: set[str]) -> list[str]:
    """Return what is wrong with a page that is no notebook: it runs no code of its own."""
    text = page.read_text(encoding="utf-8")
    wrong = [
        f"{shown(page)}: it states {number}, which no notebook shows."
        for number in naked_numbers(text, known)
    ]
    if DISPLAYED.search(CODE.sub(" ", text)):
        wrong.append(f"{shown(page)}: it displays a formula that was typed.")
    return wrong


def toc_files(text: str) -> list[str]:
    """Return the files that a table of contents names."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(str(node[key]) for key in ("root", "file") if key in node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(yaml.safe_load(text))
    return found


def toc_problems(listed: list[str], present: set[str]) -> list[str]:
    """Compare the table of contents with the pages on disk."""
    wrong = [
        f"{name} is not in _toc.yml, so no reader would find it; add it there."
        for name in sorted(present - set(listed))
    ]
    wrong += [
        f"_toc.yml names {name}, and there is no such page."
        for name in sorted(set(listed) - present)
    ]
    wrong += [f"_toc.yml names {name} twice." for name in set(listed) if listed.count(name) > 1]
    return wrong


def pages() -> set[str]:
    """Return the book's pages as the table of contents names them: without the ending."""
    files = [*CHAPTERS.rglob("*.md"), *notebook_paths(), ROOT / "index.md"]
    return {path.relative_to(ROOT).with_suffix("").as_posix() for path in files}


def all_problems(*, as_chapters: bool = True) -> list[str]:
    """Check every notebook and the table of contents."""
    listed = toc_files((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = toc_problems(listed, pages())
    for path in notebook_paths():
        found += problems(path, as_chapter=as_chapters)
    known: set[str] = set()
    if not found:
        known.update(*(numbers_in_code(read(path)) for path in notebook_paths()))
        for page in [ROOT / "index.md", *sorted(CHAPTERS.rglob("*.md"))]:
            found += page_problems(page, known)
    return found


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = all_problems()
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"All notebooks ({len(notebook_paths())}) are in order.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
