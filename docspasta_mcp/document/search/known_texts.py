"""The terms of passages that were read before, as numbers: a text is split once, not for each question.

A number stands for its term as long as the process lives, so that a passage takes four bytes a term and a digest.
"""

import threading
from array import array
from collections.abc import Iterable, Mapping
from itertools import count
from typing import TypeAlias

import xxhash

from docspasta_mcp.document.search.words import Analyser
from docspasta_mcp.runtime.bounded_cache import BoundedCache

Numbers: TypeAlias = "array[int]"

_MAX_NUMBERS = 4_000_000  # of the terms of all texts that are kept, with four bytes each: 16,000 passages
_BESIDE = 50  # numbers whose room a text takes beside its own
_MAX_TERMS = 300_000  # that have a number, with 150 bytes each


class KnownTexts:
    """Numbers of the terms of texts; threads ask at the same time."""

    def __init__(self, *, most: int = _MAX_NUMBERS, most_terms: int = _MAX_TERMS) -> None:
        """Begin with none.

        Args:
            most: numbers of the texts that are kept.
            most_terms: that have a number; beyond, all is begun anew.
        """
        self._lock = threading.Lock()
        self._most, self._most_terms = most, most_terms
        self._texts = BoundedCache[tuple[int, bytes], Numbers](most)
        self._numbers: dict[str, int] = {}
        self._next = count()

    def read(
        self, texts: Mapping[int, str], terms: Iterable[str], analyser: Analyser
    ) -> tuple[Mapping[int, Numbers], Mapping[str, int]]:
        """Return the numbers of the terms of each text, in order, and the number of each of some terms."""
        keys = {id_: (id(analyser), xxhash.xxh3_128_digest(text.encode())) for id_, text in texts.items()}
        with self._lock:
            if len(self._numbers) > self._most_terms:
                self._numbers = {}
                self._texts = BoundedCache[tuple[int, bytes], Numbers](self._most)
            numbers = self._numbers
            known = {id_: found for id_, key in keys.items() if (found := self._texts.get(key)) is not None}
        new = {id_: analyser.terms(texts[id_]) for id_ in texts if id_ not in known}
        with self._lock:
            for id_, found in new.items():
                made = known[id_] = array("I", [self._number(term, numbers) for term in found])
                if numbers is self._numbers:  # another thread may have begun anew meanwhile
                    self._texts.put(keys[id_], made, len(made) + _BESIDE)
            return known, {term: self._number(term, numbers) for term in terms}

    def _number(self, term: str, numbers: dict[str, int]) -> int:
        found = numbers.get(term)
        if found is None:
            found = numbers[term] = next(self._next)
        return found
