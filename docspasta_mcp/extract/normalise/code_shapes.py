"""Code that stands in no `pre`: old elements, styles, form fields, tables of lines, elements that are a line each.

Each becomes a `pre`, so that one road leads on.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors, empty, make, remove, rename, replace, text_of, tokens, xpath
from docspasta_mcp.extract.normalise.code_language import named
from docspasta_mcp.extract.normalise.code_text import is_gutter
from docspasta_mcp.extract.normalise.places import is_among_words

_LISTING_TABLE = re.compile(r"(?:^|\s)(?:\w*highlighttable|rouge-table|lntable|codehilitetable)(?:$|\s)")
_PREFORMATTED = re.compile(r"white-space\s*:\s*(pre(?:-wrap|-line)?|break-spaces)\b", re.IGNORECASE)
_MONOSPACE = re.compile(r"font(?:-family)?\s*:[^;]*mono|courier|consolas|menlo", re.IGNORECASE)
_BLOCK_STYLE = re.compile(r"display\s*:\s*(?:block|flex|grid|table-row|list-item)", re.IGNORECASE)
_CODE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:code|code-?block|source|source-?code|snip|snippet|listing|highlight|hljs|blob|syntax(?:highlighter)?|crayon|codemirror(?:-(?:lines|code))?|cm-content|view-lines|ace_(?:text-layer|content)|"
    r"rouge|chroma|codehilite|prettyprint|programlisting|terminal|console|editor|shiki|prism|verbatim|RktBlk|SVerbatim)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PLAIN_NAMES = frozenset(
    "pre preformatted verbatim literal-block code-block codeblock programlisting screen whitespace-pre literallayout "
    "synopsis sourcecode source-code".split()
)
_NAMED_CODE = ".//div[@class='fragment' or @class='mermaid']|.//figure[contains(@class,'mermaid')]"
_LINE_NAMES = re.compile(r"(?:^|[\s_-])lines?(?:$|[\s_-])|^(?:l|ln|cl|row|codeline)$", re.IGNORECASE)
_NUMBERED = frozenset(("linenums", "code-lines", "hljs-ln", "dp-c", "dp-j", "dp-py", "dp-xml", "dp-sql"))
_CODE_ELEMENTS = frozenset(("code", "samp", "kbd", "tt"))
_PARAGRAPHS = frozenset(("p", "div", "dd", "li", "blockquote"))
_SPACE = re.compile(r"[ \t\r\n]+")
_INSIDE = ("pre", "table", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "form", "img", "blockquote")


def find_code(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Make whatever is code below `root` a `pre`."""
    joined = "\n".join(names)
    for element in xpath(root, _NAMED_CODE) if "fragment" in names or "mermaid" in joined else ():
        if element.find(".//pre") is None and element.find(".//svg") is None:
            element.tag = "pre"
            for line in element.iterchildren("div"):  # Doxygen writes a blank in an empty line
                if not text_of(line):
                    empty(line)
    for element in list(root.iter("listing", "xmp", "plaintext")):
        element.tag = "pre"
    for button in list(root.iter("clipboard-copy")):
        remove(button)
    _fields(root, may_hold)
    if "redoc-json" in names:
        for code in xpath(root, ".//div[contains(@class, 'redoc-json')]//code"):
            text = "".join(_folded(code, "")).strip()
            replace(code, pre := make("pre", text))
            pre.set("data-lang", "json")
    for code in [code for code in root.iter("code", "tt", "samp") if next(code.iter("br"), None) is not None]:
        _unbreak(code)
    for table in list(root.iter("table")):
        if table.getparent() is not None:
            _unnumber(table)
    _typed(root, has_styles="typed text" in may_hold)
    if names & _NUMBERED:
        _numbered(root)
    _styled(root, sorted(_PLAIN_NAMES & names), has_styles="styled lines" in may_hold)
    _lined(root)


def _folded(element: HtmlElement, indent: str) -> Iterator[str]:
    """Yield the text of a value whose parts fold away, an item a line, indented by the lists around it."""
    yield (element.text or "").strip("\n")
    for part in element:
        if part.tag == "ul":
            for item in part:
                yield f"\n{indent}  "
                yield from _folded(item, f"{indent}  ")
            yield f"\n{indent}"
        elif part.tag != "button" and "ellipsis" not in tokens(part):
            yield from _folded(part, indent)
        yield (part.tail or "").strip("\n")


