"""The front page offers what is there, and nothing that is not there or out of date."""

from pathlib import Path

from tools import editions
from tools.book import ROOT


def _links(site: Path) -> list[str]:
    text = (site / "index.html").read_text(encoding="utf-8")
    return [kind for kind in editions.KINDS if f'href="{editions.NAME}.{kind}"' in text]


def test_what_is_there_is_offered(small: Path) -> None:
    before = (small / "index.html").read_bytes()
    assert editions.offer(small) == []
    assert (small / "index.html").read_bytes() == before
    editions.file_in(small, "epub").write_bytes(b"x" * 1_540_000)
    assert editions.offer(small) == _links(small) == ["epub"]
    assert "(1.5 MB)" in (small / "index.html").read_text(encoding="utf-8")
    editions.file_in(small, "pdf").write_bytes(b"x")
    editions.offer(small)
    assert _links(small) == ["pdf", "epub"]


def test_a_site_that_changed_offers_nothing(small: Path) -> None:
    """Negative control for the above: a link goes as its file goes."""
    before = (small / "index.html").read_bytes()
    for kind in editions.KINDS:
        editions.file_in(small, kind).write_bytes(b"x")
    editions.offer(small)
    editions.withdraw(small)
    assert _links(small) == []
    assert (small / "index.html").read_bytes() == before
    assert not any(editions.file_in(small, kind).exists() for kind in editions.KINDS)


def test_the_books_front_page_has_the_place_for_it() -> None:
    text = (ROOT / "index.md").read_text(encoding="utf-8")
    assert "".join(editions.MARKS) in text
