"""The broker by QStash's documented contract, asked through the official SDK over HTTP."""

import base64
import json
import threading
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from qstash import AsyncQStash, Receiver
from qstash.errors import QStashError

from docspasta_mcp.broker.app import Broker, open_broker
from docspasta_mcp.broker.problems import BrokerBusy
from docspasta_mcp.broker.signing import Keys, new_key
from docspasta_mcp.web.serving import listen, serve_app
from tests.fakes import Clock

KEYS = Keys(new_key(), new_key())


class Target:
    """Where deliveries go: answers what `answer` returns and keeps every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[int], tuple[int, dict[str, str]]] = lambda _count: (200, {})
        self.active = self.most_active = 0
        self._lock = threading.Lock()
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with target._lock:
                    target.active += 1
                    target.most_active = max(target.most_active, target.active)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                target.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, headers = target.answer(len(target.calls))
                with target._lock:
                    target.active -= 1
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"answer")

            do_PUT = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    async def wait_for(self, count: int) -> None:
        with anyio.fail_after(10):
            while len(self.calls) < count:
                await anyio.sleep(0.01)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    made = Target()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Running:
    """A broker behind a real port."""

    def __init__(self, broker: Broker, url: str) -> None:
        self.broker = broker
        self.url = url
        self.sdk = AsyncQStash("the-token", retry=False, base_url=url)

    async def publish(self, **options: Any) -> str:
        """Publish through the SDK and return the message's id."""
        answer: Any = await self.sdk.message.publish(**options)
        return answer.message_id


def open_at(path: Path, target: Target, client: httpx.AsyncClient, clock: Clock | None = None) -> Broker:
    allows: Callable[[str], bool] = lambda url: url.startswith(target.url)  # noqa: E731
    options = {"clock": clock} if clock else {}
    return open_broker(path, token="the-token", keys=lambda: KEYS, client=client, allows=allows, **options)


@pytest.fixture
async def running(tmp_path: Path, target: Target) -> AsyncIterator[Running]:
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client, anyio.create_task_group() as tasks:
        broker = open_at(tmp_path / "broker.db", target, client)
        sock = listen("127.0.0.1", 0)
        tasks.start_soon(serve_app, broker.app, sock)
        tasks.start_soon(broker.dispatcher.run)
        made = Running(broker, f"http://127.0.0.1:{sock.getsockname()[1]}")
        yield made
        await made.sdk.http._client.aclose()
        tasks.cancel_scope.cancel()
        broker.close()


async def wait_until_delivered(running: Running, message_id: str) -> None:
    with anyio.fail_after(10):
        while True:
            try:
                await running.sdk.message.get(message_id)
            except QStashError:
                return
            await anyio.sleep(0.01)


async def test_a_message_is_delivered_as_it_was_published(running: Running, target: Target) -> None:
    url = f"{target.url}/a%2Fb//c?x=1&y=%20"
    message_id = await running.publish(
        url=url, body=b"\x00\xff", content_type="text/x", headers={"X-Own": "v"}, method="PUT"
    )
    await target.wait_for(1)
    ((path, headers, body),) = target.calls
    assert (path, body) == ("/a%2Fb//c?x=1&y=%20", b"\x00\xff")
    assert (headers["content-type"], headers["x-own"], headers["user-agent"]) == ("text/x", "v", "Upstash-QStash")
    assert (headers["upstash-message-id"], headers["upstash-retried"]) == (message_id, "0")


async def test_a_delivery_is_signed_for_its_destination_as_published(running: Running, target: Target) -> None:
    await running.sdk.message.publish_json(url=f"{target.url}/hook?a=%2F", body={"é": 1})
    await target.wait_for(1)
    _, headers, body = target.calls[0]
    receiver = Receiver(KEYS.current, KEYS.next)
    receiver.verify(signature=headers["upstash-signature"], body=body.decode(), url=f"{target.url}/hook?a=%2F")


async def test_whatever_is_not_2xx_is_tried_again_until_it_is(running: Running, target: Target) -> None:
    target.answer = lambda count: ((404, 500, 302, 200)[count - 1], {})
    message_id = await running.publish(url=target.url, retries=5, retry_delay="0")
    await wait_until_delivered(running, message_id)
    assert [headers["upstash-retried"] for _, headers, _ in target.calls] == ["0", "1", "2", "3"]
    assert len({headers["upstash-signature"] for _, headers, _ in target.calls}) == 4
    assert {headers["upstash-message-id"] for _, headers, _ in target.calls} == {message_id}
    assert (await running.sdk.dlq.list()).messages == []


