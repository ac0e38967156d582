"""Loss curves: rounded, named, and with a level to compare them with."""

import matplotlib.pyplot as plt
import numpy as np

from xentlib.course import draw_curves


def test_curves_are_rounded_and_named() -> None:
    figure = draw_curves({"right": [1.23456, 0.5], "wrong": [2.0, 3.0004]})
    right, wrong = figure.axes[0].lines
    np.testing.assert_array_equal(right.get_ydata(), [1.235, 0.5])
    np.testing.assert_array_equal(wrong.get_ydata(), [2.0, 3.0])
    assert [line.get_label() for line in (right, wrong)] == ["right", "wrong"]
    assert right.get_linestyle() != wrong.get_linestyle()
    assert figure.axes[0].get_ylim()[0] == 0
    plt.close(figure)


def test_a_level_is_a_rounded_line_with_a_name() -> None:
    figure = draw_curves({"a": [1.0, 0.0]}, level=np.log(10), level_name="ln 10", top=4)
    _, level = figure.axes[0].lines
    assert set(level.get_ydata()) == {2.303}
    assert level.get_label() == "ln 10"
    assert figure.axes[0].get_ylim() == (0, 4)
    plt.close(figure)


def test_a_difference_in_the_last_bits_is_not_drawn() -> None:
    curve = np.linspace(2.3, 0.1, 50) + 1e-5
    figures = [draw_curves({"a": values}) for values in (curve, curve * (1 + 1e-15))]
    one, other = (figure.axes[0].lines[0].get_ydata() for figure in figures)
    np.testing.assert_array_equal(one, other)
    plt.close("all")
