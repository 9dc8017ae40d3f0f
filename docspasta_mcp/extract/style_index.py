"""The elements of a page as the rules of its style sheets ask for them."""

from functools import cached_property
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.paths import Paths
from docspasta_mcp.extract.selectors import tokens

_CLASSED = Paths("//@class/..")
_MAX_STEPS = 30_000_000  # from sibling to sibling, some 10 ns each; selectors of more are not asked


class Index:
    """The elements of a page by class, what most rules ask for, and by how many stand before them."""

    def __init__(self, document: HtmlElement) -> None:
        self.document = document
        self._left = _MAX_STEPS
        self._counted: dict[etree.XPath, list[HtmlElement]] = {}

    @cached_property
    def by_class(self) -> dict[str, list[HtmlElement]]:
        """The elements that have each class, in document order."""
        by_class: dict[str, list[HtmlElement]] = {}
        for element in _CLASSED(self.document):
            for name in tokens(element):
                by_class.setdefault(name, []).append(element)
        return by_class

    @cached_property
    def size(self) -> int:
        """The number of the page's elements."""
        return sum(1 for _ in self.document.iter())

    def counted(self, path: etree.XPath) -> list[HtmlElement]:
        """Return what a path finds that counts the siblings of each element: by the square of a page's width.

        Nothing is found once such paths have taken too long; one that comes again is not asked again.
        """
        if path not in self._counted:
            self._left -= self._steps
            self._counted[path] = cast("list[HtmlElement]", path(self.document)) if self._left > 0 else []
        return self._counted[path]

    @cached_property
    def _steps(self) -> int:
        return sum(len(element) ** 2 // 2 for element in self.document.iter())
