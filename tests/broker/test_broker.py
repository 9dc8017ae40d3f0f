"""What the embedded broker promises beyond QStash's contract: it loses nothing, keeps its limits, says what is wrong."""

import gc
import json
import threading
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from starlette.types import Receive, Scope, Send

from docspasta_mcp.broker.app import Broker
from docspasta_mcp.broker.at_hand import KEPT, KEPT_BYTES
from docspasta_mcp.broker.errors import BrokerBusy
from docspasta_mcp.broker.lanes import FlowLane, LaneEntry
from docspasta_mcp.broker.message import Flow, Message
from docspasta_mcp.broker.publisher import MAX_BODY_BYTES
from docspasta_mcp.broker.store import messages
from tests.broker.serving import Target, asgi_client, open_at
from tests.fakes import Clock

DAY_S = 86_400


@asynccontextmanager
async def opened(path: Path, target: Target, **options: Any) -> AsyncIterator[tuple[Broker, httpx.AsyncClient]]:
    """Open a broker that does not deliver, and a client of it."""
    broker = open_at(path, target.url, **options)
    try:
        async with asgi_client(broker) as api:
            yield broker, api
    finally:
        broker.close()


@asynccontextmanager
async def delivering(broker: Broker) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(broker.run)
        yield
        tasks.cancel_scope.cancel()


async def publish(api: httpx.AsyncClient, target: Target, **headers: str) -> str:
    named = {f"Upstash-{name.replace('_', '-')}": value for name, value in headers.items()}
    answer = await api.post(f"/v2/publish/{target.url}/x", headers=named, content=b"x")
    assert answer.is_success, answer.text
    return answer.json()["messageId"]


async def wait_for_empty(api: httpx.AsyncClient) -> None:
    with anyio.fail_after(10):
        while (await api.get("/broker")).json()["depth"]:
            await anyio.sleep(0.01)


async def test_messages_survive_a_restart_with_their_ids(tmp_path: Path, target: Target) -> None:
    path = tmp_path / "b.db"
    async with opened(path, target) as (broker, api):
        with pytest.raises(BrokerBusy):
            open_at(path, target.url)
        message_id = await publish(api, target)
    async with opened(path, target) as (broker, api), delivering(broker):
        await target.wait_for(1)
    assert target.calls[0][1]["upstash-message-id"] == message_id


async def test_what_was_delivered_just_before_an_end_is_not_delivered_again(tmp_path: Path, target: Target) -> None:
    path = tmp_path / "b.db"
    for count in (1, 2):
        async with opened(path, target) as (broker, api), delivering(broker):
            await publish(api, target)
            await target.wait_for(count)
            with anyio.fail_after(5):
                while broker.context.dispatcher.waiting:
                    await anyio.lowlevel.checkpoint()
    assert len(target.calls) == 2


async def published(broker: Broker, target: Target, count: int, *, size: int = 1) -> list[str]:
    """Publish so many messages and return their ids."""
    batch = [{"destination": f"{target.url}/x", "body": "x" * size} for _ in range(count)]
    return [one["messageId"] for one in await broker.publish_batch(json.dumps(batch).encode())]


async def answers_at_once(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})


async def traced(broker: Broker) -> list[str]:
    """Return the messages that are read from the file to be delivered, a list that grows as they are."""
    reads: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith("SELECT * FROM message WHERE id = ") and "outcome IS NULL" in statement:
            reads.append(statement.split("'")[1])

    await broker.context.journal.run(lambda db: db.set_trace_callback(note))
    return reads


async def test_so_many_small_messages_are_kept_at_hand_and_the_others_read(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target, apps={target.url: answers_at_once}) as (broker, api):
        reads = await traced(broker)
        await published(broker, target, KEPT - 1)
        long = await published(broker, target, 1, size=KEPT_BYTES + 1)
        await published(broker, target, 1, size=KEPT_BYTES)
        without_room = await published(broker, target, 20)
        async with delivering(broker):
            await wait_for_empty(api)
            assert sorted(reads) == sorted([*long, *without_room])
            reads.clear()
            await published(broker, target, 5)
            await wait_for_empty(api)
        assert reads == []  # those that were delivered are kept no longer


