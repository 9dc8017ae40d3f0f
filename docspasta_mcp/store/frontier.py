"""How a job's frontier grows: new pages up to its limits, what named them, and what was left out.

Everything here runs inside a transaction that holds the job's row.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.identity import page_hash, trap_group
from docspasta_mcp.models import Job, LeftOut, NavEntry, NewPage, PageState, Source
from docspasta_mcp.store import statements
from docspasta_mcp.store.outbox import PAGE, owe
from docspasta_mcp.store.schema import NavigationRow, PageRow, chunks
from docspasta_mcp.urls import MAX_URL_LENGTH

MAX_LEFT_OUT = 2_000  # URLs remembered of a job; a report needs counts and examples, not an archive
MAX_NAVIGATIONS = 2_000  # different ones stored of a job; sites that build one for each page have local ones
NEW_PAGE = PageRow(
    job_id="", number=0, url="", url_hash="", depth=0, sources="", state=PageState.PENDING.value
).model_dump(exclude={"id"})
_SOURCES = list(Source)
_SHOWN = {Source.SEED, Source.NAVIGATION, Source.LLMS_TXT}  # what tells a manual's pages from whatever lies beside it


@dataclass(frozen=True, slots=True)
class Added:
    """How many messages are owed for new pages, and page hash → number of all that the job has of those named."""

    owed: int
    numbers: dict[str, int]


def add_pages(session: Session, job: Job, pages: Sequence[NewPage], *, now: float, publish: bool = True) -> Added:
    """Insert pages that the job does not know yet, up to its limits, and owe their messages.

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
            wanted[digest] = NewPage(first.url, min(first.depth, page.depth), named)
    known = _known(session, job.id, list(wanted))
    _name(session, ((known[digest], page.sources) for digest, page in wanted.items() if digest in known))
    numbers = {digest: number for digest, (_, number, _) in known.items()}
    new = [(digest, page) for digest, page in wanted.items() if digest not in known]
    if not new:
        return Added(0, numbers)
    new, left_out = _within_limits(session, job, new)
    last = session.connection().scalar(statements.LAST_NUMBER, {"job": job.id}) or 0
    room = max(0, job.options.max_pages - last)
    leave_out(session, job.id, [*left_out, *(LeftOut(page.url, "page_limit") for _, page in new[room:])])
    added = [
        {**NEW_PAGE, "job_id": job.id, "number": number, "url": page.url, "url_hash": digest, "depth": page.depth,
         "sources": _joined(page.sources)}
        for number, (digest, page) in enumerate(new[:room], start=last + 1)
    ]  # fmt: skip
    if not added:
        return Added(0, numbers)
    numbers.update((digest, number) for number, (digest, _) in enumerate(new[:room], start=last + 1))
    session.connection().execute(statements.STORE_PAGES, added)
    if not publish:
        return Added(0, numbers)
    ids = session.connection().scalars(statements.NUMBERED_AFTER, {"job": job.id, "last": last}).all()
    owe(session, now=now, job_id=job.id, kind=PAGE, page_ids=ids)
    return Added(len(ids), numbers)


def leave_out(session: Session, job_id: str, urls: Iterable[LeftOut]) -> None:
    """Remember URLs that are not crawled, each once, as many as are kept of a job."""
    wanted = {page_hash(one.url): one for one in urls}
    if not wanted:
        return
    db = session.connection()
    for chunk in chunks(list(wanted)):
        for digest in db.scalars(statements.KNOWN_LEFT_OUT, {"job": job_id, "hashes": chunk}):
            del wanted[digest]
    if not wanted:
        return
    count = db.scalar(statements.COUNT_LEFT_OUT, {"job": job_id}) or 0
    new = [
        {"job_id": job_id, "url_hash": digest, "url": one.url, "reason": one.reason} for digest, one in wanted.items()
    ]
    if count < MAX_LEFT_OUT:
        db.execute(statements.LEAVE_OUT, new[: MAX_LEFT_OUT - count])


