"""How formulas look on a page (LaTeX) and in a terminal (text), in the order they were written.

All logarithms of the book are natural; this module is the one place that says how they print.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

import sympy as sp

from xentlib.symbolic.functions import Logit, LogSigmoid, Sigmoid, Softplus
from xentlib.symbolic.trees import is_written, rebuild

__all__ = ["escape", "latex", "text"]

SUM, SIGN, PRODUCT, POWER, ATOM = range(1, 6)
_NAMES = {
    Sigmoid: (Sigmoid.latex_name, "sigmoid"),
    LogSigmoid: (LogSigmoid.latex_name, "log_sigmoid"),
    Softplus: (Softplus.latex_name, "softplus"),
    Logit: (Logit.latex_name, "logit"),
    sp.log: (r"\ln", "log"),
    sp.Max: (r"\max", "max"),
    sp.Min: (r"\min", "min"),
    sp.sign: (r"\operatorname{sign}", "sign"),
    sp.tanh: (r"\tanh", "tanh"),
}
_REACHING = LogSigmoid | sp.Sum | sp.Product | sp.Derivative | sp.Piecewise  # to their right
_TALL = ("\\frac", "\\sum", "\\prod", "\\begin", "\\left")
_RELATIONS = {"==": "=", "!=": r"\ne", ">=": r"\ge", "<=": r"\le", ">": ">", "<": "<"}
_ESCAPES = {
    "%": r"$\%$",
    "&": r"$\&$",
    "#": r"$\#$",
    "_": r"$\_$",
    "{": r"\{",
    "}": r"\}",
    "\\": r"$\backslash$",
    "~": r"$\sim$",
    "^": r"$\wedge$",
}


def latex(expression: Any, *, written: bool | None = None) -> str:
    r"""Return the expression as LaTeX for MathJax.

    Terms keep their order if `written` is true, and are put in SymPy's order if it is false; by
    default they keep it if SymPy would change the expression.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> print(latex(-sp.log(Sigmoid(x))))
    -\ln \sigma(x)
    """
    order = is_written(expression) if written is None else written
    return _Latex(written=order).shown(expression)


def text(expression: Any, *, written: bool | None = None) -> str:
    """Return the expression as text that `Derivation` can read again.

    `written` is as for `latex`.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> text(sp.log(1 + sp.exp(-x)) / 2)
    'log(1 + exp(-x))/2'
    """
    order = is_written(expression) if written is None else written
    return _Text(written=order).shown(expression)


def escape(reason: str) -> str:
    r"""Return plain text with ``$...$`` formulas as the argument of LaTeX's ``\text``.

    Examples
    --------
    >>> print(escape("100% of $x_1$ & more"))
    100$\%$ of $x_1$ $\&$ more
    """
    pieces = reason.split("$")
    if len(pieces) % 2 == 0:
        raise ValueError(f"a $ without its partner in the reason {reason!r}")
    plain = re.compile("[" + re.escape("".join(_ESCAPES)) + "]")
    for place in range(0, len(pieces), 2):
        pieces[place] = plain.sub(lambda found: _ESCAPES[found.group()], pieces[place])
    return "".join(f"${piece}$" if place % 2 else piece for place, piece in enumerate(pieces))


def name_latex(name: str) -> str:
    r"""Return a name as LaTeX: a word stands upright, so that it is not a product of its letters.

    Examples
    --------
    >>> print(name_latex("x_1"), name_latex("sigma"), name_latex("rate"))
    x_{1} \sigma \mathrm{rate}
    """
    return re.sub(r"^[A-Za-z]{2,}", r"\\mathrm{\g<0>}", str(sp.latex(sp.Symbol(name))))


def negated(term: Any) -> Any:
    """Return the opposite of a term that starts with a minus sign, or None."""
    if term.is_Rational and term < 0:
        return -term
    if term.is_Mul:
        first, *rest = term.args
        if first == -1:
            return rest[0] if len(rest) == 1 else sp.Mul(*rest, evaluate=False)
        if first.is_Rational and first < 0:
            return sp.Mul(-first, *rest, evaluate=False)
    return None


class _Printer(ABC):
    """What both ways of printing share: order, signs, fractions."""

    def __init__(self, written: bool) -> None:
        self.written = written

    def shown(self, e: Any) -> str:
        return self.parts(e)[0]

    def within(self, e: Any, level: int) -> str:
        """Print with parentheses if the expression binds less tightly than `level`."""
        string, own = self.parts(e)
        return string if own >= level else self.parenthesized(string)

    def parts(self, e: Any) -> tuple[str, int]:
        """Return the string and how tightly its outermost operation binds."""
        if isinstance(e, sp.Derivative):
            e = _nested(e)
        if e.is_Add:
            return self.sum(e), SUM
        if e.is_Rational and (e < 0 or not e.is_Integer):
            return self.rational(e), SIGN if e < 0 else PRODUCT
        if e.is_Mul:
            return self.product(e)
        if e.is_Pow and not isinstance(e, sp.exp):
            return self.power(e)
        if e.func in _NAMES or isinstance(e, sp.core.function.AppliedUndef):
            return self.call(e)
        method = getattr(self, f"print_{type(e).__name__.lower()}", None)
        if method is not None:
            found: tuple[str, int] = method(e)
            return found
        return self.other(e), ATOM

    def sum(self, e: Any) -> str:
        terms = e.args if self.written else e.as_ordered_terms()
        pieces: list[str] = []
        for place, term in enumerate(terms):
            opposite = negated(term)
            if place and opposite is not None:
                pieces += ["-", self.within(opposite, PRODUCT)]
            else:
                pieces += ["+"] * bool(place) + [self.within(term, SIGN)]
        return " ".join(pieces)

    def product(self, e: Any) -> tuple[str, int]:
        opposite = negated(e)
        if opposite is not None:
            return f"-{self.within(opposite, PRODUCT)}", SIGN
        top, bottom = self.split(e)
        if bottom:
            return self.fraction(top, bottom)
        return self.joined(top), PRODUCT

    def split(self, e: Any) -> tuple[list[Any], list[Any]]:
        """Return the factors above and below the line."""
        factors = e.args if self.written else e.as_ordered_factors()
        top: list[Any] = []
        bottom: list[Any] = []
        for factor in factors:
            if factor.is_Rational and not factor.is_Integer and len(factors) > 1:
                top += [sp.Integer(factor.p)] if factor.p != 1 else []
                bottom.insert(0, sp.Integer(factor.q))
            elif _is_reciprocal(factor):
                base, exponent = factor.args
                exponent = -exponent
                bottom.append(base if exponent == 1 else sp.Pow(base, exponent, evaluate=False))
            else:
                top.append(factor)
        return top, bottom

    def _part(self, condition: Any) -> str:
        """Print a condition inside another one."""
        shown = self.condition(condition)
        joined = isinstance(condition, sp.And | sp.Or)
        return self.parenthesized(shown) if joined else shown

    @abstractmethod
    def condition(self, condition: Any) -> str: ...

    @abstractmethod
    def rational(self, e: Any) -> str: ...

    @abstractmethod
    def joined(self, factors: list[Any]) -> str: ...

    @abstractmethod
    def fraction(self, top: list[Any], bottom: list[Any]) -> tuple[str, int]: ...

    @abstractmethod
    def power(self, e: Any) -> tuple[str, int]: ...

    @abstractmethod
    def call(self, e: Any) -> tuple[str, int]: ...

    @abstractmethod
    def other(self, e: Any) -> str: ...

    def parenthesized(self, string: str) -> str:
        return f"({string})"


def _nested(e: Any) -> Any:
    """Return a repeated derivative as derivatives of derivatives."""
    variables = [v for v, count in e.variable_count for _ in range(int(count))]
    inner = e.expr
    for variable in variables:
        inner = rebuild(sp.Derivative, [inner, (variable, 1)])
    return inner


def _is_reciprocal(factor: Any) -> bool:
    if not factor.is_Pow or isinstance(factor, sp.exp):
        return False
    return bool(factor.args[1].is_Rational and factor.args[1] < 0)


class _Latex(_Printer):
    """LaTeX for MathJax 3 with its standard packages."""

    def parenthesized(self, string: str) -> str:
        if any(mark in string for mark in _TALL):
            return rf"\left({string}\right)"
        return f"({string})"

    def rational(self, e: Any) -> str:
        if e.is_Integer:
            return str(e)
        sign = "-" if e < 0 else ""
        return rf"{sign}\frac{{{abs(e.p)}}}{{{e.q}}}"

    def joined(self, factors: list[Any], closing: bool = True) -> str:
        pieces: list[str] = []
        for place, factor in enumerate(factors):
            last = closing and place == len(factors) - 1
            piece = self._factor(factor, last)
            opens = piece.startswith(("(", r"\left("))
            fractions = piece.startswith(r"\frac{") and bool(place) and pieces[-1][-1].isdigit()
            digits = piece[:1].isdigit() or fractions
            if place and (opens or digits):
                pieces.append(r"\cdot")
            pieces.append(piece)
        return " ".join(pieces) or "1"

    def _factor(self, factor: Any, last: bool) -> str:
        if isinstance(factor, sp.log | sp.tanh) and not last:
            return self._call_in_parentheses(factor)
        if isinstance(factor, _REACHING) and not last:
            return self.parenthesized(self.shown(factor))
        if factor.is_Mul and not last and negated(factor) is None:
            return (
                self.joined(list(factor.args), closing=False)
                if not self.split(factor)[1]
                else (self.within(factor, PRODUCT))
            )
        return self.within(factor, PRODUCT)

    def fraction(self, top: list[Any], bottom: list[Any]) -> tuple[str, int]:
        return rf"\frac{{{self._line(top)}}}{{{self._line(bottom)}}}", PRODUCT

    def _line(self, factors: list[Any]) -> str:
        if len(factors) == 1:
            return self.shown(factors[0])
        return self.joined(factors)

    def power(self, e: Any) -> tuple[str, int]:
        base, exponent = e.args
        if exponent == sp.Rational(1, 2):
            return rf"\sqrt{{{self.shown(base)}}}", ATOM
        if _is_reciprocal(e):
            below = base if exponent == -1 else sp.Pow(base, -exponent, evaluate=False)
            return rf"\frac{{1}}{{{self.shown(below)}}}", PRODUCT
        if isinstance(base, sp.log | sp.tanh | sp.exp | _REACHING):
            inner = self.parenthesized(self.shown(base))
        else:
            inner = self.within(base, ATOM)
        return f"{inner}^{{{self.shown(exponent)}}}", POWER

    def call(self, e: Any) -> tuple[str, int]:
        bare = isinstance(e, sp.log) and (
            e.args[0].is_Symbol
            or isinstance(e.args[0], sp.Indexed | Sigmoid)
            or (e.args[0].is_Integer and e.args[0] >= 0)
        )
        if bare:
            return rf"\ln {self.shown(e.args[0])}", PRODUCT
        return self._call_in_parentheses(e), ATOM

    def _call_in_parentheses(self, e: Any) -> str:
        name = _NAMES[e.func][0] if e.func in _NAMES else name_latex(e.func.__name__)
        return name + self.parenthesized(", ".join(map(self.shown, e.args)))

    def print_symbol(self, e: Any) -> tuple[str, int]:
        row = re.fullmatch(r"(\w+)\[(.*)\]", e.name)
        return (self._element(row[1], row[2]) if row else name_latex(e.name)), ATOM

    def print_exp(self, e: Any) -> tuple[str, int]:
        return f"e^{{{self.shown(e.args[0])}}}", POWER

    def print_abs(self, e: Any) -> tuple[str, int]:
        return rf"\lvert {self.shown(e.args[0])} \rvert", ATOM

    def print_indexed(self, e: Any) -> tuple[str, int]:
        return self._element(str(e.base), ", ".join(map(self.shown, e.indices))), ATOM

    def _element(self, row: str, indices: str) -> str:
        shown = name_latex(row)
        return f"{{{shown}}}_{{{indices}}}" if "_" in shown else f"{shown}_{{{indices}}}"

    def print_kroneckerdelta(self, e: Any) -> tuple[str, int]:
        indices = list(map(self.shown, e.args))
        short = all(len(index) == 1 for index in indices)
        comma = "" if short and not all(map(str.isdigit, indices)) else ", "
        return rf"\delta_{{{comma.join(indices)}}}", ATOM

    def print_sum(self, e: Any) -> tuple[str, int]:
        return self._binder(r"\sum", e)

    def print_product(self, e: Any) -> tuple[str, int]:
        return self._binder(r"\prod", e)

    def _binder(self, sign: str, e: Any) -> tuple[str, int]:
        body = self.within(e.function, PRODUCT)
        for index, low, high in e.limits:  # the first one is the innermost
            start = f"{self.shown(index)}={self.shown(low)}"
            body = rf"{sign}_{{{start}}}^{{{self.shown(high)}}} {body}"
        return body, PRODUCT

    def print_derivative(self, e: Any) -> tuple[str, int]:
        variable, count = e.variable_count[0]
        sign = "d" if len(_variables(e.expr)) == 1 else r"\partial"
        order = "" if count == 1 else f"^{{{count}}}"
        name = self.shown(variable)
        space = "" if sign == "d" else " "
        operator = rf"\frac{{{sign}{order}}}{{{sign}{space}{name}{order}}}"
        inner = self.shown(e.expr)
        if e.expr.is_Add or e.expr.is_Mul or e.expr.is_Pow or inner.startswith("-"):
            inner = rf"\left[{inner}\right]"
        return f"{operator} {inner}", PRODUCT

    def print_piecewise(self, e: Any) -> tuple[str, int]:
        rows = [
            f"{self.shown(value)} & {self._condition(condition, place == len(e.args))}"
            for place, (value, condition) in enumerate(e.args, 1)
        ]
        lines = r" \\ ".join(rows)
        return rf"\begin{{cases}} {lines} \end{{cases}}", ATOM

    def _condition(self, condition: Any, last: bool) -> str:
        if condition == sp.true and last:
            return r"\text{otherwise}"
        return rf"\text{{if }} {self.condition(condition)}"

    def condition(self, condition: Any) -> str:
        """Print a relation, or several joined by and, or."""
        if condition in (sp.true, sp.false):
            return r"\text{true}" if condition == sp.true else r"\text{false}"
        if isinstance(condition, sp.And):
            return r" \text{ and } ".join(map(self._part, condition.args))
        if isinstance(condition, sp.Or):
            return r" \text{ or } ".join(map(self.condition, condition.args))
        if isinstance(condition, sp.Not):
            return rf"\text{{not }} {self._part(condition.args[0])}"
        sign = _RELATIONS[condition.rel_op]
        return f"{self.shown(condition.lhs)} {sign} {self.shown(condition.rhs)}"

    def other(self, e: Any) -> str:
        return str(sp.latex(e, ln_notation=True))


class _Text(_Printer):
    """Text in the notation in which formulas are written."""

    def rational(self, e: Any) -> str:
        return str(e)

    def joined(self, factors: list[Any]) -> str:
        pieces = [self.within(factors[0], PRODUCT)] if factors else ["1"]
        pieces += [self.within(factor, POWER) for factor in factors[1:]]
        return "*".join(pieces)

    def fraction(self, top: list[Any], bottom: list[Any]) -> tuple[str, int]:
        below = self.within(bottom[0], POWER) if len(bottom) == 1 else f"({self.joined(bottom)})"
        return f"{self.joined(top)}/{below}", PRODUCT

    def power(self, e: Any) -> tuple[str, int]:
        base, exponent = e.args
        if exponent == sp.Rational(1, 2):
            return f"sqrt({self.shown(base)})", ATOM
        if _is_reciprocal(e):
            below = base if exponent == -1 else sp.Pow(base, -exponent, evaluate=False)
            return f"1/{self.within(below, POWER)}", PRODUCT
        return f"{self.within(base, ATOM)}**{self.within(exponent, ATOM)}", POWER

    def call(self, e: Any) -> tuple[str, int]:
        name = _NAMES[e.func][1] if e.func in _NAMES else e.func.__name__
        return f"{name}({', '.join(map(self.shown, e.args))})", ATOM

    def print_exp(self, e: Any) -> tuple[str, int]:
        return f"exp({self.shown(e.args[0])})", ATOM

    def print_exp1(self, e: Any) -> tuple[str, int]:
        return "exp(1)", ATOM  # E could be a symbol

    def print_abs(self, e: Any) -> tuple[str, int]:
        return f"abs({self.shown(e.args[0])})", ATOM

    def print_indexed(self, e: Any) -> tuple[str, int]:
        return f"{e.base}[{', '.join(map(self.shown, e.indices))}]", ATOM

    def print_kroneckerdelta(self, e: Any) -> tuple[str, int]:
        return f"delta({', '.join(map(self.shown, e.args))})", ATOM

    def print_sum(self, e: Any) -> tuple[str, int]:
        return self._binder("sum", e), ATOM

    def print_product(self, e: Any) -> tuple[str, int]:
        return self._binder("prod", e), ATOM

    def _binder(self, name: str, e: Any) -> str:
        body = self.shown(e.function)
        for limits in e.limits:  # the first one is the innermost
            body = f"{name}({body}, ({', '.join(map(self.shown, limits))}))"
        return body

    def print_derivative(self, e: Any) -> tuple[str, int]:
        return f"diff({self.shown(e.expr)}, {self.shown(e.variables[0])})", ATOM

    def print_piecewise(self, e: Any) -> tuple[str, int]:
        pieces = []
        for place, (value, condition) in enumerate(e.args, 1):
            if condition == sp.true and place == len(e.args):
                pieces.append(self.shown(value))
            else:
                pieces.append(f"{self.shown(value)} if {self.condition(condition)} else ")
        return f"({''.join(pieces)})", ATOM

    def condition(self, condition: Any) -> str:
        """Print a relation, or several joined by and, or."""
        if condition in (sp.true, sp.false):
            return str(condition)
        if isinstance(condition, sp.And):
            return " and ".join(map(self._part, condition.args))
        if isinstance(condition, sp.Or):
            return " or ".join(map(self.condition, condition.args))
        if isinstance(condition, sp.Not):
            return f"not {self._part(condition.args[0])}"
        sign = "=" if condition.rel_op == "==" else condition.rel_op
        return f"{self.shown(condition.lhs)} {sign} {self.shown(condition.rhs)}"

    def other(self, e: Any) -> str:
        return str(e)


def _variables(expression: Any) -> set[Any]:
    bases = {found.base.label for found in expression.atoms(sp.Indexed)}
    inside = {s for found in expression.atoms(sp.Indexed) for s in found.free_symbols}
    return bases | {s for s in expression.free_symbols - inside if s.is_Symbol}


def condition_latex(condition: Any) -> str:
    """Return a relation as LaTeX."""
    return _Latex(written=True).condition(condition)


def condition_text(condition: Any) -> str:
    """Return a relation as text."""
    return _Text(written=True).condition(condition)
