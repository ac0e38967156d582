"""Sphinx extensions: what this site does beyond its theme."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent


def folder_for(confdir: str | Path, name: str) -> str:
    """Return a folder of this package as seen from a book's folder.

    Sphinx writes a digest of its settings into the site. It must not depend on where that is built.
    """
    try:
        return Path(os.path.relpath(HERE / name, confdir)).as_posix()
    except ValueError:  # on another drive
        return str(HERE / name)
