"""The registry: every named formula of the book, once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from xentlib.symbolic.conditions import Conditions
from xentlib.symbolic.parsing import parse
from xentlib.symbolic.printing import latex, text
from xentlib.symbolic.trees import evaluate

__all__ = ["Formula", "Quantity", "formula", "formulas", "register"]


@dataclass(frozen=True)
class Quantity:
    """A symbol of a formula.

    Parameters
    ----------
    symbol : str
        Its name.
    meaning : str
        What it stands for.
    unit : str
        Its unit, "1" for a pure number.
    assumptions : str
        What is assumed about it, as `Derivation` reads it.
    argument : str
        The argument of the implementing function that it is, if any.
    """

    symbol: str
    meaning: str
    unit: str
    assumptions: str
    argument: str = ""


@dataclass(frozen=True, repr=False)
class Formula:
    """A named formula: what it says, what implements it, which chapter derives it.

    Parameters
    ----------
    id : str
        Its name, in kebab-case.
    title : str
        What it is, for readers.
    written : str
        The formula as it is printed.
    quantities : tuple of Quantity
        Its symbols.
    unit : str
        The unit of its value.
    implementation : str
        The function of xentlib that computes it, with a dotted name.
    chapter : str
        The chapter that derives it.
    form_of : str, optional
        The id of *the* formula, of which this one is an equivalent form; empty for the formula
        itself.
    gradient_of : str, optional
        The id of the formula whose derivative this is. The implementation is then
        ``xentlib.grad`` of that formula's function.
    with_respect_to : str, optional
        The symbol of that derivative.
    each : mapping, optional
        Class numbers, as `Derivation`'s `each`.

    Examples
    --------
    >>> formula("softplus").expression
    log(exp(x) + 1)
    >>> formula("softplus").implementation
    'xentlib.softplus'
    """

    id: str
    title: str
    written: str
    quantities: tuple[Quantity, ...]
    unit: str
    implementation: str
    chapter: str
    form_of: str = ""
    gradient_of: str = ""
    with_respect_to: str = ""
    each: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __post_init__(self) -> None:
        """Check the id, and that every symbol is described."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise ValueError(f"the id {self.id!r} is not in kebab-case")
        described = {quantity.symbol for quantity in self.quantities}
        used = {str(symbol) for symbol in self.tree.free_symbols if symbol.is_Symbol}
        missing = ", ".join(sorted(used - set(self.each) - described))
        if missing:
            raise ValueError(f"the formula {self.id!r} does not describe its symbols {missing}")

    @property
    def conditions(self) -> tuple[str, ...]:
        """What is assumed about the symbols, as `Derivation` reads it."""
        return tuple(quantity.assumptions for quantity in self.quantities)

    @cached_property
    def names(self) -> dict[str, Any]:
        """The SymPy symbols by name."""
        return Conditions(self.conditions, (), self.each).names

    @cached_property
    def tree(self) -> Any:
        """The SymPy expression as it is written."""
        return parse(self.written, self.names)

    @cached_property
    def expression(self) -> Any:
        """The SymPy expression, evaluated."""
        return evaluate(self.tree)

    @property
    def arguments(self) -> dict[str, str]:
        """Which argument of the implementation each symbol is."""
        return {q.argument: q.symbol for q in self.quantities if q.argument}

    @property
    def is_equivalent_form(self) -> bool:
        """Whether it is another form of a formula, not the formula itself."""
        return bool(self.form_of)

    @property
    def text(self) -> str:
        """The formula as text."""
        return text(self.tree, written=True)

    @property
    def latex(self) -> str:
        """The formula as LaTeX, without dollar signs."""
        return latex(self.tree, written=True)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def __str__(self) -> str:
        """Return the formula as text, with its id."""
        return f"{self.id}: {self.text}"

    __repr__ = __str__


_registry: dict[str, Formula] = {}


def register(new: Formula) -> Formula:
    """Enter a formula; an id can be taken only once.

    Examples
    --------
    >>> register(formula("softplus"))
    Traceback (most recent call last):
        ...
    ValueError: the formula 'softplus' is registered already
    """
    if new.id in _registry:
        raise ValueError(f"the formula {new.id!r} is registered already")
    for other in (new.form_of, new.gradient_of):
        if other and other not in _registry:
            raise ValueError(f"{new.id!r} refers to {other!r}, which is not registered")
    _registry[new.id] = new
    return new


