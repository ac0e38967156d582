"""The digits: which they are, how they are split, and the questions about them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn import datasets

from xentlib.course import QUESTIONS, answers_to_questions, draw_confusion, draw_digits, load_digits


def test_the_split_keeps_every_digit_once_and_in_order() -> None:
    training, held_out = load_digits()
    original = datasets.load_digits()
    np.testing.assert_array_equal(
        np.concatenate([training.pixels, held_out.pixels]) * 16, original.data
    )
    np.testing.assert_array_equal(
        np.concatenate([training.labels, held_out.labels]), original.target
    )
    assert len(training.pixels) == len(training.labels) == 1200


def test_pixels_lie_between_paper_and_ink() -> None:
    for part in load_digits():
        assert part.pixels.min() == 0
        assert part.pixels.max() == 1


def test_all_ten_digits_are_about_equally_frequent_in_both_parts() -> None:
    for part in load_digits():
        counts = np.bincount(part.labels)
        assert counts.shape == (10,)
        np.testing.assert_allclose(counts, len(part.labels) / 10, rtol=0.1)


def test_inputs_are_the_pixels_and_a_one() -> None:
    training, _ = load_digits()
    assert training.inputs.shape == (1200, 65)
    np.testing.assert_array_equal(training.inputs[:, :64], training.pixels)
    assert np.all(training.inputs[:, 64] == 1)


def test_no_image_is_in_both_parts() -> None:
    training, held_out = ({row.tobytes() for row in part.pixels} for part in load_digits())
    assert not training & held_out


def test_the_answers_to_the_questions() -> None:
    answers = answers_to_questions(np.arange(10))
    assert answers.shape == (10, len(QUESTIONS))
    even, loop, large = answers.T
    np.testing.assert_array_equal(even, 1 - np.arange(10) % 2)
    assert list(np.flatnonzero(loop)) == [0, 6, 8, 9]
    np.testing.assert_array_equal(large, np.arange(10) >= 5)
    assert set(map(tuple, answers)) >= {(0, 0, 0), (1, 1, 1)}, "the answers do not exclude others"


def drawn(place: plt.Axes) -> np.ndarray:
    """Return the ink at the centre of each pixel of a drawn image, as an eye would see it."""
    ink = np.zeros((8, 8))
    for patch in place.patches:
        red, green, blue, _ = patch.get_facecolor()
        assert red == green == blue
        for y, x in np.ndindex(8, 8):
            if patch.get_path().contains_point((x + 0.5, y + 0.5)):
                ink[y, x] = 1 - red
    return ink if place.yaxis_inverted() else ink[::-1]


def test_each_image_stands_upright_under_its_own_title() -> None:
    image = np.linspace(0, 1, 64)
    figure = draw_digits([image, 1 - image], ["first", "second"], columns=3)
    assert [place.get_title() for place in figure.axes] == ["first", "second", ""]
    first, second, empty = figure.axes
    np.testing.assert_allclose(drawn(first).ravel(), image, atol=1e-12)
    np.testing.assert_allclose(drawn(second).ravel(), 1 - image, atol=1e-12)
    assert not empty.patches
    plt.close(figure)


def test_noise_out_of_range_is_drawn_black_or_white() -> None:
    image = np.linspace(-0.5, 1.5, 64)
    figure = draw_digits([image], ["noisy"], columns=1)
    np.testing.assert_allclose(drawn(figure.axes[0]).ravel(), np.clip(image, 0, 1), atol=1e-12)
    plt.close(figure)


def test_a_title_is_wanted_for_each_image() -> None:
    with pytest.raises(ValueError, match="zip"):
        draw_digits(np.zeros((3, 64)), ["one", "two"])
    plt.close("all")


def test_rows_are_added_for_more_images() -> None:
    figure = draw_digits(np.zeros((7, 64)), ["a\nb"] * 7, columns=3)
    assert len(figure.axes) == 9
    plt.close(figure)


def test_a_confusion_matrix_has_digits_as_rows_and_readings_as_columns() -> None:
    figure = draw_confusion(np.array([1, 1, 1, 7]), np.array([1, 9, 9, 7]))
    (place,) = figure.axes
    counts = {text.get_position(): text.get_text() for text in place.texts}
    assert counts == {(1.5, 1.5): "1", (9.5, 1.5): "2", (7.5, 7.5): "1"}
    assert (place.get_xlabel(), place.get_ylabel()) == ("read as", "digit")
    assert place.yaxis_inverted()
    assert not place.xaxis_inverted()
    plt.close(figure)


def test_mistakes_have_another_colour_than_right_readings() -> None:
    figure = draw_confusion(np.array([1, 1, 7]), np.array([1, 9, 7]))
    right, wrong, other = (patch.get_facecolor()[:3] for patch in figure.axes[0].patches)
    assert right == other != wrong
    plt.close(figure)
