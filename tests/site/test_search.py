"""The search finds what a reader types: a formula's name, a symptom, a message."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

WANTED = {
    "perplexity": "chapters/information/",
    "label smoothing": "chapters/",
    "nan": "chapters/guide/nan-zero-negative",
    "0.693": "chapters/guide/symptoms",
    "why is my loss negative": "chapters/guide/nan-zero-negative",
    "sigmoid_cross_entropy": "chapters/",
    "expected scalar type Long": "chapters/guide/labels-and-shapes",
    "Shapes (None, 1) and (None, 10) are incompatible": "chapters/guide/labels-and-shapes",
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


def _found(page: Page, site: str, words: str) -> list[str]:
    page.goto(f"{site}/search.html?q={words.replace(' ', '+')}", wait_until="networkidle")
    page.wait_for_function(
        "/found|did not match/.test(document.querySelector('.search-summary')?.innerText)"
    )
    links = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    return [link.removeprefix(f"{site}/") for link in links]


@pytest.mark.parametrize("words", WANTED)
def test_the_search_finds(words: str, site: str, page: Page) -> None:
    assert any(link.startswith(WANTED[words]) for link in _found(page, site, words))


def test_the_search_does_not_find_everything(site: str, page: Page) -> None:
    assert _found(page, site, "xylophone") == []
