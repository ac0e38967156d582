"""Set up the virtual environment that every command uses. Standard library only.

    python tools/environment.py .venv [frameworks]

Creates the environment, installs the locked requirements (each file checked against its hash) and
then the library itself, editable; with `frameworks`, also those that the book compares itself with.
`make` calls this when a lock or the packaging changed.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
OLDEST = (3, 11)


def _steps(group: str, install: list[str]) -> list[list[str]]:
    """Return the commands that install a group of requirements."""
    locked = [*install, "--require-hashes", "-r", str(LOCKS / f"{group}.txt")]
    if group == "frameworks":
        return [locked, [*install, "-r", str(LOCKS / "torch.txt")]]
    editable = [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    return [locked, editable]


def main(target: str, group: str = "dev") -> str | None:
    """Set up the environment in `target`; return a message if that cannot be done."""
    if sys.version_info < OLDEST:
        return (
            f"The book needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and this is "
            f"{sys.version.split()[0]}. Name another one: make PYTHON=python3.12 ..."
        )
    folder = ROOT / target
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    what = "" if group == "dev" else f" with the {group}"
    print(f"Setting up {target}{what} (once; it takes a minute or two) ...", flush=True)
    if not python.exists():
        venv.create(folder, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for step in _steps(group, install):
        if subprocess.run(step, check=False).returncode:
            return "The installation failed; pip's message above says why. Nothing else was done."
    (folder / ("ready" if group == "dev" else group)).touch()
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
