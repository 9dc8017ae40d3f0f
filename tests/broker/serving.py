"""A broker behind a real port, a target for its deliveries, and the official SDK in both its forms."""

import functools
import inspect
import os
import ssl
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.to_thread
import httpx
from qstash import AsyncQStash, QStash
from qstash.log import Log, LogState

from docspasta_mcp.broker.allow_list import AllowList
from docspasta_mcp.broker.app import Broker, open_broker
from docspasta_mcp.broker.signing import Keys, new_key
from docspasta_mcp.server.listener import listen, serve_app
from tests.fakes import Clock

TOKEN = "the-token"
_TLS = ssl.create_default_context()


class Target:
    """Where one test's deliveries go: answers what `answer` returns and keeps every call, paths without its prefix."""

    def __init__(self, server_url: str) -> None:
        self.prefix = f"/{uuid.uuid4().hex[:12]}"
        self.url = server_url + self.prefix
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str, int], tuple[int, dict[str, str]]] = lambda _path, _count: (200, {})
        self.active = self.most_active = 0
        self._lock = threading.Lock()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        with self._lock:
            self.active += 1
            self.most_active = max(self.most_active, self.active)
            self.calls.append((path, headers, body))
            count = len(self.calls)
        answer = self.answer(path, count)
        with self._lock:
            self.active -= 1
        return answer

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.calls]

    async def wait_for(self, count: int) -> None:
        with anyio.fail_after(15):
            while len(self.calls) < count:
                await anyio.sleep(0.005)


class TargetServer:
    """A real HTTP server on loopback that hands each call to the target whose prefix it has.

    DOCSPASTA_CONTRACT_TARGET_PORT and DOCSPASTA_CONTRACT_TARGET_URL give it a fixed port, and the address at which
    another machine's QStash reaches it.
    """

    def __init__(self) -> None:
        self._targets: dict[str, Target] = {}
        targets = self._targets

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                prefix, path = self.path[:13], self.path[13:]
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answered = targets[prefix].take(path, headers, body) if prefix in targets else (200, {})
                self.send_response(status)
                for name, value in {**answered, "Content-Length": "6"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"answer")

            do_PUT = do_GET = do_PATCH = do_DELETE = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing when a client hangs up."""

        self._server = Server(("127.0.0.1", int(os.environ.get("DOCSPASTA_CONTRACT_TARGET_PORT", "0"))), Handler)
        local = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = os.environ.get("DOCSPASTA_CONTRACT_TARGET_URL", local).rstrip("/")
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def target(self) -> Target:
        made = Target(self.url)
        self._targets[made.prefix] = made
        return made

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Sdk:
    """The official SDK: `await sdk("message.publish", url=…)` calls either its sync or its async client."""

    def __init__(self, client: QStash | AsyncQStash) -> None:
        self.client = client

    async def __call__(self, name: str, *args: Any, **options: Any) -> Any:
        method: Any = functools.reduce(getattr, name.split("."), cast("Any", self.client))
        if inspect.iscoroutinefunction(method):
            return await method(*args, **options)
        return await anyio.to_thread.run_sync(functools.partial(method, *args, **options))

    async def request(self, path: str, method: str = "GET", **options: Any) -> Any:
        """Call an endpoint that the SDK has no method for."""
        return await self("http.request", path=path, method=method, **options)

    async def logs(self, message_id: str) -> list[Log]:
        """Return a message's events, oldest first."""
        return (await self("log.list", filter={"message_id": message_id})).logs[::-1]

    async def wait_until(self, message_id: str, state: LogState = LogState.DELIVERED) -> list[Log]:
        """Wait for an event and return all there are."""
        with anyio.fail_after(15):
            while True:
                logs = await self.logs(message_id)
                if any(log.state is state for log in logs):
                    return logs
                await anyio.sleep(0.01)

    async def close(self) -> None:
        if isinstance(self.client, AsyncQStash):
            await self.client.http._client.aclose()
        else:
            self.client.http._client.close()


class RotatingKeys:
    """A pair of signing keys in memory."""

    def __init__(self) -> None:
        self.pair = Keys(new_key(), new_key())

    def current(self) -> Keys:
        return self.pair

    def rotate(self) -> Keys:
        self.pair = self.pair.rotated()
        return self.pair


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=None, trust_env=False, verify=_TLS)


def open_at(path: Path, url: str, clock: Clock | None = None, **options: Any) -> Broker:
    """Open a broker that may deliver to what is below `url`."""
    keys = RotatingKeys()
    if clock:
        options["clock"] = clock
    allows = AllowList([f"{url}/"])
    return open_broker(
        path, token=TOKEN, keys=keys.current, rotate=keys.rotate, make_client=_client, allows=allows, **options
    )


@asynccontextmanager
async def running_broker(path: Path, target_url: str, **options: Any) -> AsyncIterator[tuple[Broker, str]]:
    """Serve a broker on a port and let it deliver; yield it and its URL."""
    broker = open_at(path, target_url, **options)
    try:
        async with anyio.create_task_group() as tasks:
            sock = listen("127.0.0.1", 0)
            tasks.start_soon(serve_app, broker.app, sock)
            tasks.start_soon(broker.run)
            yield broker, f"http://127.0.0.1:{sock.getsockname()[1]}"
            tasks.cancel_scope.cancel()
    finally:
        broker.close()


@asynccontextmanager
async def asgi_client(broker: Broker) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a broker's API without a socket."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(broker.app), base_url="http://b", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as client:
        yield client
