"""Sitemaps (sitemaps.org protocol 0.9): URL lists and index files, plain or gzipped, bounded and without DTDs."""

import zlib
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.urls import join_url

MAX_SITEMAP_BYTES = 50_000_000  # the protocol's limit, uncompressed
MAX_SITEMAP_URLS = 50_000  # the protocol's limit for one file
MAX_SITEMAP_FILES = 50  # of one index; larger sites are crawled by their links as well

_XML = (
    "application/xml",
    "text/xml",
    "application/x-gzip",
    "application/gzip",
    "application/octet-stream",
    "text/plain",
    "",
)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """One file's URLs in its order: pages, and further sitemaps if it is an index."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]


def is_sitemap_type(content_type: str) -> bool:
    """Tell whether a body of this content type may be a sitemap."""
    return content_type in _XML or content_type.endswith("+xml")


def parse_sitemap(body: bytes, base_url: str) -> Sitemap:
    """Read a sitemap or sitemap index; what cannot be read ends the list early.

    Meant for a worker process: a large file takes a second.

    Args:
        body: the file, gzipped or not.
        base_url: where it was found.
    """
    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_SITEMAP_BYTES)
        except zlib.error:
            return Sitemap((), ())
    pages: list[str] = []
    sitemaps: list[str] = []
    try:
        for _event, element in etree.iterparse(
            BytesIO(body),
            events=("end",),
            tag="{*}loc",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            recover=True,
        ):
            parent = element.getparent()
            is_index = parent is not None and etree.QName(parent).localname == "sitemap"
            try:
                (sitemaps if is_index else pages).append(join_url(base_url, element.text or ""))
            except InvalidUrl:
                continue
            if parent is not None:
                parent.clear()
            if len(pages) >= MAX_SITEMAP_URLS:
                break
    except etree.XMLSyntaxError:
        pass  # what came before the fault is kept
    return Sitemap(tuple(pages), tuple(sitemaps[:MAX_SITEMAP_FILES]))
