"""What a test run says when something is missing or stale: one visible line, with a remedy."""

import os
import shutil
import subprocess
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools.notebooks import ROOT

PLAIN = ["-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "--color=no"]


def _run(
    python: str, *arguments: str, folder: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, *PLAIN, *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_browser_is_said_and_its_tests_are_left_out(python: str) -> None:
    run = _run(python, "tests/site/test_pages.py", CHROMIUM="nowhere")
    assert run.returncode == 0, run.stdout
    assert "LEFT OUT: the tests of the site in a browser. No Chromium" in run.stdout
    assert "apt-get install chromium" in run.stdout
    assert " passed" not in run.stdout


def test_a_missing_browser_fails_where_it_is_required(python: str) -> None:
    run = _run(python, "tests/site/test_pages.py", "--require", "browser", CHROMIUM="nowhere")
    assert run.returncode == 4
    assert "--require browser: No Chromium or Chrome was found" in run.stderr


def _hide(folder: Path, module: str) -> None:
    """Make Python find nothing of that name, whether it is installed or not."""
    lines = (
        "import importlib.util as util",
        "find = util.find_spec",
        f"util.find_spec = lambda name, *rest: None if name == {module!r} else find(name, *rest)",
    )
    (folder / "sitecustomize.py").write_text("\n".join(lines), encoding="utf-8")


def test_missing_frameworks_are_said_and_their_tests_are_left_out(
    python: str, tmp_path: Path
) -> None:
    _hide(tmp_path, "torch")
    package, chapter = "xentlib/course/frameworks", "chapters/practice/frameworks.ipynb"
    paths = ("tests/frameworks", package, chapter, "tests/tools/test_readme.py")
    run = _run(python, *paths, PYTHONPATH=str(tmp_path))
    assert run.returncode == 0, run.stdout
    assert "LEFT OUT: the comparison with other frameworks, and the chapters that " in run.stdout
    assert "run them. Not installed: " in run.stdout
    assert "torch. `make frameworks` installs all of them." in run.stdout
    assert "1 passed" in run.stdout


def test_the_library_and_the_course_import_no_framework(python: str) -> None:
    names = {"jax", "keras", "tensorflow", "torch"}
    code = f"import sys, xentlib.course; print({names} & set(sys.modules))"
    run = subprocess.run([python, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_without_frameworks_the_chapter_is_left_out_of_a_refresh(
    python: str, tmp_path: Path
) -> None:
    _hide(tmp_path, "torch")
    run = subprocess.run(
        [python, "-m", "tools.notebooks", "chapters/practice/frameworks.ipynb"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "LEFT OUT: chapters/practice/frameworks.ipynb was not run. Not installed" in run.stdout
    assert "0 run, 0 changed, 0 failed." in run.stdout


def test_missing_frameworks_fail_where_they_are_required(python: str, tmp_path: Path) -> None:
    _hide(tmp_path, "torch")
    run = _run(python, "tests/frameworks", "--require", "frameworks", PYTHONPATH=str(tmp_path))
    assert run.returncode == 4
    assert "--require frameworks: Not installed: " in run.stderr


def _copy_of_the_tools(folder: Path) -> None:
    for name in ("conftest.py", "pyproject.toml", "tools"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)


def test_a_run_says_how_many_wrong_steps_were_tried(python: str, tmp_path: Path) -> None:
    _copy_of_the_tools(tmp_path)
    (tmp_path / "tests").mkdir()
    text = "def test_steps(record_property):\n    record_property('mutants', '7 refused')\n"
    (tmp_path / "tests" / "test_steps.py").write_text(text, encoding="utf-8")
    run = _run(python, "tests", folder=tmp_path)
    assert "Wrong steps tried: 7 refused." in run.stdout


def test_a_stale_notebook_is_named_with_the_remedy(python: str, tmp_path: Path) -> None:
    """Its code prints something else than what it stores, as after a change in the library."""
    _copy_of_the_tools(tmp_path)
    stored = [new_output("stream", name="stdout", text="3\n")]
    cell = new_code_cell("print(1 + 1)", outputs=stored, execution_count=1)
    (tmp_path / "chapters").mkdir()
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "chapters" / "stale.ipynb")
    run = _run(python, "chapters", folder=tmp_path)
    assert run.returncode == 1, run.stdout
    assert "chapters/stale.ipynb no longer prints what it stores" in run.stdout
    assert "make refresh NOTEBOOK=chapters/stale.ipynb" in run.stdout
