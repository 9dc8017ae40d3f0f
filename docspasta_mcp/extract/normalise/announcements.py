"""What announces a list that follows: a heading, a summary, a line in bold, or one that no sentence ends."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, text_of
from docspasta_mcp.extract.glances import has_text

_ENDS = (".", "!", "?", "…", "。", "！", "？", ".)", ".”", '."')
_LINES = frozenset(("p", "div", "span", "b", "strong", "em", "i", "center", "a", "font", "label", "dt", "figcaption"))
_MOST_BLANK = 20  # elements that say nothing, right above


def above(element: HtmlElement, root: HtmlElement, blank: dict[HtmlElement, bool]) -> HtmlElement | str | None:
    """Return what stands right above an element, or above what it is the first part of: an element, or bare words.

    Args:
        element: stands below it.
        root: the page's content.
        blank: which elements say nothing, as far as that was asked before; takes what is asked now.
    """
    node, left = element, _MOST_BLANK
    while node is not root:
        before = node.getprevious()
        while before is not None:
            if said := (before.tail or "").strip():
                return said
            if before not in blank:
                blank[before] = before.tag != "hr" and not has_text(before)
            if not blank[before] or left == 0:
                return before
            before, left = before.getprevious(), left - 1
        parent = node.getparent()
        if parent is None:
            break
        if said := (parent.text or "").strip():
            return said
        node = parent
    return None


def ends_openly(text: str) -> bool:
    """Tell whether a text ends as no sentence does: a title, or one that leads on."""
    return not text.endswith(_ENDS)


def is_announcement(element: HtmlElement) -> bool:
    """Tell whether an element announces what stands below it; the page's title and a rule announce nothing."""
    text = text_of(element)
    heading = next(reversed(list(element.iter(*HEADINGS))), None)
    if heading is not None and text.endswith(text_of(heading)):
        return heading.tag != "h1"
    bold = next(iter(element), None)
    is_bold = bold is not None and bold.tag in ("b", "strong") and text_of(bold) == text
    is_line = element.tag in _LINES and ends_openly(text)
    return element.tag == "summary" or text.endswith((":", "：")) or is_bold or is_line
