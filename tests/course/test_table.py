"""Tables: every cell in its place, for eyes, for screen readers and for plain text."""

from html.parser import HTMLParser

import pytest

from xentlib.course import Table

COLUMNS = ["softmax", "`sigmoid`"]
ROWS = {"takes": ["logits", "logits"], "1 < 2 & `p`": ["p - y", '"p"']}


class Reader(HTMLParser):
    """Collects each tag's text, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[tuple[str, dict[str, str | None], str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag in ("th", "td"):
            self.cells.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"th", "td"} & set(self.open):
            tag, attributes, text = self.cells[-1]
            self.cells[-1] = tag, attributes, text + data


def read(table: Table) -> Reader:
    return Reader(table._repr_html_())


def test_every_cell_stands_in_its_place() -> None:
    texts = [text for _, _, text in read(Table(COLUMNS, ROWS)).cells]
    assert texts == [
        *("", "softmax", "sigmoid"),
        *("takes", "logits", "logits"),
        *("1 < 2 & p", "p - y", '"p"'),
    ]


def test_tags_are_closed_and_code_is_marked() -> None:
    reader = read(Table(COLUMNS, ROWS))
    assert reader.open == []
    assert Table(COLUMNS, ROWS)._repr_html_().count("<code>") == 2


def test_a_stacked_cell_repeats_its_columns_heading() -> None:
    cells = read(Table(COLUMNS, ROWS)).cells
    labels = [attributes["data-label"] for _, attributes, _ in cells if "data-label" in attributes]
    assert labels == ["softmax", "sigmoid"] * 2


def test_it_stays_a_table_for_screen_readers() -> None:
    """A style sheet that makes blocks of the rows takes away their meaning; roles keep it."""
    html = Table(COLUMNS, ROWS)._repr_html_()
    roles = [attributes["role"] for _, attributes, _ in read(Table(COLUMNS, ROWS)).cells]
    assert roles == ["cell", *["columnheader"] * 2, *["rowheader", "cell", "cell"] * 2]
    assert html.count('role="row"') == 3
    assert html.count('role="rowgroup"') == 2
    assert html.count('role="table"') == 1


def test_as_text_its_columns_are_aligned() -> None:
    first, *others = repr(Table(["a", "b"], {"row": [1, 22], "longer": ["x", None]})).splitlines()
    assert first == "        a  b"
    assert others == ["row     1  22", "longer  x  None"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["logits"], "'takes' has 1 cells for 2 columns"),
        (["logits"] * 3, "'takes' has 3 cells for 2 columns"),
        (["logits", " "], "'takes' has an empty cell"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(cells: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Table(COLUMNS, {"takes": cells})
