"""Living pictures as a notebook stores them. What the browser makes of them: tests/site."""

import json
import re
from collections.abc import Iterator

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest
from matplotlib.figure import Figure

import xentlib
from xentlib.course import COLORS, living, use_book_style

MARGINS = np.arange(0, 104)
LOSSES = {
    "exact": [float(mpmath.log1p(mpmath.exp(-int(m)))) for m in MARGINS],
    "zero": [0.0] * len(MARGINS),
}


NAMES = ("coin", "two_logits", "smoothing", "margin")


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with plt.rc_context():
        use_book_style()
        yield


def _still() -> Figure:
    figure = Figure()
    figure.subplots().plot([0, 1], [1, 0])
    return figure


def _pictures() -> dict[str, living.LivingPicture]:
    return {
        "coin": living.coin(_still()),
        "two_logits": living.two_logits(_still()),
        "smoothing": living.smoothing(_still()),
        "margin": living.margin(_still(), LOSSES),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_stores_both_versions_the_same_in_each_run(name: str) -> None:
    first, second = (_pictures()[name]._repr_mimebundle_() for _ in range(2))
    assert first == second
    assert set(first) == {"image/svg+xml", "text/plain", living.VEGALITE}
    assert "date" not in first["image/svg+xml"]
    assert json.loads(json.dumps(first[living.VEGALITE])) == first[living.VEGALITE]


def test_the_still_figure_is_not_shown_a_second_time() -> None:
    open_before = plt.get_fignums()
    living.coin(plt.figure())._repr_mimebundle_()
    assert plt.get_fignums() == open_before


@pytest.mark.parametrize("name", NAMES)
def test_each_slider_has_a_label_and_the_picture_words(name: str) -> None:
    spec = _pictures()[name].spec
    sliders = [one for one in spec["params"] if "bind" in one]
    assert sliders
    for slider in sliders:
        bind = slider["bind"]
        assert len(bind["name"]) > 3
        assert bind["min"] <= slider["value"] <= bind["max"]
        steps = (slider["value"] - bind["min"]) / bind["step"]
        assert steps == pytest.approx(round(steps)), "a place where the slider can stand"
    assert spec["usermeta"]["sliders"] == len(sliders)
    assert len(spec["description"]) > 60
    assert spec["params"][-1]["name"] == living.SAYS
    assert repr(_pictures()[name]).count(",") == len(sliders) - 1


@pytest.mark.parametrize("name", NAMES)
def test_its_colours_are_those_of_the_book_and_it_names_no_address(name: str) -> None:
    written = json.dumps(_pictures()[name].spec)
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", written)) <= set(COLORS.values())
    assert "://" not in written


def test_the_library_follows_the_exact_losses_along_the_margin() -> None:
    """What the picture of the margin shows of the library, against mpmath."""
    logits = np.stack([MARGINS, 0 * MARGINS], axis=1).astype(np.float32)
    ours = xentlib.sparse_softmax_cross_entropy(0 * MARGINS, logits)
    normal = MARGINS < 87
    rounded, exact = (np.array(living.three_digits(each)) for each in (ours, LOSSES["exact"]))
    # The third digit may fall to either side where float32 rounds first.
    np.testing.assert_allclose(rounded[normal], exact[normal], rtol=0.0101)
    assert (rounded > 0).all()
    spec = living.margin(_still(), {"xentlib": living.three_digits(ours)}).spec
    assert spec["params"][0] == {"name": "losses", "value": {"xentlib": rounded.tolist()}}


def test_three_digits_have_no_negative_zero_and_no_last_bits() -> None:
    assert living.three_digits([np.float32(1.2345e-9), -0.0]) == [1.23e-9, 0.0]
    assert not np.signbit(living.three_digits([-0.0])[0])
    assert living.three_digits([0.1 + 0.2]) == living.three_digits([0.3])
