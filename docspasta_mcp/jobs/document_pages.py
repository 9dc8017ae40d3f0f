"""The pages of a document, read from the store some at a time."""

from collections.abc import AsyncIterator, Sequence

from docspasta_mcp.document.boilerplate import without
from docspasta_mcp.errors import ResultNotReady
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page
from docspasta_mcp.store import DocumentExtent, Store

_FIRST = 4  # most answers need no more pages
_BATCH = 50


async def document_pages(
    store: Store, view: Job, *, first: int = 1, only: Sequence[int] | None = None
) -> AsyncIterator[Page]:
    """Yield pages without the blocks that most of them share.

    Args:
        store: where they are.
        view: the job, which says how they are ordered.
        first: number of the first page.
        only: numbers; all from `first` on if None.
    """
    batches = _following(store, view, first) if only is None else _chosen(store, view, first, sorted(set(only)))
    async for pages in batches:
        for page in without(pages, view.boilerplate):
            yield page


async def _following(store: Store, view: Job, first: int) -> AsyncIterator[Sequence[Page]]:
    """Yield all pages from a number on, some at a time."""
    limit = _FIRST
    while pages := await store.documents.document(view, first=first, limit=limit):
        yield pages
        first, limit = pages[-1].record.number + 1, _BATCH


async def _chosen(store: Store, view: Job, first: int, numbers: Sequence[int]) -> AsyncIterator[Sequence[Page]]:
    """Yield the pages that have some numbers, from one on; by arrival there may be none for long."""
    wanted = [number for number in numbers if number >= first]
    start, limit = 0, _FIRST
    while some := wanted[start : start + limit]:
        if pages := await store.documents.document(view, first=first, limit=limit, only=some):
            yield pages
        start, limit = start + limit, _BATCH


async def readable_extent(
    store: Store, job: Job, *, view: Job | None = None, first: int = 1, only: Sequence[int] | None = None
) -> DocumentExtent:
    """Return how long a document is, and how much of it there is from a page on.

    Raises:
        ResultNotReady: there is no page yet, or there never will be.
    """
    extent = await store.documents.extent(view or job, first=first, only=only)
    if not extent.pages:
        raise no_page(job)
    return extent


def no_page(job: Job) -> ResultNotReady:
    """Return the error that a job has no page."""
    if job.is_running:
        return ResultNotReady(f"Job {job.id} has no page yet. Wait until its status tells of pages that are done.")
    return ResultNotReady(f"Job {job.id} is {job.state} and has no page: {job.reason or 'nothing was found'}")
