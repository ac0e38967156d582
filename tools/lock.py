"""Write the locks in requirements/: every version that the book is built and tested with.

One lock serves all platforms and Pythons; the versions that pyproject.toml names stay as they are.
Each has its hashes; no address of a package index is written. dev.txt is what everybody needs, and
frameworks.txt, which keeps to the versions of dev.txt, is what the book compares itself with.
PyTorch stands in torch.txt by itself: its CPU and CUDA builds share a version, so it has no hash.
pyodide-lock.json is what runs in a reader's browser: see `tools.lite`.
"""

import subprocess
import sys
from pathlib import Path

from tools.lite import LOCK, write_lock

ROOT = Path(__file__).resolve().parent.parent
COMPILE = "uv pip compile pyproject.toml --universal --python-version 3.11"
STYLE = "--generate-hashes --no-strip-extras --no-annotate --no-header --upgrade --quiet"
GROUPS = {"dev": "", "frameworks": "--constraints requirements/dev.txt"}


def main() -> int:
    """Run uv's resolver for each lock; return the exit status of the first that fails, or 0."""
    for group, options in GROUPS.items():
        choice = f"--extra {group} {options} --output-file requirements/{group}.txt"
        command = [sys.executable, "-m", *f"{COMPILE} {STYLE} {choice}".split()]
        if status := subprocess.call(command, cwd=ROOT):
            return status
    if reason := write_lock():
        print(f"{LOCK.name} was left as it is: {reason}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
