"""What the installed command and `python -m docspasta_mcp` run."""

import sys

_STDIO = ((), ("stdio",))  # how hosts launch it; they wait, so the library of the command line is not loaded


def main() -> None:
    """Run the command line, which is loaded here only: worker processes load this file too, and need none."""
    from docspasta_mcp.runtime.tuning import pause_collector  # noqa: PLC0415

    pause_collector()  # until a command runs
    if tuple(sys.argv[1:]) in _STDIO:
        from docspasta_mcp.cli.run import stdio as run  # noqa: PLC0415
    else:
        from docspasta_mcp.cli.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
