"""Spell in Markdown what a Markdown page writes in HTML: pictures, links, headings, marks of text, tables.

READMEs open with it, where Markdown has no way to centre a logo. What no HTML standard names is left as it is, since it
may be a type or a placeholder; so are code, and what Markdown cannot spell.
"""

import html
import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from urllib.parse import quote

from lxml import html as tree

from docspasta_mcp.extract.markdown import convert
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.model.markdown_blocks import CODE_SPAN, fences

_REST = r"(?:[^<>\"']|\"[^\"<>]*\"|'[^'<>]*')*"  # of a tag
_INNER = r"(?P<inner>(?:(?!\n[ \t]*\n|</?{0}[\s>]).){{0,4000}}?)"  # of an element: no paragraph ends in it
_BLOCKS = r"(?:p|div|center|section|article|figure|figcaption|picture|details|header|footer|nav|main)"
_GROUPS = re.compile(rf"<(?P<end>/?)(?P<name>{_BLOCKS}|table|h[1-6]|a|ul|ol)\b{_REST}(?<!/)>", re.IGNORECASE)
_TAG = re.compile(
    rf"{CODE_SPAN}|(?P<blank>(?:(?<![ \t])[ \t]*+)?)</?(?:(?P<word>span|font|big)|{_BLOCKS[3:-1]}|source)\b{_REST}>"
    r"(?P<more>[ \t]*)(?P<line>\n?)",
    re.IGNORECASE,
)
_WORDS = r"(?:b|strong|i|em|s|del|strike|a|u|span|font|big|small|code|tt|kbd|samp)"  # elements within a line
_OPENINGS = re.compile(rf"(?: ?<{_WORDS}\b[^<>]*>)* ?", re.IGNORECASE)
_ENDING = re.compile(rf"(</{_WORDS} ?>| )", re.IGNORECASE)
_WITHIN_TAG = re.compile(r"(<[^<>]*>)")
_CODE_INDENT = 4
_MAX_TABLE = 100_000  # characters
_ATTRIBUTE = r"\s{0}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))"
_NAMES = {name: re.compile(_ATTRIBUTE.format(name), re.IGNORECASE) for name in ("src", "alt", "href", "id", "name")}
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~"}
_CODES = ("code", "tt", "kbd", "samp")


def in_markdown(text: str) -> str:
    """Return a Markdown page with its HTML spelled in Markdown, as far as there is a way."""
    if "</" not in text and "<img" not in text.lower() and "<br" not in text.lower():
        return text
    return "".join(part if is_code else "".join(_prose(part)) for is_code, part in fences(text))


def _prose(text: str) -> Iterator[str]:
    """Yield what stands between fences, lines of indented code as they are."""
    lines: list[str] = []
    depth = 0
    for line in text.splitlines(keepends=True):
        bare = line.lstrip(" \t")
        if not bare.strip():
            depth = 0
        elif len(line.expandtabs(4)) - len(bare.expandtabs(4)) >= _CODE_INDENT and not depth:
            yield _spelled("".join(lines))
            lines = []
            yield line
            continue
        lines.append(bare if depth else line)  # indented as HTML is, it would be code
        if bare.strip():
            depth = max(0, depth + _deeper(bare))
    yield _spelled("".join(lines))


def _deeper(line: str) -> int:
    """Return how many more elements are open behind a line than before it; a link counts that goes on behind it."""
    depth = 0
    links: list[bool] = []
    for tag in _GROUPS.finditer(line):
        if tag["name"].lower() == "a" and not tag["end"]:
            links.append(bool(_value(tag[0], "href")))
        elif tag["name"].lower() == "a" and links:
            links.pop()
        else:
            depth += -1 if tag["end"] else 1
    return depth + sum(links)


def _spelled(text: str) -> str:
    if "<" not in text:
        return text
    text = _each("table", _table, text, _MAX_TABLE)
    text = re.sub(rf"{CODE_SPAN}|<img\b(?P<rest>{_REST})/?>", _image, text, flags=re.IGNORECASE)
    for name in _CODES:
        text = _each(name, _code, text)
    for name, mark in _MARKS.items():
        text = _each(name, lambda found, mark=mark: _marked(found, mark), text)
    text = _each("summary", lambda found: _marked(found, "**").strip() + "\n", text)
    text = _each("a", _link, text)
    for level in range(1, 7):
        text = _each(f"h{level}", lambda found, level=level: _heading(found, level), text)
    text = re.sub(r"^[ \t]*<br\s*/?>[ \t]*$", "", text, flags=re.MULTILINE | re.IGNORECASE)
    text = re.sub(r"^(?![ \t]*\|)(.*\S)[ \t]*<br\s*/?>[ \t]*$", r"\1  ", text, flags=re.MULTILINE | re.IGNORECASE)
    text = _TAG.sub(_without_tag, text)
    return re.sub(r"\n{3,}", "\n\n", text)


