"""Questions about an element that are answered without a look at all of it.

What is asked for each of many parts of one element must not read all of it each time: time would grow by the square.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import text_length, text_of


def is_longer(element: HtmlElement, most: int) -> bool:
    """Tell whether `text_length` is more than `most`, without a look at all of a long text."""
    return has_more(element, most) or text_length(element) > most


def has_more(element: HtmlElement, most: int, *, without: str = "") -> bool:
    """Tell whether an element holds more than `most` characters that are no white space, nor one of `without`.

    It stops where it knows: what asks so for each of many parts of one element must not read all of it each time.
    """
    counted, pieces, waiting = 0, [element.text or ""], len(element.text or "")
    for node in element.iterdescendants():  # `itertext` takes twice as long
        if counted + waiting > most:
            counted += _count("".join(pieces), without)
            if counted > most:
                return True
            pieces, waiting = [], 0
        for piece in (node.text, node.tail):
            if piece:
                pieces.append(piece)
                waiting += len(piece)
    return counted + waiting > most and counted + _count("".join(pieces), without) > most


def _count(text: str, without: str) -> int:
    return sum(map(len, text.split())) - sum(map(text.count, without))


def has_text(element: HtmlElement) -> bool:
    """Tell whether an element holds more than white space."""
    return any(map(str.strip, cast("Iterable[str]", element.itertext())))


def is_whole(element: HtmlElement, above: HtmlElement) -> bool:
    """Tell whether an element says all that one around it says."""
    text = text_of(element)
    return not has_more(above, len(text)) and text_of(above) == text


def before(element: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that begin before one, ancestors among them, the nearest first."""
    node: HtmlElement | None = element
    while node is not None:
        node, last = node.getparent(), node.getprevious()
        while last is not None:
            node, last = last, next(last.iterchildren(reversed=True), None)
        if node is not None:
            yield node
