"""The progress bar: it goes through everything, and ends alike in every run."""

import re
import time

import pytest

from xentlib.course import progress


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the states of the bar, one after the other."""
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.endswith("\n")
    return captured.out.rstrip("\n").split("\r")[1:]


def test_it_goes_through_all_steps(capsys) -> None:
    assert list(progress(range(5))) == [0, 1, 2, 3, 4]
    states = shown(capsys)
    assert states[0].endswith("0/5")
    assert re.fullmatch(r"training \|█+\| 5/5", states[-1])


def test_the_last_number_is_the_one_that_is_kept(capsys) -> None:
    for step in (bar := progress(range(30), "Newton")):
        bar.set_postfix(loss=f"{30 - step:.3f}")
    last = shown(capsys)[-1]
    assert last.startswith("Newton |")
    assert last.endswith("30/30, loss=1.000")
    assert len(last) <= 40


def test_it_ends_alike_however_long_a_step_takes(capsys) -> None:
    ends = []
    for seconds in (0, 0.15):
        for _ in progress(range(2)):
            time.sleep(seconds)
        ends.append(shown(capsys)[-1])
    assert ends[0] == ends[1]
    assert not re.search(r"\d:\d|it/s|%", ends[0])
