"""The command `stats`: how crawls went lately."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from docspasta_mcp.cli.rows import print_rows
from docspasta_mcp.cli.run import read_settings, run, with_store

if TYPE_CHECKING:
    from docspasta_mcp.jobs.statistics import Stats
    from docspasta_mcp.store import Store


def stats(
    days: Annotated[float, typer.Option(help="How many days back, up to 90.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show how crawls went lately, by site, and what failed most."""

    async def work(store: "Store") -> None:
        from docspasta_mcp.jobs.statistics import read_stats  # noqa: PLC0415

        found = await read_stats(store, days=days)
        if as_json:
            sys.stdout.write(found.model_dump_json(indent=2) + "\n")
        else:
            _show(found)

    run(with_store(work), read_settings(log_level="WARNING"))


def _show(found: "Stats") -> None:
    states = ", ".join(f"{count} {state}" for state, count in found.jobs.items()) or "no jobs"
    sys.stdout.write(f"since {found.since}: {states}; {_percent(found.completion_rate)} with a document\n")
    rows = [("site", "jobs", "with document", "median", "slowest", "a page", "failed pages")]
    for site in found.sites:
        rows.append((
            site.site, str(sum(site.jobs.values())), _percent(site.completion_rate), _seconds(site.median_seconds),
            _seconds(site.slowest_seconds), _seconds(site.seconds_per_page), _percent(site.failure_rate),
        ))  # fmt: skip
    failing = [("times", "reason", "last", "URL that failed")]
    failing += [(str(one.times), one.reason, one.last or "-", one.url) for one in found.failing_urls]
    for table in (rows, failing):
        if len(table) > 1:
            print_rows(table)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:g} s"
