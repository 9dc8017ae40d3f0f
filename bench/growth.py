"""Grow: one very large crawl, many owners at once, very many small crawls. What should stay flat is printed.

    python bench/growth.py site --pages 100000   speed of the last tenth against the first, memory, latencies, finalise
    python bench/growth.py owners --jobs 100     100 jobs of 20 pages of 5 owners; then 50 jobs before a small one
    python bench/growth.py jobs --jobs 10000     5-page jobs, deleted by retention: memory, files, rows (default: 1,000)

Sites are made up on the fly by a process of its own; each owner crawls another one (127.0.0.1, 127.0.0.2, …), since
what one site may be asked for is shared by all. The server runs in this process; its crawl workers are others.
"""

import argparse
import asyncio
import contextlib
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from sqlalchemy import text

from bench.server import free_port
from docspasta_mcp.broker.store import maintenance
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.model.job import JobState
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from docspasta_mcp.telemetry import configure_logging

_TEXT = (
    "This page of the generated manual explains in some detail how its part of the program is meant to be used. " * 6
)
_FAN_OUT = 20


def page(path: str) -> bytes:
    """Return page n of /SITE/SIZE/n.html: it links to the next level of a tree, and to its neighbours."""
    _, site, size, name = path.split("/")
    number, pages = int(name.removesuffix(".html") or 0), int(size)
    children = range(number * _FAN_OUT + 1, min(pages, number * _FAN_OUT + _FAN_OUT + 1))
    near = (max(0, number - 1), min(pages - 1, number + 1))
    links = "".join(f'<li><a href="/{site}/{size}/{n}.html">page {n}</a></li>' for n in (*children, *near))
    main = f"<main><h1>Page {number}</h1><p>{number}: {_TEXT}</p></main>"
    return f"<html><title>Page {number}</title><body>{main}<ul>{links}</ul>".encode()


class Connection(asyncio.Protocol):
    """Answers GET requests with made-up pages."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for request in data.split(b"\r\n\r\n")[:-1]:
            path = request.split(b" ", 2)[1].decode()
            is_page = path.count("/") == 3 and (path.endswith(("/", ".html")))
            body, status = (page(path), "200 OK") if is_page else (b"not here", "404 Not Found")
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, [f"127.0.0.{n}" for n in range(1, 6)], port)
    print("ready", flush=True)
    await server.serve_forever()


def memory_mb() -> float:
    """Return this process's present memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0


async def timed(work: Awaitable[Any], into: list[float]) -> Any:
    begun = time.perf_counter()
    answer = await work
    into.append((time.perf_counter() - begun) * 1000)
    return answer


@dataclass(frozen=True)
class Moment:
    """How far a crawl was: seconds after its start, pages done, CPU seconds and memory (MB) of the server."""

    after_s: float
    done: int
    cpu_s: float
    memory: float


