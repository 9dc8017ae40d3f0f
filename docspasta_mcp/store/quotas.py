"""Quotas of an owner: stored jobs, running jobs and bytes, and whether one more job fits."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text
from sqlmodel import col

from docspasta_mcp.errors import QuotaExceeded
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.owner import Quota
from docspasta_mcp.store.statements import pick, rows
from docspasta_mcp.store.tables import JobRow, PageRow, SearchJobRow

_RUNNING_RETRY_S = 30.0  # crawls take minutes: asking more often is no use
_STORED_RETRY_S = 3_600.0  # only deletion or retention frees what is stored


def stored_bytes(db: Connection, owner: str) -> int:
    """Return the bytes that an owner has stored, of Markdown and of its index, running jobs included."""
    mine = col(JobRow.owner) == owner
    running = pick(func.coalesce(func.sum(PageRow.bytes), 0)).join(JobRow, col(JobRow.id) == col(PageRow.job_id))
    running = running.where(mine, col(JobRow.state) == JobState.RUNNING.value)
    ended = pick(func.coalesce(func.sum(JobRow.bytes), 0)).where(mine)
    return int((db.scalar(ended) or 0) + (db.scalar(running) or 0) + _index_bytes(db, owner))


def _index_bytes(db: Connection, owner: str) -> int:
    indexed = pick(func.coalesce(func.sum(SearchJobRow.bytes), 0)).join(
        JobRow, col(JobRow.id) == col(SearchJobRow.job_id)
    )
    return int(db.scalar(indexed.where(col(JobRow.owner) == owner)) or 0)


def check_quota(db: Connection, job: Job, quota: Quota) -> None:
    """Refuse a job that is one too many for its owner, within the transaction that would add it.

    What is imported does not run, and may come in while as many crawls run as may.

    Raises:
        QuotaExceeded: running jobs, pages or bytes are used up; the message says which, and what to do.
    """
    mine = col(JobRow.owner) == job.owner
    running = check_running(db, job.owner, quota.running_jobs) if job.is_running else _running(db, job.owner)
    ended = pick(func.coalesce(func.sum(JobRow.pages), 0), func.coalesce(func.sum(JobRow.bytes), 0))
    pages, markdown = map(int, rows(db, ended.where(mine))[0])
    stored = markdown + _index_bytes(db, job.owner)
    promised = sum(JobOptions.model_validate_json(options).max_pages for options in running)
    if pages + promised + job.options.max_pages > quota.pages:
        raise QuotaExceeded(
            f"{counted(pages, 'page is', 'pages are')} stored and {promised} more may come from running crawls; "
            f"with {job.options.max_pages} "
            f"more it would be over the limit of {quota.pages}. Give a smaller max_pages, or delete old crawls.",
            retry_after_s=_STORED_RETRY_S,
        )
    if stored >= quota.stored_bytes:
        raise QuotaExceeded(
            f"{stored} bytes are stored, and {quota.stored_bytes} is the limit. Delete old crawls.",
            retry_after_s=_STORED_RETRY_S,
        )


def check_running(db: Connection, owner: str, most: int) -> Sequence[str]:
    """Refuse one more running job of an owner, within the transaction that makes it run; return the others' options.

    Raises:
        QuotaExceeded: as many run as may.
    """
    running = _running(db, owner)
    if len(running) >= most:
        raise QuotaExceeded(
            f"{counted(len(running), 'crawl is', 'crawls are')} running, and {most} is the limit. "
            "Wait for one, or cancel it.",
            retry_after_s=_RUNNING_RETRY_S,
        )
    return running


def _running(db: Connection, owner: str) -> Sequence[str]:
    """Return the options of an owner's running jobs, whose number nobody changes until the transaction ends."""
    if db.dialect.name == "postgresql":  # two starts of one owner take turns; SQLite has one writer
        db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:owner))"), {"owner": owner})
    is_running = (col(JobRow.owner) == owner, col(JobRow.state) == JobState.RUNNING.value)
    return db.scalars(select(col(JobRow.options)).where(*is_running)).all()
