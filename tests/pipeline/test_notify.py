"""Word when something happens: who is told what, signed how, how often, and what happens when nobody listens."""

from collections.abc import AsyncIterator, Iterator

import pytest

from docspasta_mcp.errors import AddressBlocked, InvalidRequest, PageUnreachable
from docspasta_mcp.fetch.poster import Poster, Signer
from docspasta_mcp.jobs.alarm import STANDS_STILL_S, Alarm
from docspasta_mcp.model.messages import Message, Notify
from docspasta_mcp.pipeline.notify import Notifier
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.receiver import KEY, SECRET, Receiver
from tests.sites import Answer, Site, manual, page


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


class Told(Chain):
    """A chain whose operator is told."""

    def __init__(self, store: Store, site: Site, clock: Clock, receiver: Receiver) -> None:
        self.receiver = receiver
        told = Store(store.database, clock, tells_operator=True)
        super().__init__(told, site, clock)
        allowed = (f"127.0.0.1:{receiver.port}",)
        self.notifier = Notifier(told, Poster(Signer(KEY), clock=clock), receiver.url, allowed)
        environ = {"DOCSPASTA_NOTIFY_HOSTS": f"127.0.0.1:{receiver.port}", "DOCSPASTA_NOTIFY_SECRET": SECRET,
                   "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}"}  # fmt: skip
        self.settings = Settings.from_env(environ)
        self.restart()

    def restart(self) -> None:
        super().restart()
        self.steps._notifier = getattr(self, "notifier", None)  # pyright: ignore[reportPrivateUsage]

    async def finish(self) -> list[Message]:
        """Deliver all but notices, and return those."""
        notices: list[Message] = []
        while messages := self.queue.take():
            notices += [one for one in messages if isinstance(one, Notify)]
            for message in messages:
                if not isinstance(message, Notify):
                    await self.steps.run(message)
        return notices


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock, receiver: Receiver) -> AsyncIterator[Told]:
    site.pages.update(manual())
    made = Told(store, site, clock, receiver)
    yield made
    await made.fetcher.aclose()
    await made.notifier.aclose()


async def test_a_jobs_end_is_told_once_and_signed(chain: Told, receiver: Receiver) -> None:
    job_id = await chain.start()
    await chain.deliver_all(times=3)
    (posted,) = receiver.posted
    assert posted.is_signed
    assert posted.path == "/hook"
    assert posted.headers["webhook-id"].startswith("msg_")
    assert posted.headers["content-type"] == "application/json"
    payload = posted.payload
    assert (payload["type"], payload["timestamp"]) == ("job.ended", "2027-01-15T08:00:00Z")
    told = payload["data"]
    assert (told["job_id"], told["state"], told["done"]) == (job_id, "completed", 5)
    assert told["corpus_hash"]
    assert "This page explains" not in posted.body.decode()


@pytest.mark.parametrize("how", ["cancelled", "failed", "deadline"])
async def test_every_end_of_a_job_is_told(chain: Told, receiver: Receiver, how: str) -> None:
    if how == "failed":
        chain.site.pages.clear()
    job_id = await chain.start()
    if how == "cancelled":
        await chain.jobs.cancel(job_id)
    elif how == "deadline":
        chain.queue.take()
        chain.clock.advance(chain.settings.job_deadline_s + 1)
        await chain.sweep()
    await chain.deliver_all()
    (posted,) = receiver.posted
    assert posted.payload["data"]["state"] == ("cancelled" if how == "cancelled" else "failed")


