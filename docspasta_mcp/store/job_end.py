"""End a job, once: finalised, cancelled, failed, or past its deadline."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, not_, select, update
from sqlmodel import col

from docspasta_mcp.errors import QUOTED
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.job import Coverage, JobState
from docspasta_mcp.model.page import NOT_THERE, PageState
from docspasta_mcp.model.seed_fault import SeedFault
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store.coverage import coverage_of, has_open_page, has_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.frontier import fill_room
from docspasta_mcp.store.job_notes import with_end
from docspasta_mcp.store.job_rows import change_job, job_of, lock_running
from docspasta_mcp.store.job_summary import hand_on_pin, summarise
from docspasta_mcp.store.notices import enqueue_end_notices
from docspasta_mcp.store.outbox import NOTIFY
from docspasta_mcp.store.statements import OPEN, change_pages, chunks, in_document, is_waiting, pick, read_row, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow


class Endings:
    """The repository of what ends jobs."""

    def __init__(self, database: Database, clock: Callable[[], float], *, tells_operator: bool) -> None:
        self._db = database
        self._clock = clock
        self._tells_operator = tells_operator

    def _close(self, db: Connection, job_id: str) -> None:
        """Forget the messages of a job that has ended, and enqueue the notices of its end."""
        _forget_messages(db, job_id)
        enqueue_end_notices(db, job_id, now=self._clock(), tells_operator=self._tells_operator)

    async def cancel(self, job_id: str, *, reason: str = "cancelled by its owner") -> bool:
        """End a running job as cancelled; its open pages are skipped. Return whether it was running."""

        def work(db: Connection) -> bool:
            row = lock_running(db, job_id)
            if row is None:
                return False
            _settle_open(db, row, PageState.SKIPPED, "cancelled", "The job was cancelled first.")
            _end(db, job_id, JobState.CANCELLED, reason=reason, now=self._clock())
            _name_duplicates(db, job_id)
            summarise(db, job_id)
            self._close(db, job_id)
            return True

        return await self._db.write(work)

    async def fail(self, job_id: str, reason: str) -> None:
        """End a running job that never got a page; one that has begun goes on."""

        def work(db: Connection) -> None:
            if lock_running(db, job_id) is None or has_page(db, job_id):
                return
            if _end(db, job_id, JobState.FAILED, reason=reason, now=self._clock()):
                self._close(db, job_id)

        await self._db.write(work)

    async def expire(self, job_id: str) -> None:
        """Give up a job's open pages, for its deadline has passed; it can then be finalised, or ends if it has none."""

        def work(db: Connection) -> None:
            row = lock_running(db, job_id)
            if row is None:
                return
            if not has_page(db, job_id):
                reason = "The job's deadline passed before its first page was found."
                _end(db, job_id, JobState.FAILED, reason=reason, now=self._clock())
                self._close(db, job_id)
                return
            _settle_open(db, row, PageState.FAILED, "deadline", "The job's deadline passed first.")
            _forget_messages(db, job_id)

        await self._db.write(work)

    async def place(self, job_id: str, places: Sequence[PagePlacement]) -> bool:
        """Number some pages of a running job that has no open page; return False, and do nothing, if it is not so.

        Nobody sees the numbers before `finalize`, and they are the same each time: nothing is lost in between.
        """

        def work(db: Connection) -> bool:
            if lock_running(db, job_id) is None or has_open_page(db, job_id):
                return False
            numbered = [
                {"page": place.page_id, "position": place.reading_no, "level": place.nav_level,
                 "captions": "\n".join(place.captions), "duplicate_of": place.duplicate_of}
                for place in places
            ]  # fmt: skip
            change_pages(db, numbered)
            change_pages(db, [{"page": place.page_id, "reason": "near_duplicate"} for place in places if place.is_near])
            return True

        return await self._db.write(work)

    async def finalize(
        self,
        job_id: str,
        *,
        boilerplate: Iterable[str] = (),
        notes: Iterable[str] = (),
        unlinked: Iterable[int] = (),
        unions: Iterable[int] = (),
    ) -> JobState | None:
        """End a running job that has no open page, and whose pages have their places.

        Args:
            job_id: the job.
            boilerplate: digests of blocks that most pages share.
            notes: what is to be told of the job, beside what is already.
            unlinked: ids of pages to skip, since nothing of the manual leads to them.
            unions: ids of pages to skip, since what they say stands on other pages.

        Returns:
            The state it ended in; None if it is not running, pages are still open, or it has not begun.
        """

        def work(db: Connection) -> JobState | None:
            row = lock_running(db, job_id)
            if row is None or has_open_page(db, job_id) or not has_page(db, job_id):
                return None
            _skip(db, unlinked, "unlinked", "No page of the manual leads to it.")
            _skip(db, unions, "union", "What it says stands on other pages of the document.")
            counts = coverage_of(db, job_id)
            change_job(
                db,
                job_id,
                corpus_hash=corpus_hash(db, job_id),
                boilerplate=",".join(boilerplate),
                notes=with_end(row.notes, notes),
                seed_fault=counts.seed_fault.reason if counts.seed_fault else "",
            )
            state, reason = _final_state(db, row, counts)
            _end(db, job_id, state, reason=reason, now=self._clock())
            summarise(db, job_id)
            if state is not JobState.FAILED:
                hand_on_pin(db, job_id)
            self._close(db, job_id)
            failpoint("finalize.uncommitted")
            return state

        return await self._db.write(work)


