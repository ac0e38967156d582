"""Run the notebooks and store what they print.

    python -m tools.notebooks [NOTEBOOK ...]

A notebook with its stored outputs is the one source of its page. Running it again changes nothing:
whatever differs from run to run (times, the kernel's version) is not stored.
"""

import argparse
import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbclient
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode
from tqdm import tqdm
from traitlets import default

from tools.frameworks import how_to_get_them, needs_frameworks

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SECONDS_PER_CELL = 120


class NotebookError(Exception):
    """A cell raised an error, or took too long."""


def notebook_paths() -> list[Path]:
    """Return every chapter that is a notebook."""
    return sorted(p for p in CHAPTERS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def runnable(paths: list[Path]) -> list[Path]:
    """Return those notebooks that can be run here: without the frameworks, not all can."""
    if not how_to_get_them():
        return paths
    return [path for path in paths if not needs_frameworks(path)]


def shown(path: Path) -> str:
    """Return the path as a person would write it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def read(path: Path) -> NotebookNode:
    """Read a notebook."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def normalised(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook without what changes from run to run."""
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("tags", "mystnb") if key in cell.metadata}
        cell.metadata = NotebookNode(kept)
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = NotebookNode()
    return notebook


class _OwnKernelManager(AsyncKernelManager):
    """Starts this environment's kernel, whatever kernels the user has installed."""

    @default("kernel_spec_manager")
    def _this_environment(self) -> KernelSpecManager:
        specs = KernelSpecManager(allowed_kernelspecs={"python3"}, ensure_native_kernel=True)
        specs.kernel_dirs = []
        return specs


def executed(path: Path) -> NotebookNode:
    """Run a notebook in a clean kernel and return it with its outputs."""
    notebook = read(path)
    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=_OwnKernelManager,
        timeout=SECONDS_PER_CELL,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        # The kernel's sockets need a selector loop, which is not the default on Windows.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(client.async_execute())
    except nbclient.exceptions.CellExecutionError as error:
        raise NotebookError(f"{shown(path)} stopped with an error.\n{error}") from error
    except nbclient.exceptions.CellTimeoutError as error:
        raise NotebookError(
            f"{shown(path)}: a cell ran for more than {SECONDS_PER_CELL} seconds."
        ) from error
    return normalised(notebook)


def refresh(path: Path) -> bool:
    """Run a notebook and store its outputs; return whether the file changed."""
    text = nbformat.writes(executed(path)) + "\n"
    if text == path.read_text(encoding="utf-8"):
        return False
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
    return True


def main() -> int:
    """Refresh the notebooks that the command line names, or all of them."""
    parser = argparse.ArgumentParser(description="Run notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of them, if none is named")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    options = parser.parse_args()
    paths = [path.resolve() for path in options.notebooks] or notebook_paths()
    if missing := [path for path in paths if not path.is_file()]:
        print(f"There is no notebook {shown(missing[0])}.", file=sys.stderr)
        return 1
    left_out = [path for path in paths if path not in runnable(paths)]
    paths = [path for path in paths if path not in left_out]
    changed, failures = [], []
    with (
        ThreadPoolExecutor(options.jobs) as pool,
        tqdm(total=len(paths), unit="notebook", disable=None) as progress,
    ):
        running = {pool.submit(refresh, path): path for path in paths}
        for future in as_completed(running):
            try:
                if future.result():
                    changed.append(running[future])
            except NotebookError as error:
                failures.append(str(error))
            progress.set_postfix_str(running[future].stem)
            progress.update()
    for path in sorted(changed):
        print(f"changed: {shown(path)}")
    print(f"{len(paths)} run, {len(changed)} changed, {len(failures)} failed.")
    for path in left_out:
        print(f"LEFT OUT: {shown(path)} was not run. {how_to_get_them()}")
    for failure in failures:
        print(f"\n{failure}\nIt was left as it was.", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
