"""Tell what stands around a text from the text: an element's chrome is judged by its place before its names.

What HTML or ARIA calls navigation is not part of the text, however long it is. Words ("Copy"), ids and classes count
only together with a place outside the text: beside the text's column, a block of links, a caption alone in its block.
"""

from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, child_with, linked_length, text_length, text_of, unlinked_length
from docspasta_mcp.extract.normalise.captions import Surroundings, caption
from docspasta_mcp.extract.normalise.control_words import (
    is_footer_name,
    is_label,
    is_noise_name,
    is_related_name,
    is_stamp,
    is_template_name,
)
from docspasta_mcp.extract.normalise.hidden import HIDING, hides_by_class, is_hidden
from docspasta_mcp.extract.normalise.neighbours import Known, leads_away
from docspasta_mcp.extract.normalise.permalinks import MARKS, is_mark
from docspasta_mcp.extract.normalise.places import (
    KEEPERS,
    has_prose,
    is_among_words,
    is_list_of_links,
    stands_first,
    stands_last,
)
from docspasta_mcp.extract.selectors import tokens

_MAX_NOISE_SHARE = 0.4  # a class name such as "has-sidebar" on what holds most of the text is not a sidebar
_UNSHOWN = frozenset(
    "script style noscript template input select textarea iframe object embed svg canvas audio link meta head map area "
    "datalist progress meter rapi-doc noembed noframes".split()
)
_ROLES = frozenset(
    "navigation search banner contentinfo dialog alertdialog tooltip menu menubar toolbar tablist directory".split()
)
_ANCHORED = frozenset(
    (*HEADINGS, "section", "li", "dt", "dd", "p", "dl", "table", "span", "a")
)  # an id there is a link's target
_AROUND = frozenset(("nav", "footer", "header", "aside", "dialog", "form"))
_LABELLED = frozenset("p div span a li h2 h3 h4 h5 strong b em i label summary small".split())
_BUTTONS = frozenset(("button", "btn", "button-primary", "btn-primary", "md-button"))
_CONTROLS = ("button", "input", "select", "textarea")
_SHORT = 150  # characters of a line that a template writes
_CODES = 2  # of a form under a heading: names of what can be asked
_SAID = 30  # characters of a sentence in a form
_WORDS = 8  # of a sentence
_LINE = 15  # characters of a line of text
_LEAD = 60  # characters of a paragraph
_COLUMN = 0.9  # of the text outside links
_FOOTED = ("blockquote", "figure", "li", "td")  # their own footers are read


