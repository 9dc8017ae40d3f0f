"""Repository of pages: add, claim and settle them.

A page is claimed by a conditional update that raises its fencing token, fetched outside any transaction, and settled
in one short transaction that holds only while the fencing token is unchanged. That transaction stores the outcome,
the new pages it led to and the messages for them, so that no crash can separate them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from docspasta_mcp.errors import MAX_DETAIL, QUOTED, DeliveryTooEarly
from docspasta_mcp.model.frontier import Frontier, NewPage, Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Claim, Outcome, PageState, Validators
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.coverage import has_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.frontier import (
    TAKES_NO_ROOM,
    add_pages,
    give_room,
    is_named,
    leave_out,
    page_numbers,
    refill,
    store_navigations,
)
from docspasta_mcp.store.job_rows import change_job, lock_running
from docspasta_mcp.store.outbox import PAGE, enqueue, enqueue_last
from docspasta_mcp.store.page_graphs import SHOWN_BY_ALL
from docspasta_mcp.store.recrawl import hand_on
from docspasta_mcp.store.rescues import fail_open, release, release_leases, requeue, rescue
from docspasta_mcp.store.taking_over import copy_from
from docspasta_mcp.store.waiting import BEHIND, has_fresh_page, lets_wait

_NO_CONTENT = {"markdown": "", "links": "", "edges": "", "following": None, "navigation": ""}


class _ClaimLost(Exception):
    """Somebody else holds the page now: the transaction must leave no trace."""


class Pages:
    """The repository of pages."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._db = database
        self._clock = clock

    async def open_frontier(self, job: Job, frontier: Frontier) -> None:
        """Add a running job's first pages, in order, and enqueue their messages. A job that has pages is left alone.

        Afterwards the job has the frontier's scope, which the seed alone could not tell, and its Markdown edition.
        """

        def work(db: Connection) -> None:
            if lock_running(db, job.id) is None or has_page(db, job.id):
                return
            scope = frontier.scope
            change_job(
                db,
                job.id,
                origin=scope.origin,
                prefix=scope.prefix,
                scope=scope.to_json(),
                notes=json.dumps(frontier.notes, ensure_ascii=False),
                crawl_delay_s=frontier.crawl_delay_s,
                shortcut=frontier.markdown_edition.to_json(),
                active_at=self._clock(),
            )
            own = replace(job, scope=scope)
            taken = copy_from(db, job.id, page_hash(frontier.pages[0].url))
            add_pages(db, own, frontier.pages[:1], now=self._clock())
            enqueue(db, now=self._clock(), job_id=job.id, kind=PAGE, page_ids=taken)
            add_pages(db, own, frontier.pages[1:], now=self._clock())
            add_pages(db, own, frontier.behind, now=self._clock(), parent=BEHIND)
            leave_out(db, job.id, frontier.left_out)
            trees = dict(enumerate(frontier.orders, start=1))
            if frontier.tree:
                trees[SHOWN_BY_ALL] = frontier.tree
            numbers = page_numbers(db, job.id, (entry.url for tree in trees.values() for entry in tree))
            for rank, tree in trees.items():
                store_navigations(db, job.id, [tree], numbers, rank)
            enqueue_last(db, job.id, now=self._clock())
            failpoint("frontier.uncommitted")

        await self._db.write(work)

    async def claim(self, page_id: int, *, job_id: str, lease_s: float) -> Claim | None:
        """Take a page to fetch it. Return None when there is nothing left to do: it is settled, or its job has ended.

        Raises:
            DeliveryTooEarly: another delivery holds it.
        """
        now = self._clock()

        def work(db: Connection) -> Claim | None:
            facts = {"page": page_id, "job": job_id, "now": now, "until": now + lease_s}
            for number, url, depth, fence, attempts, sources, place in page_queries.CLAIM.rows(db, facts):
                is_seed = Source.SEED in sources
                return Claim(page_id, job_id, number, url, depth, fence, attempts, is_named(sources), is_seed, place)
            held = page_queries.HELD_UNTIL.scalar(db, facts)
            if held is not None:
                raise DeliveryTooEarly(max(1.0, held - now))
            return None

        return await self._db.write(work)

    async def release(self, claim: Claim) -> None:
        """Release a claimed page unsettled, so that its next delivery can claim it at once."""
        await self._db.write(lambda db: release(db, claim))

    async def requeue(self, claims: Sequence[Claim], *, tried: Claim | None = None) -> None:
        """Release claimed pages of one block unsettled, with new messages: their deliveries come again.

        Args:
            claims: by their numbers; whoever gets the first one's message claims those after it, too.
            tried: the one of them that was asked for, for which its claim was a try; it has a message of its own.
        """
        await self._db.write(lambda db: requeue(db, claims, tried=tried, now=self._clock()))

    async def renew(self, claims: Sequence[Claim], *, lease_s: float) -> None:
        """Hold claimed pages for so many seconds from now; those that are settled or lost are left alone."""
        until = self._clock() + lease_s

        def work(db: Connection) -> None:
            held = ({"page": one.page_id, "held": one.fencing_token, "until": until} for one in claims)
            page_queries.RENEW.execute(db, *held)

        await self._db.write(work)

    async def settle(self, claim: Claim, outcome: Outcome, *, job: Job) -> int | None:
        """Store a claimed page's outcome, the pages it led to, and their messages.

        A page that was redirected within the scope settles the page it was redirected to, and is itself
        skipped. Return how many messages were enqueued; None if the claim was lost meanwhile, and nothing was stored.
        """

        def work(db: Connection) -> int | None:
            now = self._clock()
            if page_queries.TOUCH.scalar(db, {"job": job.id, "now": now}) is None:
                return None
            own = replace(outcome, links=())
            target_id = claim.page_id
            spelling = claim.url
            if outcome.url != claim.url:
                target_id = self._redirect_target(db, job, claim, outcome.url)
                if target_id != claim.page_id:
                    own = _redirected(outcome.url)
                elif page_hash(outcome.url) == page_hash(claim.url):
                    spelling = outcome.url
            ours = {"page": claim.page_id, "held": claim.fencing_token, "new_url": spelling}
            if page_queries.SETTLE.scalar(db, {**ours, **_values(own, job_id=job.id, now=now)}) is None:
                raise _ClaimLost
            if target_id != claim.page_id:
                values = _values(outcome, job_id=job.id, now=now)
                page_queries.SETTLE_OTHER.execute(db, {"page": target_id, **values})
                numbers = page_numbers(db, job.id, [outcome.url])
                links = ",".join(map(str, numbers.values()))
                page_queries.STORE_CONTENT.execute(db, {**_NO_CONTENT, "page_id": claim.page_id, "links": links})
            enqueued = self._store_content(db, job, claim, target_id, outcome)
            if lets_wait(job):
                enqueued += 0 if has_fresh_page(db, job) else give_room(db, job, now=now)
            elif own.reason in TAKES_NO_ROOM:
                enqueued += refill(db, job, depth=claim.link_depth, now=now)
            enqueued = enqueued or enqueue_last(db, job.id, now=self._clock())
            failpoint("settle.uncommitted")
            return enqueued

        try:
            return await self._db.write(work)
        except _ClaimLost:
            return None

    async def give_room(self, job: Job) -> int:
        """Give what room is left to pages that wait for it; return how many messages were enqueued.

        None gets any while a page is open that was not tried yet, or past the job's deadline.
        """

        def work(db: Connection) -> int:
            now = self._clock()
            if not lets_wait(job) or job.deadline_at < now:
                return 0
            row = lock_running(db, job.id)  # first: a page that is being settled is fresh until that is over
            if row is None or has_fresh_page(db, job):
                return 0
            change_job(db, job.id, active_at=now)
            return give_room(db, job, now=now)

        return await self._db.write(work)

    async def give_up(self, page_id: int, *, job_id: str, reason: str, detail: str) -> None:
        """Mark an open page as failed, whoever claimed it: its deliveries are used up.

        What is left of its block in a refresh, for which nobody would come, gets a message.
        """

        def work(db: Connection) -> None:
            row = lock_running(db, job_id)
            if row is None:
                return
            fail_open(db, [page_id], reason=reason, detail=detail, now=self._clock())
            if row.refreshes:
                hand_on(db, page_id, job_id=job_id, now=self._clock())
            change_job(db, job_id, active_at=self._clock())
            enqueue_last(db, job_id, now=self._clock())

        await self._db.write(work)

    async def release_leases(self) -> int:
        """Release every claimed page, since the processes that claimed them are gone; return how many.

        No running job counts as silent for the time that nobody was there.
        """
        return await self._db.write(lambda db: release_leases(db, now=self._clock()))

    async def rescue(self, job_id: str, *, silent_s: float) -> int:
        """Enqueue new messages for a silent job's open pages; else its first step, or its last, whichever is missing.

        Args:
            job_id: the job.
            silent_s: seconds without a settled page after which messages count as lost. Expired leases
                are taken back at once.

        Returns:
            How many messages were enqueued again.
        """
        return await self._db.write(lambda db: rescue(db, job_id, now=self._clock(), silent_s=silent_s))

    def _redirect_target(self, db: Connection, job: Job, claim: Claim, url: str) -> int:
        """Return the id of the page at `url`, adding it if there is room; else the claimed page's own id.

        A page that failed stays failed: its content is then the claimed page's.
        """
        facts = {"job": job.id, "hashes": json.dumps([page_hash(url)])}
        found = page_queries.USABLE.scalar(db, facts)
        if found is None:
            add_pages(db, job, [NewPage(url, claim.link_depth, (Source.LINK,))], now=self._clock(), publish=False)
            found = page_queries.USABLE.scalar(db, facts)
        page_queries.GIVE_ROOM.execute(db, {"page": found or 0, "new_place": claim.place})  # what is moved leaves some
        return found if found is not None else claim.page_id

    def _store_content(self, db: Connection, job: Job, claim: Claim, target_id: int, outcome: Outcome) -> int:
        """Store the Markdown, the links, and the pages that they lead to; return how many messages were enqueued."""
        in_navigation = {entry.url for tree in outcome.navigation for entry in tree}
        both, link = (Source.NAVIGATION, Source.LINK), (Source.LINK,)
        new = [
            NewPage(url, claim.link_depth + (url != outcome.following), both if url in in_navigation else link)
            for url in outcome.links  # the next page lies beside this one, not below it
        ]
        added = add_pages(db, job, new, now=self._clock(), parent=claim.place)
        leave_out(db, job.id, outcome.left_out)
        is_other = target_id != claim.page_id
        if is_other and page_queries.HAS_CONTENT.scalar(db, {"page": target_id}) is not None:
            return added.enqueued
        if outcome.markdown or outcome.links:
            others = filter(None, (*in_navigation, outcome.following))
            numbers = page_numbers(db, job.id, others, added.numbers)
            linked = dict.fromkeys(numbers[digest] for digest in map(page_hash, outcome.links) if digest in numbers)
            content = {
                "page_id": target_id,
                "markdown": outcome.markdown,
                "links": ",".join(map(str, linked)),
                "edges": ",".join(outcome.outer_blocks),
                "following": numbers.get(page_hash(outcome.following)) if outcome.following else None,
                "navigation": store_navigations(db, job.id, outcome.navigation, numbers),
            }
            page_queries.STORE_CONTENT.execute(db, content)
        return added.enqueued


def _values(outcome: Outcome, *, job_id: str, now: float) -> dict[str, Any]:
    """Return a page's final values by the names that `page_queries.SETTLE` gives them; it counts the arrival itself."""
    validators = outcome.validators or Validators()
    return {
        "new_state": outcome.state.value,
        "new_reason": outcome.reason,
        "new_detail": outcome.detail,
        "new_title": outcome.title,
        "new_words": outcome.words,
        "new_tokens": outcome.tokens,
        "new_bytes": outcome.stored_bytes,
        "new_quality": outcome.quality,
        "new_language": outcome.language,
        "new_content_hash": outcome.content_hash,
        "new_likeness": outcome.simhash,
        "new_etag": validators.etag,
        "new_modified": validators.modified,
        "new_body_hash": validators.body_hash,
        "new_fetched_at": now,
        "new_lease_until": None,
        "job": job_id,
    }


def _redirected(url: str) -> Outcome:
    return Outcome(
        PageState.SKIPPED,
        url,
        reason="redirected",
        detail=f"It redirects to a page that is known already.{QUOTED}{url}"[:MAX_DETAIL],
    )
