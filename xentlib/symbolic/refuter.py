"""Numbers can refute a step, never prove it.

Real points are evaluated in interval arithmetic: a refutation is two intervals that do not meet,
which is itself a proof. Where a logarithm of a negative number makes a value complex, two
evaluations at different precisions must agree that the sides differ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import sympy as sp
from mpmath.ctx_iv import MPIntervalContext
from sympy.core.function import AppliedUndef

from xentlib.symbolic.domain import Domain, Point
from xentlib.symbolic.functions import _Defined

__all__ = ["Counterexample", "refute"]

DIGITS = (60, 180, 600)
LARGEST_EXPONENT = 4000  # bits of an exponential's argument


class _Undefined(Exception):  # noqa: N818
    """The expression has no value at the point."""


class _NotReal(Exception):  # noqa: N818
    """The value is complex."""


class _Unclear(Exception):  # noqa: N818
    """More digits are needed."""


@dataclass(frozen=True)
class Counterexample:
    """A point at which a claim is false, and the values of its two sides there.

    Parameters
    ----------
    point : tuple of (Symbol, value)
        The exact coordinates.
    left, right : str
        The two values, with enough digits to see the difference.
    """

    point: tuple[tuple[Any, Any], ...]
    left: str
    right: str

    def __str__(self) -> str:
        """Return the lines that an error shows."""
        where = ", ".join(f"{symbol} = {value}" for symbol, value in self.point)
        head = f"At {where}:" if where else "Their values:"
        return f"{head}\n    left  = {self.left}\n    right = {self.right}"


def refute(
    left: Any,
    right: Any,
    domain: Domain,
    points: int = 40,
    seed: int = 0,
    digits: Sequence[int] = DIGITS,
    relation: str = "=",
) -> Counterexample | None:
    """Look for a point of the domain at which two expressions differ.

    Parameters
    ----------
    left, right : sympy.Expr
        Without sums, derivatives taken where they stand.
    domain : Domain
        The points that count.
    points : int
        How many points are tried.
    seed : int
        Which points are tried.
    digits : sequence of int
        With how many digits, one after the other until the sides are seen to differ.
    relation : {"=", ">="}
        What is to be refuted: that both sides are equal, or that left is never below right.

    Returns
    -------
    Counterexample or None
    """
    if _differentiates_what_is_tied(domain, left, right):
        return None
    left, right = _taken(left), _taken(right)
    for point in domain.points(points, seed):
        if not _admissible(domain, point):
            continue
        found = _compare(left, right, domain, point, digits, relation)
        if found is not None:
            return found
    return None


def _admissible(domain: Domain, point: Point) -> bool:
    """Whether the symbols that an equation fixes are what they are assumed to be there."""
    reals = _Intervals(60, domain, point)
    for symbol, _ in domain.equations:
        try:
            value = reals.value(symbol)
            if not _as_assumed(symbol, value, reals):
                return False
        except _NotReal:
            if symbol.is_real:
                return False
        except (_Undefined, _Unclear, OverflowError, MemoryError):
            return False
    return True


def _as_assumed(symbol: Any, value: Any, reals: _Intervals) -> bool:
    """Whether a value surely has a symbol's sign, and is whole if the symbol is."""
    if symbol.is_integer:
        nearest = int(mpmath.nint(mpmath.mpf(value.a)))
        if not (value.a == nearest == value.b):
            return False
    known = (symbol.is_positive, symbol.is_negative, symbol.is_zero)
    if known == (None, None, None):
        return True
    sign = reals.sign(value)
    return all(
        k in (None, found) for k, found in zip(known, (sign > 0, sign < 0, not sign), strict=True)
    )


def _differentiates_what_is_tied(domain: Domain, *sides: Any) -> bool:
    """Whether a derivative's variable occurs in an equation: SymPy would overlook it."""
    tied = {s for left, right in domain.equations for s in {left} | right.free_symbols}
    found = {v for side in sides for d in side.atoms(sp.Derivative) for v in d.variables}
    return bool(tied & found)


def _taken(expression: Any) -> Any:
    """Take the derivatives, with SymPy's own rules: independent of the prover's."""
    if not expression.has(sp.Derivative):
        return expression
    return expression.replace(
        lambda e: isinstance(e, sp.Derivative), lambda e: sp.diff(e.args[0], *e.args[1:])
    )