async def test_a_job_that_is_tried_again_tells_its_new_end_alone(chain: Told, receiver: Receiver) -> None:
    whole = chain.site.pages["/docs/install.html"]
    chain.site.pages["/docs/install.html"] = Answer("no", status=403)
    job_id = await chain.start()
    await chain.deliver_all()
    chain.clock.advance(60)
    await chain.jobs.retry(job_id)
    (late,) = await chain.finish()
    chain.site.pages["/docs/install.html"] = whole
    chain.clock.advance(60)
    await chain.jobs.retry(job_id)
    await chain.steps.run(late)  # of an end that is none any more
    await chain.deliver_all(times=2)
    assert [posted.payload["data"]["state"] for posted in receiver.posted] == ["partial", "completed"]
    assert len({posted.headers["webhook-id"] for posted in receiver.posted}) == 2


async def test_a_failing_receiver_is_tried_again_under_the_same_id_signed_anew(chain: Told, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 404, 200]
    await chain.start()
    (notice,) = await chain.finish()
    for _ in range(3):
        with pytest.raises(PageUnreachable):
            await chain.steps.run(notice)
        chain.clock.advance(5)
    await chain.steps.run(notice)
    await chain.steps.run(notice)
    assert len({posted.headers["webhook-id"] for posted in receiver.posted}) == 1
    assert len({posted.headers["webhook-timestamp"] for posted in receiver.posted}) == 4
    assert len({posted.body for posted in receiver.posted}) == 1
    assert all(posted.is_signed and posted.path == "/hook" for posted in receiver.posted)


async def test_a_receiver_that_is_gone_gets_no_more(chain: Told, receiver: Receiver) -> None:
    receiver.statuses = [410]
    await chain.start()
    (notice,) = await chain.finish()
    await chain.steps.run(notice)
    await chain.steps.run(notice)
    assert len(receiver.posted) == 1


async def test_a_notice_that_died_before_it_was_published_is_published_by_the_next_round(
    chain: Told, receiver: Receiver
) -> None:
    job_id = await chain.start()
    messages = chain.queue.take()
    chain.queue.is_down = True
    await chain.jobs.cancel(job_id)
    chain.queue.is_down = False
    chain.restart()
    assert len(messages) == 1
    await chain.sweep()
    await chain.deliver_all()
    assert len(receiver.posted) == 1


async def test_a_dead_letter_is_told_once_a_job_and_a_dead_notice_not_at_all(chain: Told, receiver: Receiver) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    first, second, *others = chain.queue.take()
    for dead in (first, second):
        await chain.steps.give_up(dead, "All deliveries failed, the last with status 503: no")
    for message in others:
        await chain.steps.run(message)
    await chain.deliver_all()
    assert [posted.payload["type"] for posted in receiver.posted] == ["message.dead", "job.ended"]
    told = receiver.posted[0].payload["data"]
    assert (told["job_id"], told["message"]) == (job_id, "process-url")
    assert "status 503" in told["detail"]
    notice = Notify(job_id=job_id, user_id="local", timestamp=0, notice_id="none")
    await chain.steps.give_up(notice, "no answer")
    assert not chain.queue.take()


async def test_a_crawls_own_webhook_is_told_if_the_operator_lets_its_host_be(chain: Told, receiver: Receiver) -> None:
    own = receiver.url.replace("/hook", "/own")
    await chain.start(notify_url=own)
    await chain.deliver_all()
    assert sorted(posted.path for posted in receiver.posted) == ["/hook", "/own"]
    assert len({posted.headers["webhook-id"] for posted in receiver.posted}) == 2
    place = f"127.0.0.1:{receiver.port}"
    for url in (
        "https://elsewhere.example/", "http://169.254.169.254/", "http://127.0.0.1:1/", "nonsense", f"http://{place}@elsewhere.example/",
        f"http://elsewhere.example/#{place}", f"http://elsewhere.example\\@{place}/", f"http://{place}.elsewhere.example/", "http://127.0.0.1/",
        f"http://[::ffff:127.0.0.1]:{receiver.port}/", f"http://127.1:{receiver.port}/", f"ftp://{place}/", f"http://user:pass@{place}/", f"//{place}/",
        f"http://{place}:80/", f"http://{place}\r\nX: y/", "http://localhost/",
    ):  # fmt: skip
        with pytest.raises(InvalidRequest, match="notify_url"):
            await chain.start(notify_url=url)


