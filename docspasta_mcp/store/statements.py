"""The statements that every page runs, built once: building one costs several times what running it does.

They know tables, not mapped classes, and run on `session.connection()`: on the session, each costs a quarter more.

Their parameters are named: `job`, `page`, `now` and what else each one's line says.
"""

from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, func, insert, select, update

from docspasta_mcp.models import JobState, PageState
from docspasta_mcp.store.schema import OPEN, ContentRow, JobRow, LeftOutRow, NavigationRow, OutboxRow, PageRow


def _table(row: Any) -> Table:
    return cast("Table", row.__table__)


PAGE, CONTENT, OUTBOX = _table(PageRow), _table(ContentRow), _table(OutboxRow)
_JOB, _left_out, _navigation = _table(JobRow), _table(LeftOutRow), _table(NavigationRow)
_job, _page = _JOB.c, PAGE.c
_is_running = and_(_job.id == bindparam("job"), _job.state == JobState.RUNNING.value)
_of_job = _page.job_id == bindparam("job")
_is_fetched = and_(_page.id == bindparam("page"), _page.state == PageState.FETCHING.value)

SETTLED_COLUMNS = (
    "state", "reason", "detail", "title", "words", "tokens", "bytes", "quality", "language", "content_hash", "likeness",
    "etag", "modified", "body_hash", "fetched_at", "lease_until", "arrival", "url",
)  # fmt: skip

TOUCH = update(_JOB).where(_is_running).values(active_at=bindparam("now")).returning(_job.id)
"""Lock a running job until the transaction ends, and note that something happens."""

CLAIM = (
    update(PAGE)
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
    .returning(_page.number, _page.url, _page.depth, _page.fence, _page.attempts, _page.sources)
)
"""Take a page that is free or whose lease is over, until `until`. A lease beyond that is from before the clock was
set back."""

HELD_UNTIL = select(_page.lease_until).where(_is_fetched, _of_job)

SETTLE = (
    update(PAGE)
    .where(_is_fetched, _page.fence == bindparam("held"))
    .values({name: bindparam(f"new_{name}") for name in SETTLED_COLUMNS})
    .returning(_page.id)
)
"""Give a claimed page its final state if fence `held` is still the row's; values are named `new_state` and so on."""

LAST_ARRIVAL = select(func.max(_page.arrival)).where(_of_job, _page.state == PageState.DONE.value)
LAST_NUMBER = select(func.max(_page.number)).where(_of_job)
NUMBERED_AFTER = select(_page.id).where(_of_job, _page.number > bindparam("last")).order_by(_page.number)
KNOWN = select(_page.url_hash, _page.id, _page.number, _page.sources).where(
    _of_job, _page.url_hash.in_(bindparam("hashes", expanding=True))
)
OPEN_PAGE = select(_page.id).where(_of_job, _page.state.in_(OPEN)).limit(1)

HAS_NAVIGATION = select(_navigation.c.digest).where(
    _navigation.c.job_id == bindparam("job"), _navigation.c.digest == bindparam("digest")
)
KNOWN_LEFT_OUT = select(_left_out.c.url_hash).where(
    _left_out.c.job_id == bindparam("job"), _left_out.c.url_hash.in_(bindparam("hashes", expanding=True))
)
COUNT_LEFT_OUT = select(func.count()).where(_left_out.c.job_id == bindparam("job"))

LEAVE_OUT = insert(_left_out)
STORE_PAGES = insert(PAGE)
STORE_CONTENT = insert(CONTENT)
OWE = insert(OUTBOX)
