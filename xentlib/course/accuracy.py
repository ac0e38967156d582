"""What a loss is exactly, and how far a result is from it: the measuring instrument of the book.

The formulas are written from the definitions, in numbers of mpmath; inputs are the exact values of
the floating-point numbers given. They share no code with the library, whose tests use them as well.
Call them where mpmath has many digits: ``with mpmath.workdps(60)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf
from numpy.typing import DTypeLike

__all__ = ["DIGITS", "FORMATS", "INF", "Row", "error", "errors", "exact", "ulp"]

DIGITS = 60
INF = mpf("inf")

# Bits of the significand, exponent of the smallest normal number, largest finite number: the types
# in which losses are computed.
with mpmath.workdps(DIGITS):
    FORMATS = {
        "bfloat16": (8, -126, mpf(2) ** 128 - mpf(2) ** 120),
        "float16": (11, -14, mpf(65504)),
        "float32": (24, -126, mpf(2) ** 128 - mpf(2) ** 104),
        "float64": (53, -1022, mpf(2) ** 1024 - mpf(2) ** 971),
    }


def exact(number: Any) -> Any:
    """Return the number itself: every dtype here is a part of float64."""
    return mpf(float(number))


# --- one logit ------------------------------------------------------------------------------------


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + e^-x)."""
    return 1 / (1 + mpmath.exp(-x))


def softplus(x: Any) -> Any:
    """Return ln(1 + e^x)."""
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


def shares(z: Any, e: Any) -> tuple[Any, Any]:
    """Return the smoothed label and its complement.

    Formed as 1 - z', it would need hundreds of digits for small e.
    """
    z, e = exact(z), exact(e)
    return z * (1 - e) + e / 2, (1 - z) * (1 - e) + e / 2


def sigmoid_cross_entropy(z: Any, x: Any, w: Any = 1, q: Any = 1, e: Any = 0) -> Any:
    """Return -q z ln sigmoid(x) - (1 - z) ln(1 - sigmoid(x)), times w, for finite x."""
    yes, no = shares(z, e)
    x, w, q = exact(x), exact(w), exact(q)
    return w * (q * yes * softplus(-x) + no * softplus(x))


def sigmoid_slopes(z: Any, x: Any, w: Any = 1, q: Any = 1, e: Any = 0) -> tuple[Any, Any]:
    """Return the two parts of the derivative: w (1 - z) sigmoid(x) and w q z (1 - sigmoid(x))."""
    yes, no = shares(z, e)
    x, w, q = exact(x), exact(w), exact(q)
    return w * no * sigmoid(x), w * q * yes * sigmoid(-x)


def sigmoid_gradient(z: Any, x: Any, w: Any = 1, q: Any = 1, e: Any = 0) -> Any:
    """Return the derivative with respect to x."""
    up, down = sigmoid_slopes(z, x, w, q, e)
    return up - down


# --- rows -----------------------------------------------------------------------------------------


def sums_of_others(values: Sequence[Any]) -> list[Any]:
    """Return for each number >= 0 the sum of all others.

    Subtracted from the sum of all, but for the largest number added up.
    """
    top = max(range(len(values)), key=values.__getitem__)
    others = mpmath.fsum(v for j, v in enumerate(values) if j != top)
    return [others if j == top else others + values[top] - v for j, v in enumerate(values)]


class Row:
    """A row of logits with what the softmax makes of it; -inf is a class that does not exist."""

    def __init__(self, x: Iterable[Any]) -> None:
        x = [exact(v) for v in x]
        self.largest = max(x)
        decays = [mpmath.exp(v - self.largest) if v > -INF else mpf(0) for v in x]
        others = sums_of_others(decays)
        self.rest = min(others)
        total = mpmath.fsum(decays)
        self.log_total = mpmath.log1p(self.rest)
        self.p = [d / total for d in decays]
        self.not_p = [o / total for o in others]
        self.minus_log = [self.largest - v + self.log_total for v in x]

    def shares(self, y: Iterable[Any], w: Iterable[Any] | None, e: Any) -> list[Any]:
        """Return the smoothed labels, each times the weight of its class."""
        e, count = exact(e), len(self.p)
        w = [mpf(1)] * count if w is None else [exact(v) for v in w]
        return [wj * (exact(yj) * (1 - e) + e / count) for yj, wj in zip(y, w, strict=True)]

    def loss(self, y: Iterable[Any], w: Iterable[Any] | None = None, e: Any = 0) -> Any:
        """Return -sum w y' ln p, where 0 ln 0 = 0."""
        shares = self.shares(y, w, e)
        return mpmath.fsum(q * v for q, v in zip(shares, self.minus_log, strict=True) if q)

    def slopes(
        self, y: Iterable[Any], w: Iterable[Any] | None = None, e: Any = 0
    ) -> tuple[list[Any], list[Any]]:
        """Return both parts of each derivative: p times the other shares, share times 1 - p."""
        shares = self.shares(y, w, e)
        others = sums_of_others(shares)
        up = [o * p for o, p in zip(others, self.p, strict=True)]
        return up, [q * n for q, n in zip(shares, self.not_p, strict=True)]

    def gradient(self, y: Iterable[Any], w: Iterable[Any] | None = None, e: Any = 0) -> list[Any]:
        """Return the derivatives of the loss with respect to the logits."""
        up, down = self.slopes(y, w, e)
        return [u - d for u, d in zip(up, down, strict=True)]

    def gradient_scale(
        self, y: Iterable[Any], w: Iterable[Any] | None = None, e: Any = 0
    ) -> list[Any]:
        """Return max(p sum q, q): the errors of a gradient with soft labels are in its ulp."""
        shares = self.shares(y, w, e)
        mass = mpmath.fsum(shares)
        return [max(mass * p, q) for p, q in zip(self.p, shares, strict=True)]


# --- units in the last place ----------------------------------------------------------------------


def ulp(value: Any, dtype: DTypeLike) -> Any:
    """Return the gap between neighbouring numbers of the dtype at this value."""
    bits, smallest, _ = FORMATS[np.dtype(dtype).name]
    _, _, exponent, length = value._mpf_
    return mpmath.ldexp(1, max(exponent + length - 1 if value else smallest, smallest) + 1 - bits)


def error(result: Any, value: Any, scale: Any = None) -> float:
    """Return how many ulp lie between a result and the exact value.

    The unit is the ulp of `scale`, by default of the value itself. A value in the last few ulp
    before the largest number, or beyond it, may round to infinity; nothing else may.
    """
    bits, _, largest = FORMATS[np.dtype(result.dtype).name]
    if np.isnan(result):
        return float("inf")
    if np.isinf(result):
        same_side = (value > 0) == bool(result > 0)
        beyond = abs(value) > largest * (1 - mpf(2) ** (3 - bits))
        return 0.0 if same_side and beyond else float("inf")
    if abs(value) == INF:
        return float("inf")
    return float(abs(exact(result) - value) / ulp(value if scale is None else scale, result.dtype))


def errors(results: Any, values: Sequence[Any], scales: Sequence[Any] | None = None) -> Any:
    """Return the error of each result, in ulp."""
    results, scales = np.asarray(results), values if scales is None else scales
    return np.array([error(r, v, s) for r, v, s in zip(results, values, scales, strict=True)])
