"""Take links out of Markdown that run something where they are clicked. Code is never touched; no parser is loaded."""

import html
import re

from docspasta_mcp.model.markdown_blocks import fences

_ACTIVE = ("javascript:", "data:", "vbscript:")
_FIRST = r"""[jdvJDV<"'&\\\x00-\x20]"""  # what a target that runs may begin with, however spelled
_MAY_RUN = (  # cheap to look for, and hardly any text has one
    re.compile(rf"\][(:][ \t\n]*{_FIRST}"),
    re.compile(rf"<(?:{_FIRST}|[A-Za-z][^<>]*=)"),
)
_CODE_SPAN = re.compile(r"((?<!`)(`{1,9})(?!`)[^`]{1,500}(?<!`)\2(?!`))")
_INLINE = re.compile(
    r"!?\[(?P<text>[^\[\]]*)\]\([ \t\n]*(?P<target><[^<>\n]*>|[^\s()<>]*(?:\([^()]*\)[^\s()<>]*)*)"
    r"(?:[ \t\n]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t\n]*\)"
)
_TARGET = re.compile(
    r"(?P<before>\]\([ \t\n]*|^[ \t>]*\[[^\[\]\n]+\]:[ \t\n]*)(?P<target><[^<>\n]*>?|[^\s<>]+)", re.MULTILINE
)
_AUTOLINK = re.compile(r"<(?P<target>[^\s<>]+)>")
_TAG = re.compile(r"(?<!\\)<[A-Za-z][^<>]*>")
_ATTRIBUTE = re.compile(
    r"\s[\w:-]*(?:href|src|srcset|action|poster|data)\s*=\s*(?P<target>\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE
)
_BLANKS = re.compile(r"[\x00-\x20]+")


def without_active_links(markdown: str) -> str:
    """Return Markdown in which links to `javascript:`, `data:` and `vbscript:` are their text, however spelled."""
    if not _may_run(markdown):
        return markdown
    return "".join(part if is_code or not _may_run(part) else _unlinked(part) for is_code, part in fences(markdown))


def _may_run(text: str) -> bool:
    """Tell whether a text may hold an active link; if not, `_unlinked` would change nothing."""
    return any(pattern.search(text) for pattern in _MAY_RUN)


def _unlinked(text: str) -> str:
    pieces = _CODE_SPAN.split(text)  # text, span, its backticks, text, …
    for place in range(0, len(pieces), 3):
        piece = _INLINE.sub(lambda match: match["text"] if _is_active(match["target"]) else match[0], pieces[place])
        piece = _TARGET.sub(lambda match: match["before"] if _is_active(match["target"]) else match[0], piece)
        piece = _TAG.sub(lambda tag: _ATTRIBUTE.sub(_kept, tag[0]), piece)
        pieces[place] = _AUTOLINK.sub(lambda match: "" if _is_active(match["target"]) else match[0], piece)
    return "".join(piece for place, piece in enumerate(pieces) if place % 3 != 2)


def _kept(match: re.Match[str]) -> str:
    return "" if _is_active(match["target"]) else match[0]


def _is_active(target: str) -> bool:
    """Tell whether a target names a scheme that runs, read as a browser would: entities, escapes and blanks undone."""
    start = html.unescape(target[:200]).replace("\\", "")
    return _BLANKS.sub("", start).strip("<\"'").lower().startswith(_ACTIVE)
