"""Pages: found, claimed, settled, read.

A page is claimed by a conditional update that raises its fence, fetched outside any transaction, and settled
in one short transaction that holds only while the fence is still ours. That transaction stores the outcome,
the new pages it led to and the messages for them, so that no crash can part them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import CursorResult, and_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.errors import DeliveryTooEarly
from docspasta_mcp.failpoints import failpoint
from docspasta_mcp.models import Claim, Job, JobState, NewPage, Outcome, PageState, Source
from docspasta_mcp.store import statements
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.jobs import has_open_page, has_page, lock_running
from docspasta_mcp.store.outbox import FINALIZE, PAGE, START, owe
from docspasta_mcp.store.schema import OPEN, ContentRow, JobRow, OutboxRow, PageRow, pick, rows
from docspasta_mcp.urls import url_hash

MAX_RESCUES = 5  # a page whose fetch dies this often is no accident; a message lost this often waits for the deadline
_NEW_PAGE = PageRow(
    job_id="", number=0, url="", url_hash="", depth=0, source="", state=PageState.PENDING.value
).model_dump(exclude={"id"})
_CHUNK = 500  # bound parameters a statement; SQLite's oldest limit is 999


class _ClaimLost(Exception):
    """Somebody else holds the page now: the transaction must leave no trace."""


class Pages:
    """The repository of pages."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def open_frontier(self, job: Job, pages: Sequence[NewPage], *, crawl_delay_s: float) -> None:
        """Add a running job's first pages, in order, and owe their messages; known ones are left alone.

        Afterwards the job's scope is `job.scope`, since the seed may have redirected.
        """

        def work(session: Session) -> None:
            row = lock_running(session, job.id)
            if row is None:
                return
            row.origin, row.prefix, row.scope_reason = job.scope.origin, job.scope.prefix, job.scope.reason
            row.crawl_delay_s = crawl_delay_s
            row.active_at = self._clock()
            session.flush()
            self._add(session, job, pages)
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
            for number, url, depth, fence, attempts in rows(session, statements.CLAIM, facts):
                return Claim(page_id, job_id, number, url, depth, fence, attempts)
            held = session.scalar(statements.HELD_UNTIL, facts)
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
            if session.scalar(statements.TOUCH, {"job": job.id, "now": now}) is None:
                return None
            own = replace(outcome, links=())
            target_id = claim.page_id
            if outcome.url != claim.url:
                target_id = self._redirect_target(session, job, claim, outcome.url)
                own = _redirected(outcome.url) if target_id != claim.page_id else own
            values = {f"new_{name}": value for name, value in _values(session, own, job_id=job.id, now=now).items()}
            if session.scalar(statements.SETTLE, {"page": claim.page_id, "held": claim.fence, **values}) is None:
                raise _ClaimLost
            if target_id != claim.page_id:
                opened = update(PageRow).where(col(PageRow.id) == target_id, col(PageRow.state).in_(OPEN))
                session.execute(
                    opened.values(fence=PageRow.fence + 1, **_values(session, outcome, job_id=job.id, now=now))
                )
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
            found = rows(session, query.order_by(col(PageRow.number)).limit(10 * _CHUNK))
            ids = [id_ for id_, rescues, _ in found if rescues < MAX_RESCUES]
            for chunk in _chunks(ids):
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
            col(PageRow.url_hash) == url_hash(url),
            col(PageRow.state) != PageState.FAILED.value,
        )
        found = session.scalar(known)
        if found is None:
            self._add(session, job, [NewPage(url, claim.depth, Source.LINK)], publish=False)
            found = session.scalar(known)
        return found if found is not None else claim.page_id

    def _store_content(self, session: Session, job: Job, claim: Claim, target_id: int, outcome: Outcome) -> int:
        """Store the Markdown, the links, and the pages that they lead to; return how many messages are owed."""
        deeper = claim.depth + 1
        hashes = {url: url_hash(url) for url in (*outcome.links, *filter(None, [outcome.following]))}
        numbers = _numbers(session, job.id, list(hashes.values()))
        new = {hashes[url]: url for url in outcome.links if hashes[url] not in numbers}
        added: dict[str, int] = {}
        if deeper <= job.options.max_depth:
            added = self._insert(
                session, job, {digest: NewPage(url, deeper, Source.LINK) for digest, url in new.items()}
            )
            numbers |= added
        if target_id != claim.page_id and session.get(ContentRow, target_id) is not None:
            return len(added)
        if outcome.markdown or outcome.links:
            links = [str(numbers[hashes[url]]) for url in outcome.links if hashes[url] in numbers]
            following = numbers.get(hashes[outcome.following]) if outcome.following else None
            content = {"markdown": outcome.markdown, "links": ",".join(links), "following": following}
            session.execute(statements.STORE_CONTENT, {"page_id": target_id, **content})
        return len(added)

    def _add(self, session: Session, job: Job, pages: Sequence[NewPage], *, publish: bool = True) -> None:
        """Insert pages that the job does not know yet, up to its limit, and owe their messages."""
        wanted: dict[str, NewPage] = {}
        for page in pages:
            if page.depth <= job.options.max_depth:
                wanted.setdefault(url_hash(page.url), page)
        known = _numbers(session, job.id, list(wanted))
        new = {digest: page for digest, page in wanted.items() if digest not in known}
        self._insert(session, job, new, publish=publish)

    def _insert(
        self, session: Session, job: Job, new: Mapping[str, NewPage], *, publish: bool = True
    ) -> dict[str, int]:
        """Insert new pages by the hashes of their URLs, and owe their messages.

        Return the numbers of those that the job's limit left room for, by hash.
        """
        if not new:
            return {}
        last = session.scalar(statements.LAST_NUMBER, {"job": job.id}) or 0
        room = max(0, job.options.max_pages - last)
        added: list[dict[str, Any]] = [
            {**_NEW_PAGE, "job_id": job.id, "number": number, "url": page.url, "url_hash": digest, "depth": page.depth,
             "source": page.source.value}
            for number, (digest, page) in enumerate([*new.items()][:room], start=last + 1)
        ]  # fmt: skip
        if not added:
            return {}
        session.execute(statements.STORE_PAGES, added)
        if publish:
            ids = session.scalars(statements.NUMBERED_AFTER, {"job": job.id, "last": last}).all()
            owe(session, now=self._clock(), job_id=job.id, kind=PAGE, page_ids=ids)
        return {page["url_hash"]: page["number"] for page in added}

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
        last = session.scalar(statements.LAST_ARRIVAL, {"job": job_id})
        arrival = (last or 0) + 1
    return {
        "state": outcome.state.value,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "title": outcome.title,
        "words": outcome.words,
        "tokens": outcome.tokens,
        "bytes": len(outcome.markdown.encode()),
        "quality": outcome.quality,
        "content_hash": outcome.content_hash,
        "fetched_at": now,
        "lease_until": None,
        "arrival": arrival,
    }


def _redirected(url: str) -> Outcome:
    return Outcome(PageState.SKIPPED, url, reason="redirected", detail=f"Redirected to {url}.")


def _fail_open(session: Session, page_ids: Sequence[int], *, reason: str, detail: str, now: float) -> None:
    for chunk in _chunks(page_ids):
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


def _numbers(session: Session, job_id: str, hashes: Sequence[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for chunk in _chunks(hashes):
        found = rows(session, statements.NUMBERS, {"job": job_id, "hashes": chunk})
        numbers.update((digest, number) for digest, number in found)
    return numbers


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
