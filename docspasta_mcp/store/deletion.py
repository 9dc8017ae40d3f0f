"""Delete jobs some rows at a time, so that nobody else waits long to write.

Deleted jobs are first taken from their owners, in one transaction: from then on nobody finds them. Their rows go in
many short ones. Whoever dies in between leaves jobs of nobody, which the next deletion, or the sweeper, goes on with.
"""

from typing import Any

from sqlalchemy import Connection, case, delete, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from docspasta_mcp.model.job import JobState
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.outbox import PAGE, enqueue
from docspasta_mcp.store.statements import OPEN, chunks, pick, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow, PassageGroupRow, SearchJobRow

NOBODY = ""  # owns what is deleted; no owner has an empty name
_OLD = aliased(PageRow)
BATCH = 100  # rows a transaction: what a page has in the index takes about a millisecond


def take_away(db: Connection, *which: Any, now: float) -> int:
    """Take jobs from their owners; running ones end, and their messages are not published. Return how many."""
    ids = db.scalars(select(col(JobRow.id)).where(*which)).all()
    _let_go_on(db, set(ids), now=now)
    state = case((col(JobRow.state) == JobState.RUNNING.value, JobState.CANCELLED.value), else_=col(JobRow.state))
    nobodys = {"owner": NOBODY, "fingerprint": "", "active_key": None, "corpus_hash": "", "state": state}
    for chunk in chunks(ids):
        db.execute(delete(OutboxRow).where(col(OutboxRow.job_id).in_(chunk)))
        db.execute(update(JobRow).where(col(JobRow.id).in_(chunk)).values(nobodys))
    return len(ids)


def _let_go_on(db: Connection, ids: set[str], *, now: float) -> None:
    """Let running crawls that ask for the pages of these jobs again go on without them: each page gets a message.

    Before, one message was for a block of pages that the earlier job had.
    """
    facts = pick(JobRow.id, JobRow.refreshes, JobRow.crawl_delay_s)
    running = facts.where(col(JobRow.state) == JobState.RUNNING.value, col(JobRow.refreshes) != "")
    for job_id, earlier, delay in rows(db, running):
        if earlier not in ids:
            continue
        if not delay:  # with pauses each page has its own already
            taken = select(col(_OLD.number)).where(col(_OLD.job_id) == earlier)
            left = pick(PageRow.id).where(col(PageRow.job_id) == job_id, col(PageRow.state).in_(OPEN))
            open_pages = db.scalars(left.where(col(PageRow.number).in_(taken)).order_by(col(PageRow.number)))
            enqueue(db, now=now, job_id=job_id, kind=PAGE, page_ids=open_pages.all())
        db.execute(update(JobRow).where(col(JobRow.id) == job_id).values(refreshes=""))


async def clear_away(database: Database) -> None:
    """Delete all rows of the jobs that were taken from their owners."""
    while await database.write(_clear_some):
        pass


def _clear_some(db: Connection) -> bool:
    """Delete some rows; return False if there are none."""
    job_id = db.scalar(select(col(JobRow.id)).where(col(JobRow.owner) == NOBODY).limit(1))
    if job_id is None:
        return False
    serial = select(col(SearchJobRow.serial)).where(col(SearchJobRow.job_id) == job_id).scalar_subquery()
    groups, pages = PassageGroupRow, PageRow
    for kind, id_, of_job in (
        (groups, col(groups.id), col(groups.serial) == serial),
        (pages, col(pages.id), col(pages.job_id) == job_id),
    ):
        some = select(id_).where(of_job).order_by(id_).limit(BATCH)
        if db.execute(delete(kind).where(id_.in_(some))).rowcount:
            return True
    return db.execute(delete(JobRow).where(col(JobRow.id) == job_id)).rowcount > 0