async def test_no_private_address_is_told_unless_the_operator_says_so(receiver: Receiver) -> None:
    poster = Poster(Signer(KEY), clock=lambda: 0)
    for url in (receiver.url, "http://169.254.169.254/", "http://localhost/", "http://[::1]/"):
        with pytest.raises(AddressBlocked):
            await poster.post(url, b"{}", id="x", allow_private=())
    assert not receiver.posted
    await poster.aclose()


async def test_the_end_of_a_second_crawl_tells_what_changed(chain: Told, receiver: Receiver) -> None:
    await chain.start()
    await chain.deliver_all()
    chain.site.pages["/docs/install.html"] = page("Install", "<p>It runs otherwise now, and is told at length.</p>")
    await chain.start(force_refresh=True)
    await chain.deliver_all()
    first, second = (posted.payload["data"] for posted in receiver.posted)
    assert "changes" not in first
    changes = second["changes"]
    assert changes["since"] == first["corpus_hash"]
    assert (changes["added"]["count"], changes["removed"]["count"]) == (0, 0)
    assert changes["changed"] == {"count": 1, "urls": [f"{chain.site.url}/docs/install.html"]}


async def test_a_queue_that_stands_still_is_told_once(chain: Told, receiver: Receiver) -> None:
    alarm = Alarm(chain.store, lambda event, data, id: chain.notifier.tell_operator(event, data, id=id))
    await chain.start()
    await alarm.look()
    chain.clock.advance(STANDS_STILL_S + 1)
    receiver.statuses = [500, 204]
    for _ in range(3):
        await alarm.look()
    failed, told = receiver.posted
    assert failed.headers["webhook-id"] == told.headers["webhook-id"]
    assert told.is_signed
    assert told.payload["type"] == "queue.stalled"
    assert told.payload["data"]["running_jobs"] == 1
    await chain.deliver_all()
    await alarm.look()
    assert [posted.payload["type"] for posted in receiver.posted[2:]] == ["job.ended"]
    chain.clock.advance(10 * STANDS_STILL_S)
    await alarm.look()
    assert len(receiver.posted) == 3


async def test_pages_that_are_tried_again_much_later_are_no_standstill_until_they_wait(
    chain: Told, receiver: Receiver
) -> None:
    alarm = Alarm(chain.store, lambda event, data, id: chain.notifier.tell_operator(event, data, id=id))
    chain.site.pages["/docs/install.html"] = Answer("no", status=403)
    job_id = await chain.start()
    await chain.deliver_all()
    receiver.posted.clear()
    chain.clock.advance(18_000)
    await chain.jobs.retry(job_id)
    await alarm.look()
    assert receiver.posted == []
    chain.clock.advance(STANDS_STILL_S + 1)
    await alarm.look()
    assert [posted.payload["type"] for posted in receiver.posted] == ["queue.stalled"]


async def test_messages_that_the_queue_does_not_take_are_a_standstill(chain: Told, receiver: Receiver) -> None:
    alarm = Alarm(chain.store, lambda event, data, id: chain.notifier.tell_operator(event, data, id=id))
    chain.queue.is_down = True
    await chain.start()
    chain.clock.advance(STANDS_STILL_S + 1)
    await alarm.look()
    assert receiver.posted[0].payload["data"]["unpublished_messages"] == 1


async def test_nobody_is_told_who_did_not_ask(store: Store, site: Site, clock: Clock) -> None:
    site.pages.update(manual())
    chain = Chain(store, site, clock)
    await chain.start()
    seen: list[Message] = []
    while messages := chain.queue.take():
        seen += messages
        for message in messages:
            await chain.steps.run(message)
    assert not [message for message in seen if isinstance(message, Notify)]
    await chain.fetcher.aclose()
