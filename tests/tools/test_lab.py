"""JupyterLab shows the chapters as the book does: its MyST extension is there and is loaded."""

import re
import subprocess

EXTENSION = re.compile(r"jupyterlab-myst v\S+ enabled +OK")


def test_the_myst_extension_fits_this_jupyterlab(python: str) -> None:
    """A JupyterLab that is too new lists the extension as incompatible and leaves it out."""
    command = [python, "-m", "jupyter", "labextension", "list"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    listed = re.sub(r"\x1b\[\d*m", "", run.stdout + run.stderr)
    assert EXTENSION.search(listed), listed


def test_an_incompatible_extension_would_be_noticed() -> None:
    """Negative control: what an incompatible version prints."""
    assert not EXTENSION.search("jupyterlab-myst v2.7.0 enabled  X (python, jupyterlab_myst)")
