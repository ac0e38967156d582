"""A Sphinx extension by which the search finds numbers, such as the loss at which training sticks.

Sphinx cuts words at every point, and its search leaves out terms of digits alone.
"""

import re
from typing import ClassVar

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish


class SearchWithNumbers(SearchEnglish):
    """English, in which a decimal number is one word."""

    _words: ClassVar[re.Pattern[str]] = re.compile(r"\d+\.\d+|\w+")
    js_splitter_code = r"""
var splitQuery = (query) => query.match(/\d+\.\d+|[\p{Letter}\p{Number}_]+/gu) ?? [];
"""

    def split(self, input: str) -> list[str]:
        """Return the words of a text."""
        return self._words.findall(input)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make this the search of English books."""
    app.add_search_language(SearchWithNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
