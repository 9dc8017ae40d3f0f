"""One Markdown file a page: front matter, and links between the pages as relative paths."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from docspasta_mcp.document.export.facts import manual_facts, page_facts
from docspasta_mcp.document.export.links import linked_file
from docspasta_mcp.document.export.names import CONTENTS, FACTS, file_names
from docspasta_mcp.document.render import iso_time
from docspasta_mcp.model.content_digest import content_digest
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page, PageRecord
from docspasta_mcp.model.page_identity import page_key


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text of the file at `path` of an export; chunks of one file follow each other."""

    path: str
    text: str


class FolderWriter:
    """Writes each page as a file, then the list of contents and what an import needs beside the texts."""

    def __init__(self, job: Job, title: str, source: str, records: Sequence[PageRecord]) -> None:
        self._job, self._title, self._source, self._records = job, title, source, records
        self._names = file_names(records, job.scope)
        self._urls = {self._names[page_key(record.url)]: record.url for record in records}
        self._pages: list[dict[str, Any]] = []

    def add(self, page: Page) -> Iterator[Chunk]:
        """Yield a page's file."""
        path = self._names[page_key(page.record.url)]
        text = linked_file(page.markdown, path, self._names, self._urls)
        chunk = Chunk(path, f"{front_matter(page)}\n{text.text}\n")
        digest = hashlib.sha256(chunk.text.encode()).hexdigest()
        facts = {"file": path, **page_facts(page), "sha256": digest, "spelled": text.spelled, "whole": text.whole}
        self._pages.append({name: value for name, value in facts.items() if value or name == "level"})
        yield chunk

    def close(self) -> Iterator[Chunk]:
        """Yield the list of contents, and the facts."""
        yield contents_file(self._title, self._source, self._records, self._names)
        head = json.dumps(manual_facts(self._job, len(self._pages)), ensure_ascii=False)
        pages = ",\n".join(json.dumps(page, ensure_ascii=False) for page in self._pages)
        yield Chunk(FACTS, f'{head[:-1]}, "files": [\n{pages}\n]}}\n')


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
        "hash": content_digest(page.markdown),
        "order": record.number,
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", ""])
