"""Which manuals may answer a question: told by how many of their passages have each word, before any is read.

How rare a word is is counted over all manuals that are asked, so that they, and their passages, compare.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from docspasta_mcp.document.search.question import Question
from docspasta_mcp.document.search.ranking import Statistics, rarity
from docspasta_mcp.document.search.words import main_languages
from docspasta_mcp.jobs.search import asked
from docspasta_mcp.jobs.searchable import searchable
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.manual import Edition
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchExtent

MAX_SEARCHED = 200  # manuals that one question is asked, the newest
MAX_READ = 24  # of them whose passages are ranked: those that have most of its words
NEAR = 0.5  # of the best manual's words, by what they tell; one that has fewer is not read
AT_ONCE = 6  # questions to the database


@dataclass(frozen=True, slots=True)
class SearchedManual:
    """A manual that is searched."""

    edition: Edition
    job: Job
    extent: SearchExtent


async def manuals_having(store: Store, editions: Sequence[Edition], query: str) -> list[Edition]:
    """Return the manuals that have words of a query, those that have most of them first.

    Raises:
        InvalidRequest: the query has no word to look for.
    """
    question = await asked(store, query, languages_of(editions))
    sources = await sources_of(store, editions[:MAX_SEARCHED])
    counts = await counts_of(store, sources, [term.text for term in question.own])
    return [sources[number].edition for number in likely(question, counts, statistics(sources, counts))]


def languages_of(editions: Sequence[Edition]) -> tuple[str, ...]:
    """Return the languages by which a question to these manuals is read, that of most of them first."""
    tongues = Counter(edition.tongue for edition in editions[:MAX_SEARCHED] if edition.tongue)
    return main_languages(tongue for tongue, _ in tongues.most_common())


async def sources_of(store: Store, editions: Sequence[Edition]) -> list[SearchedManual]:
    """Return the manuals that have an index, which is brought up to date first."""
    jobs = await store.library.jobs([edition.job_id for edition in editions])
    extents: dict[str, SearchExtent | None] = {}
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def look(job: Job) -> None:
        async with limiter:
            extents[job.id] = (await searchable(store, job)).extent

    async with anyio.create_task_group() as tasks:
        for job in jobs.values():
            tasks.start_soon(look, job)
    return [
        SearchedManual(edition, jobs[edition.job_id], extent)
        for edition in editions
        if (extent := extents.get(edition.job_id)) is not None and extent.passages
    ]


async def counts_of(store: Store, sources: Sequence[SearchedManual], terms: Sequence[str]) -> list[Counter[str]]:
    """Return for each manual how many of its passages have which term."""
    counts: list[Counter[str]] = [Counter() for _ in sources]
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def look(number: int) -> None:
        async with limiter:
            counted = await store.search.counts(sources[number].extent, terms)
            counts[number] = Counter({term: count for term, count in counted.items() if count})

    async with anyio.create_task_group() as tasks:
        for number in range(len(sources)):
            tasks.start_soon(look, number)
    return counts


def statistics(sources: Sequence[SearchedManual], counts: Sequence[Counter[str]]) -> Statistics:
    """Return what is known of all manuals together."""
    having: Counter[str] = Counter()
    for counted in counts:
        having.update(counted)
    passages = sum(source.extent.passages for source in sources)
    length = sum(source.extent.average * source.extent.passages for source in sources)
    return Statistics(passages, length / max(1, passages) or 1.0, having)


def likely(question: Question, counts: Sequence[Counter[str]], known: Statistics) -> list[int]:
    """Return the manuals whose passages may answer: those that have most of the question's words, by what they tell."""
    telling = [
        sum(term.weight * rarity(known, term.text) for term in question.own if counted[term.text]) for counted in counts
    ]
    most = max(telling, default=0.0)
    found = [number for number, told in enumerate(telling) if told and told >= NEAR * most]
    if not found:  # words of like meaning may still be there
        found = [number for number, counted in enumerate(counts) if counted]
    return sorted(found, key=lambda number: -telling[number])[:MAX_READ]
