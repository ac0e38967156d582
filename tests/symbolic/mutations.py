"""Wrong variants of a derivation's steps: every one must be refused.

`mutants(expression)` makes the variants; `check_step` shows them to the prover; `record_steps`
collects the steps of derivations while other code, such as a notebook, runs.
Whether a variant is really different is judged here, by another evaluator than the prover's.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import mpmath
import sympy as sp

from xentlib.symbolic import (
    Derivation,
    FalseStep,
    Logit,
    LogSigmoid,
    Sigmoid,
    Softplus,
    UndecidedStep,
)
from xentlib.symbolic.conditions import Conditions, free_names
from xentlib.symbolic.functions import _Defined
from xentlib.symbolic.trees import mul, negative, power, rebuild, replace

DIGITS = 900  # an exponential of 2000 bits eats 600 of them
POINTS = 15
TINY = sp.Rational(10**30 + 1, 10**30)


# --- making mutants ------------------------------------------------------------------------------


def mutants(expression: Any) -> Iterator[tuple[str, Any]]:
    """Yield wrong variants of an expression, each once, with a label."""
    seen = {expression}
    for label, variant in _all_variants(expression):
        if variant not in seen:
            seen.add(variant)
            yield label, variant


def _all_variants(expression: Any) -> Iterator[tuple[str, Any]]:
    yield from _nested(expression)
    yield "sign of everything flipped", negative(expression)
    for first, second in combinations(free_names(expression), 2):
        if type(first) is type(second) and not first.is_integer:
            yield f"{first} and {second} swapped", _swapped(expression, first, second)


def _swapped(expression: Any, first: Any, second: Any) -> Any:
    return replace(
        expression, {getattr(a, "label", a): getattr(b, "label", b) for a, b in
                     ((first, second), (second, first))}
    )  # fmt: skip


def _nested(e: Any) -> Iterator[tuple[str, Any]]:
    """Yield the variants of each node in its place."""
    yield from _variants(e)
    if isinstance(e, sp.Indexed | sp.IndexedBase):
        return
    for place, argument in enumerate(e.args):
        fixed = isinstance(e, sp.Derivative | sp.Sum | sp.Product) and place > 0
        if fixed or not isinstance(argument, sp.Basic):
            continue
        for label, variant in _nested(argument):
            arguments = list(e.args)
            arguments[place] = variant
            yield label, rebuild(e.func, arguments)


def _variants(e: Any) -> Iterator[tuple[str, Any]]:
    if e.is_Add:
        yield from _sum_variants(e)
    elif e.is_Mul:
        yield from _product_variants(e)
    elif e.is_Integer and e >= 0:
        yield f"{e} made {e + 1}", sp.Integer(e + 1)
    elif isinstance(e, sp.exp | sp.tanh | _Defined):
        yield (
            f"the argument's sign flipped in {e.func.__name__}",
            rebuild(e.func, [negative(e.args[0])]),
        )
    elif isinstance(e, sp.log):
        yield "logarithm to base 2", mul(e, power(sp.log(2), sp.Integer(-1)))
    elif isinstance(e, sp.Max | sp.Min):
        other = sp.Min if isinstance(e, sp.Max) else sp.Max
        yield f"{e.func.__name__} made {other.__name__}", rebuild(other, e.args)
    elif isinstance(e, sp.Abs):
        yield "bars dropped", e.args[0]
    elif isinstance(e, sp.Piecewise) and len(e.args) > 1:
        values = [pair[0] for pair in e.args]
        turned = [*values[1:], values[0]]
        pairs = [(v, pair[1]) for v, pair in zip(turned, e.args, strict=True)]
        yield "cases exchanged", rebuild(sp.Piecewise, pairs)


def _sum_variants(e: Any) -> Iterator[tuple[str, Any]]:
    for place, term in enumerate(e.args):
        others = [*e.args[:place], *e.args[place + 1 :]]
        dropped = others[0] if len(others) == 1 else rebuild(sp.Add, others)
        yield f"term {place + 1} dropped", dropped
        for label, variant in (
            (f"sign of term {place + 1} flipped", negative(term)),
            (f"term {place + 1} off by 1e-30", mul(TINY, term)),
        ):
            yield label, rebuild(sp.Add, [*e.args[:place], variant, *e.args[place + 1 :]])


def _product_variants(e: Any) -> Iterator[tuple[str, Any]]:
    for place in range(len(e.args)):
        others = [*e.args[:place], *e.args[place + 1 :]]
        if others:
            dropped = others[0] if len(others) == 1 else rebuild(sp.Mul, others)
            yield f"factor {place + 1} dropped", dropped


# --- are they really different? ------------------------------------------------------------------


def true_everywhere(first: Any, second: Any, conditions: Conditions, relation: str = "=") -> bool:
    """Whether a claim about two expressions is true at all points tried, to 100 digits."""
    compared = 0
    for case in conditions.cases(first, second):
        for point in case.domain.points(POINTS, seed=5):
            at = _At(point, dict(case.domain.equations))
            try:
                one, other = at.value(_taken(case.left)), at.value(_taken(case.right))
            except OverflowError:
                continue
            if one is None and other is None:
                continue
            if one is None or other is None:
                return False
            compared += 1
            if not _is_true(one, other, relation):
                return False
    return compared > 0


def _is_true(one: Any, other: Any, relation: str) -> bool:
    gap, slack = one - other, mpmath.mpf(10) ** -100 * (1 + abs(one) + abs(other))
    if relation == "=":
        return bool(abs(gap) <= slack)
    if mpmath.im(gap) != 0:
        return False
    return bool(gap >= -slack if relation == ">=" else gap <= slack)


def _taken(expression: Any) -> Any:
    return expression.replace(
        lambda e: isinstance(e, sp.Derivative), lambda e: sp.diff(e.args[0], *e.args[1:])
    )


class _At:
    """Values at a point by mpmath: principal branches, None where there is no value."""

    def __init__(self, point: dict[Any, Any], equations: dict[Any, Any]) -> None:
        self.context = mpmath.mp.clone()
        self.context.dps = DIGITS
        self.point, self.equations = point, equations

    def value(self, e: Any) -> Any:
        c = self.context
        if e.is_Symbol:
            return self.value(self.equations[e] if e in self.equations else self.point[e])
        if e.is_Rational:
            return c.mpf(int(e.p)) / int(e.q)
        if e is sp.I:
            return c.mpc(0, 1)
        if isinstance(e, sp.Piecewise):
            return next((self.value(v) for v, when in e.args if self.true(when)), None)
        values = [self.value(argument) for argument in e.args]
        if any(value is None for value in values):
            return None
        try:
            return self.apply(e.func, values)
        except (ZeroDivisionError, ValueError):
            return None

    def apply(self, function: Any, v: list[Any]) -> Any:
        c = self.context
        if function is sp.exp and c.mag(v[0]) > 2000:
            raise OverflowError
        table = {
            sp.Add: lambda: c.fsum(v),
            sp.Mul: lambda: c.fprod(v),
            sp.Pow: lambda: self.power(*v),
            sp.exp: lambda: c.exp(v[0]),
            sp.log: lambda: c.log(v[0]),
            sp.Abs: lambda: abs(v[0]),
            sp.sign: lambda: c.sign(v[0]),
            sp.tanh: lambda: c.tanh(v[0]),
            sp.Max: lambda: max(v, key=self.ordered),
            sp.Min: lambda: min(v, key=self.ordered),
            Sigmoid: lambda: 1 / (1 + self.apply(sp.exp, [-v[0]])),
            Softplus: lambda: c.log(1 + self.apply(sp.exp, v)),
            LogSigmoid: lambda: -c.log(1 + self.apply(sp.exp, [-v[0]])),
            Logit: lambda: c.log(v[0] / (1 - v[0])),
        }
        return table[function]()

    def power(self, base: Any, exponent: Any) -> Any:
        if base == 0 and self.context.re(exponent) <= 0:
            raise ZeroDivisionError
        return self.context.power(base, exponent)

    def ordered(self, value: Any) -> Any:
        if self.context.im(value) != 0:
            raise ValueError
        return self.context.re(value)

    def true(self, condition: Any) -> bool:
        if condition in (sp.true, sp.false):
            return bool(condition)
        left, right = (self.value(side) for side in condition.args)
        return bool(getattr(operator, OPERATORS[condition.rel_op])(left, right))


OPERATORS = {">": "gt", ">=": "ge", "<": "lt", "<=": "le", "==": "eq", "!=": "ne"}


# --- showing them to the prover ------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step that was accepted: the derivation before it, what it claimed, and how."""

    derivation: Derivation
    relation: str
    expression: Any
    touching: str | None = None

    def claims(self) -> Iterator[tuple[str, str, Any]]:
        """Yield wrong variants of the claim: a label, a relation and an expression."""
        for label, mutant in mutants(self.expression):
            yield label, self.relation, mutant
        if self.relation != "=":
            turned = {">=": "<=", "<=": ">="}[self.relation]
            yield "direction turned round", turned, self.expression
            yield "made an equality", "=", self.expression


