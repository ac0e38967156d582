"""The certificate of accuracy: how many digits of a loss and of its gradient each library keeps.

It is measured against mpmath, regime by regime, and told in words so coarse that they are the same
on every CPU: a word stands for the worst result of its regime. `CERTIFIED` holds the words that
were measured last; ``python -m tools.certificate`` writes them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from matplotlib.patches import Rectangle

import xentlib
from xentlib.course.accuracy import (
    DIGITS,
    FORMATS,
    Row,
    error,
    sigmoid_cross_entropy,
    sigmoid_gradient,
    sigmoid_slopes,
)
from xentlib.course.regimes import logit_rows, logits
from xentlib.course.style import COLORS
from xentlib.course.table import Table

__all__ = [
    "CASES",
    "EDGES",
    "FILE",
    "WORDS",
    "XENTLIB",
    "Case",
    "CertificateChangedError",
    "Contestant",
    "Judgement",
    "certified",
    "confirm",
    "draw",
    "judge",
    "measure",
    "renewed",
    "table",
    "words",
]

FILE = Path(__file__).with_name("certificate.json")
PLACE = "chapters/practice/numerical-accuracy, the certificate"
ROWS, CLASSES = 60, 5
# Inputs whose worst errors lie far from every edge: no other C library moves one across.
SEED, QUESTIONS_SEED = 15, 31

# From good to bad; the worst error in ulp is at most the edge. Whether a result is nearest to the
# truth depends on the C library of a machine, unless somebody took care that it does not.
EDGES = {"nearest": 0.51, "4 ulp": 4.0, "1024 ulp": 1024.0}
WORDS = (*EDGES, "more", "no digit", "zero", "nan")

Call = Callable[[Any, Any], Any]
Words = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Contestant:
    """A library: for each loss, what computes it and its gradient from labels and logits.

    In the types that it is said to round correctly, it may earn the word "nearest".
    """

    name: str
    version: str
    losses: Mapping[str, Call] = field(repr=False)
    gradients: Mapping[str, Call] = field(repr=False)
    rounds_correctly: tuple[str, ...] = ()

    def call(self, function: str, part: str) -> Call | None:
        """Return what computes a loss or its gradient, if the library has it."""
        return (self.losses if part == "loss" else self.gradients).get(function)


@dataclass(frozen=True)
class Judgement:
    """The word for some results, their worst error in ulp, and their median error."""

    word: str
    worst: float
    typical: float = 0.0


@dataclass(frozen=True)
class Case:
    """A loss on the inputs of one regime and type, with the exact results."""

    function: str
    regime: str
    dtype: str

    def row(self, part: str) -> str:
        """Return the name of the row of the certificate."""
        return f"{self.function}, {part}, {self.dtype}, {self.regime}"

    @cached_property
    def inputs(self) -> tuple[Any, Any]:
        """Labels and logits."""
        if self.function == "sigmoid_cross_entropy":
            return _questions(self.regime, self.dtype)
        labels, x = _rows(self.regime, self.dtype)
        if self.function == "softmax_cross_entropy":
            labels = np.eye(CLASSES, dtype=self.dtype)[labels]
        return labels, x

    @cached_property
    def scales(self) -> list[Any] | None:
        """The larger part of each derivative where parts cancel: errors are in its ulp."""
        if self.regime != "soft labels":
            return None
        with mpmath.workdps(DIGITS):
            return [max(sigmoid_slopes(*pair)) for pair in zip(*self.inputs, strict=True)]

    @cached_property
    def truth(self) -> dict[str, list[Any]]:
        """The exact losses, and the exact derivatives one after the other."""
        labels, x = self.inputs
        with mpmath.workdps(DIGITS):
            if self.function == "sigmoid_cross_entropy":
                pairs = list(zip(labels, x, strict=True))
                return {
                    "loss": [sigmoid_cross_entropy(*pair) for pair in pairs],
                    "gradient": [sigmoid_gradient(*pair) for pair in pairs],
                }
            shares = np.eye(CLASSES)[labels] if labels.ndim == 1 else labels
            pairs = [(Row(row), y) for row, y in zip(x, shares, strict=True)]
            slopes = [row.gradient(y) for row, y in pairs]
            return {
                "loss": [r.loss(y) for r, y in pairs],
                "gradient": [s for g in slopes for s in g],
            }

    def judge(self, contestant: Contestant, part: str) -> Judgement | None:
        """Return how well a library does, or None if it does not compute that."""
        call = contestant.call(self.function, part)
        if call is None:
            return None
        with np.errstate(all="ignore"):
            results = np.asarray(call(*self.inputs))
        if results.dtype != self.dtype:
            raise TypeError(f"{contestant.name} returned {results.dtype} for {self.dtype}")
        scales = self.scales if part == "gradient" else None
        return judge(results, self.truth[part], scales, self.dtype in contestant.rounds_correctly)


def _rows(regime: str, dtype: str) -> tuple[Any, Any]:
    """Return classes and logits: the true class is the largest one where rows are confident."""
    x = logit_rows(regime, ROWS, CLASSES, dtype, SEED)
    if regime == "confident":
        return x.argmax(1), x
    lots = np.random.default_rng(SEED + 1).random(x.shape)
    return np.where(np.isfinite(x), lots, -1.0).argmax(1), x


def _questions(regime: str, dtype: str) -> tuple[Any, Any]:
    """Return labels and logits of yes/no questions; soft labels are nearly sure, and right."""
    x = logits(
        "confident" if regime == "confident" else "ordinary", 10 * ROWS, dtype, QUESTIONS_SEED
    )
    lots = np.random.default_rng(QUESTIONS_SEED + 1).random(x.shape)
    yes = lots < 0.5 if regime == "ordinary" else x > 0
    doubt = lots * 2.0**-14 if regime == "soft labels" else np.zeros(x.shape)
    return np.where(yes, 1 - doubt, doubt).astype(dtype), x


def judge(
    results: Any,
    truth: Sequence[Any],
    scales: Sequence[Any] | None = None,
    rounds_correctly: bool = False,
) -> Judgement:
    """Return the word for the worst of some results, and its error in ulp.

    A true value that is too small for a normal number counts only if the result is no number. The
    word "nearest" is given to those who claim it; for others, "4 ulp" is the best one.
    """
    results = np.asarray(results)
    with mpmath.workdps(DIGITS):
        smallest = mpmath.mpf(2) ** FORMATS[results.dtype.name][1]
        triples = zip(results.flat, truth, truth if scales is None else scales, strict=True)
        found = [_judged(*triple, smallest) for triple in triples]
    worst = max(found, key=lambda one: (WORDS.index(one.word), one.worst))
    typical = float(np.median([one.worst for one in found]))
    fallen = worst.word == "nearest" and not rounds_correctly
    return Judgement("4 ulp" if fallen else worst.word, worst.worst, typical)


def _judged(result: Any, true: Any, scale: Any, smallest: Any) -> Judgement:
    if np.isnan(result):
        return Judgement("nan", float("inf"))
    if 0 < abs(true) < smallest:
        return Judgement("nearest", 0.0)
    off = error(result, true, scale)
    if true and result == 0:
        return Judgement("zero", off)
    if abs(mpmath.mpf(float(result)) - true) > abs(scale) / 2:
        return Judgement("no digit", off)
    return Judgement(next((w for w, edge in EDGES.items() if off <= edge), "more"), off)


# --- the certificate ------------------------------------------------------------------------------

_SOFTMAX = ("ordinary", "confident", "shifted by 1e4", "near ties", "masked")
_SIGMOID = ("ordinary", "confident", "soft labels")
FUNCTIONS = {
    "sparse_softmax_cross_entropy": _SOFTMAX,
    "softmax_cross_entropy": _SOFTMAX,
    "sigmoid_cross_entropy": _SIGMOID,
}
PARTS = ("loss", "gradient")
CASES = tuple(
    Case(function, regime, dtype)
    for function, regimes in FUNCTIONS.items()
    for dtype in ("float32", "float64")
    for regime in regimes
)


def _own(name: str) -> Callable[..., Any]:
    return getattr(xentlib, name)  # type: ignore[no-any-return]


XENTLIB = Contestant(
    "xentlib",
    xentlib.__version__,
    {name: _own(name) for name in FUNCTIONS},
    {name: xentlib.grad(_own(name)) for name in FUNCTIONS},
    rounds_correctly=("float32",),
)


def measure(contestants: Iterable[Contestant], cases: Iterable[Case] = CASES) -> dict[str, Any]:
    """Return what was found: for each row of the certificate, each library's judgement."""
    libraries = list(contestants)
    found: dict[str, Any] = {}
    for case in cases:
        for part in PARTS:
            judged = {one.name: case.judge(one, part) for one in libraries}
            found[case.row(part)] = {name: one for name, one in judged.items() if one is not None}
    return found


