"""The registry as plain data, which any program can read, and the way back to SymPy."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import sympy as sp
from sympy.printing.repr import ReprPrinter

from xentlib.symbolic.formulas import Formula, formulas
from xentlib.symbolic.functions import Logit, LogSigmoid, Sigmoid, Softplus

__all__ = ["read_expression", "record", "registry_as_json"]

_OWN = (Sigmoid, LogSigmoid, Softplus, Logit)


class _Readable(ReprPrinter):  # type: ignore[misc]
    """SymPy's own printer names, for a case of a formula, a class that `sympy` does not export."""

    def _print_ExprCondPair(self, pair: Any) -> str:  # noqa: N802 - SymPy's naming
        return f"({self._print(pair.expr)}, {self._print(pair.cond)})"

    def _print_Mul(self, product: Any, order: Any = None) -> str:  # noqa: N802 - SymPy's naming
        """Print the factors in one order, whatever order SymPy found them in this session."""
        return f"Mul({', '.join(map(self._print, product.as_ordered_factors()))})"

    def _print_Symbol(self, symbol: Any) -> str:  # noqa: N802 - SymPy's naming
        """Print the same for equal symbols: an integer is real, whether that was said or not."""
        assumed = "".join(f", {name}={value}" for name, value in _assumed(symbol).items())
        return f"Symbol({symbol.name!r}{assumed})"


@cache
def _assumed(symbol: Any) -> dict[str, bool]:
    """Return the assumptions of a symbol from which all others follow."""
    assumed = dict(sorted(symbol.assumptions0.items()))
    for name in list(assumed):
        rest = {other: value for other, value in assumed.items() if other != name}
        if sp.Symbol(symbol.name, **rest) == symbol:
            assumed = rest
    return assumed


def record(formula: Formula) -> dict[str, Any]:
    """Return a formula as plain data.

    Parameters
    ----------
    formula : Formula
        A formula of the registry.

    Returns
    -------
    dict
        Numbers, strings and lists of them only, as JSON has them. A form or a gradient names the
        formula to which it belongs; an empty string means none.

    Examples
    --------
    >>> from xentlib.symbolic import formula
    >>> softplus = record(formula("softplus"))
    >>> softplus["srepr"]
    "log(Add(exp(Symbol('x', real=True)), Integer(1)))"
    >>> softplus["symbols"][0]["meaning"]
    'any real number'
    """
    return {
        "id": formula.id,
        "title": formula.title,
        "latex": formula.latex,
        "text": formula.text,
        "srepr": _Readable().doprint(formula.expression),
        "unit": formula.unit,
        "symbols": [
            {
                "symbol": quantity.symbol,
                "meaning": quantity.meaning,
                "unit": quantity.unit,
                "assumptions": quantity.assumptions,
                "argument": quantity.argument,
            }
            for quantity in formula.quantities
        ],
        "each": {name: list(span) for name, span in formula.each.items()},
        "function": formula.implementation,
        "chapter": formula.chapter,
        "form_of": formula.form_of,
        "gradient_of": formula.gradient_of,
        "with_respect_to": formula.with_respect_to,
    }


def registry_as_json() -> str:
    """Return all formulas as JSON text, in the order of the registry.

    Examples
    --------
    >>> import json
    >>> [found["id"] for found in json.loads(registry_as_json())][:3]
    ['sigmoid', 'log-sigmoid', 'softplus']
    """
    records = [record(formula) for formula in formulas()]
    return json.dumps(records, indent=1, ensure_ascii=False) + "\n"


def read_expression(text: str) -> Any:
    """Return the SymPy expression that a record's `srepr` describes.

    The text is evaluated as Python: read only records that you trust.

    Examples
    --------
    >>> from xentlib.symbolic import formula
    >>> read_expression(record(formula("softplus"))["srepr"]) == formula("softplus").expression
    True
    """
    names = {name: getattr(sp, name) for name in sp.__all__}
    return eval(text, {"__builtins__": {}, **names, **{own.__name__: own for own in _OWN}})
