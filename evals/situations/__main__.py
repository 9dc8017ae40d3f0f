"""Crawl small sites of the kinds that were crawled wrongly, and say of each whether it is right now.

    python -m evals.situations [NAME ...] [--all] [--check] [--verbose]

Every situation is a site on loopback with one crawl or more, from its root or from a leaf, the first time and again
in the same data directory. Prints a line for each: its pages, state, notes and exit code are as they must be (✅) or
not (❌). --check ends with 1 if one is not that is not called open.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from evals.situations.all import ALL, OPEN, SITUATIONS
from evals.situations.judge import faults_of
from evals.situations.model import Situation

if TYPE_CHECKING:
    from docspasta_mcp.settings import Settings

_AT_ONCE = 4


def settings_for(data_dir: Path) -> "Settings":
    """Return settings under which loopback may be crawled, and no result is fresh."""
    from docspasta_mcp.settings import Settings  # noqa: PLC0415

    return Settings.from_env(
        {
            "DOCSPASTA_DATA_DIR": str(data_dir),
            "DOCSPASTA_ALLOW_PRIVATE": "127.0.0.0/8",
            "DOCSPASTA_WORKERS": "2",
            "DOCSPASTA_RESULT_CACHE_HOURS": "0",
            "DOCSPASTA_OWNER_RUNNING_JOBS": "50",
        }
    )


async def judged(situations: list[Situation]) -> dict[str, list[str]]:
    """Crawl situations, a few at a time; return what is wrong with each."""
    from docspasta_mcp.server.wiring import running_node  # noqa: PLC0415

    faults: dict[str, list[str]] = {}
    limiter = anyio.CapacityLimiter(_AT_ONCE)
    with tempfile.TemporaryDirectory() as folder:
        async with running_node(settings_for(Path(folder))) as node, anyio.create_task_group() as tasks:

            async def one(situation: Situation) -> None:
                async with limiter:
                    faults[situation.name] = await faults_of(node, situation)

            for situation in situations:
                tasks.start_soon(one, situation)
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of names of any, neighbours too")
    parser.add_argument("--all", action="store_true", help="neighbours too: the same with other markup and servers")
    parser.add_argument("--check", action="store_true", help="end with 1 if one is wrong that is not open")
    parser.add_argument("--verbose", action="store_true", help="print every fault, not the first alone")
    options = parser.parse_args()
    known = ALL if options.all or options.names else SITUATIONS
    chosen = [one for one in known if not options.names or any(name in one.name for name in options.names)]
    faults = anyio.run(judged, chosen)
    for situation in chosen:
        found = faults[situation.name]
        shown = found if options.verbose else found[:1]
        print(f"{'❌' if found else '✅'} {situation.name}{' (open)' if situation.name in OPEN else ''}")
        for fault in shown:
            print(f"     {fault[:600]}")
    right = sum(not faults[one.name] for one in chosen)
    still = sum(one.name in OPEN for one in chosen)
    print(f"{right} of {len(chosen)} situations are right; {still} are open.")
    if options.check and any(faults[one.name] and one.name not in OPEN for one in chosen):
        sys.exit(1)


if __name__ == "__main__":
    main()
