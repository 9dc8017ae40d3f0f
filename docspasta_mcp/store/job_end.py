"""End a job, once: finalised, cancelled, failed, or past its deadline."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, func, not_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.errors import QUOTED
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.job import Coverage, JobState
from docspasta_mcp.model.page import NOT_THERE, PageState
from docspasta_mcp.model.seed_fault import SEED_NOT_THERE, SeedFault
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store.coverage import coverage_of, has_open_page, has_page, lock_running
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.frontier import fill_room
from docspasta_mcp.store.job_notes import with_end
from docspasta_mcp.store.job_summary import hand_on_pin, summarise
from docspasta_mcp.store.jobs import job_of
from docspasta_mcp.store.notices import enqueue_end_notices
from docspasta_mcp.store.outbox import NOTIFY
from docspasta_mcp.store.statements import OPEN, chunks, in_document, is_waiting, pick, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow


class Endings:
    """The repository of what ends jobs."""

    def __init__(self, database: Database, clock: Callable[[], float], *, tells_operator: bool) -> None:
        self._db = database
        self._clock = clock
        self._tells_operator = tells_operator

    def _close(self, session: Session, job_id: str) -> None:
        """Forget the messages of a job that has ended, and enqueue the notices of its end."""
        _forget_messages(session, job_id)
        enqueue_end_notices(session, job_id, now=self._clock(), tells_operator=self._tells_operator)

    async def cancel(self, job_id: str, *, reason: str = "cancelled by its owner") -> bool:
        """End a running job as cancelled; its open pages are skipped. Return whether it was running."""

        def work(session: Session) -> bool:
            row = lock_running(session, job_id)
            if row is None:
                return False
            _settle_open(session, row, PageState.SKIPPED, "cancelled", "The job was cancelled first.")
            _end(session, job_id, JobState.CANCELLED, reason=reason, now=self._clock())
            _name_duplicates(session, job_id)
            summarise(session, job_id)
            self._close(session, job_id)
            return True

        return await self._db.write(work)

    async def fail(self, job_id: str, reason: str) -> None:
        """End a running job that never got a page; one that has begun goes on."""

        def work(session: Session) -> None:
            if lock_running(session, job_id) is None or has_page(Direct.of(session), job_id):
                return
            if _end(session, job_id, JobState.FAILED, reason=reason, now=self._clock()):
                self._close(session, job_id)

        await self._db.write(work)

    async def expire(self, job_id: str) -> None:
        """Give up a job's open pages, for its deadline has passed; it can then be finalised, or ends if it has none."""

        def work(session: Session) -> None:
            row = lock_running(session, job_id)
            if row is None:
                return
            if not has_page(Direct.of(session), job_id):
                reason = "The job's deadline passed before its first page was found."
                _end(session, job_id, JobState.FAILED, reason=reason, now=self._clock())
                self._close(session, job_id)
                return
            _settle_open(session, row, PageState.FAILED, "deadline", "The job's deadline passed first.")
            _forget_messages(session, job_id)

        await self._db.write(work)

    async def place(self, job_id: str, places: Sequence[PagePlacement]) -> bool:
        """Number some pages of a running job that has no open page; return False, and do nothing, if it is not so.

        Nobody sees the numbers before `finalize`, and they are the same each time: nothing is lost in between.
        """

        def work(session: Session) -> bool:
            if lock_running(session, job_id) is None or has_open_page(Direct.of(session), job_id):
                return False
            numbered = [
                {"id": place.page_id, "position": place.reading_no, "level": place.nav_level,
                 "captions": "\n".join(place.captions), "duplicate_of": place.duplicate_of}
                for place in places
            ]  # fmt: skip
            session.execute(update(PageRow), numbered)
            near = [{"id": place.page_id, "reason": "near_duplicate"} for place in places if place.is_near]
            if near:
                session.execute(update(PageRow), near)
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

        def work(session: Session) -> JobState | None:
            row = lock_running(session, job_id)
            if row is None or has_open_page(Direct.of(session), job_id) or not has_page(Direct.of(session), job_id):
                return None
            _skip(session, unlinked, "unlinked", "No page of the manual leads to it.")
            _skip(session, unions, "union", "What it says stands on other pages of the document.")
            row.corpus_hash = corpus_hash(session, job_id)
            row.boilerplate = ",".join(boilerplate)
            row.notes = with_end(row.notes, notes)
            session.flush()
            counts = coverage_of(Direct.of(session), job_id)
            state, reason = _final_state(session, row, counts)
            _end(session, job_id, state, reason=reason, now=self._clock())
            summarise(session, job_id)
            if state is not JobState.FAILED:
                hand_on_pin(session, job_id)
            self._close(session, job_id)
            failpoint("finalize.uncommitted")
            return state

        return await self._db.write(work)


