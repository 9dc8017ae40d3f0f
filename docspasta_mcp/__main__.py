"""What the installed command and `python -m docspasta_mcp` run."""


def main() -> None:
    """Run the command line, which is loaded here only: worker processes load this file too, and need none."""
    import gc  # noqa: PLC0415
    import sys  # noqa: PLC0415

    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # httpx's own command line takes 65 ms and 4 MB
    gc.disable()  # until a command runs: loading makes little garbage, and a third of its time went into looking
    from docspasta_mcp.cli.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
