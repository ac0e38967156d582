"""The registry: every formula is described, implemented as written, and consistent."""

import importlib
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy as sp

import xentlib
from xentlib.symbolic import Derivation, Formula, Quantity, formula, formulas, register
from xentlib.symbolic.conditions import Conditions
from xentlib.symbolic.derivation import DerivationError

ALL = formulas()
IDS = [found.id for found in ALL]
BY_ELEMENT = [found for found in ALL if not found.each]  # the others: test_class_formulas.py
ROUNDING = 1e-14  # numeric == symbolic here means: the same formula; ulps are tested elsewhere


def points(found, count=25):
    conditions = Conditions(found.conditions)
    (case,) = conditions.cases(found.tree, found.tree)
    for point in case.domain.points(count, seed=3):
        values = {str(symbol): value for symbol, value in point.items()}
        if all(abs(value) <= 1000 for value in values.values()):
            yield values


def function_of(found):
    """Return the numeric function that implements a formula, taking its symbols by name."""
    owner = formula(found.gradient_of) if found.gradient_of else found
    module, _, name = owner.implementation.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    if found.gradient_of:
        function = xentlib.grad(function)
    first_two = [argument for argument in found.arguments if argument in ("labels", "logits")]
    first_two += [a for a in found.arguments if a in ("probabilities", "x", "p")]

    def union(values):
        a, b = (xentlib.LogSumExp([float(values[name])]) for name in "ab")
        return float(a.merge(b).value())

    def call(values):
        given = {a: np.float64(values[s]) for a, s in found.arguments.items()}
        ordered = sorted(first_two, key=lambda a: a != "labels")
        return float(function(*[given.pop(a) for a in ordered], **given))

    return union if name == "LogSumExp" else call


def disagreement(found):
    """Return the largest relative difference between function and formula, over all points."""
    function, worst = function_of(found), 0.0
    for values in points(found):
        exact = {n: sp.Rational(float(v)) for n, v in values.items()}  # what the function is given
        mapping = {found.names[n]: v for n, v in exact.items()}
        expression = found.expression.subs(mapping)
        if expression.has(sp.zoo, sp.nan):
            continue
        wanted = mpmath.mpf(str(expression.evalf(60, maxn=1000)))
        terms = sp.Add.make_args(expression if not found.gradient_of else found.expression)
        parts = [mpmath.mpf(str(abs(term.subs(mapping)).evalf(60, maxn=1000))) for term in terms]
        scale = max(abs(wanted), *parts, mpmath.mpf(10) ** -12)  # a gradient may cancel
        worst = max(worst, float(abs(function(values) - wanted) / scale))
    return worst


@pytest.mark.parametrize("found", BY_ELEMENT, ids=lambda f: f.id)
def test_the_library_computes_the_registered_formula(found):
    """What a chapter derives is what the library returns."""
    assert len(list(points(found))) >= 8
    assert disagreement(found) < ROUNDING


@pytest.mark.parametrize("found", BY_ELEMENT, ids=lambda f: f.id)
def test_a_wrong_formula_would_be_noticed(found):
    """Negative control: a flipped sign or a dropped term in the registry does not agree."""
    for wrong in (f"-({found.written})", f"({found.written}) + 1/10**6"):
        assert disagreement(replace(found, written=wrong)) > 1e-10


@pytest.mark.parametrize("found", [f for f in BY_ELEMENT if f.gradient_of], ids=lambda f: f.id)
def test_gradients_are_derivatives(found):
    """A gradient in the registry is the derivative of the formula it names: proved."""
    of = formula(found.gradient_of)
    derivation = Derivation.derivative(of, found.with_respect_to)
    assert derivation.then(found, because="differentiated").establishes(found.id)
    symbol = of.names[found.with_respect_to]
    same = sp.diff(of.expression, symbol) - found.expression
    assert sp.simplify(same.rewrite(sp.exp)) == 0
    with pytest.raises(DerivationError):
        derivation.then(f"-({found.written})", because="a sign")