class PageChrome:
    """Judges the elements of one page."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._most = _MAX_NOISE_SHARE * text_length(root)
        self._found: HtmlElement | None = None
        self._known: Known = {}
        self._around = Surroundings(root)

    def noise(self, element: HtmlElement, tag: str) -> HtmlElement | None:
        """Return what goes with an element that is noise: itself, or what holds nothing else. None if it stays."""
        items = element.items()
        if tag in _UNSHOWN or (_may_tell(items) and self._is_noise_by_attributes(element, tag, dict(items))):
            return element
        if tag == "a":
            if is_mark(element):
                return element
            if tokens(element) & _BUTTONS and self._is_row_around(element):
                return element
            if (away := leads_away(element, self._root, self._known)) is not None:
                return away
        if tag in _LABELLED or "-" in tag:
            return caption(element, tag, self._around) if element.text else None
        return element if self._is_aside(element, tag) else None

    def _is_row_around(self, anchor: HtmlElement) -> bool:
        """Tell whether a link stands in a block of links only; a paragraph of one between others was written so."""
        if not _is_row_of_links(anchor, self._known):
            return False
        parent = anchor.getparent()
        is_written = parent is not None and parent.tag == "p" and len(parent) == 1
        return not is_written or stands_first(anchor, self._root) or stands_last(anchor, self._root)

    def _is_aside(self, element: HtmlElement, tag: str) -> bool:
        """Tell whether an element that HTML has for what stands around a text is no more than that."""
        if tag not in _AROUND:
            return False
        judge = {
            "nav": lambda: not self._holds_text(element),
            "footer": lambda: not _is_footed(element) and text_length(element) <= self._most,
            "header": lambda: not self._is_head_of_text(element),
            "aside": lambda: _is_complementary(element),
            "dialog": lambda: "open" not in element.attrib,
            "form": lambda: self._is_form_of_controls(element),
        }.get(tag)
        return judge is not None and judge()

    def _is_head_of_text(self, header: HtmlElement) -> bool:
        """Tell whether a header holds the first words of a text or a part of it, not menus."""
        if next(header.iter(*HEADINGS), None) is not None:
            return True
        if header.find(".//ul") is not None or next(header.iter("nav", "button", "input", "form"), None) is not None:
            return False
        if header.find(".//code") is not None or any(unlinked_length(part) >= _LEAD for part in header.iter("p")):
            return True
        return not is_list_of_links(header) and not stands_first(header, self._root)

    def _holds_text(self, element: HtmlElement) -> bool:
        """Tell whether much of the page's running text is in an element, whatever the element calls itself."""
        unlinked = unlinked_length(element)
        return unlinked > self._most and unlinked > text_length(element) / 2

    def _is_form_of_controls(self, form: HtmlElement) -> bool:
        """Tell whether a form asks a reader for something, not shows what can be asked."""
        if text_length(form) > self._most:
            return False
        asks = any(one.get("type") in ("search", "email", "password") for one in form.iter("input"))
        return asks or form.get("role") == "search" or is_noise_name(form.get("class", "")) or not _tells(form)

    def _is_noise_by_attributes(self, element: HtmlElement, tag: str, given: dict[str, str]) -> bool:
        names = given.get("class", "")
        if (names and hides_by_class(names)) or (not HIDING.isdisjoint(given) and is_hidden(element)):
            return True
        if given.get("role") in _ROLES:
            return not self._holds_text(element) and element.find(".//h1") is None
        anchor = given.get("id", "")
        speaks = bool(names) and is_noise_name(names)
        if not speaks and (not anchor or tag in _ANCHORED or not is_noise_name(anchor)):
            return False
        if text_length(element) > self._most or element.find(".//h1") is not None:
            return False
        if not speaks and _is_titled_so(element, anchor):
            return False
        return self._is_chrome(element, tag, names if speaks else anchor)

    def _is_chrome(self, element: HtmlElement, tag: str, names: str) -> bool:
        """Tell whether an element whose name speaks of chrome stands where chrome does."""
        if "edit" in names.lower() and is_list_of_links(element) and _stands_in_heading(element):
            return True
        if tag in HEADINGS or (tag == "table" and element.find(".//th") is not None) or is_among_words(element):
            return False
        if tag == "a" and element.get("href", "").startswith("#"):
            return text_of(element) in MARKS  # or a heading that is its own permalink
        length = text_length(element)
        if not length:
            return element.find(".//img") is None and element.find(".//pre") is None
        if tag in KEEPERS or tag in ("dl", "table") or is_list_of_links(element):
            return is_list_of_links(element) and not _is_announced(element)
        return self._is_captions(element, names, length) or not self._is_in_column(element)

    def _is_captions(self, element: HtmlElement, names: str, length: int) -> bool:
        """Tell whether an element holds controls, or the short lines that templates write."""
        if length <= _SHORT and is_template_name(names) and not (_is_amid_text(element) or _is_sentence(element)):
            return True
        if length <= _SHORT and next(element.iter("time"), None) is not None and not has_prose(element):
            return True
        if is_related_name(names) and _lists_titles(element):
            return True
        if is_footer_name(names) and (_is_foot(element, length) or stands_last(element, self._root)):
            return True
        if has_prose(element):
            return next(element.iter("form", "textarea"), None) is not None
        text = text_of(element)
        has_control = next(element.iter(*_CONTROLS), None) is not None
        return has_control or is_label(text) or (length <= _SHORT and is_stamp(text))

    def _is_in_column(self, element: HtmlElement) -> bool:
        if self._found is None:
            self._found = _column(self._root)
        return self._found is self._root or any(above is self._found for above in element.iterancestors())


def _is_announced(element: HtmlElement) -> bool:
    """Tell whether a sentence right above leads on to a list: "The chapters are the following:"."""
    before = element.getprevious()
    if before is None or before.tag != "p" or (before.tail or "").strip():
        return False
    text = text_of(before)
    return len(text) >= _SAID and text.endswith((":", "：")) and not is_list_of_links(before)