def _fields(root: HtmlElement, may_hold: frozenset[str]) -> None:
    """Show what forms hold ready: the text of a `textarea`, the value of a field that one can only read."""
    for field in list(root.iter("textarea")):
        if (field.text or "").strip() and "hidden" not in field.attrib:
            text = "".join(cast("Iterable[str]", field.itertext()))
            names = field.get("class", "")
            replace(field, pre := make("pre", text))
            pre.set("class", names)
    for field in list(root.iter("select")):
        if (choice := _chosen(field)) and is_among_words(field) and (field.tail or "").strip():
            replace(field, make("span", choice))
    for field in xpath(root, ".//input[@readonly and @value]") if "readonly" in may_hold else ():
        if field.get("type", "text").lower() == "text" and field.get("value", "").strip():
            replace(field, make("code", field.get("value", "")))


def _chosen(field: HtmlElement) -> str:
    """Return the option that a field for choices shows, if it shows one."""
    options = list(field.iter("option"))
    shown = next((one for one in options if "selected" in one.attrib), options[0] if options else None)
    return "" if shown is None or "multiple" in field.attrib else text_of(shown)


def _unbreak(code: HtmlElement) -> None:
    """Make running text that is broken into lines of code, and is all that a paragraph says, a code block."""
    parent = code.getparent()
    if parent is None or parent.tag not in _PARAGRAPHS or text_of(parent) != text_of(code):
        return
    if not _PREFORMATTED.search(code.get("style", "")):
        for element in code.iter():
            element.text = _SPACE.sub(" ", element.text or "")
            element.tail = ("\n" if element.tag == "br" else "") + _SPACE.sub(" ", element.tail or "")
        lines = "".join(cast("Iterable[str]", code.itertext())).split("\n")
        lines = [line.strip(" ").replace("\xa0", " ") for line in lines]
    else:
        lines = "".join(_broken(code)).strip("\n").replace("\xa0", " ").split("\n")
    pre = make("pre", "\n".join(lines))
    pre.set("class", code.get("class", ""))
    replace(parent if parent.tag == "p" else code, pre)


def _broken(element: HtmlElement, line_end: str = "\n") -> Iterator[str]:
    """Yield an element's text, with a line end for every br; `line_end` is what those of the source become."""
    yield (element.text or "").replace("\n", line_end)
    for part in element:
        yield from ["\n"] if part.tag == "br" else _broken(part, line_end)
        yield (part.tail or "").replace("\n", line_end)


def _unnumber(table: HtmlElement) -> None:
    """Replace a table that sets a listing, or line numbers beside one, by the listing."""
    cells = list(table.iter("td", "th"))
    if table.find(".//pre") is not None:
        is_listing = _LISTING_TABLE.search(table.get("class", "")) or (
            len(cells) == 2
            and (is_gutter(cells[0].get("class", "")) or (cells[0].find(".//pre") is not None and _is_count(cells[0])))
        )
        blocks = xpath(table, ".//td[last()]//pre") if is_listing else []
        if blocks:
            names = table.get("class", "")
            blocks[-1].tail = None
            replace(table, make("div", "", blocks[-1]))
            if (language := named(names)) and not named(blocks[-1].get("class", "")):
                blocks[-1].set("data-lang", language)
        return
    lines = _lines_of_table(table, cells)
    if lines is None:
        return
    text = "\n".join(line.replace("\xa0", " ").rstrip() for line in lines).strip("\n")
    pre = make("pre", text)
    pre.set("class", table.get("class", ""))
    if {"RktBlk", "SVerbatim"} & tokens(table) and table.find(".//*[@class='RktPn']") is not None:
        pre.set("data-lang", "racket")
    replace(table, pre)


