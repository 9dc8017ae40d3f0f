"""How a job stands: what its rows say, counted and never kept."""

from collections import Counter
from collections.abc import Set
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import Coverage, JobState
from docspasta_mcp.model.page import NOT_THERE, PageState
from docspasta_mcp.model.seed_fault import IS_FINE, SeedFault
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.tables import JobRow, PageRow

_MISSED = (PageState.SKIPPED.value, PageState.FAILED.value)
_SETTLED = (PageState.DONE.value, *_MISSED)


def lock_running(session: Session, job_id: str) -> JobRow | None:
    """Return the job if it is running, locked until the transaction ends (SQLite locks the whole file anyway)."""
    return session.scalar(
        select(JobRow).where(col(JobRow.id) == job_id, col(JobRow.state) == JobState.RUNNING.value).with_for_update()
    )


def has_open_page(db: Direct, job_id: str) -> bool:
    """Tell whether a page of the job is pending or being fetched."""
    return db.scalar(page_queries.OPEN_PAGE, {"job": job_id}) is not None


def has_page(db: Direct, job_id: str) -> bool:
    """Tell whether the job has begun: its seed is a page."""
    return db.scalar(page_queries.ANY_PAGE, {"job": job_id}) is not None


def missing_seed_of(job_id: Any) -> Any:
    """Return the condition that a page is the one that a job starts from, and that the site does not have it."""
    is_seed = col(PageRow.sources).startswith(Source.SEED.value)
    is_missing = and_(col(PageRow.state) == PageState.FAILED.value, col(PageRow.reason).in_(NOT_THERE))
    return and_(col(PageRow.job_id) == job_id, is_missing, is_seed)


def coverage_of(db: Direct, job_id: str) -> Coverage:
    """Count a job's pages by what became of them."""
    counted = db.rows(page_queries.COVERAGE, {"job": job_id})
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    named: Counter[str] = Counter()  # a page counts once for each source that named it
    words = tokens = 0
    seeds: set[tuple[str, str]] = set()
    for state, reason, duplicate_of, sources, number, page_words, page_tokens in counted:
        page_state, page_reason = (
            (state, reason) if duplicate_of is None else (PageState.SKIPPED.value, reason or "duplicate")
        )
        counts[page_state] += number
        if sources.startswith(Source.SEED.value):
            seeds.add((page_state, page_reason))
        if page_reason:
            reasons[page_reason] += number
        if page_state == PageState.DONE:
            words, tokens = words + page_words, tokens + page_tokens
        for source in filter(None, sources.split(",")):
            named[source] += number
    return Coverage(
        done=counts[PageState.DONE],
        skipped=counts[PageState.SKIPPED],
        failed=counts[PageState.FAILED],
        pending=_open(counts),
        words=words,
        tokens=tokens,
        reasons=dict(sorted(reasons.items())),
        sources={source.value: named[source] for source in Source if named[source]},
        left_out=dict(db.rows(page_queries.LEFT_OUT_REASONS, {"job": job_id})),
        seed_fault=_seed_fault(db, job_id, seeds, is_all=not (counts[PageState.DONE] + _open(counts))),
        is_seed_settled=any(state in _SETTLED for state, _ in seeds),
    )


def _open(counts: Counter[str]) -> int:
    return counts[PageState.PENDING] + counts[PageState.FETCHING]


def _seed_fault(db: Direct, job_id: str, seeds: Set[tuple[str, str]], *, is_all: bool) -> SeedFault | None:
    """Return what is wrong with the page that a job starts from, by what became of it.

    Args:
        db: of the transaction.
        job_id: the job.
        seeds: state and reason of each.
        is_all: whether nothing else came of the job: then one that leads elsewhere led nowhere.
    """
    if not any(state in _MISSED and (is_all or reason not in IS_FINE) for state, reason in seeds):
        return None
    found = db.rows(page_queries.SEED, {"job": job_id, "seed": f"{Source.SEED.value}%"})
    return next((SeedFault(*facts) for facts in found), None)
