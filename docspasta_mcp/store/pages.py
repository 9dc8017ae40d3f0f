"""Pages: found, claimed, settled, read.

A page is claimed by a conditional update that raises its fence, fetched outside any transaction, and settled
in one short transaction that holds only while the fence is still ours. That transaction stores the outcome,
the new pages it led to and the messages for them, so that no crash can part them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import CursorResult, and_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.errors import DeliveryTooEarly
from docspasta_mcp.failpoints import failpoint
from docspasta_mcp.identity import page_hash
from docspasta_mcp.models import Claim, Frontier, Job, JobState, NewPage, Outcome, PageState, Source, Validators
from docspasta_mcp.store import statements
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.frontier import add_pages, leave_out, page_numbers, store_navigations
from docspasta_mcp.store.jobs import has_open_page, has_page, lock_running
from docspasta_mcp.store.outbox import FINALIZE, PAGE, START, owe
from docspasta_mcp.store.refresh import take_over
from docspasta_mcp.store.schema import CHUNK, OPEN, ContentRow, JobRow, OutboxRow, PageRow, chunks, pick, rows

MAX_RESCUES = 5  # a page whose fetch dies this often is no accident; a message lost this often waits for the deadline


class _ClaimLost(Exception):
    """Somebody else holds the page now: the transaction must leave no trace."""


class Pages:
    """The repository of pages."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def open_frontier(self, job: Job, frontier: Frontier) -> None:
        """Add a running job's first pages, in order, and owe their messages; a job that has pages is left alone.

        Afterwards the job's scope is the frontier's, since the seed alone could not tell it; so is its shortcut.
        """

        def work(session: Session) -> None:
            row = lock_running(session, job.id)
            if row is None or has_page(session, job.id):
                return
            scope = frontier.scope
            row.origin, row.prefix, row.scope = scope.origin, scope.prefix, scope.to_json()
            row.notes = json.dumps(frontier.notes, ensure_ascii=False)
            row.crawl_delay_s, row.shortcut = frontier.crawl_delay_s, frontier.shortcut.to_json()
            row.active_at = self._clock()
            session.flush()
            take_over(session, row, now=self._clock())
            add_pages(session, replace(job, scope=scope), frontier.pages, now=self._clock())
            leave_out(session, job.id, frontier.left_out)
            numbers = page_numbers(session, job.id, (entry.url for tree in frontier.orders for entry in tree))
            for rank, tree in enumerate(frontier.orders, start=1):
                store_navigations(session, job.id, [tree], numbers, rank)
            self._owe_finalize_if_settled(session, job.id)
            failpoint("frontier.uncommitted")

        await self._db.write(work)

    async def claim(self, page_id: int, *, job_id: str, lease_s: float) -> Claim | None:
        """Take a page to fetch it. Return None when there is nothing left to do: it is settled, or its job has ended.

        Raises:
            DeliveryTooEarly: another delivery holds it.
        """
        now = self._clock()

        def work(session: Session) -> Claim | None:
            facts = {"page": page_id, "job": job_id, "now": now, "until": now + lease_s}
            for number, url, depth, fence, attempts, sources in session.connection().execute(statements.CLAIM, facts):
                is_named = any(source in sources for source in (Source.SEED, Source.NAVIGATION, Source.LLMS_TXT))
                return Claim(page_id, job_id, number, url, depth, fence, attempts, is_named)
            held = session.connection().scalar(statements.HELD_UNTIL, facts)
            if held is not None:
                raise DeliveryTooEarly(max(1.0, held - now))
            return None

        return await self._db.write(work)

    async def release(self, claim: Claim) -> None:
        """Give a page back unsettled, so that its next delivery can take it at once."""

        def work(session: Session) -> None:
            session.execute(_ours(claim).values(state=PageState.PENDING.value, lease_until=None))

        await self._db.write(work)

    async def settle(self, claim: Claim, outcome: Outcome, *, job: Job) -> int | None:
        """Store what became of a claimed page, the pages it led to, and what is owed for them.

        A page that was redirected within the scope settles the page it was redirected to, and is itself
        skipped. Return how many messages are owed now; None if the claim was lost meanwhile: then nothing is stored.
        """

        def work(session: Session) -> int | None:
            now = self._clock()
            if session.connection().scalar(statements.TOUCH, {"job": job.id, "now": now}) is None:
                return None
            own = replace(outcome, links=())
            target_id = claim.page_id
            spelling = claim.url
            if outcome.url != claim.url:
                target_id = self._redirect_target(session, job, claim, outcome.url)
                if target_id != claim.page_id:
                    own = _redirected(outcome.url)
                elif page_hash(outcome.url) == page_hash(claim.url):
                    spelling = outcome.url
            values = {f"new_{name}": value for name, value in _values(session, own, job_id=job.id, now=now).items()}
            facts = {"page": claim.page_id, "held": claim.fence, "new_url": spelling}
            if session.connection().scalar(statements.SETTLE, {**facts, **values}) is None:
                raise _ClaimLost
            if target_id != claim.page_id:
                opened = update(PageRow).where(col(PageRow.id) == target_id, col(PageRow.state).in_(OPEN))
                session.execute(
                    opened.values(fence=PageRow.fence + 1, **_values(session, outcome, job_id=job.id, now=now))
                )
                numbers = page_numbers(session, job.id, [outcome.url])
                links = ",".join(map(str, numbers.values()))
                leads = {"page_id": claim.page_id, "markdown": "", "links": links, "following": None, "navigation": ""}
                session.connection().execute(statements.STORE_CONTENT, leads)
            owed = self._store_content(session, job, claim, target_id, outcome)
            owed = owed or self._owe_finalize_if_settled(session, job.id)
            failpoint("settle.uncommitted")
            return owed

        try:
            return await self._db.write(work)
        except _ClaimLost:
            return None

    async def give_up(self, page_id: int, *, job_id: str, reason: str, detail: str) -> None:
        """Mark an open page as failed, whoever holds it: its deliveries are used up."""

        def work(session: Session) -> None:
            row = lock_running(session, job_id)
            if row is None:
                return
            _fail_open(session, [page_id], reason=reason, detail=detail, now=self._clock())
            row.active_at = self._clock()
            self._owe_finalize_if_settled(session, job_id)

        await self._db.write(work)

    async def release_leases(self) -> int:
        """Free every page that is being fetched, for whoever fetched it is gone; return how many.

        No running job counts as silent for the time that nobody was there.
        """

        def work(session: Session) -> int:
            session.execute(
                update(JobRow).where(col(JobRow.state) == JobState.RUNNING.value).values(active_at=self._clock())
            )
            held = update(PageRow).where(col(PageRow.state) == PageState.FETCHING.value)
            result = session.execute(
                held.values(state=PageState.PENDING.value, lease_until=None, fence=PageRow.fence + 1)
            )
            return cast("CursorResult[Any]", result).rowcount

        return await self._db.write(work)

    async def rescue(self, job_id: str, *, silent_s: float) -> int:
        """Owe new messages for a silent job's open pages; else its first step, or its last, whichever is missing.

        Args:
            job_id: the job.
            silent_s: seconds without a settled page after which messages count as lost. Expired leases
                are taken back at once.

        Returns:
            How many messages are owed anew.
        """

        def work(session: Session) -> int:
            row = lock_running(session, job_id)
            now = self._clock()
            if row is None or session.scalar(pick(OutboxRow.id).where(col(OutboxRow.job_id) == job_id).limit(1)):
                return 0
            is_silent = abs(now - row.active_at) > silent_s  # in the future: the clock was set back
            lease_until = col(PageRow.lease_until)
            is_over = (lease_until < now) | (lease_until > now + silent_s)
            expired = and_(col(PageRow.state) == PageState.FETCHING.value, is_over)
            lost = (expired | (col(PageRow.state) == PageState.PENDING.value)) if is_silent else expired
            query = pick(PageRow.id, PageRow.rescues, PageRow.state).where(col(PageRow.job_id) == job_id, lost)
            found = rows(session, query.order_by(col(PageRow.number)).limit(10 * CHUNK))
            ids = [id_ for id_, rescues, _ in found if rescues < MAX_RESCUES]
            for chunk in chunks(ids):
                again = update(PageRow).where(col(PageRow.id).in_(chunk))
                session.execute(
                    again.values(
                        state=PageState.PENDING.value,
                        lease_until=None,
                        fence=PageRow.fence + 1,
                        rescues=PageRow.rescues + 1,
                    )
                )
            hopeless = [
                id_ for id_, rescues, state in found if rescues >= MAX_RESCUES and state == PageState.FETCHING.value
            ]
            _fail_open(session, hopeless, reason="lost", detail=f"Its fetch ended {MAX_RESCUES} times.", now=now)
            owe(session, now=now, job_id=job_id, kind=PAGE, page_ids=ids)
            if found or is_silent:
                row.active_at = now
                if has_page(session, job_id):
                    self._owe_finalize_if_settled(session, job_id)
                else:
                    owe(session, now=now, job_id=job_id, kind=START)
            return len(ids)

        return await self._db.write(work)

    def _redirect_target(self, session: Session, job: Job, claim: Claim, url: str) -> int:
        """Return the id of the page at `url`, adding it if there is room; else the claimed page's own id.

        A page that failed stays failed: its content is then the claimed page's.
        """
        known = select(col(PageRow.id)).where(
            col(PageRow.job_id) == job.id,
            col(PageRow.url_hash) == page_hash(url),
            col(PageRow.state) != PageState.FAILED.value,
        )
        found = session.scalar(known)
        if found is None:
            add_pages(session, job, [NewPage(url, claim.depth, (Source.LINK,))], now=self._clock(), publish=False)
            found = session.scalar(known)
        return found if found is not None else claim.page_id

    def _store_content(self, session: Session, job: Job, claim: Claim, target_id: int, outcome: Outcome) -> int:
        """Store the Markdown, the links, and the pages that they lead to; return how many messages are owed."""
        in_navigation = {entry.url for tree in outcome.navigation for entry in tree}
        both, link = (Source.NAVIGATION, Source.LINK), (Source.LINK,)
        new = [
            NewPage(url, claim.depth + (url != outcome.following), both if url in in_navigation else link)
            for url in outcome.links  # the next page lies beside this one, not below it
        ]
        added = add_pages(session, job, new, now=self._clock())
        leave_out(session, job.id, outcome.left_out)
        if target_id != claim.page_id and session.get(ContentRow, target_id) is not None:
            return added.owed
        if outcome.markdown or outcome.links:
            others = filter(None, (*in_navigation, outcome.following))
            numbers = page_numbers(session, job.id, others, added.numbers)
            linked = dict.fromkeys(numbers[digest] for digest in map(page_hash, outcome.links) if digest in numbers)
            content = {
                "page_id": target_id,
                "markdown": outcome.markdown,
                "links": ",".join(map(str, linked)),
                "edges": ",".join(outcome.edges),
                "following": numbers.get(page_hash(outcome.following)) if outcome.following else None,
                "navigation": store_navigations(session, job.id, outcome.navigation, numbers),
            }
            session.connection().execute(statements.STORE_CONTENT, content)
        return added.owed

    def _owe_finalize_if_settled(self, session: Session, job_id: str) -> int:
        """Owe the last message if no page is open; return how many are owed."""
        if has_open_page(session, job_id):
            return 0
        owe(session, now=self._clock(), job_id=job_id, kind=FINALIZE)
        return 1