async def test_used_up_retries_end_in_the_dead_letters_with_a_failure_callback(
    running: Running, target: Target
) -> None:
    target.answer = lambda count: (500, {"X-Why": "no"}) if count <= 2 else (200, {})
    message_id = await running.publish(
        url=f"{target.url}/hook",
        body="hello",
        retries=1,
        retry_delay="0",
        failure_callback=f"{target.url}/failed",
        label="l",
    )
    await target.wait_for(3)
    path, headers, body = target.calls[2]
    report = json.loads(body)
    assert path == "/failed"
    assert base64.b64decode(report["sourceBody"]) == b"hello"
    assert (report["status"], base64.b64decode(report["body"])) == (500, b"answer")
    assert (report["sourceMessageId"], report["retried"], report["maxRetries"]) == (message_id, 1, 1)
    Receiver(KEYS.current, KEYS.next).verify(
        signature=headers["upstash-signature"], body=body.decode(), url=f"{target.url}/failed"
    )
    (letter,) = (await running.sdk.dlq.list()).messages
    assert letter.dlq_id == report["dlqId"]
    assert (letter.message_id, letter.body, letter.response_status, letter.response_body) == (
        message_id,
        "hello",
        500,
        "answer",
    )
    assert (await running.sdk.dlq.get(letter.dlq_id)).url == f"{target.url}/hook"
    assert await running.sdk.dlq.delete_many([]) == 0
    await running.sdk.dlq.delete(letter.dlq_id)
    with pytest.raises(QStashError, match="404"):
        await running.sdk.dlq.delete(letter.dlq_id)


async def test_489_with_its_header_is_not_tried_again(running: Running, target: Target) -> None:
    target.answer = lambda _count: (489, {"Upstash-NonRetryable-Error": "true"})
    await running.publish(url=target.url, retries=3, retry_delay="0")
    with anyio.fail_after(10):
        while not (await running.sdk.dlq.list()).messages:
            await anyio.sleep(0.01)
    assert len(target.calls) == 1


async def test_retry_after_overrides_the_delay(running: Running, target: Target) -> None:
    target.answer = lambda count: (503, {"Retry-After": "0"}) if count == 1 else (200, {})
    await running.publish(url=target.url, retries=1)  # QStash's own delay would be 12 s
    await target.wait_for(2)


async def test_a_destination_that_does_not_answer_is_a_failed_attempt(running: Running, target: Target) -> None:
    target.server.shutdown()
    target.server.server_close()
    await running.publish(url=target.url, retries=0)
    with anyio.fail_after(10):
        while not (letters := (await running.sdk.dlq.list()).messages):
            await anyio.sleep(0.01)
    assert (letters[0].response_status, letters[0].response_body) == (0, "ConnectError: All connection attempts failed")
    target.server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # for the fixture to close
    threading.Thread(target=target.server.serve_forever, args=(0.02,), daemon=True).start()


async def test_a_callback_follows_every_attempt(running: Running, target: Target) -> None:
    target.answer = lambda count: (500, {}) if count == 1 else (200, {})
    await running.publish(url=f"{target.url}/hook", retries=1, retry_delay="0", callback=f"{target.url}/back")
    await target.wait_for(4)
    reports = [json.loads(body)["status"] for path, _, body in target.calls if path == "/back"]
    assert sorted(reports) == [200, 500]


async def test_flow_control_limits_what_is_in_delivery(running: Running, target: Target) -> None:
    release = threading.Event()

    def wait(_count: int) -> tuple[int, dict[str, str]]:
        release.wait(10)
        return 200, {}

    target.answer = wait
    flow: Any = {"key": "site", "parallelism": 3}
    answers: Any = await running.sdk.message.batch_json(
        [{"url": f"{target.url}/{n}", "body": n, "flow_control": flow} for n in range(10)]
    )
    await running.publish(url=f"{target.url}/other")
    await target.wait_for(4)  # three of the key, and the one without
    release.set()
    for answer in answers:
        await wait_until_delivered(running, answer.message_id)
    assert len(target.calls) == 11
    assert target.most_active == 4


async def test_a_deduplication_id_is_taken_once_for_ten_minutes(tmp_path: Path, target: Target) -> None:
    clock = Clock()
    async with httpx.AsyncClient() as client:
        broker = open_at(tmp_path / "b.db", target, client, clock)
        transport = httpx.ASGITransport(broker.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://b", headers={"Authorization": "Bearer the-token"}
        ) as api:

            async def publish() -> tuple[int, dict[str, Any]]:
                answer = await api.post(f"/v2/publish/{target.url}", headers={"Upstash-Deduplication-Id": "d"})
                return answer.status_code, answer.json()

            status, first = await publish()
            assert status == 200
            assert await publish() == (202, {"messageId": first["messageId"], "deduplicated": True})
            clock.advance(601)
            status, later = await publish()
            assert (status, later["messageId"] != first["messageId"]) == (200, True)
        broker.close()


