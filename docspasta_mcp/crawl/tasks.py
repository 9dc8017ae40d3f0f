"""What worker processes are asked to do with a parser. They load it; the server, which only names these, does not.

lxml, markdownify and what reads pages with them take a fifth of a second to load, and 12 MB.
"""

from functools import cache
from types import ModuleType
from typing import Any

from docspasta_mcp.crawl.reading import Reading
from docspasta_mcp.crawl.surroundings import Landmarks
from docspasta_mcp.lean import without


def read_page(*args: Any, **kwargs: Any) -> Reading:
    """Call `read.read_page`."""
    return _read().read_page(*args, **kwargs)


def read_landmarks(*args: Any, **kwargs: Any) -> Landmarks:
    """Call `landmarks.read_landmarks`."""
    from docspasta_mcp.crawl import landmarks  # noqa: PLC0415

    return landmarks.read_landmarks(*args, **kwargs)


def parse_index(*args: Any) -> tuple[str, ...]:
    """Call `landmarks.parse_index`."""
    from docspasta_mcp.crawl import landmarks  # noqa: PLC0415

    return landmarks.parse_index(*args)


@cache
def _read() -> ModuleType:
    """Load `read` without what BeautifulSoup, which markdownify loads, would guess encodings by: 3 MB and 50 ms.

    It is installed, and `charset` loads it for the page that needs it.
    """
    with without("charset_normalizer"):
        from docspasta_mcp.crawl import read  # noqa: PLC0415
    return read
