"""What a reader sees of a verdict, and the answers that are not strings."""

import sympy as sp

from xentlib.course import check
from xentlib.symbolic import Derivation

QUESTION = "sigmoid-cross-entropy/2"
M = sp.Symbol("m", real=True)


def test_a_verdict_is_shown_as_running_text() -> None:
    shown = check(QUESTION, ...)
    assert shown._repr_markdown_() == f"**Your turn.** {shown.message}"
    assert repr(shown) == f"Your turn. {shown.message}"


def test_a_formula_may_be_a_sympy_expression_or_a_derivation() -> None:
    derivation = Derivation("log(1 + exp(-m))", where="m real")
    for answer in (sp.log(1 + sp.exp(-M)), derivation):
        assert check(QUESTION, answer).right
    assert not check(QUESTION, sp.log(1 + sp.exp(M))).right
