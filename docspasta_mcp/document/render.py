"""The combined document: pages one after another, cut into pieces that fit a token budget.

A piece ends between blocks. A block that is longer than a whole piece is cut between its lines, with a code fence
closed and opened again, and a table's head repeated.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from docspasta_mcp.document.titles import retitled, title_and_body
from docspasta_mcp.model.characters import drop_controls, drop_invisible, has_invisible
from docspasta_mcp.model.markdown_blocks import Block, split_blocks
from docspasta_mcp.model.page import UNSEEN_IN_CODE_NOTE, Page, PageRecord
from docspasta_mcp.model.tokens import count_tokens


@dataclass(frozen=True, slots=True)
class Piece:
    """A slice of a text, and the character offset where the next one begins; None at the end."""

    text: str
    end: int | None


def page_text(page: Page) -> str:
    """Return a page as it stands in the document: title, source URL, fetch time, content."""
    markdown = retitled(page.markdown, page.record.title) if page.record.own_title else page.markdown
    title, body = title_and_body(markdown)
    warning = f"{UNSEEN_IN_CODE_NOTE}\n\n" if has_invisible(markdown) else ""  # only code still has any
    source = f"Source: {page.record.url} (fetched {iso_time(page.record.fetched_at)})"
    return f"{title}\n\n{source}\n\n{warning}{body}\n"


def contents_line(record: PageRecord) -> str:
    """Return a page's line in a list of contents, indented as in the site's navigation, under the headings there."""
    title = _seen(record.title).replace("[", "\\[").replace("]", "\\]")
    line = f"{'  ' * record.nav_level}{record.number}. [{title}]({record.url}) · {record.tokens:,} tokens"
    headings = [
        f"{caption[: len(caption) - len(caption.lstrip())]}**{_seen(caption.strip())}**" for caption in record.captions
    ]
    return "\n".join([*headings, line])


def _seen(text: str) -> str:
    return drop_invisible(drop_controls(text))


def iso_time(moment: float | None) -> str:
    """Return Unix seconds as UTC in ISO 8601, to the second."""
    return datetime.fromtimestamp(moment or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cut(text: str, start: int, *, max_tokens: int, max_chars: int) -> Piece:
    """Return the longest piece of `text` from offset `start` on that keeps both limits.

    At least one line is returned, or a part of one that alone is too long, so that a reader always gets on.
    """
    first: Block | None = None
    opening = ""
    end, tokens = start, 0
    for block in split_blocks(text):
        if block.end <= start:
            continue
        if first is None:
            first = block
            opening = block.opening if block.start < start and _is_short(block, max_tokens, max_chars) else ""
            tokens = count_tokens(opening)
        tokens += count_tokens(text[max(block.start, start) : block.end])
        if tokens > max_tokens or len(opening) + block.end - start > max_chars:
            break
        end = block.end
    if end == start and first is not None:
        return _cut_block(text, first, start, max_tokens=max_tokens, max_chars=max_chars)
    return Piece(opening + text[start:end], end if end < len(text) else None)


def _is_short(block: Block, max_tokens: int, max_chars: int) -> bool:
    """Tell whether repeating a block's opening, such as a wide table's head, leaves most of the room for its rows."""
    return count_tokens(block.opening) * 4 <= max_tokens and len(block.opening) * 4 <= max_chars


def _cut_block(text: str, block: Block, start: int, *, max_tokens: int, max_chars: int) -> Piece:
    opening = block.opening if block.start < start and _is_short(block, max_tokens, max_chars) else ""
    room_tokens = max_tokens - count_tokens(opening + block.closing)
    room_chars = max_chars - len(opening) - len(block.closing)
    end = start
    while end < block.end:
        line_end = text.find("\n", end, block.end) + 1 or block.end
        if line_end - start > room_chars or count_tokens(text[start:line_end]) > room_tokens:
            break
        end = line_end
    if end == start:  # one line alone is too long: cut it where the budget ends
        end = min(start + max(1, min(room_chars, room_tokens)), block.end)
        end = text.rfind(" ", start + 1, end) + 1 or end
    closing = block.closing if end < block.end else ""
    separator = "" if text[start:end].endswith("\n") or not closing else "\n"
    return Piece(opening + text[start:end] + separator + closing, end if end < len(text) else None)
