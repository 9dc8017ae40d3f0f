"""Read where a page says its manual begins, in which languages it exists, and where its generator keeps an index.

Documentation generators write the way to a manual's root into every page, for their own scripts. That is the most
reliable sign of its extent: no other page has to be seen.
"""

import json
import re
import zlib
from dataclasses import dataclass

from lxml.html import HtmlElement

from docspasta_mcp.discovery.context_values import GeneratorMarks, PageContext
from docspasta_mcp.discovery.docsify import docsify_of
from docspasta_mcp.discovery.doxygen import tree_scripts
from docspasta_mcp.discovery.links import base_url
from docspasta_mcp.discovery.page_context import read_page_context
from docspasta_mcp.discovery.storybook import storybook_of
from docspasta_mcp.errors import InvalidUrl, PageRefused
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.dom import text_length
from docspasta_mcp.extract.parse import parse_html
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.urls import join_url

MAX_INDEX_BYTES = 30_000_000  # unpacked; CPython's objects.inv has 3 MB
_SHELL_TEXT = 100  # characters that a page shows which only its scripts fill, such as "Loading…"
_HEAD = 400_000  # characters in which a generator's marks are looked for
_LISTED = re.compile(  # only this array is read, whatever else the script holds
    rb"""["']?\b(?P<kind>docnames|doc_urls)["']?\s*:\s*(?P<names>\[\s*(?:"(?:[^"\\]|\\.)*+"\s*,?\s*)*+\])"""
)
_DOC_ID = re.compile(r"\bdocs-doc-id-(\S+)")


@dataclass(frozen=True, slots=True)
class _Mark:
    """How one generator's pages tell their root: a reference relative to the page, and what its indexes are called."""

    generator: str
    pattern: re.Pattern[str]
    indexes: tuple[str, ...] = ()


_SPHINX, _MKDOCS, _MDBOOK = (
    ("objects.inv", "searchindex.js"),
    ("search/search_index.json",),
    ("toc.html", "searchindex.js"),
)
_MARKS = (
    _Mark("Sphinx", re.compile(r"""data-content_root=["']([^"']*)"""), _SPHINX),
    _Mark("Sphinx", re.compile(r"""data-url_root=["']([^"']*)"""), _SPHINX),
    _Mark("Sphinx", re.compile(r"""\bURL_ROOT:\s*["']([^"']*)"""), _SPHINX),
    _Mark("MkDocs", re.compile(r"""id="?__config"?[^>]*>\s*\{\s*"base":\s*"([^"]*)"""), _MKDOCS),
    _Mark("MkDocs", re.compile(r"""\bvar base_url = ["']([^"']*)"""), _MKDOCS),
    _Mark("mdBook", re.compile(r"""\bpath_to_root = ["']([^"']*)"""), _MDBOOK),
    _Mark("Javadoc", re.compile(r"""\bpathtoroot = ["']([^"']*)""")),
    _Mark(
        "Javadoc", re.compile(r"""(?i:<a href=)"([./]*)index\.html\?[^"]*" target="_top">(?:<b>)?\s*(?i:frames)\b""")
    ),
    _Mark("TypeDoc", re.compile(r"""<html[^>]*\bdata-base=["']([^"']*)""")),
    _Mark("VitePress", re.compile(r"""__VP_SITE_DATA__[^;]*?\\?"base\\?":\\?"([^"\\]*)""")),
    _Mark("HonKit", re.compile(r"""gitbook\.page\.hasChanged\(.*?"basePath":\s*"([^"]*)""")),
)
_RUSTDOC = re.compile(r"""data-root-path="([^"]*)"[^>]*data-current-crate="([^"]*)""")


