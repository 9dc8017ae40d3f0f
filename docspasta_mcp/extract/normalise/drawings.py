"""Diagrams that a page draws itself, as SVG: the words in them, in one line."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, make, replace, text_of
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.places import is_among_words

_LABELS = ("{*}text", "text", "{*}foreignObject", "foreignobject", "foreignObject")
_CONTROLS = (*HEADINGS, "a", "button", "summary", "label", "nav", "pre", "code")
_UNTOLD = ("title", "desc", "style", "script", "defs", "symbol", "clipPath", "marker", "pattern")
_CODE = re.compile("[\ue000\ue001]")  # of a block that was lifted out: no line of words
_PLACED = frozenset(("x", "y", "dy"))
_FEWEST = 2  # labels; what says less is an icon or a badge
_MOST = 200  # labels that are told


def tell_drawings(root: HtmlElement) -> None:
    """Replace diagrams below `root`, what stands in a sentence aside, by their title and the words in them."""
    for drawing in list(root.iter("svg")):
        if next(drawing.iter(*_LABELS), None) is None:
            continue
        if is_hidden(drawing) or next(drawing.iterancestors(*_CONTROLS, "svg"), None) is not None:
            continue
        if is_among_words(drawing):
            continue
        labels = list(dict.fromkeys(_labels(drawing)))
        if len(labels) >= _FEWEST:
            is_block = (parent := drawing.getparent()) is not None and parent.tag in BLOCKS - {"p"}
            replace(drawing, make("p" if is_block else "span", f"{_title(drawing)}: {'; '.join(labels[:_MOST])}"))


def _labels(drawing: HtmlElement) -> Iterator[str]:
    """Yield what a drawing says with letters, numbers along its edges aside."""
    untold = {one for part in drawing.iter(*_UNTOLD, *(f"{{*}}{name}" for name in _UNTOLD)) for one in part.iter()}
    for label in drawing.iter(*_LABELS):
        if label in untold or is_hidden(label):
            continue
        text = " ".join("".join(_words(label, untold)).split())
        if any(map(str.isalpha, text)) and not _CODE.search(text):
            yield text


def _words(label: HtmlElement, untold: set[HtmlElement]) -> Iterator[str]:
    """Yield the texts in a label, blocks and what is set on a line of its own with a space before."""
    for event, part in etree.iterwalk(label, events=("start", "end")):
        if event == "start":
            if part.tag in BLOCKS or part.tag == "br" or not _PLACED.isdisjoint(part.attrib):
                yield " "
            if part not in untold:
                yield part.text or ""
        elif part is not label:
            yield f" {part.tail or ''}" if part.tag in BLOCKS else part.tail or ""


def _title(drawing: HtmlElement) -> str:
    title = next(drawing.iterchildren("title"), None)
    return drawing.get("aria-label", "").strip() or (text_of(title) if title is not None else "") or "Diagram"
