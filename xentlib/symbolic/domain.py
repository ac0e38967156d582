"""Where a step must hold: linear conditions on real symbols, decided exactly.

A domain is a convex polyhedron with rational coefficients (so it is connected, which the derivative
method needs), together with symbols replaced by an equation such as ``p + q = 1``.
Questions about it are answered by Fourier-Motzkin elimination in rational arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

import sympy as sp

__all__ = ["Domain", "Linear", "feasible"]

Point = dict[Any, Any]
LARGEST_ELIMINATION = 1000


class Undecided(Exception):  # noqa: N818 - an answer of the prover, not an error of the reader
    """The prover cannot tell; the message says why."""


@dataclass(frozen=True)
class Linear:
    """The condition sum(coefficient * variable) + constant > 0, or >= 0 if not strict."""

    coefficients: tuple[tuple[Any, Fraction], ...]
    constant: Fraction
    strict: bool

    @classmethod
    def of(cls, terms: Mapping[Any, Fraction], constant: Fraction, strict: bool) -> Linear:
        """Build the condition, dropping zero coefficients."""
        kept = tuple(sorted(((v, c) for v, c in terms.items() if c), key=lambda item: str(item[0])))
        return cls(kept, constant, strict)

    @property
    def negation(self) -> Linear:
        """Return the condition that holds exactly where this one does not."""
        flipped = tuple((variable, -value) for variable, value in self.coefficients)
        return Linear(flipped, -self.constant, not self.strict)

    def coefficient(self, variable: Any) -> Fraction:
        """Return the coefficient of a variable."""
        for name, value in self.coefficients:
            if name == variable:
                return value
        return Fraction(0)

    def without(self, variable: Any, value: Fraction) -> Linear:
        """Return the condition with a number put in for a variable."""
        terms = dict(self.coefficients)
        constant = self.constant + terms.pop(variable, Fraction(0)) * value
        return Linear.of(terms, constant, self.strict)

    def combine(self, other: Linear, variable: Any) -> Linear:
        """Add positive multiples of two conditions so that a variable drops out."""
        mine, theirs = abs(self.coefficient(variable)), abs(other.coefficient(variable))
        terms: dict[Any, Fraction] = {}
        for condition, weight in ((self, theirs), (other, mine)):
            for name, value in condition.coefficients:
                terms[name] = terms.get(name, Fraction(0)) + weight * value
        constant = theirs * self.constant + mine * other.constant
        return Linear.of(terms, constant, self.strict or other.strict)

    def holds(self) -> bool:
        """Whether a condition without variables is true."""
        return self.constant > 0 or (not self.strict and self.constant == 0)


def eliminate(conditions: Sequence[Linear], variable: Any) -> list[Linear]:
    """Project the conditions along one variable (Fourier-Motzkin)."""
    above = [c for c in conditions if c.coefficient(variable) > 0]
    below = [c for c in conditions if c.coefficient(variable) < 0]
    others = [c for c in conditions if c.coefficient(variable) == 0]
    if len(above) * len(below) > LARGEST_ELIMINATION:
        raise Undecided("there are too many conditions to compare with each other")
    mixed = [low.combine(high, variable) for low in above for high in below]
    return list(dict.fromkeys([*others, *mixed]))


def feasible(conditions: Sequence[Linear]) -> bool:
    """Whether some real point satisfies all conditions.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x = Symbol("x")
    >>> positive = Linear.of({x: Fraction(1)}, Fraction(0), strict=True)
    >>> feasible([positive]), feasible([positive, positive.negation])
    (True, False)
    """
    remaining = list(conditions)
    while True:
        if any(not c.coefficients and not c.holds() for c in remaining):
            return False
        remaining = [c for c in remaining if c.coefficients]
        if not remaining:
            return True
        counts: dict[Any, list[int]] = {}
        for condition in remaining:
            for variable, value in condition.coefficients:
                counts.setdefault(variable, [0, 0])[value > 0] += 1
        cheapest = min(counts, key=lambda v: (counts[v][0] * counts[v][1], str(v)))
        remaining = eliminate(remaining, cheapest)


@dataclass(frozen=True)
class Domain:
    """The points at which a step must hold.

    Parameters
    ----------
    symbols : tuple of Symbol
        The free symbols, real or not.
    conditions : tuple of Linear
        Linear conditions on the real ones.
    nonzero : frozenset of Symbol
        Symbols that are not zero.
    equations : tuple of (Symbol, expression)
        Symbols that stand for an expression in the others.
    facts : tuple of (expression, frozenset of int)
        What a case split has said about the sign of an expression that is not linear.
    """

    symbols: tuple[Any, ...] = ()
    conditions: tuple[Linear, ...] = ()
    nonzero: frozenset[Any] = frozenset()
    equations: tuple[tuple[Any, Any], ...] = ()
    facts: tuple[tuple[Any, frozenset[int]], ...] = field(default=())

    @classmethod
    def over(cls, symbols: Sequence[Any]) -> Domain:
        """Return the domain that SymPy's assumptions on the symbols describe."""
        conditions = [c for symbol in symbols for c in _assumed(symbol)]
        nonzero = frozenset(s for s in symbols if s.is_zero is False)
        ordered = tuple(sorted(symbols, key=lambda s: s.sort_key()))
        zeros = tuple((s, sp.Integer(0)) for s in ordered if s.is_zero)
        return cls(ordered, tuple(conditions), nonzero, zeros)

    def also(self, *conditions: Linear) -> Domain:
        """Return the part of the domain where further conditions hold."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def where_equal(self, symbol: Any, expression: Any) -> Domain:
        """Return the part of the domain where a symbol equals an expression."""
        return replace(self, equations=(*self.equations, (symbol, expression)))

    def knowing(self, expression: Any, signs: frozenset[int]) -> Domain:
        """Return the part of the domain where an expression has one of the signs."""
        return replace(self, facts=(*self.facts, (expression, signs)))

    def real(self, symbol: Any) -> bool:
        """Whether the symbol is a real number."""
        return bool(symbol.is_real)

    @property
    def empty(self) -> bool:
        """Whether no point is left."""
        return not feasible(self.conditions) or any(map(self._only_zero, self.nonzero))

    def _only_zero(self, symbol: Any) -> bool:
        """Whether the conditions leave a symbol no other value than 0."""
        one, zero = Fraction(1), Fraction(0)
        signs = [Linear.of({symbol: sign * one}, zero, False) for sign in (1, -1)]
        return all(map(self.entails, signs))

    def entails(self, condition: Linear, extra: Sequence[Linear] = ()) -> bool:
        """Whether the condition holds on all of the domain."""
        near = _connected([*self.conditions, *extra], condition)
        return not feasible([*near, condition.negation])

    def bounds(self, symbol: Any) -> tuple[Fraction | None, Fraction | None]:
        """Return lower and upper bounds of a symbol, from the conditions on it alone."""
        return _interval([c for c in self.conditions if len(c.coefficients) == 1], symbol)[:2]

    def points(self, count: int, seed: int = 0) -> Iterator[Point]:
        """Yield admissible points with rational coordinates, always the same ones.

        The first points are small and readable; magnitudes from 1e-30 to 1e8 follow.
        """
        fixed = [symbol for symbol, _ in self.equations]
        free = [s for s in self.symbols if s not in fixed]
        shadows = self._shadows(free, fixed)
        found: set[tuple[Any, ...]] = set()
        for number in range(count * 3):
            point = _point(self, free, shadows, number, Random(7919 * seed + number))
            if point is None or tuple(point.values()) in found:
                continue
            found.add(tuple(point.values()))
            yield point
            if len(found) == count or not free:
                return

    def _shadows(self, free: Sequence[Any], fixed: Sequence[Any]) -> list[list[Linear]]:
        """Return, for each symbol, the conditions that the ones after it leave behind."""
        conditions = list(self.conditions)
        for symbol in fixed:
            conditions = eliminate(conditions, symbol)
        shadows = []
        for symbol in reversed(free):
            shadows.append([c for c in conditions if c.coefficient(symbol)])
            conditions = eliminate(conditions, symbol)
        return shadows[::-1]


def _point(
    domain: Domain, free: Sequence[Any], shadows: list[list[Linear]], number: int, random: Random
) -> Point | None:
    point: Point = {}
    chosen: dict[Any, Fraction] = {}
    for place, (symbol, shadow) in enumerate(zip(free, shadows, strict=True)):
        if not domain.real(symbol):
            point[symbol] = _complex_value(number + place, random)
            if not _assumptions_hold(symbol, point[symbol]):
                return None
            continue
        for name, known in chosen.items():
            shadow = [c.without(name, known) for c in shadow]
        value = _coordinate(symbol, shadow, symbol in domain.nonzero, number, place, random)
        if value is None:
            return None
        chosen[symbol] = value
        point[symbol] = sp.Rational(value.numerator, value.denominator)
    return point


def _coordinate(
    symbol: Any,
    conditions: Sequence[Linear],
    nonzero: bool,
    number: int,
    place: int,
    random: Random,
) -> Fraction | None:
    for attempt in range(12):
        value = _inside(*_interval(conditions, symbol), number + 5 * attempt, place, random)
        if value is None or (nonzero and value == 0):
            continue
        if _assumptions_hold(symbol, sp.Rational(value.numerator, value.denominator)):
            return value
    return None


def _assumed(symbol: Any) -> list[Linear]:
    one = Fraction(1)
    if symbol.is_positive:
        return [Linear.of({symbol: one}, Fraction(0), True)]
    if symbol.is_negative:
        return [Linear.of({symbol: -one}, Fraction(0), True)]
    if symbol.is_nonnegative:
        return [Linear.of({symbol: one}, Fraction(0), False)]
    if symbol.is_nonpositive:
        return [Linear.of({symbol: -one}, Fraction(0), False)]
    return []


def _connected(conditions: Sequence[Linear], start: Linear) -> list[Linear]:
    """Keep the conditions that share variables, directly or not, with the start."""
    reached = {variable for variable, _ in start.coefficients}
    kept: list[Linear] = []
    waiting = list(conditions)
    while True:
        touching = [c for c in waiting if reached & {v for v, _ in c.coefficients}]
        if not touching:
            return kept
        kept += touching
        waiting = [c for c in waiting if c not in touching]
        reached |= {v for c in touching for v, _ in c.coefficients}


def _interval(
    conditions: Sequence[Linear], symbol: Any
) -> tuple[Fraction | None, Fraction | None, bool, bool]:
    """Return low, high, and whether each end is left out."""
    low: Fraction | None = None
    high: Fraction | None = None
    open_low = open_high = False
    for condition in conditions:
        slope = condition.coefficient(symbol)
        if not slope:
            continue
        end = -condition.constant / slope
        if slope > 0 and (low is None or (end, condition.strict) > (low, open_low)):
            low, open_low = end, condition.strict
        if slope < 0 and (high is None or (-end, condition.strict) > (-high, open_high)):
            high, open_high = end, condition.strict
    return low, high, open_low, open_high


_STEPS = [Fraction(n) for n in (1, 2, 3, 7, 40, 1000, 10**8)]
_STEPS += [Fraction(1, 2), Fraction(1, 3), Fraction(5, 7), Fraction(1, 1000), Fraction(1, 10**30)]
_READABLE = [Fraction(n) for n in ("1", "2", "-1", "1/2", "-3", "-5/7", "0")]
_SHARES = [Fraction(*pair) for pair in ((1, 2), (1, 4), (2, 3), (1, 10), (9, 10), (3, 7))]
_EDGES = [Fraction(1, 10**6), 1 - Fraction(1, 10**6), Fraction(1, 10**30), 1 - Fraction(1, 10**30)]


def _inside(
    low: Fraction | None,
    high: Fraction | None,
    open_low: bool,
    open_high: bool,
    number: int,
    place: int,
    random: Random,
) -> Fraction | None:
    """Choose a number of the interval: readable for small `number`, then far and near."""
    if low is not None and high is not None:
        if low == high:
            return None if open_low or open_high else low
        ends = ([Fraction(0)] if not open_low else []) + ([Fraction(1)] if not open_high else [])
        shares = [*_SHARES, *_EDGES, *ends]
        share = _SHARES[(number + place) % 3] if number < 4 else random.choice(shares)
        return low + (high - low) * share
    if low is None and high is None:
        if number < 8:
            return _READABLE[(number + place) % len(_READABLE)]
        return random.choice(_STEPS) * random.choice((1, -1))
    step = _STEPS[(number + place) % 3] if number < 4 else random.choice(_STEPS)
    if number >= 4 and number % 4 == 0 and not (open_low or open_high):
        step = Fraction(0)
    return low + step if low is not None else high - step if high is not None else None


def _complex_value(number: int, random: Random) -> Any:
    readable = [sp.Integer(2), 4 * sp.I, -1 - sp.I, sp.Integer(-3), 1 + 7 * sp.I]
    if number < len(readable):
        return readable[number]
    real, imaginary = (sp.Rational(random.randint(-40, 40), 7) for _ in range(2))
    return real + sp.I * imaginary


def _assumptions_hold(symbol: Any, number: Any) -> bool:
    wanted = {k: v for k, v in symbol.assumptions0.items() if k != "commutative"}
    return all(getattr(number, f"is_{k}") in (v, None) for k, v in wanted.items())
