"""Keep the index of passages up to date: in batches while a crawl runs, completely when it ends or is searched.

A page's index comes with it from the worker that read it, and waits in memory for its batch. It follows from its page
alone, so whatever is missing can be made up at any time: after a crash, or for pages that another version stored.
Those that a recrawl took over unchanged bring their index with them.
"""

import logging

import anyio
import anyio.to_thread

from docspasta_mcp.document.search.page_index import index_page
from docspasta_mcp.model.page_index import PageIndex
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_index import Backlog

logger = logging.getLogger(__name__)

BATCH = 40  # pages in one transaction: a segment of the index has the terms of all, and its writing is shared
EVERY_S = 1.0  # how often running jobs are looked after
ROUNDS = 60  # of these between two looks at all jobs


async def catch_up(store: Store, job_id: str, *, pause_s: float = 0.0) -> None:
    """Index what of a job is stored and not indexed now; pages that come meanwhile wait until a batch is worth it.

    Args:
        store: where the job is.
        job_id: the job.
        pause_s: between batches, for work that nobody waits for.
    """
    may_search = await store.search.can_search()
    while (backlog := await store.index.backlog(job_id, limit=BATCH)).pages:
        if all(page.index is not None for page in backlog.pages):
            indexes = _indexes(backlog)
        else:
            indexes = await anyio.to_thread.run_sync(_indexes, backlog)
        is_added = await store.index.add(job_id, backlog, indexes, may_search=may_search)
        if is_added and len(backlog.pages) < BATCH:
            return
        if pause_s:
            await anyio.sleep(pause_s)


async def run_indexer(store: Store) -> None:
    """Index what crawls store, forever; data of older versions first."""
    turn = 0
    while True:
        try:
            for job_id in await store.index.behind(only_running=turn % ROUNDS != 0):
                await catch_up(store, job_id, pause_s=0.02)
        except Exception:
            logger.exception("❌ indexing failed; it is tried again")
        turn += 1
        await anyio.sleep(EVERY_S)


def _indexes(backlog: Backlog) -> list[PageIndex]:
    return [
        page.index or index_page(page.markdown, title=page.title, url=page.url, language=page.language)
        for page in backlog.pages
    ]
