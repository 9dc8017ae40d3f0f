"""Find the pages of a job that only say what others of its document say: all-in-one editions, whatever their URL is.

Bounded: of the longest pages those that end or begin as others do, and of these no more text than is told below.
"""

import logging
from collections.abc import Sequence, Set

import anyio.to_thread

from docspasta_mcp.document.job_graph import JobGraph
from docspasta_mcp.document.place import Arrangement
from docspasta_mcp.document.unions import MIN_PARTS, MIN_WORDS, Spoken, UnionComparison, likely_parts, suspects
from docspasta_mcp.model.job import Job
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

LONGEST = 200  # pages of a job that are suspected at all
MAX_SUSPECTS = 20
MAX_READ = 40_000_000  # of Markdown that is read for a job: some seconds of CPU time, in a thread
KEPT_CHARS = 4_000_000  # of pages whose blocks are kept: suspects are often compared with the same ones
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
    reader = _Reader(store, job.id)
    unions: set[int] = set()
    left = MAX_READ
    for number in suspected[-MAX_SUSPECTS:]:
        comparison = await _compare(reader, graph, number, inside - unions, found.boilerplate)
        left -= comparison.chars
        if comparison.is_union:
            unions.add(number)
        if left < 0:
            logger.warning("❌ job %s: so much text is on several pages that not all of it was compared", job.id)
            break
    return frozenset(unions)


class _Reader:
    """Reads pages for comparing them, those read lately only once."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._kept = BoundedCache[int, Spoken](KEPT_CHARS)

    async def read(self, numbers: Sequence[int]) -> Sequence[Spoken]:
        """Return what pages say, in the order of their numbers given; one that has gone is left out."""
        known = {number: spoken for number in numbers if (spoken := self._kept.get(number))}
        if missing := [number for number in numbers if number not in known]:
            texts = await self._store.texts.markdown(self._job_id, missing)
            new = await anyio.to_thread.run_sync(lambda: {number: Spoken.of(text) for number, text in texts.items()})
            for number, spoken in new.items():
                self._kept.put(number, spoken, size=spoken.length)
            known |= new
        return [known[number] for number in numbers if number in known]


async def _compare(
    reader: _Reader, graph: JobGraph, number: int, others: Set[int], boilerplate: Set[str]
) -> UnionComparison:
    (spoken,) = await reader.read([number])
    comparison = UnionComparison(spoken)
    parts: Sequence[int] = await anyio.to_thread.run_sync(
        likely_parts, graph.pages, number, spoken, others, boilerplate
    )
    for start in range(0, len(parts), _BATCH):
        comparison.read(await reader.read(parts[start : start + _BATCH]))
        if comparison.is_over:
            break
    return comparison


def _inside(graph: JobGraph, found: Arrangement) -> set[int]:
    """Return the numbers of the pages that the document has."""
    ids = {place.page_id for place in found.places if place.duplicate_of is None}.difference(found.unlinked)
    return {number for number in graph.pages if graph.pages.is_done(number) and graph.pages.id(number) in ids}
