"""Crawls that are made again and again: at the embedded broker, over REST and by the command line."""

import contextlib
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest
from mcp import Client
from sqlalchemy.exc import OperationalError

from docspasta_mcp.errors import CallerError, InvalidRequest, QueueError
from docspasta_mcp.jobs.schedules import MAX_SCHEDULES, OwnerSchedules
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.jobs.status import StartedCrawl
from docspasta_mcp.model.messages import RunSchedule
from docspasta_mcp.pipeline.scheduled import CATCH_UP_S, Scheduled
from docspasta_mcp.queue.schedules import Timetable
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import open_node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from tests.conftest import settings_for
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Site, manual
from tests.test_whole_crawl import crawl, run_here, text_of

MONDAYS = "0 3 * * 1"


@dataclass
class RecordingTimetable:
    kept: dict[str, str] = field(default_factory=dict[str, str])
    is_down: bool = False

    async def put(self, message: RunSchedule, cron: str) -> None:
        if self.is_down:
            raise QueueError("down")
        self.kept[message.schedule_id] = cron

    async def drop(self, schedule_id: str) -> None:
        if self.is_down:
            raise QueueError("down")
        self.kept.pop(schedule_id, None)


@dataclass
class Desk:
    chain: Chain
    timetable: RecordingTimetable = field(default_factory=RecordingTimetable)

    def of(self, owner: str) -> OwnerSchedules:
        @contextlib.asynccontextmanager
        async def opened() -> AsyncGenerator[Timetable]:
            yield self.timetable

        return OwnerSchedules(owner, store=self.chain.store, settings=self.chain.settings, open_timetable=opened)

    @property
    def scheduled(self) -> Scheduled:
        return Scheduled(self.chain.store, lambda _owner: self.chain.jobs)


@pytest.fixture
async def desk(store: Store, site: Site, clock: Clock) -> AsyncIterator[Desk]:
    site.pages.update(manual())
    made = Desk(Chain(store, site, clock))
    yield made
    await made.chain.fetcher.aclose()


async def test_a_schedule_starts_a_crawl_each_time_and_reads_only_what_changed(desk: Desk) -> None:
    chain = desk.chain
    schedule = await desk.of("local").add(f"{chain.site.url}/docs/", MONDAYS, max_pages=50)
    assert desk.timetable.kept == {schedule.id: MONDAYS}
    for run in (1, 2):
        message = RunSchedule(schedule_id=schedule.id, user_id="local", timestamp=0)
        for _ in range(3):  # deliveries repeat
            await desk.scheduled.run(message)
        await chain.deliver_all()
        jobs = await chain.jobs.list()
        assert (len(jobs), jobs[0].done) == (run, 5)
        chain.clock.advance(7_200)  # sooner than a finished crawl is stale
    assert (await desk.of("local").list())[0].ran_at is not None


@dataclass
class StumblingJobs:
    """Jobs whose database is locked at first."""

    jobs: OwnerJobs
    failures: int

    async def start(self, url: str, **options: Any) -> StartedCrawl:
        self.failures -= 1
        if self.failures >= 0:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        return await self.jobs.start(url, **options)


async def test_a_crawl_that_could_not_start_is_started_by_the_next_delivery_or_the_next_start(desk: Desk) -> None:
    schedule = await desk.of("local").add(f"{desk.chain.site.url}/docs/", MONDAYS)
    stumbling = cast("OwnerJobs", StumblingJobs(desk.chain.jobs, failures=2))
    scheduled = Scheduled(desk.chain.store, lambda _owner: stumbling)
    message = RunSchedule(schedule_id=schedule.id, user_id="local", timestamp=0)
    with pytest.raises(OperationalError):
        await scheduled.run(message)
    desk.chain.clock.advance(8 * 86_400)
    with pytest.raises(OperationalError):
        await scheduled.catch_up()
    desk.chain.clock.advance(2)
    await scheduled.run(message)
    desk.chain.clock.advance(6)
    await scheduled.run(message)
    assert len(await desk.chain.jobs.list()) == 1


