"""Plain HTML to Markdown: markdownify, walking our lxml tree, with rules for what documentation loses otherwise.

markdownify reads BeautifulSoup trees, and building one costs more than all else on a page. Its conversion functions
need no more of an element than its name, attributes and text, so the walk over children is ours and the functions
stay its own.
"""

import re
from typing import Any, cast

from lxml.html import HtmlElement
from markdownify import ATX, MarkdownConverter  # pyright: ignore[reportMissingTypeStubs]

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.content import drop_invisible
from docspasta_mcp.extract.placeholders import Verbatims

MAX_MARKDOWN = 20_000_000  # characters; nested quotations and long base URLs can make hundreds of times of a page

_SPACES = re.compile(" {2,}")
_BLANK_LINES = re.compile(r"\n{3,}")
_TAG_LIKE = re.compile(r"<(?=[A-Za-z/!?]|$)")
_EMPHASIS = re.compile(r"(?<!\w)_{1,9}(?=[^\s_])[^\n]{0,100}?[^\s_]_{1,9}(?!\w)")  # longer ones are none in practice
_BLOCK_START = re.compile(r"(#{1,6}(?=\s)|[-+](?=\s)|>)")
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s)")
_BACKTICKS = re.compile(r"`+")
_BLOCKS = frozenset(
    "p blockquote article div section ol ul li dl dt dd table thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6 pre hr body "
    "main figure header footer nav aside center address details summary fieldset form".split()
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS = frozenset(("td", "th"))
_INLINE_ONLY = _HEADINGS | {"td", "th", "dt"}
_LITERAL = frozenset(("pre", "code"))


def convert(root: HtmlElement, verbatims: Verbatims) -> str:
    """Return the Markdown of plain HTML, with the marks of what `verbatims` keeps; `finish` makes a page of it."""
    return _Converter(verbatims).markdown_of(root)


def finish(title: str, converted: str, verbatims: Verbatims) -> str:
    """Return a page's Markdown: `# title`, then the content with headings from level 2 on.

    Code blocks and formulas are put in last, so that nothing could touch them.
    """
    body = "\n".join([line.rstrip(" \t") for line in drop_invisible(converted).split("\n")])
    body = _BLANK_LINES.sub("\n\n", body).strip()
    body = verbatims.restore(body)
    title = _escaped(title)
    return f"# {title}\n\n{body}\n" if body else f"# {title}\n"


def check_length(markdown: str) -> None:
    """Refuse a Markdown that has grown out of proportion.

    Raises:
        PageRefused: `too_large`.
    """
    if len(markdown) > MAX_MARKDOWN:
        raise PageRefused("too_large", f"As Markdown it has more than {MAX_MARKDOWN:,} characters.")


class _Converter(MarkdownConverter):
    """markdownify, bent where documentation loses meaning."""

    class Options:
        heading_style = ATX
        bullets = "-"
        escape_underscores = False

    def __init__(self, verbatims: Verbatims) -> None:
        super().__init__()
        self._verbatims = verbatims
        self._numbers: dict[HtmlElement, int] = {}  # ordered list → its next item's number
        self._contexts: dict[tuple[frozenset[str], str], frozenset[str]] = {}

    def markdown_of(self, root: HtmlElement) -> str:
        """Return the Markdown of what is in an element."""
        return "".join(self._children(root, cast("str", root.tag), frozenset()))

    def _element(self, node: HtmlElement, name: str, context: frozenset[str]) -> str:
        rule: Any = self.get_conv_fn_cached(name)  # pyright: ignore
        if rule is None:
            return self._inner(node, name, context)
        inner = self._inner(node, name, context)
        try:
            return cast("str", rule(node, inner, parent_tags=context))
        except (PageRefused, MemoryError):  # verdicts on the whole page
            raise
        except Exception:  # a rule that fails for its element costs its marks, never its text or the page
            return inner

    def _inner(self, node: HtmlElement, name: str, context: frozenset[str]) -> str:
        text = "".join(self._children(node, name, self._context(context, name)))
        check_length(text)
        return text

    def _context(self, above: frozenset[str], name: str) -> frozenset[str]:
        """Return the set of tags around what is in an element, as markdownify's functions want it."""
        context = self._contexts.get((above, name))
        if context is None:
            more = {name}
            if name in _INLINE_ONLY:
                more.add("_inline")
            if name in _LITERAL:
                more.add("_noformat")
            context = self._contexts[above, name] = above | more
        return context

    def _children(self, node: HtmlElement, name: str, context: frozenset[str]) -> list[str]:
        """Convert an element's text and children; between two of them at most one blank line is left."""
        is_block = name in _BLOCKS
        parts: list[str] = []
        children = list(node)
        names: list[Any] = [child.tag for child in children]
        if text := node.text:
            before_block = names[0] in _BLOCKS if names else is_block
            self._append(parts, self._text(text, context, is_block, before_block))
        for number, child in enumerate(children, 1):
            child_name = names[number - 1]
            self._append(parts, self._element(child, child_name, context))
            if tail := child.tail:
                before_block = names[number] in _BLOCKS if number < len(names) else is_block
                self._append(parts, self._text(tail, context, child_name in _BLOCKS, before_block))
        return parts

    def _append(self, parts: list[str], text: str) -> None:
        if not text:
            return
        if parts and text[0] == "\n" and parts[-1][-1] == "\n":
            before = parts[-1]
            content, inner = before.rstrip("\n"), text.lstrip("\n")
            newlines = min(2, max(len(before) - len(content), len(text) - len(inner)))
            parts[-1], text = content + "\n" * newlines, inner  # kept apart: joining here would copy all so far
        if text:
            parts.append(text)

    def _text(self, text: str, context: frozenset[str], after_block: bool, before_block: bool) -> str:
        text = _single_spaced(text)
        if after_block:
            text = text.lstrip(" ")
        if before_block:
            text = text.rstrip(" ")
        return text if "_noformat" in context else _escaped(text)

    def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:
        if parent_tags & _CELLS or parent_tags & _HEADINGS:
            return f" {self._verbatims.in_line(text)} "
        return f"\n\n{text.strip()}\n\n"

    def convert_p(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(" \t\r\n")
        if "_inline" in parent_tags:
            return f" {text} " if text else ""
        return f"\n\n{_block_text(text)}\n\n" if text else ""

    def convert_div(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip(" \n") if "_inline" in parent_tags else text.strip("\n")
        if "_inline" in parent_tags:
            return f" {text} " if text else ""
        return f"\n\n{text}\n\n" if text and not text.isspace() else ""

    convert_article = convert_section = convert_main = convert_header = convert_figure = convert_div
    convert_aside = convert_details = convert_center = convert_address = convert_fieldset = convert_form = convert_div
    convert_footer = convert_nav = convert_body = convert_div
    convert_video = convert_div  # markdownify's own asks for BeautifulSoup's tree

    def convert_br(self, el: Any, text: str, parent_tags: Any) -> str:
        if "_noformat" in parent_tags:
            return "\n"
        return " " if "_inline" in parent_tags else "\\\n"

    def convert_code(self, el: Any, text: str, parent_tags: Any) -> str:
        if "_noformat" in parent_tags:
            return text
        stripped = text.strip()
        if "\n" in stripped:
            line_break = " " if "_inline" in parent_tags else "\\\n"
            return line_break.join(
                self.convert_code(el, line, parent_tags) for line in stripped.split("\n") if line.strip()
            )
        if not stripped:
            return text
        before, after = (" " if text[0] == " " else ""), (" " if text[-1] == " " else "")
        longest = max(map(len, _BACKTICKS.findall(stripped))) if "`" in stripped else 0
        fence = "`" * (longest + 1)
        pad = " " if len(fence) > 1 else ""
        return f"{before}{fence}{pad}{stripped}{pad}{fence}{after}"

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        href = el.get("href")
        if href is None or parent_tags & _HEADINGS:
            return text
        el.attrib.pop("title", None)
        return cast("str", super().convert_a(el, text.replace("\n", " "), parent_tags))  # pyright: ignore

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        alt = " ".join(el.get("alt", "").split()).replace("[", "\\[").replace("]", "\\]")
        return alt if parent_tags & _INLINE_ONLY else f"![{alt}]({el.get('src', '')})"

    def convert_b(self, el: Any, text: str, parent_tags: Any) -> str:
        return text if parent_tags & _HEADINGS else cast("str", super().convert_b(el, text, parent_tags))  # pyright: ignore

    convert_strong = convert_b

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: Any) -> str:
        text = _single_spaced(text).strip()
        if not text:
            return ""
        if "td" in parent_tags or "th" in parent_tags:
            return f" {text} "
        return f"\n\n{'#' * max(2, min(6, n))} {text}\n\n"

    def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip()
        if not text:
            return ""
        if "_inline" in parent_tags:
            return f" • {text} "
        bullet = "- "
        parent = el.getparent()
        if parent is not None and parent.tag == "ol":
            bullet = f"{self._number(parent)}. "
        indent = " " * len(bullet)
        lines = text.split("\n")
        rest = "".join(f"\n{indent}{line}" if line else "\n" for line in lines[1:])
        return f"{bullet}{lines[0]}{rest}\n"

    def _number(self, ordered: HtmlElement) -> int:
        start = ordered.get("start", "1")
        first = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1
        number = self._numbers.get(ordered, first)
        self._numbers[ordered] = number + 1
        return number

    def convert_list(self, el: Any, text: str, parent_tags: Any) -> str:
        if "_inline" in parent_tags:
            return f" {text.strip()} "
        text = text.rstrip()
        return f"\n{text}" if "li" in parent_tags else f"\n\n{text}\n\n"

    convert_ul = convert_ol = convert_menu = convert_list

    def convert_dl(self, el: Any, text: str, parent_tags: Any) -> str:
        return self.convert_div(el, text, parent_tags)

    def convert_dt(self, el: Any, text: str, parent_tags: Any) -> str:
        if el.find(".//pre") is not None and "_inline" not in parent_tags:  # a signature
            return f"\n\n{text.strip()}\n"
        text = _single_spaced(text).strip()
        if "_inline" in parent_tags:
            return f" {text}: " if text else ""
        if not text:
            return ""
        return f"\n\n{text if '**' in text else f'**{text}**'}\n"

    def convert_dd(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip()
        if "_inline" in parent_tags:
            return f" {text} "
        indent = "" if "dd" in parent_tags else "  "  # four spaces, at the second level, would make it a code block
        return "\n" + "\n".join(indent + line if line else "" for line in text.split("\n")) + "\n" if text else ""

    def convert_blockquote(self, el: Any, text: str, parent_tags: Any) -> str:
        text = text.strip()
        if "_inline" in parent_tags or not text:
            return f" {text} "
        return "\n\n" + "\n".join(f"> {line}" if line else ">" for line in text.split("\n")) + "\n\n"

    def convert_td(self, el: Any, text: str, parent_tags: Any) -> str:
        return f" {_single_spaced(text).strip().replace('|', chr(92) + '|')} |"

    convert_th = convert_td

    def convert_tr(self, el: Any, text: str, parent_tags: Any) -> str:
        is_head = el.getprevious() is None
        return f"|{text}\n" + ("| --- " * len(el) + "|\n" if is_head else "")

    def convert_table(self, el: Any, text: str, parent_tags: Any) -> str:
        return f" {text} " if "_inline" in parent_tags else f"\n\n{text.strip()}\n\n"


def _single_spaced(text: str) -> str:
    """Collapse runs of what HTML takes for white space; most texts hold none, so they are looked for first."""
    for blank in "\n\t\r\f":
        text = text.replace(blank, " ")
    return _SPACES.sub(" ", text) if "  " in text else text


def _escaped(text: str) -> str:
    """Escape what Markdown would take for markup within a line."""
    if "*" in text:
        text = text.replace("*", r"\*")
    if "`" in text:
        text = text.replace("`", r"\`")
    if "<" in text:
        text = _TAG_LIKE.sub(r"\\<", text)
    if "_" in text:
        text = _EMPHASIS.sub(lambda match: match[0].replace("_", r"\_"), text)
    return text


def _block_text(text: str) -> str:
    """Escape a paragraph's first characters where Markdown would take it for a list, heading or quotation."""
    if _BLOCK_START.match(text):
        return f"\\{text}"
    return _NUMBERED.sub(r"\1\\\2", text, count=1) if _NUMBERED.match(text) else text
