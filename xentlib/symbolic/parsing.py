"""Formulas written as text become SymPy expressions that stay as they were written.

SymPy reorders terms and evaluates ``log(exp(x))`` as soon as it sees them, so a chapter writes its
lines as strings. They are read by Python's own grammar, never executed, and only the names listed
here or declared by the author are known.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from xentlib.symbolic.functions import Logit, LogSigmoid, Sigmoid, Softplus
from xentlib.symbolic.trees import add, mul, negative, power, rebuild

__all__ = ["FUNCTION_NAMES", "parse", "parse_relations"]

LONGEST = 4000
DEEPEST = 60


class UnknownNameError(ValueError):
    """A formula uses a name that nobody has declared."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


def _unary(function: Any) -> Callable[[list[Any]], Any]:
    def build(arguments: list[Any]) -> Any:
        if len(arguments) != 1:
            raise ValueError(f"takes one argument, not {len(arguments)}")
        return function(arguments[0], evaluate=False)

    return build


def _several(function: Any) -> Callable[[list[Any]], Any]:
    def build(arguments: list[Any]) -> Any:
        if len(arguments) < 2:
            raise ValueError("takes two arguments or more")
        return rebuild(function, arguments)

    return build


def _sqrt(arguments: list[Any]) -> Any:
    (argument,) = arguments
    return power(argument, sp.Rational(1, 2))


def _log1p(arguments: list[Any]) -> Any:
    (argument,) = arguments
    return sp.log(add(sp.Integer(1), argument, flatten=False), evaluate=False)


def _kronecker(arguments: list[Any]) -> Any:
    if len(arguments) != 2:
        raise ValueError(f"takes two arguments, not {len(arguments)}")
    return rebuild(sp.KroneckerDelta, arguments)


def _derivative(arguments: list[Any]) -> Any:
    expression, variable = arguments
    if not isinstance(variable, sp.Symbol | sp.Indexed):
        raise ValueError(f"{variable} is not a symbol")
    return rebuild(sp.Derivative, [expression, (variable, 1)])


FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "log": _unary(sp.log),
    "ln": _unary(sp.log),
    "log1p": _log1p,
    "exp": _unary(sp.exp),
    "sqrt": _sqrt,
    "abs": _unary(sp.Abs),
    "Abs": _unary(sp.Abs),
    "sign": _unary(sp.sign),
    "tanh": _unary(sp.tanh),
    "max": _several(sp.Max),
    "Max": _several(sp.Max),
    "min": _several(sp.Min),
    "Min": _several(sp.Min),
    "sigmoid": _unary(Sigmoid),
    "log_sigmoid": _unary(LogSigmoid),
    "softplus": _unary(Softplus),
    "logit": _unary(Logit),
    "delta": _kronecker,
    "diff": _derivative,
    "Derivative": _derivative,
}
BINDERS = {"sum": sp.Sum, "Sum": sp.Sum, "prod": sp.Product, "Product": sp.Product}
FUNCTION_NAMES = tuple(sorted({*FUNCTIONS, *BINDERS}))
CONSTANTS = {"pi": sp.pi}
COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Lt: sp.StrictLessThan,
    ast.LtE: sp.LessThan,
    ast.Gt: sp.StrictGreaterThan,
    ast.GtE: sp.GreaterThan,
    ast.Eq: sp.Equality,
    ast.NotEq: sp.Unequality,
}


def parse(text: str, names: Mapping[str, Any]) -> Any:
    """Read a formula, keeping its order and leaving everything unevaluated.

    Parameters
    ----------
    text : str
        A formula in Python's notation. ``a if c else b`` is a formula with cases,
        ``sum(exp(x[j]), (j, 1, C))`` a sum.
    names : mapping of str to Symbol or IndexedBase
        The names the author declared.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    ValueError
        For a syntax error, an unknown name, a decimal number, or anything that is not a formula.

    Examples
    --------
    >>> from sympy import Symbol
    >>> parse("log(exp(-x)) + 1", {"x": Symbol("x", real=True)})
    log(exp(-x)) + 1
    """
    expression = _Reader(text, names).read()
    if not isinstance(expression, sp.Expr):
        raise ValueError(f"this is not a formula with a value: {text!r}")
    return expression


