"""Notes, tips and warnings in one form: a quotation that opens with its bold title.

Knows Sphinx and Python-Markdown (`admonition`), Docusaurus, VitePress, Starlight, Asciidoctor, DocBook, Bootstrap
alerts (Docsy), GitHub and mdBook alerts, MDN, HonKit hints, Doxygen sections, Microsoft Learn, Nextra and Mintlify.
"""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, bold_line, label_of, make, remove, rename, replace, text_of, xpath
from docspasta_mcp.extract.selectors import tokens

_KINDS = frozenset(
    "note tip warning caution danger important info hint attention error seealso bug example question quote success "
    "abstract todo deprecated failure summary".split()
)
_WEAK = frozenset("info question success abstract todo failure hint".split())  # classes of much else
_BOXES = frozenset(
    "admonition admonitionblock alert callout custom-block notecard hint markdown-alert starlight-aside "
    "theme-admonition nextra-callout notice doc-admonition docs-callout admon aside alert-message gdoc-hint "
    "blockquote-tag awsdocs-note confluence-information-macro myst-admonition hint-container".split()
)
_PREFIXES = (
    "admonition-", "alert-", "callout-", "markdown-alert-", "starlight-aside--", "theme-admonition-", "hint-",
    "notecard-", "blockquote-tag-", "callout_", "is-", "confluence-information-macro-", "awsdocs-", "myst-admonition-",
)  # fmt: skip
_TITLES = frozenset(
    "sidebar-title admonition-title title custom-block-title markdown-alert-title starlight-aside__title alert-heading "
    "callout-title blockquote-tag-title admonition-heading nextra-callout-title hint-title callout-heading "
    "awsdocs-note-title callout-title-container hint-container-title".split()
)
_LOWER = ("h3", "h4", "h5", "h6")
_NAMES = {
    "seealso": "See also", "info": "Info", "todo": "To do", "danger": "Danger", "secondary": "Note", "primary": "Note",
    "information": "Info",
    "success": "Tip", "warn": "Warning", "default": "Note", "alert": "Warning",
}  # fmt: skip
_TITLE = re.compile(
    r"(?:[\w-]*[_-])?(?:admonition|alert|callout|note|notice|tip|hint|warning|message|infobox)(?:__|-|_)(?:title|heading|header)|"
    r"\w*admonitionHeading\w*"
)
_CUSTOM = re.compile(r"-(?:callout|admonition|alert|aside|note|hint|notice|tip|warning|caution|info-?box|banner-note)$")
_TAGS = frozenset(("div", "aside", "section", "blockquote", "figure", "details", "dl", "p", "table", "starlight-aside"))


def quote_admonitions(root: HtmlElement, may_hold: frozenset[str]) -> None:
    """Turn every admonition below `root` into a quotation."""
    if "custom elements" in may_hold:
        _custom_boxes(root)
    quoted: set[HtmlElement] = set()
    for element in reversed(list(root.iterdescendants(*_TAGS))):
        names = element.get("class", "")
        if quoted and any(child in quoted for child in element) and not _says_more(element):
            continue  # around one of the same kind, as DocBook's sheets of DSSSL write it
        kind = _kind(names) if names else ""
        if not kind and "sidebar" in names and "sidebar" in names.split() and element.find_class("sidebar-title"):
            kind = "note"
        if kind and element.getparent() is not None and not _is_banner(element) and not _is_untitled(element, kind):
            _quote(element, kind)
            quoted.add(element)


def _says_more(element: HtmlElement) -> bool:
    """Tell whether an element holds text beside its only child."""
    return len(element) != 1 or bool((element.text or "").strip() or (element[0].tail or "").strip())


def _custom_boxes(root: HtmlElement) -> None:
    """Give custom elements such as `<x-callout type="warning">` the classes of an admonition."""
    for element in xpath(root, ".//*[contains(name(), '-')]"):
        tag = str(element.tag)
        if not _CUSTOM.search(tag) or not text_of(element):
            continue
        said = [
            element.get(name, "").lower()
            for name in ("type", "kind", "variant", "severity", "level", "theme", "intent")
        ]
        kind = next((one for one in (*said, *tag.split("-")) if one in _KINDS or one in _NAMES), "note")
        title = " ".join((element.get("title") or element.get("heading") or element.get("label") or "").split())
        rename(element, "div")
        element.set("class", f"admonition admonition-{kind}")
        if title:
            heading = make("p", title)
            heading.set("class", "admonition-title")
            heading.tail, element.text = element.text, None
            element.insert(0, heading)


@lru_cache(maxsize=4096)
def _kind(names: str) -> str:
    """Return what kind of admonition class names speak of, or an empty string."""
    found = names.lower().split()
    is_box = _is_box(names)
    kinds = [name for name in found if name in _KINDS]
    if not is_box:  # DocBook and others use the bare kind, alone, DITA its own kinds of notes as well
        found = [name for name in dict.fromkeys(found) if not name.startswith("note_") or "note" not in kinds]
        return (
            kinds[0] if len(found) <= 2 and kinds and kinds[0] not in ("example", "summary", "quote", "error") else ""
        )
    for name in found:
        for prefix in _PREFIXES:
            kind = name.removeprefix(prefix).lstrip("-_")
            if name.startswith(prefix) and (kind in _KINDS or kind in _NAMES):
                return kind
    return kinds[0] if kinds else "note"


