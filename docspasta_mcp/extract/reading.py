"""What a page says, as `read` reads it in a worker. Loads no parser."""

from dataclasses import dataclass

from docspasta_mcp.discovery.surroundings import Surroundings


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
