"""No answer of any tool is over its bounds, whatever sites wrote and however crawls ended, and what is cut is told."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pydantic_core
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.types import CallToolResult, TextContent

from docspasta_mcp.document.slices import MAX_TOKENS, MIN_TOKENS
from docspasta_mcp.jobs.service import CrawlParts, OwnerJobs
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.frontier import Frontier, LeftOut, NewPage, Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Outcome, PageState
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.server.mcp.bounds import MAX_ANSWER, OTHERS, bounded_answer, bounded_value
from docspasta_mcp.server.mcp.server import create_mcp
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Database, Store
from tests.store.test_races import claimed, done, new_job, pages_of

SITE = "https://d.example"
UNITS = (
    "word ",
    "zebra ",
    "日本",
    '"',
    "\\",
    "\n",
    "# a\n\n",
    "```\nx\n",
    "| a | b |\n",
    "- x\n",
    "`",
    "<b>",
    "a" * 90 + " ",
    "😀",
    "----- 0123456789abcdef\n",
)
IS_CUT = ("[Cut here: ", "[The report goes on", "next_cursor: ")


def repeated(*counts: int) -> st.SearchStrategy[str]:
    """Return texts of any length made of a few things again and again, which are quicker to draw than long texts."""
    one = st.builds(
        lambda unit, count: unit * count, st.sampled_from(UNITS) | st.text(max_size=9), st.sampled_from(counts)
    )
    return st.lists(one, max_size=4).map("".join)


@dataclass(frozen=True)
class Found:
    """What became of one page."""

    title: str
    markdown: str
    reason: str
    detail: str
    left_out: int


@dataclass(frozen=True)
class Crawled:
    """A crawl in any state."""

    prefix: str
    pages: Sequence[Found]
    notes: Sequence[str]
    end: str


LONG, SHORT = repeated(1, 30, 900, 9_000), repeated(1, 9, 300)
PAGES = st.builds(
    Found,
    LONG,
    LONG,
    st.sampled_from(("", "", "content_type", *(f"http_{code}" for code in range(400, 440)))),
    SHORT,
    st.sampled_from((0, 1, 60)),
)
CRAWLS = st.builds(
    Crawled, st.sampled_from(("/", "/a/", f"/{'long-' * 300}/")), st.lists(PAGES, min_size=1, max_size=12), st.lists(SHORT, max_size=40),
    st.sampled_from(("running", "finalized", "finalized", "failed", "cancelled")),
)  # fmt: skip


async def stored(store: Store, crawl: Crawled) -> Job:
    """Store a crawl as its steps would have."""
    job = replace(
        new_job(),
        scope=Scope(SITE, crawl.prefix, reason=" ".join(crawl.notes)),
        seed_url=f"{SITE}{crawl.prefix}",
        created_at=store.clock(),
    )
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    pages = tuple(NewPage(f"{SITE}{crawl.prefix}{number}", 0, (Source.SEED,)) for number in range(len(crawl.pages)))
    await store.pages.open_frontier(job, Frontier(job.scope, pages, notes=tuple(crawl.notes)))
    ids = [id_ for id_, _, _ in pages_of(store, job)]
    for id_, page in zip(ids, crawl.pages, strict=True):
        claim = await claimed(store, id_, job)
        left_out = tuple(
            LeftOut(f"{SITE}/{secrets.token_hex(4)}/{'x' * 900}", f"r{place}") for place in range(page.left_out)
        )
        if page.reason:
            outcome = Outcome(PageState.FAILED, claim.url, page.reason, page.detail[:300], left_out=left_out)
        else:
            outcome = replace(
                done(claim),
                title=page.title,
                markdown=page.markdown,
                tokens=count_tokens(page.markdown),
                left_out=left_out,
            )
        await store.pages.settle(claim, outcome, job=job)
    if crawl.end == "finalized":
        await store.endings.place(job.id, [PagePlacement(id_, place) for place, id_ in enumerate(ids, 1)])
        await store.endings.finalize(job.id, notes=crawl.notes)
    elif crawl.end == "failed":
        await store.endings.fail(job.id, " ".join(crawl.notes) or "It failed.")
    elif crawl.end == "cancelled":
        await store.endings.cancel(job.id)
    return job


@asynccontextmanager
async def opened(template: Path, frontier: Frontier) -> AsyncIterator[tuple[Store, OwnerJobs, Client]]:
    """Open an empty store, and a client of its tools; a dry run finds the given frontier."""

    async def discover(*_arguments: object, **_options: object) -> Frontier:
        return frontier

    async def nothing() -> None:
        return None

    made = Settings.from_env({"DOCSPASTA_ALLOW_PRIVATE": "d.example"})
    discoverer = SimpleNamespace(discover=discover, is_signed_in=lambda *_: False)
    parts = CrawlParts(cast("Any", SimpleNamespace(send_soon=nothing)), cast("Any", discoverer), cast("Any", None))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Database(f"sqlite:///{shutil.copy(template, Path(folder) / 'store.db')}"))
        jobs = OwnerJobs("local", store=store, settings=made, parts=lambda: parts)
        async with Client(create_mcp(lambda: jobs, made)) as client:
            yield store, jobs, client
        store.close()


def text_of(answer: CallToolResult) -> str:
    (content,) = answer.content
    assert isinstance(content, TextContent)
    return content.text


async def ask(client: Client, tool: str, *, budget: int = MAX_TOKENS, **arguments: Any) -> CallToolResult:
    """Call a tool and check that what it answers keeps its bounds."""
    given = {**arguments, "max_tokens": budget} if tool in ("get_result", "search_docs") else arguments
    answer = await client.call_tool(tool, given)
    text = text_of(answer)
    assert len(text) <= MAX_ANSWER
    assert count_tokens(text) <= budget
    if answer.structured_content is not None:
        assert pydantic_core.from_json(text) == answer.structured_content
    return answer


def check_told(answer: CallToolResult, whole: dict[str, Any]) -> None:
    """Check that a typed answer has every field, and that each one which is not whole says so."""
    shown = answer.structured_content
    assert shown is not None
    assert list(shown) == list(whole)
    for name, value in whole.items():
        if isinstance(value, dict) and not all(isinstance(one, int) for one in cast("dict[str, Any]", value).values()):
            continue
        told = pydantic_core.to_json(shown[name]).decode()
        assert shown[name] == value or " more" in told or OTHERS in told, name


async def check_crawl(client: Client, jobs: OwnerJobs, job: Job, budget: int) -> None:
    status = (await jobs.status(job.id)).model_dump(mode="json")
    for answer in (await ask(client, "get_status", job_id=job.id), await ask(client, "start_crawl", url=job.seed_url)):
        assert not answer.is_error
        if "done" in (answer.structured_content or {}):
            check_told(answer, {**status, "elapsed_seconds": (answer.structured_content or {})["elapsed_seconds"]})
    for arguments in ({}, {"format": "map"}, {"query": "zebra 日本"}, {"query": "zebra", "format": "map"}, {"pages": [1]}, {"at": "1"},
                      {"pages": ["x" * 60_000]}, {"at": "1#" + "x" * 60_000}, {"since": "x" * 60_000}, {"cursor": "x" * 60_000}):  # fmt: skip
        text = text_of(await ask(client, "get_result", budget=budget, job_id=job.id, **arguments))
        assert "complete: this is the end" in text or any(words in text for words in IS_CUT) or len(text) < 4_000
    coverage = text_of(await ask(client, "get_result", budget=budget, job_id=job.id, format="coverage"))
    assert any(words in coverage for words in IS_CUT) or coverage.count("\n- ") == (await jobs.coverage(job.id)).count(
        "\n- "
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    crawls=st.lists(CRAWLS, min_size=1, max_size=3),
    notes=st.lists(SHORT, max_size=40),
    budget=st.sampled_from((MIN_TOKENS, 1_000, 8_000, MAX_TOKENS)),
)
async def test_no_answer_of_any_tool_is_over_its_bounds(
    crawls: list[Crawled], notes: list[str], budget: int, sqlite_template: Path
) -> None:
    pages = tuple(NewPage(f"{SITE}/{'y' * 3_000}/{number}", 0, (Source.SITEMAP,)) for number in range(len(notes)))
    frontier = Frontier(Scope(SITE, "/", reason=" ".join(notes)), pages, notes=tuple(notes))
    async with opened(sqlite_template, frontier) as (store, jobs, client):
        kept = [await stored(store, crawl) for crawl in crawls]
        for job in kept:
            await check_crawl(client, jobs, job, budget)
        dry = await ask(client, "start_crawl", url=f"{SITE}/", dry_run=True)
        preview = (await jobs.start(f"{SITE}/", dry_run=True)).model_dump(mode="json")
        assert dry.structured_content is not None
        check_told(CallToolResult(content=[], structured_content=dry.structured_content["preview"]), preview["preview"])
        await ask(client, "list_docs")
        for query in ("zebra", "x" * 60_000, "nowhere"):
            await ask(client, "search_docs", budget=budget, query=query)
        await ask(client, "search_docs", budget=budget, query="zebra", docs=["x" * 60_000])
        for job in kept:
            await ask(client, "cancel_crawl", job_id=job.id)


async def test_a_list_of_the_longest_manuals_has_all_of_its_page(sqlite_template: Path) -> None:
    page = Found('"\\' * 9_000, "word " * 900, "", "", 0)
    async with opened(sqlite_template, Frontier(Scope(SITE, "/"), ())) as (store, _, client):
        for number in range(25):
            await stored(store, Crawled(f"/{number}-{'long-' * 300}/", [page], [], "finalized"))
        first = (await ask(client, "list_docs")).structured_content
        assert first is not None
        rest = (await ask(client, "list_docs", cursor=first["next_cursor"])).structured_content
    assert rest is not None
    assert len({doc["job_id"] for doc in (*first["docs"], *rest["docs"])}) == 25
    assert all(len(doc["corpus_hash"]) == len(first["docs"][0]["corpus_hash"]) for doc in rest["docs"])


@pytest.mark.parametrize("tool", ["get_status", "cancel_crawl", "get_result", "x" * 90_000])
@pytest.mark.parametrize(
    "arguments",
    [{"job_id": "x" * 90_000}, {"x" * 90_000: 1}, {"job_id": ["x"] * 9_000}, {"job_id": {"x": "y" * 90_000}}],
)
async def test_a_mistake_of_any_length_is_told_shortly(
    sqlite_template: Path, tool: str, arguments: dict[str, Any]
) -> None:
    async with opened(sqlite_template, Frontier(Scope(SITE, "/"), ())) as (_, _, client):
        answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    assert len(text_of(answer)) < 2_000


def test_a_typed_answer_is_shortened_where_it_is_long_and_says_by_how_much() -> None:
    answer = {
        "id": "a1b2",
        "long": "x" * 90_000,
        "list": ["y" * 900] * 90,
        "counts": {f"r{number}": number for number in range(90)},
        "none": None,
    }
    shown = bounded_value(answer, max_tokens=MAX_TOKENS)
    assert (shown["id"], shown["none"], list(shown)) == ("a1b2", None, list(answer))
    assert shown["long"].endswith("more)")
    assert shown["list"][-1] == "… and 66 more"
    assert sum(shown["counts"].values()) == sum(range(90))
    assert bounded_value(shown, max_tokens=MAX_TOKENS) == shown or len(str(shown)) < MAX_ANSWER


def test_a_text_of_any_tool_has_forty_thousand_characters_at_most() -> None:
    given = CallToolResult(content=[TextContent(type="text", text="word " * 20_000)])
    (shown,) = bounded_answer(given, 20_000).content
    assert isinstance(shown, TextContent)
    assert 39_900 < len(shown.text) <= 40_000
    assert "[Cut here" in shown.text
    typed = bounded_answer(CallToolResult(content=[], structured_content={"lists": [["word " * 60] * 24] * 60}))
    assert len(pydantic_core.to_json(typed.structured_content)) <= 40_000
