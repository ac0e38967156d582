"""The guarantees with NumPy's SIMD paths switched off, as on another computer."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import xentlib
from tests.numeric.reference import distributions, logit_rows, logits, probabilities
from tests.simd import dispatched, without_simd

ROOT = pathlib.Path(__file__).parents[2]

needs_simd = pytest.mark.skipif(not dispatched(), reason="this CPU has no SIMD path to switch off")


def run_without_simd(*command):
    """Run Python in the repository with every SIMD path off, and demand that it succeeds."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=ROOT,
        env=without_simd(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    return finished


@needs_simd
def test_the_accuracy_tests_pass_without_simd():
    """Protects the guarantee on CPUs that take NumPy's plain paths: float64 shows every digit."""
    files = [
        "activations",
        "binary_cross_entropy",
        "information",
        "sigmoid_cross_entropy",
        "sigmoid_focal_cross_entropy",
        "softmax",
        "softmax_cross_entropy",
    ]
    paths = [f"tests/numeric/test_{name}.py" for name in files]
    finished = run_without_simd(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-cov",
        "-k",
        "accuracy and float64",
        *paths,
    )
    assert " passed" in finished.stdout
    assert finished.stderr == ""


def outputs():
    """Results of every function on the regimes of the accuracy tests."""
    found = []
    for dtype in (np.float32, np.float64):
        p = probabilities(2000, dtype)
        y = np.arange(len(p)) % 2
        found.append((xentlib.logit(p), 4))
        both = xentlib.value_and_grad(xentlib.binary_cross_entropy)(y, p)
        found.extend((result, 4) for result in both)
        for regime in ("ordinary", "confident", "edges"):
            x = logits(regime, 2000, dtype)
            for function in (xentlib.sigmoid, xentlib.log_sigmoid, xentlib.softplus):
                found.append((function(x), 4))
            both = xentlib.value_and_grad(xentlib.sigmoid_cross_entropy)(np.arange(len(x)) % 2, x)
            found.extend((result, 4) for result in both)
        for regime in ("ordinary", "confident", "near ties"):
            x = logit_rows(regime, 200, 10, dtype)
            found.extend((f(x), 4) for f in (xentlib.softmax, xentlib.log_softmax))
            y = np.arange(200) % 10
            both = xentlib.value_and_grad(xentlib.sparse_softmax_cross_entropy)(y, x)
            found.extend((result, 4) for result in both)
        p = distributions(200, 10, dtype)
        found.extend((f(p), 4) for f in (xentlib.surprisal, xentlib.entropy, xentlib.perplexity))
        found.append((xentlib.kl_divergence(p, p[::-1]), 8))
    return found


def check_agreement(here, there, bound):
    """Both lie within `bound` ulp of the truth: at most twice that apart (float32: one ulp)."""
    allowed = 1 if here.dtype == np.float32 else 2 * bound
    same = (here == there) | (np.abs(here - there) <= allowed * np.spacing(np.abs(there)))
    assert same.all(), f"{here[~same][0]!r} and {there[~same][0]!r}"


@needs_simd
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_results_with_and_without_simd_agree_within_the_bounds(tmp_path):
    """Protects notebooks: printed digits agree on every CPU. Controls: SIMD is off; 9 ulp fail."""
    code = (
        "import sys, numpy as np; from tests.numeric.test_simd import dispatched, outputs;"
        "print(len(dispatched())); np.savez(sys.argv[1], *(result for result, _ in outputs()))"
    )
    path = tmp_path / "without.npz"
    assert run_without_simd("-c", code, str(path)).stdout.split() == ["0"]
    with np.load(path) as there:
        for (here, bound), name in zip(outputs(), there.files, strict=True):
            check_agreement(here, there[name], bound)
    with pytest.raises(AssertionError):
        check_agreement(np.array([1.0]), np.array([1.0 + 9 * 2.0**-52]), 4)
