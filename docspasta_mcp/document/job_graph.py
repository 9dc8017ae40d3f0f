"""Everything that decides where a job's pages stand in its document.

The store fills it, and a worker process gets it as it is: arrays, numbers and texts, which are small and quick to
hand over. Navigations stay the JSON that the store has until they are needed, a tenth of what their lines would take.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.model.document import NavLine

SEED = 1
"""The number of the page that a job began with."""


@dataclass(frozen=True, slots=True)
class JobGraph:
    """A job's pages, and what orders them.

    Attributes:
        pages: the pages and their links.
        root: number of the page at the root of the scope; 0 if there is none.
        navigations_json: each stored navigation, with the number of pages that show it.
        orders_json: the lists that discovery found, most trustworthy first.
        same_content: page number → content hash, for contents that several pages have.
        simhashes: page number → structure hash and simhash, for pages that share a structure.
        md_siblings: number of a Markdown file or PDF → number of the page beside it that says the same.
    """

    pages: PageGraph
    root: int
    navigations_json: Sequence[tuple[int, str]]
    orders_json: Sequence[str]
    same_content: dict[int, str]
    simhashes: dict[int, str]
    md_siblings: dict[int, int]

    def navigations(self) -> list[tuple[int, Sequence[NavLine]]]:
        """Return the navigations, each with how many pages show it."""
        return [(count, _lines(text)) for count, text in self.navigations_json]

    def orders(self) -> Iterator[Sequence[int]]:
        """Yield discovery's lists of page numbers."""
        for text in self.orders_json:
            yield [line.number for line in _lines(text)]


def front_page(root: int, navigations: Sequence[tuple[int, Sequence[NavLine]]]) -> int:
    """Return the page where the manual begins: the root of the scope, else what most navigations begin with.

    Without either it is the seed.
    """
    firsts: Counter[int] = Counter()
    longest: Counter[int] = Counter()
    for count, lines in navigations:
        first = next((line.number for line in lines if line.number), SEED)
        firsts[first] += count
        longest[first] = max(longest[first], len(lines))
    return root or max(firsts, key=lambda one: (firsts[one], longest[one], -one), default=SEED)


def _lines(text: str) -> Sequence[NavLine]:
    return [NavLine(*line) for line in json.loads(text)]
