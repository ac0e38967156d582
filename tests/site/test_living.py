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
from playwright.sync_api import Browser, Locator, Page, Route

import xentlib
from tests.site.inspection import DESKTOP, OVERFLOWING, PHONE
from tests.site.test_accessibility import AXE, RULES
from tests.site.test_pages import PAGES
from tools.book import HTML
from tools.notebooks import ROOT
from tools.site import living
from xentlib.course import COLORS
from xentlib.course.living import VEGALITE

COIN = "chapters/information/entropy"
TWO_LOGITS = "chapters/losses/connections"
SMOOTHING = "chapters/practice/smoothing-and-temperature"
MARGIN = "chapters/practice/numerical-accuracy"
LIBRARIES = ["xentlib", "TensorFlow", "Keras", "PyTorch", "Optax", "SciPy"]
CHAPTERS = [COIN, TWO_LOGITS, SMOOTHING, MARGIN]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-−]?\d+)?|infinitely many")
FORBIDS_EVAL = "script-src 'self' 'unsafe-inline'"
# Later, for what the browser's driver itself runs may always use `eval`.
TRIES_EVAL = """setTimeout(() => {
  try { new Function('')(); window.evaluated = true } catch { window.evaluated = false }
})"""


@pytest.fixture
def page(browser: Browser, node: Path) -> Iterator[Page]:
    with browser.new_context(viewport=DESKTOP) as context:
        yield context.new_page()


def _watch(page: Page, host: str) -> tuple[list[str], list[str]]:
    """Return lists of what goes wrong, as far as the browser notices, and of what is asked for."""
    problems: list[str] = []
    asked: list[str] = []
    page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: asked.append(r.url))
    page.on("request", lambda r: urlsplit(r.url).netloc == host or problems.append(r.url))
    return problems, asked


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
    found = NUMBER.findall(text)
    return [np.inf if n == "infinitely many" else float(n) for n in found]


def _violations(page: Page, node: Path) -> list[str]:
    """Return what axe finds in the picture, in the light and in the dark."""
    page.add_script_tag(path=node / "node_modules" / "axe-core" / "axe.min.js")
    found = []
    for scheme in RULES:
        page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
        found += page.evaluate(AXE.replace("document", "'.living'").replace("RULES", "{}"))
    return found


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
                (2, 1, 0, 1), (2, 1, 6, 1), (-6, 6, 6, 1), (6, -6, 0, 0.3), (0, 0, 0, 0),
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


def _spec(name: str) -> dict:
    """Return the specification that a chapter stores."""
    notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return next(o.data[VEGALITE] for o in outputs if VEGALITE in o.get("data", {}))


def _margin(d: float) -> list[float]:
    losses = next(p["value"] for p in _spec(MARGIN)["params"] if p["name"] == "losses")
    return [d, *(losses[library][d] for library in LIBRARIES)]


PLACES[MARGIN] = (_margin, [{"d": d} for d in (0, 10, 16, 17, 50, 104)])


@pytest.mark.parametrize("name", CHAPTERS)
def test_it_comes_when_the_reader_is_near_and_computes_what_the_library_computes(
    name: str, site: str, page: Page, node: Path
) -> None:
    problems, asked = _watch(page, urlsplit(site).netloc)
    page.goto(f"{site}/{name}.html", wait_until="networkidle")
    image = page.locator(".living img")
    assert not [url for url in asked if "vega" in url], "nobody is near"

    # By keyboard: three steps of the first slider, then the next one.
    box = _enliven(page)
    assert [url for url in asked if "vega" in url] == [f"{site}/_static/vega.js"]
    sliders = box.locator("input[type=range]")
    start = next(param for param in _spec(name)["params"] if "bind" in param)
    drawn, said = box.locator("svg").inner_html(), box.locator("output").inner_text()
    sliders.first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert box.locator("svg").inner_html() != drawn
    assert box.locator("output").inner_text() != said
    assert float(sliders.first.input_value()) == pytest.approx(
        start["value"] + 3 * start["bind"]["step"]
    )
    if sliders.count() > 1:
        page.keyboard.press("Tab")
        assert sliders.nth(1).evaluate("e => e === document.activeElement")

    # The numbers, at several places. They have at least three decimals, or three digits.
    expected, places = PLACES[name]
    for place in places:
        _set(box, **place)
        half = 5.1e-4 if name == COIN else 5.1e-5
        assert _numbers(box) == pytest.approx(expected(**place), abs=half if name != MARGIN else 0)

    # For those who cannot see it, on a phone, and on paper.
    assert all(slider.get_attribute("aria-label") for slider in sliders.all())
    assert len(box.locator(".chart").get_attribute("aria-label")) > 60
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    assert page.evaluate(OVERFLOWING) == []
    assert box.locator("svg").evaluate("e => e.clientWidth <= e.closest('.living').clientWidth")
    assert all(slider.bounding_box()["height"] >= 24 for slider in sliders.all())
    page.emulate_media(media="print")
    assert image.is_visible()
    assert not box.locator(".live").is_visible()
    page.emulate_media(media="screen")
    assert not image.is_visible()
    assert _violations(page, node) == []
    sliders.first.evaluate("e => { e.removeAttribute('aria-label'); e.parentElement.before(e) }")
    assert len(_violations(page, node)) == 2, "negative control: a slider without a name"
    assert problems == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_numbers_tell_a_wrong_formula(name: str) -> None:
    """Negative control: at least one place notices a value that is off by one unit."""
    expected, places = PLACES[name]
    numbers = expected(**places[1])
    wrong = [number * 1.001 + 2e-3 for number in numbers]
    assert wrong != pytest.approx(numbers, abs=5.1e-4)


