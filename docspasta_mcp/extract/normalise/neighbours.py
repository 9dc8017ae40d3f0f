"""Lines of links that lead away: to the pages before and after, to the top, to other languages.

Known by the whole line, list or table that they stand in: one word more, and it is a sentence with a link.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, raw_text, text_of
from docspasta_mcp.extract.normalise.places import is_block, line_around, words_in

_ARROWS = " \n\t\xa0«‹←<->→›»|[]()^↑⇑▲·•:"
_WORDS = (
    "next|prev(?:ious)?|up|home|top|contents?|index|start|first|last|back|forward|page|chapter|section|main|toc|"
    "tail|front"
)
_WAY = re.compile(rf"(?:[\W_]*(?:{_WORDS})\b)*[\W_]*", re.IGNORECASE)
_NEIGHBOUR = re.compile(
    r"(?:next|prev(?:ious)?)(?: (?:page|chapter|section|part|lesson))?|"
    r"(?:back|return) to (?:the )?(?:(?:table of )?contents|index|(?:main|previous) (?:page|menu|contents|chapter)|"
    r"ch(?:apter|\.)? ?\d{1,3})",
    re.IGNORECASE,
)
_LEADING = re.compile(r"(?:^|[\s,|;([])(?:next|prev(?:ious)?|up)\s*:\s*$", re.IGNORECASE)
_MAX_WAY = 20  # characters before a link
_TOP = re.compile(
    r"(?:(?:back|return|go|jump|scroll) )?(?:to )?(?:the )?(?:page )?(?:top|up)(?: of (?:the )?page)?", re.IGNORECASE
)
_KEYS = ("n", "p", "u")  # that Sphinx and Texinfo give to Next, Previous and Up
_RELATIONS = frozenset("prev previous next up start contents index first last home top".split())
_LANGUAGES = frozenset(
    "english deutsch français español português italiano nederlands polski русский "
    "українська 日本語 中文 简体中文 繁體中文 한국어 türkçe čeština magyar svenska dansk norsk suomi "
    "ελληνικά עברית العربية فارسی हिन्दी tiếng_việt bahasa_indonesia română български "
    "slovenčina hrvatski català galego euskara en de fr es pt it nl pl ru uk ja zh ko tr "
    "cs hu sv da no fi el he ar fa hi vi id ro bg sk hr ca en-us pt-br zh-cn zh-tw zh-hans "
    "zh-hant".split()
)
_HOLDERS = {"li": ("ul", "ol", "menu"), "td": ("table",), "th": ("table",), "dd": ("dl",), "dt": ("dl",)}
_MAX_CAPTION = 40  # characters of "Available languages:"


Known = dict[tuple[HtmlElement, str], int]


def leads_away(anchor: HtmlElement, root: HtmlElement, known: Known) -> HtmlElement | None:
    """Return what goes with a link to a neighbour, the top or another language; None if it is a link of the text.

    Args:
        anchor: the link.
        root: the page's content.
        known: what was found of blocks around earlier links; a long block is judged once.
    """
    text = raw_text(anchor)
    text = text or next((image.get("alt", "") for image in anchor.iter("img")), "")
    if not text or len(text) > 200:
        return None
    bare, is_next, leads_up, is_language = _read(text)
    is_place = anchor.get("href", "").startswith("#") and anchor.get("href") != "#"
    is_next = is_next and not is_place and not _names_something(anchor, text)
    is_marked = _is_marked(anchor) or is_next or _follows_way(anchor) or (len(anchor) > 0 and _begins_so(anchor, text))
    if is_marked or (not bare and text.strip()):
        if (line := _line_of(anchor, root, _is_way, known)) is not None:
            return line
        return anchor if is_marked and _is_row_of_ways(anchor, known) else None
    if leads_up and anchor.get("href", "").startswith("#"):
        line = _line_of(anchor, root, _is_to_top, known)
        return anchor if line is None and _is_alone(anchor, text) else line
    if is_language or "hreflang" in anchor.attrib:
        return _line_of(anchor, root, _is_choice_of_languages, known)
    return None


@lru_cache(maxsize=8192)  # the links of a page are those of the page before
def _read(text: str) -> tuple[str, bool, bool, bool]:
    """Return a link's words, and whether they say "Next", "Top" or a language."""
    bare = text.strip(_ARROWS)
    is_language = bare.casefold().replace(" ", "_") in _LANGUAGES
    return bare, bool(_NEIGHBOUR.fullmatch(bare)), bool(_TOP.fullmatch(bare)), is_language


def _names_something(anchor: HtmlElement, text: str) -> bool:
    """Tell whether a link says "Next" as the name of what it leads to: in code, or as a call."""
    return text.rstrip().endswith("()") or anchor.find(".//code") is not None


