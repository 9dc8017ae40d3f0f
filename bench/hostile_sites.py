"""Crawl hostile sites with the real pipeline: each must end with its reason, in time, and cost its neighbours nothing.

Every site has a page that attacks and a page that is good. Both are crawled in one job; the attack must end as the
table in `tests/hostile_sites.py` says, and the good page must be read.

    python bench/hostile_sites.py [--rendered] [PART OF A NAME…]

With --rendered, the sites of `tests/hostile_rendered.py`, whose attacks only run in a browser: besides, nobody may come
to a port of loopback that none of them may reach.

Meanwhile /livez is asked on the server's event loop, ten times a second. Prints the sites that passed, the seconds of
the slowest, the most memory of any process, and how late /livez was in 99 of 100 calls; exits 1 if a site failed or
that was over 50 ms.
"""

import argparse
import resource
import sys
import tempfile
import time
from functools import partial
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
    found = rendered_sites(canary.port) if canary else hostile_sites()
    sites = [site for site in found if not parts or any(part in site.name for part in parts)]
    listeners = [await anyio.create_tcp_listener(local_host="127.0.0.1") for _ in sites]
    ports = [listener.extra(anyio.abc.SocketAttribute.local_port) for listener in listeners]
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
                for site, listener, port in zip(sites, listeners, ports, strict=True):
                    tasks.start_soon(serve_hostile, site, listener, f"http://127.0.0.1:{port}")
                    crawls.start_soon(one, site, port)
            tasks.cancel_scope.cancel()
        workers = max((_peak_mb(child.pid) for child in psutil.Process().children()), default=0)
    for listener in listeners:
        await listener.aclose()
    print("\n".join(wrong))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"hostile sites: {len(sites) - len(wrong)} of {len(sites)} passed; slowest {slowest:.1f} s; "
          f"most memory {own} MB here, {workers} MB in a worker")  # fmt: skip
    p99 = sorted(late_ms)[int(0.99 * (len(late_ms) - 1))] if late_ms else 0.0
    print(
        f"/livez: {len(late_ms)} calls, p50 {median(late_ms or [0]):.1f} ms, p99 {p99:.1f} ms, "
        f"{max(late_ms, default=0):.1f} ms at most"
    )
    if canary:
        print(f"connections and datagrams to where nobody may come: {len(canary.visits)}")
        return 1 if wrong or canary.visits else 0
    return 1 if wrong or p99 > MAX_LATE_MS else 0


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
