"""What an answer shows of a passage: all of it, with what explains its beginning."""

from typing import NamedTuple

from docspasta_mcp.document.search.link_texts import link_texts
from docspasta_mcp.document.search.passages import HEADING, SEPARATOR
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.model.markdown_blocks import TABLE_RULE, split_blocks

MAX_LEAD = 300  # characters of a sentence before a code block
MAX_TABLE_HEAD = 600
LEFT_OUT = "[…]\n"


class Excerpt(NamedTuple):
    """A passage to pack: `page` numbers its page, `score` is its rank's, `standing` its page's."""

    page: int
    start: int
    end: int
    headings: str
    score: float
    standing: float = 0.0


def passage_text(one: Excerpt, page: PageText) -> str:
    """Return a passage under the headings below its page's title, with what explains its beginning."""
    place, text = _below_headings(one, page)
    if not text:
        return ""
    before = _table_head(page, place, text) or _lead(page, place, text)
    under = one.headings.split(SEPARATOR)[1:]
    head = f"### {SEPARATOR.join(under)}\n\n" if under else ""
    return f"{head}{link_texts(before + text.rstrip())}\n"


def body(text: str) -> str:
    """Return a passage's text without the headings over it."""
    return text.partition("\n\n")[2] if text.startswith("### ") else text


def lead_of(text: str, one: Excerpt, page: PageText) -> str:
    """Return what stands before a passage's own text because it begins with code."""
    code = next((text[block.start :] for block in split_blocks(text) if block.closing), "")
    return link_texts(_lead(page, _below_headings(one, page)[0], code))


def frame(page: PageText) -> str:
    """Return what stands over a page's passages."""
    return f"## {page.shown or page.title}\n\nSource: page {page.number}, {page.url}\n\n"


def _below_headings(one: Excerpt, page: PageText) -> tuple[int, str]:
    """Return where the text of a passage begins, after the headings that it begins with, and the text."""
    start, end = max(one.start, page.start), min(one.end, page.end)
    text = page.markdown[start:end].lstrip("\n")
    while (match := HEADING.match(text)) and not text.startswith("#" * 7):
        text = text[match.end() :].lstrip("\n")
    return end - len(text), text


def _table_head(page: PageText, start: int, text: str) -> str:
    """Return the head of the table in the middle of which a passage begins."""
    line = text.partition("\n")[0]
    if "|" not in line:
        return ""
    markdown, place = page.markdown, start
    while place > page.start:
        before = max(markdown.rfind("\n", 0, place - 1) + 1, page.start)
        row = markdown[before:place].rstrip("\n")
        if "|" not in row:
            return ""
        if TABLE_RULE.match(row):
            top = max(markdown.rfind("\n", 0, max(before - 1, 0)) + 1, page.start)
            head = markdown[top:place]
            return head if len(head) <= MAX_TABLE_HEAD else ""
        place = before
    return ""


def _lead(page: PageText, start: int, text: str) -> str:
    """Return the short paragraph before a passage that begins with code."""
    if "```" not in text and "~~~" not in text:  # to split most passages for nothing took a third of their time
        return ""
    first = next(split_blocks(text.lstrip()), None)
    if first is None or not first.closing:
        return ""
    before = page.markdown[max(page.start, start - 4 * MAX_LEAD) : start].rstrip("\n")
    blocks = list(split_blocks(before))
    last = before[blocks[-1].start :].strip("\n") if blocks else ""
    if not last or len(last) > MAX_LEAD or HEADING.match(last) or blocks[-1].closing:
        return ""
    return f"{last}\n\n"
