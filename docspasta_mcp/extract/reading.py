"""What a page says, as `read` reads it in a worker. Loads no parser."""

from dataclasses import dataclass

from docspasta_mcp.discovery.surroundings import Surroundings

HTML_TYPES = ("text/html", "application/xhtml+xml")
MARKDOWN_TYPES = ("text/markdown", "text/x-markdown", "text/plain")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says.

    `language` is the tag that the page gives itself, or empty; `around` is what it shows of its site; `content_hash`
    ignores white space, `likeness` more (see there); `edges` are what `edge_digests` returns.
    """

    title: str
    language: str
    markdown: str
    words: int
    tokens: int
    quality: int
    content_hash: str
    likeness: str
    edges: tuple[str, ...]
    around: Surroundings


def is_readable_type(content_type: str) -> bool:
    """Tell whether `read.read_page` takes a body of this content type."""
    return content_type in HTML_TYPES or content_type in MARKDOWN_TYPES or not content_type
