"""Building the site: quick when nothing changed, and plain words when something is wrong."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import book, lite
from tools.notebooks import ROOT
from tools.site.weight import STYLES

Build = Callable[[], subprocess.CompletedProcess[str]]


@pytest.fixture
def copy(tmp_path: Path, python: str) -> tuple[Path, Build]:
    """A copy of the book's sources that a test may damage, and a way to build it."""
    for name in (*book.FRAME, *book.PAGES, *lite.PACKAGING):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)

    def build() -> subprocess.CompletedProcess[str]:
        command = [python, "-m", "tools.book", "build"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return tmp_path, build


def test_the_book_is_built_once_and_a_damaged_page_is_named(copy: tuple[Path, Build]) -> None:
    """The second build does nothing, a changed style is published, a link to nowhere is named."""
    folder, build = copy
    assert "The book is built: file://" in build().stdout
    assert (folder / "_build" / "html" / "index.html").is_file()
    assert "The book is up to date" in build().stdout
    _say_more_of_softplus(folder)
    with (folder / "_static" / "book.css").open("a", encoding="utf-8") as style:
        style.write("html { orphans: 7 }\n")
    assert "The book is built" in build().stdout
    published = folder / "_build" / "html" / "_static" / STYLES
    assert re.search("orphans: ?7", published.read_text(encoding="utf-8"))
    library = folder / "_build" / "html" / "chapters" / "reference" / "api.html"
    assert "It was said anew." in library.read_text(encoding="utf-8")
    with (folder / "index.md").open("a", encoding="utf-8") as page:
        page.write("\n[a link to nowhere](chapters/nowhere.md)\n")
    damaged = build()
    assert damaged.returncode == 1
    assert "chapters/nowhere.md" in damaged.stderr
    assert "The book was not built" in damaged.stderr
    frame = folder / "_build" / "frame.sha256"
    assert not frame.exists(), "a failed build must not count as done: the next starts anew"


def _say_more_of_softplus(folder: Path) -> None:
    """Change the docstring of the copy's xentlib, which is not the one that is installed."""
    module = folder / "xentlib" / "activations.py"
    text = module.read_text(encoding="utf-8")
    start = text.index("def softplus(")
    end = text.index("    Parameters", start)
    changed = f"{text[:end]}    It was said anew.\n\n{text[end:]}"
    module.write_text(changed, encoding="utf-8")


def test_a_build_without_node_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.node.install", lambda group: f"No {group} today")
    monkeypatch.setattr(book, "all_problems", lambda **_: ["stop here"])
    assert book.build() == 1
    said = capsys.readouterr().out
    assert said == "No site today: the reader's browser must set the formulas, which is slower.\n"


def test_a_broken_notebook_stops_the_build(copy: tuple[Path, Build]) -> None:
    folder, build = copy
    notebook = next((folder / "chapters").rglob("*.ipynb"))
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace('"execution_count": 2,', '"execution_count": 7,'))
    refused = build()
    assert refused.returncode == 1
    assert "was run as number 7 instead of 2" in refused.stderr
    assert "make refresh" in refused.stderr


def test_a_page_outside_the_table_of_contents_stops_the_build(copy: tuple[Path, Build]) -> None:
    folder, build = copy
    (folder / "chapters" / "losses" / "forgotten.md").write_text("# Forgotten\n")
    assert "chapters/losses/forgotten is not in _toc.yml" in build().stderr


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with book.server() as server:
        assert book.serve(server.server_port) == 1
    assert f"make serve PORT={server.server_port + 1}" in capsys.readouterr().out
