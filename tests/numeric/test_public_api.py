"""The public names, their documentation, and what importing them costs."""

import importlib.metadata
import inspect
import math
import pathlib
import re
import subprocess
import sys
import types

import pytest

import xentlib
from xentlib import activations, gradients, information, losses, streaming

NAMES = [
    "LogSumExp",
    "binary_cross_entropy",
    "cross_entropy",
    "entropy",
    "grad",
    "kl_divergence",
    "linear_softmax_cross_entropy",
    "log_sigmoid",
    "log_softmax",
    "logit",
    "logsumexp",
    "one_hot",
    "perplexity",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sigmoid_focal_cross_entropy",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "sparse_softmax_cross_entropy",
    "surprisal",
    "value_and_grad",
]
# The chapter that derives each function.
CHAPTERS = {
    "LogSumExp": "practice/large-vocabularies",
    "binary_cross_entropy": "losses/binary-cross-entropy",
    "cross_entropy": "information/cross-entropy",
    "entropy": "information/entropy",
    "kl_divergence": "information/kl-divergence",
    "linear_softmax_cross_entropy": "practice/large-vocabularies",
    "logit": "losses/binary-cross-entropy",
    "one_hot": "losses/sparse-softmax-cross-entropy",
    "perplexity": "information/cross-entropy",
    "sigmoid": "losses/binary-cross-entropy",
    "sigmoid_focal_cross_entropy": "practice/weights-and-variants",
    "sparse_softmax_cross_entropy": "losses/sparse-softmax-cross-entropy",
    "surprisal": "information/surprisal",
} | dict.fromkeys(
    ("log_softmax", "logsumexp", "softmax", "softmax_cross_entropy"), "losses/softmax-cross-entropy"
)
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


def test_each_public_name_is_listed_by_the_module_that_defines_it():
    """Protects `import *` from a module, and the page on the library, which reads these lists."""
    modules = (activations, gradients, information, losses, streaming)
    assert sorted(name for module in modules for name in module.__all__) == NAMES
    assert all(getattr(xentlib, name) is vars(m)[name] for m in modules for name in m.__all__)


def test_the_signatures_are_exactly_these():
    """Protects the names, the order and the defaults of arguments."""

    assert list(SIGNATURES) == NAMES
    for name, text in SIGNATURES.items():
        parameters = inspect.signature(getattr(xentlib, name)).parameters.values()
        bare = [parameter.replace(annotation=parameter.empty) for parameter in parameters]
        assert str(inspect.Signature(bare)) == f"({text})"


SIGNATURES = {
    "LogSumExp": "x, *, axis=-1",
    "binary_cross_entropy": "labels, probabilities, *, weights=None, reduction='none'",
    "cross_entropy": f"p, q, *, axis=-1, base={math.e}",
    "entropy": f"p, *, axis=-1, base={math.e}",
    "grad": "loss",
    "kl_divergence": f"p, q, *, axis=-1, base={math.e}",
    "linear_softmax_cross_entropy": "labels, hidden, weight, *, bias=None, weights=None, "
    "ignore_index=None, reduction='none'",
    "log_sigmoid": "x",
    "log_softmax": "x, *, axis=-1",
    "logit": "p",
    "logsumexp": "x, *, axis=-1",
    "one_hot": "labels, num_classes, *, axis=-1, dtype=<class 'numpy.float64'>",
    "perplexity": "p, q=None, *, axis=-1",
    "sigmoid": "x",
    "sigmoid_cross_entropy": "labels, logits, *, weights=None, pos_weight=None, "
    "label_smoothing=0.0, reduction='none'",
    "sigmoid_focal_cross_entropy": "labels, logits, *, gamma=2.0, alpha=None, weights=None, "
    "reduction='none'",
    "softmax": "x, *, axis=-1",
    "softmax_cross_entropy": "labels, logits, *, axis=-1, weights=None, label_smoothing=0.0, "
    "reduction='none'",
    "softplus": "x",
    "sparse_softmax_cross_entropy": "labels, logits, *, axis=-1, weights=None, "
    "label_smoothing=0.0, ignore_index=None, reduction='none'",
    "surprisal": f"p, *, base={math.e}",
    "value_and_grad": "loss",
}


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
    chapter = CHAPTERS.get(function.__name__, "losses/sigmoid-cross-entropy")
    for word in (".. math::", ">>> ", "dtype", "nats", f"``{chapter}``"):
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

    partly.__name__ = "sigmoid"
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


def test_importing_brings_little_along():
    """Protects start-up: how long it takes is measured in benchmarks/import_time.py."""
    count = run(
        "import sys, numpy; before = set(sys.modules); import xentlib;"
        "print(len([name for name in set(sys.modules) - before if 'xentlib' not in name]))"
    )
    assert int(count[0]) <= 5
