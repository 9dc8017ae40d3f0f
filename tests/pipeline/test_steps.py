"""The chain of messages, delivered by hand: twice, late, out of order, and with deaths in between."""

import itertools
import os
import threading
import time
from typing import Any

import anyio
import pytest
from sqlalchemy.exc import OperationalError

from docspasta_mcp.discovery.discover import Discoverer
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.document.render import iso_time
from docspasta_mcp.errors import DeliveryTooEarly, PageRefused, PageUnreachable
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.fetch.browser.rendering import Renderer
from docspasta_mcp.fetch.editions import Editions
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.first_looks import FirstLooks
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.jobs.deadlines import GIVE_UP_S, end_overdue
from docspasta_mcp.jobs.quota import ByteQuota
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.jobs.service import CrawlParts, OwnerJobs
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.jobs.sweeper import SILENT_S, sweep
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.messages import FinalizeJob, OutboxMessage, ProcessUrl, StartCrawl
from docspasta_mcp.model.page import Outcome, PageState
from docspasta_mcp.pipeline.finish import Finalizer
from docspasta_mcp.pipeline.relay import Relay
from docspasta_mcp.pipeline.steps import Steps
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.store.rescues import MAX_RESCUES
from docspasta_mcp.store.statements import pick
from docspasta_mcp.store.tables import PageRow
from tests.fakes import Clock, RecordingQueue
from tests.sites import Answer, Site, manual, page

LEASE_S = 90.0


class Chain:
    """The parts of a server, with a queue that delivers only when told."""

    renderer: Renderer | None = None
    lease_s = LEASE_S

    def __init__(self, store: Store, site: Site, clock: Clock, owner_bytes: int = 1_000_000) -> None:
        self.owner_bytes = owner_bytes
        self.store = store
        self.site = site
        self.clock = clock
        self.queue = RecordingQueue()
        self.relay = Relay(store, self.queue)
        self.fetcher = Fetcher(timeout_s=5, max_bytes=1_000_000)
        self.settings = Settings.from_env({"DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}"})
        self.restart()

    def restart(self) -> None:
        """Begin again with nothing but what is stored, as after a death."""
        self.fetcher.first_looks = FirstLooks()
        workers, robots = self.lookers(), Robots(self.fetcher)
        editions = Editions(self.fetcher, workers)
        self.discoverer = discoverer = Discoverer(self.fetcher, robots, editions, workers)
        self.jobs = self.jobs_of("local")
        self.finalizer = Finalizer(self.store, workers)
        self.steps = Steps(
            finalizer=self.finalizer, byte_quota=ByteQuota(self.store, most=self.owner_bytes, clock=self.clock),
            store=self.store, relay=self.relay, fetcher=self.fetcher, robots=robots, editions=editions, discoverer=discoverer,
            politeness=Politeness(5, clock=self.clock, sleep=self.clock.sleep), workers=self.readers(), max_retries=3, lease_s=self.lease_s,
            renderer=self.renderer,
        )  # fmt: skip

    def jobs_of(self, owner: str) -> OwnerJobs:
        parts = CrawlParts(self.relay, self.discoverer, Folders({}, self.settings.data_dir / "folders"))
        return OwnerJobs(owner, store=self.store, settings=self.settings, parts=lambda: parts)

    def lookers(self) -> Workers:
        """Return the workers that read what discovery looks at."""
        return Workers(1)

    def readers(self) -> Workers:
        """Return the workers that read pages."""
        return Workers(1)

    async def sweep(self) -> None:
        await sweep(self.store, self.relay, finalize=self.finalizer.finalize, retention_days=30)

    async def start(self, path: str = "/docs/", **options: Any) -> str:
        return (await self.jobs.start(self.site.url + path, **options)).job_id

    async def deliver_all(self, times: int = 1) -> None:
        while messages := self.queue.take():
            for message in messages * times:
                await self.steps.run(message)

    async def titles(self, job_id: str) -> list[str]:
        return [line.split("]")[0] for line in (await self.jobs.contents(job_id)).splitlines()]


WHOLE = ["1. [Welcome", "2. [Install", "3. [Guide", "4. [Deep", "5. [Usage"]


async def check_whole(chain: Chain, job_id: str) -> JobStatus:
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, status.skipped, status.failed, status.pending) == ("completed", 5, 1, 0, 0)
    assert await chain.titles(job_id) == WHOLE
    return status