async def test_the_queues_message_may_name_the_owner_as_it_was_called_before(desk: Desk) -> None:
    schedule = await desk.of("oidc:https://id.example#ann").add(f"{desk.chain.site.url}/docs/", MONDAYS)
    await desk.scheduled.run(RunSchedule(schedule_id=schedule.id, user_id="oauth:ann", timestamp=0))
    assert len(await desk.chain.jobs.list()) == 1


async def test_a_removed_schedule_starts_nothing(desk: Desk) -> None:
    schedule = await desk.of("local").add(f"{desk.chain.site.url}/docs/", MONDAYS)
    await desk.of("local").remove(schedule.id)
    await desk.scheduled.run(RunSchedule(schedule_id=schedule.id, user_id="local", timestamp=0))
    assert (await desk.chain.jobs.list(), desk.timetable.kept) == ([], {})


async def test_what_fell_due_while_nothing_ran_runs_once(desk: Desk) -> None:
    await desk.of("local").add(f"{desk.chain.site.url}/docs/", "0 * * * *")
    assert await desk.scheduled.catch_up() == 0
    desk.chain.clock.advance(5 * 3_600 + CATCH_UP_S + 60)
    assert [await desk.scheduled.catch_up() for _ in range(3)] == [1, 0, 0]
    assert len(await desk.chain.jobs.list()) == 1


async def test_owners_do_not_see_each_others_schedules(desk: Desk) -> None:
    schedule = await desk.of("ann").add(f"{desk.chain.site.url}/docs/", MONDAYS)
    assert await desk.of("bob").list() == []
    with pytest.raises(InvalidRequest, match="No schedule"):
        await desk.of("bob").remove(schedule.id)
    assert not await desk.chain.store.schedules.remove(schedule.id, owner="bob")
    assert await desk.of("ann").list() == [schedule]
    await desk.scheduled.run(RunSchedule(schedule_id=schedule.id, user_id="bob", timestamp=0))
    assert await desk.chain.jobs.list() == []


@pytest.mark.parametrize(
    ("url", "cron", "says"),
    [
        ("/docs/", "* * * * *", "more than a run an hour"), ("/docs/", "0,30 3 * * *", "more than a run an hour"), ("/docs/", "no", "five fields"),
        ("/docs/", "0 3 31 2 *", "five fields"), ("/docs/", "CRON_TZ=No/Where 0 3 * * *", "five fields"), ("http://10.0.0.1/", MONDAYS, "not a public web address"),
    ],
)  # fmt: skip
async def test_what_cannot_be_scheduled_is_refused(desk: Desk, url: str, cron: str, says: str) -> None:
    with pytest.raises(CallerError, match=says):
        await desk.of("local").add(url if "://" in url else desk.chain.site.url + url, cron)
    assert await desk.of("local").list() == []


async def test_a_queue_that_does_not_answer_leaves_all_as_it_was(desk: Desk) -> None:
    schedule = await desk.of("local").add(f"{desk.chain.site.url}/docs/", MONDAYS)
    desk.timetable.is_down = True
    with pytest.raises(QueueError):
        await desk.of("local").add(f"{desk.chain.site.url}/docs/", MONDAYS)
    with pytest.raises(QueueError):
        await desk.of("local").remove(schedule.id)
    assert [one.id for one in await desk.of("local").list()] == [schedule.id]


async def test_schedules_are_bounded(desk: Desk) -> None:
    for number in range(MAX_SCHEDULES):
        await desk.of("local").add(f"{desk.chain.site.url}/docs/", MONDAYS, max_pages=number + 1)
    with pytest.raises(InvalidRequest, match="already"):
        await desk.of("local").add(f"{desk.chain.site.url}/docs/", MONDAYS)