def _compare(
    left: Any,
    right: Any,
    domain: Domain,
    point: Point,
    precisions: Sequence[int],
    relation: str,
) -> Counterexample | None:
    shown = tuple(point.items())
    for digits in precisions:
        real = _Intervals(digits, domain, point)
        try:
            a, b = real.value(left), real.value(right)
        except _NotReal:
            equal = relation == "="
            return _compare_complex(left, right, domain, point) if equal else None
        except (_Undefined, OverflowError, MemoryError):
            return None
        except _Unclear:
            continue
        if a.b < b.a or (b.b < a.a and relation == "="):
            return Counterexample(shown, *_visibly(_middle(a), _middle(b), digits))
    return None


def _compare_complex(left: Any, right: Any, domain: Domain, point: Point) -> Counterexample | None:
    gaps = []
    for digits in (80, 160):
        plane = _Plane(digits, domain, point)
        try:
            a, b = plane.value(left), plane.value(right)
        except (_Undefined, OverflowError, MemoryError, ZeroDivisionError, ValueError):
            return None
        gaps.append(abs(a - b))
    if gaps[1] > mpmath.mpf(10) ** -40 and abs(gaps[1] - gaps[0]) < gaps[1] / 10**6:
        return Counterexample(tuple(point.items()), _digits(a, 12), _digits(b, 12))
    return None


def _middle(interval: Any) -> Any:
    with mpmath.workdps(700):
        return (mpmath.mpf(interval.a) + mpmath.mpf(interval.b)) / 2


def _visibly(a: Any, b: Any, digits: int) -> tuple[str, str]:
    with mpmath.workdps(700):
        size = max(abs(a), abs(b))
        needed = 12 if a == 0 or b == 0 else int(-mpmath.log10(abs(a - b) / size)) + 4
        return _digits(a, max(needed, 12)), _digits(b, max(needed, 12))


def _digits(value: Any, count: int) -> str:
    return str(mpmath.nstr(value, count, strip_zeros=True)).removesuffix(".0")


