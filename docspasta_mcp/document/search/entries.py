"""What the index keeps of a passage: where it stands, and a record of what it stands under, its names and its terms.

A record is a text of lines: the headings over the passage, the names that it defines, the terms of both and of the
page's title and URL, then the terms of its text, those that it has once on one line, those that it has twice on the
next, and so on. How often a passage has each is all that ranking asks. The entries of a page are kept as one text,
because its passages have most of their words in common, and are packed small together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from docspasta_mcp.document.search.passages import cut_passages
from docspasta_mcp.document.search.signs import named_signs, signs_in_text
from docspasta_mcp.document.search.words import analyser

INDEX_VERSION = 6  # raise it when terms or passages change: what older versions indexed is indexed anew
HEAD = "^"  # before a term of a title, heading, name or URL; as a term of its own it finds these alone
MAX_COUNT = 12  # more of one term in a passage tell nothing new
_MAX_TERMS = 20_000  # of one passage: a code block that is never cut may be a megabyte
_END = "\x1e"  # between two entries of a page
_NO_LINES = str.maketrans("\n\x1e", "  ")


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A passage as it is indexed; `length` is that of its text in terms."""

    start: int
    end: int
    links: int
    length: int
    record: str


class PassageTerms(NamedTuple):
    """The terms of a passage's text: those that it has once, each between two spaces, and how often it has others."""

    once: str
    often: Mapping[str, int]


def index_entries(markdown: str, *, title: str, path: str, language: str) -> list[IndexEntry]:
    """Return the entries of one page.

    Args:
        markdown: the page.
        title: its title.
        path: of its URL, as far as it tells the page from others of its manual.
        language: BCP 47 tag, empty if unknown.
    """
    read = analyser(language).terms
    page = {*read(title), *read(path_words(path))}
    heads: dict[str, set[str]] = {}
    found: list[IndexEntry] = []
    for passage in cut_passages(markdown):
        text = markdown[passage.start : passage.end]
        body = read(text)[:_MAX_TERMS]
        head = heads.get(passage.headings)
        if head is None:
            head = heads[passage.headings] = page.union(read(passage.headings))
        if passage.names:
            head = head.union(read(passage.names), named_signs(passage.names))
        record = _record(passage.headings, passage.names, head, body + signs_in_text(text))
        found.append(IndexEntry(passage.start, passage.end, passage.links, len(body), record))
    return found


def joined(entries: Iterable[IndexEntry]) -> str:
    """Return the entries of a page as one text."""
    return _END.join(f"{one.start} {one.end} {one.links} {one.length}\n{one.record}" for one in entries)


def split_entries(text: str) -> list[str]:
    """Return the text of each entry of a page; `entry_of` reads one."""
    return text.split(_END)


def entry_of(text: str) -> IndexEntry:
    """Return an entry from its text."""
    numbers, record = text.split("\n", 1)
    start, end, links, length = map(int, numbers.split(" "))
    return IndexEntry(start, end, links, length, record)


def searched(record: str) -> str:
    """Return the terms that a passage is found by, from its record."""
    _, _, head, body = record.split("\n", 3)
    heads = f" {HEAD}".join(("", *head.split(" "))) if head else ""
    return f"{body} {head}{heads}".replace("\n", " ")


def terms_of(body: str) -> PassageTerms:
    """Return the terms of a passage's text from the lines of its record on them."""
    once, *rest = body.split("\n")
    return PassageTerms(f" {once} ", {term: count for count, line in enumerate(rest, 2) for term in line.split()})


def counts(terms: PassageTerms, sure: Iterable[str], unsure: Iterable[str] = ()) -> dict[str, int]:
    """Return how often a passage has each of some terms in its text, as far as it has them.

    Args:
        terms: of the passage.
        sure: those that it has.
        unsure: those that it may have.
    """
    once, often = terms
    count = often.get
    found = {term: count(term, 1) for term in sure}
    for term in unsure:
        if term in often or f" {term} " in once:
            found[term] = count(term, 1)
    return found


def path_words(path: str) -> str:
    """Return the words of a URL's path, its suffix aside."""
    stem, dot, suffix = path.rpartition(".")
    return (stem if dot and "/" not in suffix else path).replace("/", " ").replace("_", " ").replace("-", " ")


def _record(headings: str, names: str, head: Set[str], body: list[str]) -> str:
    counted = Counter(body)
    most = min(max(counted.values(), default=1), MAX_COUNT)
    lines: list[list[str]] = [[] for _ in range(most)]
    for term in sorted(counted):  # in order, they are packed smaller by a twentieth; most terms a passage has once
        count = counted[term]
        lines[count - 1 if count < MAX_COUNT else -1].append(term)
    heads = headings.translate(_NO_LINES), names.translate(_NO_LINES), " ".join(head)
    return "\n".join((*heads, *map(" ".join, lines)))
