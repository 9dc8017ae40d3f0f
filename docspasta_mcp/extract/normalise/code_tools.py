"""Blocks of code of single tools, known by names: Doxygen, Mermaid, Redoc, Enlighter, CodeMirror, custom elements.

Each becomes a `pre`, as `code_shapes` makes of what only looks like code.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import empty, has_block, make, remove, replace, text_of, xpath
from docspasta_mcp.extract.normalise.code_lines import raw
from docspasta_mcp.extract.selectors import joined, tokens

_CUSTOM = re.compile(r"(?:[\w-]+-)?code-?(?:block|snippet|sample|example|listing)")
_STATES = frozenset("syntaxhighlighter nogutter collapsed ie printing show".split())
_NAMED_CODE = ".//div[@class='fragment' or @class='mermaid']|.//figure[contains(@class,'mermaid')]"


def name_tools(root: HtmlElement, names: frozenset[str]) -> None:
    """Make what single tools call a block of code below `root` a `pre`."""
    for element in xpath(root, _NAMED_CODE) if "fragment" in names or "mermaid" in joined(names) else ():
        if element.find(".//pre") is None and element.find(".//svg") is None:
            element.tag = "pre"
            for line in element.iterchildren("div"):  # Doxygen writes a blank in an empty line
                number = line[0] if len(line) == 1 and "lineno" in tokens(line[0]) else None
                if not text_of(line):
                    empty(line)
                elif number is not None and text_of(number) == text_of(line):
                    number.tail = None
    if "enlighter-raw" in names:
        for box in {pre.getparent(): None for pre in xpath(root, ".//pre[contains(@class, 'enlighter-raw')]")}:
            for drawn in [one for one in (box if box is not None else ()) if "enlighter-code" in one.get("class", "")]:
                remove(drawn)
    if "CodeMirror-line" in names:
        _edited(root)
    if "redoc-json" in names:
        _unfold_values(root)
    _drop_twins(root, names)
    for terminal in xpath(root, ".//@data-termynal/..") if "termynal" in joined(names) else ():
        _terminal(terminal)


def _drop_twins(root: HtmlElement, names: frozenset[str]) -> None:
    """Drop the bars of SyntaxHighlighter, and of what Crayon has twice one."""
    if "syntaxhighlighter" in names:
        for box in [one for one in root.iter("div") if "syntaxhighlighter" in tokens(one)]:
            for bar in box.findall("div[@class='toolbar']"):
                remove(bar)
            _highlighted(box)
    if "crayon-syntax" in names:
        for box in xpath(root, ".//div[contains(@class, 'crayon-syntax')]"):
            _crayon(box)


def _highlighted(box: HtmlElement) -> None:
    """Make a block of the lines that SyntaxHighlighter sets in a table of one row."""
    table = box[0] if len(box) == 1 and box[0].tag == "table" and box[0].find("caption") is None else None
    cells = [cell for cell in table.iter("td") if "code" in tokens(cell)] if table is not None else []
    lines = [one for one in cells[0].iter("div") if "line" in tokens(one)] if len(cells) == 1 else []
    if lines and next(box.iterancestors("pre"), None) is None:
        pre = make("pre", "\n".join(raw(line).replace("\xa0", " ").rstrip() for line in lines))
        names = [name for name in box.get("class", "").split() if name not in _STATES]
        pre.set("data-lang", names[0] if len(names) == 1 else "")
        replace(box, pre)


def _unfold_values(root: HtmlElement) -> None:
    """Make blocks of the values that Redoc folds."""
    boxes = xpath(root, ".//div[contains(@class, 'redoc-json')]")
    for code in dict.fromkeys(code for box in boxes for code in box.iter("code")):
        text = "".join(_folded(code, "")).strip()
        replace(code, pre := make("pre", text))
        pre.set("data-lang", "json")


def _crayon(box: HtmlElement) -> None:
    """Make a block of the plain twin that Crayon keeps of what it draws, under the name of its file."""
    plain = next((one for one in box.iter("textarea") if "crayon-plain" in tokens(one)), None)
    if plain is None:
        return
    said = {name: text_of(one) for one in box.iter("span") for name in tokens(one)}
    whole = make("div")
    if title := said.get("crayon-title", ""):
        whole.append(make("p", title))
    pre = make("pre", raw(plain))
    pre.set("data-lang", said.get("crayon-language", ""))
    whole.append(pre)
    replace(box, whole)


def _terminal(terminal: HtmlElement) -> None:
    """Make a block of the lines that Termynal types one after another."""
    lines: list[str] = []
    for line in [one for one in terminal if "data-ty" in one.attrib]:
        prompt = line.get("data-ty-prompt", "$") if line.get("data-ty") == "input" else ""
        if (text := raw(line)).strip() or not line.get("data-ty"):
            lines.append(f"{prompt} {text}" if prompt else text)
    if lines:
        pre = make("pre", "\n".join(lines))
        pre.set("data-lang", "console")
        replace(terminal, pre)


def _edited(root: HtmlElement) -> None:
    """Join the lines that an editor shows as a `pre` each."""
    for whole in [one for one in root.iter("div") if "CodeMirror-code" in tokens(one)]:
        lines = [one for one in whole.iter("pre") if "CodeMirror-line" in tokens(one)]
        if lines:
            empty(whole, "\n".join(raw(line).replace("\u200b", "").replace("\xa0", " ") for line in lines))
            whole.tag = "pre"


def name_elements(root: HtmlElement) -> None:
    """Make custom elements that are called blocks of code such blocks."""
    for element in xpath(root, ".//*[contains(name(), '-') and contains(name(), 'code')]"):
        if _CUSTOM.fullmatch(str(element.tag)) and text_of(element) and not has_block(element):
            lines = raw(element).expandtabs(4).strip("\n").rstrip().split("\n")
            indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            pre = make("pre", "\n".join(line[indent:] for line in lines))
            pre.set("data-lang", element.get("language") or element.get("lang") or "")
            replace(element, pre)


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
