"""llms.txt and llms-full.txt (llmstxt.org) of a manual."""

from collections.abc import Iterator, Sequence

from docspasta_mcp.document.titles import title_and_body
from docspasta_mcp.model.page import Page, PageRecord


def sections(records: Sequence[PageRecord]) -> list[tuple[str, list[PageRecord]]]:
    """Return a manual's pages by the parts that its navigation shows; what stands in none is in one without a title."""
    found: list[tuple[str, list[PageRecord]]] = [("", [])]
    for record, after in zip(records, [*records[1:], None], strict=True):
        captions = [caption.strip() for caption in record.captions if not caption.startswith(" ")]
        is_part = record.nav_level == 0 and after is not None and after.nav_level > 0
        if captions or is_part:
            found.append((captions[-1] if captions else record.title, []))
        elif record.nav_level == 0 and found[-1][0] and not _is_below_caption(found[-1][1]):
            found.append(("", []))
        found[-1][1].append(record)
    return [(title, pages) for title, pages in found if pages]


def _is_below_caption(pages: Sequence[PageRecord]) -> bool:
    return not pages or bool(pages[0].captions)


def llms_txt(title: str, about: str, records: Sequence[PageRecord]) -> Iterator[str]:
    """Yield an llms.txt in parts: title, summary, and the pages in sections.

    Args:
        title: of the manual.
        about: one line.
        records: its pages in reading order.
    """
    yield f"# {_line(title)}\n\n> {_line(about)}\n"
    for name, pages in sections(records):
        yield f"\n## {_line(name) or 'Pages'}\n\n"
        for record in pages:
            label = _line(record.title).replace("[", "\\[").replace("]", "\\]")
            yield f"- [{label}]({record.url})\n"


def full_page(page: Page) -> str:
    """Return a page as llms-full.txt has it: title, source, text."""
    title, body = title_and_body(page.markdown)
    return f"{title}\n\nSource: {page.record.url}\n\n{body}\n\n"


def _line(text: str) -> str:
    return " ".join(text.split())
