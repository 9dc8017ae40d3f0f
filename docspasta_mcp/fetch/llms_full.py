"""llms-full.txt: all pages of a manual in one file, split back into pages at the boundaries that generators write.

There is no one format. A page begins, outside of code fences, with one of: front matter that names a URL; a line
`Source: URL` or `URL: URL` under a heading or before one; else a heading that is the title of one page of llms.txt.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.model.fences import fences
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.urls import join_url, origin_of

MAX_FULL_BYTES = 10_000_000  # the largest known ones; it is kept in memory while its pages are read

_HTML = re.compile(r"\s*<(?:!doctype|html)\b", re.IGNORECASE)
_HEADING = re.compile(r"^(#{1,3})[ \t]+(.+?)[ \t]*#*$")
_SOURCE = re.compile(
    r"^[ \t>*_-]*(?:source|url|link|page|canonical)(?:[ \t]+url)?[*_]*[ \t]*:[*_]*[ \t]*[<(\"']?"
    r"((?:https?://|/)[^\s>)\"']*)[>)\"']*[ \t*_]*$",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^([A-Za-z][\w-]*):(?:[ \t]+[\"']?(.*?)[\"']?)?[ \t]*$")
_RULE = re.compile(r"^(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$")
_LETTERS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the file: the absolute URL that the file names, its title, and its Markdown under that title."""

    url: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Boundary:
    """Where a page begins: the line of its first mark, the first line of its text, its URL and title."""

    line: int
    body: int
    url: str
    title: str


def split_full(fetched: Fetched, listed: Sequence[NavEntry]) -> tuple[Section, ...]:
    """Return the pages of an llms-full.txt in its order; none if it is no such file or names no page.

    Meant for a worker process.

    Args:
        fetched: the file.
        listed: the pages of llms.txt with their titles, for a file that names no URLs.
    """
    text = decode(fetched.body, fetched.charset).replace("\r\n", "\n")
    if _HTML.match(text):
        return ()
    lines = text.split("\n")
    code = _in_code(text)
    found = _of_one_site(list(_by_source(lines, code, fetched.url))) or list(_by_title(lines, code, listed))
    ends = [*(boundary.line for boundary in found), len(lines)][1:]
    sections = [
        Section(one.url, one.title, _text(lines[one.body : end], one.title))
        for one, end in zip(found, ends, strict=True)
    ]
    return tuple(_joined(sections))


def _joined(sections: Sequence[Section]) -> Iterator[Section]:
    """Yield the sections, those of one page as one: files part pages at their fragments too."""
    by_url: dict[str, list[Section]] = {}
    for section in sections:
        by_url.setdefault(section.url, []).append(section)
    for url, parts in by_url.items():
        yield Section(url, parts[0].title, "\n".join(part.text for part in parts))


def _of_one_site(found: Sequence[_Boundary]) -> list[_Boundary]:
    """Drop lines of the text itself that name where something else comes from."""
    sites = Counter(origin_of(one.url) for one in found)
    return [one for one in found if origin_of(one.url) == sites.most_common(1)[0][0]]


def digest_of(sections: Sequence[Section]) -> str:
    """Return a hash over the pages' names and texts, 32 hexadecimal digits."""
    whole = sha256()
    for section in sections:
        whole.update(f"{section.url}\n{section.text}\n".encode())
    return whole.hexdigest()[:32]


def _in_code(text: str) -> list[bool]:
    """Return of each line whether it is in a code fence, or opens or closes one."""
    return [is_code for is_code, part in fences(f"{text}\n") for _ in range(part.count("\n"))]


def _by_source(lines: Sequence[str], code: Sequence[bool], base: str) -> Iterator[_Boundary]:
    """Yield pages that name their URL: in front matter, under their title, or before it."""
    number = 0
    while number < len(lines):
        match = None if code[number] else _SOURCE.match(lines[number])
        url = _url(base, match[1]) if match else ""
        if not url:
            number += 1
            continue
        first, body = _front_matter(lines, number)
        if first == number:
            above = next((n for n in range(number - 1, max(-1, number - 4), -1) if lines[n].strip()), -1)
            heading = _HEADING.match(lines[above]) if above >= 0 and not code[above] else None
            below = next((n for n in range(number + 1, min(len(lines), number + 4)) if lines[n].strip()), -1)
            if heading is None and (below < 0 or code[below] or not _HEADING.match(lines[below])):
                number += 1  # a line of the text itself
                continue
            first, title = (above, heading[2]) if heading else (number, "")
        else:
            fields = (_FIELD.match(line) for line in lines[first:body])
            title = next((field[2] or "" for field in fields if field and field[1].lower() == "title"), "")
        yield _Boundary(first, body, url, title)
        number = body


def _front_matter(lines: Sequence[str], number: int) -> tuple[int, int]:
    """Return the first line of the front matter around a line, and the line behind it; a lone line is its own."""
    first, last = number, number
    while first > 0 and _FIELD.match(lines[first - 1]):
        first -= 1
    while last + 1 < len(lines) and _FIELD.match(lines[last + 1]):
        last += 1
    is_fenced = first > 0 and lines[first - 1].rstrip() == "---" and lines[last + 1 : last + 2] == ["---"]
    return (first - 1, last + 2) if is_fenced else (number, number + 1)


def _by_title(lines: Sequence[str], code: Sequence[bool], listed: Sequence[NavEntry]) -> Iterator[_Boundary]:
    """Yield pages by titles that llms.txt lists once and that the file has once as a heading of one level."""
    listings = Counter(_bare(entry.title) for entry in listed if entry.url)
    urls = {_bare(entry.title): entry.url for entry in listed if entry.url}
    headings = [
        (number, len(match[1]), match[2])
        for number, line in enumerate(lines)
        if not code[number] and (match := _HEADING.match(line))
    ]
    hits = Counter((level, _bare(title)) for _, level, title in headings if _bare(title) in urls)
    levels = Counter(level for level, _ in hits)
    level = max(levels, key=lambda one: (levels[one], -one), default=0)
    for number, own, title in headings:
        bare = _bare(title)
        if own == level and hits[own, bare] == 1 and listings[bare] == 1:
            yield _Boundary(number, number + 1, urls[bare], title)


def _text(lines: Sequence[str], title: str) -> str:
    """Return a page's Markdown under its title, without the rules and blank lines that part it from the others."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or _RULE.match(kept[-1])):
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    body = "\n".join(kept)
    return f"# {title}\n\n{body}\n" if title and not body.startswith("# ") else f"{body}\n"


def _url(base: str, reference: str) -> str:
    try:
        return join_url(base, reference.partition("#")[0])
    except InvalidUrl:
        return ""


def _bare(title: str) -> str:
    return _LETTERS.sub(" ", title).strip().casefold()
