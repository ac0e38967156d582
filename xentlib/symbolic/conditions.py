"""What an author says about the symbols: ``where="x real, 0 <= z <= 1, p + q = 1"``."""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from types import MappingProxyType
from typing import Any

import sympy as sp

from xentlib.symbolic.admission import check_formula, check_looks, check_name
from xentlib.symbolic.domain import Domain, Linear
from xentlib.symbolic.parsing import FUNCTION_NAMES, parse_relations
from xentlib.symbolic.printing import condition_text, text
from xentlib.symbolic.trees import add, evaluate, negative, postorder, rebuild, replace

__all__ = ["Case", "Conditions"]

KINDS = ("real", "positive", "nonnegative", "negative", "nonpositive", "nonzero", "integer")
_DECLARATION = re.compile(
    r"^\s*((?:[^\W\d]\w*(?:\s*\[[^\]]*\])?\s+)+)(complex|" + "|".join(KINDS) + r")\s*$"
)
_NAME = re.compile(r"[^\W\d]\w*")
_LARGEST_SUM = 200
_MOST_CHOICES = 1000


@dataclass(frozen=True)
class Case:
    """One choice of the class numbers: what is left is an identity between ordinary symbols.

    Parameters
    ----------
    numbers : tuple of (Symbol, int)
        The class numbers chosen.
    left, right : sympy.Expr
        The two sides, with sums written out.
    domain : Domain
        Where the claim must hold.
    loose : Domain
        The same without the equations of the conditions: it contains `domain`.
    touching : frozenset of relations
        Where the two sides of an inequality are said to touch, one for each symbol.
    """

    numbers: tuple[tuple[Any, int], ...]
    left: Any
    right: Any
    domain: Domain
    loose: Domain
    touching: frozenset[Any] = frozenset()


