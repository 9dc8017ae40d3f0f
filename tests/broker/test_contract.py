"""QStash's documented contract, asked through the official SDK in both its forms.

It runs on the embedded broker. With DOCSPASTA_CONTRACT_URL and DOCSPASTA_CONTRACT_TOKEN it runs on another QStash
(docs/broker.md says how); nothing here knows more than the documentation.
"""

import base64
import json
import threading
import uuid
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
from qstash import Receiver
from qstash.errors import QStashError
from qstash.log import LogState

from tests.broker.serving import Sdk, Target

FOREVER = "1d"  # a delay that keeps a message waiting for the length of a test


def unique(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


def states(logs: list[Any]) -> list[str]:
    return [log.state.value for log in logs]


async def test_a_message_is_delivered_as_it_was_published(sdk: Sdk, target: Target) -> None:
    answer = await sdk(
        "message.publish", url=f"{target.url}/a%2Fb//c?x=1&y=%20", body=b"\x00\xff", content_type="text/x",
        headers={"X-Own": "v"}, method="PUT", label="l",
    )  # fmt: skip
    await target.wait_for(1)
    ((path, headers, body),) = target.calls
    assert (path, body) == ("/a%2Fb//c?x=1&y=%20", b"\x00\xff")
    assert (headers["content-type"], headers["x-own"], headers["user-agent"]) == ("text/x", "v", "Upstash-QStash")
    assert (headers["upstash-message-id"], headers["upstash-retried"]) == (answer.message_id, "0")
    assert headers["upstash-label"] == "l"


async def test_each_attempt_is_signed_anew_for_its_destination_as_published(sdk: Sdk, target: Target) -> None:
    target.answer = lambda _path, count: (500 if count == 1 else 200, {})
    url = f"{target.url}/hook?a=%2F"
    await sdk("message.publish_json", url=url, body={"é": 1}, retries=1, retry_delay="0")
    await target.wait_for(2)
    keys = await sdk("signing_key.get")
    for _, headers, body in target.calls:
        Receiver(keys.current, keys.next).verify(signature=headers["upstash-signature"], body=body.decode(), url=url)
    assert len({headers["upstash-signature"] for _, headers, _ in target.calls}) == 2


async def test_whatever_is_not_2xx_is_tried_again_until_it_is(sdk: Sdk, target: Target) -> None:
    target.answer = lambda _path, count: ((404, 500, 302, 200)[count - 1], {"Location": "/elsewhere"})
    answer = await sdk("message.publish", url=f"{target.url}/hook", retries=5, retry_delay="0")
    logs = await sdk.wait_until(answer.message_id)
    assert target.paths() == ["/hook"] * 4
    assert [headers["upstash-retried"] for _, headers, _ in target.calls] == ["0", "1", "2", "3"]
    assert {headers["upstash-message-id"] for _, headers, _ in target.calls} == {answer.message_id}
    assert states(logs) == ["CREATED", *["ACTIVE", "ERROR", "RETRY"] * 3, "ACTIVE", "DELIVERED"]
    assert [log.response_status for log in logs if log.state is LogState.ERROR] == [404, 500, 302]


async def test_used_up_retries_end_in_the_dead_letters_with_a_failure_callback(sdk: Sdk, target: Target) -> None:
    target.answer = lambda path, _count: (500 if path == "/hook" else 200, {"X-Why": "no"})
    answer = await sdk(
        "message.publish", url=f"{target.url}/hook", body="hello", retries=1, retry_delay="0", label=unique("l"),
        failure_callback=f"{target.url}/failed", failure_callback_headers={"X-Mine": "f"},
    )  # fmt: skip
    await target.wait_for(3)
    path, headers, body = target.calls[2]
    report = json.loads(body)
    assert (path, headers["x-mine"]) == ("/failed", "f")
    assert (report["status"], base64.b64decode(report["body"])) == (500, b"answer")
    assert base64.b64decode(report["sourceBody"]) == b"hello"
    assert (report["sourceMessageId"], report["retried"], report["maxRetries"]) == (answer.message_id, 1, 1)
    letter = await sdk("dlq.get", report["dlqId"])
    assert (letter.message_id, letter.body, letter.response_status) == (answer.message_id, "hello", 500)
    assert (letter.response_body, letter.url) == ("answer", f"{target.url}/hook")
    assert {k.lower(): v for k, v in letter.response_headers.items()}["x-why"] == ["no"]
    await sdk("dlq.delete", letter.dlq_id)
    with pytest.raises(QStashError):
        await sdk("dlq.get", letter.dlq_id)


async def test_489_with_its_header_is_not_tried_again(sdk: Sdk, target: Target) -> None:
    target.answer = lambda _path, _count: (489, {"Upstash-NonRetryable-Error": "true"})
    answer = await sdk("message.publish", url=f"{target.url}/", retries=3, retry_delay="0")
    assert states(await sdk.wait_until(answer.message_id, LogState.FAILED))[-1] == "FAILED"
    assert len(target.calls) == 1


async def test_retry_after_overrides_the_delay(sdk: Sdk, target: Target) -> None:
    target.answer = lambda _path, count: (503, {"Retry-After": "0"}) if count == 1 else (200, {})
    await sdk("message.publish", url=f"{target.url}/", retries=1)  # QStash's own delay would be 12 s
    await target.wait_for(2)


async def test_a_callback_follows_every_attempt_with_its_own_configuration(sdk: Sdk, target: Target) -> None:
    target.answer = lambda path, count: (500 if path == "/hook" and count == 1 else 200, {})
    await sdk(
        "message.publish", url=f"{target.url}/hook", retries=1, retry_delay="0", callback=f"{target.url}/back",
        callback_headers={"Upstash-Callback-Forward-X-Mine": "c", "Upstash-Callback-Method": "PUT"},
    )  # fmt: skip
    await target.wait_for(4)
    reports = [
        (json.loads(body)["status"], headers["x-mine"]) for path, headers, body in target.calls if path == "/back"
    ]
    assert sorted(reports) == [(200, "c"), (500, "c")]


async def test_a_delayed_message_can_be_read_and_cancelled(sdk: Sdk, target: Target) -> None:
    flow = {"key": unique("k"), "parallelism": 2, "rate": 3, "period": "60s"}
    answer = await sdk(
        "message.publish", url=f"{target.url}/x", body="b", delay=FOREVER, retries=2, retry_delay="1000 * retried",
        flow_control=flow, headers={"A": "b"}, callback=f"{target.url}/c", label="one,two",
    )  # fmt: skip
    message = await sdk("message.get", answer.message_id)
    assert (message.url, message.body, message.max_retries, message.method) == (f"{target.url}/x", "b", 2, "POST")
    assert message.not_before - message.created_at == 86_400_000
    assert (message.callback, message.label) == (f"{target.url}/c", "one,two")
    assert (message.flow_control.key, message.flow_control.parallelism, message.flow_control.rate) == (
        flow["key"],
        2,
        3,
    )
    await sdk("message.cancel", answer.message_id)
    with pytest.raises(QStashError):
        await sdk("message.get", answer.message_id)
    assert states(await sdk.logs(answer.message_id))[-1] == "CANCELED"
    assert target.calls == []


async def test_messages_can_be_cancelled_in_bulk(sdk: Sdk, target: Target) -> None:
    label = unique("l")
    batch = [{"url": f"{target.url}/{n}", "delay": FOREVER, "label": label} for n in range(4)]
    ids = [one.message_id for one in await sdk("message.batch", batch)]
    assert await sdk("message.cancel_many", ids[:1]) == 1
    assert await sdk("message.cancel_many", ids[:1]) == 0
    answer = await sdk.request(f"/v2/messages?label={label}&url={target.url}/2", "DELETE")
    assert answer["cancelled"] == 1
    assert (await sdk.request(f"/v2/messages?label={label}", "DELETE"))["cancelled"] == 2


async def test_a_deduplication_id_is_taken_once(sdk: Sdk, target: Target) -> None:
    options = {"url": f"{target.url}/x", "deduplication_id": unique("d"), "delay": FOREVER}
    first = await sdk("message.publish", **options)
    again = await sdk("message.publish", **options)
    assert (first.deduplicated, again.deduplicated) == (False, True)
    assert again.message_id == first.message_id
    await sdk("message.cancel", first.message_id)


async def test_content_based_deduplication_looks_at_destination_body_and_headers(sdk: Sdk, target: Target) -> None:
    same: dict[str, Any] = {"url": f"{target.url}/{unique('x')}", "body": "b", "content_based_deduplication": True}

    async def publish(**changed: Any) -> Any:
        return await sdk("message.publish", **{**same, "delay": FOREVER, **changed})

    first = await publish()
    assert (await publish()).message_id == first.message_id
    others = [await publish(body="c"), await publish(headers={"A": "b"}), await publish(url=same["url"] + "/y")]
    assert [other.deduplicated for other in others] == [False] * 3
    await sdk("message.cancel_many", [first.message_id, *(other.message_id for other in others)])


async def test_flow_control_limits_what_is_in_delivery(sdk: Sdk, target: Target) -> None:
    release = threading.Event()
    target.answer = lambda _path, _count: (200, {}) if release.wait(10) else (500, {})
    key = unique("site")
    batch = [{"url": f"{target.url}/{n}", "body": n, "flow_control": {"key": key, "parallelism": 3}} for n in range(10)]
    answers = await sdk("message.batch_json", batch)
    await sdk("message.publish", url=f"{target.url}/other")
    await target.wait_for(4)  # three of the key, and the one without
    info = await sdk("flow_control.get", key)
    assert (info.parallelism_max, info.parallelism_count, info.wait_list_size) == (3, 3, 7)
    assert (await sdk("flow_control.get_global_parallelism")).parallelism_count >= 4
    release.set()
    for answer in answers:
        await sdk.wait_until(answer.message_id)
    assert len(target.calls) == 11
    assert target.most_active == 4


async def test_a_rate_limits_what_leaves_in_a_period_until_it_is_reset(sdk: Sdk, target: Target) -> None:
    key = unique("rate")
    batch = [{"url": f"{target.url}/{n}", "flow_control": {"key": key, "rate": 2, "period": "1d"}} for n in range(4)]
    await sdk("message.batch", batch)
    await target.wait_for(2)
    info = await sdk("flow_control.get", key)
    assert (info.rate_max, info.rate_count, info.rate_period, len(target.calls)) == (2, 2, 86_400, 2)
    await sdk("flow_control.reset_rate", key)
    await target.wait_for(4)


async def test_a_flow_control_key_can_be_paused_and_pinned(sdk: Sdk, target: Target) -> None:
    key = unique("pin")
    await sdk("flow_control.pause", key)
    await sdk("flow_control.pin", key, {"parallelism": 1, "rate": 10, "period": 60})
    options: dict[str, Any] = {"url": f"{target.url}/x", "flow_control": {"key": key, "parallelism": 5}}
    answer = await sdk("message.publish", **options)
    info = await sdk("flow_control.get", key)
    assert (info.is_paused, info.is_pinned_parallelism, info.is_pinned_rate) == (True, True, True)
    assert (info.parallelism_max, info.rate_max, info.rate_period) == (1, 10, 60)
    assert info.wait_list_size == 1
    assert target.calls == []
    await sdk("flow_control.unpin", key, {"parallelism": True})
    info = await sdk("flow_control.get", key)
    assert (info.is_pinned_parallelism, info.is_pinned_rate, info.parallelism_max) == (False, True, 1)
    await sdk("flow_control.resume", key)
    await sdk.wait_until(answer.message_id)


async def test_a_queue_keeps_its_order_through_the_retries_of_its_head(sdk: Sdk, target: Target) -> None:
    queue = unique("q")
    target.answer = lambda path, count: (500 if path == "/0" and count < 3 else 200, {})
    answers = [
        await sdk("message.enqueue", queue=queue, url=f"{target.url}/{n}", retries=3, retry_delay="20")
        for n in range(3)
    ]
    await sdk.wait_until(answers[-1].message_id)
    assert target.paths() == ["/0", "/0", "/0", "/1", "/2"]
    assert target.most_active == 1
    assert (await sdk("queue.get", queue)).lag == 0
    await sdk("queue.delete", queue)


async def test_a_queue_waits_for_its_callbacks(sdk: Sdk, target: Target) -> None:
    queue = unique("q")
    target.answer = lambda path, count: (500 if path == "/back" and count == 2 else 200, {})
    await sdk(
        "message.enqueue_json", queue=queue, url=f"{target.url}/0", callback=f"{target.url}/back",
        callback_headers={"Upstash-Callback-Retry-Delay": "0"},
    )  # fmt: skip
    await sdk("message.enqueue", queue=queue, url=f"{target.url}/1")
    await target.wait_for(4)
    assert target.paths() == ["/0", "/back", "/back", "/1"]


async def test_queues_are_made_changed_paused_and_deleted(sdk: Sdk, target: Target) -> None:
    queue = unique("q")
    await sdk("queue.upsert", queue, parallelism=2, paused=True)
    answer = await sdk("message.enqueue", queue=queue, url=f"{target.url}/x")
    found = await sdk("queue.get", queue)
    assert (found.name, found.parallelism, found.paused, found.lag) == (queue, 2, True, 1)
    assert queue in [one.name for one in await sdk("queue.list")]
    assert (await sdk("message.get", answer.message_id)).queue == queue
    assert target.calls == []
    await sdk("queue.resume", queue)
    await sdk.wait_until(answer.message_id)
    await sdk("queue.pause", queue)
    assert (await sdk("queue.get", queue)).paused
    await sdk("queue.delete", queue)
    with pytest.raises(QStashError):
        await sdk("queue.get", queue)


async def test_a_url_group_gets_a_message_for_each_endpoint(sdk: Sdk, target: Target) -> None:
    group = unique("g")
    endpoints = [{"url": f"{target.url}/one", "name": "first"}, {"url": f"{target.url}/two"}]
    await sdk("url_group.upsert_endpoints", group, endpoints)
    options: dict[str, Any] = {"url_group": group, "body": "b", "deduplication_id": unique("d")}
    answers = await sdk("message.publish", **options)
    await target.wait_for(2)
    assert sorted(target.paths()) == ["/one", "/two"]
    assert {answer.url for answer in answers} == {f"{target.url}/one", f"{target.url}/two"}
    assert [answer.deduplicated for answer in await sdk("message.publish", **options)] == [True, True]
    ((batched,),) = ([one] for one in await sdk("message.batch", [{"url_group": group, "delay": FOREVER}]))
    message = await sdk("message.get", batched[0].message_id)
    assert (message.url_group, message.endpoint) == (group, "first")
    await sdk("message.cancel_many", [one.message_id for one in batched])
    await sdk("url_group.remove_endpoints", group, [{"name": "first"}])
    assert [one.url for one in (await sdk("url_group.get", group)).endpoints] == [f"{target.url}/two"]
    assert group in [one.name for one in await sdk("url_group.list")]
    await sdk("url_group.delete", group)
    with pytest.raises(QStashError):
        await sdk("message.publish", url_group=group)


async def test_dead_letters_are_filtered_paged_retried_and_deleted(sdk: Sdk, target: Target) -> None:
    target.answer = lambda path, count: (418 if path == "/a" else 500 if count <= 4 else 200, {})
    label = unique("dead")
    batch = [{"url": f"{target.url}/{n}", "body": n, "retries": 0, "label": f"{label},more"} for n in "abcd"]
    ids = [answer.message_id for answer in await sdk("message.batch", batch)]
    for message_id in ids:
        await sdk.wait_until(message_id, LogState.FAILED)

    async def urls(**wanted: Any) -> list[str]:
        found = (await sdk("dlq.list", filter={"label": label, **wanted})).messages
        return sorted(letter.url.rsplit("/", 1)[1] for letter in found)

    assert await urls() == ["a", "b", "c", "d"]
    assert await urls(response_status=418) == ["a"]
    assert await urls(url=f"{target.url}/b") == ["b"]
    assert await urls(message_id=ids[2]) == ["c"]
    assert await urls(from_time=1, to_time=2) == []
    page = await sdk("dlq.list", count=3, filter={"label": label})
    rest = await sdk("dlq.list", count=3, filter={"label": label}, cursor=page.cursor)
    assert (len(page.messages), len(rest.messages), rest.cursor) == (3, 1, None)
    (one,) = (await sdk("dlq.list", filter={"label": label, "url": f"{target.url}/b"})).messages
    again = await sdk.request(f"/v2/dlq/retry/{one.dlq_id}", "POST")
    await sdk.wait_until(again["messageId"])
    assert target.calls[-1][2] == b"b"
    assert await urls() == ["a", "c", "d"]
    answer = await sdk.request(f"/v2/dlq/retry?label={label}&url={target.url}/c", "POST")
    await sdk.wait_until(answer["responses"][0]["messageId"])
    assert (await sdk.request(f"/v2/dlq?label={label}&responseStatus=418", "DELETE"))["deleted"] == 1
    left = (await sdk("dlq.list", filter={"label": label})).messages
    assert await sdk("dlq.delete_many", [letter.dlq_id for letter in left]) == 1


async def test_events_are_filtered_and_paged(sdk: Sdk, target: Target) -> None:
    label = unique("log")
    answers = await sdk("message.batch", [{"url": f"{target.url}/{n}", "body": "x", "label": label} for n in range(3)])
    for answer in answers:
        await sdk.wait_until(answer.message_id)
    found = await sdk("log.list", filter={"label": label})
    assert sorted(states(found.logs)) == ["ACTIVE"] * 3 + ["CREATED"] * 3 + ["DELIVERED"] * 3
    assert {base64.b64decode(log.body_base64) for log in found.logs} == {b"x"}
    (log,) = (
        await sdk("log.list", filter={"url": f"{target.url}/1", "state": LogState.DELIVERED, "label": label})
    ).logs
    assert (log.message_id, log.label) == (answers[1].message_id, label)
    page = await sdk("log.list", count=5, filter={"label": label})
    rest = await sdk("log.list", count=5, filter={"label": label}, cursor=page.cursor)
    assert (len(page.logs), len(rest.logs), rest.cursor) == (5, 4, None)
    assert (await sdk("log.list", filter={"label": label, "to_time": 1})).logs == []


async def test_redacted_fields_are_delivered_but_not_shown(sdk: Sdk, target: Target) -> None:
    redact = {"body": True, "header": ["Authorization"]}
    options: dict[str, Any] = {"body": "secret", "headers": {"Authorization": "k", "X-Plain": "p"}, "redact": redact}
    held = await sdk("message.publish", url=f"{target.url}/x", delay=FOREVER, **options)
    shown = await sdk("message.get", held.message_id)
    headers = {name.lower(): value for name, value in shown.headers.items()}
    assert shown.body == "REDACTED:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    assert (headers["authorization"][0][:9], headers["x-plain"]) == ("REDACTED:", ["p"])
    await sdk("message.cancel", held.message_id)
    await sdk("message.publish", url=f"{target.url}/x", **options)
    await target.wait_for(1)
    assert (target.calls[0][2], target.calls[0][1]["authorization"]) == (b"secret", "k")


async def test_schedules_are_made_changed_paused_and_deleted(sdk: Sdk, target: Target) -> None:
    options: dict[str, Any] = {"destination": f"{target.url}/s?a=1", "schedule_id": unique("s"), "body": "b"}
    schedule_id = await sdk(
        "schedule.create", cron="CRON_TZ=Europe/Berlin 0 4 1 1 *", retries=2, delay="5m", headers={"A": "b"},
        label="l", queue="q", timeout="20s", callback=f"{target.url}/back", **options,
    )  # fmt: skip
    found = await sdk("schedule.get", schedule_id)
    assert (found.destination, found.cron, found.body) == (
        f"{target.url}/s?a=1",
        "CRON_TZ=Europe/Berlin 0 4 1 1 *",
        "b",
    )
    assert (found.retries, found.delay, found.method, found.paused, found.queue) == (2, 300, "POST", False, "q")
    assert (found.label, found.callback) == ("l", f"{target.url}/back")
    assert found.next_schedule_time % 86_400_000 == 3 * 3_600_000  # four o'clock in Berlin in winter
    await sdk("schedule.create_json", cron="0 0 1 1 *", **options)
    assert (await sdk("schedule.get", schedule_id)).cron == "0 0 1 1 *"
    await sdk("schedule.pause", schedule_id)
    assert (await sdk("schedule.get", schedule_id)).paused
    await sdk("schedule.resume", schedule_id)
    (listed,) = [one for one in await sdk("schedule.list") if one.schedule_id == schedule_id]
    assert not listed.paused
    await sdk("schedule.delete", schedule_id)
    with pytest.raises(QStashError):
        await sdk("schedule.get", schedule_id)


@pytest.mark.parametrize(
    "path",
    [
        "/v2/dlq?nosuch=1", "/v2/dlq?count=0", "/v2/dlq?count=101", "/v2/events?state=NOSUCH", "/v2/events?nosuch=1",
        "/v2/dlq?responseStatus=x", "/v2/events?fromDate=x",
    ],
)  # fmt: skip
async def test_a_filter_that_is_unknown_or_makes_no_sense_is_refused(sdk: Sdk, path: str) -> None:
    with pytest.raises(QStashError):
        await sdk.request(path)


async def test_wrong_tokens_and_unknown_ids_are_refused(sdk: Sdk) -> None:
    for path in ("/v2/messages/msg_none", "/v2/dlq/1-0", "/v2/schedules/none", "/v2/topics/none", "/v2/queues/none"):
        with pytest.raises(QStashError):
            await sdk.request(path)
    with pytest.raises(QStashError):
        await sdk.request("/v2/keys", token="Bearer wrong")


async def test_a_destination_that_does_not_answer_is_a_failed_attempt(sdk: Sdk, target: Target) -> None:
    release = threading.Event()
    target.answer = lambda _path, _count: (200, {}) if release.wait(10) else (500, {})
    answer = await sdk("message.publish", url=f"{target.url}/", retries=0, timeout="1s")
    with anyio.fail_after(10):
        logs = await sdk.wait_until(answer.message_id, LogState.FAILED)
    release.set()
    assert logs[-1].error


async def test_deleting_a_url_group_that_is_not_there_is_no_error(sdk: Sdk) -> None:
    await sdk("url_group.delete", unique("g"))


async def test_a_settled_message_can_still_be_read(sdk: Sdk, target: Target) -> None:
    target.answer = lambda path, _count: (500 if path == "/bad" else 200, {})
    good = await sdk("message.publish", url=f"{target.url}/good", body="b")
    bad = await sdk("message.publish", url=f"{target.url}/bad", body="c", retries=0)
    await sdk.wait_until(good.message_id)
    await sdk.wait_until(bad.message_id, LogState.FAILED)
    assert [(await sdk("message.get", one.message_id)).body for one in (good, bad)] == ["b", "c"]


async def test_a_flow_control_key_without_rate_shows_a_period_of_a_second(sdk: Sdk, target: Target) -> None:
    flow = {"key": unique("k"), "parallelism": 2}
    held = await sdk("message.publish", url=f"{target.url}/x", delay=FOREVER, flow_control=flow)
    shown = (await sdk("message.get", held.message_id)).flow_control
    assert (shown.parallelism, shown.rate, shown.period) == (2, None, 1)
    await sdk("message.cancel", held.message_id)


async def test_a_rate_without_a_period_is_one_a_second(sdk: Sdk, target: Target) -> None:
    flow = {"key": unique("k"), "rate": 3}
    held = await sdk("message.publish", url=f"{target.url}/x", delay=FOREVER, flow_control=flow)
    shown = (await sdk("message.get", held.message_id)).flow_control
    assert (shown.parallelism, shown.rate, shown.period) == (None, 3, 1)
    await sdk("message.cancel", held.message_id)


@pytest.mark.parametrize("value", ["", "period=5", "rate=0", "parallelism=x"])
async def test_a_flow_control_key_needs_a_limit(sdk: Sdk, target: Target, value: str) -> None:
    headers = {"Upstash-Flow-Control-Key": unique("k"), "Upstash-Flow-Control-Value": value}
    with pytest.raises(QStashError):
        await sdk.request(f"/v2/publish/{target.url}/x", "POST", headers=headers)


async def test_a_message_may_have_several_labels(sdk: Sdk, api: httpx.AsyncClient, target: Target) -> None:
    labels = [unique("l") for _ in range(3)]
    headers = [("Upstash-Label", labels[0]), ("Upstash-Label", f"{labels[1]},{labels[2]}"), ("Upstash-Delay", FOREVER)]
    message_id = (await api.post(f"/v2/publish/{target.url}/x", headers=headers)).json()["messageId"]
    assert (await api.get(f"/v2/messages/{message_id}")).json()["labels"] == labels
    for label in labels:
        assert [log.message_id for log in (await sdk("log.list", filter={"label": label})).logs] == [message_id]
    await sdk("message.cancel", message_id)


async def test_logs_are_filtered_by_host_and_path(sdk: Sdk, target: Target) -> None:
    path = f"/{unique('p')}"
    answer = await sdk("message.publish", url=f"{target.url}{path}?a=1", delay=FOREVER)
    whole, host = urlsplit(target.url).path + path, urlsplit(target.url).netloc
    for query, count in ((f"path={whole}", 1), (f"host={host}&path={whole}", 1), (f"host=x.example&path={whole}", 0)):
        assert len((await sdk.request(f"/v2/logs?{query}"))["logs"]) == count
    await sdk("message.cancel", answer.message_id)


async def test_a_schedule_shows_its_header_names_as_sent_and_no_body_that_it_has_not(sdk: Sdk, target: Target) -> None:
    schedule_id = await sdk(
        "schedule.create", cron="0 0 1 1 *", destination=f"{target.url}/s", headers={"X-My-Header": "v"}
    )
    found = await sdk("schedule.get", schedule_id)
    assert (found.body, found.body_base64) == (None, None)
    assert found.headers == {"X-My-Header": ["v"]}
    await sdk("schedule.delete", schedule_id)
