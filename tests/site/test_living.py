"""Living pictures: there without a script, alive near the reader, right, reachable, and alone.

The formulas that the browser evaluates are compared with the library at several places of each
slider, and the sliders are moved by keyboard.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Locator, Page

import xentlib
from tests.site.inspection import DESKTOP, OVERFLOWING, PHONE
from tests.site.test_accessibility import _violations
from tests.site.test_pages import PAGES
from tools.book import HTML
from tools.notebooks import ROOT
from tools.site import living
from xentlib.course.living import VEGALITE

COIN = "chapters/information/entropy"
TWO_LOGITS = "chapters/losses/connections"
SMOOTHING = "chapters/practice/smoothing-and-temperature"
MARGIN = "chapters/practice/numerical-accuracy"
CHAPTERS = [COIN, TWO_LOGITS, SMOOTHING, MARGIN]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-−]?\d+)?|infinitely many")
FORBIDS_EVAL = "script-src 'self' 'unsafe-inline'; connect-src 'self'"


@pytest.fixture
def context(browser: Browser, node: Path) -> Iterator[BrowserContext]:
    with browser.new_context(viewport=DESKTOP) as context:
        yield context


def _open(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """Open a page; return it with what goes wrong, as far as the browser notices."""
    page, problems = context.new_page(), []
    host = urlsplit(address).netloc
    page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: urlsplit(r.url).netloc == host or problems.append(r.url))
    page.goto(address, wait_until="networkidle")
    return page, problems


def _enliven(page: Page) -> Locator:
    """Scroll to the picture until it lives."""
    box = page.locator(".living")
    # What is far from the window is not laid out, and moves when one comes nearer.
    box.evaluate("e => e.scrollIntoView()")
    page.wait_for_selector(".living.lives")
    box.evaluate("e => e.scrollIntoView()")
    return box


def _numbers(box: Locator) -> list[float]:
    """Return the numbers below a picture."""
    text = box.locator("output").inner_text().replace("−", "-")
    found = NUMBER.findall(text.split("margin", 1)[-1] if "margin" in text else text)
    return [np.inf if n == "infinitely many" else float(n) for n in found]


def _set(box: Locator, **values: float) -> None:
    """Move sliders as a hand does."""
    for name, value in values.items():
        box.locator(f"input[name={name}]").evaluate(
            "(e, value) => { e.value = value; e.dispatchEvent(new Event('input')); }", value
        )
        box.page.wait_for_timeout(60)


def _coin(p: float) -> list[float]:
    return [
        *xentlib.surprisal([p, 1 - p], base=2).round(3),
        xentlib.entropy([p, 1 - p], base=2).round(3),
    ]


def _two_logits(dog: float, elephant: float, both: float, y: float) -> list[float]:
    logits, labels = np.array([dog, elephant]) + both, [y, 1 - y]
    each = xentlib.sigmoid_cross_entropy(labels, logits)
    return [xentlib.softmax_cross_entropy(labels, logits), *each, each.sum()]


def _smoothing(epsilon: float, classes: int, lead: float) -> list[float]:
    logits = np.zeros(classes)
    logits[0] = lead
    loss = xentlib.sparse_softmax_cross_entropy(0, logits, label_smoothing=epsilon)
    label = np.full(classes, epsilon / classes)
    label[0] += 1 - epsilon
    best = [np.log(label[0] / label[1])] if epsilon else []
    return [loss, xentlib.softmax(logits)[0], xentlib.entropy(label), *best]


PLACES: dict[str, tuple[Callable[..., list[float]], list[dict[str, float]]]] = {
    COIN: (_coin, [{"p": p} for p in (0, 0.01, 0.1, 0.5, 0.77, 1)]),
    TWO_LOGITS: (
        _two_logits,
        [
            {"dog": dog, "elephant": elephant, "both": both, "y": y}
            for dog, elephant, both, y in [
                (2, 1, 0, 1), (2, 1, 6, 1), (2, 1, -6, 1), (-6, 6, 6, 1), (6, -6, 0, 0.3), (0, 0, 0, 0),
            ]
        ],
    ),
    SMOOTHING: (
        _smoothing,
        [
            {"epsilon": epsilon, "classes": classes, "lead": lead}
            for epsilon, classes, lead in [
                (0.1, 10, 2), (0, 10, 10), (0.9, 2, -1), (0.3, 100, 3.2), (0.01, 37, 7.7),
            ]
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_the_browser_computes_what_the_library_computes(
    name: str, site: str, context: BrowserContext
) -> None:
    box = _enliven(_open(context, f"{site}/{name}.html")[0])
    expected, places = PLACES[name]
    for place in places:
        _set(box, **place)
        # Half a unit of the last of four digits (of three for bits and leads).
        assert _numbers(box) == pytest.approx(
            expected(**place), abs=5.1e-4 if name == COIN else 5.1e-5, rel=2e-4
        ), place


def test_the_margins_numbers_are_those_of_the_notebook(site: str, context: BrowserContext) -> None:
    """And those of the library are right: mpmath's, where float32 has a number for them."""
    box = _enliven(_open(context, f"{site}/{MARGIN}.html")[0])
    losses = next(p["value"] for p in _spec(MARGIN)["params"] if p["name"] == "losses")
    for margin in (0, 10, 16, 17, 50, 104):
        _set(box, d=margin)
        found = _numbers(box)
        assert found[0] == margin
        assert found[1:] == [losses[name][margin] for name in NAMES]
    assert losses["xentlib"][103] > 0 == losses["PyTorch"][17]


