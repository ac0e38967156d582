"""Which of the frameworks that the book compares itself with are missing here, and what needs them.

A notebook that imports one of them can be run only where all of them are installed. It is published
from its stored outputs anywhere.
"""

import re
from importlib.util import find_spec
from pathlib import Path

MODULES = ("jax", "keras", "optax", "tensorflow", "torch")
_IMPORTS_ONE = re.compile(
    rf"\b(?:import|from)\s+(?:xentlib\.course\.frameworks|(?:{'|'.join(MODULES)})\b)"
)


def missing_frameworks() -> list[str]:
    """Return the modules that are not installed."""
    return [name for name in MODULES if find_spec(name) is None]


def how_to_get_them() -> str:
    """Return what to do about it, or an empty text if there is nothing to do."""
    if not (missing := missing_frameworks()):
        return ""
    return f"Not installed: {', '.join(missing)}. `make frameworks` installs all of them."


def needs_frameworks(notebook: Path) -> bool:
    """Return whether a notebook can be run only where the frameworks are installed."""
    return bool(_IMPORTS_ONE.search(notebook.read_text(encoding="utf-8")))
