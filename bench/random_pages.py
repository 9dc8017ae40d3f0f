"""Read pages of random elements in random positions, and count what is lost.

    python bench/random_pages.py [--pages 20000] [--seed N] [--workers 2]

A page is lost if it is refused, if its text before or behind the random pieces is missing, or if its structure could
not be read. Prints each lost page's seed and reason, then `lost: N of M`; ends with exit code 1 if one was lost.
"""

import argparse
import logging
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docspasta_mcp.extract.page import read_page
from docspasta_mcp.model.page import PLAIN_TEXT_NOTE
from docspasta_mcp.model.scope import Scope
from tests.random_pages import random_page

_URL = "https://docs.example/page.html"
_SCOPE = Scope("https://docs.example", "/")
_BATCH = 250


def lost(seeds: range) -> list[tuple[int, str]]:
    """Return the seeds of the pages that are lost, each with a reason."""
    logging.disable()
    return [(seed, why) for seed in seeds if (why := _fault(random_page(random.Random(seed))))]


def _fault(html: str) -> str:
    try:
        markdown = read_page(html.encode(), url=_URL, content_type="text/html", charset="", scope=_SCOPE).markdown
    except Exception as error:
        return repr(error)
    if PLAIN_TEXT_NOTE in markdown:
        return "its structure was not read"
    missing = [text for text in ("before the piece", "behind the piece") if text not in markdown]
    return f"without {missing}" if missing else ""


def _batches(first: int, pages: int) -> Iterator[range]:
    for start in range(first, first + pages, _BATCH):
        yield range(start, min(start + _BATCH, first + pages))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first page; the others follow")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    began, found = time.monotonic(), 0
    with ProcessPoolExecutor(options.workers) as pool:
        for batch in pool.map(lost, _batches(options.seed, options.pages)):
            for seed, why in batch:
                found += 1
                print(f"{seed}: {why}")
    print(f"lost: {found} of {options.pages} in {time.monotonic() - began:.0f} s")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
