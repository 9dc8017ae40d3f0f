"""The text of a code block, byte for byte, without what is drawn into it: numbers, buttons, menus, hints.

Highlighters wrap lines in elements, and some draw the marks of a diff by style alone; those are written out.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import remove, text_of
from docspasta_mcp.extract.inline import subscript, superscript
from docspasta_mcp.extract.normalise.code_language import LABELS, spoken_language

_GUTTER = re.compile(
    r"(?:^|[\s_-])(?:linenos?|linenr|lines-num|lineno|source-?line-?no|line-?numbers?(?:-rows)?|gutter|(?<!hljs-)ln|lnt|linenodiv|hljs-ln-numbers|blob-num|line-?num|"
    r"rouge-gutter|copy(?:-?btn|-button)?|copybutton|clipboard\w*|boring|fold-?button)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HELPER = re.compile(
    r"(?:^|\s)(?:dropdown-menu|language-id|(?:code-?)?lang(?:uage)?-?(?:label|name|tag)|playground-link|try-?it[\w-]*|"
    r"[\w-]*(?:tool-?tip|pop-?up|popover)(?:-?(?:container|content|body|text))?|sr-only|visually-hidden|ttc|"
    r"error-behind|pragmadots|code-?header|idlHeader|code-?toolbar|toolbar|headerlink)(?:$|\s)",
    re.IGNORECASE,
)
_SEPARATORS = ("", " ", "\xa0", "\n")  # the last after the number of an empty line
_DRAWN = frozenset(("button", "svg", "style", "select", "script", "template", "input", "clipboard-copy"))
_TRIES = LABELS | {"try", "try it", "try it out", "run", "edit", "playground", "open in playground", "wrap", "expand"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCK_STYLE = re.compile(r"display\s*:\s*(?:block|flex|grid|table-row|list-item)", re.IGNORECASE)
_LINE = re.compile(r"(?:^|\s)(?:(?:token|highlight|code|view|ec|cm|preview|hl|source|editor)-)?line(?:$|\s)")
_GATSBY_LINE = "gatsby-highlight-code-line"
_LINE_ELEMENTS = frozenset(("div", "p", "li", "tr", "ol", "ul"))
_ADDED = re.compile(r"(?:^|[\s_-])(?:ins|add|added|inserted|insertion|addition)(?:-?line)?(?:$|\s)", re.IGNORECASE)
_REMOVED = re.compile(r"(?:^|[\s_-])(?:del|remove|removed|deleted|deletion)(?:-?line)?(?:$|\s)", re.IGNORECASE)
_CAREFUL = tuple("div br p li tr button svg style select script sup sub ins del input".split())
_SAYS_MORE = etree.XPath(
    "boolean(.//*[@hidden or @aria-hidden or @role or @data-diff or @data-line or "
    "contains(@style,'display') or contains(@style,'visibility')])"
)
_CLASSES = etree.XPath(".//@class", smart_strings=False)


@lru_cache(maxsize=4096)
def is_gutter(names: str) -> bool:
    """Tell whether class names speak of line numbers or a button beside them."""
    return bool(_GUTTER.search(names))


def is_line(part: HtmlElement) -> bool:
    """Tell whether an element is a line of code, which a control shows where it is folded away."""
    return bool(_LINE.search(part.get("class", "")))


def code_text(pre: HtmlElement) -> tuple[str, str]:
    """Return the text of a block and the language that a label inside it names, if any. The block is changed."""
    if not len(pre):
        return (pre.text or "").replace("\r\n", "\n").removeprefix("\n").rstrip("\n"), ""
    names = set(cast("list[str]", _CLASSES(pre)))
    spoken = ""
    has_care = _GATSBY_LINE in names or next(pre.iterdescendants(*_CAREFUL), None) is not None or _SAYS_MORE(pre)
    has_care = has_care or any(map(_is_helped, names)) or any(map(_LINE.search, names))
    if has_care or len(pre.findall("code")) > 1 or _has_outside(pre):
        spoken = _drop_outside(pre)
        _drop_spaces_behind_numbers(pre)
        _drop_helpers(pre)
        _write_diff_marks(pre)
        text = "".join(_lines(pre))
    else:
        text = "".join(pre.itertext())
    text = _without_numbers(pre, text.replace("\r\n", "\n"))
    return text.removeprefix("\n").rstrip("\n"), spoken


@lru_cache(maxsize=4096)
def _is_helped(names: str) -> bool:
    return bool(_GUTTER.search(names) or _HELPER.search(names))


def _has_outside(pre: HtmlElement) -> bool:
    return pre.find("code") is not None and len(pre) > 1


def _drop_outside(pre: HtmlElement) -> str:
    """Remove labels that stand in a block beside its one code element; return the language that one of them names."""
    codes = list(pre.iter("code"))
    if len(codes) != 1:
        return ""
    inside = {codes[0], *codes[0].iterdescendants()}
    around = set(codes[0].iterancestors())
    spoken = ""
    for element in list(pre.iterdescendants()):
        if element in inside or element in around or element.getparent() is None:
            continue
        text = text_of(element)
        name = spoken_language(text) if element.tag in ("div", "span", "p", "label", "strong") else ""
        if name or text.lower() in _TRIES:
            spoken = spoken or name
            remove(element)
    return spoken


def _drop_spaces_behind_numbers(pre: HtmlElement) -> None:
    """Remove the space that every line begins with if one parts the numbers of lines from them."""
    gutters = [one for one in pre.iterdescendants() if is_gutter(one.get("class", "")) and text_of(one).isdecimal()]
    behind = [(one.tail or "") for one in gutters if one.tail or one.getnext() is None]
    if gutters and len(behind) == len(gutters) and all(tail[:1] in _SEPARATORS for tail in behind):
        for one in gutters:
            if one.tail and one.tail[0] in " \xa0":
                one.tail = one.tail[1:]


def _drop_helpers(pre: HtmlElement) -> None:
    for part in list(pre.iterdescendants()):
        names = part.get("class", "")
        is_helper = (
            part.tag in _DRAWN
            or is_gutter(names)
            or (bool(_HELPER.search(names)) and not _wraps_helper(part))
            or part.get("role") in ("tooltip", "menu")
        )
        if not is_helper and ("hidden" in part.attrib or _HIDDEN.search(part.get("style", ""))):
            is_helper = True
        if not is_helper and part.get("aria-hidden") == "true":
            text = "".join(part.itertext()).strip()
            is_helper = not text or text.isdecimal()
        if is_helper and not (names and _LINE.search(names) and part.tag not in _DRAWN):
            remove(part)
    for script in list(pre.iter("sup", "sub")):
        write = superscript if script.tag == "sup" else subscript
        script.text = write("".join(script.itertext()), is_code=True)
        del script[:]


def _wraps_helper(part: HtmlElement) -> bool:
    """Tell whether an element that is called after a tip holds code, and the tip in an element of its own."""
    has_tip = any(
        _HELPER.search(one.get("class", "")) or one.get("role") == "tooltip" for one in part.iterdescendants()
    )
    return has_tip and bool((part.text or "").strip())


def _write_diff_marks(pre: HtmlElement) -> None:
    """Write the marks of a diff that are drawn by style or element alone into its text."""
    lines = [
        line
        for line in pre.iter("div", "span", "tr", "li")
        if _LINE.search(line.get("class", "")) or "data-line" in line.attrib or _is_block(line)
    ]
    lines = [line for line in lines if line.get("class") or "data-line" in line.attrib]
    marks = [_mark(line) for line in lines]
    if any(mark.strip() for mark in marks):
        is_diff = all(
            _raw(line).lstrip("\n").startswith(mark) for line, mark in zip(lines, marks, strict=True) if mark.strip()
        )
        for line, mark in zip(lines, marks, strict=True):
            text = next((piece for piece in line.iter() if piece.text and piece.text.strip("\n")), None)
            if text is not None and text.text is not None and not is_diff:
                text.text = mark + text.text
        return
    for change in list(pre.iter("ins", "del")):
        text, mark = _raw(change), "+" if change.tag == "ins" else "-"
        before = _before(change)
        ends = (
            text.endswith("\n")
            or (change.tail or "").startswith("\n")
            or (not change.tail and change.getnext() is None)
        )
        if text.strip() and (not before or before.endswith("\n")) and ends:
            body = text.rstrip("\n")
            change.text = "\n".join(mark + line for line in body.split("\n")) + text[len(body) :]
            del change[:]


def _mark(line: HtmlElement) -> str:
    if (said := line.get("data-diff", "")) in ("+", "-"):
        return said
    names = line.get("class", "")
    return "+" if _ADDED.search(names) else "-" if _REMOVED.search(names) else " "


def _before(element: HtmlElement) -> str:
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        return before.tail or _raw(before)
    return (parent.text or "") if parent is not None else ""


def _is_block(element: HtmlElement) -> bool:
    is_drawn = _GATSBY_LINE in element.get("class", "")
    return is_drawn or bool(_BLOCK_STYLE.search(element.get("style", "")))


def _lines(pre: HtmlElement) -> Iterator[str]:
    """Yield the text of a block, with a line end where an element stands for a line and text does not say so."""
    at_start = True  # of a line
    for event, element in etree.iterwalk(pre, events=("start", "end")):
        is_line = element.tag in _LINE_ELEMENTS or (element.tag in ("span", "code") and _is_block(element))
        if event == "start":
            if (element.tag == "br" and not _ends_line(element)) or (is_line and not at_start):
                yield "\n"
                at_start = True
            piece = element.text
        else:
            if element is pre:
                return
            follows = _stands_for_line(element)
            is_empty = (
                element.tag not in ("ol", "ul") and not _raw(element) and all(map(_ends_line, element.iter("br")))
            )
            if (is_line or follows) and (not at_start or is_empty):
                yield "\n"
                at_start = True
            piece = None if is_line and (element.tail or "").isspace() else element.tail
        if piece:
            yield piece
            at_start = piece.endswith("\n")


def _raw(element: HtmlElement) -> str:
    return "".join(element.itertext())


def _ends_line(line_break: HtmlElement) -> bool:
    """Tell whether a br is the last thing in an element that stands for a line anyway."""
    parent = line_break.getparent()
    if parent is None or (line_break.tail or "").strip(" ") or line_break.getnext() is not None:
        return False
    return parent.tag in _LINE_ELEMENTS or _raw(parent).endswith("\n")


def _stands_for_line(element: HtmlElement) -> bool:
    """Tell whether a span is followed by another one for the next line, with nothing between."""
    following = element.getnext()
    if following is None or element.tail or element.tag not in ("span", "code"):
        return False
    if element.tag == "code":
        parent = element.getparent()
        return following.tag == "code" and parent is not None and parent.tag == "pre" and _holds_only_code(parent)
    return all(_LINE.search(one.get("class", "")) or "data-line" in one.attrib for one in (element, following))


def _holds_only_code(pre: HtmlElement) -> bool:
    """Tell whether a block is made of `code` elements alone, so that each may be a line."""
    if (pre.text or "").strip() or any(child.tag != "code" or (child.tail or "").strip() for child in pre):
        return False
    return not any(_raw(child).lstrip(" ").startswith("\n") for child in pre)


def _without_numbers(pre: HtmlElement, text: str) -> str:
    """Drop line numbers that stand in elements of their own: 1, 2, 3 … at the start of every line."""
    if not text.lstrip().startswith("1") or len(pre) == 0:
        return text
    lines = text.strip("\n").split("\n")
    alone = {piece.strip() for piece in pre.itertext() if piece.strip().isdecimal()}
    numbers = [re.match(r"\s*(\d+)[ \t]?", line) for line in lines]
    if len(lines) < 2 or any(
        match is None or match[1] != str(number) or match[1] not in alone for number, match in enumerate(numbers, 1)
    ):
        return text
    rest = [line[match.end(1) :] for line, match in zip(lines, numbers, strict=True) if match]
    is_parted = all(line[:1] in ("", " ", "\t") for line in rest)
    return "\n".join(line[is_parted:] for line in rest)
