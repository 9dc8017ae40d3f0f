"""Read one page of a specification of any kind, in a worker. A worker keeps the pages that it laid out last.

The pages of one specification are asked for one after the other, and laying a large one out takes seconds.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from docspasta_mcp.discovery.context_values import PageContext
from docspasta_mcp.discovery.page_context import markdown_page_context
from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.formats.asyncapi import pages as asyncapi
from docspasta_mcp.extract.formats.graphql.marks import looks_like_schema
from docspasta_mcp.extract.formats.openapi import pages as openapi
from docspasta_mcp.extract.formats.openapi.layout import SpecificationPage
from docspasta_mcp.extract.formats.openapi.parse import (
    is_asyncapi,
    is_specification,
    looks_like_specification,
    parse_document,
)
from docspasta_mcp.extract.formats.openapi.references import other_files
from docspasta_mcp.extract.markdown_pages import read_plain
from docspasta_mcp.extract.page import reading_of
from docspasta_mcp.extract.reading import Reading
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.specification import is_graphql_named, may_be_specification, name_of, page_of

_kept: dict[str, tuple[SpecificationPage, ...]] = {}  # of the last specification


def referred_files(body: bytes, url: str, charset: str, *, is_root: bool = False) -> list[str] | None:
    """Return the URLs of the files that a specification's file refers to; None if the file is not one.

    Args:
        body: of the file.
        url: where it was found.
        charset: of its Content-Type, or empty.
        is_root: whether the file must be a specification itself.

    Raises:
        PageRefused: it cannot be parsed.
    """
    text = decode(body, charset or "utf-8")
    if is_root and _is_graphql(text, url):
        return []
    if is_root and not looks_like_specification(text):
        return None
    document = parse_document(text)
    return None if is_root and not is_specification(document) else other_files(document, url)


def read_specification(
    body: bytes, *, url: str, file: str, charset: str, others: Sequence[tuple[str, bytes]], scope: Scope
) -> Reading:
    """Read the page of a specification that a URL names.

    Args:
        body: of the specification.
        url: of the page.
        file: URL of the specification.
        charset: of its Content-Type, or empty.
        others: bodies of the files that it refers to, by URL.
        scope: of the job; the specification's own pages belong to it in any case.

    Raises:
        PageRefused: the specification has no such page (any more), or cannot be parsed.
    """
    pages = _pages(body, file, charset, others)
    name = name_of(url)
    number = next((number for number, page in enumerate(pages) if page.name == name), None)
    if number is None:
        raise PageRefused("http_404", "The specification has no such page.")
    page = pages[number]
    plain = read_plain(page.markdown, url, is_markdown=True)
    context = markdown_page_context(plain.links, file, scope)
    urls = [page_of(file, one.name) for one in pages]
    tree = tuple(NavEntry(one.level, address, one.title) for address, one in zip(urls, pages, strict=True))
    own = [one for one in urls if page_key(one) != page_key(url) and scope.refusal(one) != "excluded"]
    links = tuple(dict.fromkeys([*(own if not name else ()), *context.links]))
    following = urls[number + 1] if number + 1 < len(urls) else ""
    context = PageContext(links, (tree,) if not name else (), following if following in links else "")
    return reading_of(page.title, plain.markdown, url=url, context=context, language="")


def _pages(body: bytes, file: str, charset: str, others: Sequence[tuple[str, bytes]]) -> tuple[SpecificationPage, ...]:
    whole = hashlib.sha256(file.encode())
    for part in (body, *(part for other in others for part in (other[0].encode(), other[1]))):
        whole.update(len(part).to_bytes(8, "big") + part)
    key = whole.hexdigest()
    if key not in _kept:
        _kept.clear()
        _kept[key] = _laid_out(decode(body, charset or "utf-8"), file, others)
    return _kept[key]


def _laid_out(text: str, file: str, others: Sequence[tuple[str, bytes]]) -> tuple[SpecificationPage, ...]:
    if _is_graphql(text, file):
        from docspasta_mcp.extract.formats.graphql import pages as graphql  # noqa: PLC0415  # 100 ms, for few

        return graphql.pages_of(text, file)
    files: dict[str, Any] = {file: parse_document(text)}
    for url, other in others:
        try:
            files[url] = parse_document(decode(other, "utf-8"))
        except PageRefused:  # its references are told as missing
            continue
    kind = asyncapi if is_asyncapi(files[file]) else openapi
    return kind.pages_of(file, files)


def _is_graphql(text: str, url: str) -> bool:
    """Tell whether a file is a schema of GraphQL: by its name, and by what it holds, which may be queries alone."""
    is_data = may_be_specification(url, "") and not is_graphql_named(url)
    return not is_data and text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "[", "<") and looks_like_schema(text)
