"""Arithmetic in which no intermediate result overflows, underflows or loses a sum's low bits.

A loss is a product of several factors: a weight, a label, a logarithm. Its exact value may be an
ordinary number although two of those factors multiply to infinity, or although one of them is too
small for float64. A `Wide` array therefore keeps the power of two in an integer of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Result: TypeAlias = NDArray[Any] | np.floating[Any]

# Six factors between 2^-168 and 2^168 multiply to a normal float64: no exponents are needed then.
_TAME = 2.0**168
_TAME_EXPONENT = 116.0  # for |x| up to here, exp(x) is between 2^-168 and 2^168

# ln 2 in two parts. The first has 32 bits, so that its product with a 21-bit integer is exact.
_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")

# exp(-65536) times the largest weights is still far below the smallest long double: there exp is 0.
_EXP_RANGE = 65536.0

# Between powers of two, exp and ln are looked up at multiples of 1/64 and continued by a series.
_STEPS = 64
_FIRST_STEP, _LAST_STEP = -24, 46  # from below -ln(2)/2 to above ln 2

# Below 2^-64, ln(1 + e) and e are the same floating-point number, long double included.
_LINEAR = 2.0**-64

# The exponent of zero: below everything else, and far from overflowing when a few are added.
_ZERO_EXPONENT = -(2**24)


def widened(values: Array, order: Literal["C", "K"] = "K") -> Array:
    """Return a copy in the dtype to compute in: float64, or long double where it came as such."""
    is_longdouble = values.dtype.type is np.longdouble
    return values.astype(np.longdouble if is_longdouble else np.float64, order=order)


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Tell whether results have so few digits that float64 has many to spare."""
    return dtype.itemsize < 8


def is_double(dtype: np.dtype[Any]) -> bool:
    """Tell whether results of this dtype are computed in float64."""
    return dtype.type is not np.longdouble


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """An array of numbers ``mantissa * 2**exponent``, in which ``0 * inf`` is 0.

    The exponent is the integer 0 while every number is zero or of ordinary size ("tame"). Products
    of up to six such arrays, and sums of those products, are safe without exponents.
    """

    mantissa: Array
    exponent: Array | int = 0

    @classmethod
    def of(cls, values: Array) -> Wide:
        """Return the same numbers, with exponents if they need them."""
        size = np.abs(values)
        if np.all((size == 0) | ((size >= 1 / _TAME) & (size <= _TAME))):
            return cls(values)
        return cls(values)._normalised()

    def _normalised(self) -> Wide:
        """Return the same numbers with mantissas in [1/2, 1), and zeros below everything else."""
        mantissa, shift = np.frexp(self.mantissa)
        exponent = np.where(np.isfinite(mantissa), self.exponent + shift, 0)
        return Wide(mantissa, np.where(mantissa == 0, _ZERO_EXPONENT, exponent))

    def is_tame(self) -> bool:
        """Tell whether no number has an exponent."""
        return isinstance(self.exponent, int)

    def __mul__(self, other: Wide) -> Wide:
        if other is ONE:
            return self
        product = self.mantissa * other.mantissa
        if self.is_tame() and other.is_tame():
            return Wide(product)
        vanishes = _is_zero_times_inf(self.mantissa, other.mantissa)
        return Wide(np.where(vanishes, 0.0, product), self.exponent + other.exponent)

    def __truediv__(self, other: Wide) -> Wide:
        if other is ONE:
            return self
        quotient = self.mantissa / other.mantissa
        if self.is_tame() and other.is_tame() and np.all(other.mantissa):
            return Wide(quotient)
        return Wide(quotient, self.exponent - other.exponent)._normalised()

    def __add__(self, other: Wide) -> Wide:
        if self.is_tame() and other.is_tame():
            return Wide(self.mantissa + other.mantissa)
        a, b = self._normalised(), other._normalised()
        top = np.maximum(a.exponent, b.exponent)
        a_shifted = np.ldexp(a.mantissa, a.exponent - top)
        return Wide(a_shifted + np.ldexp(b.mantissa, b.exponent - top), top)

    def __neg__(self) -> Wide:
        return Wide(-self.mantissa, self.exponent)

    def __sub__(self, other: Wide) -> Wide:
        return self + -other

    def narrow(self) -> Array:
        """Return plain floating-point numbers, rounded where they are subnormal."""
        if self.is_tame():
            return np.asarray(self.mantissa)
        return np.asarray(np.ldexp(self.mantissa, self.exponent))

    def at(self, index: Array, axis: int) -> Wide:
        """Return the numbers at one index of each row, as `numpy.take_along_axis` does."""
        mantissa = np.take_along_axis(self.mantissa, index, axis)
        if self.is_tame():
            return Wide(mantissa)
        return Wide(mantissa, np.take_along_axis(np.asarray(self.exponent), index, axis))

    def sum(self, axis: int | None = None, drift: Array | None = None) -> Wide:
        """Return the sum of all elements, or along an axis that is kept with length 1.

        It cannot overflow and is rounded only at its end. `drift` is the relative error of each
        element, of which the sum is freed.
        """
        if self.is_tame():
            errors = None if drift is None else self.mantissa * drift
            return Wide.of(exact_sum(self.mantissa, axis, errors))
        terms = self._normalised()
        top = np.max(terms.exponent, axis, initial=_ZERO_EXPONENT, keepdims=axis is not None)
        aligned = np.ldexp(terms.mantissa, terms.exponent - top)
        total = exact_sum(aligned, axis, None if drift is None else aligned * drift)
        is_ordinary = np.all(np.abs(top) <= 100)  # exponents cost time: keep them only if needed
        return Wide.of(np.ldexp(total, top)) if is_ordinary else Wide(total, np.asarray(top))


