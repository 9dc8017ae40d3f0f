"""Find pages that say the same but for a date, a counter or where their links lead.

Two pages are alike if they have the same title, headings and code blocks, at least 150 words, and word counts whose
simhashes (Charikar 2002) differ in at most three of 64 bits. Short pages are never alike: two methods of an API may
differ by one word.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

from xxhash import xxh3_64_digest

MIN_WORDS = 150  # one word of so many turns a bit or two
MAX_BITS = 3
BITS = 64
_BANDS = MAX_BITS + 1  # of simhashes that differ in three bits, one of four parts is the same (pigeonhole)
_MAX_CANDIDATES = 50  # compared with each page; a site whose pages all share a part of their simhash is not a manual
_AUTOLINK = re.compile(r"<[^<>\s]+>")
_HEADING = re.compile(r"\n#{1,6}[ \t]+(.*)")


def simhash(parts: Iterable[tuple[bool, str]]) -> str:
    """Return what alike pages nearly share, `STRUCTURE-SIMHASH` in hexadecimal; empty for a short page.

    Args:
        parts: the page's Markdown as `fences` splits it.
    """
    parts = [(is_code, part if is_code else _unlinked(part)) for is_code, part in parts]
    text = "".join(part for is_code, part in parts if not is_code)
    words = text.split()
    if len(words) < MIN_WORDS:
        return ""
    structure = sha256("\n".join(_HEADING.findall(f"\n{text}")).encode())
    structure.update("".join(part for is_code, part in parts if is_code).encode())
    bits = sum(1 << bit for bit, ones in enumerate(_ones(words)) if 2 * ones > len(words))
    return f"{structure.hexdigest()[:16]}-{bits:016x}"


def _ones(words: list[str]) -> list[int]:
    """Return how many of the words have each bit of their hash set, bit by bit from the lowest."""
    digests = b"".join(map(xxh3_64_digest, map(str.encode, words)))  # to look them up takes twice as long
    columns = [int.from_bytes(digests[byte :: BITS // 8]) for byte in range(BITS // 8 - 1, -1, -1)]
    masks = [int.from_bytes(bytes([1 << bit]) * len(words)) for bit in range(8)]
    return [(column & mask).bit_count() for column in columns for mask in masks]


def _unlinked(text: str) -> str:
    """Return a text without what its links lead to."""
    kept: list[str] = []
    done = 0
    while (opened := text.find("](", done)) >= 0 and (closed := text.find(")", opened)) >= 0:
        kept += (text[done:opened], "]")
        done = closed + 1
    return _AUTOLINK.sub("]", "".join([*kept, text[done:]]))


class NearDuplicates:
    """Pages seen so far, indexed by each quarter of their simhash; the first one represents its near duplicates."""

    def __init__(self) -> None:
        self._met: defaultdict[tuple[str, int, int], list[tuple[int, int]]] = defaultdict(list)

    def first(self, name: str, page_id: int) -> int | None:
        """Return the page met before that is alike; without one, this page is met from now on."""
        if not name:
            return None
        structure, _, digits = name.partition("-")
        bits, width = int(digits, 16), BITS // _BANDS
        bands = [(structure, band, bits >> band * width & (1 << width) - 1) for band in range(_BANDS)]
        for band in bands:
            for other, other_id in self._met[band][:_MAX_CANDIDATES]:
                if (bits ^ other).bit_count() <= MAX_BITS:
                    return other_id
        for band in bands:
            self._met[band].append((bits, page_id))
        return None
