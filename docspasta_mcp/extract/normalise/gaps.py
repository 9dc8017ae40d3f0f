"""Spaces that only CSS makes: between badges, between the parts of an endpoint or a parameter.

`<span class="verb">POST</span><span class="path">/pets</span>` is two words to whoever sees it.
"""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, text_length

_BADGE = re.compile(
    r"(?:^|[\s_-])(?:badge|label|tag|pill|chip|lozenge|verb|method|http-?method|path|endpoint|type|datatype|name|types|parameter|argument|req|required|"
    r"optional|default|status|prop|param|property|since|version|deprecated|kind|category|flag|beta|experimental|new|stability|"
    r"modifier|constraint|stab|format|range|enum|scope|role|level|time|date|author)(?:$|[\s_-]|-\d)",
    re.IGNORECASE,
)
_DRAWN_BADGE = re.compile(r"(?:^|[\s_-])(?:badge|pill|chip|lozenge)(?:$|[\s_-])", re.IGNORECASE)
_VERSION = re.compile(r"v?\d+(?:\.\d+)*\+?|[A-Z][a-z]+")  # what a badge says
_SINCE = re.compile(r"[A-Za-z]{3,} \d+(?:\.\d+)*\+")  # `iOS 14+`
_SPACED = re.compile(r"(?:margin|padding)(?:-(?:left|right|inline\S*))?\s*:\s*(?!0)", re.IGNORECASE)
_UNDER = re.compile(
    r"(?:^|[\s_-])(?:desc|description|subtitle|sub-title|subheading|details?|caption)(?:$|[\s_-])", re.IGNORECASE
)
_BUTTON = re.compile(r"(?:^|[\s_-])(?:btn|button|cta|chip|pill)(?:$|[\s_-])", re.IGNORECASE)
_ROW_NAME = re.compile(
    r"(?:^|[\s_-])(?:rows?|cards?|menu|nav\w*|links|lists?|grid|tiles?|bar|toolbar|buttons?|btns?|tabs?|actions?|items?|tags?|pager|"
    r"pagination|breadcrumbs?|block-file)(?:$|[\s_-])",
    re.IGNORECASE,
)
_GAP = re.compile(r"(?:^|\s)(?:(?:gap|space)(?:-x)?-[\d[]|(?:row|group|stack)-gap)")  # of Tailwind and its like
_LAYOUTS = frozenset(("flex", "inline-flex", "grid", "inline-grid"))  # of Tailwind
_METHOD = re.compile(r"get|post|put|patch|delete|head|options|trace", re.IGNORECASE)
_MANY = 3  # parts of a block that are words of their own, whatever they are called
_PARTS = frozenset(("span", "small", "em", "strong", "b", "i", "code", "label", "abbr", "sup", "mark", "kbd"))
_LINKED_PARTS = _PARTS | {"a"}
_BADGED = frozenset((*HEADINGS, "dt", "summary"))
_ROWS = frozenset("div section article li nav p td".split())
_MERGED = frozenset(("b", "strong", "em", "i", "del"))
_BULLETS = frozenset("•◦▪‣●○")
_CLOSED = frozenset(("pre", "code", "samp", "tt", "kbd", "math"))


class _Rows:
    """What is known of elements with parts side by side: asked anew for each part, it would take the square of them."""

    def __init__(self) -> None:
        self._pictures: dict[HtmlElement, bool] = {}
        self._words: dict[HtmlElement, int] = {}
        self._bare: dict[HtmlElement, bool] = {}
        self._links: dict[HtmlElement, bool] = {}

    def has_picture(self, parent: HtmlElement) -> bool:
        """Tell whether a picture is in an element."""
        if parent not in self._pictures:
            self._pictures[parent] = next(parent.iter("img"), None) is not None
        return self._pictures[parent]

    def words(self, parent: HtmlElement) -> int:
        """Return how many parts an element has; none if one of them is a single character."""
        if parent not in self._words:
            parts = [child for child in parent if child.tag in _PARTS]
            self._words[parent] = len(parts) if all(text_length(one) > 1 for one in parts) else 0
        return self._words[parent]

    def is_of_links(self, element: HtmlElement, following: HtmlElement) -> bool:
        """Tell whether links are all of a block, and it or each of them is called a row, a card or a menu."""
        parent = element.getparent()
        if parent is None or parent.tag not in _ROWS or element.tag != "a" or following.tag != "a":
            return False
        if parent not in self._links:
            names = parent.get("class", "")
            is_named = bool(_ROW_NAME.search(names)) or all(_ROW_NAME.search(link.get("class", "")) for link in parent)
            self._links[parent] = (
                is_named
                and not (parent.text or "").strip()
                and all(child.tag == "a" and not (child.tail or "").strip() for child in parent)
            )
        return self._links[parent]

    def is_bare(self, parent: HtmlElement) -> bool:
        """Tell whether an element holds nothing beside its parts, blocks and pictures."""
        if parent not in self._bare:
            parts = (child for child in parent if child.tag not in BLOCKS and child.tag != "img")
            self._bare[parent] = all(child.tag in _PARTS and not (child.tail or "").strip() for child in parts)
        return self._bare[parent]


