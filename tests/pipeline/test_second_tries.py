"""Pages that failed and are tried again: in a job that has ended, while it runs, one or all, well or not."""

import re

import pytest

from docspasta_mcp.errors import InvalidCursor, InvalidRequest, JobNotFound, QuotaExceeded
from docspasta_mcp.jobs.pages import Outlines, OwnerPages
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.jobs.statistics import read_stats
from docspasta_mcp.model.job import JobState
from docspasta_mcp.server.ui.library import card_of
from tests.pipeline.test_steps import WHOLE, Chain
from tests.sites import Answer, page

BROKEN = ("/docs/guide/usage.html", "/docs/install.html")


async def with_gaps(chain: Chain) -> str:
    """Crawl a manual of which two pages are refused; mend the site afterwards."""
    whole = dict(chain.site.pages)
    for path in BROKEN:
        assert path in whole
        chain.site.pages[path] = Answer("Forbidden", status=403)
    job_id = await chain.start()
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.failed) == ("partial", 2)
    chain.site.pages.update(whole)
    return job_id


async def test_one_page_is_tried_again_and_nothing_else_asked_for(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    usage = Choice(query="usage of the command line")
    assert "# Usage" not in (await chain.jobs.result(job_id, choice=usage)).text
    chain.site.requests.clear()
    status = await chain.jobs.retry(job_id, chain.site.url + BROKEN[0])
    assert (status.state, status.pending, status.failed) == ("running", 1, 1)
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.failed, status.reason) == ("partial", 1, "1 page failed")
    assert [path for path in chain.site.requests if path.startswith("/docs/") and path != BROKEN[0]] == []
    assert await chain.titles(job_id) == ["1. [Welcome", "2. [Guide", "3. [Deep", "4. [Usage"]
    await chain.jobs.retry(job_id, chain.site.url + BROKEN[1])
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.reason, await chain.titles(job_id)) == ("completed", "", WHOLE)
    found = await chain.jobs.result(job_id, choice=usage)
    assert "## Usage\n\nSource: page 5," in found.text  # the index has it, under its number of now


async def test_all_that_failed_are_tried_again_and_the_document_is_that_of_a_crawl_without_failures(
    chain: Chain,
) -> None:
    job_id = await with_gaps(chain)
    pages = OwnerPages("local", store=chain.store, outlines=Outlines())
    assert len(await pages.outline(await pages.job(job_id))) == 3
    before = (await chain.jobs.status(job_id)).corpus_hash
    await chain.jobs.retry(job_id)
    await chain.deliver_all()
    again = await chain.jobs.status(job_id)
    other = await chain.start(force_refresh=True)
    await chain.deliver_all()
    fresh = await chain.jobs.status(other)
    assert again.corpus_hash == fresh.corpus_hash != before
    assert again.notes == fresh.notes
    assert (again.done, again.skipped, again.tokens) == (fresh.done, fresh.skipped, fresh.tokens)
    assert len(await pages.outline(await pages.job(job_id))) == 5  # what was kept of the document before is not shown


