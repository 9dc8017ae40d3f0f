"""What lists of documents show of each: its title and its language, without reading a page's Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func
from sqlmodel import col

from docspasta_mcp.model.job import NUMBERED
from docspasta_mcp.store.statements import in_document, pick
from docspasta_mcp.store.tables import JobRow, PageRow


@dataclass(frozen=True, slots=True)
class Front:
    """What a document is called, by its first page, and the language that most of its pages give themselves."""

    title: str = ""
    language: str = ""


def select_fronts(job_ids: Sequence[str]) -> Any:
    """Return the statement for id, title and language of jobs, texts that are empty where there is no page yet."""
    title, language = (func.coalesce(found, "") for found in (_front_title(), _main_language()))
    return pick(JobRow.id, title, language).where(col(JobRow.id).in_(job_ids))


def _front_title() -> Any:
    """The title of a job's first page, whose row is beside it."""

    def first(order: Any, title: Any) -> Any:
        pages = pick(title).where(col(PageRow.job_id) == col(JobRow.id), in_document(PageRow), order.is_not(None))
        return pages.order_by(order).limit(1).correlate(JobRow).scalar_subquery()

    shown = func.coalesce(func.nullif(PageRow.shown_title, ""), PageRow.title)
    is_numbered = col(JobRow.state).in_([state.value for state in NUMBERED])
    return case((is_numbered, first(col(PageRow.position), shown)), else_=first(col(PageRow.arrival), PageRow.title))


def _main_language() -> Any:
    """The language that most pages of a job have, whose row is beside it."""
    pages = pick(PageRow.language).where(col(PageRow.job_id) == col(JobRow.id), in_document(PageRow))
    named = pages.where(col(PageRow.language) != "").group_by(col(PageRow.language))
    most = named.order_by(func.count().desc(), col(PageRow.language)).limit(1)
    return most.correlate(JobRow).scalar_subquery()
