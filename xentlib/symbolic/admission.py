"""What a formula may contain: asked before anything is proved, printed or evaluated."""

from __future__ import annotations

import unicodedata
from typing import Any

import sympy as sp

from xentlib.symbolic.parsing import FUNCTION_NAMES

__all__ = ["check_formula", "check_name", "check_reason"]

DEEPEST_TREE = 150
LARGEST_TREE = 20_000
_TAKEN = {*FUNCTION_NAMES, "pi", "e"}
_LOGICAL = (sp.And, sp.Or, sp.Not)
_BREAKING = (r"\\", r"\begin", r"\end", r"\cr", r"\newline", r"\def", r"\let")


def check_name(name: str) -> None:
    """Refuse a symbol's name that cannot be read back, or that means something else."""
    normal = unicodedata.normalize("NFKC", name)
    if not name.isidentifier() or name != normal:
        raise ValueError(f"{name!r} cannot name a symbol: use a letter or a word such as x or p_1")
    if name in _TAKEN:
        raise ValueError(f"{name!r} cannot name a symbol: the name is taken, choose another")


def check_formula(expression: Any) -> None:
    """Refuse what the book's notation cannot say, with a reason in plain words.

    Examples
    --------
    >>> check_formula(sp.Symbol("A", commutative=False))
    Traceback (most recent call last):
        ...
    ValueError: A does not commute: only numbers are proved equal here
    """
    waiting, seen = [(expression, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST_TREE or seen > LARGEST_TREE:
            raise ValueError("this formula is nested too deeply or too large: use smaller steps")
        _check_node(node)
        waiting += [(argument, depth + 1) for argument in node.args]


def _check_node(node: Any) -> None:
    if isinstance(node, sp.Symbol):
        if node.is_commutative is not True:
            raise ValueError(f"{node} does not commute: only numbers are proved equal here")
        check_name(node.name)
    elif isinstance(node, sp.core.function.AppliedUndef):
        check_name(node.func.__name__)
    elif isinstance(node, sp.Piecewise):
        for _, condition in node.args:
            _check_condition(condition)
    elif isinstance(node, sp.Derivative) and not all(n.is_Integer for _, n in node.variable_count):
        raise ValueError("a derivative is taken a fixed number of times")


def _check_condition(condition: Any) -> None:
    if condition in (sp.true, sp.false):
        return
    if isinstance(condition, _LOGICAL):
        for part in condition.args:
            _check_condition(part)
        return
    if not isinstance(condition, sp.core.relational.Relational):
        raise ValueError(
            f"cannot read the condition {condition}: write comparisons such as x > 0, joined by "
            "and, or, not"
        )
    if condition.has(sp.Piecewise):
        raise ValueError(f"a condition cannot contain cases: {condition}")


def check_line(said: str, what: str) -> None:
    """Refuse a text that would take more than its own line on a page."""
    if any(unicodedata.category(mark) in ("Cc", "Zl", "Zp") for mark in said):
        raise ValueError(f"{what} must be one line without control characters: {said!r}")


def check_latex(said: str, what: str) -> None:
    """Refuse LaTeX that would reach beyond the place where it stands."""
    bare = said.replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for mark in bare:
        depth += (mark == "{") - (mark == "}")
        if depth < 0:
            break
    unescaped = bare.replace(r"\&", "").replace(r"\%", "")
    loose = any(mark in unescaped for mark in ("&", "%", *_BREAKING))
    if depth or loose or said.endswith("\\"):
        raise ValueError(f"{what} has LaTeX that does not stay in its place: {said!r}")


def check_reason(because: str) -> None:
    """Refuse a reason that could pass for a line of the derivation."""
    check_line(because, "a reason")
    for piece in because.split("$")[1::2]:
        check_latex(piece, "a reason")


def check_title(name: Any) -> None:
    """Refuse a left side that could pass for an equation."""
    if not isinstance(name, str):
        raise ValueError(f"the name {name!r} must be text, such as 'L(x, z)'")
    check_line(name, "a name")
    check_latex(name, "a name")
    if "=" in name or "$" in name:
        raise ValueError(f"a name must not contain = or $: {name!r}")