async def test_a_page_that_fails_again_stays_failed_and_may_be_tried_again(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    chain.site.pages[BROKEN[0]] = Answer("Forbidden", status=403)
    for _ in range(2):
        await chain.jobs.retry(job_id)
        await chain.deliver_all()
        status = await chain.jobs.status(job_id)
        assert (status.state, status.reasons["http_403"]) == ("partial", 1)
        chain.clock.now += 1
        if status.failed == 0:
            break


async def test_pages_that_an_ending_left_out_are_judged_anew(chain: Chain) -> None:
    same = page("Same", "<p>These words are on two pages, all of them, and they are quite a few.</p>")
    chain.site.pages |= {"/docs/guide/usage.html": same, "/docs/guide/deep/": same}
    job_id = await with_gaps(chain)
    counts = (await chain.jobs.status(job_id)).reasons
    await chain.jobs.retry(job_id)
    await chain.deliver_all()
    reasons = (await chain.jobs.status(job_id)).reasons
    assert "http_403" in counts
    assert "http_403" not in reasons


async def test_what_cannot_be_tried_again_is_told_with_the_way_out(chain: Chain) -> None:
    job_id = await chain.start()
    with pytest.raises(InvalidRequest, match="nothing to try again"):
        await chain.jobs.retry(job_id)
    await chain.deliver_all()
    with pytest.raises(InvalidRequest, match="nothing to try again"):
        await chain.jobs.retry(job_id)
    with pytest.raises(InvalidRequest, match="is not among the pages of this crawl that failed"):
        await chain.jobs.retry(job_id, "https://elsewhere.example/")
    with pytest.raises(JobNotFound):
        await chain.jobs_of("bob").retry(job_id)
    cancelled = await chain.start(force_refresh=True)
    await chain.jobs.cancel(cancelled)
    with pytest.raises(InvalidRequest, match="was cancelled.*call start_crawl again"):
        await chain.jobs.retry(cancelled)


async def test_an_old_crawl_stays_old_when_its_gaps_are_filled(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    chain.clock.advance(20 * 86_400)
    await chain.jobs.retry(job_id, chain.site.url + BROKEN[0])
    chain.clock.advance(1)
    card = await card_of(job_id, OwnerPages("local", store=chain.store, outlines=Outlines()))
    assert (card.status.elapsed_seconds, card.rate, card.left_s) == (1, 0, None)
    for path in ("/docs/", "/docs/guide/"):  # the same page, and another one of the manual
        started = await chain.jobs.start(chain.site.url + path)
        assert not started.reused  # neither while it runs nor when it has ended
        await chain.jobs.delete(started.job_id)
        await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.elapsed_seconds < 60) == ("partial", True)
    assert (await read_stats(chain.store, days=30)).sites[0].slowest_seconds is None


async def test_a_crawl_of_today_is_fresh_with_its_gaps_filled(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    await chain.jobs.retry(job_id)
    for _ in range(2):
        started = await chain.jobs.start(chain.site.url + "/docs/")
        assert (started.job_id, started.reused) == (job_id, True)
        await chain.deliver_all()


async def test_a_job_that_runs_again_names_no_document_until_it_has_one(chain: Chain) -> None:
    chain.site.pages[BROKEN[1]] = Answer("Forbidden", status=403)
    job_id = await chain.start()
    (start,) = chain.queue.take()
    await chain.steps.run(start)
    for message in reversed(chain.queue.take()):  # pages arrive in another order than they are read in
        await chain.steps.run(message)
    await chain.deliver_all()
    usage = Choice(query="usage command line")
    assert "## Usage\n\nSource: page 4," in (await chain.jobs.result(job_id, choice=usage)).text
    before = (await chain.jobs.status(job_id)).corpus_hash
    await chain.jobs.retry(job_id)
    assert (await chain.jobs.status(job_id)).corpus_hash == ""
    await chain.jobs.cancel(job_id)
    again = "".join([part async for part in await chain.jobs.document(job_id, Choice(if_not_hash=before))])
    assert "1. [Usage]" in again
    assert "## Usage\n\nSource: page 1," in (await chain.jobs.result(job_id, choice=usage)).text


async def test_a_cursor_leads_through_the_document_that_it_is_of_alone(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    cursor = (await chain.jobs.result(job_id, max_tokens=500)).next_cursor
    assert cursor
    assert (await chain.jobs.result(job_id, cursor=cursor, max_tokens=500)).first == 2
    await chain.jobs.retry(job_id)
    for state in ("running", "completed"):
        assert (await chain.jobs.status(job_id)).state == state
        with pytest.raises(
            InvalidCursor,
            match="of no document that this job has now: failed pages may have been tried again since. Begin",
        ):
            await chain.jobs.result(job_id, cursor=cursor, max_tokens=500)
        await chain.deliver_all()
    new = (await chain.jobs.result(job_id, max_tokens=500)).next_cursor
    assert (await chain.jobs.result(job_id, cursor=new, max_tokens=500)).first == 2


async def test_a_job_that_runs_again_counts_as_running_for_its_owner(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    most = chain.settings.owner_running_jobs
    others = [await chain.start(force_refresh=True) for _ in range(most)]
    with pytest.raises(QuotaExceeded, match=re.escape(f"{most} is the limit")):
        await chain.jobs.retry(job_id)
    assert (await chain.jobs.status(job_id)).state is JobState.PARTIAL
    await chain.jobs.cancel(others[0])
    assert (await chain.jobs.retry(job_id)).state is JobState.RUNNING


async def test_the_pin_of_a_newer_crawl_stays_with_it(chain: Chain) -> None:
    job_id = await with_gaps(chain)
    chain.clock.now += 10
    newer = await chain.start(force_refresh=True)
    await chain.deliver_all()
    await chain.jobs.library.pin(newer, is_pinned=True)
    await chain.jobs.retry(job_id)
    await chain.deliver_all()
    pinned = {one.job_id for one in await chain.store.library.editions("local") if one.is_pinned}
    assert pinned == {newer}