class Conditions:
    """The symbols of a derivation and what is assumed about them.

    Parameters
    ----------
    where : str, SymPy relation, or sequence of them
        Items separated by commas. ``x real`` declares a symbol (also positive, nonnegative,
        negative, nonpositive, nonzero, integer, complex; several names may precede the word).
        ``y[j] positive`` declares a row of symbols. ``0 <= z <= 1`` bounds a real symbol, and
        ``p + q = 1`` is an equation that holds throughout. Conditions are linear.
    symbols : iterable of Symbol or IndexedBase
        Symbols that exist already.
    each : mapping of str to (first, last)
        Class numbers for which every step is proved one by one, such as ``{"C": (2, 6)}``. A
        later one may end at an earlier one: ``{"C": (2, 6), "k": (1, "C")}``.

    Examples
    --------
    >>> conditions = Conditions("x real, 0 <= z <= 1")
    >>> sorted(conditions.names)
    ['x', 'z']
    >>> print(conditions)
    x real, 0 <= z <= 1
    """

    def __init__(
        self,
        where: Any = (),
        symbols: Iterable[Any] = (),
        each: Mapping[str, Any] | None = None,
    ) -> None:
        self.names: dict[str, Any] = {}
        self.relations: tuple[Any, ...] = ()
        self.each: tuple[tuple[Any, Any, Any], ...] = ()
        for symbol in symbols:
            self._know(symbol)
        for name, (low, high) in _ranges(each or {}):
            self._declare(name, {"integer": True})
            self.each += ((self.names[name], low, high),)
        list(self._choices(list(self.each)))  # refuses ranges that are empty or too long
        items = [where] if isinstance(where, str) or not isinstance(where, Iterable) else where
        split = [piece for item in items for piece in _pieces(item)]
        self._said = tuple(dict.fromkeys(split))
        self._read(list(self._said))
        self._freeze()

    def _freeze(self) -> None:
        unchangeable: Any = MappingProxyType(dict(self.names))
        self.names = unchangeable
        self._frozen = True

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse once the conditions are read: proofs rest on them."""
        if self.__dict__.get("_frozen"):
            raise AttributeError("conditions do not change")
        object.__setattr__(self, name, value)

    def agrees_with(self, wider: Conditions) -> bool:
        """Whether others say the same, perhaps about more symbols."""
        return (
            self.relations == wider.relations
            and self.each == wider.each
            and self.names.items() <= wider.names.items()
        )

    def _read(self, items: list[Any]) -> None:
        relations = []
        for item in items:
            found = _DECLARATION.match(item) if isinstance(item, str) else None
            if found:
                kind = found.group(2)
                self._check_indices(item)
                for name in re.sub(r"\[[^\]]*\]", "[]", found.group(1)).split():
                    self._declare(name, {"complex": True} if kind == "complex" else {kind: True})
            else:
                relations.append(item)
        for item in relations:
            self.relations += tuple(self._relations(item))

    def _check_indices(self, item: str) -> None:
        """Refuse to declare a row by some of its elements: x[1] positive says nothing of x[2]."""
        numbers = {str(symbol) for symbol, _, _ in self.each}
        for inner in re.findall(r"\[([^\]]*)\]", item):
            names = [name.strip() for name in inner.split(",")]
            free = all(map(str.isidentifier, names)) and not numbers & set(names)
            if not free or len(set(names)) < len(names):
                raise ValueError(
                    f"{item!r} does not speak of all elements: write an index that stands for any "
                    "number, such as y[j] positive"
                )

    def _relations(self, item: Any) -> list[Any]:
        if not isinstance(item, str):
            if not isinstance(item, sp.core.relational.Relational):
                raise ValueError(f"{item!r} is not a condition, such as 0 <= z <= 1")
            check_formula(item)
            for symbol in item.free_symbols:
                self._know(symbol)
            return [item]
        if not re.search(r"[<>=]", item):
            raise ValueError(
                f"cannot read the condition {item!r}: write for example 'x real' or '0 <= z <= 1'"
            )
        unseen = set(_NAME.findall(item)) - set(FUNCTION_NAMES)
        bound = set(re.findall(r"\(\s*([^\W\d]\w*)\s*,[^,]+,", item))
        rows = set(re.findall(r"([^\W\d]\w*)\s*\[", item))
        inner = set(re.findall(r"\[\s*([^\W\d]\w*)\s*\]", item))
        for name in sorted(unseen - set(self.names) - bound - inner):
            self._declare(name + "[]" * (name in rows), {"real": True})
        hidden = {name: sp.Symbol(name, integer=True) for name in inner - set(self.names)}
        found = parse_relations(item, {**self.names, **hidden})
        if not all(isinstance(r, sp.core.relational.Relational) for r in found):
            raise ValueError(f"cannot read the condition {item!r}")
        for relation in found:
            check_formula(relation)
        return found

    def _declare(self, name: str, assumptions: dict[str, bool]) -> None:
        row, name = name.endswith("[]"), name.removesuffix("[]")
        check_name(name)
        if "real" not in assumptions and "complex" not in assumptions:
            assumptions = {**assumptions, "real": True}
        made = sp.IndexedBase(name, **assumptions) if row else sp.Symbol(name, **assumptions)
        if self.names.get(name, made) != made:
            raise ValueError(f"{name!r} is declared twice, with different assumptions")
        check_looks(self.names, name, made)
        self.names[name] = made

    def _know(self, symbol: Any) -> None:
        name = str(symbol)
        check_name(name)
        if self.names.get(name, symbol) != symbol:
            raise ValueError(
                f"two different symbols are called {name!r}: use one symbol, with one assumption"
            )
        check_looks(self.names, name, symbol)
        self.names[name] = symbol

    def covering(self, expression: Any) -> Conditions:
        """Return the conditions with the symbols of a SymPy expression taken up."""
        wider = copy.copy(self)
        wider.__dict__.update(_frozen=False, names=dict(self.names))
        for symbol in free_names(expression):
            wider._know(symbol)
        wider._freeze()
        return wider

    def __str__(self) -> str:
        """Return the conditions as `where` would read them."""
        said = [item if isinstance(item, str) else condition_text(item) for item in self._said]
        named = {name for item in said for name in _NAME.findall(item)}
        numbers = {str(symbol) for symbol, _, _ in self.each}
        declared = [
            f"{name}{'[j]' * isinstance(symbol, sp.IndexedBase)} {_kind(symbol)}"
            for name, symbol in self.names.items()
            if name not in named | numbers and hasattr(symbol, "is_real")
        ]
        ranges = [f"{symbol} = {low}..{high}" for symbol, low, high in self.each]
        return ", ".join([*said, *declared, *ranges])

    def equation(self, said: str) -> Any:
        """Return an equation such as ``q[j] = p[j]``, about symbols that are known."""
        inner = set(re.findall(r"\[\s*([^\W\d]\w*)\s*\]", said)) - set(self.names)
        hidden = {name: sp.Symbol(name, integer=True) for name in inner}
        unknown = set(_NAME.findall(said)) - set(self.names) - inner - set(FUNCTION_NAMES)
        if unknown:
            raise ValueError(f"{said!r} names {min(unknown)!r}, which the derivation does not know")
        found = parse_relations(said, {**self.names, **hidden})
        if len(found) != 1 or not isinstance(found[0], sp.Equality):
            raise ValueError(f"{said!r} is not an equation such as 'q = p'")
        check_formula(found[0])
        return found[0]

    def cases(self, left: Any, right: Any, touching: Any = None) -> Iterator[Case]:
        """Yield what must be proved, once for each choice of class numbers."""
        for numbers in self._choices(self._counted(left, right)):
            chosen = {symbol: sp.Integer(value) for symbol, value in numbers}
            one, other = (write_out(replace(side, chosen)) for side in (left, right))
            relations = [replace(relation, chosen) for relation in self.relations]
            domain = self._domain([one, other], relations)
            rest = [r for r in relations if not isinstance(r, sp.Equality)]
            loose = self._domain([one, other], rest)
            touches = () if touching is None else _touches(replace(touching, chosen), domain)
            yield Case(numbers, one, other, domain, loose, frozenset(touches))

    def _counted(self, *sides: Any) -> list[Any]:
        """Return the class numbers that matter for two sides: no others are gone through."""
        used = {str(s) for side in sides for s in side.free_symbols}
        slopes = {v for side in sides for d in side.atoms(sp.Derivative) for v in d.variables}
        used |= {str(s) for variable in slopes for s in variable.free_symbols}
        if any(side.has(sp.Indexed) for side in sides):
            used |= {str(s) for relation in self.relations for s in relation.free_symbols}
        for symbol, low, high in reversed(self.each):
            used |= {low, high} if str(symbol) in used else set()
        return [span for span in self.each if str(span[0]) in used]

    def _choices(self, spans: list[Any]) -> Iterator[tuple[tuple[Any, int], ...]]:
        chosen: list[tuple[tuple[Any, int], ...]] = [()]
        for symbol, *ends in spans:
            longer: list[tuple[tuple[Any, int], ...]] = []
            for numbers in chosen:
                known = {str(name): value for name, value in numbers}
                values = _counting(symbol, *(known.get(end, end) for end in ends))
                if len(longer) + len(values) > _MOST_CHOICES:
                    raise ValueError(f"each= asks for more than {_MOST_CHOICES} proofs")
                longer += [(*numbers, (symbol, value)) for value in values]
            chosen = longer
        yield from chosen

    def _domain(self, sides: list[Any], relations: list[Any]) -> Domain:
        written = [write_out(r) for r in relations if not _loose_index(r)]
        everything = {s for e in [*sides, *written] for s in e.free_symbols}
        for relation in filter(_loose_index, relations):
            written += _for_each_element(relation, everything)
        atoms, written = _touched({s for side in sides for s in side.free_symbols}, written)
        domain = Domain.over(sorted(atoms, key=lambda s: s.sort_key()))
        equations = [r for r in written if isinstance(r, sp.Equality)]
        others = [r for r in written if not isinstance(r, sp.Equality)]
        for equation in equations:
            domain = _with_equation(domain, equation)
        for relation in others:
            domain = _with_relation(domain, relation)
        if domain.empty:
            raise ValueError(f"the conditions contradict each other: {self}")
        return domain


def _ranges(each: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    earlier: set[str] = set()
    for name, span in each.items():
        if isinstance(span, range):
            if span.step != 1 or not len(span):
                raise ValueError(f"each={{{name!r}: {span}}} must count up by one")
            span = (span[0], span[-1])
        if not (isinstance(span, tuple) and len(span) == 2):
            raise ValueError(f"each={{{name!r}: {span!r}}} must be a pair such as (2, 6)")
        for end in span:
            if type(end) is not int and end not in earlier:
                raise ValueError(
                    f"each={{{name!r}: {span!r}}}: {end!r} must be a whole number or the name of "
                    "an earlier class number"
                )
        earlier.add(name)
        yield name, span


def _counting(symbol: Any, first: int, last: int) -> range:
    """Return the class numbers from first to last; an empty range would prove anything."""
    if last < first:
        raise ValueError(f"there is no number {symbol} from {first} to {last}: nothing to prove")
    if last - first >= _MOST_CHOICES:
        raise ValueError(f"each= asks for more than {_MOST_CHOICES} proofs")
    return range(first, last + 1)


def _pieces(item: Any) -> list[Any]:
    """Split a text at the commas that are not inside parentheses."""
    if not isinstance(item, str):
        return [item]
    item = unicodedata.normalize("NFKC", item)  # as Python reads names
    pieces, depth, start = [], 0, 0
    for place, character in enumerate(item):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            pieces.append(item[start:place])
            start = place + 1
    return [piece.strip() for piece in [*pieces, item[start:]] if piece.strip()]


def _kind(symbol: Any) -> str:
    sample = symbol[0] if isinstance(symbol, sp.IndexedBase) else symbol
    for kind in ("positive", "negative", "nonnegative", "nonpositive"):
        if getattr(sample, f"is_{kind}"):
            return kind
    if sample.is_integer:
        return "integer"
    if sample.is_real:
        return "nonzero" if sample.is_zero is False else "real"
    return "complex"


def free_names(expression: Any) -> list[Any]:
    """Return the symbols and rows of symbols that an expression is about."""
    rows = {found.base for found in expression.atoms(sp.Indexed)}
    labels = {row.label for row in rows}
    elements = set(expression.atoms(sp.Indexed))
    slopes = {v for d in expression.atoms(sp.Derivative) for v in d.variables}
    loose = {s for s in expression.free_symbols | slopes if s.is_Symbol} - labels - elements
    functions = {f.func for f in expression.atoms(sp.core.function.AppliedUndef)}
    return sorted(rows | loose | functions, key=str)


def write_out(expression: Any) -> Any:
    """Write sums and products with whole-number limits out, and elements as symbols.

    Examples
    --------
    >>> from sympy import IndexedBase, Sum, Symbol
    >>> p, j = IndexedBase("p", positive=True), Symbol("j", integer=True)
    >>> write_out(Sum(p[j] ** 2, (j, 1, 3)))
    p[1]**2 + p[2]**2 + p[3]**2
    """
    if isinstance(expression, sp.Sum | sp.Product):
        return _write_out_limits(expression)
    if isinstance(expression, sp.Indexed):
        return _element(expression)
    if isinstance(expression, sp.KroneckerDelta):
        return evaluate(rebuild(sp.KroneckerDelta, map(_whole, expression.args)))
    if not expression.args:
        return expression
    arguments = [write_out(argument) for argument in expression.args]
    if isinstance(expression, sp.Derivative):
        for variable, *_ in arguments[1:]:
            if not variable.is_Symbol:
                raise ValueError(f"cannot differentiate with respect to the number {variable}")
        return rebuild(sp.Derivative, arguments)
    if isinstance(expression, sp.Tuple):
        return sp.Tuple(*arguments)
    return rebuild(expression.func, arguments)


def _write_out_limits(e: Any) -> Any:
    *inner, (index, low, high) = e.limits  # the last one is the outermost
    function = e.func(e.function, *inner) if inner else e.function
    low, high = _whole(low), _whole(high)
    if not (low.is_Integer and high.is_Integer):
        raise ValueError(
            f"the sum's limit {high if low.is_Integer else low} is not a number: say for which "
            f'numbers each step is to be proved, such as each={{"{high}": (2, 6)}}'
        )
    if high - low > _LARGEST_SUM:
        raise ValueError(f"a sum of {high - low + 1} terms is too long to write out")
    terms = [write_out(replace(function, {index: sp.Integer(k)})) for k in range(low, high + 1)]
    join, empty = (sp.Add, 0) if isinstance(e, sp.Sum) else (sp.Mul, 1)
    if len(terms) < 2:
        return terms[0] if terms else sp.Integer(empty)
    return join(*terms, evaluate=False)


def _whole(e: Any) -> Any:
    """Return what an index or limit comes to; only +, - and * of whole numbers are evaluated.

    Examples
    --------
    >>> _whole(sp.Add(2, 3, evaluate=False))
    5
    """
    atoms = {node for node in postorder(e) if not node.args}
    joined = all(node.is_Add or node.is_Mul for node in postorder(e) if node.args)
    if not (joined and all(a.is_Integer or (a.is_Symbol and a.is_integer) for a in atoms)):
        raise ValueError(
            f"{text(e, written=True)} is not an index or limit: it must be made of whole numbers "
            "and class numbers with +, - and *"
        )
    return evaluate(e)


def _element(e: Any) -> Any:
    indices = [_whole(index) for index in e.indices]
    if not all(index.is_Integer for index in indices):
        raise ValueError(
            f"the index of {e} is not a number: say for which numbers each step is to be proved, "
            f'such as each={{"{indices[0]}": (1, "C")}}'
        )
    return row_element(e.base, indices)


def row_element(base: Any, indices: Iterable[Any]) -> Any:
    """Return the symbol that stands for an element of a row, with the row's assumptions."""
    name = f"{base}[{', '.join(map(str, indices))}]"
    known = base.assumptions0 if hasattr(base, "assumptions0") else {}
    kept = {k: v for k, v in known.items() if k != "commutative" and v is not None}
    return sp.Symbol(name, **kept)


