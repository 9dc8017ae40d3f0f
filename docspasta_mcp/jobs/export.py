"""Export a finished job's document: a folder of pages, llms.txt, llms-full.txt, an agent skill, or passages.

Pages are read from the store some at a time; only their names are held for all.
"""

import posixpath
import zipfile
from collections.abc import AsyncIterator
from enum import StrEnum
from tempfile import SpooledTemporaryFile

from docspasta_mcp.document.boilerplate import without
from docspasta_mcp.document.export.files import Chunk, page_file
from docspasta_mcp.document.export.llms import full_page, llms_txt
from docspasta_mcp.document.export.names import file_names
from docspasta_mcp.document.export.passages import passages
from docspasta_mcp.document.export.skill import SkillWriter
from docspasta_mcp.errors import InvalidRequest, ResultNotReady
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page
from docspasta_mcp.store import Store

_BATCH = 50  # pages read from the store at a time
_IN_MEMORY = 8_000_000  # bytes of an archive before it goes to the disk
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file knows: no file of an export has a time


class ExportKind(StrEnum):
    """The forms of an export."""

    FOLDER = "folder"
    LLMS = "llms"
    LLMS_FULL = "llms-full"
    SKILL = "skill"
    JSONL = "jsonl"

    @property
    def is_folder(self) -> bool:
        """Whether it has several files."""
        return self in (ExportKind.FOLDER, ExportKind.SKILL)

    @property
    def media_type(self) -> str:
        """The content type of its file, or of the archive of its files."""
        if self.is_folder:
            return "application/zip"
        return "application/jsonl" if self is ExportKind.JSONL else "text/plain; charset=utf-8"

    def file_name(self, job_id: str) -> str:
        """Return the name under which it is saved."""
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


async def export(store: Store, job: Job, kind: ExportKind) -> AsyncIterator[Chunk]:
    """Return a job's document in that form, as chunks of its files.

    Raises:
        ResultNotReady: the job is running, or has no page.
    """
    if job.is_running:
        raise ResultNotReady(f"Job {job.id} is still running. Export it when it has ended, or cancel it first.")
    records = [record async for record in store.documents.contents(job)]
    if not records:
        raise ResultNotReady(f"Job {job.id} is {job.state} and has no page: {job.reason or 'nothing was found'}")
    source = f"{job.scope.origin}{job.scope.prefix}"
    title = records[0].title or source

    async def written() -> AsyncIterator[Chunk]:
        if kind is ExportKind.LLMS:
            for part in llms_txt(title, f"The documentation at {source}, {len(records)} pages.", records):
                yield Chunk("llms.txt", part)
            return
        names = file_names(records, job.scope)
        skill = SkillWriter(title, source)
        async for page in _pages(store, job):
            match kind:
                case ExportKind.FOLDER:
                    yield page_file(page, names)
                case ExportKind.LLMS_FULL:
                    yield Chunk("llms-full.txt", full_page(page))
                case ExportKind.JSONL:
                    for line in passages(page, job.seed_url):
                        yield Chunk("passages.jsonl", line)
                case _:
                    for chunk in skill.add(page):
                        yield chunk
        if kind is ExportKind.SKILL:
            for chunk in skill.close():
                yield chunk

    return written()


async def archived(chunks: AsyncIterator[Chunk], folder: str) -> "SpooledTemporaryFile[bytes]":
    """Return the files of an export as a zip archive, read from its start. The same files give the same bytes."""
    archive: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # the caller closes it
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        async for chunk in chunks:
            member = zipfile.ZipInfo(posixpath.join(folder, chunk.path), _LONG_AGO)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            zipped.writestr(member, chunk.text)
    archive.seek(0)
    return archive


async def _pages(store: Store, job: Job) -> AsyncIterator[Page]:
    first = 1
    while pages := await store.documents.document(job, first=first, limit=_BATCH):
        for page in without(pages, job.boilerplate):
            yield page
        first = pages[-1].record.number + 1
