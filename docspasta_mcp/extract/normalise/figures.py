"""Small repairs that leave only plain blocks: details, figures, links around blocks, repeated pictures, references."""

import re
from collections.abc import Callable

from lxml.html import HtmlElement

from docspasta_mcp.discovery.links import join
from docspasta_mcp.extract.dom import (
    BLOCKS,
    HEADINGS,
    has_block,
    make,
    raw_text,
    remove,
    remove_all,
    rename,
    replace,
    text_of,
    unwrap_all,
)
from docspasta_mcp.extract.memo import Memo
from docspasta_mcp.extract.selectors import tokens

_ICON = re.compile(r"\b(?:icon|logo|avatar)$", re.IGNORECASE)  # decoration beside the words that name it
_DECOR = re.compile(r"\b(?:icons?|logos?|avatars?|spacer)\b", re.IGNORECASE)
_VARIANT = re.compile(  # of a picture
    r"[-_.@/]?(?:light|dark|white|black|night|day)(?:[-_]?mode)?(?=[-_.@/]|$)|[-_.@](?:\d{3,4}(?:x\d{1,4})?w?|\d{1,4}x\d{0,4}|[0-9a-f]{8,40})(?=[-_.@/]|$)"
)
_SIGNS = " +−–▸▾▼►▶›»⌄"  # that say whether a part is folded
_LINE_ENDS = {ord(char): None for char in "\t\r\n"}  # no part of an address (URL §4.4)
_NOWHERE = frozenset(("", "#", "#!", "#0"))  # what scripts alone do something about
_SCHEMES = ("mailto:", "tel:", "ftp://", "ftps://", "sftp://", "irc://", "ircs://")  # kept as they are written
_TRACKERS = 2  # pixels: smaller pictures are not pictures


def open_details(root: HtmlElement) -> None:
    """Show what `details` fold away, under its summary in bold."""
    for summary in list(root.iter("summary")):
        _say_once(summary)
        if any(next(summary.iter(tag), None) is not None for tag in (*HEADINGS, "pre")):
            rename(summary, "div")
        elif text := text_of(summary).rstrip(_SIGNS) or text_of(summary):
            del summary[:]
            summary.text = None
            summary.append(make("strong", text))
            rename(summary, "p")
        else:
            remove(summary)


def _say_once(summary: HtmlElement) -> None:
    """Drop what a summary says instead once its part is open."""
    said = {part.get("class"): part for part in summary.iterchildren("span")}
    if said.keys() == {"collapsed", "expanded"}:
        remove(said["expanded"])


def name_stretched(root: HtmlElement) -> None:
    """Move a link without words that lies over a card to the title beside it that says the same."""
    for anchor in list(root.iter("a")):
        said = anchor.get("aria-label") or anchor.get("title") or ""
        if not said and anchor.get("class") is None:
            continue
        said, card, href = " ".join(said.split()), anchor.getparent(), anchor.get("href", "")
        if href and card is not None and "sd-hide-link-text" in tokens(anchor):  # of sphinx-design
            _name_card(anchor, href, card)
            continue
        if not said or not href or card is None or text_of(anchor) or anchor.find(".//img") is not None:
            continue
        title = next((one for one in card.iter(*HEADINGS, "p", "strong", "span", "div") if text_of(one) == said), None)
        if title is not None and title.find(".//a") is None and card is not title:
            _link(title, href, card)
            remove(anchor)


def _name_card(anchor: HtmlElement, href: str, card: HtmlElement) -> None:
    """Link a card's first words instead of the words that style hides."""
    first = next((one for one in card.iter("p", "div", *HEADINGS) if (one.text or "").strip()), None)
    if first is not None and first.find(".//a") is None:
        remove(anchor)
        _link(first, href, card)


def unlink_blocks(root: HtmlElement) -> None:
    """Move a link that wraps whole blocks, as cards do, to the first heading or words in it."""
    cards = [anchor for anchor in root.iter("a") if len(anchor) and has_block(anchor)]
    named = {one.get("href") for one in root.iter("a") if text_of(one)} if cards else set[str | None]()
    for anchor in cards:
        href = anchor.get("href")
        if href and not text_of(anchor):
            _link_picture(anchor, href, is_named=href in named)
        elif href:
            target = next((one for one in anchor.iterdescendants(*HEADINGS) if text_of(one)), None)
            _link(target if target is not None else _first_words(anchor), href, anchor)
        rename(anchor, "div")


def _link_picture(card: HtmlElement, href: str, *, is_named: bool) -> None:
    """Link the picture of a card without words; if a link of words leads to the same place, it only decorates that."""
    picture = next(card.iter("img"), None)
    if picture is None:
        return
    if is_named:
        if not picture.get("alt"):
            remove(picture)
        return
    link = make("a")
    link.set("href", href)
    replace(picture, link)
    link.append(picture)


def _link(target: HtmlElement, href: str, card: HtmlElement) -> None:
    if any(inner.get("href") == href for inner in target.iter("a") if inner is not card):
        return
    link = make("a")
    link.set("href", href)
    if target.tag not in BLOCKS and target is not card:
        replace(target, link)
        link.append(target)
        return
    if target is card or target.tag in ("pre", "table", "ul", "ol", "dl"):
        name = " ".join((card.get("title") or card.get("aria-label") or href).split())
        link.text, (link.tail, card.text) = name, (card.text, None)
        card.insert(0, link)
        return
    for inner in list(target.iter("a")):
        inner.attrib.pop("href", None)
    link.text, target.text = target.text, None
    for child in list(target):
        if child.tag in BLOCKS:
            break
        link.append(child)
    target.insert(0, link)


