"""Compare two versions of a page: which words went, which came, and how much between them stayed the same.

Lines are compared first, then the words of lines that differ. Both comparisons are bounded, since `difflib` takes
quadratic time: what is too long to compare word by word is shown as lines that went and lines that came.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MAX_DIFFED = 200_000  # of each version that are compared
_MAX_LINES = 4_000  # of each version that are compared line by line
_MAX_WORDS = 600  # of each side of a difference that are compared word by word
_CONTEXT = 2  # lines shown around what changed
_WORD = re.compile(r"\S+\s*|\s+")


class Kind(StrEnum):
    """What became of a stretch of text; `gap` stands for lines that are the same and not shown."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the comparison. `lines` counts those that a gap stands for."""

    kind: Kind
    text: str = ""
    lines: int = 0


@dataclass(frozen=True, slots=True)
class WordDiff:
    """The comparison of two texts, in order. `is_cut` tells that they were too long to be compared whole."""

    stretches: tuple[Stretch, ...]
    added: int
    removed: int
    is_cut: bool


def word_diff(before: str, after: str) -> WordDiff:
    """Compare two texts; `added` and `removed` count words."""
    is_cut = max(len(before), len(after)) > MAX_DIFFED
    found = _joined(
        _compared(before[:MAX_DIFFED].splitlines(keepends=True), after[:MAX_DIFFED].splitlines(keepends=True))
    )
    counts = {
        kind: sum(len(one.text.split()) for one in found if one.kind is kind) for kind in (Kind.ADDED, Kind.REMOVED)
    }
    return WordDiff(tuple(found), counts[Kind.ADDED], counts[Kind.REMOVED], is_cut)


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
    """Yield the differences of two lists of lines, with some lines around each."""
    if max(len(old), len(new)) > _MAX_LINES:
        yield from _whole("".join(old), "".join(new))
        return
    operations = SequenceMatcher(None, old, new).get_opcodes()
    for index, (kind, old_from, old_to, new_from, new_to) in enumerate(operations):
        if kind == "equal":
            is_first, is_last = index == 0, index == len(operations) - 1
            yield from _same(new[new_from:new_to], is_first=is_first, is_last=is_last)
        else:
            yield from _changed("".join(old[old_from:old_to]), "".join(new[new_from:new_to]))


def _same(lines: Sequence[str], *, is_first: bool, is_last: bool) -> Iterator[Stretch]:
    """Yield unchanged lines next to a change, and a gap for the others."""
    head = 0 if is_first else _CONTEXT
    tail = 0 if is_last else _CONTEXT
    hidden = len(lines) - head - tail
    if hidden < 2:
        yield Stretch(Kind.SAME, "".join(lines))
        return
    yield Stretch(Kind.SAME, "".join(lines[:head]))
    yield Stretch(Kind.GAP, lines=hidden)
    yield Stretch(Kind.SAME, "".join(lines[len(lines) - tail :]))


def _changed(old: str, new: str) -> Iterator[Stretch]:
    """Yield the words that differ in two pieces of text."""
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    if not old or not new or max(len(old_words), len(new_words)) > _MAX_WORDS:
        yield from _whole(old, new)
        return
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    if matcher.ratio() < 0.3:  # another text: pairs of equal words in it would only confuse
        yield from _whole(old, new)
        return
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            yield Stretch(Kind.SAME, "".join(new_words[new_from:new_to]))
        else:
            yield from _whole("".join(old_words[old_from:old_to]), "".join(new_words[new_from:new_to]))


def _whole(old: str, new: str) -> Iterator[Stretch]:
    if old:
        yield Stretch(Kind.REMOVED, old)
    if new:
        yield Stretch(Kind.ADDED, new)


def _joined(stretches: Iterator[Stretch]) -> list[Stretch]:
    """Return stretches without empty ones, neighbours of one kind joined."""
    found: list[Stretch] = []
    for one in stretches:
        if one.kind is Kind.GAP:
            found.append(one)
        elif one.text and found and found[-1].kind is one.kind:
            found[-1] = Stretch(one.kind, found[-1].text + one.text)
        elif one.text:
            found.append(one)
    return found
