"""Compare two crawls of one manual: the pages that came, went and changed, and the words that changed on one of them.

`selection.changed_pages` gives agents the pages that changed; this tells a person what changed on them. The owner was
checked when the job was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio.to_thread

from docspasta_mcp.document.word_diff import WordDiff, word_diff
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.pages import ContentsLine, OwnerPages
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.manual import Edition
from docspasta_mcp.store import Store

MAX_EDITIONS = 50  # earlier crawls of a manual that are offered


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two crawls. `removed` are pages of the earlier one, the others of the later one."""

    before: Job
    added: Sequence[ContentsLine]
    changed: Sequence[ContentsLine]
    removed: Sequence[ContentsLine]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class PageChange:
    """What changed on a page; `before` is its line in the earlier crawl."""

    line: ContentsLine
    before: ContentsLine
    diff: WordDiff


async def earlier_editions(store: Store, job: Job) -> Sequence[Edition]:
    """Return the crawls of the same manual that ended before a job began and have a document.

    Those with the same limits come first, and then the newest.
    """
    return await store.library.earlier(job, limit=MAX_EDITIONS)


async def compare(store: Store, pages: OwnerPages, job: Job, before: Job) -> Comparison:
    """Return how a job's document differs from that of an earlier one.

    Raises:
        InvalidRequest: one of them still runs.
    """
    _check_ended(job, before)
    changes = await store.documents.changes(job, before)
    lines = {line.number: line for line in await pages.outline(job)}
    former = {line.number: line for line in await pages.outline(before)}
    numbers = await store.documents.numbers(before, changes.removed)
    return Comparison(
        before,
        added=[lines[number] for number, _ in changes.added if number in lines],
        changed=[lines[number] for number, _ in changes.changed if number in lines],
        removed=[former[numbers[url]] for url in changes.removed if numbers.get(url) in former],
    )


async def page_change(pages: OwnerPages, job: Job, before: Job, number: int) -> PageChange:
    """Return what changed on a page since an earlier crawl.

    Raises:
        InvalidRequest: one of the jobs still runs, or one of them has no such page.
    """
    _check_ended(job, before)
    page = await pages.page(job, number)
    former = (await pages.numbers(before, [page.record.url])).get(page.record.url)
    if former is None:
        raise InvalidRequest("The earlier crawl does not have this page: it was added since.")
    old = await pages.page(before, former)
    diff = await anyio.to_thread.run_sync(word_diff, old.markdown, page.markdown)
    lines = {line.number: line for line in await pages.outline(job)}
    formers = {line.number: line for line in await pages.outline(before)}
    return PageChange(lines[number], formers[former], diff)


def _check_ended(*jobs: Job) -> None:
    running = next((job for job in jobs if not job.is_numbered), None)
    if running is not None:
        state = "still runs" if running.is_running else f"is {running.state}"
        raise InvalidRequest(f"Crawl {running.id} {state}: only crawls that came to their end can be compared.")
