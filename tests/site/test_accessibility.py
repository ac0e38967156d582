"""Every page, in the light and in the dark, to axe, and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.site.inspection import DESKTOP
from tests.site.test_pages import PAGES

# In the dark only colours are different.
RULES = {"light": "{}", "dark": "{runOnly: ['color-contrast']}"}
AXE = """async () => (await axe.run(document, RULES)).violations.map(
  v => `${v.id}, ${v.nodes.length} times, as in ${v.nodes[0].html.slice(0, 200)}`)"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport=DESKTOP) as context:
        yield context.new_page()


def _violations(page: Page, node: Path) -> list[str]:
    """Return what axe finds; what is far from the window must be drawn for it."""
    page.add_style_tag(
        content="* { content-visibility: visible !important; transition: none !important }"
    )
    page.evaluate("near.disconnect(); document.querySelectorAll(BOXES).forEach(measure)")
    page.add_script_tag(path=node / "node_modules" / "axe-core" / "axe.min.js")
    found = []
    for scheme, rules in RULES.items():
        page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
        found += [f"{scheme}: {v}" for v in page.evaluate(AXE.replace("RULES", rules))]
    return found


@pytest.mark.parametrize("name", [*PAGES, "404"])
def test_axe_finds_nothing(name: str, site: str, page: Page, node: Path) -> None:
    page.goto(f"{site}/{name}.html", wait_until="networkidle")
    assert _violations(page, node) == []


DEFECTS = {
    "light: image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "light: color-contrast": '<p style="color: #bbb; background: #fff">pale</p>',
    "dark: color-contrast": '<p style="color: #333; background: #000">dim</p>',
    "light: button-name": "<button></button>",
    "light: region": "<p>outside</p>",
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_axe_finds_a_defect(defect: str, site: str, page: Page, node: Path) -> None:
    """Negative control, on a page of the site into which the defect is put."""
    page.goto(f"{site}/genindex.html")
    place = "body" if defect.endswith("region") else "main"
    page.locator(place).first.evaluate(
        "(e, html) => e.insertAdjacentHTML('beforeend', html)", DEFECTS[defect]
    )
    assert any(found.startswith(defect) for found in _violations(page, node))


def _focus(page: Page) -> str:
    return page.evaluate("(document.activeElement.outerHTML || '').slice(0, 200)")


def test_the_first_stop_is_a_link_past_the_navigation(site: str, page: Page) -> None:
    page.goto(f"{site}/index.html", wait_until="networkidle")
    page.keyboard.press("Tab")
    assert 'href="#main-content"' in _focus(page)
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_menu_search_and_mode_work_by_keyboard(site: str, page: Page) -> None:
    page.goto(f"{site}/index.html", wait_until="networkidle")
    menu = page.locator("details.dropdown")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.matches('dialog input[type=search]')")
    page.keyboard.press("Escape")
    switch = page.locator(".theme-switch-button")
    before = page.evaluate("document.documentElement.dataset.mode")
    switch.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.mode") != before


def test_a_box_that_scrolls_is_a_stop_and_others_are_not(site: str, page: Page) -> None:
    page.goto(f"{site}/chapters/reference/api.html", wait_until="networkidle")
    boxes = page.locator("pre")
    for index in range(min(boxes.count(), 12)):
        box = boxes.nth(index)
        box.scroll_into_view_if_needed()
        page.wait_for_timeout(50)
        scrolls = box.evaluate("e => e.scrollWidth > e.clientWidth + 1")
        assert box.evaluate("e => e.tabIndex === 0") == scrolls, index
    assert page.locator("pre[tabindex='0']").count()


def test_a_link_to_a_part_leads_there(site: str, page: Page) -> None:
    """What is far from the window is drawn late, which must not move the target away."""
    address = f"{site}/chapters/losses/softmax-cross-entropy.html"
    page.goto(f"{address}#exercises", wait_until="networkidle")
    page.wait_for_timeout(500)
    assert 0 <= page.locator("#exercises").evaluate("e => e.getBoundingClientRect().top") < 200
