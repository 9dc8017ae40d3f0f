"""One Markdown file a page: front matter, and links between the pages as relative paths."""

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from docspasta_mcp.document.export.names import CONTENTS
from docspasta_mcp.document.render import iso_time
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.hash_route import route_of
from docspasta_mcp.model.markdown_blocks import fences
from docspasta_mcp.model.page import Page, PageRecord
from docspasta_mcp.model.page_identity import page_key

_LINK = re.compile(
    r"(?<!`)(?P<code>`++).{1,1000}?(?<!`)(?P=code)(?!`)"
    r"|(?P<open>\]\(<?)(?P<url>https?://[^\s()<>]*(?:\([^()\s]*\)[^\s()<>]*)*)(?=[)>\s])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text of the file at `path` of an export; chunks of one file follow each other."""

    path: str
    text: str


def page_file(page: Page, names: Mapping[str, str]) -> Chunk:
    """Return a page as a file of its own."""
    path = names[page_key(page.record.url)]
    return Chunk(path, f"{front_matter(page)}\n{linked(page.markdown, path, names).strip()}\n")


def contents_file(title: str, source: str, records: Sequence[PageRecord], names: Mapping[str, str]) -> Chunk:
    """Return the list of contents of a folder: its pages in reading order, each below what it belongs to."""
    lines = [f"# {title}", "", f"{counted(len(records), 'page')} of {source}, in reading order.", ""]
    for record in records:
        name = quote(names[page_key(record.url)])
        shown = " ".join(record.title.split()).replace("[", "\\[").replace("]", "\\]") or name
        lines.append(f"{'  ' * record.nav_level}- [{shown}]({name})")
    return Chunk(CONTENTS, "\n".join([*lines, ""]))


def front_matter(page: Page) -> str:
    """Return what a page's file says of it, as YAML; JSON strings are YAML too."""
    record = page.record
    fields = {
        "title": record.title,
        "source": record.url,
        "fetched": iso_time(record.fetched_at),
        "hash": record.content_hash,
        "order": record.number,
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", ""])


def linked(markdown: str, path: str, names: Mapping[str, str]) -> str:
    """Return Markdown whose links to other pages of the manual lead to their files; code is left alone."""
    folder = posixpath.dirname(path)

    def link(match: re.Match[str]) -> str:
        if not match["open"]:
            return match[0]
        _, mark, fragment = match["url"].partition("#")
        target = names.get(page_key(match["url"]))
        if route_of(match["url"]):
            mark = fragment = ""
        if target is None:
            return match[0]
        if target == path and fragment:
            return f"{match['open']}#{fragment}"
        return f"{match['open']}{posixpath.relpath(target, folder or '.')}{mark}{fragment}"

    return "".join(part if is_code else _LINK.sub(link, part) for is_code, part in fences(f"{markdown}\n"))
