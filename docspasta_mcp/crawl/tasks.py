"""What worker processes are asked to do with a parser. They load it; the server, which only names these, does not.

lxml, markdownify and what reads pages with them take a fifth of a second to load, and 12 MB.
"""

from typing import Any

from docspasta_mcp.crawl.reading import Reading
from docspasta_mcp.crawl.surroundings import Landmarks


def read_page(*args: Any, **kwargs: Any) -> Reading:
    """Call `read.read_page`."""
    from docspasta_mcp.crawl import read  # noqa: PLC0415

    return read.read_page(*args, **kwargs)


def read_landmarks(*args: Any, **kwargs: Any) -> Landmarks:
    """Call `landmarks.read_landmarks`."""
    from docspasta_mcp.crawl import landmarks  # noqa: PLC0415

    return landmarks.read_landmarks(*args, **kwargs)


def parse_index(*args: Any) -> tuple[str, ...]:
    """Call `landmarks.parse_index`."""
    from docspasta_mcp.crawl import landmarks  # noqa: PLC0415

    return landmarks.parse_index(*args)
