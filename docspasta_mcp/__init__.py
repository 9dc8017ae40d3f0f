"""docspasta-mcp: a whole documentation site as one clean, pageable Markdown document, for AI agents."""

__version__ = "0.1.0"
