"""The SQL statements that every page runs; see `prepared` for why they are prepared.

Their parameters are named: `job`, `page`, `now` and what else each one's line says. `hashes` is a JSON list of URL
hashes.
"""

from typing import Any

from sqlalchemy import Table, and_, bindparam, case, delete, func, insert, not_, select, union_all, update

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store.prepared import Prepared, json_texts
from docspasta_mcp.store.statements import is_waiting, table_of
from docspasta_mcp.store.tables import ContentRow, JobRow, LeftOutRow, NavigationRow, OutboxRow, PageRow


def _texts(name: str) -> Any:
    return select(json_texts(bindparam(name)).table_valued("value").c.value)


_JOB, _PAGE, _content, _outbox = table_of(JobRow), table_of(PageRow), table_of(ContentRow), table_of(OutboxRow)
_left_out, _navigation = table_of(LeftOutRow), table_of(NavigationRow)
_job, _page = _JOB.c, _PAGE.c
_is_running = and_(_job.id == bindparam("job"), _job.state == JobState.RUNNING.value)
_of_job = _page.job_id == bindparam("job")
_of_jobs = _page.job_id.in_(_texts("jobs"))
_is_fetched = and_(_page.id == bindparam("page"), _page.state == PageState.FETCHING.value)
_is_open = (_page.state == PageState.PENDING.value) | (_page.state == PageState.FETCHING.value)
_is_waiting = is_waiting(_page)
_is_fresh = and_(_page.state == PageState.PENDING.value, _page.attempts == 0) | and_(
    _page.state == PageState.FETCHING.value, _page.attempts <= 1
)
_is_listed = _page.url_hash.in_(_texts("hashes"))


def _all_of(table: Table, *, but: str = "") -> dict[str, Any]:
    """Return a parameter for each column: what is inserted names them all, since no default is filled in."""
    return {column.name: bindparam(column.name) for column in table.columns if column.name != but}


SETTLED_COLUMNS = (
    "state", "reason", "detail", "title", "words", "tokens", "bytes", "quality", "language", "content_hash", "likeness",
    "etag", "modified", "body_hash", "fetched_at", "lease_until",
)  # fmt: skip
_settled: dict[str, Any] = {name: bindparam(f"new_{name}") for name in SETTLED_COLUMNS}

TOUCH = Prepared(update(_JOB).where(_is_running).values(active_at=bindparam("now")).returning(_job.id))
"""Lock a running job until the transaction ends, and note that something happens."""

CLAIM = Prepared(
    update(_PAGE)
    .where(
        _page.id == bindparam("page"),
        _page.job_id.in_(select(_job.id).where(_is_running)),
        (_page.state == PageState.PENDING.value)
        | and_(
            _page.state == PageState.FETCHING.value,
            (_page.lease_until < bindparam("now")) | (_page.lease_until > bindparam("until")),
        ),
    )
    .values(
        state=PageState.FETCHING.value,
        lease_until=bindparam("until"),
        fence=_page.fence + 1,
        attempts=_page.attempts + 1,
    )
    .returning(_page.number, _page.url, _page.depth, _page.fence, _page.attempts, _page.sources, _page.place)
)
"""Take a page that is free or whose lease is over, until `until`. A lease beyond that is from before the clock was
set back."""

RELEASE = Prepared(
    update(_PAGE)
    .where(_is_fetched, _page.fence == bindparam("held"))
    .values(state=PageState.PENDING.value, lease_until=None, attempts=_page.attempts - bindparam("untried"))
)
"""Release a claimed page; `untried` is 1 if it was not asked for, so that the claim is no try, else 0."""

RENEW = Prepared(
    update(_PAGE).where(_is_fetched, _page.fence == bindparam("held")).values(lease_until=bindparam("until"))
)
HELD_UNTIL = Prepared(select(_page.lease_until).where(_is_fetched, _of_job))

