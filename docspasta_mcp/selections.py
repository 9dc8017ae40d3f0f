"""Some pages of a document instead of all: those named by a caller, or those that differ from an earlier crawl."""

from collections.abc import Sequence
from dataclasses import dataclass

from docspasta_mcp.errors import InvalidRequest, InvalidUrl
from docspasta_mcp.identity import page_key
from docspasta_mcp.models import Job, PageRecord
from docspasta_mcp.store import Store
from docspasta_mcp.urls import parse_url

MAX_LISTED = 200  # URLs of a delta that are listed one by one


@dataclass(frozen=True, slots=True)
class Selection:
    """Some pages of a document, by their numbers, and what is said before them."""

    numbers: tuple[int, ...]
    preface: str = ""


async def named_pages(store: Store, job: Job, names: Sequence[str | int]) -> Selection:
    """Return the pages that a caller names by number or URL.

    Raises:
        InvalidRequest: one of the names is no page of the document.
    """
    records = await store.documents.records(job, done_only=True)
    by_key = {page_key(record.url): record.number for record in records}
    numbers = [_number(str(name).strip(), by_key, len(records)) for name in names]
    return Selection(tuple(dict.fromkeys(numbers)))


async def changed_pages(store: Store, job: Job, *, since: str) -> Selection:
    """Return the pages that were added or changed since an earlier crawl of the same owner.

    Args:
        store: where both are.
        job: the newer one, which has ended.
        since: the `corpus_hash` of the earlier one.

    Raises:
        InvalidRequest: the job still runs, or no stored crawl has that hash.
    """
    if job.is_running:
        raise InvalidRequest(f"Job {job.id} still runs; since works when it has ended. Call get_status first.")
    before = await store.jobs.with_corpus(since, owner=job.owner)
    if before is None:
        raise InvalidRequest(
            f"since is {since!r}, but no stored crawl has that corpus_hash. Read the result without it."
        )
    old = {page_key(record.url): record for record in await store.documents.records(before, done_only=True)}
    new = {page_key(record.url): record for record in await store.documents.records(job, done_only=True)}
    added = [record for key, record in new.items() if key not in old]
    changed = [record for key, record in new.items() if key in old and old[key].content_hash != record.content_hash]
    removed = [record for key, record in old.items() if key not in new]
    numbers = tuple(sorted(record.number for record in (*added, *changed)))
    lines = [f"Since corpus {since}: {len(added)} added, {len(changed)} changed, {len(removed)} removed.", ""]
    for what, records in (("added", added), ("changed", changed), ("removed", removed)):
        lines += _listed(what, records)
    return Selection(numbers, "\n".join(lines) + "\n")


def _number(name: str, by_key: dict[str, int], pages: int) -> int:
    if name.isdecimal() and 1 <= int(name[:9]) <= pages:
        return int(name)
    try:
        number = by_key.get(page_key(parse_url(name)))
    except InvalidUrl:
        number = None
    if number is None:
        raise InvalidRequest(
            f"pages names {name!r}, which is no page of this document. Give numbers from 1 to {pages} or URLs, as "
            f'format="map" lists them.'
        )
    return number


def _listed(what: str, records: Sequence[PageRecord]) -> list[str]:
    lines = [f"- {what}: {record.url}" for record in records[:MAX_LISTED]]
    return [*lines, f"- {what}: {len(records) - MAX_LISTED} more"] if len(records) > MAX_LISTED else lines
