"""Take out of Markdown what a reader would not see or should not click: script links, comments, invisible characters.

HTML loses these where its tree is normalised; here is what comes as Markdown already, or as text that looks like it.
Code is never touched. Every pattern stops at the next bracket, so that none runs over a long text twice.
"""

import html
import re

from docspasta_mcp.extract import control_references
from docspasta_mcp.extract.hiding_styles import hides
from docspasta_mcp.model.characters import drop_invisible
from docspasta_mcp.model.fences import fences

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
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_HIDDEN_NOTE = re.compile(  # link definitions that are used as comments: their target is nothing, or only `#`
    r"^[ \t]{0,3}\[(?://|comment|[^\[\]\n]{1,200}(?=\]:[ \t]*(?:<>|#)[ \t]+[(\"']))\]:[^\n]*$",
    re.MULTILINE | re.IGNORECASE,
)
_UNREAD = re.compile(r"<(script|style|template)\b[^<>]*>(?:(?!<\1\b).)*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_UNCLOSED = re.compile(r"(?:<!--|^[ ]{0,3}<(?:script|style|template)\b).*", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_MAY_HIDE = re.compile(r"<(?P<name>[A-Za-z][\w-]*)\s(?P<attributes>[^<>]*)(?<!/)>")
_LINK_TITLE = re.compile(
    r"(\]\([ \t\n]*(?:<[^<>\n]*>|[^\s()<>]+))[ \t\n]+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\))[ \t\n]*\)"
)


def without_active_links(markdown: str) -> str:
    """Return Markdown in which links to `javascript:`, `data:` and `vbscript:` are their text, however spelled."""
    if not _may_run(markdown):
        return markdown
    return "".join(part if is_code or not _may_run(part) else _unlinked(part) for is_code, part in fences(markdown))


def without_hidden(markdown: str) -> str:
    """Return Markdown without comments and invisible characters outside of code."""
    return "".join(part if is_code else _visible(part) for is_code, part in fences(markdown))


def _visible(text: str) -> str:
    text = _UNCLOSED.sub("", _UNREAD.sub("", _COMMENT.sub("", text)))
    text = _LINK_TITLE.sub(r"\1)", _HIDDEN_NOTE.sub("", _without_hidden_elements(text)))
    return drop_invisible(control_references.IN_MARKDOWN.sub("", text))


def _without_hidden_elements(text: str) -> str:
    """Drop raw HTML that is hidden by attribute or style, up to its end tag or the end of the text."""
    kept: list[str] = []
    done = 0
    for opened in _MAY_HIDE.finditer(text):
        if opened.start() < done or not _is_hidden(opened["attributes"]):
            continue
        kept.append(text[done : opened.start()])
        done = _end_of(text, opened)
    return "".join([*kept, text[done:]])


def _is_hidden(attributes: str) -> bool:
    if re.search(r"(?:^|\s)hidden(?:[\s=/]|$)", attributes, re.IGNORECASE):
        return True
    style = re.search(r"style\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", attributes, re.IGNORECASE)
    return bool(style) and hides(html.unescape(next((group for group in style.groups() if group), "")))


def _end_of(text: str, opened: re.Match[str]) -> int:
    """Return where an element ends, elements of its name inside it counted."""
    depth = 1
    for tag in re.compile(rf"<(/?){opened['name']}\b[^<>]*>", re.IGNORECASE).finditer(text, opened.end()):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return len(text)


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
