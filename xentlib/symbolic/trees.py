"""Expressions that stay as they were written: building, rebuilding, evaluating."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy as sp

__all__ = [
    "add",
    "evaluate",
    "is_written",
    "mul",
    "negative",
    "postorder",
    "power",
    "rebuild",
    "replace",
]

_QUIET = (sp.Add, sp.Mul, sp.Pow, sp.Function)
_Pair = sp.functions.elementary.piecewise.ExprCondPair
_LOGICAL = (sp.core.relational.Relational, sp.And, sp.Or, sp.Not)


def add(left: Any, right: Any, *, flatten: bool = True) -> Any:
    """Return left + right, unevaluated; a sum on the left is continued."""
    head = left.args if flatten and left.func is sp.Add else (left,)
    return sp.Add(*head, right, evaluate=False)


def mul(left: Any, right: Any, *, flatten: bool = True) -> Any:
    """Return left * right, unevaluated; a product on the left is continued."""
    head = left.args if flatten and left.func is sp.Mul else (left,)
    return sp.Mul(*head, right, evaluate=False)


def negative(argument: Any) -> Any:
    """Return -argument, unevaluated."""
    return sp.Mul(sp.Integer(-1), argument, evaluate=False)


def power(base: Any, exponent: Any) -> Any:
    """Return base ** exponent, unevaluated."""
    return sp.Pow(base, exponent, evaluate=False)


def rebuild(function: Any, arguments: Iterable[Any]) -> Any:
    """Return function(*arguments) without letting SymPy evaluate it."""
    arguments = list(arguments)
    if function is sp.Piecewise:
        pairs = [sp.Basic.__new__(_Pair, *pair) for pair in arguments]  # it would fold cases
        return sp.Basic.__new__(sp.Piecewise, *pairs)
    if function is sp.Derivative:  # the constructor makes 0 of what does not show the variable
        return sp.Expr.__new__(
            function, *(sp.Tuple(*a) if place else a for place, a in enumerate(arguments))
        )
    if function in (sp.Max, sp.Min):
        made = sp.Expr.__new__(function, *arguments)  # the constructor would sort them
        made._argset = frozenset(arguments)
        return made
    if function in (sp.And, sp.Or):
        joined = sp.Basic.__new__(function, *arguments)  # the constructor would simplify them
        joined._argset = frozenset(arguments)
        return joined
    if isinstance(function, type) and issubclass(function, _QUIET + _LOGICAL):
        return function(*arguments, evaluate=False)
    return function(*arguments)


def replace(expression: Any, mapping: Mapping[Any, Any]) -> Any:
    """Replace subexpressions, leaving the rest as it is written."""
    if expression in mapping:
        return mapping[expression]
    if not expression.args:
        return expression
    if isinstance(expression, sp.Sum | sp.Product):  # its index is its own
        own = {limit[0] for limit in expression.limits}
        mapping = {old: new for old, new in mapping.items() if old not in own}
    arguments = [replace(argument, mapping) for argument in expression.args]
    if all(new is old for new, old in zip(arguments, expression.args, strict=True)):
        return expression
    return rebuild(expression.func, arguments)


def postorder(expression: Any) -> Iterable[Any]:
    """Yield all subexpressions, arguments before what is made of them."""
    for argument in expression.args:
        yield from postorder(argument)
    yield expression


def evaluate(expression: Any, visit: Callable[[Any], Any] = lambda node: node) -> Any:
    """Return the expression as SymPy evaluates it, from the innermost terms outwards.

    Examples
    --------
    >>> from sympy import Symbol, exp, log
    >>> x = Symbol("x", real=True)
    >>> evaluate(log(exp(-x, evaluate=False), evaluate=False))
    -x
    """
    if not expression.args or isinstance(expression, sp.Indexed):
        return visit(expression)
    arguments = [evaluate(argument, visit) for argument in expression.args]
    if isinstance(expression, sp.Derivative):
        return visit(sp.Derivative(*arguments))
    return visit(expression.func(*arguments))


def is_written(expression: Any) -> bool:
    """Whether SymPy would change the expression: then its order is the author's, not SymPy's."""
    try:
        return bool(evaluate(expression) != expression)
    except (TypeError, ValueError):  # SymPy cannot evaluate it, so it never has
        return True
