"""Bins, the parts of a score, chance and temperature: against sums written out by hand."""

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pytest

import xentlib
from xentlib.course.calibration import (
    bins,
    calibration_error,
    draw_reliability,
    expected_calibration_error,
    expected_miscount,
    fit_temperature,
    score_parts,
    temperature_slope,
    train_network,
)

BELIEFS = np.array([0.0, 0.05, 0.34, 0.37, 0.39, 0.81, 0.95, 1.0, 1.0])
HAPPENED = np.array([0, 1, 0, 1, 1, 1, 1, 1, 0])
N, SAID, CAME = np.array([30, 50, 20]), np.array([0.1, 0.4, 0.8]), np.array([0.2, 0.3, 0.9])


def test_bins_leave_out_no_case_and_no_empty_bin_is_shown():
    n, said, came = bins(BELIEFS, HAPPENED)
    assert n.tolist() == [2, 3, 1, 3]
    assert np.allclose(said, [0.025, 1.1 / 3, 0.81, 2.95 / 3])
    assert np.allclose(came, [1 / 2, 2 / 3, 1, 2 / 3])


def test_the_parts_make_up_the_scores():
    parts = score_parts(N, SAID, CAME)
    w = N / N.sum()
    brier = w @ (CAME * (1 - SAID) ** 2 + (1 - CAME) * SAID**2)
    log = w @ (-CAME * np.log(SAID) - (1 - CAME) * np.log(1 - SAID))
    assert np.isclose(sum(parts["Brier"]), brier, rtol=1e-14)
    assert np.isclose(sum(parts["log"]), log, rtol=1e-14)


def test_the_calibration_of_an_honest_forecaster_is_0():
    for calibration, refinement in score_parts(N, CAME, CAME).values():
        assert calibration == 0
        assert refinement > 0


def test_the_error_is_a_mean_over_cases():
    by_hand = (abs(0.05 - 1) + abs(1.1 - 2) + abs(0.81 - 1) + abs(2.95 - 2)) / 9
    assert np.isclose(calibration_error(BELIEFS, HAPPENED), by_hand, rtol=1e-14)


@pytest.mark.parametrize("beliefs", [[0.3], [0.5, 0.5], [0.1, 0.6, 0.9], [0.2] * 6])
def test_the_miscount_is_the_expectation_over_all_outcomes(beliefs):
    by_hand = sum(
        np.prod([q if yes else 1 - q for q, yes in zip(beliefs, outcome, strict=True)])
        * abs(sum(outcome) - sum(beliefs))
        for outcome in product((0, 1), repeat=len(beliefs))
    )
    assert np.isclose(expected_miscount(np.array(beliefs)), by_hand, rtol=1e-13)


def test_the_expected_error_is_what_honest_forecasts_have_on_average():
    rng = np.random.default_rng(0)
    beliefs = rng.random(200)
    outcomes = rng.random((4000, 200)) < beliefs
    errors = [calibration_error(beliefs, row) for row in outcomes]
    expected = expected_calibration_error(beliefs)
    assert abs(np.mean(errors) - expected) < 4 * np.std(errors) / np.sqrt(len(errors))
    assert abs(np.mean(errors) - expected_calibration_error(beliefs, 20)) > 0.01  # the control


def test_the_slope_is_the_derivative():
    rng = np.random.default_rng(1)
    logits, y = rng.normal(0, 3, (20, 5)), rng.integers(5, size=20)

    def loss(b):
        return xentlib.sparse_softmax_cross_entropy(y, b * logits).mean()

    rise = (loss(0.7 + 1e-6) - loss(0.7 - 1e-6)) / 2e-6
    assert np.isclose(temperature_slope(0.7, logits, y), rise, rtol=1e-7)


def test_the_temperature_has_the_lowest_loss():
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 3, (500, 4))
    y = (np.cumsum(xentlib.softmax(logits / 2.5), axis=1) < rng.random((500, 1))).sum(axis=1)
    T = fit_temperature(logits, y)
    losses = [
        xentlib.sparse_softmax_cross_entropy(y, logits / t).mean() for t in T * np.r_[0.99, 1, 1.01]
    ]
    assert np.argmin(losses) == 1
    assert 2 < T < 3


def test_without_a_mistake_the_temperature_ends_at_its_limit():
    assert np.isclose(fit_temperature(np.array([[3.0, 0.0]]), np.array([0])), 0.1)


def test_the_network_learns_what_it_sees_and_starts_where_the_seed_says():
    rng = np.random.default_rng(3)
    points, y, learn = rng.normal(size=(30, 6)), np.arange(30) % 10, slice(20)
    start, end = train_network(points, y, (0, 300), learn)
    losses = [xentlib.sparse_softmax_cross_entropy(y, x) for x in (start, end)]
    assert start.shape == end.shape == (30, 10)
    assert losses[1][:20].mean() < 0.2 < 2 < losses[0][:20].mean()
    assert losses[1][20:].mean() > 2  # the labels of the rest are noise to it
    (again,), (other,) = (train_network(points, y, (0,), learn, seed) for seed in (1, 2))
    assert np.array_equal(start, again)
    assert not np.array_equal(start, other)


def test_a_diagram_for_each_forecast():
    figure = draw_reliability({"one": (BELIEFS, HAPPENED), "two": (BELIEFS, HAPPENED)})
    assert [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes] == ["one", "two"]
    points = figure.axes[1].collections[-1].get_offsets()
    assert np.allclose(points[0], [0.025, 0.5])
    plt.close(figure)
