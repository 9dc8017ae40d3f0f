"""docspasta-mcp: a whole documentation site as one clean, pageable Markdown document, for AI agents."""

from importlib.metadata import version

__version__ = version("docspasta-mcp")