_other = _PAGE.alias().c
_arrivals = select(func.coalesce(func.max(_other.arrival), 0) + 1).where(
    _other.job_id == bindparam("job"), _other.state == PageState.DONE.value
)
_settled["arrival"] = case((bindparam("new_state") == PageState.DONE.value, _arrivals.scalar_subquery()))

SETTLE = Prepared(
    update(_PAGE)
    .where(_is_fetched, _page.fence == bindparam("held"))
    .values(**_settled, url=bindparam("new_url"))
    .returning(_page.id)
)
"""Give a claimed page its final state if fencing token `held` is unchanged; values are named `new_state` and so on."""

SETTLE_OTHER = Prepared(
    update(_PAGE).where(_page.id == bindparam("page"), _is_open).values(**_settled, fence=_page.fence + 1)
)
"""Settle an open page, whoever claimed it: a redirect led to it."""

FAIL_OPEN = Prepared(
    update(_PAGE)
    .where(_page.id == bindparam("page"), _is_open)
    .values(
        state=PageState.FAILED.value,
        reason=bindparam("new_reason"),
        detail=bindparam("new_detail"),
        fetched_at=bindparam("now"),
        lease_until=None,
        fence=_page.fence + 1,
    )
)

LAST_ARRIVAL = Prepared(select(func.max(_page.arrival)).where(_of_job, _page.state == PageState.DONE.value))
_refreshed = select(_job.refreshes).where(_job.id == bindparam("job")).scalar_subquery()
_highest = union_all(
    select(func.max(_page.number).label("number")).where(_of_job),
    select(func.max(_other.number)).where(_other.job_id == _refreshed),
).subquery()
LAST_NUMBER = Prepared(select(func.max(_highest.c.number)))
"""The highest number that a job has given. It never gives one to another page than the job that it refreshes did."""

NUMBERED_AFTER = Prepared(
    select(_page.id)
    .where(_of_job, _page.number > bindparam("last"), _page.state == PageState.PENDING.value)
    .order_by(_page.number)
)
KNOWN = Prepared(
    select(_page.url_hash, _page.id, _page.number, _page.sources, case((_is_waiting, _page.place))).where(
        _of_job, _is_listed
    )
)
"""Pages of a job by `hashes`; the last value is the place of one that waits for room."""

USABLE = Prepared(select(_page.id).where(_of_job, _is_listed, _page.state != PageState.FAILED.value))
COUNT_PAGES = Prepared(select(func.count()).where(_of_job, not_(_is_waiting)))
"""How many pages a job has, without those that wait for room."""

COUNT_WAITING = Prepared(select(func.count()).where(_of_job, _is_waiting))
LAST_PLACE = Prepared(select(func.max(_page.place)).where(_of_job, not_(_is_waiting)))
NEXT_WAITING = Prepared(
    select(_page.id, _page.place).where(_of_job, _is_waiting).order_by(_page.place, _page.id).limit(bindparam("room"))
)
BRING_FORWARD = Prepared(
    update(_PAGE)
    .where(_page.id == bindparam("page"), _is_waiting)
    .values(place=bindparam("new_place"), depth=bindparam("new_depth"))
)
"""Let a page wait nearer to the head, since another link to it stands there."""

GIVE_ROOM = Prepared(
    update(_PAGE)
    .where(_page.id == bindparam("page"), _is_waiting)
    .values(state=PageState.PENDING.value, reason="", place=bindparam("new_place"))
)
FRESH_PAGE = Prepared(select(_page.id).where(_of_job, _is_fresh).limit(1))
"""An open page that is not being tried again: one for which those that wait for room have to wait."""

