"""What a page says, as `read` reads it in a worker. Loads no parser."""

from dataclasses import dataclass

from docspasta_mcp.discovery.context_values import PageContext


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says.

    `language` is the tag that the page gives itself, or empty; `context` is what it shows of its site; `content_hash`
    ignores white space, `simhash` more (see there); `outer_blocks` are what `outer_block_digests` returns.
    """

    title: str
    language: str
    markdown: str
    words: int
    tokens: int
    quality: int
    content_hash: str
    simhash: str
    outer_blocks: tuple[str, ...]
    context: PageContext