def formulas() -> tuple[Formula, ...]:
    """Return all formulas, in the order in which they were entered.

    Examples
    --------
    >>> [found.id for found in formulas()][:3]
    ['sigmoid', 'log-sigmoid', 'softplus']
    """
    return tuple(_registry.values())


def formula(formula_id: str) -> Formula:
    """Return one formula.

    Parameters
    ----------
    formula_id : str
        Its id.

    Examples
    --------
    >>> formula("sigmod")
    Traceback (most recent call last):
        ...
    LookupError: no formula is called 'sigmod'; did you mean 'sigmoid', 'log-sigmoid'?
    """
    if formula_id in _registry:
        return _registry[formula_id]
    near = difflib.get_close_matches(str(formula_id), _registry, n=3)
    hint = f"did you mean {', '.join(map(repr, near))}?" if near else "see formulas()"
    raise LookupError(f"no formula is called {formula_id!r}; {hint}")


# --- the sigmoid family --------------------------------------------------------------------------

_SIGMOID = "losses/sigmoid-cross-entropy"
_BINARY = "losses/binary-cross-entropy"
_WEIGHTS = "practice/weights-and-variants"
_SMOOTHING = "practice/smoothing-and-temperature"

_ARGUMENT = Quantity("x", "any real number", "1", "x real", "x")
_LOGIT = Quantity("x", "logit", "nats", "x real", "logits")
_LABEL = Quantity("z", "label", "1", "0 <= z <= 1", "labels")
_TARGET = Quantity("y", "label", "1", "0 <= y <= 1", "labels")
_GIVEN = Quantity("p", "predicted probability", "1", "0 < p < 1", "probabilities")
_POS_WEIGHT = Quantity("q", "weight of the positive class", "1", "q >= 0", "pos_weight")
_SPREAD = Quantity(
    "epsilon", "share of the label that is spread evenly", "1", "0 <= epsilon <= 1",
    "label_smoothing",
)  # fmt: skip


def _enter(
    formula_id: str, title: str, written: str, quantities: tuple[Quantity, ...], **rest: Any
) -> None:
    filled = {"unit": "nats", "chapter": _SIGMOID, **rest}
    register(Formula(formula_id, title, written, quantities, **filled))


_enter(
    "sigmoid", "Sigmoid", "1/(1 + exp(-x))", (_ARGUMENT,), chapter=_BINARY,
    implementation="xentlib.sigmoid", unit="1",
)  # fmt: skip
_enter(
    "log-sigmoid", "Logarithm of the sigmoid", "-log(1 + exp(-x))", (_ARGUMENT,),
    implementation="xentlib.log_sigmoid",
)  # fmt: skip
_enter(
    "softplus", "Softplus", "log(1 + exp(x))", (_ARGUMENT,),
    implementation="xentlib.softplus",
)  # fmt: skip
_enter(
    "logit", "Logit, the inverse of the sigmoid", "log(p/(1 - p))",
    (Quantity("p", "probability", "1", "0 < p < 1", "p"),), chapter=_BINARY,
    implementation="xentlib.logit",
)  # fmt: skip

