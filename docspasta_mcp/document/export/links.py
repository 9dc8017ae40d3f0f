"""Links of a folder's files: to other pages of the manual as relative paths, and back to what they were.

A page's links are spelled in many ways, with `www.`, a final slash or an index file. Those that would not come back as
they were by the page's own address alone are noted with their place, and text that cannot come back by that either is
kept whole.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from docspasta_mcp.model.hash_route import route_of
from docspasta_mcp.model.markdown_blocks import CODE_SPAN, fences
from docspasta_mcp.model.page_identity import page_key

_OPEN = r"(?P<open>\]\(<?)"
_END = r"(?=[)>\s])"
_LINK = re.compile(rf"{CODE_SPAN}|{_OPEN}(?P<url>https?://[^\s()<>]*(?:\([^()\s]*\)[^\s()<>]*)*){_END}", re.DOTALL)
_RELATIVE = re.compile(rf"{CODE_SPAN}|{_OPEN}(?P<url>(?![a-zA-Z][a-zA-Z0-9+.-]*:)[^\s()<>]+){_END}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Linked:
    """A page's text for its file, and what brings back the text as it was.

    Attributes:
        text: for the file.
        spelled: number of a relative link → what stood there, where that does not follow from the page's address.
        whole: the text as it was, where links alone do not bring it back; else empty.
    """

    text: str
    spelled: Mapping[str, str]
    whole: str = ""


def linked(markdown: str, path: str, names: Mapping[str, str]) -> str:
    """Return Markdown whose links to other pages of the manual lead to their files; code is left alone.

    Args:
        markdown: of a page.
        path: of its file.
        names: page key → path of its file.
    """
    return "".join(text for text, _ in _replaced(markdown, path, names))


def linked_file(markdown: str, path: str, names: Mapping[str, str], urls: Mapping[str, str]) -> Linked:
    """Return a page's text for its file, with what brings it back.

    Args:
        markdown: of a page.
        path: of its file.
        names: page key → path of its file.
        urls: path of a file → URL of its page.
    """
    was: dict[int, str] = {}
    pieces: list[str] = []
    place = 0
    for text, original in _replaced(markdown, path, names):
        if original:
            was[place] = original
        pieces.append(text)
        place += len(text)
    written = "".join(pieces)
    found = [(link.url, was.get(link.start, link.url)) for link in _relative(written)]
    spelled = {str(number): url for number, (link, url) in enumerate(found) if _address(link, path, urls) != url}
    text = written.strip()
    is_exact = markdown == f"{markdown.strip()}\n" and unlinked(text, path, urls, spelled) == markdown
    return Linked(text, spelled) if is_exact else Linked(text, {}, markdown)


def unlinked(text: str, path: str, urls: Mapping[str, str], spelled: Mapping[str, str]) -> str:
    """Return a page's Markdown from the text of its file; the opposite of `linked_file`."""
    pieces: list[str] = []
    end = 0
    source = f"{text}\n"
    for number, link in enumerate(_relative(source)):
        pieces += [source[end : link.start], spelled.get(str(number), "") or _address(link.url, path, urls)]
        end = link.end
    return "".join([*pieces, source[end:]])


def _replaced(markdown: str, path: str, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the text in pieces, each with the URL that stood there if it is a link that was made relative."""
    for is_code, part in fences(f"{markdown}\n"):
        end = 0
        for match in () if is_code else _LINK.finditer(part):
            target = _relative_path(match["url"], path, names) if match["open"] else ""
            if target:
                yield part[end : match.start("url")], ""
                yield target, match["url"]
                end = match.end("url")
        yield part[end:], ""


def _relative_path(url: str, path: str, names: Mapping[str, str]) -> str:
    """Return the path from a file to that of the page that a URL leads to; empty if it leads to none."""
    target = names.get(page_key(url))
    if target is None:
        return ""
    _, mark, fragment = url.partition("#")
    if route_of(url):
        mark = fragment = ""
    if target == path and fragment:
        return f"#{fragment}"
    return f"{posixpath.relpath(target, posixpath.dirname(path) or '.')}{mark}{fragment}"


class _Found(NamedTuple):
    """A relative link at its place in a whole text."""

    start: int
    end: int
    url: str


def _relative(text: str) -> Iterator[_Found]:
    place = 0
    for is_code, part in fences(text):
        for match in () if is_code else _RELATIVE.finditer(part):
            if match["open"]:
                yield _Found(place + match.start("url"), place + match.end("url"), match["url"])
        place += len(part)


def _address(relative: str, path: str, urls: Mapping[str, str]) -> str:
    """Return the URL that a relative link leads to by the address of its page; itself if it leads to no page."""
    place, mark, fragment = relative.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), place)) if place else path
    url = urls.get(target)
    return relative if url is None else f"{url}{mark}{fragment}"
