"""Which rule of a robots.txt decides on a path: the longest that matches (RFC 9309 §2.2.2), found without trying each.

Half a megabyte holds forty thousand rules, and every link of a page may be asked about. Rules are grouped by what
stands before their first wildcard, then as a tree by the pieces between their wildcards; where many rules differ in
their next piece, only those are looked at of which a rare part stands in the path.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

_FEW = 12  # branches that are tried one by one
_SIZES = (8, 4, 2, 1)  # characters of the part of a piece that is looked up
_PLAIN = re.compile(r"[A-Za-z0-9_.~/=-]*")
_KEPT = re.compile(r"(%2[Ff5Aa])")  # escapes of / % and *, which mean something else unescaped


class PathRule(NamedTuple):
    """One line of a robots.txt: `*` stands for anything, `$` at its end for the end of the path."""

    pattern: str
    allows: bool


class _Rule(NamedTuple):
    """What is left of a rule behind its head: pieces in their order, and what the path must end with, if anything."""

    rank: int
    pieces: tuple[str, ...]
    end: str | None


@dataclass(slots=True)
class _Branch:
    """Rules whose next pieces are the same.

    Attributes:
        best: the highest rank of all its rules.
        shared: the pieces that all of them have next.
        whole: the rank of the rule that asks for no more than these; -1 if there is none.
        ends: what the path must end with behind these, by its size → rank.
        few: branches that are tried one by one.
        parts: branches by a part of their next piece; its size → part → branches.
    """

    best: int
    shared: tuple[str, ...]
    whole: int = -1
    ends: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]])
    few: "list[_Branch]" = field(default_factory=list["_Branch"])
    parts: "dict[int, dict[str, list[_Branch]]]" = field(default_factory=dict[int, dict[str, list["_Branch"]]])

    def ended(self, path: str, start: int) -> int:
        """Return the rank of the rule that asks for the end that a path has behind `start`."""
        room = len(path) - start
        return max((ends.get(path[-size:], -1) for size, ends in self.ends.items() if size <= room), default=-1)

    def candidates(self, path: str, windows: dict[int, set[str]]) -> "Iterator[_Branch]":
        """Yield the branches that may go on in a path; `windows` collects its parts by their size."""
        yield from self.few
        for size, table in self.parts.items():
            if size not in windows:
                windows[size] = _windows(path, size)
            for part in windows[size] & table.keys():
                yield from table[part]


class PathRules:
    """The rules of one robots.txt for one robot."""

    def __init__(self, rules: Iterable[PathRule] = ()) -> None:
        """Take the rules in; takes a second for half a megabyte."""
        self._exact: dict[str, int] = {}
        heads: defaultdict[str, list[_Rule]] = defaultdict(list)
        for rule in rules:
            pattern, is_anchored = _comparable(rule.pattern.removesuffix("$"), "*"), rule.pattern.endswith("$")
            rank = 2 * (len(pattern) + is_anchored) + rule.allows  # of two as long, the one that allows
            head, *pieces = pattern.split("*")
            if is_anchored and not pieces:
                self._exact[head] = max(rank, self._exact.get(head, -1))
                continue
            end = pieces.pop() if is_anchored else None
            heads[head].append(_Rule(rank, tuple(filter(None, pieces)), end or None))
        self._heads = sorted(heads)
        self._branches = [_tree(heads[head]) for head in self._heads]
        self._shorter = _shorter(self._heads)

    def allows(self, path: str) -> bool:
        """Tell whether the rules allow a path with its query."""
        rank = self._decisive(_comparable(path))
        return rank < 0 or bool(rank % 2)

    def _decisive(self, path: str) -> int:
        found = self._exact.get(path, -1)
        waiting = list(self._begun(path))
        windows: dict[int, set[str]] = {}
        while waiting:
            branch, start = waiting.pop()
            if branch.best <= found:
                continue
            for piece in branch.shared:
                place = path.find(piece, start)
                if place < 0:
                    break
                start = place + len(piece)
            else:
                found = max(found, branch.whole, branch.ended(path, start))
                waiting.extend((one, start) for one in branch.candidates(path, windows) if one.best > found)
        return found

    def _begun(self, path: str) -> Iterator[tuple[_Branch, int]]:
        """Yield the branches of the heads that a path begins with; each such head begins the longest one."""
        place = bisect_right(self._heads, path) - 1
        while place >= 0:
            if path.startswith(head := self._heads[place]):
                yield self._branches[place], len(head)
            place = self._shorter[place]


def _shorter(heads: Sequence[str]) -> list[int]:
    """Return of each head, in their order, the place of the longest other one that it begins with; -1 without one."""
    found: list[int] = []
    for place, head in enumerate(heads):
        other = place - 1
        while other >= 0 and not head.startswith(heads[other]):
            other = found[other]
        found.append(other)
    return found


def _tree(rules: Sequence[_Rule]) -> _Branch:
    """Return rules as a tree."""
    root, groups = _branch(rules)
    waiting = [(root, groups)]
    while waiting:
        parent, groups = waiting.pop()
        branches: dict[str, _Branch] = {}
        for piece, group in groups.items():
            branches[piece], below = _branch(group)
            if below:
                waiting.append((branches[piece], below))
        if len(branches) <= _FEW:
            parent.few = list(branches.values())
        else:
            parent.parts = _by_part(branches)
    return root


def _branch(rules: Sequence[_Rule]) -> tuple[_Branch, dict[str, list[_Rule]]]:
    """Return a branch of rules, and by their next piece those that go on."""
    shared = _shared(min(rule.pieces for rule in rules), max(rule.pieces for rule in rules))
    branch = _Branch(max(rule.rank for rule in rules), shared)
    groups: defaultdict[str, list[_Rule]] = defaultdict(list)
    for rule in rules:
        rest = rule.pieces[len(shared) :]
        if rest:
            groups[rest[0]].append(rule._replace(pieces=rest))
        elif rule.end is None:
            branch.whole = max(branch.whole, rule.rank)
        else:
            ends = branch.ends.setdefault(len(rule.end), {})
            ends[rule.end] = max(rule.rank, ends.get(rule.end, -1))
    return branch, groups


def _shared(first: tuple[str, ...], last: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pieces that the first and the last of some rules in their order begin with, and so all between."""
    places = (place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
    return first[: next(places, min(len(first), len(last)))]


def _by_part(branches: dict[str, _Branch]) -> dict[int, dict[str, list[_Branch]]]:
    """Return branches by the part of their next piece that fewest others have."""
    windows = {piece: _windows(piece, next(size for size in _SIZES if size <= len(piece))) for piece in branches}
    counts = Counter(part for parts in windows.values() for part in parts)
    found: dict[int, dict[str, list[_Branch]]] = {}
    for piece, branch in branches.items():
        rarest = min(windows[piece], key=lambda part: counts[part])
        found.setdefault(len(rarest), {}).setdefault(rarest, []).append(branch)
    return found


def _windows(text: str, size: int) -> set[str]:
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def _comparable(path: str, safe: str = "") -> str:
    """Return a path or pattern in the one spelling that is compared: escaped where it is not plain."""
    if _PLAIN.fullmatch(path):
        return path
    parts = _KEPT.split(path)
    parts[1::2] = map(str.upper, parts[1::2])
    parts[::2] = [quote_from_bytes(unquote_to_bytes(part), safe=f"/={safe}") for part in parts[::2]]
    return "".join(parts)
