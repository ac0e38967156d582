"""The built site on a local server, and a browser that looks at it."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, sync_playwright

from tools import book
from tools.browser import ARGUMENTS, find_browser
from tools.node import folder


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the site, built from what is on disk."""
    assert book.build() == 0, "the book cannot be built; the lines above say why"
    with book.server() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser. Where there is none, the tests that ask for it are left out.

    It is closed after each module: as long as it runs, no notebook can run in the same process.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def node() -> Path:
    """The packages from npm that the site uses. Where they are missing, the test is left out."""
    return folder("site")
