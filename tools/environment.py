"""Set up the virtual environment that every command uses. Standard library only.

    python tools/environment.py .venv

Creates the environment, installs the locked requirements (each file checked against its hash) and
then the library itself, editable. `make` calls this when the lock or the packaging changed.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
OLDEST = (3, 11)


def main(target: str) -> str | None:
    """Set up the environment in `target`; return a message if that cannot be done."""
    if sys.version_info < OLDEST:
        return (
            f"The book needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and this is "
            f"{sys.version.split()[0]}. Name another one: make PYTHON=python3.12 ..."
        )
    folder = ROOT / target
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    print(f"Setting up {target} (once; it takes a minute or two) ...", flush=True)
    if not python.exists():
        venv.create(folder, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = (
        [*install, "--require-hashes", "-r", str(LOCK)],
        [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    )
    for step in steps:
        if subprocess.run(step, check=False).returncode:
            return "The installation failed; pip's message above says why. Nothing else was done."
    (folder / "ready").touch()
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
