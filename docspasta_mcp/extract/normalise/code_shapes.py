"""Code that stands in no `pre`: old elements, styles, form fields, tables of lines, elements that are a line each.

Each becomes a `pre`, so that one road leads on.
"""

import re
from collections.abc import Iterable, Sequence
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, ancestors, empty, has_block, make, remove, rename, replace, text_of, xpath
from docspasta_mcp.extract.glances import has_text, is_whole
from docspasta_mcp.extract.normalise.code_lines import PREFORMATTED, broken, line_elements, names_code, raw
from docspasta_mcp.extract.normalise.code_tables import unnumber
from docspasta_mcp.extract.normalise.code_tools import name_elements, name_tools
from docspasta_mcp.extract.normalise.places import is_among_words
from docspasta_mcp.extract.selectors import tokens

_NUMBERED = frozenset(("linenums", "code-lines", "hljs-ln", "EnlighterJS"))
_DRAWN = re.compile(r"(?:^|\s)(?:dp-[a-z]{1,12}|EnlighterJS)(?:$|\s)")  # lists of nothing but lines
_BOXES = frozenset(
    "code codeblock code-block sourcecode source-code code-snippet code-example terminal console lstlisting".split()
)
_SNIPPETS = frozenset(("codeSnippetBody",))  # of MadCap Flare
_MONOSPACE = re.compile(r"font(?:-family)?\s*:[^;]*mono|courier|consolas|menlo", re.IGNORECASE)
_PLAIN_NAMES = frozenset(
    "pre preformatted verbatim literal-block code-block codeblock programlisting screen whitespace-pre literallayout "
    "synopsis sourcecode source-code".split()
)
_CODE_ELEMENTS = frozenset(("code", "samp", "kbd", "tt"))
_PARAGRAPHS = frozenset(("p", "div", "dd", "li", "blockquote"))
_FLOWS = frozenset(("body", "main", "article", "section", "div", "dd", "blockquote"))
_LINES = 3  # line ends of a text in code: fewer are how a source happens to be broken
_SPACE = re.compile(r"[ \t\r\n]+")
_NO_CHOICE = re.compile(r"\W*(?:$|(?:choose|select)\b)", re.IGNORECASE)
_INSIDE = ("pre", "table", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "form", "img", "blockquote")


