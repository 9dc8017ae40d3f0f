"""Crawl the same manual again: copy the pages of an earlier job, and settle those that have not changed.

A job that refreshes another begins with that one's pages under their old numbers, so that links and navigations,
which are stored as numbers, hold without being read again. Whoever claims one of them claims its neighbours too: a
block of pages is asked for in turn, and those that have not changed are settled in one transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import exists, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from docspasta_mcp import __version__
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.page import Claim, PageState, Validators
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.coverage import has_open_page, missing_seed_of
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.frontier import NEW_PAGE, is_named
from docspasta_mcp.store.outbox import FINALIZE, PAGE, enqueue
from docspasta_mcp.store.statements import chunks, pick, rows
from docspasta_mcp.store.tables import ContentRow, JobRow, LeftOutRow, NavigationRow, PageRow

BLOCK = 25  # pages that one message asks for; a message's time is enough for them at two seconds each
MAX_STRANGERS = 500  # pages of an earlier job that this one does not have; with more, it begins anew
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

        def work(session: Session) -> Sequence[Claim]:
            hasty = select(col(JobRow.refreshes)).where(col(JobRow.id) == claim.job_id, col(JobRow.crawl_delay_s) == 0)
            known = select(col(_OLD.number)).where(col(_OLD.job_id) == hasty.scalar_subquery())
            free = update(PageRow).where(
                col(PageRow.job_id) == claim.job_id,
                col(PageRow.number) > claim.found_no,
                col(PageRow.number) < claim.found_no + BLOCK,
                col(PageRow.number).in_(known),
                col(PageRow.state) == PageState.PENDING.value,
            )
            place: Any = (PageRow.id, PageRow.number, PageRow.url, PageRow.depth)
            facts: Any = (*place, PageRow.fence, PageRow.attempts, PageRow.sources)
            taken = free.values(
                state=PageState.FETCHING.value,
                lease_until=self._clock() + lease_s,
                fence=PageRow.fence + 1,
                attempts=PageRow.attempts + 1,
            )
            found = [
                Claim(id_, claim.job_id, number, url, depth, fence, attempts, is_named(sources), Source.SEED in sources)
                for id_, number, url, depth, fence, attempts, sources in rows(
                    session, cast("Any", taken).returning(*facts)
                )
            ]
            return sorted(found, key=lambda one: one.found_no)

        return await self._db.write(work)

    async def validators(self, claims: Sequence[Claim]) -> dict[int, Validators]:
        """Return page id → what the earlier job knows of it, for the pages of its document.

        Others are read anew: what kept them out may have changed, though they have not.
        """

        def work(session: Session) -> dict[int, Validators]:
            query = pick(_OLD.number, _OLD.etag, _OLD.modified, _OLD.body_hash).where(
                col(_OLD.job_id) == _earlier(claims[0].job_id),
                col(_OLD.number).in_([claim.found_no for claim in claims]),
                col(_OLD.body_hash) != "",
                col(_OLD.state) == PageState.DONE.value,
            )
            ids = {claim.found_no: claim.page_id for claim in claims}
            return {ids[number]: Validators(*facts) for number, *facts in rows(session, query)}

        return await self._db.read(work)

    async def settle_unchanged(self, job: Job, claims: Sequence[Claim]) -> int | None:
        """Give claimed pages what the earlier job made of them; those whose claim is lost are left alone.

        Return how many messages were enqueued; None if the job is not running any more.
        """

        def work(session: Session) -> int | None:
            now = self._clock()
            db = Direct.of(session)
            if db.scalar(page_queries.TOUCH, {"job": job.id, "now": now}) is None:
                return None
            arrival = db.scalar(page_queries.LAST_ARRIVAL, {"job": job.id}) or 0
            query = pick(_OLD.number, *(getattr(_OLD, name) for name in _TAKEN))
            query = query.where(col(_OLD.job_id) == job.refreshes)
            old = rows(session, query.where(col(_OLD.number).in_([claim.found_no for claim in claims])))
            outcomes: dict[int, dict[str, Any]] = {
                number: dict(zip(_TAKEN, facts, strict=True)) for number, *facts in old
            }
            settled: list[int] = []
            for claim in claims:
                values = outcomes.get(claim.found_no)
                if values is None:  # the earlier job is deleted meanwhile: its lease ends, and it is fetched as new
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
                if session.scalar(done) is not None:
                    settled.append(claim.page_id)
            _copy_content(session, job, settled)
            if has_open_page(db, job.id):
                return 0
            enqueue(db, now=now, job_id=job.id, kind=FINALIZE)
            return 1

        return await self._db.write(work)

    async def requeue(self, claims: Sequence[Claim]) -> None:
        """Release claimed pages unsettled, and enqueue one message for each."""

        def work(db: Direct) -> None:
            db.execute(
                page_queries.RELEASE, *({"page": claim.page_id, "held": claim.fencing_token} for claim in claims)
            )
            ids = [claim.page_id for claim in claims]
            enqueue(db, now=self._clock(), job_id=claims[0].job_id, kind=PAGE, page_ids=ids)

        await self._db.write_direct(work)


def copy_from(session: Session, row: JobRow, seed: str) -> Sequence[int]:
    """Give a new job the pages of the newest readable job of the same owner, scope and options, if there is one.

    One whose seed the site does not have is passed over: a mistyped URL is not a page of the manual. So is one that
    started elsewhere and whose limit kept pages out: a small budget is spent around the page that was asked for.
    Pages keep their numbers, and what was left out stays so.

    Args:
        session: of the transaction.
        row: the new job's.
        seed: hash of the page that it starts from.

    Returns:
        Ids of the pages to enqueue: one of each block, or all if the site asks for pauses.
    """
    if row.is_forced:
        return ()
    query = select(JobRow).where(
        col(JobRow.owner) == row.owner,
        col(JobRow.origin) == row.origin,
        col(JobRow.prefix) == row.prefix,
        col(JobRow.options) == row.options,
        col(JobRow.version) == __version__,
        col(JobRow.state).in_((JobState.COMPLETED.value, JobState.PARTIAL.value)),
        ~exists().where(missing_seed_of(col(JobRow.id))),
        (col(JobRow.seed_url) == row.seed_url) | _has_room_for(seed, _most_pages(row)),
    )
    earlier = session.scalar(query.order_by(col(JobRow.finished_at).desc()).limit(1))
    if earlier is None or not MarkdownEdition.from_json(earlier.shortcut).is_like(
        MarkdownEdition.from_json(row.shortcut)
    ):
        return ()
    strangers = _strangers(session, earlier, Scope.from_json(row.scope), seed)
    if strangers is None:
        return ()
    row.refreshes = earlier.id
    session.flush()
    kept = ("number", "url", "url_hash", "depth", "endless")
    fixed = {name: value for name, value in _BLANK.items() if name not in (*kept, "sources")}
    names = [*kept, "sources", *fixed]
    named = func.replace(func.replace(col(_OLD.sources), f"{Source.SEED.value},", ""), Source.SEED.value, "")
    values = [*(getattr(_OLD, name) for name in kept), named, *map(literal, fixed.values())]
    pages = pick(literal(row.id), *values).where(col(_OLD.job_id) == earlier.id)
    pages = pages.where(col(_OLD.number).not_in(strangers))
    session.execute(insert(PageRow).from_select(["job_id", *names], pages))
    shown = pick(literal(row.id), NavigationRow.digest, NavigationRow.rank, NavigationRow.lines)
    shown = shown.where(col(NavigationRow.job_id) == earlier.id, col(NavigationRow.rank) == 0)
    session.execute(insert(NavigationRow).from_select(["job_id", "digest", "rank", "lines"], shown))
    aside = pick(literal(row.id), LeftOutRow.url_hash, LeftOutRow.url, LeftOutRow.reason)
    aside = aside.where(col(LeftOutRow.job_id) == earlier.id)
    session.execute(insert(LeftOutRow).from_select(["job_id", "url_hash", "url", "reason"], aside))
    own = pick(PageRow.id, PageRow.url_hash).where(col(PageRow.job_id) == row.id).order_by(col(PageRow.number))
    found = rows(session, own)
    size = 1 if row.crawl_delay_s else BLOCK
    first = next((place - place % size for place, (_, digest) in enumerate(found) if digest == seed), 0)
    ids = [id_ for id_, _ in found]
    return [*ids[first : first + 1], *(id_ for place, id_ in enumerate(ids) if place % size == 0 and place != first)]


def _strangers(session: Session, earlier: JobRow, scope: Scope, seed: str) -> Sequence[int] | None:
    """Return the numbers of an earlier job's pages that do not belong to a scope; None if that was of another language.

    What an earlier crawl was asked for belongs to its document, but not to that of each later one.
    """
    if Scope.from_json(earlier.scope).language != scope.language:
        return None
    found = rows(session, pick(_OLD.number, _OLD.url, _OLD.url_hash).where(col(_OLD.job_id) == earlier.id))
    strangers = [number for number, url, digest in found if digest != seed and scope.refusal(url)]
    return strangers if len(strangers) <= MAX_STRANGERS else None


def _has_room_for(seed: str, most: int) -> Any:
    """Return the condition that a job's limit kept no page out, and that it has a page or room for it."""
    limits = ("page_limit", "not_included")
    was_cut = exists().where(col(LeftOutRow.job_id) == col(JobRow.id), col(LeftOutRow.reason).in_(limits))
    has_seed = exists().where(col(_OLD.job_id) == col(JobRow.id), col(_OLD.url_hash) == seed)
    return ~was_cut & (has_seed | (col(JobRow.pages) < most))


def _most_pages(row: JobRow) -> int:
    return JobOptions.model_validate_json(row.options).max_pages


_BLANK = {name: value for name, value in NEW_PAGE.items() if name != "job_id" and value is not None}


def _earlier(job_id: str) -> Any:
    return select(col(JobRow.refreshes)).where(col(JobRow.id) == job_id).scalar_subquery()


def _copy_content(session: Session, job: Job, page_ids: Sequence[int]) -> None:
    """Copy the content of settled pages from the pages of the earlier job that have their numbers."""
    for chunk in chunks(page_ids):
        content = (
            pick(PageRow.id, *(getattr(ContentRow, name) for name in _CONTENT))
            .join(_OLD, (col(_OLD.job_id) == job.refreshes) & (col(_OLD.number) == col(PageRow.number)))
            .join(ContentRow, col(ContentRow.page_id) == col(_OLD.id))
            .where(col(PageRow.id).in_(chunk))
        )
        session.execute(insert(ContentRow).from_select(["page_id", *_CONTENT], content))
