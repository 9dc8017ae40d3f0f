"""Where an element stands: in a line of words, alone in its block, before or after the text.

A word, an id or a class says little; `noise` asks here before it believes them.
"""

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, linked_length, text_length, text_of, xpath
from docspasta_mcp.extract.glances import has_more

KEEPERS = frozenset((*HEADINGS, "li", "dt", "dd", "td", "th", "code", "pre", "caption", "figcaption", "summary"))
_WORD = re.compile(r"[^\W_]+")
_SIGNS = "[]|·"  # around a control's caption
_PROSE = 60  # characters outside links; a sentence has more, a control's caption hardly ever
_MOST_BESIDE = 60  # elements; what has more on one side is neither first nor last, and no line of controls
_MOSTLY = 0.6  # of the characters of a block of links; the rest is separators and a caption


def is_block(element: HtmlElement) -> bool:
    """Tell whether an element starts on a new line."""
    return element.tag in BLOCKS


def line_around(element: HtmlElement, *, without: str = "") -> str:
    """Return the text that stands in one line with an element, its own included; of a long line what is next to it.

    Args:
        element: where to look.
        without: a tag whose text is left out.
    """
    node = element
    parent = node.getparent()
    while parent is not None and not is_block(node) and not is_block(parent):
        node, parent = parent, parent.getparent()
    if parent is None or is_block(node):
        return _text(node, without)
    pieces = [_text(node, without), node.tail or ""]
    for after in islice(node.itersiblings(), _MOST_BESIDE):
        if is_block(after):
            break
        pieces += [_text(after, without), after.tail or ""]
    for before in islice(node.itersiblings(preceding=True), _MOST_BESIDE):
        pieces.insert(0, before.tail or "")
        if is_block(before):
            break
        pieces.insert(0, _text(before, without))
    else:
        pieces.insert(0, parent.text or "")
    return " ".join(" ".join(pieces).split())


def _text(element: HtmlElement, without: str) -> str:
    if element.tag == without:
        return ""
    if not without or element.find(f".//{without}") is None:
        return text_of(element)
    return " ".join(map(str, xpath(element, f".//text()[not(ancestor::{without})]")))


def is_among_words(element: HtmlElement) -> bool:
    """Tell whether other words stand in one line with an element."""
    if is_block(element):
        return False
    return words_in(line_around(element)) > words_in(text_of(element))


def part_words(element: HtmlElement) -> None:
    """Put a space between parts of an element that stand side by side with no word between, as style sets them."""
    for part in element:
        following = part.getnext()
        if following is not None and not part.tail and text_length(part) and text_length(following):
            part.tail = " "


def words_in(text: str) -> int:
    """Return how many words a text has; marks and separators do not count."""
    return len(_WORD.findall(text))


def outermost(element: HtmlElement, root: HtmlElement) -> HtmlElement:
    """Return the highest element below `root` that says no more than this one."""
    length = text_length(element)
    found = element
    for above in element.iterancestors():
        if above is root or above.tag in KEEPERS:
            break
        if has_more(above, length, without=_SIGNS):
            break
        if text_length(above) > length and text_of(above).strip(f"{_SIGNS} ") != text_of(element):
            break
        found = above
    return found


def keeper_of(element: HtmlElement, root: HtmlElement) -> HtmlElement | None:
    """Return the list item, cell, term or heading that an element is the whole of, or stands in."""
    for above in (element, *element.iterancestors()):
        if above is root:
            return None
        if above.tag in KEEPERS:
            return above
    return None


def is_list_of_links(element: HtmlElement) -> bool:
    """Tell whether next to nothing of an element's text is outside links."""
    length = text_length(element)
    return length > 0 and linked_length(element) >= _MOSTLY * length


def has_prose(element: HtmlElement) -> bool:
    """Tell whether an element holds running text, code or a table of data."""
    if next(element.iterdescendants("pre", "th"), None) is not None:
        return True
    small, large = element.iter("p", "li", "dd", "td", "blockquote"), element.iter("div", "section")
    return any(map(_is_prose, small)) or any(map(_is_prose, large))  # one paragraph settles it in most texts


def _is_prose(part: HtmlElement) -> bool:
    length = text_length(part)
    if length < _PROSE:
        return False
    linked = linked_length(part)
    return length - linked >= _PROSE and linked < _MOSTLY * length


def stands_first(element: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether no running text of `root` comes before an element."""
    return not _has_text_beside(element, root, preceding=True)


def stands_last(element: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether no running text of `root` comes after an element."""
    return not _has_text_beside(element, root, preceding=False)


def _has_text_beside(element: HtmlElement, root: HtmlElement, *, preceding: bool) -> bool:
    beside = _beside(element, root, preceding=preceding)
    return any(number >= _MOST_BESIDE or _is_text(one) for number, one in enumerate(beside))


def _beside(element: HtmlElement, root: HtmlElement, *, preceding: bool) -> Iterator[HtmlElement]:
    node: HtmlElement | None = element
    while node is not None and node is not root:
        yield from node.itersiblings(preceding=preceding)
        node = node.getparent()


def _is_text(element: HtmlElement) -> bool:
    if element.tag in ("nav", "footer", "header", "aside", "form", "button"):
        return False
    return (element.tag == "pre" or has_prose(element)) and not is_list_of_links(element)
