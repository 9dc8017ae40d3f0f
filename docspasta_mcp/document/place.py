"""Decide where each page of a job stands in its document."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from docspasta_mcp.document.boilerplate import block_digest, repeated
from docspasta_mcp.document.job_graph import JobGraph, front_page
from docspasta_mcp.document.near_duplicates import NearDuplicates
from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.document.parcel import pack, unpack
from docspasta_mcp.document.reading_order import Placed, reading_order
from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.page import PLAIN_TEXT_NOTE, UNSEEN_IN_CODE_NOTE

MAX_SENT_ON = 3  # pages in a row that only lead to the next one


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where all pages stand, ids of pages to skip, and digests of blocks that most pages share.

    `unlinked` are leftovers that nothing leads to, `unions` pages made of others; `plain` counts those of plain text,
    `unseen` those whose code holds characters that nobody sees.
    """

    places: Sequence[PagePlacement]
    unlinked: Sequence[int]
    boilerplate: frozenset[str]
    unions: Sequence[int] = ()
    plain: int = 0
    unseen: int = 0


_PLAIN, _UNSEEN = block_digest(PLAIN_TEXT_NOTE), block_digest(UNSEEN_IN_CODE_NOTE)


def arrange(graph: JobGraph, *, is_cut: bool, unions: Set[int] = frozenset()) -> Arrangement:
    """Put a job's pages in order.

    Args:
        graph: the job's pages, and what orders them.
        is_cut: whether the page limit kept pages out; what links to unlinked pages may lie beyond it.
        unions: numbers of pages that are made of others, to be left out.
    """
    unlinked: Set[int] = frozenset() if is_cut else graph.pages.unlinked()
    return Arrangement(
        places=list(_places(graph, unlinked, unions)),
        unlinked=list(map(graph.pages.id, unlinked)),
        boilerplate=repeated(graph.pages.outer_blocks) - {_PLAIN, _UNSEEN},
        unions=list(map(graph.pages.id, unions)),
        plain=sum(_PLAIN in outer_blocks for outer_blocks in graph.pages.outer_blocks()),
        unseen=sum(_UNSEEN in outer_blocks for outer_blocks in graph.pages.outer_blocks()),
    )


def arrange_packed(graph: bytes, *, is_cut: bool, unions: Set[int] = frozenset()) -> bytes:
    """Do the same in a worker process, from one parcel to another."""
    return pack(arrange(unpack(graph), is_cut=is_cut, unions=unions))


def _places(graph: JobGraph, unlinked: Set[int], unions: Set[int]) -> Iterator[PagePlacement]:
    """Yield the pages of the document in reading order, and then all others, which say what those before them say."""
    pages = graph.pages
    first_with = {content: pages.id(number) for number, content in graph.same_content.items() if number in unions}
    near_duplicates = NearDuplicates()
    others: list[tuple[Placed, int | None, bool]] = []
    position = 0
    above: list[int] = []  # levels of what the next page may stand under, as far as the document has it
    navigations = graph.navigations()
    front = front_page(_sent_on(graph.root, pages), navigations)
    for placed in reading_order(front, pages, navigations, list(graph.orders())):
        id_, content = pages.id(placed.number), graph.same_content.get(placed.number, "")
        if not pages.is_done(placed.number) or placed.number in unlinked or placed.number in unions:
            others.append((placed, None, False))
        elif (page := graph.md_siblings.get(placed.number, 0)) and page not in unlinked:
            others.append((placed, pages.id(page), False))
        elif content and first_with.setdefault(content, id_) != id_:
            others.append((placed, first_with[content], False))
        elif (like := near_duplicates.first(graph.simhashes.get(placed.number, ""), id_)) is not None:
            others.append((placed, like, True))
        else:
            position += 1
            captions = tuple(_nested_caption(caption, above) for caption in placed.captions)
            yield PagePlacement(id_, position, _depth(placed.level, above), captions)
    for position, (placed, same_content, is_near) in enumerate(others, start=position + 1):  # noqa: B020
        yield PagePlacement(pages.id(placed.number), position, placed.level, placed.captions, same_content, is_near)


def _sent_on(root: int, pages: PageGraph) -> int:
    """Return the page that the root of the scope is or sends its reader to."""
    for _ in range(MAX_SENT_ON):
        if root not in pages or pages.is_done(root) or len(onward := pages.links(root)) != 1:
            break
        root = onward[0]
    return root


def _depth(level: int, above: list[int]) -> int:
    """Return how deep a line of the contents stands below lines before it; the levels it stands in are in `above`."""
    while above and above[-1] >= level:
        above.pop()
    above.append(level)
    return len(above) - 1


def _nested_caption(caption: str, above: list[int]) -> str:
    title = caption.lstrip()
    return "  " * _depth((len(caption) - len(title)) // 2, above) + title
