"""Pages that say what other pages of the document say already: all-in-one editions, known by their text.

A page counts as such if nine tenths of what it says, in blocks, stands on pages shorter than itself. The blocks at the
edges of pages, which the graph has, tell where to look; only what they point to is read.
"""

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass

from docspasta_mcp.document.boilerplate import block_digest, blocks
from docspasta_mcp.document.page_graph import PageGraph

MIN_SHARE = 0.9  # of a page's characters in blocks that stand on others: the rest is its own introduction
MIN_PARTS = 2
MAX_OF_ONE = 0.8  # of it on one other page: it may be a later state of that one, with what is new in it
MIN_WORDS = 100  # of a page that may be a union
MIN_BLOCK = 20  # characters of a block that counts: "Parameters" stands everywhere
MAX_READ = 4  # times a page's own characters, read of others to compare


@dataclass(frozen=True, slots=True)
class Spoken:
    """The blocks that a page says something in, by digest, with their sizes; `all` has every block's digest.

    `length` is that of its Markdown in characters.
    """

    sizes: dict[str, int]
    all: frozenset[str]
    length: int

    @classmethod
    def of(cls, markdown: str) -> "Spoken":
        """Read a page: without its title, headings, and blocks that only lead elsewhere."""
        sizes: dict[str, int] = {}
        digests: set[str] = set()
        for text, said in blocks(markdown):
            digest = block_digest(text)
            digests.add(digest)
            if len(said) >= MIN_BLOCK and not text.startswith("#"):
                sizes[digest] = len(said)
        return cls(sizes, frozenset(digests), len(markdown))


def suspects(graph: PageGraph, longest: Iterable[int], inside: Set[int], boilerplate: Set[str]) -> list[int]:
    """Return those of a document's longest pages that begin or end as another page does.

    Args:
        graph: the job's pages.
        longest: their numbers, the shortest first.
        inside: numbers of the pages in the document.
        boilerplate: digests of blocks that most pages share.
    """
    wanted = set(longest) & inside
    own = {
        number: set(outer_blocks) - boilerplate
        for number, outer_blocks in graph.numbered_outer_blocks()
        if number in wanted
    }
    asked = set[str]().union(*own.values()) if own else set[str]()
    met: Counter[str] = Counter()
    for number, outer_blocks in graph.numbered_outer_blocks():
        if number in inside:
            met.update(asked & set(outer_blocks))
    return [number for number in longest if any(met[digest] > 1 for digest in own.get(number, ()))]


def likely_parts(graph: PageGraph, page: int, spoken: Spoken, inside: Set[int], boilerplate: Set[str]) -> list[int]:
    """Return the pages of the document of whose outermost blocks at least half stand on a page."""
    found: list[int] = []
    for number, outer_blocks in graph.numbered_outer_blocks():
        if number == page or number not in inside or spoken.all.isdisjoint(outer_blocks):
            continue
        mine = [digest for digest in outer_blocks if digest not in boilerplate]
        if mine and 2 * sum(digest in spoken.all for digest in mine) >= len(mine):
            found.append(number)
    return found


class UnionComparison:
    """How much of a page is also on other pages, which are read one after another."""

    def __init__(self, spoken: Spoken) -> None:
        """Begin with the page that may be made of others."""
        self._length = spoken.length
        self._missing = dict(spoken.sizes)
        self._whole = sum(self._missing.values())
        self._largest = 0
        self.chars = 0  # read of others so far
        self.parts = 0

    @property
    def is_union(self) -> bool:
        """Whether enough of the page has been found, on enough others and not mainly on one."""
        found = self._whole - sum(self._missing.values())
        is_of_many = self.parts >= MIN_PARTS and self._largest <= MAX_OF_ONE * self._whole
        return self._whole > 0 and is_of_many and found >= MIN_SHARE * self._whole

    @property
    def is_over(self) -> bool:
        """Whether reading on is useless: it is decided, or so much was read that the page is not a union."""
        return self.chars > MAX_READ * self._length or self.is_union

    def read(self, pages: Iterable[Spoken]) -> None:
        """Look for the page's blocks on shorter pages."""
        for page in pages:
            if page.length >= self._length:
                continue
            self.chars += page.length
            shared = page.sizes.keys() & self._missing.keys()
            self._largest = max(self._largest, sum(self._missing.pop(digest) for digest in shared))
            self.parts += bool(shared)