def _ours(claim: Claim) -> Any:
    return update(PageRow).where(
        col(PageRow.id) == claim.page_id,
        col(PageRow.state) == PageState.FETCHING.value,
        col(PageRow.fence) == claim.fence,
    )


def _values(session: Session, outcome: Outcome, *, job_id: str, now: float) -> dict[str, Any]:
    arrival = None
    if outcome.state is PageState.DONE:
        last = session.connection().scalar(statements.LAST_ARRIVAL, {"job": job_id})
        arrival = (last or 0) + 1
    validators = outcome.validators or Validators()
    return {
        "state": outcome.state.value,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "title": outcome.title,
        "words": outcome.words,
        "tokens": outcome.tokens,
        "bytes": len(outcome.markdown.encode()),
        "quality": outcome.quality,
        "language": outcome.language,
        "content_hash": outcome.content_hash,
        "likeness": outcome.likeness,
        "etag": validators.etag,
        "modified": validators.modified,
        "body_hash": validators.body_hash,
        "fetched_at": now,
        "lease_until": None,
        "arrival": arrival,
    }


def _redirected(url: str) -> Outcome:
    return Outcome(PageState.SKIPPED, url, reason="redirected", detail=f"Redirected to {url}.")


def _fail_open(session: Session, page_ids: Sequence[int], *, reason: str, detail: str, now: float) -> None:
    for chunk in chunks(page_ids):
        opened = update(PageRow).where(col(PageRow.id).in_(chunk), col(PageRow.state).in_(OPEN))
        session.execute(
            opened.values(
                state=PageState.FAILED.value,
                reason=reason,
                detail=detail,
                fetched_at=now,
                lease_until=None,
                fence=PageRow.fence + 1,
            )
        )
