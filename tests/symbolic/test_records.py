"""The registry as data: what is written can be read back, and is the registered formula."""

import json

import pytest
import sympy as sp

from xentlib.symbolic import Formula, formula, formulas
from xentlib.symbolic.records import _Readable, read_expression, record, registry_as_json

ALL = formulas()


@pytest.mark.parametrize("found", ALL, ids=[found.id for found in ALL])
def test_the_expression_read_back_is_the_registered_one(found: Formula) -> None:
    text = record(found)["srepr"]
    read = read_expression(text)
    # SymPy orders the factors of a product by what has been asked of its symbols in this session,
    # and compares them in that order; the record has an order of its own.
    assert read == found.expression or _Readable().doprint(read) == text


def test_the_order_of_factors_in_a_record_does_not_depend_on_the_session() -> None:
    found = formula("softmax-cross-entropy-weighted")
    text = record(found)["srepr"]
    (product,) = [part for part in sp.preorder_traversal(found.expression)
                  if isinstance(part, sp.Mul) and len(part.args) == 3]  # fmt: skip
    turned = found.expression.xreplace({product: sp.Mul(*product.args[::-1], evaluate=False)})
    assert turned != found.expression
    assert _Readable().doprint(turned) == text


def test_equal_symbols_are_written_alike() -> None:
    """Protects the record from SymPy's cache, which may give back either of two equal symbols."""
    said = sp.Symbol("i", integer=True, real=True)
    unsaid = sp.Symbol("i", integer=True)
    assert said == unsaid
    assert sp.srepr(said) != sp.srepr(unsaid)
    assert _Readable().doprint(said) == _Readable().doprint(unsaid) == sp.srepr(unsaid)
    assert _Readable().doprint(sp.Symbol("i", real=True)) == "Symbol('i', real=True)"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Integer(-1)", "Integer(1)"),
        ("real=True", "real=False"),
        ("Symbol('x'", "Symbol('y'"),
    ],
)
def test_a_damaged_record_is_noticed(old: str, new: str) -> None:
    """Negative control: a flipped sign, another assumption, another symbol."""
    found = formula("log-sigmoid")
    text = record(found)["srepr"]
    assert old in text
    assert read_expression(text.replace(old, new)) != found.expression


def test_the_file_holds_every_formula_and_all_of_it() -> None:
    read = json.loads(registry_as_json())
    assert [entry["id"] for entry in read] == [found.id for found in ALL]
    assert read == [record(found) for found in ALL]
    for entry, found in zip(read, ALL, strict=True):
        assert (entry["title"], entry["latex"], entry["text"]) == (
            found.title, found.latex, found.text,
        )  # fmt: skip
        assert (entry["function"], entry["chapter"]) == (found.implementation, found.chapter)
        assert (entry["form_of"], entry["gradient_of"]) == (found.form_of, found.gradient_of)
        symbols = [
            (s["symbol"], s["meaning"], s["unit"], s["assumptions"]) for s in entry["symbols"]
        ]
        assert symbols == [(q.symbol, q.meaning, q.unit, q.assumptions) for q in found.quantities]


def test_a_record_is_read_without_pythons_own_functions() -> None:
    with pytest.raises(NameError):
        read_expression("open('formulas.json')")
