"""The last resort for a page whose structure could not be read: its words, a paragraph for each block, and a note."""

import html
import re

from docspasta_mcp.model.characters import drop_invisible
from docspasta_mcp.model.page import PLAIN_TEXT_NOTE

_UNREAD = re.compile(
    r"(?is)<(script|style|template|noscript|head|title|nav|svg)\b[^<>]*>(?:(?!<\1\b).)*?</\1\s*>|<!--(?:(?!<!--).)*?-->"
)
_TITLE = re.compile(r"(?is)<title\b[^>]*>(.*?)</title\s*>")
_BLOCK = re.compile(
    r"(?i)</?(?:p|div|section|article|main|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|pre|blockquote|header|footer|aside|form|"
    r"figure|figcaption|details|summary|hr|br)\b[^<>]*>"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_MARKUP = re.compile(r"([\\`*_<#|])")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain_page(source: str, name: str) -> tuple[str, str]:
    """Return a page's title, or `name` if it has none, and its Markdown: the title, a note, and its words."""
    named = _TITLE.search(source)
    title = (_plain(named[1]) if named else "") or name
    body = _BLOCK.sub("\n", _UNREAD.sub(" ", source))
    lines = (_plain(line) for line in body.split("\n"))
    paragraphs = [_escaped(line) for line in lines if line]
    return title, "\n\n".join([f"# {_escaped(title)}", PLAIN_TEXT_NOTE, *paragraphs]) + "\n"


def _plain(text: str) -> str:
    return " ".join(drop_invisible(_CONTROLS.sub("", html.unescape(_TAG.sub(" ", text)))).split())


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
