"""docspasta-mcp: a whole documentation site as one clean, pageable Markdown document, for AI agents.

For Python programs: `crawl` a site, `convert` a page, `read_document` of a job. What is not in `__all__` may change.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docspasta_mcp.api import Document, convert, crawl, read_document
    from docspasta_mcp.errors import DocspastaError

__version__ = "0.1.0"

__all__ = ["DocspastaError", "Document", "__version__", "convert", "crawl", "read_document"]


def __getattr__(name: str) -> Any:
    """Load the Python API when it is first used: every process of ours imports this file."""
    if name == "DocspastaError":
        from docspasta_mcp.errors import DocspastaError  # noqa: PLC0415

        return DocspastaError
    if name in __all__:
        from docspasta_mcp import api  # noqa: PLC0415

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
