"""What every test run shares: what may not be left out, and what to do about a stale notebook."""

import sys

import pytest

from tools.browser import HOW_TO_GET_ONE, find_browser

REQUIRABLE = ("browser",)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require",
        action="append",
        default=[],
        choices=REQUIRABLE,
        help="fail instead of leaving out the tests that need this",
    )


def pytest_configure(config: pytest.Config) -> None:
    if "browser" in config.getoption("--require") and find_browser() is None:
        raise pytest.UsageError(f"--require browser: {HOW_TO_GET_ONE}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_browser() is None:
        for item in items:
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=f"left out: {HOW_TO_GET_ONE}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_browser() is None:
        terminalreporter.write_line(
            f"LEFT OUT: the tests of the site in a browser. {HOW_TO_GET_ONE}", yellow=True
        )
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
