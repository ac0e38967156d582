"""The certificate of accuracy: xentlib's half of it, and what would be noticed."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest

import xentlib
from tools import certificate as tool
from xentlib.course import certificate
from xentlib.course.certificate import (
    CASES,
    XENTLIB,
    Case,
    CertificateChangedError,
    Contestant,
    certified,
    confirm,
    judge,
    measure,
    renewed,
    words,
)
from xentlib.course.regimes import logits

SPARSE = "sparse_softmax_cross_entropy"
FLOAT32 = Case(SPARSE, "confident", "float32")


@pytest.fixture(scope="module")
def found():
    return measure([XENTLIB])


def test_xentlib_is_as_it_is_certified(found) -> None:
    confirm(words(found), [XENTLIB])


def test_the_certificate_says_the_best_of_xentlib(found) -> None:
    """In float32 the nearest number, in float64 within 4 ulp: what the docstrings promise."""
    rows = certified()["rows"]
    assert (
        set(rows)
        == set(found)
        == {case.row(part) for case in CASES for part in ("loss", "gradient")}
    )
    for row, each in rows.items():
        assert each["xentlib"] == ("nearest" if "float32" in row else "4 ulp"), row


def test_a_planted_wrong_entry_fails(found) -> None:
    """Negative control: entry, row and place are named."""
    planted = json.loads(json.dumps(certified()))
    planted["rows"][FLOAT32.row("loss")]["xentlib"] = "zero"
    with pytest.raises(CertificateChangedError) as caught:
        confirm(words(found), [XENTLIB], planted)
    message = str(caught.value)
    assert message.count("\n") == 0
    for part in (
        f"xentlib {xentlib.__version__}: {SPARSE}, loss, float32, confident:",
        "certified as 'zero', now 'nearest'",
        "chapters/practice/numerical-accuracy",
    ):
        assert part in message


@pytest.mark.parametrize("lost", ["row", "entry", "measurement"])
def test_a_missing_entry_fails(found, lost) -> None:
    """Negative control: neither the file nor the measurement may lose something."""
    stored, measured = json.loads(json.dumps(certified())), words(found)
    row = FLOAT32.row("gradient")
    if lost == "row":
        del stored["rows"][row]
    elif lost == "entry":
        del stored["rows"][row]["xentlib"]
    else:
        del measured[row]
    with pytest.raises(CertificateChangedError, match="'nothing'"):
        confirm(measured, [XENTLIB], stored)


def _by_log_sum_exp(labels, x):
    m = x.max(1)
    own = np.take_along_axis(x, labels[:, None], 1)[:, 0]
    return m + np.log(np.exp(x - m[:, None]).sum(1)) - own


def test_a_library_that_is_made_worse_fails(found) -> None:
    """Negative control: with the log-sum-exp form in xentlib's place, four regimes change."""
    worse = replace(XENTLIB, losses={**XENTLIB.losses, SPARSE: _by_log_sum_exp})
    cases = [case for case in CASES if case.function == SPARSE and case.dtype == "float64"]
    measured = {**words(found), **words(measure([worse], cases))}
    with pytest.raises(CertificateChangedError) as caught:
        confirm(measured, [XENTLIB])
    message = str(caught.value)
    assert "float64, confident: certified as '4 ulp', now 'zero'" in message
    assert "float64, shifted by 1e4: certified as '4 ulp', now 'more'" in message
    assert "gradient" not in message
    assert "float32" not in message


@pytest.mark.parametrize(
    ("factor", "word"),
    [(0, "4 ulp"), (1, "4 ulp"), (7, "1024 ulp"), (3000, "more"), (2.0**23, "no digit")],
)
def test_a_word_for_each_size_of_an_error(factor, word) -> None:
    result = np.float32([1, 1 + factor * 2.0**-23])
    assert judge(result, [mpmath.mpf(1)] * 2).word == word
    assert judge(result, [mpmath.mpf(1)] * 2).worst == factor


def test_words_for_what_is_no_result() -> None:
    one = [mpmath.mpf(1)]
    assert judge(np.float64([np.nan]), one).word == "nan"
    assert judge(np.float64([0]), one).word == "zero"
    assert judge(np.float64([np.inf]), one).word == "no digit"
    assert judge(np.float64([0]), [mpmath.mpf(0)]).word == "4 ulp"


def test_the_worst_result_decides_and_the_median_is_kept() -> None:
    truth = [mpmath.mpf(1)] * 3
    judged = judge(np.float64([1, 1 + 2.0**-51, 0]), truth)
    assert (judged.word, judged.typical) == ("zero", 2)


