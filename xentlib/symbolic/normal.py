"""Normal forms: an expression becomes a rational function of independent-looking generators.

Every exponential becomes powers of generators e^m, one per monomial m of its exponent; every
logarithm is expanded over the irreducible factors of its argument whose sign is proved positive.
Two expressions with the same normal form are equal wherever both are defined; whether they are is
proved on the way (no denominator that may vanish, no logarithm of what may be zero). The converse
does not hold: generators may have hidden relations, and then the answer is "undecided".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import comb, lcm, prod
from typing import Any

import sympy as sp

from xentlib.symbolic.domain import Domain, Linear, Undecided
from xentlib.symbolic.functions import _Defined

__all__ = ["Normal", "Undecided"]

ANY = frozenset({-1, 0, 1})
POSITIVE, NEGATIVE = frozenset({1}), frozenset({-1})
LARGEST_POWER, LARGEST_NUMBER_POWER = 100, 10_000
LARGEST_NUMBER_BITS, MOST_TERMS = 200_000, 1500
LARGEST_EXPONENT, LARGEST_ROOT, LARGEST_COMMON_ROOT = 24, 12, 120


class _Generator(sp.Symbol):  # type: ignore[misc]
    """A symbol of the prover's own: never equal to a reader's symbol, whatever its name."""

    __slots__ = ()


def minus(signs: frozenset[int]) -> frozenset[int]:
    """Return the possible signs of the opposite."""
    return frozenset(-sign for sign in signs)


def _times(first: frozenset[int], second: frozenset[int]) -> frozenset[int]:
    return frozenset(a * b for a in first for b in second)


class Normal:
    """Normal forms over one domain; generators are shared by all expressions given to it.

    Examples
    --------
    >>> from sympy import Symbol, exp, log
    >>> x = Symbol("x", real=True)
    >>> normal = Normal(Domain.over([x]))
    >>> left = normal.of(log(1 + exp(-x)) + x)
    >>> normal.is_zero(left - normal.of(log(1 + exp(x))))
    True
    """

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.equations = dict(domain.equations)
        self.meaning: dict[Any, tuple[str, Any]] = {}
        self.known: dict[tuple[str, Any], Any] = {}
        self._signs: dict[Any, frozenset[int]] = {}
        self._forms: dict[Any, Any] = {}
        self._smooth = False

    # --- generators ------------------------------------------------------------------------------

    def generator(self, kind: str, key: Any) -> Any:
        """Return the generator of a kind ("exp", "log", ...) that stands for a key."""
        if (kind, key) not in self.known:
            # positive lets SymPy write (t**2)**(1/2) as t; only exp, root and nonnegative
            # symbols are ever raised to a fractional power, see `power`
            name = f"_{kind}{len(self.known)}"
            positive = {"positive": True} if kind in ("exp", "root") else {}
            made = _Generator(name, **positive)
            self.known[kind, key] = made
            self.meaning[made] = (kind, key)
        return self.known[kind, key]

    def is_real(self, form: Any) -> bool:
        """Whether a normal form has real values."""
        return all(self._real(g) for g in form.free_symbols)

    def _real(self, generator: Any) -> bool:
        kind, key = self.meaning[generator]
        if kind == "symbol":
            return self.domain.real(key)
        if kind == "log":
            return self.is_real(key) and self.signs(key) == POSITIVE
        if kind == "exp":
            return self.is_real(key)
        return kind in ("root", "abs", "max", "min", "sign", "pi") or (
            kind == "call" and bool(key[2])
        )

    # --- from expressions to normal forms --------------------------------------------------------

    def of(self, expression: Any) -> Any:
        """Return the normal form, or raise Undecided if it may be undefined somewhere."""
        key = expression, self._smooth
        if key not in self._forms:
            self._forms[key] = self._of(expression)
        return self._forms[key]

    @contextmanager
    def _smoothly(self) -> Iterator[None]:
        """Simplify only what holds around each point, not by a sign that holds on one side.

        A sign that is strict on a closed domain is the same in a neighbourhood of each of its
        points; x >= 0 is not: there sqrt(x**2) is x, but has no derivative at 0.
        """
        before, self._smooth = self._smooth, True
        try:
            yield
        finally:
            self._smooth = before

    def _of(self, e: Any) -> Any:
        if e.is_Rational:
            return e
        if e is sp.pi:
            return self.generator("pi", sp.pi)
        if e is sp.E:
            return self.exp(sp.Integer(1))
        if e.is_Symbol:
            return self._symbol(e)
        if e.is_Add:
            return sp.Add(*map(self.of, e.args))
        if e.is_Mul:
            return self._settle(_not_too_long(sp.Mul(*map(self.of, e.args))))
        if e.is_Pow:
            return self._pow(e)
        if isinstance(e, sp.exp):
            return self.exp(self.of(e.args[0]))
        if isinstance(e, sp.log):
            return self._log_of(e)
        if isinstance(e, _Defined):
            return self.of(e.definition(e.args[0]))
        if isinstance(e, sp.tanh):
            return self._tanh(e.args[0])
        if isinstance(e, sp.Derivative):
            return self._derivative_of(e)
        if isinstance(e, sp.Abs | sp.Max | sp.Min | sp.sign):
            return self._opaque(e)
        if isinstance(e, sp.core.function.AppliedUndef):
            key = (e.func, tuple(sp.cancel(self.of(a)) for a in e.args), bool(e.is_real))
            return self.generator("call", key)
        raise Undecided(f"{_short(e)} is beyond the methods of the prover")

    def _symbol(self, symbol: Any) -> Any:
        if symbol in self.equations:
            return self.of(self.equations[symbol])
        return self.generator("symbol", symbol)

    def _opaque(self, e: Any) -> Any:
        """Keep |u|, max, min, sign as they are: equal arguments give equal values."""
        if isinstance(e, sp.Abs):
            return self._abs(self.of(e.args[0]), e)
        kind = {sp.Max: "max", sp.Min: "min", sp.sign: "sign"}[e.func]
        forms = sorted((sp.cancel(self.of(a)) for a in e.args), key=sp.default_sort_key)
        if not all(map(self.is_real, forms)):
            raise Undecided(f"{_short(e)} has an argument that may not be real")
        return self.generator(kind, tuple(forms))

    def _abs(self, form: Any, shown: Any) -> Any:
        if not self.is_real(form):
            raise Undecided(f"{_short(shown)} has an argument that may not be real")
        signs = self.signs(form)
        if self._smooth and 0 in signs:
            raise Undecided(f"{_short(shown)} may have no derivative where it is 0")
        if signs <= {0, 1}:
            return form
        if signs <= {0, -1}:
            return -form
        both = [sp.cancel(form), sp.cancel(-form)]
        return self.generator("abs", min(both, key=sp.default_sort_key))

    def _tanh(self, argument: Any) -> Any:
        form = self.of(argument)
        if not self.is_real(form):
            raise Undecided(f"tanh({argument}) may have a pole where {argument} is not real")
        grown = self.exp(2 * form)
        return (grown - 1) / (grown + 1)

    def _pow(self, e: Any) -> Any:
        base, exponent = self.of(e.args[0]), sp.cancel(self.of(e.args[1]))
        if exponent.is_Integer:
            if abs(exponent) > (LARGEST_NUMBER_POWER if base.is_Rational else LARGEST_POWER):
                raise Undecided(f"the exponent {exponent} is too large")
            if exponent <= 0 and not self.nonzero(base):
                raise Undecided(f"cannot show that {_short(e.args[0])} is never 0, in {_short(e)}")
            return self._settle(_bounded_power(base, exponent))
        return self.power(base, exponent, e)

    def power(self, base: Any, exponent: Any, shown: Any) -> Any:
        """Return base ** exponent for an exponent that is not an integer."""
        signs = self.signs(base)
        if signs == POSITIVE:
            return self.exp(exponent * self.log(base))
        if exponent.is_Rational and exponent > 0 and signs <= {0, 1} and signs:
            return self._root(base, exponent)
        raise Undecided(f"cannot show that {_short(shown.args[0])} > 0, in {_short(shown)}")

    def _root(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent for base >= 0 and a positive rational exponent."""
        if self._smooth and self.signs(base) != POSITIVE:
            raise Undecided("a root of what may be 0 may have no derivative there")
        whole, powers = self._whole_powers(base)
        top, bottom = sp.fraction(sp.cancel(whole))
        if top == 0:
            return sp.Integer(0)
        bottom = self._settle(self._back(bottom, powers))
        if self.signs(bottom) != POSITIVE:
            raise Undecided("a root of a fraction whose denominator may be negative")
        result = self.exp(-exponent * self.log(bottom)) if bottom != 1 else sp.Integer(1)
        number, factors = sp.factor_list(top)
        rest = sp.Integer(1)
        for piece, multiplicity in [(number, 1), *factors]:
            factor = self._settle(self._back(piece, powers))
            if self.signs(factor) == POSITIVE:
                result *= self.exp(exponent * multiplicity * self.log(factor))
            elif self.signs(factor) <= {0, 1}:
                result *= self._root_power(factor, exponent * multiplicity)
            elif multiplicity % 2 == 0 and self.is_real(factor):
                result *= self._root_power(self._abs(factor, factor), exponent * multiplicity)
            else:
                rest *= factor**multiplicity
        if rest == 1:
            return result
        if not self.signs(rest) <= {0, 1}:
            raise Undecided("a root of what may be negative")
        return result * self._root_power(sp.expand(rest), exponent)

    def _root_power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent, keeping only the fractional part as a power of a root."""
        whole = sp.floor(exponent)
        part = exponent - whole
        if abs(whole) > LARGEST_POWER:
            raise Undecided(f"the exponent {exponent} is too large")
        return _bounded_power(base, whole) * (self.generator("root", base) ** part if part else 1)

    def _settle(self, form: Any) -> Any:
        """Replace the whole powers of a root by what they are: r**(3/2) is key * r**(1/2)."""
        roots = {g for g in form.free_symbols if self.meaning[g][0] == "root"}
        if not roots:
            return form

        rule = {root: self.meaning[root][1] for root in roots}
        for node in form.atoms(sp.Pow):
            base, exponent = node.args
            if base in roots and exponent.is_Rational:
                rule[node] = self._root_power(self.meaning[base][1], exponent)
        return form.xreplace(rule)

    def exp(self, exponent: Any) -> Any:
        """Return the normal form of e ** exponent: a product of powers of generators."""
        whole, powers = self._whole_powers(exponent)
        top, bottom = sp.fraction(sp.cancel(whole))
        bottom = sp.expand(bottom)
        scale = sp.Poly(bottom, *bottom.free_symbols).LC() if bottom.free_symbols else bottom
        bottom = sp.expand(bottom / scale)
        result = sp.Integer(1)
        for term in sp.Add.make_args(sp.expand(top / scale)):
            coefficient, monomial = term.as_coeff_Mul()
            result *= self._exp_of_term(coefficient, self._back(monomial / bottom, powers))
        return result

    def _exp_of_term(self, coefficient: Any, monomial: Any) -> Any:
        if coefficient == 0:
            return sp.Integer(1)
        kind, key = self.meaning.get(monomial, ("", None))
        if kind == "log" and (coefficient.is_Integer or self.signs(key) == POSITIVE):
            return self._positive_power(key, coefficient)
        if coefficient.q > LARGEST_ROOT or abs(coefficient) > LARGEST_EXPONENT:
            # a polynomial in e^m of such a degree is out of reach: a generator of its own
            sign = sp.sign(coefficient)
            return self.generator("exp", abs(coefficient) * monomial) ** sign
        return self.generator("exp", monomial) ** coefficient

    def _positive_power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent for an irreducible base that is positive, or any if integer."""
        if exponent.is_Integer:
            return _bounded_power(base, exponent)
        return self._root_power(base, exponent)

    def _log_of(self, e: Any) -> Any:
        if len(e.args) != 1:
            raise Undecided(f"{_short(e)} has a base: write log(x)/log(base)")
        form = self.of(e.args[0])
        if not self.nonzero(form):
            raise Undecided(f"cannot show that {_short(e.args[0])} > 0, in {_short(e)}")
        return self.log(form)

    def log(self, form: Any) -> Any:
        """Return the logarithm of a form that is never 0, expanded where signs allow."""
        form, powers = self._whole_powers(form)
        top, bottom = sp.fraction(sp.cancel(form))
        result: Any = sp.Integer(0)
        rest: Any = sp.Integer(1)
        for part, direction in ((top, 1), (bottom, -1)):
            number, factors = sp.factor_list(part)
            for factor, multiplicity in [(number, 1), *factors]:
                inside = self._settle(self._back(factor, powers))
                expanded, left = self._log_factor(inside, direction * multiplicity)
                result += expanded
                rest *= left
        return result + self._log_rest(rest)

    def _log_factor(self, factor: Any, multiplicity: int) -> tuple[Any, Any]:
        """Return the logarithm of factor**multiplicity and what could not be expanded."""
        if factor.is_Rational:
            sign = sp.Integer(1 if factor > 0 or multiplicity % 2 == 0 else -1)
            return multiplicity * self._log_number(abs(factor)), sign
        base, exponent = factor.as_base_exp()
        kind, key = self.meaning.get(base, ("", None))
        if kind == "exp" and self.is_real(key) and exponent.is_Rational:
            return multiplicity * exponent * key, sp.Integer(1)
        if kind == "root" and exponent.is_Rational and self.signs(key) == POSITIVE:
            return multiplicity * exponent * self.log(key), sp.Integer(1)
        signs = self.signs(factor)
        if signs == POSITIVE:
            return multiplicity * self.generator("log", sp.expand(factor)), sp.Integer(1)
        if signs == NEGATIVE:
            sign = sp.Integer(-1) ** multiplicity
            return multiplicity * self.generator("log", sp.expand(-factor)), sign
        return sp.Integer(0), factor**multiplicity

    def _log_number(self, number: Any) -> Any:
        if number == 1:
            return sp.Integer(0)
        result = sp.Integer(0)
        for part, direction in ((number.p, 1), (number.q, -1)):
            for prime, multiplicity in sp.factorint(part, limit=10**5).items():
                made = self.generator("log", sp.Integer(prime))
                result += direction * multiplicity * made
        return result

    def _log_rest(self, rest: Any) -> Any:
        return sp.Integer(0) if rest == 1 else self.generator("log", sp.cancel(rest))

    def _derivative_of(self, e: Any) -> Any:
        if e.has(sp.Abs, sp.Max, sp.Min, sp.sign, sp.Piecewise):
            raise Undecided(
                "a derivative of cases, |.|, max or min is not taken: "
                "differentiate a form without them"
            )
        with self._smoothly():
            form = self.of(e.args[0])
        for variable, count in e.variable_count:
            continuous = variable.is_Symbol and variable.is_integer is not True
            if not (count.is_Integer and continuous and self.domain.real(variable)):
                raise Undecided(f"cannot differentiate with respect to {variable}")
            tied = {
                s for left, right in self.equations.items() for s in {left} | right.free_symbols
            }
            if variable in tied:
                raise Undecided(f"{variable} is tied to other symbols by an equation")
            for _ in range(int(count)):
                form = self.derivative(form, variable)
        return form

    def derivative(self, form: Any, variable: Any) -> Any:
        """Return the derivative of a normal form, by the chain rule over its generators."""
        total = sp.Integer(0)
        for generator in sorted(form.free_symbols, key=str):
            inner = self._inner_derivative(generator, variable)
            if inner != 0:
                total += sp.diff(form, generator) * inner
        return total

    def _inner_derivative(self, generator: Any, variable: Any) -> Any:
        kind, key = self.meaning[generator]
        if kind == "symbol":
            return sp.Integer(int(key == variable))
        if kind == "pi":
            return sp.Integer(0)
        if kind == "exp":
            return generator * self.derivative(key, variable)
        if kind in ("log", "root"):
            inner = self.derivative(key, variable)
            if inner == 0:
                return inner
            if not self.is_real(key) or self.signs(key) != POSITIVE:
                raise Undecided("a logarithm or root of what may not be positive is not smooth")
            return inner / key if kind == "log" else generator * inner / key
        raise Undecided("a derivative of an unknown function is not taken")

    # --- zero tests ------------------------------------------------------------------------------

    def is_zero(self, form: Any) -> bool:
        """Whether the normal form vanishes identically (False means: not shown)."""
        if form == 0:
            return True
        whole, powers = self._whole_powers(form)
        top = sp.expand(sp.fraction(sp.together(whole))[0])
        for generator, (stand_in, count) in powers.items():
            kind, key = self.meaning[generator]
            if top != 0 and kind == "root" and top.has(stand_in):
                relation = self._put_in(stand_in**count - key, powers)
                top = sp.rem(top, sp.expand(relation), stand_in)
                top = sp.expand(sp.fraction(sp.together(top))[0])
        return bool(top == 0)

    def _whole_powers(self, form: Any) -> tuple[Any, dict[Any, tuple[Any, int]]]:
        """Replace generators with fractional powers by powers of stand-ins."""
        counts: dict[Any, int] = {}
        for node in form.atoms(sp.Pow):
            base, exponent = node.args
            if exponent.is_Rational and not exponent.is_Integer and base in self.meaning:
                counts[base] = lcm(counts.get(base, 1), int(exponent.q))
        if max(counts.values(), default=1) > LARGEST_COMMON_ROOT:
            raise Undecided("its exponents have no small common denominator")
        powers = {g: (_Generator(f"_part{g.name}", positive=True), n) for g, n in counts.items()}
        return self._put_in(form, powers), powers

    def _put_in(self, form: Any, powers: dict[Any, tuple[Any, int]]) -> Any:
        return form.xreplace({g: stand_in**n for g, (stand_in, n) in powers.items()})

    def _back(self, form: Any, powers: dict[Any, tuple[Any, int]]) -> Any:
        return form.xreplace({s: g ** sp.Rational(1, n) for g, (s, n) in powers.items()})

    # --- signs -----------------------------------------------------------------------------------

    def nonzero(self, form: Any) -> bool:
        """Whether the form is shown never to be 0."""
        whole, powers = self._whole_powers(form)
        number, factors = sp.factor_list(sp.fraction(sp.cancel(whole))[0])
        backed = (self._settle(self._back(factor, powers)) for factor, _ in factors)
        return number != 0 and all(map(self._factor_nonzero, backed))

    def _factor_nonzero(self, factor: Any) -> bool:
        kind, key = self.meaning.get(factor.as_base_exp()[0], ("", None))
        if kind == "exp" or (kind == "symbol" and key in self.domain.nonzero):
            return True
        return 0 not in self.signs(factor)

    def signs(self, form: Any) -> frozenset[int]:
        """Return the signs a form may have on the domain; all three if nothing is known."""
        form = sp.sympify(form)
        if form not in self._signs:
            self._signs[form] = ANY  # ends a circle of questions
            self._signs[form] = self._find_signs(form)
        return self._signs[form]

    def _find_signs(self, form: Any) -> frozenset[int]:
        if form.is_Rational:
            return frozenset({int(sp.sign(form))})
        if not self.is_real(form):
            return ANY
        whole, powers = self._whole_powers(form)
        top, bottom = sp.fraction(sp.cancel(whole))
        found = POSITIVE
        for part in (top, bottom):
            number, factors = sp.factor_list(part)
            found = _times(found, frozenset({int(sp.sign(number))}))
            for factor, multiplicity in factors:
                inside = self._settle(sp.expand(self._back(factor, powers)))
                signs = self._factor_signs(sp.expand(inside))
                # a denominator was shown not to vanish when it was formed
                signs = signs - {0} if part is bottom else signs
                found = _times(found, signs if multiplicity % 2 else _times(signs, signs) - {-1})
        return found

    def _factor_signs(self, factor: Any) -> frozenset[int]:
        if factor.is_Rational:
            return frozenset({int(sp.sign(factor))})
        if factor in self.meaning:
            return self._generator_signs(factor)
        signs = self._monomial_signs(factor) if not factor.is_Add else self._sum_signs(factor)
        if signs == ANY:
            signs = self._difference_signs(factor)
        if signs == ANY and factor.is_Add:
            signs = self._logarithm_signs(factor)
        if signs == ANY and len(factor.free_symbols) == 1:
            signs = self._one_variable_signs(factor)
        if signs == ANY and factor.is_Add:
            signs = self._square_signs(factor)
        return signs

    def _generator_signs(self, generator: Any) -> frozenset[int]:
        """Return the signs of a generator of a real form."""
        kind, key = self.meaning[generator]
        if kind in ("exp", "pi"):
            return POSITIVE
        if kind == "root":
            return frozenset({0, 1}) & self.signs(key)
        if kind == "abs":
            return frozenset({0, 1})
        if kind == "log":
            return self.signs(key - 1)
        signs = self._linear_signs({generator: Fraction(1)}, Fraction(0))
        return signs - {0} if key in self.domain.nonzero else signs

    def _monomial_signs(self, monomial: Any) -> frozenset[int]:
        found = POSITIVE
        for base, exponent in monomial.as_powers_dict().items():
            if base.is_Rational:
                found = _times(found, frozenset({int(sp.sign(base))}))
                continue
            signs = self._generator_signs(base) if base in self.meaning else self.signs(base)
            if exponent.is_Integer and exponent % 2 == 0:
                signs = frozenset(s * s for s in signs)
            # other exponents are odd, or fractions: then the base is an exp or a root, and >= 0
            found = _times(found, signs)
        return found

    def _sum_signs(self, total: Any) -> frozenset[int]:
        terms: dict[Any, Fraction] = {}
        constant = Fraction(0)
        for term in sp.Add.make_args(total):
            coefficient, monomial = term.as_coeff_Mul()
            value = Fraction(int(coefficient.p), int(coefficient.q))
            if monomial == 1:
                constant += value
            else:
                terms[monomial] = value
        return self._linear_signs(terms, constant)

    def _linear_signs(self, terms: dict[Any, Fraction], constant: Fraction) -> frozenset[int]:
        """Return the signs of a linear form in monomials whose own signs are known."""
        extra: list[Linear] = []
        renamed: dict[Any, Fraction] = {}
        for monomial, value in terms.items():
            kind, key = self.meaning.get(monomial, ("", None))
            if kind == "symbol":
                renamed[key] = value
                continue
            renamed[monomial] = value
            signs = self._monomial_signs(monomial) if kind == "" else self._own_signs(monomial)
            extra += _sign_conditions(monomial, signs)
        domain = self.domain
        found = set(ANY)
        for strict, direction, ruled_out in (
            (True, 1, {-1, 0}),
            (True, -1, {1, 0}),
            (False, 1, {-1}),
            (False, -1, {1}),
        ):
            scaled = {name: direction * value for name, value in renamed.items()}
            if domain.entails(Linear.of(scaled, direction * constant, strict), extra):
                found -= ruled_out
        return frozenset(found) or ANY  # nothing is left only if the domain is empty

    def _own_signs(self, generator: Any) -> frozenset[int]:
        kind, _ = self.meaning[generator]
        known = kind in ("exp", "pi", "root", "abs", "log")
        return self._generator_signs(generator) if known else ANY

    def _difference_signs(self, factor: Any) -> frozenset[int]:
        """Return the signs of c·e^u - c·e^v, which are those of u - v."""
        if not factor.is_Add or len(factor.args) != 2:
            return ANY
        logs, numbers = [], []
        for term in factor.args:
            coefficient, monomial = term.as_coeff_Mul()
            numbers.append(coefficient)
            exponent = sp.Integer(0)
            for base, power in monomial.as_powers_dict().items():
                kind, key = self.meaning.get(base, ("", None))
                if base == 1:
                    continue
                if kind != "exp":
                    return ANY
                exponent += power * key
            logs.append(exponent)
        if numbers[0] + numbers[1] != 0:
            return ANY
        signs = self.signs(sp.expand(logs[0] - logs[1]))
        return signs if numbers[0] > 0 else minus(signs)

    def _logarithm_signs(self, factor: Any) -> frozenset[int]:
        """Return the sign of m·ln u + n·ln v + ..., which is that of u^m·v^n·... - 1."""
        inside = sp.Integer(1)
        for term in factor.args:
            coefficient, generator = term.as_coeff_Mul()
            kind, key = self.meaning.get(generator, ("", None))
            if kind != "log" or not coefficient.is_Integer or self.signs(key) != POSITIVE:
                return ANY
            inside *= _bounded_power(key, coefficient)
        return self.signs(_not_too_long(inside) - 1)

    def _square_signs(self, factor: Any) -> frozenset[int]:
        """Return the sign of a quadratic polynomial without real roots."""
        for generator in sorted(factor.free_symbols, key=str):
            if not factor.is_polynomial(generator) or sp.degree(factor, generator) != 2:
                continue
            a, b, c = sp.Poly(factor, generator).all_coeffs()
            discriminant = self._settle(sp.expand(b**2 - 4 * a * c))
            if self.signs(discriminant) == NEGATIVE:
                return self.signs(a)
        return ANY

    def _one_variable_signs(self, factor: Any) -> frozenset[int]:
        """Return the sign of a polynomial in one generator if it has no root in its range."""
        (generator,) = factor.free_symbols
        if not factor.is_polynomial(generator):
            return ANY
        polynomial = sp.Poly(factor, generator)
        kind, key = self.meaning[generator]
        low: Any = sp.Integer(0) if kind == "exp" else None
        high: Any = None
        if kind == "symbol":
            low, high = (
                None if b is None else sp.Rational(b.numerator, b.denominator)
                for b in self.domain.bounds(key)
            )
        if polynomial.count_roots(low, high) > 0:
            return ANY
        inside = low if low is not None else high if high is not None else sp.Integer(0)
        return frozenset({int(sp.sign(polynomial.eval(inside)))})


