"""Deliveries to an app of the broker's own process."""

from pathlib import Path
from typing import Any

import anyio
from qstash import AsyncQStash
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.broker.serving import TOKEN, Sdk, running_broker

INSIDE = "http://127.0.0.1:9"  # nothing listens on the discard port: whatever arrives did so without a socket


async def test_an_app_of_the_same_process_is_called_like_any_other(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    answered = anyio.Event()

    async def work(request: Request) -> Response:
        facts = {"query": request.url.query, "path": request.url.path, "host": request.headers["host"]}
        seen.append({**facts, "body": await request.body(), "signed": "upstash-signature" in request.headers})
        if len(seen) == 1:
            raise RuntimeError("the app has a fault")
        answered.set()
        return JSONResponse({}, 200, {"X-Kept": "yes"})

    app = Starlette(routes=[Route("/api/{name}", work, methods=["POST"])])
    async with running_broker(tmp_path / "b.db", INSIDE, apps={INSIDE: app}) as (_, url):
        sdk = Sdk(AsyncQStash(TOKEN, base_url=url))
        destination = f"{INSIDE}/api/a%20b?x=%2B1"
        sent = await sdk("message.publish", url=destination, body="text", retries=1, retry_delay="1")
        with anyio.fail_after(15):
            await answered.wait()
        logs = await sdk.wait_until(sent.message_id)
        await sdk.close()
    expected = {"query": "x=%2B1", "path": "/api/a b", "host": "127.0.0.1:9", "body": b"text", "signed": True}
    assert seen == [expected, expected]
    assert [log.response_status for log in logs if log.response_status] == [500, 200]
