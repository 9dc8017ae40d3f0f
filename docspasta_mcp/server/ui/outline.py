"""A manual's contents as a tree, a branch at a time: a manual of 10,000 pages never goes out whole.

A branch is a range of lines. What is small is shown with all below it; what is not opens when it is asked for. The
branches of the page that is read are open from the start, which stays below 100 kB while at most three levels above it
have a hundred siblings each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from docspasta_mcp.jobs.pages import ContentsLine

_WHOLE = 120  # lines shown with all that is below them; about 50 kB
_GROUP = 100  # siblings that are shown at once; more come in groups
MAX_MATCHES = 100


@dataclass(frozen=True, slots=True)
class OutlineNode:
    """A line of the tree, or a group of too many siblings, which has no line.

    `start` and `stop` are the range of what is below it; `children` is None if that is still to be asked for.
    """

    line: ContentsLine | None
    start: int
    stop: int
    label: str = ""
    tokens: int = 0
    children: "tuple[OutlineNode, ...] | None" = ()
    is_open: bool = False

    @property
    def pages(self) -> int:
        """How many pages are below it."""
        return self.stop - self.start


def branch(
    lines: Sequence[ContentsLine], start: int, stop: int, *, current: int | None = None
) -> tuple[OutlineNode, ...]:
    """Return the tree of some lines.

    Args:
        lines: the whole outline.
        start: the range's first index.
        stop: the index after its last.
        current: the index of the page that is read; the branches it is in are open.
    """
    spans = _siblings(lines, start, stop)
    if len(spans) > _GROUP and stop - start > _WHOLE:
        groups = [spans[first : first + _GROUP] for first in range(0, len(spans), _GROUP)]
        return tuple(_group(lines, group[0][0], group[-1][1], current) for group in groups)
    is_small = stop - start <= _WHOLE
    return tuple(_node(lines, first, last, current, is_small=is_small) for first, last in spans)


def matching(lines: Sequence[ContentsLine], words: str) -> tuple[tuple[ContentsLine, ...], int]:
    """Return the first lines whose titles have all these words, and how many have."""
    wanted = words.casefold().split()
    found = [line for line in lines if all(word in line.title.casefold() for word in wanted)]
    return tuple(found[:MAX_MATCHES]), len(found)


def _siblings(lines: Sequence[ContentsLine], start: int, stop: int) -> list[tuple[int, int]]:
    """Return the ranges of the topmost lines with what is below each."""
    spans: list[tuple[int, int]] = []
    index = start
    while index < stop:
        end = index + 1
        while end < stop and lines[end].level > lines[index].level:
            end += 1
        spans.append((index, end))
        index = end
    return spans


def _node(lines: Sequence[ContentsLine], first: int, stop: int, current: int | None, *, is_small: bool) -> OutlineNode:
    holds_current = current is not None and first <= current < stop
    children: tuple[OutlineNode, ...] | None = ()
    if stop - first > 1:
        children = branch(lines, first + 1, stop, current=current) if is_small or holds_current else None
    tokens = sum(line.tokens for line in lines[first:stop])
    is_open = holds_current or (is_small and stop - first <= _WHOLE and len(lines) <= _WHOLE)
    return OutlineNode(lines[first], first + 1, stop, tokens=tokens, children=children, is_open=is_open)


def _group(lines: Sequence[ContentsLine], start: int, stop: int, current: int | None) -> OutlineNode:
    holds_current = current is not None and start <= current < stop
    label = f"{lines[start].number:,} to {lines[stop - 1].number:,}"
    tokens = sum(line.tokens for line in lines[start:stop])
    children = branch(lines, start, stop, current=current) if holds_current else None
    return OutlineNode(None, start, stop, label, tokens, children, holds_current)
