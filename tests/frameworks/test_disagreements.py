"""Where a framework and xentlib disagree: what each says, and what is true."""

from dataclasses import replace

import numpy as np
import pytest

import xentlib
from xentlib.course.frameworks.adapters import tf
from xentlib.course.frameworks.disagreements import (
    DISAGREEMENTS,
    _softmax_calls,
    disagreement,
    relative_error,
)
from xentlib.course.frameworks.facts import outcome

NAMES = [found.id for found in DISAGREEMENTS]
ONE_ROUNDING = {"float32": 2.0**-24, "float64": 4 * 2.0**-53}


@pytest.mark.parametrize("found", DISAGREEMENTS, ids=NAMES)
def test_everyone_still_says_so(found) -> None:
    assert found.found() == dict(found.answers)


@pytest.mark.parametrize("found", DISAGREEMENTS, ids=NAMES)
def test_xentlib_is_right_to_the_last_digit_or_refuses(found) -> None:
    true = found.true
    if isinstance(true, str):
        assert found.answers["xentlib"] in ("ValueError", "IndexError")
        with pytest.raises((ValueError, IndexError)):
            found.ours()
    else:
        dtype = str(np.asarray(found.ours()).dtype)
        assert relative_error(found.ours, true) <= ONE_ROUNDING[dtype]


@pytest.mark.parametrize("found", DISAGREEMENTS, ids=NAMES)
def test_there_is_a_disagreement(found) -> None:
    """A framework that agrees has left the table's subject."""
    ours = found.answers["xentlib"]
    assert [name for name, answer in found.answers.items() if answer != ours]


def test_a_wrong_answer_would_be_noticed() -> None:
    """Negative control: a framework that is repaired, and a library that breaks."""
    found = disagreement("softplus")
    repaired = replace(found, theirs={**found.theirs, "PyTorch": found.ours})
    assert repaired.found() == {**found.answers, "PyTorch": "right"}
    broken = replace(found, ours=lambda: 0.0)
    assert broken.found() == {**found.answers, "xentlib": "0"}
    assert found.truth_in_short == "21.0000000008"


def test_a_number_that_is_not_quite_right_is_told() -> None:
    found = disagreement("improbable")
    off = replace(found, theirs={"off": lambda: float(found.true) * (1 + 1e-12)})
    assert off.found()["off"] == "23"


@pytest.mark.parametrize(("margin", "dtype"), [(17, "float32"), (37, "float64")])
def test_softmax_losses_are_zero_from_this_margin_on(margin, dtype) -> None:
    """Two classes: e^-m is below half of the distance from 1 to the next number."""
    sure = disagreement(f"sure-{dtype}")
    assert set(sure.answers.values()) == {"right", "0"}
    for name, call in _softmax_calls(np.array([[margin, 0]], dtype)).items():
        assert outcome(call) == "0", name
    before = _softmax_calls(np.array([[margin - 1, 0]], dtype))
    assert {name for name, call in before.items() if outcome(call) == "0"} == {
        "Optax, integer labels"
    }
    assert xentlib.sparse_softmax_cross_entropy(0, np.array([margin, 0], dtype)) > 0


LOGITS = np.array([[0.5, 0.7, 0.3], [0.8, 0.2, 0.9]], np.float32)
PRINTED = {
    1: [[0.47407699, 0.40318602, 0.5543552], [0.37110069, 0.59813887, 0.34115386]],
    0: [[0.97407699, 1.10318601, 0.85435522], [1.17110074, 0.79813886, 1.24115384]],
}


@pytest.mark.parametrize("label", PRINTED)
def test_tensorflow_is_within_a_step_of_the_right_float32(label: int) -> None:
    """The article's example: its numbers and today's are neighbours of the right ones, or equal."""
    labels = np.full_like(LOGITS, label)
    right = xentlib.sigmoid_cross_entropy(labels, LOGITS)
    today = tf.nn.sigmoid_cross_entropy_with_logits(labels, LOGITS).numpy()
    printed = np.array(PRINTED[label], np.float32)
    for theirs in (today, printed):
        assert np.abs(theirs.view(np.int32) - right.view(np.int32)).max() <= 1


def test_an_unknown_disagreement_is_named() -> None:
    with pytest.raises(ValueError, match="no disagreement 'softmin'"):
        disagreement("softmin")
