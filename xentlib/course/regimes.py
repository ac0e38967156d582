"""Inputs on which accuracy is measured: logits of one kind each, random with a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from xentlib.course.accuracy import FORMATS

__all__ = ["EDGES", "REGIMES", "ROW_REGIMES", "logit_rows", "logits"]

# Where something changes: 1 + e^-x becomes 1 (17 for float32, 37 for float64), e^x overflows or
# becomes subnormal or 0 (88, 103 for float32, 709, 745 for float64), exponents are kept (116).
EDGES = np.array([1e-30, 0.25, 1, 17, 37, 44, 88, 103, 116, 709, 745, 1000, 65536, 1e6, 1e30])

REGIMES = ("ordinary", "confident", "magnitudes", "edges")

ROW_REGIMES = (
    "ordinary",
    "confident",
    "magnitudes",
    "shifted by 1e4",
    "shifted by -1e4",
    "shifted by 1e8",
    "shifted by -1e8",
    "near ties",
    "masked",
    "tiny rest",
)


def logits(regime: str, count: int, dtype: DTypeLike, seed: int = 0) -> Any:
    """Return logits of one regime, both signs, rounded; those that overflow are left out."""
    rng = np.random.default_rng(seed)
    signs, is_wide = rng.choice([-1.0, 1.0], count), np.dtype(dtype).itemsize == 8
    kinds: dict[str, Callable[[], Any]] = {
        "ordinary": lambda: rng.normal(0, 4, count),
        "confident": lambda: signs * rng.uniform(0, 800 if is_wide else 200, count),
        "magnitudes": lambda: signs * 10 ** rng.uniform(-30, 30, count),
        "edges": lambda: signs * rng.choice(EDGES, count) * (1 + rng.normal(0, 0.01, count)),
    }
    x = kinds[regime]()
    x = np.concatenate([x, EDGES, -EDGES, [0.0, -0.0]]) if regime == "edges" else x
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    return x[np.isfinite(x)]


def logit_rows(regime: str, count: int, classes: int, dtype: DTypeLike, seed: int = 0) -> Any:
    """Return rows of logits of one regime, rounded; -inf only where classes are masked."""
    rng = np.random.default_rng(seed)
    shape, is_wide = (count, classes), np.dtype(dtype).itemsize == 8
    bits, _, largest = FORMATS[np.dtype(dtype).name]
    x = rng.normal(0, 4, shape)
    top = rng.integers(0, classes, (count, 1))
    if regime == "confident":
        margin = rng.uniform(1, 800 if is_wide else 200, (count, 1))
        np.put_along_axis(x, top, x.max(1, keepdims=True) + margin, 1)
    elif regime == "magnitudes":
        x = rng.choice([-1.0, 1.0], shape) * 10 ** rng.uniform(-30, 30, shape)
    elif regime.startswith("shifted"):
        x += float(regime.split()[-1])
    elif regime == "near ties":  # a few numbers of the dtype apart
        x = rng.normal(0, 64, (count, 1)) * (1 + rng.integers(-2, 3, shape) * 2.0 ** (1 - bits))
    elif regime == "masked":
        x[rng.random(shape) < 0.4] = -np.inf
        np.put_along_axis(x, top, 1.0, 1)
    elif regime == "tiny rest":  # exp of these is subnormal in float64, or in float32
        x = -rng.uniform(*((705, 760) if is_wide else (85, 110)), shape)
        np.put_along_axis(x, top, 0.0, 1)
    with np.errstate(over="ignore"):
        return np.where(np.isinf(x), x, np.clip(x, -float(largest), float(largest))).astype(dtype)
