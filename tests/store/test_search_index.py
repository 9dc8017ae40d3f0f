"""The index of passages, on both databases: right while a crawl runs, kept to its job, gone with it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from docspasta_mcp.document.search.entries import INDEX_VERSION
from docspasta_mcp.document.search.page_index import index_page
from docspasta_mcp.document.search.question import read_question
from docspasta_mcp.document.search.ranking import Statistics
from docspasta_mcp.document.slices import Slice
from docspasta_mcp.jobs.candidates import LookedFor, candidates_of, wanted_terms
from docspasta_mcp.jobs.results import search_slice
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Outcome, PageState
from docspasta_mcp.model.page_index import PageIndex
from docspasta_mcp.pipeline import index as indexing
from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Store, search_reader
from docspasta_mcp.store.search_index import Backlog
from docspasta_mcp.store.search_reader import Wanted
from tests.store.test_races import claimed, done, job_with_pages, pages_of

PAGES = (
    "# Proxies\n\nHow requests are forwarded.\n\n**http.proxy**\n  Where requests go.\n",
    "# Ports\n\nA server listens on a port.\n",
    "# Logs\n\nMentions `http.proxy` once.\n",
)


async def stored(store: Store, *pages: str) -> Job:
    """Return a running job that has read these pages."""
    job, ids = await job_with_pages(store, len(pages) + 1)
    for page_id, markdown in zip(ids, pages, strict=False):
        claim = await claimed(store, page_id, job)
        title = markdown.partition("\n")[0].lstrip("# ")
        await store.pages.settle(claim, replace(done(claim), title=title, markdown=markdown), job=job)
    return job


async def asked(store: Store, job: Job, query: str, *, pages: Sequence[int] = (), **options: Any) -> Slice:
    return await search_slice(store, job, Choice(query=query, pages=tuple(pages)), **options)


async def answered(store: Store, job: Job, query: str, **options: Any) -> str:
    return (await asked(store, job, query, max_tokens=2000, **options)).text


def count(store: Store, table: str) -> int:
    with store.database.engine.begin() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)


async def hash_of(store: Store, job: Job, number: int) -> str:
    """Return the hash that is stored with a page's text."""
    query = text("SELECT content_hash FROM page WHERE job_id = :job AND number = :number")
    return await store.database.read(lambda db: str(db.execute(query, {"job": job.id, "number": number}).scalar()))


async def test_a_running_job_is_searched_with_what_it_has_so_far(store: Store) -> None:
    job = await stored(store, *PAGES)
    found = await answered(store, job, "http.proxy")
    assert found.startswith("## Proxies\n\nSource: page 1, ")
    assert "**http.proxy**" in found
    assert "No passage has any of these words" in await answered(store, job, "sturgeon")
    *_, (last, _, _) = pages_of(store, job)
    claim = await claimed(store, last, job)
    await store.pages.settle(claim, replace(done(claim), title="Fish", markdown="# Fish\n\nA sturgeon.\n"), job=job)
    assert "## Fish" in await answered(store, job, "sturgeon")


async def test_indexing_twice_writes_once(store: Store) -> None:
    job = await stored(store, *PAGES)
    backlog = await store.index.backlog(job.id, limit=10)
    await catch_up(store, job.id)
    before = count(store, "passage_group")
    assert not await store.index.add(job.id, backlog, [PageIndex() for _ in backlog.pages])
    await catch_up(store, job.id)
    assert count(store, "passage_group") == before > 0
    assert await store.index.behind() == []


async def test_an_index_that_came_with_its_page_is_written_and_no_other(store: Store) -> None:
    job = await stored(store, *PAGES)
    ports, logs = (await store.index.backlog(job.id, limit=10)).pages[1:]
    (stored_hash,) = {await hash_of(store, job, page.number) for page in (ports, logs)}
    for page, content_hash in ((ports, stored_hash), (logs, "of another text")):
        index = index_page("# Birds\n\nA heron.\n", title=page.title, url=page.url, language=page.language)
        made = Outcome(PageState.DONE, page.url, title=page.title, language=page.language, content_hash=content_hash)
        store.index.keep(job.id, replace(made, index=index))
    found = (await store.index.backlog(job.id, limit=10)).pages
    assert [page.index is not None for page in found] == [False, True, False]
    assert [bool(page.markdown) for page in found] == [True, False, True]
    await catch_up(store, job.id)
    extent = await store.search.extent(job.id)
    assert extent is not None
    assert await store.search.counts(extent, ["heron", "proxi"]) == {"heron": 1, "proxi": 2}


async def test_a_search_sees_its_own_job_alone(store: Store) -> None:
    job = await stored(store, "# Zebra\n\nStripes.\n")
    other = await stored(store, "# Horse\n\nNo zebra here, but a horse.\n")
    await catch_up(store, job.id)
    assert "## Zebra" in await answered(store, job, "zebra")
    assert "Horse" not in await answered(store, job, "zebra horse")
    extent = await store.search.extent(job.id)
    assert extent is not None
    assert await store.search.counts(extent, ["hors", "zebra"]) == {"hors": 0, "zebra": 1}
    assert "## Horse" in await answered(store, other, "zebra")


