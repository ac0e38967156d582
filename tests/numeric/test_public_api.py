"""The public names, their documentation, and what importing them costs."""

import importlib.metadata
import inspect
import pathlib
import re
import subprocess
import sys
import types

import pytest

import xentlib

NAMES = [
    "binary_cross_entropy",
    "grad",
    "log_sigmoid",
    "logit",
    "sigmoid",
    "sigmoid_cross_entropy",
    "softplus",
    "value_and_grad",
]
SECTIONS = ["Parameters", "Returns", "Raises", "Notes", "References", "Examples"]


def test_the_public_names_are_exactly_these():
    """Protects users from names that come or go unnoticed."""
    assert xentlib.__all__ == NAMES
    public = {
        name
        for name, value in vars(xentlib).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public == set(NAMES)


def test_the_signatures_are_exactly_these():
    """Protects the names, the order and the defaults of arguments."""

    parameters = {
        name: str(list(inspect.signature(getattr(xentlib, name)).parameters)) for name in NAMES
    }
    assert parameters["sigmoid_cross_entropy"] == str(
        ["labels", "logits", "weights", "pos_weight", "label_smoothing", "reduction"]
    )
    assert parameters["binary_cross_entropy"] == str(
        ["labels", "probabilities", "weights", "reduction"]
    )
    assert {parameters[name] for name in ("sigmoid", "log_sigmoid", "softplus")} == {"['x']"}
    assert parameters["logit"] == "['p']"
    assert xentlib.sigmoid_cross_entropy.__kwdefaults__ == {
        "weights": None,
        "pos_weight": None,
        "label_smoothing": 0.0,
        "reduction": "none",
    }
    assert xentlib.binary_cross_entropy.__kwdefaults__ == {"weights": None, "reduction": "none"}


def test_the_version_is_the_installed_one():
    """Protects from two places that disagree."""
    assert xentlib.__version__ == "0.1.0"
    assert importlib.metadata.version("xentlib") == xentlib.__version__


def test_the_package_is_typed():
    """Protects the marker that tells type checkers to look."""
    assert (pathlib.Path(xentlib.__file__).parent / "py.typed").is_file()


# --- documentation --------------------------------------------------------------------------------


def faults(function):
    """What a docstring lacks of the standard of this library."""
    text = inspect.getdoc(function) or ""
    found = [s for s in SECTIONS if not re.search(rf"^{s}\n-{{{len(s)}}}$", text, re.MULTILINE)]
    for parameter in inspect.signature(function).parameters:
        if not re.search(rf"^{parameter} : ", text, re.MULTILINE):
            found.append(f"parameter {parameter}")
    for word in (".. math::", ">>> ", "dtype", "nats", "losses/sigmoid-cross-entropy"):
        if word not in text:
            found.append(word)
    if not text.split("\n")[0].endswith(".") or text.count("\n") < 10:
        found.append("summary")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_docstrings_are_complete(name):
    """Protects the reader: formula, shapes, units, dtype, errors, an example, the chapter."""
    assert faults(getattr(xentlib, name)) == []


def test_an_incomplete_docstring_is_found():
    """Negative control of the docstring test."""

    def undocumented(x):
        pass

    def partly(x, y):
        pass

    partly.__doc__ = inspect.getdoc(xentlib.sigmoid).replace("Raises\n------", "Raise\n-----")
    assert set(SECTIONS) < set(faults(undocumented))
    assert faults(partly) == ["Raises", "parameter y"]


# --- import ---------------------------------------------------------------------------------------


def run(code):
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_importing_needs_numpy_alone():
    """Protects users without SymPy, matplotlib or ml_dtypes; control: the probe sees NumPy."""
    modules = run(
        "import sys, numpy; before = set(sys.modules); import xentlib;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new), 'numpy' in sys.modules)"
    )
    assert "xentlib" in modules
    assert modules[-1] == "True"
    assert set(modules[:-1]) <= {"xentlib", "numpy"} | set(sys.stdlib_module_names)


def test_importing_is_fast():
    """Protects start-up: at most 30 ms beyond NumPy (the best of three)."""
    code = (
        "import numpy, time; start = time.perf_counter(); import xentlib;"
        "print(time.perf_counter() - start)"
    )
    assert min(float(run(code)[0]) for _ in range(3)) <= 0.030
