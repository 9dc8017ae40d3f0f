"""Crawl hostile sites with the real pipeline: each must end with its reason, in time, and cost its neighbours nothing.

Every site has a page that attacks and a page that is good. Both are crawled in one job; the attack must end as the
table in `tests/hostile_sites.py` says, and the good page must be read.

    python bench/hostile_sites.py [--rendered] [PART OF A NAME…]

With --rendered, the sites of `tests/hostile_rendered.py`, whose attacks only run in a browser: besides, nobody may come
to a port of loopback that none of them may reach.

A process of their own serves the sites. Meanwhile /livez is asked on the crawler's event loop, ten times a second.
Prints the sites that passed, the seconds of the slowest, the most memory of any process, and how late /livez was in 99
of 100 calls. A further process only sleeps, as often, and tells how late this machine lets it wake: what /livez had to
wait beside that is the crawler's. Exits 1 if a site failed or that was over 50 ms.
"""

import argparse
import multiprocessing
import os
import resource
import socket
import sys
import tempfile
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import anyio
import anyio.abc
import httpx
import psutil
from starlette.applications import Starlette

from docspasta_mcp.fetch import address_guard
from docspasta_mcp.server.ops import health_routes
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging
from tests.hostile_rendered import Canary, rebinding, rendered_sites
from tests.hostile_sites import Hostile, crawl_hostile, hostile_sites, serve_hostile, verdict

PAGE_TIMEOUT_S = 4
MAX_LATE_MS = 50.0
_ASK_EVERY_S = 0.1
_AT_ONCE = 6


async def _main(parts: list[str], canary: Canary | None) -> int:
    sites = _chosen(parts, canary.port if canary else None)
    sockets = [socket.create_server(("127.0.0.1", 0), backlog=100) for _ in sites]
    ports = [one.getsockname()[1] for one in sockets]
    served = partial(_serve, parts, canary.port if canary else None, sockets)
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=served, args=(theirs,), daemon=True)
    server.start()
    ours.recv()  # it is ready
    idle = spawn.Process(target=_sleep, args=(theirs,), daemon=True)
    idle.start()
    wrong: list[str] = []
    slowest = 0.0
    late_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        allowed = ",".join(f"127.0.0.1:{port}" for port in ports)
        variables = {"DOCSPASTA_DATA_DIR": folder, "DOCSPASTA_ALLOW_PRIVATE": allowed,
                     "QSTASH_MAX_RETRIES": "0", "DOCSPASTA_PAGE_TIMEOUT_S": str(PAGE_TIMEOUT_S),
                     "DOCSPASTA_RENDER": "auto" if canary else "never", "DOCSPASTA_RENDER_TIMEOUT_S": "4"}  # fmt: skip
        async with running_node(Settings.from_env(variables)) as node, anyio.create_task_group() as tasks:
            limiter = anyio.CapacityLimiter(1 if canary else _AT_ONCE)

            async def one(site: Hostile, port: int) -> None:
                nonlocal slowest
                async with limiter:
                    began = time.monotonic()
                    says = verdict(site, await crawl_hostile(node, f"http://127.0.0.1:{port}", site.max_pages))
                    slowest = max(slowest, time.monotonic() - began)
                    if says:
                        wrong.append(f"{site.name}: {says}")

            tasks.start_soon(_ask, node, late_ms)
            async with anyio.create_task_group() as crawls:
                for site, port in zip(sites, ports, strict=True):
                    crawls.start_soon(one, site, port)
            tasks.cancel_scope.cancel()
        children = [child.pid for child in psutil.Process().children() if child.pid != server.pid]
        workers = max(map(_peak_mb, children), default=0)
    server.kill()
    print("\n".join(wrong))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"hostile sites: {len(sites) - len(wrong)} of {len(sites)} passed; slowest {slowest:.1f} s; "
          f"most memory {own} MB here, {workers} MB in a worker")  # fmt: skip
    ours.send("enough")
    p99 = _told("/livez", late_ms) - _told("a process that only sleeps", ours.recv())
    if canary:
        print(f"connections and datagrams to where nobody may come: {len(canary.visits)}")
        return 1 if wrong or canary.visits else 0
    return 1 if wrong or p99 > MAX_LATE_MS else 0


def _chosen(parts: list[str], canary_port: int | None) -> list[Hostile]:
    found = hostile_sites() if canary_port is None else rendered_sites(canary_port)
    return [site for site in found if not parts or any(part in site.name for part in parts)]


def _serve(parts: list[str], canary_port: int | None, sockets: list[socket.socket], starter: Connection) -> None:
    """Serve each site at its socket for ever, in a process of its own: what that costs is not the crawler's."""
    os.nice(10)  # they would be other machines

    async def serve() -> None:
        async with anyio.create_task_group() as tasks:
            for site, listening in zip(_chosen(parts, canary_port), sockets, strict=True):
                base = f"http://127.0.0.1:{listening.getsockname()[1]}"
                listener = await anyio.abc.SocketListener.from_socket(listening)
                tasks.start_soon(serve_hostile, site, listener, base)
            starter.send("ready")

    anyio.run(serve)


def _told(what: str, late_ms: list[float]) -> float:
    """Print how late something was, and return what 99 of 100 were at most."""
    p99 = sorted(late_ms)[int(0.99 * (len(late_ms) - 1))] if late_ms else 0.0
    half, most = median(late_ms or [0]), max(late_ms, default=0)
    print(f"{what}: {len(late_ms)} times, p50 {half:.1f} ms, p99 {p99:.1f} ms, {most:.1f} ms at most late")
    return p99


def _sleep(asker: Connection) -> None:
    """Sleep again and again until somebody asks how late it ended."""
    late_ms: list[float] = []
    while not asker.poll():
        due = time.monotonic() + _ASK_EVERY_S
        time.sleep(_ASK_EVERY_S)
        late_ms.append(1000 * (time.monotonic() - due))
    asker.send(late_ms)


async def _ask(node: Node, late_ms: list[float]) -> None:
    """Ask /livez for ever, on the event loop that serves it, and note how long each answer took."""
    app = Starlette(routes=health_routes(node.store))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        while True:
            due = time.monotonic() + _ASK_EVERY_S
            await anyio.sleep(_ASK_EVERY_S)
            await client.get("/livez")
            late_ms.append(1000 * (time.monotonic() - due))


def _peak_mb(process: int) -> int:
    """Return the most memory a process has had (proc(5), VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return max((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), default=0)


async def _bounded(parts: list[str], *, is_rendered: bool) -> int:
    with anyio.fail_after(900):
        if not is_rendered:
            return await _main(parts, None)
        address_guard.resolve_host = rebinding(address_guard.resolve_host)
        canary, code = Canary(), 1
        async with anyio.create_task_group() as tasks:
            await tasks.start(canary.sing)
            code = await _main(parts, canary)
            tasks.cancel_scope.cancel()
        return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART OF A NAME")
    parser.add_argument("--rendered", action="store_true")
    given = parser.parse_args()
    configure_logging(level="ERROR", log_format="text")
    return anyio.run(partial(_bounded, given.parts, is_rendered=given.rendered))


if __name__ == "__main__":
    sys.exit(main())
