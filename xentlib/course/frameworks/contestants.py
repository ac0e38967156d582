"""The frameworks as contestants for the certificate of accuracy: each by its own spelling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from xentlib.course.certificate import XENTLIB, Contestant
from xentlib.course.frameworks.adapters import (
    JAX,
    KERAS,
    NUMPY,
    PYTORCH,
    TENSORFLOW,
    Framework,
    jax,
    version,
)
from xentlib.course.frameworks.spellings import DENSE, SIGMOID, SPARSE, Spelling

__all__ = ["CONTESTANTS", "OTHERS"]


def _own(framework: Framework) -> list[Spelling]:
    every = (*SPARSE, *DENSE, *SIGMOID)
    return [s for s in every if s.framework is framework and not s.options]


def _contestant(name: str, framework: Framework) -> Contestant:
    own = _own(framework)
    gradients = {s.function: s.gradient for s in own} if framework.differentiate else {}
    return Contestant(name, version(name), {s.function: s.value for s in own}, gradients)


def _jitted(call: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    compiled = jax.jit(call)
    return lambda y, x: np.asarray(compiled(y, x))


def _slope(spelling: Spelling) -> Callable[[Any, Any], Any]:
    return jax.grad(lambda y, x: spelling.call(y, x).sum(), argnums=1)  # type: ignore[no-any-return]


def _optax() -> Contestant:
    """Return Optax's losses, compiled as they are in practice (and sooner done)."""
    own = _own(JAX)
    return Contestant(
        "Optax",
        version("Optax"),
        {s.function: _jitted(s.call) for s in own},
        {s.function: _jitted(_slope(s)) for s in own},
    )


OTHERS = (
    _contestant("TensorFlow", TENSORFLOW),
    _contestant("Keras", KERAS),
    _contestant("PyTorch", PYTORCH),
    _optax(),
    _contestant("SciPy", NUMPY),
)
CONTESTANTS = (XENTLIB, *OTHERS)
