"""What the index of passages adds to the CPU of a crawl.

    python bench/index_cost.py [--site /usr/share/doc/postgresql-doc-15/html] [--rounds 5]

Crawls a manual with a whole `serve`, with the index and without it, in turn, and prints the CPU milliseconds a page of
all processes.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.server import Server
from bench.speed import Meter, served

_LIMIT_S = 600


def crawled(url: str, *, module: str) -> float:
    """Crawl a site; return the CPU milliseconds a page."""
    port = url.rstrip("/").rpartition(":")[2]
    environ = {
        "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}",
        "DOCSPASTA_LOG_LEVEL": "WARNING",
        "QSTASH_CONCURRENCY": "8",
    }
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), module=module, **environ) as server:
        server.start()
        assert server.process is not None
        with Meter(server.process.pid) as meter:
            job_id = server.crawl(url, max_pages=10_000)
            pages = server.finish(job_id, _LIMIT_S)["done"]
    return 1000 * meter.cpu_s / pages


def main(site: Path, rounds: int) -> None:
    """Crawl in turn, and print what each took."""
    shares: list[float] = []
    with served(site) as url:
        for number in range(1, rounds + 1):
            with_index = crawled(url, module="docspasta_mcp")
            without = crawled(url, module="bench.unindexed")
            shares.append(100 * (with_index / without - 1))
            print(
                f"round {number}: {with_index:.2f} ms CPU a page with the index, {without:.2f} without:"
                f" {shares[-1]:.1f} % more",
                flush=True,
            )
    print(f"median: {statistics.median(shares):.1f} % more")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=Path("/usr/share/doc/postgresql-doc-15/html"))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    main(given.site, given.rounds)
