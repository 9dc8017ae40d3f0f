"""Measure discovery: crawl every site from its root and from a deep leaf, and compare with the true page list.

    python -m evals.discovery [SITE ...] [--package DIR] [--work DIR] [--verbose]

Prints for each crawl: completeness (true pages that are in the document), precision (pages of the document that are
true), Kendall's tau between the document's order and the source's, and duplicates (pages beyond the first with the
same address or the same text). --check ends with 1 if a target is missed: 0.99, 0.99, 0.95, 0.
"""

import argparse
import json
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import anyio

from evals.discovery_sites import Case, cases
from evals.serve import Server, serving
from evals.sites import default_work

if TYPE_CHECKING:
    from docspasta_mcp.server.wiring import Node

_CRAWL_S = 180  # the largest site has some hundred pages


@dataclass(frozen=True, slots=True)
class Measured:
    """What a crawl gave."""

    completeness: float
    precision: float
    tau: float
    duplicates: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether the targets of issue 5 are reached."""
        return self.completeness >= 0.99 and self.precision >= 0.99 and self.tau >= 0.95 and not self.duplicates


def identity(path: str) -> str:
    """Return one name for the addresses under which hosts serve the same page."""
    path = unquote(path).lstrip("/").removesuffix("index.html").removesuffix(".html").removesuffix(".md")
    return path.rstrip("/")


def compare(case: Case, found: Sequence[str], texts: Sequence[str]) -> Measured:
    """Compare the pages of a document, given as paths with their texts, with the true ones."""
    empty = set(map(identity, case.empty))
    keys = [key for key in dict.fromkeys(map(identity, found)) if key not in empty]
    true = list(dict.fromkeys(map(identity, case.pages)))
    place = {key: number for number, key in enumerate(true)}
    hits = [key for key in keys if key in place]
    return Measured(
        completeness=len(hits) / len(true),
        precision=len(hits) / len(keys) if keys else 0.0,
        tau=kendall_tau([place[key] for key in hits]),
        duplicates=max(len(found) - len(set(map(identity, found))), len(texts) - len(Counter(texts))),
        missing=tuple(key for key in true if key not in keys),
        wrong=tuple(key for key in keys if key not in place),
    )


def kendall_tau(ranks: Sequence[int]) -> float:
    """Return Kendall's tau-a of a permutation against the ascending order; 1 for fewer than two."""
    pairs = len(ranks) * (len(ranks) - 1) // 2
    inversions = sum(left > right for i, left in enumerate(ranks) for right in ranks[i + 1 :])
    return 1 - 2 * inversions / pairs if pairs else 1.0


async def crawl(case: Case, server: Server) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Crawl a served site with a node of its own; return the document's pages in order and the JSON head."""
    from docspasta_mcp.server.wiring import running_node  # noqa: PLC0415 - another checkout may have been put first
    from docspasta_mcp.settings import Settings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as data_dir:
        environ = {
            "DOCSPASTA_DATA_DIR": data_dir,
            "DOCSPASTA_ALLOW_PRIVATE": server.origin.removeprefix("http://"),
            "DOCSPASTA_HUB_PORT": str(_free_port()),
        }
        async with running_node(Settings.from_env(environ)) as node:
            with anyio.fail_after(_CRAWL_S):
                document = await _document(node, f"{server.origin}/{case.seed}")
    pages = [page for page in document["pages"] if page["status"] == "done" and page["duplicate_of"] is None]
    return pages, document


async def _document(node: "Node", url: str) -> dict[str, Any]:
    started = await node.jobs.start(url, max_pages=2000)
    while (await node.jobs.wait(started.job_id, 5)).state == "running":
        pass
    return json.loads("".join([part async for part in await node.jobs.json_document(started.job_id)]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def measure(case: Case, *, verbose: bool) -> bool:
    """Crawl one case and print its row; return whether it is good."""
    begun = time.perf_counter()
    with serving(case.folder) as server:
        try:
            pages, document = await crawl(case, server)
        except TimeoutError:
            print(f"{case.site:18} {case.start:8} did not end within {_CRAWL_S} s")
            return False
        found = [str(page["url"]).removeprefix(server.origin) for page in pages]
        texts = [sha256(str(page["markdown"]).encode()).hexdigest() for page in pages]
        requests = len(server.requests)
    result = compare(case, found, texts)
    verdict = "" if result.is_good else "misses"
    print(
        f"{case.site:18} {case.start:8} {len(case.pages):5} {result.completeness:8.3f} {result.precision:8.3f} "
        f"{result.tau:6.3f} {result.duplicates:5} {requests:8} {time.perf_counter() - begun:5.1f}  {verdict}",
        flush=True,
    )
    if verbose and not result.is_good:
        job, coverage = document["job"], document["coverage"]
        print(f"    seed /{case.seed}; scope {job['scope']} ({job['scope_reason']})")
        print(f"    {job['state']} {job['reason']} {coverage['reasons']}")
        print(f"    missing {result.missing[:8]}\n    wrong   {result.wrong[:8]}\n    order   {found[:12]}")
    return result.is_good


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="*", metavar="SITE")
    parser.add_argument("--package", type=Path, help="a checkout whose docspasta_mcp is measured")
    parser.add_argument("--work", type=Path, default=default_work())
    parser.add_argument("--verbose", action="store_true", help="show what was missed, what was wrong and the order")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.package:
        sys.path.insert(0, str(options.package))
    print(f"{'site':18} {'from':8} pages complete  precise    tau  dupl requests     s")
    good = [await measure(case, verbose=options.verbose) for case in cases(options.work, options.sites)]
    print(f"{sum(good)} of {len(good)} crawls reach every target")
    if options.check and not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    anyio.run(main)
