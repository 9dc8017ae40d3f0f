"""Steps that are blocks side by side, each with its number in an element of its own, as numbered lists."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, make, remove, rename
from docspasta_mcp.extract.glances import has_more, has_text

_FIRST = re.compile(r"0?1[.)]?")
_NUMBER = re.compile(r"0?(\d{1,3})[.)]?")
_MARKS = ("div", "span", "b", "strong", "p", "i")
_ITEMS = frozenset(("div", "section", "article", "a"))
_LONGEST = 4  # characters of a number


def number_steps(root: HtmlElement) -> None:
    """Make a numbered list of blocks below `root` that begin with 1, 2, 3 …; in headings the number stays."""
    firsts = [one for one in root.iter(*_MARKS) if not len(one) and _FIRST.fullmatch((one.text or "").strip())]
    done: set[HtmlElement] = set()
    for first in firsts:
        item = _item_of(first)
        if item is None or item in done:
            continue
        steps = list(_steps(item))
        done.update(step for step, _ in steps)
        if len(steps) > 1:
            _number(steps)


def _item_of(mark: HtmlElement) -> HtmlElement | None:
    """Return the block that begins with a mark and says more than it."""
    whole, parent = mark, mark.getparent()
    while parent is not None and not (parent.text or "").strip():
        if any(has_text(one) or (one.tail or "").strip() for one in whole.itersiblings(preceding=True)):
            return None
        if has_more(parent, _LONGEST):
            return parent if parent.tag in _ITEMS else None
        whole, parent = parent, parent.getparent()
    return None


def _mark_of(item: HtmlElement) -> HtmlElement | None:
    """Return the first element in a block that says something, if that is a number."""
    for part in item.iterdescendants():
        if (part.text or "").strip():
            return part if not len(part) and _NUMBER.fullmatch((part.text or "").strip()) else None
        if (part.tail or "").strip():
            return None
    return None


def _steps(first: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement]]:
    """Yield a block and those that follow it and count on, each with its number."""
    for number, item in enumerate((first, *first.itersiblings()), 1):
        mark = _mark_of(item) if item.tag == first.tag and not (item.text or "").strip() else None
        found = _NUMBER.fullmatch((mark.text or "").strip()) if mark is not None else None
        if mark is None or found is None or int(found[1]) != number or not has_more(item, _LONGEST):
            return
        yield item, mark
        if (item.tail or "").strip():
            return


def _number(steps: list[tuple[HtmlElement, HtmlElement]]) -> None:
    headings = [next(step.iter(*HEADINGS), None) for step, _ in steps]
    if any(heading is not None for heading in headings):
        for number, ((_, mark), heading) in enumerate(zip(steps, headings, strict=True), 1):
            if heading is not None and not (heading.text or "").lstrip()[:1].isdecimal():
                heading.text = f"{number}. {(heading.text or '').lstrip()}"
                remove(mark)
        return
    first, row = steps[0][0], steps[0][0].getparent()
    listed = make("ol")
    if row is not None and row.tag == "div" and len(row) == len(steps) and not (row.text or "").strip():
        rename(row, "ol")
    else:
        first.addprevious(listed)
        listed.extend(step for step, _ in steps)
    for step, mark in steps:
        step.tail = None
        if step.tag != "a":
            rename(step, "li")
        remove(mark)