COUNT_ENDLESS = Prepared(select(func.count()).where(_of_job, _page.endless == bindparam("endless")))
_kind = (_page.state, _page.reason, _page.duplicate_of, _page.sources)  # as in the index: nothing is sorted
COVERAGE = Prepared(
    select(*_kind, func.count(), func.sum(_page.words), func.sum(_page.tokens)).where(_of_job).group_by(*_kind)
)
"""How many pages of a job there are of each kind: state, reason, page that says the same, sources; words and tokens."""
COVERAGES = Prepared(
    select(_page.job_id, *_kind, func.count(), func.sum(_page.words), func.sum(_page.tokens))
    .where(_of_jobs)
    .group_by(_page.job_id, *_kind)
)
"""The same of each of some jobs, `jobs` as a JSON list of their ids."""

SEED = Prepared(
    select(_page.url, _page.reason, _page.detail).where(_of_job, _page.sources.like(bindparam("seed"))).limit(1)
)
"""The page that a job starts from."""

SEEDS = Prepared(
    select(_page.job_id, _page.url, _page.reason, _page.detail).where(_of_jobs, _page.sources.like(bindparam("seed")))
)
"""The page that each of some jobs starts from."""

WITH_REASON = Prepared(
    select(func.count()).where(
        _of_job,
        (_page.state == PageState.SKIPPED.value) | (_page.state == PageState.FAILED.value),
        _page.reason.in_(_texts("reasons")),
    )
)
"""How many pages of a job were skipped or failed for one of `reasons`, a JSON list."""

OPEN_PAGE = Prepared(select(_page.id).where(_of_job, _is_open).limit(1))
ANY_PAGE = Prepared(select(_page.id).where(_of_job).limit(1))
NAME = Prepared(update(_PAGE).where(_page.id == bindparam("page")).values(sources=bindparam("new_sources")))

HAS_NAVIGATION = Prepared(
    select(_navigation.c.digest).where(
        _navigation.c.job_id == bindparam("job"), _navigation.c.digest == bindparam("digest")
    )
)
COUNT_NAVIGATIONS = Prepared(select(func.count()).where(_navigation.c.job_id == bindparam("job")))
KNOWN_LEFT_OUT = Prepared(
    select(_left_out.c.url_hash).where(
        _left_out.c.job_id == bindparam("job"), _left_out.c.url_hash.in_(_texts("hashes"))
    )
)
COUNT_LEFT_OUT = Prepared(select(func.count()).where(_left_out.c.job_id == bindparam("job")))
LEFT_OUT_REASONS = Prepared(
    select(_left_out.c.reason, func.count())
    .where(_left_out.c.job_id == bindparam("job"))
    .group_by(_left_out.c.reason)
    .order_by(_left_out.c.reason)
)
LEFT_OUT_REASONS_OF_EACH = Prepared(
    select(_left_out.c.job_id, _left_out.c.reason, func.count())
    .where(_left_out.c.job_id.in_(_texts("jobs")))
    .group_by(_left_out.c.job_id, _left_out.c.reason)
    .order_by(_left_out.c.job_id, _left_out.c.reason)
)
WITHOUT_ROOM = Prepared(
    select(_left_out.c.url)
    .where(_left_out.c.job_id == bindparam("job"), _left_out.c.reason == bindparam("limit"))
    .order_by(_left_out.c.url)
    .limit(bindparam("room"))
)
TAKE_IN = Prepared(
    delete(_left_out).where(_left_out.c.job_id == bindparam("job"), _left_out.c.url_hash.in_(_texts("hashes")))
)
"""Forget of pages that they were left out."""

HAS_CONTENT = Prepared(select(_content.c.page_id).where(_content.c.page_id == bindparam("page")))

LEAVE_OUT = Prepared(insert(_left_out).values(_all_of(_left_out)))
STORE_PAGES = Prepared(insert(_PAGE).values(_all_of(_PAGE, but="id")))
STORE_CONTENT = Prepared(insert(_content).values(_all_of(_content)))
STORE_NAVIGATION = Prepared(insert(_navigation).values(_all_of(_navigation)))
ENQUEUE = Prepared(insert(_outbox).values(_all_of(_outbox, but="id")))
