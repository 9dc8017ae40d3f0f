"""An owner's library: its manuals with what is known of each, and finding one by whatever a caller calls it.

A manual is named by the id of a job or its first characters, by a URL, by a host, or by its title.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.document.slices import DEFAULT_TOKENS, MAX_CHARS, check_budget
from docspasta_mcp.errors import InvalidCursor, InvalidRequest, JobNotFound
from docspasta_mcp.jobs.manual_names import addressed, given, holding, titled
from docspasta_mcp.model.characters import drop_controls, drop_invisible
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.manual import Edition, Manual, manuals_of

if TYPE_CHECKING:
    from docspasta_mcp.jobs.library_search import LibraryAnswer
    from docspasta_mcp.store import Store

DOCS_A_PAGE = 20
LIBRARY_HEADER_TOKENS = 300  # what stands around an answer from several manuals
MAX_NAME = 2_000  # characters of what a caller calls a manual
_LISTED = 5  # manuals that an error names
_MAX_TITLE = 120
_MAX_URL = 300
_FRESH_S = 3_600.0  # a manual that was read within the hour is not noted again
_DAY_S = 86_400.0
_CURSOR = re.compile(r"d([0-9a-f]{1,16})-([0-9A-Za-z_-]{1,64})")
_SPANS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


class Doc(BaseModel):
    """A manual in the library."""

    job_id: str = Field(description="Its newest whole document.")
    title: str = Field(description="As the site calls it.")
    site: str = Field(description="What the URLs of its pages begin with.")
    version: str = Field(description="Empty if not known.")
    language: str = Field(description="Empty if not known.")
    pages: int
    tokens: int
    crawled_at: str
    age: str
    state: JobState
    newest_job: str = Field(description="The newest crawl of it, which may still run or have failed.")
    newest_state: JobState
    older: int = Field(description="Earlier crawls that are still stored.")
    corpus_hash: str
    pinned: bool
    expires_at: str = Field(description="When it is deleted if nobody reads it; empty if never.")


class DocList(BaseModel):
    """Manuals of a library, those crawled last first."""

    docs: list[Doc]
    total: int = Field(description="Manuals that match.")
    next_cursor: str = Field(description="Empty at the end.")
    next_step: str


class OwnerLibrary:
    """The manuals of one owner."""

    def __init__(self, owner: str, *, store: "Store", retention_days: float) -> None:
        self._owner = owner
        self._store = store
        self._retention_s = retention_days * _DAY_S

    async def docs(self, *, query: str = "", cursor: str = "", limit: int = DOCS_A_PAGE) -> DocList:
        """Return manuals, a page at a time.

        Args:
            query: words of which all must stand in a manual's title, address, version or language; or a URL in it.
            cursor: from the answer before; the first page if empty.
            limit: manuals of a page.

        Raises:
            InvalidCursor: the cursor is not one of this list.
        """
        manuals = await self.manuals()
        found = _matching(manuals, query.strip()[:MAX_NAME])
        left = _after(found, cursor.strip())
        shown = left[:limit]
        now = self._store.clock()
        following = _cursor(shown[-1]) if len(left) > len(shown) else ""
        return DocList(
            docs=[self._doc(manual, now) for manual in shown],
            total=len(found),
            next_cursor=following,
            next_step=_next_step(shown, has_any=bool(manuals), is_all=not following),
        )

    async def manuals(self) -> list[Manual]:
        """Return all manuals, those crawled last first."""
        return manuals_of(await self._store.library.editions(self._owner))

    async def named(self, names: Sequence[str]) -> list[Manual]:
        """Return the manuals that names stand for, each once; all if there are none.

        Raises:
            InvalidRequest: a name stands for none.
        """
        editions = await self._store.library.editions(self._owner)
        manuals = manuals_of(editions)
        if not names:
            return manuals
        found: dict[str, Manual] = {}
        for name in names:
            text = name.strip()[:MAX_NAME]
            some = addressed(editions, manuals, text) or given(manuals, text) or titled(manuals, text)
            if not some:
                known = ", ".join(_called(one.best) for one in manuals[:_LISTED]) or "none"
                raise InvalidRequest(
                    f"{name!r:.200} is not a manual that you have. Give a job_id, a title, a host or a URL; you have: "
                    f"{known}{', …' if len(manuals) > _LISTED else ''}."
                )
            found.update((one.best.job_id, one) for one in some)
        return list(found.values())

    async def job(self, name: str, *, newest: bool = False) -> Job:
        """Return the one job that a name stands for.

        Args:
            name: a job's id in any case, its first six characters or more, or a URL or the host of its manual.
            newest: of a manual, its newest crawl whatever became of it, instead of the newest whole document.

        Raises:
            JobNotFound: the owner has none of this name.
            InvalidRequest: it stands for several.
        """
        name = name.strip()[:MAX_NAME]
        job = await self._store.jobs.get(name, owner=self._owner)
        if job is None and name:
            editions = await self._store.library.editions(self._owner)
            found = addressed(editions, manuals_of(editions), name)
            if len(found) > 1:
                shown = ", ".join(_called(one.best) for one in found[:_LISTED])
                raise InvalidRequest(f"{name!r:.200} stands for {len(found)} manuals: {shown}. Give the job_id of one.")
            if found:
                wanted = found[0].newest if newest else found[0].best
                job = await self._store.jobs.get(wanted.job_id, owner=self._owner)
        if job is None:
            raise JobNotFound(name)
        return job

    async def search(
        self, query: str, docs: Sequence[str] = (), *, max_tokens: int = DEFAULT_TOKENS, cursor: str = ""
    ) -> "LibraryAnswer":
        """Return the passages that answer a question best, of all manuals or some; see `search_library`.

        Args:
            query: words, a question or an exact name.
            docs: names of manuals; all if empty.
            max_tokens: of the whole answer, with what stands around it.
            cursor: from the answer before.

        Raises:
            InvalidCursor: the cursor is not of a question about these manuals.
            InvalidRequest: a name stands for no manual, `max_tokens` is out of its range, or no word is given.
        """
        from docspasta_mcp.jobs.library_search import search_library  # noqa: PLC0415  # few processes search

        check_budget(max_tokens)
        manuals = [manual.best for manual in await self.named(docs)]
        readable = [edition for edition in manuals if edition.pages]
        found = await search_library(
            self._store,
            readable,
            query,
            max_tokens=max_tokens - LIBRARY_HEADER_TOKENS,
            max_chars=MAX_CHARS,
            cursor=cursor,
        )
        await self.use(found.manuals)
        return found

    async def others_with(self, query: str, job: Job) -> str:
        """Return a sentence that names other manuals which have a query's words; empty if none has."""
        from docspasta_mcp.jobs.likely_manuals import manuals_having  # noqa: PLC0415

        manuals = [manual.best for manual in await self.manuals() if manual.best.job_id != job.id]
        others = [
            one for one in manuals if one.pages and one.origin + one.prefix != job.scope.origin + job.scope.prefix
        ]
        found = await manuals_having(self._store, others, query) if others else []
        named = ", ".join(f"{_short(one.name, 60)} ({one.job_id})" for one in found[:_LISTED])
        return f"Other manuals have some of these words: {named}. search_docs asks them all." if named else ""

    async def use(self, jobs: Sequence[Job | Edition]) -> None:
        """Record that documents were read, which postpones their deletion."""
        now = self._store.clock()
        ids = [one.id if isinstance(one, Job) else one.job_id for one in jobs if one.used_at < now - _FRESH_S]
        if ids:
            await self._store.library.use(ids)

    async def pin(self, name: str, *, is_pinned: bool) -> Doc:
        """Pin or unpin a manual, so that it is never deleted for age; its next crawl inherits the pin.

        Raises:
            JobNotFound: the owner has none of this name.
            InvalidRequest: it stands for several.
        """
        job = await self.job(name)
        await self._store.library.pin(job.id, is_pinned=is_pinned)
        editions = await self._store.library.editions(self._owner)
        found = [edition for edition in editions if edition.job_id == job.id]
        if not found:
            raise JobNotFound(name)
        return self._doc(Manual(found[0], found[0], 0), self._store.clock())

    def _doc(self, manual: Manual, now: float) -> Doc:
        best = manual.best
        since = max(best.finished_at or 0, best.used_at)
        is_kept = best.is_pinned or best.finished_at is None
        return Doc(
            job_id=best.job_id,
            title=_short(best.name, _MAX_TITLE),
            site=_short(best.site, _MAX_URL),
            version=_short(best.version, 40),
            language=_short(best.tongue, 40),
            pages=best.pages,
            tokens=best.tokens,
            crawled_at=iso_time(best.created_at),
            age=age_of(now - best.created_at),
            state=best.state,
            newest_job=manual.newest.job_id,
            newest_state=manual.newest.state,
            older=manual.older,
            corpus_hash=best.corpus_hash,
            pinned=best.is_pinned,
            expires_at="" if is_kept else iso_time(since + self._retention_s),
        )


