"""The broker signs what it delivers, so it must be nobody's deputy: where it delivers, and what callers may add."""

import json
from pathlib import Path

import anyio
import httpx
import pytest

from docspasta_mcp.broker.allow_list import AllowList
from docspasta_mcp.broker.app import Broker
from docspasta_mcp.broker.message import Message
from tests.broker.serving import Target, asgi_client, open_at

HERE = "http://127.0.0.1:3000"


@pytest.fixture
def allows() -> AllowList:
    return AllowList([f"{HERE}/hooks", f"{HERE}/api/v4/", "https://hooks.example/in"])


@pytest.mark.parametrize(
    "url",
    [
        f"{HERE}/hooks", f"{HERE}/hooks/", f"{HERE}/hooks/a/b?x=/../", f"{HERE}/hooks/a%2Fb//c", f"{HERE}/api/v4/process",
        f"{HERE}/%68ooks/a%20b", f"{HERE}/hooks/a..b/...", "https://HOOKS.example:443/in/x",
    ],
)  # fmt: skip
def test_what_lies_below_a_prefix_is_delivered(allows: AllowList, url: str) -> None:
    assert allows(url)


@pytest.mark.parametrize(
    "path",
    [
        "/hooksevil", "/hooks.evil", "/hooks%65vil", "/HOOKS", "/hook", "/", "", "/admin",
        "/hooks/../admin", "/hooks/..;/admin", "/hooks/..;x=1/admin", "/hooks/..\\admin", "/hooks/..%5cadmin",
        "/hooks/%2e%2e/admin", "/hooks/.%2e/admin", "/hooks/%252e%252e/admin", "/hooks/%25252e%25252e/admin",
        "/hooks/..%2fadmin", "/hooks/..%252fadmin", "/hooks/..%00/admin", "/hooks/%00", "/hooks%00/x", "/hooks/./x",
        "/hooks/..%3b/admin", "/hooks/%5c..%5cadmin", "/hooks/%0d%0aX:y", "/hooks/..%09/x",
        "/hooks/%" + "25" * 9 + "2e", "/api/v4/../../admin", "/api/v40",
    ],
)  # fmt: skip
def test_what_a_server_could_take_for_another_path_is_not(allows: AllowList, path: str) -> None:
    assert not allows(HERE + path)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:3001/hooks", "http://127.0.0.1/hooks", "https://127.0.0.1:3000/hooks", "http://a@127.0.0.1:3000/hooks",
        "http://127.0.0.1:3000@evil.example/hooks", "http://127.0.0.1:3000\\@evil.example/hooks", "http://127.0.0.1:3000.evil.example/hooks",
        "http://127.0.0.1:99999/hooks", "http://[127.0.0.1]:3000/hooks", "//127.0.0.1:3000/hooks", "http://127.0.0.1:3000\t/hooks",
        "https://hooks.example:444/in", "https://hooks.example./in", "http://hooks.example:443/in",
    ],
)  # fmt: skip
def test_another_origin_is_never_allowed(allows: AllowList, url: str) -> None:
    assert not allows(url)


FORBIDDEN = (
    "Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect",
    "Proxy-Connection", "Upstash-Signature", "upstash_signature", "Upstash-Message-Id", "Upstash-Retried", "UPSTASH-X",
    "content_length", "Transfer_Encoding", "Upstash.Signature", "upstash+signature", "content.length",
)  # fmt: skip


@pytest.fixture
async def broker(tmp_path: Path, target: Target) -> Broker:
    return open_at(tmp_path / "b.db", target.url)


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_a_caller_cannot_choose_what_frames_or_signs_a_delivery(
    broker: Broker, target: Target, name: str
) -> None:
    forward = {f"Upstash-Forward-{name}": "x"}
    batch = [{"destination": f"{target.url}/x", "headers": forward}]
    back = {"Upstash-Callback": f"{target.url}/back"}
    callbacks = [back | {f"Upstash-Callback-Forward-{name}": "x"}, back | {f"Upstash-Callback-{name}": "x"}]
    group = {"endpoints": [{"url": f"{target.url}/x"}]}
    async with asgi_client(broker) as api:
        await api.post("/v2/topics/g/endpoints", json=group)
        answers = [
            await api.post(f"/v2/publish/{target.url}/x", headers=forward),
            await api.post("/v2/publish/g", headers=forward),
            await api.post(f"/v2/enqueue/q/{target.url}/x", headers=forward),
            await api.post("/v2/batch", content=json.dumps(batch)),
            await api.post(f"/v2/schedules/{target.url}/x", headers={**forward, "Upstash-Cron": "* * * * *"}),
            *[await api.post(f"/v2/publish/{target.url}/x", headers=headers) for headers in callbacks],
        ]
        depth = (await api.get("/broker")).json()["depth"]
    broker.close()
    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert all("cannot be forwarded" in answer.text for answer in answers)
    assert depth == 0


@pytest.mark.parametrize(
    "headers", [{"Upstash-Forward-X Y": "v"}, {"Upstash-Forward-X": "a\r\nHost: b"}, {"Upstash-Forward-": "v"}]
)
async def test_a_header_that_would_be_two_is_refused(broker: Broker, target: Target, headers: dict[str, str]) -> None:
    async with asgi_client(broker) as api:
        answer: httpx.Response = await api.post(
            "/v2/batch", json=[{"destination": f"{target.url}/x", "headers": headers}]
        )
    broker.close()
    assert answer.status_code == 400


async def test_what_an_earlier_version_stored_is_not_forwarded_either(broker: Broker, target: Target) -> None:
    headers = {"host": "evil.example", "content-length": "1", "upstash-signature": "forged", "x-own": "kept"}
    stored = Message(id="msg_old", url=f"{target.url}/x", body=b"body", headers=headers)
    await broker.context.publisher.store([stored])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(broker.run)
        await target.wait_for(1)
        tasks.cancel_scope.cancel()
    broker.close()
    ((_, sent, body),) = target.calls
    assert (body, sent["x-own"], sent["content-length"]) == (b"body", "kept", "4")
    assert sent["host"] == target.url.split("/")[2]
    assert sent["upstash-signature"] != "forged"
