"""What a page holds and does not show: hidden by attribute, style, or a class that every stylesheet hides by."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import tokens, unlinked_length

_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_OFF_SCREEN = re.compile(
    r"clip\s*:\s*rect\(\s*[01](?:px)?\b|clip-path\s*:\s*inset\(\s*(?:50|100)%|(?:left|top)\s*:\s*-\d{4,}(?:px|em)|"
    r"(?<![\w-])width\s*:\s*1px\b.*(?<![\w-])height\s*:\s*1px\b|(?<![\w-])height\s*:\s*1px\b.*(?<![\w-])width\s*:\s*1px\b",
    re.IGNORECASE | re.DOTALL,
)
_RESPONSIVE = re.compile(r"(?:^|\s)[\w@-]+:(?:block|flex|inline|inline-block|inline-flex|grid|table|contents)(?:$|\s)")
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
    if style and (_STYLE.search(style) or ("absolute" in style and _OFF_SCREEN.search(style))):
        return True
    names = tokens(element)
    if names & _UNSEEN or ("hidden" in names and not _RESPONSIVE.search(element.get("class", ""))):
        return True
    return attributes.get("aria-hidden") == "true" and unlinked_length(element) < _SPOKEN_FOR
