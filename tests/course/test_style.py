"""Figures look the same everywhere; in a notebook they are stored as SVG without a date."""

import sys
from types import ModuleType, SimpleNamespace

import matplotlib as mpl
import pytest
from matplotlib_inline import backend_inline

from xentlib.course import use_book_style


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch):
    """What a notebook is told about its figures."""
    calls: list[tuple] = []

    def note(*formats, **options):
        calls.append((formats, options))

    monkeypatch.setattr(backend_inline, "set_matplotlib_formats", note)
    with mpl.rc_context():
        yield calls


def _run_in(monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
    python = ModuleType("IPython")
    python.get_ipython = lambda: shell  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", python)
    use_book_style()


def test_a_notebook_stores_figures_without_a_date(stored, monkeypatch) -> None:
    """Else each run would change the stored page."""
    modes: list[str] = []
    _run_in(
        monkeypatch,
        SimpleNamespace(kernel=object(), InteractiveTB=SimpleNamespace(set_mode=modes.append)),
    )
    undated = {"bbox_inches": None, "metadata": {"Creator": None, "Date": None}}
    assert stored == [(("svg",), undated)]
    assert modes == ["Minimal"]
    assert mpl.rcParams["svg.hashsalt"] == "xentlib"


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_a_terminal_keeps_its_own_way(stored, monkeypatch, shell) -> None:
    """Python, or IPython without a kernel: there is no page, and errors stay as they are."""
    _run_in(monkeypatch, shell)
    assert stored == []
    assert mpl.rcParams["svg.hashsalt"] == "xentlib"


def test_without_ipython_the_style_is_set_all_the_same(stored, monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    use_book_style()
    assert stored == []
    assert mpl.rcParams["svg.hashsalt"] == "xentlib"
