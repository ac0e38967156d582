"""Derivations whose every step is proved before it can be shown."""

from __future__ import annotations

import copy
import dataclasses
import re
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from xentlib.symbolic.admission import check_formula, check_reason, check_title
from xentlib.symbolic.bounds import prove_at_least
from xentlib.symbolic.conditions import Conditions
from xentlib.symbolic.domain import Domain
from xentlib.symbolic.formulas import Formula, formula
from xentlib.symbolic.normal import Undecided
from xentlib.symbolic.parsing import parse
from xentlib.symbolic.printing import condition_latex, condition_text, escape, latex, text
from xentlib.symbolic.prover import Proof, Refuted, prove
from xentlib.symbolic.trees import evaluate, is_written, rebuild, replace

__all__ = [
    "Derivation",
    "DerivationError",
    "FalseStep",
    "Step",
    "UndecidedStep",
]


class DerivationError(ValueError):
    """A derivation was refused."""


class FalseStep(DerivationError):  # noqa: N818 - named for what it says to a reader
    """The two sides of a step differ at a point.

    Attributes
    ----------
    counterexample : Counterexample
        The point, and both values there.
    """

    counterexample: Any = None


class UndecidedStep(DerivationError):  # noqa: N818
    """Neither a proof nor a counterexample was found for a step."""


@dataclass(frozen=True, eq=False)
class Step:
    """One proved step of a derivation.

    Parameters
    ----------
    expression : sympy.Expr
        What the step arrives at, as it was written.
    because : str
        The author's reason.
    method : str
        How the step was proved, in words.
    proof : Proof
        The same, with its cases and class numbers.
    written : bool
        Whether the order of terms is the author's, to be kept in print.
    relation : {"=", ">=", "<="}
        How the line before compares with this one.
    """

    expression: Any
    because: str
    method: str
    proof: Proof
    written: bool
    relation: str = "="


REASON_LENGTH = 40  # characters of a reason in one line: what a phone shows without scrolling
_RELATIONS = {"=": "=", ">=": r"\ge", "<=": r"\le"}

# Steps that `then` and its kin have proved. A step made in any other way is not here, and cannot be
# displayed.
_proved: weakref.WeakKeyDictionary[Step, tuple[Any, ...]] = weakref.WeakKeyDictionary()


