"""What statements over the tables are made of: columns and rows without SQLModel's types, and common conditions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table, and_, bindparam, case, insert, or_, select, update
from sqlmodel import SQLModel, col

from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import NO_ROOM, NOT_INCLUDED, PageState
from docspasta_mcp.store.tables import PageRow

R = TypeVar("R", bound=SQLModel)

DUPLICATE = "duplicate"  # the reason of a page that says what another says, unless it has one of its own

CHUNK = 500  # bound parameters a statement; SQLite's oldest limit is 999
OPEN = (PageState.PENDING.value, PageState.FETCHING.value)


def pick(*columns: Any) -> Any:
    """Return a SELECT of columns, untyped: SQLModel types its columns as the values they hold."""
    return select(*columns)


def rows(db: Connection, statement: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """Return what a statement yields, untyped for the same reason."""
    return db.execute(statement, parameters).all()


def read_rows(
    db: Connection, kind: type[R], *which: Any, order: Sequence[Any] = (), limit: int | None = None
) -> Sequence[R]:
    """Return the rows of a table that meet all conditions: read-only, with the attributes of its class."""
    query = select(table_of(kind)).where(*which).order_by(*order).limit(limit)
    return cast("Sequence[R]", db.execute(query).all())


def read_row(db: Connection, kind: type[R], *which: Any, order: Sequence[Any] = ()) -> R | None:
    """Return the first of such rows, or None."""
    return next(iter(read_rows(db, kind, *which, order=order, limit=1)), None)


def insert_row(db: Connection, row: SQLModel) -> None:
    """Insert a row, whose key is part of it."""
    db.execute(insert(table_of(type(row))).values(row.model_dump()))


def change_pages(db: Connection, changes: Sequence[Mapping[str, Any]]) -> None:
    """Give columns of pages new values; each change has the page's id as `page`, and the same columns."""
    if changes:
        db.execute(update(table_of(PageRow)).where(col(PageRow.id) == bindparam("page")), changes)


def chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Split bound parameters into chunks that every database accepts."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def table_of(row: type[SQLModel]) -> Table:
    """Return the table of a class of rows, for statements that run without the ORM."""
    return cast("Table", cast("Any", row).__table__)


def is_waiting(page: Any) -> Any:
    """Return the condition that a page waits for room, or has found none until the end."""
    return and_(page.state == PageState.SKIPPED.value, or_(page.reason == NO_ROOM, page.reason == NOT_INCLUDED))


def in_document(page: Any) -> Any:
    """Return the condition that a page, a row or a table's columns, stands in its job's document."""
    return and_(page.state == PageState.DONE.value, page.duplicate_of.is_(None))


IN_DOCUMENT = str(in_document(table_of(PageRow).c).compile(compile_kwargs={"literal_binds": True}))
"""The same of the table `page`, for statements that are written as text."""


def fate_of(state: str, reason: str, *, is_duplicate: bool) -> tuple[str, str]:
    """Return the state and the reason that a page is told with: one that says what another says was skipped."""
    return (PageState.SKIPPED.value, reason or DUPLICATE) if is_duplicate else (state, reason)


def fate(page: Any) -> tuple[Any, Any]:
    """Return the columns of a page's fate, as `fate_of` has it."""
    is_duplicate = page.duplicate_of.is_not(None)
    reason = case((is_duplicate & (page.reason == ""), DUPLICATE), else_=page.reason)
    return case((is_duplicate, PageState.SKIPPED.value), else_=page.state), reason


def order_of(job: Job) -> Any:
    """Return the column that numbers a job's document: reading order after the end, arrival before it."""
    return col(PageRow.position if job.is_numbered else PageRow.arrival)