def words(found: Mapping[str, Mapping[str, Judgement]]) -> Words:
    """Return the words alone."""
    return {row: {name: j.word for name, j in each.items()} for row, each in found.items()}


def certified(file: Path = FILE) -> dict[str, Any]:
    """Return the certificate as it is stored."""
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return stored


def renewed(stored: Mapping[str, Any], contestants: Sequence[Contestant]) -> dict[str, Any]:
    """Return the certificate with the libraries given measured again; the others stay."""
    now = words(measure(contestants))
    before, versions = stored.get("rows", {}), dict(stored.get("versions", {}))
    versions |= {one.name: one.version for one in contestants if one is not XENTLIB}
    return {
        "versions": versions,
        "inputs": {"rows": ROWS, "classes": CLASSES, "seeds": [SEED, QUESTIONS_SEED]},
        "edges in ulp": EDGES,
        "rows": {row: {**before.get(row, {}), **each} for row, each in now.items()},
    }


def table(
    found: Mapping[str, Mapping[str, Judgement]], function: str, part: str, dtype: str
) -> Table:
    """Return what was found of a loss or gradient: a row for each library, a word for each regime.

    A library that was not measured there has no row.
    """
    cases = [case for case in CASES if (case.function, case.dtype) == (function, dtype)]
    columns = [found[case.row(part)] for case in cases]
    rows = {name: [column[name].word for column in columns] for name in columns[0]}
    return Table([case.regime for case in cases], rows)