async def test_the_embedded_broker_fires_them_also_what_fell_due_while_nothing_ran(
    tmp_path: Path, manual_site: Site
) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}",
               "DOCSPASTA_WORKERS": "1"}  # fmt: skip
    settings = Settings.from_env(environ)
    async with open_node(settings) as node:  # nothing runs: the broker's file is written
        schedule = await node.schedules_of("local").add(f"{manual_site.url}/docs/", MONDAYS)
    with contextlib.closing(sqlite3.connect(tmp_path / "broker.db")) as broker:
        broker.execute("UPDATE schedule SET next_at = 1000")
        broker.commit()
    async with running_node(settings) as node:
        with anyio.fail_after(30):
            while not (jobs := await node.jobs.list()) or jobs[0].state == "running":
                await anyio.sleep(0.1)
        assert (len(jobs), jobs[0].done) == (1, 5)
        await node.schedules_of("local").remove(schedule.id)
        assert await node.schedules_of("local").list() == []


@pytest.mark.parametrize("may", [True, False])
async def test_a_tool_makes_a_schedule_only_if_the_operator_lets_it(
    tmp_path: Path, manual_site: Site, may: bool
) -> None:
    settings = settings_for(tmp_path, manual_site).model_copy(update={"tools_schedule": may})
    asked = {"url": f"{manual_site.url}/docs/", "max_pages": 7}
    async with running_node(settings) as node, Client(create_mcp_server(node)) as client:
        await crawl(client, str(asked["url"]))  # the broker is up then
        (tool, *_) = (await client.list_tools()).tools
        assert ("cron" in tool.input_schema["properties"]) is may
        answer = await client.call_tool("start_crawl", {**asked, "cron": MONDAYS})
        kept = await node.schedules_of("local").list()
        if not may:
            assert answer.is_error
            assert "start_crawl has no argument 'cron'" in text_of(answer)
            assert not kept
            return
        (schedule,) = kept
        assert (schedule.cron, schedule.options) == (MONDAYS, {"max_pages": 7, "scope": "auto"})
        assert f"/api/v4/schedules/{schedule.id} ends that." in (answer.structured_content or {})["next_step"]
        for wrong, says in (({"cron": "* * * * *"}, "hour"), ({"cron": MONDAYS, "dry_run": True}, "without dry_run")):
            refused = await client.call_tool("start_crawl", {**asked, **wrong})
            assert refused.is_error
            assert says in text_of(refused)
        assert len(await node.schedules_of("local").list()) == 1


async def test_schedules_over_rest(tmp_path: Path, manual_site: Site) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}"}
    async with open_node(Settings.from_env(environ)) as node:
        app = create_app(node, create_mcp_server(node))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            wanted = {"url": f"{manual_site.url}/docs/", "cron": MONDAYS, "max_pages": 9, "version": "latest"}
            made = await client.post("/api/v4/schedules", json=wanted)
            assert (made.status_code, made.json()["options"]) == (
                201,
                {"max_pages": 9, "scope": "auto", "version": "latest"},
            )
            listed = (await client.get("/api/v4/schedules")).json()["schedules"]
            whole = await client.post("/api/v4/schedules", json=wanted | {"max_depth": 0, "quality_threshold": 0})
            assert whole.json()["options"] == made.json()["options"] | {"max_depth": 0, "quality_threshold": 0}
            await client.delete(f"/api/v4/schedules/{whole.json()['id']}")
            assert listed == [made.json()]
            assert "owner" not in listed[0]
            for wrong in ({"url": "x"}, {**wanted, "cron": "* * * * *"}, {**wanted, "more": 1}):
                assert (await client.post("/api/v4/schedules", json=wrong)).status_code == 400
            gone = await client.delete(f"/api/v4/schedules/{made.json()['id']}")
            assert gone.json() == {"removed": 1}
            assert (await client.delete(f"/api/v4/schedules/{made.json()['id']}")).status_code == 400


def test_schedules_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    assert run_here("schedule", "add", "https://docs.example.com/", "--cron", MONDAYS) == 0
    made = capsys.readouterr().out.strip()
    assert run_here("schedule", "list") == 0
    listed = capsys.readouterr().out
    assert listed.splitlines()[1].split()[0] == made
    assert "https://docs.example.com/" in listed
    assert run_here("schedule", "add", "https://docs.example.com/", "--cron", "* * * * *") == 2
    assert run_here("schedule", "remove", made) == 0
    capsys.readouterr()
    assert run_here("schedule", "list") == 0
    assert capsys.readouterr().out == ""
