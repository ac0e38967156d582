"""Write the chapters for Colab: the same notebooks, which first install xentlib.

    python -m tools.colab FOLDER ADDRESS COMMIT

Colab opens a notebook from GitHub, but installs nothing that it needs. Where the site is published,
these copies are pushed to a branch of their own, to which its buttons lead.
"""

import sys
from pathlib import Path

import nbformat

from tools.notebooks import ROOT, notebook_paths, read

BRANCH = "colab"
EXTRAS = "course,dask"


def prepared(notebook: Path, address: str, commit: str) -> str:
    """Return a chapter with a first cell that installs xentlib as it was in a commit."""
    content = read(notebook)
    command = f'%pip install --quiet "xentlib[{EXTRAS}] @ git+{address}@{commit}"'
    cell = nbformat.v4.new_code_cell(command, id="install-xentlib")
    content.cells.insert(0, cell)
    text: str = nbformat.writes(content)
    return text + "\n"


def main(folder: str, address: str, commit: str) -> int:
    """Write all chapters into a folder, in the places that they have in the book."""
    for notebook in notebook_paths():
        file = Path(folder) / notebook.relative_to(ROOT)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = prepared(notebook, address, commit)
        file.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
