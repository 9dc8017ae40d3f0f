"""What a person reads of one owner's manuals, page by page: outline, single pages, the last ones read, the failed ones.

`service` answers what agents ask, with its limits in tokens; this is for a reader who looks at one page at a time.
`job` and `watched` check the owner; the other questions take a job of theirs, or ids of the owner's list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docspasta_mcp.document.boilerplate import without
from docspasta_mcp.errors import QUOTED, InvalidRequest, JobNotFound
from docspasta_mcp.jobs.coverage import EXAMPLES
from docspasta_mcp.model.frontier import LeftOut
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page, PageState
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Front, Group, Marks, Store, Watched

MAX_FAILURES = 200  # listed one by one
_KEPT = 8  # outlines of ended jobs, which change no more; one of 10,000 pages takes 3 MB


@dataclass(frozen=True, slots=True)
class ContentsLine:
    """A page in a manual's outline; `captions` are the headings that open before it."""

    number: int
    level: int
    title: str
    tokens: int
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that failed: the reason in our words, and what the site said."""

    url: str
    reason: str
    detail: str
    site_said: str


class Outlines:
    """The outlines of ended jobs that were looked at last."""

    def __init__(self) -> None:
        self._kept = BoundedCache[tuple[str, str, float | None], tuple[ContentsLine, ...]](_KEPT)

    async def of(self, store: Store, job: Job) -> tuple[ContentsLine, ...]:
        """Return a job's outline: its pages in reading order, or as they arrived while it runs."""
        key = job.document_key
        if not job.is_running and (kept := self._kept.get(key)) is not None:
            return kept
        lines = tuple(map(_line, await store.documents.outline(job)))
        if not job.is_running:
            self._kept.put(key, lines)
        return lines


class OwnerPages:
    """The pages of one owner's manuals."""

    def __init__(self, owner: str, *, store: Store, outlines: Outlines) -> None:
        self._owner = owner
        self._store = store
        self._outlines = outlines

    async def job(self, job_id: str) -> Job:
        """Return the owner's job.

        Raises:
            JobNotFound: the owner has no such job.
        """
        return await self._store.jobs.of_owner(job_id, self._owner)

    async def title(self, job: Job) -> str:
        """Return what a manual is called: its first page's title, or its address while there is none."""
        fronts = await self._store.documents.fronts([job.id])
        return fronts.get(job.id, Front()).title or job.scope.origin + job.scope.prefix

    def now(self) -> float:
        """Return the store's time, in Unix seconds."""
        return self._store.clock()

    async def fronts(self, job_ids: Sequence[str]) -> Mapping[str, Front]:
        """Return what the owner's manuals of these ids are called, and their languages."""
        return await self._store.documents.fronts(job_ids)

    async def marks(self, job_ids: Sequence[str]) -> Mapping[str, Marks]:
        """Return which of the owner's jobs are pinned, and which can be compared with an earlier one."""
        return await self._store.library.marks(job_ids)

    async def outline(self, job: Job) -> tuple[ContentsLine, ...]:
        """Return the manual's pages in order, without their text."""
        return await self._outlines.of(self._store, job)

    async def page(self, job: Job, number: int) -> Page:
        """Return one page of the document.

        Raises:
            InvalidRequest: it has no page of this number.
        """
        found = await self._store.documents.document(job, first=number, limit=1)
        if not found or found[0].record.number != number:
            raise InvalidRequest(f"This manual has no page {number}. Its contents list those that it has.")
        (page,) = without(found, job.boilerplate)
        return page

    async def watched(self, job_id: str, *, latest: int) -> Watched:
        """Return what watchers of a crawl see, by one read: how far it is, and the titles of its latest pages.

        Raises:
            JobNotFound: the owner has no such job.
        """
        found = await self._store.watching.watched(job_id, owner=self._owner, latest=latest)
        if found is None:
            raise JobNotFound(job_id)
        return found

    async def numbers(self, job: Job, urls: Sequence[str]) -> Mapping[str, int]:
        """Return URL → number for those that are pages of the document."""
        return await self._store.documents.numbers(job, urls)

    async def languages(self, job: Job) -> Mapping[str, int]:
        """Return how many pages give themselves which language, the most frequent first."""
        return await self._store.documents.languages(job.id)

    async def failures(self, job: Job) -> Sequence[Failure]:
        """Return the pages that failed, at most `MAX_FAILURES`."""
        found: list[Failure] = []
        async for record in self._store.documents.outside(job):
            if record.state is PageState.FAILED:
                detail, _, said = record.detail.partition(QUOTED)
                found.append(Failure(record.url, record.reason, detail, said))
                if len(found) == MAX_FAILURES:
                    break
        return found

    async def skipped(self, job: Job) -> Sequence[Group]:
        """Return the pages that were skipped, by reason, with their first URLs."""
        groups = await self._store.documents.examples(job.id, limit=EXAMPLES)
        return [group for group in groups if group.state is PageState.SKIPPED]

    async def left_out(self, job: Job) -> Sequence[LeftOut]:
        """Return the URLs that were met and not crawled."""
        return await self._store.documents.left_out(job.id)


def _line(row: tuple[int, int, str, int, str]) -> ContentsLine:
    number, level, title, tokens, captions = row
    return ContentsLine(number, level, title, tokens, tuple(filter(None, captions.split("\n"))))
