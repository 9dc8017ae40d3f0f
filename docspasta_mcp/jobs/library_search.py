"""Answer a question from several manuals at once: one ranking, one budget, each passage with its manual.

How rare a word is is counted over all manuals that are searched, so that their passages compare; which manuals may
answer is told by the counts alone, before any passage is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import anyio

from docspasta_mcp.document.search.excerpts import Excerpt
from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.packing import pack
from docspasta_mcp.document.search.question import Question
from docspasta_mcp.document.search.ranking import Candidate, Ranked, Statistics, rank
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.errors import InvalidCursor
from docspasta_mcp.jobs.candidates import READ, LookedFor, candidates_of, closer, missing_context, wanted_terms
from docspasta_mcp.jobs.hits import CANDIDATES
from docspasta_mcp.jobs.likely_manuals import (
    AT_ONCE,
    MAX_SEARCHED,
    SearchedManual,
    counts_of,
    languages_of,
    likely,
    sources_of,
    statistics,
)
from docspasta_mcp.jobs.missing_words import alike, none_of, told
from docspasta_mcp.jobs.page_texts import page_texts
from docspasta_mcp.jobs.search import asked, excerpt_of
from docspasta_mcp.jobs.search_cursor import cursor_of, parsed, question_id
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.manual import Edition
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchHit, Wanted
from docspasta_mcp.wording import read_on, words

LEAST = 24  # passages of each manual that are ranked
SUGGESTED = 5  # manuals that are asked for words like one that none has
_PAGE_BITS = 32
MAX_PAGES = 24  # that passages of one answer are taken from
_MAX_NAME = 60  # characters of a manual's name beside a page's title

_Found: TypeAlias = dict[int, tuple[int, SearchHit]]  # passages by their ids, each with its manual's number


@dataclass(frozen=True, slots=True)
class LibraryAnswer:
    """Passages for a question, with the manuals they are from; `searched` of `there` manuals were asked."""

    text: str
    shown: int
    matching: int
    manuals: tuple[Edition, ...]
    searched: int
    there: int
    next_cursor: str
    is_near_end: bool = False


@dataclass(frozen=True, slots=True)
class _LibraryHits:
    """What was found in all manuals, the best first: passages by their ids, each with its manual's number."""

    ranked: Sequence[Ranked]
    found: _Found
    known: Statistics


async def search_library(
    store: Store,
    editions: Sequence[Edition],
    query: str,
    *,
    max_tokens: int,
    max_chars: int,
    cursor: str = "",
    waits_for: str = "",
    meaning: Meaning | None = None,
) -> LibraryAnswer:
    """Return the passages of some manuals that answer a question best, as many as fit.

    Args:
        store: where they are.
        editions: one of each manual, of one owner.
        query: words, a question or an exact name.
        max_tokens: of the whole text.
        max_chars: of the whole text.
        cursor: from the answer before; empty begins with the best.
        waits_for: id of a job that runs and has no page yet; told where there is nothing to search.
        meaning: ranks passages by what they mean too.

    Raises:
        InvalidCursor: the cursor is not of a question about these manuals.
        InvalidRequest: the query has no word to look for, or this SQLite has no full text search.
    """
    chosen = editions[:MAX_SEARCHED]
    asking = question_id(query, [edition.job_id for edition in chosen])
    place, skipped = _parse_cursor(cursor, asking) if cursor else (0, ())
    languages = languages_of(chosen)
    question = await asked(store, query, languages)
    sources = await sources_of(store, chosen)
    hits = await _find(store, sources, question, place=place)
    if not hits.ranked:
        text = await _nothing(store, sources, question, languages, len(chosen), waits_for)
        return LibraryAnswer(text, 0, 0, (), len(chosen), len(editions), "")
    pages = await _pages(store, sources, hits, range(min(READ, len(hits.ranked))))
    hits = await store.search.work_out(partial(_closer, hits, pages, question, languages[0], meaning))
    skipped = tuple(one for one in skipped if one < len(hits.ranked))  # fewer than the answer before may be found
    order = [*skipped, *range(place, len(hits.ranked))]
    pages |= await _pages(store, sources, hits, order)

    def refer(page: PageText, at: str) -> str:
        return f"\n[continues: {read_on(page.manual, at)}]\n"

    names = question.names

    def excerpt(place: int) -> Excerpt:
        one = hits.ranked[place]
        return excerpt_of(hits.found[one.id][1], one, pages, names)

    best = hits.ranked[0].score
    note = "" if cursor else told(question, hits.known.having)
    room, chars = max_tokens - count_tokens(note), max_chars - len(note)
    packed = await store.search.work_out(
        lambda: pack(
            excerpt,
            order,
            pages.get,
            max_tokens=room,
            max_chars=chars,
            refer=refer,
            best=best,
            is_lookup=question.is_lookup,
        )
    )
    following = place + max(0, packed.following - len(skipped))
    left = [*order[packed.following : len(skipped)], *packed.skipped]
    is_all = following >= len(hits.ranked) and not left
    shown = dict.fromkeys(key >> _PAGE_BITS for key in packed.pages)
    return LibraryAnswer(
        note + packed.text,
        len(packed.shown),
        len(hits.ranked),
        tuple(sources[number].edition for number in shown),
        len(chosen),
        len(editions),
        "" if is_all else cursor_of(asking, following, left),
        packed.is_near_end,
    )


