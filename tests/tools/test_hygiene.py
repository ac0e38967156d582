"""The hygiene checks: the book's notebooks pass them, and each broken notebook is refused."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import hygiene
from tools.notebooks import normalised, notebook_paths, shown

SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"
ALT = {"mystnb": {"image": {"alt": "Two lines that cross at the origin, one rising, one falling"}}}


@pytest.mark.parametrize("path", notebook_paths(), ids=shown)
def test_a_notebook_of_the_book_is_in_order(path: Path) -> None:
    assert not hygiene.problems(path)


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = hygiene.toc_files(Path("_toc.yml").read_text(encoding="utf-8"))
    assert not hygiene.toc_problems(listed, hygiene.pages())


def _sound_chapter() -> NotebookNode:
    """Return a small chapter that passes every check; the tests below break it."""
    cells = []
    for part in hygiene.FRAME:
        cells.append(new_markdown_cell("word " * 60, metadata={"tags": [part]}))
        if part == "frame-title":
            cells.append(_run("import numpy as np"))
        elif part == "frame-picture":
            cells.append(_run("draw()", new_output("display_data", {"image/svg+xml": SVG}), **ALT))
        else:
            cells += [_run("print(1 / 8)", new_output("stream", name="stdout", text="0.125\n"))] * 2
    cells.append(new_markdown_cell("The share is 0.125, or 0.13 in short."))
    cells = [copy.deepcopy(cell) for cell in cells]
    for count, cell in enumerate((c for c in cells if c.cell_type == "code"), 1):
        cell.execution_count = count
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return normalised(new_notebook(cells=cells))


def _run(source: str, *outputs: NotebookNode, **metadata: object) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def _code(notebook: NotebookNode, number: int) -> NotebookNode:
    return [cell for cell in notebook.cells if cell.cell_type == "code"][number]


def _problems(notebook: NotebookNode, folder: Path) -> str:
    path = folder / "losses" / "chapter.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return "\n".join(hygiene.problems(path))


def test_a_sound_chapter_passes(tmp_path: Path) -> None:
    """A check that complains of everything would find every broken notebook too."""
    assert _problems(_sound_chapter(), tmp_path) == ""


BROKEN: list[tuple[str, Callable[[NotebookNode], object]]] = []


def breaks(expected: str) -> Callable[[Callable[[NotebookNode], object]], None]:
    """Register a way to break the sound chapter, with the words that must name it."""

    def register(function: Callable[[NotebookNode], object]) -> None:
        BROKEN.append((expected, function))

    return register


@breaks("was not run")
def stripped_counts_and_outputs(notebook: NotebookNode) -> None:
    for cell in (c for c in notebook.cells if c.cell_type == "code"):
        cell.execution_count, cell.outputs = None, []


@breaks("no output is stored")
def stripped_outputs(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs = []


@breaks("ends in a semicolon")
def an_output_silenced_by_a_semicolon(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "1 / 8;"


@breaks("was run as number 3 instead of 2")
def wrong_order(notebook: NotebookNode) -> None:
    _code(notebook, 1).execution_count, _code(notebook, 2).execution_count = 3, 2


@breaks("is empty")
def an_empty_cell(notebook: NotebookNode) -> None:
    _code(notebook, 5).source = ""


@breaks("holds an error output")
def an_error_box(notebook: NotebookNode) -> None:
    error = new_output("error", ename="ValueError", evalue="no", traceback=[])
    _code(notebook, 4).outputs = [error]


@breaks("raised nothing")
def an_error_that_went_away(notebook: NotebookNode) -> None:
    _code(notebook, 4).metadata.tags = ["raises-exception"]


@breaks("wrote to stderr")
def a_warning(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs.append(new_output("stream", name="stderr", text="RuntimeWarning"))


@breaks("without alt text")
def a_figure_without_alt_text(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs = [new_output("display_data", {"image/svg+xml": SVG})]


@breaks("no SVG")
def a_png(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs = [new_output("display_data", {"image/png": "aGVsbG8="})]


@breaks("dated figure")
def a_dated_figure(notebook: NotebookNode) -> None:
    dated = new_output("display_data", {"image/svg+xml": "<svg><dc:date>2026</dc:date></svg>"})
    _code(notebook, 4).outputs = [dated]


@breaks("pictures; one alt text")
def two_figures_in_one_cell(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs = [new_output("display_data", {"image/svg+xml": SVG})] * 2


@breaks("image without alt text")
def an_image_in_the_prose_without_alt_text(notebook: NotebookNode) -> None:
    notebook.cells[-1].source = "![](picture.svg)"


@breaks("kept from being validated")
def a_cell_that_nbval_skips(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "# NBVAL_SKIP\nprint(1 / 8)"


@breaks("kept from being validated")
def a_cell_whose_output_nbval_ignores(notebook: NotebookNode) -> None:
    _code(notebook, 4).metadata.tags = ["nbval-ignore-output"]


@breaks("not what a reader gets")
def a_cell_that_is_never_run(notebook: NotebookNode) -> None:
    _code(notebook, 4).metadata.tags = ["skip-execution"]


@breaks("hides trouble: filterwarnings")
def a_hidden_warning(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "warnings.filterwarnings('ignore')\nprint(1 / 8)"


@breaks("needs the network")
def a_download(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "!pip install numpy\nprint(1 / 8)"


@breaks("of one machine: /home/")
def a_machines_path_in_an_output(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs[0].text = "/home/ada/book/chapters"


@breaks("of one machine: at 0x")
def a_memory_address(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs[0].text = "<function f at 0x7f3a5c0d1e50>"


@breaks("states 0.126")
def a_naked_number(notebook: NotebookNode) -> None:
    notebook.cells[-1].source = "The share is 0.126."


@breaks("states 0.12,")
def a_number_rounded_the_wrong_way(notebook: NotebookNode) -> None:
    _code(notebook, 4).outputs[0].text = "0.1267"
    notebook.cells[-1].source = "The share is 0.12, which is only cut off."
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.outputs and "text" in cell.outputs[0]:
            cell.outputs[0].text = "0.1267"


@breaks("displays a formula that was typed")
def a_typed_formula(notebook: NotebookNode) -> None:
    notebook.cells[-1].source = "So we have\n\n$$x + x z$$"


@breaks("a line of 77 characters")
def a_line_that_a_page_cuts_off(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "print(1 / 8)  # " + "x" * 61


@breaks("imports belong into the first")
def a_late_import(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "import math\nprint(1 / 8)"


@breaks("holds more than imports")
def plumbing_in_the_first_cell(notebook: NotebookNode) -> None:
    _code(notebook, 0).source = "import numpy as np\nrng = np.random.default_rng(0)"


@breaks("0 cells are tagged frame-ladder")
def a_missing_part(notebook: NotebookNode) -> None:
    notebook.cells = [c for c in notebook.cells if "frame-ladder" not in hygiene.tags(c)]


@breaks("stand in another order")
def parts_in_another_order(notebook: NotebookNode) -> None:
    notebook.cells[0].metadata.tags, notebook.cells[2].metadata.tags = (
        ["frame-question"],
        ["frame-title"],
    )


@breaks("unknown parts: frame-summary")
def an_unknown_part(notebook: NotebookNode) -> None:
    notebook.cells[-1].metadata.tags = ["frame-summary"]


@breaks("no picture stands before the theory")
def theory_without_a_picture(notebook: NotebookNode) -> None:
    for cell in (c for c in notebook.cells if hygiene.pictures(c)):
        cell.outputs = []


@breaks("code cells; 20 to 50")
def too_few_cells(notebook: NotebookNode) -> None:
    code = [c for c in notebook.cells if c.cell_type == "code"]
    notebook.cells = [c for c in notebook.cells if c not in code[5:]]


@breaks("has 16 lines (most: 15)")
def a_long_cell(notebook: NotebookNode) -> None:
    _code(notebook, 4).source = "\n".join(f"print({n})" for n in range(16))


@breaks("the median code cell has 5")
def long_cells(notebook: NotebookNode) -> None:
    for cell in (c for c in notebook.cells if c.cell_type == "code" and "print" in c.source):
        cell.source = "\n".join(["print(1 / 8)"] * 5)


@breaks("words for")
def code_without_prose(notebook: NotebookNode) -> None:
    for cell in notebook.cells[:-1]:
        if cell.cell_type == "markdown":
            cell.source = "Short."


@breaks("metadata changes from run to run")
def volatile_metadata(notebook: NotebookNode) -> None:
    _code(notebook, 4).metadata.execution = {"iopub.status.busy": "2026-01-01T00:00:00Z"}


@breaks("Non-unique cell id")
def two_cells_with_one_id(notebook: NotebookNode) -> None:
    notebook.cells[1].id = notebook.cells[2].id


@breaks("cannot be read")
def no_notebook_at_all(notebook: NotebookNode) -> None:
    notebook.nbformat = "four"


@pytest.mark.parametrize(("expected", "damage"), BROKEN, ids=[b.__name__ for _, b in BROKEN])
def test_a_broken_notebook_is_refused(
    expected: str, damage: Callable[[NotebookNode], object], tmp_path: Path
) -> None:
    """Each defect is found, and named in words that say which it is."""
    notebook = _sound_chapter()
    damage(notebook)
    assert expected in _problems(notebook, tmp_path)


TOC = (
    "format: jb-book\nroot: index\nparts:\n- chapters:\n  - file: chapters/a\n  - file: chapters/b"
)


TOC_CASES = [
    ({"index", "chapters/a", "chapters/b", "chapters/c"}, "chapters/c is not in _toc.yml"),
    ({"index", "chapters/a"}, "_toc.yml names chapters/b, and there is no such page"),
]


@pytest.mark.parametrize(("present", "expected"), TOC_CASES)
def test_a_page_that_is_not_listed_is_found(present: set[str], expected: str) -> None:
    assert expected in "\n".join(hygiene.toc_problems(hygiene.toc_files(TOC), present))


def test_a_page_listed_twice_is_found() -> None:
    listed = [*hygiene.toc_files(TOC), "chapters/a"]
    assert "names chapters/a twice" in "\n".join(hygiene.toc_problems(listed, set(listed)))
