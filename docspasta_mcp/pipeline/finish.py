"""End a job whose pages are all settled: number them in reading order, name the duplicates, cut what all repeat.

Nothing in this process grows with the job: what orders the pages goes to a file, a worker makes a graph of it and
writes their places to another, and these are stored some at a time, so that no transaction is long.
"""

import logging
from collections.abc import Callable, Sequence, Set
from functools import partial
from itertools import islice
from pathlib import Path

import anyio.to_thread

from docspasta_mcp.document.place import Finding, place_pages, read_places
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.failpoints import failpoint
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.scratch import scratch_folder
from docspasta_mcp.store import Store

logger = logging.getLogger(__name__)

PLACES = 1_000  # pages that get their numbers in one transaction
FEW_PAGES = 5_000  # are placed in a thread: it takes half a second and 2 MB, and a worker of its own 60
PLACING_TIMEOUT_S = 300.0  # ten times what 100,000 pages take


class Finalizer:
    """What ends jobs."""

    def __init__(self, store: Store, workers: Workers, *, few_pages: int = FEW_PAGES) -> None:
        """Prepare.

        Args:
            store: where the jobs are.
            workers: place the pages of large jobs; others than those that read pages, who are not to wait for it.
            few_pages: jobs with no more are placed in a thread.
        """
        self._store = store
        self._workers = workers
        self._few_pages = few_pages

    async def finalize(self, job: Job) -> None:
        """Number the pages of a job without open ones, and end it; do nothing if a page is open."""
        with scratch_folder() as folder:
            graph_file, places_file = folder / "graph", folder / "places"
            pages = await self._store.graphs.write(job, graph_file)
            if pages is None:
                return
            is_cut = any(
                one.reason in ("page_limit", "not_included") for one in await self._store.documents.left_out(job.id)
            )
            finding = await self._find(pages, partial(place_pages, graph_file, places_file, is_cut=is_cut))
            if not await self._store_places(job, places_file):
                return
        state = await self._store.endings.finalize(
            job.id,
            unlinked=finding.unlinked,
            boilerplate=finding.boilerplate,
            notes=_boilerplate_note(finding.boilerplate),
        )
        failpoint("finalize.committed")
        if state is not None:
            logger.info("%s job %s %s", "❌" if state is JobState.FAILED else "✅", job.id, state)

    async def _find(self, pages: int, work: Callable[[], Finding]) -> Finding:
        if pages > self._few_pages:
            try:
                return await self._workers.run(work)
            except PageRefused as error:
                logger.warning("❌ %d pages are placed in this process, since a worker could not: %s", pages, error)
        return await anyio.to_thread.run_sync(work)

    async def _store_places(self, job: Job, path: Path) -> bool:
        """Store the places that were found; return False if the job has ended or grown meanwhile."""
        with path.open(encoding="utf-8") as file:
            places = read_places(file)
            while some := await anyio.to_thread.run_sync(lambda: list(islice(places, PLACES))):
                failpoint("finalize.ordered")
                if not await self._store.endings.place(job.id, some):
                    return False
        return True


def _boilerplate_note(digests: Set[str]) -> Sequence[str]:
    """Say that something is left out. What it says is the site's text, which has no place among our own words."""
    if not digests:
        return []
    return [f"{len(digests)} blocks that most pages begin or end with are left out: banners, requests for feedback."]
