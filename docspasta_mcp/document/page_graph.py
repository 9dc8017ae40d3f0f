"""The pages of a job as places in a graph, in some 100 bytes each, whatever they link to.

A hundred thousand pages with a hundred links each are ten million numbers. So columns are arrays by page number, and
links lie in a temporary file once they are more than a megabyte.
"""

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Self
from urllib.parse import urlsplit

from docspasta_mcp.model.job import PageNode, PageState

_IN_MEMORY = 1_000_000  # bytes of links; more go to a file
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
        self._twins = array(_NUMBER, [0])
        self._contents: dict[str, int] = {}
        self._urls = bytearray()
        self._url_at = array("Q", [0])
        self._url_length = array(_NUMBER, [0])
        self._path_at = array(_NUMBER, [0])
        self._links = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="docspasta-graph-")  # noqa: SIM115  # see __exit__
        self._edges = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="docspasta-graph-")  # noqa: SIM115
        self._links_at = array("Q", [0])
        self._links_length = array(_NUMBER, [0])
        for page in pages:
            self.add(page)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._links.close()
        self._edges.close()

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
        """Take a page in. Pages with the same `content_hash` say the same; an empty one stands for none."""
        number = page.number
        self._reach(number)
        self._by_url.append(number)
        self._ids[number] = page.id
        flags = _KNOWN | (_DONE if page.state is PageState.DONE else 0) | (_LOOSE if page.is_loose else 0)
        self._flags[number] |= flags
        if page.content_hash:
            self._twins[number] = self._contents.setdefault(page.content_hash, len(self._contents) + 1)
        url = page.url.encode()
        self._url_at[number], self._url_length[number] = len(self._urls), len(url)
        parts = urlsplit(page.url)
        self._path_at[number] = len(f"{parts.scheme}://{parts.netloc}")
        self._urls += url
        if page.links or page.following:
            self.lead(number, page.links, page.following)

    def lead(self, number: int, links: Sequence[int], following: int | None = None, edges: Sequence[str] = ()) -> None:
        """Note the pages that a page links to, in the order of its text, the one that it calls the next, and its edges.

        Edges are digests of the blocks that it begins and ends with.
        """
        self._reach(max(links, default=0))
        for target in links:
            self._flags[target] |= _LINKED
        self._following[number] = following or 0
        self._links_at[number], self._links_length[number] = self._links.seek(0, 2), len(links)
        self._links.write(array(_NUMBER, links).tobytes())
        if self.is_done(number):
            self._edges.write(f"{','.join(edges)}\n".encode())

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
        self._links.seek(self._links_at[number])
        links = array(_NUMBER)
        links.frombytes(self._links.read(self._links_length[number] * links.itemsize))
        return [link for link in links if self._flags[link] & _KNOWN]

    def edges(self) -> Iterator[Sequence[str]]:
        """Yield the edges of each page that is done."""
        self._edges.seek(0)
        for line in self._edges:
            yield [digest for digest in line.decode().rstrip("\n").split(",") if digest]

    def following(self, number: int) -> int:
        """Return the page that a page calls the next, 0 if there is none."""
        following = self._following[number]
        return following if following in self else 0

    def is_done(self, number: int) -> bool:
        """Tell whether a page has content."""
        return bool(self._flags[number] & _DONE)

    def twins(self, number: int) -> int:
        """Return what pages with the same content share, 0 if a page has no such twin."""
        return self._twins[number]

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
            columns = (self._ids, self._following, self._twins, self._url_at, self._url_length)
            for column in (*columns, self._path_at, self._links_at, self._links_length):
                column.frombytes(bytes(missing * column.itemsize))
