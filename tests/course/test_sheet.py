"""An entry of the sheet of formulas says where a form is derived if not in the chapter above."""

from dataclasses import replace

import pytest

from xentlib.course.sheet import _entry
from xentlib.symbolic import formula


@pytest.mark.parametrize("chapter", ["losses/elsewhere", "losses/sigmoid-cross-entropy"])
def test_a_form_derived_in_another_chapter_says_so(chapter: str) -> None:
    parent = formula("sigmoid-cross-entropy")
    form = replace(formula("sigmoid-cross-entropy-stable"), chapter=chapter)
    known = {"losses/elsewhere": ("Elsewhere", "elsewhere.ipynb")}
    said = "Derived in [Elsewhere](elsewhere.ipynb)" in _entry(form, 1, parent, known)
    assert said is (chapter != parent.chapter)
