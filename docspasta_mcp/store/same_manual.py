"""Find the crawl that already has, or will have, the manual that another one is asked for, by whatever page.

A manual has many doors: its start page with and without `index.html`, any of its pages, a smaller number of pages. A
crawl serves all of them if it was made with the same choices and has the page that is asked for.
"""

from sqlalchemy import ColumnElement, Connection, exists, select
from sqlmodel import col

from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.model.page_identity import page_hash, page_key
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.store.coverage import coverage_of, has_page
from docspasta_mcp.store.statements import read_rows
from docspasta_mcp.store.tables import JobRow, LeftOutRow, PageRow
from docspasta_mcp.urls import origin_of

_NEW_S = 10.0  # since when a crawl is taken to be still finding out what its manual is
_LATEST = 100  # crawls of an owner that are looked at, the newest
_READABLE = (JobState.COMPLETED.value, JobState.PARTIAL.value)
_HELD = (PageState.DONE.value, PageState.PENDING.value, PageState.FETCHING.value)
_ELSEWHERE = ("redirected", "duplicate", "near_duplicate", "union")  # reasons of pages whose text stands on others
_ASIDE = ("translation", "version", "blog", "changelog", "print", "listing", "source")  # what `auto` alone leaves out
_FREE = {
    "max_pages",
    "scope",
    "delay_seconds",
}  # the first two are compared by what they come to; a pace changes no page


def is_current(fresh_since: float) -> ColumnElement[bool]:
    """Tell whether a crawl runs or has ended since; most pages of one that was tried again are as old as its start."""
    has_ended = col(JobRow.state).in_(_READABLE) & (col(JobRow.finished_at) >= fresh_since)
    is_as_old = col(JobRow.retried_at).is_(None) | (col(JobRow.created_at) >= fresh_since)
    return ((col(JobRow.state) == JobState.RUNNING.value) | has_ended) & is_as_old


def serving(db: Connection, job: Job, fresh_since: float) -> JobRow | None:
    """Return the owner's newest crawl that serves who asks for `job`, running or ended since `fresh_since`, or None."""
    recent = (col(JobRow.owner) == job.owner, is_current(fresh_since))
    found = read_rows(db, JobRow, *recent, order=[col(JobRow.created_at).desc()], limit=_LATEST)
    return next((row for row in found if _serves(db, row, job)), None)


def may_serve(db: Connection, job: Job) -> bool:
    """Tell whether a crawl that was just begun, and does not know its extent yet, may turn out to serve `job`."""
    new = (
        col(JobRow.owner) == job.owner,
        col(JobRow.state) == JobState.RUNNING.value,
        col(JobRow.origin) == job.scope.origin,
        col(JobRow.created_at) >= job.created_at - _NEW_S,
    )
    return any(_is_like(row, job) and not has_page(db, row.id) for row in read_rows(db, JobRow, *new))


def _is_like(row: JobRow, job: Job) -> bool:
    """Tell whether a crawl has all that is asked for, but for its extent."""
    options = JobOptions.model_validate_json(row.options)
    is_large_enough = job.options.max_pages <= options.max_pages
    return is_large_enough and options.model_dump(exclude=_FREE) == job.options.model_dump(exclude=_FREE)


def _serves(db: Connection, row: JobRow, job: Job) -> bool:
    options, scope = JobOptions.model_validate_json(row.options), Scope.from_json(row.scope)
    url = scope.normal(job.seed_url)
    if origin_of(url) != scope.origin or not _is_like(row, job):
        return False
    if not has_page(db, row.id):  # its extent is not known yet
        return options.scope is job.options.scope and page_key(row.seed_url) == page_key(url)
    is_whole = _has_extent(db, row, scope, options, job)
    return is_whole and _holds(db, row.id, url) and coverage_of(db, row.id).seed_fault is None


def _has_extent(db: Connection, row: JobRow, scope: Scope, options: JobOptions, job: Job) -> bool:
    """Tell whether a crawl has the extent that is asked for: what `auto` finds is the manual of each of its pages."""
    asked = job.options.scope
    if asked is ScopeMode.AUTO:
        return options.scope is ScopeMode.AUTO
    if scope.prefix != ("/" if asked is ScopeMode.HOST else job.scope.prefix):
        return False
    aside = exists().where(col(LeftOutRow.job_id) == row.id, col(LeftOutRow.reason).in_(_ASIDE))
    return options.scope is not ScopeMode.AUTO or not (scope.kept or db.scalar(select(aside)))


def _holds(db: Connection, job_id: str, url: str) -> bool:
    is_held = col(PageRow.state).in_(_HELD) | col(PageRow.reason).in_(_ELSEWHERE)
    is_page = exists().where(col(PageRow.job_id) == job_id, col(PageRow.url_hash) == page_hash(url), is_held)
    return bool(db.scalar(select(is_page)))
