"""What a formula may contain: asked before anything is proved, printed or evaluated."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

import sympy as sp

from xentlib.symbolic.parsing import FUNCTION_NAMES, parse
from xentlib.symbolic.printing import name_latex

__all__ = ["check_formula", "check_name", "check_reason"]

DEEPEST_TREE = 150
LARGEST_TREE = 20_000
_TAKEN = {*FUNCTION_NAMES, "pi", "e"}
_LOGICAL = (sp.And, sp.Or, sp.Not)
_GREEK = {
    letter: unicodedata.name(letter).split()[-1].lower()
    for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"  # the others look like Latin letters
}
_COMPARING = re.compile(r"[=$<>≤≥≠≡]|\\([gl]eq?|[gl]t|neq?|equiv)(?![A-Za-z])")
_BREAKING = (r"\\", r"\begin", r"\end", r"\cr", r"\newline", r"\def", r"\let")


def check_name(name: str) -> None:
    """Refuse a symbol's name that cannot be read back, or that means something else."""
    plain = all(mark.isascii() or mark in _GREEK for mark in name)
    if not (plain and name.isidentifier()) or re.search(r"^_|__|_$", name):
        raise ValueError(f"{name!r} cannot name a symbol: use a letter or a word such as x or p_1")
    if name in _TAKEN:
        raise ValueError(f"{name!r} cannot name a symbol: the name is taken, choose another")
    shown = looks(name)
    if "|" in shown or re.fullmatch(r"\\delta_\{\w\w\}", shown):
        raise ValueError(f"{name!r} cannot name a symbol: on a page it looks like a formula")


@cache
def looks(name: str) -> str:
    r"""Return what a reader sees of a name: x1 and x_1, or alpha and α, are the same to them.

    Examples
    --------
    >>> print(looks("x1"), looks("x_1"), looks("alpha"), looks("α"))
    x_{1} x_{1} \alpha \alpha
    """
    spelled = "".join(_spelled(mark) if mark in _GREEK else mark for mark in name)
    return name_latex(spelled).replace(" ", "")


def _spelled(letter: str) -> str:
    """Return the name that SymPy has for a Greek letter."""
    return _GREEK[letter].capitalize() if letter.isupper() else _GREEK[letter]


def check_looks(known: Mapping[str, Any], name: str, made: Any) -> None:
    """Refuse a name that looks like another one, or like an element of a row of symbols."""
    for other, theirs in known.items():
        same = other != name and looks(name) == looks(other)
        if (
            same
            or _like_element(name, made, other, theirs)
            or _like_element(other, theirs, name, made)
        ):
            raise ValueError(f"{name!r} and {other!r} look alike on a page: rename one of them")


def _like_element(name: str, symbol: Any, row_name: str, row: Any) -> bool:
    """Whether a symbol such as x_1 or x_j looks like an element of a row x."""
    if isinstance(symbol, sp.IndexedBase) or not isinstance(row, sp.IndexedBase):
        return False
    element = rf"{re.escape(looks(row_name))}_\{{([A-Za-z]|\d+)\}}"
    return re.fullmatch(element, looks(name)) is not None


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
    named: dict[str, Any] = {}
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST_TREE or seen > LARGEST_TREE:
            raise ValueError("this formula is nested too deeply or too large: use smaller steps")
        _check_node(node)
        if isinstance(node, sp.Symbol):
            # such as an index of a sum, and another x inside of it: a reader sees one
            other = named.setdefault(looks(node.name), node)
            if other != node:
                raise ValueError(
                    f"two different symbols are called {node.name!r} and {other.name!r} in one "
                    "formula: they look alike on a page"
                )
        waiting += [(argument, depth + 1) for argument in node.args]


def _check_node(node: Any) -> None:
    if isinstance(node, sp.Symbol | sp.core.function.AppliedUndef):
        if node.is_commutative is not True:
            raise ValueError(f"{node} does not commute: only numbers are proved equal here")
        if node.is_finite is False or (node.is_extended_real and not node.is_real):
            raise ValueError(f"{node} may be infinite: then {node} - {node} is not 0")
        check_name(node.name)
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


def check_title(name: Any, names: Mapping[str, Any]) -> None:
    """Refuse a left side that could pass for an equation."""
    if not isinstance(name, str):
        raise ValueError(f"the name {name!r} must be text, such as 'L(x, z)'")
    check_line(name, "a name")
    check_latex(name, "a name")
    if _COMPARING.search(name):
        raise ValueError(f"a name must not contain a comparison or $: {name!r}")
    try:
        parse(name, names)
    except ValueError:
        return  # as it should be: a name such as L(x, z) is not a formula of known symbols
    raise ValueError(f"the name {name!r} is a formula: prove what it equals, with then()")
