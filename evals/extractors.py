"""The extractors compared: each turns a page's bytes into Markdown."""

from collections.abc import Callable
from typing import Any

import trafilatura
from lxml import html
from markdownify import markdownify  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from readability import Document  # pyright: ignore  # in the extra `evals`; untyped

Extractor = Callable[[bytes, str], str]


def docspasta(body: bytes, url: str) -> str:
    """Read with this project, as a crawl does."""
    from docspasta_mcp.extract.page import read_page  # noqa: PLC0415 - another checkout may have been put first
    from docspasta_mcp.model.job import Scope  # noqa: PLC0415
    from docspasta_mcp.urls import origin_of  # noqa: PLC0415

    scope = Scope(origin_of(url), "/")
    return read_page(body, url=url, content_type="text/html", charset="utf-8", scope=scope).markdown


def plain_markdownify(body: bytes, _url: str) -> str:
    """Convert `<main>`, else `<article>`, else `<body>`, less what HTML itself marks as furniture."""
    document = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    found = [*document.iter("main"), *document.iter("article"), *document.iter("body")]
    root = found[0] if found else document
    for element in list(root.iter("nav", "header", "footer", "aside", "script", "style")):
        if element is not root:
            element.drop_tree()
    return str(markdownify(html.tostring(root, encoding="unicode"), heading_style="ATX"))


def trafilatura_markdown(body: bytes, url: str) -> str:
    """Extract with trafilatura, recall preferred, as its documentation advises for complete pages."""
    text = trafilatura.extract(
        body, url=url, output_format="markdown", include_formatting=True, include_tables=True, favor_recall=True
    )
    return text or ""


def readability(body: bytes, url: str) -> str:
    """Extract with readability-lxml, convert with markdownify."""
    document: Any = Document(body.decode("utf-8", "replace"), url=url)
    summary = str(document.summary())
    title = str(document.short_title())
    return f"# {title}\n\n" + str(markdownify(summary, heading_style="ATX"))


EXTRACTORS: dict[str, Extractor] = {
    "docspasta": docspasta,
    "markdownify": plain_markdownify,
    "trafilatura": trafilatura_markdown,
    "readability": readability,
}
