"""Arithmetic in which no intermediate result overflows, underflows or loses a sum's low bits.

A loss is a product of several factors: a weight, a label, a logarithm. Its exact value may be an
ordinary number although two of those factors multiply to infinity, or although one of them is too
small for float64. A `Wide` array therefore keeps the power of two in an integer of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

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

# exp(-65536) times the largest weights is still far below the smallest long double, so that a
# larger |x| needs no larger exponent: exp(remainder) is then 0 (or infinite).
_EXP_RANGE = 65536.0

# Below 2^-64, ln(1 + e) and e are the same floating-point number, long double included.
_LINEAR = 2.0**-64

# The exponent of zero: below everything else, and far from overflowing when a few are added.
_ZERO_EXPONENT = -(2**24)


def widened(values: Array) -> Array:
    """Return a copy in the dtype to compute in: float64, or long double where it came as such."""
    is_longdouble = values.dtype.type is np.longdouble
    return values.astype(np.longdouble if is_longdouble else np.float64)


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
        return cls(values, np.zeros(np.shape(values), np.int32))._normalised()

    def _normalised(self) -> Wide:
        """Return the same numbers with mantissas in [1/2, 1), and zeros below everything else."""
        mantissa, shift = np.frexp(self.mantissa)
        exponent = np.where(np.isfinite(mantissa), self.exponent + shift, 0)
        return Wide(mantissa, np.where(mantissa == 0, _ZERO_EXPONENT, exponent))

    def _is_tame(self) -> bool:
        return isinstance(self.exponent, int)

    def __mul__(self, other: Wide) -> Wide:
        product = self.mantissa * other.mantissa
        if self._is_tame() and other._is_tame():
            return Wide(product)
        vanishes = _is_zero_times_inf(self.mantissa, other.mantissa)
        return Wide(np.where(vanishes, 0.0, product), self.exponent + other.exponent)

    def __truediv__(self, other: Wide) -> Wide:
        quotient = self.mantissa / other.mantissa
        if self._is_tame() and other._is_tame() and np.all(other.mantissa):
            return Wide(quotient)
        return Wide(quotient, self.exponent - other.exponent)._normalised()

    def __add__(self, other: Wide) -> Wide:
        if self._is_tame() and other._is_tame():
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
        if self._is_tame():
            return np.asarray(self.mantissa)
        return np.asarray(np.ldexp(self.mantissa, self.exponent))

    def sum(self) -> Wide:
        """Return the sum of all elements, which cannot overflow and is rounded only at its end."""
        terms = self._normalised()
        top = np.max(terms.exponent, initial=_ZERO_EXPONENT)
        total = exact_sum(np.ldexp(terms.mantissa, terms.exponent - top))
        is_ordinary = abs(top) <= 100  # exponents cost time: keep them only if they are needed
        return Wide.of(np.ldexp(total, top)) if is_ordinary else Wide(total, np.asarray(top))


def _is_zero_times_inf(a: Array, b: Array) -> Array:
    return np.asarray(((a == 0) & np.isinf(b)) | (np.isinf(a) & (b == 0)))


ONE = Wide(np.ones(()))


def choose(condition: Array, first: Wide, second: Wide) -> Wide:
    """Return `first` where the condition holds and `second` elsewhere."""
    mantissa = np.where(condition, first.mantissa, second.mantissa)
    if first._is_tame() and second._is_tame():
        return Wide(mantissa)
    return Wide(mantissa, np.where(condition, first.exponent, second.exponent))


def exp(x: Array) -> Wide:
    """Return exp(x) with full relative accuracy, far below the smallest float64 too."""
    if np.all(np.abs(x) <= _TAME_EXPONENT):
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


def exact_sum(values: Array) -> Array:
    """Return the sum over all elements, added in pairs with every rounding error kept.

    The order of the additions follows the elements' logical order, not their place in memory, so
    that a transposed copy gives the same bits.
    """
    total = np.ravel(values)
    error = np.zeros_like(total)
    while total.size > 1:
        half = (total.size + 1) // 2
        total, lost = two_sum(total[:half], _tail(total, half))
        error = error[:half] + _tail(error, half) + lost
    total, error = np.sum(total), np.sum(error)  # one element each, or none
    return np.asarray(total + error if np.isfinite(total) else total)


def _tail(values: Array, half: int) -> Array:
    """Return what follows the first half, as long as it: a zero stands for a missing element."""
    return np.append(values[half:], np.zeros(2 * half - values.size, values.dtype))
