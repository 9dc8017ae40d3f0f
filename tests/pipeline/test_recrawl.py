"""Crawling the same manual again: only what has changed is read, and only that is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from docspasta_mcp.document.search.page_index import index_page
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_index import SearchIndex
from docspasta_mcp.store.taking_over import BLOCK
from tests.fakes import Clock
from tests.pipeline.test_steps import WHOLE, Chain
from tests.sites import Answer, Site, manual, page

DAY_S = 86_400


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> AsyncIterator[Chain]:
    site.pages.update(tagged(manual()))
    made = Chain(store, site, clock)
    yield made
    await made.fetcher.aclose()


def tagged(pages: dict[str, Answer | str]) -> dict[str, Answer | str]:
    """Give every page an ETag that follows its text."""
    return {
        path: Answer(text, headers={"ETag": f'"{hash(text)}"'}) if isinstance(text, str) else text
        for path, text in pages.items()
    }


async def crawl(chain: Chain, path: str = "/docs/", **options: Any) -> str:
    job_id = await chain.start(path, **options)
    await chain.deliver_all()
    assert (await chain.jobs.status(job_id)).state in ("completed", "partial")
    return job_id


async def test_an_unchanged_site_answers_304_and_gives_the_same_document(chain: Chain) -> None:
    first = await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    chain.site.answers.clear()
    second = await crawl(chain)
    assert second != first
    assert [status for path, status in chain.site.answers if path.startswith("/docs/guide/")] == [304, 304, 304]
    assert await chain.titles(second) == WHOLE
    old, new = await chain.jobs.status(first), await chain.jobs.status(second)
    assert (new.done, new.reasons, new.corpus_hash) == (old.done, old.reasons, old.corpus_hash)
    assert new.tokens == old.tokens
    parts = [part async for part in await chain.jobs.document(second, Choice(pages=(2,)))]
    assert 'print("a  b")' in "".join(parts)
    unchanged = await chain.jobs.result(second, choice=Choice(since=old.corpus_hash))
    assert unchanged.text.startswith(f"Since corpus {old.corpus_hash}: 0 added, 0 changed, 0 removed.")


async def test_pages_that_have_not_changed_bring_their_index_with_them(chain: Chain, store: Store) -> None:
    await catch_up(store, await crawl(chain))
    chain.clock.advance(2 * DAY_S)
    chain.site.pages["/docs/guide/usage.html"] = page("Usage", "<p>A sturgeon.</p>")
    second = await crawl(chain)
    found = (await SearchIndex(store.database).backlog(second, limit=50)).pages  # nothing waits in this one's memory
    assert [one.url for one in found if one.index is None] == [f"{chain.site.url}/docs/guide/usage.html"]
    for one in found:
        if one.index is not None:
            assert not one.markdown
            markdown = (await store.texts.markdown(second, [one.number]))[one.number]
            made = index_page(markdown, title=one.title, url=one.url, language=one.language)
            assert [set(terms.split()) for terms in one.index.terms] == [set(terms.split()) for terms in made.terms]
            assert [group.length for group in one.index.groups] == [group.length for group in made.groups]
    await catch_up(store, second)
    for query in ("sturgeon", "install"):
        assert "Source: page" in (await chain.jobs.result(second, choice=Choice(query=query))).text


async def test_what_was_added_changed_and_removed_is_all_that_is_told(chain: Chain) -> None:
    first = await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    nav = ("/docs/", "/docs/install.html", "/docs/guide/", "/docs/gone.html", "/blog/")
    changed = {
        "/docs/": page("Welcome", links=nav),
        "/docs/install.html": page("Install", "<p>Run it twice.</p>", links=nav),
        "/docs/guide/": page("Guide", '<p><a href="deep.html">deep</a></p>', links=nav),
        "/docs/gone.html": page("Back", links=nav),
    }
    chain.site.pages.update(tagged(dict(changed)))
    del chain.site.pages["/docs/guide/usage.html"]
    second = await crawl(chain)
    since = (await chain.jobs.status(first)).corpus_hash
    part = await chain.jobs.result(second, choice=Choice(since=since), max_tokens=20_000)
    url = chain.site.url
    lines = part.text.split("\n")
    assert lines[0] == f"Since corpus {since}: 1 added, 2 changed, 1 removed."
    assert f"- added: {url}/docs/gone.html" in lines
    assert f"- removed: {url}/docs/guide/usage.html" in lines
    assert {line for line in lines if line.startswith("- changed: ")} == {
        f"- changed: {url}/docs/install.html", f"- changed: {url}/docs/guide/"
    }  # fmt: skip
    assert [line for line in lines if line.startswith("# ")] == ["# Install", "# Guide", "# Back"]
    assert "Run it twice." in part.text
    assert part.next_cursor is None


async def test_a_page_that_nothing_leads_to_any_more_is_left_out(chain: Chain) -> None:
    await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    nav = ("/docs/", "/docs/install.html", "/docs/guide/", "/docs/guide/usage.html")
    chain.site.pages.update(tagged({path: page(path, links=nav) for path in nav}))
    second = await crawl(chain)
    assert [title.partition("[")[2] for title in await chain.titles(second)] == list(nav)
    assert (await chain.jobs.status(second)).reasons["unlinked"] == 1


async def test_a_crawl_that_is_cut_short_calls_no_page_unlinked(chain: Chain) -> None:
    await crawl(chain, max_pages=5)
    chain.clock.advance(2 * DAY_S)
    nav = ("/docs/", "/docs/install.html", "/docs/guide/", "/docs/guide/usage.html", "/docs/new.html")
    chain.site.pages.update(tagged({path: page(path, links=nav) for path in nav}))
    status = await chain.jobs.status(await crawl(chain, max_pages=5))
    assert status.left_out["page_limit"] == 1
    assert "unlinked" not in status.reasons


async def test_a_site_without_validators_is_compared_by_its_bodies(chain: Chain) -> None:
    chain.site.pages.update(manual())
    first = await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    second = await crawl(chain)
    assert (await chain.jobs.status(first)).corpus_hash == (await chain.jobs.status(second)).corpus_hash
    assert {status for _, status in chain.site.answers if status == 304} == set()


async def test_force_refresh_asks_for_every_page_anew_and_is_stored(chain: Chain) -> None:
    await crawl(chain)
    chain.clock.advance(1)
    chain.site.answers.clear()
    forced = await crawl(chain, force_refresh=True)
    assert 304 not in [status for _, status in chain.site.answers]
    assert (await chain.jobs.start(f"{chain.site.url}/docs/")).job_id == forced


async def test_a_page_of_a_block_that_fails_for_now_gets_a_message_of_its_own(chain: Chain) -> None:
    await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    whole = chain.site.pages["/docs/guide/"]
    chain.site.pages["/docs/guide/"] = Answer(status=503)
    second = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    (block,) = chain.queue.take()
    await chain.steps.run(block)
    assert chain.queue.published
    chain.site.pages["/docs/guide/"] = whole
    await chain.deliver_all()
    assert await chain.titles(second) == WHOLE


async def test_pages_behind_one_that_a_redirect_has_settled_are_read_too(chain: Chain) -> None:
    nav = ("/docs/", *(f"/docs/p{number}.html" for number in range(40)))
    chain.site.pages.update(tagged({path: page(path, links=nav) for path in nav}))
    await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    chain.site.pages[nav[3]] = Answer(status=301, headers={"Location": nav[BLOCK]})
    status = await chain.jobs.status(await crawl(chain))
    assert (status.state, status.done, status.reasons["redirected"]) == ("completed", len(nav) - 1, 1)


async def test_pages_behind_one_whose_deliveries_are_used_up_are_read_too(chain: Chain) -> None:
    nav = ("/docs/", *(f"/docs/p{number}.html" for number in range(60)))
    chain.site.pages.update(tagged({path: page(path, links=nav) for path in nav}))
    await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    second = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    first, lost, *others = chain.queue.take()
    await chain.steps.give_up(lost, "no answer")
    for message in (first, *others):
        await chain.steps.run(message)
    await chain.deliver_all()
    status = await chain.jobs.status(second)
    assert (status.state, status.done, status.reasons["delivery_failed"]) == ("partial", len(nav) - 1, 1)


@pytest.mark.parametrize("how", ["deleted", "too_old"])
async def test_a_crawl_goes_on_though_the_one_before_is_deleted_meanwhile(chain: Chain, how: str) -> None:
    nav = ("/docs/", *(f"/docs/p{number}.html" for number in range(BLOCK + 4)))
    chain.site.pages.update(tagged({path: page(path, links=nav) for path in nav}))
    first = await crawl(chain)
    chain.clock.advance(31 * DAY_S if how == "too_old" else 2 * DAY_S)
    second = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    if how == "deleted":
        await chain.jobs.delete(first)
    else:
        await chain.sweep()
    await chain.relay.send()
    await chain.deliver_all()
    status = await chain.jobs.status(second)
    assert (status.state, status.done) == ("completed", len(nav))


async def test_a_page_is_asked_for_again_if_the_crawl_that_had_it_is_deleted_while_it_is_asked_for(
    chain: Chain,
) -> None:
    nav = ("/docs/", *(f"/docs/p{number}.html" for number in range(5)))
    chain.site.pages.update(tagged({path: page(path, links=nav) for path in nav}))
    first = await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    second = await chain.start()
    loop = asyncio.get_running_loop()

    def delete_first() -> None:
        asyncio.run_coroutine_threadsafe(chain.store.jobs.delete(first, owner="local"), loop).result(5)

    await chain.steps.run(chain.queue.take()[0])
    asked = chain.site.pages[nav[3]]
    assert isinstance(asked, Answer)
    chain.site.pages[nav[3]] = replace(asked, before=delete_first)
    await chain.deliver_all()
    await chain.relay.send()
    await chain.deliver_all()
    status = await chain.jobs.status(second)
    assert (status.state, status.done, status.pending) == ("completed", len(nav), 0)


async def test_since_asks_for_a_job_that_has_ended(chain: Chain) -> None:
    job_id = await chain.start()
    with pytest.raises(InvalidRequest, match="still runs"):
        await chain.jobs.result(job_id, choice=Choice(since="x"))


async def test_a_seed_that_a_site_refuses_keeps_no_other_page_from_being_taken_over(chain: Chain) -> None:
    chain.site.pages["/docs/closed.html"] = Answer(status=403)
    await crawl(chain, path="/docs/closed.html")
    chain.clock.advance(2 * DAY_S)
    chain.site.answers.clear()
    status = await chain.jobs.status(await crawl(chain, path="/docs/closed.html"))
    told = f"1 page failed; {chain.site.url}/docs/closed.html, where the crawl starts, could not be read (http_403)"
    assert (status.state, status.reason) == ("partial", told)
    assert ("/docs/guide/", 304) in chain.site.answers


async def test_a_crawl_whose_limit_kept_pages_out_is_no_start_for_one_from_elsewhere(chain: Chain) -> None:
    await crawl(chain, path="/docs/install.html", max_pages=1)
    other = await crawl(chain, path="/docs/guide/usage.html", max_pages=1)
    assert await chain.titles(other) == ["1. [Usage"]
    chain.clock.advance(2 * DAY_S)
    chain.site.answers.clear()
    assert await chain.titles(await crawl(chain, path="/docs/guide/usage.html", max_pages=1)) == ["1. [Usage"]
    assert ("/docs/guide/usage.html", 304) in chain.site.answers


async def test_what_was_left_out_is_told_again_though_no_page_is_read_again(chain: Chain) -> None:
    first = await chain.jobs.status(await crawl(chain))
    chain.clock.advance(2 * DAY_S)
    assert (await chain.jobs.status(await crawl(chain))).left_out == first.left_out == {"outside": 1}


async def test_a_mistyped_seed_leaves_nothing_to_later_crawls_of_its_manual(chain: Chain) -> None:
    first = await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    mistyped = await crawl(chain, path="/docs/instal.html")
    assert (await chain.jobs.status(mistyped)).reasons == {"http_404": 2}
    chain.clock.advance(2 * DAY_S)
    chain.site.answers.clear()
    status = await chain.jobs.status(await crawl(chain))
    assert (status.state, status.reasons) == ("completed", {"http_404": 1})
    assert status.corpus_hash == (await chain.jobs.status(first)).corpus_hash
    assert ("/docs/guide/", 304) in chain.site.answers
    chain.site.pages["/docs/instal.html"] = page("Instal")
    chain.clock.advance(2 * DAY_S)
    assert "6. [Instal" in await chain.titles(await crawl(chain, path="/docs/instal.html"))


async def test_what_another_version_has_read_is_read_anew(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("docspasta_mcp.store.jobs.__version__", "0.0.1")
        await crawl(chain)
    chain.clock.advance(2 * DAY_S)
    chain.site.answers.clear()
    await crawl(chain)
    assert ("/docs/guide/", 200) in chain.site.answers
    assert 304 not in [status for _, status in chain.site.answers]


async def test_a_page_that_was_skipped_is_read_anew_though_it_has_not_changed(chain: Chain) -> None:
    stub = "<html><body><main><h1>Stub</h1><p>x</p></main></body></html>"
    guide = page("Guide", '<p><a href="stub.html">stub</a></p>', links=("/docs/", "/docs/guide/"))
    chain.site.pages.update(tagged({"/docs/guide/stub.html": stub, "/docs/guide/": guide}))
    first = await crawl(chain)
    assert (await chain.jobs.status(first)).reasons["low_quality"] == 1
    chain.clock.advance(2 * DAY_S)
    chain.site.answers.clear()
    await crawl(chain)
    assert ("/docs/guide/stub.html", 200) in chain.site.answers
    assert ("/docs/guide/", 304) in chain.site.answers
