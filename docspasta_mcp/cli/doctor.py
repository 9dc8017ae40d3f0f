"""The command `doctor`: print what the checks found."""

import sys

import typer

from docspasta_mcp.cli.run import read_settings, run


def doctor() -> None:
    """Check that all works, and say what to fix. Looks at configuration, database, queue, keys and public URL."""
    from docspasta_mcp.server.checks import examine  # noqa: PLC0415

    results = run(examine, read_settings(log_level="ERROR"))
    for result in results:
        sys.stdout.write(f"{'✅' if result.is_good else '❌'} {result.name}: {result.says}\n")
        if not result.is_good:
            sys.stdout.write(f"   {result.fix}\n")
    raise typer.Exit(0 if all(result.is_good for result in results) else 1)