async def test_a_deleted_job_leaves_nothing_in_the_index(store: Store) -> None:
    job = await stored(store, *PAGES)
    await catch_up(store, job.id)
    extent = await store.search.extent(job.id)
    assert extent is not None
    assert await store.jobs.delete(job.id, owner=job.owner)
    assert count(store, "passage_group") == count(store, "search_job") == 0
    assert count(store, "passage_words" if store.database.is_sqlite else "passage_terms") == 0
    assert await store.search.find(job, extent, [Wanted(("proxi",), 1.0)], limit=5) == []


async def test_what_an_older_version_indexed_is_indexed_anew(store: Store) -> None:
    job = await stored(store, *PAGES)
    await catch_up(store, job.id)
    with store.database.engine.begin() as connection:
        connection.execute(text("UPDATE search_job SET version = version - 1"))
    assert await store.index.behind() == [job.id]
    assert "**http.proxy**" in await answered(store, job, "http.proxy")
    with store.database.engine.begin() as connection:
        assert connection.execute(text("SELECT version FROM search_job")).scalar() == INDEX_VERSION


async def test_indexing_that_was_cut_off_goes_on_where_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await stored(store, *PAGES)
    monkeypatch.setattr(indexing, "BATCH", 1)
    batches: list[int] = []
    add = store.index.add

    async def counted(job_id: str, backlog: Backlog, indexes: Sequence[PageIndex], *, may_search: bool) -> bool:
        batches.append(len(indexes))
        if len(batches) == 2:
            raise RuntimeError("the process ends")
        return await add(job_id, backlog, indexes, may_search=may_search)

    monkeypatch.setattr(store.index, "add", counted)
    with pytest.raises(RuntimeError, match="the process ends"):
        await catch_up(store, job.id)
    assert await store.index.behind() == [job.id]
    groups = count(store, "passage_group")
    assert groups == 1
    assert "**http.proxy**" in await answered(store, job, "http.proxy")  # it is searched in the middle of it
    assert batches == [1, 1, 1, 1]  # the first page is not indexed again
    assert count(store, "passage_group") == len(PAGES)


async def test_every_answer_keeps_its_budget_and_leads_to_all_that_matches(store: Store) -> None:
    pages = [f"# Chapter {n}\n\n" + f"The valve {n} opens slowly and closes again. " * 60 for n in range(8)]
    job = await stored(store, *pages)
    seen: set[str] = set()
    cursor: str | None = None
    for _ in range(40):
        part = await asked(store, job, "valve opens", max_tokens=1000, cursor=cursor)
        assert part.tokens_here <= 1000
        seen |= {line for line in part.text.split("\n") if line.startswith("## ")}
        cursor = part.next_cursor
        if cursor is None:
            break
    assert cursor is None
    assert seen == {f"## Chapter {n}" for n in range(8)}


async def test_a_page_is_searched_alone(store: Store) -> None:
    job = await stored(store, *PAGES)
    found = await store.documents.numbers(job, ["https://d.example/2"])
    within = await answered(store, job, "http.proxy", pages=tuple(found.values()))
    assert "## Logs" in within
    assert "## Proxies" not in within


async def test_a_short_definition_begins_the_answer_although_it_shares_a_passage(store: Store) -> None:
    options = "".join(f"**http.option{n}**\n  Says {n}.\n\n" for n in range(9))
    job = await stored(store, f"# Options\n\n{options}")
    text = await answered(store, job, "http.option7")
    assert "Says 7." in text
    assert "Says 6." not in text


@pytest.mark.parametrize("query", ["http.proxy", "where do requests go", "server port mentions once", "log"])
async def test_what_found_a_passage_tells_which_terms_it_has(store: Store, query: str) -> None:
    job = await stored(store, *PAGES, f"# Other\n\nWords. {'Requests go where they go. ' * 90}\n")
    await answered(store, job, query)
    extent = await store.search.extent(job.id)
    assert extent is not None
    question = read_question(query, ("en",))
    having = await store.search.counts(extent, [term.text for term in question.terms])
    known = Statistics(extent.passages, extent.average, having)
    wanted = wanted_terms(question, known)
    found = await store.search.find(job, extent, wanted, limit=20)
    assert found
    assert all(one.found_by for one in found)
    looked_at = [one._replace(found_by=()) for one in found]  # as if all words were too frequent to be looked up
    assert [(one.text, one.fields) for one in candidates_of(found, LookedFor(question, wanted, known))] == [
        (one.text, one.fields) for one in candidates_of(looked_at, LookedFor(question, (), known))
    ]
    beside = await store.search.passages(job, extent, [one.id for one in found], wanted)
    assert [one.found_by for one in beside] == [one.found_by for one in found]


async def test_frequent_words_of_a_large_manual_are_counted_in_a_share_of_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"# P{number}\n\nThe valve is here.{' A heron too.' * (number == 7)}\n" for number in range(64)]
    job = await stored(store, *texts)
    await answered(store, job, "nothing")
    exact = await store.search.extent(job.id)
    monkeypatch.setattr(search_reader, "LARGE", 10)
    monkeypatch.setattr(search_reader, "SAMPLES", 4)
    monkeypatch.setattr(search_reader, "ONE_IN", 4)
    monkeypatch.setattr(search_reader, "ENOUGH", 4)
    assert exact is not None
    counts = await store.search.counts(exact, ["valv", "heron", "stork"])
    assert 40 <= counts["valv"] <= 88
    assert (counts["heron"], counts["stork"]) == (1, 0)
