"""What the search index keeps of a page, on its way from where it is made to where it is stored."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PassageGroup:
    """Passages of a page that are stored together: the place of the first, how many, their terms, and the entries."""

    place: int
    passages: int
    length: int
    entries: bytes


@dataclass(frozen=True, slots=True)
class PageIndex:
    """All that the index keeps of a page; `terms` has those of each passage."""

    groups: tuple[PassageGroup, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return sum(len(group.entries) for group in self.groups) + sum(map(len, self.terms))
