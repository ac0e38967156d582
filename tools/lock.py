"""Write requirements/dev.txt: every version that the book is built and tested with, with hashes.

One lock serves all platforms and Pythons; the versions that pyproject.toml names stay as they are.
No address of a package index is written.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = "uv pip compile pyproject.toml --extra dev --universal --python-version 3.11"
STYLE = "--generate-hashes --no-strip-extras --no-annotate --no-header --upgrade --quiet"


def main() -> int:
    """Run uv's resolver; return its exit status."""
    command = [sys.executable, "-m", *COMPILE.split(), *STYLE.split()]
    return subprocess.call([*command, "--output-file", "requirements/dev.txt"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
