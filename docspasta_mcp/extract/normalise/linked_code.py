"""Code that holds links: types in a signature, names in a cell. The code stays code, each link stays a link."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, make, text_of

_SPACE = re.compile(r"[ \t\r\n\xa0]+")


def linked_code(element: HtmlElement, *, keeps_inner: bool = False) -> list[HtmlElement]:
    """Return an element's text as `code`, split at its links; each link becomes an `a` with its own `code`.

    Args:
        element: what holds code.
        keeps_inner: whether links within the page are kept; those of a heading mostly lead to itself.
    """
    pieces: list[tuple[str, str]] = []
    for text, href in _pieces(element, "", keeps_inner):
        if pieces and pieces[-1][1] == href:
            pieces[-1] = (pieces[-1][0] + text, href)
        elif text:
            pieces.append((text, href))
    made: list[HtmlElement] = []
    at_space = True
    for text, href in pieces:
        words = _SPACE.sub(" ", text)
        if at_space:
            words = words.lstrip(" ")
        if not words:
            continue
        at_space = words.endswith(" ")
        code = make("code", words)
        if href:
            link = make("a", "", code)
            link.set("href", href)
            made.append(link)
        else:
            made.append(code)
    if made:
        last = made[-1] if made[-1].tag == "code" else made[-1][0]
        last.text = (last.text or "").rstrip()
        if not last.text:
            made.pop()
    return made


def _pieces(element: HtmlElement, href: str, keeps_inner: bool) -> Iterator[tuple[str, str]]:
    own = element.get("href", "") if element.tag == "a" else ""
    leads_nowhere = own == "#" or own.startswith("javascript:") or (own.startswith("#") and not keeps_inner)
    inner = href or ("" if leads_nowhere else own)
    yield element.text or "", inner
    for child in element:
        if child.tag == "br":
            yield " ", inner
        else:
            if child.tag == "div":  # a line of its own, such as rustdoc's `where`
                yield " ", inner
            yield from _pieces(child, inner, keeps_inner)
        yield child.tail or "", inner


def links_of(element: HtmlElement) -> HtmlElement | None:
    """Return a paragraph of the links that a signature holds, which code cannot, or None if there are none."""
    seen: dict[tuple[str, str], None] = {}
    for anchor in element.iter("a"):
        text, href = text_of(anchor), anchor.get("href", "")
        if text and href and not href.startswith(("#", "javascript:")):
            seen[text, href] = None
    if not seen:
        return None
    line = make("p")
    for text, href in seen:
        link = make("a", "", make("code", text))
        link.set("href", href)
        if len(line):
            line[-1].tail = ", "
        line.append(link)
    return line


def split_code(root: HtmlElement) -> None:
    """Split every `code` below `root` that contains links."""
    for code in list(root.iter("code")):
        if not len(code) or code.getparent() is None or not any(a.get("href") for a in code.iter("a")):
            continue
        if next(code.iterancestors("pre", "a"), None) is not None or code.find(".//pre") is not None:
            continue
        tail, code.tail = code.tail, None
        made = linked_code(code, keeps_inner=next(code.iterancestors(*HEADINGS, "dt"), None) is None)
        for piece in made:
            code.addprevious(piece)
        parent, before = code.getparent(), code.getprevious()
        if parent is None:
            continue
        parent.remove(code)
        if before is not None:
            before.tail = (before.tail or "") + (tail or "")
        else:
            parent.text = (parent.text or "") + (tail or "")
