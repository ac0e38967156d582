"""Run a chapter's code in this process, without a kernel, to look at what it does."""

import ast
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt

from tools.hygiene import code_cells, tags
from tools.notebooks import read


def run_code(path: Path) -> dict[str, Any]:
    """Run the cells of a notebook in order and return its names; nobody sees the figures."""
    names: dict[str, Any] = {"__name__": "chapter"}
    matplotlib.use("svg")
    with matplotlib.rc_context():
        for where, cell in code_cells(read(path)):
            try:
                exec(compile(cell.source, f"{path.name}, {where}", "exec"), names)
            except Exception:
                if "raises-exception" not in tags(cell):
                    raise
        plt.close("all")
    return names


def established(path: Path) -> list[str]:
    """Return the ids that a chapter's code passes to `establishes`."""
    calls = [
        node
        for _, cell in code_cells(read(path))
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    return [ast.literal_eval(call.args[0]) for call in calls if call.func.attr == "establishes"]
