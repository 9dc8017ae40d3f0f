"""What the installed command and `python -m docspasta_mcp` run."""

import io
import sys
from collections.abc import Sequence


def _is_hosts(arguments: Sequence[str]) -> bool:
    """Tell whether a host launches it: it waits, so the library of the command line is not loaded.

    Without arguments at a terminal it is a person, who gets the help.
    """
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    return list(arguments) == ["stdio"] or not (arguments or is_terminal)


def _write_utf_8() -> None:
    """Write documents to pipes and files as UTF-8: Windows has an encoding that lacks most characters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=stream.errors)


def main() -> None:
    """Run the command line, which is loaded here only: worker processes load this file too, and need none."""
    _write_utf_8()
    try:
        _run()
    except KeyboardInterrupt:  # while modules are loaded; what a command has to say of it, it says itself
        sys.stderr.write("docspasta-mcp: Interrupted.\n")
        raise SystemExit(130) from None


def _run() -> None:
    from docspasta_mcp.runtime.tuning import pause_collector  # noqa: PLC0415

    pause_collector()  # until a command runs
    if _is_hosts(sys.argv[1:]):
        from docspasta_mcp.cli.run import stdio as run  # noqa: PLC0415
    else:
        from docspasta_mcp.cli.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
