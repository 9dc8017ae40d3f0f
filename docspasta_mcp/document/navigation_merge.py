"""Merge the navigations that a site's pages show into one tree.

Sidebars differ from page to page: collapsed ones show only their own branch, tabs have one each. Every navigation
votes for a page's parent, and lists its siblings in order; the merged tree keeps both. Nothing depends on the order
in which pages came in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from docspasta_mcp.model.document import NavLine

Key = int | tuple[str, ...]  # a page's number, or the path of captions that a heading stands under
ROOT: Key = ()


def merge_navigations(navigations: Sequence[Sequence[NavLine]], rank: Mapping[int, int]) -> dict[Key, list[Key]]:
    """Return every node's children in order; `ROOT` holds the top.

    Args:
        navigations: distinct ones, the most shown first; on equal votes the earlier one decides.
        rank: page number → its place on the site's front page, which orders navigations that share no page.
    """
    votes: defaultdict[Key, Counter[Key]] = defaultdict(Counter)
    families: list[tuple[Key, list[Key]]] = []
    for lines in navigations:
        for parent, children in _families(lines):
            families.append((parent, children))
            for child in children:
                votes[child][parent] += 1
    parents = {child: _elected(counts) for child, counts in votes.items()}
    sequences: defaultdict[Key, list[list[Key]]] = defaultdict(list)
    for parent, children in families:
        own = [child for child in children if parents[child] == parent]
        if own:
            sequences[parent].append(own)
    return {parent: _merged(found, rank) for parent, found in sequences.items()}


def walk(tree: Mapping[Key, Sequence[Key]]) -> Iterator[tuple[Key, int]]:
    """Yield the tree's nodes with their depth, parents before children; a node that encloses itself is met once."""
    seen: set[Key] = set()
    stack = [(child, 0) for child in reversed(tree.get(ROOT, ()))]
    while stack:
        key, depth = stack.pop()
        if key in seen:
            continue
        seen.add(key)
        yield key, depth
        stack.extend((child, depth + 1) for child in reversed(tree.get(key, ())))


def _elected(counts: Counter[Key]) -> Key:
    """Return the parent with most votes; a page that anything encloses is not at the top."""
    inner = [parent for parent in counts if parent != ROOT]
    return max(inner, key=lambda parent: counts[parent]) if inner else ROOT


def _families(lines: Sequence[NavLine]) -> Iterator[tuple[Key, list[Key]]]:
    """Yield each parent of one navigation with its children."""
    children: dict[Key, dict[Key, None]] = {ROOT: {}}
    path: list[tuple[int, Key]] = [(-1, ROOT)]
    seen: set[Key] = set()
    for line in lines:
        while path[-1][0] >= line.nav_level:
            path.pop()
        parent = path[-1][1]
        key: Key = line.number or (*(parent if isinstance(parent, tuple) else (str(parent),)), line.title)
        if isinstance(key, tuple) or key not in seen:
            children.setdefault(parent, {})[key] = None
            seen.add(key)
        path.append((line.nav_level, key))
    for parent, found in children.items():
        yield parent, list(found)


def _merged(sequences: Sequence[list[Key]], rank: Mapping[int, int]) -> list[Key]:
    """Merge sequences: the longest leads, others put what is new behind what they share with it.

    One that shares pages with several, as a bar of sections does with their sidebars, puts these in its own order.
    """
    groups: list[list[Key]] = []
    for sequence in sorted({tuple(one): None for one in sequences}, key=len, reverse=True):
        place = {key: index for index, key in enumerate(sequence)}
        met = [group for group in groups if not place.keys().isdisjoint(group)]
        if not met:
            groups.append(list(sequence))
            continue
        groups = [group for group in groups if all(group is not one for one in met)]
        groups.append(_joined(met, place))
        _insert(groups[-1], sequence)
    groups.sort(key=lambda group: min((rank.get(key, len(rank)) for key in group if isinstance(key, int)), default=0))
    return list(dict.fromkeys(key for group in groups for key in group))


def _joined(groups: Sequence[list[Key]], place: Mapping[Key, int]) -> list[Key]:
    """Put groups that a sequence shares pages with one behind the other, in its order."""
    if len(groups) == 1:  # as nearly always: a long one need not be built anew for each sequence
        return groups[0]
    ordered = sorted(groups, key=lambda group: min(place[key] for key in group if key in place))
    return list(dict.fromkeys(key for group in ordered for key in group))


def _insert(group: list[Key], sequence: Sequence[Key]) -> None:
    known = set(group)
    place = None
    for index, key in enumerate(sequence):
        if key in known:
            place = group.index(key) + 1
            continue
        if place is None:
            place = next(group.index(later) for later in sequence[index:] if later in known)
        group.insert(place, key)
        known.add(key)
        place += 1
