"""What the chapter shows: the calls as they are written, and what they return."""

import ast
from pathlib import Path

import numpy as np
import pytest

from xentlib.course.frameworks import display, spellings
from xentlib.course.frameworks.adapters import FRAMEWORKS, LIBRARIES, version

LOGITS = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]])
CLASSES = np.array([0, 2])
TABLES = ("SPARSE", "DENSE", "SIGMOID", "BINARY", "FOCAL", "DIVERGENCES")
SPELLINGS = [spelling for table in TABLES for spelling in getattr(spellings, table)]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=str)
def test_a_source_is_the_call_itself(spelling) -> None:
    """Compiled anew, the shown text has the names, constants and arguments of what is tested."""
    code = spelling.call.__code__
    names = ", ".join(code.co_varnames[: code.co_argcount])
    shown = eval(f"lambda {names}: (\n{spelling.source}\n)").__code__
    assert shown.co_varnames == code.co_varnames
    assert shown.co_names == code.co_names
    assert shown.co_consts == code.co_consts


def test_the_sources_are_no_copies() -> None:
    text = Path(spellings.__file__).read_text(encoding="utf-8")
    assert len(SPELLINGS) > 40
    for spelling in SPELLINGS:
        ast.parse(spelling.source)
        assert spelling.source.splitlines()[0] in text


def test_spelled_shows_each_framework_once_with_its_result() -> None:
    tabs = display.spelled(spellings.SPARSE, CLASSES, LOGITS)
    assert list(tabs.items) == [framework.name for framework in FRAMEWORKS]
    for body in tabs.items.values():
        assert body.endswith("gives `[0.4076, 2.1698]`")
    page = tabs._repr_markdown_()
    assert page.count("{tab-item}") == page.count(":sync: ") == len(FRAMEWORKS)
    assert ":sync-group: framework" in page


def test_spelled_chooses_by_the_options() -> None:
    tabs = display.spelled(spellings.DENSE, np.eye(3)[CLASSES], LOGITS, label_smoothing=0.1)
    assert set(tabs.items) == {"Keras", "PyTorch", "JAX and Optax"}
    assert "label_smoothing=0.1" in tabs.items["PyTorch"]


def test_a_derivative_that_differs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with another gradient on our side, nobody agrees."""
    loss = "sparse_softmax_cross_entropy"
    given = {loss: (CLASSES, LOGITS)}
    table = display.gradients({loss: spellings.SPARSE}, given)
    assert {answer for row in table.rows.values() for answer in row} == {"agree"}
    monkeypatch.setattr("xentlib.grad", lambda _: lambda *_: np.zeros_like(LOGITS))
    table = display.gradients({loss: spellings.SPARSE}, given)
    assert {answer for row in table.rows.values() for answer in row} == {"differ"}


def test_versions_are_those_that_are_installed() -> None:
    rows = display.versions().rows
    assert rows == {name: [version(name)] for name in LIBRARIES}
    assert "+" not in version("PyTorch")


@pytest.mark.parametrize(
    ("told", "shown"),
    [("7.58e-10", "7.58e−10"), ("-2.95", "−2.95"), ("nan", "nan"), ("2^-27", "2^−27")],
)
def test_numbers_are_not_broken_in_two(told: str, shown: str) -> None:
    assert display._unbroken(told) == shown


def test_a_convention_is_not_called_the_truth() -> None:
    rows = display.answers("weighted-mean").rows
    assert "truth" not in rows
    assert rows["divided by the weights"] == ["1.02"]
    assert rows["xentlib"] == rows["PyTorch, integers"] == ["the same"]
    assert rows["Keras"] == ["2.03"]
