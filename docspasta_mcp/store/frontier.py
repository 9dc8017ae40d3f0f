"""How a job's frontier grows: new pages up to its limits, what named them, and what was left out.

Everything here runs inside a transaction that holds the job's row.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from docspasta_mcp.model.frontier import LeftOut, NavEntry, NewPage, Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import NOT_THERE, PageState
from docspasta_mcp.model.page_identity import page_hash, trap_group
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.outbox import PAGE, enqueue
from docspasta_mcp.store.tables import PageRow
from docspasta_mcp.urls import MAX_URL_LENGTH

MAX_LEFT_OUT = 2_000  # URLs remembered of a job; a report needs counts and examples, not an archive
MAX_NAVIGATIONS = 2_000  # different ones stored of a job; sites that build one for each page have local ones
NEW_PAGE = PageRow(
    job_id="", number=0, url="", url_hash="", depth=0, sources="", state=PageState.PENDING.value
).model_dump(exclude={"id"})
_SOURCES = list(Source)
MOST_ASKED = 4  # times max_pages URLs are asked for at most, dead ones included
TAKES_NO_ROOM = NOT_THERE | {"redirected"}
MOST_SHOWN = 2_000  # pages of one endless kind that a navigation may name
_LISTED = {Source.SEED, Source.LLMS_TXT, Source.SITEMAP, Source.INDEX, Source.FOLDER}
_SHOWN = {Source.SEED, Source.NAVIGATION, Source.LLMS_TXT}  # what tells a manual's pages from whatever lies beside it
_NAMED = (Source.SEED, Source.NAVIGATION, Source.LLMS_TXT, Source.FOLDER)


@dataclass(frozen=True, slots=True)
class Added:
    """How many messages were enqueued for new pages, and page hash → number of each named page in the job."""

    enqueued: int
    numbers: dict[str, int]


def is_named(sources: str) -> bool:
    """Tell whether a navigation, an llms.txt, a folder or the caller named a page, by its column."""
    return any(source.value in sources for source in _NAMED)


def add_pages(db: Direct, job: Job, pages: Sequence[NewPage], *, now: float, publish: bool = True) -> Added:
    """Insert pages that the job does not know yet, up to its limits, and enqueue their messages.

    Pages that are known learn what else named them; what finds no room is noted as left out.
    """
    wanted: dict[str, NewPage] = {}
    for page in pages:
        if len(page.url) > MAX_URL_LENGTH:  # an alias can make it longer, and a message could not carry it
            continue
        digest = page_hash(page.url)
        first = wanted.setdefault(digest, page)
        if first is not page:
            named = tuple(dict.fromkeys((*first.sources, *page.sources)))
            wanted[digest] = NewPage(first.url, min(first.link_depth, page.link_depth), named)
    known = _known(db, job.id, list(wanted))
    _name(db, ((known[digest], page.sources) for digest, page in wanted.items() if digest in known))
    numbers = {digest: number for digest, (_, number, _) in known.items()}
    new = [(digest, page) for digest, page in wanted.items() if digest not in known]
    if not new:
        return Added(0, numbers)
    new, left_out = _within_limits(db, job, new)
    last = db.scalar(page_queries.LAST_NUMBER, {"job": job.id}) or 0
    size = _size(db, job, last=last, more=len(new))
    new, without_room = _within_room(job, new, room=_room(db, job, size), size=size)
    leave_out(db, job.id, [*left_out, *without_room])
    added = [
        {**NEW_PAGE, "job_id": job.id, "number": number, "url": page.url, "url_hash": digest, "depth": page.link_depth,
         "sources": _joined(page.sources), "endless": _endless(page.url)}
        for number, (digest, page) in enumerate(new, start=last + 1)
    ]  # fmt: skip
    if not added:
        return Added(0, numbers)
    numbers.update((digest, number) for number, (digest, _) in enumerate(new, start=last + 1))
    db.execute(page_queries.STORE_PAGES, *added)
    db.execute(page_queries.TAKE_IN, {"job": job.id, "hashes": json.dumps([digest for digest, _ in new])})
    if not publish:
        return Added(0, numbers)
    ids = [id_ for (id_,) in db.rows(page_queries.NUMBERED_AFTER, {"job": job.id, "last": last})]
    enqueue(db, now=now, job_id=job.id, kind=PAGE, page_ids=ids)
    return Added(len(ids), numbers)


def refill(db: Direct, job: Job, *, depth: int, now: float) -> int:
    """Give the slot of a page that does not exist to one that the limit kept out; return the number of messages.

    Args:
        db: of the transaction.
        job: whose page is not there.
        depth: that page's, which those that found no room are taken to have.
        now: Unix seconds.
    """
    room = _room(db, job, db.scalar(page_queries.COUNT_PAGES, {"job": job.id}))
    if room <= 0:
        return 0
    waiting = db.rows(page_queries.WITHOUT_ROOM, {"job": job.id, "limit": "page_limit", "room": room})
    return add_pages(db, job, [NewPage(url, depth, (Source.LINK,)) for (url,) in waiting], now=now).enqueued


def _size(db: Direct, job: Job, *, last: int, more: int) -> int:
    """Return how many pages a job has, or its last number where `more` find room even so.

    A job that refreshes another has fewer than its last number says: pages that are not its own left holes.
    """
    if last + more <= job.options.max_pages // 2:
        return last
    return db.scalar(page_queries.COUNT_PAGES, {"job": job.id})


def _room(db: Direct, job: Job, size: int) -> int:
    """Return how many pages a job that has `size` may still have: dead links and redirects take no room.

    They are not endless, though: after some times `max_pages` of them a site is left alone.
    """
    freed = db.scalar(page_queries.FREED, {"job": job.id, "reasons": json.dumps(sorted(TAKES_NO_ROOM))}) if size else 0
    most = job.options.max_pages
    return min(most - size + freed, MOST_ASKED * most - size)


def leave_out(db: Direct, job_id: str, urls: Iterable[LeftOut]) -> None:
    """Remember URLs that are not crawled, each once, as many as are kept of a job."""
    wanted = {page_hash(one.url): one for one in urls}
    if not wanted:
        return
    for (digest,) in db.rows(page_queries.KNOWN_LEFT_OUT, {"job": job_id, "hashes": json.dumps(list(wanted))}):
        del wanted[digest]
    for digest in _known(db, job_id, list(wanted)):
        if wanted[digest].reason == "nofollow":
            del wanted[digest]
    if not wanted:
        return
    count = db.scalar(page_queries.COUNT_LEFT_OUT, {"job": job_id}) or 0
    new = [
        {"job_id": job_id, "url_hash": digest, "url": one.url, "reason": one.reason} for digest, one in wanted.items()
    ]
    if count < MAX_LEFT_OUT:
        db.execute(page_queries.LEAVE_OUT, *new[: MAX_LEFT_OUT - count])


def store_navigations(
    db: Direct, job_id: str, navigations: Sequence[Sequence[NavEntry]], numbers: Mapping[str, int], rank: int = 0
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
        digest = _digest(f"{rank}{text}")
        if db.scalar(page_queries.HAS_NAVIGATION, {"job": job_id, "digest": digest}) is None:
            if not rank and db.scalar(page_queries.COUNT_NAVIGATIONS, {"job": job_id}) >= MAX_NAVIGATIONS:
                continue
            navigation = {"job_id": job_id, "digest": digest, "rank": rank, "lines": text}
            db.execute(page_queries.STORE_NAVIGATION, navigation)
        digests.append(digest)
    return ",".join(dict.fromkeys(digests))


def page_numbers(
    db: Direct, job_id: str, urls: Iterable[str], known: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return page hash → number for those URLs that are pages of the job, and for all that is known already."""
    numbers = dict(known or {})
    missing = [digest for digest in dict.fromkeys(map(page_hash, urls)) if digest not in numbers]
    numbers.update((digest, number) for digest, (_, number, _) in _known(db, job_id, missing).items())
    return numbers


