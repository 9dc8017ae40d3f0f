"""Measure extraction on the built sites, with their sources as truth.

    python -m evals.extraction [SITE ...] [--only docspasta] [--faults FILE] [--package DIR] [--work DIR]

Prints one row for each generator and extractor: content F1, code blocks byte-exact, language right, heading F1, table
cell recall, boilerplate share. --package measures another checkout's docspasta_mcp; --faults writes what docspasta got
wrong, page by page; --check ends with 1 if docspasta misses a target on any site.
"""

import argparse
import math
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from evals.builders import ORIGIN
from evals.extractors import EXTRACTORS, Extractor
from evals.score import Score, score
from evals.sites import built_sites, default_work
from evals.truth import SiteTruth

_COLUMNS = ("F1", "code", "lang", "head", "cells", "boiler")
_TARGETS = (0.97, 0.99, 0.98, 0.98, 0.98, 0.01)  # issue 4; all but boilerplate are floors


def measure(site: SiteTruth, extractor: Extractor) -> tuple[Score, list[str]]:
    """Score every page of a site; return the sum and the pages' faults."""
    total = Score()
    faults: list[str] = []
    for page in site.pages:
        body = (Path(site.html) / page.file).read_bytes()
        try:
            markdown = extractor(body, f"{ORIGIN}/{page.path}")
        except Exception as error:  # whatever an extractor raises is a page it lost
            markdown = ""
            faults.append(f"### {site.name} {page.file}\n- raised {error!r}")
        result = score(page, markdown, site.furniture)
        if result.faults:
            faults.append("\n".join([f"### {site.name} {page.file}", *(f"- {fault}" for fault in result.faults)]))
        total += result
    return total, faults


def misses(row: tuple[float, ...]) -> list[str]:
    """Return the columns whose target a row misses."""
    return [
        name
        for name, value, target in zip(_COLUMNS, row, _TARGETS, strict=True)
        if not math.isnan(value) and (value > target if name == "boiler" else value < target)
    ]


def mean(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the mean of each column over the sites that have something to count there."""
    columns = ([value for value in column if not math.isnan(value)] for column in zip(*rows, strict=True))
    return tuple(statistics.fmean(column) if column else math.nan for column in columns)


def shown(row: tuple[float, ...]) -> str:
    """Return a row's figures as they are printed."""
    return " ".join(f"{'-' if math.isnan(value) else format(value, '.3f'):>6}" for value in row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="*", metavar="SITE")
    parser.add_argument("--only", choices=list(EXTRACTORS), action="append", help="measure this extractor only")
    parser.add_argument("--faults", type=Path)
    parser.add_argument("--package", type=Path, help="a checkout whose docspasta_mcp is measured")
    parser.add_argument("--work", type=Path, default=default_work())
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.package:
        sys.path.insert(0, str(options.package))
    failed = False
    written: list[str] = []
    rows: dict[str, list[tuple[float, ...]]] = {}
    print(f"{'site':20} {'extractor':12} " + " ".join(f"{name:>6}" for name in _COLUMNS))
    for site in built_sites(options.work, options.sites):
        for name in options.only or EXTRACTORS:
            total, faults = measure(site, EXTRACTORS[name])
            row = total.row
            missed = misses(row) if name == "docspasta" else []
            failed = failed or bool(missed)
            rows.setdefault(name, []).append(row)
            print(
                f"{site.name:20} {name:12} {shown(row)}  {'misses ' + ', '.join(missed) if missed else ''}", flush=True
            )
            if name == "docspasta":
                written += faults
    for name, all_rows in rows.items():
        print(f"{f'mean of {len(all_rows)}':20} {name:12} {shown(mean(all_rows))}")
    if options.faults:
        options.faults.write_text("\n\n".join(written) + "\n")
    if options.check and failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
