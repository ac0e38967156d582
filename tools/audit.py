"""Measure the built site with Lighthouse, and write what it says.

    python -m tools.audit

Lighthouse comes from npm, the browser is the system's own. The site is served from this machine,
compressed as a web server would do it. Each page is measured five times, and the median counts.
"""

import gzip
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any

from tools import book, node
from tools.browser import ARGUMENTS, HOW_TO_GET_ONE, find_browser
from tools.notebooks import ROOT

REPORT = ROOT / "audits" / "README.md"
PRESETS = ("mobile", "desktop")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# What is reported of each visit, with its title, its unit and its digits.
METRICS = {
    "first-contentful-paint": ("first paint, s", 1000, 2),
    "largest-contentful-paint": ("largest paint, s", 1000, 2),
    "total-blocking-time": ("blocked, ms", 1, 0),
    "cumulative-layout-shift": ("layout shift", 1, 3),
    "total-byte-weight": ("transfer, KB", 1000, 0),
}
INTRODUCTION = """# How fast the site is

Written by `make audit`: Lighthouse on the built site, served compressed from the same machine; each
number is the median of five visits. "mobile" is Lighthouse's slow telephone on a slow network. The
times depend on the machine and on what else it does.

"""
TIMES = 5


class Compressed(book.Quiet):
    """A server of files that compresses text and keeps connections, as those on the web do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802, the name that the server calls
        """Send a file, compressed if that makes it smaller."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content, kind = path.read_bytes(), self.guess_type(str(path))
        self.send_response(HTTPStatus.OK)
        if kind.startswith("text/") or kind.split("/")[1] in ("javascript", "json", "svg+xml"):
            content = gzip.compress(content, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=31536000")
        self.end_headers()
        self.wfile.write(content)


def server() -> http.server.ThreadingHTTPServer:
    """Return a server of the built site that compresses."""
    handler = partial(Compressed, directory=str(book.HTML))
    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)


def longest_chapter() -> str:
    """Return the name of the chapter whose page is the largest file."""
    pages = [
        page for page in (book.HTML / "chapters").rglob("*.html") if "reference" not in page.parts
    ]
    return max(pages, key=lambda page: page.stat().st_size).relative_to(book.HTML).as_posix()


def measure(address: str, preset: str) -> dict[str, float]:
    """Return Lighthouse's scores, 0 to 100, and its times for one visit of a page."""
    program = node.folder("audit") / "node_modules" / "lighthouse" / "cli" / "index.js"
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        command = [
            node.find_node() or "node", str(program), address, "--quiet",
            "--output=json", f"--output-path={report}",
            f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}",
            *(["--preset=desktop"] if preset == "desktop" else []),
        ]  # fmt: skip
        environment = {**os.environ, "CHROME_PATH": find_browser() or ""}
        subprocess.run(command, env=environment, capture_output=True, check=True)
        return read(json.loads(report.read_text(encoding="utf-8")))


def read(report: dict[str, Any]) -> dict[str, float]:
    """Return what counts in a report of Lighthouse."""
    scores = {name: 100 * report["categories"][name]["score"] for name in CATEGORIES}
    times = {name: report["audits"][name]["numericValue"] for name in METRICS}
    return scores | times


def row(page: str, preset: str, visits: list[dict[str, float]]) -> str:
    """Return a row of the table: the median of each score and time."""
    middle = {name: statistics.median(visit[name] for visit in visits) for name in visits[0]}
    scores = [f"{middle[name]:.0f}" for name in CATEGORIES]
    times = [f"{middle[name] / scale:.{digits}f}" for name, (_, scale, digits) in METRICS.items()]
    return " | ".join(["", f"`{page}`", preset, *scores, *times, ""]).strip()


def table(rows: list[str]) -> str:
    """Return the report, in Markdown."""
    heads = ["page", "preset", *CATEGORIES, *(title for title, _, _ in METRICS.values())]
    lines = [f"| {' | '.join(heads)} |", "|---|---" + "|---:" * (len(heads) - 2) + "|", *rows]
    return INTRODUCTION + "\n".join(lines) + "\n"


def main() -> int:
    """Measure the longest chapter and the front page, and write the table."""
    missing = node.install("audit") or (None if find_browser() else HOW_TO_GET_ONE)
    if missing:
        print(f"Nothing was measured: {missing}.", file=sys.stderr)
        return 1
    if status := book.build():
        return status
    rows = []
    with server() as site:
        Thread(target=site.serve_forever, daemon=True).start()
        for page in (longest_chapter(), "index.html"):
            address = f"http://127.0.0.1:{site.server_port}/{page}"
            for preset in PRESETS:
                visits = [measure(address, preset) for _ in range(TIMES)]
                rows.append(row(page, preset, visits))
                print(rows[-1], flush=True)
        site.shutdown()
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(table(rows), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
