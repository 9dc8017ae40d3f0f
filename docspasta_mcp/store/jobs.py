"""Repository of jobs: create, find, delete.

What a caller asks for names the owner: another owner's job does not exist. What the operator, the sweeper and the
retention ask for is about the jobs of all owners, and says so.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp import __version__
from docspasta_mcp.errors import JobNotFound
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.job import Coverage, Job, JobOptions, JobState, Totals
from docspasta_mcp.model.owner import Quota
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.store.coverage import coverage_of, coverages_of
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.deletion import NOBODY, clear_away, take_away
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.job_notes import notes_of
from docspasta_mcp.store.outbox import START, enqueue
from docspasta_mcp.store.quotas import check_quota, stored_bytes
from docspasta_mcp.store.same_manual import is_current, may_serve, serving
from docspasta_mcp.store.statements import OPEN, pick, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow


class Jobs:
    """The repository of jobs."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock
        self._when_deleted: list[Callable[[str], Awaitable[None]]] = []

    def when_deleted(self, tell: Callable[[str], Awaitable[None]]) -> None:
        """Have `tell` called with each owner of whom this process has deleted jobs."""
        self._when_deleted.append(tell)

    async def _tell(self, owners: Iterable[str]) -> None:
        for owner in owners:
            for tell in self._when_deleted:
                await tell(owner)

    async def start(
        self, job: Job, *, fingerprint: str, fresh_since: float | None, quota: Quota | None = None
    ) -> tuple[Job, bool]:
        """Store a job and enqueue its first message, unless a crawl that serves the caller is running or fresh.

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
            if fresh_since is not None:
                found = _same_crawl(session, fingerprint, fresh_since) or serving(session, job, fresh_since)
                if found is not None:
                    return job_of(found), True
            if quota is not None:
                check_quota(session, job, quota)
            active_key = fingerprint if fresh_since is not None else f"{fingerprint}-{job.id}"
            row = row_of(job, fingerprint, active_key)
            row.is_forced, row.version = fresh_since is None, __version__
            session.add(row)
            session.flush()
            enqueue(Direct.of(session), now=job.created_at, job_id=job.id, kind=START)
            return job, False

        try:
            return await self._db.write(work)
        except IntegrityError:  # PostgreSQL: another replica started the same crawl between our look and our insert
            return await self._db.write(work)

    async def may_join(self, job: Job) -> bool:
        """Tell whether a crawl that has just begun may turn out to serve who asks for a job that is not stored yet."""
        return await self._db.read(lambda session: may_serve(session, job))

    async def get(self, job_id: str, *, owner: str) -> Job | None:
        """Return the owner's job, or None."""

        def work(session: Session) -> Job | None:
            row = session.get(JobRow, job_id)
            return job_of(row) if row is not None and row.owner == owner else None

        return await self._db.read(work)

    async def of_owner(self, job_id: str, owner: str) -> Job:
        """Return the owner's job.

        Raises:
            JobNotFound: the owner has no such job.
        """
        job = await self.get(job_id, owner=owner)
        if job is None:
            raise JobNotFound(job_id)
        return job

    async def with_corpus(self, corpus_hash: str, *, owner: str) -> Job | None:
        """Return the owner's newest job whose document has this content, or None."""

        def work(session: Session) -> Job | None:
            query = select(JobRow).where(col(JobRow.owner) == owner, col(JobRow.corpus_hash) == corpus_hash)
            row = session.scalar(query.order_by(col(JobRow.created_at).desc()).limit(1))
            return job_of(row) if row is not None else None

        return await self._db.read(work) if corpus_hash else None

    async def before(self, job_id: str) -> Job | None:
        """Return the last crawl of the same that ended with a document before this one began, or None."""

        def work(session: Session) -> Job | None:
            this = session.get(JobRow, job_id)
            if this is None:
                return None
            same = select(JobRow).where(col(JobRow.fingerprint) == this.fingerprint, col(JobRow.corpus_hash) != "")
            earlier = same.where(col(JobRow.created_at) <= this.created_at, col(JobRow.id) != this.id)
            row = session.scalar(earlier.order_by(col(JobRow.created_at).desc()).limit(1))
            return job_of(row) if row is not None else None

        return await self._db.read(work)

    async def list(self, *, owner: str, limit: int = 50) -> Sequence[tuple[Job, Coverage]]:
        """Return the owner's newest jobs and how many of each one's pages became what, as of one moment."""

        def work(session: Session) -> Sequence[tuple[Job, Coverage]]:
            query = select(JobRow).where(col(JobRow.owner) == owner)
            newest = query.order_by(col(JobRow.created_at).desc(), col(JobRow.id)).limit(limit)
            jobs = [job_of(row) for row in session.scalars(newest)]
            coverages = coverages_of(Direct.of(session), [job.id for job in jobs])
            return [(job, coverages[job.id]) for job in jobs]

        return await self._db.read(work)

    async def stored_bytes(self, owner: str) -> int:
        """Return the bytes that an owner has stored, of Markdown and of its index."""
        return await self._db.read(lambda session: stored_bytes(session, owner))

    async def progress(self, job_id: str, *, owner: str) -> tuple[Job, Coverage] | None:
        """Return the owner's job and how many of its pages became what, as of one moment, or None."""

        def work(session: Session) -> tuple[Job, Coverage] | None:
            row = session.get(JobRow, job_id)
            if row is None or row.owner != owner:
                return None
            return job_of(row), coverage_of(Direct.of(session), job_id)

        return await self._db.read(work)

    async def delete(self, job_id: str, *, owner: str) -> bool:
        """Delete the owner's job, running or not, with all its pages; return whether there was one."""

        def work(session: Session) -> bool:
            return take_away(session, col(JobRow.id) == job_id, col(JobRow.owner) == owner, now=self._clock()) == 1

        if was_there := await self._db.write(work):
            await self._tell([owner])
        await clear_away(self._db)
        return was_there

    async def delete_all(self, *, owner: str) -> int:
        """Delete all jobs of the owner with all their pages; return how many."""
        now = self._clock()
        if count := await self._db.write(lambda session: take_away(session, col(JobRow.owner) == owner, now=now)):
            await self._tell([owner])
        await clear_away(self._db)
        return count

    async def delete_unused_since(self, moment: float) -> int:
        """Delete jobs that ended and were last read before `moment` (Unix seconds), unless pinned; return how many."""

        def work(session: Session) -> tuple[int, Sequence[str]]:
            used = (col(JobRow.finished_at) < moment, col(JobRow.used_at) < moment)
            is_old = and_(*used, col(JobRow.is_pinned).is_(False), col(JobRow.owner) != NOBODY)
            owners = [str(owner) for (owner,) in rows(session, pick(JobRow.owner).where(is_old).distinct())]
            return take_away(session, is_old, now=self._clock()) if owners else 0, owners

        count, owners = await self._db.write(work)
        await self._tell(owners)
        await clear_away(self._db)  # also what a deletion that was cut short has left
        return count

    async def totals(self) -> Totals:
        """Count the jobs of all owners by state, their open pages, and the messages not yet published."""

        def work(session: Session) -> Totals:
            states = rows(session, pick(JobRow.state, func.count()).group_by(col(JobRow.state)))
            counts = {state.value: 0 for state in JobState} | {str(state): int(count) for state, count in states}
            open_pages = session.scalar(select(func.count()).where(col(PageRow.state).in_(OPEN)))
            unpublished = session.scalar(select(func.count(col(OutboxRow.id))))
            return Totals(counts, open_pages or 0, unpublished or 0)

        return await self._db.read(work)

    async def running(self) -> Sequence[Job]:
        """Return the running jobs of all owners, for the sweeper."""

        def work(session: Session) -> Sequence[Job]:
            return [
                job_of(row)
                for row in session.scalars(select(JobRow).where(col(JobRow.state) == JobState.RUNNING.value))
            ]

        return await self._db.read(work)


def _same_crawl(session: Session, fingerprint: str, fresh_since: float) -> JobRow | None:
    query = select(JobRow).where(col(JobRow.fingerprint) == fingerprint, is_current(fresh_since))
    return session.scalar(query.order_by(col(JobRow.created_at).desc()).limit(1))


def job_of(row: JobRow) -> Job:
    """Return the job that a row stands for."""
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
        retried_at=row.retried_at,
        notes=notes_of(row.notes),
        corpus_hash=row.corpus_hash,
        refreshes=row.refreshes,
        boilerplate=frozenset(filter(None, row.boilerplate.split(","))),
        markdown_edition=MarkdownEdition.from_json(row.shortcut),
        is_pinned=row.is_pinned,
        used_at=row.used_at,
    )


def row_of(job: Job, fingerprint: str, active_key: str | None) -> JobRow:
    """Return the row of a new job."""
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
