"""Places in a page: the anchors of its headings and of a PDF's pages, and where to read on after a passage."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from docspasta_mcp.document.search.passages import plain
from docspasta_mcp.model.markdown_blocks import fences

_MAX_KNOWN = 512  # pages whose anchors are kept; an answer asks for those of a page again and again
_HEADING_LINE = re.compile(r"^(?:#{1,6}[ \t]+(.+)|\*\((page \d{1,6})\)\*$)", re.MULTILINE)  # or a mark in a PDF


@dataclass(frozen=True, slots=True)
class PageText:
    """A page that passages are taken from. Its text from `start` to `end` belongs to the document.

    `shown` is what an answer calls it, if not by its title; `manual` tells the manuals of one answer apart.
    """

    number: int
    url: str
    title: str
    markdown: str
    start: int
    end: int
    shown: str = ""
    manual: str = ""


def reference(page: PageText, place: int) -> str:
    """Return where to read on in a page: its number, the last heading before a place, the characters from there."""
    slug, start = "", page.start
    for heading_slug, offset in _known_slugs(page.markdown, page.title):
        if offset > place:
            break
        slug, start = heading_slug, offset
    beyond = place - start
    if place >= page.end:
        beyond = 0  # there is no more of the page: the reference leads back to its last section
    return f"{page.number}#{slug}" + (f"+{beyond}" if beyond > 0 else "")


@lru_cache(maxsize=_MAX_KNOWN)
def _known_slugs(markdown: str, title: str) -> list[tuple[str, int]]:
    return slugs(markdown, title)


def slugs(markdown: str, title: str = "") -> list[tuple[str, int]]:
    """Return the anchors of a page's headings with where each heading begins; equal ones are numbered.

    Args:
        markdown: the page.
        title: what the document says for the heading that the page begins with, if another.
    """
    found: dict[str, int] = {}
    seen: dict[str, int] = {}
    for start, heading in _headings(markdown):
        slug = (
            re.sub(r"[^\w\- ]", "", plain(heading if start or not title else title).lower()).strip().replace(" ", "-")
        )
        anchor = slug
        while anchor in found:
            seen[slug] = seen.get(slug, 0) + 1
            anchor = f"{slug}-{seen[slug]}"
        found[anchor] = start
    return list(found.items())


def _headings(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield where each heading outside of code begins, and its title; a mark of a PDF's page counts as one."""
    start = 0
    for is_code, part in fences(markdown):
        if not is_code:
            yield from ((start + match.start(), match[1] or match[2]) for match in _HEADING_LINE.finditer(part))
        start += len(part)