async def _find(store: Store, sources: Sequence[SearchedManual], question: Question, *, place: int) -> _LibraryHits:
    """Return the passages that may answer, enough of them to go on from `place`.

    More are ranked apart from the first ones, so that what a cursor has passed stays before it.
    """
    counts = await counts_of(store, sources, [term.text for term in question.terms])
    known = statistics(sources, counts)
    wanted = wanted_terms(question, known)
    chosen = likely(question, counts, known)
    looked_for = LookedFor(question, wanted, known)
    limit = max(LEAST, CANDIDATES // max(1, len(chosen)))
    ranked: list[Ranked] = []
    found: _Found = {}
    while True:
        more = await _look(store, sources, chosen, wanted, limit)
        new = {id_: one for id_, one in more.items() if id_ not in found}
        if not found:
            first = await store.search.work_out(partial(_ranked, new, looked_for, known))
            new |= await _leads(store, sources, first, wanted)
        ranked += await store.search.work_out(partial(_ranked, new, looked_for, known))
        found |= new
        if not new or len(ranked) >= place + CANDIDATES // 4:
            return _LibraryHits(ranked, found, known)
        limit *= 2


def _closer(
    hits: _LibraryHits, pages: Mapping[int, PageText], question: Question, language: str, meaning: Meaning | None
) -> _LibraryHits:
    found = {id_: hit for id_, (_, hit) in hits.found.items()}
    return replace(hits, ranked=closer(hits.ranked, found, pages, question, hits.known, language, meaning))


async def _look(
    store: Store, sources: Sequence[SearchedManual], chosen: Sequence[int], wanted: Sequence[Wanted], limit: int
) -> _Found:
    """Return the passages of each chosen manual whose terms are worth most."""
    found: _Found = {}
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def look(number: int) -> None:
        async with limiter:
            source = sources[number]
            for one in await store.search.find(source.job, source.extent, wanted, limit=limit):
                found[one.id] = (number, one)

    async with anyio.create_task_group() as tasks:
        for number in chosen:
            tasks.start_soon(look, number)
    return found


async def _leads(
    store: Store, sources: Sequence[SearchedManual], ranked: Sequence[Ranked], wanted: Sequence[Wanted]
) -> _Found:
    """Return what the best pages begin with, as far as it was not found by its words."""
    leads: dict[int, list[int]] = {}
    for lead, page in missing_context(ranked):
        leads.setdefault(page >> _PAGE_BITS, []).append(lead)
    found: _Found = {}
    for number, some in leads.items():
        source = sources[number]
        hits = await store.search.passages(source.job, source.extent, some, wanted)
        found |= {one.id: (number, one) for one in hits}
    return found


def _ranked(found: _Found, looked_for: LookedFor, known: Statistics) -> list[Ranked]:
    question = looked_for.question
    return rank(question.terms, _candidates(found, looked_for), known, exact=question.exact)


def _candidates(found: _Found, looked_for: LookedFor) -> list[Candidate]:
    by_manual: dict[int, list[SearchHit]] = {}
    for number, one in found.values():
        by_manual.setdefault(number, []).append(one)
    return [
        candidate._replace(page=_key(number, candidate.page))
        for number, some in by_manual.items()
        for candidate in candidates_of(some, looked_for)
    ]


def _key(number: int, page: int) -> int:
    """Return what stands for a page of a manual where pages of several are mixed."""
    return number << _PAGE_BITS | page


async def _pages(
    store: Store, sources: Sequence[SearchedManual], hits: _LibraryHits, order: Sequence[int]
) -> dict[int, PageText]:
    """Return the pages of the first passages, by their keys, each with its manual's name beside its title."""
    keys = list(dict.fromkeys(hits.ranked[place].page for place in order))[:MAX_PAGES]
    numbers: dict[int, list[int]] = {}
    for key in keys:
        numbers.setdefault(key >> _PAGE_BITS, []).append(key & (1 << _PAGE_BITS) - 1)
    found: dict[int, PageText] = {}
    for number, some in numbers.items():
        source = sources[number]
        name = source.edition.name
        for page in (await page_texts(store, source.job, some)).values():
            shown = "" if name.casefold() in page.title.casefold() else f"{page.title} · {name[:_MAX_NAME]}"
            found[_key(number, page.number)] = replace(page, shown=shown, manual=source.job.id)
    return found


async def _nothing(
    store: Store,
    sources: Sequence[SearchedManual],
    question: Question,
    languages: Sequence[str],
    searched: int,
    waits_for: str,
) -> str:
    """Say which words are nowhere, and which are that look like them."""
    if not searched:
        if not waits_for:
            return f"There is no manual to search. {words().crawl}"
        return f"Job {waits_for} is running and has no page yet. {words().wait.format(job=waits_for)}"
    lines = [none_of(question, f"No passage of {counted(searched, 'manual')}")]
    for group, word in enumerate(question.words):
        stem = next((term.text for term in question.terms if term.group == group), "")
        near: dict[str, None] = {}
        for source in sources[:SUGGESTED]:
            near |= dict.fromkeys(await alike(store, source.job, source.extent, word, stem, languages))
        if near:
            lines.append(f"Words like {word!r} that they have: {', '.join(list(near)[:SUGGESTED])}.")
    lines.append(f"Try other words, or {words().see_docs}.")
    return "\n".join(lines)


def _parse_cursor(cursor: str, asked: str) -> tuple[int, tuple[int, ...]]:
    found = parsed(cursor)
    if found is None:
        raise InvalidCursor(f"{cursor!r:.100} {words().search_cursor}")
    if found[0] != asked:
        raise InvalidCursor(
            f"{cursor!r:.100} is of another question, or of other manuals: one may have been crawled anew since. "
            "Ask as before, or search anew without it."
        )
    return found[1], found[2]