async def test_messages_survive_a_restart_with_their_ids(tmp_path: Path, target: Target) -> None:
    path = tmp_path / "b.db"
    async with httpx.AsyncClient(timeout=None) as client:
        broker = open_at(path, target, client)
        with pytest.raises(BrokerBusy):
            open_at(path, target, client)
        transport = httpx.ASGITransport(broker.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://b") as api:
            answer = await api.post(f"/v2/publish/{target.url}?qstash_token=the-token", content=b"x")
        broker.close()
        again = open_at(path, target, client)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(again.dispatcher.run)
            await target.wait_for(1)
            tasks.cancel_scope.cancel()
        again.close()
    assert target.calls[0][1]["upstash-message-id"] == answer.json()["messageId"]


async def test_a_delayed_message_can_be_read_and_cancelled(running: Running, target: Target) -> None:
    flow: Any = {"key": "k", "parallelism": 2, "rate": 3, "period": "60s"}
    message_id = await running.publish(
        url=f"{target.url}/x",
        body="b",
        delay="1d",
        retries=2,
        retry_delay="1000 * retried",
        flow_control=flow,
        headers={"A": "b"},
    )
    message = await running.sdk.message.get(message_id)
    assert (message.url, message.body, message.max_retries, message.method) == (f"{target.url}/x", "b", 2, "POST")
    assert message.not_before - message.created_at == 86_400_000
    assert (
        (message.flow_control.key, message.flow_control.parallelism, message.flow_control.rate) == ("k", 2, 3)
        if message.flow_control
        else False
    )
    await running.sdk.message.cancel(message_id)
    with pytest.raises(QStashError, match="404"):
        await running.sdk.message.get(message_id)
    await running.publish(url=f"{target.url}/x", delay="1h")
    assert await running.sdk.message.cancel_many([]) == 0
    assert await running.sdk.message.cancel_all() == 1
    assert target.calls == []


async def test_the_signing_keys_can_be_read(running: Running) -> None:
    keys = await running.sdk.signing_key.get()
    assert (keys.current, keys.next) == (KEYS.current, KEYS.next)


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
        ({"Upstash-Flow-Control-Key": "a b"}, "invalid flow control key"),
        (
            {"Upstash-Flow-Control-Key": "a", "Upstash-Flow-Control-Value": "parallelism=0"},
            "invalid flow control value",
        ),
        ({"Upstash-Callback": "nowhere"}, "invalid upstash-callback url"),
        ({"Upstash-Callback": "http://evil.example/"}, "not on this broker's allow list"),
    ],
)
async def test_a_header_that_makes_no_sense_is_refused(
    running: Running, target: Target, headers: dict[str, str], words: str
) -> None:
    async with httpx.AsyncClient(headers={"Authorization": "Bearer the-token"}) as api:
        answer = await api.post(f"{running.url}/v2/publish/{target.url}", headers=headers)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_calls_that_make_no_sense_are_refused_with_a_status(running: Running, target: Target) -> None:
    async with httpx.AsyncClient(base_url=running.url, headers={"Authorization": "Bearer the-token"}) as api:
        calls: list[tuple[int, httpx.Response]] = [
            (401, await api.post(f"/v2/publish/{target.url}", headers={"Authorization": "Bearer wrong"})),
            (401, await api.post(f"/v2/publish/{target.url}", headers={"Authorization": ""})),
            (400, await api.post("/v2/publish/nowhere")),
            (400, await api.post("/v2/publish/http://evil.example/")),
            (400, await api.post(f"/v2/publish/{target.url}", content=b"x" * 1_000_001)),
            (413, await api.post(f"/v2/publish/{target.url}", content=b"x" * 10_000_001)),
            (400, await api.post("/v2/batch", content=b"{")),
            (400, await api.post("/v2/batch", json={})),
            (400, await api.post("/v2/batch", json=[5])),
            (400, await api.post("/v2/batch", json=[{"destination": target.url, "queue": "q"}])),
            (400, await api.post("/v2/batch", json=[{}] * 1_001)),
            (400, await api.get("/v2/dlq?nosuch=1")),
            (400, await api.get("/v2/dlq?count=0")),
            (400, await api.delete("/v2/messages?nosuch=1")),
            (404, await api.get("/v2/nosuch")),
        ]
        for status, answer in calls:
            assert answer.status_code == status, answer.request.url
            assert answer.json()["error"]
        refused = await api.post(
            "/v2/batch", json=[{"destination": target.url}, {"destination": "http://evil.example/"}]
        )
        assert refused.status_code == 400
        assert target.calls == []  # all of a batch or nothing
