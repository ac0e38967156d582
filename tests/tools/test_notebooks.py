"""Running a notebook: it stores its outputs, changes nothing twice, and fails in plain words."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import notebooks

DRAW = """\
import matplotlib.pyplot as plt
from xentlib.course import use_book_style
use_book_style()
plt.plot([1, 3, 2])
plt.show()"""


def _write(folder: Path, *sources: str) -> Path:
    path = folder / "chapter.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
    return path


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """Figures, text and metadata are the same in every run, so `git status` stays clean."""
    path = _write(tmp_path, DRAW, "print('hello')\n1 + 1")
    assert notebooks.refresh(path)
    stored = path.read_bytes()
    assert not notebooks.refresh(path)
    assert path.read_bytes() == stored
    assert b"<svg" in stored
    assert b"hello" in stored


def test_an_unsalted_figure_would_change(tmp_path: Path) -> None:
    """Negative control: without the book's style a second run differs."""
    plain = DRAW.replace("use_book_style()", "%config InlineBackend.figure_formats = ['svg']")
    path = _write(tmp_path, plain.replace("from xentlib.course import", "import xentlib #"))
    assert notebooks.refresh(path)
    assert notebooks.refresh(path)


def test_a_notebook_that_fails_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(tmp_path, "1 / 0")
    before = path.read_bytes()
    monkeypatch.setattr("sys.argv", ["notebooks", str(path)])
    assert notebooks.main() == 1
    assert path.read_bytes() == before
    message = capsys.readouterr().err
    assert "chapter.ipynb stopped with an error" in message
    assert "ZeroDivisionError" in message


def test_a_notebook_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["notebooks", "chapters/nowhere.ipynb"])
    assert notebooks.main() == 1
    assert "There is no notebook chapters/nowhere.ipynb" in capsys.readouterr().err


def test_the_kernel_is_this_environments_own(tmp_path: Path, python: str) -> None:
    """A kernel that the user has installed under the same name is not taken instead."""
    path = _write(tmp_path, "import sys\nprint(sys.executable)")
    notebooks.refresh(path)
    assert Path(notebooks.read(path).cells[0].outputs[0].text.strip()) == Path(python)
