"""Small repairs that leave only plain blocks: details, figures, links around blocks, repeated pictures, references."""

import re
from collections.abc import Callable

from lxml.html import HtmlElement

from docspasta_mcp.discovery.links import join
from docspasta_mcp.extract.dom import HEADINGS, has_block, make, remove, remove_all, rename, text_of, unwrap_all

_ICON = re.compile(r"\b(?:icon|logo|avatar)$", re.IGNORECASE)  # decoration beside the words that name it
_TRACKERS = 2  # pixels: smaller pictures are no pictures


def open_details(root: HtmlElement) -> None:
    """Show what `details` fold away, under its summary in bold."""
    for summary in list(root.iter("summary")):
        if any(next(summary.iter(tag), None) is not None for tag in (*HEADINGS, "pre")):
            rename(summary, "div")
        elif text := text_of(summary):
            del summary[:]
            summary.text = None
            summary.append(make("strong", text))
            rename(summary, "p")
        else:
            remove(summary)


def unlink_blocks(root: HtmlElement) -> None:
    """Move a link that wraps whole blocks, as cards do, to the first heading or paragraph in it."""
    for anchor in list(root.iter("a")):
        if not len(anchor) or not has_block(anchor):
            continue
        target = next(anchor.iterdescendants(*HEADINGS, "p"), None)
        href = anchor.get("href")
        if target is not None and href and next(target.iter("a"), None) is None:
            link = make("a", target.text or "", *list(target))
            link.set("href", href)
            target.text = None
            target.append(link)
        rename(anchor, "div")


def resolve_references(root: HtmlElement, resolve: Callable[[str], str]) -> None:
    """Make links and pictures absolute, and drop pictures that show nothing or repeat the one before."""
    before = ""
    removed: list[HtmlElement] = []
    for element in list(root.iter("a", "img")):
        if element.tag == "a":
            _resolve(element, "href", resolve)
            continue
        source = element.get("data-src") or element.get("data-lazy-src") or element.get("src") or ""
        alt = " ".join(element.get("alt", "").split())
        is_tiny = any(
            element.get(side, "").isdecimal() and int(element.get(side, "")) <= _TRACKERS
            for side in ("width", "height")
        )
        if is_tiny or not source or (alt and (alt == before or _ICON.search(alt))):
            removed.append(element)
            continue
        before = alt
        element.set("src", source)
        _resolve(element, "src", resolve)
        if element.get("src") is None:
            if alt:
                element.tail = alt + (element.tail or "")
            removed.append(element)
    remove_all(root, removed)


def _resolve(element: HtmlElement, attribute: str, resolve: Callable[[str], str]) -> None:
    reference = element.get(attribute)
    if reference is None:
        return
    absolute = resolve(reference)
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
        reference = reference.strip()
        if not base and "://" not in reference:
            return "" if reference.lower().startswith(("javascript:", "data:", "vbscript:")) else reference
        place, _, fragment = reference.partition("#")
        absolute = join(base or place, place)
        if not absolute:
            return reference if reference.lower().startswith(("mailto:", "tel:")) else ""
        fragment = fragment.replace(" ", "%20")
        return f"{absolute}#{fragment}" if fragment else absolute

    return resolve


def unwrap_figures(root: HtmlElement) -> None:
    """Leave a figure's picture, code or table, and its caption as a paragraph of its own."""
    for caption in list(root.iter("figcaption")):
        caption.tag = "p" if not has_block(caption) else "div"
        if not text_of(caption):
            remove(caption)
    remove_all(root, list(root.iter("source")))
    unwrap_all(root, list(root.iter("picture", "center", "font")))