def test_the_margin_shows_where_the_frameworks_say_0_and_the_library_does_not() -> None:
    at = dict(zip(LIBRARIES, _margin(17)[1:], strict=True))
    assert [library for library, loss in at.items() if loss > 0] == ["xentlib"]
    assert _margin(103)[1] > 0


def test_a_shift_moves_the_bars_of_the_sigmoid_and_not_those_of_softmax(
    site: str, page: Page
) -> None:
    """The point of the picture, as it is drawn."""
    page.goto(f"{site}/{TWO_LOGITS}.html", wait_until="networkidle")
    box = _enliven(page)

    def bars(color: str) -> list[str]:
        paths = box.locator(f"svg .mark-rect path[fill='{COLORS[color]}']")
        return paths.evaluate_all("all => all.map(e => e.getAttribute('d'))")

    softmax, sigmoid = bars("blue"), bars("amber")
    assert len(softmax) == len(sigmoid) == 2
    _set(box, both=3)
    assert bars("blue") == softmax
    assert bars("amber") != sigmoid
    _set(box, dog=-1)
    assert bars("blue") != softmax


def test_without_a_script_there_is_the_still_version(site: str, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, viewport=PHONE) as context:
        page = context.new_page()
        for name in CHAPTERS:
            page.goto(f"{site}/{name}.html")
            image = page.locator(".living img")
            assert image.is_visible()
            assert len(image.get_attribute("alt")) > 60
            empty = page.locator(".living").bounding_box()["height"]
            assert empty - image.bounding_box()["height"] < 30, "no sliders will come"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", [TWO_LOGITS, MARGIN])  # the most sliders, and the most words
def test_until_vega_comes_there_is_the_still_version_and_room(
    name: str, viewport: dict, site: str, page: Page
) -> None:
    page.set_viewport_size(viewport)
    page.route("**/vega.js", lambda route: route.abort())
    page.goto(f"{site}/{name}.html", wait_until="networkidle")
    box = page.locator(".living")
    box.evaluate("e => e.scrollIntoView()")
    page.wait_for_timeout(200)
    assert box.locator("img").is_visible()
    before = box.bounding_box()["height"]
    page.unroute("**/vega.js")
    page.evaluate("library = undefined; nearby.observe(document.querySelector('.living'))")
    page.wait_for_selector(".living.lives")
    assert abs(box.bounding_box()["height"] - before) < 16, "nothing moves"


def test_it_needs_no_eval(site: str, page: Page) -> None:
    def forbid(route: Route) -> None:
        answer = route.fetch()
        headers = {**answer.headers, "content-security-policy": FORBIDS_EVAL}
        route.fulfill(response=answer, headers=headers)

    page.route("**/*.html", forbid)
    page.goto(f"{site}/{COIN}.html", wait_until="networkidle")
    _set(_enliven(page), p=0.5)
    assert _numbers(page.locator(".living")) == [1, 1, 1]
    page.add_script_tag(content=TRIES_EVAL)
    page.wait_for_function("window.evaluated !== undefined")
    assert page.evaluate("evaluated") is False, "negative control"


@pytest.mark.usefixtures("site", "node")
def test_only_a_page_with_a_living_picture_has_the_script_and_none_has_vega() -> None:
    for name in PAGES:
        text = (HTML / f"{name}.html").read_text(encoding="utf-8")
        scripts = " ".join(re.findall(r"<script[^>]* src=[^>]*>", text))
        assert ("/living.js" in scripts) == ('class="living"' in text) == (name in CHAPTERS), name
        assert "vega" not in scripts
    assert (HTML / "_static" / "vega.js").stat().st_size < 450_000


@pytest.mark.usefixtures("node")
def test_the_compiler_complains_of_a_wrong_specification() -> None:
    """Negative control of the build, which takes each complaint for an error."""
    spec = _spec(COIN)
    assert living.compiled([spec])[1] == []
    spec["layer"] = [{**spec["layer"][0], "encoding": {"shape": {"field": "p", "type": "what"}}}]
    assert living.compiled([spec])[1] != []