def _lines_of_table(table: HtmlElement, cells: list[HtmlElement]) -> list[str] | None:
    """Return the lines of a listing that is written as a table: a row each, or numbers and lines in two cells."""
    if not cells or table.find(".//th") is not None:
        return None
    names = tokens(table)
    if {"RktBlk", "SVerbatim"} & names:  # Scribble
        return "".join(_rows_as_lines(table)).strip("\n").split("\n")
    rows = list(table.iter("tr"))
    if (
        len(rows) == 1
        and len(cells) == 2
        and _is_count(cells[0])
        and (is_gutter(cells[0].get("class", "")) or _speaks_of_code(table))
    ):
        return [_raw(line) for line in _line_elements(cells[1])] or "".join(_broken(cells[1])).strip("\n").split("\n")
    pairs = [list(row.iterchildren("td")) for row in rows]
    if not all(len(pair) in (2, 3) for pair in pairs):
        return None
    if all(is_gutter(pair[0].get("class", "")) for pair in pairs):
        is_listing = _is_numbered(pairs) or _speaks_of_code(table)
    else:
        is_listing = _is_numbered(pairs) and _speaks_of_code(table)
    if not is_listing:
        return None
    return [_raw(pair[-1]).strip("\r\n") for pair in pairs]


def _is_numbered(rows: list[list[HtmlElement]]) -> bool:
    """Tell whether the first cells hold rising numbers and nothing else."""
    known: list[int] = []
    for row in rows:
        number = text_of(row[0]) or row[0].get("data-line-number") or row[0].get("data-line") or ""
        if number and not number.isdecimal():
            return False
        known += [int(number)] if number else []
    return bool(known) and known == sorted(known)


def _speaks_of_code(table: HtmlElement) -> bool:
    cell = table.find(".//td[last()]")
    names = [
        element.get("class", "") for element in (table, *ancestors(table, 3), *([cell] if cell is not None else ()))
    ]
    return any(map(_names_code, names)) or (cell is not None and bool(_PREFORMATTED.search(cell.get("style", ""))))


@lru_cache(maxsize=4096)
def _names_code(names: str) -> bool:
    return bool(_CODE_NAMES.search(names))


def _rows_as_lines(element: HtmlElement) -> Iterator[str]:
    """Yield the text of nested tables with a line end before each row."""
    if element.tag == "tr":
        yield "\n"
    yield element.text or "" if element.tag not in ("table", "tbody", "tr") else ""
    for child in element:
        if child.tag in ("p", "div", "blockquote") and child.getprevious() is not None:
            yield "\n"
        yield from ["\n"] if child.tag == "br" else _rows_as_lines(child)
        yield child.tail or "" if element.tag not in ("table", "tbody", "tr") else ""


def _styled(root: HtmlElement, plain: Sequence[str], *, has_styles: bool) -> None:
    """Make elements that style or class keep as they are written blocks of code."""
    paths = [".//@style[contains(., 'white-space')]/.."] if has_styles else []
    if plain:
        named = [f"contains(., '{name}')" if name != "pre" else ".='pre'" for name in plain]
        paths.append(f".//@class[{' or '.join(named)}]/..")
    for element in xpath(root, "|".join(paths)) if paths else ():
        if element.tag in ("pre", "table", "tr", "td", "body") or element.getparent() is None:
            continue
        if element.tag == "span" and element.get("class") == "pre":  # of Docutils, in every inline literal
            continue
        style = _PREFORMATTED.search(element.get("style", ""))
        is_plain = bool(_PLAIN_NAMES & tokens(element))
        if not style and not is_plain:
            continue
        text = "".join(_broken(element)).strip()
        has_lines = "\n" in text or next(element.iter("br"), None) is not None or len(_line_elements(element)) > 1
        if any(next(element.iter(tag), None) is not None for tag in _INSIDE) or any(
            a.tag in ("pre", "code") for a in element.iterancestors()
        ):
            continue
        if not text or not has_lines:
            continue
        kind = style[1].lower() if style else "pre"
        is_code = (
            element.tag in _CODE_ELEMENTS
            or _names_code(element.get("class", ""))
            or bool(_MONOSPACE.search(element.get("style", "")))
        )
        if kind == "pre-line" or (
            kind in ("pre-wrap", "break-spaces") and not is_code and not is_plain and not _is_indented(text)
        ):
            _keep_lines(element)
            continue
        if not style and element.find(".//br") is not None:
            _make_verbatim(element)
        _make_pre(element)


def _make_verbatim(element: HtmlElement) -> None:
    """Write lines that end with a br, and by the way in the source, as TeX4ht does, once."""
    lines = [line.removeprefix(" ").replace("\xa0", " ") for line in "".join(_broken(element, " ")).split("\n")]
    if len(lines) <= "".join(_broken(element)).count("\n") / 2 + 1:
        names = element.get("class", "")
        empty(element, "\n".join(map(str.rstrip, lines)))
        element.set("class", names)


