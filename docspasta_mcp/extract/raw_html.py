"""Take out of Markdown what a browser would not show of its raw HTML; code is never touched.

One walk from the start, as a browser reads: a comment may hold a fence, a fence may hold a tag. Every search either
gets on or ends the text, or looks at a bounded stretch, so that time grows with length alone.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from docspasta_mcp.extract.hiding_styles import hidden_by, hides
from docspasta_mcp.extract.normalise.hidden import hides_by_class
from docspasta_mcp.extract.style_rules import Rule, rules_of

_TOKEN = re.compile(
    r"(?P<fence>^[ \t>]*(?:`{3,}|~{3,}))|(?P<ticks>`+)|\\.|(?P<comment><!--)|(?P<data><!\[CDATA\[)|(?P<order><\?)"
    r"|(?P<kind><![A-Za-z][^<>]*>)|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?=[\s/>])",
    re.MULTILINE | re.DOTALL,
)
_REST_OF_TAG = re.compile(r"(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_COMMENT_END = re.compile("--!?>")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ATTRIBUTE = re.compile(
    r"(?:(?<![\s/])[\s/]++|(?<=[\"']))(?P<name>[^\s\"'<>/=]+)"  # behind a quote no blank is needed
    r"(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'<>=`]+)))?"
)
_JSX_STYLE = re.compile(r"\sstyle=\{\{([^{}]{0,1000})\}\}")
_JSX_PAIR = re.compile(
    r"(?<!\w)(?P<name>\w++)\s*+:\s*+(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<number>[-\d.]+))"
)
_CAPITAL = re.compile(r"([A-Z])")
_BARE_NUMBERS = frozenset(("opacity", "zoom", "line-height"))  # React takes the others for pixels
_STYLE = re.compile(r"<style\b[^<>]*>((?:(?!</style).){0,200000})</style", re.DOTALL | re.IGNORECASE)
_COMPOUND = re.compile(r"(?P<tag>[a-z][a-z0-9-]*|\*)?(?:[.#][\w-]+)*", re.IGNORECASE)
_SHOWN_ATTRIBUTES = frozenset(
    "href src alt id name class align valign width height colspan rowspan start type lang dir open srcset cite "
    "datetime span scope headers reversed checked disabled".split()
)
_UNSHOWN_ATTRIBUTES = re.compile(
    r"title|value|content|placeholder|summary|label|data-.*|aria-.*|on\w+|style", re.IGNORECASE
)
_NEVER = frozenset(
    "script style template noscript iframe noframes noembed title head svg canvas datalist object rp annotation "
    "annotation-xml".split()
)
_RAW = frozenset(("script", "style"))  # only their own end tag ends them
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_UNSEEN_VOID = frozenset("area base input link meta param track".split())
_BLOCKS = frozenset(
    "div section article aside main details figure blockquote table tbody thead tr ul ol dl dialog nav header footer "
    "form center fieldset pre template noscript head svg object canvas iframe".split()
)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code dd del dfn dt em font h1 h2 h3 h4 h5 h6 i ins kbd label legend li mark p q "
    "rp rt ruby s samp small span strike strong sub summary sup td th time tt u var caption option button audio video "
    "picture figcaption script style title noframes noembed datalist".split()
)
_KNOWN = _BLOCKS | _INLINE | _VOID | _NEVER
_MAY_BE_HIDDEN = re.compile(  # of an element that no standard names
    r"[\s/\"'](?:style|class|classname)\s*=|[\s/\"']hidden\b", re.IGNORECASE
)
_MAX_TAG = 4_096  # characters
_MAX_LONG_TAGS = 50  # of a text; each may be as long as it
_MAX_SPAN = 2_000
_MAX_ATTRIBUTES = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text that is shown. `is_code` tells that it stands in a fence or a code span."""

    is_code: bool
    text: str