def _each(name: str, spelled: Callable[[re.Match[str]], str], text: str, most: int = 4_000) -> str:
    """Replace each element of a name, outside code."""
    if f"</{name}" not in text.lower():
        return text
    inner = _INNER.format(name).replace("4000", str(most))
    pattern = rf"{CODE_SPAN}|<{name}(?P<rest>(?=[\s>/]){_REST})>{inner}</{name}\s*>"
    return re.sub(pattern, lambda found: found[0] if found["code"] else spelled(found), text, flags=re.I | re.S)


def _value(tag: str, name: str) -> str:
    found = _NAMES[name].search(f" {tag}")
    return html.unescape(next((one for one in found.groups() if one), "")).strip() if found else ""


def _image(found: re.Match[str]) -> str:
    if found["code"]:
        return found[0]
    source, said = _value(found["rest"], "src"), _value(found["rest"], "alt")
    said = said.replace("[", "\\[").replace("]", "\\]")
    return f"![{_one_line(said)}]({_target(source)})" if source else _one_line(said)


def _link(found: re.Match[str]) -> str:
    target = _value(found["rest"], "href")
    if not target:
        is_anchor = _value(found["rest"], "id") or _value(found["rest"], "name")
        return found["inner"] if is_anchor else found[0]
    return _within_blanks(found, lambda inner: f"[{inner}]({_target(target)})")


def _target(address: str) -> str:
    """Return an address as Markdown can have it between parentheses."""
    address = re.sub(r"[\t\n\r]+ *", "", address)  # as browsers do
    depths = list(accumulate({"(": 1, ")": -1}.get(character, 0) for character in address))
    is_odd = "\\" in address or (bool(depths) and (min(depths) < 0 or depths[-1] != 0))
    return re.sub(r"[\s<>()]" if is_odd else r"[\s<>]", lambda one: quote(one[0], safe=""), address)


def _heading(found: re.Match[str], level: int) -> str:
    inner = _one_line(found["inner"])
    return f"\n\n{'#' * level} {inner}\n\n" if inner else ""


def _code(found: re.Match[str]) -> str:
    inner = found["inner"]
    is_plain = inner.strip() and not re.search(r"[<`\n\[]", inner)
    if not is_plain:
        return found[0]
    before = " " if inner[0].isspace() and not _is_blank(_character_before(found)) else ""
    after = " " if inner[-1].isspace() and not _is_blank(_character_behind(found)) else ""
    return f"{before}`{html.unescape(inner.strip())}`{after}"


def _marked(found: re.Match[str], mark: str) -> str:
    return _within_blanks(found, lambda inner: inner if mark in inner else f"{mark}{inner}{mark}")


def _within_blanks(found: re.Match[str], spelled: Callable[[str], str]) -> str:
    """Spell the inside of an element; blanks at its edges go outside, where they part words."""
    inner = re.sub(r"\s+", " ", found["inner"])
    opening = _OPENINGS.match(inner)
    start = opening.end() if opening else 0
    parts = _ENDING.split(inner[start:])
    last: list[str] = []
    while len(parts) > 1 and not parts[-1]:
        last.append(parts[-2])
        del parts[-2:]
    first = _WITHIN_TAG.split(inner[:start])
    text = "".join((*first[1::2], *parts, *(one for one in reversed(last) if one != " ")))
    before = " " if any(first[::2]) and not _is_blank(_character_before(found)) else ""
    after = " " if " " in last and not _is_blank(_character_behind(found)) else ""
    return f"{before}{spelled(text)}{after}" if text else before or after


def _character_before(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - 1) : found.start()]


def _character_behind(found: re.Match[str]) -> str:
    return found.string[found.end() : found.end() + 1]


def _is_blank(character: str) -> bool:
    return not character or character.isspace()


def _without_tag(found: re.Match[str]) -> str:
    """Return what is left where a tag is taken out: the blank that parts words, the indent or end of a line."""
    if found["code"] or found["line"] or not found["word"]:
        return found[0] if found["code"] else found["line"]
    if _is_blank(_character_before(found)):
        return found["blank"]
    return " " if found["blank"] or found["more"] else ""


def _table(found: re.Match[str]) -> str:
    """Return a table as Markdown has them; as it is where it holds Markdown."""
    if "`" in found[0] or "](" in found[0]:
        return found[0]
    placeholders = Placeholders()
    root = tree.fragment_fromstring(found[0], create_parent="div")
    return f"\n\n{placeholders.restore(convert(root, placeholders)).strip()}\n\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