def parse_relations(text: str, names: Mapping[str, Any]) -> list[Any]:
    """Read a condition such as ``0 <= z <= 1`` or ``p + q = 1`` as a list of relations."""
    doubled = re.sub(r"(?<![<>=!])=(?!=)", "==", text)
    found = _Reader(doubled, names).read()
    return list(found.args) if isinstance(found, sp.And) else [found]


class _Reader:
    """One formula being read."""

    def __init__(self, text: str, names: Mapping[str, Any]) -> None:
        self.text = text
        self.names = dict(names)

    def read(self) -> Any:
        if len(self.text) > LONGEST:
            raise ValueError(f"a formula of {len(self.text)} characters is too long to read")
        if "^" in self.text:
            raise ValueError(f"write ** for a power, not ^, in {self.text!r}")
        try:
            tree = ast.parse(" ".join(self.text.split()), mode="eval")
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise ValueError(f"cannot read the formula {self.text!r}: {error}") from None
        return self.node(tree.body, 0)

    def node(self, node: ast.expr, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError(f"the formula {self.text[:60]!r}... is nested too deeply")
        method = getattr(self, f"read_{type(node).__name__.lower()}", None)
        if method is None:
            raise ValueError(f"{ast.unparse(node)!r} is not part of a formula, in {self.text!r}")
        return method(node, depth + 1)

    def value(self, node: ast.expr, depth: int) -> Any:
        found = self.node(node, depth)
        if not isinstance(found, sp.Expr):
            raise ValueError(f"{ast.unparse(node)!r} has no value, in {self.text!r}")
        return found

    def read_constant(self, node: ast.Constant, depth: int) -> Any:
        if node.value is True:
            return sp.true
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise ValueError(f"{node.value!r} is not part of a formula, in {self.text!r}")
        if isinstance(node.value, float):
            raise ValueError(
                f"the decimal number {node.value!r} is not exact: write it as a fraction, "
                f"such as 1/10 or 1/10**30, in {self.text!r}"
            )
        return sp.Integer(node.value)

    def read_name(self, node: ast.Name, depth: int) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        raise self.unknown(node.id, [*self.names, *CONSTANTS])

    def unknown(self, name: str, known: list[str]) -> UnknownNameError:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        listed = ", ".join(sorted(known)) or "none"
        return UnknownNameError(
            f"unknown name {name!r} in {self.text!r}: {hint}"
            f'Declare a symbol with where="{name} real"; known here: {listed}',
            name,
        )

    def read_unaryop(self, node: ast.UnaryOp, depth: int) -> Any:
        if isinstance(node.op, ast.Not):
            return sp.Not(self.condition(node.operand, depth), evaluate=False)
        operand = self.value(node.operand, depth)
        if isinstance(node.op, ast.UAdd):
            return operand
        if not isinstance(node.op, ast.USub):
            raise ValueError(f"{ast.unparse(node)!r} is not part of a formula, in {self.text!r}")
        return -operand if operand.is_Integer and operand > 0 else negative(operand)

    def read_binop(self, node: ast.BinOp, depth: int) -> Any:
        left, right = self.value(node.left, depth), self.value(node.right, depth)
        joined = isinstance(node.left, ast.BinOp | ast.UnaryOp)
        match node.op:
            case ast.Add():
                return add(left, right, flatten=joined)
            case ast.Sub():
                return add(left, negative(right), flatten=joined)
            case ast.Mult():
                return mul(left, right, flatten=joined and not _has_division(node.left))
            case ast.Div():
                return mul(left, power(right, sp.Integer(-1)), flatten=joined)
            case ast.Pow():
                return power(left, right)
        raise ValueError(f"{ast.unparse(node)!r} is not part of a formula, in {self.text!r}")

    def read_call(self, node: ast.Call, depth: int) -> Any:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise ValueError(f"{ast.unparse(node)!r} is not part of a formula, in {self.text!r}")
        name = node.func.id
        if name in BINDERS:
            return self.binder(node, depth)
        if isinstance(self.names.get(name), sp.FunctionClass):
            arguments = [self.value(argument, depth) for argument in node.args]
            return self.names[name](*arguments, evaluate=False)
        if name in self.names and len(node.args) == 1:
            product = ast.unparse(ast.BinOp(node.func, ast.Mult(), node.args[0]))
            raise ValueError(f"{name!r} is not a function in {self.text!r}: write {product}")
        if name not in FUNCTIONS:
            near = difflib.get_close_matches(name, FUNCTION_NAMES, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(
                f"unknown function {name!r} in {self.text!r}: {hint}"
                f"Known functions: {', '.join(FUNCTION_NAMES)}"
            )
        arguments = [self.value(argument, depth) for argument in node.args]
        try:
            return FUNCTIONS[name](arguments)
        except (TypeError, ValueError) as error:
            raise ValueError(f"cannot read {ast.unparse(node)!r}: {error}") from None

    def binder(self, node: ast.Call, depth: int) -> Any:
        usage = "a sum is written sum(term, (j, 1, C))"
        if len(node.args) != 2 or not isinstance(node.args[1], ast.Tuple):
            raise ValueError(f"cannot read {ast.unparse(node)!r}: {usage}")
        limits = node.args[1].elts
        if len(limits) != 3 or not isinstance(limits[0], ast.Name):
            raise ValueError(f"cannot read {ast.unparse(node)!r}: {usage}")
        low, high = (self.value(limit, depth) for limit in limits[1:])
        index = sp.Symbol(limits[0].id, integer=True)
        hidden = self.names.get(limits[0].id)
        self.names[limits[0].id] = index
        try:
            term = self.value(node.args[0], depth)
        finally:
            del self.names[limits[0].id]
            if hidden is not None:
                self.names[limits[0].id] = hidden
        assert isinstance(node.func, ast.Name)
        return BINDERS[node.func.id](term, (index, low, high))

    def read_subscript(self, node: ast.Subscript, depth: int) -> Any:
        base = self.node(node.value, depth)
        if not isinstance(base, sp.IndexedBase):
            name = ast.unparse(node.value)
            raise ValueError(
                f'{name!r} has no elements: declare it with where="{name}[j] real", '
                f"in {self.text!r}"
            )
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return base[tuple(self.value(index, depth) for index in inner)]

    def read_compare(self, node: ast.Compare, depth: int) -> Any:
        sides = [self.value(side, depth) for side in [node.left, *node.comparators]]
        relations = []
        for left, kind, right in zip(sides, node.ops, sides[1:], strict=False):
            if type(kind) not in COMPARISONS:
                raise ValueError(
                    f"{ast.unparse(node)!r} is not part of a formula, in {self.text!r}"
                )
            relations.append(COMPARISONS[type(kind)](left, right, evaluate=False))
        return relations[0] if len(relations) == 1 else rebuild(sp.And, relations)

    def read_boolop(self, node: ast.BoolOp, depth: int) -> Any:
        join = sp.And if isinstance(node.op, ast.And) else sp.Or
        return rebuild(join, [self.condition(value, depth) for value in node.values])

    def condition(self, node: ast.expr, depth: int) -> Any:
        found = self.node(node, depth)
        if not isinstance(found, sp.logic.boolalg.Boolean):
            raise ValueError(f"{ast.unparse(node)!r} is not a condition, in {self.text!r}")
        return found

    def read_ifexp(self, node: ast.IfExp, depth: int) -> Any:
        pairs = []
        rest: ast.expr = node
        while isinstance(rest, ast.IfExp):
            pairs.append((self.value(rest.body, depth), self.condition(rest.test, depth)))
            rest = rest.orelse
        pairs.append((self.value(rest, depth), sp.true))
        return rebuild(sp.Piecewise, [sp.Tuple(*pair) for pair in pairs])


def _has_division(node: ast.expr) -> bool:
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        if isinstance(node.op, ast.Div):
            return True
        node = node.left
    return False
