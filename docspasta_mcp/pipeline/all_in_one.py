"""Find the pages of a job that only say what others of its document say: all-in-one editions, whatever their URL is.

Bounded: of the longest pages those that end or begin as others do, and of these no more text than is told below.
"""

import logging
from collections.abc import Sequence, Set

import anyio.to_thread

from docspasta_mcp.document.job_graph import JobGraph
from docspasta_mcp.document.place import Arrangement
from docspasta_mcp.document.unions import MIN_PARTS, MIN_WORDS, UnionComparison, likely_parts, suspects
from docspasta_mcp.model.job import Job
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

LONGEST = 200  # pages of a job that are suspected at all
MAX_SUSPECTS = 20
MAX_CHARS = 40_000_000  # of Markdown that is read for a job: some seconds of CPU time, in a thread
_BATCH = 20  # pages read at a time


async def find_unions(store: Store, job: Job, graph: JobGraph, found: Arrangement) -> frozenset[int]:
    """Return the numbers of the pages that are made of shorter ones in the document.

    The shortest are judged first, and one that is left out counts for no other: whatever is left out stands on a page
    that stays. Nothing is left out of a crawl whose caller named the pages to include.
    """
    if job.options.include:
        return frozenset()
    inside = await anyio.to_thread.run_sync(_inside, graph, found)
    if len(inside) <= MIN_PARTS:
        return frozenset()
    longest = await store.texts.longest(job.id, min_words=MIN_WORDS, limit=LONGEST)
    suspected = await anyio.to_thread.run_sync(suspects, graph.pages, longest[::-1], inside, found.boilerplate)
    unions: set[int] = set()
    left = MAX_CHARS
    for number in suspected[-MAX_SUSPECTS:]:
        comparison = await _compare(store, job, graph, number, inside - unions, found.boilerplate)
        left -= comparison.chars
        if comparison.is_union:
            unions.add(number)
        if left < 0:
            logger.warning("❌ job %s: so much text is on several pages that not all of it was compared", job.id)
            break
    return frozenset(unions)


async def _compare(
    store: Store, job: Job, graph: JobGraph, number: int, others: Set[int], boilerplate: Set[str]
) -> UnionComparison:
    (markdown,) = await store.texts.markdown(job.id, [number])
    comparison = await anyio.to_thread.run_sync(UnionComparison, markdown)
    parts: Sequence[int] = await anyio.to_thread.run_sync(
        likely_parts, graph.pages, number, comparison.spoken, others, boilerplate
    )
    for start in range(0, len(parts), _BATCH):
        pages = await store.texts.markdown(job.id, parts[start : start + _BATCH])
        await anyio.to_thread.run_sync(comparison.read, pages)
        if comparison.is_over:
            break
    return comparison


def _inside(graph: JobGraph, found: Arrangement) -> set[int]:
    """Return the numbers of the pages that the document has."""
    ids = {place.page_id for place in found.places if place.duplicate_of is None}.difference(found.unlinked)
    return {number for number in graph.pages if graph.pages.is_done(number) and graph.pages.id(number) in ids}
