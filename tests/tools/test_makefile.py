"""The commands: each is listed with what it does, and the README names those that exist."""

import importlib.metadata
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.environment import main as set_up
from tools.notebooks import ROOT

PROMISED = {"book", "test", "lab", "serve", "refresh", "clean", "help"}


def _listed(python: str) -> set[str]:
    command = [python, "tools/help.py", "Makefile"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^make (\w+) +\S", shown, re.MULTILINE))


def test_help_lists_every_command(python: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert declared is not None
    assert _listed(python) == set(declared[1].split())
    assert _listed(python) >= PROMISED


def test_the_documents_name_only_commands_that_exist(python: str) -> None:
    for name in ("README.md", "CONTRIBUTING.md", "index.md"):
        named = set(re.findall(r"`make (\w+)", (ROOT / name).read_text(encoding="utf-8")))
        assert named <= _listed(python), name


def test_the_tests_of_the_library_are_those_that_coverage_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    listed = re.search(r"^LIBRARY_TESTS := (.*)$", makefile, re.MULTILINE)
    assert listed is not None
    paths = listed[1].split()
    assert all((ROOT / path).exists() for path in paths)
    parts = {file.parent.name for file in (ROOT / "xentlib").glob("*/__init__.py")}
    assert {f"tests/{part}" for part in parts | {"numeric"}} <= set(paths)
    assert re.search(
        r"^\t\$\(RUN\) -m pytest .*--cov=xentlib \$\(LIBRARY_TESTS\)", makefile, re.MULTILINE
    )


def test_coverage_fails_if_something_is_not_reached(python: str, tmp_path: Path) -> None:
    """Negative control: the tests of the figures' style do not reach the losses."""
    options = ["-q", "-p", "no:cacheprovider", "--cov=xentlib"]
    run = subprocess.run(
        [python, "-m", "pytest", *options, "tests/course/test_style.py"],
        cwd=ROOT,
        env={**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert " passed" in run.stdout
    assert "Required test coverage of 100" in run.stdout
    assert re.search(r"^xentlib/losses\.py ", run.stdout.replace("\\", "/"), re.MULTILINE)
    assert run.returncode != 0


def test_an_old_python_is_told_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 9))
    message = set_up("nowhere")
    assert message is not None
    assert "needs Python 3.11 or newer" in message
    assert "make PYTHON=" in message


@pytest.mark.parametrize(
    ("name", "member"), [("dev", "jupyter-book==1.0.4.post1"), ("frameworks", "tensorflow-cpu==")]
)
def test_the_locks_name_no_index_and_every_line_has_a_hash(name: str, member: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = [line for line in lock.splitlines() if "==" in line]
    assert all(line.endswith("\\") for line in packages)
    assert member in lock


def _pins(name: str) -> set[str]:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return {line.removesuffix("\\").strip() for line in lock.splitlines() if "==" in line}


def test_the_locks_agree_where_they_meet() -> None:
    """One version of a package serves the book, with the frameworks and without."""
    shared = {pin.split("==")[0] for pin in _pins("dev")}
    repeated = {pin for pin in _pins("frameworks") if pin.split("==")[0] in shared}
    assert {pin.split("==")[0] for pin in repeated} >= {"numpy", "packaging"}
    assert repeated <= _pins("dev")


def _asked_for_with_extras() -> dict[str, set[str]]:
    """Return the extras with which the installed packages ask for one another."""
    asked: dict[str, set[str]] = {}
    for package in importlib.metadata.distributions():
        for line in package.requires or ():
            wanted = Requirement(line)
            if wanted.extras and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
                asked.setdefault(canonicalize_name(wanted.name), set()).update(wanted.extras)
    return asked


def _locked_without_extras(lock: str, asked: dict[str, set[str]]) -> Iterable[str]:
    for name, extras in asked.items():
        found = re.search(rf"^{re.escape(name)}(?:\[([^]]*)\])?==", lock, re.MULTILINE)
        if found and not extras <= set((found[1] or "").split(",")):
            yield name


def test_the_lock_pins_what_is_asked_for_with_extras() -> None:
    """Older versions of pip look for `coverage[toml]` and do not find it in `coverage==7.17.3`.

    They then take the newest version, for which the lock has no hash, and the installation fails
    from the day on which there is a newer one.
    """
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    asked = _asked_for_with_extras()
    assert "coverage" in asked
    assert not list(_locked_without_extras(lock, asked))
    assert list(_locked_without_extras(lock.replace("[toml]", ""), asked)) == ["coverage"]
