"""An owner's library: its manuals with what is known of each, and finding one by whatever a caller calls it.

A manual is named by the id of a job or its first characters, by a URL, by a host, or by its title.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from docspasta_mcp.document.slices import DEFAULT_TOKENS, MAX_CHARS, check_budget
from docspasta_mcp.errors import InvalidRequest, JobNotFound
from docspasta_mcp.jobs.doc_list import Doc, DocList, after, cursor_of, doc_of, matching, next_step_of, short
from docspasta_mcp.jobs.manual_names import addressed, given, titled, titled_just, url_of
from docspasta_mcp.model.job import Job, JobState
from docspasta_mcp.model.manual import Edition, Manual, manuals_of, shown_of
from docspasta_mcp.model.place import said_place
from docspasta_mcp.wording import words

if TYPE_CHECKING:
    from docspasta_mcp.document.search.meaning import Meaning
    from docspasta_mcp.jobs.library_search import LibraryAnswer
    from docspasta_mcp.store import Store

DOCS_A_PAGE = 20
_HEADER_TOKENS, _NAMED_TOKENS, _MOST_NAMED = 175, 29, 5  # around an answer to a tool at most, more for each manual
MAX_NAME = 2_000  # characters of what a caller calls a manual
_LISTED = 5  # manuals that an error names
_LOOKED_AT = 5  # crawls of a manual that are asked for a page
_FRESH_S = 3_600.0  # a manual that was read within the hour is not noted again
_DAY_S = 86_400.0


class OwnerLibrary:
    """The manuals of one owner."""

    def __init__(self, owner: str, *, store: "Store", retention_days: float, meaning: "Meaning | None" = None) -> None:
        self._owner = owner
        self._store = store
        self._meaning = meaning
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
        found = matching(manuals, query.strip()[:MAX_NAME])
        left = after(found, cursor.strip())
        shown = left[:limit]
        now = self._store.clock()
        following = cursor_of(shown[-1]) if len(left) > len(shown) else ""
        return DocList(
            docs=[doc_of(manual, now, retention_s=self._retention_s) for manual in shown],
            total=len(found),
            next_cursor=following,
            next_step=next_step_of(shown, has_any=bool(manuals), is_all=not following),
        )

    async def manuals(self) -> list[Manual]:
        """Return all manuals that have a page, or may get one, those crawled last first."""
        return shown_of(await self.everything())

    async def everything(self) -> list[Manual]:
        """Return all manuals, those that could not be read too: a person sees what became of each crawl they began."""
        return manuals_of(await self._store.library.editions(self._owner))

    async def holding(self, job_id: str) -> Manual:
        """Return the manual that a job is a crawl of.

        Raises:
            JobNotFound: the owner has no such job.
        """
        for manual in await self.everything():
            if any(one.job_id == job_id for one in manual.editions):
                return manual
        raise JobNotFound(job_id)

    async def named(self, names: Sequence[str]) -> list[Manual]:
        """Return the manuals that names stand for, each once; all if there are none.

        Raises:
            InvalidRequest: a name stands for none.
        """
        editions = await self._store.library.editions(self._owner)
        everything = manuals_of(editions)
        manuals = shown_of(everything)
        if not names:
            return manuals
        found: dict[str, Manual] = {}
        for name in names:
            text = name.strip()[:MAX_NAME]
            some = addressed(editions, everything, text) or given(everything, text) or titled(everything, text)
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
            name: a job's id in any case, its first six characters or more, or a URL, the host or the title of its
                manual.
            newest: of a manual, a newer crawl that runs or has failed, instead of the one that is read.

        Raises:
            JobNotFound: the owner has none of this name.
            InvalidRequest: it stands for several.
        """
        name = name.strip()[:MAX_NAME]
        is_id = name.isascii() and name.isprintable()  # nothing else can be asked of every database
        job = await self._store.jobs.get(name, owner=self._owner) if is_id else None
        manuals: list[Manual] = []
        if job is None and name:
            editions = await self._store.library.editions(self._owner)
            manuals = manuals_of(editions)
            found = addressed(editions, manuals, name) or given(manuals, name) or titled_just(manuals, name)
            if len(found) > 1:
                shown = ", ".join(_called(one.best) for one in found[:_LISTED])
                raise InvalidRequest(f"{name!r:.200} stands for {len(found)} manuals: {shown}. Give the job_id of one.")
            if found:
                beside = [one for one in manuals if one.best.site == found[0].best.site and one is not found[0]]
                job = await self._crawl_with([found[0], *beside], name)
            if job is not None and newest and job.id == found[0].best.job_id:
                job = await self._store.jobs.get(found[0].current.job_id, owner=self._owner)
        if job is None:
            alike = titled(shown_of(manuals), name)
            raise JobNotFound(name, ", ".join(_called(one.best) for one in alike[:_LISTED]))
        return job

    async def _crawl_with(self, manuals: Sequence[Manual], name: str) -> Job | None:
        """Return the crawl that is read of the first manual, or the newest of all with a page that it lacks.

        Args:
            manuals: of one site.
            name: what is asked for: where it is the URL of a page, that tells.
        """
        best = await self._store.jobs.get(manuals[0].best.job_id, owner=self._owner)
        url = url_of(name)
        if best is None or url is None or await self._store.documents.numbers(best, [url]):
            return best
        editions = [one for manual in manuals for one in manual.editions if one.is_readable]
        for edition in [one for one in editions if one.job_id != best.id][:_LOOKED_AT]:
            job = await self._store.jobs.get(edition.job_id, owner=self._owner)
            if job is not None and await self._store.documents.numbers(job, [url]):
                return job
        return best

    async def search(
        self,
        query: str,
        docs: Sequence[str] = (),
        *,
        max_tokens: int = DEFAULT_TOKENS,
        cursor: str = "",
        has_header: bool = False,
    ) -> "LibraryAnswer":
        """Return the passages that answer a question best, of all manuals or some; see `search_library`.

        Args:
            query: words, a question or an exact name.
            docs: names of manuals; all if empty.
            max_tokens: of the whole answer, with what stands around it.
            cursor: from the answer before.
            has_header: whether the answer names the manuals before its text.

        Raises:
            InvalidCursor: the cursor is not of a question about these manuals.
            InvalidRequest: a name stands for no manual, `max_tokens` is out of its range, or no word is given.
        """
        from docspasta_mcp.jobs.library_search import search_library  # noqa: PLC0415  # few processes search

        check_budget(max_tokens)
        manuals = [manual.best for manual in await self.named(docs)]
        readable = [edition for edition in manuals if edition.pages]
        for one in manuals if docs and not readable else ():
            if one.state is not JobState.RUNNING:
                raise InvalidRequest(
                    f"{_called(one)} has no page to search: its crawl is {one.state}. {one.reason}".rstrip()
                )
        around = _HEADER_TOKENS + _NAMED_TOKENS * min(_MOST_NAMED, len(readable)) if has_header else 0
        found = await search_library(
            self._store,
            readable,
            query,
            max_tokens=max_tokens - around,
            max_chars=MAX_CHARS,
            cursor=cursor,
            waits_for=next((one.job_id for one in manuals if one.state is JobState.RUNNING and not one.pages), ""),
            meaning=self._meaning,
        )
        await self.use(found.manuals)
        return found

    async def others_with(self, query: str, job: Job) -> str:
        """Return a sentence that names other manuals which have a query's words; empty if none has.

        Titles are the sites' own, so it stands where an answer is framed.
        """
        from docspasta_mcp.jobs.likely_manuals import manuals_having  # noqa: PLC0415

        manuals = [manual.best for manual in await self.manuals() if manual.best.job_id != job.id]
        others = [
            one for one in manuals if one.pages and one.origin + one.prefix != job.scope.origin + job.scope.prefix
        ]
        found = await manuals_having(self._store, others, query) if others else []
        named = ", ".join(f"{short(one.name, 60)} ({one.job_id})" for one in found[:_LISTED])
        return f"Other manuals have some of these words: {named}. {words().searches_all}" if named else ""

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
        return doc_of(Manual.of(found), self._store.clock(), retention_s=self._retention_s)


def _called(edition: Edition) -> str:
    return f"{short(said_place(edition.seed_url, edition.origin, edition.prefix), 100)} ({edition.job_id})"
