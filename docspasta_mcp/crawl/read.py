"""Turn a fetched body into Markdown and links: all the CPU work of a page, run in a worker process."""

import hashlib
import re
from dataclasses import dataclass

from docspasta_mcp.crawl.extract import extract
from docspasta_mcp.crawl.markdown import to_markdown
from docspasta_mcp.crawl.navigation import Surroundings, markdown_surroundings, surroundings
from docspasta_mcp.crawl.parse import decode, parse_html
from docspasta_mcp.crawl.quality import page_quality
from docspasta_mcp.scope import Scope
from docspasta_mcp.tokens import count_tokens

_HTML = ("text/html", "application/xhtml+xml", "")
_TEXT = ("text/markdown", "text/x-markdown", "text/plain")
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page says.

    `around` is what it shows of its site; `content_hash` ignores white space.
    """

    title: str
    markdown: str
    words: int
    tokens: int
    quality: int
    content_hash: str
    around: Surroundings


def is_readable_type(content_type: str) -> bool:
    """Tell whether `read_page` takes a body of this content type."""
    return content_type in _HTML or content_type in _TEXT


def read_page(body: bytes, *, url: str, content_type: str, charset: str, scope: Scope) -> Reading:
    """Read one page.

    Args:
        body: raw bytes.
        url: where it was found.
        content_type: one that `is_readable_type` accepts.
        charset: of the Content-Type header, or empty.
        scope: links outside it are dropped.

    Raises:
        PageRefused: there is nothing to read.
    """
    text = decode(body, charset)
    if content_type in _TEXT:
        return _reading(*_plain(text, url), url=url, around=markdown_surroundings(text, url, scope))
    document = parse_html(text)
    around = surroundings(document, url, scope)
    content = extract(document, url)
    return _reading(content.title, to_markdown(content), url=url, around=around)


def _plain(text: str, url: str) -> tuple[str, str]:
    """Return title and Markdown of a page that is Markdown or plain text already."""
    text = text.replace("\r\n", "\n").strip() + "\n"
    heading = _TITLE.search(text)
    if heading and not text[: heading.start()].strip():
        return heading[1], text
    title = heading[1] if heading else url.rstrip("/").rsplit("/", 1)[-1]
    return title, f"# {title}\n\n{text}"


def _reading(title: str, markdown: str, *, url: str, around: Surroundings) -> Reading:
    quality = page_quality(markdown, url)
    digest = hashlib.sha256(_SPACE.sub(" ", markdown).strip().encode()).hexdigest()[:32]
    return Reading(title, markdown, quality.words, count_tokens(markdown), quality.score, digest, around)