class _Evaluator(ABC):
    """Evaluation of an expression as it is written, from the innermost terms outwards."""

    context: Any
    domain: Domain
    point: Point
    values: dict[Any, Any]

    def value(self, e: Any) -> Any:
        if e not in self.values:
            self.values[e] = self.find(e)
        return self.values[e]

    def find(self, e: Any) -> Any:
        if e.is_Rational:
            return self.rational(e)
        if e.is_Symbol:
            return self.symbol(e)
        if e is sp.pi:
            return self.context.pi + 0
        if e is sp.E:
            return self.exp(self.rational(sp.Integer(1)))
        if isinstance(e, _Defined):
            return self.value(e.definition(e.args[0]))
        if isinstance(e, sp.Piecewise):
            return self.cases(e)
        name = type(e).__name__.lower()
        method = getattr(self, f"take_{name}", None)
        if method is None or isinstance(e, AppliedUndef):  # whatever the function is called
            raise _Undefined(name)
        return method(*map(self.value, e.args))

    def rational(self, number: Any) -> Any:
        return self.context.mpf(int(number.p)) / self.context.mpf(int(number.q))

    def symbol(self, symbol: Any) -> Any:
        for name, expression in self.domain.equations:
            if name == symbol:
                return self.value(expression)
        return self.number(self.point[symbol])

    def number(self, value: Any) -> Any:
        if not value.is_Rational:
            raise _NotReal
        return self.rational(value)

    def cases(self, piecewise: Any) -> Any:
        for expression, condition in piecewise.args:
            if self.truth(condition):
                return self.value(expression)
        raise _Undefined("no case applies")

    def truth(self, condition: Any) -> bool:
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.And):
            return all(map(self.truth, condition.args))
        if isinstance(condition, sp.Or):
            return any(map(self.truth, condition.args))
        if isinstance(condition, sp.Not):
            return not self.truth(condition.args[0])
        sign = self.sign(self.value(condition.lhs) - self.value(condition.rhs))
        tests = {">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0}
        return {**tests, "==": sign == 0, "!=": sign != 0}[condition.rel_op]

    @abstractmethod
    def sign(self, value: Any) -> int: ...

    @abstractmethod
    def exp(self, value: Any) -> Any: ...

    @abstractmethod
    def log(self, value: Any) -> Any: ...

    def take_add(self, *values: Any) -> Any:
        return sum(values[1:], values[0])

    def take_mul(self, *values: Any) -> Any:
        product = values[0]
        for value in values[1:]:
            product = product * value
        return product

    def take_exp(self, value: Any) -> Any:
        return self.exp(value)

    def take_log(self, value: Any, base: Any = None) -> Any:
        return self.log(value) if base is None else self.log(value) / self.log(base)

    def take_tanh(self, value: Any) -> Any:
        if self.sign(value) < 0:
            return -self.take_tanh(-value)
        small = self.exp(-2 * value)
        return (1 - small) / (1 + small)

    def take_abs(self, value: Any) -> Any:
        return -value if self.sign(value) < 0 else value

    def take_sign(self, value: Any) -> Any:
        return self.context.mpf(self.sign(value))

    def take_max(self, *values: Any) -> Any:
        largest = values[0]
        for value in values[1:]:
            largest = value if self.sign(value - largest) > 0 else largest
        return largest

    def take_min(self, *values: Any) -> Any:
        return -self.take_max(*(-value for value in values))


@cache
def _interval_context(digits: int) -> Any:
    context = MPIntervalContext()  # one of our own: no global precision is touched
    context.dps = digits
    return context


@cache
def _plane_context(digits: int) -> Any:
    context = mpmath.mp.clone()
    context.dps = digits
    return context


class _Intervals(_Evaluator):
    """Values as intervals that surely contain them."""

    def __init__(self, digits: int, domain: Domain, point: Point) -> None:
        self.context = _interval_context(digits)
        self.domain, self.point, self.values = domain, point, {}

    def sign(self, value: Any) -> int:
        if value.a > 0:
            return 1
        if value.b < 0:
            return -1
        if value.a == 0 and value.b == 0:
            return 0
        raise _Unclear

    def exp(self, value: Any) -> Any:
        if max(mpmath.mag(mpmath.mpf(value.a)), mpmath.mag(mpmath.mpf(value.b))) > LARGEST_EXPONENT:
            raise _Undefined("too large")
        return self.context.exp(value)

    def log(self, value: Any) -> Any:
        sign = self.sign(value)
        if sign == 0:
            raise _Undefined("log(0)")
        if sign < 0:
            raise _NotReal
        return self.context.log(value)

    def take_pow(self, base: Any, exponent: Any) -> Any:
        if exponent.a == exponent.b and exponent.a == int(exponent.a):
            return self._whole_power(base, int(exponent.a))
        sign = self.sign(base)
        if sign < 0:
            raise _NotReal
        if sign == 0:
            if self.sign(exponent) <= 0:
                raise _Undefined("0 ** negative")
            return base
        return self.exp(exponent * self.context.log(base))

    def _whole_power(self, base: Any, exponent: int) -> Any:
        if abs(exponent) > 10**6:
            raise _Undefined("too large")
        if exponent < 0 and self.sign(base) == 0:
            raise _Undefined("division by zero")
        power = base ** abs(exponent)
        return 1 / power if exponent < 0 else power


class _Plane(_Evaluator):
    """Complex values on principal branches, as SymPy understands them."""

    def __init__(self, digits: int, domain: Domain, point: Point) -> None:
        self.context = _plane_context(digits)
        self.domain, self.point, self.values = domain, point, {}

    def number(self, value: Any) -> Any:
        real, imaginary = value.as_real_imag()
        return self.context.mpc(self.rational(real), self.rational(imaginary))

    def sign(self, value: Any) -> int:
        if self.context.im(value) != 0:
            raise _Undefined("not ordered")
        return int(self.context.sign(self.context.re(value)))

    def exp(self, value: Any) -> Any:
        if self.context.mag(value) > LARGEST_EXPONENT:
            raise _Undefined("too large")
        return self.context.exp(value)

    def log(self, value: Any) -> Any:
        if value == 0:
            raise _Undefined("log(0)")
        return self.context.log(value)

    def take_abs(self, value: Any) -> Any:
        return abs(value)

    def take_pow(self, base: Any, exponent: Any) -> Any:
        if base == 0 and self.context.re(exponent) <= 0:
            raise _Undefined("0 ** negative")
        return self.context.power(base, exponent)


def evaluate_at(expression: Any, point: Point, digits: int = 60) -> Any:
    """Return the value of an expression at an exact point, to `digits` digits.

    Examples
    --------
    >>> from sympy import Integer, Symbol, log
    >>> x = Symbol("x")
    >>> print(mpmath.nstr(evaluate_at(log(1 + x), {x: Integer(1)}), 20))
    0.69314718055994530942
    """
    with mpmath.workdps(digits):
        interval = _Intervals(digits + 20, Domain(), dict(point)).value(_taken(expression))
        return +((mpmath.mpf(interval.a) + mpmath.mpf(interval.b)) / 2)
