"""Crawl a site that only a browser shows with docspasta-mcp and with crawl4ai's browser, in turn, with one Chromium.

The site is an application of Vue with routes in paths (`evals/browser_builders.py`); its pages are the documentation of
modules of Python's library, written as Markdown that the application renders. docspasta-mcp is a whole `serve`.
crawl4ai runs as it comes, and with `networkidle`, which waits for content that comes late.

    python bench/rendered.py [--pages 60] [--rounds 3] [--peers-venv DIR]

Content F1 is of the words of each page, against the Markdown; a page that is missing counts 0. CPU and memory are of
all processes of a crawler together, its browser included; what they share is in `PSS MB` once.
"""

import argparse
import importlib
import inspect
import os
import pkgutil
import statistics
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.server import Server
from bench.speed import Meter, run_peer
from docspasta_mcp.fetch.browser.finding import find_browser
from evals.browser_builders import application
from evals.score import read_markdown, words_of
from evals.serve import serving
from evals.sites import default_work

_LIMIT_S = 900
_MIN_DOC = 200  # characters


@dataclass(frozen=True)
class Figures:
    """What one crawl took."""

    documents: dict[str, str]
    seconds: float
    cpu_s: float
    pss_mb: float


def modules(count: int) -> dict[str, tuple[str, str]]:
    """Return slug → title and Markdown of so many modules of the library."""
    found: dict[str, tuple[str, str]] = {}
    for info in pkgutil.iter_modules([str(Path(os.__file__).parent)]):
        if info.name.startswith(("_", "idlelib", "this", "antigravity", "test", "lib2to3", "turtle", "tkinter")):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module = importlib.import_module(info.name)
        except Exception:  # of another system
            continue
        parts = [f"# {info.name}", _plain(inspect.getdoc(module) or "")]
        for name, value in sorted(vars(module).items()):
            doc = _plain(inspect.getdoc(value) or "")
            is_own = getattr(value, "__module__", "") == info.name and not name.startswith("_")
            if is_own and callable(value) and doc:
                parts += [f"## {name}", doc]
        text = "\n\n".join(filter(None, parts[:60]))
        if len(text) > _MIN_DOC:
            found[f"library/{info.name.lower()}"] = (info.name, text)
        if len(found) == count:
            break
    return found


def _plain(doc: str) -> str:
    """Return a docstring as paragraphs of plain words."""
    lines = [" ".join(filter(str.isalnum, line.replace("_", " ").split())) for line in doc.split("\n\n")[:4]]
    return "\n\n".join(filter(None, lines))


def build(folder: Path, pages: dict[str, tuple[str, str]]) -> None:
    """Write the application; its start page leads to all others."""
    content = folder / "content"
    for slug, (_, text) in pages.items():
        file = content / f"{slug}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (content / "index.md").write_text("# Library\n\n" + "\n\n".join(f"The module {one}." for one, _ in pages.values()))
    sections = {"Modules": [(slug, title) for slug, (title, _) in pages.items()]}
    work = default_work()
    application(work, folder, title="Library", sections=sections, has_hash=False, footer="All rights reserved")


def f1(pages: dict[str, tuple[str, str]], documents: dict[str, str]) -> float:
    """Return the mean F1 of words over all pages; surplus words of navigation count against it."""
    total = 0.0
    for slug, (_, text) in pages.items():
        wanted, given = words_of(text), read_markdown(documents.get(slug, "")).words
        hits = (wanted & given).total()
        total += 2 * hits / (wanted.total() + given.total()) if hits else 0.0
    return total / len(pages)


def recall(pages: dict[str, tuple[str, str]], documents: dict[str, str]) -> float:
    """Return the share of all true words that were got: whether content had come when a page was taken."""
    wanted: Counter[str] = Counter()
    hits = 0
    for slug, (_, text) in pages.items():
        words = words_of(text)
        wanted += words
        hits += (words & words_of(documents.get(slug, ""))).total()
    return hits / wanted.total()


def ours(url: str, program: Path) -> Figures:
    """Crawl with a server of our own."""
    port = url.rstrip("/").rpartition(":")[2]
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(
            Path(folder), DOCSPASTA_ALLOW_PRIVATE=f"127.0.0.1:{port}", DOCSPASTA_LOG_LEVEL="ERROR",
            DOCSPASTA_BROWSER=str(program), TMPDIR="/tmp",
        ) as server,
    ):  # fmt: skip
        server.start()
        assert server.process is not None
        with Meter(server.process.pid) as meter:
            begun = time.perf_counter()
            job_id = server.crawl(url, max_pages=10_000)
            while server.status(job_id)["state"] == "running":
                time.sleep(0.1)
            seconds = time.perf_counter() - begun
        pages: list[dict[str, Any]] = server.client.get(f"/api/v4/jobs/{job_id}/result?format=json").json()["pages"]
        documents = {page["url"].removeprefix(url): page["markdown"] for page in pages if page["status"] == "done"}
        server.terminate()
    return Figures(documents, seconds, meter.cpu_s, meter.peak_pss_mb)


def peer(url: str, program: Path, python: Path, wait_until: str) -> Figures:
    """Crawl with crawl4ai."""
    answer, meter = run_peer(python, "crawl4ai_browser.py", url, "2", str(program), wait_until, limit_s=_LIMIT_S)
    documents = {found.removeprefix(url): text for found, text in answer["documents"].items()}
    return Figures(documents, float(answer["seconds"]), meter.cpu_s, meter.peak_pss_mb)


def main() -> int:
    """Crawl in turn and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers-venv", type=Path, default=Path(tempfile.gettempdir()) / "docspasta-peers")
    options = parser.parse_args()
    program, python = find_browser().program, options.peers_venv / "bin/python"
    assert program, "No browser is installed: apt-get install chromium."
    pages = modules(options.pages)
    taken: dict[str, list[Figures]] = {}
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), pages)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, {len(pages)} pages and the start")
        with serving(Path(folder)) as site:
            url = f"{site.origin}/"
            for _ in range(options.rounds):
                taken.setdefault("docspasta-mcp", []).append(ours(url, program))
                if python.exists():
                    taken.setdefault("crawl4ai", []).append(peer(url, program, python, "domcontentloaded"))
                    taken.setdefault("crawl4ai, idle", []).append(peer(url, program, python, "networkidle"))
    print(f"{'crawler':<16}{'pages/s':>9}{'CPU s/page':>12}{'PSS MB':>9}{'pages':>7}{'content F1':>12}{'recall':>9}")
    for name, figures in taken.items():
        print(
            f"{name:<16}{statistics.median(len(one.documents) / one.seconds for one in figures):>9.2f}"
            f"{statistics.median(one.cpu_s / max(1, len(one.documents)) for one in figures):>12.2f}"
            f"{max(one.pss_mb for one in figures):>9.0f}{min(len(one.documents) for one in figures):>7}"
            f"{min(f1(pages, one.documents) for one in figures):>12.3f}"
            f"{min(recall(pages, one.documents) for one in figures):>9.3f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
