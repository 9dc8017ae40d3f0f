"""What the index keeps of a page, as it is stored: made where the page is read, or of what is stored of it."""

import logging
import zlib
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from docspasta_mcp.document.search.common_terms import COMMON_TERMS
from docspasta_mcp.document.search.entries import IndexEntry, entry_of, index_entries, joined, searched, split_entries
from docspasta_mcp.model.page_index import PageIndex, PassageGroup

GROUP = 32  # passages of a row, a power of two; most pages have fewer
_LEVEL = 5  # of packing; one more takes a tenth more time for nothing

logger = logging.getLogger(__name__)


def index_page(markdown: str, *, title: str, url: str, language: str) -> PageIndex:
    """Return what the index keeps of a page, which follows from these alone."""
    entries = index_entries(markdown, title=title, path=unquote(urlsplit(url).path), language=language)
    places = range(0, len(entries), GROUP)
    groups = tuple(_group(place, entries[place : place + GROUP]) for place in places)
    return PageIndex(groups, tuple(searched(one.record) for one in entries))


def index_if_possible(markdown: str, *, title: str, url: str, language: str) -> PageIndex | None:
    """Do the same; None where it fails, for the page is more than its index."""
    try:
        return index_page(markdown, title=title, url=url, language=language)
    except Exception:
        logger.exception("❌ the index of %s could not be made with it", url)
        return None


def index_of(groups: Sequence[PassageGroup]) -> PageIndex:
    """Return the index of a page from what is stored of it."""
    stored = (one for group in groups for one in split_entries(unpacked(group.entries)))
    return PageIndex(tuple(groups), tuple(searched(entry_of(one).record) for one in stored))


def packed(entries: str) -> bytes:
    """Return what the index keeps of some passages as it is stored."""
    packer = zlib.compressobj(_LEVEL, zdict=COMMON_TERMS)
    return packer.compress(entries.encode()) + packer.flush()


def unpacked(stored: bytes) -> str:
    """Return what the index keeps of some passages from what is stored."""
    return zlib.decompressobj(zdict=COMMON_TERMS).decompress(stored).decode()


def _group(place: int, entries: Sequence[IndexEntry]) -> PassageGroup:
    return PassageGroup(place, len(entries), sum(one.length for one in entries), packed(joined(entries)))
