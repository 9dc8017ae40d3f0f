"""Find the page that a page names as its next one: by rel=next, by a class, by a word, by a key, or by a lone arrow."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.discovery.link_resolver import LinkResolver
from docspasta_mcp.extract.dom import text_of

MAX_LABEL = 120  # characters of what a link to the next page says
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:next|nav-?next|pagination-nav__link--next|pager-next|next-(?:page|button|link))(?:$|[\s_-])",
    re.IGNORECASE,
)
_WORDS = (
    r"next(?: (?:page|chapter|section|part|topic|lesson|article))?|forward|"
    r"weiter|nächste[rs]?(?: (?:seite|kapitel|abschnitt|thema))?|(?:page |chapitre |section )?suivante?|"
    r"(?:página |capítulo )?siguiente(?: (?:página|capítulo|tema))?|(?:pagina |capitolo )?successiv[ao]|avanti|"
    r"próxim[ao](?: (?:página|capítulo))?|volgende(?: (?:pagina|hoofdstuk))?|nästa(?: sida)?|następn[aey](?: strona)?|"
    r"далее|вперед|вперёд|следующ(?:ая|ий|ее)(?: (?:страница|глава|раздел))?|次へ|次の?(?:ページ|章|節|項)?|"
    r"下一(?:页|頁|章|节|節|篇)|다음(?: 페이지)?"
)
_LABEL = re.compile(rf"[^\w]*(?:{_WORDS})[^\w]*", re.IGNORECASE)
_TITLED = re.compile(rf"[^\w]*(?:{_WORDS})\s*[:：»–—-]\s*\S.*", re.IGNORECASE)
_ARROWS = tuple("→»⟶⇒▶➡›")


def following_page(document: HtmlElement, resolver: LinkResolver) -> str:
    """Return the page that this one names as its successor, the surest sign first; an empty string if there is none."""
    for element in document.iter("link", "a"):
        if "next" in element.get("rel", "").lower().split() and (found := resolver.href_of(element)):
            return found
    anchors = list(document.iter("a"))
    for anchor in anchors:
        if any(map(_CLASS.search, _names(anchor))) and (found := resolver.href_of(anchor)):
            return found
    arrows: set[str] = set()
    for anchor in anchors:
        labels = list(_labels(anchor))
        is_next = anchor.get("accesskey", "").lower() == "n" or any(map(_LABEL.fullmatch, labels))
        if is_next or any(map(_TITLED.fullmatch, labels)):
            if (found := resolver.href_of(anchor)) in resolver.scope:
                return found
        elif (
            any(label.rstrip().endswith(_ARROWS) for label in labels)
            and (found := resolver.href_of(anchor)) in resolver.scope
        ):
            arrows.add(found)
    return arrows.pop() if len(arrows) == 1 else ""


def _names(anchor: HtmlElement) -> Iterator[str]:
    """Yield the classes of a link, and of what holds it alone."""
    yield anchor.get("class", "")
    parent = anchor.getparent()
    is_only = anchor.getprevious() is None and anchor.getnext() is None
    if is_only and parent is not None and parent.tag in ("li", "span", "div", "td"):
        yield parent.get("class", "")


def _labels(anchor: HtmlElement) -> Iterator[str]:
    """Yield what a link says: its text or that of its image, its title, its label for readers of screens."""
    text = text_of(anchor)
    if text:
        yield text[: MAX_LABEL + 1] if len(text) <= MAX_LABEL else ""
    else:
        for image in anchor.iter("img"):
            yield image.get("alt", "")[:MAX_LABEL].strip()
    for name in ("title", "aria-label"):
        if said := anchor.get(name, ""):
            yield said[:MAX_LABEL].strip()
