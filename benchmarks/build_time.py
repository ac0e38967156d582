"""How long the site takes to build, and how that grows with the number of chapters.

python -m benchmarks.build_time          # the book, and with 4 and 10 times the chapters
python -m benchmarks.build_time 1 2      # other multiples

Each book is a copy of this one, in which every chapter stands several times. It is built from
nothing, then after a change in one chapter, then after none.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from tools import book, lite
from tools.notebooks import ROOT

PARTS = ("information", "losses", "practice")
TARGET = re.compile(r'(?m)^(\s*")\(([a-z0-9-]+)\)=')


def copy(folder: Path, multiple: int) -> int:
    """Write the sources of a book with so many times the chapters; return how many it has."""
    for name in (*book.FRAME, *book.PAGES, *lite.PACKAGING):
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    contents = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    count = 0
    for part in contents["parts"]:
        for entry in list(part["chapters"]):
            notebook = folder / f"{entry['file']}.ipynb"
            if notebook.parent.name not in PARTS:
                continue
            text = notebook.read_text(encoding="utf-8")
            for number in range(1, multiple):
                name = f"{entry['file']}-{number}"
                again = TARGET.sub(rf"\1(\2-{number})=", text)
                (folder / f"{name}.ipynb").write_text(again, encoding="utf-8")
                part["chapters"].append({"file": name})
            count += multiple
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), encoding="utf-8")
    return count


def seconds(folder: Path) -> float:
    """Build a book and return how long it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tools.book", "build"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stdout + run.stderr)
    return time.perf_counter() - start


def main(multiples: list[int]) -> None:
    """Print a line for each book."""
    for multiple in multiples:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            count = copy(folder, multiple)
            whole = seconds(folder)
            chapter = folder / "chapters" / "information" / "surprisal.ipynb"
            text = chapter.read_text(encoding="utf-8")
            chapter.write_text(text.replace("surprising", "astonishing"), encoding="utf-8")
            changed = seconds(folder)
            print(
                f"{count:4} chapters: {whole:6.1f} s from nothing, {changed:5.1f} s after a change "
                f"in one, {seconds(folder):4.1f} s after none",
                flush=True,
            )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1, 4, 10])
