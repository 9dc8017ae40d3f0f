"""What of a page can show an element that is hidden: controls that name it, scripts that do, a label before it."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import text_of

_TARGETING = tuple(  # one path each: libxml2 takes the square of what alternatives give
    etree.XPath(f"//@{name}", smart_strings=False)
    for name in "aria-controls data-target data-bs-target for popovertarget commandfor href[starts-with(.,'#')]".split()
)
_HANDLERS = tuple(
    etree.XPath(f"//{place}", smart_strings=False)
    for place in "script/text() @onclick @onchange @onmouseover @onfocus @onload @ontoggle".split()
)
_LABELS = frozenset(("button", "label", "summary"))
_WORD = re.compile(r"[\w-]+")
_MAX_SCRIPT = 2_000_000  # characters that are looked through


class Showing:
    """What the controls and scripts of a page name."""

    def __init__(self, document: HtmlElement) -> None:
        self.targets = {target.removeprefix("#") for target in _strings(_TARGETING, document)}
        self.scripts = "\n".join(_strings(_HANDLERS, document))[:_MAX_SCRIPT]

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the page's own scripts."""
        return frozenset(_WORD.findall(self.scripts))

    def is_scripted(self, name: str) -> bool:
        """Tell whether a script of the page speaks of a class or id."""
        if _WORD.fullmatch(name):
            return name in self.words
        return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self.scripts))


def _strings(paths: Iterable[etree.XPath], document: HtmlElement) -> Iterator[str]:
    for path in paths:
        yield from cast("list[str]", path(document))


def is_labelled(element: HtmlElement) -> bool:
    """Tell whether a control stands before an element and has nothing else to control."""
    before = element.getprevious()
    if before is None or not isinstance(cast("Any", before).tag, str) or not text_of(before):
        return False
    controls = [one for one in before.iter() if one.tag in _LABELS or one.get("role") == "button"
                or "aria-expanded" in one.attrib]  # fmt: skip
    return any(text_of(one) == text_of(before) for one in controls)
