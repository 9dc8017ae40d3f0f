"""llms.txt (llmstxt.org): a site's own list of its pages for language models, in sections."""

import re
from itertools import islice

from docspasta_mcp.discovery.context_values import is_asset
from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.extract.charset import decode
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.model.specification import is_named_so
from docspasta_mcp.urls import join_url

MAX_ENTRIES = 50_000  # as many as a sitemap may have
MAX_TITLE = 200  # characters of a section's
MAX_LLMS_BYTES = 5_000_000  # a list; the largest known ones have a few hundred kilobytes
_LINE = re.compile(
    r"^(?P<marks>#{2,6})[ \t]+(?P<title>[^\n]+)|(?<!!)\[(?P<name>[^\[\]\n]*)\]\(<?(?P<url>[^\s)>]+)", re.MULTILINE
)


def parse_llms_txt(body: bytes, url: str, scope: Scope) -> tuple[NavEntry, ...]:
    """Return the pages that an llms.txt names with their titles, under its section titles.

    Args:
        body: the file, UTF-8 as its standard says; one that is HTML names nothing.
        url: where it was found.
        scope: the whole site.
    """
    text = decode(body, "utf-8")
    if text.lstrip()[:1] == "<":
        return ()
    entries: list[NavEntry] = []
    level = 0
    for match in islice(_LINE.finditer(text), MAX_ENTRIES):
        if match["title"]:
            level = len(match["marks"]) - 2
            entries.append(NavEntry(level, "", match["title"][:MAX_TITLE].rstrip("# \t")))
            continue
        try:
            link = scope.normal(join_url(url, match["url"]))
        except InvalidUrl:
            continue
        if (not is_asset(link) or is_named_so(link)) and not link.endswith(("/llms.txt", "/llms-full.txt")):
            entries.append(NavEntry(level + 1, link, match["name"].strip()))
    return tuple(entries) if any(entry.url for entry in entries) else ()


def html_spellings(url: str) -> tuple[str, ...]:
    """Return the pages that a Markdown file may be an edition of, the likeliest first; none for any other file."""
    if not url.lower().endswith((".md", ".mdx")):
        return ()
    stem = url[: url.rindex(".")]
    if stem.endswith((".html", ".htm", "/")):
        return (stem,)
    if stem.lower().endswith(("/index", "/readme")):
        directory = stem[: stem.rindex("/") + 1]
        return (directory, f"{directory}index.html")
    return (stem, f"{stem}.html", f"{stem}/")