def test_only_who_rounds_correctly_may_be_called_nearest() -> None:
    truth = [mpmath.mpf(1)]
    assert judge(np.float32([1]), truth, rounds_correctly=True).word == "nearest"
    assert judge(np.float32([1 + 2.0**-23]), truth, rounds_correctly=True).word == "4 ulp"


def test_a_truth_too_small_for_normal_numbers_is_left_out() -> None:
    tiny = [mpmath.mpf(2) ** -130]
    assert judge(np.float32([0]), tiny).word == "4 ulp"
    assert judge(np.float32([np.nan]), tiny).word == "nan"


def test_errors_may_be_counted_in_another_unit() -> None:
    """A difference of two parts near 1 is as exact as these parts."""
    truth, off = [mpmath.mpf(2) ** -20], np.float64([2.0**-20 + 2.0**-52])
    assert judge(off, truth).word == "more"
    assert judge(off, truth, [mpmath.mpf(1)]).word == "4 ulp"


def test_a_result_in_another_type_is_no_result() -> None:
    wide = Contestant("wide", "1", {SPARSE: lambda y, x: x[:, 0].astype(float)}, {})
    with pytest.raises(TypeError, match="wide returned float64 for float32"):
        FLOAT32.judge(wide, "loss")


def test_what_a_library_lacks_has_no_entry() -> None:
    losses = Contestant("losses", "1", XENTLIB.losses, {})
    measured = measure([losses], [FLOAT32])
    assert measured[FLOAT32.row("gradient")] == {}
    assert set(measured[FLOAT32.row("loss")]) == {"losses"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row("inputs"))
def test_the_inputs_are_what_their_regime_says(case) -> None:
    labels, x = case.inputs
    assert x.dtype == case.dtype
    if case.function == "sigmoid_cross_entropy":
        on_the_right_side = (labels > 0.5) == (x > 0)
        assert case.regime == "ordinary" or on_the_right_side.all()
        assert bool(np.isin(labels, [0, 1]).all()) is (case.regime != "soft labels")
    else:
        classes = labels if labels.ndim == 1 else labels.argmax(1)
        own = np.take_along_axis(x, classes[:, None], 1)[:, 0]
        assert np.isfinite(own).all()
        assert bool((own == x.max(1)).all()) is (case.regime == "confident")
        assert bool(np.isinf(x).any()) is (case.regime == "masked")
        spread = np.ptp(np.where(np.isfinite(x), x, own[:, None]), 1)
        assert bool((spread < 1e-3).all()) is (case.regime == "near ties")
        assert bool((x.min(1) > 9000).all()) is case.regime.startswith("shifted")


def test_confident_logits_fit_the_type() -> None:
    assert np.abs(logits("confident", 500, "float32")).max() < 200
    assert np.abs(logits("confident", 500, "float64")).max() > 600


def test_without_the_frameworks_their_entries_stay(
    found, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """The tool measures xentlib again; what was measured of the others is kept."""
    file = tmp_path / "certificate.json"
    stored = certified()
    stored["rows"][FLOAT32.row("loss")]["xentlib"] = "zero"
    file.write_text(tool.written(stored), encoding="utf-8")
    monkeypatch.setattr(tool, "FILE", file)
    monkeypatch.setattr(tool, "how_to_get_them", lambda: "Install them.")
    assert tool.main() == 0
    assert certified(file) == certified()
    said = capsys.readouterr().out
    assert "changed: " in said
    assert "LEFT OUT: the frameworks were not measured again. Install them." in said
    assert tool.main() == 0
    assert "changed" not in capsys.readouterr().out


def test_a_first_certificate_needs_no_other() -> None:
    made = renewed({}, [XENTLIB])
    assert made["versions"] == {}
    assert {name for each in made["rows"].values() for name in each} == {"xentlib"}


def test_a_table_and_its_picture(found) -> None:
    table = certificate.table(found, SPARSE, "loss", "float32")
    assert table.columns == ["ordinary", "confident", "shifted by 1e4", "near ties", "masked"]
    assert table.rows == {"xentlib": ["nearest"] * 5}
    table.rows["other"] = ["4 ulp", "1024 ulp", "more", "zero", "nan"]
    figure, axes = plt.subplots()
    certificate.draw(axes, table)
    drawn = [text.get_text() for text in axes.texts]
    assert drawn == ["½"] * 5 + ["4", "1k", ">1k", "0", "nan"]
    colors = {text.get_text(): text.get_color() for text in axes.texts}
    assert (colors["0"], colors["4"]) == ("white", "black")
    assert len(axes.patches) == 10
    assert [label.get_text() for label in axes.get_yticklabels()] == ["xentlib", "other"]
    plt.close(figure)
