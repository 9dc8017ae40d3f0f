"""What a page holds and does not show: hidden by attribute, style, or a class that every stylesheet hides by."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import unlinked_length
from docspasta_mcp.extract.hiding_styles import hides

HIDING = frozenset(("hidden", "style", "aria-hidden"))
"""Attributes without which only its class hides an element."""

_RESPONSIVE = re.compile(
    r"(?:^|\s)[\w@-]+:(?:block|flex|inline|inline-block|inline-flex|grid|table|contents)(?:$|\s)|"
    r"(?:^|\s)[\w@:\[\]-]+:(?:visible|opacity-\d)|"
    r"(?:^|\s)d-(?:sm|md|lg|xl|xxl)-(?!none)\w"
)
_HIDDEN = frozenset(
    "hidden !hidden hidden! d-none is-hidden u-hidden uk-hidden display-none invisible is-invisible uk-invisible "
    "opacity-0 tw-hidden tw-invisible text-[0] text-[0px] -left-[9999px] -top-[9999px] -indent-[9999px]".split()
)
UNSEEN = frozenset(
    "sr-only visually-hidden visuallyhidden visually_hidden hidden-visually u-visually-hidden is-visually-hidden "
    "cdk-visually-hidden is-sr-only u-sr-only screen-reader-text screenreader-text screen-reader-only a11y-hidden "
    "element-invisible element-hidden print-only ng-hide show-for-sr tw-sr-only ui-helper-hidden a-offscreen "
    "ui-helper-hidden-accessible govuk-visually-hidden usa-sr-only slds-assistive-text slds-hide assistive-text "
    "pf-screen-reader pf-u-screen-reader accessibly-hidden text-hide hidden-text hide-text nodisplay "
    "tooltiptext tooltip-text tooltip-content tooltip__content".split()
)
_SPOKEN_FOR = 60  # characters; what screen readers are to pass over is an icon or a copy, and this much text is neither


@lru_cache(maxsize=8192)
def hides_by_class(names: str) -> bool:
    """Tell whether class names hide what has them, and no other of them shows it on wide screens or by a pointer."""
    found = frozenset(names.split())
    return bool(found & UNSEEN) or bool(found & _HIDDEN and not _RESPONSIVE.search(names))


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether an element is hidden by attribute, style, or a utility class."""
    items = element.items()
    if not items or (len(items) == 1 and items[0][0] == "class"):  # most
        return bool(items) and hides_by_class(items[0][1])
    given = dict(items)
    if given.get("hidden", "until-found") != "until-found":
        return True
    if (style := given.get("style")) and hides(style):
        return True
    if (names := given.get("class")) and hides_by_class(names):
        return True
    return given.get("aria-hidden") == "true" and unlinked_length(element) < _SPOKEN_FOR
