"""Take links out of Markdown that run something where they are clicked. Code is never touched; no parser is loaded."""

import html
import re
from collections.abc import Iterator

from docspasta_mcp.model.code_spans import code_in_paragraph, paragraphs

_ACTIVE = ("javascript:", "data:", "vbscript:")
_FIRST = r"""[jdvJDV<"'&\\\x00-\x20]"""  # what a target that runs may begin with, however spelled
_GAP = r"[ \t\n>]*"  # before a target; a quotation goes on at each line
_MAY_RUN = (  # cheap to look for, and hardly any text has one
    re.compile(rf"\][(:]{_GAP}{_FIRST}"),
    re.compile(rf"<(?:{_FIRST}|[A-Za-z](?:[^<>=\n]++|\n[ \t>]*+)*+=)"),
)
_INLINE = re.compile(
    rf"!?\[(?P<text>[^\[\]]*)\]\({_GAP}(?P<target><[^<>\n]*>|[^\s()<>]*(?:\([^()]*\)[^\s()<>]*)*)"
    rf"(?:[ \t\n]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t\n]*\)"
)
_TARGET = re.compile(  # which ends where the next link's begins
    r"(?P<before>\]\([ \t\n>]*|(?:^(?:[ \t>*+-]|\d{1,9}[.)])*+\[(?:[^\[\]\\]|\\.){1,500}\]|\A\]):[ \t\n>]*)"
    r"(?P<target><(?:[^<>\n\]]++|\](?!\())*+>?|(?:[^\s<>()\]]++|\](?!\()|\([^\s<>()]*+\)|\()++)",
    re.MULTILINE | re.DOTALL,
)
_AUTOLINK = re.compile(r"<(?P<target>[^\s<>]+)>")
_TAG = re.compile(r"(?<!\\)(?:\\\\)*+<[A-Za-z]")  # an even number of backslashes escapes nothing but itself
_REST_OF_TAG = re.compile(r"(?:[^<>\"'\n]++|\n[ \t>]*+|\"[^\"]*+\"|'[^']*+')*+>")  # a quotation goes on at each line
_LOOSE_REST = re.compile(r"(?:[^<>\n]++|\n[ \t>]*+)*+>")  # of one whose quotes do not match
_NO_TAG = re.compile(r"(?:[^<>\"'\n]++|\n[ \t>]*+|\"[^\"]*+\"|'[^']*+')*+<")
_MAX_TAG = 4_096  # characters
_MAX_LONG_TAGS = 50  # of a text; each may be as long as it
_BETWEEN = r"(?:[^\S\n]++|\n[ \t>]*+)*+"
_ATTRIBUTE = re.compile(  # a value ends before a `<` too: what looks like one may be text, and hold a tag
    rf"(?:[\s/>]|(?<=[\"']))[\w:-]*(?:href|src|srcset|action|poster|data){_BETWEEN}={_BETWEEN}"
    r"(?P<target>\"[^\"<]*+\"?|'[^'<]*+'?|[^\s<>\"']+)",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"\n[ \t>]*+|[\x00-\x20]+")


def without_active_links(markdown: str) -> str:
    """Return Markdown in which links to `javascript:`, `data:` and `vbscript:` are their text, however spelled."""
    if not _may_run(markdown):
        return markdown
    return "".join(
        part if is_code or not _may_run(part) else _unlinked_beside_code(part) for is_code, part in paragraphs(markdown)
    )


def _unlinked_beside_code(paragraph: str) -> str:
    return "".join(
        part if is_code or not _may_run(part) else _unlinked(part) for is_code, part in code_in_paragraph(paragraph)
    )


def _may_run(text: str) -> bool:
    """Tell whether a text may hold an active link; if not, `_unlinked` would change nothing."""
    return any(pattern.search(text) for pattern in _MAY_RUN)


def _unlinked(text: str) -> str:
    text = _INLINE.sub(lambda match: match["text"] if _is_active(match["target"]) else match[0], text)
    text = _TARGET.sub(lambda match: match["before"] if _is_active(match["target"]) else match[0], text)
    text = "".join(_with_tags_at_rest(text))
    return _AUTOLINK.sub(lambda match: "" if _is_active(match["target"]) else match[0], text)


def _with_tags_at_rest(text: str) -> Iterator[str]:
    """Yield a text piece by piece, its tags without the attributes that run."""
    place = long_tags = 0
    for tag in _TAG.finditer(text):
        if tag.start() < place:  # in an attribute
            continue
        rest = _REST_OF_TAG.match(text, tag.end(), tag.end() + _MAX_TAG)
        if (
            rest is None
            and len(text) > tag.end() + _MAX_TAG
            and not _NO_TAG.match(text, tag.end(), tag.end() + _MAX_TAG)
        ):
            long_tags += 1
            if long_tags > _MAX_LONG_TAGS:  # where it ends is not looked for: it is text
                yield f"{text[place : tag.end() - 2]}&lt;"
                place = tag.end() - 1
                continue
            rest = _REST_OF_TAG.match(text, tag.end())
        rest = rest or _LOOSE_REST.match(text, tag.end())
        if rest is not None:
            yield text[place : tag.end()]
            yield _ATTRIBUTE.sub(_kept, rest[0])
            place = rest.end()
    yield text[place:]


def _kept(match: re.Match[str]) -> str:
    return "" if _is_active(match["target"]) else match[0]


def _is_active(target: str) -> bool:
    """Tell whether a target names a scheme that runs, read as a browser would: entities, escapes and blanks undone."""
    plain = html.unescape(target).replace("\\", "") if "&" in target or "\\" in target else target
    return _BLANKS.sub("", plain).strip("<\"'").lower().startswith(_ACTIVE)
