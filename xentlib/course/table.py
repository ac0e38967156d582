"""Tables that a phone can show: where the columns would not fit, each row becomes a list."""

import re
from collections.abc import Mapping, Sequence
from html import escape

_CODE = re.compile(r"`([^`]*)`")


class Table:
    """A table of short texts with a heading for each row and each column.

    In a notebook it is shown as HTML. The book's style sheet turns each row into a list on a narrow
    page, in which every cell repeats the heading of its column, so that nothing must be scrolled.

    Parameters
    ----------
    columns : sequence of str
        The headings of the columns.
    rows : mapping of str to sequence
        The cells of each row by the row's heading: one for each column, shown as ``str`` shows
        them. What stands between backticks is shown as code.

    Raises
    ------
    ValueError
        If a row has more or fewer cells than there are columns, or a cell is empty.

    Examples
    --------
    >>> from xentlib.course import Table
    >>> Table(["softmax", "sigmoid"], {"one loss for each": ["row", "element"]})
                       softmax  sigmoid
    one loss for each  row      element
    """

    def __init__(self, columns: Sequence[str], rows: Mapping[str, Sequence[object]]) -> None:
        self.columns = list(columns)
        self.rows = {heading: [str(cell) for cell in cells] for heading, cells in rows.items()}
        for heading, cells in self.rows.items():
            if len(cells) != len(self.columns):
                raise ValueError(
                    f"the row {heading!r} has {len(cells)} cells for {len(self.columns)} columns."
                )
            if not all(cell.strip() for cell in cells):
                raise ValueError(f"the row {heading!r} has an empty cell.")

    def __repr__(self) -> str:
        lines = [["", *self.columns], *([heading, *cells] for heading, cells in self.rows.items())]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
        return "\n".join(padded)

    def _repr_html_(self) -> str:
        """Return HTML whose roles still say that it is a table when a style sheet stacks it."""
        heads = "".join(
            f'<th scope="col" role="columnheader">{_text(column)}</th>' for column in self.columns
        )
        body = "\n".join(self._row(heading, cells) for heading, cells in self.rows.items())
        return (
            '<table class="stacked" role="table">\n'
            f'<thead role="rowgroup"><tr role="row"><td role="cell"></td>{heads}</tr></thead>\n'
            f'<tbody role="rowgroup">\n{body}\n</tbody>\n</table>'
        )

    def _row(self, heading: str, cells: list[str]) -> str:
        labels = (escape(column.replace("`", "")) for column in self.columns)
        shown = "".join(
            f'<td role="cell" data-label="{label}"><span>{_text(cell)}</span></td>'
            for label, cell in zip(labels, cells, strict=True)
        )
        return f'<tr role="row"><th scope="row" role="rowheader">{_text(heading)}</th>{shown}</tr>'


def _text(written: str) -> str:
    """Return text as HTML, with code in the place of backticks."""
    return _CODE.sub(r"<code>\1</code>", escape(written))