def age_of(seconds: float) -> str:
    """Return a time as people say it, as in "3 days"."""
    for span, word in _SPANS:
        if seconds >= span:
            count = int(seconds // span)
            return f"{count} {word}{'s' if count > 1 else ''}"
    return "less than a minute"


def _called(edition: Edition) -> str:
    return f"{_short(edition.site, 100)} ({edition.job_id})"


def _short(text: str, most: int) -> str:
    plain = " ".join(drop_invisible(drop_controls(text)).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _next_step(shown: Sequence[Manual], *, has_any: bool, is_all: bool) -> str:
    if shown:
        more = "" if is_all else " next_cursor leads to more."
        return (
            f'Call search_docs(query="…") to search them all, docs=["{shown[0].best.job_id}"] for some of them.{more}'
        )
    if has_any:
        return "No manual matches: call list_docs without query, or start_crawl(url) to add one."
    return "Nothing has been crawled yet: call start_crawl(url) with any page of a manual."


def _matching(manuals: Sequence[Manual], query: str) -> list[Manual]:
    if not query:
        return list(manuals)
    if "://" in query:
        return holding(manuals, query)
    words = query.casefold().split()
    return [one for one in manuals if all(word in _about(one.best) for word in words)]


def _about(edition: Edition) -> str:
    return f"{edition.title} {edition.site} {edition.version} {edition.tongue}".casefold()


def _cursor(manual: Manual) -> str:
    return f"d{int(manual.best.created_at * 1_000):x}-{manual.best.job_id}"


def _after(manuals: Sequence[Manual], cursor: str) -> list[Manual]:
    if not cursor:
        return list(manuals)
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidCursor(
            f"{cursor!r:.100} is not a cursor of list_docs. Use its next_cursor, or none to begin anew."
        )
    place = -int(match[1], 16), match[2]
    return [one for one in manuals if (-int(one.best.created_at * 1_000), one.best.job_id) > place]
