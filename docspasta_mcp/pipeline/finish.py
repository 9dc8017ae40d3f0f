"""End a job whose pages are all settled: number them in reading order, name the duplicates, cut what all repeat.

Pages made of others are left out, and what is not a page's own is cut from their titles.

A worker process gets the graph of a large job and returns where its pages stand: what it takes meanwhile it would keep.
The places are stored some at a time, so that no transaction is long.
"""

import logging
from collections.abc import Set
from functools import partial

import anyio.to_thread

from docspasta_mcp.document.job_graph import JobGraph
from docspasta_mcp.document.parcel import pack, unpack
from docspasta_mcp.document.place import Arrangement, arrange, arrange_packed
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.page import NO_ROOM, NOT_INCLUDED
from docspasta_mcp.pipeline.all_in_one import find_unions
from docspasta_mcp.pipeline.end_notes import end_notes
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store import Store
from docspasta_mcp.store.waiting import lets_wait

logger = logging.getLogger(__name__)

PLACES = 1_000  # pages that get their numbers in one transaction
FEW_PAGES = 5_000  # are placed in a thread: it takes half a second and 2 MB, and a worker of its own 60
PLACING_TIMEOUT_S = 300.0  # ten times what 100,000 pages take


class Finalizer:
    """What ends jobs."""

    def __init__(self, store: Store, workers: Workers, *, few_pages: int = FEW_PAGES) -> None:
        """End the jobs of `store`.

        Args:
            store: where the jobs are.
            workers: place the pages of large jobs; others than those that read pages, who are not to wait for it.
            few_pages: jobs with no more are placed in a thread.
        """
        self._store = store
        self._workers = workers
        self._few_pages = few_pages

    async def finalize(self, job: Job) -> None:
        """Number the pages of a job without open ones, and end it; do nothing if a page is open.

        Pages that wait for room get what is left of it first, and one whose reading ran out of time is opened again,
        once and alone; their messages are put into the outbox, and lead back here when they are settled.
        """
        if await self._store.pages.give_room(job) or await self._store.last_tries.begin(job.id):
            return
        graph = await self._store.graphs.read(job)
        if graph is None:
            return
        left_out = await self._store.documents.left_out(job.id)
        # pages that got the room of dead links are not among the links of those read before, unless they waited for it
        is_refilled = not lets_wait(job) and len(graph.pages) > job.options.max_pages
        is_cut = is_refilled or any(one.reason in (NO_ROOM, NOT_INCLUDED) for one in left_out)
        found = await self._arrange(graph, is_cut=is_cut)
        if unions := await find_unions(self._store, job, graph, found):
            found = await self._arrange(graph, is_cut=is_cut, unions=unions)
        for start in range(0, len(found.places), PLACES):
            failpoint("finalize.ordered")
            if not await self._store.endings.place(job.id, found.places[start : start + PLACES]):
                return  # the job has ended or grown meanwhile
        renamed = await self._store.titles.rename(job.id, found.boilerplate)
        tries = await self._store.last_tries.tries(job.id)
        rendered = await self._store.documents.rendered(job.id)
        state = await self._store.endings.finalize(
            job.id,
            unlinked=found.unlinked,
            unions=found.unions,
            boilerplate=found.boilerplate,
            notes=end_notes(found, renamed, tries, rendered),
        )
        failpoint("finalize.committed")
        if state is not None:
            logger.info("%s job %s %s", "❌" if state is JobState.FAILED else "✅", job.id, state)

    async def _arrange(self, graph: JobGraph, *, is_cut: bool, unions: Set[int] = frozenset()) -> Arrangement:
        count = len(graph.pages)
        if count > self._few_pages:
            try:
                packed = await anyio.to_thread.run_sync(pack, graph)
                arranged = await self._workers.run(arrange_packed, packed, is_cut=is_cut, unions=unions)
                return await anyio.to_thread.run_sync(unpack, arranged)
            except PageRefused as error:
                logger.warning("❌ %d pages are placed in this process, since a worker could not: %s", count, error)
        return await anyio.to_thread.run_sync(partial(arrange, graph, is_cut=is_cut, unions=unions))