def split_badges(root: HtmlElement) -> None:
    """Put a space between words below `root` that only their style keeps apart, and join what is bold twice over."""
    for element in list(root.iter("s", "strike")):
        element.tag = "del"
    for element in list(root.iter(*_MERGED)):
        _merge(element)
    for code in list(root.iter("code")):
        _part_code(code)
    rows = _Rows()
    for element in root.iter("span", "small", "code", "strong", "em", "label", "b", "i", "a"):
        if _is_heading_badge(element) or _is_drawn_badge(element):
            _space_before(element)
        if tail := element.tail:
            if tail[0].isalnum() and (
                (_is_badge(element) and _ends_in_word(element)) or _is_spread(element) or element.text in _BULLETS
            ):
                element.tail = f" {tail}"
            continue
        following = _next_said(element)
        if following is None or following.tag not in _LINKED_PARTS or element.tag == following.tag == "code":
            continue
        if not (
            _is_badge(element)
            or _is_badge(following)
            or _is_row(element, following, rows)
            or _is_under(following)
            or _is_named(element)
            or _are_buttons(element, following)
            or _is_endpoint(element, following)
            or rows.is_of_links(element, following)
        ):
            continue
        if _ends_in_word(element) and _starts_a_word(following):
            element.tail = " "


def _next_said(element: HtmlElement) -> HtmlElement | None:
    """Return the part right behind one that says something; what draws a line between them says nothing."""
    following = element.getnext()
    if element.tag != "span" or not _has_text(element):
        return following
    while (
        following is not None and following.tag == "span" and not (len(following) or following.text or following.tail)
    ):
        following = following.getnext()
    return following


def _is_spread(element: HtmlElement) -> bool:
    """Tell whether style sets a gap between the part that a heading begins with, such as a sign, and its words."""
    parent = element.getparent()
    if parent is None or parent.tag not in HEADINGS or element.getprevious() is not None or (parent.text or "").strip():
        return False
    return "flex" in parent.get("class", "").split() and bool(_GAP.search(parent.get("class", "")))


def _is_endpoint(element: HtmlElement, following: HtmlElement) -> bool:
    """Tell whether parts are a method of HTTP and its path."""
    return bool(_METHOD.fullmatch(_said(element))) and _said(following)[:1] in ("/", "{")


def _is_named(element: HtmlElement) -> bool:
    """Tell whether a part is the name of the next one, with a colon, and both are all of a block: `default: all`."""
    parent = element.getparent()
    if parent is None or element.tag != "span" or parent.tag not in BLOCKS or (parent.text or "").strip():
        return False
    text = _said(element)
    is_name = text.endswith(":") and text[:-1].replace("-", " ").replace(" ", "").isalnum()
    return is_name and not any((part.tail or "").strip() for part in parent)


def _part_code(code: HtmlElement) -> None:
    """Join a code span with the one right after it, or separate them if they would become one word."""
    following = code.getnext() if not code.tail else None
    if following is None or following.tag != "code" or not _has_text(code) or not _has_text(following):
        return
    is_call_after_call = _said(code).endswith(")") and _said(following).startswith("(")
    if is_call_after_call or (_ends_in_word(code) and _starts_a_word(following)):
        code.tail = " "
    else:
        _merge(code)


def _said(element: HtmlElement) -> str:
    return "".join(element.itertext()).strip()


def _has_text(element: HtmlElement) -> bool:
    return any(map(str.strip, element.itertext()))