_SCE: dict[str, Any] = {"implementation": "xentlib.sigmoid_cross_entropy"}
_SCE_FORM: dict[str, Any] = {**_SCE, "form_of": "sigmoid-cross-entropy"}
_enter(
    "sigmoid-cross-entropy", "Sigmoid cross-entropy, as defined",
    "z*(-log(sigmoid(x))) + (1 - z)*(-log(1 - sigmoid(x)))", (_LOGIT, _LABEL), **_SCE,
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-simplified", "Sigmoid cross-entropy, simplified",
    "x - x*z + log(1 + exp(-x))", (_LOGIT, _LABEL), **_SCE_FORM,
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-stable", "Sigmoid cross-entropy, without overflow",
    "max(x, 0) - x*z + log(1 + exp(-abs(x)))", (_LOGIT, _LABEL), **_SCE_FORM,
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-without-cancellation",
    "Sigmoid cross-entropy, as a sum of terms that are never negative",
    "(x*(1 - z) if x >= 0 else -x*z) + log(1 + exp(-abs(x)))", (_LOGIT, _LABEL), **_SCE_FORM,
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-gradient", "Gradient of sigmoid cross-entropy",
    "sigmoid(x) - z", (_LOGIT, _LABEL), implementation="xentlib.grad", unit="1",
    gradient_of="sigmoid-cross-entropy", with_respect_to="x",
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-pos-weight", "Sigmoid cross-entropy with weighted positives",
    "q*z*(-log(sigmoid(x))) + (1 - z)*(-log(1 - sigmoid(x)))",
    (_LOGIT, _LABEL, _POS_WEIGHT), **_SCE, chapter=_WEIGHTS,
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-pos-weight-gradient",
    "Gradient of sigmoid cross-entropy with weighted positives",
    "(1 - z)*sigmoid(x) - q*z*(1 - sigmoid(x))", (_LOGIT, _LABEL, _POS_WEIGHT),
    implementation="xentlib.grad", unit="1", chapter=_WEIGHTS,
    gradient_of="sigmoid-cross-entropy-pos-weight", with_respect_to="x",
)  # fmt: skip
_enter(
    "sigmoid-cross-entropy-label-smoothing", "Sigmoid cross-entropy of a smoothed label",
    "(z*(1 - epsilon) + epsilon/2)*(-log(sigmoid(x)))"
    " + ((1 - z)*(1 - epsilon) + epsilon/2)*(-log(1 - sigmoid(x)))",
    (_LOGIT, _LABEL, _SPREAD), **_SCE, chapter=_SMOOTHING,
)  # fmt: skip
_enter(
    "binary-cross-entropy", "Binary cross-entropy",
    "-y*log(p) - (1 - y)*log(1 - p)", (_GIVEN, _TARGET), chapter=_BINARY,
    implementation="xentlib.binary_cross_entropy",
)  # fmt: skip
_enter(
    "binary-cross-entropy-gradient", "Gradient of binary cross-entropy",
    "(p - y)/(p*(1 - p))", (_GIVEN, _TARGET), chapter=_BINARY,
    implementation="xentlib.grad", gradient_of="binary-cross-entropy", with_respect_to="p",
)  # fmt: skip


# --- information ----------------------------------------------------------------------------------

_CLASSES = MappingProxyType({"C": (2, 6)})
_ENTRIES = MappingProxyType({"C": (2, 6), "k": (1, "C")})
_FEW_ENTRIES = MappingProxyType({"C": (2, 4), "k": (1, "C")})
_PAIRS = MappingProxyType({"C": (2, 6), "k": (1, "C"), "i": (1, "C")})

_CHANCE = Quantity("p", "probability", "1", "0 < p <= 1", "p")
_DISTRIBUTION = Quantity(
    "p", "distribution of what happens", "1", "p[j] positive, sum(p[j], (j, 1, C)) = 1", "p"
)
_MODEL = Quantity(
    "q", "distribution that is believed", "1", "q[j] positive, sum(q[j], (j, 1, C)) = 1", "q"
)

_enter(
    "surprisal", "Surprisal", "-log(p)", (_CHANCE,),
    implementation="xentlib.surprisal", chapter="information/surprisal",
)  # fmt: skip
_enter(
    "entropy", "Entropy", "-sum(p[j]*log(p[j]), (j, 1, C))", (_DISTRIBUTION,),
    implementation="xentlib.entropy", chapter="information/entropy", each=_CLASSES,
)  # fmt: skip
_KL: dict[str, Any] = {
    "implementation": "xentlib.kl_divergence", "chapter": "information/kl-divergence",
    "each": _CLASSES,
}  # fmt: skip
_enter(
    "kl-divergence", "Kullback-Leibler divergence",
    "sum(p[j]*log(p[j]/q[j]), (j, 1, C))", (_DISTRIBUTION, _MODEL), **_KL,
)  # fmt: skip
_enter(
    "kl-divergence-without-cancellation",
    "Kullback-Leibler divergence, as a sum of terms that are never negative",
    "sum(p[j]*log(p[j]/q[j]) - p[j] + q[j], (j, 1, C))", (_DISTRIBUTION, _MODEL),
    form_of="kl-divergence", **_KL,
)  # fmt: skip
_enter(
    "cross-entropy", "Cross-entropy",
    "-sum(p[j]*log(q[j]), (j, 1, C))", (_DISTRIBUTION, _MODEL),
    implementation="xentlib.cross_entropy", chapter="information/cross-entropy", each=_CLASSES,
)  # fmt: skip
_enter(
    "cross-entropy-split", "Cross-entropy, as entropy plus KL divergence",
    "-sum(p[j]*log(p[j]), (j, 1, C)) + sum(p[j]*log(p[j]/q[j]), (j, 1, C))",
    (_DISTRIBUTION, _MODEL), form_of="cross-entropy", implementation="xentlib.cross_entropy",
    chapter="information/cross-entropy", each=_CLASSES,
)  # fmt: skip
_enter(
    "perplexity", "Perplexity", "exp(-sum(p[j]*log(p[j]), (j, 1, C)))", (_DISTRIBUTION,),
    implementation="xentlib.perplexity", chapter="information/cross-entropy", each=_CLASSES,
    unit="1",
)  # fmt: skip
_enter(
    "perplexity-of-a-belief", "Perplexity of a belief", "exp(-sum(p[j]*log(q[j]), (j, 1, C)))",
    (_DISTRIBUTION, _MODEL), implementation="xentlib.perplexity",
    chapter="information/cross-entropy", each=_CLASSES, unit="1",
)  # fmt: skip


