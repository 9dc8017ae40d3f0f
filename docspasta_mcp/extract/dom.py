"""The few operations on a parsed page that every rule of extraction is made of."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml import etree
from lxml.html import Element, HtmlElement

from docspasta_mcp.extract.paths import Paths

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)

_GONE = "x-gone"  # a tag for what a walk takes out
_TEXT_LENGTH = etree.XPath("string-length(normalize-space(.))")


def xpath(element: HtmlElement, path: str) -> list[HtmlElement]:
    """Return the elements that an XPath finds, in document order; `Paths` says which paths it may be."""
    return _compiled(path)(element)


@lru_cache(maxsize=256)
def _compiled(path: str) -> Paths:
    return Paths(path)  # compiling takes longer than finding nothing


def raw_text(element: HtmlElement) -> str:
    """Return an element's text as it is written; `itertext` takes three times as long."""
    if not len(element):
        return element.text or ""
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def text_of(element: HtmlElement) -> str:
    """Return an element's text with single spaces."""
    return " ".join(raw_text(element).split())


def part_at_breaks(element: HtmlElement) -> None:
    """Put a space behind each line break of an element: what follows it is another word, also where no line ends."""
    for line_break in element.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"


def label_of(element: HtmlElement) -> str:
    """Return what an element says as a label of one line."""
    part_at_breaks(element)
    return text_of(element)


def text_length(element: HtmlElement) -> int:
    """Return how many characters of text an element holds, runs of white space counted as one."""
    is_small = not len(element) or (len(element) == 1 and not len(element[0]))  # most links
    if is_small and (text := raw_text(element)).isascii():  # an XPath costs twice to ten times as much
        return len(" ".join(text.split()))
    return int(_TEXT_LENGTH(element))  # pyright: ignore[reportArgumentType]  # a number


def unlinked_length(element: HtmlElement, known: dict[HtmlElement, int] | None = None) -> int:
    """Return how many characters of an element's text are in no link; `known` as for `linked_length`."""
    return text_length(element) - linked_length(element, known)


def linked_length(element: HtmlElement, known: dict[HtmlElement, int] | None = None) -> int:
    """Return how many characters of an element's text are in links.

    Args:
        element: holds the links.
        known: the lengths of links that were measured before, and have not changed; takes those that are measured now.
    """
    if known is None:
        return sum(map(text_length, element.iter("a")))
    length = 0
    for link in element.iter("a"):
        if link not in known:
            known[link] = text_length(link)
        length += known[link]
    return length


def child_with(element: HtmlElement, whole: int, least: float, linked: int) -> HtmlElement | None:
    """Return the first child that holds at least so much text outside links.

    Args:
        element: the parent.
        whole: no fewer characters than it holds; where too few are left of them, nothing more is looked at.
        least: that many characters.
        linked: no fewer than are in links in the parent; most children need no look at theirs.
    """
    for child in element:
        if whole < least:
            break
        length = text_length(child)
        if length >= least and (length - linked >= least or length - linked_length(child) >= least):
            return child
        whole -= length
    return None


def remove(element: HtmlElement) -> None:
    """Take an element out of its tree, and leave the text that follows it."""
    if element.getparent() is not None:
        element.drop_tree()


def unwrap(element: HtmlElement) -> None:
    """Take an element out of its tree, and leave what it holds.

    lxml's own `drop_tag` counts all siblings before it, which takes minutes on a list of 100,000.
    """
    parent = element.getparent()
    if parent is None:
        return
    children, before = list(element), element.getprevious()
    text, tail = element.text or "", element.tail or ""
    if children:
        children[-1].tail = (children[-1].tail or "") + tail
    else:
        text += tail
    if text and before is not None:
        before.tail = (before.tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text
    element.tail = None
    for child in children:
        element.addprevious(child)
    parent.remove(element)


def remove_all(root: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take elements out of the tree below `root` in one walk, and leave the texts that follow them."""
    if _marked(elements):
        etree.strip_elements(root, _GONE, with_tail=False)


def unwrap_all(root: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take elements out of the tree below `root` in one walk, and leave what they hold."""
    if _marked(elements):
        etree.strip_tags(root, _GONE)


def _marked(elements: Iterable[HtmlElement]) -> bool:
    """Give elements the tag of what goes; tell whether there are any, since to look for them walks the tree."""
    has_any = False
    for element in elements:
        element.tag = _GONE
        has_any = True
    return has_any


def replace(old: HtmlElement, new: HtmlElement) -> None:
    """Put `new` where `old` is; the text that follows stays."""
    parent = old.getparent()
    if parent is not None:
        new.tail, old.tail = old.tail, None
        parent.replace(old, new)


def make(tag: str, text: str = "", *children: HtmlElement) -> HtmlElement:
    """Return a new element."""
    element = Element(tag)
    element.text = text or None
    element.extend(children)
    return element


def rename(element: HtmlElement, tag: str) -> None:
    """Give an element another tag and no attributes."""
    element.attrib.clear()
    element.tag = tag


def bold_line(text: str) -> HtmlElement:
    """Return a paragraph that is a label."""
    return make("p", "", make("strong", text))


def empty(element: HtmlElement, text: str = "") -> None:
    """Replace whatever an element holds by a text; what follows it stays."""
    tail = element.tail
    element.clear()
    element.tail, element.text = tail, text or None


def ancestors(element: HtmlElement, most: int) -> Iterator[HtmlElement]:
    """Yield the nearest `most` ancestors of an element, the nearest first."""
    parent = element.getparent()
    while parent is not None and most > 0:
        yield parent
        parent, most = parent.getparent(), most - 1


def has_block(element: HtmlElement) -> bool:
    """Tell whether an element holds one that starts on a new line."""
    return any(child.tag in BLOCKS for child in element.iterdescendants())  # pyright: ignore[reportUnknownMemberType]


def flatten(root: HtmlElement, *, most: int) -> None:
    """Unwrap every element that is nested deeper than `most`; its text moves up."""
    if not xpath(root, f"boolean({'/'.join(['*'] * (most + 1))})"):
        return
    depths: dict[HtmlElement | None, int] = {root: 0}
    for element in root.iterdescendants():
        depths[element] = depths[element.getparent()] + 1
    unwrap_all(root, (element for element, depth in depths.items() if depth > most and element is not None))
