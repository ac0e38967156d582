"""What the book's chapters share: figures and their style, exercise checks, live source listings.

Needs the extra ``course``: ``pip install "xentlib[course]"``.
"""

from xentlib.course.curves import draw_curves
from xentlib.course.digits import (
    QUESTIONS,
    Digits,
    answers_to_questions,
    draw_confusion,
    draw_digits,
    load_digits,
)
from xentlib.course.exercises import Exercise, Mistake, Verdict, check, exercise_ids
from xentlib.course.listing import show_source
from xentlib.course.progress import progress
from xentlib.course.sheet import formula_sheet
from xentlib.course.style import COLORS, use_book_style
from xentlib.course.table import Table

__all__ = [
    "COLORS",
    "QUESTIONS",
    "Digits",
    "Exercise",
    "Mistake",
    "Table",
    "Verdict",
    "answers_to_questions",
    "check",
    "draw_confusion",
    "draw_curves",
    "draw_digits",
    "exercise_ids",
    "formula_sheet",
    "load_digits",
    "progress",
    "show_source",
    "use_book_style",
]
