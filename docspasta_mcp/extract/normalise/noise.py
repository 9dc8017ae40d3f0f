"""What no reader of the text wants: navigation, controls, decoration, and whatever is hidden.

What HTML or ARIA calls navigation is not part of the text, however long it is. Words ("Copy"), ids and classes count
only together with a place outside the text: beside the text's column, a block of links, a caption alone in its block.
"""

from collections.abc import Set

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import (
    HEADINGS,
    Search,
    child_with,
    linked_length,
    remove,
    remove_all,
    text_length,
    text_of,
    tokens,
    unlinked_length,
)
from docspasta_mcp.extract.normalise.buttons import is_control, show_button
from docspasta_mcp.extract.normalise.captions import caption
from docspasta_mcp.extract.normalise.control_words import (
    is_footer_name,
    is_label,
    is_noise_name,
    is_stamp,
    is_template_name,
)
from docspasta_mcp.extract.normalise.hidden import HIDING, hides_by_class, is_hidden
from docspasta_mcp.extract.normalise.neighbours import Known, leads_away
from docspasta_mcp.extract.normalise.places import (
    KEEPERS,
    has_prose,
    is_among_words,
    is_list_of_links,
    stands_last,
    words_in,
)

_MAX_NOISE_SHARE = 0.4  # a class name such as "has-sidebar" on what holds most of the text is not a sidebar
_LISTS = frozenset(("ul", "ol", "dl", "table"))
_UNSHOWN = frozenset(
    "script style noscript template input select textarea iframe object embed svg canvas audio link meta head map area "
    "datalist progress meter rapi-doc slot noembed noframes".split()
)
_ROLES = frozenset(
    "navigation search banner contentinfo dialog alertdialog tooltip menu menubar toolbar tablist directory".split()
)
_KEPT = frozenset(("html", "body", "main", "pre", "code", "td", "th", "tr", "tbody", "thead"))
_CELLS = frozenset(("td", "th", "tr", "tbody", "code"))
_ANCHORED = frozenset(
    (*HEADINGS, "section", "li", "dt", "dd", "p", "dl", "table", "span", "a")
)  # an id there is a link's target
_AROUND = frozenset(("nav", "footer", "header", "aside", "dialog", "form"))
_LABELLED = frozenset("p div span a li h2 h3 h4 h5 strong b label summary small".split())
_MARKS = frozenset(
    ("¶", "#", "§", "🔗", "", "", "", "#️⃣", "[src]", "[source]", "link", "Link to this heading", "anchor")
)
_BUTTONS = frozenset(("button", "btn", "button-primary", "btn-primary", "md-button"))
_MENUS = Search(".dropdown-menu", "[role=menu]", "[role=listbox]")
_CONTROLS = ("button", "input", "select", "textarea")
_SHORT = 150  # characters of a line that a template writes
_SAID = 30  # characters of a sentence in a form
_LINE = 15  # characters of a line of text
_LEAD = 60  # characters of a paragraph
_COLUMN = 0.9  # of the text outside links
_FOOTED = ("blockquote", "figure", "li", "td")  # their own footers are read


def drop_menus(root: HtmlElement, names: frozenset[str]) -> None:
    """Remove the menus that open from a word, in code as well."""
    for menu in _MENUS(root, names):
        before = menu.getprevious()
        parent = menu.getparent()
        if before is None or parent is None or parent.tag == "nav":
            continue
        opens = before.get("data-toggle") or before.get("data-bs-toggle") or before.get("aria-haspopup")
        if opens or "dropdown-toggle" in tokens(before):
            remove(menu)


def drop_noise(root: HtmlElement) -> None:
    """Remove noise below `root`; the tree is walked once."""
    etree.strip_elements(root, "option", "optgroup", "datalist", "svg", with_tail=False)
    page = _Page(root)
    removed: set[HtmlElement] = set()
    for element in list(root.iterdescendants()):
        tag = element.tag
        if not isinstance(tag, str):  # a comment
            remove(element)
        elif tag == "button":
            if is_control(element):
                removed.add(element)
            else:
                show_button(element)
        elif tag in _KEPT:
            if tag in _CELLS and is_hidden(element):
                removed.add(element)
        elif (noise := page.noise(element, tag)) is not None:
            removed.add(noise)
    remove_all(root, removed - _contents(root, removed))


def _contents(root: HtmlElement, removed: Set[HtmlElement]) -> Set[HtmlElement]:
    """Return the lists of links under a heading if a page has nothing else: a chapter's list of its sections."""
    lists = {one for one in removed if one.tag in _LISTS and _is_headed(one)}
    if not lists:
        return lists
    outer = [one for one in removed if not any(above in removed for above in one.iterancestors())]
    known = sum(words_in(text_of(one)) for one in (*outer, *root.iter(*HEADINGS)))
    return lists if words_in(text_of(root)) <= known else frozenset()


def _is_headed(element: HtmlElement) -> bool:
    """Tell whether a heading stands before an element in its block."""
    return any(one.tag in HEADINGS for one in element.itersiblings(preceding=True))


