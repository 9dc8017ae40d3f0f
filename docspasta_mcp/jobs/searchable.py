"""What a search must know of a job before it begins: its part of the index, brought up to date, and its languages."""

from dataclasses import dataclass

from docspasta_mcp.document.search.words import main_languages
from docspasta_mcp.model.job import Job
from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchExtent


@dataclass(frozen=True, slots=True)
class Searchable:
    """A job as it is searched; `extent` is None if nothing of it is indexed."""

    languages: tuple[str, ...]
    extent: SearchExtent | None


async def searchable(store: Store, job: Job) -> Searchable:
    """Return what is known of a job; one that has ended is looked at once for each document that it ended with."""
    key = job.document_key
    known = None if job.is_running else store.search.ended.get(key)
    if known is not None:
        languages, extent = known
        return Searchable(languages, extent)
    languages = main_languages(await store.documents.languages(job.id))
    await catch_up(store, job.id)
    extent = await store.search.extent(job.id)
    if extent is not None and not job.is_running:
        store.search.ended.put(key, (languages, extent))
    return Searchable(languages, extent)