def _is_zero_times_inf(a: Array, b: Array) -> Array:
    return np.asarray(((a == 0) & np.isinf(b)) | (np.isinf(a) & (b == 0)))


ONE = Wide(np.ones(()))
ZERO = Wide(np.zeros(()))


def choose(condition: Array, first: Wide, second: Wide) -> Wide:
    """Return `first` where the condition holds and `second` elsewhere."""
    mantissa = np.where(condition, first.mantissa, second.mantissa)
    if first.is_tame() and second.is_tame():
        return Wide(mantissa)
    return Wide(mantissa, np.where(condition, first.exponent, second.exponent))


def total(numbers: Sequence[Wide]) -> Wide:
    """Return the sum of some numbers without axes."""
    mantissas = np.array([number.mantissa for number in numbers])
    return Wide(mantissas, np.array([number.exponent for number in numbers], np.int32)).sum()


def exp(x: Array) -> Wide:
    """Return exp(x) with full relative accuracy, far below the smallest float64 too."""
    is_small = (x < -_TAME_EXPONENT) & (x > -_EXP_RANGE)
    if not np.any(is_small | (x > _TAME_EXPONENT)):
        return Wide(np.exp(x))
    power = np.rint(np.clip(np.nan_to_num(x), -_EXP_RANGE, _EXP_RANGE) / _LN2_HIGH)
    remainder = x - power * _LN2_HIGH  # exact
    remainder = remainder - power * _LN2_LOW
    return Wide(np.exp(remainder), power.astype(np.int32))


