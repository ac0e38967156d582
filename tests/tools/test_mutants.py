"""make mutants: every part of a module is changed, and a changed line is told from a sound one."""

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("mutmut needs fork", allow_module_level=True)

from mutmut.mutation import file_mutation

from tools import mutants

MODULE = """
import numpy as np

LIMIT = 2

@np.errstate(all="ignore")
def half(x):
    return x / 2

@other.decorator
def third(x):
    return x / 3
"""


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what the tool changes in mutmut."""
    monkeypatch.setattr(
        file_mutation.MutationVisitor,
        "_skip_node_and_children",
        file_mutation.MutationVisitor._skip_node_and_children,
    )
    for name in ("function_trampoline_arrangement", "group_by_top_level_node"):
        monkeypatch.setattr(file_mutation, name, getattr(file_mutation, name))


def test_functions_under_our_decorators_are_reached() -> None:
    """mutmut alone leaves out every function that has a decorator; so do we if it is not ours."""
    assert not file_mutation.mutate_file_contents("", MODULE).mutant_names
    mutants.reach_decorated_functions()
    mutated = file_mutation.mutate_file_contents("", MODULE)
    assert {name.split("__")[0] for name in mutated.mutant_names} == {"x_half"}
    assert mutated.code.count("errstate") == 1  # on the function that chooses a mutant


def test_what_acts_on_import_is_changed_in_a_copy_of_the_module() -> None:
    lines = {line for line, _ in mutants.mutants_on_import(MODULE)}
    assert lines == {"LIMIT = 2 -> LIMIT = 3", "LIMIT = 2 -> LIMIT = None"}
    assert all("x / 2" in code for _, code in mutants.mutants_on_import(MODULE))


def test_functions_that_run_on_import_are_left_to_the_copies() -> None:
    """A forked process would find their work done, and their mutants would survive in vain."""
    code = "def _exponentials():\n    return 1\n\ndef later():\n    return 1\n"
    assert {line for line, _ in mutants.mutants_on_import(code)} == {"return 1 -> return 2"}
    mutants.leave_out_what_acts_on_import()
    names = file_mutation.mutate_file_contents("", code).mutant_names
    assert list(names) == ["x_later__mutmut_1"]


def test_every_module_of_the_numeric_library_is_named() -> None:
    """Protects a new module from being left out."""
    files = {path.stem for path in (mutants.ROOT / "xentlib").glob("*.py")} - {"__init__"}
    assert set(mutants.modules_of_settings()) == files


def test_a_mutant_that_never_ends_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects the run from a loop without an end; control: a test that ends is not killed."""
    monkeypatch.setattr(mutants, "LONGEST", 5)
    monkeypatch.setattr(mutants, "FIRST_TESTS", [])
    test = tmp_path / "tests" / "numeric" / "test_it.py"
    test.parent.mkdir(parents=True)
    test.write_text("def test_it():\n    pass\n", encoding="utf-8")
    assert not mutants._tests_fail(tmp_path)
    test.write_text("def test_it():\n    while True:\n        pass\n", encoding="utf-8")
    assert mutants._tests_fail(tmp_path)
