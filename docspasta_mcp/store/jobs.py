"""Repository of jobs: create, find, delete.

What a caller asks for names the owner: another owner's job does not exist. What the operator, the sweeper and the
retention ask for is about the jobs of all owners, and says so.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from docspasta_mcp import __version__
from docspasta_mcp.errors import JobNotFound
from docspasta_mcp.model.job import Coverage, Job, JobState, Totals
from docspasta_mcp.model.owner import Quota
from docspasta_mcp.store.coverage import coverage_of, coverages_of
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.deletion import NOBODY, clear_away, take_away
from docspasta_mcp.store.job_rows import job_of, job_row, row_of
from docspasta_mcp.store.outbox import START, enqueue
from docspasta_mcp.store.quotas import check_quota, stored_bytes
from docspasta_mcp.store.same_manual import is_current, may_serve, serving
from docspasta_mcp.store.statements import OPEN, insert_row, pick, read_row, read_rows, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow

_NEWEST = (col(JobRow.created_at).desc(),)


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

        def work(db: Connection) -> tuple[Job, bool]:
            if fresh_since is not None:
                found = _same_crawl(db, fingerprint, fresh_since) or serving(db, job, fresh_since)
                if found is not None:
                    return job_of(found), True
            if quota is not None:
                check_quota(db, job, quota)
            active_key = fingerprint if fresh_since is not None else f"{fingerprint}-{job.id}"
            row = row_of(job, fingerprint, active_key)
            row.is_forced, row.version = fresh_since is None, __version__
            insert_row(db, row)
            enqueue(db, now=job.created_at, job_id=job.id, kind=START)
            return job, False

        try:
            return await self._db.write(work)
        except IntegrityError:  # PostgreSQL: another replica started the same crawl between our look and our insert
            return await self._db.write(work)

    async def may_join(self, job: Job) -> bool:
        """Tell whether a crawl that has just begun may turn out to serve who asks for a job that is not stored yet."""
        return await self._db.read(lambda db: may_serve(db, job))

    async def get(self, job_id: str, *, owner: str) -> Job | None:
        """Return the owner's job, or None."""

        def work(db: Connection) -> Job | None:
            row = job_row(db, job_id)
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

        def work(db: Connection) -> Job | None:
            which = (col(JobRow.owner) == owner, col(JobRow.corpus_hash) == corpus_hash)
            row = read_row(db, JobRow, *which, order=_NEWEST)
            return job_of(row) if row is not None else None

        return await self._db.read(work) if corpus_hash else None

    async def before(self, job_id: str) -> Job | None:
        """Return the last crawl of the same that ended with a document before this one began, or None."""

        def work(db: Connection) -> Job | None:
            this = job_row(db, job_id)
            if this is None:
                return None
            same = (col(JobRow.fingerprint) == this.fingerprint, col(JobRow.corpus_hash) != "")
            earlier = (col(JobRow.created_at) <= this.created_at, col(JobRow.id) != this.id)
            row = read_row(db, JobRow, *same, *earlier, order=_NEWEST)
            return job_of(row) if row is not None else None

        return await self._db.read(work)

    async def list(self, *, owner: str, limit: int = 50) -> Sequence[tuple[Job, Coverage]]:
        """Return the owner's newest jobs and how many of each one's pages became what, as of one moment."""

        def work(db: Connection) -> Sequence[tuple[Job, Coverage]]:
            order = [*_NEWEST, col(JobRow.id)]
            newest = read_rows(db, JobRow, col(JobRow.owner) == owner, order=order, limit=limit)
            jobs = list(map(job_of, newest))
            coverages = coverages_of(db, [job.id for job in jobs])
            return [(job, coverages[job.id]) for job in jobs]

        return await self._db.read(work)

    async def stored_bytes(self, owner: str) -> int:
        """Return the bytes that an owner has stored, of Markdown and of its index."""
        return await self._db.read(lambda db: stored_bytes(db, owner))

    async def progress(self, job_id: str, *, owner: str) -> tuple[Job, Coverage] | None:
        """Return the owner's job and how many of its pages became what, as of one moment, or None."""

        def work(db: Connection) -> tuple[Job, Coverage] | None:
            row = job_row(db, job_id)
            if row is None or row.owner != owner:
                return None
            return job_of(row), coverage_of(db, job_id)

        return await self._db.read(work)

    async def delete(self, job_id: str, *, owner: str) -> bool:
        """Delete the owner's job, running or not, with all its pages; return whether there was one."""

        def work(db: Connection) -> bool:
            return take_away(db, col(JobRow.id) == job_id, col(JobRow.owner) == owner, now=self._clock()) == 1

        if was_there := await self._db.write(work):
            await self._tell([owner])
        await clear_away(self._db)
        return was_there

    async def delete_all(self, *, owner: str) -> int:
        """Delete all jobs of the owner with all their pages; return how many."""
        now = self._clock()
        if count := await self._db.write(lambda db: take_away(db, col(JobRow.owner) == owner, now=now)):
            await self._tell([owner])
        await clear_away(self._db)
        return count

    async def delete_unused_since(self, moment: float) -> int:
        """Delete jobs that ended and were last read before `moment` (Unix seconds), unless pinned; return how many."""

        def work(db: Connection) -> tuple[int, Sequence[str]]:
            used = (col(JobRow.finished_at) < moment, col(JobRow.used_at) < moment)
            is_old = and_(*used, col(JobRow.is_pinned).is_(False), col(JobRow.owner) != NOBODY)
            owners = [str(owner) for (owner,) in rows(db, pick(JobRow.owner).where(is_old).distinct())]
            return take_away(db, is_old, now=self._clock()) if owners else 0, owners

        count, owners = await self._db.write(work)
        await self._tell(owners)
        await clear_away(self._db)  # also what a deletion that was cut short has left
        return count

    async def totals(self) -> Totals:
        """Count the jobs of all owners by state, their open pages, and the messages not yet published."""

        def work(db: Connection) -> Totals:
            states = rows(db, pick(JobRow.state, func.count()).group_by(col(JobRow.state)))
            counts = {state.value: 0 for state in JobState} | {str(state): int(count) for state, count in states}
            open_pages = db.scalar(select(func.count()).where(col(PageRow.state).in_(OPEN)))
            unpublished = db.scalar(select(func.count(col(OutboxRow.id))))
            return Totals(counts, open_pages or 0, unpublished or 0)

        return await self._db.read(work)

    async def running(self) -> Sequence[Job]:
        """Return the running jobs of all owners, for the sweeper."""

        def work(db: Connection) -> Sequence[Job]:
            return list(map(job_of, read_rows(db, JobRow, col(JobRow.state) == JobState.RUNNING.value)))

        return await self._db.read(work)


def _same_crawl(db: Connection, fingerprint: str, fresh_since: float) -> JobRow | None:
    same = (col(JobRow.fingerprint) == fingerprint, is_current(fresh_since))
    return read_row(db, JobRow, *same, order=_NEWEST)
