"""The characters that a line of text shows right before and after an element: Markdown's emphasis depends on them."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, raw_text


def char_before(element: HtmlElement) -> str:
    """Return the character that a line of text shows before an element, or an empty string."""
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        return (
            (before.tail or "")[-1:] if before.tail or before.tag in BLOCKS or before.tag == "br" else _edge(before, -1)
        )
    if parent is None or parent.tag in BLOCKS:
        return (parent.text or "")[-1:] if parent is not None else ""
    return (parent.text or "")[-1:] or char_before(parent)


def char_after(element: HtmlElement) -> str:
    """Return the character that follows an element in its line, or an empty string."""
    if element.tail:
        return element.tail[0]
    following, parent = element.getnext(), element.getparent()
    if following is not None:
        return "" if following.tag in BLOCKS or following.tag == "br" else _edge(following, 0)
    return "" if parent is None or parent.tag in BLOCKS else char_after(parent)


def _edge(element: HtmlElement, place: int) -> str:
    if element.tag in ("code", "a", "img"):
        return "`"  # their own marks
    text = raw_text(element)
    return text[place] if text else ""
