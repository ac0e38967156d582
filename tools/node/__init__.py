"""What comes from npm: installed beside the Python packages, where Node.js and npm are there.

Each folder here holds a list of packages, locked with hashes. They are installed into the virtual
environment, so that nothing of them lies among the sources.
"""

import hashlib
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json", ".npmrc")
OLDEST = 18


@cache
def find_node() -> str | None:
    """Return the path of a Node.js that is new enough, or None."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.removeprefix("v").split(".")[0]
    return node if number.isdigit() and int(number) >= OLDEST else None


def folder(group: str) -> Path:
    """Return the folder into which the packages of a group are installed."""
    return Path(sys.prefix) / "node" / group


def _wanted(group: str) -> str:
    content = b"\0".join((HERE / group / name).read_bytes() for name in FILES)
    return hashlib.sha256(content).hexdigest()


def is_installed(group: str) -> bool:
    """Say whether the packages of a group are there, in the versions that the lock names."""
    ready = folder(group) / "ready"
    return find_node() is not None and ready.is_file() and ready.read_text() == _wanted(group)


def install(group: str) -> str | None:
    """Install the packages of a group, if they are not there; return what is in the way, if any."""
    if find_node() is None:
        return f"Node.js {OLDEST} or newer, with npm, was not found"
    target = folder(group)
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / "lock"):
        return None if is_installed(group) else _install(group, target)


def _install(group: str, target: Path) -> str | None:
    for name in FILES:
        shutil.copyfile(HERE / group / name, target / name)
    npm = shutil.which("npm") or "npm"
    # No package may run a program of its own while it is installed.
    command = [npm, "ci", "--ignore-scripts", "--loglevel=error"]
    run = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
    if run.returncode:
        said = (run.stderr or run.stdout).strip().splitlines() or ["no reason was given"]
        return f"npm could not install the packages ({said[0]})"
    (target / "ready").write_text(_wanted(group))
    return None
