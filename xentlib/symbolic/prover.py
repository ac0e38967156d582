"""Proofs of equality by exact methods only.

1. *Normal form*: definitions, exponentials and logarithms are expanded where signs allow; the
   difference is a rational function of the generators, and its numerator expands to 0.
2. *Derivatives*: the domain is convex; if every partial derivative of the difference is 0 by 1,
   and the difference is exactly 0 at one point of the domain, it is 0 on all of it.
3. *Cases*: max, min, |.|, sign and formulas with cases are split on a sign; each case is proved.
4. *Each number of classes*: sums are written out for each number asked for.

Every proof is cross-checked by numbers at many points: if they refute it, the prover is wrong, and
says so loudly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from xentlib.symbolic.conditions import Case, Conditions, linear_form, resolved
from xentlib.symbolic.domain import Domain, Linear
from xentlib.symbolic.normal import ANY, Normal, Undecided, minus
from xentlib.symbolic.refuter import Counterexample, refute
from xentlib.symbolic.trees import negative, postorder, rebuild, replace

__all__ = ["Proof", "Refuted", "prove"]

NORMAL_FORM = "expanding definitions, exponentials and logarithms"
DERIVATIVES = "both sides have the same derivatives, and agree at one point"
LARGEST_TREE = 4000
MOST_CASES = 64
_NO_NUMBERS = (sp.nan, sp.zoo, sp.oo, -sp.oo)
_SPLIT = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Piecewise)


@dataclass(frozen=True)
class Proof:
    """How an equality was proved.

    Parameters
    ----------
    method : str
        In words.
    cases : tuple of tuple of relations
        The cases, each a tuple of conditions that hold together; empty if there was no split.
    numbers : tuple of (Symbol, first, last)
        The class numbers for which it was proved one by one; the last may be the name of another.
    equality : tuple of relations
        For an inequality: both sides are equal exactly where these hold; empty if not shown.
    """

    method: str
    cases: tuple[tuple[Any, ...], ...] = ()
    numbers: tuple[tuple[Any, Any, Any], ...] = ()
    equality: tuple[Any, ...] = ()


class Refuted(Exception):  # noqa: N818 - an answer of the prover
    """The claim is false at a point."""

    def __init__(self, counterexample: Counterexample) -> None:
        super().__init__(str(counterexample))
        self.counterexample = counterexample


class ProverError(RuntimeError):
    """The prover contradicts itself: a bug in xentlib, never the reader's mistake."""


def prove(left: Any, right: Any, conditions: Conditions) -> Proof:
    """Prove that two expressions are equal wherever the conditions hold.

    Parameters
    ----------
    left, right : sympy.Expr
        As they were written.
    conditions : Conditions
        The symbols and what is assumed about them.

    Returns
    -------
    Proof

    Raises
    ------
    Refuted
        If they differ at a point.
    Undecided
        If neither a proof nor a counterexample is found.

    Examples
    --------
    >>> from sympy import Abs, Symbol
    >>> x = Symbol("x", real=True)
    >>> prove(x * Abs(x), x**2, Conditions("x >= 0", [x])).method
    'expanding definitions, exponentials and logarithms'
    """
    for side in (left, right):
        check_terms(side)
    found: list[tuple[Case, list[_Leaf]]] = []
    try:
        for case in conditions.cases(left, right):
            found.append((case, _prove_case(case)))
    except (Undecided, BasePolynomialError) as reason:
        counterexample = search(conditions, left, right)
        if counterexample is not None:
            raise Refuted(counterexample) from None
        raise Undecided(str(reason)) from None
    for case, _ in found:
        cross_check(case, 16 if len(found) < 4 else 3)
    return _summary(found, conditions)


@dataclass(frozen=True)
class _Leaf:
    """One case of a proof."""

    conditions: tuple[Any, ...]
    method: str


