"""Run docspasta-mcp without its index of passages, for `index_cost` to compare with."""

from operator import call
from typing import Any


async def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """Stand in for what indexes."""


def main() -> None:
    """Run the command line with nothing that indexes."""
    from docspasta_mcp.pipeline import index  # noqa: PLC0415  # workers load this file too

    index.run_indexer = index.catch_up = _nothing
    from docspasta_mcp.__main__ import main as run  # noqa: PLC0415
    from docspasta_mcp.pipeline import page_reader  # noqa: PLC0415  # after what it may import

    page_reader.indexed = call
    run()


if __name__ == "__main__":
    main()
