"""A job's progress, counted from its rows; there are no counters."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_
from sqlmodel import col

from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import Coverage
from docspasta_mcp.model.page import NO_ROOM, NOT_INCLUDED, NOT_THERE, PageState
from docspasta_mcp.model.seed_fault import IS_FINE, SeedFault
from docspasta_mcp.store import page_queries
from docspasta_mcp.store.statements import fate_of
from docspasta_mcp.store.tables import PageRow

_SEED = f"{Source.SEED.value}%"
_MISSED = (PageState.SKIPPED.value, PageState.FAILED.value)
_SETTLED = (PageState.DONE.value, *_MISSED)


def has_open_page(db: Connection, job_id: str) -> bool:
    """Tell whether a page of the job is pending or being fetched."""
    return page_queries.OPEN_PAGE.scalar(db, {"job": job_id}) is not None


def has_page(db: Connection, job_id: str) -> bool:
    """Tell whether the job has begun: its seed is a page."""
    return page_queries.ANY_PAGE.scalar(db, {"job": job_id}) is not None


def missing_seed_of(job_id: Any) -> Any:
    """Return the condition that a page is the one that a job starts from, and that the site does not have it."""
    is_seed = col(PageRow.sources).startswith(Source.SEED.value)
    is_missing = and_(col(PageRow.state) == PageState.FAILED.value, col(PageRow.reason).in_(NOT_THERE))
    return and_(col(PageRow.job_id) == job_id, is_missing, is_seed)


def coverage_of(db: Connection, job_id: str) -> Coverage:
    """Count a job's pages by what became of them."""
    kinds = page_queries.COVERAGE.rows(db, {"job": job_id})
    left_out = page_queries.LEFT_OUT_REASONS.rows(db, {"job": job_id})
    seeds = page_queries.SEED.rows(db, {"job": job_id, "seed": _SEED}) if _misses_seed(kinds) else ()
    return _coverage(kinds, dict(left_out), seeds)


def coverages_of(db: Connection, job_ids: Sequence[str]) -> Mapping[str, Coverage]:
    """Count the pages of each of some jobs, with as many statements as for one."""
    jobs = {"jobs": json.dumps(job_ids)}
    kinds, left_out, seeds = (
        _by_job(page_queries.COVERAGES.rows(db, jobs)),
        _by_job(page_queries.LEFT_OUT_REASONS_OF_EACH.rows(db, jobs)),
        _by_job(page_queries.SEEDS.rows(db, {**jobs, "seed": _SEED})),
    )
    return {id_: _coverage(kinds[id_], dict(left_out[id_]), seeds[id_]) for id_ in job_ids}


def _by_job(found: Sequence[Any]) -> defaultdict[str, list[Any]]:
    """Return the rows of each job, whose id they begin with, without it."""
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for job_id, *row in found:
        rows[job_id].append(row)
    return rows


def _coverage(kinds: Sequence[Any], left_out: dict[str, int], seeds: Sequence[Any]) -> Coverage:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    named: Counter[str] = Counter()  # a page counts once for each source that named it
    waiting: Counter[str] = Counter()
    words = tokens = 0
    for kind in kinds:
        state, reason = _fate(kind)
        _, _, _, sources, number, page_words, page_tokens = kind
        if reason in (NO_ROOM, NOT_INCLUDED):
            waiting[reason] += number
            continue
        counts[state] += number
        if reason:
            reasons[reason] += number
        if state == PageState.DONE:
            words, tokens = words + page_words, tokens + page_tokens
        for source in filter(None, sources.split(",")):
            named[source] += number
    fault = next((SeedFault(*facts) for facts in seeds), None) if _misses_seed(kinds) else None
    return Coverage(
        done=counts[PageState.DONE],
        skipped=counts[PageState.SKIPPED],
        failed=counts[PageState.FAILED],
        pending=counts[PageState.PENDING] + counts[PageState.FETCHING],
        words=words,
        tokens=tokens,
        reasons=dict(sorted(reasons.items())),
        sources={source.value: named[source] for source in Source if named[source]},
        left_out=dict(waiting + Counter(left_out)),
        seed_fault=fault,
        is_seed_settled=any(state in _SETTLED for state, _ in _seed_fates(kinds)),
    )


def _fate(kind: Any) -> tuple[str, str]:
    """Return the state and the reason that pages of a kind are counted under."""
    state, reason, duplicate_of, *_ = kind
    return fate_of(state, reason, is_duplicate=duplicate_of is not None)


def _seed_fates(kinds: Sequence[Any]) -> list[tuple[str, str]]:
    """Return what became of the page that a job starts from."""
    return [_fate(kind) for kind in kinds if kind[3].startswith(Source.SEED.value)]


def _misses_seed(kinds: Sequence[Any]) -> bool:
    """Tell whether the page that a job starts from is missing, and should not be.

    One that leads elsewhere is fine, unless nothing else came of the job: then it led nowhere. One that `include` does
    not match is not missed.
    """
    is_all = all(_fate(kind)[0] in _MISSED for kind in kinds)
    fates = [(state, reason) for state, reason in _seed_fates(kinds) if state in _MISSED and reason != "excluded"]
    return any(is_all or reason not in IS_FINE for _, reason in fates)
