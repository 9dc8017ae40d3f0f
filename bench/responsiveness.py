"""How responsive a server stays while it crawls a real site.

Serves a folder of HTML over loopback, crawls all of it through the MCP tools of an in-process server, and measures
meanwhile: how long start_crawl takes, each get_status and each get_result, and for how long the event loop was blocked:
by the clock, which counts what the machine does beside it, and in CPU time of the loop's own thread.

    python bench/responsiveness.py /usr/share/doc/python3-doc/html [--max-pages 1000] [--map FILE]

The folder is served by a process of its own. Counts files linked from the start page as the truth for coverage.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urldefrag, urljoin

import anyio
import httpx
from lxml import html
from mcp import Client

from docspasta_mcp.server.app import create_mcp_server
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging

_PORT = 18_123
_TICK_S = 0.005


@contextlib.contextmanager
def served(folder: Path) -> Generator[str]:
    command = [sys.executable, "-m", "http.server", str(_PORT), "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{_PORT}/")
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{_PORT}/"
        server.terminate()


def linked_pages(start: str) -> set[str]:
    """Return every HTML page that links lead to from the start page, without asking our own code."""
    seen = {start}
    waiting = [start]
    good: set[str] = set()
    with httpx.Client() as client:
        while waiting:
            url = waiting.pop()
            answer = client.get(url)
            if answer.status_code != 200 or "html" not in answer.headers.get("content-type", ""):
                continue
            good.add(url)
            for href in html.fromstring(answer.content).xpath("//a[not(contains(@rel, 'nofollow'))]/@href"):
                link = urldefrag(urljoin(url, href)).url
                if link.startswith(f"http://127.0.0.1:{_PORT}/") and link not in seen:
                    seen.add(link)
                    waiting.append(link)
    return good


async def watch_loop(lags: list[float], busy: list[float]) -> None:
    while True:
        begun, used = time.perf_counter(), time.thread_time()
        await anyio.sleep(_TICK_S)
        lags.append(time.perf_counter() - begun - _TICK_S)
        busy.append(time.thread_time() - used - _TICK_S)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measure(node: Node, url: str, max_pages: int) -> str:
    lags: list[float] = []
    busy: list[float] = []
    waits: dict[str, list[float]] = {"get_status": [], "get_result": []}
    begun = time.perf_counter()
    job_id = ""
    async with Client(create_mcp_server(node)) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(watch_loop, lags, busy)
        started = await client.call_tool("start_crawl", {"url": url, "max_pages": max_pages})
        print(f"start_crawl answered in {(time.perf_counter() - begun) * 1000:.0f} ms")
        job_id = str(cast("dict[str, Any]", started.structured_content)["job_id"])
        status: dict[str, Any] = {"state": "running"}
        while status["state"] == "running":
            await anyio.sleep(0.1)
            for tool, answers in waits.items():
                if tool == "get_result" and not status.get("done"):
                    continue
                asked = time.perf_counter()
                answer = await client.call_tool(tool, {"job_id": job_id})
                answers.append((time.perf_counter() - asked) * 1000)
                if tool == "get_status":
                    status = cast("dict[str, Any]", answer.structured_content)
        print("{state}: {done} done, {failed} failed, {skipped} skipped {reasons}".format(**status))
        for tool, answers in waits.items():
            median, p95 = statistics.median(answers), percentile(answers, 0.95)
            print(f"{tool}: median {median:.1f} ms, p95 {p95:.1f} ms, worst {max(answers):.1f} ms of {len(answers)}")
        for name, values in (("by the clock", lags), ("in CPU time", busy)):
            p999 = 1000 * percentile(values, 0.999)
            print(f"event loop blocked {name}: p99.9 {p999:.0f} ms, at most {1000 * max(values):.0f} ms")
        print(f"{time.perf_counter() - begun:.0f} s in all")
        tasks.cancel_scope.cancel()
    return job_id


async def main(folder: Path, max_pages: int, map_file: Path | None) -> None:
    with served(folder) as url, tempfile.TemporaryDirectory() as data_dir:
        environ = {"DOCSPASTA_DATA_DIR": data_dir, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{_PORT}"}
        async with running_node(Settings.from_env(environ)) as node:
            job_id = await measure(node, url, max_pages)
            job = await node.store.jobs.get(job_id, owner="local")
            assert job is not None
            read = {record.url async for record in node.store.documents.contents(job)}
            read |= {record.url async for record in node.store.documents.outside(job)}
            truth = linked_pages(url)
            missing = truth - read
            print(f"coverage: {len(truth) - len(missing)} of {len(truth)} linked pages; missing {sorted(missing)[:5]}")
            if map_file:
                await anyio.Path(map_file).write_text(await node.jobs.contents(job_id))


if __name__ == "__main__":
    configure_logging(level="WARNING", log_format="text")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-pages", type=int, default=1000)
    parser.add_argument("--map", type=Path, default=None)
    options = parser.parse_args()
    anyio.run(main, options.folder, options.max_pages, options.map)
