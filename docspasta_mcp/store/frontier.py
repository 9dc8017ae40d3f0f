"""How a job's frontier grows: new pages up to its limits, what named them, and what was left out.

Everything here runs inside a transaction that holds the job's row.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from docspasta_mcp.model.frontier import LeftOut, NavEntry, NewPage, Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import NO_ROOM, NOT_THERE, PageState
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.admission import digest_of, endless_of, within_limits, within_room
from docspasta_mcp.store.outbox import PAGE, enqueue
from docspasta_mcp.store.tables import PageRow
from docspasta_mcp.store.waiting import Places, lets_wait, may_wait, reason_of, take_waiting
from docspasta_mcp.urls import MAX_URL_LENGTH

MAX_LEFT_OUT = 2_000  # URLs remembered of a job; a report needs counts and examples, not an archive
MAX_NAVIGATIONS = 2_000  # different ones stored of a job; sites that build one for each page have local ones
NEW_PAGE = PageRow(
    job_id="", number=0, url="", url_hash="", depth=0, sources="", state=PageState.PENDING.value
).model_dump(exclude={"id"})
_SOURCES = list(Source)
MOST_ASKED = 4  # times max_pages URLs are asked for at most, dead ones included
TAKES_NO_ROOM = NOT_THERE | {"redirected", "content_type", "listing", "frames"}
_NAMED = (Source.SEED, Source.NAVIGATION, Source.LLMS_TXT, Source.FOLDER)


@dataclass(frozen=True, slots=True)
class Added:
    """How many messages were enqueued for new pages, and page hash → number of each named page in the job."""

    enqueued: int
    numbers: dict[str, int]


def is_named(sources: str) -> bool:
    """Tell whether a navigation, an llms.txt, a folder or the caller named a page, by its column."""
    return any(source.value in sources for source in _NAMED)


def add_pages(
    db: Connection, job: Job, pages: Sequence[NewPage], *, now: float, publish: bool = True, parent: int | None = None
) -> Added:
    """Insert pages that the job does not know yet, up to its limits, and enqueue their messages.

    Pages that are known learn what else named them; what finds no room waits for some, or is noted as left out.

    Args:
        db: of the transaction.
        job: whose pages they are.
        pages: in order.
        now: Unix seconds.
        publish: whether they get a message.
        parent: place of the page whose links they are, which wait where the limit is small, or `BEHIND` what all pages
            lead to; None if room is theirs at once.
    """
    waits = lets_wait(job)
    wanted: dict[str, NewPage] = {}
    first_at: dict[str, int] = {}
    for at, page in enumerate(pages):
        if len(page.url) > MAX_URL_LENGTH:  # an alias can make it longer, and a message could not carry it
            continue
        digest = page_hash(page.url)
        if waits:
            first_at.setdefault(digest, at)
        first = wanted.setdefault(digest, page)
        if first is not page:
            named = tuple(dict.fromkeys((*first.sources, *page.sources)))
            wanted[digest] = NewPage(first.url, min(first.link_depth, page.link_depth), named)
    known = _known(db, job.id, list(wanted))
    _name(db, ((known[digest], page.sources) for digest, page in wanted.items() if digest in known))
    numbers = {digest: number for digest, (_, number, _, _) in known.items()}
    places: dict[str, int] = {}
    if waits:
        head = Places(job, parent=parent or 0)
        roomless = (digest for digest in wanted if digest not in known or known[digest][3] is not None)
        places = {digest: head.of(wanted[digest].url, first_at[digest]) for digest in roomless}
        _bring_forward(db, wanted, places, known)
    new = [(digest, page) for digest, page in wanted.items() if digest not in known]
    if not new:
        return Added(0, numbers)
    new, left_out = within_limits(db, job, new)
    last = page_queries.LAST_NUMBER.scalar(db, {"job": job.id}) or 0
    size = _size(db, job, last=last, more=len(new))
    room = 0 if waits and parent is not None else _room(db, job, size)
    new, without_room, not_read = within_room(job, new, room=room, size=size, waits=waits)
    taken = len(new)
    if waits and without_room:
        waiting, without_room = may_wait(db, job, without_room, places)
        new += waiting
    too_many = (LeftOut(page.url, reason_of(places.get(digest, 0))) for digest, page in without_room)
    leave_out(db, job.id, [*left_out, *too_many, *not_read])
    if not new:
        return Added(0, numbers)
    rows: list[dict[str, Any]] = [
        {**NEW_PAGE, "job_id": job.id, "number": number, "url": page.url, "url_hash": digest, "depth": page.link_depth,
         "sources": _joined(page.sources), "endless": endless_of(page.url), "place": number}
        for number, (digest, page) in enumerate(new, start=last + 1)
    ]  # fmt: skip
    for row, (digest, _) in zip(rows[taken:], new[taken:], strict=True):
        row.update(state=PageState.SKIPPED.value, reason=reason_of(places[digest]), place=places[digest])
    numbers.update((digest, number) for number, (digest, _) in enumerate(new, start=last + 1))
    page_queries.STORE_PAGES.execute(db, *rows)
    page_queries.TAKE_IN.execute(db, {"job": job.id, "hashes": json.dumps([digest for digest, _ in new])})
    if not publish or not taken:
        return Added(0, numbers)
    ids = [id_ for (id_,) in page_queries.NUMBERED_AFTER.rows(db, {"job": job.id, "last": last})]
    enqueue(db, now=now, job_id=job.id, kind=PAGE, page_ids=ids)
    return Added(len(ids), numbers)


def give_room(db: Connection, job: Job, *, now: float) -> int:
    """Give what room is left to pages that wait for it, and enqueue their messages; return how many."""
    room = _room_left(db, job)
    if room <= 0:
        return 0
    ids = take_waiting(db, job, room=room)
    if not ids:
        return refill(db, job, depth=1, now=now)
    enqueue(db, now=now, job_id=job.id, kind=PAGE, page_ids=ids)
    return len(ids)


def fill_room(db: Connection, job: Job) -> None:
    """Give what room is left to pages that wait for it, near ones first, and enqueue no message."""
    while (room := _room_left(db, job)) > 0 and take_waiting(db, job, room=room):
        pass


def _bring_forward(
    db: Connection,
    wanted: Mapping[str, NewPage],
    places: Mapping[str, int],
    known: Mapping[str, tuple[int, int, str, int | None]],
) -> None:
    """Let pages that wait do so at the first link to them."""
    earlier = [
        {"page": id_, "new_place": places[digest], "new_depth": wanted[digest].link_depth}
        for digest, (id_, _, _, place) in known.items()
        if place is not None and places[digest] < place
    ]
    page_queries.BRING_FORWARD.execute(db, *earlier)


def refill(db: Connection, job: Job, *, depth: int, now: float) -> int:
    """Give the slot of a page that does not exist to one that the limit kept out; return the number of messages.

    Args:
        db: of the transaction.
        job: whose page is not there.
        depth: that page's, which those that found no room are taken to have.
        now: Unix seconds.
    """
    room = _room_left(db, job)
    if room <= 0:
        return 0
    waiting = page_queries.WITHOUT_ROOM.rows(db, {"job": job.id, "limit": NO_ROOM, "room": room})
    return add_pages(db, job, [NewPage(url, depth, (Source.LINK,)) for (url,) in waiting], now=now).enqueued


def _size(db: Connection, job: Job, *, last: int, more: int) -> int:
    """Return how many pages a job has, or its last number where `more` find room even so.

    A job that refreshes another has fewer than its last number says: pages that are not its own left holes.
    """
    if last + more <= job.options.max_pages // 2:
        return last
    return page_queries.COUNT_PAGES.scalar(db, {"job": job.id})


def _room(db: Connection, job: Job, size: int) -> int:
    """Return how many pages a job that has `size` may still have: dead links and what is no page take no room.

    They are not endless, though: after some times `max_pages` of them a site is left alone.
    """
    freed = (
        page_queries.WITH_REASON.scalar(db, {"job": job.id, "reasons": json.dumps(sorted(TAKES_NO_ROOM))})
        if size
        else 0
    )
    most = job.options.max_pages
    return min(most - size + freed, MOST_ASKED * most - size)


def _room_left(db: Connection, job: Job) -> int:
    """Return how many pages a job may still have."""
    return _room(db, job, page_queries.COUNT_PAGES.scalar(db, {"job": job.id}))


def leave_out(db: Connection, job_id: str, urls: Iterable[LeftOut]) -> None:
    """Remember URLs that are not crawled, each once, as many as are kept of a job."""
    wanted = {page_hash(one.url): one for one in urls}
    if not wanted:
        return
    for (digest,) in page_queries.KNOWN_LEFT_OUT.rows(db, {"job": job_id, "hashes": json.dumps(list(wanted))}):
        del wanted[digest]
    for digest in _known(db, job_id, list(wanted)):
        if wanted[digest].reason == "nofollow":
            del wanted[digest]
    if not wanted:
        return
    count = page_queries.COUNT_LEFT_OUT.scalar(db, {"job": job_id}) or 0
    new = [
        {"job_id": job_id, "url_hash": digest, "url": one.url, "reason": one.reason} for digest, one in wanted.items()
    ]
    if count < MAX_LEFT_OUT:
        page_queries.LEAVE_OUT.execute(db, *new[: MAX_LEFT_OUT - count])


def store_navigations(
    db: Connection, job_id: str, navigations: Sequence[Sequence[NavEntry]], numbers: Mapping[str, int], rank: int = 0
) -> str:
    """Store navigations that the job does not have yet; return their digests, separated by commas.

    Args:
        db: of the transaction.
        job_id: the job.
        navigations: each a tree of its own.
        numbers: page hash → number; entries without one are dropped.
        rank: 0 for what a page shows; see `NavigationRow`.
    """
    digests: list[str] = []
    for entries in navigations:
        lines = [
            [
                entry.nav_level,
                numbers.get(page_hash(entry.url), 0) if entry.url else 0,
                "" if entry.url else entry.title,
            ]
            for entry in entries
        ]
        text = json.dumps([line for line in lines if line[1] or line[2]], ensure_ascii=False, separators=(",", ":"))
        text = text.encode(errors="replace").decode()  # a title from JSON or YAML may hold half a character
        digest = digest_of(f"{rank}{text}")
        if page_queries.HAS_NAVIGATION.scalar(db, {"job": job_id, "digest": digest}) is None:
            if not rank and page_queries.COUNT_NAVIGATIONS.scalar(db, {"job": job_id}) >= MAX_NAVIGATIONS:
                continue
            navigation = {"job_id": job_id, "digest": digest, "rank": rank, "lines": text}
            page_queries.STORE_NAVIGATION.execute(db, navigation)
        digests.append(digest)
    return ",".join(dict.fromkeys(digests))


def page_numbers(
    db: Connection, job_id: str, urls: Iterable[str], known: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return page hash → number for those URLs that are pages of the job, and for all that is known already."""
    numbers = dict(known or {})
    missing = [digest for digest in dict.fromkeys(map(page_hash, urls)) if digest not in numbers]
    numbers.update((digest, number) for digest, (_, number, _, _) in _known(db, job_id, missing).items())
    return numbers