def _is_untitled(element: HtmlElement, kind: str) -> bool:
    """Tell whether a word that texts of other kinds have for a class stands without a box or a title that says so."""
    return kind in _WEAK and not _is_box(element.get("class", "")) and _take_title(element) is None


@lru_cache(maxsize=4096)
def _is_box(names: str) -> bool:
    found = names.lower().split()
    return any(name in _BOXES or name.startswith("admonition_") for name in found)


def _is_banner(element: HtmlElement) -> bool:
    """Tell whether an alert is not part of the text: empty, or holding whole sections."""
    if element.tag == "table" and len(xpath(element, ".//tr[count(td|th) > 1]")) > 1:  # of data
        return True
    return not text_of(element) or element.find(".//h1") is not None or len(xpath(element, ".//h2")) > 1


def _quote(element: HtmlElement, kind: str) -> None:
    kind = element.get("data-callout-type", "").lower() or kind
    title = _NAMES.get(kind, kind.capitalize())
    if "admonitionblock" in tokens(element):  # Asciidoctor sets an icon beside the text in a table
        contents = xpath(element, ".//td[contains(concat(' ', @class, ' '), ' content ')]")
        icons = xpath(element, ".//td[contains(concat(' ', @class, ' '), ' icon ')]")
        if contents:
            title = (label_of(icons[0]) if icons else "") or title
            rename(contents[0], "div")
            replace(element, contents[0])
            element = contents[0]
    _open_layout(element)
    found = _take_title(element)
    if found is not None:
        title = label_of(found) or title
        remove(found)
    rename(element, "blockquote")
    first = next(iter(element), None)
    if first is not None and _is_icon(first) and not (element.text or "").strip():
        remove(first)
    for description in list(element.iterchildren("dd")):
        rename(description, "div")
    title = title.rstrip(":").strip() or kind
    heading = bold_line(title.capitalize() if title.lower() in _KINDS else title)
    element.insert(0, heading)
    heading.tail, element.text = (element.text or "").lstrip() or None, None


def _open_layout(element: HtmlElement) -> None:
    """Open the table by which DocBook's sheets set a picture beside the title and the text."""
    table = next(iter(element), None)
    if table is None or table.tag != "table" or _says_more(element):
        return
    rows = [
        list(row.iterchildren("td", "th")) for row in xpath(table, "./tr|./thead/tr|./tbody/tr|./tfoot/tr")
    ]  # no inner table's
    cells = [cell for row in rows for cell in row]
    if len(rows) > 2 or max(map(len, rows), default=0) > 2:
        return
    if not any(not text_of(cell) and cell.find(".//img") is not None for cell in cells[:1]):
        return
    for cell in cells[1:]:
        names = "admonition-title" if cell.tag == "th" else ""
        rename(cell, "div")
        cell.set("class", names)
    replace(table, make("div", "", *(cell for cell in cells[1:] if text_of(cell) or len(cell))))


def _is_icon(element: HtmlElement) -> bool:
    is_drawn = element.find(".//img") is not None or element.find(".//pre") is not None
    return element.tag in ("div", "span") and not is_drawn and not any(map(str.isalnum, text_of(element)))


def _kind_names(element: HtmlElement) -> str:
    """Return the class names of a box, which say its kind."""
    return element.get("class", "").lower()


def _starts_anew(word: HtmlElement) -> bool:
    """Tell whether a sentence begins behind a word in bold, which is its title then."""
    behind = (word.tail or "").strip()
    following = word.getnext()
    return behind[:1].isupper() if behind else following is None or following.tag in ("p", "div", "br")


@lru_cache(maxsize=4096)
def _names_title(name: str) -> bool:
    return bool(_TITLE.fullmatch(name))


def _take_title(element: HtmlElement) -> HtmlElement | None:
    """Find the element that titles an admonition: by its class, or a first one that only names the kind."""
    for child in element.iterdescendants("p", "div", "span", *_LOWER, "header", "summary", "dt", "strong", "b"):
        names = tokens(child)
        if names & _TITLES or child.tag in ("summary", "dt") or any(map(_names_title, names)):
            return child
    first = next(iter(element), None)
    if first is None or (element.text or "").strip():
        return None
    text = text_of(first).rstrip(":").lower()
    if first.tag in (*HEADINGS, "p", "strong", "b", "div", "span") and (text in _KINDS or text == "see also"):
        return first
    inner = next(iter(first), None)
    if inner is not None and inner.tag in ("strong", "b", "em") and not (first.text or "").strip():
        label = text_of(inner).rstrip(":").lower()
        goes_on = text_of(inner).endswith(":") or (inner.tail or "").lstrip().startswith(":")
        if label in _KINDS and (goes_on or (label in _kind_names(element) and _starts_anew(inner))):
            inner.tail = (inner.tail or "").lstrip().removeprefix(":")
            return inner
    return None
