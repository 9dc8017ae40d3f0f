"""Passages of a manual as JSON Lines, for indexes: a page's sections, cut where they are long, as the search cuts them.

The passages of a page, put one behind the other, are its Markdown to the letter, so that nothing is lost on the way.
"""

import json
from collections.abc import Iterator

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.document.search.passages import cuts
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.tokens import count_tokens

MAX_PASSAGE = 4_000  # characters, about a thousand tokens; a code block may be longer


def passages(page: Page, manual: str) -> Iterator[str]:
    """Yield the passages of a page, a line of JSON each.

    Args:
        page: the page.
        manual: URL of the manual that it belongs to.
    """
    record = page.record
    for number, (text, path) in enumerate(_joined(page.markdown), 1):
        fields = {
            "id": f"{record.content_hash[:16] or record.number}-{number}",
            "manual": manual,
            "source": record.url,
            "title": record.title,
            "headings": path,
            "page": record.number,
            "passage": number,
            "level": record.nav_level,
            "text": text,
            "tokens": count_tokens(text),
            "fetched": iso_time(record.fetched_at),
            "hash": record.content_hash,
        }
        yield f"{json.dumps(fields, ensure_ascii=False)}\n"


def _joined(markdown: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what stands under the same headings, as much as a passage has room for, with the headings."""
    start = end = 0
    path: tuple[str, ...] = ()
    for one in cuts(markdown):
        if end > start and (one.path != path or one.end - start > MAX_PASSAGE):
            yield markdown[start:end], path
            start = end
        path, end = one.path, one.end
    if start < end:
        yield markdown[start:end], path