def _known(db: Connection, job_id: str, hashes: Sequence[str]) -> dict[str, tuple[int, int, str, int | None]]:
    """Return page hash → (id, number, sources, place if it waits for room)."""
    if not hashes:
        return {}
    found = page_queries.KNOWN.rows(db, {"job": job_id, "hashes": json.dumps(hashes)})
    return {digest: (id_, number, sources, place) for digest, id_, number, sources, place in found}


def _name(db: Connection, known: Iterable[tuple[tuple[int, int, str, int | None], tuple[Source, ...]]]) -> None:
    """Add to known pages what else named them."""
    more = [
        {"page": id_, "new_sources": _joined((*_parsed(old), *sources))}
        for (id_, _, old, _), sources in known
        if not _has_all(old, sources)
    ]
    page_queries.NAME.execute(db, *more)


@lru_cache(maxsize=256)  # there are few combinations, and a page names hundreds of others
def _has_all(old: str, sources: tuple[Source, ...]) -> bool:
    return _parsed(old).issuperset(sources)


@lru_cache(maxsize=256)
def _parsed(sources: str) -> frozenset[Source]:
    return frozenset(Source(name) for name in sources.split(",") if name)


def _joined(sources: Iterable[Source]) -> str:
    return ",".join(sorted(set(sources), key=_SOURCES.index))
