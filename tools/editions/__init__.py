"""The book to take along: a PDF and an EPUB, made from what the site shows.

They are made on request, since that takes longer than the site itself: `make pdf`, `make epub`.
The front page offers those that are there, and a change in the book takes back what is out of date.
"""

import re
from pathlib import Path

NAME = "cross-entropy-proved"
#: What is offered, by the end of the file's name: words for the front page.
KINDS = {
    "pdf": "A PDF, for paper and for the screen",
    "epub": "An EPUB, for readers of electronic books",
}
WORDS = '<div class="editions"><p>To take along:</p>'
# Where the front page offers them.
MARKS = "<!-- editions -->", "<!-- end of editions -->"


def file_in(site: Path, kind: str) -> Path:
    """Return the place of an edition in a site."""
    return site / f"{NAME}.{kind}"


def offer(site: Path) -> list[str]:
    """Let the front page offer the editions that are in the site, and return their kinds."""
    front = site / "index.html"
    text = front.read_text(encoding="utf-8")
    there = [kind for kind in KINDS if file_in(site, kind).is_file()]
    items = "".join(
        f'<li><a href="{NAME}.{kind}" download>{KINDS[kind]}</a> '
        f"({file_in(site, kind).stat().st_size / 1e6:.1f} MB)</li>\n"
        for kind in there
    )
    offered = f"\n{WORDS}<ul>\n{items}</ul></div>\n" if there else ""
    changed = with_offer(text, offered)
    if changed != text:
        front.write_text(changed, encoding="utf-8", newline="\n")
    return there


def with_offer(page: str, offered: str = "") -> str:
    """Return the front page with what it is to offer, by default nothing."""
    between = re.compile(rf"{MARKS[0]}.*?{MARKS[1]}", re.DOTALL)
    return between.sub(lambda _: offered.join(MARKS), page)


def withdraw(site: Path) -> None:
    """Take the editions out of a site that has changed."""
    for kind in KINDS:
        file_in(site, kind).unlink(missing_ok=True)
    offer(site)
