"""Texts that only label a control ("Edit this page"), or say when a page was changed, alone in their block."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, linked_length, text_length, text_of
from docspasta_mcp.extract.glances import has_more
from docspasta_mcp.extract.normalise.control_words import (
    is_label,
    is_plain_label,
    is_question,
    is_stamp,
)
from docspasta_mcp.extract.normalise.places import (
    has_prose,
    is_among_words,
    is_block,
    is_list_of_links,
    keeper_of,
    line_around,
    outermost,
    stands_first,
    stands_last,
)

_ANSWERS = frozenset(("button", "svg", "i"))
_SHORT = 150  # characters of a line that a template writes
_LINES = 3  # of facts under a title: its date, its authors, how long it takes to read


class Surroundings:
    """What captions of one page stand among, looked at once: beside each of many it would take the square of them."""

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self._controls: dict[HtmlElement, bool] = {}
        self._sides: dict[HtmlElement, dict[HtmlElement, tuple[bool, bool]]] = {}

    def lists_controls(self, listed: HtmlElement) -> bool:
        """Tell whether all that a list lists are controls."""
        if listed not in self._controls:
            self._controls[listed] = all(is_label(text_of(one)) and one.find(".//a") is not None for one in listed)
        return self._controls[listed]

    def headings_beside(self, element: HtmlElement) -> tuple[bool, bool]:
        """Tell whether a heading stands before an element in its parent, and whether one stands after it."""
        parent = element.getparent()
        if parent is None:
            return False, False
        if parent not in self._sides:
            places = [place for place, one in enumerate(parent) if one.tag in HEADINGS]
            first, last = (places[0], places[-1]) if places else (len(parent), -1)
            self._sides[parent] = {one: (place > first, place < last) for place, one in enumerate(parent)}
        return self._sides[parent].get(element, (False, False))


def caption(element: HtmlElement, tag: str, around: Surroundings) -> HtmlElement | None:
    """Return what goes with a text that only labels a control, or dates the page; None for any other text."""
    text = element.text
    if not text:
        return None
    if len(element):
        if _is_question(element):
            return outermost(element, around.root) if keeper_of(element, around.root) is None else None
        is_dated = tag in ("p", "div", "small") and is_stamp(text.strip())
        return element if is_dated and _is_stamp(element, around) else None
    return _label(element, tag, text.strip(), around)


def _label(element: HtmlElement, tag: str, text: str, around: Surroundings) -> HtmlElement | None:
    if tag in ("p", "div", "small") and is_stamp(text) and _is_stamp(element, around):
        return element
    if not is_label(text):
        return None
    if is_among_words(element) and not _is_line_of_labels(element):
        return _invitation(element, text) if tag == "a" else None
    if is_question(text) and next(element.iterancestors("li", "td", "dd"), None) is None:
        return _survey(element, text, around.root)
    return _control(element, tag, text, around)


def _control(element: HtmlElement, tag: str, text: str, around: Surroundings) -> HtmlElement | None:
    """Return what goes with a label that stands alone in its line."""
    if tag in HEADINGS:
        return element if is_plain_label(text) and _heads_nothing(element) else None
    keeper = keeper_of(element, around.root)
    if tag == "summary" and is_plain_label(text) and (whole := element.getparent()) is not None:
        return whole if text_length(whole) - len(text) <= linked_length(whole) + len(list(whole.iter("li"))) else None
    if keeper is not None:
        return _labels_only(keeper, element, around) if keeper.tag == "li" else None
    outer = outermost(element, around.root)
    is_caption = is_plain_label(text) or tag == "a" or "-" in tag or _is_beside_object(outer)
    return outer if is_caption else None


def _survey(element: HtmlElement, text: str, root: HtmlElement) -> HtmlElement:
    """Return the largest element that holds nothing but a question and controls that answer it."""
    found = element
    for above in element.iterancestors():
        if above is root or not _says_only(above, text.split()):
            break
        found = above
    return found


def _invitation(anchor: HtmlElement, text: str) -> HtmlElement | None:
    """Return the line of a question that leads to a label: "Found a typo? Edit this page"."""
    block = next((above for above in anchor.iterancestors() if is_block(above)), None)
    if block is None or block.tag not in ("p", "div") or not is_plain_label(text) or has_more(block, _SHORT // 2):
        return None
    whole = text_of(block)
    before = whole.partition(text)[0].strip()
    is_asked = before.endswith("?") and len(whole) <= _SHORT / 2
    return block if is_asked and line_around(anchor) == whole else None


def _is_question(element: HtmlElement) -> bool:
    """Tell whether an element asks what its buttons answer: "Was this helpful?"."""
    if element[0].tag not in _ANSWERS:
        return False
    answers = all(one.tag in _ANSWERS and not (one.tail or "").strip() for one in element)
    return answers and is_plain_label((element.text or "").strip())


def _is_stamp(element: HtmlElement, around: Surroundings) -> bool:
    """Tell whether a line that begins as a stamp does is one: short, and where a page begins or ends."""
    if text_length(element) >= _SHORT:
        return False
    text = text_of(element)
    if not text.startswith(("©", "Copyright")) and any(map(str.isdecimal, text)) and _is_under_title(element):
        return True
    root = around.root
    if _heads_on(element, around):
        return False
    return stands_last(element, root) or ("©" not in (element.text or "") and stands_first(element, root))


def _is_under_title(element: HtmlElement) -> bool:
    """Tell whether a line stands right under the page's title, or under another line that does."""
    before = element.getprevious()
    for _ in range(_LINES):
        if before is None or before.tag == "h1":
            break
        if text_length(before) > _SHORT / 2 or before.tag in HEADINGS:
            return False
        before = before.getprevious()
    return before is not None and before.tag == "h1"