class Derivation:
    r"""A chain of equalities and inequalities, each proved under the symbols' assumptions.

    Parameters
    ----------
    start : str, SymPy expression, or Formula
        Where the chain starts. A string is printed in the order in which it is written.
    name : str, optional
        What stands on the left of the first line, as LaTeX, such as ``L(x, z)``.
    where : str or sequence of str and SymPy relations, optional
        The symbols and what is assumed about them: ``"x real, 0 <= z <= 1"``. Assumptions are
        real, positive, nonnegative, negative, nonpositive, nonzero, integer and complex;
        conditions are linear (``0 < p < 1``, ``p + q = 1``) or name an expression
        (``p = sigmoid(x)``). ``y[j] positive`` declares a row of symbols.
    symbols : iterable of Symbol or IndexedBase, optional
        SymPy symbols to be used in strings.
    each : mapping, optional
        Class numbers for which each step is proved one by one: ``{"C": (2, 6)}``.

    Attributes
    ----------
    start, result : sympy.Expr
        The first and the last expression, as written.
    steps : tuple of Step
        The proved steps.

    Raises
    ------
    FalseStep
        When a step is false; shows a counterexample.
    UndecidedStep
        When a step could be neither proved nor refuted.

    Examples
    --------
    >>> loss = Derivation("-log(sigmoid(x))", name="L(x)", where="x real")
    >>> print(loss.then("log(1 + exp(-x))", because="the definition of σ"))
    L(x) = -log(sigmoid(x))
         = log(1 + exp(-x))   [the definition of σ]
    >>> loss.then("log(1 + exp(x))", because="a sign was lost")
    Traceback (most recent call last):
        ...
    xentlib.symbolic.derivation.FalseStep: this step is false:
        left:  -log(sigmoid(x))
        right: log(1 + exp(x))
    At x = 1:
        left  = 0.313261687518
        right = 1.31326168752
    """

    __slots__ = ("_conditions", "_name", "_start", "_steps", "_written")

    _conditions: Conditions
    _name: str
    _start: Any
    _steps: tuple[Step, ...]
    _written: bool

    def __init__(
        self,
        start: Any,
        *,
        name: str = "",
        where: Any = (),
        symbols: Iterable[Any] = (),
        each: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(start, Formula):  # it brings its symbols and conditions along
            given = [where] if isinstance(where, str) else list(where)
            where, each = [*start.conditions, *given], each or dict(start.each) or None
            symbols, start = [*start.names.values(), *symbols], start.written
        conditions = Conditions(where, symbols, each)
        expression, written = _read(start, conditions)
        conditions = conditions.covering(expression)
        check_title(name, conditions.names)
        self._fill(expression, written, name, conditions, ())

    def _fill(self, *values: Any) -> None:
        names = ("_start", "_written", "_name", "_conditions", "_steps")
        for name, value in zip(names, values, strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: a derivation grows by `then` only."""
        raise AttributeError("a Derivation does not change: then() returns a new one")

    def __reduce__(self) -> Any:
        """Refuse: a proof is made again, not read from a file."""
        raise TypeError("a Derivation cannot be pickled: run its then() steps again")

    def __copy__(self) -> Derivation:
        return self

    def __deepcopy__(self, memo: Any) -> Derivation:
        return self

    @classmethod
    def derivative(
        cls, of: Any, variable: Any, *, name: str = "", where: Any = (), **options: Any
    ) -> Derivation:
        """Start from the derivative of a formula or expression, not yet taken.

        Parameters
        ----------
        of : str, SymPy expression, or Formula
            What is differentiated.
        variable : str or Symbol
            With respect to what.
        name, where, **options
            As for `Derivation`.

        Examples
        --------
        >>> slope = Derivation.derivative("log(1 + exp(x))", "x", where="x real")
        >>> print(slope.then("sigmoid(x)", because="the chain rule"))
          diff(log(1 + exp(x)), x)
        = sigmoid(x)   [the chain rule]
        """
        inner = cls(of, where=where, **options)
        variable = _read(variable, inner._conditions)[0]
        start = rebuild(sp.Derivative, [inner.start, (variable, 1)])
        check_formula(start)
        conditions = inner._conditions.covering(start)
        check_title(name, conditions.names)
        made = cls.__new__(cls)
        made._fill(start, inner._written, name, conditions, ())
        return made

    @property
    def start(self) -> Any:
        """The first expression, as written."""
        return self._start

    @property
    def result(self) -> Any:
        """The last expression, as written."""
        return self._steps[-1].expression if self._steps else self._start

    @property
    def steps(self) -> tuple[Step, ...]:
        """The proved steps."""
        return self._steps

    @property
    def conditions(self) -> Conditions:
        """The symbols and what is assumed about them."""
        return self._conditions

    def then(self, expression: Any, *, because: str) -> Derivation:
        """Return the derivation with one more step, after proving it.

        Parameters
        ----------
        expression : str or SymPy expression
            What equals the last line.
        because : str
            The reason, in words; formulas in it stand between dollar signs.

        Raises
        ------
        FalseStep, UndecidedStep
            When the step is refused.
        """
        return self._step("=", expression, because)

    def at_least(self, expression: Any, *, because: str, touching: str | None = None) -> Derivation:
        """Return the derivation with a step down: the last line is never below the new one.

        Parameters
        ----------
        expression : str or SymPy expression
            What the last line is at least.
        because : str
            The reason, in words.
        touching : str, optional
            Where both are equal, such as ``"q = p"`` or ``"q[j] = p[j]"``: the difference must
            fall before that point and rise after it. If it does so strictly, the page says that
            both are equal exactly there.

        Raises
        ------
        FalseStep, UndecidedStep
            When the step is refused.

        Examples
        --------
        >>> gap = Derivation("t*log(t) - t + 1", where="t positive")
        >>> print(gap.at_least("0", because="the lowest point is at 1", touching="t = 1"))
          t*log(t) - t + 1
        >= 0   [the lowest point is at 1 (equal exactly where t = 1)]
        """
        return self._step(">=", expression, because, touching)

    def at_most(self, expression: Any, *, because: str, touching: str | None = None) -> Derivation:
        """Return the derivation with a step up: the last line is never above the new one.

        Parameters and errors are those of `at_least`.

        Examples
        --------
        >>> print(Derivation("log(x)", where="x positive").at_most(
        ...     "x - 1", because="a tangent lies above", touching="x = 1"))
          log(x)
        <= x - 1   [a tangent lies above (equal exactly where x = 1)]
        """
        return self._step("<=", expression, because, touching)

    def _step(
        self, relation: str, expression: Any, because: str, touching: str | None = None
    ) -> Derivation:
        """Prove a step and append it: every way to make a derivation longer leads through here."""
        if not isinstance(because, str) or not because.strip():
            raise DerivationError("a step needs a reason: then(..., because='why it is true')")
        escape(because)
        check_reason(because.strip())
        if {relation, *(step.relation for step in self._steps)} >= {">=", "<="}:
            raise DerivationError("a chain with both >= and <= would say nothing of its ends")
        right, written = _read(expression, self._conditions)
        conditions = self._conditions.covering(right)
        check_title(self._name, conditions.names)
        proof = self._prove(relation, right, written, conditions, touching)
        step = Step(right, because.strip(), proof.method, proof, written, relation)
        _proved[step] = (
            self.result, right, step.because, proof, relation, copy.copy(conditions),
        )  # fmt: skip
        made = type(self).__new__(type(self))
        made._fill(self._start, self._written, self._name, conditions, (*self._steps, step))
        return made

    def _prove(
        self,
        relation: str,
        right: Any,
        written: bool,
        conditions: Conditions,
        touching: str | None,
    ) -> Proof:
        before = self._steps[-1].written if self._steps else self._written
        claim = "" if relation == "=" else f"\n    claim: left {relation} right"
        sides = (
            f"    left:  {text(self.result, written=before)}\n"
            f"    right: {text(right, written=written)}{claim}"
        )
        try:
            if relation == "=":
                return prove(self.result, right, conditions)
            where = None if touching is None else conditions.equation(touching)
            if relation == ">=":
                return prove_at_least(self.result, right, conditions, where)
            return prove_at_least(right, self.result, conditions, where)
        except Refuted as refuted:
            found = refuted.counterexample
            if relation == "<=":
                found = dataclasses.replace(found, left=found.right, right=found.left)
            error = FalseStep(f"this step is false:\n{sides}\n{found}")
            error.counterexample = found
            raise error from None
        except RecursionError:
            raise DerivationError(f"this step is nested too deeply:\n{sides}") from None
        except Undecided as reason:
            raise UndecidedStep(
                f"could not decide whether this step is true:\n{sides}\n"
                f"Why: {reason}.\n"
                "What to do: add an intermediate step with then(), or an assumption "
                f"with where=... (now: {self._conditions or 'none'})."
            ) from None

    def establishes(self, formula_id: str) -> Derivation:
        """Return the derivation if its result is the registry's formula.

        Parameters
        ----------
        formula_id : str
            The formula's id, see `xentlib.symbolic.formulas`.

        Raises
        ------
        DerivationError
            If it arrives elsewhere, or holds under narrower conditions than the formula.
        """
        wanted = formula(formula_id)
        if not self._steps:
            raise DerivationError(f"a derivation of {formula_id!r} needs at least one step")
        if any(step.relation != "=" for step in self._steps):
            raise DerivationError(f"{formula_id!r} must be reached by equalities only")
        self._check_steps()
        self._check_arrival(wanted)
        _check_conditions(self, wanted)
        return self

    def _check_arrival(self, wanted: Formula) -> None:
        mine = evaluate(_renamed(self.result, self._conditions, wanted))
        if mine == wanted.expression:
            return
        shown = f"    derived:  {text(self.result, written=True)}\n    registry: {wanted.text}"
        try:
            prove(self.result, _foreign(wanted, self._conditions), self._conditions)
        except (Refuted, Undecided, ValueError):
            relation = "which is not shown to be equal to it"
        else:
            relation = "which is equal, but written in another form: add a last step"
        raise DerivationError(
            f"the derivation does not arrive at the formula {wanted.id!r} ({relation}):\n{shown}"
        )

    def _check_steps(self) -> None:
        """Refuse steps that `then` has not proved, however they came here."""
        previous = self._start
        for step in self._steps:
            *proved, under = _proved.get(step, (None,) * 6)
            claimed = (previous, step.expression, step.because, step.proof, step.relation)
            same = all(seen is known for seen, known in zip(claimed, proved, strict=True))
            if not same or under is None or not under.agrees_with(self._conditions):
                raise DerivationError("this derivation contains a step that was never proved")
            previous = step.expression

    def _lines(self) -> list[tuple[str, bool]]:
        return [(self._start, self._written)] + [(s.expression, s.written) for s in self._steps]

    def _repr_latex_(self) -> str:
        r"""Return aligned LaTeX. Each step's reason stands above it, so that it fits a phone."""
        self._check_steps()
        (first, order), *_ = self._lines()
        left = self._name or ""
        opening = f"{left} ={{}}& " if left else "& "
        rows = [opening + latex(first, written=order)]
        for step in self._steps:
            reason = escape(step.because) + _note(step.proof, as_latex=True) + ":"
            rows += [rf"& \quad {{\small \text{{{line}}}}}" for line in _broken(reason)]
            sign = _RELATIONS[step.relation]
            rows.append(rf"{sign}{{}}& {latex(step.expression, written=step.written)}")
        body = " \\\\\n".join(rows)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def __str__(self) -> str:
        """Return the lines as text, aligned behind the equals signs."""
        self._check_steps()
        width = max([1, *(len(step.relation) for step in self._steps)])
        head = f"{self._name} {'=':>{width}} " if self._name else " " * (width + 1)
        indent = " " * (len(head) - width - 1)
        lines = [head + text(self._start, written=self._written)]
        for step in self._steps:
            shown = text(step.expression, written=step.written)
            lines.append(f"{indent}{step.relation:>{width}} {shown}")
        width = max(map(len, lines[1:]), default=0)
        for place, step in enumerate(self._steps, 1):
            reason = step.because + _note(step.proof, as_latex=False)
            lines[place] = f"{lines[place]:<{width}}   [{reason}]"
        return "\n".join(lines)

    __repr__ = __str__


def _read(expression: Any, conditions: Conditions) -> tuple[Any, bool]:
    """Return a SymPy expression, and whether its order is the author's."""
    if isinstance(expression, str | Formula):
        written = expression if isinstance(expression, str) else expression.written
        found = parse(written, conditions.names)
        check_formula(found)
        return found, True
    try:
        found = sp.sympify(expression, strict=True)
    except sp.SympifyError:
        raise DerivationError(f"{expression!r} is not a formula with a value") from None
    if not isinstance(found, sp.Expr):
        raise DerivationError(f"{expression!r} is not a formula with a value")
    check_formula(found)
    return found, is_written(found)


def _broken(reason: str) -> list[str]:
    """Break a reason into lines that a phone can show. A formula in it stays in one piece."""
    lines = [""]
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", reason):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _visible_length(longer) > REASON_LENGTH:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _visible_length(reason: str) -> int:
    """Return about how many characters of LaTeX are seen."""
    return len(re.sub(r"[{}$_^]", "", re.sub(r"\\[a-zA-Z]+ ?|\\[,|]", "xx", reason)))


def _note(proof: Proof, *, as_latex: bool) -> str:
    """Return what a page must say about a proof that covers its ground in parts."""
    said = []
    show = condition_latex if as_latex else condition_text
    mark = "$" if as_latex else ""
    if proof.equality:
        said.append(f"equal exactly where {mark}{show(proof.equality[0])}{mark}")
    if proof.cases:
        named = [", ".join(f"{mark}{show(c)}{mark}" for c in case) for case in proof.cases]
        joined = " and ".join(named) if all(len(c) == 1 for c in proof.cases) else "; ".join(named)
        said.append(f"cases {joined}")
    if proof.numbers:
        spans = [_span(*span, as_latex=as_latex) for span in proof.numbers]
        said.append(f"for each {' and '.join(spans)}")
    return f" ({'; '.join(said)})" if said else ""


def _span(symbol: Any, low: Any, high: Any, *, as_latex: bool) -> str:
    if low == high:
        shown = f"{symbol} = {low}"
    else:
        only_two = isinstance(low, int) and high == low + 1
        dots = "" if only_two else r"\dots, " if as_latex else "..., "
        shown = f"{symbol} = {low}, {dots}{high}"
    return f"${shown}$" if as_latex else shown


def _renamed(expression: Any, mine: Conditions, wanted: Formula) -> Any:
    """Return the expression with the registry's symbols of the same names."""
    mapping = {symbol: wanted.names[n] for n, symbol in mine.names.items() if n in wanted.names}
    rows = {
        s.label: wanted.names[n].label
        for n, s in mine.names.items()
        if n in wanted.names and isinstance(s, sp.IndexedBase)
    }
    return replace(expression, {**mapping, **rows})


def _foreign(wanted: Formula, mine: Conditions) -> Any:
    return parse(wanted.written, mine.names)


def _check_conditions(derivation: Derivation, wanted: Formula) -> None:
    """Refuse a derivation that holds on less than the formula's domain."""
    theirs = Conditions(wanted.conditions, wanted.names.values(), dict(wanted.each) or None)
    mine = derivation.conditions
    if str(mine.each) != str(theirs.each):
        raise DerivationError(f"{wanted.id!r} is for {theirs.each}, the derivation for {mine.each}")
    result = derivation.result
    pairs = zip(mine.cases(result, result), theirs.cases(*[wanted.tree] * 2), strict=True)
    for here, there in pairs:
        if not _covers(here.domain, there.domain):
            raise DerivationError(
                f"the derivation of {wanted.id!r} assumes more than the formula does:\n"
                f"    derivation: {mine}\n    formula:    {theirs}"
            )


def _covers(mine: Domain, theirs: Domain) -> bool:
    """Whether every point of their domain is a point of mine (symbols compared by name)."""
    names = {str(symbol): symbol for symbol in theirs.symbols}
    if any(_kinds(s) - _kinds(names[str(s)]) for s in mine.symbols if str(s) in names):
        return False
    equations = {str(s): sp.srepr(evaluate(e)) for s, e in theirs.equations}
    same = {symbol: names[str(symbol)] for symbol in mine.symbols if str(symbol) in names}
    for symbol, expression in mine.equations:
        if str(symbol) not in names:
            continue  # an auxiliary name for an expression narrows nothing
        if equations.get(str(symbol)) != sp.srepr(evaluate(replace(expression, same))):
            return False
    for condition in mine.conditions:
        terms = {names.get(str(s), s): value for s, value in condition.coefficients}
        renamed = type(condition).of(terms, condition.constant, condition.strict)
        if not theirs.entails(renamed):
            return False
    return {str(s) for s in mine.nonzero} <= {str(s) for s in theirs.nonzero} | _signed(theirs)


def _signed(domain: Domain) -> set[str]:
    return {str(s) for s in domain.symbols if s.is_positive or s.is_negative}


_SIGNS = {"positive", "negative", "zero", "nonzero", "nonnegative", "nonpositive"}


def _kinds(symbol: Any) -> set[tuple[str, bool]]:
    """Return the assumptions that no linear condition expresses."""
    known = symbol.assumptions0.items()
    return {(kind, holds) for kind, holds in known if kind.removeprefix("extended_") not in _SIGNS}