NAMES = ["xentlib", "TensorFlow", "Keras", "PyTorch", "Optax", "SciPy"]


def _spec(name: str) -> dict:
    notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return next(o.data[VEGALITE] for o in outputs if VEGALITE in o.get("data", {}))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_slider_moved_by_keyboard_moves_a_mark_and_the_words(
    name: str, site: str, context: BrowserContext
) -> None:
    page, problems = _open(context, f"{site}/{name}.html")
    box = _enliven(page)
    sliders = box.locator("input[type=range]")
    before, words = box.locator("svg").inner_html(), box.locator("output").inner_text()
    sliders.first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert box.locator("svg").inner_html() != before
    assert box.locator("output").inner_text() != words
    value, step = (float(sliders.first.evaluate(f"e => e.{part}")) for part in ("value", "step"))
    start = next(p["value"] for p in _spec(name)["params"] if "bind" in p)
    assert value == pytest.approx(start + 3 * step)
    page.keyboard.press("Tab")
    if sliders.count() > 1:
        assert sliders.nth(1).evaluate("e => e === document.activeElement")
    assert problems == []


def test_the_shift_moves_the_sigmoids_bars_and_not_those_of_softmax(
    site: str, context: BrowserContext
) -> None:
    """The point of the picture, as it is drawn."""
    box = _enliven(_open(context, f"{site}/{TWO_LOGITS}.html")[0])

    def bars(color: str) -> list[str]:
        paths = box.locator(f"svg path[fill='{color}'][d]")
        return [d for d in paths.evaluate_all("all => all.map(e => e.getAttribute('d'))") if d]

    softmax, sigmoid = bars("#0072B2"), bars("#E69F00")
    assert len(softmax) >= 2
    assert len(sigmoid) >= 2
    _set(box, both=3)
    assert bars("#0072B2") == softmax
    assert bars("#E69F00") != sigmoid


