"""What a page holds and does not show: hidden by attribute, style, or a class that every stylesheet hides by."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import unlinked_length
from docspasta_mcp.extract.hiding_styles import hides

_RESPONSIVE = re.compile(
    r"(?:^|\s)[\w@-]+:(?:block|flex|inline|inline-block|inline-flex|grid|table|contents)(?:$|\s)|"
    r"(?:^|\s)d-(?:sm|md|lg|xl|xxl|print)-(?!none)\w"
)
_HIDDEN = frozenset(("hidden", "d-none", "is-hidden", "u-hidden"))
_UNSEEN = frozenset(
    "sr-only visually-hidden visuallyhidden hidden-visually screen-reader-text screenreader-text screen-reader-only "
    "print-only".split()
)
_SPOKEN_FOR = 60  # characters; what screen readers are to pass over is an icon or a copy, and this much text is neither


@lru_cache(maxsize=8192)
def _is_unseen(names: str) -> bool:
    found = frozenset(names.split())
    return bool(found & _UNSEEN) or bool(found & _HIDDEN and not _RESPONSIVE.search(names))


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether an element is hidden by attribute, style, or a utility class."""
    hidden = element.get("hidden")
    if hidden is not None and hidden != "until-found":
        return True
    style = element.get("style")
    if style and hides(style):
        return True
    names = element.get("class")
    if names and _is_unseen(names):
        return True
    return element.get("aria-hidden") == "true" and unlinked_length(element) < _SPOKEN_FOR
