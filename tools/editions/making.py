"""Make an edition of the book, unless it is there, and put it into the site."""

import os
from collections.abc import Callable
from pathlib import Path

from tools import book
from tools.editions import NAME, file_in, offer

BUILD = book.BUILD / "editions"


def make(kind: str, write: Callable[[Path], None]) -> int:
    """Build the site and the edition, and let the front page offer it; return 0, or 1."""
    if status := book.build():
        return status
    BUILD.mkdir(exist_ok=True)
    made, state_file = BUILD / f"{NAME}.{kind}", BUILD / f"{kind}.state"
    state = "\n".join((book.state(), os.environ.get("SOURCE_DATE_EPOCH", "")))
    if not made.is_file() or not state_file.is_file() or state_file.read_text() != state:
        state_file.unlink(missing_ok=True)
        write(made)
        state_file.write_text(state)
    target = file_in(book.HTML, kind)
    target.write_bytes(made.read_bytes())
    offer(book.HTML)
    print(f"The {kind.upper()} is made: {target.as_uri()}")
    return 0
