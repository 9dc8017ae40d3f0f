"""What the installed command and `python -m docspasta_mcp` run."""


def main() -> None:
    """Run the command line, which is loaded here only: worker processes load this file too, and need none."""
    from docspasta_mcp.runtime.tuning import pause_collector  # noqa: PLC0415

    pause_collector()  # until a command runs
    from docspasta_mcp.cli.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