def _first_words(card: HtmlElement) -> HtmlElement:
    """Return the innermost block that holds a card's first words, or the card itself if no block does."""
    holder = card
    while not (holder.text or "").strip():
        first = next((child for child in holder if text_of(child) or child.tag == "img"), None)
        if first is None or first.tag not in BLOCKS or first.tag in ("pre", "table", "ul", "ol", "dl"):
            return holder if first is None or holder is not card or first.tag in BLOCKS else first
        holder = first
    return holder


def resolve_references(root: HtmlElement, resolve: Callable[[str], str]) -> None:
    """Make links and pictures absolute, and drop pictures that show nothing or repeat the one before."""
    before = ("", "")
    removed: list[HtmlElement] = []
    unwrapped: list[HtmlElement] = []
    for anchor in root.iter("a"):
        if len(anchor) and anchor.find(".//a") is not None:  # browsers end a link where another begins
            anchor.attrib.pop("href", None)
    for element in list(root.iter("a", "img")):
        if element.tag == "a":
            _resolve(element, "href", resolve)
            if "href" not in element.attrib and element.find("code") is not None:
                unwrapped.append(element)  # or the pieces of one name of code would not be joined
            continue
        source = element.get("src") or ""
        alt = " ".join(element.get("alt", "").split())
        is_tiny = any(
            element.get(side, "").isdecimal() and int(element.get(side, "")) <= _TRACKERS
            for side in ("width", "height")
        )
        shown = (alt, _bare_source(source))
        if (
            is_tiny
            or not source
            or (alt and (shown == before or _ICON.search(alt)))
            or (not alt and _is_decor(element))
        ):
            removed.append(element)
            continue
        before = shown
        element.set("src", source)
        _resolve(element, "src", resolve)
        if element.get("src") is None:
            if alt:
                element.tail = alt + (element.tail or "")
            removed.append(element)
    remove_all(root, removed)
    unwrap_all(root, unwrapped)


def _bare_source(source: str) -> str:
    """Return a picture's address without its size, its theme and the hash of its file: two may be the same picture."""
    return _VARIANT.sub("", source.partition("?")[0].lower())


def _is_decor(picture: HtmlElement) -> bool:
    """Tell whether a picture without a word says by its name that it is an icon."""
    parent = picture.getparent()
    around = parent.get("class", "") if parent is not None and parent.tag in ("span", "i", "a") else ""
    return bool(_DECOR.search(f"{picture.get('class', '')} {picture.get('src', '')} {around}"))


def _resolve(element: HtmlElement, attribute: str, resolve: Callable[[str], str]) -> None:
    reference = element.get(attribute)
    if reference is None:
        return
    absolute = resolve(reference) if reference.strip() not in _NOWHERE else ""
    if absolute:
        element.set(attribute, absolute)
    else:
        del element.attrib[attribute]


def resolver(base: str) -> Callable[[str], str]:
    """Return a function that makes a reference absolute, its fragment kept, or empty if it leads nowhere.

    Args:
        base: the URL that references start from; if empty, relative ones stay as they are.
    """

    def resolve(reference: str) -> str:
        reference = reference.strip().translate(_LINE_ENDS)
        if not base and "://" not in reference:
            return "" if reference.lower().startswith(("javascript:", "data:", "vbscript:")) else reference
        place, _, fragment = reference.partition("#")
        absolute = join(base or place, place)
        if not absolute:
            return reference if reference.lower().startswith(_SCHEMES) else ""
        fragment = fragment.replace(" ", "%20")
        return f"{absolute}#{fragment}" if fragment else absolute

    return Memo[str, str](resolve).__getitem__  # a page names most places several times


def _part_caption(line: HtmlElement) -> None:
    """Put spaces behind the number of a caption, `Figure 1:`, and between parts that style alone sets apart."""
    for part in line if not (line.text or "").strip() else ():
        following, tail = part.getnext(), part.tail or ""
        if not tail and following is not None and part.tag not in BLOCKS and following.tag not in BLOCKS:
            is_apart = raw_text(part)[-1:].isspace() or raw_text(following)[:1].isspace()
            part.tail = None if is_apart else " "
        elif part.getprevious() is None and tail[:1].isalpha() and text_of(part).endswith(":"):
            part.tail = f" {tail}"


def unwrap_figures(root: HtmlElement) -> None:
    """Leave a figure's picture, code or table, and its caption as a paragraph of its own."""
    for legend in list(root.iter("legend")):
        rename(legend, "p" if not has_block(legend) else "div")
    for caption in list(root.iter("figcaption")):
        for line in (caption, *caption.iterchildren("p")):
            _part_caption(line)
        caption.tag = "p" if not has_block(caption) else "div"
        if not text_of(caption):
            remove(caption)
    remove_all(root, list(root.iter("source")))
    unwrap_all(root, list(root.iter("picture", "center", "font")))