async def test_what_is_cancelled_is_kept_no_longer_and_not_delivered(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api):
        reads = await traced(broker)
        await published(broker, target, KEPT)
        assert (await api.delete("/v2/messages")).json() == {"cancelled": KEPT}
        await published(broker, target, 5)
        async with delivering(broker):
            await wait_for_empty(api)
    assert reads == []
    assert len(target.calls) == 5


async def test_a_message_that_is_tried_again_is_read_from_the_file(tmp_path: Path, target: Target) -> None:
    target.answer = lambda _path, count: (500 if count == 1 else 200, {"Retry-After": "0"})
    async with opened(tmp_path / "b.db", target) as (broker, api):
        reads = await traced(broker)
        ids = await published(broker, target, 1)
        async with delivering(broker):
            await wait_for_empty(api)
    assert reads == ids
    assert [call[1]["upstash-retried"] for call in target.calls] == ["0", "1"]


async def test_more_messages_than_are_kept_at_hand_are_delivered_once_each(tmp_path: Path, target: Target) -> None:
    seen: list[int] = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(int((await receive())["body"]))
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    numbers = range(KEPT + 20)
    async with opened(tmp_path / "b.db", target, apps={target.url: app}) as (broker, api):
        for some in (numbers[:KEPT], numbers[KEPT:]):
            batch = [{"destination": f"{target.url}/x", "body": str(number)} for number in some]
            await broker.publish_batch(json.dumps(batch).encode())
        async with delivering(broker):
            await wait_for_empty(api)
    assert sorted(seen) == [*numbers]


@pytest.mark.parametrize(
    ("headers", "size"), [({"Upstash-Delay": "7d"}, 3_000), ({}, 200_000)], ids=["due later", "long"]
)
async def test_what_is_due_later_or_long_is_not_kept_at_hand(
    tmp_path: Path, target: Target, headers: dict[str, str], size: int
) -> None:
    body = f"{tmp_path.name}{'x' * size}"
    async with opened(tmp_path / "b.db", target) as (broker, _):
        batch = [{"destination": f"{target.url}/x", "body": body, "headers": headers}]
        await broker.publish_batch(json.dumps(batch).encode())
        await broker.context.journal.run(lambda _: None)  # its thread holds what it did last
        gc.collect()
        held = [one for one in gc.get_objects() if isinstance(one, Message)]
    assert [one for one in held if one.body == body.encode()] == []


async def test_a_message_whose_publisher_did_not_wait_for_the_disk_is_delivered(tmp_path: Path, target: Target) -> None:
    disk, patience = threading.Event(), anyio.CancelScope()
    headers = {"Upstash-Deduplication-Id": "one"}
    batch = json.dumps([{"destination": f"{target.url}/x", "headers": headers, "body": "x"}]).encode()
    async with opened(tmp_path / "b.db", target) as (broker, _), delivering(broker):
        await broker.context.journal.run(lambda _: None)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(broker.context.journal.run, lambda _: disk.wait())
            patience.deadline = anyio.current_time() + 0.05
            with patience:
                await broker.publish_batch(batch)
            disk.set()
        assert patience.cancelled_caught
        (again,) = await broker.publish_batch(batch)
        assert again["deduplicated"]
        await target.wait_for(1)


