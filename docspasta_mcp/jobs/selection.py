"""Some pages of a document instead of all: those named by a caller, or those that differ from an earlier crawl."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from docspasta_mcp.errors import InvalidRequest, InvalidUrl
from docspasta_mcp.model.folder import meant
from docspasta_mcp.model.hash_route import route_of, with_route
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import PageRecord
from docspasta_mcp.urls import parse_url
from docspasta_mcp.wording import words

if TYPE_CHECKING:
    from docspasta_mcp.store import Store

_RANGE = re.compile(r"([0-9]{1,9})(?:\s*[-–]\s*([0-9]{1,9}))?")
_LINE = re.compile(r"(?:(?P<number>[0-9]{1,9})\.\s*)?(?:\[.*\]\((?P<url>[^()\s]+)\).*)?")
_WHOLE = {"coverage": "The coverage report", "json": "JSON"}
MAX_LISTED = 200  # URLs of a delta that are listed one by one


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a document is wanted.

    `pages` are numbers or URLs, `since` is the corpus hash of an earlier crawl, `query` a question; if the content
    still is `if_not_hash`, nothing but a word; `at` is a page and a heading to read on from.
    """

    pages: tuple[str | int, ...] = ()
    query: str = ""
    since: str = ""
    if_not_hash: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be had at once.

        Raises:
            InvalidRequest: `since` is given with `pages` or `query`, or `at` with any of them.
        """
        if self.at and (self.pages or self.query or self.since):
            raise InvalidRequest("Give at alone: it reads on from one place, without pages, query or since.")
        if self.since and (self.pages or self.query):
            raise InvalidRequest("Give since alone: neither pages nor query can be given with it.")

    def check(self, result_format: str, cursor: str | None = None) -> None:
        """Refuse a choice that its format does not have, or that a cursor contradicts.

        Raises:
            InvalidRequest: the report or JSON is asked for in part, the list of contents from a place, or both a
                cursor and a place are given.
        """
        if result_format in _WHOLE and (self.pages or self.query or self.since or self.at or cursor):
            raise InvalidRequest(
                f"{_WHOLE[result_format]} comes whole: give pages, query, since, at and cursor without that format."
            )
        if result_format == "map" and self.at:
            raise InvalidRequest("The map has no place to read on from: give at without format map.")
        if self.at and cursor:
            raise InvalidRequest("Give cursor without at: it leads on from there by itself.")


ALL = Choice()


@dataclass(frozen=True, slots=True)
class Selection:
    """Some pages of a document, by their numbers, and what is said before them."""

    numbers: tuple[int, ...]
    preface: str = ""


async def chosen_records(records: AsyncIterator[PageRecord], selection: Selection | None) -> AsyncIterator[PageRecord]:
    """Yield those of some pages that are selected; all if there is no selection."""
    only = set(selection.numbers) if selection else None
    async for record in records:
        if only is None or record.number in only:
            yield record


async def selected(store: "Store", job: Job, choice: Choice) -> Selection | None:
    """Return the pages that a choice names; None if it leaves them open.

    Raises:
        InvalidRequest: there are no such pages, or no such earlier crawl.
    """
    if choice.since:
        return await changed_pages(store, job, since=choice.since)
    return await named_pages(store, job, choice.pages) if choice.pages else None


async def named_pages(store: "Store", job: Job, names: Sequence[str | int]) -> Selection:
    """Return the pages that a caller names: by number, range of numbers, URL, address below the manual's, or title.

    Raises:
        InvalidRequest: one of the names is not a page of the document.
    """
    extent = await store.documents.extent(job)
    wanted = [_named(str(name).strip()) for name in names]
    numbers = {name: found for name in wanted if (found := _numbers(name, extent.last))}
    if extent.last > extent.pages:
        numbers = {name: list(await store.documents.present(job, found)) for name, found in numbers.items()}
    urls = {name: _urls(name, job) for name in wanted if name not in numbers}
    by_url = await store.documents.numbers(job, [url for some in urls.values() for url in some])
    for name, some in urls.items():
        numbers[name] = [by_url[url] for url in some if url in by_url][:1]
    titled = {name.casefold(): name for name, found in numbers.items() if not found}
    if titled:
        async for record in store.documents.contents(job):
            if (name := titled.get(record.title.casefold())) is not None:
                numbers[name].append(record.number)
    for name in wanted:
        if not numbers[name]:
            raise InvalidRequest(
                f"{name!r} is not a page of this document. Give numbers from 1 to {extent.last}, ranges like 3-7, URLs "
                f"or titles; {words().page_names}."
            )
    return Selection(tuple(dict.fromkeys(number for name in wanted for number in numbers[name])))


async def changed_pages(store: "Store", job: Job, *, since: str) -> Selection:
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


async def pages_from(store: "Store", job: Job, url: str, count: int) -> Choice | None:
    """Return the choice of a page and those after it, so many in all; None if the document does not have the page."""
    number = (await store.documents.numbers(job, [url])).get(url)
    if number is None:
        return None
    last = min(number + count - 1, (await store.documents.extent(job)).last)
    return Choice((f"{number}-{last}",))


def _named(name: str) -> str:
    """Return what names the page in a line as the list of contents shows one, such as `3. [Install](https://…)`."""
    line = _LINE.fullmatch(name)
    return (line["number"] or line["url"] or name) if line else name


def _numbers(name: str, last_number: int) -> list[int]:
    """Return the numbers that a number or a range names; none if it is neither, or goes beyond the document."""
    match = _RANGE.fullmatch(name)
    if match is None:
        return []
    first, last = int(match[1]), int(match[2] or match[1])
    return list(range(first, last + 1)) if 1 <= first <= last <= last_number else []


def _urls(name: str, job: Job) -> list[str]:
    """Return the URLs that a name may mean: itself, or an address on the manual's site or below its start."""
    name = meant(name)
    base = f"{job.scope.origin}{job.scope.prefix}"
    found: list[str] = []
    for url in (name, urljoin(base, name)) if "://" not in name else (name,):
        try:
            found.append(with_route(parse_url(url), route_of(url)))
        except InvalidUrl:
            continue
    return found


def _listed(what: str, urls: Sequence[str]) -> list[str]:
    lines = [f"- {what}: {url}" for url in urls[:MAX_LISTED]]
    return [*lines, f"- {what}: {len(urls) - MAX_LISTED} more"] if len(urls) > MAX_LISTED else lines
