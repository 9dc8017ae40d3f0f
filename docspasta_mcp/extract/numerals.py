"""The numbers of ordered lists as they are shown: figures, letters, Roman numerals."""

import re

from lxml.html import HtmlElement

_TYPES = {"a": "alpha", "A": "ALPHA", "i": "roman", "I": "ROMAN"}
_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]{0,100}?\b(lower|upper)-(alpha|latin|roman)", re.IGNORECASE)
_CLASS = re.compile(r"(?:^|\s)(lower|upper)-?(alpha|latin|roman)(?:$|\s)", re.IGNORECASE)  # of Docutils and Asciidoctor
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST = 3999  # the largest Roman numeral


class ListNumbers:
    """Counts the items of a page's ordered lists."""

    def __init__(self) -> None:
        self._next: dict[HtmlElement, int] = {}  # ordered list → its next item's number

    def shown(self, ordered: HtmlElement, item: HtmlElement) -> str:
        """Return the number of an item as its list shows it; to be asked once, item after item."""
        number = self._number(ordered, item)
        if next(ordered.iterancestors("li"), None) is not None:
            return str(number)  # a step's own steps are a list to whatever reads Markdown, which has figures alone
        return numeral(number, style_of(ordered))

    def _number(self, ordered: HtmlElement, item: HtmlElement) -> int:
        step = -1 if ordered.get("reversed") is not None else 1
        number = self._next.get(ordered)
        if number is None:
            first = sum(1 for _ in ordered.iterchildren("li")) if step < 0 else 1
            number = _whole(ordered.get("start"), first)
        number = max(0, _whole(item.get("value"), number))
        self._next[ordered] = number + step
        return number


def style_of(ordered: HtmlElement) -> str:
    """Return how a list counts: `alpha`, `ALPHA`, `roman`, `ROMAN`, or an empty string for figures."""
    if not len(ordered.attrib):
        return ""
    said = _STYLE.search(ordered.get("style", "")) or _CLASS.search(ordered.get("class", ""))
    if said is None:
        return _TYPES.get(ordered.get("type", ""), "")
    name = "roman" if said[2].lower() == "roman" else "alpha"
    return name.upper() if said[1].lower() == "upper" else name


def numeral(number: int, style: str) -> str:
    """Return a number as a list of that style shows it."""
    if not style or not 0 < number <= _MOST:
        return str(number)
    text = _letters(number) if style.lower() == "alpha" else _roman(number)
    return text.upper() if style.isupper() else text


def _whole(number: str | None, otherwise: int) -> int:
    number = (number or "").strip()
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else otherwise


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        text += sign * times
    return text
