"""Crawl the same manual again: settle the pages of an earlier job that have not changed.

A job that refreshes another begins with that one's pages under their old numbers, so that links and navigations,
which are stored as numbers, hold without being read again. Whoever claims one of them claims its neighbours too: a
block of pages is asked for in turn, and those that have not changed are settled in one transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Claim, PageState, Validators
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.coverage import has_open_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.frontier import is_named
from docspasta_mcp.store.outbox import FINALIZE, PAGE, enqueue
from docspasta_mcp.store.rescues import release
from docspasta_mcp.store.statements import chunks, pick, rows
from docspasta_mcp.store.tables import ContentRow, JobRow, PageRow
from docspasta_mcp.store.taking_over import BLOCK

_OLD = aliased(PageRow)
_TAKEN = (
    "title",
    "words",
    "tokens",
    "quality",
    "language",
    "content_hash",
    "likeness",
    "etag",
    "modified",
    "body_hash",
    "bytes",
    "state",
    "reason",
    "detail",
)
_CONTENT = ("markdown", "links", "following", "edges", "navigation")


class Recrawl:
    """The repository of what two jobs of one manual have in common."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def claim_neighbours(self, claim: Claim, *, lease_s: float) -> Sequence[Claim]:
        """Take the pending pages of a claimed page's block that the earlier job had; none if it wants pauses."""

        def work(db: Connection) -> Sequence[Claim]:
            hasty = select(col(JobRow.refreshes)).where(col(JobRow.id) == claim.job_id, col(JobRow.crawl_delay_s) == 0)
            known = select(col(_OLD.number)).where(col(_OLD.job_id) == hasty.scalar_subquery())
            free = update(PageRow).where(
                col(PageRow.job_id) == claim.job_id,
                col(PageRow.number) > claim.found_no,
                col(PageRow.number) < claim.found_no + BLOCK,
                col(PageRow.number).in_(known),
                col(PageRow.state) == PageState.PENDING.value,
            )
            which: Any = (PageRow.id, PageRow.number, PageRow.url, PageRow.depth)
            facts: Any = (*which, PageRow.fence, PageRow.attempts, PageRow.sources, PageRow.place)
            taken = free.values(
                state=PageState.FETCHING.value,
                lease_until=self._clock() + lease_s,
                fence=PageRow.fence + 1,
                attempts=PageRow.attempts + 1,
            )
            found = [
                Claim(id_, claim.job_id, number, url, depth, fence, tries, is_named(named), Source.SEED in named, place)
                for id_, number, url, depth, fence, tries, named, place in rows(
                    db, cast("Any", taken).returning(*facts)
                )
            ]
            return sorted(found, key=lambda one: one.found_no)

        return await self._db.write(work)

    async def hand_on(self, page_id: int, *, job_id: str) -> None:
        """Enqueue a message for what is left of a page's block, whose first page another one has settled.

        A redirect that leads to it does so, and then nobody would come for the pages behind it.
        """
        await self._db.write(lambda db: hand_on(db, page_id, job_id=job_id, now=self._clock()))

    async def validators(self, claims: Sequence[Claim]) -> dict[int, Validators]:
        """Return page id → what the earlier job knows of it, for the pages of its document.

        Others are read anew: what kept them out may have changed, though they have not.
        """

        def work(db: Connection) -> dict[int, Validators]:
            query = pick(_OLD.number, _OLD.etag, _OLD.modified, _OLD.body_hash).where(
                col(_OLD.job_id) == _earlier(claims[0].job_id),
                col(_OLD.number).in_([claim.found_no for claim in claims]),
                col(_OLD.body_hash) != "",
                col(_OLD.state) == PageState.DONE.value,
            )
            ids = {claim.found_no: claim.page_id for claim in claims}
            return {ids[number]: Validators(*facts) for number, *facts in rows(db, query)}

        return await self._db.read(work)

    async def settle_unchanged(self, job: Job, claims: Sequence[Claim]) -> int | None:
        """Give claimed pages what the earlier job made of them; those whose claim is lost are left alone.

        Return how many messages were enqueued; None if the job is not running any more.
        """

        def work(db: Connection) -> int | None:
            now = self._clock()
            if page_queries.TOUCH.scalar(db, {"job": job.id, "now": now}) is None:
                return None
            arrival = page_queries.LAST_ARRIVAL.scalar(db, {"job": job.id}) or 0
            query = pick(_OLD.number, *(getattr(_OLD, name) for name in _TAKEN))
            query = query.where(col(_OLD.job_id) == job.refreshes)
            old = rows(db, query.where(col(_OLD.number).in_([claim.found_no for claim in claims])))
            outcomes: dict[int, dict[str, Any]] = {
                number: dict(zip(_TAKEN, facts, strict=True)) for number, *facts in old
            }
            settled: list[int] = []
            for claim in claims:
                values = outcomes.get(claim.found_no)
                if values is None:  # the earlier job is deleted meanwhile, so that the page has a message of its own
                    release(db, claim)
                    continue
                if values["state"] == PageState.DONE.value:
                    arrival += 1
                    values["arrival"], values["reason"] = arrival, ""
                ours = update(PageRow).where(
                    col(PageRow.id) == claim.page_id,
                    col(PageRow.state) == PageState.FETCHING.value,
                    col(PageRow.fence) == claim.fencing_token,
                )
                done: Any = ours.values(**values, fetched_at=now, lease_until=None).returning(col(PageRow.id))
                if db.scalar(done) is not None:
                    settled.append(claim.page_id)
            _copy_content(db, job, settled)
            if has_open_page(db, job.id):
                return 0
            enqueue(db, now=now, job_id=job.id, kind=FINALIZE)
            return 1

        return await self._db.write(work)


def hand_on(db: Connection, page_id: int, *, job_id: str, now: float) -> None:
    """Enqueue a message for what is left of a page's block; see `Recrawl.hand_on`."""
    number = db.scalar(select(col(PageRow.number)).where(col(PageRow.id) == page_id)) or 0
    known = select(col(_OLD.number)).where(col(_OLD.job_id) == _earlier(job_id))
    left = select(col(PageRow.id)).where(
        col(PageRow.job_id) == job_id,
        col(PageRow.number) > number,
        col(PageRow.number) < number + BLOCK,
        col(PageRow.number).in_(known),
        col(PageRow.state) == PageState.PENDING.value,
        col(PageRow.attempts) == 0,
    )
    first = db.scalar(left.order_by(col(PageRow.number)).limit(1))
    if first is not None:
        enqueue(db, now=now, job_id=job_id, kind=PAGE, page_ids=[first])


def _earlier(job_id: str) -> Any:
    return select(col(JobRow.refreshes)).where(col(JobRow.id) == job_id).scalar_subquery()


def _copy_content(db: Connection, job: Job, page_ids: Sequence[int]) -> None:
    """Copy the content of settled pages from the pages of the earlier job that have their numbers."""
    for chunk in chunks(page_ids):
        content = (
            pick(PageRow.id, *(getattr(ContentRow, name) for name in _CONTENT))
            .join(_OLD, (col(_OLD.job_id) == job.refreshes) & (col(_OLD.number) == col(PageRow.number)))
            .join(ContentRow, col(ContentRow.page_id) == col(_OLD.id))
            .where(col(PageRow.id).in_(chunk))
        )
        db.execute(insert(ContentRow).from_select(["page_id", *_CONTENT], content))
