"""Answer a request with an export of a manual: REST and the page for people give the same files."""

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from docspasta_mcp.jobs.export import ExportKind, archived
from docspasta_mcp.jobs.service import OwnerJobs

_PART = 1 << 16  # bytes of an archive that are sent at a time


async def export_answer(jobs: OwnerJobs, job_id: str, kind: ExportKind) -> Response:
    """Return a finished manual in that form, as a file to save.

    Raises:
        JobNotFound: the owner has no such job.
        ResultNotReady: it is running, or has no page.
    """
    chunks = await jobs.export(job_id, kind)
    headers = {"Content-Disposition": f'attachment; filename="{kind.file_name(job_id)}"'}
    if not kind.is_archive:
        text = (chunk.text async for chunk in chunks)
        return StreamingResponse(text, media_type=kind.media_type, headers=headers)
    archive = await archived(chunks, f"docspasta-{job_id[:16]}" if kind.is_folder else "")
    return StreamingResponse(
        iter(lambda: archive.read(_PART), b""),
        media_type=kind.media_type,
        headers=headers,
        background=BackgroundTask(archive.close),
    )
