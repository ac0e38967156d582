"""How docstrings are prepared for the page on the library, and which words are links."""

import pytest

from tools.reference import mentioned, prepared, public_names

CHAPTERS = {"chapters/losses/sigmoid-cross-entropy"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("shape of `labels`.", "shape of ``labels``."),
        ("`grad` of it", ":py:obj:`grad <xentlib.grad>` of it"),
        ("`xentlib.grad`", ":py:obj:`xentlib.grad <xentlib.grad>`"),
        ("a `Derivation`", "a :py:obj:`Derivation <xentlib.symbolic.Derivation>`"),
        ("``grad`` and :math:`x`", "``grad`` and :math:`x`"),
        (":math:`a`, :math:`b\nc`, `d`", ":math:`a`, :math:`b\nc`, ``d``"),
        ("    >>> print(`grad`)", "    >>> print(`grad`)"),
        (".. [1] A. Author", "1. A. Author"),
        ("see ``losses/sigmoid-cross-entropy``.",
         "see :doc:`/chapters/losses/sigmoid-cross-entropy`."),
        ("see ``losses/not-written``.", "see ``losses/not-written``."),
    ],
)  # fmt: skip
def test_a_docstring_is_prepared(written: str, read: str) -> None:
    assert prepared(written, CHAPTERS) == read


def test_a_common_word_is_no_link() -> None:
    """`check` is public in xentlib.course; in a chapter it may be anything."""
    assert "check" in public_names()
    assert mentioned("check") is None
    assert mentioned("xentlib.course.check") == "xentlib.course.check"
    assert mentioned("softmax") == "xentlib.softmax"
    assert mentioned("xentlib.hardmax") is None
