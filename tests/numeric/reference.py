"""What the numeric results must be: mpmath formulas, written from the definitions.

What the book measures with as well is in `xentlib.course.accuracy` and `xentlib.course.regimes`;
the rest is here. Results have 60 digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import ml_dtypes
import mpmath
import numpy as np
from mpmath import mpf

from xentlib import activations, gradients
from xentlib.course.accuracy import (
    DIGITS,
    FORMATS,
    INF,
    Row,
    error,
    errors,
    exact,
    sigmoid,
    sigmoid_cross_entropy,
    sigmoid_gradient,
    sigmoid_slopes,
    softplus,
    ulp,
)
from xentlib.course.regimes import REGIMES, ROW_REGIMES, logit_rows, logits

__all__ = [
    "FORMATS",
    "INF",
    "REGIMES",
    "ROW_REGIMES",
    "Row",
    "error",
    "errors",
    "exact",
    "logit_rows",
    "logits",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sigmoid_gradient",
    "sigmoid_slopes",
    "softplus",
    "ulp",
]

mpmath.mp.dps = DIGITS

# --- the functions --------------------------------------------------------------------------------


def log_sigmoid(x):
    return -softplus(-x)


def logit(p):
    if p in (0, 1):
        return INF if p == 1 else -INF
    return mpmath.log(p) - mpmath.log1p(-p)


def sigmoid_gradient_scale(z, x, w=1, q=1, e=0):
    """The larger part, at most w max(sigmoid(x), q z): the gradient's errors are in its ulp."""
    return max(sigmoid_slopes(z, x, w, q, e))


def binary_cross_entropy(y, p, w=1):
    """-y ln p - (1 - y) ln(1 - p), where 0 ln 0 = 0."""
    y, p, w = exact(y), exact(p), exact(w)
    one = y * -mpmath.log(p) if y else mpf(0)
    zero = (1 - y) * -mpmath.log1p(-p) if y != 1 else mpf(0)
    return w * (one + zero) if w else mpf(0)


def binary_gradient(y, p, w=1):
    """(1 - y) / (1 - p) - y / p, each part only where its label has a share."""
    y, p, w = exact(y), exact(p), exact(w)
    if not w:
        return mpf(0)
    up = mpf(0) if y == 1 else (INF if p == 1 else (1 - y) / (1 - p))
    down = mpf(0) if y == 0 else (INF if p == 0 else y / p)
    return w * (up - down)


def focal_cross_entropy(z, x, w=1, gamma=2, alpha=None):
    """-a z (1 - p)^g ln p - (1 - a) (1 - z) p^g ln(1 - p), for finite x."""
    yes, no = focal_shares(z, alpha)
    x, w, g = exact(x), exact(w), exact(gamma)
    doubt = [mpmath.exp(-g * softplus(x)), mpmath.exp(-g * softplus(-x))]
    return w * (yes * doubt[0] * softplus(-x) + no * doubt[1] * softplus(x))


def focal_shares(z, alpha):
    z, a = exact(z), None if alpha is None else exact(alpha)
    return (z, 1 - z) if a is None else (a * z, (1 - a) * (1 - z))


def focal_slopes(z, x, w=1, gamma=2, alpha=None):
    """The two parts of the derivative, each p^g (p + g (1 - p) softplus) for its answer."""
    yes, no = focal_shares(z, alpha)
    x, w, g = exact(x), exact(w), exact(gamma)

    def slope(t):
        inner = sigmoid(t) + g * sigmoid(-t) * softplus(t)
        return mpmath.exp(-g * softplus(-t)) * inner

    return w * no * slope(x), w * yes * slope(-x)


# --- rows -----------------------------------------------------------------------------------------


def surprisal(p, base=None):
    """log_b(1/p); no base is e."""
    p = exact(p)
    nats = -mpmath.log(p) if p else INF
    return nats if base is None else nats / mpmath.log(exact(base))