@pytest.mark.parametrize("found", [f for f in ALL if f.form_of], ids=lambda f: f.id)
def test_equivalent_forms_are_equal(found):
    """A form that the registry calls equivalent is: proved."""
    main = formula(found.form_of)
    assert not main.is_equivalent_form
    assert found.is_equivalent_form
    assert main.implementation == found.implementation
    start = Derivation(main, each=dict(found.each) or None)
    start.then(found, because="another form")
    with pytest.raises(DerivationError):
        start.then(f"2*({found.written})", because="twice")


def test_positive_weight_one_is_no_weight():
    weighted = formula("sigmoid-cross-entropy-pos-weight")
    plain = Derivation(weighted, where="q = 1")
    plain.then(formula("sigmoid-cross-entropy"), because="$q = 1$")


@pytest.mark.parametrize("loss", ["sigmoid", "softmax"])
def test_no_smoothing_is_no_change(loss):
    smoothed = Derivation(formula(f"{loss}-cross-entropy-label-smoothing"), where="epsilon = 0")
    smoothed.then(formula(f"{loss}-cross-entropy"), because="$\\epsilon = 0$")


def test_every_function_has_a_formula():
    """What the library computes stands in the register; what is left out is named here."""
    implemented = {found.implementation.removeprefix("xentlib.") for found in ALL}
    assert set(xentlib.__all__) - implemented == {"one_hot", "value_and_grad"}


def test_every_function_has_one_formula():
    """Of all forms, exactly one is *the* formula of its function; options have their own."""
    main = [f for f in ALL if not (f.form_of or f.gradient_of)]
    for name in ("sigmoid", "log_sigmoid", "softplus", "logit", "binary_cross_entropy"):
        assert len([f for f in main if f.implementation == f"xentlib.{name}"]) == 1
    losses = [f.id for f in main if f.implementation == "xentlib.sigmoid_cross_entropy"]
    endings = ("", "-pos-weight", "-label-smoothing")
    assert losses == [f"sigmoid-cross-entropy{ending}" for ending in endings]


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_formulas_are_described(found):
    """Symbols have meaning, unit and assumptions; implementation and chapter are named."""
    assert found.title
    assert found.unit in ("1", "nats")
    assert found.chapter.split("/")[0] in ("information", "losses", "practice")
    assert repr(found) == f"{found.id}: {found.text}"
    assert set(found.names) - set(found.each) == {q.symbol for q in found.quantities}
    assert all(q.meaning and q.unit and q.assumptions for q in found.quantities)
    module, _, name = found.implementation.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    assert found._repr_latex_().startswith(r"$\displaystyle ")
    assert found.id in str(found)


def test_unknown_and_duplicate_ids_are_refused():
    with pytest.raises(LookupError, match="did you mean 'softplus'"):
        formula("soft-plus")
    with pytest.raises(LookupError, match="see formulas"):
        formula("qqqq")
    with pytest.raises(ValueError, match="registered already"):
        register(formula("softplus"))
    assert len(set(IDS)) == len(IDS)


def test_incomplete_formulas_are_refused():
    """A formula without its symbols' meanings, or with a name that no link can carry."""
    known = formula("softplus")
    with pytest.raises(ValueError, match="kebab-case"):
        replace(known, id="Soft Plus")
    with pytest.raises(ValueError, match="unknown name 'y'"):
        replace(known, written="log(1 + exp(y))")
    with pytest.raises(ValueError, match=r"does not describe its symbols x$"):
        replace(known, quantities=(replace(known.quantities[0], symbol="w"),))
    entropy = formula("entropy")
    with pytest.raises(ValueError, match=r"does not describe its symbols p$"):  # C is counted
        replace(entropy, quantities=(replace(entropy.quantities[0], symbol="w"),))
    with pytest.raises(ValueError, match="not registered"):
        register(replace(known, id="other", form_of="no-such-formula"))
    assert "other" not in [f.id for f in formulas()]


def test_formulas_are_values():
    known = formula("softplus")
    assert hash(known) == hash(replace(known))
    assert known == Formula(**{name: getattr(known, name) for name in known.__dataclass_fields__})
    with pytest.raises(AttributeError):
        known.title = "other"
    assert isinstance(known.quantities[0], Quantity)


def test_importing_the_library_needs_no_sympy():
    """NumPy alone is enough for xentlib: the arrows of the design run one way."""
    import subprocess
    import sys

    code = "import sys, xentlib; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
