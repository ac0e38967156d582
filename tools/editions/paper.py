"""The whole book as one page of HTML, to be printed: from the pages of the built site.

One page, and not a PDF of each, so that a link inside the book is a link inside the PDF, and the
outline and the tags, which Chromium writes, are those of a single document. Sphinx has a builder
of one page too, but there each chapter's "exercises" would have the same address.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

from tools.editions import with_offer

# What a page has only for the screen.
SCREEN_ONLY = (
    "script", "style", "button", "input", ".headerlink", ".no-print", ".tag_hide-input details",
    ".toctree-wrapper", "mjx-assistive-mml", "svg.sd-octicon", ".sd-summary-icon",
    ".sd-summary-state-marker", ".expanded", ".genindex-jumpbox", ".not-here",
)  # fmt: skip
INDEX = "genindex"
# The front page of the site has the book's title, which stands on the cover already.
ABOUT = "About this book"


@dataclass
class Chapter:
    """A page of the site on its way to paper."""

    page: str
    title: str
    content: Tag
    #: The addresses of other sites to which it links, in the order of their numbers.
    links: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What its anchors begin with, which must not be the same for two chapters."""
        return self.page.removeprefix("chapters/").replace("/", "-")


@dataclass(frozen=True)
class Part:
    """Some chapters with a heading of their own, if they have one."""

    caption: str
    chapters: list[Chapter]


class BrokenLinkError(Exception):
    """A link inside the book leads nowhere."""


def read(site: Path, toc: Path) -> list[Part]:
    """Read the pages that the table of contents names, and the index."""
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    front = _chapter(site, contents["root"])
    front.title = ABOUT
    front.content.select_one("h1").string = ABOUT  # type: ignore[union-attr]
    parts = [Part("", [front])]
    for part in contents["parts"]:
        chapters = [_chapter(site, entry["file"]) for entry in part["chapters"]]
        parts.append(Part(part["caption"], chapters))
    if (site / f"{INDEX}.html").is_file():
        parts[-1].chapters.append(_chapter(site, INDEX))
    return parts


def _chapter(site: Path, page: str) -> Chapter:
    # The PDF must not offer itself: it would not be the same when it is made again.
    text = with_offer((site / f"{page}.html").read_text(encoding="utf-8"))
    content = BeautifulSoup(text, "html.parser").select_one("article.bd-article")
    assert content is not None, page
    for unwanted in content.select(", ".join(SCREEN_ONLY)):
        unwanted.decompose()
    heading = content.select_one("h1")
    assert heading is not None, page
    return Chapter(page, " ".join(heading.get_text().split()), content)


def prepare(parts: list[Part], address: str) -> str:
    """Make the pages parts of one, and return the outlines of all glyphs.

    `address` is that of the site, if it has one: files that are only there are linked to there.
    """
    chapters = {chapter.page: chapter for part in parts for chapter in part.chapters}
    glyphs: dict[str, str] = {}
    for chapter in chapters.values():
        for outlines in chapter.content.select("svg.glyphs"):
            glyphs |= {str(path["id"]): str(path) for path in outlines.select("path")}
            outlines.decompose()
        _name(chapter)
        _link(chapter, chapters, address)
        _show(chapter)
    _check(list(chapters.values()))
    return "".join(glyphs[name] for name in sorted(glyphs))


def _name(chapter: Chapter) -> None:
    """Give each chapter's anchors names that no other chapter has."""
    for element in chapter.content.select("[id]"):
        element["id"] = f"{chapter.key}--{element['id']}"
    chapter.content["id"] = chapter.key


def _link(chapter: Chapter, chapters: dict[str, Chapter], address: str) -> None:
    """Let links lead to the place in this book, or show in numbers where they lead."""
    numbers: dict[str, int] = {}
    for link in chapter.content.select("a[href]"):
        target = urljoin(f"{chapter.page}.html", str(link["href"]))
        parts = urlsplit(target)
        page = chapters.get(normpath(unquote(parts.path)).removesuffix(".html"))
        if parts.scheme in ("http", "https"):
            text = link.get_text().removeprefix("doi:").strip()
            if text and text in target:
                continue
            number = numbers.setdefault(target, len(numbers) + 1)
            link.insert_after(_tag("sup", str(number), "link-number"))
        elif page is not None:
            fragment = unquote(parts.fragment)
            link["href"] = f"#{page.key}--{fragment}" if fragment else f"#{page.key}"
        elif address:
            link["href"] = urljoin(address.rstrip("/") + "/", target)
        else:
            link.unwrap()
    chapter.links = list(numbers)


def _tag(name: str, text: str, style: str) -> Tag:
    tag = Tag(name=name, attrs={"class": style})
    tag.string = text
    return tag


def _show(chapter: Chapter) -> None:
    """Unfold what is folded, name formulas by their TeX, load figures now."""
    content = chapter.content
    for folded in content.select("details"):
        folded["open"] = ""
    for image in content.select("img"):
        image["src"] = normpath(urljoin(f"{chapter.page}.html", str(image["src"])))
        for attribute in ("loading", "decoding"):
            del image[attribute]
    for formula in content.select("mjx-container"):
        if (drawn := formula.select_one("svg")) is not None:
            del drawn["aria-hidden"]
            drawn["role"], drawn["aria-label"] = "img", formula["data-tex"]
    # A chapter's title is one step below that of its part.
    for heading in content.select("h1, h2, h3, h4, h5"):
        heading.name = f"h{int(heading.name[1]) + 1}"
    for words in content.select("dl.glossary"):
        _keep_together(words)
    if chapter.page == INDEX:
        _as_list(content)


