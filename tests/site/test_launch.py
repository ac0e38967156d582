"""The buttons that run a chapter: where they are, where they lead, and that it runs there."""

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from jupyter_book.config import get_final_config
from packaging.utils import canonicalize_name
from playwright.sync_api import Browser, Page

from tests.site.inspection import DESKTOP, PHONE
from tests.site.test_pages import PAGES
from tools import lite
from tools.book import HTML, Quiet
from tools.node import folder
from tools.notebooks import ROOT

CHAPTER = "chapters/losses/connections"
# What runs the frameworks or Dask, or reads a file that is not part of the site.
NOT_IN_A_BROWSER = {
    "chapters/practice/frameworks",
    "chapters/practice/numerical-accuracy",
    "chapters/practice/large-vocabularies",
    "chapters/guide/what-goes-in",
    "chapters/guide/labels-and-shapes",
    "chapters/guide/nan-zero-negative",
    "chapters/guide/means-and-weights",
    "chapters/reference/benchmarks",
}
NOTEBOOKS = [name for name in PAGES if (ROOT / f"{name}.ipynb").is_file()]


def _page(name: str, site: Path = HTML) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def _opened(name: str, page: BeautifulSoup, site: Path = HTML) -> str | None:
    """Return the notebook that a page's button opens, if page, app and notebook are there."""
    buttons = page.select("a.btn-run")
    if len(buttons) != 1:
        return None
    address = urlsplit(urljoin(f"{name}.html", buttons[0]["href"]))
    notebook = parse_qs(address.query)["path"][0]
    there = (site / address.path).is_file() and (site / "lite" / "files" / notebook).is_file()
    return notebook if there else None


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", PAGES)
def test_a_chapter_has_a_button_or_says_why_it_has_none(name: str) -> None:
    page = _page(name)
    runs = name in NOTEBOOKS and name not in NOT_IN_A_BROWSER
    assert _opened(name, page) == (f"{name}.ipynb" if runs else None)
    assert len(page.select("article p.not-here")) == (name in NOT_IN_A_BROWSER)
    assert not page.select(".dropdown-launch-buttons"), "no address, no buttons that need one"


@pytest.mark.usefixtures("site")
def test_a_wrong_button_is_noticed() -> None:
    """Negative control."""
    page = _page(CHAPTER)
    page.select_one("a.btn-run")["href"] += "x"
    assert _opened(CHAPTER, page) is None
    page.select_one("a.btn-run").decompose()
    assert _opened(CHAPTER, page) is None


def _theme_options(address: str) -> dict[str, Any]:
    """Return what Jupyter Book tells the theme, with an address in the book's configuration."""
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert text.count('repository_url: ""') == 1
    changed = yaml.safe_load(text.replace('repository_url: ""', f"repository_url: {address}"))
    cli = {"latex_individualpages": False}
    options: dict[str, Any] = get_final_config(
        user_yaml=changed, sourcedir=ROOT, cli_config=cli, validate=False
    )[0]["html_theme_options"]
    return options