def _may_tell(items: list[tuple[str, str]]) -> bool:
    """Tell whether attributes may say that an element is chrome; most elements have none, or a class that does not."""
    return bool(items) and (len(items) > 1 or items[0][0] != "class" or _speaks(items[0][1]))


@lru_cache(maxsize=8192)
def _speaks(names: str) -> bool:
    return hides_by_class(names) or is_noise_name(names)


def _is_amid_text(element: HtmlElement) -> bool:
    """Tell whether an element that holds no link, date or control stands between parts of the text."""
    if next(element.iter("a", "time", *_CONTROLS), None) is not None or is_stamp(text_of(element)):
        return False
    before, after = element.getprevious(), element.getnext()
    if before is None or after is None or before.tag in ("h1", "nav", "header"):
        return False
    return all(unlinked_length(one) >= _LINE and not is_list_of_links(one) for one in (before, after))


def _is_sentence(element: HtmlElement) -> bool:
    """Tell whether an element says more than a template's line, and names no place or date."""
    text = text_of(element)
    if next(element.iter("a", "time", *_CONTROLS), None) is not None or any(map(str.isdecimal, text)):
        return False
    return len(text.split()) >= _WORDS and text.endswith(".")


def _stands_in_heading(element: HtmlElement) -> bool:
    return next(element.iterancestors(*HEADINGS), None) is not None


def _lists_titles(element: HtmlElement) -> bool:
    """Tell whether an element holds links under headings, and nothing else."""
    titles = sum(map(text_length, element.iter(*HEADINGS)))
    return linked_length(element) + titles >= _COLUMN * text_length(element)


def _tells(form: HtmlElement) -> bool:
    """Tell whether a form holds text of the page: running text, code, or lines under a heading."""
    if has_prose(form):
        return True
    if next(form.iter("textarea"), None) is not None:
        return False
    if len(list(islice(form.iter("code"), _CODES))) == _CODES and next(form.iter(*HEADINGS), None) is not None:
        return True
    return any(unlinked_length(line) >= _SAID for line in form.iter("p"))


def _is_titled_so(element: HtmlElement, anchor: str) -> bool:
    """Tell whether an id was made of the heading that an element begins with, as a section's is."""
    first = next(iter(element), None)
    if first is None or first.tag not in HEADINGS or is_list_of_links(element):
        return False
    name, title = ("".join(filter(str.isalnum, text.casefold())) for text in (anchor, text_of(first)))
    return bool(name) and title.startswith(name) and has_prose(element)


def _is_footed(footer: HtmlElement) -> bool:
    """Tell whether a footer belongs to a part of the text, as the source of a quotation does."""
    parent = footer.getparent()
    return parent is not None and parent.tag in _FOOTED


def _is_foot(element: HtmlElement, length: int) -> bool:
    """Tell whether a short line with links is the last of a box."""
    return length <= _SHORT and element.tag == "div" and element.getnext() is None and element.find(".//a") is not None


def _column(root: HtmlElement) -> HtmlElement:
    """Return the deepest element that holds nearly all of the text of `root` which is not a link."""
    linked, whole = linked_length(root), text_length(root)
    floor = _COLUMN * (whole - linked)
    found = root
    while True:
        inner = child_with(found, whole, floor, linked)
        if inner is None or inner.tag in KEEPERS or inner.tag in ("p", "table", "ul", "ol", "dl"):
            return found
        found = inner


def _is_row_of_links(anchor: HtmlElement, known: Known) -> bool:
    """Tell whether a link stands in a block of links only."""
    parent = anchor.getparent()
    if parent is None:
        return False
    key = (parent, "row of links")
    if key not in known:
        known[key] = text_length(parent) == sum(map(text_length, parent.iter("a"))) + len(parent) - 1
    return bool(known[key])


def _is_complementary(element: HtmlElement) -> bool:
    """Tell whether an aside stands beside the text, as a list of links does, not in it."""
    if any("footnote" in name for name in tokens(element)) or element.find(".//pre") is not None:
        return False
    whole = text_length(element)
    linked = sum(map(text_length, element.iter("a")))
    return linked > whole / 2 or element.get("role") == "complementary" or element.find(".//nav") is not None
