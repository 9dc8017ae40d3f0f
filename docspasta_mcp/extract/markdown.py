"""Plain HTML to Markdown: markdownify, with rules for what documentation loses otherwise.

`markdown_walk` goes over the tree and asks the rules here.
"""

import re
from typing import Any

from lxml.html import HtmlElement

from docspasta_mcp.extract.glances import has_text
from docspasta_mcp.extract.inline import (
    BLANK,
    BREAK,
    CELL_BREAK,
    block_text,
    cell_text,
    code_span,
    emphasised,
    escaped,
    image,
    link,
    settled_breaks,
    single_spaced,
    subscript,
    superscript,
)
from docspasta_mcp.extract.line_context import char_after, char_before
from docspasta_mcp.extract.markdown_walk import BLOCKS, MarkdownWalk
from docspasta_mcp.extract.memo import Memo
from docspasta_mcp.extract.numerals import ListNumbers
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.model.code_spans import without_unseen

MAX_RUBY_BRACKET = 2  # characters
_BREAK_HINTS = {0x200B: None, 0xAD: None}  # say where a browser may break a name; no part of it

_NO_TEXT = re.compile("^[ \t\xa0]+$", re.MULTILINE)  # a line of spaces that are never broken, as old tools write it
_CLOSING = re.compile(r"(?<![^\s])#+$")  # a mark of the heading itself to whatever reads Markdown
_NEW_WINDOW = re.compile(
    r"\s?\(?opens? (?:in )?(?:a )?new (?:window|tab)\)?$|\s?\((?:external link|link is external)\)$", re.IGNORECASE
)
_UNSEEN_EDGE = " \u200b\ufeff"  # of a link: hold a place for icons that style draws
_LEADS_OUT = ("↗", "⧉")  # drawn behind links to other sites
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS = frozenset(("td", "th"))
_NO_PICTURES = _HEADINGS | {"dt"}
_SAME_MARKS = {
    "**": frozenset(("b", "strong")),
    "*": frozenset(("i", "em")),
    "~~": frozenset(("del", "s", "strike")),
}


def convert(root: HtmlElement, placeholders: Placeholders) -> str:
    """Return the Markdown of plain HTML, with the marks of what `placeholders` keeps; `finish` makes a page of it."""
    return _Converter(placeholders).markdown_of(root)


def finish(title: str, converted: str, placeholders: Placeholders) -> str:
    """Return a page's Markdown: `# title`, then the content with headings from level 2 on.

    Code blocks and formulas are put in last, so that nothing could touch them.
    """
    body = without_unseen(converted).rstrip(" \t").replace(" \n", "\n")  # most lines that end so have one blank
    if " \n" in body or "\t\n" in body:
        body = "\n".join([line.rstrip(" \t") for line in body.split("\n")])
    if "\xa0" in body:
        body = _NO_TEXT.sub("", body)
    body = settled_breaks(body).strip()
    while "\n\n\n" in body:
        body = body.replace("\n\n\n", "\n\n")
    if body.startswith("---") or body.endswith("---"):
        body = _without_edge_rules(body)
    body = placeholders.restore(body)
    title = escaped(title)
    return f"# {title}\n\n{body}\n" if body else f"# {title}\n"


def _without_edge_rules(body: str) -> str:
    """Return a text without the rules that it begins or ends with."""
    lines = body.split("\n")
    start, end = 0, len(lines)
    while start < end and lines[start].strip() in ("", "---"):
        start += 1
    while start < end and lines[end - 1].strip() in ("", "---"):
        end -= 1
    return "\n".join(lines[start:end]).strip()