def store_navigations(
    session: Session, job_id: str, navigations: Sequence[Sequence[NavEntry]], numbers: Mapping[str, int], rank: int = 0
) -> str:
    """Store navigations that the job does not have yet; return their digests, separated by commas.

    Args:
        session: of the transaction.
        job_id: the job.
        navigations: each a tree of its own.
        numbers: page hash → number; entries without one are dropped.
        rank: 0 for what a page shows; see `NavigationRow`.
    """
    digests: list[str] = []
    for entries in navigations:
        lines = [
            [entry.level, numbers.get(page_hash(entry.url), 0) if entry.url else 0, "" if entry.url else entry.title]
            for entry in entries
        ]
        text = json.dumps([line for line in lines if line[1] or line[2]], ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(f"{rank}{text}".encode()).hexdigest()[:16]
        if session.connection().scalar(statements.HAS_NAVIGATION, {"job": job_id, "digest": digest}) is None:
            count = select(func.count()).where(col(NavigationRow.job_id) == job_id)
            if not rank and (session.scalar(count) or 0) >= MAX_NAVIGATIONS:
                continue
            session.execute(insert(NavigationRow).values(job_id=job_id, digest=digest, rank=rank, lines=text))
        digests.append(digest)
    return ",".join(dict.fromkeys(digests))


def page_numbers(
    session: Session, job_id: str, urls: Iterable[str], known: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return page hash → number for those URLs that are pages of the job, and for all that is known already."""
    numbers = dict(known or {})
    missing = [digest for digest in dict.fromkeys(map(page_hash, urls)) if digest not in numbers]
    numbers.update((digest, number) for digest, (_, number, _) in _known(session, job_id, missing).items())
    return numbers


def _known(session: Session, job_id: str, hashes: Sequence[str]) -> dict[str, tuple[int, int, str]]:
    """Return page hash → (id, number, sources)."""
    found: dict[str, tuple[int, int, str]] = {}
    for chunk in chunks(hashes):
        for digest, id_, number, sources in session.connection().execute(
            statements.KNOWN, {"job": job_id, "hashes": chunk}
        ):
            found[digest] = (id_, number, sources)
    return found


def _name(session: Session, known: Iterable[tuple[tuple[int, int, str], tuple[Source, ...]]]) -> None:
    """Add to known pages what else named them, in one statement for each set of sources."""
    changed: defaultdict[str, list[int]] = defaultdict(list)
    for (id_, _, old), sources in known:
        before = [Source(name) for name in old.split(",") if name]
        if not set(sources) <= set(before):
            changed[_joined((*before, *sources))].append(id_)
    for sources, ids in changed.items():
        for chunk in chunks(ids):
            session.execute(update(PageRow).where(col(PageRow.id).in_(chunk)).values(sources=sources))


def _within_limits(
    session: Session, job: Job, new: Sequence[tuple[str, NewPage]]
) -> tuple[list[tuple[str, NewPage]], list[LeftOut]]:
    """Part new pages into those to take, and those too deep or one too many of an endless kind."""
    taken: list[tuple[str, NewPage]] = []
    left_out: list[LeftOut] = []
    counts: Counter[str] = Counter()
    for digest, page in new:
        group = trap_group(page.url)
        if group is not None and group[0] not in counts:
            counts[group[0]] = _count_below(session, job.id, group[0])
        if job.scope.is_aside(page.url) and not _SHOWN & set(page.sources):
            left_out.append(LeftOut(page.url, "changelog"))
        elif page.depth > job.options.max_depth:
            left_out.append(LeftOut(page.url, "depth_limit"))
        elif group is not None and counts[group[0]] >= group[1]:
            left_out.append(LeftOut(page.url, "trap"))
        else:
            taken.append((digest, page))
            if group is not None:
                counts[group[0]] += 1
    return taken, left_out


def _count_below(session: Session, job_id: str, prefix: str) -> int:
    below: Callable[..., Any] = col(PageRow.url).startswith
    return (
        session.scalar(select(func.count()).where(col(PageRow.job_id) == job_id, below(prefix, autoescape=True))) or 0
    )


def _joined(sources: Iterable[Source]) -> str:
    return ",".join(sorted(set(sources), key=_SOURCES.index))
