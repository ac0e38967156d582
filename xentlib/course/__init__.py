"""What the book's chapters share: figures and their style, exercise checks, live source listings.

Needs the extra ``course``: ``pip install "xentlib[course]"``.
"""

from xentlib.course.exercises import Exercise, Mistake, Verdict, check, exercise_ids
from xentlib.course.listing import show_source
from xentlib.course.sheet import formula_sheet
from xentlib.course.style import COLORS, use_book_style
from xentlib.course.table import Table

__all__ = [
    "COLORS",
    "Exercise",
    "Mistake",
    "Table",
    "Verdict",
    "check",
    "exercise_ids",
    "formula_sheet",
    "show_source",
    "use_book_style",
]
