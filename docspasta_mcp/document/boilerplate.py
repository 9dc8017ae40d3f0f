"""Blocks that most pages of a manual begin or end with: banners, "was this page helpful", calls to join a newsletter.

A page alone does not show them for what they are, so each page's outermost blocks are remembered by digest, and those
that most pages share are cut from where pages begin and end. What stands between a page's own blocks stays, however
often it is said, and so do warnings, code, quotations and tables.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from docspasta_mcp.model.markdown_blocks import blocks_of, split_blocks

if TYPE_CHECKING:  # worker processes digest blocks and never see a stored page
    from docspasta_mcp.model.page import Page

MIN_PAGES = 8  # fewer pages that say the same may well mean it
MIN_SHARE = 0.6  # of the pages: a site's template is on nearly all of them, a real remark on some
EDGE = 6  # blocks remembered at each end of a page; templates add one to four
_CANDIDATES = 200  # with twelve digests a page, what most pages have is at least one in twenty of them
MIN_KEPT = 1 / 3  # of a page's characters, or
MIN_OWN = 40  # characters of a block that other pages do not share: a short page under a long banner
MAX_DATED = 100  # characters of a line that says when a page was changed
MAX_NEIGHBOURS = 300  # characters of a line that links the pages before and after

_OWN = re.compile(
    r"`{3}|~{3}|>|\|| {4}|\W*(?:warning|caution|danger|attention|important|notice|note|deprecated|experimental|beta)\b",
    re.IGNORECASE,
)
_TARGET = re.compile(r"\]\([^()\s]*\)")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_LINKED = re.compile(r"!?\[[^\[\]]*\]\([^()]*\)")
_DATE = re.compile(
    rf"\b(?:\d{{4}}-\d\d?-\d\d?(?:T[\d:.]+Z?)?|\d\d?[./]\d\d?[./]\d{{4}}|(?:\d\d? )?{_MONTH} (?:\d\d?,? )?\d{{4}})\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"\b(?:updated?|modified|reviewed|edited|generated|built)\b", re.IGNORECASE)
_NEIGHBOURS = re.compile(r"(?:\W*\[[^\]]*(?:\b(?:prev(?:ious)?|next)\b|[←→«»‹›])[^\]]*\]){1,2}\W*", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6} ")


def outer_block_digests(parts: Sequence[tuple[bool, str]]) -> tuple[str, ...]:
    """Return the digests of a page's outermost blocks, its title aside; 12 hexadecimal digits each.

    Args:
        parts: the page's Markdown as `fences` splits it.
    """
    parts = [(False, parts[0][1].partition("\n")[2]), *parts[1:]]
    body = "".join(part for _, part in parts)
    first = islice(filter(None, (body[block.start : block.end].strip("\n") for block in blocks_of(parts))), EDGE)
    ends = dict.fromkeys((*first, *reversed(list(islice(_last_blocks(parts), EDGE)))))
    return tuple(dict.fromkeys(block_digest(text) for text in ends if not _OWN.match(text)))


def repeated(pages: Callable[[], Iterable[Sequence[str]]], *, min_pages: int = MIN_PAGES) -> frozenset[str]:
    """Return the digests that most pages have; none if the pages are few.

    Two rounds, so that memory does not grow with the pages: the first drops what is rare (Misra and Gries, Finding
    Repeated Elements, 1982: what makes up more than one in `_CANDIDATES` of all is kept), the second counts the rest.

    Args:
        pages: called twice, returns what `outer_block_digests` returned for each page.
        min_pages: fewer pages are few.
    """
    candidates: dict[str, int] = {}
    for digest in chain.from_iterable(pages()):
        if digest in candidates or len(candidates) < _CANDIDATES:
            candidates[digest] = candidates.get(digest, 0) + 1
        else:
            candidates = {other: count - 1 for other, count in candidates.items() if count > 1}
    shown: Counter[str] = Counter()
    number = 0
    for digests in pages():
        shown.update(candidates.keys() & set(digests))
        number += 1
    if number < min_pages:
        return frozenset()
    return frozenset(digest for digest, count in shown.items() if count >= MIN_SHARE * number)


def without(pages: "Sequence[Page]", digests: Set[str]) -> "Sequence[Page]":
    """Return pages without the blocks of these digests that they begin or end with."""
    if not digests:
        return pages
    return [replace(page, markdown=strip(page.markdown, digests)) for page in pages]


def strip(markdown: str, digests: Set[str]) -> str:
    """Cut the blocks of these digests that a page begins or ends with; see `kept`."""
    title, start, end = kept(markdown, digests)
    return markdown if (start, end) == (0, len(markdown)) else markdown[:title] + markdown[start:end]


def kept(markdown: str, digests: Set[str]) -> tuple[int, int, int]:
    """Return where a page's title ends, and where what is kept of its text begins and ends.

    A heading is cut only where nothing of the page's own stands under it. A page that would lose most of its text and
    has next to nothing else keeps one end or both: what pages mainly say is not boilerplate, however alike they are.
    """
    blocks = list(_blocks(markdown)) if digests else []
    first, last = 0, len(blocks)
    while first < len(blocks) and block_digest(blocks[first][2]) in digests:
        first += 1
    if first < len(blocks) and not _HEADING.match(blocks[first][2]):
        headings = [number for number in range(first) if _HEADING.match(blocks[number][2])]
        first = headings[-1] if headings else first
    while last and block_digest(blocks[last - 1][2]) in digests:
        last -= 1
    sizes = [len(_said(text)) for _, _, text in blocks]
    for start, end in ((first, last), (0, last), (first, len(blocks))):
        left = sum(sizes[start:end])
        is_enough = left >= MIN_KEPT * sum(sizes) or _has_own(blocks[start:end], digests)
        if left < sum(sizes) and is_enough:
            return blocks[0][0], blocks[start][0], blocks[end - 1][1]
    return 0, 0, len(markdown)


def _has_own(blocks: Sequence[tuple[int, int, str]], digests: Set[str]) -> bool:
    """Tell whether blocks say something of their own, under whatever heading."""
    return any(
        len(_said(text)) >= MIN_OWN and not _HEADING.match(text) and block_digest(text) not in digests
        for _, _, text in blocks
    )


def blocks(markdown: str) -> Iterator[tuple[str, str]]:
    """Yield a page's blocks after its title, and of each what is read of it outside links."""
    for _, _, text in _blocks(markdown):
        yield text, " ".join(_LINKED.sub("", text).split())


