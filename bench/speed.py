"""Crawl the same sites with docspasta-mcp and its peers, in turn, and print what each of them took.

Each of the sites, Debian's PostgreSQL and Python manuals, is served from memory over loopback. docspasta-mcp is a whole
`serve`: queue, store and webhook are in the loop. The peers run in a virtual environment of their own, which the first
run makes: crawl4ai (HTTP strategy), crawlee (Parsel) and Scrapy with markdownify, trafilatura's crawler, and a plain
crawler of httpx and markdownify.

    python bench/speed.py [--rounds 3] [--at-once 8] [--sites postgresql,python] [--peers-venv DIR]

CPU and memory are of all processes of a crawler together, the start of its interpreter included; what they share is in
`peak MB` once for each of them, in `PSS MB` once. Coverage counts pages that any crawler found. `first result` is when
the first get_result (the peers: their return) has text.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import anyio
import httpx
from mcp import Client

from bench.server import Server, free_port

SITES = {
    "postgresql": Path("/usr/share/doc/postgresql-doc-15/html"),
    "python": Path("/usr/share/doc/python3-doc/html"),
}
_PEERS = {
    "plain httpx": ("plain.py", "httpx beautifulsoup4 lxml markdownify"),
    "scrapy": ("scrapy_markdownify.py", "scrapy markdownify"),
    "crawl4ai": ("crawl4ai_http.py", "crawl4ai"),
    "crawlee": ("crawlee_parsel.py", "crawlee[parsel] markdownify"),
    "trafilatura": ("trafilatura_crawler.py", "trafilatura lxml_html_clean"),
}
_LIMIT_S = 600
_POLL_S = 0.2  # an agent asks every few seconds; a tenth of it until the first page is there
_TICK = os.sysconf("SC_CLK_TCK")
_MB = 1_000_000


@dataclass(frozen=True)
class Figures:
    """What one crawl took. Times in seconds, memory in MB."""

    urls: frozenset[str]
    seconds: float
    cpu_s: float
    peak_mb: float
    peak_pss_mb: float
    first_page_s: float
    first_result_s: float

    @property
    def pages_per_s(self) -> float:
        return len(self.urls) / self.seconds


class Meter:
    """CPU seconds and peak memory of a process and all its descendants, read ten times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu: dict[int, float] = {}
        self.peak_mb = self.peak_pss_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def cpu_s(self) -> float:
        return sum(self._cpu.values())

    def _run(self) -> None:
        while True:
            family = _family(self._pid)
            self.peak_mb = max(self.peak_mb, sum(map(self._read, family)))
            self.peak_pss_mb = max(self.peak_pss_mb, sum(map(_pss, family)))
            if self._stop.wait(0.1):
                return

    def _read(self, pid: int) -> float:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        self._cpu[pid] = (int(fields[11]) + int(fields[12])) / _TICK
        return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / _MB


def _pss(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
    except OSError:
        return 0.0
    return int(fields[fields.index("Pss:") + 1]) * 1024 / _MB if "Pss:" in fields else 0.0


def _family(pid: int) -> list[int]:
    found = [pid]
    for member in found:
        with contextlib.suppress(OSError):
            for children in Path(f"/proc/{member}/task").glob("*/children"):
                found += map(int, children.read_text().split())
    return found


@contextlib.contextmanager
def served(folder: Path) -> Generator[str]:
    port = free_port()
    command = [sys.executable, "-m", "bench.site", str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as site:
        assert site.stdout is not None
        site.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
        site.terminate()


def run_peer(python: Path, script: str, *arguments: str, limit_s: float = _LIMIT_S) -> tuple[dict[str, Any], Meter]:
    """Run a peer's script in a home of its own; return what it prints as JSON, and what it took."""
    command = [str(python), str(Path(__file__).parent / "peers" / script), *arguments]
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | {"HOME": home}, cwd=home
        ) as peer,
        Meter(peer.pid) as meter,
    ):
        out, _ = peer.communicate(timeout=limit_s)
    return json.loads(out.splitlines()[-1]), meter


def crawl_with_peer(python: Path, script: str, url: str, at_once: int) -> Figures:
    answer, meter = run_peer(python, script, url, str(at_once))
    seconds = float(answer["seconds"])
    urls = frozenset(map(_page_of, answer["urls"]))
    return Figures(urls, seconds, meter.cpu_s, meter.peak_mb, meter.peak_pss_mb, answer["first_page_s"] or 0, seconds)