@pytest.mark.parametrize("name", CHAPTERS)
def test_without_a_script_and_on_paper_there_is_the_still_version(
    name: str, site: str, browser: Browser, context: BrowserContext
) -> None:
    with browser.new_context(java_script_enabled=False) as scriptless:
        page = scriptless.new_page()
        page.goto(f"{site}/{name}.html")
        image = page.locator(".living img")
        image.scroll_into_view_if_needed()
        assert image.is_visible()
        assert len(image.get_attribute("alt")) > 60
        gap = page.locator(".living").bounding_box()["height"] - image.bounding_box()["height"]
        assert gap < 30, "no room is kept for sliders that do not come"
    page, _ = _open(context, f"{site}/{name}.html")
    box = _enliven(page)
    assert not box.locator("img").is_visible()
    page.emulate_media(media="print")
    assert box.locator("img").is_visible()
    assert not box.locator(".live").is_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_it_fits_moves_nothing_and_axe_finds_nothing(
    name: str, viewport: dict, site: str, context: BrowserContext, node: Path
) -> None:
    page = context.new_page()
    page.set_viewport_size(viewport)
    page.route("**/vega.js", lambda route: None)
    page.goto(f"{site}/{name}.html", wait_until="networkidle")
    page.locator(".living").evaluate("e => e.scrollIntoView()")
    page.wait_for_timeout(300)
    before = page.locator(".living").bounding_box()["height"]
    page.unroute("**/vega.js")
    page.reload(wait_until="networkidle")
    box = _enliven(page)
    assert abs(box.bounding_box()["height"] - before) < 70
    assert page.evaluate(OVERFLOWING) == []
    assert box.locator("svg").evaluate("e => e.clientWidth <= e.closest('.living').clientWidth")
    for slider in box.locator("input").all():
        assert slider.get_attribute("aria-label")
        assert slider.bounding_box()["height"] >= 24
    assert len(box.locator("svg").get_attribute("aria-label")) > 60
    if viewport == PHONE:
        assert _violations(page, node) == []


def test_it_needs_no_eval(site: str, context: BrowserContext) -> None:
    page = context.new_page()

    def forbid(route) -> None:
        answer = route.fetch()
        headers = {**answer.headers, "content-security-policy": FORBIDS_EVAL}
        route.fulfill(response=answer, headers=headers)

    page.route("**/*.html", forbid)
    page.goto(f"{site}/{COIN}.html", wait_until="networkidle")
    _set(_enliven(page), p=0.5)
    assert _numbers(page.locator(".living")) == [1, 1, 1]
    with pytest.raises(Exception, match="unsafe-eval"):
        page.evaluate("() => new Function('return 1')()")


def test_where_vega_does_not_come_the_still_version_stays(
    site: str, context: BrowserContext
) -> None:
    page = context.new_page()
    page.route("**/vega.js", lambda route: route.abort())
    page.goto(f"{site}/{COIN}.html", wait_until="networkidle")
    page.locator(".living").evaluate("e => e.scrollIntoView()")
    page.wait_for_timeout(300)
    assert page.locator(".living img").is_visible()


@pytest.mark.usefixtures("site", "node")
def test_only_a_page_with_a_living_picture_has_the_script_and_none_has_vega() -> None:
    for name in PAGES:
        page = BeautifulSoup((HTML / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        scripts = [Path(urlsplit(s["src"]).path).name for s in page.select("script[src]")]
        assert ("living.js" in scripts) == bool(page.select(".living")) == (name in CHAPTERS), name
        assert "vega.js" not in scripts


def test_vega_is_loaded_when_the_reader_comes_near_and_not_before(
    site: str, context: BrowserContext
) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto(f"{site}/{TWO_LOGITS}.html", wait_until="networkidle")
    assert not [url for url in asked if "vega" in url]
    _enliven(page)
    assert [url for url in asked if "vega" in url] == [f"{site}/_static/vega.js"]
    assert (HTML / "_static" / "vega.js").stat().st_size < 450_000


@pytest.mark.usefixtures("node")
def test_the_compiler_complains_of_a_wrong_specification() -> None:
    """Negative control of the build, which takes each complaint for an error."""
    spec = {**_spec(COIN)}
    assert living.compiled([spec])[1] == []
    spec["layer"] = [{**spec["layer"][0], "encoding": {"shape": {"field": "p", "type": "what"}}}]
    assert living.compiled([spec])[1] != []
