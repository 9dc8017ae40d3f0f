"""The walk over a tree of plain HTML that asks markdownify's functions what each element becomes.

markdownify reads BeautifulSoup trees, and building one costs more than all else on a page. Its conversion functions
need no more of an element than its name, attributes and text, so the walk over children is ours and the functions
stay its own; `markdown` bends some.
"""

from functools import cache
from typing import Any, cast

from lxml.html import HtmlElement
from markdownify import ATX, MarkdownConverter  # pyright: ignore[reportMissingTypeStubs]

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.inline import BLANK, BREAK, block_text, escaped, single_spaced

MAX_MARKDOWN = 20_000_000  # characters; nested quotations and long base URLs can make hundreds of times of a page
BLOCKS = frozenset(
    "p blockquote article div section ol ul li dl dt dd table thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6 pre hr body "
    "main figure header footer nav aside center address details summary fieldset form".split()
)
_INLINE_ONLY = frozenset("h1 h2 h3 h4 h5 h6 td th dt".split())
_LITERAL = frozenset(("pre", "code"))


def check_length(markdown: str) -> None:
    """Refuse a Markdown that has grown out of proportion.

    Raises:
        PageRefused: `too_large`.
    """
    if len(markdown) > MAX_MARKDOWN:
        raise PageRefused("too_large", f"As Markdown it has more than {MAX_MARKDOWN:,} characters.")


class MarkdownWalk(MarkdownConverter):
    """markdownify over lxml's tree; a rule that fails costs its marks, never its text."""

    def __init__(self) -> None:
        self.options = _options()  # of `super().__init__()`, which gathers them anew for each page
        self.convert_fn_cache: dict[str, Any] = {}
        self._contexts: dict[tuple[frozenset[str], str], frozenset[str]] = {}

    def markdown_of(self, root: HtmlElement) -> str:
        """Return the Markdown of what is in an element."""
        return "".join(self._children(root, cast("str", root.tag), frozenset()))

    def _element(self, node: HtmlElement, name: str, context: frozenset[str]) -> str:
        inside = self._contexts.get((context, name)) or self._context(context, name)
        if len(node):
            inner = "".join(self._children(node, name, inside))
            if len(inner) > MAX_MARKDOWN:
                check_length(inner)
        elif text := node.text:
            is_block = name in BLOCKS
            inner = _plain(text, is_block, is_block, "_noformat" in inside)
        else:
            inner = ""
        try:
            rule: Any = self.convert_fn_cache[name]
        except KeyError:
            rule = self.get_conv_fn_cached(name)  # pyright: ignore
        if rule is None:
            return inner
        try:
            return rule(node, inner, context)  # pyright: ignore[reportUnknownVariableType]  # a string
        except (PageRefused, MemoryError):  # verdicts on the whole page
            raise
        except Exception:  # a rule that fails for its element costs its marks, never its text or the page
            return inner

    def _context(self, above: frozenset[str], name: str) -> frozenset[str]:
        """Return the set of tags around what is in an element, as markdownify's functions want it."""
        more = {name}
        if name in _INLINE_ONLY:
            more.add("_inline")
        if name in _LITERAL:
            more.add("_noformat")
        context = self._contexts[above, name] = above | more
        return context

    def _children(self, node: HtmlElement, name: str, context: frozenset[str]) -> list[str]:
        """Convert an element's text and children; between two of them at most one blank line is left."""
        is_block, is_literal, is_inline = name in BLOCKS, "_noformat" in context, "_inline" in context
        parts: list[str] = []
        text, after_block, begins_line = node.text, is_block, False
        for child in node:
            child_name = cast("str", child.tag)
            is_child_block = child_name in BLOCKS
            inner = self._element(child, child_name, context)
            if text and (text := _plain(text, after_block, is_child_block, is_literal)):
                parts.append(_line_text(text, inner[:1]) if begins_line else text)
                begins_line = begins_line and text == " "
            if text := inner:
                if begins_line and self.convert_fn_cache[child_name] is None and _is_in_line(text):
                    text = _line_text(text)
                begins_line = False
                if parts and text[0] == "\n":
                    _append(parts, text)
                else:
                    parts.append(text)
            text, after_block = child.tail, is_child_block
            begins_line = not is_inline and (begins_line or is_child_block or child_name == "br")
        if text and (text := _plain(text, after_block, is_block, is_literal)):
            parts.append(_line_text(text) if begins_line else text)
        return parts


@cache
def _options() -> dict[str, Any]:
    return cast("dict[str, Any]", MarkdownConverter(heading_style=ATX, bullets="-").options)  # pyright: ignore


def _append(parts: list[str], text: str) -> None:
    """Add a text that begins with line ends after others: what ends so and begins so is joined by at most two."""
    before = parts[-1]
    if before[-1] == "\n":
        inner = text.lstrip("\n")
        if before[-2:] != "\n\n" and text[:2] == "\n\n":
            if inner:  # what is before is not copied: it may be all so far
                inner = f"\n{inner}"
            else:
                parts[-1] = f"{before}\n"
        elif before[-3:] == "\n\n\n":
            parts[-1] = before.rstrip("\n") + "\n\n"
        text = inner
    if text:
        parts.append(text)


def _line_text(text: str, following: str = "") -> str:
    """Return a text that begins a line, its first characters escaped where they would make a list or heading of it.

    Args:
        text: Markdown.
        following: the character after it, if any: `-` before code begins no list.
    """
    bare = text.lstrip(" ")
    if not bare:
        return text
    if following in BLANK:
        return text[: len(text) - len(bare)] + block_text(bare)
    return text[: len(text) - len(bare)] + block_text(bare + following)[:-1]


def _is_in_line(text: str) -> bool:
    """Tell whether Markdown has no block: each of its line ends is a line break of the page."""
    return text.count("\n") == text.count(f"{BREAK}\n")


def _plain(text: str, after_block: bool, before_block: bool, is_literal: bool) -> str:
    """Return a text of the page as Markdown; without the spaces that touch a block."""
    if text.isspace() and text.isascii():  # half of all texts stand between two blocks
        return "" if after_block or before_block else " "
    text = single_spaced(text)
    if after_block:
        text = text.lstrip(" ")
    if before_block:
        text = text.rstrip(" ")
    return text if is_literal else escaped(text)