def _typed(root: HtmlElement, *, has_styles: bool) -> None:
    """Make paragraphs that style sets in a typewriter's letters, over several lines, blocks of code."""
    for element in xpath(root, ".//p[contains(@style, 'font')]|.//div[contains(@style, 'font')]") if has_styles else ():
        if not _MONOSPACE.search(element.get("style", "")) or any(
            next(element.iter(tag), None) is not None for tag in _INSIDE
        ):
            continue
        breaks = [one for one in element.iter("br") if text_of(element)]
        if not breaks or any(child.tag in ("p", "div", "code") for child in element.iterdescendants()):
            continue
        lines = [
            _SPACE.sub(" ", line).strip(" ").replace("\xa0", " ") for line in "".join(_broken(element, " ")).split("\n")
        ]
        replace(element, make("pre", "\n".join(lines).strip("\n")))


def _numbered(root: HtmlElement) -> None:
    """Make a numbered list whose items are lines of code a block."""
    for lines in [one for one in root.iter("ol") if _NUMBERED & tokens(one)]:
        items = list(lines)
        if (
            len(items) < 2
            or next(lines.iterancestors("pre"), None) is not None
            or any(one.tag != "li" for one in items)
        ):
            continue
        if all(len(one) == 1 and one[0].tag == "code" and text_of(one) == text_of(one[0]) for one in items if len(one)):
            text = "\n".join(_raw(one).replace("\xa0", " ").strip("\n") for one in items)
            replace(lines, make("pre", text))


def _is_indented(text: str) -> bool:
    return any(line.startswith(("  ", "\t")) for line in text.split("\n"))


def _keep_lines(element: HtmlElement) -> None:
    """Write the line ends of running text that style keeps as breaks."""
    if len(element) or not (element.text or "").strip():
        return
    first, *rest = (element.text or "").strip("\n").split("\n")
    element.text = first
    for line in rest:
        line_break = make("br")
        line_break.tail = line
        element.append(line_break)


def _make_pre(element: HtmlElement) -> None:
    parent = element.getparent()
    if parent is not None and parent.tag == "p" and text_of(parent) == text_of(element):
        names = element.get("class", "")
        rename(parent, "div")
        element.tag = "pre"
        element.set("class", names)
    else:
        element.tag = "pre"
    element.attrib.pop("style", None)


def _lined(root: HtmlElement) -> None:
    """Make code whose lines are elements of their own, in no `pre`, a block."""
    for element in list(root.iter("code", "div", "samp")):
        if not len(element) or (element.tag == "div" and not _names_code(element.get("class", ""))):
            continue
        if element.getparent() is None or any(above.tag in ("pre", "code") for above in element.iterancestors()):
            continue
        lines = _line_elements(element)
        if len(lines) > 1 and not any(next(element.iter(tag), None) is not None for tag in _INSIDE):
            element.tag = "pre"


def _line_elements(element: HtmlElement) -> list[HtmlElement]:
    """Return the elements that are the lines of a listing, if all of it is in such."""
    lines = [child for child in element if child.tag in ("div", "span", "p", "code")]
    if len(lines) == 1 and len(element) == 1 and not (element.text or "").strip():
        return _line_elements(lines[0])
    if len(lines) < 2 or len(lines) != len(element) or (element.text or "").strip():
        return []
    if any((line.tail or "").strip() for line in lines):
        return []
    return lines if all(_is_line(line) for line in lines) else []


def _is_line(element: HtmlElement) -> bool:
    if _BLOCK_STYLE.search(element.get("style", "")) or _LINE_NAMES.search(element.get("class", "")):
        return True
    parent = element.getparent()
    return element.tag == "div" and parent is not None and parent.tag == "code"


def _is_count(cell: HtmlElement) -> bool:
    """Tell whether a cell holds 1, 2, 3 and so on, or any other run of numbers."""
    numbers = " ".join(cast("Iterable[str]", cell.itertext())).split()
    if not numbers or not all(number.isdecimal() and len(number) < 8 for number in numbers):
        return False
    first = int(numbers[0])
    return numbers == [str(number) for number in range(first, first + len(numbers))]


def _raw(element: HtmlElement) -> str:
    return "".join(cast("Iterable[str]", element.itertext()))
