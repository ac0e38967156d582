"""What the numeric results must be: mpmath formulas, written from the definitions.

Inputs are the exact values of the floating-point numbers given; results have 60 digits. `errors`
measures a result against them in units in the last place of the result's own dtype.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from mpmath import mpf

mpmath.mp.dps = 60

# Bits of the significand, exponent of the smallest normal number, largest finite number.
FORMATS = {
    "bfloat16": (8, -126, mpf(2) ** 128 - mpf(2) ** 120),
    "float16": (11, -14, mpf(65504)),
    "float32": (24, -126, mpf(2) ** 128 - mpf(2) ** 104),
    "float64": (53, -1022, mpf(2) ** 1024 - mpf(2) ** 971),
}

INF = mpf("inf")
INFINITE = float("inf")


def exact(number) -> mpf:
    """The number itself: every dtype here is a part of float64."""
    return mpf(float(number))


# --- the functions --------------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


def log_sigmoid(x):
    return -softplus(-x)


def logit(p):
    if p in (0, 1):
        return INF if p == 1 else -INF
    return mpmath.log(p) - mpmath.log1p(-p)


def shares(z, e):
    """The smoothed label and its complement; 1 - z' would need hundreds of digits for small e."""
    z, e = exact(z), exact(e)
    return z * (1 - e) + e / 2, (1 - z) * (1 - e) + e / 2


def sigmoid_cross_entropy(z, x, w=1, q=1, e=0):
    """-q z ln sigmoid(x) - (1 - z) ln(1 - sigmoid(x)), for finite x."""
    yes, no = shares(z, e)
    x, w, q = exact(x), exact(w), exact(q)
    return w * (-q * yes * log_sigmoid(x) - no * log_sigmoid(-x))


def sigmoid_slopes(z, x, w=1, q=1, e=0):
    """The two parts of the derivative: w (1 - z) sigmoid(x) and w q z (1 - sigmoid(x))."""
    yes, no = shares(z, e)
    x, w, q = exact(x), exact(w), exact(q)
    return w * no * sigmoid(x), w * q * yes * sigmoid(-x)


def sigmoid_gradient(z, x, w=1, q=1, e=0):
    up, down = sigmoid_slopes(z, x, w, q, e)
    return up - down


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


# --- units in the last place ----------------------------------------------------------------------


def ulp(value, dtype) -> mpf:
    """The gap between neighbouring numbers of the dtype at this value."""
    bits, smallest, _ = FORMATS[np.dtype(dtype).name]
    _, _, exponent, length = value._mpf_
    return mpmath.ldexp(1, max(exponent + length - 1 if value else smallest, smallest) + 1 - bits)


def error(result, value, scale=None) -> float:
    """How many ulp lie between a result and the exact value.

    The unit is the ulp of `scale`, by default of the value itself. A value in the last few ulp
    before the largest number, or beyond it, may round to infinity; nothing else may.
    """
    bits, _, largest = FORMATS[np.dtype(result.dtype).name]
    if np.isnan(result):
        return INFINITE
    if np.isinf(result):
        same_side = (value > 0) == bool(result > 0)
        beyond = abs(value) > largest * (1 - mpf(2) ** (3 - bits))
        return 0.0 if same_side and beyond else INFINITE
    if abs(value) == INF:
        return INFINITE
    return float(abs(exact(result) - value) / ulp(value if scale is None else scale, result.dtype))


def errors(results, values, scales=None) -> np.ndarray:
    """The error of each result, in ulp."""
    results, scales = np.asarray(results), values if scales is None else scales
    return np.array([error(r, v, s) for r, v, s in zip(results, values, scales, strict=True)])


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


# --- inputs ---------------------------------------------------------------------------------------

# Where something changes: 1 + e^-x becomes 1 (17 for float32, 37 for float64), e^x overflows or
# becomes subnormal or 0 (88, 103 for float32, 709, 745 for float64), exponents are kept (116).
EDGES = np.array([1e-30, 0.25, 1, 17, 37, 44, 88, 103, 116, 709, 745, 1000, 65536, 1e6, 1e30])

REGIMES = ("ordinary", "confident", "magnitudes", "edges")


def logits(regime, count, dtype, seed=0) -> np.ndarray:
    """Logits of one regime, both signs, rounded to the dtype; those that overflow are left out."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], count)
    x = {
        "ordinary": lambda: rng.normal(0, 4, count),
        "confident": lambda: signs * rng.uniform(0, 800, count),
        "magnitudes": lambda: signs * 10 ** rng.uniform(-30, 30, count),
        "edges": lambda: signs * rng.choice(EDGES, count) * (1 + rng.normal(0, 0.01, count)),
    }[regime]()
    x = np.concatenate([x, EDGES, -EDGES, [0.0, -0.0]]) if regime == "edges" else x
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    return x[np.isfinite(x)]


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
    """A dtype by name; a test that wants bfloat16 is skipped where ml_dtypes is missing."""
    if name == "bfloat16":
        return np.dtype(pytest.importorskip("ml_dtypes").bfloat16)
    return np.dtype(name)
