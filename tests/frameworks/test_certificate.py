"""The frameworks' half of the certificate of accuracy, measured again."""

import json
import os
import subprocess
import sys

import pytest

from tests.simd import without_simd
from tools.notebooks import ROOT
from xentlib.course.certificate import (
    EDGES,
    CertificateChangedError,
    certified,
    confirm,
    measure,
    words,
)
from xentlib.course.frameworks.contestants import CONTESTANTS, OTHERS
from xentlib.course.frameworks.facts import VERSIONS

# An error may be this many times larger or smaller on another machine without another word.
MARGIN = 1.5


@pytest.fixture(scope="module")
def found():
    return measure(CONTESTANTS)


def test_everyone_is_as_certified(found) -> None:
    confirm(words(found), CONTESTANTS)


def test_every_framework_has_its_entries() -> None:
    for row, each in certified()["rows"].items():
        missing = {one.name for one in CONTESTANTS} - set(each)
        assert missing == ({"SciPy"} if ", gradient," in row else set()), row


def test_the_certified_versions_are_those_of_the_book() -> None:
    versions = certified()["versions"]
    assert versions == {one.name: VERSIONS[one.name] for one in OTHERS}


def test_a_changed_framework_is_named_with_its_version(found) -> None:
    """Negative control: as if PyTorch had lost the digits of its ordinary losses."""
    stored = json.loads(json.dumps(certified()))
    row = "softmax_cross_entropy, loss, float64, near ties"
    stored["rows"][row]["PyTorch"] = "1024 ulp"
    stored["versions"]["PyTorch"] = "2.0.0"
    with pytest.raises(CertificateChangedError) as caught:
        confirm(words(found), CONTESTANTS, stored)
    now = f"PyTorch {VERSIONS['PyTorch']} (certified: 2.0.0)"
    assert str(caught.value).startswith(f"{now}: {row}: certified as '1024 ulp', now '4 ulp'")


def test_no_error_lies_near_the_edge_of_a_word(found) -> None:
    """Protects against another C library or CPU: the inputs were chosen for it."""
    near = [
        (row, name, one.worst)
        for row, each in found.items()
        for name, one in each.items()
        for word, edge in EDGES.items()
        if word != "nearest" and edge / MARGIN < one.worst < edge * MARGIN
    ]
    assert not near


def test_the_words_are_the_same_without_simd() -> None:
    """In a process in which NumPy, PyTorch and JAX take their plainest paths."""
    code = (
        "from xentlib.course.certificate import confirm, measure, words;"
        "from xentlib.course.frameworks.contestants import CONTESTANTS;"
        "from xentlib.course.frameworks.adapters import torch;"
        "confirm(words(measure(CONTESTANTS)), CONTESTANTS);"
        "print(torch.backends.cpu.get_cpu_capability())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=without_simd(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.split() == ["DEFAULT"]