def _blocks(markdown: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) of a page's blocks after its title."""
    title, _, body = markdown.partition("\n")
    offset = len(title) + 1
    for block in split_blocks(body):
        if text := body[block.start : block.end].strip("\n"):
            yield offset + block.start, offset + block.end, text


def _last_blocks(parts: Sequence[tuple[bool, str]]) -> Iterator[str]:
    """Yield the texts of the blocks that `blocks_of` finds, the last first."""
    for is_code, part in reversed(parts):
        lines = [] if is_code else part.split("\n")
        block = [part] if is_code else []
        for line in reversed(lines):
            if not line.strip() and block:  # it ends the block before
                yield from filter(None, ["\n".join(reversed(block)).strip("\n")])
                block.clear()
            block.append(line)
        yield from filter(None, ["\n".join(reversed(block)).strip("\n")])


def block_digest(text: str) -> str:
    """Return the digest of a block; lines that say when a page was changed, or lead to its neighbours, count as one."""
    said = _said(text)
    if len(said) <= MAX_DATED and _CHANGED.search(said):
        said = _DATE.sub("date", said)
    elif "[" in said and len(said) <= MAX_NEIGHBOURS and _NEIGHBOURS.fullmatch(said):
        said = "neighbours"
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _said(text: str) -> str:
    """Return what is read of a block: links to a page's own editor differ in their targets alone."""
    return " ".join((_TARGET.sub("]", text) if "](" in text else text).split())
