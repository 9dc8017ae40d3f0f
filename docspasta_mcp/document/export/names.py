"""Name the file of each page after its URL: below the manual's root, without what a file system may take amiss."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from docspasta_mcp.model.page import PageRecord
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.urls import origin_of

CONTENTS = "CONTENTS.md"  # of a folder: its list of contents
FACTS = "docspasta.json"  # of a folder: what an import needs beside the texts
MAX_SEGMENT = 80  # characters of a folder's or file's name
_MAX_BYTES = 240  # of it; file systems take 255, with its ending and number
_SUFFIX = re.compile(r"\.(?:x?html?|mdx?|markdown|php|aspx?|jsp)$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)  # Windows


def file_names(records: Iterable[PageRecord], scope: Scope) -> dict[str, str]:
    """Return page key → path of its file, each once whatever case a file system tells apart."""
    names: dict[str, str] = {}
    taken: set[str] = {CONTENTS.lower()}
    for record in records:
        stem = _stem(record.url, scope)
        name, number = f"{stem}.md", 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}.md", number + 1
        taken.add(name.lower())
        names[page_key(record.url)] = name
    return names


def slug(text: str, most: int = MAX_SEGMENT) -> str:
    """Return a text as a name of lower-case ASCII letters, digits and hyphens; may be empty."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower().encode("ascii", "ignore").decode())
    return plain[:most].strip("-")


def _stem(url: str, scope: Scope) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    if origin_of(url) != scope.origin:
        path = f"/{parts.netloc}{path}"
    elif path.startswith(scope.prefix):
        path = path[len(scope.prefix) :]
    if parts.fragment:  # a route
        path = f"{path.rstrip('/')}/{parts.fragment.lstrip('!/')}"
    path = f"{path}index" if not path or path.endswith("/") else _SUFFIX.sub("", path)
    if parts.query:
        path = f"{path}-{parts.query}"
    *folders, file = [_safe(segment) for segment in path.split("/") if segment] or ["index"]
    return "/".join([*map(_folder, folders), file])


def _folder(name: str) -> str:
    """Return the name of a folder: never one that a file may have, since a page may lie below another one."""
    return f"{name}-" if name.lower().endswith((".md", FACTS)) else name


def _safe(segment: str) -> str:
    plain = _UNSAFE.sub("-", unquote(segment))[:MAX_SEGMENT].encode()[:_MAX_BYTES].decode(errors="ignore")
    plain = plain.strip("-.") or "page"
    return f"{plain}-" if _RESERVED.match(plain) else plain
