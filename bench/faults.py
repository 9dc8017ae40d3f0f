"""Break what a running server stands on, and see that its crawls end as they should.

    python bench/faults.py [--only NAME,…] [--races 1000] [--seed 1]

Each fault crawls a manual of 60 pages with a real `serve` (or, where deliveries are broken, with two replicas in this
process) and checks it by the store's full history, as bench/kill.py does. Prints one line a fault; the exit code is 1
if any went wrong. Quicker faults are tests: tests/test_faults.py, tests/store/test_races.py.
"""

import argparse
import contextlib
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import anyio
import httpx
from mcp import Client

from bench.history import complaints, keep_history
from bench.server import Server
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.job import JobState
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Database, Store
from tests.postgres import Postgres
from tests.qstash import qstash
from tests.sites import Answer, Site, page
from tests.store.test_races import at_once, claimed, done, job_with_pages
from tests.test_replicas import PROXY, Proxy

_PAGES = 60
_FINISH_S = 150.0


class Bench:
    """A slow manual, and stores to crawl it into."""

    def __init__(self, site: Site, postgres: Postgres, *, seed: int, races: int) -> None:
        self.site = site
        self.postgres = postgres
        self.rng = random.Random(seed)
        self.races = races
        paths = ["/m/", *(f"/m/{number}.html" for number in range(1, _PAGES))]
        for number, path in enumerate(paths):
            body = page(f"Page {number}", f"<p>Number {number}.</p>", tuple(paths[3 * number + 1 : 3 * number + 4]))
            site.pages[path] = Answer(body, before=lambda: time.sleep(0.15))
        self.urls = {site.url + path for path in paths}
        self.seed_url = f"{site.url}/m/"

    @contextlib.contextmanager
    def database(self, *, on_postgres: bool = False) -> Generator[tuple[Path, str, Database]]:
        with tempfile.TemporaryDirectory(prefix="docspasta-faults-") as folder:
            url = self.postgres.new_database() if on_postgres else f"sqlite:///{folder}/docspasta.db"
            database = Database(url)
            keep_history(database)
            yield Path(folder), url, database
            database.close()

    @contextlib.contextmanager
    def server(self, *, on_postgres: bool = False) -> Generator[tuple[Server, Database, Path]]:
        with self.database(on_postgres=on_postgres) as (folder, url, database):
            environ = {"DATABASE_URL": url, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{self.site.port}"}
            with Server(folder, **environ) as server:
                server.start()
                yield server, database, folder

    def checked(self, server: Server, database: Database, job_id: str) -> list[str]:
        """Wait for the job's end; return what is wrong with it."""
        status = server.finish(job_id, _FINISH_S)
        if status["state"] != "completed":
            return [f"the job is {status['state']}: {status['done']} done, {status['reasons']}, {status['reason']}"]
        return complaints(database, job_id, urls=self.urls)


def started(server: Server, url: str, pages: int = 5) -> str:
    """Start a crawl and wait for its first pages."""
    job_id = server.crawl(url)
    while server.status(job_id)["done"] < pages:
        time.sleep(0.02)
    return job_id


def locked_database(bench: Bench) -> list[str]:
    """Another program holds SQLite's write lock for 20 s, longer than we wait for it."""
    with bench.server() as (server, database, folder):
        job_id = started(server, bench.seed_url)
        locker = sqlite3.connect(folder / "docspasta.db", isolation_level=None, timeout=30)
        locker.execute("BEGIN IMMEDIATE")
        time.sleep(20)
        locker.execute("ROLLBACK")
        locker.close()
        return bench.checked(server, database, job_id)


def full_disk(bench: Bench) -> list[str]:
    """For 10 s no file of the server can grow by a byte."""
    with bench.server() as (server, database, _):
        job_id = started(server, bench.seed_url)
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        time.sleep(10)
        wrong = [] if server.is_alive else ["the server ended"]
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return wrong or bench.checked(server, database, job_id)


def read_only(bench: Bench) -> list[str]:
    """The file system is read-only when the server starts again: it says so and ends; later the crawl goes on."""
    with tempfile.TemporaryDirectory(prefix="docspasta-faults-") as folder, mounted(Path(folder)) as data_dir:
        database = Database(f"sqlite:///{data_dir}/docspasta.db")
        keep_history(database)
        environ = {"DOCSPASTA_DATA_DIR": str(data_dir), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{bench.site.port}"}
        with Server(Path(folder), **environ) as server:
            server.start()
            job_id = started(server, bench.seed_url)
            server.kill()
            database.close()
            mount("-o", "remount,ro", str(data_dir))
            server.start()
            assert server.process is not None
            wrong = [] if not server.is_alive else ["the server runs on a file system that is read-only"]
            said = (Path(folder) / "log").read_text().strip().splitlines()[-1]
            print(f"    exit code {server.process.returncode}: {said}")
            if server.process.returncode != 2 or "Traceback" in said:
                wrong.append(f"it ended with {server.process.returncode}: {said}")
            mount("-o", "remount,rw", str(data_dir))
            server.start()
            wrong += bench.checked(server, database, job_id)
        database.close()
        return wrong


@contextlib.contextmanager
def mounted(folder: Path) -> Generator[Path]:
    """Mount a file system of its own for a data directory, which only root may."""
    data_dir = folder / "data"
    data_dir.mkdir()
    mount("-t", "tmpfs", "-o", "size=64m", "none", str(data_dir))
    try:
        yield data_dir
    finally:
        subprocess.run(["umount", str(data_dir)], check=True)


def mount(*options: str) -> None:
    subprocess.run(["mount", *options], check=True)


def restarted_postgres(bench: Bench) -> list[str]:
    """PostgreSQL crashes and comes back, twice, while pages come in."""
    with bench.server(on_postgres=True) as (server, database, _):
        job_id = started(server, bench.seed_url)
        for _ in range(2):
            bench.postgres.restart()
            time.sleep(1)
        database.engine.dispose()
        return bench.checked(server, database, job_id)


def sigterm(bench: Bench) -> list[str]:
    """SIGTERM in the middle, three times: the server ends within 10 s and its crawl goes on at once."""
    wrong: list[str] = []
    with bench.server() as (server, database, _):
        job_id = started(server, bench.seed_url)
        for _ in range(3):
            before = server.status(job_id)["done"]
            if (took := server.terminate()) > 10:
                wrong.append(f"SIGTERM took {took:.1f} s")
            begun = time.monotonic()
            server.start()
            while (status := server.status(job_id))["done"] <= before and status["state"] == "running":
                time.sleep(0.02)
            if time.monotonic() - begun > 10:
                wrong.append(f"the next page took {time.monotonic() - begun:.1f} s")
        return wrong + bench.checked(server, database, job_id)


def cancelled(bench: Bench) -> list[str]:
    """Cancel at ten random moments: the job stays cancelled, nothing of it is left to do."""
    wrong: list[str] = []
    with bench.server() as (server, _, _):
        for number in range(10):
            job_id = server.crawl(bench.seed_url, max_pages=_PAGES + number)
            time.sleep(bench.rng.uniform(0, 1.5))
            ended = server.client.post(f"/api/v4/jobs/{job_id}/cancel").json()
            time.sleep(0.5)
            later = server.status(job_id)
            if later["state"] != "cancelled" or later["pending"] or later["done"] != ended["done"]:
                wrong.append(f"cancelled with {ended['done']} done, later {later['state']} with {later['done']}")
    return wrong


def _broken() -> httpx.Response:
    return httpx.Response(500, stream=httpx.ByteStream(b""))


class Failing(Proxy):
    """A proxy that loses deliveries: some never arrive, of some the answer never comes back."""

    def __init__(self, rng: random.Random, share: float) -> None:
        super().__init__()
        self._rng = rng
        self._share = share
        self.lost = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fate = self._rng.random()
        if fate < self._share / 2:
            self.lost += 1
            return _broken()
        answer = await super().handle_async_request(request)
        if fate < self._share:
            self.lost += 1
            return _broken()
        return answer


def failing_webhook(bench: Bench) -> list[str]:
    """Two replicas on PostgreSQL; 30 % of all webhook calls are answered with 500, half of them after their work."""
    with bench.database(on_postgres=True) as (folder, url, database):
        return anyio.run(_failing_webhook, bench, folder, url, database)


async def _failing_webhook(bench: Bench, folder: Path, url: str, database: Database) -> list[str]:
    proxy = Failing(bench.rng, 0.3)
    async with qstash(PROXY, folder, transport=proxy) as environ, contextlib.AsyncExitStack() as stack:
        environ |= {
            "DATABASE_URL": url,
            "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{bench.site.port}",
            "DOCSPASTA_WORKERS": "1",
            "QSTASH_MAX_RETRIES": "10",  # with 3, one page of 120 would fail by chance
        }
        nodes = [await stack.enter_async_context(running_node(Settings.from_env(environ))) for _ in range(2)]
        for node in nodes:
            proxy.add(create_app(node, create_mcp_server(node)))
        async with Client(create_mcp_server(nodes[0])) as client:
            begun = await client.call_tool("start_crawl", {"url": bench.seed_url})
            answer: dict[str, Any] = begun.structured_content or {}
            job_id = str(answer["job_id"])
        for _ in range(int(_FINISH_S / 25)):
            if (await nodes[0].jobs.wait(job_id, 25)).state is not JobState.RUNNING:
                break
    print(f"    {proxy.lost} of {sum(proxy.served) + proxy.lost} calls were lost")
    return await anyio.to_thread.run_sync(lambda: complaints(database, job_id, urls=bench.urls))


def last_pages_at_once(bench: Bench) -> list[str]:
    """The two last pages of a job settle at the same moment, then two finalisations: one ends the job."""
    wrong: list[str] = []
    for on_postgres in (False, True):
        with bench.database(on_postgres=on_postgres) as (_, url, _):
            wrong += anyio.run(_race, url, bench.races)
    return wrong


async def _race(url: str, races: int) -> list[str]:
    first, second = Store(Database(url)), Store(Database(url))
    outcomes: Counter[str] = Counter()
    for _ in range(races):
        job, ids = await job_with_pages(first, 2)
        claims = [await claimed(first, page_id, job) for page_id in ids]
        enqueued = await at_once(
            first.pages.settle(claims[0], done(claims[0]), job=job),
            second.pages.settle(claims[1], done(claims[1]), job=job),
        )
        places = [PagePlacement(page_id, number) for number, page_id in enumerate(ids, start=1)]
        await at_once(*(at.endings.place(job.id, places) for at in (first, second)))
        ends = (at.endings.finalize(job.id) for at in (first, second))
        ended = await at_once(*ends)
        outcomes[f"enqueued {sorted(map(str, enqueued))}, ended {sorted(map(str, ended))}"] += 1
    first.close()
    second.close()
    print(f"    {'SQLite' if first.database.is_sqlite else 'PostgreSQL'}: {dict(outcomes)}")
    return [outcome for outcome in outcomes if outcome != "enqueued ['0', '1'], ended ['None', 'completed']"]


FAULTS: dict[str, Callable[[Bench], list[str]]] = {
    "races": last_pages_at_once,
    "cancel": cancelled,
    "sigterm": sigterm,
    "locked": locked_database,
    "disk": full_disk,
    "readonly": read_only,
    "postgres": restarted_postgres,
    "webhook": failing_webhook,
}


def main(only: list[str], *, races: int, seed: int) -> int:
    bad = 0
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(143))  # the servers under test end with us
    with Postgres(Path(tempfile.mkdtemp(prefix="docspasta-pg-"))) as postgres, Site() as site:
        bench = Bench(site, postgres, seed=seed, races=races)
        for name in only or FAULTS:
            begun = time.monotonic()
            try:
                wrong = FAULTS[name](bench)
            except Exception as error:  # the other faults are still to be seen
                wrong = [f"the harness failed: {error!r}"]
            bad += bool(wrong)
            verdict = "; ".join(wrong) if wrong else "as it should be"
            print(f"{name}: {verdict} ({time.monotonic() - begun:.0f} s)", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--races", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(main([name for name in options.only.split(",") if name], races=options.races, seed=options.seed))
