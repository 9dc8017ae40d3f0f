"""What is done about pages that nobody works on any more: released, their messages enqueued again, or given up."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, update
from sqlmodel import col

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import Claim, PageState
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.coverage import has_page
from docspasta_mcp.store.job_rows import change_job, lock_running
from docspasta_mcp.store.outbox import PAGE, START, enqueue, enqueue_last
from docspasta_mcp.store.statements import CHUNK, chunks, pick, rows
from docspasta_mcp.store.tables import JobRow, OutboxRow, PageRow

MAX_RESCUES = 5  # a page whose fetch dies this often is no accident; a message lost this often waits for the deadline


def release_leases(db: Connection, *, now: float) -> int:
    """Release every claimed page, and let no running job count as silent; return how many pages."""
    db.execute(update(JobRow).where(col(JobRow.state) == JobState.RUNNING.value).values(active_at=now))
    held = update(PageRow).where(col(PageRow.state) == PageState.FETCHING.value)
    return db.execute(held.values(state=PageState.PENDING.value, lease_until=None, fence=PageRow.fence + 1)).rowcount


def rescue(db: Connection, job_id: str, *, now: float, silent_s: float) -> int:
    """Enqueue what a silent job lacks; see `Pages.rescue`. Return how many messages of pages that were."""
    row = lock_running(db, job_id)
    if row is None or db.scalar(pick(OutboxRow.id).where(col(OutboxRow.job_id) == job_id).limit(1)):
        return 0
    is_silent = abs(now - row.active_at) > silent_s  # in the future: the clock was set back
    lease_until = col(PageRow.lease_until)
    is_over = (lease_until < now) | (lease_until > now + silent_s)
    expired = and_(col(PageRow.state) == PageState.FETCHING.value, is_over)
    lost = (expired | (col(PageRow.state) == PageState.PENDING.value)) if is_silent else expired
    may_be_mended = (col(PageRow.rescues) < MAX_RESCUES) | (col(PageRow.state) == PageState.FETCHING.value)
    query = pick(PageRow.id, PageRow.rescues, PageRow.state)
    query = query.where(col(PageRow.job_id) == job_id, lost, may_be_mended)
    found = rows(db, query.order_by(col(PageRow.number)).limit(10 * CHUNK))
    ids = [id_ for id_, rescues, _ in found if rescues < MAX_RESCUES]
    for chunk in chunks(ids):
        again = update(PageRow).where(col(PageRow.id).in_(chunk))
        db.execute(
            again.values(
                state=PageState.PENDING.value,
                lease_until=None,
                fence=PageRow.fence + 1,
                rescues=PageRow.rescues + 1,
            )
        )
    hopeless = [id_ for id_, rescues, state in found if rescues >= MAX_RESCUES and state == PageState.FETCHING.value]
    fail_open(db, hopeless, reason="lost", detail=f"Its fetch ended {MAX_RESCUES} times.", now=now)
    enqueue(db, now=now, job_id=job_id, kind=PAGE, page_ids=ids)
    if found or is_silent:
        change_job(db, job_id, active_at=now)
        if has_page(db, job_id):
            enqueue_last(db, job_id, now=now)
        else:
            enqueue(db, now=now, job_id=job_id, kind=START)
    return len(ids)


def release(db: Connection, claim: Claim, *, is_tried: bool = True) -> None:
    """Release a claimed page unsettled; its claim is no try if it was not asked for."""
    facts = {"page": claim.page_id, "held": claim.fencing_token, "untried": int(not is_tried)}
    page_queries.RELEASE.execute(db, facts)


def requeue(db: Connection, claims: Sequence[Claim], *, tried: Claim | None, now: float) -> None:
    """Release claimed pages; see `Pages.requeue`."""
    for claim in claims:
        release(db, claim, is_tried=claim is tried)
    job_id = claims[0].job_id
    if page_queries.TOUCH.scalar(db, {"job": job_id, "now": now}) is None:
        return
    first = [claim.page_id for claim in claims if claim is not tried][:1]
    enqueue(db, now=now, job_id=job_id, kind=PAGE, page_ids=[*([tried.page_id] if tried else []), *first])


def fail_open(db: Connection, page_ids: Sequence[int], *, reason: str, detail: str, now: float) -> None:
    """Mark pages as failed that are open, whoever claimed them."""
    facts = {"new_reason": reason, "new_detail": detail, "now": now}
    page_queries.FAIL_OPEN.execute(db, *({**facts, "page": page_id} for page_id in page_ids))