def find_code(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Make whatever is code below `root` a `pre`."""
    name_tools(root, names)
    for element in list(root.iter("listing", "xmp", "plaintext")):
        element.tag = "pre"
    for button in list(root.iter("clipboard-copy")):
        remove(button)
    _fields(root, may_hold)
    around = {above for line_break in root.iter("br") for above in line_break.iterancestors("code", "tt", "samp")}
    for code in list(root.iter("code", "tt", "samp")):
        if code in around:
            _unbreak(code)
        elif (code.text or "").count("\n") >= _LINES:
            _unwrap_lines(code)
    for table in list(root.iter("table")):
        if table.getparent() is not None and next(table.iterancestors("pre"), None) is None:
            unnumber(table)
    _typed(root, has_styles="typed text" in may_hold)
    _numbered(root)
    _styled(root, sorted(_PLAIN_NAMES & names), has_styles="styled lines" in may_hold)
    _lined(root)
    if "custom elements" in may_hold:
        name_elements(root)


def _fields(root: HtmlElement, may_hold: frozenset[str]) -> None:
    """Show what forms hold ready: the text of a `textarea`, the value of a field that one can only read."""
    for field in list(root.iter("textarea")):
        if next(field.iterancestors("pre", "code"), None) is not None:  # the same once more, for a button that copies
            remove(field)
            continue
        if (field.text or "").strip() and "hidden" not in field.attrib:
            text = "".join(cast("Iterable[str]", field.itertext()))
            names = field.get("class", "")
            replace(field, pre := make("pre", text))
            pre.set("class", names)
    for field in list(root.iter("select")):
        if (choice := _chosen(field)) and _shows_a_value(field):
            replace(field, make("span", choice))
    for field in xpath(root, ".//input[@readonly and @value]") if "readonly" in may_hold else ():
        if field.get("type", "text").lower() == "text" and field.get("value", "").strip():
            replace(field, make("code", field.get("value", "")))


def _shows_a_value(field: HtmlElement) -> bool:
    """Tell whether a field for choices stands in a sentence, or is what a cell says."""
    if is_among_words(field) and (field.tail or "").strip():
        return True
    if not _is_settled(field):
        return False
    cell = next((above for above in ancestors(field, 3) if above.tag == "td"), None)
    return cell is not None and next(cell.iter("select")) is field and is_whole(field, cell)


def _is_settled(field: HtmlElement) -> bool:
    """Tell whether the page itself has chosen an option of a field, and one that has a value."""
    option = next((one for one in field.iter("option") if "selected" in one.attrib), None)
    return option is not None and bool(option.get("value", "-")) and not _NO_CHOICE.match(text_of(option))


def _chosen(field: HtmlElement) -> str:
    """Return the option that a field for choices shows, if it shows one."""
    options = list(field.iter("option"))
    shown = next((one for one in options if "selected" in one.attrib), options[0] if options else None)
    return "" if shown is None or "multiple" in field.attrib else text_of(shown)


def _unbreak(code: HtmlElement) -> None:
    """Make running text that is broken into lines of code, and is all that a paragraph says, a code block."""
    parent = code.getparent()
    if parent is None or not (_is_alone(code) or (parent.tag in _PARAGRAPHS and is_whole(code, parent))):
        return
    if not PREFORMATTED.search(code.get("style", "")):
        for element in code.iter():
            element.text = _SPACE.sub(" ", element.text or "")
            element.tail = ("\n" if element.tag == "br" else "") + _SPACE.sub(" ", element.tail or "")
        lines = "".join(cast("Iterable[str]", code.itertext())).split("\n")
        lines = [line.strip(" ").replace("\xa0", " ") for line in lines]
    else:
        lines = "".join(broken(code)).strip("\n").replace("\xa0", " ").split("\n")
    pre = make("pre", "\n".join(lines))
    pre.set("class", code.get("class", ""))
    replace(parent if parent.tag == "p" else code, pre)


def _unwrap_lines(code: HtmlElement) -> None:
    """Make several lines of code that stand alone a block: whoever wrote them forgot the `pre`."""
    parent = code.getparent()
    is_paragraph = parent is not None and parent.tag == "p" and is_whole(code, parent)
    if parent is None or not (is_paragraph or _is_alone(code)) or has_block(code):
        return
    lines = raw(code).strip("\n").rstrip().split("\n")
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    pre = make("pre", "\n".join(line[indent:].rstrip() for line in lines))
    pre.set("class", code.get("class", ""))
    replace(parent if is_paragraph else code, pre)


def _is_alone(code: HtmlElement) -> bool:
    """Tell whether an element stands between blocks, with no word beside it."""
    before, after, parent = code.getprevious(), code.getnext(), code.getparent()
    words = before.tail if before is not None else parent.text if parent is not None else ""
    if (words or "").strip() or (code.tail or "").strip() or parent is None or parent.tag not in _FLOWS:
        return False
    return all(one is None or one.tag in BLOCKS for one in (before, after))


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
        style = PREFORMATTED.search(element.get("style", ""))
        is_plain = bool(_PLAIN_NAMES & tokens(element))
        if not style and not is_plain:
            continue
        text = "".join(broken(element)).strip()
        has_lines = "\n" in text or next(element.iter("br"), None) is not None or len(line_elements(element)) > 1
        if any(next(element.iter(tag), None) is not None for tag in _INSIDE) or any(
            a.tag in ("pre", "code") for a in element.iterancestors()
        ):
            continue
        if not text or not has_lines:
            continue
        kind = style[1].lower() if style else "pre"
        is_code = (
            element.tag in _CODE_ELEMENTS
            or names_code(element.get("class", ""))
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
    lines = [line.removeprefix(" ").replace("\xa0", " ") for line in "".join(broken(element, " ")).split("\n")]
    if len(lines) <= "".join(broken(element)).count("\n") / 2 + 1:
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
        has_lines = next(element.iter("br"), None) is not None and has_text(element)
        if not has_lines or any(child.tag in ("p", "div", "code") for child in element.iterdescendants()):
            continue
        lines = [
            _SPACE.sub(" ", line).strip(" ").replace("\xa0", " ") for line in "".join(broken(element, " ")).split("\n")
        ]
        replace(element, make("pre", "\n".join(lines).strip("\n")))


def _is_numbered(listed: HtmlElement) -> bool:
    names, parent = listed.get("class", ""), listed.getparent()
    if parent is not None and _SNIPPETS & tokens(parent):
        return True
    return bool(_NUMBERED & tokens(listed) or _DRAWN.search(names) or (names and names_code(names)))


def _numbered(root: HtmlElement) -> None:
    """Make a numbered list whose items are lines of code a block."""
    for lines in [one for one in root.iter("ol") if _is_numbered(one)]:
        items = list(lines)
        if (
            len(items) < 2
            or next(lines.iterancestors("pre"), None) is not None
            or any(one.tag != "li" for one in items)
        ):
            continue
        is_code = all(
            len(one) == 1 and one[0].tag == "code" and text_of(one) == text_of(one[0]) for one in items if len(one)
        )
        if is_code or (_DRAWN.search(lines.get("class", "")) and not any(map(has_block, items))):
            text = "\n".join(raw(one).replace("\xa0", " ").strip("\n").rstrip() for one in items)
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
    if parent is not None and parent.tag == "p" and is_whole(element, parent):
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
        is_plain = not len(element) and element.get("data-lang") is None
        if is_plain or (element.tag == "div" and not names_code(element.get("class", ""))):
            continue
        if element.getparent() is None or any(above.tag in ("pre", "code") for above in element.iterancestors()):
            continue
        if element.tag == "div" and _BOXES & tokens(element) and _is_broken(element):
            for number in [one for one in element.iterchildren("span") if "label" in tokens(one)]:
                if not (said := text_of(number)) or said.isdecimal():
                    remove(number)
            _make_verbatim(element)
            element.tag = "pre"
            continue
        if element.tag == "div" and "data-lang" in element.attrib and _BOXES & tokens(element) and not len(element):
            element.tag = "pre"
            continue
        lines = line_elements(element)
        if len(lines) > 1 and not any(next(element.iter(tag), None) is not None for tag in _INSIDE):
            element.tag = "pre"


def _is_broken(element: HtmlElement) -> bool:
    """Tell whether an element holds lines that end with a br, and nothing else."""
    return next(element.iter("br"), None) is not None and not has_block(element) and bool(text_of(element))
