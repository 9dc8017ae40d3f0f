"""Write what stands within a line of Markdown: escapes, links, code spans, emphasis, superscripts.

Knows strings only; `markdown` decides which element becomes what.
"""

import re
from collections.abc import Iterator

from docspasta_mcp.model.markdown_blocks import CODE_SPAN

BREAK = "\ufdd0"  # stands for a line break until `settled_breaks`; no character of text
CELL_BREAK = "\ufdd1"  # the same within a table cell
BLANK = f" \t\r\n{BREAK}{CELL_BREAK}"

_SPACES = re.compile(" {2,}")
_TAG_LIKE = re.compile(r"<(?=[A-Za-z/!?]|$)")
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)")
_LINK_LIKE = re.compile(r"\[(?=[^\[\]\n]{0,1000}\]\()")
_CLOSE_LIKE = re.compile(r"\A([^\[\]\n]{0,1000})\]\(")  # of what stands in the elements before
_REFERENCE = re.compile(r"&(?=#?\w{1,40};)")
_LONE_UNDERSCORE = re.compile(r"(?<![\w\\])_(?!\w)")
_EMPHASIS = re.compile(
    r"(?<!\w)_{1,9}(?=[^\s_])[^\n]{0,100}?[^\s_]_{1,9}(?!\w)"
)  # longer runs are not emphasis in practice
_BLOCK_START = re.compile(r"(#{1,6}(?=\s|\Z)|[-+](?=\s|\Z)|>|~{3})")
_RULE = re.compile(r"(?:-[ -]{2,}|_[ _]{2,}|=+)\s*")
_DEFINITION = re.compile(r"\[[^\[\]\n]{1,200}\]:\s*\S")
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")
_CODE = re.compile(CODE_SPAN, re.DOTALL)
_BACKTICKS = re.compile(r"`+")
_WIDE = "\u2e80-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60"  # Chinese and Japanese
_A_WIDE = re.compile(f"[{_WIDE}]")
_WIDE_BREAK = re.compile(f"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\r\n\f]*(?=[{_WIDE}])")
_LONE_BREAK = re.compile(rf"^([ \t>]*){BREAK}[ \t]*$", re.MULTILINE)
_LAST_BREAK = re.compile(rf"{BREAK}\n(?=[ \t>]*(?:\n|\Z|[-*] |\d{{1,9}}[.)] |\ue000|#{{1,6}} |\|))")
_CELL_BREAKS = re.compile(f"(?<![ \xa0{CELL_BREAK}])[ \xa0{CELL_BREAK}]*{CELL_BREAK}[ {CELL_BREAK}]*")
_MARK = re.compile("[\ue000-\ue003]")
_URL_UNSAFE = {ord(char): f"%{ord(char):02X}" for char in ' <>\\"`^{}|'} | {ord(char): None for char in "\t\r\n"}
_UNSAFE = re.compile('[ <>\\\\"`^{}|\t\r\n]')
_PARENTHESES = {ord("("): "%28", ord(")"): "%29"}
_SUPERSCRIPTS = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_SUBSCRIPTS = dict(zip("0123456789+-−=()i", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ᵢ", strict=True))
_LONG_SCRIPT = 40  # characters
_GLUED_NUMBER = re.compile(r"^(\d{1,4})(?=[A-Z])")  # of a note that is shown beside the line
_ORDINALS = frozenset(("st", "nd", "rd", "th", "TM", "SM", "®", "™", "er", "re", "e", "o", "a", "º", "ª"))
_MOVABLE_END, _MOVABLE_START = ".,:;!?)'\"。，、：；！？）」』】》…", "(\"'（「『【《"


def single_spaced(text: str) -> str:
    """Collapse runs of what HTML takes for white space; most texts hold none, so they are looked for first.

    A line end between two Chinese or Japanese characters is not part of the text (CSS Text §4.1.3).
    """
    if "\n" in text:
        text = _WIDE_BREAK.sub("", text) if not text.isascii() and _A_WIDE.search(text) else text
        text = text.replace("\n", " ")
    if "\t" in text or "\r" in text or "\f" in text:
        text = text.replace("\t", " ").replace("\r", " ").replace("\f", " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def escaped(text: str) -> str:
    """Escape what Markdown would take for markup within a line."""
    if "\\" in text:
        text = _BACKSLASH.sub(r"\\\\", text)
    if "*" in text:
        text = text.replace("*", r"\*")
    if "`" in text:
        text = text.replace("`", r"\`")
    if "<" in text:
        text = _TAG_LIKE.sub(r"\\<", text)
    if "](" in text:
        text = _CLOSE_LIKE.sub(r"\1\\](", _LINK_LIKE.sub(r"\\[", text), count=1)
    if "&" in text:
        text = _REFERENCE.sub(r"\\&", text)
    if "_" in text:
        text = _EMPHASIS.sub(lambda match: match[0].replace("_", r"\_"), text)
        text = _LONE_UNDERSCORE.sub(r"\\_", text)  # whatever stands in other elements may close it
    return text


def block_text(text: str) -> str:
    """Escape a paragraph's first characters where Markdown would take it for a list, heading or quotation."""
    if text[:1].isalpha():  # most texts
        return text
    if _BLOCK_START.match(text):
        return f"\\{text}"
    if "\n" not in text and _RULE.fullmatch(text):
        return f"\\{text}"
    if text.startswith("[") and _DEFINITION.match(text):
        return f"\\{text}"
    return _NUMBERED.sub(r"\1\\\2", text, count=1) if _NUMBERED.match(text) else text


def link(text: str, target: str) -> str:
    """Return a link with an inner text that is Markdown already."""
    may_be_target = len(text) >= len(target) and ":" in target and " " not in target
    if may_be_target and text.replace(r"\_", "_").replace(r"\*", "*") == target:
        return f"<{target}>"
    return f"[{_balanced(text)}]({address(target)})"


def image(alternative: str, source: str) -> str:
    """Return a picture."""
    return f"![{_bracketed(' '.join(alternative.split()))}]({address(source)})"


def address(target: str) -> str:
    """Return an address as the target of a link can hold it (CommonMark §6.3)."""
    if _UNSAFE.search(target):
        target = target.translate(_URL_UNSAFE)
    return target.translate(_PARENTHESES) if ("(" in target or ")" in target) and not _pairs(target, "()") else target


def _balanced(text: str) -> str:
    """Escape brackets of a link's text that are not in pairs; those of pictures in it are, and those in code count not.

    A code span binds tighter than a link's brackets (CommonMark §6.3), and shows a backslash.
    """
    if "[" not in text and "]" not in text:
        return text
    prose = _CODE.sub("", text) if "`" in text else text
    is_paired = _pairs(prose.replace(r"\[", "").replace(r"\]", ""), "[]")
    if is_paired and ("![" in prose or "](" not in prose):
        return text
    return "".join(_bracketed_prose(text))


def _bracketed_prose(text: str) -> Iterator[str]:
    """Yield a text with the brackets outside of its code escaped."""
    end = 0
    for code in _CODE.finditer(text):
        yield _bracketed(text[end : code.start()])
        yield code[0]
        end = code.end()
    yield _bracketed(text[end:])


def _bracketed(text: str) -> str:
    return re.sub(r"(?<!\\)([\[\]])", r"\\\1", text)


def _pairs(text: str, pair: str) -> bool:
    """Tell whether every opening character is closed by one that comes after it."""
    depth = 0
    for char in text:
        depth += (char == pair[0]) - (char == pair[1])
        if depth < 0:
            return False
    return depth == 0


def code_span(text: str) -> str:
    """Return one line of code as a span; spaces at its ends stand outside."""
    stripped = text.strip()
    before, after = (" " if text[0] == " " else ""), (" " if text[-1] == " " else "")
    longest = max(map(len, _BACKTICKS.findall(stripped))) if "`" in stripped else 0
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{before}{fence}{pad}{stripped}{pad}{fence}{after}"


def emphasised(text: str, marks: str, before: str, after: str) -> str:
    """Put marks around a text where they are read as such (CommonMark §6.2).

    Args:
        text: the inner text, as Markdown.
        marks: one or two asterisks, or tildes.
        before: the character that stands before it, if any.
        after: the one that follows.
    """
    blank = f"{BLANK}\xa0"  # no mark is read beside one of these either
    inner = text.strip(blank)
    if not inner:
        return " " if text else ""
    lead, trail = (" " if text[0] in blank else ""), (" " if text[-1] in blank else "")
    if text[-1] == "\xa0" and after == " ":
        trail = ""
    if before.isalnum() and not lead:
        while inner and inner[0] in _MOVABLE_START:
            lead, inner = lead + inner[0], inner[1:]
    if after.isalnum() and not trail:
        while inner and inner[-1] in _MOVABLE_END and not inner.endswith((r"\)", r"\.")) and not _is_link_end(inner):
            trail, inner = inner[-1] + trail, inner[:-1]
    is_open = inner.endswith(")") and not inner.endswith(r"\)") and not _is_link_end(inner)
    if lead.endswith("(") and is_open and not _pairs(inner, "()"):
        trail, inner = f"){trail}", inner[:-1]  # both brackets or none
    elif trail.startswith(")") and inner.startswith("(") and not _pairs(inner, "()"):
        lead, inner = f"{lead}(", inner[1:]
    is_read = inner and not (
        (before.isalnum() and not lead and not inner[0].isalnum())
        or (after.isalnum() and not trail and not inner[-1].isalnum())
    )
    return f"{lead}{marks}{inner}{marks}{trail}" if is_read else f"{lead}{inner}{trail}"


def _is_link_end(text: str) -> bool:
    return text.endswith(")") and "](" in text


def superscript(text: str, *, is_code: bool) -> str:
    """Return a superscript: in Unicode where it has the characters, else as HTML, in code after a `^`."""
    return text if text.strip() in _ORDINALS else _script(text, _SUPERSCRIPTS, "sup", "^", is_code=is_code)


def subscript(text: str, *, is_code: bool) -> str:
    """Return a subscript: in Unicode where it has the characters, else as HTML, in code after a `_`."""
    return _script(text, _SUBSCRIPTS, "sub", "_", is_code=is_code)


def _script(text: str, table: dict[str, str], tag: str, mark: str, *, is_code: bool) -> str:
    inner = text.strip()
    if not inner or _MARK.search(inner):
        return text
    if len(inner) > _LONG_SCRIPT:  # a note, not a power
        note = _GLUED_NUMBER.sub(r"\1 ", inner)
        return f" ({note})"
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if all(char in table for char in inner):
        return lead + "".join(table[char] for char in inner) + trail
    if is_code:
        return f"{lead}{mark}{inner if inner.isalnum() else f'({inner})'}{trail}"
    return f"{lead}<{tag}>{inner}</{tag}>{trail}"


def cell_text(text: str) -> str:
    """Return a table cell's text on one line, with its line breaks marked."""
    text = _SPACES.sub(" ", single_spaced(text.replace(BREAK, CELL_BREAK)))
    text = _CELL_BREAKS.sub(CELL_BREAK, text).strip(f"{BLANK}\xa0")
    return text.replace("|", r"\|").replace(CELL_BREAK, "<br>")


def settled_breaks(markdown: str) -> str:
    """Write line breaks as a backslash, and drop those that end a block, where Markdown would show one."""
    if CELL_BREAK in markdown:
        markdown = markdown.replace(CELL_BREAK, " ")
    if BREAK not in markdown:
        return markdown
    markdown = _LONE_BREAK.sub(lambda lead: lead[1].rstrip(), markdown)
    markdown = _LAST_BREAK.sub("\n", markdown)
    return markdown.removesuffix(BREAK).replace(f"{BREAK}\n", "\\\n").replace(BREAK, "")
