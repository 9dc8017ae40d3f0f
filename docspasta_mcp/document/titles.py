"""Titles that most pages of a manual share, whole or in part: the site's name, not the page's.

One page does not show it. When a crawl ends, what most titles have in common is found as boilerplate is
(`boilerplate.repeated`). A page that has nothing but the site's name for a title goes by its first heading of its own;
from the others the common part is cut in the list of contents. What the page says of itself stays stored: the same
pages give the same titles, and cursors that were handed out before the end lead through the text as it was.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Set

from docspasta_mcp.document.boilerplate import block_digest, repeated
from docspasta_mcp.model.markdown_blocks import fences

MIN_PAGES = 4  # of fewer, two that share a title may mean it
HEAD = 8_000  # characters of a page in which its own heading is looked for
MAX_TITLE = 300
_WHOLE, _END, _START = "=", "<", ">"
_MAX_PARTS = 3  # separators looked at from each end of a title
_NUMBER = re.compile(r"(?:\d{1,4}|[A-Z])(?:\.\d{1,4}){0,8}")
_NUMBER_WORDS = 3  # "Section 2.1", "Reference Section 4", "B.1"
_SEPARATOR = re.compile(r"\s+(?:[|–—·•»«/-]|::?)\s+|:\s+")
_IN_BRACKETS = re.compile(r"\s+\([^()]+\)$")
_HEADING = re.compile(r"^#{1,6}[ \t]+\S.*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKS = re.compile(r"`|\*\*")


def shared(titles: Callable[[], Iterable[str]]) -> frozenset[str]:
    """Return what most of some titles have in common, as `parts` names it; `titles` is called twice."""
    return repeated(lambda: map(parts, titles()), min_pages=MIN_PAGES)


def parts(title: str) -> Sequence[str]:
    """Return what a title may share with others: itself, how it begins and how it ends."""
    found = list(_SEPARATOR.finditer(title))
    ends = [title[one.start() :] for one in found[-_MAX_PARTS:]]
    if brackets := _IN_BRACKETS.search(title):
        ends.append(brackets[0])
    starts = [title[: one.end()] for one in found[:_MAX_PARTS]]
    return [f"{_WHOLE}{title}", *(f"{_END}{end}" for end in ends), *(f"{_START}{start}" for start in starts)]


def site_name(common: Set[str]) -> str:
    """Return the title that most pages have whole; empty without one."""
    return next((part[1:] for part in common if part[0] == _WHOLE), "")


def own_part(title: str, common: Set[str]) -> str:
    """Return a title without what most titles begin or end with; the title itself if nothing else is in it."""
    mine = [part for part in parts(title) if part in common]
    end = max((part[1:] for part in mine if part[0] == _END), key=len, default="")
    start = max((part[1:] for part in mine if part[0] == _START), key=len, default="")
    left = title.removesuffix(end)
    left = left.removeprefix(start) if len(start) < len(left) else left
    return left.strip() or title


def said_better(title: str, heading: str) -> str:
    """Return a page's heading if the title says no more than its number: `Section 2.1` of `2.1 Getting started`."""
    words = title.split()
    number = words[-1].rstrip(".") if 0 < len(words) <= _NUMBER_WORDS else ""
    first, _, rest = heading.partition(" ")
    is_same = f".{first.rstrip('.')}".endswith(f".{number}")  # `Reference Section 4` is `3.4 Scenes`
    return heading if _NUMBER.fullmatch(number) and is_same and rest.strip() else title


def own_heading(head: str, known: Set[str], boilerplate: Set[str]) -> str:
    """Return the first heading of a page that is its own, as text; empty without one.

    Args:
        head: where its Markdown begins.
        known: what it shares with most pages.
        boilerplate: digests of blocks that most pages share.
    """
    for line, text in _headings(head.partition("\n")[2]):
        if text and text not in known and block_digest(line) not in boilerplate:
            return text[:MAX_TITLE]
    return ""


def title_and_body(markdown: str) -> tuple[str, str]:
    """Return a page's first line, and what follows without blank lines around it; its indent may be code's."""
    title, _, body = markdown.partition("\n")
    return title, body.strip("\n").rstrip()


def retitled(markdown: str, title: str) -> str:
    """Return a page's Markdown under another title, if that is a heading of it.

    The heading goes where it would stand right below its own words; what it is the heading of stays under the title.
    """
    _, _, body = markdown.partition("\n")
    for line, text in _headings(body):
        if text[:MAX_TITLE] == title:
            rest = body.lstrip("\n")
            return f"# {_said(line)}\n\n" + rest.removeprefix(f"{line}\n").lstrip("\n")
    return markdown


def _headings(body: str) -> Iterable[tuple[str, str]]:
    """Yield each heading outside code: its line, and what is read of it."""
    for is_code, part in fences(body):
        if not is_code:
            for match in _HEADING.finditer(part):
                text = _MARKS.sub("", _LINK.sub(r"\1", _said(match[0])))
                yield match[0], " ".join(_ESCAPED.sub(r"\1", text).split())


def _said(line: str) -> str:
    """Return what stands between a heading's marks; the closing ones have a space before them, unlike those of C#."""
    text = line.lstrip("#").strip()
    bare = text.rstrip("#")
    return bare.rstrip() if bare.endswith((" ", "\t")) else text
