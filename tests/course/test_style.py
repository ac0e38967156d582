"""Figures look the same everywhere; in a notebook they are stored as SVG without a date."""

import re
import sys
from types import ModuleType, SimpleNamespace
from unittest import mock

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib_inline import backend_inline

from xentlib.course import style, use_book_style
from xentlib.course.style import stable_svg


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


def test_a_notebook_stores_figures_that_stay_the_same(stored, monkeypatch) -> None:
    """Else each run would change the stored page."""
    modes: list[str] = []
    formats: dict[type, object] = {}
    svg = SimpleNamespace(for_type=formats.__setitem__)
    shell = SimpleNamespace(
        kernel=object(),
        InteractiveTB=SimpleNamespace(set_mode=modes.append),
        display_formatter=SimpleNamespace(formatters={"image/svg+xml": svg}),
    )
    _run_in(monkeypatch, shell)
    assert stored == [(("svg",), {"bbox_inches": None})]
    assert formats == {Figure: stable_svg}
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


def _drawn(width: float, height: float = 0.7) -> str:
    with mpl.rc_context():
        use_book_style()
        figure = Figure(layout="none")
        axes = figure.add_axes((0.1, 0.2, width, height))
        axes.plot([0, 1, 2], [0, 1, 0], marker="o")
        return stable_svg(figure)


def test_the_last_digits_of_a_number_do_not_show() -> None:
    """Protects the stored figures from processors that round differently."""
    assert _drawn(0.3) == _drawn(0.3 + 1e-12)
    assert "clip-path" in _drawn(0.3)
    assert "dc:date" not in _drawn(0.3)


def test_names_differ_between_figures_and_between_the_parts_of_one() -> None:
    """Controls: two figures in one page would else take each other's parts."""
    names = [re.findall(r'id="(part[^"]*)"', _drawn(width)) for width in (0.3, 0.31)]
    assert len(names[0]) > 2
    assert not set(names[0]) & set(names[1])
    assert len(set(names[0])) == len(names[0])
    assert all(f"#{name}" in _drawn(0.3) for name in names[0])


def test_matplotlib_itself_shows_the_last_digits() -> None:
    """Control: without the new names, the two drawings differ."""

    def as_it_comes(width: float) -> str:
        with mock.patch.object(style, "_NAMES", re.compile("(nothing)")):
            return _drawn(width)

    assert as_it_comes(0.3) != as_it_comes(0.3 + 1e-12)
