"""Source listings: a page shows the library's own source, never a copy of it."""

import math

import pytest

from xentlib import sigmoid, softplus
from xentlib.course import show_source
from xentlib.course.exercises import UnreadableAnswerError


def test_a_listing_is_the_source_without_its_docstring() -> None:
    shown = show_source(sigmoid)
    assert repr(shown) == shown.source
    assert shown.source.startswith("# xentlib/activations.py\ndef sigmoid(")
    assert '"""' not in shown.source
    assert '"""' in show_source(sigmoid, docstring=True).source


def test_a_notebook_shows_it_as_code() -> None:
    shown = show_source(sigmoid)
    assert shown._repr_markdown_() == f"```python\n{shown.source}\n```"


def test_functions_of_one_file_stand_under_its_name_once() -> None:
    both = show_source(sigmoid, softplus).source
    assert both.count("# xentlib/activations.py\n") == 1
    assert both.index("def sigmoid(") < both.index("def softplus(")


def test_a_body_that_is_only_a_docstring_stays() -> None:
    """Without it, what is left would not be Python."""
    assert show_source(UnreadableAnswerError).source.endswith('the message says why."""')


def test_what_has_no_docstring_stays_as_it_is() -> None:
    listing = type(show_source(sigmoid))
    shown = show_source(listing.__repr__).source
    assert (
        shown == "# xentlib/course/listing.py\ndef __repr__(self) -> str:\n    return self.source"
    )


@pytest.mark.parametrize("foreign", [test_a_notebook_shows_it_as_code, pytest.raises])
def test_only_the_library_is_shown(foreign) -> None:
    """A copy in a notebook, or NumPy's source, is not what a reader imports from xentlib."""
    with pytest.raises(ValueError, match="not defined in xentlib"):
        show_source(foreign)
    with pytest.raises(TypeError):
        show_source(math.exp)
