"""Proofs that one expression is never below another, by exact methods only.

What both sides share is taken away. Each piece that is left is shown never to be negative:

1. *By its sign*: the sign follows from those of its factors and terms, on all of the domain.
2. *By its lowest point*: the author says where it touches 0, such as ``q = p``. There it is not
   negative; below that point it does not rise with q, above it does not fall. The domain is convex
   and contains that point, so by the mean value theorem it is never negative.
3. *Piece by piece*: it is a sum or a product of what is never negative.
4. *By the order of logarithms*: ln a - ln b is never negative if a - b is not.

For the second method the equations of the domain, such as ``sum p = 1``, are left out: what holds
without them holds with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from xentlib.symbolic.conditions import Case, Conditions, linear_form
from xentlib.symbolic.domain import Domain, Linear
from xentlib.symbolic.functions import _Defined
from xentlib.symbolic.normal import ANY, Normal, Undecided
from xentlib.symbolic.prover import (
    Proof,
    Refuted,
    check_terms,
    cross_check,
    search,
    signed,
    spans_used,
)
from xentlib.symbolic.trees import evaluate, negative, replace

__all__ = ["prove_at_least"]

SIGNS = "no term can be negative"
LOWEST = "the difference has its lowest value where both sides touch, and it is not negative there"
NOT_NEGATIVE = frozenset({0, 1})


def prove_at_least(left: Any, right: Any, conditions: Conditions, touching: Any = None) -> Proof:
    """Prove that left >= right wherever the conditions hold.

    Parameters
    ----------
    left, right : sympy.Expr
        As they were written.
    conditions : Conditions
        The symbols and what is assumed about them.
    touching : sympy.Equality, optional
        Where the two sides touch: a symbol, and what it equals there.

    Raises
    ------
    Refuted
        If left < right at a point.
    Undecided
        If neither a proof nor a counterexample is found.

    Examples
    --------
    >>> from sympy import Eq, Integer, Symbol, log
    >>> t = Symbol("t", positive=True)
    >>> curve, line = t * log(t), t - 1
    >>> prove_at_least(curve, line, Conditions(symbols=[t]), Eq(t, 1)).equality
    (Eq(t, 1),)
    """
    for side in (left, right):
        check_terms(side)
    proved: list[tuple[Case, _Found]] = []
    try:
        for case in conditions.cases(left, right, touching):
            proved.append((case, _prove_case(case)))
    except (Undecided, BasePolynomialError) as reason:
        counterexample = search(conditions, left, right, ">=")
        if counterexample is not None:
            raise Refuted(counterexample) from None
        raise Undecided(str(reason)) from None
    for case, _ in proved:
        cross_check(case, 16, ">=")
    methods = sorted({method for _, found in proved for method in found.methods})
    exactly = all(case.touching and found.touched == case.touching for case, found in proved)
    numbers = spans_used([case for case, _ in proved], conditions)
    return Proof("; ".join(methods), (), numbers, (touching,) if exactly else ())


@dataclass(frozen=True)
class _Touch:
    """Where a piece has its lowest value: a symbol, and the linear expression it equals there."""

    symbol: Any
    value: Any


@dataclass(frozen=True)
class _Found:
    """How a piece was shown never to be negative.

    `touched` are the conditions, all of which hold exactly where the piece is 0; None if unknown.
    """

    methods: frozenset[str]
    touched: frozenset[Any] | None = None


def _prove_case(case: Case) -> _Found:
    normal = Normal(case.domain)
    for side in (case.left, case.right):
        if not normal.is_real(normal.of(side)):
            raise Undecided("only real numbers can be compared")
    pieces = _Pieces(case)
    found = pieces.never_negative(_difference(case.left, case.right))
    if found is None:
        raise Undecided("it was not shown that the difference is never negative")
    return found


def _together(parts: Sequence[_Found]) -> _Found:
    """Return what is known of a sum: it is 0 where all of its terms are."""
    touched = [part.touched for part in parts if part.touched is not None]
    every = frozenset[Any]().union(*touched) if len(touched) == len(parts) else None
    return _Found(frozenset[str]().union(*(part.methods for part in parts)), every)


class _Pieces:
    """Shows for pieces of a difference that they are never negative."""

    def __init__(self, case: Case) -> None:
        self.domain, self.loose = case.domain, case.loose
        self.touches = {_touch(relation): relation for relation in case.touching}

    def never_negative(self, piece: Any) -> _Found | None:
        """Return how it was shown, or None."""
        return (
            (self._as_a_sum(piece) if piece.is_Add else self._in_parts(piece))
            or self._by_order(piece)
            or self._by_sign(piece)
            or self._by_lowest_point(piece)
        )

    def _as_a_sum(self, piece: Any) -> _Found | None:
        parts = []
        for term in piece.args:
            found = self.never_negative(term)
            if found is None:
                return None
            parts.append(found)
        return _together(parts)

    def _in_parts(self, piece: Any) -> _Found | None:
        """Look into a definition, a logarithm, an opposite or a product."""
        if isinstance(piece, _Defined):
            return self.never_negative(piece.definition(piece.args[0]))
        if isinstance(piece, sp.log) and len(piece.args) == 1:
            return self.never_negative(sp.Add(piece.args[0], -1, evaluate=False))
        if not (piece.is_Mul and len(piece.args) > 1):
            return None
        first, *others = piece.args
        rest = others[0] if len(others) == 1 else sp.Mul(*others, evaluate=False)
        if first == -1:
            return self._opposite(rest)
        for turned in (_same, _opposite):
            parts = [self.never_negative(turned(first)), self.never_negative(turned(rest))]
            known = [part for part in parts if part is not None]
            if len(known) == 2:
                return _Found(known[0].methods | known[1].methods)
        return None

    def _by_order(self, piece: Any) -> _Found | None:
        """Show that a >= b, where the piece is ln a - ln b; both have been shown to be positive."""
        if not (piece.is_Add and len(piece.args) == 2):
            return None
        for one, other in (piece.args, piece.args[::-1]):
            taken = _opposite(other)
            if all(isinstance(side, sp.log) and len(side.args) == 1 for side in (one, taken)):
                return self.never_negative(_difference(one.args[0], taken.args[0]))
        return None

    def _opposite(self, piece: Any) -> _Found | None:
        """Show that -piece is never negative."""
        if piece.is_Add:
            return self._as_a_sum(sp.Add(*map(_opposite, piece.args), evaluate=False))
        if isinstance(piece, _Defined):
            return self._opposite(piece.definition(piece.args[0]))
        if isinstance(piece, sp.log) and len(piece.args) == 1:
            return self.never_negative(sp.Add(1, _opposite(piece.args[0]), evaluate=False))
        return None

    def _by_sign(self, piece: Any) -> _Found | None:
        for domain in (self.loose, self.domain):
            signs = _signs(piece, domain)
            if signs <= NOT_NEGATIVE:
                return _Found(frozenset({SIGNS}), frozenset() if signs == {0} else None)
        return None

    def _by_lowest_point(self, piece: Any) -> _Found | None:
        near = self._near(piece)
        if len(near) != 1:
            return None
        (touch,) = near
        exactly = _lowest_at(piece, touch, self.loose)
        if exactly is None:
            return None
        return _Found(frozenset({LOWEST}), frozenset({self.touches[touch]}) if exactly else None)

    def _near(self, piece: Any) -> list[_Touch]:
        return [touch for touch in self.touches if touch.symbol in piece.free_symbols]


def _touch(relation: Any) -> _Touch:
    symbol, value = relation.args
    if not (symbol.is_Symbol and symbol.is_real and not symbol.is_integer):
        raise Undecided(f"touching= must begin with a real symbol, and {symbol} is none")
    if symbol in value.free_symbols or linear_form(value) is None:
        raise Undecided(f"touching= must say what {symbol} equals, linear in other symbols")
    return _Touch(symbol, value)


def _difference(left: Any, right: Any) -> Any:
    """Return left - right without the terms that both sides share."""
    mine, theirs = _terms(left), _terms(right)
    for term in list(mine):
        same = next((other for other in theirs if evaluate(other) == evaluate(term)), None)
        if same is not None:
            mine.remove(term)
            theirs.remove(same)
    rest = mine + [_opposite(term) for term in theirs]
    kept = [term for term in rest if term != 0]
    return sp.Add(*kept, evaluate=False) if len(kept) > 1 else (kept or [sp.Integer(0)])[0]


def _terms(side: Any) -> list[Any]:
    return list(side.args) if side.is_Add else [side]


def _same(term: Any) -> Any:
    return term


def _opposite(term: Any) -> Any:
    """Return -term, unevaluated, and without two signs in a row."""
    if term.is_Mul and term.args[0] == -1 and len(term.args) == 2:
        return term.args[1]
    return negative(term)


def _signs(piece: Any, domain: Domain) -> frozenset[int]:
    normal = Normal(domain)
    try:
        form = normal.of(piece)
        return frozenset({0}) if normal.is_zero(form) else normal.signs(form)
    except Undecided:
        return ANY


def _lowest_at(piece: Any, touch: _Touch, domain: Domain) -> bool | None:
    """Return whether a piece is 0 at its lowest point and nowhere else; None: it is not shown."""
    if piece.has(sp.Derivative):  # its value there is not the derivative of what stands there
        return None
    at_touch = _signs(replace(piece, {touch.symbol: touch.value}), domain)
    if not (_contains(domain, touch) and at_touch <= NOT_NEGATIVE):
        return None
    if not all(_leads_away(piece, touch, domain, way, False) for way in (1, -1)):
        return None
    return at_touch == {0} and all(_leads_away(piece, touch, domain, way, True) for way in (1, -1))


def _leads_away(piece: Any, touch: _Touch, domain: Domain, way: int, strictly: bool) -> bool:
    """Whether a piece does not fall (or: rises) on the way from its lowest point to one side."""
    gap = linear_form(sp.Add(touch.symbol, negative(touch.value), evaluate=False))
    terms, constant = gap or ({}, Fraction(0))
    scaled = {name: way * value for name, value in terms.items()}
    side = domain.also(Linear.of(scaled, way * constant, strictly))
    allowed = frozenset({way}) if strictly else frozenset({0, way})
    slope = sp.Derivative(piece, touch.symbol, evaluate=False)
    return side.empty or _signs(slope, side) <= allowed


def _contains(domain: Domain, touch: _Touch) -> bool:
    """Whether a point of the domain stays in it when it is moved to the lowest point."""
    terms, constant = linear_form(touch.value) or ({}, Fraction(0))
    for condition in domain.conditions:
        slope = condition.coefficient(touch.symbol)
        if not slope:
            continue
        moved = {name: value for name, value in condition.coefficients if name != touch.symbol}
        for name, value in terms.items():
            moved[name] = moved.get(name, Fraction(0)) + slope * value
        there = Linear.of(moved, condition.constant + slope * constant, condition.strict)
        if not domain.entails(there):
            return False
    hole = touch.symbol in domain.nonzero - signed(domain)
    return not hole and touch.symbol not in dict(domain.equations)
