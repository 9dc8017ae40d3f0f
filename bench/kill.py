"""Kill the server anywhere and see what survives.

Each trial crawls three manuals at once with a server of its own process group, kills the group (at a failpoint's 1st,
2nd or 3rd hit, or at a random moment), starts it again, and checks by the store's full history: every page stored
exactly once, none lost, each job ended once, and each document equal, byte by byte, to that of an undisturbed crawl
(fetch times aside).

    python bench/kill.py --trials 100 --seed 1 [--postgres]

Prints a line for each trial that went wrong and a summary; the exit code is 1 if any did.
"""

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.history import complaints, keep_history
from bench.server import Server, without_times
from docspasta_mcp.runtime.failpoints import POINTS
from docspasta_mcp.store import Database
from tests.postgres import Postgres
from tests.sites import Site, page

_MANUALS = ("a", "b", "c")
_PAGES = 12  # of each manual
_FINISH_S = 90.0


@dataclass(frozen=True)
class Death:
    """How a life ends: at a failpoint, or after some seconds."""

    failpoint: str = ""
    after_s: float = 0.0

    def __str__(self) -> str:
        return self.failpoint or f"{self.after_s:.2f} s"


def manuals(site: Site) -> dict[str, set[str]]:
    """Fill the site with manuals whose pages link to one another; return each one's URLs."""
    urls: dict[str, set[str]] = {}
    for name in _MANUALS:
        paths = [f"/{name}/", *(f"/{name}/{number}.html" for number in range(1, _PAGES))]
        for number, path in enumerate(paths):
            links = [*paths[2 * number + 1 : 2 * number + 3], *paths[:2]]  # a tree, so that the frontier grows slowly
            site.pages[path] = page(f"{name.upper()} {number}", f"<p>Number {number} of {name}.</p>", tuple(links))
        urls[name] = {site.url + path for path in paths}
    return urls


def deaths(trials: int, rng: random.Random, whole_s: float) -> Iterator[list[Death]]:
    """Yield what each trial dies of: every failpoint's three hits first, in random order, then random moments."""
    at_points = [(point, hit) for point in POINTS for hit in (1, 2, 3)]
    rng.shuffle(at_points)
    if trials < len(at_points) * 5 // 3:  # a short run: a random moment now and then all the same
        at_points = at_points[: (trials * 3 + 4) // 5]

    def moment() -> Death:
        return Death(after_s=rng.uniform(0.2, whole_s))

    for point, hit in at_points:
        if point.startswith("sweeper"):  # it sweeps once at each start, then every 30 s
            yield [moment(), *[Death(f"{point}:1")] * hit]
        else:
            yield [Death(f"{point}:{hit}")]
    for number in range(trials - len(at_points)):
        if number % 3 == 0:
            yield [Death(f"*:{rng.randint(1, 400)}")]
        else:
            yield [moment() for _ in range(rng.randint(1, 3))]


class Trials:
    """Trials over one site, each with a store of its own."""

    def __init__(self, site: Site, postgres: Postgres | None) -> None:
        self._site = site
        self._postgres = postgres
        self._urls = manuals(site)
        self.reached = 0
        self.died = 0

    def undisturbed(self) -> tuple[dict[str, str], float]:
        """Return each manual's document, and the seconds it all took."""
        begun = time.monotonic()
        with self._server() as (server, _):
            server.start()
            jobs = self._start(server)
            for job_id in jobs.values():
                server.finish(job_id, _FINISH_S)
            return {name: without_times(server.document(job_id)) for name, job_id in jobs.items()}, (
                time.monotonic() - begun
            )

    def run(self, ends: list[Death], expected: dict[str, str]) -> list[str]:
        """Run one trial; return what went wrong."""
        with self._server() as (server, database):
            for end in ends:
                self._live(server, end)
            server.start()
            jobs = self._start(server)
            wrong: list[str] = []
            for name, job_id in jobs.items():
                status = server.finish(job_id, _FINISH_S)
                wrong += complaints(database, job_id, urls=self._urls[name])
                if status["state"] != "completed":
                    wrong.append(f"{name} is {status['state']}: {status['done']} done, {status['pending']} pending")
                elif without_times(server.document(job_id)) != expected[name]:
                    wrong.append(f"the document of {name} differs")
            return wrong

    def _live(self, server: Server, end: Death) -> None:
        """Crawl until the end that is meant, or until all jobs are done."""
        self.died += 1
        server.start(failpoint=end.failpoint, wait=not end.after_s)
        until = time.monotonic() + (end.after_s or _FINISH_S)
        with contextlib.suppress(httpx.HTTPError):  # it may be dead at any moment
            jobs = self._start(server, until)
            while time.monotonic() < until and server.is_alive:
                if not end.after_s and all(server.status(job)["state"] != "running" for job in jobs.values()):
                    break
                time.sleep(0.02)
        self.reached += not server.is_alive or bool(end.after_s)
        server.kill()

    def _start(self, server: Server, until: float = 0) -> dict[str, str]:
        while True:
            try:
                return {name: server.crawl(f"{self._site.url}/{name}/") for name in _MANUALS}
            except httpx.HTTPError:
                if time.monotonic() > until or not server.is_alive:
                    raise
                time.sleep(0.02)

    @contextlib.contextmanager
    def _server(self) -> Generator[tuple[Server, Database]]:
        with tempfile.TemporaryDirectory(prefix="docspasta-kill-") as folder:
            url = self._postgres.new_database() if self._postgres else f"sqlite:///{folder}/docspasta.db"
            database = Database(url)
            keep_history(database)
            environ = {"DATABASE_URL": url, "DOCSPASTA_WORKERS": "1"}
            with Server(Path(folder), DOCSPASTA_ALLOW_PRIVATE=f"127.0.0.1:{self._site.port}", **environ) as server:
                yield server, database
            database.close()


def main(trials: int, seed: int, on_postgres: bool) -> int:
    bad = 0
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(143))  # the servers under test end with us
    with contextlib.ExitStack() as stack:
        postgres = None
        if on_postgres:
            postgres = stack.enter_context(Postgres(Path(tempfile.mkdtemp(prefix="docspasta-pg-"))))
        site = stack.enter_context(Site())
        all_trials = Trials(site, postgres)
        expected, whole_s = all_trials.undisturbed()
        begun = time.monotonic()
        for number, ends in enumerate(deaths(trials, random.Random(seed), whole_s), start=1):
            wrong = all_trials.run(ends, expected)
            bad += bool(wrong)
            if number % 10 == 0:
                print(f"{number} trials, {bad} went wrong", flush=True)
            for what in wrong:
                print(f"trial {number} ({', '.join(map(str, ends))}): {what}", flush=True)
        store = "PostgreSQL" if on_postgres else "SQLite"
        print(
            f"{trials} trials on {store}, seed {seed}: {bad} went wrong; {all_trials.reached} of {all_trials.died} "
            f"deaths took place; {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    sys.exit(main(options.trials, options.seed, options.postgres))
