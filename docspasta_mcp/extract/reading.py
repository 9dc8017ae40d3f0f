"""What a page says, as `read` reads it in a worker. Loads no parser."""

from dataclasses import dataclass

from docspasta_mcp.discovery.context_values import PageContext
from docspasta_mcp.model.page_index import PageIndex


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says.

    Attributes:
        title: of the page.
        language: BCP 47 tag that the page gives itself, or empty.
        markdown: the whole page, its title included.
        words: number of words.
        tokens: estimated number of tokens, see `model.tokens`.
        quality: score from 0 to 100.
        content_hash: hash of the Markdown without white space.
        simhash: structure hash and simhash, see `document.near_duplicates`; empty for a short page.
        outer_blocks: digests of the blocks that it begins and ends with.
        has_text: whether it says anything beside its title.
        context: links and navigation that it shows.
        index: what the search keeps of it; None where nobody asked for it.
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
    has_text: bool
    context: PageContext
    index: PageIndex | None = None