def check_terms(expression: Any) -> None:
    """Refuse what no step can contain: inexact numbers, infinity, very large expressions."""
    size = 0
    for node in postorder(expression):
        size += 1
        if isinstance(node, sp.Float):
            raise ValueError(
                f"the decimal number {node} is not exact: write it as a fraction, "
                "Rational(1, 10) or '1/10'"
            )
        if node in _NO_NUMBERS:
            raise ValueError(f"{node} is not a number that a step can contain")
    if size > LARGEST_TREE:
        raise ValueError(f"an expression of {size} parts is too large: use smaller steps")


def _prove_case(case: Case) -> list[_Leaf]:
    leaves: list[_Leaf] = []
    _prove_on(case.left, case.right, case.domain, (), leaves)
    return leaves


def _prove_on(
    left: Any, right: Any, domain: Domain, path: tuple[Any, ...], leaves: list[_Leaf]
) -> None:
    if len(leaves) > MOST_CASES:
        raise Undecided(f"there are more than {MOST_CASES} cases")
    splits = [n for side in (left, right) for n in postorder(side) if isinstance(n, _SPLIT)]
    try:
        leaves.append(_Leaf(path, _prove_smooth(left, right, domain)))
        return
    except Undecided:
        if not splits:
            raise
    _refuse_derivatives_of_cases(left, right)
    node = splits[0]
    for condition, part, value in _branches(node, domain):
        fewer = {node: value}
        _prove_on(replace(left, fewer), replace(right, fewer), part, (*path, *condition), leaves)


def _refuse_derivatives_of_cases(*sides: Any) -> None:
    for side in sides:
        for found in side.atoms(sp.Derivative):
            if found.has(*_SPLIT):
                raise Undecided("the derivative of cases is not taken: use a form without them")


# --- one case: no max, |.|, sign or cases left, or none that matters ------------------------------


def _prove_smooth(left: Any, right: Any, domain: Domain) -> str:
    normal = Normal(domain)
    difference = normal.of(left) - normal.of(right)
    if normal.is_zero(difference):
        return NORMAL_FORM
    _prove_by_derivatives(left, right, normal, difference)
    return DERIVATIVES


def _prove_by_derivatives(left: Any, right: Any, normal: Normal, difference: Any) -> None:
    domain = normal.domain
    free = [s for s in domain.symbols if s not in dict(domain.equations)]
    if not free or domain.nonzero - signed(domain) or not all(map(domain.real, free)):
        raise Undecided("no proof was found")
    for symbol in free:
        if not normal.is_zero(normal.derivative(difference, symbol)):
            raise Undecided("no proof was found")
    if not any(_equal_at(left, right, domain, point) for point in domain.points(8)):
        raise Undecided("both sides have the same derivatives, but may differ by a constant")


def signed(domain: Domain) -> frozenset[Any]:
    """Return the symbols that a condition keeps away from 0: no hole in the domain."""
    one = Fraction(1)
    return frozenset(
        s
        for s in domain.nonzero
        if domain.entails(Linear.of({s: one}, Fraction(0), True))
        or domain.entails(Linear.of({s: -one}, Fraction(0), True))
    )


def _equal_at(left: Any, right: Any, domain: Domain, point: dict[Any, Any]) -> bool:
    equations = {s: replace(e, point) for s, e in domain.equations}
    values = {**point, **equations}
    normal = Normal(Domain())
    try:
        sides = [normal.of(replace(side, values)) for side in (left, right)]
    except Undecided:
        return False
    return normal.is_zero(sides[0] - sides[1])


# --- cases ---------------------------------------------------------------------------------------

_Branch = tuple[tuple[Any, ...], Domain, Any]


def _branches(node: Any, domain: Domain) -> list[_Branch]:
    """Return the cases of a node: conditions to name, part of the domain, value of the node."""
    if isinstance(node, sp.Abs):
        inner = node.args[0]
        return _halves(inner, sp.Integer(0), domain, inner, negative(inner))
    if isinstance(node, sp.Max | sp.Min):
        first, second, *rest = node.args
        if first.is_number:
            first, second = second, first
        larger, smaller = (first, second) if isinstance(node, sp.Max) else (second, first)
        values = [rebuild(node.func, [v, *rest]) if rest else v for v in (larger, smaller)]
        return _halves(first, second, domain, *values)
    if isinstance(node, sp.sign):
        return _thirds(node.args[0], domain)
    return _piecewise(node, domain)


