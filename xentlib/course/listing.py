"""Show the library's own source in a chapter, so that a page can never show another version."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xentlib

_PACKAGE = Path(xentlib.__file__).parent


class Listing:
    """Source text that a notebook shows as code."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return self.source

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.source}\n```"


def show_source(*functions: Callable[..., Any], docstring: bool = False) -> Listing:
    """Show the source of functions of `xentlib`, as it is on disk.

    Parameters
    ----------
    *functions : callable
        Functions or classes defined in `xentlib`.
    docstring : bool, default False
        Whether to show the docstrings too; the reference pages show them in any case.

    Returns
    -------
    Listing
        What a notebook displays as a block of code, with the file's name in its first line.

    Raises
    ------
    ValueError
        If something is not defined in `xentlib`: a listing must not show a copy.

    Examples
    --------
    >>> from xentlib.course import show_source
    >>> print(show_source(show_source).source.splitlines()[0])
    # xentlib/course/listing.py
    """
    parts: list[str] = []
    previous = None
    for function in functions:
        file = Path(inspect.getsourcefile(function) or "")
        if not file.is_relative_to(_PACKAGE):
            raise ValueError(
                f"{function!r} is not defined in xentlib; show_source shows only that."
            )
        name = file.relative_to(_PACKAGE.parent).as_posix()
        text = textwrap.dedent(inspect.getsource(function)).rstrip()
        text = text if docstring else _without_docstring(text)
        parts.append(text if name == previous else f"# {name}\n{text}")
        previous = name
    return Listing("\n\n\n".join(parts))


def _without_docstring(source: str) -> str:
    """Cut the docstring out of a function's source; all else stays as it is."""
    body = ast.parse(source).body[0].body  # type: ignore[attr-defined]
    first = body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if not is_docstring or len(body) == 1:
        return source
    lines = source.splitlines()
    return "\n".join(lines[: first.lineno - 1] + lines[first.end_lineno :])
