"""What every test run shares: what may not be left out, and what to do about a stale notebook."""

import shutil
import sys
from pathlib import Path

import pytest

from tools.browser import HOW_TO_GET_ONE, find_browser
from tools.frameworks import how_to_get_them, needs_frameworks
from tools.node import install
from tools.notebooks import ROOT

# What a run may leave out if it is not there, and may be told to insist on.
OPTIONAL = {
    "browser": "the tests of the site in a browser",
    "frameworks": "the comparison with other frameworks, and the chapters that run them",
    "java": "the check of an EPUB by epubcheck",
    "node": "the tests of formulas set while the book is built, and of Python in a browser",
}
# What cannot even be collected without them, besides the notebooks that need them.
NEEDS_FRAMEWORKS = (ROOT / "tests" / "frameworks", ROOT / "xentlib" / "course" / "frameworks")


def _missing() -> dict[str, str]:
    """Return what is missing, each with its remedy."""
    browser = "" if find_browser() else HOW_TO_GET_ONE
    reason = install("site") or install("lite")
    node = f"{reason}. Install Node.js (Debian, Ubuntu: apt-get install nodejs npm)."
    java = "Java was not found. Install it (Debian, Ubuntu: apt-get install default-jre-headless)."
    found = {
        "browser": browser,
        "frameworks": how_to_get_them(),
        "java": "" if shutil.which("java") else java,
        "node": node if reason else "",
    }
    return {name: remedy for name, remedy in found.items() if remedy}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require",
        action="append",
        default=[],
        choices=tuple(OPTIONAL),
        help="fail instead of leaving out the tests that need this",
    )


def pytest_configure(config: pytest.Config) -> None:
    for name, remedy in _missing().items():
        if name in config.getoption("--require"):
            raise pytest.UsageError(f"--require {name}: {remedy}")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what needs the frameworks where they are missing; the summary says so."""
    here = any(collection_path.is_relative_to(path) for path in NEEDS_FRAMEWORKS)
    if collection_path.suffix == ".ipynb":
        here = needs_frameworks(collection_path)
    return True if here and "frameworks" in _missing() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for name, remedy in _missing().items():
        for item in items:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=f"left out: {remedy}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, remedy in _missing().items():
        terminalreporter.write_line(f"LEFT OUT: {OPTIONAL[name]}. {remedy}", yellow=True)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "mutants":
                terminalreporter.write_line(f"Wrong steps tried: {value}.")
    stale = sorted(
        {r.nodeid.split("::")[0] for r in terminalreporter.stats.get("failed", [])
         if ".ipynb::" in r.nodeid}
    )  # fmt: skip
    for notebook in stale:
        terminalreporter.write_line(
            f"{notebook} no longer prints what it stores. If the new output is right, run "
            f"`make refresh NOTEBOOK={notebook}`, read the difference and commit it.",
            red=True,
        )


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter that runs the tests."""
    return sys.executable
