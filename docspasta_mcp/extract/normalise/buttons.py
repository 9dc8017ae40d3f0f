"""Buttons: controls, which say nothing of the matter, and the words and panels that some pages set in them."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, ancestors, has_block, make, text_length, text_of
from docspasta_mcp.extract.glances import has_text, is_whole
from docspasta_mcp.extract.normalise.control_words import is_label
from docspasta_mcp.extract.normalise.places import (
    has_prose,
    is_among_words,
    is_block,
    line_around,
    part_words,
    words_in,
)
from docspasta_mcp.extract.selectors import tokens

_OPERATION = re.compile(
    r"get|post|put|patch|delete|del|head|options|trace|query|mutation|subscription|[1-5](?:\d\d|xx)|default",
    re.IGNORECASE,
)
_TOGGLES = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle", "data-target", "data-bs-target")
_MAX_CAPTION = 40  # characters; what is longer says something
_ADDRESS = re.compile(r"https?://\S+|/\S*[\w}]")
_HOLDERS = 3  # elements around a button that hold nothing else
_FEW_WORDS = 3  # of a panel; a menu of controls aside
_ANSWERS = frozenset(
    "yes no submit cancel close dismiss subscribe ok 👍 👎 send".split()
)  # of boxes that ask something
_WRAPPERS = ("span", "em", "strong", "b")
_ICONS = frozenset("copy copybtn copy-button clipboard copy-btn btn-copy btn-clipboard code-copy".split())


def is_control(button: HtmlElement) -> bool:
    """Tell whether a button only does something: its text, if any, is the caption of that."""
    text = text_of(button)
    if not text or tokens(button) & _ICONS or button.get("aria-haspopup") not in (None, "false", "dialog"):
        return True
    if is_label(text) or text.lower() in _ANSWERS:
        return not _is_word(button)
    if has_block(button) or _is_word(button) or len(text) > _MAX_CAPTION or _names_operation(button):
        return False
    if _copies(button, text):
        return False
    if any(name in button.attrib for name in _TOGGLES):
        return not _opens_text(button)
    return not _is_caption_of_text(button)


def _copies(button: HtmlElement, text: str) -> bool:
    """Tell whether a button shows what it copies, an address or code and nothing else, with no button beside it."""
    code = button.find(".//code")
    if not (_ADDRESS.fullmatch(text) or (code is not None and is_whole(code, button))):
        return False
    whole = button
    for above in ancestors(button, _HOLDERS):
        if any(one is not None and next(one.iter("button"), None) is not None for one in _beside(whole)):
            return False
        if not is_whole(button, above):
            break
        whole = above
    return True


def _beside(element: HtmlElement) -> tuple[HtmlElement | None, HtmlElement | None]:
    return element.getprevious(), element.getnext()


def _names_operation(button: HtmlElement) -> bool:
    """Tell whether a button says an operation with its path, or an answer's status with what it means."""
    parts = [said for part in button.iterdescendants() if not len(part) and (said := text_of(part))]
    return len(parts) > 1 and bool(_OPERATION.fullmatch(parts[0]))


def show_button(button: HtmlElement) -> None:
    """Make plain text of a button: a line of its own where it labels what it opens."""
    parent = button.getparent()
    part_words(button)
    button.attrib.clear()
    if has_block(button):
        button.tag = "div"
    elif parent is None or parent.tag in (*HEADINGS, "td", "th") or _is_among_words(button):
        button.tag = "span"
        before = button.getprevious()
        if before is not None and not before.tail and not is_block(before) and has_text(before):
            before.tail = " "  # its frame parts them
    else:
        strong = make("strong", button.text or "", *button)
        button.text, button.tag = None, "p"
        button.append(strong)


def _is_among_words(button: HtmlElement) -> bool:
    """Tell whether words stand in one line with a button, those of other buttons aside."""
    return is_among_words(button) and words_in(line_around(button, without="button")) > 0


def _is_word(button: HtmlElement) -> bool:
    """Tell whether a button stands in a heading or a sentence, which would have a hole without it."""
    parent = button.getparent()
    if parent is None:
        return False
    if parent.tag in HEADINGS and is_whole(button, parent):
        return True
    if _heads_row(button) or (not is_label(text_of(button)) and _is_entry(button, parent)):
        return True
    whole = button
    while parent is not None and parent.tag in _WRAPPERS and is_whole(button, parent):
        whole, parent = parent, parent.getparent()
    if parent is None or parent.tag not in ("p", "li", "td", "dd", *_WRAPPERS) or not _goes_on(whole):
        return False
    words = words_in(line_around(button, without="button"))
    return words > 1 or (words == 1 and (whole.tail or "").lstrip()[:1] in tuple(".,;)!?"))


def _is_entry(button: HtmlElement, parent: HtmlElement) -> bool:
    """Tell whether a button is what a cell says, or heads the text of an item."""
    cell = parent if parent.tag in ("td", "th") else next(ancestors(button, 3), parent)
    if cell.tag in ("td", "th"):
        return is_whole(button, cell)
    return parent.tag == "li" and button.getprevious() is None and _words_beside(button, parent)


def _heads_row(button: HtmlElement) -> bool:
    """Tell whether a button is the first cell of a row that says what it does."""
    cell = next((above for above in ancestors(button, 3) if above.tag in ("td", "th")), None)
    if cell is None or cell.getprevious() is not None or next(cell.iter("button")) is not button:
        return False
    if text_of(cell) != text_of(button):
        return False
    return any(words_in(text_of(one)) > 1 for one in cell.itersiblings())


def _words_beside(button: HtmlElement, item: HtmlElement) -> bool:
    """Tell whether an item says more than its button, and that in no links."""
    linked = sum(text_length(one) for one in item.iter("a") if one.get("href"))
    return text_length(item) - linked > len(text_of(button)) + len(item)


def _has_words(panel: HtmlElement) -> bool:
    if has_prose(panel) or any(len(text_of(part)) > _MAX_CAPTION for part in panel.iter("p")):
        return True
    is_plain = next(panel.iter("button", "a", "input", "select", "ul"), None) is None
    return is_plain and words_in(text_of(panel)) >= _FEW_WORDS


def _goes_on(button: HtmlElement) -> bool:
    """Tell whether the sentence goes on, or ends with its full stop, behind a button."""
    following = button.getnext()
    return bool((button.tail or "").strip()) or (following is not None and following.tag not in ("button", "br", "ul"))


def _opens_text(button: HtmlElement) -> bool:
    following = button.getnext()
    if following is None and (parent := button.getparent()) is not None:
        following = parent.getnext()
    return following is not None and following.tag not in ("nav", "ul", "form") and has_text(following)


def _is_caption_of_text(button: HtmlElement) -> bool:
    """Tell whether running text follows at once in a block, as it does with panels that open."""
    following, before = button.getnext(), button.getprevious()
    if following is None or (before is not None and before.tag == "button"):
        return False
    return (
        is_block(following)
        and following.tag in ("div", "section")
        and _has_words(following)
        and not (following.tag == "div" and len(following) == 1 and following[0].tag == "pre")
    )
