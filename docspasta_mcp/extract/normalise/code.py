"""Code blocks, byte for byte and with their language.

Highlighters wrap lines in elements, print line numbers and labels beside them, and say the language in a class or
attribute of the block or of a wrapper: Pygments, Rouge, Chroma, highlight.js, Prism, Shiki, Expressive Code,
CodeMirror, Doxygen. Only the text is kept.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors, empty, make, remove, rename, replace, text_of, tokens, xpath
from docspasta_mcp.extract.placeholders import Verbatims

_GUTTER = re.compile(
    r"(?:^|[\s_-])(?:linenos?|lineno|line-?numbers?(?:-rows)?|gutter|ln|lnt|linenodiv|hljs-ln-numbers|blob-num|"
    r"rouge-gutter|copy(?:-?btn|-button)?|copybutton|clipboard\w*|boring|fold-?button)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LINE = re.compile(r"(?:^|\s)(?:(?:token|highlight|code|view|ec)-)?line(?:$|\s)")
_LISTING_TABLE = re.compile(r"(?:^|\s)(?:\w*highlighttable|rouge-table|lntable|codehilitetable)(?:$|\s)")
_PREFIXED = re.compile(
    r"(?:^|\s)(?:(?:language|lang|highlight-source|highlight-text|highlight|gatsby-code|"
    r"mw-highlight-lang)-|brush:\s*)"
    r"([\w+#.-]+)",
    re.IGNORECASE,
)
_KNOWN = frozenset(
    "ada apache asm awk bash bat batch bibtex c clojure cmake cmd cobol coffeescript conf console cpp "
    "crystal csharp cs "
    "css csv cuda cypher d dart diff docker dockerfile dot elixir elm erlang fish fortran fsharp gherkin "
    "glsl go golang "
    "gradle graphql groovy haml handlebars haskell hcl html http ini java javascript jinja jinja2 js "
    "json json5 jsonc "
    "jsonnet jsp jsx julia kotlin latex less liquid lisp llvm log lua make makefile markdown matlab mdx "
    "mermaid nginx "
    "nim nix objc objectivec ocaml pascal perl php plaintext plsql powershell prolog promql properties "
    "proto protobuf "
    "ps1 pug puppet py pycon python python3 r razor rb reg rego rst ruby rust sass scala scheme scss sed sh shell "
    "shellscript shellsession smalltalk solidity sql stylus svelte swift systemd tcl terraform tex text "
    "toml ts tsx txt "
    "typescript vb vbnet verilog vhdl vim vue wasm xml yaml yml zig zsh".split()
)
_SAME = {  # what a generator adds to the name its author wrote; "" where a class says nothing of a language
    **dict.fromkeys(("default", "none", "notranslate", "source", "highlight", "nohighlight", "undefined", "code"), ""),
    **{"python3": "python", "pycon3": "pycon", "plaintext": "text", "txt": "text", "shellscript": "shell"},
    **{"text-html-basic": "html", "basic": "html", "ipython3": "ipython"},
}
_ADDED, _REMOVED = frozenset(("ins", "add", "added", "inserted")), frozenset(("del", "remove", "removed", "deleted"))
_LABELS = frozenset(
    {"copy", "copy code", "copied!", "copied", "copy to clipboard", "copy code block", "report code block"}
)
_SPOKEN = {"c++": "cpp", "c#": "csharp", "shell": "shell", "javascript": "javascript", "objective-c": "objectivec"}
_PARAGRAPHS = frozenset(("p", "div", "dd", "li", "blockquote"))
_SPACE = re.compile(r"[ \t\r\n]+")
_LINE_ELEMENTS = frozenset(("div", "p", "li", "tr", "ol", "ul"))
_NEEDS_CARE = etree.XPath("boolean(.//div|.//br|.//p|.//li|.//tr|.//button|.//svg|.//style|.//select)")
_CLASSES = etree.XPath(".//@class", smart_strings=False)


def lift_code(root: HtmlElement, verbatims: Verbatims, *, default: str = "") -> None:
    """Replace every code block below `root` by a `pre` that holds a mark.

    Args:
        root: the main content.
        verbatims: takes the code.
        default: the language of blocks that name none.
    """
    for element in xpath(root, ".//div[@class='fragment' or @class='mermaid']|.//figure[contains(@class,'mermaid')]"):
        if element.find(".//pre") is None and element.find(".//svg") is None:
            element.tag = "pre"
            for line in element.iterchildren("div"):  # Doxygen writes a blank in an empty line
                if not text_of(line):
                    empty(line)
    for code in [code for code in root.iter("code", "tt") if next(code.iter("br"), None) is not None]:
        _unbreak(code)
    for table in list(root.iter("table")):
        if table.find(".//pre") is not None:
            _unnumber(table)
    for pre in list(root.iter("pre")):
        if (
            pre.getparent() is None
            or verbatims.is_mark(pre.text or "")
            or any(above.tag == "pre" for above in pre.iterancestors())
        ):
            continue
        language = _language(pre)
        if language == "diff":
            _write_diff_marks(pre)
        text = _code_text(pre)
        spoken = _drop_labels(pre, language)
        if not text.strip():
            remove(pre)
        else:
            empty(pre, verbatims.code(text, language or spoken or default))


def _unnumber(table: HtmlElement) -> None:
    """Replace a table that sets line numbers beside a listing by the listing."""
    if table.getparent() is None:
        return
    cells = list(table.iter("td", "th"))
    is_listing = _LISTING_TABLE.search(table.get("class", "")) or (
        len(cells) == 2
        and (_is_gutter(cells[0].get("class", "")) or (cells[0].find(".//pre") is not None and _is_count(cells[0])))
    )
    if not is_listing:
        return
    blocks = xpath(table, ".//td[last()]//pre")
    if blocks:
        names = table.get("class", "")
        blocks[-1].tail = None
        replace(table, make("div", "", blocks[-1]))
        if _PREFIXED.search(names):
            blocks[-1].set("data-lang", _named(names))


def _unbreak(code: HtmlElement) -> None:
    """Make running text that is broken into lines of code, and is all that a paragraph says, a code block."""
    parent = code.getparent()
    if parent is None or parent.tag not in _PARAGRAPHS or text_of(parent) != text_of(code):
        return
    for element in code.iter():
        element.text = _SPACE.sub(" ", element.text or "")
        element.tail = ("\n" if element.tag == "br" else "") + _SPACE.sub(" ", element.tail or "")
    lines = "".join(cast("Iterable[str]", code.itertext())).split("\n")
    pre = make("pre", "\n".join(line.strip(" ").replace("\xa0", " ") for line in lines))
    pre.set("class", code.get("class", ""))
    replace(parent if parent.tag == "p" else code, pre)


def _is_count(cell: HtmlElement) -> bool:
    """Tell whether a cell holds 1, 2, 3 and so on."""
    numbers = text_of(cell).split()
    return numbers == [str(number) for number in range(1, len(numbers) + 1)]


@lru_cache(maxsize=4096)
def _is_gutter(names: str) -> bool:
    return bool(_GUTTER.search(names))


def _write_diff_marks(pre: HtmlElement) -> None:
    """Write the marks of a diff that are drawn by style alone into its text."""
    lines = [line for line in pre.iter("div", "span") if _LINE.search(line.get("class", ""))]
    if not any(tokens(line) & (_ADDED | _REMOVED) for line in lines):
        return
    for line in lines:
        text = next((piece for piece in line.iter() if piece.text and piece.text.strip("\n")), None)
        mark = "+" if tokens(line) & _ADDED else "-" if tokens(line) & _REMOVED else " "
        if text is not None and text.text is not None and not (mark != " " and text.text.startswith(mark)):
            text.text = mark + text.text


def _code_text(pre: HtmlElement) -> str:
    names = set(cast("list[str]", _CLASSES(pre)))
    has_gutter = any(map(_is_gutter, names))
    if has_gutter or _NEEDS_CARE(pre) or any(map(_LINE.search, names)) or len(pre.findall("code")) > 1:
        for part in list(pre.iterdescendants()):
            if part.tag in ("button", "svg", "style", "select") or _is_gutter(part.get("class", "")):
                remove(part)
        text = "".join(_lines(pre))
    else:
        text = "".join(pre.itertext())
    text = _without_numbers(pre, text.replace("\r\n", "\n"))
    return text.removeprefix("\n").rstrip("\n")


def _lines(pre: HtmlElement) -> Iterator[str]:
    """Yield the text of a block, with a line end where an element stands for a line and text does not say so."""
    at_start = True  # of a line
    for event, element in etree.iterwalk(pre, events=("start", "end")):
        is_line = element.tag in _LINE_ELEMENTS
        if event == "start":
            if (element.tag == "br" and not _ends_line(element)) or (is_line and not at_start):
                yield "\n"
                at_start = True
            piece = element.text
        else:
            if element is pre:
                return
            follows = _stands_for_line(element)
            if (is_line or follows) and not at_start:
                yield "\n"
                at_start = True
            elif is_line and element.tag not in ("ol", "ul") and not _raw(element):
                yield "\n"
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
        return following.tag == "code" and getattr(element.getparent(), "tag", "") == "pre"
    return bool(_LINE.search(element.get("class", "")) and _LINE.search(following.get("class", "")))


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
    return "\n".join(line[match.end(1) :] for line, match in zip(lines, numbers, strict=True) if match)


def _language(pre: HtmlElement) -> str:
    """Find the language in class names or data attributes of the block, its code element, or its wrappers."""
    if "mermaid" in tokens(pre):
        return "mermaid"
    wrappers = [
        above for above in ancestors(pre, 4) if above.tag in ("div", "figure", "td", "rapi-doc", "devsite-code")
    ]
    for element in [pre, *pre.iter("code"), *wrappers][: 2 + len(wrappers)]:
        for attribute in ("data-lang", "data-language", "syntax", "lang", "language"):
            name = element.get(attribute, "").strip().lower()
            if name and (not attribute.startswith("lang") or name in _KNOWN):
                return _SAME.get(name, name)
        name = _named(element.get("class", ""))
        if name:
            return name
    return ""


@lru_cache(maxsize=4096)
def _named(names: str) -> str:
    """Return the language that class names tell, or an empty string."""
    for match in _PREFIXED.finditer(names):
        name = match[1].lower().rstrip(";,")
        name = _SAME.get(name, name)
        if name:
            return name
    for token in names.lower().replace(";", " ").split():
        bare = token.removeprefix("sp-").removeprefix("code-")
        if bare in _KNOWN and not _is_gutter(token) and bare not in ("text", "log", "d", "r", "code", "make", "less"):
            return _SAME.get(bare, bare)
    return ""


def _drop_labels(pre: HtmlElement, language: str) -> str:
    """Remove what labels a block with its language or a copy button; return a language that was only said there."""
    spoken = ""
    block = pre
    for _ in range(3):
        before = block.getprevious()
        if before is not None and before.tag not in ("p", "h1", "h2", "h3", "h4", "pre", "ul", "ol", "dl", "table"):
            label = " ".join(" ".join(before.itertext()).split()).lower()
            name = _SPOKEN.get(label, label)
            if len(label) < 20 and (label in _LABELS or name == language or name in _KNOWN):
                spoken = spoken or (name if name in _KNOWN else "")
                remove(before)
            elif 0 < len(label) < 40:
                words = [part for part in label.replace("copied!", "").split() if part not in ("copy", "code")]
                if words and all(word in _KNOWN for word in words):
                    spoken = spoken or words[0]
                    remove(before)
        parent = block.getparent()
        if parent is None or parent.tag not in ("div", "figure", "code-block") or len(parent) > 3:
            break
        block = parent
    return _SAME.get(spoken, spoken)


def inline_code(root: HtmlElement) -> None:
    """Make every element that means code in running text a plain `code`."""
    for element in list(root.iter("tt", "samp", "kbd")):
        rename(element, "code")
    for element in list(root.iter("var")):
        rename(element, "em")
