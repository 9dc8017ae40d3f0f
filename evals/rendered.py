"""Crawl built sites that only a browser shows, with a real one, and score every page against the sources.

    python -m evals.rendered [SITE ...] [--work DIR] [--verbose] [--check]

Prints for each site: content F1, exact code, heading F1, completeness (true pages that are in the document), how many
pages were rendered, and pages a second. --check ends with 1 if a target is missed: 0.97, 0.99, –, 0.99. Sites are built
when they are missing, which needs npm.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import anyio

from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging
from evals.browser_builders import BROWSER_BUILDERS
from evals.score import Score, score
from evals.serve import Server, serving
from evals.sites import default_work
from evals.truth import SiteTruth, load

_CRAWL_S = 300
_TARGETS = (0.97, 0.99, 0.99)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a crawl gave."""

    score: Score
    completeness: float
    rendered: int
    pages_per_s: float

    @property
    def is_good(self) -> bool:
        """Whether the targets are reached."""
        f1, codes = self.score.row[0], self.score.row[1]
        return all(value >= least for value, least in zip((f1, codes, self.completeness), _TARGETS, strict=True))


def built(name: str, work: Path) -> SiteTruth:
    """Return the truth of a site, which is built if it is not there."""
    folder = work / "sites" / name
    if not (folder / "truth.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        BROWSER_BUILDERS[name](work, folder).save(folder)
    return load(folder / "truth.json")


async def measure(truth: SiteTruth, served: Server) -> Measured:
    """Crawl a site from its start and score its pages."""
    with tempfile.TemporaryDirectory() as data_dir:
        environ = {"DOCSPASTA_DATA_DIR": data_dir, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{served.server_port}"}
        async with running_node(Settings.from_env(environ)) as node:
            begun = time.monotonic()
            started = await node.jobs.start(f"{served.origin}/")
            with anyio.fail_after(_CRAWL_S):
                while (await node.jobs.wait(started.job_id, 20)).state == "running":
                    pass
            seconds = time.monotonic() - begun
            job = await node.store.jobs.get(started.job_id, owner="local")
            assert job is not None
            pages = await node.store.documents.document(job, first=1, limit=1_000)
            rendered = await node.store.documents.rendered(job.id)
    texts = {page.record.url.removeprefix(f"{served.origin}/").rstrip("/"): page.markdown for page in pages}
    total = Score()
    for page in truth.pages:
        total += score(page, texts.get(page.path.rstrip("/"), ""), truth.furniture)
    found = sum(page.path.rstrip("/") in texts for page in truth.pages)
    return Measured(total, found / len(truth.pages), rendered, len(pages) / seconds)


def main() -> int:
    """Measure the sites that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="*", choices=[*BROWSER_BUILDERS, []], metavar="SITE")
    parser.add_argument("--work", type=Path, default=default_work())
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    configure_logging(level="ERROR", log_format="text")
    print(f"{'site':<14}{'F1':>8}{'code':>8}{'headings':>10}{'complete':>10}{'rendered':>10}{'pages/s':>9}")
    is_good = True
    for name in options.sites or BROWSER_BUILDERS:
        truth = built(name, options.work)
        with serving(Path(truth.html)) as served:
            found = anyio.run(measure, truth, served)
        f1, codes, _, headings, *_ = found.score.row
        print(
            f"{name:<14}{f1:>8.4f}{codes:>8.3f}{headings:>10.3f}{found.completeness:>10.3f}{found.rendered:>10}"
            f"{found.pages_per_s:>9.2f}"
        )
        if options.verbose:
            print("\n".join(f"    {fault}" for fault in found.score.faults[:40]))
        is_good = is_good and found.is_good
    return 0 if is_good or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