def _heads_on(element: HtmlElement, around: Surroundings) -> bool:
    """Tell whether a text with headings stands both before and after an element: it is not at an end of the page."""
    before = after = False
    for node in (element, *element.iterancestors()):
        if node is around.root:
            break
        is_before, is_after = around.headings_beside(node)
        before, after = before or is_before, after or is_after
    return before and after


def _labels_only(item: HtmlElement, element: HtmlElement, around: Surroundings) -> HtmlElement | None:
    """Return the list of an item if all that it lists are controls, or the item if that is alone with one."""
    parent = item.getparent()
    if parent is None or not around.lists_controls(parent):
        return item if element.tag == "a" and is_plain_label(text_of(item)) else None
    return parent


def _is_line_of_labels(element: HtmlElement) -> bool:
    """Tell whether what stands in one line with a label is a label, too."""
    return is_label(line_around(element).replace(text_of(element), "", 1).strip(" |·•/"))


def _heads_nothing(heading: HtmlElement) -> bool:
    """Tell whether nothing but links and controls stands under a heading."""
    for after in heading.itersiblings():
        if after.tag in HEADINGS:
            break
        if has_prose(after) or not (is_list_of_links(after) or is_label(text_of(after)) or not _said(after)):
            return False
    return True


def _said(element: HtmlElement) -> str:
    """Return the text of an element that is in no control."""
    return " ".join(_pieces(element)).strip()


def _says_only(element: HtmlElement, words: list[str]) -> bool:
    """Tell whether an element says these words, controls aside, and no others; it stops where it says more."""
    said: list[str] = []
    for piece in _pieces(element):
        said += piece.split()
        if len(said) > len(words):
            return False
    return said == words


def _pieces(element: HtmlElement) -> Iterator[str]:
    if element.tag in ("button", "label", "textarea"):
        return
    yield element.text or ""
    for child in element:
        yield from _pieces(child)
        yield child.tail or ""


def _is_beside_object(element: HtmlElement) -> bool:
    """Tell whether a heading, code or a table stands next to an element, as with the control that copies it."""
    beside = (element.getprevious(), element.getnext())
    return any(
        one is not None and (one.tag in ("pre", "table", *HEADINGS) or one.find(".//pre") is not None) for one in beside
    )
