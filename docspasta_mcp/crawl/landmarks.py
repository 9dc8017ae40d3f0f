"""Read where a page says its manual begins, in which languages it exists, and where its generator keeps an index.

Documentation generators write the way to a manual's root into every page, for their own scripts. That is the most
reliable sign of its extent: no other page has to be seen.
"""

import json
import re
import zlib
from dataclasses import dataclass

from lxml.html import HtmlElement

from docspasta_mcp.crawl.charset import decode
from docspasta_mcp.crawl.links import base_url
from docspasta_mcp.crawl.navigation import Surroundings, surroundings
from docspasta_mcp.crawl.parse import parse_html
from docspasta_mcp.errors import InvalidUrl, PageRefused
from docspasta_mcp.scope import Scope
from docspasta_mcp.urls import join_url

MAX_INDEX_BYTES = 30_000_000  # unpacked; CPython's objects.inv has 3 MB
_HEAD = 400_000  # characters in which a generator's marks are looked for
_DOC_ID = re.compile(r"\bdocs-doc-id-(\S+)")


@dataclass(frozen=True, slots=True)
class _Mark:
    """How one generator's pages tell their root: a reference relative to the page, and what its index is called."""

    generator: str
    pattern: re.Pattern[str]
    index: str = ""


_MARKS = (
    _Mark("Sphinx", re.compile(r"""data-content_root=["']([^"']*)"""), "objects.inv"),
    _Mark("Sphinx", re.compile(r"""data-url_root=["']([^"']*)"""), "objects.inv"),
    _Mark("Sphinx", re.compile(r"""\bURL_ROOT:\s*["']([^"']*)"""), "objects.inv"),
    _Mark("MkDocs", re.compile(r"""id="?__config"?[^>]*>\s*\{\s*"base":\s*"([^"]*)"""), "search/search_index.json"),
    _Mark("MkDocs", re.compile(r"""\bvar base_url = ["']([^"']*)"""), "search/search_index.json"),
    _Mark("mdBook", re.compile(r"""\bpath_to_root = ["']([^"']*)"""), "toc.html"),
    _Mark("Javadoc", re.compile(r"""\bpathtoroot = ["']([^"']*)""")),
    _Mark("TypeDoc", re.compile(r"""<html[^>]*\bdata-base=["']([^"']*)""")),
    _Mark("VitePress", re.compile(r"""__VP_SITE_DATA__[^;]*?\\?"base\\?":\\?"([^"\\]*)""")),
    _Mark("HonKit", re.compile(r"""gitbook\.page\.hasChanged\(.*?"basePath":\s*"([^"]*)""")),
)
_RUSTDOC = re.compile(r"""data-root-path="([^"]*)"[^>]*data-current-crate="([^"]*)""")


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What one page tells of its manual; URLs are empty where it tells nothing.

    `root` is where the manual begins, `index` a file that lists its pages, `homes` pages that a reader is sent to for
    an overview; `markdown` is the page's own Markdown edition.
    """

    around: Surroundings
    generator: str = ""
    root: str = ""
    index: str = ""
    homes: tuple[str, ...] = ()
    markdown: str = ""
    language: str = ""
    translations: tuple[str, ...] = ()
    mounts_app: bool = False


def read_landmarks(body: bytes, *, url: str, charset: str, scope: Scope) -> Landmarks:
    """Read a page's landmarks; a body that is no HTML has none.

    Args:
        body: raw bytes.
        url: where it was found.
        charset: of the Content-Type header, or empty.
        scope: the whole site.
    """
    text = decode(body, charset)
    try:
        document = parse_html(text)
    except PageRefused:
        return Landmarks(Surroundings())
    generator, root, index = _root(text[:_HEAD], document, url)
    base = base_url(document, url)
    links = [(link.get("rel", "").lower().split(), link) for link in document.iter("link")]
    homes = [link for rels, link in links if {"home", "start", "contents", "top", "up", "index"} & set(rels)]
    markdown = [
        link for rels, link in links if "alternate" in rels and link.get("type", "").startswith("text/markdown")
    ]
    translations = [link for rels, link in links if "alternate" in rels and link.get("hreflang")]
    html = document.getroottree().getroot()
    return Landmarks(
        surroundings(document, url, scope),
        generator,
        root,
        index,
        _urls(base, homes, scope),
        next(iter(_urls(base, markdown, scope)), ""),
        (html.get("lang") or "").lower(),
        _urls(base, translations, scope),
        not document.xpath("string(//body)").strip() and document.find(".//script") is not None,
    )


def parse_index(body: bytes, url: str, charset: str, scope: Scope) -> tuple[str, ...]:
    """Return the pages that a generator's index names; what cannot be read names none.

    Reads Sphinx's objects.inv (version 2), MkDocs' search_index.json and mdBook's toc.html.
    """
    try:
        if body.startswith(b"# Sphinx inventory version 2"):
            references = _inventory(body)
        elif body.lstrip().startswith(b"{"):
            found = json.loads(body)
            references = [str(doc.get("location", "")).partition("#")[0] for doc in found.get("docs", ())]
        else:
            document = parse_html(decode(body, charset))
            references = [anchor.get("href", "") for anchor in document.iter("a")]
        return tuple(dict.fromkeys(scope.normal(join_url(url, reference)) for reference in references if reference))
    except (ValueError, AttributeError, zlib.error, InvalidUrl, PageRefused):
        return ()


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


def _root(text: str, document: HtmlElement, url: str) -> tuple[str, str, str]:
    """Return (generator, root, index) by the first mark that the page bears."""
    try:
        for mark in _MARKS:
            if match := mark.pattern.search(text):
                root = join_url(url, f"{match[1]}/".replace("//", "/") if match[1] else "./")
                root = root[: root.rindex("/") + 1]
                return mark.generator, root, join_url(root, mark.index) if mark.index else ""
        if match := _RUSTDOC.search(text):
            return "rustdoc", join_url(url, f"{match[1]}{match[2]}/"), ""
        if "docusaurus" in text and (match := _DOC_ID.search(document.get("class", ""))):
            page = url.rstrip("/").removesuffix(".html")
            if page.endswith(f"/{match[1]}"):
                return "Docusaurus", page[: -len(match[1])], ""
    except InvalidUrl:
        pass
    meta = " ".join(
        element.get("content", "") for element in document.iter("meta") if element.get("name") == "generator"
    )
    return meta.split(" ")[0], "", ""


def _urls(base: str, links: list[HtmlElement], scope: Scope) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for link in links:
        try:
            found[scope.normal(join_url(base, link.get("href", "")))] = None
        except InvalidUrl:
            continue
    return tuple(found)
