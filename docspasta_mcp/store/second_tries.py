"""Pages that failed are tried again when somebody asks for it; a job that has ended runs again until they are settled.

Whatever an ending has decided of the other pages is taken back, since the next one decides anew with the pages that
came: which of them say the same, which nothing leads to, which of their sentences are repeated everywhere.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, or_, update
from sqlmodel import col

from docspasta_mcp.errors import JobNotFound
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.job_rows import change_job, lock_job
from docspasta_mcp.store.notices import forget_end_notices
from docspasta_mcp.store.outbox import PAGE, enqueue
from docspasta_mcp.store.quotas import check_running
from docspasta_mcp.store.statements import chunks, pick
from docspasta_mcp.store.tables import JobRow, PageRow

_AT_THE_END = ("unlinked", "union")  # reasons why an ending skips pages that were read


class SecondTries:
    """The repository of what is tried again on request."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def begin(
        self, job_id: str, *, owner: str, page: str | None, deadline_s: float, running_jobs: int
    ) -> int | None:
        """Open pages of a job that failed, and enqueue their messages; return how many.

        Args:
            job_id: a job that runs, or has ended with gaps.
            owner: whose it is.
            page: hash of the one page's URL; all that failed if None.
            deadline_s: how long a job that has ended may run again.
            running_jobs: how many jobs of the owner may run at once.

        Returns:
            How many pages were opened; None if the job has ended in another way.

        Raises:
            JobNotFound: the owner has no such job.
            QuotaExceeded: too many jobs of the owner run.
        """

        def work(db: Connection) -> int | None:
            now = self._clock()
            job = lock_job(db, job_id, col(JobRow.owner) == owner)
            if job is None:
                raise JobNotFound(job_id)
            if job.state not in (JobState.RUNNING.value, JobState.PARTIAL.value):
                return None
            failed = pick(PageRow.id).where(col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.FAILED.value)
            if page is not None:
                failed = failed.where(col(PageRow.url_hash) == page)
            ids = list(db.scalars(failed.order_by(col(PageRow.number))))
            if not ids:
                return 0
            if job.state != JobState.RUNNING.value:
                check_running(db, owner, running_jobs)
                _run_again(db, job, now=now, deadline_s=deadline_s)
            _open(db, ids)
            change_job(db, job_id, active_at=now)
            enqueue(db, now=now, job_id=job_id, kind=PAGE, page_ids=ids)
            return len(ids)

        return await self._db.write(work)


def _run_again(db: Connection, job: JobRow, *, now: float, deadline_s: float) -> None:
    """Let a job run again; its active key is its own, so that it stands in no new crawl's way."""
    change_job(
        db,
        job.id,
        state=JobState.RUNNING.value,
        reason="",
        finished_at=None,
        retried_at=now,
        corpus_hash="",  # until it has a document again
        seed_fault="",
        deadline_at=now + deadline_s,
        active_key=f"{job.fingerprint}-{job.id}",
        pages=0,  # counted by its pages while it runs, as are the bytes
        bytes=0,
    )
    forget_end_notices(db, job.id)
    pages = update(PageRow).where(col(PageRow.job_id) == job.id)
    done: Any = pages.where(col(PageRow.state) == PageState.DONE.value)
    decided = or_(col(PageRow.duplicate_of).is_not(None), col(PageRow.reason) != "")
    db.execute(done.where(decided).values(duplicate_of=None, reason=""))
    skipped: Any = pages.where(col(PageRow.state) == PageState.SKIPPED.value, col(PageRow.reason).in_(_AT_THE_END))
    db.execute(skipped.values(state=PageState.DONE.value, reason="", detail=""))


def _open(db: Connection, ids: list[int]) -> None:
    opened = {"state": PageState.PENDING.value, "reason": "", "detail": "", "attempts": 0, "rescues": 0}
    for chunk in chunks(ids):
        again: Any = update(PageRow).where(col(PageRow.id).in_(chunk))
        db.execute(again.values(**opened, fence=PageRow.fence + 1, lease_until=None))
