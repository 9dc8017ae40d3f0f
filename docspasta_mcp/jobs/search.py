"""Answer a question from a job's document: find passages, rank them, pack the best.

The index finds which passages have the rarest words of the question; `document.search` ranks and packs them, alike on
every database.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

import anyio.to_thread

from docspasta_mcp.document.boilerplate import kept
from docspasta_mcp.document.search.excerpts import Excerpt
from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.packing import Packed, pack
from docspasta_mcp.document.search.passages import definition
from docspasta_mcp.document.search.question import Question, read_question
from docspasta_mcp.document.search.ranking import Ranked, Scored, Statistics, rank
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.document.search.words import head_terms
from docspasta_mcp.errors import InvalidCursor, InvalidRequest
from docspasta_mcp.jobs.candidates import READ, LookedFor, candidates_of, closer, missing_context, wanted_terms
from docspasta_mcp.jobs.known_of_jobs import known_of_jobs
from docspasta_mcp.jobs.missing_words import missing, nothing
from docspasta_mcp.jobs.searchable import Searchable, searchable
from docspasta_mcp.jobs.selection import Selection
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchExtent, SearchHit, SearchReader
from docspasta_mcp.wording import read_on, words

CANDIDATES = 400  # passages that are ranked; more when a cursor leads further
FEW_PAGES = 3  # that who asks has chosen: what they are about is known, so that what they begin with gains nothing
MAX_QUERY = 1_000  # characters
MAX_LISTED = 60  # passages that a map of a question lists
MAX_PAGES = 40  # that passages of one answer are taken from
MAX_KNOWN = 24_000_000  # characters of pages of ended jobs that stay in memory
MAX_FOUND = 20_000  # passages found for earlier questions that stay in memory, with 1 kB each
_CURSOR = re.compile(r"([0-9a-f]{6})-q([0-9]{1,6})((?:\.[0-9]{1,6}){0,6})")

_known_pages: BoundedCache[tuple[str, str, float | None, int], PageText] = known_of_jobs(BoundedCache(MAX_KNOWN))


@dataclass(frozen=True, slots=True)
class Answer:
    """Passages for a question: their text, how many are in it and match at all, and where the next ones begin."""

    text: str
    shown: int
    matching: int
    pages: tuple[int, ...]
    next_cursor: str | None
    is_near_end: bool = False


@dataclass(frozen=True, slots=True)
class _Hits:
    """What was found for a question, the best first."""

    ranked: Sequence[Ranked]
    found: Mapping[int, SearchHit]
    matching: int
    known: Statistics


_known_hits: BoundedCache[tuple[object, ...], _Hits] = known_of_jobs(BoundedCache(MAX_FOUND))


async def answer(
    store: Store,
    job: Job,
    query: str,
    *,
    max_tokens: int,
    max_chars: int,
    cursor: str | None = None,
    selection: Selection | None = None,
    as_map: bool = False,
    meaning: Meaning | None = None,
) -> Answer:
    """Return the passages that answer a question best, as many as fit.

    Args:
        store: where the pages are.
        job: the job, running or ended.
        query: words, a question or an exact name.
        max_tokens: of the whole text.
        max_chars: of the whole text.
        cursor: from the answer before; None begins with the best.
        selection: only these pages; all if None.
        as_map: list where the passages are instead of their text.
        meaning: ranks passages by what they mean too.

    Raises:
        InvalidCursor: the cursor is not of a question about this job.
        InvalidRequest: the query has no word to look for, or this SQLite has no full text search.
    """
    place, skipped = _parse_cursor(cursor, job) if cursor else (0, ())
    known = await searchable(store, job)
    languages, extent = known.languages, known.extent
    question = await asked(store, query, languages)
    hits, read = await _hits(store, job, question, known, place=place, selection=selection, meaning=meaning)
    if hits is None:
        return Answer(await nothing(store, job, question, languages, extent, selection), 0, 0, (), None)
    skipped = tuple(one for one in skipped if one < len(hits.ranked))  # fewer than the answer before may be found
    order = [*skipped, *range(place, len(hits.ranked))]
    if as_map:
        return _map(job, hits, order, max_tokens=max_tokens, max_chars=max_chars)
    texts = await page_texts(store, job, [hits.ranked[place].page for place in order], read=read)
    note = await missing(store, job, question, languages, extent) if extent and not cursor else ""
    room = max_tokens - count_tokens(note), max_chars - len(note)
    packed = await anyio.to_thread.run_sync(lambda: _packed(job, hits, order, texts, question, *room))
    following = place + max(0, packed.following - len(skipped))
    untried = order[packed.following : len(skipped)]
    left = [*untried, *packed.skipped]
    is_all = following >= len(hits.ranked) and not left
    next_cursor = None if is_all else _cursor(job, following, left)
    return Answer(note + packed.text, len(packed.shown), hits.matching, packed.pages, next_cursor, packed.is_near_end)


async def asked(store: Store, query: str, languages: Sequence[str]) -> Question:
    """Return what a query asks for.

    Raises:
        InvalidRequest: it is too long or has no word to look for, or this SQLite has no full text search.
    """
    if len(query) > MAX_QUERY:
        raise InvalidRequest(f"query has {len(query)} characters; give at most {MAX_QUERY}.")
    if not await store.search.can_search():
        raise InvalidRequest("query needs full text search, which this Python's SQLite lacks (FTS5); see doctor.")
    question = read_question(query, languages)
    if not question.terms:
        raise InvalidRequest(f"query is {query!r:.200}; give at least one word to look for.")
    return question


async def _hits(
    store: Store,
    job: Job,
    question: Question,
    known: Searchable,
    *,
    place: int,
    selection: Selection | None,
    meaning: Meaning | None,
) -> tuple[_Hits | None, Mapping[int, PageText]]:
    """Return what is found for a question, None if nothing is, and the pages that were read for it.

    What a job that has ended answers is kept for a while: a question is asked again for the next part of its answer,
    for a larger one, and by others.
    """
    if known.extent is None:
        return None, {}
    limit = CANDIDATES
    while limit < place + CANDIDATES // 2:
        limit += CANDIDATES
    pages = selection.numbers if selection else None
    only = tuple(pages) if pages is not None else None
    asking = *job.document_key, question, known.languages, limit, only, meaning.model if meaning else ""
    hits = None if job.is_running else _known_hits.get(asking)
    texts: Mapping[int, PageText] = {}
    if hits is None:
        extent = known.extent
        hits = await store.search.read(lambda reader: _find(reader, job, question, extent, limit=limit, pages=pages))
        texts = await page_texts(store, job, [one.page for one in hits.ranked[:READ]])
        hits = await anyio.to_thread.run_sync(_closer, hits, texts, question, known.languages[0], meaning)
        if not job.is_running:
            _known_hits.put(asking, hits, len(hits.ranked) + 1)
    return hits if hits.ranked else None, texts


def _find(
    reader: SearchReader, job: Job, question: Question, extent: SearchExtent, *, limit: int, pages: Sequence[int] | None
) -> _Hits:
    having = reader.counts(extent, (term.text for term in question.terms))
    known = Statistics(extent.passages, extent.average, having)
    wanted = wanted_terms(question, known)
    found = reader.find(job, extent, wanted, limit=limit, pages=pages)
    first = found[:CANDIDATES]
    looked_for = LookedFor(question, wanted, known)
    candidates = candidates_of(first, looked_for)
    leads = pages is None or len(pages) > FEW_PAGES
    ranking = partial(rank, question.terms, known=known, exact=question.exact, leads=leads)
    scored: Scored = {}
    ranked = ranking(candidates, scored=scored)
    if missing := missing_context(ranked, leads=leads):
        begin = reader.passages(job, extent, [id_ for id_, _ in missing], wanted)
        first = [*first, *begin]
        ranked = ranking([*candidates, *candidates_of(begin, looked_for)], scored=scored)
    by_id = {one.id: one for one in (*first, *found)}
    shown = {one.id for one in first}
    rest = [one for one in found if one.id not in shown]
    for start in range(0, len(rest), CANDIDATES):  # apart, so that what a cursor has passed stays before it
        ranked += ranking(candidates_of(rest[start : start + CANDIDATES], looked_for))
    most = max((having.get(term.text, 0) for term in question.own), default=0)
    matching = len(found) if len(found) < limit else max(len(found), most)
    return _Hits(ranked, by_id, matching, known)


def _closer(
    hits: _Hits, texts: Mapping[int, PageText], question: Question, language: str, meaning: Meaning | None
) -> _Hits:
    ranked = closer(hits.ranked, hits.found, texts, question, hits.known, language, meaning)
    return replace(hits, ranked=ranked)


async def page_texts(
    store: Store, job: Job, numbers: Sequence[int], *, most: int = MAX_PAGES, read: Mapping[int, PageText] | None = None
) -> dict[int, PageText]:
    """Return the first pages of some that passages are to be taken from, by number; those in `read` are at hand."""
    wanted = list(dict.fromkeys(numbers))[:most]
    at_hand = ((number, (read or {}).get(number) or _known_pages.get(_key(job, number))) for number in wanted)
    texts = {number: text for number, text in at_hand if text is not None}
    missing = sorted(set(wanted) - set(texts))
    if missing:
        found = await store.documents.document(job, first=missing[0], limit=len(missing), only=missing)
        texts |= {page.record.number: _page_text(job, page) for page in found}
    return texts


def _page_text(job: Job, page: Page) -> PageText:
    _, start, end = kept(page.markdown, job.boilerplate)
    made = PageText(page.record.number, page.record.url, page.record.title, page.markdown, start, end)
    if not job.is_running:
        _known_pages.put(_key(job, made.number), made, len(made.markdown) + 500)
    return made


def _key(job: Job, number: int) -> tuple[str, str, float | None, int]:
    return *job.document_key, number


def _packed(
    job: Job,
    hits: _Hits,
    order: Sequence[int],
    texts: Mapping[int, PageText],
    question: Question,
    max_tokens: int,
    max_chars: int,
) -> Packed:
    names = question.names
    excerpts = [excerpt_of(hits.found[one.id], one, texts, names) for one in hits.ranked]

    def refer(_page: PageText, at: str) -> str:
        return f"\n[continues: {read_on(job.id, at)}]\n"

    best = hits.ranked[0].score
    return pack(
        excerpts,
        order,
        texts.get,
        max_tokens=max_tokens,
        max_chars=max_chars,
        refer=refer,
        best=best,
        is_lookup=question.is_lookup,
    )


def excerpt_of(found: SearchHit, ranked: Ranked, texts: Mapping[int, PageText], names: Set[str]) -> Excerpt:
    """Return a passage to pack, from the definition on that was asked for.

    Args:
        found: the passage.
        ranked: its rank.
        texts: the pages that have been read, by what the ranking calls them.
        names: terms of exact names that are asked for.
    """
    start = found.start
    page = texts.get(ranked.page) if names and found.names else None
    if page and names & head_terms(found.names):
        start += definition(page.markdown[start : found.end], lambda defined: bool(names & head_terms(defined)))
    return Excerpt(ranked.page, start, found.end, found.headings, ranked.score, ranked.standing)


def _map(job: Job, hits: _Hits, order: Sequence[int], *, max_tokens: int, max_chars: int) -> Answer:
    """List the pages and headings of the best passages, with the size of each and no text."""
    pages: dict[int, list[str]] = {}
    tokens = chars = shown = 0
    for place in order:
        found = hits.found[hits.ranked[place].id]
        head = f"{found.number}. [{found.title}]({found.url})"
        line = f"   - {found.headings or found.title} · {count_tokens(' ' * (found.end - found.start)):,} tokens"
        if line in pages.get(found.number, ()):
            shown += 1
            continue
        text = line if found.number in pages else f"{head}\n{line}"
        tokens, chars = tokens + count_tokens(text) + 1, chars + len(text) + 1
        if pages and (tokens > max_tokens or chars > max_chars or shown >= MAX_LISTED):
            break
        pages.setdefault(found.number, [head]).append(line)
        shown += 1
    text = "\n".join(line for lines in pages.values() for line in lines)
    place = order[0] + shown if order else 0
    following = _cursor(job, place, ()) if place < len(hits.ranked) else None
    return Answer(text, shown, hits.matching, tuple(pages), following)


def _cursor(job: Job, place: int, skipped: Sequence[int]) -> str:
    return f"{job.id[:6]}-q{place}" + "".join(f".{one}" for one in skipped[:6])


def _parse_cursor(cursor: str, job: Job) -> tuple[int, tuple[int, ...]]:
    match = _CURSOR.fullmatch(cursor.strip())
    if match is None or match[1] != job.id[:6]:
        raise InvalidCursor(f"{cursor!r:.100} {words().query_cursor}")
    place = int(match[2])
    skipped = tuple(int(one) for one in match[3].split(".") if one)
    return place, tuple(one for one in skipped if one < place)