async def test_what_an_operator_decided_survives_a_restart(tmp_path: Path, target: Target) -> None:
    path = tmp_path / "b.db"
    flow = {"Flow_Control_Key": "k", "Flow_Control_Value": "parallelism=2"}
    async with opened(path, target) as (broker, api):
        await api.post("/v2/flowControl/k/pin?parallelism=7")
        await api.post("/v2/flowControl/k/pause")
        await api.post("/v2/queues", json={"queueName": "q", "parallelism": 3, "paused": True})
        await publish(api, target, **flow)
        await api.post(f"/v2/enqueue/q/{target.url}/y")
    async with opened(path, target) as (broker, api), delivering(broker):
        await publish(api, target)
        await target.wait_for(1)  # the one that neither key nor queue holds
        key = (await api.get("/v2/flowControl/k")).json()
        assert (key["parallelismMax"], key["isPaused"], key["waitListSize"]) == (7, True, 1)
        assert (await api.get("/v2/queues/q")).json()["paused"]
        await api.post("/v2/flowControl/k/resume")
        await api.post("/v2/queues/q/resume")
        await wait_for_empty(api)
    assert sorted(target.paths()) == ["/x", "/x", "/y"]


async def test_a_paused_broker_delivers_nothing_until_it_is_resumed(tmp_path: Path, target: Target) -> None:
    path = tmp_path / "b.db"
    async with opened(path, target) as (broker, api):
        assert (await api.post("/broker/pause")).json() == {"isPaused": True}
        await publish(api, target, Flow_Control_Key="k", Flow_Control_Value="parallelism=1")
    async with opened(path, target) as (broker, api), delivering(broker):
        figures = (await api.get("/broker")).json()
        assert (figures["isPaused"], figures["depth"], figures["inFlight"], figures["deadLetters"]) == (True, 1, 0, 0)
        assert [(key["flowControlKey"], key["waitListSize"]) for key in figures["flowControl"]] == [("k", 1)]
        assert target.calls == []
        await api.post("/broker/resume")
        await target.wait_for(1)


async def test_who_comes_last_with_a_key_of_its_own_does_not_wait_for_all_the_others(
    tmp_path: Path, target: Target
) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api):
        for key in [*["many"] * 40, *["few"] * 3]:
            await publish(api, target, Flow_Control_Key=key, Flow_Control_Value="parallelism=1", Label=key)
        async with delivering(broker):
            await target.wait_for(43)
    order = [headers["upstash-label"] for _, headers, _ in target.calls]
    assert order.count("few") == 3
    assert "few" not in order[10:]


async def test_a_deduplication_id_is_free_again_after_ten_minutes(tmp_path: Path, target: Target, clock: Clock) -> None:
    async with opened(tmp_path / "b.db", target, clock=clock) as (_broker, api):
        headers = {"Upstash-Deduplication-Id": "d"}
        first = await api.post(f"/v2/publish/{target.url}/", headers=headers)
        again = await api.post(f"/v2/publish/{target.url}/", headers=headers)
        assert (first.status_code, again.status_code) == (200, 202)
        assert again.json() == {"messageId": first.json()["messageId"], "deduplicated": True}
        clock.advance(601)
        later = await api.post(f"/v2/publish/{target.url}/", headers=headers)
        assert (later.status_code, "deduplicated" in later.json()) == (200, False)


async def test_what_is_past_its_retention_is_forgotten(tmp_path: Path, target: Target, clock: Clock) -> None:
    path = tmp_path / "b.db"
    target.answer = lambda path, _count: (500 if path == "/dead" else 200, {})
    async with opened(path, target, clock=clock) as (broker, api), delivering(broker):
        await publish(api, target)
        await api.post(f"/v2/publish/{target.url}/dead", headers={"Upstash-Retries": "0"}, content=b"kept")
        await wait_for_empty(api)

    start = clock.now
    for wait_s, left in ((1, (["eA=="], 7, 1)), (601, ([""], 7, 1)), (3 * DAY_S, ([], 0, 1)), (4 * DAY_S, ([], 0, 0))):
        clock.advance(wait_s)
        async with opened(path, target, clock=clock) as (broker, api), delivering(broker):  # trims when it starts
            with anyio.fail_after(5):
                while await _left(api, target, until=start) != left:
                    await anyio.sleep(0.01)


