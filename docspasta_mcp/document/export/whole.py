"""A document in one piece: as Markdown with a head and a list of contents, or as one JSON object."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from docspasta_mcp.document.render import contents_line, iso_time, page_text
from docspasta_mcp.errors import QUOTED
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page, PageRecord


async def whole_markdown(
    job: Job, *, title: str, size: int, tokens: int, records: AsyncIterator[PageRecord], pages: AsyncIterator[Page]
) -> AsyncIterator[str]:
    """Yield a head, the list of contents, and every page.

    Args:
        job: whose document it is.
        title: of its first page.
        size: pages of the document.
        tokens: of the document.
        records: the pages without their Markdown.
        pages: the same with it.
    """
    how_many = counted(size, "page")
    yield (
        f"# {title}: the documentation at {job.scope.origin}{job.scope.prefix}\n\n"
        f"{how_many}, about {tokens:,} tokens, crawled {iso_time(job.created_at)}, {job.state}.\n\n## Contents\n\n"
    )
    async for line in contents(records):
        yield line
    async for page in pages:
        yield f"\n{page_text(page)}"


async def some_markdown(preface: str, pages: AsyncIterator[Page]) -> AsyncIterator[str]:
    """Yield only some pages, after what is said of them."""
    yield preface
    before = "\n" if preface else ""
    async for page in pages:
        yield f"{before}{page_text(page)}"
        before = "\n"


async def contents(records: AsyncIterator[PageRecord]) -> AsyncIterator[str]:
    """Yield the list of contents, line by line."""
    async for record in records:
        yield f"{contents_line(record)}\n"


async def whole_json(head: Mapping[str, Any], pages: AsyncIterator[Page]) -> AsyncIterator[str]:
    """Yield one JSON object: the members of `head`, and `pages`, numbered as they come."""
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "pages": ['
    number = 0
    async for page in pages:
        number += 1
        record = replace(page.record, number=number)
        yield (",\n" if number > 1 else "\n") + json.dumps(_page_json(record, page.markdown), ensure_ascii=False)
    yield "\n]}\n"


def _page_json(record: PageRecord, markdown: str) -> dict[str, Any]:
    detail, _, said = record.detail.partition(QUOTED)
    return {
        "number": record.number,
        "url": record.url,
        "title": record.title,
        "status": record.state.value,
        "reason": record.reason,
        "detail": detail,
        "site_said": said,
        "duplicate_of": record.duplicate_of,
        "markdown": markdown,
        "words": record.words,
        "tokens": record.tokens,
        "quality": record.quality,
        "depth": record.link_depth,
        "sources": list(record.sources),
        "level": record.nav_level,
        "language": record.language,
        "content_hash": record.content_hash,
        "fetched_at": iso_time(record.fetched_at) if record.fetched_at is not None else None,
    }
