"""Diagrams that a page draws itself, as SVG: the words in them, in one line."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, make, replace, text_of
from docspasta_mcp.extract.normalise.hidden import is_hidden

_LABELS = ("{*}text", "text", "{*}foreignObject", "foreignobject", "foreignObject")
_CONTROLS = (*HEADINGS, "a", "button", "summary", "label", "nav", "pre", "code")
_FEWEST = 2  # labels; what says less is an icon or a badge
_MOST = 200  # labels that are told


def tell_drawings(root: HtmlElement) -> None:
    """Replace diagrams below `root` by their title and the words in them."""
    for drawing in list(root.iter("svg")):
        if next(drawing.iter(*_LABELS), None) is None:
            continue
        if is_hidden(drawing) or next(drawing.iterancestors(*_CONTROLS, "svg"), None) is not None:
            continue
        labels = list(dict.fromkeys(_labels(drawing)))
        if len(labels) >= _FEWEST:
            is_block = (parent := drawing.getparent()) is not None and parent.tag in BLOCKS - {"p"}
            replace(drawing, make("p" if is_block else "span", f"{_title(drawing)}: {'; '.join(labels[:_MOST])}"))


def _labels(drawing: HtmlElement) -> Iterator[str]:
    """Yield what a drawing says with letters, numbers along its edges aside."""
    for label in drawing.iter(*_LABELS):
        for part in label.iterdescendants("tspan"):
            if "x" in part.attrib or "y" in part.attrib or "dy" in part.attrib:  # a line of its own
                part.text = f" {part.text or ''}"
        text = text_of(label)
        if any(map(str.isalpha, text)):
            yield text


def _title(drawing: HtmlElement) -> str:
    title = next(drawing.iterchildren("title"), None)
    return drawing.get("aria-label", "").strip() or (text_of(title) if title is not None else "") or "Diagram"
