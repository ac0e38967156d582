"""A page brings what it needs and no more, and looks as if it had brought everything."""

import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

from tests.site.inspection import DESKTOP, PHONE
from tests.site.test_pages import PAGES
from tools.book import BUILD, HTML
from tools.site import weight

CHAPTER = "chapters/losses/softmax-cross-entropy"
# The most bytes, uncompressed, that a first visit may load before the reader scrolls.
MOST = {"stylesheet": 125_000, "script": 60_000, "font": 0}
UNWANTED = ("thebe", "fontawesome", "bootstrap", "comments", "togglebutton", "searchindex")


@pytest.fixture
def page(browser: Browser, node: Path, site: str) -> Iterator[Page]:
    with browser.new_context(viewport=PHONE) as context:
        yield context.new_page()


def _visit(page: Page, address: str) -> dict[str, int]:
    """Return the bytes that a visit of a page loads, by kind and by file."""
    loaded: dict[str, int] = {}

    def add(response) -> None:
        kind, name = response.request.resource_type, response.url.rpartition("/")[2]
        for key in {kind, name}:
            loaded[key] = loaded.get(key, 0) + len(response.body())

    page.on("response", add)
    page.goto(address, wait_until="networkidle")
    return loaded


def test_a_visit_loads_little(page: Page, site: str) -> None:
    loaded = _visit(page, f"{site}/{CHAPTER}.html")
    for kind, most in MOST.items():
        assert loaded.get(kind, 0) <= most, (kind, loaded)
    assert loaded["stylesheet"]
    assert not [name for name in loaded if any(part in name for part in UNWANTED)]
    images = page.locator("article img").count()
    assert loaded.get("image", 0) < sum(f.stat().st_size for f in (HTML / "_images").iterdir()) / 2
    assert images > 2


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", PAGES)
def test_no_script_holds_up_a_page_and_every_image_has_a_size(name: str) -> None:
    page = BeautifulSoup((HTML / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    scripts = page.select("script[src]")
    assert [s["src"] for s in scripts if not s.has_attr("defer")] == []
    assert [i["src"] for i in page.select("img") if not (i.get("width") and i.get("height"))] == []
    assert len(page.select("link[rel=stylesheet]")) == 1
    assert len(page.select("[id]")) == len({e["id"] for e in page.select("[id]")}), "an id twice"


def test_the_site_has_no_files_that_no_page_asks_for(site: str, node: Path) -> None:
    for part in weight.UNUSED:
        assert not (HTML / "_static" / part).exists(), part
    text = "".join(file.read_text(encoding="utf-8") for file in HTML.rglob("*.html"))
    for file in (HTML / "_static").glob("*.*"):
        assert file.name in text, f"{file.name} is there for nothing"


# A round corner is not drawn alike each time when the processor is busy.
UNSEEN = 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["index", CHAPTER, "search"])
def test_a_page_looks_the_same_with_every_rule(
    name: str, scheme: str, viewport: dict, site: str, browser: Browser, node: Path
) -> None:
    """What was taken out of the style sheet was not in use."""
    small, full = (_picture(browser, f"{site}/{name}.html", scheme, viewport, rules)
                   for rules in (None, BUILD / weight.FULL))  # fmt: skip
    assert _differ_by(small, full) <= UNSEEN


def _differ_by(one: bytes, other: bytes) -> int:
    """Return the largest difference between two pictures in a pixel's colour, of 255."""
    pictures = (Image.open(BytesIO(picture)).convert("RGB") for picture in (one, other))
    return max(high for _, high in ImageChops.difference(*pictures).getextrema())


def _picture(
    browser: Browser, address: str, scheme: str, viewport: dict, styles: Path | None
) -> bytes:
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page = context.new_page()
        if styles:
            page.route(f"**/{weight.STYLES}", lambda route: route.fulfill(path=styles))
        page.goto(address, wait_until="networkidle")
        page.evaluate("document.fonts.ready")
        return _settled(page)


def _settled(page: Page) -> bytes:
    """Return a picture of the page once it has stopped changing."""
    before, now = b"", page.screenshot(animations="disabled", caret="hide")
    while before != now:
        page.wait_for_timeout(300)
        before, now = now, page.screenshot(animations="disabled", caret="hide")
    return now


def test_a_lost_rule_would_be_seen(site: str, browser: Browser, node: Path, tmp_path: Path) -> None:
    """Negative control: without the rules for code, the picture is another one."""
    css = (HTML / "_static" / weight.STYLES).read_text(encoding="utf-8")
    (tmp_path / "less.css").write_text(css.replace("admonition", "lost"), encoding="utf-8")
    address = f"{site}/{CHAPTER}.html"
    pictures = [
        _picture(browser, address, "light", DESKTOP, p) for p in (None, tmp_path / "less.css")
    ]
    assert _differ_by(*pictures) > 10 * UNSEEN


FACES = (
    '@font-face{font-family:"Font Awesome 6 Free";src:url(x/fa-solid-900.woff2)}'
    '@font-face{font-family:"Font Awesome 6 Brands";src:url(x/fa-brands-400.woff2)}'
    '@font-face{font-family:"Other";src:url(o.woff2)}'
)
RULES = (
    '.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-ghost:before{content:"\\f6e2"}'
    '.note::before{content:"\\f05a"}.quote::before{content:"\u2295"}'
)


def test_the_fonts_hold_the_icons_in_use_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: dict[str, set[int]] = {}
    monkeypatch.setattr(
        weight, "_cut", lambda font, codes: bytes(cut.update({font.name: codes}) or 3)
    )
    kept = weight.with_icons(RULES + FACES, Path(), ['<i class="fa-solid fa-bars">'])
    assert cut == {"fa-solid-900.ttf": {0xF0C9, 0xF05A}}
    assert "Brands" not in kept
    assert "Other" in kept


def _icons(page: Page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('i[class*=fa-], .admonition-title')].flatMap(e => "
        "['::before', '::after'].map(part => getComputedStyle(e, part).content)).filter("
        "content => /^.[\ue000-\uf8ff].$/.test(content)).map(content => content[1])"
    )


def test_every_icon_of_a_page_is_in_the_sites_font(page: Page, site: str) -> None:
    page.goto(f"{site}/{CHAPTER}.html", wait_until="networkidle")
    css = (HTML / "_static" / weight.STYLES).read_text(encoding="utf-8")
    data = re.findall(r"url\([\"']?data:font/woff;base64,([^\"')]+)", css)
    assert data
    there = {code for font in data for code in TTFont(BytesIO(b64decode(font))).getBestCmap()}
    shown = {ord(icon) for icon in _icons(page)}
    assert len(shown) > 5
    assert shown <= there
    assert len(there) < 60
