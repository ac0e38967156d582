"""The losses of xentlib and of every installed peer, ready to be called on the same arrays.

Each peer gets the arrays in its own form before any clock runs, and leaves its result in that form.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

LOSSES = ("sparse softmax", "one-hot softmax", "sigmoid")
Call = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    loss: str
    shape: tuple[int, int]
    dtype: str
    gradient: bool

    def __str__(self) -> str:
        rows, columns = self.shape
        what = "value and gradient" if self.gradient else "value"
        return f"{self.loss}, {rows:,} x {columns:,}, {self.dtype}, {what}"

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Return labels and logits, the same for everybody."""
        rng = np.random.default_rng(0)
        logits = rng.standard_normal(self.shape, self.dtype)
        logits *= 3
        if self.loss == "sigmoid":
            return (rng.random(self.shape, np.float32) < 0.5).astype(self.dtype), logits
        indices = rng.integers(0, self.shape[1], self.shape[0])
        if self.loss == "sparse softmax":
            return indices, logits
        labels = np.zeros(self.shape, self.dtype)
        np.put_along_axis(labels, indices[:, None], 1, 1)
        return labels, logits


def installed() -> list[str]:
    """Return the names of the peers, xentlib first."""
    names = []
    for name, package in (
        ("xentlib", "xentlib"),
        ("JAX", "optax"),
        ("PyTorch", "torch"),
        ("TensorFlow", "tensorflow"),
        ("SciPy", "scipy"),
        ("scikit-learn", "sklearn"),
    ):
        try:
            importlib.import_module(package)
        except ImportError:
            continue
        names.append(name)
    return names


def versions() -> dict[str, str]:
    """Return the version of everything that takes part."""
    names = ("numpy", "xentlib", "jax", "optax", "torch", "tensorflow", "scipy", "sklearn")
    found = {}
    for name in names:
        try:
            found[name] = importlib.import_module(name).__version__
        except ImportError:
            continue
    return found


def set_threads(count: int) -> None:
    """Let everything in this process use so many processors; call it before any import."""
    if hasattr(os, "sched_setaffinity"):
        available = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, set(available[-count:]))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ[name] = str(count)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # threads that wait must not take time from others
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["JAX_ENABLE_X64"] = "1"


def available() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def call(peer: str, case: Case, labels: np.ndarray, logits: np.ndarray) -> Call | None:
    """Return the function to be timed, if the peer has this case."""
    makers: dict[str, Callable[..., Call | None]] = {
        "xentlib": _xentlib,
        "JAX": _jax,
        "PyTorch": _torch,
        "TensorFlow": _tensorflow,
        "SciPy": _scipy,
        "scikit-learn": _sklearn,
    }
    return makers[peer](case, labels, logits)


def _xentlib(case: Case, labels: np.ndarray, logits: np.ndarray) -> Call:
    import xentlib

    loss = {
        "sparse softmax": xentlib.sparse_softmax_cross_entropy,
        "one-hot softmax": xentlib.softmax_cross_entropy,
        "sigmoid": xentlib.sigmoid_cross_entropy,
    }[case.loss]
    function = xentlib.value_and_grad(loss) if case.gradient else loss
    return lambda: function(labels, logits)


def _jax(case: Case, labels: np.ndarray, logits: np.ndarray) -> Call:
    import jax
    import optax

    loss = {
        "sparse softmax": optax.softmax_cross_entropy_with_integer_labels,
        "one-hot softmax": optax.softmax_cross_entropy,
        "sigmoid": optax.sigmoid_binary_cross_entropy,
    }[case.loss]

    def both(x: Any, y: Any) -> Any:
        value, pull_back = jax.vjp(lambda logits: loss(logits, y), x)
        return value, pull_back(jax.numpy.ones_like(value))[0]

    function = jax.jit(both if case.gradient else loss)
    x, y = jax.numpy.asarray(logits), jax.numpy.asarray(labels)
    return lambda: jax.block_until_ready(function(x, y))


def _torch(case: Case, labels: np.ndarray, logits: np.ndarray) -> Call:
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    functional = torch.nn.functional
    loss = functional.cross_entropy
    if case.loss == "sigmoid":
        loss = functional.binary_cross_entropy_with_logits
    x, y = torch.from_numpy(logits), torch.from_numpy(labels)

    def value() -> Any:
        with torch.no_grad():
            return loss(x, y, reduction="none")

    def both() -> Any:
        point = x.detach().requires_grad_(True)
        result = loss(point, y, reduction="none")
        result.sum().backward()
        return result.detach(), point.grad

    return both if case.gradient else value


def _tensorflow(case: Case, labels: np.ndarray, logits: np.ndarray) -> Call:
    import tensorflow as tf

    loss = {
        "sparse softmax": tf.nn.sparse_softmax_cross_entropy_with_logits,
        "one-hot softmax": tf.nn.softmax_cross_entropy_with_logits,
        "sigmoid": tf.nn.sigmoid_cross_entropy_with_logits,
    }[case.loss]
    x, y = tf.constant(logits), tf.constant(labels)

    def both(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(labels=y, logits=x)
        return value, tape.gradient(value, x)

    function = tf.function(both if case.gradient else lambda x, y: loss(labels=y, logits=x))
    return lambda: function(x, y)


def _scipy(case: Case, labels: np.ndarray, logits: np.ndarray) -> Call:
    from scipy.special import expit, log_expit, log_softmax

    rows = np.arange(len(logits))

    def sparse() -> Any:
        logs = log_softmax(logits, axis=1)
        value = -logs[rows, labels]
        if not case.gradient:
            return value
        slopes = np.exp(logs, out=logs)
        slopes[rows, labels] -= 1
        return value, slopes

    def dense() -> Any:
        logs = log_softmax(logits, axis=1)
        value = -np.einsum("ij,ij->i", labels, logs)
        if not case.gradient:
            return value
        slopes = np.exp(logs, out=logs)
        slopes -= labels
        return value, slopes

    def sigmoid() -> Any:
        value = (1 - labels) * logits - log_expit(logits)
        return (value, expit(logits) - labels) if case.gradient else value

    return {"sparse softmax": sparse, "one-hot softmax": dense, "sigmoid": sigmoid}[case.loss]


def _sklearn(case: Case, labels: np.ndarray, logits: np.ndarray) -> Call | None:
    """Return log_loss, which takes probabilities and returns their mean: it has no exp to do."""
    from scipy.special import softmax
    from sklearn.metrics import log_loss

    if case.loss != "sparse softmax" or case.gradient or logits.size > 2_000_000:
        return None
    p, classes = softmax(logits.astype(np.float64), axis=1), np.arange(logits.shape[1])
    return lambda: log_loss(labels, p, labels=classes)