# --- the softmax family ---------------------------------------------------------------------------

_SOFTMAX = "losses/softmax-cross-entropy"
_SPARSE = "losses/sparse-softmax-cross-entropy"

_ROW = Quantity("x", "logits of one row", "nats", "x[j] real", "logits")
_VECTOR = Quantity("x", "logits of one row", "nats", "x[j] real", "x")
_LABELS = Quantity(
    "y", "label distribution of the row", "1", "y[j] positive, sum(y[j], (j, 1, C)) = 1", "labels"
)
_SHARE = "exp(x[k])/sum(exp(x[j]), (j, 1, C))"

_enter(
    "softmax", "Softmax", _SHARE, (_VECTOR,), chapter=_SOFTMAX,
    implementation="xentlib.softmax", unit="1", each=_ENTRIES,
)  # fmt: skip
_enter(
    "log-sum-exp", "Logarithm of a sum of exponentials", "log(sum(exp(x[j]), (j, 1, C)))",
    (_VECTOR,), chapter=_SOFTMAX, implementation="xentlib.logsumexp", each=_CLASSES,
)  # fmt: skip
_enter(
    "log-softmax", "Logarithm of the softmax", "x[k] - log(sum(exp(x[j]), (j, 1, C)))",
    (_VECTOR,), chapter=_SOFTMAX, implementation="xentlib.log_softmax", each=_ENTRIES,
)  # fmt: skip
_enter(
    "softmax-cross-entropy", "Softmax cross-entropy",
    "-sum(y[i]*log(exp(x[i])/sum(exp(x[j]), (j, 1, C))), (i, 1, C))", (_ROW, _LABELS),
    chapter=_SOFTMAX, implementation="xentlib.softmax_cross_entropy", each=_CLASSES,
)  # fmt: skip
_enter(
    "softmax-cross-entropy-from-log-sum-exp", "Softmax cross-entropy, from the log-sum-exp",
    "log(sum(exp(x[j]), (j, 1, C))) - sum(y[j]*x[j], (j, 1, C))", (_ROW, _LABELS),
    chapter=_SOFTMAX, implementation="xentlib.softmax_cross_entropy", each=_CLASSES,
    form_of="softmax-cross-entropy",
)  # fmt: skip
_enter(
    "softmax-cross-entropy-without-cancellation",
    "Softmax cross-entropy, with no negative term if k is the class of the largest logit",
    "sum(y[j]*(x[k] - x[j]), (j, 1, C))"
    " + log(1 + sum((1 - delta(j, k))*exp(x[j] - x[k]), (j, 1, C)))", (_ROW, _LABELS),
    chapter=_SOFTMAX, implementation="xentlib.softmax_cross_entropy", each=_ENTRIES,
    form_of="softmax-cross-entropy",
)  # fmt: skip
_enter(
    "softmax-cross-entropy-gradient", "Gradient of softmax cross-entropy",
    f"{_SHARE} - y[k]", (_ROW, _LABELS), chapter=_SOFTMAX, implementation="xentlib.grad",
    unit="1", gradient_of="softmax-cross-entropy", with_respect_to="x[k]", each=_ENTRIES,
)  # fmt: skip
_enter(
    "sparse-softmax-cross-entropy", "Softmax cross-entropy of the class k",
    f"-log({_SHARE})", (_ROW,), chapter=_SPARSE,
    implementation="xentlib.sparse_softmax_cross_entropy", each=_ENTRIES,
)  # fmt: skip
_enter(
    "sparse-softmax-cross-entropy-log-sum-exp",
    "Softmax cross-entropy of the class k, without a quotient",
    "log(sum(exp(x[j]), (j, 1, C))) - x[k]", (_ROW,), chapter=_SPARSE,
    implementation="xentlib.sparse_softmax_cross_entropy", each=_ENTRIES,
    form_of="sparse-softmax-cross-entropy",
)  # fmt: skip
_enter(
    "sparse-softmax-cross-entropy-gradient",
    "Gradient of softmax cross-entropy of the class k (δ is 1 if i = k, otherwise 0)",
    "exp(x[i])/sum(exp(x[j]), (j, 1, C)) - delta(i, k)", (_ROW,), chapter=_SPARSE,
    implementation="xentlib.grad", unit="1", gradient_of="sparse-softmax-cross-entropy",
    with_respect_to="x[i]", each=_PAIRS,
)  # fmt: skip


