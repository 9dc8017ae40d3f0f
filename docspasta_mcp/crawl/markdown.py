"""Plain HTML to Markdown: markdownify with our rules for code, definition lists and table cells."""

import re

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter  # pyright: ignore[reportMissingTypeStubs]

from docspasta_mcp.crawl.extract import Code, Content, drop_invisible, flatten, serialise

MAX_DEPTH = 100  # nested elements; real pages have 20 to 40, and the converter calls itself for each

_BACKTICKS = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_CODE_MARK = "\ue000{}\ue001"  # private-use characters: no page means anything by them
_MARKED = re.compile("([ \t>]*)\ue000(\\d+)\ue001")


def to_markdown(content: Content) -> str:
    """Return a page's Markdown: `# title`, then the content with headings from level 2 on.

    Code blocks are put in last, so that nothing could touch them; inside a list they are indented with it.
    """
    flatten(content.root, most=MAX_DEPTH)
    body = str(_Converter().convert_soup(BeautifulSoup(serialise(content.root), "lxml")))
    body = _BLANK_LINES.sub("\n\n", drop_invisible(body)).strip()
    body = _MARKED.sub(lambda match: _fenced(content.codes[int(match[2])], indent=match[1]), body)
    return f"# {content.title}\n\n{body}\n" if body else f"# {content.title}\n"


def _fenced(code: Code, *, indent: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(code.text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = [f"{fence}{code.language}", *code.text.split("\n"), fence]
    return "\n".join(f"{indent}{line}" if line else indent.rstrip() for line in lines)


class _Converter(MarkdownConverter):
    """markdownify, bent where documentation loses meaning."""

    class Options:
        heading_style = ATX
        bullets = "-"
        wrap = True
        wrap_width = None
        escape_underscores = False

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "td" in parent_tags or "th" in parent_tags:
            return _CODE_MARK.format(text.strip())
        return f"\n\n{_CODE_MARK.format(text.strip())}\n\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = " ".join(text.split())
        return f"\n\n**{text}**\n" if text and "**" not in text else f"\n\n{text}\n"

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        lines = text.strip().split("\n")
        return "\n" + "\n".join(f"  {line}" if line else "" for line in lines) + "\n" if text.strip() else ""

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _cell(el, text)

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _cell(el, text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text if el.get("href") is None else str(super().convert_a(el, text, parent_tags))  # pyright: ignore


def _cell(el: Tag, text: str) -> str:
    flat = " ".join(text.split()).replace("|", "\\|")
    span = str(el.get("colspan", "1"))
    return f" {flat}" + " |" * (min(int(span), 50) if span.isdecimal() and span != "0" else 1)