async def test_one_delivery_of_each_message_completes_the_job(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.deliver_all()
    await check_whole(chain, job_id)
    assert (
        sum(path.startswith("/docs/") for path in chain.site.requests) == 11
    )  # six pages, a sitemap, llms.txt and llms-full.txt, a Markdown file, the seed as Markdown


async def test_each_page_of_a_crawl_is_asked_for_once(chain: Chain) -> None:
    await chain.start("/docs/guide/usage.html")
    await chain.deliver_all()
    pages = ("/docs/", "/docs/install.html", "/docs/guide/", "/docs/guide/deep.html", "/docs/guide/usage.html")
    assert {path: chain.site.requests.count(path) for path in pages} == dict.fromkeys(pages, 1)


async def test_every_message_delivered_three_times_changes_nothing(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.deliver_all(times=3)
    await check_whole(chain, job_id)
    assert chain.site.requests.count("/docs/guide/usage.html") == 1


async def test_a_start_that_died_before_publishing_goes_on_when_delivered_again(chain: Chain) -> None:
    job_id = await chain.start()
    (message,) = chain.queue.take()
    chain.queue.is_down = True
    await chain.steps.run(message)
    chain.queue.is_down = False
    chain.restart()
    await chain.steps.run(message)
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_page_that_died_before_publishing_goes_on_when_delivered_again(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    messages = chain.queue.take()
    (guide,) = [message for message in messages if isinstance(message, ProcessUrl) and message.url.endswith("/guide/")]
    chain.queue.is_down = True
    await chain.steps.run(guide)  # it alone leads to deep.html
    chain.queue.is_down = False
    chain.restart()
    await chain.steps.run(guide)
    assert chain.site.requests.count("/docs/guide/") == 1
    for message in messages:
        await chain.steps.run(message)
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_finalisation_whose_message_was_never_published_is_found_by_the_sweeper(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    while pages := [message for message in chain.queue.take() if isinstance(message, ProcessUrl)]:
        for message in pages:
            await chain.steps.run(message)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.pending) == ("running", 0)
    chain.clock.advance(SILENT_S + 1)
    await chain.sweep()
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_an_ending_that_another_was_quicker_than_leaves_the_titles(chain: Chain) -> None:
    paths = tuple(f"/docs/p{number}.html" for number in range(6))
    chain.site.pages.clear()
    chain.site.pages.update({path: page(f"Part {path[7]} of it | Widget 2.1", links=paths) for path in paths})
    job_id = await chain.start(paths[0])
    await chain.deliver_all()
    shown = await chain.titles(job_id)
    assert shown[0] == "1. [Part 0 of it"
    await chain.store.titles.rename(job_id, frozenset())
    assert await chain.titles(job_id) == shown


@pytest.mark.parametrize("timeout_s", [60, 0])
async def test_a_large_job_is_placed_by_a_worker_and_if_that_fails_here(chain: Chain, timeout_s: float) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    while pages := [message for message in chain.queue.take() if isinstance(message, ProcessUrl)]:
        for message in pages:
            await chain.steps.run(message)
    (job,) = await chain.store.jobs.running()
    await Finalizer(chain.store, Workers(1, timeout_s=timeout_s), few_pages=0).finalize(job)
    await check_whole(chain, job_id)


async def test_messages_that_got_lost_are_published_anew(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    seed, *others = chain.queue.take()
    await chain.steps.run(seed)
    assert len(others) == 4  # thrown away
    chain.queue.take()
    await chain.sweep()
    assert chain.queue.take() == []  # the job is not silent yet
    chain.clock.advance(SILENT_S + 1)
    await chain.sweep()
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_job_that_cannot_be_ended_does_not_keep_the_others_from_being_swept(chain: Chain) -> None:
    stuck = await chain.start()
    other = await chain.start("/", force_refresh=True)
    chain.queue.take()
    chain.clock.advance(1_000_000)
    ended: list[str] = []

    async def finalize(job: Job) -> None:
        if job.id == stuck:
            raise OSError("no space left on device")
        ended.append(job.id)

    await sweep(chain.store, chain.relay, finalize=finalize, retention_days=30)
    assert ended == [other]


async def test_a_job_ends_when_its_deadline_passes_and_the_timer_knows_the_next(chain: Chain) -> None:
    first = await chain.start()
    chain.clock.advance(100)
    second = await chain.start("/", force_refresh=True)
    deadline_s = chain.settings.job_deadline_s
    assert await end_overdue(chain.store, finalize=chain.finalizer.finalize) == pytest.approx(deadline_s - 100)
    chain.clock.advance(deadline_s - 100)
    assert await end_overdue(chain.store, finalize=chain.finalizer.finalize) == pytest.approx(100)
    assert (await chain.jobs.status(first)).state == "failed"
    assert (await chain.jobs.status(second)).state == "running"
    chain.clock.advance(100)
    assert await end_overdue(chain.store, finalize=chain.finalizer.finalize) == float("inf")
    assert (await chain.jobs.status(second)).state == "failed"


async def test_the_start_message_that_got_lost_is_published_anew(chain: Chain) -> None:
    job_id = await chain.start()
    chain.queue.take()
    chain.clock.advance(SILENT_S + 1)
    await chain.sweep()
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_page_in_work_is_not_taken_twice_until_its_lease_ends(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    seed, *others = chain.queue.take()
    assert isinstance(seed, ProcessUrl)
    first = await chain.store.pages.claim(seed.page_id, job_id=job_id, lease_s=LEASE_S)
    assert first is not None
    with pytest.raises(DeliveryTooEarly) as caught:
        await chain.steps.run(seed)
    assert caught.value.retry_after_s == LEASE_S
    chain.clock.advance(LEASE_S + 1)
    await chain.steps.run(seed)
    job = await chain.store.jobs.get(job_id, owner="local")
    assert job is not None
    late = Outcome(PageState.FAILED, seed.url, reason="late")
    assert not await chain.store.pages.settle(first, late, job=job)  # its fence is old
    for message in others:
        await chain.steps.run(message)
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_page_that_fails_for_now_is_tried_four_times_then_failed(chain: Chain) -> None:
    chain.site.pages["/docs/install.html"] = Answer(status=503, headers={"Retry-After": "9"})
    job_id = await chain.start()
    failures = 0
    queue = chain.queue.take()
    while queue:
        message = queue.pop(0)
        try:
            await chain.steps.run(message)
        except PageUnreachable as error:
            assert error.retry_after_s == 9
            failures += 1
            queue.append(message)
        queue.extend(chain.queue.take())
    assert failures == 3
    assert chain.site.requests.count("/docs/install.html") == 5  # the first look asked whether it has moved
    status = await chain.jobs.status(job_id)
    assert (status.state, status.failed, status.reasons) == ("partial", 1, {"http_404": 1, "http_503": 1})
    assert status.reason == "1 page failed"


async def test_a_crawl_without_a_good_page_fails_with_the_reason(chain: Chain) -> None:
    job_id = await chain.start("/nothing/")
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.failed, status.reason) == ("failed", 1, "The site answered 404.")
    assert status.next_step == "Check the URL, then call start_crawl again."  # why is told by the reason already


async def test_a_cancelled_job_stays_as_it_is_whatever_is_delivered(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    await chain.steps.run(chain.queue.take()[0])
    status = await chain.jobs.cancel(job_id)
    assert (status.state, status.done, status.reasons) == ("cancelled", 1, {"cancelled": 4})
    await chain.deliver_all()
    assert (await chain.jobs.status(job_id)).model_dump(exclude={"elapsed_seconds"}) == status.model_dump(
        exclude={"elapsed_seconds"}
    )
    assert await chain.titles(job_id) == ["1. [Welcome"]


async def test_a_job_past_its_deadline_ends_with_what_it_has(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    await chain.steps.run(chain.queue.take()[0])
    chain.clock.advance(chain.settings.job_deadline_s + 1)
    chain.queue.is_down = True  # the end does not wait for a message
    await chain.sweep()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, status.reasons) == ("partial", 1, {"deadline": 4})


async def test_finished_jobs_are_deleted_after_their_retention(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.deliver_all()
    chain.clock.advance(29 * 86_400)
    await chain.sweep()
    assert (await chain.jobs.status(job_id)).state == "completed"  # a look at its status is no use of it
    chain.clock.advance(2 * 86_400)
    await chain.sweep()
    assert await chain.jobs.list() == []


async def test_a_smaller_or_mistyped_crawl_hides_no_manual(chain: Chain) -> None:
    whole = await chain.start()
    await chain.deliver_all()
    await chain.jobs.library.pin(whole, is_pinned=True)
    for path, options in (
        ("/docs/guide/usage.html", {"max_pages": 1, "force_refresh": True}),
        ("/docs/nosuch.html", {"max_pages": 2}),
        ("/docs/", {"include": ["*/usage.html"]}),
    ):
        chain.clock.advance(60)
        part = await chain.start(path, **options)
        await chain.deliver_all()
        (doc,) = (await chain.jobs.library.docs()).docs
        assert (doc.job_id, doc.pages, doc.pinned, doc.newest_job) == (whole, 5, True, part), path
        for name in (f"{chain.site.url}/docs/", f"{chain.site.url}/docs/guide/usage.html", whole[:6]):
            assert (await chain.jobs.status(name)).job_id == whole
            assert len(await chain.titles(name)) == 5
        found = await chain.jobs.library.search("usage")
        assert [one.job_id for one in found.manuals] == [whole]
        assert (await chain.jobs.status(part)).job_id == part
    assert (doc.older, doc.newer) == (0, 3)
    job = await chain.jobs.library.job(part)  # of chosen pages: like none of the others
    assert await chain.store.library.earlier(job, limit=5) == []
    assert not (await chain.store.library.marks([part]))[part].has_earlier
    again = await chain.start(force_refresh=True)
    await chain.deliver_all()
    job = await chain.jobs.library.job(again)
    assert [one.pages for one in await chain.store.library.earlier(job, limit=5)] == [5, 2, 1]  # the whole one first
    assert (await chain.store.library.marks([again]))[again].has_earlier


async def test_reading_a_manual_puts_off_its_end_and_a_pin_keeps_it(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.deliver_all()
    (doc,) = (await chain.jobs.library.docs()).docs
    assert (doc.expires_at, doc.pinned) == (iso_time(chain.clock() + 30 * 86_400), False)
    chain.clock.advance(29 * 86_400)
    await check_whole(chain, job_id)
    chain.clock.advance(29 * 86_400)
    await chain.sweep()
    pinned = await chain.jobs.library.pin(job_id[:6].upper(), is_pinned=True)
    assert (pinned.expires_at, pinned.pinned) == ("", True)
    chain.clock.advance(300 * 86_400)
    await chain.sweep()
    assert (await chain.jobs.status(job_id)).state == "completed"
    again = await chain.start()
    await chain.deliver_all()
    (doc,) = (await chain.jobs.library.docs()).docs
    assert (doc.job_id, doc.pinned, doc.older) == (again, True, 1)  # the newer edition is the one that is kept
    chain.clock.advance(31 * 86_400)
    await chain.sweep()
    assert [status.job_id for status in await chain.jobs.list()] == [again]
    await chain.jobs.library.pin(again, is_pinned=False)
    chain.clock.advance(31 * 86_400)
    await chain.sweep()
    assert await chain.jobs.list() == []


async def test_a_message_with_another_owner_does_nothing(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(StartCrawl(job_id=job_id, user_id="other", timestamp=1))
    await chain.steps.run(FinalizeJob(job_id="unknown", user_id="local", timestamp=1))
    assert (await chain.jobs.status(job_id)).state == "running"
    assert chain.site.requests == []


async def test_used_up_deliveries_settle_what_they_were_for(chain: Chain) -> None:
    job_id = await chain.start("/blog/")
    await chain.steps.run(chain.queue.take()[0])
    await chain.steps.give_up(chain.queue.take()[0], "no answer")
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.reason, status.reasons) == ("failed", "no answer", {"delivery_failed": 1})
    other = await chain.start("/docs/guide/")
    await chain.steps.give_up(chain.queue.take()[0], "no answer")
    assert (await chain.jobs.status(other)).reason == "The crawl could not be started: no answer"


async def test_the_page_limit_holds_and_counts_every_page(chain: Chain) -> None:
    job_id = await chain.start(max_pages=3)
    await chain.deliver_all(times=2)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done) == ("completed", 3)


async def test_the_depth_limit_holds(chain: Chain) -> None:
    job_id = await chain.start(max_depth=1)
    await chain.deliver_all()
    assert "4. [Deep" not in await chain.titles(job_id)


async def test_robots_scope_types_and_quality_are_reasons_to_skip(chain: Chain) -> None:
    links = (
        "/docs/secret.html",
        "/docs/logo",
        "/docs/away.html",
        "/docs/moved.html",
        "/docs/twin.html",
    )
    chain.site.pages.update(
        {
            "/robots.txt": Answer("User-agent: *\nDisallow: /docs/secret.html\n", content_type="text/plain"),
            "/docs/": page("Welcome", '<a href="thin.html">thin</a>', links=(*links, "/docs/install.html")),
            "/docs/secret.html": page("Secret"),
            "/docs/logo": Answer(b"\x89PNG", content_type="image/png"),
            "/docs/thin.html": "<main>thin</main>",
            "/docs/away.html": Answer(status=302, headers={"Location": "/blog/"}),
            "/docs/moved.html": Answer(status=301, headers={"Location": "/docs/install.html"}),
            "/docs/twin.html": manual()["/docs/install.html"],
        }
    )
    job_id = await chain.start()
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert status.reasons == {
        "content_type": 1, "duplicate": 1, "http_404": 1, "low_quality": 1, "redirected": 1, "redirected_out_of_scope": 1, "robots": 1,
    }  # fmt: skip
    assert (status.state, status.done, status.skipped) == ("completed", 5, 7)
    assert "/docs/secret.html" not in chain.site.requests
    assert "/blog/" not in chain.site.requests


async def test_a_sitemap_finds_pages_that_nothing_links_to(chain: Chain) -> None:
    urls = "".join(f"<url><loc>{chain.site.url}{path}</loc></url>" for path in ("/docs/orphan.html", "/blog/"))
    chain.site.pages["/sitemap.xml"] = Answer(f"<urlset>{urls}</urlset>", content_type="application/xml")
    chain.site.pages["/docs/orphan.html"] = page("Orphan")
    job_id = await chain.start()
    await chain.deliver_all()
    assert [*WHOLE, "6. [Orphan"] == await chain.titles(job_id)


async def test_a_seed_that_redirects_moves_the_scope(chain: Chain) -> None:
    chain.site.pages["/start"] = Answer(status=302, headers={"Location": "/docs/"})
    job_id = await chain.start("/start")
    await chain.deliver_all()
    status = await check_whole(chain, job_id)
    assert status.scope == f"{chain.site.url}/docs/"
    assert status.scope_reason.endswith("/start redirects there")


async def test_a_chain_of_next_pages_is_followed_however_long_from_any_of_them(chain: Chain) -> None:
    for n in range(12):
        link = f'<link rel="next" href="/m/{n + 1}.html"><a href="/m/{n + 1}.html">Next</a>' if n < 11 else ""
        chain.site.pages[f"/m/{n}.html" if n else "/m/"] = page(f"Part {n}", link)
    started = await chain.jobs.start(f"{chain.site.url}/m/7.html", max_depth=2)
    await chain.deliver_all()
    titles = await chain.titles(started.job_id)
    assert [title.partition("[")[2] for title in titles] == [f"Part {n}" for n in range(12)]


async def test_one_page_alone_carries_a_warning_with_the_way_out(chain: Chain) -> None:
    chain.site.pages["/solo/x.html"] = page("Solo", links=("/docs/", "/blog/"))
    job_id = await chain.start("/solo/x.html", scope="prefix")
    await chain.deliver_all()
    (note,) = (await chain.jobs.status(job_id)).notes
    assert "Only one page lies in the scope, and its site has 2 more outside it." in note
    assert note.endswith(f" Crawl {chain.site.url}/solo/x.html with scope host for the whole host.")


async def test_include_keeps_only_what_it_names(chain: Chain) -> None:
    started = await chain.jobs.start(f"{chain.site.url}/docs/", include=["guide/*"])
    await chain.deliver_all()
    assert await chain.titles(started.job_id) == ["1. [Guide", "2. [Deep", "3. [Usage"]


async def test_pages_that_include_does_not_match_leave_half_of_the_room_to_those_it_does(chain: Chain) -> None:
    others = [f"/m/other/{number}.html" for number in range(30)]
    wanted = [f"/m/guide/{number}.html" for number in range(9)]
    start = ("/m/other/", "/m/guide/")
    chain.site.pages.update({path: page(path) for path in (*others, *wanted)})
    chain.site.pages["/m/"] = page("/m/", links=start)
    chain.site.pages["/m/other/"] = page("/m/other/", links=(*start, *others))
    chain.site.pages["/m/guide/"] = page("/m/guide/", links=(*start, *others, *wanted))
    job_id = await chain.start("/m/", include=["guide/?*"], max_pages=20)
    await chain.deliver_all()
    assert [title.partition("[")[2] for title in await chain.titles(job_id)] == wanted
    asked = [path for path in chain.site.requests if path in others]
    assert asked == others[:7]  # with the first three pages ten, half of the limit
    status = await chain.jobs.status(job_id)
    assert (status.reasons, status.left_out, status.estimated_missing) == ({"excluded": 10}, {"not_included": 23}, 0)
    assert "23 pages that include does not match were not read for links" in status.notes[-1]
    nothing = await chain.start("/m/", include=["nosuch/*"], max_pages=20)
    await chain.deliver_all()
    assert "include matches none of the 10 pages that were read" in (await chain.jobs.status(nothing)).reason


async def test_contents_are_indented_as_far_as_the_document_has_what_they_stand_under(chain: Chain) -> None:
    leaf = '<li><a href="a/{0}.html">{0}</a></li>'
    part = f'<li><a href="a/">a</a><ul>{leaf.format("one")}{leaf.format("two")}</ul></li>'
    chain.site.pages["/n/"] = page("Start", f"<div class='toctree-wrapper'><ul>{part}<li>x</li></ul></div>")
    chain.site.pages.update({f"/n/a/{name}": page(name or "a") for name in ("", "one.html", "two.html")})
    whole = await chain.start("/n/")
    some = await chain.start("/n/", include=["a/*.html"])
    await chain.deliver_all()
    assert await chain.titles(whole) == ["1. [Start", "  2. [a", "    3. [one.html", "    4. [two.html"]
    assert await chain.titles(some) == ["1. [one.html", "2. [two.html"]


async def test_what_sphinx_offers_for_this_page_opens_no_section(chain: Chain) -> None:
    names = ("a", "b", "c", "bugs")
    toctree = "".join(f'<li><a href="{name}.html">{name}</a></li>' for name in names)
    chain.site.pages["/s/"] = page("Contents", f"<div class='toctree-wrapper'><ul>{toctree}</ul></div>")
    chain.site.pages["/s/bugs.html"] = page("bugs")
    for name, previous, following in (("a", "b", "c"), ("b", "a", "c"), ("c", "a", "b")):
        sidebar = (
            f'<div class="sphinxsidebar"><h3><a href="./">Contents</a></h3><p><a href="{previous}.html">x</a></p>'
            f'<p><a href="{following}.html">x</a></p><div role="note"><h3>This Page</h3><ul class="this-page-menu"><li>'
            '<a href="bugs.html">Report a Bug</a></li></ul></div></div><footer>'
        )
        chain.site.pages[f"/s/{name}.html"] = page(name).replace("<footer>", sidebar)
    job_id = await chain.start("/s/")
    await chain.deliver_all()
    listed = ["1. [Contents", "  2. [a", "  3. [b", "  4. [c", "  5. [bugs"]
    assert await chain.titles(job_id) == listed


async def test_a_page_that_crashes_or_stalls_its_reader_is_lost_alone() -> None:
    workers = Workers(1, timeout_s=0.3)
    for work, argument, reason in (
        (os._exit, 1, "parser_crashed"),
        (time.sleep, 60, "parser_timeout"),
        (all, itertools.count(1), "parser_timeout"),
    ):
        with pytest.raises(PageRefused) as caught:
            await workers.run(work, argument)
        assert caught.value.reason == reason
    assert await Workers(1).run(abs, -1) == 1


async def test_a_page_stays_claimed_as_long_as_it_is_worked_on(chain: Chain) -> None:
    chain.lease_s = 0.3
    chain.restart()
    is_over = threading.Event()
    chain.site.pages["/docs/install.html"] = Answer(page("Install"), before=lambda: is_over.wait(10))
    await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    message = next(one for one in chain.queue.take() if isinstance(one, ProcessUrl) and "install" in one.url)

    async def lease_until() -> float:
        query = pick(PageRow.lease_until).where(PageRow.id == message.page_id)
        return (await chain.store.database.read(lambda db: db.scalar(query))) or 0.0

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(chain.steps.run, message)
        with anyio.fail_after(10):
            while await lease_until() == 0.0:
                await anyio.sleep(0.01)
            chain.clock.advance(1_000)
            while await lease_until() < chain.clock():
                await anyio.sleep(0.01)
        is_over.set()
    status = (await chain.jobs.list())[0]
    assert status.done >= 1


async def test_a_job_that_cannot_be_put_in_order_ends_as_it_came_in(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    await chain.steps.run(chain.queue.take()[0])
    tries = 0

    async def finalize(_job: Job) -> None:
        nonlocal tries
        tries += 1
        raise RuntimeError("a fault in the order")

    chain.clock.advance(chain.settings.job_deadline_s + 1)
    assert await end_overdue(chain.store, finalize=finalize) == 1.0
    assert (await chain.jobs.status(job_id)).state == "running"
    chain.clock.advance(GIVE_UP_S)
    await sweep(chain.store, chain.relay, finalize=finalize, retention_days=30)
    await end_overdue(chain.store, finalize=finalize)
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, tries) == ("cancelled", 1, 2)
    assert "could not be put in order" in status.reason
    assert await chain.titles(job_id) == ["1. [Welcome"]


async def test_a_job_past_its_deadline_that_never_began_fails(chain: Chain) -> None:
    chain.queue.is_down = True
    job_id = await chain.start()
    chain.clock.advance(chain.settings.job_deadline_s + 1)
    await chain.sweep()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.reason) == ("failed", "The job's deadline passed before its first page was found.")


async def test_pages_that_wait_their_turn_for_long_are_not_given_up(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    for _ in range(MAX_RESCUES + 3):
        chain.clock.advance(SILENT_S + 1)
        await chain.sweep()
    messages = chain.queue.take()
    assert len(messages) == 5 * (1 + MAX_RESCUES)  # nor are they published for ever
    for message in messages:
        await chain.steps.run(message)
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_page_whose_every_fetch_dies_is_given_up(chain: Chain) -> None:
    job_id = await chain.start("/blog/")
    await chain.steps.run(chain.queue.take()[0])
    for _ in range(MAX_RESCUES + 1):
        for message in chain.queue.take():
            assert isinstance(message, ProcessUrl)
            await chain.store.pages.claim(message.page_id, job_id=job_id, lease_s=LEASE_S)
        chain.clock.advance(LEASE_S + 1)
        await chain.sweep()
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.reasons) == ("failed", {"lost": 1})


async def test_a_start_whose_answer_came_too_late_does_not_end_the_job(chain: Chain) -> None:
    job_id = await chain.start()
    (start,) = chain.queue.take()
    await chain.steps.run(start)
    await chain.steps.give_up(start, "no answer within 120 s")
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_sitemap_that_names_the_seed_does_not_move_it(chain: Chain) -> None:
    chain.site.pages["/sitemap.xml"] = Answer(
        "".join(["<urlset>", *(f"<url><loc>{chain.site.url}/docs/{name}</loc></url>" for name in ("", "extra"))]),
        content_type="application/xml",
    )
    for depth, found in ((0, 1), (1, 6)):
        job_id = await chain.start(max_depth=depth)
        await chain.deliver_all()
        status = await chain.jobs.status(job_id)
        assert status.done + status.skipped + status.failed == found


@pytest.mark.parametrize(
    "line", ["/docs/map.xml", "http://127.0.0.1:x/map.xml", "https://d.example/漢.xml", "ftp://d/x"]
)
async def test_a_wrong_sitemap_line_does_not_stop_a_crawl(chain: Chain, line: str) -> None:
    chain.site.pages["/robots.txt"] = Answer(f"Sitemap: {line}\n", content_type="text/plain; charset=utf-8")
    job_id = await chain.start()
    await chain.deliver_all()
    await check_whole(chain, job_id)
    assert ("/docs/map.xml" in chain.site.requests) == line.startswith("/")


async def test_a_redirect_to_a_page_that_failed_settles_the_page_that_was_asked_for(chain: Chain) -> None:
    chain.site.pages["/docs/"] = page("Start", links=("/docs/new.html", "/docs/old.html"))
    chain.site.pages["/docs/new.html"] = Answer(status=403)
    chain.site.pages["/docs/old.html"] = Answer(status=301, headers={"Location": "/docs/new.html"})
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    await chain.steps.run(chain.queue.take()[0])
    new, old = chain.queue.take()
    await chain.steps.run(new)
    chain.site.pages["/docs/new.html"] = page("New")
    await chain.steps.run(old)
    await chain.deliver_all()
    assert await chain.titles(job_id) == ["1. [Start", "2. [New"]


async def test_a_late_redirect_leaves_no_trace(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    seed, *_ = chain.queue.take()
    assert isinstance(seed, ProcessUrl)
    claim = await chain.store.pages.claim(seed.page_id, job_id=job_id, lease_s=LEASE_S)
    job = await chain.store.jobs.get(job_id, owner="local")
    assert claim is not None
    assert job is not None
    chain.clock.advance(LEASE_S + 1)
    await chain.store.pages.claim(seed.page_id, job_id=job_id, lease_s=LEASE_S)
    moved = Outcome(PageState.DONE, f"{chain.site.url}/docs/moved.html", markdown="# Moved\n")
    assert await chain.store.pages.settle(claim, moved, job=job) is None
    assert (await chain.jobs.status(job_id)).pending == 5


async def test_of_equal_pages_of_a_cancelled_job_one_is_kept(chain: Chain) -> None:
    chain.site.pages["/docs/"] = page("Start", links=("/docs/a.html", "/docs/b.html", "/docs/c.html"))
    chain.site.pages["/docs/a.html"] = chain.site.pages["/docs/b.html"] = page("Twin")
    job_id = await chain.start()
    for _ in range(2):
        await chain.steps.run(chain.queue.take()[0])
    for message in chain.queue.take()[:2]:
        await chain.steps.run(message)
    status = await chain.jobs.cancel(job_id)
    assert (status.done, status.reasons) == (2, {"cancelled": 1, "duplicate": 1})


async def test_contents_that_are_read_while_pages_come_in_leave_none_out(chain: Chain) -> None:
    names = [f"/docs/{n}.html" for n in range(30)]
    chain.site.pages["/docs/"] = page("Start", links=tuple(names))
    for n, name in enumerate(names):
        chain.site.pages[name] = page("Twin" if n in (3, 5, 7) else f"Page {n} of a long manual, with a long title")
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    messages = chain.queue.take()
    for message in messages[:26]:
        await chain.steps.run(message)
    part = await chain.jobs.result(job_id, cursor=None, max_tokens=600, result_format="map")
    lines = part.text.split("\n")
    for message in messages[26:]:
        await chain.steps.run(message)
    part = await chain.jobs.result(job_id, cursor=part.next_cursor, max_tokens=20_000, result_format="map")
    assert part.next_cursor is not None  # the job still runs
    await chain.deliver_all()
    lines += part.text.split("\n")
    assert {line.split("](")[0].split("[")[1] for line in lines} == {
        "Start", "Twin", *(f"Page {n} of a long manual, with a long title" for n in range(30) if n not in (3, 5, 7))
    }  # fmt: skip


async def test_what_every_page_ends_with_is_left_out_of_the_document_and_told(chain: Chain) -> None:
    names = [f"/docs/{n}.html" for n in range(9)]
    helpful = '<p>Did this page <a href="/feedback?on={n}">help</a> you?</p>'
    chain.site.pages["/docs/"] = page("Start", f"<p>Begin here.</p>{helpful}", links=tuple(names)).replace(
        "<html>", '<html lang="en">'
    )
    for n, name in enumerate(names):
        own = f"<p>Part {n} is told of here, at a length that makes the page its own. {'Word ' * 40}</p>"
        chain.site.pages[name] = page(f"Part {n}", own + helpful.replace("{n}", str(n)))
    job_id = await chain.start()
    await chain.deliver_all()
    parts = [part async for part in await chain.jobs.document(job_id)]
    document = "".join(parts)
    assert "Did this page" not in document
    assert all(f"Part {n} is told of here" in document for n in range(9))
    assert (await chain.jobs.result(job_id, choice=Choice(query="did this page help"))).text.count("Did this") == 0
    (note,) = (await chain.jobs.status(job_id)).notes
    assert note.startswith("2 blocks that most pages begin or end with are left out")
    assert "help" not in note  # the site's text has no place among our own words
    assert "- languages: en 1" in await chain.jobs.coverage(job_id)


async def test_the_relay_outlives_a_store_that_fails_for_a_moment(chain: Chain) -> None:
    class Outbox:
        asked = 0
        again = anyio.Event()

        async def claim(self) -> list[OutboxMessage]:
            self.asked += 1
            if self.asked == 1:
                raise OperationalError("SELECT", {}, Exception("disk I/O error"))
            self.again.set()
            return []

    chain.store.outbox = Outbox()  # pyright: ignore[reportAttributeAccessIssue]
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Relay(chain.store, chain.queue).run)
        with anyio.fail_after(5):
            await Outbox.again.wait()
        tasks.cancel_scope.cancel()


async def test_an_owner_that_has_stored_its_bytes_stores_no_further_page_while_it_crawls(
    store: Store, site: Site, clock: Clock
) -> None:
    site.pages.update(manual())
    chain = Chain(store, site, clock, owner_bytes=500)
    job_id = await chain.start()
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert status.state == "partial"
    assert 1 <= status.done <= 2  # what is over the limit by less than a page stays
    assert status.reasons["quota_exceeded"] == status.failed >= 3
    before = len(site.requests)
    job = await store.jobs.get(job_id, owner="local")
    assert job is not None
    details = [one.detail async for one in store.documents.outside(job) if one.reason == "quota_exceeded"]
    assert details
    assert all("is the owner's limit. Delete old crawls." in detail for detail in details)
    other = chain.jobs_of("bob")
    second = (await other.start(f"{site.url}/docs/", max_pages=1)).job_id
    await chain.deliver_all()
    assert (await other.status(second)).done == 1  # another owner is not touched
    assert len(site.requests) > before


async def test_a_redirect_into_what_robots_txt_forbids_is_not_followed(chain: Chain) -> None:
    chain.site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /docs/secret\n", content_type="text/plain")
    chain.site.pages["/docs/install.html"] = Answer(status=302, headers={"Location": "/docs/secret.html"})
    chain.site.pages["/docs/secret.html"] = page("Secret")
    job_id = await chain.start()
    await chain.deliver_all()
    assert "/docs/secret.html" not in chain.site.requests
    assert (await chain.jobs.status(job_id)).reasons["redirected_out_of_scope"] == 1
