"""llms-full.txt: all pages of a manual in one file, split back into pages at the boundaries that generators write.

There is no one format. A page begins, outside of code fences, with one of: front matter that names a URL; a line
`Source: URL` or `URL: URL` under a heading or before one; else a heading that is the title of one page of llms.txt.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.markdown_blocks import pieces
from docspasta_mcp.urls import join_url, origin_of

MAX_FULL_BYTES = 10_000_000  # the largest known ones; it is kept in memory while its pages are read
MAX_FULL_PAGES = 50_000  # as many as a sitemap may have; what is behind them is read as HTML

_HTML = re.compile(r"\s*<(?:!doctype|html)\b", re.IGNORECASE)
_HEADING = re.compile(r"^(#{1,3})[ \t]+(?=\S)(.+)$")
_SOURCE = re.compile(
    r"^[ \t>*_-]*(?:source|url|link|page|canonical)(?:[ \t]+url)?[*_]*[ \t]*:[*_]*[ \t]*[<(\"']?"
    r"((?:https?://|/)[^\s>)\"']*+)[>)\"']*+[ \t*_]*+$",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^([A-Za-z][\w-]*):(?:[ \t]+(.*))?$")
_RULE = re.compile(r"^(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$")
_LETTERS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class FullTextSection:
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


def split_full(fetched: Fetched, listed: Sequence[NavEntry]) -> tuple[FullTextSection, ...]:
    """Return the pages of an llms-full.txt in its order; none if it is not such a file or names no page.

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
        FullTextSection(one.url, one.title, _text(lines[one.body : end], one.title))
        for one, end in zip(found, ends, strict=True)
    ]
    return tuple(_joined(sections))


def _joined(sections: Sequence[FullTextSection]) -> Iterator[FullTextSection]:
    """Yield the sections; those of one page are joined, since files split pages at fragments too."""
    by_url: dict[str, list[FullTextSection]] = {}
    for section in sections:
        by_url.setdefault(section.url, []).append(section)
    for url, parts in by_url.items():
        yield FullTextSection(url, parts[0].title, "\n".join(part.text for part in parts))


def _of_one_site(found: Sequence[_Boundary]) -> list[_Boundary]:
    """Drop lines of the text itself that name where something else comes from."""
    sites = Counter(origin_of(one.url) for one in found)
    site = max(sites, key=lambda one: sites[one], default="")
    return [one for one in found if origin_of(one.url) == site]


def digest_of(sections: Sequence[FullTextSection]) -> str:
    """Return a hash over the pages' names and texts, 32 hexadecimal digits."""
    whole = sha256()
    for section in sections:
        whole.update(f"{section.url}\n{section.text}\n".encode())
    return whole.hexdigest()[:32]


def _in_code(text: str) -> list[bool]:
    """Return of each line whether it is in a code fence, or opens or closes one.

    A fence that a page forgot to close takes no other page with it.
    """
    *parts, last = pieces(f"{text}\n")
    goes_on = parts[-1] if parts and not last.text and not parts[-1].is_closed else None  # the fence at the end
    return [part.is_code and part is not goes_on for part in (*parts, last) for _ in range(part.text.count("\n"))]


def _by_source(lines: Sequence[str], code: Sequence[bool], base: str) -> Iterator[_Boundary]:
    """Yield pages that name their URL: in front matter, under their title, or before it."""
    number = 0
    fields = _field_runs(lines)
    while number < len(lines):
        match = None if code[number] else _SOURCE.match(lines[number])
        url = _url(base, match[1]) if match else ""
        if not url:
            number += 1
            continue
        first, body = _front_matter(lines, number, fields)
        if first == number:
            above = next((n for n in range(number - 1, max(-1, number - 4), -1) if lines[n].strip()), -1)
            title = _heading(lines[above])[1] if above >= 0 and not code[above] else ""
            below = next((n for n in range(number + 1, min(len(lines), number + 4)) if lines[n].strip()), -1)
            if not title and (below < 0 or code[below] or not _heading(lines[below])[1]):
                number += 1  # a line of the text itself
                continue
            first = above if title else number
        else:
            named = (_FIELD.match(line) for line in lines[first:body])
            title = next((_value(field[2]) for field in named if field and field[1].lower() == "title"), "")
        yield _Boundary(first, body, url, title)
        number = body


def _heading(line: str) -> tuple[int, str]:
    """Return level and title of a heading, without the marks that may close it; of any other line an empty title."""
    match = _HEADING.match(line)
    return (len(match[1]), match[2].rstrip(" \t").rstrip("#").rstrip(" \t")) if match else (0, "")


def _value(text: str | None) -> str:
    """Return a field's value without the quotes around it."""
    return (text or "").strip(" \t").removeprefix('"').removesuffix('"').removeprefix("'").removesuffix("'")


def _field_runs(lines: Sequence[str]) -> Sequence[tuple[int, int]]:
    """Return of each line the first and the last line of the run of fields that it is in; of any other, itself."""
    runs: list[tuple[int, int]] = []
    for is_field, group in groupby(range(len(lines)), key=lambda number: bool(_FIELD.match(lines[number]))):
        run = list(group)
        runs += [(run[0], run[-1])] * len(run) if is_field else [(number, number) for number in run]
    return runs


def _front_matter(lines: Sequence[str], number: int, fields: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the first line of the front matter around a line, and the line behind it; a lone line is its own."""
    first, last = fields[number]
    is_fenced = first > 0 and lines[first - 1].rstrip() == "---" and lines[last + 1 : last + 2] == ["---"]
    return (first - 1, last + 2) if is_fenced else (number, number + 1)


def _by_title(lines: Sequence[str], code: Sequence[bool], listed: Sequence[NavEntry]) -> Iterator[_Boundary]:
    """Yield pages by titles that llms.txt lists once and that the file has once as a heading of one level."""
    listings = Counter(_bare(entry.title) for entry in listed if entry.url)
    urls = {_bare(entry.title): entry.url for entry in listed if entry.url}
    headings = [
        (number, *heading) for number, line in enumerate(lines) if not code[number] and (heading := _heading(line))[1]
    ]
    hits = Counter((level, _bare(title)) for _, level, title in headings if _bare(title) in urls)
    levels = Counter(level for level, _ in hits)
    level = max(levels, key=lambda one: (levels[one], -one), default=0)
    for number, own, title in headings:
        bare = _bare(title)
        if own == level and hits[own, bare] == 1 and listings[bare] == 1:
            yield _Boundary(number, number + 1, urls[bare], title)


def _text(lines: Sequence[str], title: str) -> str:
    """Return a page's Markdown under its title, without the rules and blank lines that separate it from others."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _RULE.match(lines[end - 1])):
        end -= 1
    begin = next((number for number in range(end) if lines[number].strip()), end)
    body = "\n".join(lines[begin:end])
    return f"# {title}\n\n{body}\n" if title and not body.startswith("# ") else f"{body}\n"


def _url(base: str, reference: str) -> str:
    try:
        return join_url(base, reference.partition("#")[0])
    except InvalidUrl:
        return ""


def _bare(title: str) -> str:
    return _LETTERS.sub(" ", title).strip().casefold()
