"""The README's example prints what it says."""

import doctest

from tools.notebooks import ROOT


def test_the_readmes_example_is_true() -> None:
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert found.attempted >= 5
    assert found.failed == 0
