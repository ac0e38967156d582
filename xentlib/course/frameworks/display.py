"""How the chapter shows spellings, facts and disagreements: as tabs and tables, always measured."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import xentlib
from xentlib.course.frameworks.adapters import FRAMEWORKS, LIBRARIES, version
from xentlib.course.frameworks.disagreements import Disagreement, disagreement
from xentlib.course.frameworks.facts import FACTS, facts_of
from xentlib.course.frameworks.spellings import Spelling
from xentlib.course.table import Table

__all__ = ["Tabs", "answers", "facts_about", "gradients", "spelled", "told", "values", "versions"]


class Tabs:
    """Named pieces of Markdown, of which a page shows one at a time.

    With a group, a reader's choice in one box is a choice in all boxes of the group.
    """

    def __init__(self, items: Mapping[str, str], plain: str, group: str = "") -> None:
        self.items, self.plain, self.group = items, plain, group

    def __repr__(self) -> str:
        return self.plain

    def _repr_markdown_(self) -> str:
        shared = f":sync-group: {self.group}\n\n" if self.group else ""
        tabs = "\n".join(self._tab(name, body) for name, body in self.items.items())
        return f"::::{{tab-set}}\n{shared}{tabs}\n::::"

    def _tab(self, name: str, body: str) -> str:
        key = f":sync: {name}\n\n" if self.group else ""
        return f":::{{tab-item}} {name}\n{key}{body}\n:::"


def versions() -> Table:
    """Return a table of the installed versions."""
    return Table(["version"], {name: [version(name)] for name in LIBRARIES})


def _numbers(values: Any) -> str:
    rounded = np.atleast_1d(np.round(np.asarray(values, dtype=float), 4) + 0.0)
    return f"`{rounded.tolist()}`"


def _chosen(spellings: Iterable[Spelling], **options: Any) -> dict[str, Spelling]:
    """Return the first spelling of each framework that has exactly these options."""
    fitting = [spelling for spelling in spellings if dict(spelling.options) == options]
    return {
        framework.name: next(s for s in fitting if s.framework is framework)
        for framework in FRAMEWORKS
        if any(s.framework is framework for s in fitting)
    }


def spelled(spellings: Iterable[Spelling], *arrays: np.ndarray, **options: Any) -> Tabs:
    """Show how each framework spells a loss, and what that call returns for the arrays."""
    chosen = _chosen(spellings, **options)
    sources = {name: spelling.source for name, spelling in chosen.items()}
    results = {name: _numbers(spelling.value(*arrays)) for name, spelling in chosen.items()}
    items = {
        name: f"```python\n{source}\n```\n\ngives {results[name]}"
        for name, source in sources.items()
    }
    plain = "\n".join(f"{name}: {source}\n{results[name]}" for name, source in sources.items())
    return Tabs(items, plain, group="framework")


def values(spellings: Iterable[Spelling], *arrays: np.ndarray, **options: Any) -> Table:
    """Return a table of what each framework gives, to six decimals."""
    rows = {
        name: [f"{number:.6f}" for number in spelling.value(*arrays)]
        for name, spelling in _chosen(spellings, **options).items()
    }
    columns = [f"row {number}" for number in range(1, len(next(iter(rows.values()))) + 1)]
    return Table(columns, rows)


def gradients(
    losses: Mapping[str, Sequence[Spelling]], arrays: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> Table:
    """Compare each framework's own differentiation with ``xentlib.grad``: agreed digits."""
    rows: dict[str, list[str]] = {}
    for loss, spellings in losses.items():
        ours = xentlib.grad(getattr(xentlib, loss))(*arrays[loss])
        for name, spelling in _chosen(spellings).items():
            if spelling.framework.differentiate:
                theirs = spelling.gradient(*arrays[loss])
                close = np.abs(theirs - ours).max() < 1e-12
                rows.setdefault(name, []).append("agree" if close else "differ")
    return Table([f"`{loss}`" for loss in losses], rows)


def told(aspect: str, *libraries: str) -> Table:
    """Return a table of one aspect of every function that has a fact on it."""
    facts = [fact for fact in FACTS if fact.aspect == aspect]
    chosen = [fact for fact in facts if not libraries or fact.library in libraries]
    return Table(
        ["contract", "measured"],
        {f"{f.library} `{f.function}`": [f.statement, f"`{f.measured()}`"] for f in chosen},
    )


def facts_about(*libraries: str) -> Tabs:
    """Show every fact on the libraries' functions, one tab for each function, measured now."""
    tables = {
        function: Table(
            ["contract", "measured"],
            {fact.aspect: [fact.statement, f"`{fact.measured()}`"] for fact in facts},
        )
        for library in libraries
        for function, facts in facts_of(library).items()
    }
    items = {function: table._repr_html_() for function, table in tables.items()}
    return Tabs(items, "\n\n".join(f"{name}\n{table}" for name, table in tables.items()))


def answers(*identifiers: str) -> Table:
    """Return a table of the truth and of what everybody answers, for one input or for several."""
    asked = [disagreement(identifier) for identifier in identifiers]
    told = [{one.convention or "truth": one.truth_in_short, **_in_short(one)} for one in asked]
    found = [{name: _unbroken(said) for name, said in one.items()} for one in told]
    if len(found) == 1:
        return Table(["answer"], {name: [answer] for name, answer in found[0].items()})
    names = list(dict.fromkeys(name for each in found for name in each))
    rows = zip(asked, found, strict=True)
    return Table(
        names, {one.input: [each.get(name, "not asked") for name in names] for one, each in rows}
    )


def _in_short(one: Disagreement) -> dict[str, str]:
    found = {
        name: "error" if said.endswith("Error") else said for name, said in one.found().items()
    }
    same = {"right": "the same"} if one.convention else {}
    return {name: same.get(said, said) for name, said in found.items()}


def _unbroken(told: str) -> str:
    """Write minus signs as such: at a hyphen, a narrow column would break a number in two."""
    return re.sub(r"(?<![a-df-z])-(?=\d)", "\N{MINUS SIGN}", told)