async def grow_site(node: Node, base: str, pages: int, folder: Path) -> None:
    """Crawl one site; watch speed, memory and latencies while it grows."""
    begun = time.perf_counter()
    started = await node.jobs.start(f"{base}/big/{pages}/", max_pages=pages)
    moments: list[Moment] = []
    status_ms: list[float] = []
    result_ms: list[float] = []
    while True:
        status = await timed(node.jobs.status(started.job_id), status_ms)
        moments.append(Moment(time.perf_counter() - begun, status.done, time.process_time(), memory_mb()))
        if status.state is not JobState.RUNNING:
            break
        if len(moments) > 1 and status.done * 10 // pages > moments[-2].done * 10 // pages:
            speed, cpu_ms = _politeness(moments, 0.9, 1)
            print(
                f"  {status.done} pages, {speed:.0f}/s, {cpu_ms:.1f} ms CPU a page, {moments[-1].memory:.0f} MB; "
                f"get_status p95 {p95(status_ms):.0f} ms, get_result {p95(result_ms):.0f} ms; {_largest(folder)}",
                flush=True,
            )
        if status.done:
            cursor = f"{started.job_id[:6]}-a{max(1, status.done * 9 // 10)}.0"
            await timed(node.jobs.result(started.job_id, cursor=cursor), result_ms)
        await anyio.sleep(max(0.5, pages / 20_000))
    total = moments[-1].done
    settled = next(one.after_s for one in moments if one.done >= total)  # a duplicate is done until the job ends
    first, last = _politeness(moments, 0.02, 0.12), _politeness(moments, 0.9, 0.995)
    after_ms: list[float] = []
    for share in (0.0, 0.5, 0.99):
        cursor = f"{started.job_id[:6]}-p{max(1, int(total * share))}.0"
        await timed(node.jobs.result(started.job_id, cursor=cursor), after_ms)
    early = statistics.median([one.memory for one in moments[: max(2, len(moments) // 10)]])
    most = max(one.memory for one in moments)
    print(
        f"{status.state}: {total} of {pages} pages in {moments[-1].after_s:.0f} s; {status.reasons} {status.left_out}"
    )
    print(f"speed: first tenth {first[0]:.0f}/s, last tenth {last[0]:.0f}/s, ratio {last[0] / first[0]:.2f} (>= 0.8)")
    print(f"CPU of the server: first tenth {first[1]:.1f} ms a page, last tenth {last[1]:.1f}")
    print(f"memory: {early:.0f} MB early, {most:.0f} MB at most, x{most / early:.2f} (<= 1.2)")
    print(f"get_status: p95 {p95(status_ms):.0f} ms (< 100); get_result meanwhile: p95 {p95(result_ms):.0f} ms (< 300)")
    print(f"get_result at the start, the middle, the end: {', '.join(f'{ms:.0f}' for ms in after_ms)} ms (< 300)")
    print(f"finalise: {moments[-1].after_s - settled:.1f} s at most (<= 60)")


def _politeness(moments: list[Moment], first: float, last: float) -> tuple[float, float]:
    """Return pages a second, and the server's CPU milliseconds a page, between two shares of the crawl."""
    total = moments[-1].done
    inside = [one for one in moments if first * total <= one.done <= last * total]
    if len(inside) < 2 or inside[-1].done == inside[0].done:
        return 1e-9, 0.0
    pages = inside[-1].done - inside[0].done
    cpu_s = inside[-1].cpu_s - inside[0].cpu_s
    return pages / (inside[-1].after_s - inside[0].after_s), 1000 * cpu_s / pages


def _largest(folder: Path) -> str:
    sizes = sorted(((file.stat().st_size / 1e6, file.name) for file in folder.iterdir()), reverse=True)
    return ", ".join(f"{name} {size:.0f} MB" for size, name in sizes[:4])


async def grow_owners(node: Node, base: str, jobs: int) -> None:
    """Start many jobs of five owners at once; then see what 50 jobs of one owner do to another's."""
    owners = [node.jobs_of(f"owner{number}") for number in range(5)]
    begun = time.perf_counter()
    status_ms: list[float] = []
    ids = [
        (owner, (await owner.start(f"{_other(base, number)}/o{index}/20/")).job_id)
        for number, owner in enumerate(owners)
        for index in range(jobs // 5)
    ]
    states = await _until_all_ended(ids, status_ms)
    print(f"{jobs} jobs of 20 pages in {time.perf_counter() - begun:.0f} s: {states}")
    print(f"get_status: p95 {p95(status_ms):.0f} ms (< 300)")
    for where, site in (("another site", _other(base, 1)), ("the same site", base)):
        name = where.replace(" ", "")
        alone = [await _seconds_for(owners[1], f"{site}/alone{name}{number}/5/") for number in range(9)]
        busy = [(owners[0], (await owners[0].start(f"{base}/busy{name}{index}/20/")).job_id) for index in range(50)]
        behind = [await _seconds_for(owners[1], f"{site}/behind{name}{number}/5/") for number in range(5)]
        open_jobs = [jobs for jobs, job_id in busy if (await jobs.status(job_id)).state is JobState.RUNNING]
        await _until_all_ended(busy, [])
        before, after = statistics.median(alone), statistics.median(behind)
        print(
            f"5-page job on {where}: {before:.2f} s alone, {after:.2f} s behind 50 jobs of another, "
            f"x{after / before:.1f} (< 3); {len(open_jobs)} of the 50 still ran then; each {_rounded(behind)}"
        )


def _rounded(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _other(base: str, number: int) -> str:
    """Return the address of the site of owner `number`."""
    return base.replace("127.0.0.1", f"127.0.0.{number + 1}")


async def _seconds_for(jobs: OwnerJobs, url: str) -> float:
    begun = time.perf_counter()
    job_id = (await jobs.start(url)).job_id
    while (await jobs.status(job_id)).state is JobState.RUNNING:  # the store is what is watched
        await anyio.sleep(0.05)
    return time.perf_counter() - begun


async def _until_all_ended(ids: list[tuple[OwnerJobs, str]], status_ms: list[float]) -> dict[str, int]:
    states: dict[str, int] = {}
    for jobs, job_id in ids:
        while (status := await timed(jobs.status(job_id), status_ms)).state is JobState.RUNNING:
            await anyio.sleep(0.1)
        states[status.state] = states.get(status.state, 0) + 1
    return states


async def grow_jobs(node: Node, base: str, jobs: int, folder: Path) -> None:
    """Run small jobs, twenty at a time; every tenth of them, forget what retention would forget by then."""
    measured: list[tuple[float, float, float]] = []
    begun = time.perf_counter()
    starts_ms: list[float] = []
    step = max(20, jobs // 10 // 20 * 20)
    for first in range(0, jobs, 20):
        ids = [
            (node.jobs, (await timed(node.jobs.start(f"{base}/j{number}/5/"), starts_ms)).job_id)
            for number in range(first, min(jobs, first + 20))
        ]
        await _until_all_ended(ids, [])
        if (first + 20) % step == 0:
            await anyio.to_thread.run_sync(_checkpoint, folder)
            measured.append((memory_mb(), _megabytes(folder), p95(starts_ms)))
            print(
                f"after {first + len(ids)} jobs: {memory_mb():.0f} MB of memory, {measured[-1][1]:.1f} MB of files, "
                f"start_crawl p95 {measured[-1][2]:.0f} ms",
                flush=True,
            )
            await _retain(node, folder)
            starts_ms.clear()
    with node.store.database.engine.connect() as connection:
        left = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("job", "page", "page_content", "navigation", "left_out", "outbox", "delivery")
        }
    with contextlib.closing(sqlite3.connect(folder / "broker.db")) as db:
        left |= {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("message", "event")}
    print(f"{jobs} jobs in {time.perf_counter() - begun:.0f} s; rows left: {left}")
    if len(measured) > 2:
        memory, files, start = (measured[-1][column] / measured[1][column] for column in (0, 1, 2))
        print(f"memory x{memory:.2f}, files x{files:.2f}, start_crawl x{start:.2f}: last tenth against the second")


async def _retain(node: Node, folder: Path) -> None:
    """Let a month pass for whatever has a retention."""
    month_s = 31 * 86_400
    await node.store.jobs.delete_unused_since(node.store.clock() + 1)
    await Store(node.store.database, lambda: time.time() + month_s).deliveries.forget_expired()

    def trim() -> None:
        with contextlib.closing(sqlite3.connect(folder / "broker.db", isolation_level=None, timeout=30)) as db:
            db.row_factory = sqlite3.Row
            maintenance.trim(db, now_ms=int((time.time() + month_s) * 1000))
        _checkpoint(folder)

    await anyio.to_thread.run_sync(trim)


def _checkpoint(folder: Path) -> None:
    """Write what is in the logs into the files, so that their sizes can be compared."""
    for name in ("broker.db", "docspasta.db"):
        with contextlib.closing(sqlite3.connect(folder / name, isolation_level=None, timeout=30)) as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


async def main(what: str, pages: int, jobs: int) -> None:
    port = free_port()
    command = [sys.executable, __file__, "serve", "--pages", str(port)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as site,  # noqa: ASYNC220
        contextlib.ExitStack() as at_the_end,
        tempfile.TemporaryDirectory() as folder,
    ):
        at_the_end.callback(site.terminate)
        assert site.stdout is not None
        site.stdout.readline()
        environ = {
            "DOCSPASTA_DATA_DIR": folder,
            "DOCSPASTA_ALLOW_PRIVATE": ",".join(f"127.0.0.{n}:{port}" for n in range(1, 6)),
            "DOCSPASTA_MAX_PAGES_CAP": str(max(pages, 10_000)),
            "QSTASH_CONCURRENCY": "5" if what == "owners" else "8",
            "DOCSPASTA_OWNER_PAGES": "10000000",
        }
        async with running_node(Settings.from_env(environ)) as node:
            base = f"http://127.0.0.1:{port}"
            match what:
                case "site":
                    await grow_site(node, base, pages, Path(folder))
                case "owners":
                    await grow_owners(node, base, jobs)
                case _:
                    await grow_jobs(node, base, jobs, Path(folder))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["site", "owners", "jobs", "serve"])
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=None)
    options = parser.parse_args()
    if options.what == "serve":
        asyncio.run(serve(options.pages))
    else:
        configure_logging(level="WARNING", log_format="text")
        default = 100 if options.what == "owners" else 1_000
        anyio.run(main, options.what, options.pages, options.jobs or default, backend_options={"use_uvloop": True})