def _loose_index(relation: Any) -> bool:
    """Whether a relation speaks of every element of a row, as y[j] >= 0 does."""
    bound = {limit[0] for s in relation.atoms(sp.Sum, sp.Product) for limit in s.limits}
    used = {i for found in relation.atoms(sp.Indexed) for i in found.indices if i.is_Symbol}
    return bool(used - bound)


def _touches(relation: Any, domain: Domain) -> list[Any]:
    if _loose_index(relation):
        return _for_each_element(relation, set(domain.symbols), from_one=True)
    return [write_out(relation)]


def _for_each_element(relation: Any, atoms: set[Any], *, from_one: bool = False) -> list[Any]:
    rows = relation.atoms(sp.Indexed)
    bound = {limit[0] for s in relation.atoms(sp.Sum, sp.Product) for limit in s.limits}
    loose = {i for found in rows for i in found.indices if not i.is_Integer} - bound
    if len(loose) > 1 or any(len(found.indices) > 1 or i.args for found in rows for i in loose):
        raise ValueError(
            f"the condition {condition_text(relation)} must have one index that stands for all"
        )
    (index,) = loose
    bases = {str(found.base) for found in relation.atoms(sp.Indexed)}
    found = (re.fullmatch(r"(\w+)\[(\d+)\]", str(atom)) for atom in atoms)
    numbers = {int(match.group(2)) for match in found if match and match.group(1) in bases}
    if from_one:  # a reader takes q[j] = p[j] for all elements from the first one
        numbers |= set(range(1, max(numbers, default=0)))
    return [write_out(replace(relation, {index: sp.Integer(n)})) for n in sorted(numbers)]