def _keep_together(words: Tag) -> None:
    """Put each entry of a glossary, the word in its languages and what it means, into a box."""
    entry = None
    for element in words.find_all(["dt", "dd"], recursive=False):
        if entry is None:
            entry = Tag(name="div", attrs={"class": "entry"})
            element.insert_before(entry)
        entry.append(element.extract())
        if element.name == "dd":
            entry = None


def _as_list(index: Tag) -> None:
    """Write the index as lists, with page numbers; words in Chinese get one heading for all."""
    chinese = Tag(name="ul", attrs={"class": "index"})
    for table in index.select("table"):
        heading = table.find_previous("h3")
        assert isinstance(heading, Tag)
        entries = Tag(name="ul", attrs={"class": "index"})
        letter = heading.get_text().strip()
        for entry in table.select("td > ul > li"):
            for link in entry.select("a[href]"):
                link.insert_after(page_number(str(link["href"])))
            (entries if letter.isascii() else chinese).append(entry.extract())
        if letter.isascii():
            table.replace_with(entries)
        else:
            heading.decompose()
            table.decompose()
    if chinese.contents:
        index.append(_tag("h3", "中文", "chinese"))
        index.append(chinese)


def page_number(target: str) -> Tag:
    """Return a place for the number of the page where a link leads; it is known after printing."""
    return Tag(name="span", attrs={"class": "page-number", "data-target": target.removeprefix("#")})


def _check(chapters: list[Chapter]) -> None:
    anchors = {
        str(element["id"])
        for chapter in chapters
        for element in (chapter.content, *chapter.content.select("[id]"))
    }
    broken = [
        f"{chapter.page}: {link['href']}"
        for chapter in chapters
        for link in chapter.content.select('a[href^="#"]')
        if str(link["href"])[1:] not in anchors
    ]
    if broken:
        raise BrokenLinkError("\n".join(broken))


def body(parts: list[Part], front: str) -> str:
    """Return the book: what is in front, the contents, the parts with their chapters."""
    return "".join([front, _contents(parts), *(_written(part) for part in parts)])


def _contents(parts: list[Part]) -> str:
    lines = []
    for part in parts:
        if part.caption:
            target = part_anchor(part.caption)
            lines.append(_line(target, part.caption, "contents-part"))
        lines += [
            _line(chapter.key, chapter.title, "contents-chapter") for chapter in part.chapters
        ]
    return f'<nav class="contents"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'


def _line(target: str, title: str, style: str) -> str:
    number = page_number(target)
    return (
        f'<li class="{style}"><a href="#{target}"><span>{html.escape(title)}</span></a>'
        f'<span class="dots"></span>{number}</li>'
    )


def part_anchor(caption: str) -> str:
    """Return the name of a part's first page among the anchors."""
    return "part-" + re.sub(r"\W+", "-", caption.lower())


def _written(part: Part) -> str:
    written = []
    if part.caption:
        titles = "".join(f"<li>{html.escape(chapter.title)}</li>" for chapter in part.chapters)
        written.append(
            f'<section class="part" id="{part_anchor(part.caption)}">'
            f"<h1>{html.escape(part.caption)}</h1><ul>{titles}</ul></section>"
        )
    for chapter in part.chapters:
        written.append(
            f'<div class="chapter {chapter.key}" style="page: {page_name(chapter)}">'
            f"{chapter.content}{_links(chapter)}</div>"
        )
    return "".join(written)


def _links(chapter: Chapter) -> str:
    items = "".join(
        f'<li><a href="{html.escape(url)}">{html.escape(url)}</a></li>' for url in chapter.links
    )
    return f'<aside class="links"><h3>Links</h3><ol>{items}</ol></aside>' if items else ""


def page_name(chapter: Chapter) -> str:
    """Return the name of a chapter's pages, which lets them carry its title."""
    return f"p-{chapter.key}"


def headers(parts: list[Part]) -> Iterator[str]:
    """Yield the style of each chapter's pages: its title above the text."""
    for part in parts:
        for chapter in part.chapters:
            title = chapter.title.replace("\\", "\\\\").replace('"', '\\"')
            yield (
                f'@page {page_name(chapter)}:right {{ @top-right {{ content: "{title}"; }} }}\n'
                f'@page {page_name(chapter)}:left {{ @top-left {{ content: "{title}"; }} }}\n'
            )


def with_page_numbers(book: str, pages: dict[str, int]) -> str:
    """Write the numbers of pages into their places."""

    def write(place: re.Match[str]) -> str:
        return f"{place[1]}{pages[html.unescape(place[2])]}{place[3]}"

    pattern = r'(<span class="page-number" data-target="([^"]*)">)[^<]*(</span>)'
    return re.sub(pattern, write, book)
