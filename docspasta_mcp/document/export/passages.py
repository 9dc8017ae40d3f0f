"""Passages of a manual as JSON Lines, for indexes: a page's sections, cut where they are long, as the search cuts them.

The passages of a page, put one behind the other, are its Markdown to the letter, so that nothing is lost on the way.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docspasta_mcp.document.export.facts import page_facts
from docspasta_mcp.document.search.passages import cuts
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.tokens import count_tokens

MAX_PASSAGE = 4_000  # characters, about a thousand tokens; a code block may be longer


def passages(page: Page, manual: str, about: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Yield the passages of a page, a line of JSON each.

    Args:
        page: the page.
        manual: URL of the manual that it belongs to.
        about: what is said of the manual, with its first passage.
    """
    record = page.record
    facts = page_facts(page)
    pieces = list(_joined(page.markdown))
    for number, (text, path) in enumerate(pieces, 1):
        fields = {
            "id": f"{facts['hash'][:16]}-{number}",
            "manual": manual,
            **facts,
            "headings": path,
            "page": record.number,
            "passage": number,
            "passages": len(pieces),
            "text": text,
            "tokens": count_tokens(text),
        }
        if about is not None and number == 1:
            fields["export"] = about
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
