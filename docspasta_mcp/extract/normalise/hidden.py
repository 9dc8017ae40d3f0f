"""What a page holds and does not show: hidden by attribute, style, or a class that every stylesheet hides by."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import tokens, unlinked_length
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


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether an element is hidden by attribute, style, or a utility class."""
    attributes = element.attrib
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    style = attributes.get("style")
    if style and hides(style):
        return True
    names = tokens(element)
    if names & _UNSEEN or (names & _HIDDEN and not _RESPONSIVE.search(element.get("class", ""))):
        return True
    return attributes.get("aria-hidden") == "true" and unlinked_length(element) < _SPOKEN_FOR
