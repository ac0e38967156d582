"""Open a page as a reader would, and say what is wrong with it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# Waits until MathJax, if the page has it, has set every formula.
SETTLED = """async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  await document.fonts.ready;
}"""

# A list of the sections on a page hides those that are far away.
BAD_FORMULAS = """() => [...document.querySelectorAll('.math')]
  .filter(e => !e.querySelector('mjx-container') || e.querySelector('mjx-merror, [data-mjx-error]')
    || !e.querySelector('mjx-assistive-mml math')
    || !e.closest('nav') && !e.getBoundingClientRect().width
    || [...e.querySelectorAll('use')].some(u => !document.querySelector(u.getAttribute('href'))))
  .map(e => e.textContent.trim().slice(0, 80))"""

RAW_MATHEMATICS = r"""() => {
  const text = document.querySelector('main, body').innerText;
  return [...text.matchAll(/\\\(|\\\[|\$\$|\\(frac|log|begin)\b/g)].map(
    m => text.slice(m.index, m.index + 60));
}"""

OVERFLOWING = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
    .map(e => `${e.tagName.toLowerCase()}.${e.className}`).slice(-3)"""

UNDESCRIBED = """() => [...document.images].filter(i => !i.hasAttribute('alt') ||
    (i.closest('.cell_output') && i.alt.length < 30)).map(i => i.src)"""

UNLOADED = (
    """() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"""
)


@dataclass(frozen=True)
class Inspection:
    """What is wrong with a page, and how many formulas it shows."""

    problems: list[str]
    formulas: int


def _watch(page: Page, host: str, problems: list[str]) -> None:
    """Note what the browser itself complains of, and every request to another host."""

    def requested(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host:
            problems.append(f"it asks another host: {url}")

    page.on(
        "console",
        lambda m: m.type in ("error", "warning") and problems.append(f"console: {m.text}"),
    )
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on("request", lambda request: requested(request.url))
    page.on("requestfailed", lambda request: problems.append(f"request failed: {request.url}"))
    page.on("response", lambda r: r.status >= 400 and problems.append(f"{r.status}: {r.url}"))


def inspect(browser: Browser, address: str, screenshots: Path | None = None) -> Inspection:
    """Open a page at desktop and phone width, light and dark, and look for trouble."""
    problems: list[str] = []
    with browser.new_context(viewport=DESKTOP, color_scheme="light") as context:
        page = context.new_page()
        _watch(page, urlsplit(address).netloc, problems)
        page.goto(address, wait_until="networkidle")
        page.evaluate(SETTLED)
        problems += [f"formula not rendered: {text}" for text in page.evaluate(BAD_FORMULAS)]
        problems += [f"raw mathematics in the text: {t}" for t in page.evaluate(RAW_MATHEMATICS)]
        problems += [f"image without alt text: {src}" for src in page.evaluate(UNDESCRIBED)]
        problems += [f"image not shown: {src}" for src in page.evaluate(UNLOADED)]
        formulas = page.locator("mjx-container").count()
        for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                for culprit in page.evaluate(OVERFLOWING):
                    problems.append(f"wider than the window, {width}: {culprit}")
                if screenshots:
                    page.screenshot(path=f"{screenshots}-{width}-{scheme}.png", full_page=True)
    return Inspection(sorted(set(problems)), formulas)
