"""Every page, as a reader's browser shows it. Screenshots are kept in _build/screenshots."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.site.inspection import inspect
from tools.hygiene import toc_files
from tools.notebooks import ROOT

SCREENSHOTS = ROOT / "_build" / "screenshots"
PAGES = [*toc_files((ROOT / "_toc.yml").read_text(encoding="utf-8")), "search", "genindex"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_a_reader_must_find_it(name: str, site: str, browser: Browser) -> None:
    """No error, no foreign or failed request, every formula set, nothing wider than a phone."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    seen = inspect(browser, f"{site}/{name}.html", SCREENSHOTS / name.replace("/", "-"))
    assert not seen.problems, "\n".join(seen.problems)


def test_chapters_show_formulas(site: str, browser: Browser) -> None:
    """The check for unrendered formulas would say nothing of a page that lost them all."""
    seen = inspect(browser, f"{site}/chapters/losses/sigmoid-cross-entropy.html")
    assert seen.formulas > 20


# Each of these pages has one defect, which the inspection must find.
DEFECTS = {
    "console: oops": "<script>console.error('oops')</script>",
    "script error": "<script>undefined_name</script>",
    "it asks another host": '<img alt="x" src="http://other-host.invalid/pixel.png">',
    "404": '<script src="missing.js"></script>',
    "formula not rendered": r'<span class="math">\(x^2\)</span>',
    "raw mathematics": r"<p>where \(x\) is small</p>",
    "wider than the window, phone": '<div style="width: 700px">wide</div>',
    "image without alt text": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "image not shown": '<img alt="broken" src="data:image/png;base64,AAAA">',
}


@pytest.mark.parametrize("found", DEFECTS)
def test_the_inspection_finds_a_defect(found: str, browser: Browser, tmp_path: Path) -> None:
    """Negative control: a page with this defect does not pass."""
    assert found in "\n".join(_inspect_html(DEFECTS[found], browser, tmp_path))


def test_the_inspection_passes_a_page_without_defects(browser: Browser, tmp_path: Path) -> None:
    """A check that complains of everything would find every defect too."""
    assert (
        _inspect_html('<p>All is well.</p><img alt="dot" src="dot.svg">', browser, tmp_path) == []
    )


def _inspect_html(body: str, browser: Browser, folder: Path) -> list[str]:
    from functools import partial
    from http.server import ThreadingHTTPServer
    from threading import Thread

    from tools.book import Quiet

    head = '<!DOCTYPE html><html lang="en"><title>t</title><link rel="icon" href="data:,">'
    (folder / "index.html").write_text(f"{head}<body><main>{body}</main></body></html>")
    (folder / "dot.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        problems = inspect(browser, f"http://127.0.0.1:{server.server_port}/index.html").problems
        server.shutdown()
    return problems
