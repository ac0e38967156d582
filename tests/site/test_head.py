"""What a page says of itself to search engines, and to those with whom it is shared."""

import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from docutils.core import publish_doctree
from playwright.sync_api import Browser

from tests.site.test_pages import PAGES
from tools.book import HTML
from tools.notebooks import ROOT
from tools.site import head

BASE = "https://example.org/book/"


def _page(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def _wrong(pages: dict[str, BeautifulSoup]) -> list[str]:
    wrong, seen = [], {}
    for name, page in pages.items():
        found = page.select('meta[name="description"]')
        text = str(found[0]["content"]) if len(found) == 1 else ""
        if not 30 <= len(text) <= 160 or "\\" in text:
            wrong.append(f"{name}: its description is {text!r}")
        if text in seen:
            wrong.append(f"{name} and {seen[text]} have one description")
        seen[text] = name
        shared = {tag["property"]: tag["content"] for tag in page.select("meta[property]")}
        if not {"og:title", "og:description", "og:type", "og:site_name"} <= set(shared):
            wrong.append(f"{name}: something for previews is missing")
    return wrong


@pytest.mark.usefixtures("site")
def test_every_page_has_a_description_of_its_own() -> None:
    pages = {name: _page(HTML / f"{name}.html") for name in PAGES}
    assert _wrong(pages) == []
    pages["index"].select_one('meta[name="description"]')["content"] = "short"
    pages["search"].select_one('meta[property="og:title"]').decompose()
    assert len(_wrong(pages)) == 2, "negative control"


def test_a_description_is_running_text_cut_at_a_word() -> None:
    text = "Title\n=====\n\n.. note:: Not this.\n\n" + "Words that go on. " * 20
    said = head.description(publish_doctree(text), "Title")
    assert said.startswith("Words that go on.")
    assert len(said) <= head.LONGEST + 2
    assert said.endswith(" …")
    assert head.description(publish_doctree("Short."), "Title") == "Title: Short."


@pytest.fixture
def small_site(tmp_path: Path, python: str) -> Path:
    """A site of one page that knows its address."""
    settings = f"extensions = ['tools.site.head']\nhtml_baseurl = {BASE!r}\nproject = 'Small'\n"
    (tmp_path / "conf.py").write_text(settings + "language = 'en'\n")
    (tmp_path / "index.rst").write_text("A <title>\n=========\n\nText & more.\n")
    command = [python, "-m", "sphinx", "-q", tmp_path, tmp_path / "html"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return tmp_path / "html"


def test_with_an_address_there_are_image_languages_and_sitemap(small_site: Path) -> None:
    page = _page(small_site / "index.html")
    shared = {tag["property"]: tag["content"] for tag in page.select("meta[property]")}
    assert shared["og:title"] == "A <title>"
    assert shared["og:url"] == f"{BASE}index.html"
    image = small_site / str(shared["og:image"]).removeprefix(BASE)
    assert image.read_bytes().startswith(b"\x89PNG")
    languages = {link["hreflang"]: link["href"] for link in page.select("link[hreflang]")}
    assert languages == {"en": f"{BASE}index.html", "x-default": f"{BASE}index.html"}
    assert page.select_one("link[rel=canonical]")["href"] == f"{BASE}index.html"
    tree = ElementTree.parse(small_site / "sitemap.xml")
    assert [place.text for place in tree.iter() if place.tag.endswith("loc")] == [
        f"{BASE}index.html"
    ]
    assert f"{BASE}sitemap.xml" in (small_site / "robots.txt").read_text()
    assert _page(small_site / "404.html").select_one("base")["href"] == BASE


@pytest.mark.usefixtures("site")
def test_without_an_address_nothing_names_one() -> None:
    page = _page(HTML / "index.html")
    assert not page.select('[property="og:image"], [hreflang], [rel=canonical]')
    assert not (HTML / "sitemap.xml").exists()


def test_the_page_for_wrong_addresses_finds_its_styles_and_links_from_anywhere(
    site: str, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        text = (HTML / "404.html").read_text(encoding="utf-8")
        page.route("**/deep/down/nowhere.html", lambda route: route.fulfill(body=text, status=404))
        failed: list[str] = []
        page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
        page.goto(f"{site}/deep/down/nowhere.html", wait_until="networkidle")
        assert failed == [f"{site}/deep/down/nowhere.html"]
        page.get_by_role("link", name="Index", exact=True).first.click()
        assert page.url == f"{site}/genindex.html"