def _forget_messages(session: Session, job_id: str) -> None:
    """Delete the unpublished messages of a job's pages; its notices stay."""
    session.execute(delete(OutboxRow).where(col(OutboxRow.job_id) == job_id, col(OutboxRow.type) != NOTIFY))


def _skip(session: Session, page_ids: Iterable[int], reason: str, detail: str) -> None:
    for chunk in chunks(list(page_ids)):
        skipped = update(PageRow).where(col(PageRow.id).in_(chunk), col(PageRow.state) == PageState.DONE.value)
        session.execute(skipped.values(state=PageState.SKIPPED.value, reason=reason, detail=detail))


def _final_state(session: Session, row: JobRow, counts: Coverage) -> tuple[JobState, str]:
    if counts.done and (counts.failed or counts.seed_fault):
        failed = f"{counted(counts.failed, 'page')} failed" if counts.failed else ""
        return JobState.PARTIAL, "; ".join(filter(None, (failed, _without_seed(row.seed_url, counts.seed_fault))))
    if counts.done:
        return JobState.COMPLETED, ""
    if "excluded" in counts.reasons and set(counts.reasons) <= NOT_THERE | {"excluded", "redirected"}:
        were = counted(counts.reasons["excluded"], "page that was", "pages that were")
        read = f"include matches none of the {were} read"
        return JobState.FAILED, f"{read}: start at a page nearer to those that it is to match"
    first = session.scalar(
        select(PageRow)
        .where(col(PageRow.job_id) == row.id, col(PageRow.detail) != "")
        .order_by(col(PageRow.number))
        .limit(1)
    )
    return JobState.FAILED, first.detail.partition(QUOTED)[0] if first else "No page was found."


def _without_seed(url: str, fault: SeedFault | None) -> str:
    if fault is None:
        return ""
    if fault.reason in NOT_THERE:
        return f"{url}{SEED_NOT_THERE} ({fault.reason}): check the URL"
    return f"{url}, where the crawl starts, could not be read ({fault.reason})"


def _end(session: Session, job_id: str, state: JobState, *, reason: str, now: float) -> bool:
    mine = and_(col(PageRow.job_id) == job_id, not_(is_waiting(PageRow)))
    sizes = {
        "pages": select(func.count()).where(mine).scalar_subquery(),
        "bytes": select(func.coalesce(func.sum(PageRow.bytes), 0)).where(mine).scalar_subquery(),
    }
    ended = update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == JobState.RUNNING.value)
    ended = ended.values(state=state.value, reason=reason, finished_at=now, active_key=None, **sizes)
    result = session.execute(ended.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount == 1


def _settle_open(session: Session, row: JobRow, state: PageState, reason: str, detail: str) -> None:
    """Settle the open pages of a job, and as many of those that waited as there was room for."""
    fill_room(Direct.of(session), job_of(row))
    open_pages = update(PageRow).where(col(PageRow.job_id) == row.id, col(PageRow.state).in_(OPEN))
    session.execute(
        open_pages.values(state=state.value, reason=reason, detail=detail, lease_until=None, fence=PageRow.fence + 1)
    )


def _name_duplicates(session: Session, job_id: str) -> None:
    """Keep the first that came in of the pages with the same content."""
    is_done = (col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)
    session.execute(update(PageRow).where(*is_done).values(duplicate_of=None, reason=""))  # an ordering begun before
    firsts: dict[str, int] = {}
    for id_, digest in rows(session, pick(PageRow.id, PageRow.content_hash).where(*is_done).order_by(PageRow.arrival)):
        if firsts.setdefault(digest, id_) != id_:
            session.execute(update(PageRow).where(col(PageRow.id) == id_).values(duplicate_of=firsts[digest]))


def corpus_hash(session: Session, job_id: str) -> str:
    """Name a document's content: 16 hexadecimal digits over its pages' URLs and content, in reading order."""
    query = pick(PageRow.url, PageRow.content_hash).where(col(PageRow.job_id) == job_id, in_document(PageRow))
    digest = hashlib.sha256()
    ordered: Any = query.order_by(col(PageRow.position)).execution_options(yield_per=1_000)
    for row in session.execute(ordered):
        digest.update(f"{row.url} {row.content_hash}\n".encode())
    return digest.hexdigest()[:16]
