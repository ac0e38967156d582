"""Build the site into _build/html, and serve it.

    python -m tools.book build
    python -m tools.book serve 8000

The build runs no notebook: it shows the stored outputs, which the tests have reproduced.
"""

import hashlib
import http.server
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from filelock import FileLock

from tools import editions, lite, node
from tools.hygiene import all_problems
from tools.notebooks import ROOT

BUILD = ROOT / "_build"
HTML = BUILD / "html"
# A change in one of these concerns every page, so the site is built anew. (Sphinx would publish a
# changed style sheet only together with a page that it writes again.)
FRAME = (
    "_config.yml",
    "_static",
    "_toc.yml",
    "references.bib",
    "requirements/dev.txt",
    "requirements/pyodide-lock.json",
    "tools",
    "xentlib",
)
PAGES = ("index.md", "chapters")


def _digest(names: tuple[str, ...]) -> str:
    """Return a digest of the files named, and of all files in the folders named."""
    digest = hashlib.sha256()
    for name in names:
        path = ROOT / name
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inside:
            if not {"__pycache__", ".ipynb_checkpoints"} & set(file.parts) and file.is_file():
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def time_of_commit() -> int:
    """Return the time of the last commit in seconds, or 0 where there is none.

    What has a date takes this one, so that two builds of a commit are the same bytes.
    """
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return 0
    return int(run.stdout) if run.stdout.strip().isdigit() else 0


def state() -> str:
    """Return what says from which sources the site was built."""
    return _read(BUILD / "frame.sha256") + "\n" + _read(BUILD / "pages.sha256")


def build() -> int:
    """Build what changed; return 0, or 1 with the reason on the screen."""
    BUILD.mkdir(exist_ok=True)
    try:
        with FileLock(BUILD / "lock"):
            status = _build(lite.mode())
            time = int(os.environ.get("SOURCE_DATE_EPOCH") or time_of_commit())
            if not status and lite.build(HTML, BUILD / "lite.sha256", time):
                print("It holds the app in which its chapters can be run.")
            return status
    except lite.LiteError as error:
        print(f"{error}.", file=sys.stderr)
        return 1


def _build(mode: str) -> int:
    without = node.install("site")
    if without:
        print(f"{without}: the reader's browser must set the formulas, which is slower.")
    frame = _digest(FRAME) + (" without Node.js" if without else "") + mode
    pages = _digest(PAGES)
    frame_file, pages_file = BUILD / "frame.sha256", BUILD / "pages.sha256"
    address = (HTML / "index.html").as_uri()
    if (_read(frame_file), _read(pages_file)) == (frame, pages) and (HTML / "index.html").is_file():
        print(f"The book is up to date: {address}")
        return 0
    if found := all_problems(as_chapters=False):
        print("The book was not built:\n" + "\n".join(found), file=sys.stderr)
        print("After a change in a chapter or in xentlib, run `make refresh`.", file=sys.stderr)
        return 1
    previous = _read(frame_file)
    for file in (frame_file, pages_file):
        # Sphinx repeats no warning about a page that did not change, so that after a failure
        # the next build must start anew.
        file.unlink(missing_ok=True)
    if previous != frame:
        for folder in (HTML, BUILD / ".doctrees", BUILD / "jupyter_execute"):
            shutil.rmtree(folder, ignore_errors=True)
    # What is no page of the book must not be taken for one.
    shutil.rmtree(HTML / lite.FOLDER, ignore_errors=True)
    run = jupyter_book()
    if run.returncode or "WARNING" in run.stdout:
        print(run.stdout, file=sys.stderr)
        print("The book was not built; the lines above say why.", file=sys.stderr)
        return 1
    editions.withdraw(HTML)
    frame_file.write_text(frame)
    pages_file.write_text(pages)
    print(f"The book is built: {address}")
    return 0


def jupyter_book(*more: str) -> subprocess.CompletedProcess[str]:
    """Run Jupyter Book on the sources, with warnings as errors, so that the bytes do not vary."""
    program = Path(sys.executable).with_name("jupyter-book")
    options = ["-W", "--keep-going", "-n", "-q", *more]
    return subprocess.run(
        [program, "build", str(ROOT), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        # The page on the library must be about this xentlib, whichever one is installed.
        env={
            **({"SOURCE_DATE_EPOCH": str(time)} if (time := time_of_commit()) else {}),
            **os.environ,
            "NO_COLOR": "1",
            "PYTHONPATH": str(ROOT),
            # Sets are shown in an order that depends on it.
            "PYTHONHASHSEED": "0",
        },
        check=False,
    )


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files that does not print each request."""

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def server(port: int = 0) -> http.server.ThreadingHTTPServer:
    """Return a server of the built site on this machine alone; port 0 takes any free one."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(HTML)))


def serve(port: int) -> int:
    """Serve the built site until it is interrupted."""
    try:
        site = server(port)
    except OSError as error:
        print(f"Port {port} cannot be used ({error}); try: make serve PORT={port + 1}")
        return 1
    print(f"Reading the book at http://127.0.0.1:{port}/ (stop with Ctrl-C)", flush=True)
    try:
        site.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


def main(command: str, port: str = "8000") -> int:
    """Carry out a command of the command line."""
    status = build()
    return status if status or command == "build" else serve(int(port))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