def log1p(e: Wide) -> Wide:
    """Return ln(1 + e) for e >= 0; of a tiny e, which may be too small for float64, e itself."""
    plain = e.narrow()
    logarithm = Wide.of(np.log1p(plain))
    return choose(plain < _LINEAR, e, logarithm)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the rounded sum and its rounding error: together they are a + b exactly (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def ordered_two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the same, sooner, where |a| >= |b| or a is 0 (Dekker)."""
    total = a + b
    return total, b - (total - a)


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return the rounded product and its rounding error (Dekker), NaN if it is beyond 2^995."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    lost = a_high * b_high - product
    return product, lost + a_high * b_low + a_low * b_high + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    """Return two numbers of 26 bits whose sum is a (Veltkamp)."""
    scaled = a * (2.0**27 + 1)
    high = scaled - (scaled - a)
    return high, a - high


def exp_of_minus_product(
    factor: Array, high: Array, low: Array | float = 0.0, power: Array | int = 0
) -> Wide:
    """Return exp(-factor (high + low) 2^power) of one factor and numbers, all of them >= 0.

    exp makes a relative error of the absolute error of its argument, so that no digit of a large
    product may be missing: the rounding errors of the product are carried along.
    """
    mantissa, shift = np.frexp(factor)  # a factor of ordinary size: what overflows here is huge
    high, low = (np.ldexp(part, power + shift) for part in (high, low))
    product, lost = two_product(mantissa, high)
    lost = np.where(product < _EXP_RANGE, lost + mantissa * low, 0.0)
    return exp(-product) * Wide(1 - lost)


# --- twice the digits -----------------------------------------------------------------------------


def _exponentials() -> tuple[Array, Array]:
    """Return exp(step/64) for each step, rounded, and what the rounding took away."""
    one = 1 << 200  # fixed-point numbers; the quotient of two integers is correctly rounded
    parts = []
    for step in range(_FIRST_STEP, _LAST_STEP + 1):
        term = total = one
        for n in range(1, 50):
            term = term * step // (_STEPS * n)
            total += term
        high = total / one
        above, below = high.as_integer_ratio()
        parts.append((high, (total * below - above * one) / (one * below)))
    high_parts, low_parts = zip(*parts, strict=True)
    return np.array(high_parts), np.array(low_parts)


_EXP_HIGH, _EXP_LOW = _exponentials()


def _exp_of_step(step: Array) -> tuple[Array, Array]:
    """Return exp(step/64) in two parts."""
    index = step.astype(np.intp) - _FIRST_STEP
    return _EXP_HIGH.take(index, mode="clip"), _EXP_LOW.take(index, mode="clip")  # NaN is clipped


def _polynomial(x: Array, *coefficients: float) -> Array:
    """Return c_0 + c_1 x + c_2 x^2 + ... (Horner)."""
    total = np.full_like(x, coefficients[-1])
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def twofold_exp(x: Array) -> tuple[Array, Array, Array]:
    """Return exp(x) for x <= 0 as (high + low) 2^power, to 63 bits.

    With x = power ln 2 + step/64 + t, it is 2^power exp(step/64) (1 + t + t^2/2 + ...). As t is
    below 1/128, the series may be rounded from t^2/2 on.
    """
    x = np.maximum(x, -_EXP_RANGE)
    power = np.rint(x / _LN2_HIGH)
    remainder, lost = two_sum(x - power * _LN2_HIGH, -power * _LN2_LOW)  # the first term is exact
    step = np.rint(remainder * _STEPS)
    t = remainder - step / _STEPS  # exact
    series = t * t * _polynomial(t, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040)
    c, c_low = _exp_of_step(step)
    product, product_low = two_product(c, t)
    high, low = ordered_two_sum(c, product)
    low = low + product_low + (c * series + (c * lost + c_low) * (1 + t))
    return *ordered_two_sum(high, low), power.astype(np.int32)


def twofold_log1p(e: Array, e_low: Array) -> tuple[Array, Array]:
    """Return ln(1 + e) of numbers in [0, 1], all in two parts, to 63 bits.

    With c = exp(step/64) near 1 + e and s = (1 + e - c) / (1 + e + c), it is step/64 + 2 artanh s.
    As s is below 1/256, the series 2 (s + s^3/3 + s^5/5 + ...) may be rounded from s^3/3 on.
    """
    step = np.rint(_STEPS * np.log1p(e))
    c, c_low = _exp_of_step(step)
    over, lost = two_sum(1 - c, e)  # 1 - c is exact
    over_low = lost + (e_low - c_low)
    under, lost = ordered_two_sum(2 * c, over)
    under_low = lost + (over_low + 2 * c_low)
    s = over / under
    product, lost = two_product(s, under)
    s_low = ((over - product) - lost + (over_low - s * under_low)) / under
    series = s * s * s * _polynomial(s * s, 2 / 3, 2 / 5, 2 / 7)
    high, lost = ordered_two_sum(step / _STEPS, 2 * s)
    return ordered_two_sum(high, lost + (2 * s_low + series))


def twofold_log1p_exp(x: Array) -> tuple[Array, Array, Array | int]:
    """Return ln(1 + exp(x)) for x <= 0 as (high + low) 2^power, to 63 bits."""
    high, low, power = twofold_exp(x)
    log_high, log_low = twofold_log1p(np.ldexp(high, power), np.ldexp(low, power))
    is_tiny = power < -100  # there it is exp(x)
    if not np.any(is_tiny):
        return log_high, log_low, 0
    high, low = np.where(is_tiny, high, log_high), np.where(is_tiny, low, log_low)
    return high, low, np.where(is_tiny, power, 0)


# --- differences and sums -------------------------------------------------------------------------


def difference(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a - b, rounded, and its rounding error, if exp(b - a) is not 0 anyhow."""
    gap, lost = two_sum(a, -b)
    return gap, np.where(np.abs(gap) < _EXP_RANGE, lost, 0.0)


def wide_difference(a: Array, b: Array) -> Wide:
    """Return a - b, rounded, which does not overflow."""
    gap = Wide.of(a - b)
    overflows = np.isinf(gap.mantissa) & np.isfinite(a) & np.isfinite(b)
    if not np.any(overflows):
        return gap
    return choose(overflows, Wide(a / 2 - b / 2, np.ones(overflows.shape, np.int32)), gap)


def exact_sum(values: Array, axis: int | None = None, errors: Array | None = None) -> Array:
    """Return the sum over all elements, or along an axis that is kept with length 1.

    The rounding errors that the elements bring along may be given too. The order of the additions
    follows the elements' logical order, not their place in memory, so that a transposed copy gives
    the same bits.
    """
    total, error = sum_and_error(values, axis, errors)
    return np.asarray(np.where(np.isfinite(total), total + error, total))


def sum_and_error(
    values: Array, axis: int | None = None, errors: Array | None = None
) -> tuple[Array, Array]:
    """Return the rounded sum and its error; elements are added in pairs, every error is kept."""
    total = np.ravel(values) if axis is None else np.moveaxis(values, axis, 0)
    error = np.zeros_like(total) if errors is None else np.moveaxis(errors, axis or 0, 0)
    while len(total) > 1:
        half = (len(total) + 1) // 2
        total, lost = two_sum(total[:half], _tail(total, half))
        error = error[:half] + _tail(error, half) + lost
    total, error = np.sum(total, 0), np.sum(error, 0)  # one element each, or none
    if axis is None:
        return np.asarray(total), np.asarray(error)
    return np.expand_dims(total, axis), np.expand_dims(error, axis)


def _tail(values: Array, half: int) -> Array:
    """Return what follows the first half, as long as it: a zero stands for a missing element."""
    missing = 2 * half - len(values)
    if not missing:
        return values[half:]
    return np.concatenate([values[half:], np.zeros_like(values[:missing])])