def _bounded_power(base: Any, exponent: Any) -> Any:
    """Return a whole power, unless it is too long to write out."""
    if base.is_Rational:
        digits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if base not in (0, 1, -1) and digits * abs(exponent) > LARGEST_NUMBER_BITS:
            raise Undecided(f"the exponent {_brief(exponent)} is too large")
    elif abs(exponent) > LARGEST_POWER:
        raise Undecided(f"the exponent {_brief(exponent)} is too large")
    return _not_too_long(base**exponent)


def _not_too_long(form: Any) -> Any:
    if _terms(form) > MOST_TERMS:
        raise Undecided("multiplied out, it would have too many terms")
    return form


def _terms(form: Any) -> int:
    """Return a bound on how many terms a form's numerator has when multiplied out."""
    if form.is_Add:
        return sum(map(_terms, form.args))
    if form.is_Mul:
        return prod(map(_terms, form.args))
    if form.is_Pow and form.args[1].is_Integer:
        inner, times = _terms(form.args[0]), abs(int(form.args[1]))
        return comb(inner - 1 + times, times)
    return 1


def _brief(number: Any) -> str:
    shown = str(number) if abs(number) < 10**30 else "of more than 30 digits"
    return shown


def _sign_conditions(monomial: Any, signs: frozenset[int]) -> list[Linear]:
    one, zero = Fraction(1), Fraction(0)
    if signs <= {0, 1}:
        return [Linear.of({monomial: one}, zero, 0 not in signs)]
    if signs <= {0, -1}:
        return [Linear.of({monomial: -one}, zero, 0 not in signs)]
    return []


def _short(expression: Any, width: int = 60) -> str:
    from xentlib.symbolic.printing import text

    shown = text(expression, written=True)
    return shown if len(shown) <= width else shown[: width - 1] + "…"