def _forget_messages(db: Connection, job_id: str) -> None:
    """Delete the unpublished messages of a job's pages; its notices stay."""
    db.execute(delete(OutboxRow).where(col(OutboxRow.job_id) == job_id, col(OutboxRow.type) != NOTIFY))


def _skip(db: Connection, page_ids: Iterable[int], reason: str, detail: str) -> None:
    for chunk in chunks(list(page_ids)):
        skipped = update(PageRow).where(col(PageRow.id).in_(chunk), col(PageRow.state) == PageState.DONE.value)
        db.execute(skipped.values(state=PageState.SKIPPED.value, reason=reason, detail=detail))


def _final_state(db: Connection, row: JobRow, counts: Coverage) -> tuple[JobState, str]:
    if counts.done and (counts.failed or counts.seed_fault):
        failed = f"{counted(counts.failed, 'page')} failed" if counts.failed else ""
        return JobState.PARTIAL, "; ".join(filter(None, (failed, _without_seed(row.seed_url, counts.seed_fault))))
    if counts.done:
        return JobState.COMPLETED, ""
    if "excluded" in counts.reasons and set(counts.reasons) <= NOT_THERE | {"excluded", "redirected"}:
        were = counted(counts.reasons["excluded"], "page that was", "pages that were")
        read = f"include matches none of the {were} read"
        return JobState.FAILED, f"{read}: start at a page nearer to those that it is to match"
    has_detail = (col(PageRow.job_id) == row.id, col(PageRow.detail) != "")
    first = read_row(db, PageRow, *has_detail, order=[col(PageRow.number)])
    return JobState.FAILED, first.detail.partition(QUOTED)[0] if first else "No page was found."


def _without_seed(url: str, fault: SeedFault | None) -> str:
    if fault is None:
        return ""
    if fault.reason in NOT_THERE:
        return f"{url}, where the crawl starts, is not there ({fault.reason}): check the URL"
    return f"{url}, where the crawl starts, could not be read ({fault.reason})"


def _end(db: Connection, job_id: str, state: JobState, *, reason: str, now: float) -> bool:
    mine = and_(col(PageRow.job_id) == job_id, not_(is_waiting(PageRow)))
    sizes = {
        "pages": select(func.count()).where(mine).scalar_subquery(),
        "bytes": select(func.coalesce(func.sum(PageRow.bytes), 0)).where(mine).scalar_subquery(),
    }
    ended = update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == JobState.RUNNING.value)
    ended = ended.values(state=state.value, reason=reason, finished_at=now, active_key=None, **sizes)
    return db.execute(ended).rowcount == 1


def _settle_open(db: Connection, row: JobRow, state: PageState, reason: str, detail: str) -> None:
    """Settle the open pages of a job, and as many of those that waited as there was room for."""
    fill_room(db, job_of(row))
    open_pages = update(PageRow).where(col(PageRow.job_id) == row.id, col(PageRow.state).in_(OPEN))
    db.execute(
        open_pages.values(state=state.value, reason=reason, detail=detail, lease_until=None, fence=PageRow.fence + 1)
    )


def _name_duplicates(db: Connection, job_id: str) -> None:
    """Keep the first that came in of the pages with the same content."""
    is_done = (col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)
    db.execute(update(PageRow).where(*is_done).values(duplicate_of=None, reason=""))  # an ordering begun before
    firsts: dict[str, int] = {}
    for id_, digest in rows(db, pick(PageRow.id, PageRow.content_hash).where(*is_done).order_by(PageRow.arrival)):
        if firsts.setdefault(digest, id_) != id_:
            db.execute(update(PageRow).where(col(PageRow.id) == id_).values(duplicate_of=firsts[digest]))


def corpus_hash(db: Connection, job_id: str) -> str:
    """Name a document's content: 16 hexadecimal digits over its pages' URLs and content, in reading order."""
    query = pick(PageRow.url, PageRow.content_hash).where(col(PageRow.job_id) == job_id, in_document(PageRow))
    digest = hashlib.sha256()
    ordered: Any = query.order_by(col(PageRow.position)).execution_options(yield_per=1_000)
    for row in db.execute(ordered):
        digest.update(f"{row.url} {row.content_hash}\n".encode())
    return digest.hexdigest()[:16]
