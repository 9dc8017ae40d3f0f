"""Crawl a site whose answers take a while, and print the share of its politeness limit that is reached.

    python bench/politeness.py [--site postgresql] [--latency-ms 50] [--at-once 5] [--rounds 1]

So many requests at a time, each of which takes so long, is the most that a polite crawl may ask for. `whole` counts
from the request to the end of the job, `steady` from the first page to the last; the rest was lost to our own work.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from bench.server import Server, free_port
from bench.speed import SITES, Meter

_POLL_S = 0.1


@contextlib.contextmanager
def slow_site(folder: Path, latency_ms: int) -> Generator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.site", str(folder), str(port), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as site:
        assert site.stdout is not None
        site.stdout.readline()
        yield port
        site.terminate()


def crawl(port: int, at_once: int) -> tuple[int, float, float, float]:
    """Return the pages of a crawl, its seconds, those from the first page to the last, and its CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}", "DOCSPASTA_LOG_LEVEL": "WARNING"}
        with Server(Path(folder), QSTASH_CONCURRENCY=str(at_once), **environ) as server:
            server.start()
            assert server.process is not None
            with Meter(server.process.pid) as meter:
                before, begun = meter.cpu_s, time.perf_counter()
                job_id = server.crawl(f"http://127.0.0.1:{port}/", max_pages=10_000)
                first = last = 0.0
                first_pages = 0
                while (status := server.status(job_id))["state"] == "running":
                    now = time.perf_counter() - begun
                    if status["done"] and not first:
                        first, first_pages = now, status["done"]
                    if status["pending"]:
                        last = now
                    time.sleep(_POLL_S)
                seconds = time.perf_counter() - begun
            pages = int(status["done"])
            return pages, pages / seconds, (pages - first_pages) / ((last or seconds) - first), meter.cpu_s - before


def main(site: str, latency_ms: int, at_once: int, rounds: int) -> None:
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    limit = at_once * 1000 / latency_ms
    with slow_site(SITES[site], latency_ms) as port:
        taken = [crawl(port, at_once) for _ in range(rounds)]
    whole, steady = (statistics.median(one[place] for one in taken) for place in (1, 2))
    print(f"{site}: {taken[0][0]} pages, {latency_ms} ms an answer, {at_once} at a time: at most {limit:.0f} pages/s")
    print(
        f"whole {whole:.1f} pages/s, {whole / limit:.2f} of it; steady {steady:.1f} pages/s, {steady / limit:.2f} of it"
    )
    print(f"CPU {1000 * statistics.median(one[3] / one[0] for one in taken):.1f} ms a page")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", choices=list(SITES), default="postgresql")
    parser.add_argument("--latency-ms", type=int, default=50)
    parser.add_argument("--at-once", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    main(options.site, options.latency_ms, options.at_once, options.rounds)
