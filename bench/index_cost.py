"""What the index of passages adds to the CPU of a crawl.

    python bench/index_cost.py [--site /usr/share/doc/postgresql-doc-15/html] [--rounds 3]

Crawls a manual with a whole `serve`, then indexes the same pages' Markdown anew, in turn, and prints both in CPU
milliseconds a page, with what the index adds to a crawl without one. Indexing is counted with the reading of the rows,
which a crawl is spared: its worker cuts passages from what it has just written.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import anyio
from sqlalchemy import text

from bench.search import stored
from bench.server import Server
from bench.speed import Meter, served
from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Database, Store

_LIMIT_S = 600


def crawled(url: str, folder: Path) -> tuple[float, list[str]]:
    """Crawl a site; return the CPU seconds of all processes, and the Markdown of its pages."""
    port = url.rstrip("/").rpartition(":")[2]
    with Server(
        folder, DOCSPASTA_ALLOW_PRIVATE=f"127.0.0.1:{port}", DOCSPASTA_LOG_LEVEL="WARNING", QSTASH_CONCURRENCY="8"
    ) as server:
        server.start()
        assert server.process is not None
        with Meter(server.process.pid) as meter:
            job_id = server.crawl(url, max_pages=10_000)
            server.finish(job_id, _LIMIT_S)
    database = Database(f"sqlite:///{folder}/docspasta.db")
    with database.engine.begin() as connection:
        rows = connection.execute(text("SELECT markdown FROM page_content WHERE markdown <> ''"))
        pages = [row[0] for row in rows]
    database.close()
    return meter.cpu_s, pages


async def indexed(pages: list[str], folder: Path) -> float:
    """Index pages anew; return the CPU seconds it took."""
    store = Store(Database(f"sqlite:///{folder}/index.db"))
    store.database.migrate()
    job, _ = await stored(store, iter(pages))
    began = time.process_time()
    await catch_up(store, job.id)
    took = time.process_time() - began
    store.close()
    return took


def main(site: Path, rounds: int) -> None:
    """Crawl and index in turn, and print what each took."""
    shares: list[float] = []
    with served(site) as url:
        for number in range(1, rounds + 1):
            with tempfile.TemporaryDirectory() as folder:
                whole, pages = crawled(url, Path(folder))
                index = anyio.run(indexed, pages, Path(folder))
            shares.append(index / (whole - index))
            crawl_ms, index_ms = (1000 * one / len(pages) for one in (whole, index))
            print(
                f"round {number}: {len(pages)} pages, crawl {crawl_ms:.2f} ms CPU a page, index {index_ms:.2f} ms:"
                f" {100 * shares[-1]:.1f} % more than without",
                flush=True,
            )
    print(f"median: {100 * statistics.median(shares):.1f} % more")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=Path("/usr/share/doc/postgresql-doc-15/html"))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    main(given.site, given.rounds)
