"""Sitemaps (sitemaps.org protocol 0.9): lists of URLs and of sitemaps, as XML or text, gzipped or not; bounded."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.fetch.decoding import inflated
from docspasta_mcp.urls import join_url

MAX_SITEMAP_BYTES = 50_000_000  # the protocol's limit, uncompressed
MAX_SITEMAP_URLS = 50_000  # the protocol's limit for one file
MAX_SITEMAP_FILES = 50  # of one index; larger sites are crawled by their links as well

_TEMPLATE = re.compile(r"\{\{|%7B%7B|<%|%3C%|\{%|%7B%25|\$\{|\$%7B", re.IGNORECASE)  # a generator's own file
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
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
    """One file's URLs in its order: pages, and further sitemaps if it is an index.

    `changed` maps pages to the date of their lastmod, as in `2026-05-01`.
    """

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict[str, str])


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
    from lxml import etree  # noqa: PLC0415  # in the worker; the server needs it for nothing

    if body.startswith(b"\x1f\x8b"):
        body = inflated(body, MAX_SITEMAP_BYTES)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = body.decode("utf-8-sig", "replace").split("\n", MAX_SITEMAP_URLS)[:MAX_SITEMAP_URLS]
        return Sitemap(tuple(url for line in lines if "://" in line and (url := _url(base_url, line))))
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    changed: dict[str, str] = {}
    try:
        for kind, url, date in _entries(body, base_url):
            found[kind].append(url)
            if kind == "url" and date:
                changed[url] = date
            if len(found["url"]) >= MAX_SITEMAP_URLS:
                break
    except etree.XMLSyntaxError:
        pass  # what came before the fault is kept
    return Sitemap(tuple(found["url"]), tuple(found["sitemap"][:MAX_SITEMAP_FILES]), changed)


def _entries(body: bytes, base_url: str) -> Iterator[tuple[str, str, str]]:
    """Yield (`url` or `sitemap`, URL, date of its lastmod or "") for each entry that ends."""
    from lxml import etree  # noqa: PLC0415

    facts = {"loc": "", "lastmod": ""}
    for _event, element in etree.iterparse(
        BytesIO(body),
        events=("end",),
        tag=("{*}url", "{*}sitemap", "{*}loc", "{*}lastmod"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
    ):
        name, parent = _local(element), element.getparent()
        if name in facts and parent is not None and _local(parent) in ("url", "sitemap"):
            facts[name] = (element.text or "").strip()
        elif name in ("url", "sitemap"):
            date = _DATE.match(facts["lastmod"])
            if (url := _url(base_url, facts["loc"])) and not _TEMPLATE.search(url):
                yield name, url, date[0] if date else ""
            facts = {"loc": "", "lastmod": ""}
            element.clear()
            while element.getprevious() is not None and parent is not None:
                del parent[0]  # else the emptied entries would stay


def _url(base_url: str, reference: str) -> str:
    try:
        return join_url(base_url, reference) if reference else ""
    except InvalidUrl:
        return ""


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