def _halves(left: Any, right: Any, domain: Domain, above: Any, below: Any) -> list[_Branch]:
    signs = _signs(left, right, domain)
    if signs <= {0, 1}:
        return [((), domain, above)]
    if signs <= {0, -1}:
        return [((), domain, below)]
    high, low = (_relation(kind, left, right) for kind in (sp.Ge, sp.Lt))
    return [
        ((high,), _part(left, right, domain, frozenset({0, 1})), above),
        ((low,), _part(left, right, domain, frozenset({-1})), below),
    ]


def _thirds(inner: Any, domain: Domain) -> list[_Branch]:
    zero = sp.Integer(0)
    signs = _signs(inner, zero, domain)
    kinds = {1: sp.Gt, 0: sp.Eq, -1: sp.Lt}
    if len(signs) == 1:
        return [((), domain, sp.Integer(next(iter(signs))))]
    return [
        (
            (_relation(kinds[sign], inner, zero),),
            _part(inner, zero, domain, frozenset({sign})),
            sp.Integer(sign),
        )
        for sign in (1, 0, -1)
        if sign in signs
    ]


def _piecewise(node: Any, domain: Domain) -> list[_Branch]:
    (value, condition), *others = node.args
    truth = _truth(condition, domain)
    if truth is True:
        return [((), domain, value)]
    if truth is False:
        if not others:
            raise Undecided("the cases of a formula do not cover everything")
        return [((), domain, rebuild(sp.Piecewise, others))]
    relation = _undetermined(condition, domain)
    inside = _TESTED[relation.rel_op]
    left, right = relation.args[:2]
    possible = _signs(left, right, domain)
    branches: list[_Branch] = []
    for signs in (inside & possible, (ANY - inside) & possible):
        groups = [{s} for s in sorted(signs, reverse=True)] if signs == {-1, 1} else [signs]
        for group in groups:
            shown = _relation(_kind_of(frozenset(group)), left, right)
            branches.append(((shown,), _part(left, right, domain, frozenset(group)), node))
    return branches


_TESTED = {
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    "==": frozenset({0}),
    "!=": frozenset({-1, 1}),
}


def _kind_of(signs: frozenset[int]) -> Any:
    kinds = {(1,): sp.Gt, (0, 1): sp.Ge, (-1,): sp.Lt, (-1, 0): sp.Le, (0,): sp.Eq}
    return kinds[tuple(sorted(signs))]


def _truth(condition: Any, domain: Domain) -> bool | None:
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, sp.And | sp.Or):
        truths = [_truth(part, domain) for part in condition.args]
        decisive = isinstance(condition, sp.Or)
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    if isinstance(condition, sp.Not):
        truth = _truth(condition.args[0], domain)
        return None if truth is None else not truth
    signs = _signs(condition.args[0], condition.args[1], domain)
    inside = _TESTED[condition.rel_op]
    return True if signs <= inside else None if signs & inside else False


def _undetermined(condition: Any, domain: Domain) -> Any:
    """Return the comparison on which the truth of a condition hangs."""
    while isinstance(condition, sp.And | sp.Or | sp.Not):
        condition = next(part for part in condition.args if _truth(part, domain) is None)
    return condition


def _signs(left: Any, right: Any, domain: Domain) -> frozenset[int]:
    """Return the possible signs of left - right, also from what earlier cases have said."""
    normal = Normal(domain)
    form = normal.of(left) - normal.of(right)
    if not normal.is_real(form):
        raise Undecided("a case split needs real numbers")
    signs = frozenset({0}) if normal.is_zero(form) else normal.signs(form)
    for fact, known in domain.facts:
        ratio = sp.cancel(form / normal.of(fact))
        if ratio.is_Rational and ratio != 0:
            signs &= known if ratio > 0 else minus(known)
    return signs


