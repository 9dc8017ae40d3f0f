"""Begin a job with the pages of an earlier one of the same manual; `recrawl` then reads what has changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, exists, func, insert, literal, not_
from sqlalchemy.orm import aliased
from sqlmodel import col

from docspasta_mcp import __version__
from docspasta_mcp.model.edition import MarkdownEdition
from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import NO_ROOM, NOT_INCLUDED, PageState
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.store.coverage import missing_seed_of
from docspasta_mcp.store.frontier import NEW_PAGE
from docspasta_mcp.store.job_rows import change_job, job_row
from docspasta_mcp.store.statements import is_waiting, pick, read_row, rows
from docspasta_mcp.store.tables import JobRow, LeftOutRow, NavigationRow, PageRow

BLOCK = 25  # pages that one message asks for; a message's time is enough for them at two seconds each
MAX_STRANGERS = 500  # pages of an earlier job that this one does not have; with more, it begins anew
_OLD = aliased(PageRow)


def copy_from(db: Connection, job_id: str, seed: str) -> Sequence[int]:
    """Give a new job the pages of the newest readable job of the same owner, scope and options, if there is one.

    One whose seed the site does not have is passed over: a mistyped URL is not a page of the manual. So is one that
    started elsewhere, unless it is whole and has the page that was asked for: a small budget is spent around that page,
    and what does not lead to it may be another edition.
    Pages keep their numbers, and what was left out stays so.

    Args:
        db: of the transaction.
        job_id: the new job.
        seed: hash of the page that it starts from.

    Returns:
        Ids of the pages to enqueue: one of each block, or all if the site asks for pauses.
    """
    row = job_row(db, job_id)
    if row is None or row.is_forced:
        return ()
    likely = (
        col(JobRow.owner) == row.owner,
        col(JobRow.origin) == row.origin,
        col(JobRow.prefix) == row.prefix,
        col(JobRow.options) == row.options,
        col(JobRow.version) == __version__,
        col(JobRow.state).in_((JobState.COMPLETED.value, JobState.PARTIAL.value)),
        ~exists().where(missing_seed_of(col(JobRow.id))),
        (col(JobRow.seed_url) == row.seed_url) | _has_whole(seed),
    )
    earlier = read_row(db, JobRow, *likely, order=[col(JobRow.created_at).desc()])
    if earlier is None or not MarkdownEdition.from_json(earlier.shortcut).is_like(
        MarkdownEdition.from_json(row.shortcut)
    ):
        return ()
    strangers = _strangers(db, earlier, Scope.from_json(row.scope), seed)
    if strangers is None:
        return ()
    change_job(db, row.id, refreshes=earlier.id)
    kept = ("number", "url", "url_hash", "depth", "endless", "place")
    decided = ("sources", "state", "reason")
    fixed = {name: value for name, value in _BLANK.items() if name not in (*kept, *decided)}
    names = [*kept, *decided, *fixed]
    named = func.replace(func.replace(col(_OLD.sources), f"{Source.SEED.value},", ""), Source.SEED.value, "")
    waits = is_waiting(_OLD)
    state = case((waits, col(_OLD.state)), else_=PageState.PENDING.value)
    reason = case((waits, col(_OLD.reason)), else_="")
    values = [*(getattr(_OLD, name) for name in kept), named, state, reason, *map(literal, fixed.values())]
    pages = pick(literal(row.id), *values).where(col(_OLD.job_id) == earlier.id)
    pages = pages.where(col(_OLD.number).not_in(strangers))
    db.execute(insert(PageRow).from_select(["job_id", *names], pages))
    shown = pick(literal(row.id), NavigationRow.digest, NavigationRow.rank, NavigationRow.lines)
    shown = shown.where(col(NavigationRow.job_id) == earlier.id, col(NavigationRow.rank) == 0)
    db.execute(insert(NavigationRow).from_select(["job_id", "digest", "rank", "lines"], shown))
    aside = pick(literal(row.id), LeftOutRow.url_hash, LeftOutRow.url, LeftOutRow.reason)
    aside = aside.where(col(LeftOutRow.job_id) == earlier.id)
    db.execute(insert(LeftOutRow).from_select(["job_id", "url_hash", "url", "reason"], aside))
    own = pick(PageRow.id, PageRow.number, PageRow.url_hash).where(col(PageRow.job_id) == row.id)
    found = rows(db, own.where(not_(is_waiting(PageRow))).order_by(col(PageRow.number)))
    return _firsts(found, seed, size=1 if row.crawl_delay_s else BLOCK)


def _firsts(pages: Sequence[tuple[int, int, str]], seed: str, *, size: int) -> Sequence[int]:
    """Return the ids of each block's first page, that of the seed's block first.

    A block is so many numbers: where pages are missing between them, it has fewer pages.

    Args:
        pages: id, number and URL hash of each, by number.
        seed: URL hash of the page that the crawl starts from.
        size: numbers of a block.
    """
    ids: list[int] = []
    begins, own = -size, 0
    for id_, number, digest in pages:
        if number >= begins + size:
            ids.append(id_)
            begins = number
        if digest == seed:
            own = len(ids) - 1
    return [*ids[own : own + 1], *ids[:own], *ids[own + 1 :]]


def _strangers(db: Connection, earlier: JobRow, scope: Scope, seed: str) -> Sequence[int] | None:
    """Return the numbers of an earlier job's pages that do not belong to a scope; None if that was of another language.

    What an earlier crawl was asked for belongs to its document, but not to that of each later one.
    """
    if Scope.from_json(earlier.scope).language != scope.language:
        return None
    found = rows(db, pick(_OLD.number, _OLD.url, _OLD.url_hash).where(col(_OLD.job_id) == earlier.id))
    strangers = [number for number, url, digest in found if digest != seed and scope.refusal(url)]
    return strangers if len(strangers) <= MAX_STRANGERS else None


def _has_whole(seed: str) -> Any:
    """Return the condition that a job has a page, and that its limit kept none out."""
    limits = (NO_ROOM, NOT_INCLUDED)
    was_cut = exists().where(col(LeftOutRow.job_id) == col(JobRow.id), col(LeftOutRow.reason).in_(limits))
    waits = exists().where(col(_OLD.job_id) == col(JobRow.id), is_waiting(_OLD))
    has_seed = exists().where(col(_OLD.job_id) == col(JobRow.id), col(_OLD.url_hash) == seed)
    return ~was_cut & ~waits & has_seed


_BLANK = {name: value for name, value in NEW_PAGE.items() if name != "job_id" and value is not None}
