"""Some pages of a document instead of all: those named by a caller, or those that differ from an earlier crawl."""

from collections.abc import Sequence
from dataclasses import dataclass

from docspasta_mcp.errors import InvalidRequest, InvalidUrl
from docspasta_mcp.model.job import Job
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
    pages = (await store.documents.extent(job)).pages
    wanted = [str(name).strip() for name in names]
    urls = {name: url for name in wanted if not _is_number(name, pages) and (url := _url(name))}
    by_url = await store.documents.numbers(job, list(urls.values()))
    numbers = [int(name) if _is_number(name, pages) else by_url.get(urls.get(name, "")) for name in wanted]
    for name, number in zip(wanted, numbers, strict=True):
        if number is None:
            raise InvalidRequest(
                f"{name!r} is no page of this document. Give numbers from 1 to {pages} or URLs; format map lists them."
            )
    return Selection(tuple(dict.fromkeys(filter(None, numbers))))


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
        raise InvalidRequest(f"Job {job.id} still runs; since works when it has ended, as its status tells.")
    before = await store.jobs.with_corpus(since, owner=job.owner)
    if before is None:
        raise InvalidRequest(
            f"since is {since!r}, but no stored crawl has that corpus_hash. Read the result without it."
        )
    changes = await store.documents.changes(job, before)
    added, changed = [url for _, url in changes.added], [url for _, url in changes.changed]
    counts = f"{len(added)} added, {len(changed)} changed, {len(changes.removed)} removed"
    lines = [f"Since corpus {since}: {counts}.", ""]
    for what, urls in (("added", added), ("changed", changed), ("removed", changes.removed)):
        lines += _listed(what, urls)
    return Selection(tuple(sorted(number for number, _ in (*changes.added, *changes.changed))), "\n".join(lines) + "\n")


def _is_number(name: str, pages: int) -> bool:
    return name.isdecimal() and 1 <= int(name[:9]) <= pages


def _url(name: str) -> str | None:
    try:
        return parse_url(name)
    except InvalidUrl:
        return None


def _listed(what: str, urls: Sequence[str]) -> list[str]:
    lines = [f"- {what}: {url}" for url in urls[:MAX_LISTED]]
    return [*lines, f"- {what}: {len(urls) - MAX_LISTED} more"] if len(urls) > MAX_LISTED else lines
