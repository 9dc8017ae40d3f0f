"""Steps that are blocks side by side, each with its number in an element of its own, as numbered lists.

Only where a class calls them steps: prices, levels, exit codes and days begin with a number of their own as well.
"""

import re
from collections.abc import Iterator
from itertools import chain

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, make, remove, rename
from docspasta_mcp.extract.glances import has_more, has_text

_FIRST = re.compile(r"0?1[.)]?")
_NUMBER = re.compile(r"0?(\d{1,3})[.)]?")
_STEP = re.compile(r"(?:^|[\s_-])(?:steps?|procedures?|instructions?)(?:$|[\s_-]|\d)", re.IGNORECASE)
_MARKS = ("div", "span", "b", "strong", "p", "i")
_ITEMS = frozenset(("div", "section", "article"))
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
        if len(steps) > 1 and _is_whole(steps):
            _number(steps)


def _item_of(mark: HtmlElement) -> HtmlElement | None:
    """Return the block that begins with a mark, says more than it, and is called a step or stands among such."""
    is_named, whole, parent = _is_named(mark), mark, mark.getparent()
    while parent is not None and not (parent.text or "").strip():
        if any(has_text(one) or (one.tail or "").strip() for one in whole.itersiblings(preceding=True)):
            return None
        is_named = is_named or _is_named(parent)
        if has_more(parent, _LONGEST):
            around = parent.getparent()
            is_named = is_named or (around is not None and _is_named(around))
            return parent if is_named and parent.tag in _ITEMS else None
        whole, parent = parent, parent.getparent()
    return None


def _is_named(element: HtmlElement) -> bool:
    return _STEP.search(element.get("class", "")) is not None


def _mark_of(item: HtmlElement) -> HtmlElement | None:
    """Return the first element in a block that says something, if that is a number and no link."""
    for part in item.iterdescendants():
        if part.tag == "a":
            return None
        if (part.text or "").strip():
            return part if not len(part) and _NUMBER.fullmatch((part.text or "").strip()) else None
        if (part.tail or "").strip():
            return None
    return None


def _steps(first: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement]]:
    """Yield a block and those that follow it and count on, each with its number."""
    for number, item in enumerate(chain((first,), first.itersiblings()), 1):
        mark = _mark_of(item) if item.tag == first.tag and not (item.text or "").strip() else None
        found = _NUMBER.fullmatch((mark.text or "").strip()) if mark is not None else None
        if mark is None or found is None or int(found[1]) != number or not has_more(item, _LONGEST):
            return
        yield item, mark
        if (item.tail or "").strip():
            return


def _is_whole(steps: list[tuple[HtmlElement, HtmlElement]]) -> bool:
    """Tell whether no block of the kind that says something stands beside steps."""
    first, last = steps[0][0], steps[-1][0]
    beside = chain(first.itersiblings(str(first.tag), preceding=True), last.itersiblings(str(first.tag)))
    return not any(map(has_text, beside))


def _number(steps: list[tuple[HtmlElement, HtmlElement]]) -> None:
    headings = [next(step.iter(*HEADINGS), None) for step, _ in steps]
    if any(heading is not None for heading in headings):
        for number, ((step, mark), heading) in enumerate(zip(steps, headings, strict=True), 1):
            if heading is not None and _follows(step, mark, heading):
                heading.text = f"{number}. {(heading.text or '').lstrip()}"
                remove(mark)
        return
    first, row = steps[0][0], steps[0][0].getparent()
    if row is not None and row.tag == "div" and len(row) == len(steps) and not (row.text or "").strip():
        rename(row, "ol")
    else:
        first.addprevious(listed := make("ol"))
        listed.extend(step for step, _ in steps)
    for step, mark in steps:
        step.tail = None
        rename(step, "li")
        remove(mark)


def _follows(step: HtmlElement, mark: HtmlElement, heading: HtmlElement) -> bool:
    """Tell whether a heading without a number is the first thing that a step says after its mark."""
    if (heading.text or "").lstrip()[:1].isdecimal() or (mark.tail or "").strip():
        return False
    is_behind = False
    around = set(heading.iterancestors())
    for part in step.iterdescendants():
        if part is heading:
            return is_behind
        if is_behind and ((part.text or "").strip() or (part not in around and (part.tail or "").strip())):
            return False
        is_behind = is_behind or part is mark
    return False
