"""The frameworks, each behind the same three verbs: take an array, give one back, differentiate."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# TensorFlow is to say nothing, and to compute with code that does not depend on the CPU's maker.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
with warnings.catch_warnings():  # what the frameworks warn of on import is not ours to mend
    warnings.simplefilter("ignore")
    import jax
    import keras
    import optax
    import scipy
    import sklearn
    import tensorflow as tf
    import torch

__all__ = [
    "FRAMEWORKS",
    "JAX",
    "KERAS",
    "LIBRARIES",
    "NUMPY",
    "PYTORCH",
    "TENSORFLOW",
    "Framework",
    "jax",
    "keras",
    "optax",
    "scipy",
    "sklearn",
    "tf",
    "torch",
    "version",
]

LIBRARIES = {
    "TensorFlow": tf,
    "Keras": keras,
    "PyTorch": torch,
    "JAX": jax,
    "Optax": optax,
    "scikit-learn": sklearn,
    "SciPy": scipy,
}

jax.config.update("jax_enable_x64", True)


def version(library: str) -> str:
    """Return the version that is installed here, without the name of a build."""
    return str(LIBRARIES[library].__version__).split("+")[0]


Loss = Callable[..., Any]


@dataclass(frozen=True)
class Framework:
    """How a framework takes arrays, gives them back and differentiates; None if it does not."""

    name: str
    take: Callable[[np.ndarray], Any]
    give: Callable[[Any], np.ndarray]
    differentiate: Callable[[Loss, Any], np.ndarray] | None

    def value(self, function: Loss, *arrays: np.ndarray) -> np.ndarray:
        """Return what a function of the framework's arrays gives for NumPy's."""
        return self.give(function(*map(self.take, arrays)))

    def gradient(self, loss: Loss, labels: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the framework's derivative of the losses' sum with respect to ``x``."""
        if self.differentiate is None:
            raise TypeError(f"{self.name} do not differentiate.")
        given = self.take(labels)
        return self.differentiate(lambda variable: loss(given, variable), self.take(x))


def _by_tape(loss: Loss, variable: Any) -> np.ndarray:
    with tf.GradientTape() as tape:
        tape.watch(variable)
        total = tf.reduce_sum(loss(variable))
    return np.asarray(tape.gradient(total, variable))


def _by_autograd(loss: Loss, variable: Any) -> np.ndarray:
    loss(variable.requires_grad_()).sum().backward()
    return np.asarray(variable.grad)


def _by_jax(loss: Loss, variable: Any) -> np.ndarray:
    return np.asarray(jax.grad(lambda v: loss(v).sum())(variable))


def _unchanged(x: Any) -> Any:
    return x


TENSORFLOW = Framework("TensorFlow", tf.convert_to_tensor, lambda t: t.numpy(), _by_tape)
KERAS = Framework("Keras", tf.convert_to_tensor, lambda t: t.numpy(), _by_tape)
PYTORCH = Framework("PyTorch", torch.tensor, lambda t: t.detach().numpy(), _by_autograd)
JAX = Framework("JAX and Optax", jax.numpy.asarray, np.asarray, _by_jax)
NUMPY = Framework("scikit-learn and SciPy", _unchanged, np.asarray, None)
FRAMEWORKS = (TENSORFLOW, KERAS, PYTORCH, JAX, NUMPY)
