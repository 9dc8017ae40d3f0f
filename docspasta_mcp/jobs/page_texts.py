"""The texts of pages that passages are taken from; those of ended jobs stay in memory."""

from collections.abc import Mapping, Sequence

from docspasta_mcp.document.boilerplate import kept
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.jobs.known_of_jobs import known_of_jobs
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import Page
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.store import Store

MAX_PAGES = 40  # that passages of one answer are taken from
MAX_KNOWN = 24_000_000  # characters of pages of ended jobs that stay in memory

_known_pages: BoundedCache[tuple[str, str, float | None, int], PageText] = known_of_jobs(BoundedCache(MAX_KNOWN))


async def page_texts(
    store: Store, job: Job, numbers: Sequence[int], *, most: int = MAX_PAGES, read: Mapping[int, PageText] | None = None
) -> dict[int, PageText]:
    """Return the first pages of some that passages are to be taken from, by number; those in `read` are at hand."""
    wanted = list(dict.fromkeys(numbers))[:most]
    at_hand = ((number, (read or {}).get(number) or _known_pages.get(_key(job, number))) for number in wanted)
    texts = {number: text for number, text in at_hand if text is not None}
    missing = sorted(set(wanted) - set(texts))
    if missing:
        found = await store.documents.document(job, first=missing[0], limit=len(missing), only=missing)
        texts |= {page.record.number: _page_text(job, page) for page in found}
    return texts


def _page_text(job: Job, page: Page) -> PageText:
    _, start, end = kept(page.markdown, job.boilerplate)
    made = PageText(page.record.number, page.record.url, page.record.title, page.markdown, start, end)
    if not job.is_running:
        _known_pages.put(_key(job, made.number), made, len(made.markdown) + 500)
    return made


def _key(job: Job, number: int) -> tuple[str, str, float | None, int]:
    return *job.document_key, number