def read_generator_marks(body: bytes, *, url: str, charset: str, scope: Scope) -> GeneratorMarks:
    """Read a page's generator marks; a body that is not HTML has none.

    Args:
        body: raw bytes.
        url: where it was found.
        charset: of the Content-Type header, or empty.
        scope: the whole site.
    """
    text = decode(body, charset)
    try:
        document = parse_html(text.encode())
    except PageRefused:
        return GeneratorMarks(PageContext())
    generator, root, indexes = _root(text[:_HEAD], document, url)
    base = base_url(document, url)
    links = [(link.get("rel", "").lower().split(), link) for link in document.iter("link")]
    homes = [link for rels, link in links if {"home", "start", "contents", "top", "up", "index"} & set(rels)]
    markdown = [
        link for rels, link in links if "alternate" in rels and link.get("type", "").startswith("text/markdown")
    ]
    return GeneratorMarks(
        read_page_context(document, url, scope),
        generator,
        root,
        indexes,
        _urls(base, homes, scope),
        next(iter(_urls(base, markdown, scope)), ""),
        docsify_of(text, url),
        storybook_of(text, url),
        is_shell=document.find(".//script") is not None and text_length(document) <= _SHELL_TEXT,
    )


def parse_index(body: bytes, url: str, charset: str, scope: Scope, suffix: str) -> tuple[str, ...]:
    """Return the pages that a generator's index names; what cannot be read names none.

    Reads Sphinx's objects.inv (version 2), the list of documents or pages in the searchindex.js of Sphinx and mdBook,
    MkDocs' search_index.json and mdBook's toc.html.

    Args:
        body: the file.
        url: where it was found.
        charset: of the Content-Type header, or empty.
        scope: the whole site.
        suffix: with which this site's pages end, for an index of names: `.html`, `/` or nothing.
    """
    try:
        if body.startswith(b"# Sphinx inventory version 2"):
            references = _inventory(body)
        elif body.lstrip().startswith(b"{"):
            found = json.loads(body)
            references = [str(doc.get("location", "")).partition("#")[0] for doc in found.get("docs", ())]
        elif match := _LISTED.search(body):
            names = [str(name).partition("#")[0] for name in json.loads(match["names"])]
            references = names if match["kind"] == b"doc_urls" else [_page_of(name, suffix) for name in names]
        else:
            document = parse_html(decode(body, charset).encode())
            references = [anchor.get("href", "") for anchor in document.iter("a")]
        return tuple(dict.fromkeys(scope.normal(join_url(url, reference)) for reference in references if reference))
    except (ValueError, AttributeError, RecursionError, zlib.error, InvalidUrl, PageRefused):
        return ()


def _page_of(name: str, suffix: str) -> str:
    """Return the page of a Sphinx document by its name."""
    if suffix == ".html":
        return f"{name}.html"
    return f"./{name}".removesuffix("index") if name == "index" or name.endswith("/index") else f"{name}{suffix}"


def _inventory(body: bytes) -> list[str]:
    """Return the documents of an objects.inv: `name domain:role priority uri title` a line, compressed."""
    packed = body.split(b"\n", 4)[4]
    text = zlib.decompressobj().decompress(packed, MAX_INDEX_BYTES).decode("utf-8", "replace")
    references: list[str] = []
    for line in text.splitlines():
        name, _, rest = line.partition(" std:doc ")
        if rest:
            uri = rest.split(" ", 2)[1]
            references.append(uri[:-1] + name if uri.endswith("$") else uri)
    return references


def _root(text: str, document: HtmlElement, url: str) -> tuple[str, str, tuple[str, ...]]:
    """Return (generator, root, indexes) by the first mark that the page bears."""
    try:
        for mark in _MARKS:
            if match := mark.pattern.search(text):
                root = join_url(url, f"{match[1]}/".replace("//", "/") if match[1] else "./")
                root = root[: root.rindex("/") + 1]
                return mark.generator, root, tuple(join_url(root, name) for name in mark.indexes)
        if match := _RUSTDOC.search(text):
            return "rustdoc", join_url(url, f"{match[1]}{match[2]}/"), ()
        if "docusaurus" in text and (match := _DOC_ID.search(document.get("class", ""))):
            page = url.rstrip("/").removesuffix(".html")
            if page.endswith(f"/{match[1]}"):
                return "Docusaurus", page[: -len(match[1])], ()
    except InvalidUrl:
        pass
    meta = " ".join(
        element.get("content", "") for element in document.iter("meta") if element.get("name") == "generator"
    )
    return meta.split(" ")[0], "", tree_scripts(text, url)


def _urls(base: str, links: list[HtmlElement], scope: Scope) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for link in links:
        try:
            found[scope.normal(join_url(base, link.get("href", "")))] = None
        except InvalidUrl:
            continue
    return tuple(found)
