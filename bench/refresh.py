"""Crawl a generated site, crawl it again unchanged, then with one page changed.

    python -m bench.refresh [--pages N]

Prints the share of 304s of the second crawl's page requests, the CPU seconds of this process and its workers for each
crawl with their ratio, and the delta after one page has changed. The site runs in a process of its own, so that its
CPU time does not count. Exit code 1 if fewer than 95 % are 304, the ratio is under 5, or the delta is not that page.
"""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import anyio
import psutil

from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings

_WORDS = ["anchor", "batch", "cursor", "driver", "engine", "filter", "gauge", "handle", "journal", "kernel"]
CHANGED = 7


def page(number: int, pages: int, edition: int) -> bytes:
    """Return a page of about 700 words with code, a table and a sidebar of its chapter."""
    rng = random.Random(number * 1_000 + edition)
    text = "".join(
        f"<h2>Part {part}</h2><p>{' '.join(rng.choices(_WORDS, k=120))}.</p>"
        f"<pre><code class='language-python'>{rng.choice(_WORDS)} = {rng.random()}\n</code></pre>"
        f"<table><tr><th>a</th><th>b</th></tr><tr><td>{rng.random()}</td><td>x</td></tr></table>"
        for part in range(6)
    )
    first = number - number % 50
    chapter = [*range(0, pages, 50), *range(first, min(first + 50, pages))]
    nav = "".join(f'<li><a href="/{other}.html">Page {other}</a></li>' for other in chapter)
    head = f"<title>Page {number}</title>"
    main = f"<main><h1>Page {number}</h1>{text}</main>"
    return f"<html><head>{head}</head><body><nav><ul>{nav}</ul></nav>{main}</body></html>".encode()


def serve(pipe: Connection, pages: int) -> None:
    """Serve the site; answer `edition` messages with what was asked since the last, by status."""
    editions = dict.fromkeys(range(pages), 0)
    answered: Counter[int] = Counter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.strip("/").removesuffix(".html") or "0"
            number = int(name) if name.isdecimal() and int(name) < pages else None
            etag = f'"{number}-{editions[number]}"' if number is not None else ""
            body = page(number, pages, editions[number]) if number is not None else b"none"
            status = 404 if number is None else 200
            if number is not None and self.headers.get("If-None-Match") == etag:
                status, body = 304, b""
            if number is not None:
                answered[status] += 1
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pipe.send(server.server_address[1])
    import threading  # noqa: PLC0415

    threading.Thread(target=server.serve_forever, daemon=True).start()
    while (changed := pipe.recv()) is not None:
        for number in changed:
            editions[number] += 1
        pipe.send(dict(answered))
        answered.clear()


def cpu_s() -> float:
    """Return the CPU seconds of this process and its children but the site."""
    own = psutil.Process()
    children = [child for child in own.children() if child.pid != _site.pid]
    return sum(sum(process.cpu_times()[:2]) for process in (own, *children))


async def crawl(node: Node, url: str, pages: int) -> tuple[str, float, float]:
    """Crawl once; return the job's id, its seconds and its CPU seconds."""
    begun, before = time.perf_counter(), cpu_s()
    started = await node.jobs.start(url, max_pages=pages + 10)
    while (await node.jobs.wait(started.job_id, 25)).state == "running":
        pass
    return started.job_id, time.perf_counter() - begun, cpu_s() - before


async def run(port: int, pages: int, pipe: Connection) -> bool:
    """Make the three crawls and print what they cost; return whether all is as it should be."""
    url = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "DOCSPASTA_DATA_DIR": str(Path(folder)),
            "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}",
            "DOCSPASTA_RESULT_CACHE_HOURS": "0",
        }
        async with running_node(Settings.from_env(environ)) as node:
            first, first_s, first_cpu = await crawl(node, url, pages)
            pipe.send([])
            pipe.recv()
            second, second_s, second_cpu = await crawl(node, url, pages)
            pipe.send([CHANGED])
            answered = pipe.recv()
            third, third_s, third_cpu = await crawl(node, url, pages)
            status = {job: await node.jobs.status(job) for job in (first, second, third)}
            delta = await node.jobs.result(third, choice=Choice(since=status[second].corpus_hash), max_tokens=20_000)
    share = answered.get(304, 0) / max(1, sum(answered.values()))
    ratio = first_cpu / max(second_cpu, 1e-9)
    print(f"first crawl    {status[first].done} pages, {first_s:5.1f} s, {first_cpu:6.2f} CPU s")
    print(f"unchanged      {status[second].done} pages, {second_s:5.1f} s, {second_cpu:6.2f} CPU s, {ratio:.1f}x less")
    print(f"304            {answered.get(304, 0)} of {sum(answered.values())} answers to page requests: {share:.1%}")
    print(f"one changed    {status[third].done} pages, {third_s:5.1f} s, {third_cpu:6.2f} CPU s")
    print(f"delta          {delta.text.splitlines()[0]}")
    print(f"               {delta.text.splitlines()[2]}")
    is_exact = "0 added, 1 changed, 0 removed" in delta.text and f"- changed: {url}{CHANGED}.html" in delta.text
    same = status[first].corpus_hash == status[second].corpus_hash
    return share >= 0.95 and ratio >= 5 and is_exact and same


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=500)
    options = parser.parse_args()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    _site = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, options.pages), daemon=True)
    _site.start()
    try:
        is_good = anyio.run(run, ours.recv(), options.pages, ours)
    finally:
        ours.send(None)
        _site.join(5)
    sys.stdout.flush()
    os._exit(0 if is_good else 1)
