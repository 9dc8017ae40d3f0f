"""Marks that lead to their own place: the ¶ behind a heading, the word that leads to a source."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, part_at_breaks, remove_all, text_of, unwrap_all
from docspasta_mcp.extract.glances import is_whole
from docspasta_mcp.extract.selectors import tokens

_ALWAYS = frozenset(("¶", "🔗"))  # marks of nothing else, wherever they stand
_SOURCES = frozenset(("[source]", "[src]", "[docs]", "[view source]"))
_BLANK = " \u200b\ufeff"  # holds a place for a sign that style draws
MARKS = frozenset(("¶", "#", "§", "🔗", "", "", "", "#️⃣", "[src]", "[source]", "link", "Link to this heading", "anchor"))


def drop_permalinks(root: HtmlElement) -> None:
    """Remove from headings the links to themselves, and make other links in them plain text."""
    for heading in [one for one in root.iter(*HEADINGS, "dt", "summary") if len(one)]:
        for part in heading.iterdescendants("span", "div", "code", "small"):
            following = part.getnext()
            if part.tag == "code" and following is not None and following.find("code") is not None:
                continue  # a signature that is split where its links are
            if (
                following is not None and not part.tail and not _goes_on(following) and not _opens(part)
            ):  # set apart by style alone
                part.tail = " "
            elif not part.text and not len(part):
                part.tail = f" {part.tail or ''}"
        part_at_breaks(heading)
        for classifier in heading.iterdescendants("span"):
            before = classifier.getprevious()
            is_parted = before is not None and "classifier-delimiter" in tokens(before)
            if "classifier" in tokens(classifier) and not is_parted:  # Docutils sets the colon by style
                classifier.text = f" : {classifier.text or ''}"
        marks: list[HtmlElement] = []
        links: list[HtmlElement] = []
        for anchor in heading.iter("a"):
            text = (anchor.text_content() or "").strip().strip(_BLANK)
            if text in MARKS or (anchor.get("aria-hidden") == "true" and len(text) < 3):
                marks.append(anchor)
            elif anchor.get("href", "").startswith("#") and (heading.tag != "dt" or "permalink" in tokens(anchor)):
                links.append(anchor)
        remove_all(heading, marks)
        unwrap_all(heading, links)


def _opens(part: HtmlElement) -> bool:
    """Tell whether a part ends with a bracket that the next one stands in."""
    return (part.text or "").rstrip()[-1:] in ("<", "(", "[") and not len(part)


def _goes_on(following: HtmlElement) -> bool:
    """Tell whether a part of a name goes on: `push` and `(_:)`."""
    if following.tag != "span":
        return False
    return text_of(following)[:1] in ("<>,.;)]" if following.get("class") else "(<>.,:)]")


def is_mark(anchor: HtmlElement) -> bool:
    """Tell whether a link leads to its own place, or is alone with a word that leads to the source."""
    text = (anchor.text or "").strip()
    if not len(anchor) and (text in _ALWAYS or (text in MARKS and "permalink" in anchor.get("class", ""))):
        return "#" in anchor.get("href", "")
    parent = anchor.getparent()
    return text in _SOURCES and parent is not None and parent.tag in ("p", "div", "span") and is_whole(anchor, parent)
