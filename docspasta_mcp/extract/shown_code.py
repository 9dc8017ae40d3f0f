"""Blocks of code that are hidden until a control or a script of the page shows them, which are part of what it says."""

import re
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import text_of
from docspasta_mcp.extract.normalise.hidden import hides_by_class, is_hidden
from docspasta_mcp.extract.selectors import tokens
from docspasta_mcp.extract.showing import Showing, is_labelled

_CHOOSING = etree.XPath("//*[self::li or self::a or self::button or self::option or self::span or self::input]/@*")
_SCRIPTS = etree.XPath("boolean(//script[not(@type) or contains(@type, 'script') or @type='module'])")
_NEXT = re.compile(r"\.next(?:All|Until|ElementSibling|Sibling)?\b|\.siblings\b")
_BOXES = frozenset(("checkbox", "radio"))
_MAX_NAME = 100  # characters


def find_shown_code(document: HtmlElement, found: set[HtmlElement]) -> None:
    """Add the hidden blocks of code that something on a page can show; to be asked before its scripts are taken out."""
    hidden = [pre for pre in document.iter("pre") if is_hidden(pre)]
    if hidden:
        page = _CodePage(document)
        found.update(pre for pre in hidden if page.can_show(pre))


class _CodePage:
    def __init__(self, document: HtmlElement) -> None:
        self._showing = Showing(document)
        self._steps_on = bool(_NEXT.search(self._showing.scripts))
        self._chosen = frozenset[str]()
        if _SCRIPTS(document):  # without one these attributes do nothing
            self._chosen = frozenset(
                str(value).lstrip("#.")
                for value in cast("list[Any]", _CHOOSING(document))
                if len(value) <= _MAX_NAME and _chooses(value.attrname)
            )

    def can_show(self, pre: HtmlElement) -> bool:
        names = _names(pre)
        if names & self._showing.targets or names & self._chosen:
            return True
        return any(self._showing.is_scripted(name) for name in names) or is_labelled(pre) or self._follows_control(pre)

    def _follows_control(self, pre: HtmlElement) -> bool:
        """Tell whether a box to tick, or what a script takes steps from, stands right before a block."""
        before = pre.getprevious()
        if before is None or not isinstance(cast("Any", before).tag, str):
            return False
        if before.tag == "input":
            return before.get("type", "").lower() in _BOXES
        is_taken = any(self._showing.is_scripted(name) for name in _names(before))
        return self._steps_on and is_taken and bool(text_of(before))


def _chooses(attribute: str) -> bool:
    return attribute.startswith("data-") or attribute == "value"


def _names(element: HtmlElement) -> frozenset[str]:
    """Return the id and the classes of an element without those that only hide it."""
    classes = {name for name in tokens(element) if not hides_by_class(name)}
    return frozenset((classes | {element.get("id", "")}) - {""})