def _begins_so(anchor: HtmlElement, text: str) -> bool:
    """Tell whether a link begins with a line that says "Next", as cards of neighbours do."""
    if text.lstrip(_ARROWS)[:4].lower() not in ("next", "prev"):  # the first words of `_NEIGHBOUR`
        return False
    first = next((piece for piece in anchor.itertext() if piece.strip(_ARROWS)), "")
    return first.strip() != text.strip() and _read(first)[1]


def _line_of(
    anchor: HtmlElement, root: HtmlElement, is_wanted: Callable[[HtmlElement], bool], known: Known
) -> HtmlElement | None:
    """Return the largest block, list or table around a link that is of the kind wanted."""
    found: HtmlElement | None = None
    ending: tuple[str, ...] = ()
    for above in anchor.iterancestors():
        if above is root:
            break
        if ending and above.tag not in ending:
            continue
        if above.tag in _HOLDERS:
            ending = _HOLDERS[str(above.tag)]
            continue
        if above.tag not in BLOCKS and not ending:
            continue
        if above.tag in ("pre", "body", "main") or not _judged(above, is_wanted, known):
            break
        found, ending = above, ()
    return found


def _judged(block: HtmlElement, is_wanted: Callable[[HtmlElement], bool], known: Known) -> bool:
    key = (block, is_wanted.__name__)
    if key not in known:
        known[key] = is_wanted(block)
    return bool(known[key])


def _is_way(block: HtmlElement) -> bool:
    """Tell whether a block holds nothing but ways to other pages: links to neighbours, and words that say where to."""
    shown = [one for one in block.iter("a") if text_of(one) or one.find(".//img") is not None]
    if block.tag in ("ul", "ol") and _is_headed(block) and not any(map(_is_marked, shown)):
        return False  # methods, say, that are called so
    return all(map(_is_way_link, shown)) and bool(_WAY.fullmatch(_outside_links(block)))


def _is_headed(block: HtmlElement) -> bool:
    before = block.getprevious()
    return before is not None and before.tag in HEADINGS[1:]


def _is_marked(anchor: HtmlElement) -> bool:
    return anchor.get("rel") in _RELATIONS or anchor.get("accesskey", "").lower() in _KEYS


def _is_way_link(anchor: HtmlElement) -> bool:
    text = text_of(anchor)
    relation = _is_marked(anchor) or _follows_way(anchor)
    if not relation and _names_something(anchor, text):
        return False
    return relation or bool(_WAY.fullmatch(text)) or _read(text)[1] or (len(anchor) > 0 and _begins_so(anchor, text))


def _follows_way(anchor: HtmlElement) -> bool:
    """Tell whether the words before a link say that it leads on or back: "Next: "."""
    before, parent = anchor.getprevious(), anchor.getparent()
    words = before.tail if before is not None else parent.text if parent is not None else ""
    words = (words or "")[-_MAX_WAY:]
    return ":" in words and bool(_LEADING.search(words))


def _is_row_of_ways(anchor: HtmlElement, known: Known) -> bool:
    """Tell whether a link stands among blocks, with other ways or nothing beside it."""
    parent = anchor.getparent()
    if parent is None or parent.tag in _HOLDERS:
        return False
    key = (parent, "words of ways")
    if key not in known:
        ways = (one for one in parent.iterchildren("a") if _is_way_link(one))
        known[key] = sum(words_in(text_of(one)) for one in ways) if any(map(is_block, parent)) else -1
    return words_in(line_around(anchor)) <= known[key]


def _is_alone(anchor: HtmlElement, text: str) -> bool:
    """Tell whether a link stands between blocks, and says that it leads up in more than a word."""
    before, after, parent = anchor.getprevious(), anchor.getnext(), anchor.getparent()
    words = before.tail if before is not None else parent.text if parent is not None else ""
    is_parted = all(one is None or is_block(one) for one in (before, after))
    return is_parted and len(text.split()) > 1 and not (words or "").strip() and not (anchor.tail or "").strip()


def _is_to_top(block: HtmlElement) -> bool:
    anchors = list(block.iter("a"))
    said = [text_of(one) or next((image.get("alt", "") for image in one.iter("img")), "") for one in anchors]
    return all(_TOP.fullmatch(text.strip(_ARROWS)) for text in said) and not words_in(_outside_links(block))


def _is_choice_of_languages(block: HtmlElement) -> bool:
    anchors = list(block.iter("a"))
    named = [
        one for one in anchors if "hreflang" in one.attrib or text_of(one).casefold().replace(" ", "_") in _LANGUAGES
    ]
    return len(named) > 1 and len(named) >= 0.8 * len(anchors) and len(_outside_links(block)) <= _MAX_CAPTION


def _outside_links(block: HtmlElement) -> str:
    """Return the text of a block that is in no link."""
    pieces: list[str] = [block.text or ""]
    for child in block:
        pieces += ["" if child.tag == "a" else _outside_links(child), child.tail or ""]
    return " ".join(" ".join(pieces).split())
