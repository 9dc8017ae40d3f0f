"""Icons that a font draws of their names, as Material's: `<i class="material-icons">more_vert</i>`.

Beside words that say enough without it, an icon decorates; elsewhere its name is all that is told of it.
"""

import re
from collections.abc import Iterable
from itertools import chain, islice
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, ancestors, remove, text_of
from docspasta_mcp.extract.glances import is_whole
from docspasta_mcp.extract.normalise.places import is_among_words
from docspasta_mcp.extract.selectors import tokens

LIGATURES = {"check": "✓", "done": "✓", "check_circle": "✓", "close": "✗", "clear": "✗", "cancel": "✗", "remove": "–"}
"""Names of icons that stand for an answer."""

DRAWN_BY_NAME = frozenset(
    f"{font}{style}"
    for font in ("material-icons", "material-symbols", "google-symbols")
    for style in ("", "-outlined", "-round", "-rounded", "-sharp", "-two-tone", "-extended")
)
"""Classes of what such a font draws."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LABELS = frozenset(("a", "button", "summary", "label", *HEADINGS))
_CELLS = frozenset(("td", "th"))
_ITEMS = _CELLS | {"li", "dt", "dd"}
_NEAR = 3  # elements around an icon
_MOST_BESIDE = 60  # elements that say nothing


def drop_named_icons(root: HtmlElement) -> None:
    """Remove the names of icons below `root` that decorate."""
    icons = (one for one in root.iter("i", "span", "em") if not len(one) and DRAWN_BY_NAME & tokens(one))
    for icon in [one for one in icons if _NAME.fullmatch(text_of(one)) and text_of(one) not in LIGATURES]:
        if _decorates(icon):
            remove(icon)


def _decorates(icon: HtmlElement) -> bool:
    """Tell whether an icon stands beside the words of a label, or before words that begin anew without it."""
    above = list(ancestors(icon, _NEAR))
    if any(one.tag in _LABELS and not is_whole(icon, one) for one in above):
        return True
    item = next((one for one in above if one.tag in _ITEMS), None)
    if item is not None and is_whole(icon, item):
        return False
    following = _following(icon)
    if not following:
        return (item is not None and item.tag in _CELLS) or not is_among_words(icon)
    return following[0].isupper()


def _following(icon: HtmlElement) -> str:
    """Return words that come right behind an icon in its line."""
    node = icon
    while True:
        if (node.tail or "").strip():
            return (node.tail or "").strip()
        for after in islice(node.itersiblings(), _MOST_BESIDE):
            if after.tag in BLOCKS:
                return ""
            pieces = chain(cast("Iterable[str]", after.itertext()), (after.tail or "",))
            if said := next((piece.strip() for piece in pieces if piece.strip()), ""):
                return said
        parent = node.getparent()
        if parent is None or parent.tag in BLOCKS:
            return ""
        node = parent
