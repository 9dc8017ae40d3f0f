"""The row of a job: locked while it runs, changed, made of a new `Job`, and read as one."""

from typing import Any, cast

from sqlalchemy import Connection, select, update
from sqlmodel import col

from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.store.job_notes import notes_of
from docspasta_mcp.store.statements import read_row, table_of
from docspasta_mcp.store.tables import JobRow


def job_row(db: Connection, job_id: str) -> JobRow | None:
    """Return the row of a job, or None."""
    return read_row(db, JobRow, col(JobRow.id) == job_id)


def lock_job(db: Connection, job_id: str, *which: Any) -> JobRow | None:
    """Return the job if it meets conditions, locked until the transaction ends (SQLite locks the whole file anyway)."""
    query = select(table_of(JobRow)).where(col(JobRow.id) == job_id, *which).with_for_update()
    return cast("JobRow | None", db.execute(query).first())


def lock_running(db: Connection, job_id: str) -> JobRow | None:
    """Return the job if it is running, locked until the transaction ends."""
    return lock_job(db, job_id, col(JobRow.state) == JobState.RUNNING.value)


def change_job(db: Connection, job_id: str, **values: Any) -> None:
    """Give columns of a job's row new values."""
    db.execute(update(JobRow).where(col(JobRow.id) == job_id).values(**values))


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