def expected_surprisal(p, q, base=None):
    """sum p log_b(1/q), where 0 log(1/0) = 0."""
    return mpmath.fsum(exact(a) * surprisal(b, base) for a, b in zip(p, q, strict=True) if a)


def kl_divergence(p, q, base=None):
    """sum p ln(p/q) - p + q: the divergence, if p and q have the same sum."""
    with mpmath.workdps(90):  # q may be very close to p
        nats = mpf(0)
        for a, b in ((exact(a), exact(b)) for a, b in zip(p, q, strict=True)):
            logarithm = INF if a and not b else (a * mpmath.log(a / b) if a else 0)
            nats += logarithm - a + b
        return nats if base is None else nats / mpmath.log(exact(base))


def check_accuracy(results, values, bound, scales=None) -> None:
    """Fail unless every result is within `bound` ulp, or one smallest subnormal number."""
    scales = values if scales is None else scales
    smallest_normal = mpf(2) ** FORMATS[np.dtype(results.dtype).name][1]
    bounds = np.array([1.0 if abs(s) < smallest_normal else bound for s in scales])
    found = errors(results, values, scales)
    worst = int(np.argmax(found / bounds))
    assert found[worst] <= bounds[worst], (
        f"element {worst}: {results[worst]!r} is {found[worst]:.3g} ulp from {values[worst]}"
    )


# --- both ways ------------------------------------------------------------------------------------


@contextmanager
def carefully() -> Iterator[None]:
    """Leave every block to the careful way, which otherwise sees extreme numbers only."""

    def all_are_left(blocks, size, work):
        return list(blocks)

    with (
        mock.patch.object(gradients, "each_block", all_are_left),
        mock.patch.object(activations, "each_block", all_are_left),
    ):
        yield


def both_ways(function):
    """What a function returns in the usual way, and in the careful way."""
    yield function()
    with carefully():
        yield function()


# --- inputs ---------------------------------------------------------------------------------------


def label_rows(kind, count, classes, seed=0) -> np.ndarray:
    """Rows of labels: one-hot, at the largest logit half of the time if that is at random; soft."""
    rng = np.random.default_rng(seed)
    if kind == "one-hot":
        return np.eye(classes)[rng.integers(0, classes, count)]
    y = rng.dirichlet(np.full(classes, 0.3), count)
    return {"soft": y, "any sum": y * rng.uniform(0, 1, (count, 1))}[kind]


def distributions(count, classes, dtype, seed=0) -> np.ndarray:
    """Distributions, some with zeros, some with almost all the mass in one place."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(classes, 0.5), count)
    p[::3] = rng.dirichlet(np.full(classes, 0.01), len(p[::3]))
    p[1::3] *= rng.random(p[1::3].shape) < 0.7
    p[:, 0] += 1 - p.sum(1)
    return np.clip(p, 0, 1).astype(dtype)


def soft_labels(count, seed=0) -> np.ndarray:
    """Labels all over [0, 1], many of them very close to one of the ends."""
    rng = np.random.default_rng(seed)
    small = 10 ** rng.uniform(-310, 0, count)
    return rng.permuted(np.stack([rng.uniform(0, 1, count), small, 1 - small**0.05]), axis=0)[0]


def probabilities(count, dtype, seed=0) -> np.ndarray:
    """Probabilities in the middle, around 1/2, and close to both ends; the ends themselves too."""
    rng = np.random.default_rng(seed)
    small = 10 ** rng.uniform(-320, 0, count // 4)
    around = 0.5 + rng.choice([-1, 1], count // 4) * 10 ** rng.uniform(-17, -0.5, count // 4)
    near = 1 - 10 ** rng.uniform(-17, 0, count // 4)
    p = np.concatenate([rng.uniform(0, 1, count // 4), around, small, near, [0, 0.25, 0.75, 1]])
    with np.errstate(under="ignore"):
        return p.astype(dtype)


def dtype_named(name) -> np.dtype:
    """A dtype by name, NumPy's or ml_dtypes'."""
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