@dataclass(slots=True)
class _Hidden:
    """The hidden element that the walk is in: it ends with its end tag, or at `limit`."""

    name: str
    depth: int
    limit: int


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0  # up to here the text is read
        self._shown = 0  # up to here it is told
        self._hidden: _Hidden | None = None
        self._has_order_end = True
        self._lower = text.lower()
        self._long_tags = 0
        self._endless: set[str] = set()  # names of elements that end nowhere behind the walk
        self._rules = _own_rules(text)

    def parts(self) -> Iterator[Part]:
        while (token := _TOKEN.search(self._text, self._place)) is not None:
            if self._hidden is not None and token.start() >= self._hidden.limit:
                self._leave(self._hidden.limit)
                continue
            yield from self._read(token)
        if self._hidden is None:
            yield Part(False, self._text[self._shown :])
        elif self._hidden.limit < len(self._text):
            yield Part(False, self._text[self._hidden.limit :])

    def _leave(self, place: int) -> None:
        self._hidden = None
        self._place = self._shown = place

    def _read(self, token: re.Match[str]) -> Iterator[Part]:
        self._place = token.end()
        kind = token.lastgroup
        if kind == "fence":
            yield from self._code(token.start(), self._end_of_fence(token))
        elif kind == "ticks":
            end = self._end_of_span(token)
            if end:
                yield from self._code(token.start(), end)
        elif kind in ("comment", "data", "order", "kind"):
            end = self._end_of_unseen(token, kind)
            if end:
                yield from self._drop(token.start(), end)
        elif token["name"]:
            yield from self._tag(token)

    def _code(self, start: int, end: int) -> Iterator[Part]:
        if self._hidden is None:
            yield Part(False, self._text[self._shown : start])
            yield Part(True, self._text[start:end])
            self._shown = end
        self._place = end

    def _drop(self, start: int, end: int) -> Iterator[Part]:
        if self._hidden is None:
            yield Part(False, self._text[self._shown : start])
            self._shown = end
        self._place = end

    def _end_of_fence(self, opened: re.Match[str]) -> int:
        mark = opened["fence"].strip(" \t>")
        closing = re.compile(rf"^[ \t>]*{re.escape(mark)}{re.escape(mark[0])}*[ \t]*$", re.MULTILINE)
        found = closing.search(self._text, opened.end())
        return found.end() if found else len(self._text)

    def _end_of_span(self, opened: re.Match[str]) -> int:
        ticks = opened["ticks"]
        found = re.compile(rf"(?<!`){ticks}(?!`)").search(self._text, opened.end(), opened.end() + _MAX_SPAN)
        is_one = found is not None and not _BLANK_LINE.search(self._text, opened.end(), found.start())
        return found.end() if found is not None and is_one else 0

    def _end_of_unseen(self, token: re.Match[str], kind: str) -> int:
        """Return where what is never shown ends; 0 for anything else."""
        if kind == "kind":
            return token.end()
        if kind == "comment":
            if (empty := self._text[token.end() : token.end() + 2]).startswith((">", "->")):
                return token.end() + (1 if empty[0] == ">" else 2)
            found = _COMMENT_END.search(self._text, token.end())
            return found.end() if found else len(self._text)
        if kind == "data":
            end = self._text.find("]]>", token.end())
            return end + 3 if end >= 0 else len(self._text)
        end = self._text.find("?>", token.end()) if self._has_order_end else -1
        self._has_order_end = end >= 0
        return end + 2 if end >= 0 else 0

    def _tag(self, token: re.Match[str]) -> Iterator[Part]:
        name = token["name"].lower()
        rest = self._rest_of_tag(token.end())
        if rest is None:
            return
        if name not in _KNOWN and self._hidden is None and not self._is_element(name, token, rest):
            return
        if self._hidden is not None:
            self._count(name, rest.end(), is_end=bool(token["end"]))
            return
        self._place = rest.end()
        if token["end"]:
            return
        attributes = _as_html(_attributes(rest[0]), rest[0])
        if name in _UNSEEN_VOID:
            yield from self._drop(token.start(), rest.end())
        elif name not in _VOID and self._is_hidden(name, attributes):
            if name in _NEVER and not self._ends(name, token, rest.end()):
                return  # a word about it
            yield Part(False, self._text[self._shown : token.start()])
            self._hidden = _Hidden(name, 1, self._limit(name, rest.end()))
        elif attributes:
            yield Part(False, self._text[self._shown : token.end()] + _seen_attributes(rest[0]))
            self._shown = rest.end()

    def _is_element(self, name: str, token: re.Match[str], rest: re.Match[str]) -> bool:
        """Tell whether what no standard names may be a hidden element, not a type of a program or a placeholder."""
        return bool(_MAY_BE_HIDDEN.search(rest[0])) and ("-" in name or self._ends(name, token, rest.end()))

    def _rest_of_tag(self, place: int) -> re.Match[str] | None:
        rest = _REST_OF_TAG.match(self._text, place, place + _MAX_TAG)
        if rest is None and self._long_tags < _MAX_LONG_TAGS and place + _MAX_TAG < len(self._text):
            self._long_tags += 1
            rest = _REST_OF_TAG.match(self._text, place)
        return rest

    def _count(self, name: str, end: int, *, is_end: bool) -> None:
        hidden = cast("_Hidden", self._hidden)
        self._place = end
        if name != hidden.name or (name in _RAW and not is_end):
            return
        hidden.depth += -1 if is_end else 1
        if not hidden.depth:
            self._leave(end)

    def _is_hidden(self, name: str, attributes: dict[str, str]) -> bool:
        if name in _NEVER or (name == "dialog" and "open" not in attributes):
            return True
        if attributes.get("hidden", "until-found") != "until-found" or hides(attributes.get("style", "")):
            return True
        classes = attributes.get("class", "")
        if classes and hides_by_class(classes):
            return True
        names = {*classes.split(), attributes.get("id", "")}
        given: dict[str, str] = {}
        for rule in self._rules:
            tag = cast("re.Match[str]", _COMPOUND.match(rule.selector))["tag"]
            if rule.names <= names and (tag in (None, "*") or tag.lower() == name):
                given |= rule.given
        return bool(given) and hidden_by(given)

    def _ends(self, name: str, token: re.Match[str], place: int) -> bool:
        """Tell whether what looks like an element is one, not a word of a sentence: closed, or first in its line."""
        line = self._text[self._text.rfind("\n", 0, token.start()) + 1 : token.start()]
        if not line.strip(" >") and name in (*_RAW, "template"):
            return True
        if name not in self._endless and self._lower.find(f"</{name}", place) < 0:
            self._endless.add(name)
        return name not in self._endless

    def _limit(self, name: str, place: int) -> int:
        """Return where an element ends that has no end tag: a block with the text, others with their paragraph."""
        if name in _BLOCKS or name in _NEVER:
            return len(self._text)
        found = _BLANK_LINE.search(self._text, place)
        return found.start() if found else len(self._text)


