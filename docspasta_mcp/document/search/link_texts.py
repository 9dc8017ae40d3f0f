"""Links as their texts alone: their addresses take a fifth of an answer about an API, and answer nothing."""

import re

from docspasta_mcp.model.markdown_blocks import CODE_SPAN, fences

_TARGET = r"\(<?[^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*>?(?:[ \n]\"[^\"]*\")?\)"
_LINK = re.compile(
    rf"{CODE_SPAN}|!\[(?P<alt>[^\[\]]*)\]{_TARGET}|(?<![!\\\]])\[(?P<text>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])+)\]{_TARGET}",
    re.DOTALL,
)


def link_texts(markdown: str) -> str:
    """Return Markdown with each link as its text and each picture as its description; code is left alone."""
    if "](" not in markdown:  # to look for links takes a tenth of a millisecond a passage
        return markdown
    return "".join(part if is_code else _LINK.sub(_text, part) for is_code, part in fences(markdown))


def _text(match: re.Match[str]) -> str:
    if match["code"]:
        return match[0]
    return match["text"] or match["alt"] or ""