# --- large vocabularies ---------------------------------------------------------------------------

_LARGE = "practice/large-vocabularies"

_PART = Quantity("a", "log-sum-exp of one part", "nats", "a real", "x")
_OTHER_PART = Quantity("b", "log-sum-exp of the other part", "nats", "b real", "other")
_HIDDEN = Quantity("h", "hidden number of one row", "1", "h real", "hidden")
_MATRIX = Quantity("w", "matrix of the layer", "nats", "w[j] real", "weight")
_BIAS = Quantity("b", "biases of the classes", "nats", "b[j] real", "bias")
_LAYER_SHARE = "exp(h*w[{0}] + b[{0}])/sum(exp(h*w[j] + b[j]), (j, 1, C))"

_enter(
    "log-sum-exp-of-a-union", "Log-sum-exp of a union of two parts", "log(exp(a) + exp(b))",
    (_PART, _OTHER_PART), chapter=_LARGE, implementation="xentlib.LogSumExp",
)  # fmt: skip
_enter(
    "log-sum-exp-of-a-union-without-overflow",
    "Log-sum-exp of a union of two parts, without overflow",
    "max(a, b) + log(1 + exp(-abs(a - b)))", (_PART, _OTHER_PART), chapter=_LARGE,
    implementation="xentlib.LogSumExp", form_of="log-sum-exp-of-a-union",
)  # fmt: skip
_enter(
    "linear-softmax-cross-entropy",
    "Softmax cross-entropy of the class k, for a layer with one hidden number",
    "log(sum(exp(h*w[j] + b[j]), (j, 1, C))) - (h*w[k] + b[k])", (_HIDDEN, _MATRIX, _BIAS),
    chapter=_LARGE, implementation="xentlib.linear_softmax_cross_entropy", each=_ENTRIES,
)  # fmt: skip
_enter(
    "linear-softmax-cross-entropy-gradient",
    "Gradient of the same with respect to the hidden number (δ is 1 if i = k, otherwise 0)",
    f"sum(({_LAYER_SHARE.format('i')} - delta(i, k))*w[i], (i, 1, C))",
    (_HIDDEN, _MATRIX, _BIAS), chapter=_LARGE, implementation="xentlib.grad", unit="nats",
    gradient_of="linear-softmax-cross-entropy", with_respect_to="h", each=_ENTRIES,
)  # fmt: skip


# --- connections ----------------------------------------------------------------------------------

_enter(
    "sparse-softmax-cross-entropy-against-the-rest",
    "Softmax cross-entropy of the class k, as one question: k or another?",
    "log(1 + exp(log(sum(exp(x[j]), (j, 1, C)) - exp(x[k])) - x[k]))", (_ROW,),
    chapter="losses/connections", implementation="xentlib.sparse_softmax_cross_entropy",
    form_of="sparse-softmax-cross-entropy", each=_ENTRIES,
)  # fmt: skip


# --- numerical accuracy ---------------------------------------------------------------------------

_ACCURACY = "practice/numerical-accuracy"
_FEWER_PAIRS = MappingProxyType({"C": (2, 4), "k": (1, "C"), "i": (1, "C")})
_REST = "sum((1 - delta(j, k))*exp(x[j] - x[k]), (j, 1, C))"

