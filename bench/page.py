"""How soon the page for people answers, and how much it sends, with a manual of 10,000 pages: `python -m bench.page`.

Prints for each page the milliseconds to the first byte, at the first request and the median of the next ones, and the
size; ends with 1 if one is over 300 ms (`--most-ms`) or a fragment is over 100 kB.
"""

import argparse
import statistics
import sys
import tempfile
import time
from typing import Any

import anyio
import httpx
from sqlalchemy import Connection, insert, select, update
from sqlmodel import col

from bench.manual_site import ManualSite
from bench.screenshots import crawled, served
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store.statements import table_of
from docspasta_mcp.store.tables import ContentRow, JobRow, PageRow

MOST_BYTES = 100_000
_TIMES = 7
_FRAGMENT = {"HX-Request": "true"}
_READER = {"HX-Request": "true", "HX-Target": "reader"}


async def main(pages: int, most_ms: float) -> int:
    """Fill a store, ask for each page, and print what came."""
    with ManualSite() as site, tempfile.TemporaryDirectory() as data:
        environ = {"DOCSPASTA_DATA_DIR": data, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}"}
        async with running_node(Settings.from_env(environ)) as node:
            before = await crawled(node, f"{site.url}/larder/")
            job_id = await crawled(node, f"{site.url}/larder/")
            for one in (before, job_id):
                await grow(node, one, pages)
            async with served(node) as base:
                return await measure(base, job_id, pages, most_ms)


async def grow(node: Node, job_id: str, pages: int) -> None:
    """Add pages to a crawl that has ended: copies of its own under other addresses, three levels deep."""

    def work(db: Connection) -> None:
        table, contents = table_of(PageRow), table_of(ContentRow)
        own = select(table).where(table.c.job_id == job_id, table.c.state == "done", table.c.duplicate_of.is_(None))
        models = [dict(row) for row in db.execute(own.order_by(table.c.position)).mappings()]
        markdown = {row["page_id"]: dict(row) for row in db.execute(select(contents)).mappings()}
        last = 1_000
        rows: list[dict[str, Any]] = []
        for number in range(len(models) + 1, pages + 1):
            url = f"{models[0]['url']}more/{number}.html"
            rows.append({
                **models[number % len(models)], "url": url, "url_hash": page_hash(url), "number": last + number,
                "arrival": last + number, "position": number, "level": number % 100 and 1 + bool(number % 10),
                "title": f"Page {number} about something", "shown_title": "", "captions": "",
                "content_hash": f"{number}",
            })  # fmt: skip
        for row in rows:
            source = row.pop("id")
            page_id = db.scalar(insert(table).values(row).returning(table.c.id))
            db.execute(insert(contents).values({**markdown[source], "page_id": page_id}))
        db.execute(update(JobRow).where(col(JobRow.id) == job_id).values(pages=pages, document_pages=pages))

    await node.store.database.write(work)


async def measure(base: str, job_id: str, pages: int, most_ms: float) -> int:
    """Ask for each page some times; return the exit code."""
    manual = f"/ui/jobs/{job_id}"
    asked: dict[str, tuple[str, dict[str, str]]] = {
        "home": ("/", {}),
        "manual, first page": (manual, {}),
        "manual, in the middle": (f"{manual}/pages/{pages // 2}", {}),
        "fragment: page": (f"{manual}/pages/{pages // 2 + 1}", _READER),
        "fragment: branch": (f"{manual}/contents?from=0&to={pages}", _FRAGMENT),
        "fragment: filter": (f"{manual}/contents?words=page+something", _FRAGMENT),
        "coverage": (f"{manual}/coverage", {}),
        "changes": (f"{manual}/changes", {}),
        "downloads": (f"{manual}/downloads", {}),
    }
    is_good = True
    sys.stdout.write(f"{'page':24}{'first ms':>10}{'then ms':>10}{'kB':>8}\n")
    async with httpx.AsyncClient(base_url=base, headers={"Accept": "text/html"}, timeout=60) as client:
        for name, (path, headers) in asked.items():
            seen = [await _asked(client, path, headers) for _ in range(_TIMES)]
            first, then, size = seen[0][0], statistics.median(ms for ms, _ in seen[1:]), seen[-1][1]
            is_good &= then <= most_ms and size <= MOST_BYTES
            sys.stdout.write(f"{name:24}{first:10.0f}{then:10.0f}{size / 1000:8.1f}\n")
    return 0 if is_good else 1


async def _asked(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> tuple[float, int]:
    began = time.perf_counter()
    async with client.stream("GET", path, headers=headers) as answer:
        answer.raise_for_status()
        parts = answer.aiter_bytes()
        size = len(await anext(parts))
        ms = (time.perf_counter() - began) * 1000
        async for part in parts:
            size += len(part)
    return ms, size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--most-ms", type=float, default=300)
    given = parser.parse_args()
    sys.exit(anyio.run(main, given.pages, given.most_ms))
