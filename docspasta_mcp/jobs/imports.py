"""Take an exported manual in: a job like any other, of whoever imports it."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import cast

import anyio
import anyio.to_thread

from docspasta_mcp.document.export.facts import ManualFacts
from docspasta_mcp.document.imports.exported import Exported, ImportedPage
from docspasta_mcp.document.render import iso_time
from docspasta_mcp.errors import QuotaExceeded
from docspasta_mcp.extract.quality import page_quality
from docspasta_mcp.jobs.crawl_request import crawl_options
from docspasta_mcp.jobs.fingerprint import fingerprint
from docspasta_mcp.jobs.render_choice import render_mode
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.crawl_choices import CrawlChoices
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.owner import Quota
from docspasta_mcp.model.page import Page, PageRecord, PageState
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.store.imports import Size
from docspasta_mcp.urls import origin_of

_PAGES = 200  # stored in one transaction
_BYTES = 8_000_000  # of text, likewise
_RETRY_S = 3_600.0


async def import_manual(store: Store, settings: Settings, exported: Exported, *, owner: str, quota: Quota) -> Job:
    """Store an exported manual as a job that has ended.

    Args:
        store: where it goes.
        settings: what a crawl of it would be made with here.
        exported: the manual.
        owner: whose it is now.
        quota: what the owner may have.

    Raises:
        InvalidRequest: it is not what was exported; nothing of it stays.
        QuotaExceeded: the owner may not have as much.
    """
    facts = exported.manual
    is_whole = facts.state is JobState.COMPLETED
    now = store.clock()
    job = Job(
        id=secrets.token_hex(8),
        owner=owner,
        seed_url=facts.manual,
        scope=facts.scope,
        options=_options(settings, facts),
        state=JobState.COMPLETED if is_whole else JobState.PARTIAL,
        reason="" if is_whole else f"The crawl that was exported was {facts.state}: pages may be missing.",
        created_at=now,
        finished_at=now,
        deadline_at=now,
    )
    await store.imports.begin(job, fingerprint=fingerprint(job), pages=facts.pages, quota=quota)
    try:
        return await _store_pages(store, job, exported, quota)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await store.jobs.delete(job.id, owner=owner)
        raise


async def _store_pages(store: Store, job: Job, exported: Exported, quota: Quota) -> Job:
    before = await store.jobs.stored_bytes(job.owner)
    stored = Size()
    crawled_at = 0.0
    while batch := await anyio.to_thread.run_sync(_batch, exported.pages, stored.pages):
        stored = await store.imports.add(job, batch, stored)
        crawled_at = max(crawled_at, *(page.record.fetched_at or 0 for page in batch))
        if before + stored.bytes > quota.stored_bytes:
            raise QuotaExceeded(
                f"{before} bytes were stored, and with this manual it would be over the limit of {quota.stored_bytes}: "
                "nothing of it was. Delete old crawls.",
                retry_after_s=_RETRY_S,
            )
    moment = min(crawled_at, job.created_at) or job.created_at
    were = counted(stored.pages, "page was", "pages were")
    note = f"Imported: {were} crawled until {iso_time(moment)}. A crawl of the same URL reads them anew."
    done = replace(job, created_at=moment, finished_at=moment, notes=(note,))
    await store.imports.finish(done, stored)
    return done


def _batch(pages: Iterator[ImportedPage], done: int) -> list[Page]:
    """Return the next pages, as many as one transaction stores."""
    batch: list[Page] = []
    size = 0
    for page in islice(pages, _PAGES):
        batch.append(_page(page, done + len(batch) + 1))
        size += len(page.markdown)
        if size > _BYTES:
            break
    return batch


def _page(page: ImportedPage, number: int) -> Page:
    facts = page.facts
    quality = page_quality(page.markdown, facts.source)
    record = PageRecord(
        number=number,
        url=facts.source,
        state=PageState.DONE,
        reason="",
        detail="",
        title=facts.title,
        words=quality.words,
        tokens=count_tokens(page.markdown),
        quality=quality.score,
        link_depth=0 if number == 1 else 1,
        fetched_at=page.fetched_at,
        content_hash=facts.hash,
        nav_level=facts.level,
        captions=facts.captions,
        language=facts.language,
        own_title=facts.own_title,
    )
    return Page(record, page.markdown)


def _options(settings: Settings, facts: ManualFacts) -> JobOptions:
    """Return what a crawl that is started here with the same choices would have."""
    given = facts.choices.model_dump(mode="json")
    choices = {**given, "max_pages": min(facts.choices.max_pages, settings.max_pages_cap)}
    options = crawl_options(settings, cast("CrawlChoices", choices))
    render = render_mode(settings, origin_of(facts.manual), None)
    return options.model_copy(update={"render": render, "max_pages": facts.choices.max_pages})
