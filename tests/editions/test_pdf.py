"""The printed book: one document whose links lead inside it, with nothing cut off, and tagged."""

import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from bs4 import BeautifulSoup

from tests.editions.conftest import PAGE
from tools import editions
from tools import node as npm
from tools.editions import paper, pdf

SETTINGS: dict[str, Any] = {
    "title": "A small book",
    "author": "Somebody",
    "copyright": "2026",
    "sphinx": {"config": {"language": "en"}},
}


def _page(site: Path) -> str:
    return pdf.page_of_html(site, site.parent / "_toc.yml", SETTINGS)


@pytest.fixture
def page(small: Path) -> BeautifulSoup:
    return BeautifulSoup(_page(small), "html.parser")


def test_links_lead_to_the_right_place_of_the_one_page(page: BeautifulSoup) -> None:
    """Both chapters have a section "end", and each keeps its own."""
    targets = [str(link["href"]) for link in page.select(".index a[href]")]
    assert "#a-one" in targets
    assert "#b-two--end" in targets
    ids = [str(element["id"]) for element in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert {"a-one--end", "b-two--end", "part-part-one"} <= set(ids)
    assert not page.select('a[href$=".html"], a[href$=".ipynb"]')


def test_a_link_that_leads_nowhere_is_refused(small: Path) -> None:
    """Negative control."""
    text = '<h1>Two</h1><a href="../a/one.html#no-such-place">x</a>'
    (small / "chapters/b/two.html").write_text(PAGE.format(text))
    with pytest.raises(paper.BrokenLinkError, match="chapters/b/two: #a-one--no-such-place"):
        _page(small)


def test_links_to_other_sites_are_numbered_and_listed(page: BeautifulSoup) -> None:
    chapter = page.select_one("div.chapter.a-one")
    assert chapter is not None
    assert [number.get_text() for number in chapter.select(".link-number")] == ["1", "1"]
    assert [link.get_text() for link in chapter.select(".links a")] == ["https://example.org/q"]


def test_nothing_stays_folded_or_behind_a_tab(page: BeautifulSoup) -> None:
    assert [details.get("open") for details in page.select("details")] == [""]
    assert page.select_one("details summary").get_text(strip=True) == "Solution"
    assert not page.select("input, .toctree-wrapper, .headerlink, mjx-assistive-mml")
    assert "Inside" in page.get_text()


def test_the_book_does_not_offer_itself(small: Path) -> None:
    """Else a second PDF would differ from the first."""
    before = _page(small)
    editions.file_in(small, "pdf").write_bytes(b"x")
    editions.offer(small)
    assert _page(small) == before


def test_a_formula_says_its_tex_and_its_glyphs_are_there_once(page: BeautifulSoup) -> None:
    assert [svg.get("aria-label") for svg in page.select("mjx-container svg")] == ["x < y"]
    assert [path["id"] for path in page.select("svg.glyphs path")] == ["MJX-X"]


def test_the_index_is_a_list_and_has_one_heading_for_chinese(page: BeautifulSoup) -> None:
    index = page.select_one("div.chapter.genindex")
    assert index is not None
    assert [heading.get_text() for heading in index.select("h3")] == ["A", "中文"]
    assert len(index.select("li > .page-number")) == 2


@pytest.fixture
def printed(small: Path, browser: None, node: None, tmp_path: Path) -> Path:
    assert npm.install("print") is None
    target = tmp_path / "book.pdf"
    pdf.print_out(_page(small), target)
    return target


def test_the_pdf_has_an_outline_tags_and_says_what_it_is(printed: Path) -> None:
    pdf.finish(printed, SETTINGS, when=1_000_000_000)
    with pikepdf.open(printed) as book:
        assert str(book.docinfo["/Title"]) == "A small book"
        assert str(book.docinfo["/CreationDate"]) == "D:20010909014640Z"
        assert str(book.Root.Lang) == "en"
        assert book.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in book.Root
        with book.open_outline() as outline:
            parts = {item.title: [below.title for below in item.children] for item in outline.root}
        assert parts["Part one"] == ["One"]
        assert parts["Part two"] == ["Two 交叉熵", "Index"]
        links = [a for page in book.pages for a in page.get("/Annots", []) if "/Dest" in a]
        assert len(links) > 8
        assert {str(link.Dest).removeprefix("/") for link in links} <= set(
            pdf.pages_of_anchors(printed)
        )


def test_the_contents_name_the_pages_on_which_chapters_begin(printed: Path) -> None:
    pages = pdf.pages_of_anchors(printed)
    text = printed.with_suffix(".html").read_text(encoding="utf-8")
    shown = re.findall(r'class="page-number" data-target="([^"]*)">(\d*)<', text)
    assert {name: int(number) for name, number in shown} == {name: pages[name] for name, _ in shown}
    # The cover, what stands behind it, and the contents come first.
    assert pages["index"] == 4
    assert pages["index"] < pages["part-part-one"] < pages["a-one"] < pages["b-two"]


def test_what_is_too_wide_for_the_paper_is_refused(
    small: Path, browser: None, node: None, tmp_path: Path
) -> None:
    """Negative control: long code is broken, as the pages above are, and a wide box is not."""
    assert npm.install("print") is None
    wide = '<h1>Two</h1><div style="width: 300mm">wide</div>'
    (small / "chapters/b/two.html").write_text(PAGE.format(wide))
    (small / "genindex.html").unlink()
    (small / "index.html").write_text(PAGE.format("<h1>Book</h1>"))
    with pytest.raises(pdf.TooWideError, match="b-two: DIV wide"):
        pdf.print_out(_page(small), tmp_path / "book.pdf")


def test_the_same_book_is_printed_in_the_same_bytes(printed: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.pdf"
    pdf.print_out(printed.with_suffix(".html").read_text(encoding="utf-8"), again)
    for file in (printed, again):
        pdf.finish(file, SETTINGS, when=1)
    assert printed.read_bytes() == again.read_bytes()
    pdf.finish(again, SETTINGS, when=2)
    assert printed.read_bytes() != again.read_bytes(), "negative control"