def _touched(atoms: set[Any], relations: list[Any]) -> tuple[set[Any], list[Any]]:
    """Return the symbols and relations that have to do with some symbols, directly or not."""
    while True:
        near = [r for r in relations if r.free_symbols & atoms]
        reached = atoms.union(*(r.free_symbols for r in near))
        if reached == atoms:
            return atoms, near
        atoms = reached


def linear_form(expression: Any) -> tuple[dict[Any, Fraction], Fraction] | None:
    """Return rational coefficients and the constant of a linear expression, or None.

    Only sums, products with numbers and powers of numbers count: SymPy is not asked to evaluate.

    Examples
    --------
    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> linear_form(3 * (x - 1))
    ({x: Fraction(3, 1)}, Fraction(-3, 1))
    """
    zero = Fraction(0)
    if expression.is_Rational:
        return {}, Fraction(int(expression.p), int(expression.q))
    if expression.is_Symbol:
        return ({expression: Fraction(1)}, zero) if expression.is_real else None
    if not (expression.is_Add or expression.is_Mul or expression.is_Pow):
        return None
    parts = [linear_form(argument) for argument in expression.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if expression.is_Add:
        return _linear_sum(known)
    if expression.is_Mul:
        return _linear_product(known)
    return _number_power(*known)


_Form = tuple[dict[Any, Fraction], Fraction]


def _linear_sum(parts: list[_Form]) -> _Form:
    terms: dict[Any, Fraction] = {}
    for names, _ in parts:
        for name, value in names.items():
            terms[name] = terms.get(name, Fraction(0)) + value
    kept = {name: value for name, value in terms.items() if value}
    return kept, sum((constant for _, constant in parts), Fraction(0))


def _linear_product(parts: list[_Form]) -> _Form | None:
    if sum(bool(names) for names, _ in parts) > 1:
        return None
    factor = prod((constant for names, constant in parts if not names), start=Fraction(1))
    names, constant = next((part for part in parts if part[0]), ({}, Fraction(1)))
    kept = {name: factor * value for name, value in names.items() if factor}
    return kept, factor * constant


def _number_power(base: _Form, exponent: _Form) -> _Form | None:
    whole = exponent[1].denominator == 1 and abs(exponent[1]) <= 1000
    if base[0] or exponent[0] or not whole or (base[1] == 0 and exponent[1] <= 0):
        return None
    size = max(base[1].numerator.bit_length(), base[1].denominator.bit_length())
    if size * abs(exponent[1]) > 200_000:
        raise ValueError("a number in a condition is too large to write out")
    return {}, base[1] ** int(exponent[1])


def _with_equation(domain: Domain, equation: Any) -> Domain:
    left, right = equation.args
    solved = [symbol for symbol, _ in domain.equations]
    if left.is_Symbol and linear_form(right) is None:
        inner = resolved(right, domain)
        if left in solved or left in inner.free_symbols:
            raise ValueError(f"cannot use the equation {condition_text(equation)}")
        if any(c.coefficient(left) for c in domain.conditions):
            raise ValueError(f"{left} has an equation: it cannot have a sign of its own as well")
        return domain.where_equal(left, right)
    found = linear_form(resolved(_difference(left, right), domain))
    if found is None or not found[0]:
        raise ValueError(f"the condition {condition_text(equation)} is not linear")
    terms, constant = found
    symbol = max(terms, key=lambda s: (len(str(s)), str(s)))
    slope = terms.pop(symbol)
    solution = sp.Add(
        *(_rational(-value / slope) * name for name, value in terms.items()),
        _rational(-constant / slope),
    )
    return _substituted(domain.where_equal(symbol, solution), symbol, terms, constant, slope)


def _difference(left: Any, right: Any) -> Any:
    return add(left, negative(right), flatten=False)


def resolved(expression: Any, domain: Domain) -> Any:
    """Replace symbols by what they equal, until none is left.

    No symbol is tied to itself, see `_with_equation`: one turn for each equation is enough.
    """
    known = dict(domain.equations)
    for _ in known:
        expression = replace(expression, known)
    return expression


def _substituted(
    domain: Domain, symbol: Any, terms: dict[Any, Fraction], constant: Fraction, slope: Fraction
) -> Domain:
    """Rewrite the conditions on a symbol as conditions on what it equals."""
    conditions = []
    for condition in domain.conditions:
        weight = condition.coefficient(symbol)
        mixed = {name: value for name, value in condition.coefficients if name != symbol}
        for name, value in terms.items():
            mixed[name] = mixed.get(name, Fraction(0)) - weight * value / slope
        shifted = condition.constant - weight * constant / slope
        conditions.append(Linear.of(mixed, shifted, condition.strict))
    return Domain(domain.symbols, tuple(conditions), domain.nonzero, domain.equations, domain.facts)


def _with_relation(domain: Domain, relation: Any) -> Domain:
    left, right = relation.args[:2]
    found = linear_form(resolved(_difference(left, right), domain))
    if isinstance(relation, sp.Unequality):
        if found is None or len(found[0]) != 1 or found[1]:
            raise ValueError(f"{condition_text(relation)} is not of the form x != 0")
        symbol = next(iter(found[0]))
        return Domain(
            domain.symbols, domain.conditions, domain.nonzero | {symbol}, domain.equations
        )
    if found is None:
        raise ValueError(f"the condition {condition_text(relation)} is not linear in real symbols")
    terms, constant = found
    direction = -1 if relation.rel_op in ("<", "<=") else 1
    scaled = {name: direction * value for name, value in terms.items()}
    strict = relation.rel_op in ("<", ">")
    return domain.also(Linear.of(scaled, direction * constant, strict))


def _rational(value: Fraction) -> Any:
    return sp.Rational(value.numerator, value.denominator)