def test_with_an_address_there_are_binder_and_colab(tmp_path: Path, python: str) -> None:
    """A site of two notebooks. Without an address there are none, as the book's own pages show."""
    settings = {
        "extensions": ["myst_nb", "sphinx_book_theme", "tools.site.launch"],
        "html_theme": "sphinx_book_theme",
        "html_theme_options": _theme_options("https://github.com/someone/book"),
        "nb_execution_mode": "off",
    }
    (tmp_path / "conf.py").write_text(f"globals().update({settings!r})")
    (tmp_path / "index.rst").write_text("Book\n====\n\n.. toctree::\n\n   plain\n   framework\n")
    for name, code in {"plain": "import numpy", "framework": "import torch"}.items():
        cells = [nbformat.v4.new_markdown_cell("# T"), nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    command = [python, "-m", "sphinx", "-q", tmp_path, tmp_path / "html"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    binder = "https://mybinder.org/v2/gh/someone/book/main?urlpath=lab/tree"
    colab = "https://colab.research.google.com/github/someone/book/blob/colab"
    for name, expected in {
        "plain": {"Binder": f"{binder}/plain.ipynb", "Colab": f"{colab}/plain.ipynb"},
        "framework": {"Colab": f"{colab}/framework.ipynb"},
    }.items():
        links = _page(name, tmp_path / "html").select(".dropdown-launch-buttons a")
        assert {link.get_text(strip=True): link["href"] for link in links} == expected


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_notebook_can_be_downloaded(viewport: dict, site: str, browser: Browser) -> None:
    with browser.new_context(viewport=viewport) as context:
        page = context.new_page()
        page.goto(f"{site}/{CHAPTER}.html", wait_until="networkidle")
        page.locator(".dropdown-download-buttons summary").click()
        link = page.get_by_role("link", name="Notebook")
        box = link.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= viewport["width"] - box["width"], "it is inside the window"
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename == "connections.ipynb"
        assert download.value.path().read_bytes() == (ROOT / f"{CHAPTER}.ipynb").read_bytes()


def _asked(page: Page, site: str) -> list[str]:
    """Note what a page asks other hosts for, and keep it from them."""
    asked: list[str] = []

    def leave(route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.context.route(lambda url: url.startswith("http") and not url.startswith(site), leave)
    return asked


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_button_opens_the_chapter(viewport: dict, site: str, browser: Browser) -> None:
    """By keyboard. Nothing is asked of another host before, and Pyodide's alone after."""
    with browser.new_context(viewport=viewport) as context:
        page = context.new_page()
        asked = _asked(page, site)
        page.goto(f"{site}/{CHAPTER}.html", wait_until="networkidle")
        assert asked == []
        page.get_by_role("link", name="Run", exact=True).focus()
        page.keyboard.press("Enter")
        page.locator(".jp-Notebook h1").wait_for(timeout=60_000)
        assert "how the four losses differ" in page.locator(".jp-Notebook h1").inner_text()
        assert page.locator(".jp-CodeCell").first.inner_text().count("import xentlib")
        page.wait_for_function("() => navigator.serviceWorker.controller", timeout=30_000)
        page.wait_for_timeout(1000)
        assert {urlsplit(url).netloc for url in asked} == {"cdn.jsdelivr.net"}


def test_from_a_disk_without_a_server_there_is_no_button(browser: Browser, site: str) -> None:
    """The app cannot start there."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((HTML / f"{CHAPTER}.html").as_uri())
        assert page.locator(".btn-run").count() == 0
        page.goto(f"{site}/{CHAPTER}.html")
        assert page.locator(".btn-run").count() == 1


# The kernel wants these, and what it does here needs nothing of them: Pyodide's installer of
# packages, which is not here, and a completer of code, which is large.
STUBS = {
    "micropip": {
        "micropip/__init__.py": "",
        "micropip/package_index.py": "CompatibilityLayer = ProjectInfo = query_package = None",
    },
    "jedi": {"no/module.txt": ""},
}


def _distribution(target: Path) -> Path:
    """Write a distribution of Pyodide from what is here, which is all but the compiled packages.

    Its core is that of the package from npm. Pure Python packages are those of this environment.
    """
    pyodide = folder("lite") / "node_modules" / "pyodide"
    target.mkdir()
    for name in lite.CORE:
        shutil.copyfile(pyodide / name, target / name)
    lock = lite.part_of(lite.locked(), ("sympy", *lite.KERNEL))
    packages = {}
    installed = {canonicalize_name(package.name) for package in metadata.distributions()}
    for name, package in lock["packages"].items():
        if name in STUBS:
            wheel = target / package["file_name"]
            with zipfile.ZipFile(wheel, "w") as archive:
                for file, text in STUBS[name].items():
                    archive.writestr(file, text)
        elif name in installed:
            wheel = lite.wheel_of_an_installed_package(name, target)
        else:
            continue
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        depends = [other for other in package["depends"] if other.replace("_", "-") in installed]
        changed = {"file_name": wheel.name, "sha256": sha256, "depends": depends}
        packages[name] = package | changed
    text = json.dumps({"info": lock["info"], "packages": packages})
    (target / "pyodide-lock.json").write_text(text)
    return target


@pytest.fixture
def full_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app as LITE=full makes it, served."""
    monkeypatch.setenv("LITE", "full")
    monkeypatch.setenv("PYODIDE", str(_distribution(tmp_path / "pyodide")))
    monkeypatch.setattr(lite, "NEEDED", ("sympy",))
    monkeypatch.setattr(lite, "IMPORTED", ())
    lite.build(tmp_path / "site", tmp_path / "stamp", 0)
    handler = partial(Quiet, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# What is typed, and what it must print.
CELLS = {
    "import sympy\nx = sympy.Symbol('x')\nprint(sympy.diff(sympy.sin(x)**2, x))": "2*sin(x)*cos(x)",
    "try:\n    import xentlib\nexcept ImportError as e:\n    print(e)": "No module named 'numpy'",
}


def test_a_kernel_from_the_site_runs_cells(full_site: str, browser: Browser, node: Path) -> None:
    """SymPy computes, and `import xentlib` finds the library, with no request to another host.

    NumPy is compiled and comes with Pyodide's own distribution alone, which is not here: so this is
    as far as a test without a network can go.
    """
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        asked = _asked(page, full_site)
        page.goto(f"{full_site}/{lite.address(f'{CHAPTER}.ipynb')}")
        cell = page.locator(".jp-CodeCell").first
        for number, (code, said) in enumerate(CELLS.items(), start=1):
            cell.locator(".cm-content").click()
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(code)
            page.keyboard.press("Control+Enter")
            output = cell.locator(".jp-OutputArea-output")
            output.get_by_text(said).wait_for(timeout=180_000)
            assert cell.locator(".jp-InputPrompt").inner_text() == f"[{number}]:"
        assert asked == []
