"""Jobs: made, found, ended. Every question names the owner; another's job does not exist."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp import __version__
from docspasta_mcp.failpoints import failpoint
from docspasta_mcp.models import Coverage, Job, JobOptions, JobState, PageState, Place, Quota, Source, Totals
from docspasta_mcp.scope import Scope
from docspasta_mcp.shortcut import Shortcut
from docspasta_mcp.store import statements
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.outbox import START, owe
from docspasta_mcp.store.quotas import check_quota, stored_bytes
from docspasta_mcp.store.schema import OPEN, JobRow, OutboxRow, PageRow, chunks, pick, rows

_READABLE = (JobState.COMPLETED.value, JobState.PARTIAL.value)


class Jobs:
    """The repository of jobs."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def start(
        self, job: Job, *, fingerprint: str, fresh_since: float | None, quota: Quota | None = None
    ) -> tuple[Job, bool]:
        """Store a job and owe its first message, unless the same crawl is running or fresh.

        Args:
            job: the new job, in state running.
            fingerprint: the same for the same crawl of the same owner.
            fresh_since: a job that finished later answers instead; None always starts a new one.
            quota: what the job's owner may have, None for no limit. A running job counts with all the pages it may
                still find.

        Returns:
            The job that serves the caller, and whether it was there before.

        Raises:
            QuotaExceeded: the job would be one too many.
        """

        def work(session: Session) -> tuple[Job, bool]:
            if fresh_since is not None and (found := _same_crawl(session, fingerprint, fresh_since)):
                return _job(found), True
            if quota is not None:
                check_quota(session, job, quota)
            active_key = fingerprint if fresh_since is not None else f"{fingerprint}-{job.id}"
            row = _row(job, fingerprint, active_key)
            row.is_forced, row.version = fresh_since is None, __version__
            session.add(row)
            session.flush()
            owe(Direct.of(session), now=job.created_at, job_id=job.id, kind=START)
            return job, False

        try:
            return await self._db.write(work)
        except IntegrityError:  # PostgreSQL: another replica started the same crawl between our look and our insert
            return await self._db.write(work)

    async def get(self, job_id: str, *, owner: str) -> Job | None:
        """Return the owner's job, or None."""

        def work(session: Session) -> Job | None:
            row = session.get(JobRow, job_id)
            return _job(row) if row is not None and row.owner == owner else None

        return await self._db.read(work)

    async def with_corpus(self, corpus_hash: str, *, owner: str) -> Job | None:
        """Return the owner's newest job whose document has this content, or None."""

        def work(session: Session) -> Job | None:
            query = select(JobRow).where(col(JobRow.owner) == owner, col(JobRow.corpus_hash) == corpus_hash)
            row = session.scalar(query.order_by(col(JobRow.created_at).desc()).limit(1))
            return _job(row) if row is not None else None

        return await self._db.read(work) if corpus_hash else None

    async def list(self, *, owner: str, limit: int = 50) -> Sequence[Job]:
        """Return the owner's newest jobs."""

        def work(session: Session) -> Sequence[Job]:
            query = select(JobRow).where(col(JobRow.owner) == owner)
            newest = query.order_by(col(JobRow.created_at).desc(), col(JobRow.id)).limit(limit)
            return [_job(row) for row in session.scalars(newest)]

        return await self._db.read(work)

    async def stored_bytes(self, owner: str) -> int:
        """Return the bytes of Markdown that an owner has stored."""
        return await self._db.read(lambda session: stored_bytes(session, owner))

    async def coverage(self, job_id: str) -> Coverage:
        """Count the job's pages by what became of them."""
        return await self._db.read(lambda session: _coverage(Direct.of(session), job_id))

    async def progress(self, job_id: str, *, owner: str) -> tuple[Job, Coverage] | None:
        """Return the owner's job and how many of its pages became what, as of one moment, or None."""

        def work(session: Session) -> tuple[Job, Coverage] | None:
            row = session.get(JobRow, job_id)
            if row is None or row.owner != owner:
                return None
            return _job(row), _coverage(Direct.of(session), job_id)

        return await self._db.read(work)

    async def cancel(self, job_id: str) -> bool:
        """End a running job as cancelled; its open pages are skipped. Return whether it was running."""

        def work(session: Session) -> bool:
            if not _end(session, job_id, JobState.CANCELLED, reason="cancelled by its owner", now=self._clock()):
                return False
            _settle_open(session, job_id, PageState.SKIPPED, "cancelled", "The job was cancelled first.")
            _name_duplicates(session, job_id)
            session.execute(delete(OutboxRow).where(col(OutboxRow.job_id) == job_id))
            return True

        return await self._db.write(work)

    async def fail(self, job_id: str, reason: str) -> None:
        """End a running job that never got a page; one that has begun goes on."""

        def work(session: Session) -> None:
            if lock_running(session, job_id) is None or has_page(Direct.of(session), job_id):
                return
            if _end(session, job_id, JobState.FAILED, reason=reason, now=self._clock()):
                session.execute(delete(OutboxRow).where(col(OutboxRow.job_id) == job_id))

        await self._db.write(work)

    async def expire(self, job_id: str) -> None:
        """Give up a job's open pages, for its deadline has passed; it can then be finalised, or ends if it has none."""

        def work(session: Session) -> None:
            if lock_running(session, job_id) is None:
                return
            if not has_page(Direct.of(session), job_id):
                reason = "The job's deadline passed before its first page was found."
                _end(session, job_id, JobState.FAILED, reason=reason, now=self._clock())
            _settle_open(session, job_id, PageState.FAILED, "deadline", "The job's deadline passed first.")
            session.execute(delete(OutboxRow).where(col(OutboxRow.job_id) == job_id))

        await self._db.write(work)

    async def place(self, job_id: str, places: Sequence[Place]) -> bool:
        """Number some pages of a running job that has no open page; return False, and do nothing, if it is not so.

        Nobody sees the numbers before `finalize`, and they are the same each time: nothing is lost in between.
        """

        def work(session: Session) -> bool:
            if lock_running(session, job_id) is None or has_open_page(Direct.of(session), job_id):
                return False
            numbered = [
                {"id": place.page_id, "position": place.position, "level": place.level,
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
    ) -> JobState | None:
        """End a running job that has no open page, and whose pages have their places.

        Args:
            job_id: the job.
            boilerplate: digests of blocks that most pages share.
            notes: what is to be told of the job, beside what is already.
            unlinked: ids of pages to skip, since nothing of the manual leads to them.

        Returns:
            The state it ended in; None if it is not running, pages are still open, or it has not begun.
        """

        def work(session: Session) -> JobState | None:
            row = lock_running(session, job_id)
            if row is None or has_open_page(Direct.of(session), job_id) or not has_page(Direct.of(session), job_id):
                return None
            for chunk in chunks(list(unlinked)):
                skipped = update(PageRow).where(col(PageRow.id).in_(chunk), col(PageRow.state) == PageState.DONE.value)
                detail = "No page of the manual leads to it."
                session.execute(skipped.values(state=PageState.SKIPPED.value, reason="unlinked", detail=detail))
            row.corpus_hash = _corpus_hash(session, job_id)
            row.boilerplate = ",".join(boilerplate)
            row.notes = json.dumps([*json.loads(row.notes), *notes])
            session.flush()
            counts = _coverage(Direct.of(session), job_id)
            state, reason = _final_state(session, job_id, counts)
            _end(session, job_id, state, reason=reason, now=self._clock())
            session.execute(delete(OutboxRow).where(col(OutboxRow.job_id) == job_id))
            failpoint("finalize.uncommitted")
            return state

        return await self._db.write(work)

    async def delete(self, job_id: str, *, owner: str) -> bool:
        """Delete the owner's job, running or not, with all its pages; return whether there was one."""

        def work(session: Session) -> bool:
            found = delete(JobRow).where(col(JobRow.id) == job_id, col(JobRow.owner) == owner)
            return cast("CursorResult[Any]", session.execute(found)).rowcount == 1

        return await self._db.write(work)

    async def delete_all(self, *, owner: str) -> int:
        """Delete all jobs of the owner with all their pages; return how many."""

        def work(session: Session) -> int:
            result = session.execute(delete(JobRow).where(col(JobRow.owner) == owner))
            return cast("CursorResult[Any]", result).rowcount

        return await self._db.write(work)

    async def delete_finished_before(self, moment: float) -> int:
        """Delete jobs that ended before `moment` (Unix seconds) with all their pages; return how many."""

        def work(session: Session) -> int:
            result = session.execute(delete(JobRow).where(col(JobRow.finished_at) < moment))
            return cast("CursorResult[Any]", result).rowcount

        return await self._db.write(work)

    async def totals(self) -> Totals:
        """Count the jobs of all owners by state, their open pages, and the messages not yet published."""

        def work(session: Session) -> Totals:
            states = rows(session, pick(JobRow.state, func.count()).group_by(col(JobRow.state)))
            counts = {state.value: 0 for state in JobState} | {str(state): int(count) for state, count in states}
            open_pages = session.scalar(select(func.count()).where(col(PageRow.state).in_(OPEN)))
            owed = session.scalar(select(func.count(col(OutboxRow.id))))
            return Totals(counts, open_pages or 0, owed or 0)

        return await self._db.read(work)

    async def running(self) -> Sequence[Job]:
        """Return the running jobs of all owners, for the sweeper."""

        def work(session: Session) -> Sequence[Job]:
            return [
                _job(row) for row in session.scalars(select(JobRow).where(col(JobRow.state) == JobState.RUNNING.value))
            ]

        return await self._db.read(work)


def lock_running(session: Session, job_id: str) -> JobRow | None:
    """Return the job if it is running, locked until the transaction ends (SQLite locks the whole file anyway)."""
    return session.scalar(
        select(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == JobState.RUNNING.value).with_for_update()
    )


def has_open_page(db: Direct, job_id: str) -> bool:
    """Tell whether a page of the job is pending or being fetched."""
    return db.scalar(statements.OPEN_PAGE, {"job": job_id}) is not None


def has_page(db: Direct, job_id: str) -> bool:
    """Tell whether the job has begun: its seed is a page."""
    return db.scalar(statements.ANY_PAGE, {"job": job_id}) is not None


def failed_seed_of(job_id: Any) -> Any:
    """Return the condition that a page is one that a job starts from, and that it failed."""
    is_seed = col(PageRow.sources).startswith(Source.SEED.value)
    return and_(col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.FAILED.value, is_seed)


def _coverage(db: Direct, job_id: str) -> Coverage:
    counted = db.rows(statements.COVERAGE, {"job": job_id})
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    named: Counter[str] = Counter()  # a page counts once for each source that named it
    words = tokens = 0
    for state, reason, duplicate_of, sources, number, page_words, page_tokens in counted:
        page_state, page_reason = (
            (state, reason) if duplicate_of is None else (PageState.SKIPPED.value, reason or "duplicate")
        )
        counts[page_state] += number
        if page_reason:
            reasons[page_reason] += number
        if page_state == PageState.DONE:
            words, tokens = words + page_words, tokens + page_tokens
        for source in filter(None, sources.split(",")):
            named[source] += number
    return Coverage(
        done=counts[PageState.DONE],
        skipped=counts[PageState.SKIPPED],
        failed=counts[PageState.FAILED],
        pending=counts[PageState.PENDING] + counts[PageState.FETCHING],
        words=words,
        tokens=tokens,
        reasons=dict(sorted(reasons.items())),
        sources={source.value: named[source] for source in Source if named[source]},
        left_out=dict(db.rows(statements.LEFT_OUT_REASONS, {"job": job_id})),
    )


def _same_crawl(session: Session, fingerprint: str, fresh_since: float) -> JobRow | None:
    is_fresh = col(JobRow.state).in_(_READABLE) & (col(JobRow.finished_at) >= fresh_since)
    query = select(JobRow).where(
        col(JobRow.fingerprint) == fingerprint, (col(JobRow.state) == JobState.RUNNING.value) | is_fresh
    )
    return session.scalar(query.order_by(col(JobRow.created_at).desc()).limit(1))


def _final_state(session: Session, job_id: str, counts: Coverage) -> tuple[JobState, str]:
    if counts.done and counts.failed:
        seed = session.scalar(select(PageRow).where(failed_seed_of(job_id)).limit(1))
        its = f"; {seed.url}, where the crawl starts, could not be read ({seed.reason}): check the URL" if seed else ""
        return JobState.PARTIAL, f"{counts.failed} pages failed{its}"
    if counts.done:
        return JobState.COMPLETED, ""
    first = session.scalar(
        select(PageRow)
        .where(col(PageRow.job_id) == job_id, col(PageRow.detail) != "")
        .order_by(col(PageRow.number))
        .limit(1)
    )
    return JobState.FAILED, first.detail if first else "No page was found."


def _end(session: Session, job_id: str, state: JobState, *, reason: str, now: float) -> bool:
    mine = col(PageRow.job_id) == job_id
    sizes = {
        "pages": select(func.count()).where(mine).scalar_subquery(),
        "bytes": select(func.coalesce(func.sum(PageRow.bytes), 0)).where(mine).scalar_subquery(),
    }
    ended = update(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == JobState.RUNNING.value)
    ended = ended.values(state=state.value, reason=reason, finished_at=now, active_key=None, **sizes)
    result = session.execute(ended.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount == 1


def _settle_open(session: Session, job_id: str, state: PageState, reason: str, detail: str) -> None:
    open_pages = update(PageRow).where(col(PageRow.job_id) == job_id, col(PageRow.state).in_(OPEN))
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


def _corpus_hash(session: Session, job_id: str) -> str:
    """Name a document's content: 16 hexadecimal digits over its pages' URLs and content, in reading order."""
    is_in_document = (col(PageRow.state) == PageState.DONE.value, col(PageRow.duplicate_of).is_(None))
    query = pick(PageRow.url, PageRow.content_hash).where(col(PageRow.job_id) == job_id, *is_in_document)
    digest = hashlib.sha256()
    ordered: Any = query.order_by(col(PageRow.position)).execution_options(yield_per=1_000)
    for row in session.execute(ordered):
        digest.update(f"{row.url} {row.content_hash}\n".encode())
    return digest.hexdigest()[:16]


def _job(row: JobRow) -> Job:
    options = JobOptions.model_validate_json(row.options)
    return Job(
        id=row.id,
        owner=row.owner,
        seed_url=row.seed_url,
        scope=Scope.from_json(row.scope),
        options=options,
        state=JobState(row.state),
        reason=row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
        deadline_at=row.deadline_at,
        notes=tuple(json.loads(row.notes)),
        corpus_hash=row.corpus_hash,
        refreshes=row.refreshes,
        boilerplate=frozenset(filter(None, row.boilerplate.split(","))),
        shortcut=Shortcut.from_json(row.shortcut),
    )


def _row(job: Job, fingerprint: str, active_key: str) -> JobRow:
    return JobRow(
        id=job.id,
        owner=job.owner,
        seed_url=job.seed_url,
        fingerprint=fingerprint,
        active_key=active_key,
        origin=job.scope.origin,
        prefix=job.scope.prefix,
        scope=job.scope.to_json(),
        options=job.options.model_dump_json(),
        state=job.state.value,
        created_at=job.created_at,
        active_at=job.created_at,
        deadline_at=job.deadline_at,
    )
