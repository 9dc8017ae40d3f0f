"""What stays in memory of one database's index: which passages have a term, entries of passages, pages of ended jobs.

None of it changes: a job's counts and passages are known by how far it is indexed.
"""

import threading
from array import array
from collections.abc import Iterable, Mapping
from typing import Generic, TypeAlias, TypeVar

from docspasta_mcp.document.search.entries import PassageTerms
from docspasta_mcp.model.job import Job
from docspasta_mcp.runtime.bounded_cache import BoundedCache

K = TypeVar("K")
V = TypeVar("V")

Passages: TypeAlias = "array[int]"  # by their numbers
Entry: TypeAlias = tuple[int, int, str, str, int, int, PassageTerms]  # `start` to `terms` of a `SearchHit`
Group: TypeAlias = list[Entry | str]  # entries of a group, as texts until they are asked for: few of them are
KnownPage: TypeAlias = tuple[int, str, str]  # its number in the document, its URL, its title

_MAX_COUNTS = 50_000  # terms of a job whose passages were counted
_MAX_PASSAGES = 1_500_000  # of all terms whose passages were looked up, with 8 bytes each
_TERM = 50  # passages whose room a term takes beside them
_MAX_GROUPS = 4_000  # groups of passages that stay unpacked, with 5 kB each
_MAX_PAGES = 20_000  # pages whose URL and title stay in memory, with 300 bytes each


class _Shared(Generic[K, V]):
    """A cache that threads use at the same time."""

    def __init__(self, most: int) -> None:
        self._cache = BoundedCache[K, V](most)
        self._lock = threading.Lock()

    def get(self, keys: Iterable[K]) -> dict[K, V]:
        """Return the values of keys, as far as they are known."""
        with self._lock:
            return {key: value for key in keys if (value := self._cache.get(key)) is not None}

    def keep(self, values: Mapping[K, V], sizes: Mapping[K, int] | None = None) -> None:
        """Keep values, each of size 1 if no sizes are given."""
        with self._lock:
            for key, value in values.items():
                self._cache.put(key, value, sizes[key] if sizes else 1)


class Known:
    """What stays in memory; a term of a job is known by `(serial, version)` of its extent, see `SearchExtent`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._counts = _Shared[tuple[int, int, str], int](_MAX_COUNTS)
        self._passages = _Shared[tuple[int, int, str], Passages](_MAX_PASSAGES)
        self._groups = _Shared[int, Group](_MAX_GROUPS)
        self._pages = _Shared[tuple[str, str, float | None, int], tuple[KnownPage, ...]](_MAX_PAGES)

    def counts(self, key: tuple[int, int], terms: Iterable[str]) -> dict[str, int]:
        """Return how many passages have each term, as far as that is known."""
        return {term: count for (*_, term), count in self._counts.get((*key, term) for term in terms).items()}

    def keep_counts(self, key: tuple[int, int], counts: Mapping[str, int]) -> None:
        """Keep how many passages have each term."""
        self._counts.keep({(*key, term): count for term, count in counts.items()})

    def passages(self, key: tuple[int, int], terms: Iterable[str]) -> dict[str, Passages]:
        """Return which passages have each term, as far as that is known."""
        return {term: found for (*_, term), found in self._passages.get((*key, term) for term in terms).items()}

    def keep_passages(self, key: tuple[int, int], passages: Mapping[str, Passages]) -> None:
        """Keep which passages have each term."""
        kept = {(*key, term): found for term, found in passages.items()}
        self._passages.keep(kept, {term: len(found) + _TERM for term, found in kept.items()})

    def groups(self, groups: Iterable[int]) -> dict[int, Group]:
        """Return the entries of groups, as far as they are known; what a group has never changes."""
        return self._groups.get(groups)

    def keep_groups(self, groups: Mapping[int, Group]) -> None:
        """Keep the entries of groups."""
        self._groups.keep(groups)

    def pages(self, job: Job, numbers: Iterable[int]) -> dict[int, tuple[KnownPage, ...]]:
        """Return what is known of an ended job's pages; nothing of one that is not in its document."""
        key = job.document_key
        return {number: page for (*_, number), page in self._pages.get((*key, number) for number in numbers).items()}

    def keep_pages(self, job: Job, pages: Mapping[int, tuple[KnownPage, ...]]) -> None:
        """Keep what is known of pages, if their job has ended."""
        if not job.is_running:
            self._pages.keep({(*job.document_key, number): page for number, page in pages.items()})