def _is_badge(element: HtmlElement) -> bool:
    names = element.get("class")
    if element.tag in ("code", "a", "i"):
        return False
    if not names:
        return bool(_SPACED.search(element.get("style", "")))
    return _names_badge(names) and not any(above.tag in _CLOSED for above in element.iterancestors())


@lru_cache(maxsize=4096)
def _names_badge(names: str) -> bool:
    return bool(_BADGE.search(names))


def _is_row(element: HtmlElement, following: HtmlElement, rows: _Rows) -> bool:
    """Tell whether parts are all that a block shows, side by side: of a class each, many, or set apart by style."""
    parent = element.getparent()
    if parent is None or (parent.text or "").strip() or element.tag == following.tag == "a":
        return False
    is_card = parent.tag == "a" and rows.has_picture(parent)
    is_laid_out = parent.tag == "span" and not _LAYOUTS.isdisjoint(parent.get("class", "").split())
    if parent.tag not in BLOCKS and not is_card and not is_laid_out and not (parent.tag == "a" and parent.get("class")):
        return False
    names, others = element.get("class"), following.get("class")
    style = parent.get("style", "")
    is_spread = "flex" in style or "grid" in style or is_card or bool(_GAP.search(parent.get("class", "")))
    if not is_spread and (not names or not others or names == others):
        is_same = bool(names) and names == others
        if rows.words(parent) < (2 if is_same else _MANY):
            return False
    return rows.is_bare(parent)


def _are_buttons(element: HtmlElement, following: HtmlElement) -> bool:
    """Tell whether links side by side are drawn as buttons, a margin apart."""
    both = (element, following)
    return all(one.tag == "a" and bool(_BUTTON.search(one.get("class", ""))) for one in both)


def _is_under(following: HtmlElement) -> bool:
    """Tell whether a part is the line under a title."""
    return following.tag == "span" and bool(_UNDER.search(following.get("class", "")))


def _is_heading_badge(element: HtmlElement) -> bool:
    parent = element.getparent()
    if parent is None or parent.tag not in _BADGED or not element.get("class"):
        return False
    if element.tag == "code":
        return _names_badge(element.get("class", ""))
    return _is_badge(element) or (element.tag in ("span", "small") and " " in _said(element))


def _is_drawn_badge(element: HtmlElement) -> bool:
    """Tell whether an element is drawn as a badge and says a version or a word, right behind a whole word of text."""
    if element.tag != "span" or not _DRAWN_BADGE.search(element.get("class", "")):
        return False
    before, parent = element.getprevious(), element.getparent()
    words = (before.tail if before is not None else parent.text if parent is not None else "") or ""
    if not words[-3:].isalpha() or len(words) < 3 or (element.tail or "")[:1].isalnum():
        return False
    is_closed = any(above.tag in _CLOSED for above in element.iterancestors())
    return bool(_VERSION.fullmatch(_said(element))) and not is_closed


def _space_before(element: HtmlElement) -> None:
    """Part a badge from the word that it stands right behind."""
    before, parent = element.getprevious(), element.getparent()
    if not _starts_a_word(element) or parent is None:
        return
    if before is not None:
        if before.tail and _ends_word(before.tail):
            before.tail += " "
    elif parent.text and _ends_word(parent.text):
        parent.text += " "


def _ends_word(text: str) -> bool:
    return text[-1].isalnum() or text[-1] in ">)]"


def _ends_in_word(element: HtmlElement) -> bool:
    text = "".join(element.itertext())
    return bool(text) and (text[-1].isalnum() or text[-1] in ":).]!?+%")


def _starts_a_word(element: HtmlElement) -> bool:
    text = "".join(element.itertext())
    return bool(text) and (text[0].isalnum() or text[0] in "/{$")


def _merge(element: HtmlElement) -> None:
    """Join an element with the one after it if nothing stands between and both are emphasised alike."""
    following = element.getnext() if not element.tail else None
    last = element.text or ""
    while following is not None and following.tag == element.tag and not element.tail:
        text = following.text or ""
        is_next = bool(_SINCE.fullmatch(last)) and text[:1].isalpha()
        last, text = text, f" {text}" if is_next else text
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text
        element.extend(list(following))
        element.tail = following.tail
        parent = following.getparent()
        if parent is None:
            return
        following.tail = None
        parent.remove(following)
        following = element.getnext()
