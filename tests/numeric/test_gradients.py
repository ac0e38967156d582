"""The mechanism of value_and_grad and grad. (Accuracy is tested beside each loss.)"""

import inspect
import re

import numpy as np
import pytest

import xentlib
from tests.numeric.reference import carefully
from xentlib import _plain, gradients, losses

LOSSES = [
    xentlib.binary_cross_entropy,
    xentlib.sigmoid_cross_entropy,
    xentlib.sigmoid_focal_cross_entropy,
    xentlib.softmax_cross_entropy,
    xentlib.sparse_softmax_cross_entropy,
]
POINTS = np.array([0.125, 0.5, 0.9])
LABELS = np.array([0, 1, 0.25])
ALL_OPTIONS = {
    "weights": [1.0, 2.0, 0.5],
    "pos_weight": 3.0,
    "label_smoothing": 0.1,
    "gamma": 1.5,
    "alpha": 0.25,
    "axis": 0,
    "ignore_index": -1,
    "reduction": "mean",
}


def labels_of(loss):
    return 1 if loss is xentlib.sparse_softmax_cross_entropy else LABELS


def options_of(loss):
    names = inspect.signature(loss).parameters
    return {name: value for name, value in ALL_OPTIONS.items() if name in names}


def check_finite_differences(loss, gradient, **options):
    """Compare a gradient with central differences of the sum of what the loss returns."""
    step = 1e-5
    differences = [
        np.sum(loss(labels_of(loss), POINTS + d, **options) / (2 * step))
        - np.sum(loss(labels_of(loss), POINTS - d, **options) / (2 * step))
        for d in step * np.eye(3)
    ]
    np.testing.assert_allclose(gradient, differences, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_derivatives_of_the_returned_number(loss, reduction):
    """Protects the definition of the gradient under every option; a wrong sign must fail."""
    options = options_of(loss) | {"reduction": reduction}
    gradient = xentlib.grad(loss)(labels_of(loss), POINTS, **options)
    check_finite_differences(loss, gradient, **options)
    with pytest.raises(AssertionError):
        check_finite_differences(loss, -gradient, **options)
    with pytest.raises(AssertionError):
        check_finite_differences(loss, gradient * 1.001, **options)


@pytest.mark.parametrize("loss", LOSSES)
def test_value_and_grad_returns_what_loss_and_grad_return(loss):
    """Protects the agreement of the three ways, to the bit, positional or by name."""
    options = options_of(loss)
    labels = labels_of(loss)
    value, gradient = xentlib.value_and_grad(loss)(labels, POINTS, **options)
    assert value == loss(labels, POINTS, **options)
    np.testing.assert_array_equal(gradient, xentlib.grad(loss)(labels, POINTS, **options))
    second = list(inspect.signature(loss).parameters)[1]
    by_name = xentlib.value_and_grad(loss)(**{"labels": labels, second: POINTS}, **options)
    assert by_name[0] == value


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_of_a_mean_is_divided_once(loss):
    """Protects its last digit: slope / 7 is rounded once, slope * (1 / 7) twice."""
    points = np.random.default_rng(0).uniform(0.1, 0.9, (7, 3))
    labels = np.zeros((7, 3) if labels_of(loss) is LABELS else 7, int)
    if loss is xentlib.softmax_cross_entropy:
        labels[:, 0] = 1
    count = labels.sum() if loss is xentlib.softmax_cross_entropy else labels.size
    gradient = xentlib.grad(loss)(labels, points)
    mean = xentlib.grad(loss)(labels, points, reduction="mean")
    np.testing.assert_array_equal(mean, gradient / count)
    assert (mean != gradient * (1 / count)).any()  # the negative control


def test_shared_results_are_computed_once(monkeypatch):
    """Protects the sharing: one exponential and one check of the labels for value and gradient."""
    calls = []
    for module, name in ((losses.check, "fractions"), (_plain, "are_fractions"), (np, "exp")):
        original = getattr(module, name)

        def counted(*arguments, _original=original, _name=name, **options):
            calls.append(_name)
            return _original(*arguments, **options)

        monkeypatch.setattr(module, name, counted)
    both = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)
    both(LABELS, POINTS)
    assert sorted(calls) == ["are_fractions", "exp"]
    calls.clear()
    with carefully():
        both(LABELS, POINTS)
    assert sorted(calls) == ["exp", "fractions"]


def test_a_new_loss_joins_in_one_place():
    """Protects the mechanism that later losses use."""

    def evaluate(labels, x, weights):
        wide = gradients.Wide.of

        def point(block):
            rows = block.rows(gradients.cells(x))
            return lambda: wide(rows * rows), lambda: wide(2 * rows)

        return gradients.Evaluation.of_elements(point, like=x, weights=weights, reduction="none")

    @gradients.differentiable(evaluate)
    def square(labels, x, *, weights=None):
        return evaluate(labels, x, weights).value()

    try:
        value, gradient = xentlib.value_and_grad(square)(None, np.array([1.0, 3.0]), weights=2.0)
    finally:
        del gradients._EVALUATIONS[square]
    np.testing.assert_array_equal(value, [2, 18])
    np.testing.assert_array_equal(gradient, [4, 12])


def test_a_missing_argument_is_refused_by_the_name_of_the_loss():
    """Protects callers who forget one, as they would be told by the loss itself."""
    message = (
        "binary_cross_entropy: missing a required argument: 'probabilities'; "
        "the arguments are labels, probabilities, weights, reduction."
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        xentlib.grad(xentlib.binary_cross_entropy)([0])


def test_every_loss_and_its_evaluation_take_the_same_arguments():
    """Protects the hand-over of options by name."""
    for loss, evaluate in gradients._EVALUATIONS.items():
        assert list(inspect.signature(loss).parameters) == list(
            inspect.signature(evaluate).parameters
        )
    assert set(gradients._EVALUATIONS) == {*LOSSES, xentlib.linear_softmax_cross_entropy}