_enter(
    "sparse-softmax-cross-entropy-without-cancellation",
    "Softmax cross-entropy of the class k, with no negative term if i is the class of the largest"
    " logit",
    "(x[i] - x[k]) + log(1 + sum((1 - delta(j, i))*exp(x[j] - x[i]), (j, 1, C)))", (_ROW,),
    chapter=_ACCURACY, implementation="xentlib.sparse_softmax_cross_entropy",
    form_of="sparse-softmax-cross-entropy", each=_FEWER_PAIRS,
)  # fmt: skip
_enter(
    "sparse-softmax-cross-entropy-gradient-without-cancellation",
    "Gradient of softmax cross-entropy of the class k in the logit of that class, as a quotient",
    f"-{_REST}/(1 + {_REST})", (_ROW,), chapter=_ACCURACY, implementation="xentlib.grad",
    unit="1", gradient_of="sparse-softmax-cross-entropy", with_respect_to="x[k]", each=_ENTRIES,
)  # fmt: skip


# --- variants -------------------------------------------------------------------------------------

_FOCUS = Quantity("gamma", "focusing parameter", "1", "gamma >= 0", "gamma")
_FACTORS = Quantity("w", "weights of the classes", "1", "w[j] nonnegative", "weights")
_SOFTMAX_LOSS: dict[str, Any] = {"implementation": "xentlib.softmax_cross_entropy"}

_enter(
    "sigmoid-focal-cross-entropy", "Focal loss",
    "z*(1 - sigmoid(x))**gamma*(-log(sigmoid(x)))"
    " + (1 - z)*sigmoid(x)**gamma*(-log(1 - sigmoid(x)))",
    (_LOGIT, _LABEL, _FOCUS), chapter=_WEIGHTS,
    implementation="xentlib.sigmoid_focal_cross_entropy",
)  # fmt: skip
_enter(
    "sigmoid-focal-cross-entropy-gradient", "Gradient of the focal loss",
    "(1 - z)*sigmoid(x)**gamma*(sigmoid(x) + gamma*sigmoid(-x)*softplus(x))"
    " - z*sigmoid(-x)**gamma*(sigmoid(-x) + gamma*sigmoid(x)*softplus(-x))",
    (_LOGIT, _LABEL, _FOCUS), chapter=_WEIGHTS, implementation="xentlib.grad", unit="1",
    gradient_of="sigmoid-focal-cross-entropy", with_respect_to="x",
)  # fmt: skip
_enter(
    "softmax-cross-entropy-weighted", "Softmax cross-entropy with weighted classes",
    "-sum(w[i]*y[i]*log(exp(x[i])/sum(exp(x[j]), (j, 1, C))), (i, 1, C))",
    (_ROW, _LABELS, _FACTORS), chapter=_WEIGHTS, each=_CLASSES, **_SOFTMAX_LOSS,
)  # fmt: skip
_enter(
    "softmax-cross-entropy-weighted-gradient",
    "Gradient of softmax cross-entropy with weighted classes",
    f"sum(w[j]*y[j], (j, 1, C))*({_SHARE}) - w[k]*y[k]", (_ROW, _LABELS, _FACTORS),
    chapter=_WEIGHTS, implementation="xentlib.grad", unit="1",
    gradient_of="softmax-cross-entropy-weighted", with_respect_to="x[k]", each=_FEW_ENTRIES,
)  # fmt: skip
_enter(
    "softmax-cross-entropy-label-smoothing", "Softmax cross-entropy of smoothed labels",
    "-sum((y[i]*(1 - epsilon) + epsilon/C)*log(exp(x[i])/sum(exp(x[j]), (j, 1, C))), (i, 1, C))",
    (_ROW, _LABELS, _SPREAD), chapter=_SMOOTHING, each=_CLASSES, **_SOFTMAX_LOSS,
)  # fmt: skip
_enter(
    "softmax-cross-entropy-label-smoothing-gradient",
    "Gradient of softmax cross-entropy of smoothed labels",
    f"{_SHARE} - (y[k]*(1 - epsilon) + epsilon/C)", (_ROW, _LABELS, _SPREAD),
    chapter=_SMOOTHING, implementation="xentlib.grad", unit="1",
    gradient_of="softmax-cross-entropy-label-smoothing", with_respect_to="x[k]", each=_FEW_ENTRIES,
)  # fmt: skip
