"""Which crawl serves who asks for a manual by another of its doors, on SQLite and on PostgreSQL."""

import secrets
from dataclasses import replace
from typing import Any

import pytest

from docspasta_mcp.jobs.crawl_request import provisional_scope
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.frontier import Frontier, LeftOut, NewPage, Source
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.page import Outcome, PageState
from docspasta_mcp.model.scope import EditionChoice, Scope, ScopeMode
from docspasta_mcp.store import Store
from tests.store.test_races import claimed, done, new_job, pages_of

SITE = "https://d.example"
SCOPE = Scope(SITE, "/docs/", mode=ScopeMode.AUTO)
PAGES = (f"{SITE}/docs/", f"{SITE}/docs/guide/a.html", f"{SITE}/docs/gone.html")


def asked(url: str = f"{SITE}/docs/", owner: str = "local", **options: Any) -> Job:
    chosen = JobOptions.model_validate(options)
    job = replace(new_job(), id=secrets.token_hex(8), owner=owner, seed_url=url, options=chosen)
    return replace(job, scope=provisional_scope(url, chosen))


async def started(store: Store, job: Job, *, fresh_since: float | None = 1.0) -> tuple[str, bool]:
    found, reused = await store.jobs.start(job, fingerprint=job.id, fresh_since=fresh_since)
    return found.id, reused


async def discovered(store: Store, *, scope: Scope = SCOPE, left_out: tuple[LeftOut, ...] = (), **options: Any) -> Job:
    """Start a crawl whose pages are known and not read."""
    job = asked(**options)
    await started(store, job, fresh_since=None)
    pages = tuple(NewPage(url, 0, (Source.SEED if not number else Source.LINK,)) for number, url in enumerate(PAGES))
    await store.pages.open_frontier(job, Frontier(scope, pages, left_out=left_out))
    return job


async def ended(store: Store, job: Job) -> None:
    places: list[PagePlacement] = []
    for page_id, number, url in pages_of(store, job):
        claim = await claimed(store, page_id, job)
        gone = Outcome(PageState.SKIPPED, url, reason="http_404")
        await store.pages.settle(claim, gone if url.endswith("gone.html") else done(claim), job=job)
        places += [] if url.endswith("gone.html") else [PagePlacement(page_id, number)]
    await store.endings.place(job.id, places)
    assert await store.endings.finalize(job.id) is JobState.COMPLETED


@pytest.mark.parametrize("has_ended", [False, True])
@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("/docs/index.html", {}),
        ("/docs", {}),
        ("/docs/guide/a.html", {}),
        ("/docs/guide/a.html", {"max_pages": 20}),
        ("/docs/", {"scope": "prefix"}),
        ("/docs/index.html", {"scope": "prefix", "max_pages": 5}),
    ],
)
async def test_another_door_leads_to_the_crawl_that_is_there(
    store: Store, url: str, options: dict[str, Any], has_ended: bool
) -> None:
    job = await discovered(store)
    if has_ended:
        await ended(store, job)
    assert await started(store, asked(SITE + url, **options)) == (job.id, True)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("/docs/", {"max_pages": 501}),
        ("/docs/", {"max_depth": 3}),
        ("/docs/", {"include": ["/docs/a*"]}),
        ("/docs/", {"exclude": ["/docs/a*"]}),
        ("/docs/", {"quality_threshold": 50}),
        ("/docs/", {"allow_private": ["x.example"]}),
        ("/docs/", {"scope": "host"}),
        ("/docs/guide/a.html", {"scope": "prefix"}),
        ("/docs/gone.html", {}),
        ("/docs/unknown.html", {}),
        ("/elsewhere/", {}),
    ],
)
async def test_what_differs_is_crawled(store: Store, url: str, options: dict[str, Any]) -> None:
    await ended(store, await discovered(store))
    wanted = asked(SITE + url, **options)
    assert await started(store, wanted) == (wanted.id, False)


async def test_another_owner_an_old_crawl_and_force_start_anew(store: Store) -> None:
    job = await discovered(store)
    await ended(store, job)
    for wanted, since in ((asked(owner="other"), 1.0), (asked(PAGES[1]), store.clock() + 1), (asked(PAGES[1]), None)):
        assert await started(store, wanted, fresh_since=since) == (wanted.id, False)


@pytest.mark.parametrize(
    ("scope", "left_out"),
    [
        (replace(SCOPE, kept=(EditionChoice("version", "/docs/", "2.0"),)), ()),
        (SCOPE, (LeftOut(f"{SITE}/docs/blog/", "blog"),)),
    ],
)
async def test_a_directory_of_which_the_manual_leaves_something_out_is_crawled(
    store: Store, scope: Scope, left_out: tuple[LeftOut, ...]
) -> None:
    job = await discovered(store, scope=scope, left_out=left_out)
    assert await started(store, asked(PAGES[1])) == (job.id, True)
    wanted = asked(scope="prefix")
    assert await started(store, wanted) == (wanted.id, False)


async def test_before_the_extent_is_known_only_the_same_page_joins(store: Store) -> None:
    job = asked()
    await started(store, job)
    assert await started(store, asked(f"{SITE}/docs/index.html")) == (job.id, True)
    leaf = asked(PAGES[1])
    assert await started(store, leaf) == (leaf.id, False)


async def test_a_crawl_that_has_just_begun_may_turn_out_to_have_the_page(store: Store) -> None:
    job = asked()
    await started(store, job)
    assert await store.jobs.may_join(asked(PAGES[1]))
    for other in (asked(PAGES[1], owner="ann"), asked(PAGES[1], max_pages=900), asked("https://e.example/docs/")):
        assert not await store.jobs.may_join(other)
    assert not await store.jobs.may_join(replace(asked(PAGES[1]), created_at=job.created_at + 60))
    await store.pages.open_frontier(job, Frontier(SCOPE, (NewPage(PAGES[0], 0, (Source.SEED,)),)))
    assert not await store.jobs.may_join(asked(PAGES[1]))


async def test_a_crawl_that_began_at_a_mistyped_page_serves_nobody_else(store: Store) -> None:
    job = await discovered(store)
    for page_id, _, url in pages_of(store, job):
        claim = await claimed(store, page_id, job)
        gone = Outcome(PageState.FAILED, url, reason="http_404")
        await store.pages.settle(claim, gone if url == PAGES[0] else done(claim), job=job)
    wanted = asked(PAGES[1])
    assert await started(store, wanted) == (wanted.id, False)