class _Converter(MarkdownWalk):
    """markdownify, bent where documentation loses meaning."""

    def __init__(self, placeholders: Placeholders) -> None:
        super().__init__()
        self._placeholders = placeholders
        self._numbers = ListNumbers()
        self._has_words = Memo[HtmlElement, bool](has_text)  # asked for each picture of a cell
        self._has_brackets = Memo[HtmlElement, bool](lambda ruby: ruby.find("rp") is not None)

    def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:
        if parent_tags & _CELLS or parent_tags & _HEADINGS:
            return f" {self._placeholders.in_line(text)} "
        return f"\n\n{text.strip()}\n\n"

    def convert_p(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(BLANK)
        if "_inline" in parent_tags:
            return _beside(text, parent_tags)
        if not text or _begins_with_words(el):
            text = block_text(text)
        return f"\n\n{text}\n\n"  # an empty one parts what stands around it

    def convert_div(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(" \n") if "_inline" in parent_tags else text.strip("\n")
        if "_inline" in parent_tags:
            return _beside(text, parent_tags)
        if _begins_with_words(el):
            text = block_text(text)
        return f"\n\n{text}\n\n" if text and not text.isspace() else "\n\n"

    convert_article = convert_section = convert_main = convert_header = convert_figure = convert_div
    convert_aside = convert_details = convert_center = convert_address = convert_fieldset = convert_form = convert_div
    convert_footer = convert_nav = convert_body = convert_hgroup = convert_div
    convert_video = convert_div  # markdownify's own asks for BeautifulSoup's tree

    def convert_br(self, el: Any, text: str, parent_tags: Any) -> str:
        if "_noformat" in parent_tags:
            return "\n"
        if parent_tags & _CELLS:
            return CELL_BREAK
        return " " if "_inline" in parent_tags else f"{BREAK}\n"

    def convert_code(self, el: Any, text: str, parent_tags: Any) -> str:
        if "_noformat" in parent_tags:
            return text
        stripped = text.strip()
        if "\n" in stripped:
            line_break = CELL_BREAK if parent_tags & _CELLS else " " if "_inline" in parent_tags else f"{BREAK}\n"
            return line_break.join(
                self.convert_code(el, line, parent_tags) for line in stripped.split("\n") if line.strip()
            )
        return code_span(text if text.isascii() else text.translate(_BREAK_HINTS)) if stripped else text

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        href = el.get("href")
        if href is None or "_noformat" in parent_tags:
            return text
        if "\n" in text or CELL_BREAK in text:
            text = text.replace(f"{BREAK}\n", " ").replace("\n", " ").replace(CELL_BREAK, " ")
        inner = text.strip().strip(_UNSEEN_EDGE)
        if inner.endswith(_LEADS_OUT) and len(inner) > 1:
            inner = inner.rstrip(_LEADS_OUT[0] + _LEADS_OUT[1]).rstrip()
        if inner.endswith((")", "window", "tab")):
            inner = _NEW_WINDOW.sub("", inner)
        if not inner:
            return " " if text else ""
        lead, trail = (" " if text[0] == " " else ""), (" " if text[-1] == " " else "")
        return f"{lead}{link(inner, href)}{trail}"

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        alternative = " ".join(el.get("alt", "").split())
        if parent_tags & _CELLS and not alternative and self._has_words[next(el.iterancestors(*_CELLS))]:
            return ""  # beside words it decorates
        return escaped(alternative) if parent_tags & _NO_PICTURES else image(alternative, el.get("src", ""))

    def convert_b(self, el: Any, text: str, parent_tags: Any) -> str:
        return text if parent_tags & _HEADINGS else self._emphasis(el, text, "**", parent_tags)

    convert_strong = convert_b

    def convert_em(self, el: Any, text: str, parent_tags: Any) -> str:
        return self._emphasis(el, text, "*", parent_tags)

    convert_i = convert_em

    def convert_del(self, el: Any, text: str, parent_tags: Any) -> str:
        return self._emphasis(el, text, "~~", parent_tags)

    convert_s = convert_strike = convert_del

    def _emphasis(self, el: HtmlElement, text: str, marks: str, context: Any) -> str:
        if "_noformat" in context or context & _SAME_MARKS[marks]:  # in code, or in itself
            return text
        if "\n\n" in text:  # around blocks, as a forgotten end tag leaves it: no mark reaches over those
            return text
        return emphasised(text, marks, char_before(el), char_after(el))

    def convert_sup(self, el: Any, text: str, parent_tags: Any) -> str:
        written = superscript(text, is_code="_noformat" in parent_tags)
        return written if char_before(el).strip() else written.lstrip(" ")

    def convert_sub(self, el: Any, text: str, parent_tags: Any) -> str:
        return subscript(text, is_code="_noformat" in parent_tags)

    def convert_rt(self, el: Any, text: str, parent_tags: Any) -> str:
        return text if self._has_brackets[el.getparent()] or not text.strip() else f"({text.strip()})"

    def convert_rp(self, el: Any, text: str, parent_tags: Any) -> str:
        return text if len(text.strip()) <= MAX_RUBY_BRACKET else ""  # no browser shows more of it, nor that

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: Any) -> str:
        text = single_spaced(text).strip(BLANK)
        if not text:
            return ""
        if "_inline" in parent_tags:
            return _beside(text, parent_tags)
        text = _CLOSING.sub(lambda mark: "\\" + mark[0], text)
        return f"\n\n{'#' * max(2, min(6, n))} {text}\n\n"

    def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(BLANK)
        if not text:
            return ""
        parent = el.getparent()
        ordered = parent if parent is not None and parent.tag == "ol" else None
        if "_inline" in parent_tags:
            mark = (
                f"{self._numbers.shown(ordered, el)}." if ordered is not None else "◦" if "li" in parent_tags else "•"
            )
            is_step = ordered is not None and bool(parent_tags & _CELLS)  # a bullet parts items by itself
            return f"{CELL_BREAK if is_step else ' '}{mark} {text} "
        if _begins_with_words(el):
            text = block_text(text)
        bullet = "- "
        if ordered is not None:
            counted = self._numbers.shown(ordered, el)
            is_plain = counted.isdecimal()  # Markdown numbers lists with figures alone
            bullet = f"{counted}{ordered.get('data-delimiter', '.')} " if is_plain else bullet
            text = text if is_plain else f"{counted}. {text}"
        indent = " " * len(bullet)
        lines = text.split("\n")
        rest = "".join(f"\n{indent}{line}" if line else "\n" for line in lines[1:])
        return f"{bullet}{lines[0]}{rest}\n"

    def convert_list(self, el: Any, text: str, parent_tags: Any) -> str:
        if "_inline" in parent_tags:
            is_counted = el.tag == "ol" and bool(parent_tags & _CELLS)
            return f"{text.rstrip()}{CELL_BREAK}" if is_counted else f" {text.strip()} "
        text = text.rstrip()
        return f"\n{text}" if "li" in parent_tags else f"\n\n{text}\n\n"

    convert_ul = convert_ol = convert_menu = convert_list

    def convert_dl(self, el: Any, text: str, parent_tags: Any) -> str:
        return self.convert_div(el, text, parent_tags)

    def convert_dt(self, el: Any, text: str, parent_tags: Any) -> str:
        if el.find(".//pre") is not None and "_inline" not in parent_tags:  # a signature
            return f"\n\n{text.strip(BLANK)}\n"
        text = single_spaced(text).strip(f"{BLANK}\xa0")
        if "_inline" in parent_tags:
            start = CELL_BREAK if parent_tags & _CELLS and el.getprevious() is not None else " "
            return f"{start}{text}: " if text else ""
        if not text:
            return ""
        return f"\n\n{text if '**' in text else f'**{text}**'}\n"

    def convert_dd(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(BLANK)
        if "_inline" in parent_tags:
            return f" {text} "
        if _begins_with_words(el):
            text = block_text(text)
        indent = "" if "dd" in parent_tags else "  "  # four spaces, at the second level, would make it a code block
        before = el.getprevious()
        start = "\n\n" if before is not None and before.tag == "dd" else "\n"
        return start + "\n".join(indent + line if line else "" for line in text.split("\n")) + "\n" if text else ""

    def convert_blockquote(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(BLANK)
        if "_inline" in parent_tags or not text:
            return _beside(text, parent_tags)
        if _begins_with_words(el):
            text = block_text(text)
        return "\n\n" + "\n".join(f"> {line}" if line else ">" for line in text.split("\n")) + "\n\n"

    def convert_td(self, el: Any, text: str, parent_tags: Any) -> str:
        return f" {self._placeholders.in_cell(cell_text(text))} |"

    convert_th = convert_td

    def convert_tr(self, el: Any, text: str, parent_tags: Any) -> str:
        is_head = el.getprevious() is None
        return f"|{text}\n" + ("| --- " * len(el) + "|\n" if is_head else "")

    def convert_table(self, el: Any, text: str, parent_tags: Any) -> str:
        return f" {text} " if "_inline" in parent_tags else f"\n\n{text.strip()}\n\n"


def _begins_with_words(element: HtmlElement) -> bool:
    """Tell whether text stands first in an element, in no block of its own."""
    if (element.text or "").strip():
        return True
    first = next(
        (child for child in element if len(child) or (child.text or "").strip() or (child.tail or "").strip()), None
    )
    while first is not None and first.tag not in BLOCKS:
        if (first.text or "").strip() or not len(first):
            return True
        first = first[0]
    return False


def _beside(text: str, context: Any) -> str:
    """Return a block's text within a line: on its own line in a table cell, else separated by spaces."""
    text = text.strip(BLANK)
    if not text:
        return ""
    return f"{CELL_BREAK}{text}{CELL_BREAK}" if context & _CELLS else f" {text} "
