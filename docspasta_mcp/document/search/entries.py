"""What the index keeps of a passage: where it stands, what it stands under, and its terms."""

from collections.abc import Iterable
from dataclasses import dataclass

from docspasta_mcp.document.search.passages import cut_passages
from docspasta_mcp.document.search.words import analyser

INDEX_VERSION = 2  # raise it when terms or passages change: what older versions indexed is indexed anew
HEAD = "^"  # before a term of a title, heading, name or URL; as a term of its own it finds these alone
_MAX_TERMS = 20_000  # of one passage: a code block that is never cut may be a megabyte


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as it is indexed.

    `terms` has a line of those of its text, as often as they stand there, and one of those of its headings, names,
    title and URL.
    """

    start: int
    end: int
    headings: str
    names: str
    links: int
    length: int
    terms: str


def index_entries(markdown: str, *, title: str, path: str, language: str) -> list[Entry]:
    """Return the entries of one page.

    Args:
        markdown: the page.
        title: its title.
        path: of its URL, as far as it tells the page from others of its manual.
        language: BCP 47 tag, empty if unknown.
    """
    terms_of = analyser(language).terms
    page = {*terms_of(title), *terms_of(path_words(path))}
    heads: dict[str, set[str]] = {}
    found: list[Entry] = []
    for passage in cut_passages(markdown):
        body = terms_of(markdown[passage.start : passage.end])[:_MAX_TERMS]
        head = heads.get(passage.headings)
        if head is None:
            head = heads[passage.headings] = page.union(terms_of(passage.headings))
        if passage.names:
            head = head.union(terms_of(passage.names))
        line = " ".join(body), _head_line(head)
        found.append(
            Entry(
                passage.start,
                passage.end,
                passage.headings,
                passage.names,
                passage.links,
                len(body),
                "\n".join(line),
            )
        )
    return found


def path_words(path: str) -> str:
    """Return the words of a URL's path, its suffix aside."""
    stem, dot, suffix = path.rpartition(".")
    return (stem if dot and "/" not in suffix else path).replace("/", " ").replace("_", " ").replace("-", " ")


def body_terms(terms: str) -> list[str]:
    """Return the terms of a passage's text from an entry's `terms`."""
    return terms.partition("\n")[0].split(" ")


def _head_line(head: Iterable[str]) -> str:
    ordered = sorted(head)
    return f"{' '.join(ordered)} {HEAD}{f' {HEAD}'.join(ordered)}" if ordered else ""
