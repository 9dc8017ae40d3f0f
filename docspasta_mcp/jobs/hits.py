"""The passages of a job that may answer a question, the best first: found in the index, ranked, read, ranked again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.question import Question
from docspasta_mcp.document.search.ranking import Ranked, Scored, Statistics, rank
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.jobs.candidates import READ, LookedFor, candidates_of, closer, missing_context, wanted_terms
from docspasta_mcp.jobs.known_of_jobs import known_of_jobs
from docspasta_mcp.jobs.page_texts import page_texts
from docspasta_mcp.jobs.searchable import Searchable
from docspasta_mcp.jobs.selection import Selection
from docspasta_mcp.model.job import Job
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchExtent, SearchHit, SearchReader

CANDIDATES = 400  # passages that are ranked; more when a cursor leads further
FEW_PAGES = 3  # that who asks has chosen: what they are about is known, so that what they begin with gains nothing
MAX_FOUND = 20_000  # passages found for earlier questions that stay in memory, with 1 kB each


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found for a question, the best first."""

    ranked: Sequence[Ranked]
    found: Mapping[int, SearchHit]
    matching: int
    known: Statistics


_known_hits: BoundedCache[tuple[object, ...], Hits] = known_of_jobs(BoundedCache(MAX_FOUND))


async def hits_of(
    store: Store,
    job: Job,
    question: Question,
    known: Searchable,
    *,
    place: int,
    selection: Selection | None,
    meaning: Meaning | None,
) -> tuple[Hits | None, Mapping[int, PageText]]:
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
        hits = await store.search.work_out(partial(_closer, hits, texts, question, known.languages[0], meaning))
        if not job.is_running:
            _known_hits.put(asking, hits, len(hits.ranked) + 1)
    return hits if hits.ranked else None, texts


def _find(
    reader: SearchReader, job: Job, question: Question, extent: SearchExtent, *, limit: int, pages: Sequence[int] | None
) -> Hits:
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
    return Hits(ranked, by_id, matching, known)


def _closer(
    hits: Hits, texts: Mapping[int, PageText], question: Question, language: str, meaning: Meaning | None
) -> Hits:
    ranked = closer(hits.ranked, hits.found, texts, question, hits.known, language, meaning)
    return replace(hits, ranked=ranked)