def _known(db: Direct, job_id: str, hashes: Sequence[str]) -> dict[str, tuple[int, int, str]]:
    """Return page hash → (id, number, sources)."""
    if not hashes:
        return {}
    found = db.rows(page_queries.KNOWN, {"job": job_id, "hashes": json.dumps(hashes)})
    return {digest: (id_, number, sources) for digest, id_, number, sources in found}


def _name(db: Direct, known: Iterable[tuple[tuple[int, int, str], tuple[Source, ...]]]) -> None:
    """Add to known pages what else named them."""
    more: list[dict[str, Any]] = []
    for (id_, _, old), sources in known:
        before = _parsed(old)
        if not before.issuperset(sources):
            more.append({"page": id_, "new_sources": _joined((*before, *sources))})
    db.execute(page_queries.NAME, *more)


def _within_limits(
    db: Direct, job: Job, new: Sequence[tuple[str, NewPage]]
) -> tuple[list[tuple[str, NewPage]], list[LeftOut]]:
    """Split new pages into accepted ones and ones rejected for depth or as traps."""
    taken: list[tuple[str, NewPage]] = []
    left_out: list[LeftOut] = []
    counts: Counter[str] = Counter()
    for digest, page in new:
        group = trap_group(page.url)
        if group is not None and group[0] not in counts:
            counts[group[0]] = db.scalar(page_queries.COUNT_ENDLESS, {"job": job.id, "endless": _digest(group[0])})
        if job.scope.is_changelog(page.url) and not _SHOWN & set(page.sources):
            left_out.append(LeftOut(page.url, "changelog"))
        elif page.link_depth > job.options.max_depth:
            left_out.append(LeftOut(page.url, "depth_limit"))
        elif group is not None and counts[group[0]] >= group[1] and not _is_meant(job, page, counts[group[0]]):
            left_out.append(LeftOut(page.url, "trap"))
        else:
            taken.append((digest, page))
            if group is not None:
                counts[group[0]] += 1
    return taken, left_out


