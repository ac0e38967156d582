"""The reference pages: every public name and every formula is there, and links lead both ways."""

import importlib
import inspect
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser

from tests.site.inspection import SETTLED
from tools.book import HTML
from tools.reference import API, PUBLIC, SHEET
from xentlib.symbolic import Derivation, Formula, formulas
from xentlib.symbolic.records import record

SECTIONS = ("Parameters", "Returns", "Raises", "Notes", "References", "Examples")


def _read(name: str) -> BeautifulSoup:
    return BeautifulSoup((HTML / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def _expected() -> set[str]:
    """Return every name that the page must have: the public ones, and what two classes offer."""
    names = {f"{path}.{name}" for path in PUBLIC for name in importlib.import_module(path).__all__}
    for owner in (Derivation, Formula):
        shown = {name for name, value in vars(owner).items() if _is_offered(name, value)}
        names |= {f"xentlib.symbolic.{owner.__name__}.{name}" for name in shown}
    return names


def _is_offered(name: str, value: object) -> bool:
    return not name.startswith("_") and (
        inspect.isfunction(value)
        or isinstance(value, property | classmethod)
        or type(value).__name__ == "cached_property"
    )


def _wrong(page: BeautifulSoup) -> list[str]:
    """Return what the page lacks: entries, words in an entry, sections of a function."""
    entries = {str(term["id"]): term.find_next_sibling("dd") for term in page.select("dt.sig[id]")}
    wrong = [f"{name} has no entry" for name in sorted(_expected() - set(entries))]
    for name, body in entries.items():
        own = "".join(str(part) for part in body.find_all(["p", "li"])) if body else ""
        text = BeautifulSoup(own, "html.parser").get_text(" ", strip=True)
        if len(text) < 15:
            wrong.append(f"{name} is undocumented")
        if re.fullmatch(r"xentlib\.\w+", name) and body:
            heads = {e.get_text(strip=True).rstrip(":") for e in body.select("dt, p.rubric")}
            wrong += [f"{name} lacks {s}" for s in SECTIONS if s not in heads]
            wrong += [] if body.select(".math") else [f"{name} shows no formula"]
            wrong += [] if body.select(".highlight-pycon, .doctest") else [f"{name}: no example"]
    return wrong


@pytest.mark.usefixtures("site")
def test_every_public_name_has_a_documented_entry() -> None:
    assert not _wrong(_read(API))


@pytest.mark.usefixtures("site")
def test_a_missing_and_an_undocumented_entry_are_noticed() -> None:
    """Negative controls: a name without entry, entries without words, a lost section."""
    page = _read(API)
    page.find("dt", id="xentlib.course.COLORS").decompose()
    page.find("dt", id="xentlib.symbolic.Formula.latex").find_next_sibling("dd").clear()
    page.find("dt", id="xentlib.softplus").find_next_sibling("dd").find("p", "rubric").decompose()
    wrong = _wrong(page)
    assert "xentlib.course.COLORS has no entry" in wrong
    assert "xentlib.symbolic.Formula.latex is undocumented" in wrong
    assert any(w.startswith("xentlib.softplus lacks") for w in wrong)
    assert len(wrong) == 3


@pytest.mark.usefixtures("site")
def test_an_entry_and_its_chapter_link_to_each_other() -> None:
    entry = _read(API).find("dt", id="xentlib.sigmoid_cross_entropy").find_next_sibling("dd")
    there = [link["href"] for link in entry.select("a.reference")]
    assert any(href.startswith("../losses/sigmoid-cross-entropy.html") for href in there)
    chapter = _read("chapters/losses/sigmoid-cross-entropy")
    back = [link["href"] for link in chapter.select("article a.reference")]
    target = "../reference/api.html#xentlib.sigmoid_cross_entropy"
    assert back.count(target) == 1, "the first mention is a link, and no other"


@pytest.mark.usefixtures("site")
def test_every_formula_links_to_its_function() -> None:
    page, entries = _read(SHEET), {str(t["id"]) for t in _read(API).select("dt.sig[id]")}
    for formula in formulas():
        target = page.find(id=f"formula-{formula.id}")
        assert target is not None, formula.id
        item = target if target.name == "li" else target.find_parent("li") or target.parent
        links = {link["href"] for link in item.select("a.reference")}
        assert f"api.html#{formula.implementation}" in links, formula.id
        assert formula.implementation in entries


@pytest.mark.usefixtures("site")
def test_the_file_to_download_is_there_and_current() -> None:
    link = _read(SHEET).find("a", string="formulas.json")
    file = (HTML / f"{SHEET}.html").parent / str(link["href"])
    assert json.loads(file.read_text(encoding="utf-8")) == [record(f) for f in formulas()]


def test_the_sheet_prints_on_two_pages_of_a4(site: str, browser: Browser, tmp_path: Path) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/{SHEET}.html", wait_until="networkidle")
        page.evaluate(SETTLED)
        printed = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox ?\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", printed)
    assert len(re.findall(rb"/Type ?/Page\b", printed)) <= 2


@pytest.mark.parametrize("name", [API, SHEET])
def test_nothing_of_a_docstrings_markup_is_left_over(name: str, site: str) -> None:
    text = _read(name).find("article").get_text()
    left = re.findall(r"\.\. \w+::|^-{4,}$|:py:\w+:|:math:|\(formula-", text, re.MULTILINE)
    assert not left