def crawl_with_ours(url: str, at_once: int) -> Figures:
    port = url.rstrip("/").rpartition(":")[2]
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(
            Path(folder),
            DOCSPASTA_ALLOW_PRIVATE=f"127.0.0.1:{port}",
            DOCSPASTA_LOG_LEVEL="WARNING",
            QSTASH_CONCURRENCY=str(at_once),
        ) as server,
    ):
        server.start()
        assert server.process is not None
        with Meter(server.process.pid) as meter:
            begun = time.perf_counter()
            job_id = server.crawl(url, max_pages=10_000)
            while not server.status(job_id)["done"]:
                time.sleep(_POLL_S / 10)
            first_page = time.perf_counter() - begun
            anyio.run(_read_first, f"http://127.0.0.1:{server.port}/mcp", job_id)
            first_result = time.perf_counter() - begun
            while server.status(job_id)["state"] == "running":
                time.sleep(_POLL_S)
            seconds = time.perf_counter() - begun
        pages: list[dict[str, Any]] = server.client.get(f"/api/v4/jobs/{job_id}/result?format=json").json()["pages"]
        urls = frozenset(_page_of(page["url"]) for page in pages if page["status"] == "done" or page["duplicate_of"])
        return Figures(urls, seconds, meter.cpu_s, meter.peak_mb, meter.peak_pss_mb, first_page, first_result)


async def _read_first(url: str, job_id: str) -> None:
    async with Client(url) as client:
        answer = await client.call_tool("get_result", {"job_id": job_id})
        assert not answer.is_error


def _page_of(url: str) -> str:
    return url.removesuffix("index.html")


def install(venv: Path) -> dict[str, str]:
    """Make the peers' environment; return the scripts of those that could be installed."""
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    ready: dict[str, str] = {}
    for name, (script, packages) in _PEERS.items():
        command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages.split()]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0:
            ready[name] = script
        else:
            print(f"{name}: SKIPPED, its packages ({packages}) cannot be installed here")
    return ready


def report(rounds: dict[str, list[Figures]]) -> None:
    everything = frozenset[str]().union(*(figures.urls for taken in rounds.values() for figures in taken))
    _line("crawler", "pages/s", "(rounds)", "CPU s/1000", "peak MB", "PSS MB", "pages", "first page", "first result")
    medians: dict[str, float] = {}
    for name, taken in rounds.items():
        medians[name] = statistics.median(figures.pages_per_s for figures in taken)
        _line(
            name,
            f"{medians[name]:.1f}",
            "/".join(f"{figures.pages_per_s:.0f}" for figures in taken),
            f"{statistics.median(1000 * figures.cpu_s / len(figures.urls) for figures in taken):.1f}",
            f"{max(figures.peak_mb for figures in taken):.0f}",
            f"{max(figures.peak_pss_mb for figures in taken):.0f}",
            f"{min(len(figures.urls) for figures in taken)}/{len(everything)}",
            f"{statistics.median(figures.first_page_s for figures in taken):.2f} s",
            f"{statistics.median(figures.first_result_s for figures in taken):.2f} s",
        )
    ours = medians.pop("docspasta-mcp")
    if medians:
        best = max(medians, key=lambda name: medians[name])
        print(f"docspasta-mcp is {ours / medians[best]:.2f} times as fast as {best}, the best of the others")


def _line(name: str, *values: str) -> None:
    print(f"{name:<14}" + "".join(f"{value:>14}" for value in values), flush=True)


def main(sites: list[str], rounds: int, at_once: int, venv: Path) -> None:
    peers = install(venv)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {at_once} requests at a time")
    for name in sites:
        if not SITES[name].is_dir():
            print(f"{name}: SKIPPED, {SITES[name]} is not here; apt-get install {SITES[name].parent.name}")
            continue
        taken: dict[str, list[Figures]] = {crawler: [] for crawler in ("docspasta-mcp", *peers)}
        with served(SITES[name]) as url:
            httpx.get(url).raise_for_status()
            for _ in range(rounds):
                taken["docspasta-mcp"].append(crawl_with_ours(url, at_once))
                for peer, script in peers.items():
                    taken[peer].append(crawl_with_peer(venv / "bin" / "python", script, url, at_once))
        print(f"\n{name} ({SITES[name]}), {rounds} rounds, load {os.getloadavg()[0]:.1f} at the end")
        report(taken)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--sites", default=",".join(SITES))
    parser.add_argument("--peers-venv", type=Path, default=Path(tempfile.gettempdir()) / "docspasta-peers")
    options = parser.parse_args()
    main(options.sites.split(","), options.rounds, options.at_once, options.peers_venv)
