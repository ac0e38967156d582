"""What the numeric results must be: mpmath formulas, written from the definitions.

Inputs are the exact values of the floating-point numbers given; results have 60 digits. `errors`
measures a result against them in units in the last place of the result's own dtype.
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


def sums_of_others(values):
    """For each number >= 0, the sum of all others: subtracted, but for the largest added up."""
    top = max(range(len(values)), key=values.__getitem__)
    others = mpmath.fsum(v for j, v in enumerate(values) if j != top)
    return [others if j == top else others + values[top] - v for j, v in enumerate(values)]


class Row:
    """A row of logits with what the softmax makes of it; -inf is a class that does not exist."""

    def __init__(self, x):
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

    def shares(self, y, w, e):
        """The smoothed labels, each times the weight of its class."""
        e, count = exact(e), len(self.p)
        w = [mpf(1)] * count if w is None else [exact(v) for v in w]
        return [wj * (exact(yj) * (1 - e) + e / count) for yj, wj in zip(y, w, strict=True)]

    def loss(self, y, w=None, e=0):
        """-sum w y' ln p, where 0 ln 0 = 0."""
        shares = self.shares(y, w, e)
        return mpmath.fsum(q * v for q, v in zip(shares, self.minus_log, strict=True) if q)

    def slopes(self, y, w=None, e=0):
        """The two parts of each derivative: p times the other shares, and share times 1 - p."""
        shares = self.shares(y, w, e)
        others = sums_of_others(shares)
        up = [o * p for o, p in zip(others, self.p, strict=True)]
        return up, [q * n for q, n in zip(shares, self.not_p, strict=True)]

    def gradient(self, y, w=None, e=0):
        up, down = self.slopes(y, w, e)
        return [u - d for u, d in zip(up, down, strict=True)]

    def gradient_scale(self, y, w=None, e=0):
        """max(p sum q, q): the errors of a gradient with soft labels are in its ulp."""
        shares = self.shares(y, w, e)
        mass = mpmath.fsum(shares)
        return [max(mass * p, q) for p, q in zip(self.p, shares, strict=True)]


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


def logit_rows(regime, count, classes, dtype, seed=0) -> np.ndarray:
    """Rows of logits of one regime, rounded to the dtype; -inf only where classes are masked."""
    rng = np.random.default_rng(seed)
    shape, is_wide = (count, classes), np.dtype(dtype).itemsize == 8
    x = rng.normal(0, 4, shape)
    top = rng.integers(0, classes, (count, 1))
    if regime == "confident":
        margin = rng.uniform(1, 800 if is_wide else 200, (count, 1))
        np.put_along_axis(x, top, x.max(1, keepdims=True) + margin, 1)
    elif regime == "magnitudes":
        x = rng.choice([-1.0, 1.0], shape) * 10 ** rng.uniform(-30, 30, shape)
    elif regime.startswith("shifted"):
        x += float(regime.split()[-1])
    elif regime == "near ties":
        x = rng.normal(0, 4, (count, 1)) * (1 + rng.integers(-2, 3, shape) * 2.0**-52)
    elif regime == "masked":
        x[rng.random(shape) < 0.4] = -np.inf
        np.put_along_axis(x, top, 1.0, 1)
    elif regime == "tiny rest":  # exp of these is subnormal in float64, or in float32
        x = -rng.uniform(*((705, 760) if is_wide else (85, 110)), shape)
        np.put_along_axis(x, top, 0.0, 1)
    largest = float(FORMATS[np.dtype(dtype).name][2])
    with np.errstate(over="ignore"):
        return np.where(np.isinf(x), x, np.clip(x, -largest, largest)).astype(dtype)


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
