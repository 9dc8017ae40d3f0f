"""Crawl a manual with 1, 2 and 4 `serve` replicas on one PostgreSQL, with the broker in a process apart.

    python bench/replicas.py [--replicas 1,2,4] [--site postgresql] [--at-once 8] [--statements 12]

Prints pages a second, the CPU that a page takes in the replicas with their workers, in the broker and in PostgreSQL,
and what it costs in the database: statements, transactions, rows written, and bytes of write-ahead log. Those do not
depend on the machine. `--statements N` lists the N that run most often, with their calls and milliseconds a page.
"""

import argparse
import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import psycopg

from bench.server import Server, free_port
from bench.speed import SITES, Meter, served
from docspasta_mcp.broker.app import open_broker
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.server.listener import listen, serve_app
from tests.postgres import Postgres

_KEYS = Keys("c" * 32, "n" * 32)
_TOKEN = "t" * 32
_LIMIT_S = 900.0
_STATISTICS = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = 'top'\n"
_WRITTEN = (
    "SELECT xact_commit + xact_rollback, tup_inserted + tup_updated + tup_deleted,"
    " pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint FROM pg_stat_database WHERE datname = current_database()"
)
_CALLS = (
    "SELECT sum(calls)::bigint FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s)"
)
_MOST = (
    "SELECT calls, total_exec_time, query FROM pg_stat_statements"
    " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s) ORDER BY calls DESC LIMIT %s"
)


@dataclass(frozen=True)
class Cost:
    """What a crawl took, and what the database counted meanwhile."""

    pages: int
    seconds: float
    replicas_cpu_s: float
    broker_cpu_s: float
    database_cpu_s: float
    statements: int
    transactions: int
    rows: int
    bytes: int


class _InTurn(httpx.AsyncHTTPTransport):
    """A load balancer that knows nothing: each delivery goes to the next port."""

    def __init__(self, ports: "itertools.cycle[int]") -> None:
        super().__init__()
        self._ports = ports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(port=next(self._ports))
        return await super().handle_async_request(request)


async def serve_broker(port: int, file: Path, ports: Sequence[int]) -> None:
    turns = itertools.cycle(ports)
    broker = open_broker(
        file,
        token=_TOKEN,
        keys=lambda: _KEYS,
        rotate=lambda: _KEYS,
        make_client=lambda: httpx.AsyncClient(timeout=None, transport=_InTurn(turns)),
        allows=lambda _url: True,
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve_app, broker.app, listen("127.0.0.1", port))
        tasks.start_soon(broker.run)


@contextlib.contextmanager
def counting(folder: Path) -> Generator[Postgres]:
    """Run a PostgreSQL server that counts its statements."""
    with Postgres(folder) as postgres:
        with (folder / "postgresql.auto.conf").open("a") as settings:
            settings.write(_STATISTICS)
        postgres.restart()
        yield postgres


def crawl(database: str, url: str, replicas: int, at_once: int, folder: Path, postmaster: int) -> Cost:
    """Crawl a site with so many replicas and a broker of their own."""
    site_port = url.rstrip("/").rpartition(":")[2]
    queue_port = free_port()
    environ = {
        "DATABASE_URL": database,
        "QSTASH_URL": f"http://127.0.0.1:{queue_port}",
        "QSTASH_TOKEN": _TOKEN,
        "QSTASH_CURRENT_SIGNING_KEY": _KEYS.current,
        "QSTASH_NEXT_SIGNING_KEY": _KEYS.next,
        "QSTASH_CONCURRENCY": str(at_once),
        "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site_port}",
        "DOCSPASTA_LOG_LEVEL": "WARNING",
    }
    with contextlib.ExitStack() as stack:
        servers = [Server(folder, **environ) for _ in range(replicas)]
        ports = [str(server.port) for server in servers]
        command = [
            sys.executable,
            "-m",
            "bench.replicas",
            "--broker",
            str(queue_port),
            str(folder / "queue.db"),
            *ports,
        ]
        broker = stack.enter_context(subprocess.Popen(command, cwd=Path(__file__).parent.parent))
        stack.callback(broker.kill)
        for server in servers:
            stack.enter_context(server).set(BASE_URL=f"http://127.0.0.1:{servers[0].port}")
            server.start()
        processes = [server.process.pid for server in servers if server.process is not None]
        meters = [stack.enter_context(Meter(pid)) for pid in (*processes, broker.pid, postmaster)]
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
            before, begun = _counted(connection), time.perf_counter()
            base = [meter.cpu_s for meter in meters]
            job_id = servers[0].crawl(url, max_pages=10_000)
            status = servers[0].finish(job_id, _LIMIT_S)
            seconds = time.perf_counter() - begun
            time.sleep(1.5)  # counts of a connection come in within a second, and so does the index
            after = _counted(connection)
        used = [meter.cpu_s - first for meter, first in zip(meters, base, strict=True)]
    changed = [late - early for early, late in zip(before, after, strict=True)]
    return Cost(int(status["done"]), seconds, sum(used[:-2]), used[-2], used[-1], *changed)


def _counted(connection: psycopg.Connection[Any]) -> tuple[int, int, int, int]:
    name = connection.info.dbname
    calls = connection.execute(_CALLS, (name,)).fetchone()
    written = connection.execute(_WRITTEN).fetchone()
    assert calls is not None
    assert written is not None
    return (int(calls[0] or 0), *written)


def report(replicas: int, cost: Cost) -> None:
    each = cost.pages or 1
    figures = (
        f"{cost.pages} pages",
        f"{cost.pages / cost.seconds:.1f} pages/s",
        f"CPU ms/page: replicas {1000 * cost.replicas_cpu_s / each:.1f}, broker {1000 * cost.broker_cpu_s / each:.1f},"
        f" PostgreSQL {1000 * cost.database_cpu_s / each:.1f}",
        f"a page: {cost.statements / each:.1f} statements in {cost.transactions / each:.1f} transactions,"
        f" {cost.rows / each:.1f} rows written, {cost.bytes / each:,.0f} bytes of log",
    )
    print(f"{replicas} replicas: " + "; ".join(figures), flush=True)


def most_frequent(database: str, pages: int, count: int) -> None:
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        for calls, ms, query in connection.execute(_MOST, (connection.info.dbname, count)).fetchall():
            print(f"  {calls / pages:6.2f} calls {ms / pages:6.3f} ms  {' '.join(query.split())[:110]}")


def main(counts: Sequence[int], site: str, at_once: int, statements: int) -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {at_once} requests at a time, {site}")
    with tempfile.TemporaryDirectory() as folder, served(SITES[site]) as url, counting(Path(folder) / "pg") as postgres:
        postmaster = int((Path(folder) / "pg" / "postmaster.pid").read_text().split()[0])
        for replicas in counts:
            database = postgres.new_database()
            with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION pg_stat_statements")
            home = Path(folder) / str(replicas)
            home.mkdir()
            cost = crawl(database, url, replicas, at_once, home, postmaster)
            report(replicas, cost)
            most_frequent(database, cost.pages or 1, statements)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", default="1,2,4")
    parser.add_argument("--site", choices=list(SITES), default="postgresql")
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--statements", type=int, default=0)
    parser.add_argument("--broker", nargs="+", metavar=("PORT FILE", "REPLICA"), help="be the broker (used by itself)")
    options = parser.parse_args()
    if options.broker:
        port, file, *ports = options.broker
        with contextlib.suppress(KeyboardInterrupt):
            anyio.run(serve_broker, int(port), Path(file), [int(one) for one in ports])
    else:
        main([int(one) for one in options.replicas.split(",")], options.site, options.at_once, options.statements)
