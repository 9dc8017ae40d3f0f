"""A broker in QStash's place, for what is deployed on QStash."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx

from docspasta_mcp.broker.app import open_broker
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.server.listener import listen, serve_app


@contextlib.asynccontextmanager
async def qstash(
    base_url: str, folder: Path, *, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[dict[str, str]]:
    """Serve a broker that delivers to `base_url`, and yield the settings of a server there."""
    keys = Keys("c" * 32, "n" * 32)
    broker = open_broker(
        folder / "queue.db",
        token="t" * 32,
        keys=lambda: keys,
        rotate=lambda: keys,
        make_client=lambda: httpx.AsyncClient(transport=transport, timeout=30),
        allows=lambda url: url.startswith(base_url),
    )
    sock = listen("127.0.0.1", 0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve_app, broker.app, sock)
            tasks.start_soon(broker.run)
            yield {
                "QSTASH_URL": f"http://127.0.0.1:{sock.getsockname()[1]}",
                "QSTASH_TOKEN": "t" * 32,
                "QSTASH_CURRENT_SIGNING_KEY": keys.current,
                "QSTASH_NEXT_SIGNING_KEY": keys.next,
                "BASE_URL": base_url,
            }
            tasks.cancel_scope.cancel()
    finally:
        broker.close()
