"""Find the sections of a job's document that answer a question best, and pack them in reading order.

Sections are ranked by BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009) over all sections of
the document, computed here so that SQLite and PostgreSQL answer alike. Words are matched by their beginnings, with
common English endings dropped; a section's headings count several times.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import anyio.to_thread

from docspasta_mcp.document.boilerplate import without
from docspasta_mcp.document.render import cut, iso_time
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.store import Store

K1, B = 1.2, 0.75  # the customary saturation and length normalisation
HEADING_WEIGHT = 5  # a word in a heading tells more of its section than one in its text
MAX_QUERY_WORDS = 20
MAX_SHARE = 0.4  # of an answer for one section; the rest of a long one is read by its page
_BATCH = 50  # pages read from the store at a time
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+)$")
_MARK = re.compile(r"^(?:[ \t>]*(?P<fence>`{3,}|~{3,})|(?P<level>#{1,6})[ \t]+(?P<title>.+))", re.MULTILINE)
_ENDING = re.compile(r"(?:ing|ed|es|s|ly)$")
_COMMON = frozenset(
    re.split(
        r"\s",
        "a an and are as at be by can do does for from how i if in is it "
        "its my of on or that the this to use what when where which who why will with you your",
    )
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under one heading. `start` and `end` are offsets in the page's Markdown."""

    page: int
    start: int
    end: int
    heading: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Sections for a question: their text in reading order, and how many matched at all."""

    text: str
    shown: int
    matching: int
    pages: tuple[int, ...]


async def best_sections(store: Store, job: Job, query: str, *, max_tokens: int, max_chars: int) -> Found:
    """Return the sections that answer a question best, as many as fit.

    Args:
        store: where the pages are.
        job: the job.
        query: words or a question.
        max_tokens: of the whole text.
        max_chars: of the whole text.

    Raises:
        InvalidRequest: the query has no word to look for.
    """
    terms = _terms(query)
    if not terms:
        raise InvalidRequest(f"query is {query!r}; give at least one word that is not as common as 'the'.")
    matching: list[Section] = []
    lengths: dict[Section, int] = {}
    total = chars = first = 0
    while pages := await store.documents.document(job, first=first + 1, limit=_BATCH):
        count, size, found = await anyio.to_thread.run_sync(_scan, without(pages, job.boilerplate), terms)
        total, chars, first = total + count, chars + size, pages[-1].record.number
        matching.extend(found)
        lengths.update((section, section.end - section.start) for section in found)
    ranked = _ranked(matching, lengths, total, chars / max(1, total))
    texts: dict[Section, str] = {}
    tokens = size = 0
    for section in ranked:
        found = await store.documents.document(job, first=section.page, limit=1)
        if not found or found[0].record.number != section.page:
            continue  # it has become a duplicate since: the job is ending
        (page,) = without(found, job.boilerplate)
        text = _section_text(page, section, max_tokens=round(MAX_SHARE * max_tokens))
        cost = count_tokens(text) + 1
        if texts and (tokens + cost > max_tokens or size + len(text) > max_chars):
            break
        texts[section], tokens, size = text, tokens + cost, size + len(text) + 1
    shown = sorted(texts, key=lambda section: (section.page, section.start))
    return Found(
        "\n".join(texts[section] for section in shown),
        len(shown),
        len(matching),
        tuple(dict.fromkeys(section.page for section in shown)),
    )


def _terms(query: str) -> list[str]:
    words = [word for word in _WORD.findall(query.lower()) if word not in _COMMON]
    stems = [_ENDING.sub("", word) if len(word) > 4 else word for word in words]
    return list(dict.fromkeys(stems))[:MAX_QUERY_WORDS]


def _scan(pages: Sequence[Page], terms: Sequence[str]) -> tuple[int, int, list[Section]]:
    """Return (sections, their characters, those that match) of some pages."""
    pattern = re.compile("|".join(rf"\b({re.escape(term)})" for term in terms))
    count = size = 0
    found: list[Section] = []
    for page in pages:
        for start, end, headings in _sections(page.markdown):
            count, size = count + 1, size + end - start
            counts = [0] * len(terms)
            for weight, text in ((1, page.markdown[start:end].lower()), (HEADING_WEIGHT, " ".join(headings).lower())):
                if any(term in text for term in terms):  # ten times as fast as the pattern, and most have none
                    for match in pattern.finditer(text):
                        counts[(match.lastindex or 1) - 1] += weight
            if any(counts):
                found.append(Section(page.record.number, start, end, " › ".join(headings), tuple(counts)))
    return count, size, found


def _sections(markdown: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield a page's sections with the headings they stand under, the page's title first."""
    path: list[tuple[int, str]] = []
    start = 0
    fence = ""
    for mark in _MARK.finditer(markdown):
        if mark["fence"]:
            if not fence or mark["fence"].startswith(fence):
                fence = "" if fence else mark["fence"]
        elif not fence:
            if markdown[start : mark.start()].strip():
                yield start, mark.start(), tuple(title for _, title in path)
            start = mark.start()
            level = len(mark["level"])
            path = [*(one for one in path if one[0] < level), (level, _LINK.sub(r"\1", mark["title"]).strip())]
    if markdown[start:].strip():
        yield start, len(markdown), tuple(title for _, title in path)


def _ranked(sections: Sequence[Section], lengths: dict[Section, int], total: int, average: float) -> list[Section]:
    """Return sections by falling BM25 score; equal ones in reading order."""
    terms = range(len(sections[0].counts)) if sections else ()
    containing = [sum(1 for section in sections if section.counts[term]) for term in terms]
    weights = [math.log(1 + (total - number + 0.5) / (number + 0.5)) for number in containing]

    def score(section: Section) -> float:
        norm = K1 * (1 - B + B * lengths[section] / average)
        return sum(weights[term] * section.counts[term] * (K1 + 1) / (section.counts[term] + norm) for term in terms)

    return sorted(sections, key=lambda section: (-score(section), section.page, section.start))


def _section_text(page: Page, section: Section, *, max_tokens: int) -> str:
    """Return a section under its headings, with its source; a long one is cut between blocks."""
    body = page.markdown[section.start : section.end]
    heading, _, rest = body.partition("\n")
    rest = rest if _HEADING.match(heading) else body
    piece = cut(rest.strip() + "\n", 0, max_tokens=max(50, max_tokens), max_chars=10**6)
    more = "\n[The section goes on: read its page.]\n" if piece.end else ""
    source = f"Source: page {page.record.number}, {page.record.url} (fetched {iso_time(page.record.fetched_at)})"
    return f"## {section.heading}\n\n{source}\n\n{piece.text.strip()}\n{more}"