def drop_permalinks(root: HtmlElement) -> None:
    """Remove from headings the links to themselves, and make other links in them plain text."""
    for heading in list(root.iter(*HEADINGS, "dt", "summary")):
        for part in heading.iterdescendants("span", "div", "code", "small"):
            following = part.getnext()
            if part.tag == "code" and following is not None and following.find("code") is not None:
                continue  # a signature that is parted where its links are
            if following is not None and not part.tail and not _goes_on(following):  # set apart by style alone
                part.tail = " "
            elif not part.text and not len(part):
                part.tail = f" {part.tail or ''}"
        for line_break in heading.iter("br"):
            line_break.tail = f" {line_break.tail or ''}"
        for classifier in heading.iterdescendants("span"):
            before = classifier.getprevious()
            is_parted = before is not None and "classifier-delimiter" in tokens(before)
            if "classifier" in tokens(classifier) and not is_parted:  # Docutils sets the colon by style
                classifier.text = f" : {classifier.text or ''}"
        for anchor in list(heading.iter("a")):
            text = (anchor.text_content() or "").strip()
            if text in _MARKS or (anchor.get("aria-hidden") == "true" and len(text) < 3):
                remove(anchor)
            elif anchor.get("href", "").startswith("#") and (heading.tag != "dt" or "permalink" in tokens(anchor)):
                anchor.drop_tag()


def _goes_on(following: HtmlElement) -> bool:
    """Tell whether a part of a name goes on: `push` and `(_:)`."""
    return following.tag == "span" and not following.get("class") and text_of(following)[:1] in "(.,:)]"


class _Page:
    """Judges the elements of one page."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._most = _MAX_NOISE_SHARE * text_length(root)
        self._found: HtmlElement | None = None
        self._known: Known = {}

    def noise(self, element: HtmlElement, tag: str) -> HtmlElement | None:
        """Return what goes with an element that is noise: itself, or what holds nothing else. None if it stays."""
        given = dict(element.items())
        if tag in _UNSHOWN or (given and self._is_noise_by_attributes(element, tag, given)):
            return element
        if tag == "a":
            if "class" in given and tokens(element) & _BUTTONS and _is_row_of_links(element):
                return element
            if (away := leads_away(element, self._root, self._known)) is not None:
                return away
        if tag in _LABELLED or "-" in tag:
            return caption(element, tag, self._root) if element.text else None
        return element if self._is_aside(element, tag) else None

    def _is_aside(self, element: HtmlElement, tag: str) -> bool:
        """Tell whether an element that HTML has for what stands around a text is no more than that."""
        if tag not in _AROUND:
            return False
        judge = {
            "nav": lambda: not self._holds_text(element),
            "footer": lambda: not _is_footed(element) and text_length(element) <= self._most,
            "header": lambda: next(element.iter(*HEADINGS), None) is None and not _has_lead(element),
            "aside": lambda: _is_complementary(element),
            "dialog": lambda: "open" not in element.attrib,
            "form": lambda: self._is_form_of_controls(element),
        }.get(tag)
        return judge is not None and judge()

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
        if tag in HEADINGS or (tag == "table" and element.find(".//th") is not None) or is_among_words(element):
            return False
        if tag == "a" and element.get("href", "").startswith("#"):
            return text_of(element) in _MARKS  # or a heading that is its own permalink
        length = text_length(element)
        if not length:
            return element.find(".//img") is None and element.find(".//pre") is None
        if tag in KEEPERS or tag in ("dl", "table") or is_list_of_links(element):
            return is_list_of_links(element)
        return self._is_captions(element, names, length) or not self._is_in_column(element)

    def _is_captions(self, element: HtmlElement, names: str, length: int) -> bool:
        """Tell whether an element holds controls, or the short lines that templates write."""
        if length <= _SHORT and is_template_name(names) and not _is_amid_text(element):
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


def _is_amid_text(element: HtmlElement) -> bool:
    """Tell whether an element that holds no link, date or control stands between parts of the text."""
    if next(element.iter("a", "time", *_CONTROLS), None) is not None or is_stamp(text_of(element)):
        return False
    before, after = element.getprevious(), element.getnext()
    if before is None or after is None or before.tag in ("h1", "nav", "header"):
        return False
    return all(unlinked_length(one) >= _LINE and not is_list_of_links(one) for one in (before, after))


def _tells(form: HtmlElement) -> bool:
    """Tell whether a form holds text of the page: running text, or lines under a heading."""
    if has_prose(form):
        return True
    is_asked = next(form.iter("textarea"), None) is not None
    return not is_asked and any(unlinked_length(line) >= _SAID for line in form.iter("p"))


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


def _has_lead(header: HtmlElement) -> bool:
    """Tell whether a header holds the first words of the text, not menus."""
    if header.find(".//ul") is not None or header.find(".//nav") is not None or header.find(".//button") is not None:
        return False
    return any(unlinked_length(part) >= _LEAD for part in header.iter("p"))


def _column(root: HtmlElement) -> HtmlElement:
    """Return the deepest element that holds nearly all of the text of `root` which is not a link."""
    linked = linked_length(root)
    floor = _COLUMN * (text_length(root) - linked)
    found = root
    while True:
        inner = child_with(found, floor, linked)
        if inner is None or inner.tag in KEEPERS or inner.tag in ("p", "table", "ul", "ol", "dl"):
            return found
        found = inner


def _is_row_of_links(anchor: HtmlElement) -> bool:
    """Tell whether a link stands in a block of links only."""
    parent = anchor.getparent()
    return parent is not None and text_length(parent) == sum(map(text_length, parent.iter("a"))) + len(parent) - 1


def _is_complementary(element: HtmlElement) -> bool:
    """Tell whether an aside stands beside the text, as a list of links does, not in it."""
    if any("footnote" in name for name in tokens(element)) or element.find(".//pre") is not None:
        return False
    whole = text_length(element)
    linked = sum(map(text_length, element.iter("a")))
    return linked > whole / 2 or element.get("role") == "complementary" or element.find(".//nav") is not None
