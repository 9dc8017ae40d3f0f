"""The pages of a job as places in a graph: arrays by page number, some 250 bytes a page and four a link.

A hundred thousand pages with a hundred links each are ten million numbers, 40 MB as arrays and 400 as Python's own
lists.
"""

import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from docspasta_mcp.model.document import PageNode
from docspasta_mcp.model.page import PageState

_NUMBER = "I"  # of four bytes: pages count from 1
_KNOWN, _DONE, _LOOSE, _LINKED = 1, 2, 4, 8


class PageGraph:
    """A job's pages by number; iterating yields the numbers in the order of the pages' URLs."""

    def __init__(self, pages: Iterable[PageNode] = ()) -> None:
        """Take pages in, which come in the order of their URLs; see `add`."""
        self._by_url = array(_NUMBER)
        self._ids = array("q", [0])
        self._flags = bytearray(1)
        self._following = array(_NUMBER, [0])
        self._urls = bytearray()
        self._url_at = array("Q", [0])
        self._url_length = array(_NUMBER, [0])
        self._path_at = array(_NUMBER, [0])
        self._links = array(_NUMBER)
        self._outer_blocks = bytearray()
        self._edged = array(_NUMBER)
        self._links_at = array("Q", [0])
        self._links_length = array(_NUMBER, [0])
        for page in pages:
            self.add(page)

    def __len__(self) -> int:
        return len(self._by_url)

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_url)

    def __contains__(self, number: int) -> bool:
        return number < len(self._flags) and bool(self._flags[number] & _KNOWN)

    @property
    def size(self) -> int:
        """One more than the highest number."""
        return len(self._flags)

    def add(self, page: PageNode) -> None:
        """Add a page."""
        number = page.number
        self._reach(number)
        self._by_url.append(number)
        self._ids[number] = page.id
        flags = _KNOWN | (_DONE if page.state is PageState.DONE else 0) | (_LOOSE if page.is_loose else 0)
        self._flags[number] |= flags
        url = page.url.encode()
        self._url_at[number], self._url_length[number] = len(self._urls), len(url)
        parts = urlsplit(page.url)
        self._path_at[number] = len(f"{parts.scheme}://{parts.netloc}")
        self._urls += url
        if page.links or page.following:
            self.lead(number, page.links, page.following)

    def lead(self, number: int, links: Sequence[int], following: int | None = None, outer_blocks: str = "") -> None:
        """Note what a page leads to.

        Args:
            number: of the page.
            links: the pages that it links to, in the order of its text.
            following: the page that it calls the next.
            outer_blocks: digests of the blocks that it begins and ends with, separated by commas.
        """
        self._reach(max(links, default=0))
        for target in links:
            self._flags[target] |= _LINKED
        self._following[number] = following or 0
        self._links_at[number], self._links_length[number] = len(self._links), len(links)
        self._links.extend(links)
        if self.is_done(number):
            self._outer_blocks += f"{outer_blocks}\n".encode()
            self._edged.append(number)

    def id(self, number: int) -> int:
        """Return a page's id in the store."""
        return self._ids[number]

    def url(self, number: int) -> str:
        """Return a page's URL."""
        start = self._url_at[number]
        return self._urls[start : start + self._url_length[number]].decode()

    def path(self, number: int) -> str:
        """Return a page's URL from its path on."""
        start = self._url_at[number]
        return self._urls[start + self._path_at[number] : start + self._url_length[number]].decode()

    def links(self, number: int) -> Sequence[int]:
        """Return the pages that a page links to and that are in the graph."""
        start = self._links_at[number]
        links = self._links[start : start + self._links_length[number]]
        return [link for link in links if self._flags[link] & _KNOWN]

    def outer_blocks(self) -> Iterator[Sequence[str]]:
        """Yield the digests of the outer blocks of each page that is done."""
        for _, outer_blocks in self.numbered_outer_blocks():
            yield outer_blocks

    def numbered_outer_blocks(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield the number of each page that is done, and the digests of its outer blocks."""
        for number, line in zip(self._edged, io.BytesIO(self._outer_blocks), strict=True):
            yield number, [digest for digest in line.decode().rstrip("\n").split(",") if digest]

    def following(self, number: int) -> int:
        """Return the page that a page calls the next, 0 if there is none."""
        following = self._following[number]
        return following if following in self else 0

    def is_done(self, number: int) -> bool:
        """Tell whether a page has content."""
        return bool(self._flags[number] & _DONE)

    def unlinked(self) -> frozenset[int]:
        """Return the pages that only a generator's index names, where the other pages are linked: leftovers."""
        loose = frozenset(
            number for number in self if self._flags[number] & (_LOOSE | _LINKED) == _LOOSE and number != 1
        )
        return loose if 2 * len(loose) < len(self) else frozenset()

    def _reach(self, number: int) -> None:
        missing = number + 1 - len(self._flags)
        if missing > 0:
            self._flags.extend(bytes(missing))
            columns = (self._ids, self._following, self._url_at, self._url_length)
            for column in (*columns, self._path_at, self._links_at, self._links_length):
                column.frombytes(bytes(missing * column.itemsize))
