"""XPaths whose time grows with what they find, not with its square."""

import re
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement

_BAR = re.compile(r"\|(?= ?(?:\.?/|descendant-or-self::))")
_PARENT = "/.."
_FEW = 300  # elements that libxml2 sorts for less than a walk through the page costs
_ORDERED = etree.XPath("$found")


class Paths:
    """Elements by XPath, in document order, each once.

    libxml2 compares each node that a step `..` or a bar `|` gives with all that came before it: the parents of 32,000
    attributes take 1.4 s, where the attributes take 0.04. So a path is parted at its bars, and the parents are asked of
    the attributes that it ends in. Attributes are found at once by their name; a condition on each element costs ten
    times as much.

    Args:
        path: alternatives that begin with `//`, `.//` or `descendant-or-self::`; each ends in elements, or in
            `@name/..` with no other `..` before.

    Raises:
        lxml.etree.XPathSyntaxError: `path` is no XPath.
    """

    def __init__(self, path: str) -> None:
        parts = [part.strip() for part in _BAR.split(path)]
        self._is_absolute = path.startswith("/")
        self._elements = [etree.XPath(part) for part in parts if not part.endswith(_PARENT)]
        self._attributes = [etree.XPath(part.removesuffix(_PARENT)) for part in parts if part.endswith(_PARENT)]

    def __call__(self, element: HtmlElement, **variables: str) -> list[HtmlElement]:
        """Return what is found from `element` on; `variables` stand in the path as `$name`."""
        found = [cast("list[HtmlElement]", path(element, **variables)) for path in self._elements]
        for path in self._attributes:
            found.append([one.getparent() for one in cast("list[Any]", path(element, **variables))])
        found = [one for one in found if one]
        if len(found) < 2:
            return found[0] if found else []
        once = dict.fromkeys(one for part in found for one in part)
        if len(once) <= _FEW:
            return cast("list[HtmlElement]", _ORDERED(element, found=list(once)))
        start = element.getroottree().getroot() if self._is_absolute else element
        return [one for one in start.iter() if one in once]