def shown_parts(markdown: str) -> list[Part]:
    """Return what a reader of a Markdown page sees, code apart: no comments, hidden elements or unseen attributes."""
    if "<" not in markdown and "`" not in markdown and "~~~" not in markdown:
        return [Part(False, markdown)]
    return [part for part in _Walk(markdown).parts() if part.text]


def _attributes(tag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(tag):
        value = match["double"] or match["single"] or match["bare"] or ""
        found.setdefault(match["name"].lower(), html.unescape(value))
        if len(found) >= _MAX_ATTRIBUTES:
            break
    return found


def _as_html(attributes: dict[str, str], tag: str) -> dict[str, str]:
    """Return attributes as HTML has them: in the JSX of an MDX page classes and styles are spelled in another way."""
    if "=" not in tag or ("{" not in tag and "classname" not in attributes):
        return attributes
    found = {**attributes, "class": attributes.get("classname", attributes.get("class", ""))}
    if attributes.get("hidden") == "{false}":
        del found["hidden"]
    if style := _JSX_STYLE.search(tag):
        found["style"] = ";".join(map(_as_declaration, _JSX_PAIR.finditer(style[1])))
    return {name: value for name, value in found.items() if value or name in attributes}


def _as_declaration(pair: re.Match[str]) -> str:
    name = _CAPITAL.sub(r"-\1", pair["name"]).lower()
    number = pair["number"] or ""
    unit = "" if name in _BARE_NUMBERS else "px"
    return f"{name}:{number + unit if number else pair['single'] or pair['double'] or ''}"


def _seen_attributes(tag: str) -> str:
    """Return the rest of a tag without attributes that nobody sees."""

    def kept(match: re.Match[str]) -> str:
        name = match["name"].lower()
        return "" if name not in _SHOWN_ATTRIBUTES and _UNSHOWN_ATTRIBUTES.fullmatch(name) else match[0]

    return _ATTRIBUTE.sub(kept, tag)


def _own_rules(text: str) -> list[Rule]:
    """Return the rules of a text's `<style>` elements that are about an element by itself."""
    if "<style" not in text.lower():
        return []
    rules: Any = rules_of("\n".join(_STYLE.findall(text)))
    own = [rule for rule in rules if rule.is_on and not rule.has_state and _COMPOUND.fullmatch(rule.selector)]
    return sorted(own, key=lambda rule: rule.weight)