def _is_meant(job: Job, page: NewPage, count: int) -> bool:
    """Tell whether a page that looks like one of an endless kind is wanted: the site's lists or `include` name it.

    A navigation may hold a calendar, so what it names is taken so many times and no more.
    """
    if _LISTED & set(page.sources) or job.scope.brings_back(page.url):
        return True
    return Source.NAVIGATION in page.sources and count < MOST_SHOWN


def _within_room(
    job: Job, new: Sequence[tuple[str, NewPage]], *, room: int, size: int
) -> tuple[list[tuple[str, NewPage]], list[LeftOut]]:
    """Return the new pages that find room, and those that do not, if the job has `size` pages already.

    `room` is for how many more.

    Pages that `include` does not match are read for their links alone. They come last, and only while the job has
    fewer than half of what it may have: however many there are, the rest is left to those that it matches.
    """
    wanted: list[tuple[str, NewPage]] = []
    others: list[tuple[str, NewPage]] = []
    for digest, page in new:
        is_wanted = job.scope.wants(page.url) or Source.SEED in page.sources
        (wanted if is_wanted else others).append((digest, page))
    most = job.options.max_pages
    room, half = max(0, room), max(0, (most + 1) // 2 - size - len(wanted))
    left_out = [LeftOut(page.url, "page_limit") for _, page in wanted[room:]]
    left_out += [LeftOut(page.url, "not_included") for _, page in others[half:]]
    return wanted[:room] + others[:half], left_out


def _endless(url: str) -> str | None:
    """Return what a page's endless kind goes by in the store; None if it is of none."""
    group = trap_group(url)
    return _digest(group[0]) if group is not None else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=256)  # there are few combinations, and a page names a hundred others
def _parsed(sources: str) -> frozenset[Source]:
    return frozenset(Source(name) for name in sources.split(",") if name)


def _joined(sources: Iterable[Source]) -> str:
    return ",".join(sorted(set(sources), key=_SOURCES.index))
