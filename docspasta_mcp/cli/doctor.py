"""The command `doctor`: print what the checks found."""

import sys

import typer

from docspasta_mcp.cli.run import read_settings, run


def doctor() -> None:
    """Check configuration, database, queue, signing keys and public URL, and say what to fix."""
    from docspasta_mcp.server.checks import examine  # noqa: PLC0415

    findings = run(examine, read_settings(log_level="ERROR"))
    for finding in findings:
        sys.stdout.write(f"{'✅' if finding.is_good else '❌'} {finding.name}: {finding.says}\n")
        if not finding.is_good:
            sys.stdout.write(f"   {finding.fix}\n")
    raise typer.Exit(0 if all(finding.is_good for finding in findings) else 1)