_SIGNS = {"nearest": "½", "1024 ulp": "1k", "more": ">1k", "no digit": "?", "zero": "0"}
_SHADES = ("green", "sky", "amber", "vermilion", "rose", "black", "black")


def draw(axes: Any, shown: Table) -> None:
    """Draw a table of words as coloured squares, each with its word in short."""
    for y, cells in enumerate(shown.rows.values()):
        for x, word in enumerate(cells):
            color = COLORS[_SHADES[WORDS.index(word)]]
            axes.add_patch(Rectangle((x, y), 0.94, 0.94, color=color))
            sign = _SIGNS.get(word, word.removesuffix(" ulp"))
            ink = "white" if word in ("zero", "nan") else "black"
            axes.text(x + 0.47, y + 0.47, sign, ha="center", va="center", color=ink, size=9)
    width, height = len(shown.columns), len(shown.rows)
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_xticks(np.arange(width) + 0.47, shown.columns, rotation=90)
    axes.set_yticks(np.arange(height) + 0.47, shown.rows)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


class CertificateChangedError(AssertionError):
    """A library computes something else than the certificate says."""


def confirm(
    found: Words, contestants: Iterable[Contestant], stored: Mapping[str, Any] | None = None
) -> None:
    """Raise `CertificateChangedError`, which names each entry that is not as it is certified."""
    stored = certified() if stored is None else stored
    wrong = []
    for one in contestants:
        known = stored["versions"].get(one.name)
        version = f"{one.name} {one.version}" + (f" (certified: {known})" if known else "")
        for row in {**stored["rows"], **found}:
            said = stored["rows"].get(row, {}).get(one.name, "nothing")
            now = found.get(row, {}).get(one.name, "nothing")
            if said != now:
                wrong.append(
                    f"{version}: {row}: certified as {said!r}, now {now!r}. Place: {PLACE}."
                )
    if wrong:
        raise CertificateChangedError("\n".join(wrong))
