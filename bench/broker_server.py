"""A process of its own for the broker's benches: the embedded broker, or a bare HTTP server to compare with.

    python bench/broker_server.py broker PORT FILE ALLOWED_URL [--profile OUT]
    python bench/broker_server.py bare PORT

Both run under the same HTTP server. The bare one answers every POST with a small JSON and counts; GET tells the count.
The broker's token is `bench`. Other files here start it with `started`.
"""

import argparse
import contextlib
import cProfile
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import anyio
import httpx
from starlette.types import Receive, Scope, Send

from docspasta_mcp.broker.allow_list import AllowList
from docspasta_mcp.broker.app import open_broker
from docspasta_mcp.broker.signing import Keys, new_key
from docspasta_mcp.server.listener import listen, serve_app

TOKEN = "bench"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def started(*arguments: str, port: int) -> Generator[subprocess.Popen[bytes]]:
    """Start this file as a process, wait until it listens, and stop it in the end."""
    process = subprocess.Popen([sys.executable, __file__, *arguments])
    try:
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{arguments} did not start")
            time.sleep(0.01)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(20)


class Bare:
    """The least an ASGI app can do with a POST."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
            self.count += 1
        body = b'{"count":%d}' % self.count
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def serve_bare(port: int) -> None:
    await serve_app(Bare(), listen("127.0.0.1", port))


async def serve_broker(port: int, file: Path, allowed: str) -> None:
    keys = Keys(new_key(), new_key())
    tls = ssl.create_default_context()
    broker = open_broker(
        file,
        token=TOKEN,
        keys=lambda: keys,
        rotate=lambda: keys,
        make_client=lambda: httpx.AsyncClient(timeout=None, trust_env=False, verify=tls),
        allows=AllowList([allowed]),
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve_app, broker.app, listen("127.0.0.1", port))
        tasks.start_soon(broker.run)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["broker", "bare"])
    parser.add_argument("port", type=int)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("allowed", nargs="?")
    parser.add_argument("--profile", type=Path)
    arguments = parser.parse_args()
    profile = cProfile.Profile()
    with contextlib.suppress(KeyboardInterrupt), profile if arguments.profile else contextlib.nullcontext():
        if arguments.kind == "broker":
            anyio.run(serve_broker, arguments.port, arguments.file, arguments.allowed)
        else:
            anyio.run(serve_bare, arguments.port)
    if arguments.profile:
        profile.dump_stats(arguments.profile)


if __name__ == "__main__":
    main()