@dataclass
class Report:
    """What became of a step's mutants."""

    false: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    equivalent: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len(self.false) + len(self.undecided)

    def __iadd__(self, other: Report) -> Report:
        for name in ("false", "undecided", "equivalent", "accepted"):
            getattr(self, name).extend(getattr(other, name))
        return self

    def __str__(self) -> str:
        return (
            f"{self.refused} mutants refused ({len(self.false)} with a counterexample, "
            f"{len(self.undecided)} undecided), {len(self.equivalent)} equivalent ones left out, "
            f"{len(self.accepted)} accepted"
        )


def check_step(step: Step) -> Report:
    """Show every mutant of a step to the prover; `accepted` must come back empty."""
    report = Report()
    for label, relation, mutant in step.claims():
        shown = f"{label}: {relation} {mutant}"
        before = step.derivation.result
        touching = None if relation == "=" else step.touching
        try:
            step.derivation._step(relation, mutant, "a mutant", touching)
        except FalseStep:
            report.false.append(shown)
        except (UndecidedStep, ValueError):
            report.undecided.append(shown)
        else:
            same = true_everywhere(before, mutant, step.derivation.conditions, relation)
            (report.equivalent if same else report.accepted).append(shown)
    return report


@contextmanager
def record_steps() -> Iterator[list[Step]]:
    """Collect the steps that derivations accept while the context is open."""
    recorded: list[Step] = []
    original = Derivation._step

    def step(
        self: Derivation, relation: str, expression: Any, because: str, touching: str | None = None
    ) -> Derivation:
        longer = original(self, relation, expression, because, touching)
        recorded.append(Step(self, relation, longer.result, touching))
        return longer

    Derivation._step = step  # type: ignore[method-assign]
    try:
        yield recorded
    finally:
        Derivation._step = original  # type: ignore[method-assign]