def _part(left: Any, right: Any, domain: Domain, signs: frozenset[int]) -> Domain:
    """Return the part of the domain where left - right has one of the signs."""
    difference = sp.Add(left, negative(right), evaluate=False)
    found = linear_form(resolved(difference, domain))
    if found is None:
        # the domain stays as it is (and convex): a proof on all of it is good for a part of it
        return domain.knowing(difference, signs)
    terms, constant = found
    if signs == {0}:
        return _on_the_border(domain, terms, constant)
    direction = 1 if 1 in signs else -1
    scaled = {name: direction * value for name, value in terms.items()}
    return domain.also(Linear.of(scaled, direction * constant, 0 not in signs))


def _on_the_border(domain: Domain, terms: dict[Any, Fraction], constant: Fraction) -> Domain:
    """Return the part where a linear form is 0: two inequalities and one equation."""
    opposite = {name: -value for name, value in terms.items()}
    domain = domain.also(Linear.of(terms, constant, False), Linear.of(opposite, -constant, False))
    symbol = max(terms, key=str)
    slope = terms[symbol]
    solution = sp.Add(
        *(_rational(-v / slope) * name for name, v in terms.items() if name != symbol),
        _rational(-constant / slope),
    )
    return domain.where_equal(symbol, solution)


def _relation(kind: Any, left: Any, right: Any) -> Any:
    return kind(left, right, evaluate=False)


def _rational(value: Fraction) -> Any:
    return sp.Rational(value.numerator, value.denominator)


# --- numbers, which can only refute ---------------------------------------------------------------


def search(
    conditions: Conditions, left: Any, right: Any, relation: str = "="
) -> Counterexample | None:
    """Look for a point at which a claim is false."""
    try:
        for case in conditions.cases(left, right):
            found = refute(case.left, case.right, case.domain, relation=relation)
            if found is not None:
                return Counterexample((*case.numbers, *found.point), found.left, found.right)
    except Undecided:  # there are too many conditions to find a point
        pass
    return None


def cross_check(case: Case, points: int, relation: str = "=") -> None:
    """Raise an error if numbers refute what was proved: then the prover is wrong."""
    found = refute(
        case.left, case.right, case.domain, points, seed=1, digits=(120,), relation=relation
    )
    if found is not None:
        raise ProverError(
            f"INTERNAL ERROR: the prover accepted a false step, please report it. "
            f"{case.left} {relation} {case.right}\n{found}"
        )


def spans_used(proved: list[Case], conditions: Conditions) -> tuple[tuple[Any, Any, Any], ...]:
    """Return the ranges of class numbers for which something was proved one by one."""
    used = {symbol for case in proved for symbol, _ in case.numbers}
    return tuple(span for span in conditions.each if span[0] in used)


def _summary(found: list[tuple[Case, list[_Leaf]]], conditions: Conditions) -> Proof:
    methods = sorted({leaf.method for _, leaves in found for leaf in leaves}, reverse=True)
    splits = {tuple(_shortened(leaf.conditions) for leaf in leaves) for _, leaves in found}
    # cases that are not the same for all class numbers: it is said that each is proved by itself
    cases = next(iter(splits)) if len(splits) == 1 else ()
    spans = spans_used([case for case, _ in found], conditions)
    return Proof("; ".join(methods), cases if len(cases) > 1 else (), spans)


def _shortened(conditions: tuple[Any, ...]) -> tuple[Any, ...]:
    """Join conditions on the same quantity: x <= 0 and x < 0 is x < 0."""
    signs: dict[tuple[Any, Any], frozenset[int]] = {}
    for condition in conditions:
        sides = condition.args[:2]
        signs[sides] = signs.get(sides, ANY) & _TESTED[condition.rel_op]
    return tuple(_relation(_kind_of(found), *sides) for sides, found in signs.items())