async def _left(api: httpx.AsyncClient, target: Target, *, until: float) -> tuple[list[str], int, int]:
    """Return the bodies in the events of the delivered message, how many events there are, and dead letters."""
    events = (await api.get(f"/v2/events?toDate={int(until * 1000)}")).json()["events"]
    dead = (await api.get("/v2/dlq")).json()["messages"]
    assert all(letter["body"] == "kept" for letter in dead)
    return sorted({event["body"] for event in events if event["url"] == f"{target.url}/x"}), len(events), len(dead)


async def test_a_schedule_publishes_when_its_time_has_come(tmp_path: Path, target: Target, clock: Clock) -> None:
    async with opened(tmp_path / "b.db", target, clock=clock) as (broker, api), delivering(broker):
        headers = {"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "s", "Upstash-Forward-X-Mine": "v"}
        assert (await api.post(f"/v2/schedules/{target.url}/s", headers=headers, content=b"b")).is_success
        for count in (1, 2):
            clock.advance(60)
            broker.context.scheduler.changed()
            await target.wait_for(count)
        await wait_for_empty(api)
        path, delivered, body = target.calls[1]
        assert (path, delivered["upstash-schedule-id"], delivered["x-mine"], body) == ("/s", "s", "v", b"b")
        shown = (await api.get("/v2/schedules/s")).json()
        assert list(shown["lastScheduleStates"].values()) == ["SUCCESS"]
        assert shown["nextScheduleTime"] - shown["lastScheduleTime"] == 60_000
        await api.patch("/v2/schedules/s/pause")
        clock.advance(600)
        broker.context.scheduler.changed()
        await api.patch("/v2/schedules/s/resume")
        assert (await api.get("/v2/schedules/s")).json()["nextScheduleTime"] > clock.now * 1000
    assert len(target.calls) == 2


async def test_times_missed_while_nothing_ran_fire_once(tmp_path: Path, target: Target, clock: Clock) -> None:
    async with opened(tmp_path / "b.db", target, clock=clock) as (broker, api):
        await api.post(f"/v2/schedules/{target.url}/s", headers={"Upstash-Cron": "* * * * *"})
        clock.advance(3_600)
        async with delivering(broker):
            await target.wait_for(1)
            await wait_for_empty(api)
    assert len(target.calls) == 1


async def test_a_schedule_that_cannot_publish_says_why(tmp_path: Path, target: Target, clock: Clock) -> None:
    async with opened(tmp_path / "b.db", target, clock=clock) as (broker, api):
        await api.post("/v2/topics/group/endpoints", json={"endpoints": [{"url": f"{target.url}/x"}]})
        await api.post("/v2/schedules/group", headers={"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "s"})
        await api.delete("/v2/topics/group")
        clock.advance(60)
        async with delivering(broker):
            with anyio.fail_after(5):
                while "error" not in (shown := (await api.get("/v2/schedules/s")).json()):
                    await anyio.sleep(0.01)
    assert "group" in shown["error"]


async def test_a_rotation_makes_the_next_key_current(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (_broker, api):
        before = (await api.get("/v2/keys")).json()
        after = (await api.post("/v2/keys/rotate")).json()
        assert after["current"] == before["next"]
        assert after["next"] not in before.values()
        assert (await api.get("/v2/keys")).json() == after


async def test_a_full_queue_refuses_more_and_loses_nothing(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target, max_waiting=2) as (broker, api):
        await publish(api, target)
        batch = [{"destination": f"{target.url}/b"}] * 2
        answer = await api.post("/v2/batch", json=batch)
        assert (answer.status_code, "may hold 2" in answer.json()["error"]) == (429, True)
        await publish(api, target)
        async with delivering(broker):
            await wait_for_empty(api)
            assert (await api.post("/v2/batch", json=batch)).is_success
    assert sorted(target.paths())[-2:] == ["/x", "/x"]


async def test_a_message_cancelled_while_it_is_in_flight_is_not_tried_again(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api):
        cancelled = anyio.Event()

        def answer(_path: str, _count: int) -> tuple[int, dict[str, str]]:
            anyio.from_thread.run(cancelled.wait, token=loop)
            return 500, {}

        loop = anyio.lowlevel.current_token()
        target.answer = answer
        message_id = await publish(api, target, Retry_Delay="0")
        async with delivering(broker):
            await target.wait_for(1)
            assert (await api.delete(f"/v2/messages/{message_id}")).status_code == 202
            cancelled.set()
            with anyio.fail_after(5):
                while (await api.get("/broker")).json()["inFlight"]:
                    await anyio.sleep(0.01)
        found = (await api.get(f"/v2/events?messageId={message_id}&order=earliestFirst")).json()["events"]
    assert [event["state"] for event in found] == ["CREATED", "CANCEL_REQUESTED", "CANCELED"]
    assert len(target.calls) == 1


async def test_cancelled_messages_use_up_nothing_of_a_rate(tmp_path: Path, target: Target) -> None:
    limits = {"Flow_Control_Key": "slow", "Flow_Control_Value": "rate=1, period=1d"}
    async with opened(tmp_path / "b.db", target) as (broker, api):
        first, second, third = [await publish(api, target, **limits) for _ in range(3)]
        for message_id in (first, second):
            assert (await api.delete(f"/v2/messages/{message_id}")).status_code == 202
        assert (await api.get("/broker")).json()["depth"] == 1
        async with delivering(broker):
            await wait_for_empty(api)
        found = (await api.get(f"/v2/events?messageId={third}&state=DELIVERED")).json()["events"]
    assert len(found) == len(target.calls) == 1


async def test_a_broker_that_starts_with_many_messages_loads_each_once(tmp_path: Path, target: Target) -> None:
    count = 2_345
    waiting = [Message(f"msg_{number}", target.url, b"", not_before=10**15) for number in range(count)]
    async with opened(tmp_path / "b.db", target) as (broker, api):
        await broker.context.journal.run(lambda db: messages.insert(db, waiting, now_ms=0))
        early = await publish(api, target, Delay="1d")
        async with delivering(broker):
            await publish(api, target)
            await target.wait_for(1)
            assert (await api.delete(f"/v2/messages/{early}")).status_code == 202
            with anyio.fail_after(5):
                while (await api.get("/broker")).json()["depth"] > count:
                    await anyio.sleep(0.01)
            assert (await api.get("/broker")).json()["depth"] == count


async def test_a_message_that_comes_while_the_broker_loads_is_delivered_once(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api):
        journal = broker.context.journal
        run = journal.run
        sent: list[str] = []

        async def run_after_a_message(work: Any) -> Any:
            if "waiting" in work.__code__.co_names:  # the dispatcher is about to read what waits
                journal.run = run
                sent.append(await publish(api, target))
            return await run(work)

        journal.run = run_after_a_message
        async with delivering(broker):
            await target.wait_for(1)
            await wait_for_empty(api)
    assert [headers["upstash-message-id"] for _, headers, _ in target.calls] == sent


async def test_a_message_that_is_cancelled_while_the_broker_loads_is_not_counted(
    tmp_path: Path, target: Target
) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api):
        cancelled = await publish(api, target, Delay="1d")
    async with opened(tmp_path / "b.db", target) as (broker, api):
        journal = broker.context.journal
        run = journal.run

        async def run_after_a_cancellation(work: Any) -> Any:
            if "waiting" in work.__code__.co_names:
                journal.run = run
                assert (await api.delete(f"/v2/messages/{cancelled}")).status_code == 202
            return await run(work)

        journal.run = run_after_a_cancellation
        async with delivering(broker):
            await publish(api, target)
            await target.wait_for(1)
            await wait_for_empty(api)


def test_a_hundred_thousand_waiting_messages_take_fifteen_megabytes_at_most() -> None:
    lane, count = FlowLane(Flow("site"), set()), 2_000
    tracemalloc.start()
    for seq in range(count):
        lane.add(LaneEntry(f"msg_{seq:031}", seq, 1_700_000_000_000 + seq, lane, seq))
    took = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert took / count < 150
    assert [lane.claim(0).seq for _ in range(3)] == [0, 1, 2]


async def test_a_large_answer_is_reported_all_the_same(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api), delivering(broker):
        headers = {"Upstash-Callback": f"{target.url}/back"}
        await api.post(f"/v2/publish/{target.url}/x", headers=headers, content=b"x" * MAX_BODY_BYTES)
        await target.wait_for(2)
    assert len(json.loads(target.calls[1][2])["sourceBody"]) == pytest.approx(MAX_BODY_BYTES * 4 / 3, abs=4)


async def test_the_token_in_a_query_is_not_passed_on(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (broker, api), delivering(broker):
        answer = await api.post(
            f"/v2/publish/{target.url}/x?a=1&qstash_token=the-token&b=2", headers={"Authorization": ""}
        )
        assert answer.status_code == 200
        await target.wait_for(1)
    assert target.paths() == ["/x?a=1&b=2"]


async def test_messages_can_be_cancelled_by_host_and_path(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path / "b.db", target) as (_broker, api):
        await publish(api, target)
        assert (await api.delete("/v2/messages?host=elsewhere.example")).json() == {"cancelled": 0}
        assert (await api.delete(f"/v2/messages?path={target.prefix}/x")).json() == {"cancelled": 1}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Upstash-Retries": "-1"}, "invalid upstash-retries"),
        ({"Upstash-Retries": "many"}, "invalid upstash-retries"),
        ({"Upstash-Retry-Delay": "__import__('os')"}, "invalid retry delay"),
        ({"Upstash-Retry-Delay": "9**9**9"}, "invalid retry delay"),
        ({"Upstash-Retry-Delay": "(" * 150 + "1"}, "invalid retry delay"),
        ({"Upstash-Retry-Delay": "1" * 300}, "invalid retry delay"),
        ({"Upstash-Delay": "soon"}, "invalid duration"),
        ({"Upstash-Timeout": "-5s"}, "invalid duration"),
        ({"Upstash-Not-Before": "tomorrow"}, "upstash-not-before"),
        ({"Upstash-Method": "BREW"}, "invalid method"),
        ({"Upstash-Redact-Fields": "body, url"}, "invalid redact field 'url'"),
        ({"Upstash-Flow-Control-Key": "a b"}, "invalid flow control key"),
        (
            {"Upstash-Flow-Control-Key": "a", "Upstash-Flow-Control-Value": "parallelism=0"},
            "invalid flow control value",
        ),
        ({"Upstash-Callback": "nowhere"}, "invalid upstash-callback url"),
        ({"Upstash-Callback": "http://evil.example/"}, "not on this broker's allow list"),
        ({"Upstash-Failure-Callback": "http://evil.example/"}, "not on this broker's allow list"),
    ],
)
async def test_a_header_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, target: Target, headers: dict[str, str], words: str
) -> None:
    answer = await api.post(f"/v2/publish/{target.url}/", headers=headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_calls_that_make_no_sense_are_refused_with_a_status(api: httpx.AsyncClient, target: Target) -> None:
    url = target.url
    cron = {"Upstash-Cron": "* * * * *"}
    calls: list[tuple[int, httpx.Response]] = [
        (401, await api.post(f"/v2/publish/{url}", headers={"Authorization": "Bearer wrong"})),
        (401, await api.post(f"/v2/publish/{url}", headers={"Authorization": ""})),
        (404, await api.post("/v2/publish/nowhere")),
        (400, await api.post("/v2/publish/no:where")),
        (400, await api.post("/v2/publish/http://evil.example/")),
        (400, await api.post(f"/v2/publish/{url}/%2e%2e/other")),
        (400, await api.post(f"/v2/publish/{url}", content=b"x" * 1_000_001)),
        (413, await api.post(f"/v2/publish/{url}", content=b"x" * 10_000_001)),
        (400, await api.post(f"/v2/enqueue/a%20b/{url}")),
        (400, await api.post(f"/v2/enqueue/q/{url}", headers={"Upstash-Flow-Control-Key": "k"})),
        (400, await api.post("/v2/batch", content=b"{")),
        (400, await api.post("/v2/batch", json={})),
        (400, await api.post("/v2/batch", json=[5])),
        (400, await api.post("/v2/batch", json=[{}])),
        (400, await api.post("/v2/batch", json=[{"destination": url, "body": 5}])),
        (400, await api.post("/v2/batch", json=[{"destination": url, "headers": []}])),
        (400, await api.post("/v2/batch", json=[{"destination": url, "queue": 5}])),
        (400, await api.post("/v2/batch", json=[{}] * 1_001)),
        (400, await api.get("/v2/dlq?nosuch=1")),
        (400, await api.get("/v2/dlq?order=random")),
        (404, await api.post("/v2/dlq/retry/none")),
        (400, await api.get("/v2/events?cursor=x")),
        (400, await api.delete("/v2/messages?nosuch=1")),
        (400, await api.post("/v2/queues", json={"queueName": "a b"})),
        (400, await api.post("/v2/queues", json={"queueName": "q", "parallelism": 0})),
        (400, await api.post("/v2/queues", json={"queueName": "q", "paused": "yes"})),
        (400, await api.post("/v2/queues", json={"queueName": "q", "nosuch": 1})),
        (412, await api.post("/v2/queues", json={"queueName": "q", "parallelism": 100_000})),
        (400, await api.post("/v2/flowControl/k/pin")),
        (400, await api.post("/v2/flowControl/k/pin?rate=0")),
        (400, await api.post("/v2/flowControl/k/pin?nosuch=1")),
        (404, await api.get("/v2/flowControl/never-used")),
        (400, await api.post(f"/v2/schedules/{url}")),
        (400, await api.post(f"/v2/schedules/{url}", headers={"Upstash-Cron": "* * *"})),
        (400, await api.post(f"/v2/schedules/{url}", headers={"Upstash-Cron": "99 * * * *"})),
        (400, await api.post(f"/v2/schedules/{url}", headers={"Upstash-Cron": "0 0 31 2 *"})),
        (400, await api.post(f"/v2/schedules/{url}", headers={"Upstash-Cron": "CRON_TZ=Mars/Olympus * * * * *"})),
        (400, await api.post(f"/v2/schedules/{url}", headers={**cron, "Upstash-Schedule-Id": "a b"})),
        (400, await api.post("/v2/schedules/http://evil.example/", headers=cron)),
        (400, await api.post("/v2/topics/g/endpoints", json={"endpoints": []})),
        (400, await api.post("/v2/topics/g/endpoints", json={"endpoints": [{"name": "n"}]})),
        (400, await api.post("/v2/topics/g/endpoints", json={"endpoints": [{"url": "http://evil.example/"}]})),
        (404, await api.request("DELETE", "/v2/topics/g/endpoints", json={"endpoints": [{"name": "n"}]})),
        (405, await api.put("/v2/keys")),
        (404, await api.get("/v2/nosuch")),
    ]
    for status, answer in calls:
        assert answer.status_code == status, (answer.request.method, answer.request.url, answer.text)
        assert answer.json()["error"]
    mixed = [{"destination": url}, {"destination": "http://evil.example/"}]
    assert (await api.post("/v2/batch", json=mixed)).status_code == 400
    assert target.calls == []  # all of a batch or nothing
