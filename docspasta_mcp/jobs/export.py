"""A job's document as a whole: Markdown, JSON, a folder of pages, llms.txt, llms-full.txt, a skill, passages, a book.

Pages are read from the store some at a time; only their names are held for all.
"""

import posixpath
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from enum import StrEnum
from tempfile import SpooledTemporaryFile

import anyio.to_thread

from docspasta_mcp.document.export.epub import MIMETYPE, EpubWriter
from docspasta_mcp.document.export.facts import manual_facts
from docspasta_mcp.document.export.files import Chunk, FolderWriter
from docspasta_mcp.document.export.llms import full_page, llms_txt
from docspasta_mcp.document.export.names import file_names
from docspasta_mcp.document.export.passages import passages
from docspasta_mcp.document.export.skill import SkillWriter
from docspasta_mcp.document.export.whole import contents, some_markdown, whole_json, whole_markdown
from docspasta_mcp.errors import InvalidRequest, ResultNotReady
from docspasta_mcp.jobs.document_pages import document_pages, no_page, readable_extent
from docspasta_mcp.jobs.selection import Selection, chosen_records
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page, PageRecord
from docspasta_mcp.store import Store

_IN_MEMORY = 8_000_000  # bytes of an archive before it goes to the disk
_SHORT = 20_000  # characters that are compressed faster than a thread is asked
_COVERAGE = {
    "done", "pending", "skipped", "failed", "reasons", "words", "tokens", "sources", "left_out", "estimated_missing",
}  # fmt: skip
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: no file of an export has a time


class ExportKind(StrEnum):
    """The forms of an export."""

    FOLDER = "folder"
    LLMS = "llms"
    LLMS_FULL = "llms-full"
    SKILL = "skill"
    JSONL = "jsonl"
    EPUB = "epub"

    @property
    def is_folder(self) -> bool:
        """Whether it has several files."""
        return self in (ExportKind.FOLDER, ExportKind.SKILL)

    @property
    def is_archive(self) -> bool:
        """Whether it comes as an archive of its files where it is one file."""
        return self.is_folder or self is ExportKind.EPUB

    @property
    def media_type(self) -> str:
        """The content type of its file, or of the archive of its files."""
        if self is ExportKind.EPUB:
            return "application/epub+zip"
        if self.is_folder:
            return "application/zip"
        return "application/jsonl" if self is ExportKind.JSONL else "text/plain; charset=utf-8"

    def file_name(self, job_id: str) -> str:
        """Return the name under which it is saved."""
        if self is ExportKind.EPUB:
            return f"docspasta-{job_id[:16]}.epub"
        if self.is_folder:
            return f"docspasta-{job_id[:16]}-{self}.zip"
        return f"docspasta-{job_id[:16]}.jsonl" if self is ExportKind.JSONL else f"{self}.txt"


def export_kind(name: str) -> ExportKind:
    """Return the form of that name.

    Raises:
        InvalidRequest: there is none.
    """
    try:
        return ExportKind(name)
    except ValueError:
        raise InvalidRequest(f"as is {name!r:.50}; give {', '.join(ExportKind)}.") from None


async def markdown_document(store: Store, job: Job, selection: Selection | None = None) -> AsyncIterator[str]:
    """Return the whole document in parts: a head, the list of contents, every page; or only the pages selected.

    Raises:
        ResultNotReady: there is no page yet, or there never will be.
    """
    extent = await readable_extent(store, job)
    if selection is not None:
        return some_markdown(selection.preface, document_pages(store, job, only=selection.numbers))
    (front,) = await store.documents.document(job, first=1, limit=1)
    return whole_markdown(
        job,
        title=front.record.own_title or front.record.title,
        size=extent.pages,
        tokens=extent.tokens,
        records=store.documents.contents(job),
        pages=document_pages(store, job),
    )


async def json_document(store: Store, job: Job, status: JobStatus) -> AsyncIterator[str]:
    """Return one JSON object in parts: `job`, `coverage`, and `pages`, those of the document first."""

    async def pages() -> AsyncIterator[Page]:
        async for page in document_pages(store, job):
            yield page
        async for record in store.documents.outside(job):
            yield Page(record, "")

    options = job.options.model_dump(mode="json")
    head = {
        "job": {**status.model_dump(mode="json", exclude=_COVERAGE), "options": options},
        "coverage": status.model_dump(mode="json", include=_COVERAGE),
    }
    return whole_json(head, pages())


async def list_of_contents(store: Store, job: Job, selection: Selection | None = None) -> str:
    """Return the document's list of contents, or that of the pages selected."""
    records = chosen_records(store.documents.contents(job), selection)
    return "".join([line async for line in contents(records)])


async def export(store: Store, job: Job, kind: ExportKind) -> AsyncIterator[Chunk]:
    """Return a job's document in that form, as chunks of its files.

    Raises:
        ResultNotReady: the job is running, or has no page.
    """
    if job.is_running:
        raise ResultNotReady(f"Job {job.id} is still running. Export it when it has ended, or cancel it first.")
    records = [record async for record in store.documents.contents(job)]
    if not records:
        raise no_page(job)
    source = f"{job.scope.origin}{job.scope.prefix}"
    title = records[0].title or source

    async def written() -> AsyncIterator[Chunk]:
        if kind is ExportKind.LLMS:
            for part in llms_txt(title, f"The documentation at {source}, {counted(len(records), 'page')}.", records):
                yield Chunk("llms.txt", part)
            return
        writer = _writer(kind, job, title, source, records)
        async for page in _counted(document_pages(store, job)):
            if kind is ExportKind.LLMS_FULL:
                yield Chunk("llms-full.txt", full_page(page))
            elif kind is ExportKind.JSONL:
                about = manual_facts(job, len(records)) if page.record.number == 1 else None
                for line in passages(page, job.seed_url, about):
                    yield Chunk("passages.jsonl", line)
            elif writer is not None:
                for chunk in writer.add(page):
                    yield chunk
        for chunk in writer.close() if writer is not None else ():
            yield chunk

    return written()


async def _counted(pages: AsyncIterator[Page]) -> AsyncIterator[Page]:
    """Yield pages counted from 1 on: in a crawl that was cancelled, duplicates have left holes."""
    number = 0
    async for page in pages:
        number += 1
        yield replace(page, record=replace(page.record, number=number))


def _writer(
    kind: ExportKind, job: Job, title: str, source: str, records: Sequence[PageRecord]
) -> FolderWriter | EpubWriter | SkillWriter | None:
    """Return what makes the files of a form that has several."""
    if kind is ExportKind.FOLDER:
        return FolderWriter(job, title, source, records)
    if kind is ExportKind.EPUB:
        return EpubWriter(title, source, file_names(records, job.scope))
    return SkillWriter(title, source) if kind is ExportKind.SKILL else None


async def archived(chunks: AsyncIterator[Chunk], folder: str) -> "SpooledTemporaryFile[bytes]":
    """Return the files of an export as a zip archive, read from its start. The same files give the same bytes."""
    archive: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # the caller closes it
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            async for chunk in chunks:
                member = zipfile.ZipInfo(posixpath.join(folder, chunk.path), _LONG_AGO)
                is_first = chunk == MIMETYPE  # of a book, and not compressed
                member.compress_type = zipfile.ZIP_STORED if is_first else zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                if len(chunk.text) < _SHORT:
                    zipped.writestr(member, chunk.text)
                else:
                    await anyio.to_thread.run_sync(zipped.writestr, member, chunk.text)
    except BaseException:
        archive.close()
        raise
    archive.seek(0)
    return archive
