"""The list of an owner's manuals as callers see it: what is told of each, and a page of the list. No I/O."""

import re
from collections.abc import Sequence

from pydantic import BaseModel, Field

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.errors import InvalidCursor
from docspasta_mcp.jobs.manual_names import holding
from docspasta_mcp.model.characters import drop_controls, drop_invisible
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.folder import called, meant
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.manual import Edition, Manual
from docspasta_mcp.wording import words

_MAX_TITLE = 120
_MAX_URL = 300
_CURSOR = re.compile(r"d([0-9a-f]{1,16})-([0-9A-Za-z_-]{1,64})")
_SPANS = ((86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


class Doc(BaseModel):
    """A manual in the library."""

    job_id: str = Field(description="The crawl that is read: its newest whole document.")
    title: str = Field(description="As the site calls it.")
    site: str = Field(description="What the URLs of its pages begin with.")
    version: str = Field(description="Empty if not known.")
    language: str = Field(description="Empty if not known.")
    pages: int
    tokens: int
    crawled_at: str
    age: str
    state: JobState
    newest_job: str = Field(
        description="The newest crawl of it. If it is another one, it runs, has failed, or has only some of the pages."
    )
    newest_state: JobState
    newest_pages: int
    older: int = Field(description="Crawls before job_id that are still stored.")
    newer: int = Field(description="Crawls after job_id, up to newest_job.")
    corpus_hash: str
    pinned: bool
    expires_at: str = Field(description="When it is deleted if nobody reads it; empty if never.")


class DocList(BaseModel):
    """Manuals of a library, those crawled last first."""

    docs: list[Doc]
    total: int = Field(description="Manuals that match.")
    next_cursor: str = Field(description="Empty at the end.")
    next_step: str


def doc_of(manual: Manual, now: float, *, retention_s: float) -> Doc:
    """Return what is told of a manual; one that is not pinned is kept for `retention_s` after it was last read."""
    best = manual.best
    since = max(best.finished_at or 0, best.used_at)
    is_kept = best.is_pinned or best.finished_at is None
    return Doc(
        job_id=best.job_id,
        title=short(best.name, _MAX_TITLE),
        site=short(called(best.site), _MAX_URL),
        version=short(best.version, 40),
        language=short(best.tongue, 40),
        pages=best.pages,
        tokens=best.tokens,
        crawled_at=iso_time(best.created_at),
        age=age_of(now - best.created_at),
        state=best.state,
        newest_job=manual.newest.job_id,
        newest_state=manual.newest.state,
        newest_pages=manual.newest.pages,
        older=manual.older,
        newer=manual.newer,
        corpus_hash=best.corpus_hash,
        pinned=best.is_pinned,
        expires_at="" if is_kept else iso_time(since + retention_s),
    )


def age_of(seconds: float) -> str:
    """Return a time as people say it, as in "3 days"."""
    for span, word in _SPANS:
        if seconds >= span:
            count = int(seconds // span)
            return counted(count, word)
    return "less than a minute"


def short(text: str, most: int) -> str:
    """Return a site's text on one line, without invisible characters, of at most so many characters."""
    plain = " ".join(drop_invisible(drop_controls(text)).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def next_step_of(shown: Sequence[Manual], *, has_any: bool, is_all: bool) -> str:
    """Return what leads on from a page of the list."""
    if shown:
        more = "" if is_all else f" {words().more_docs}"
        return words().search_some.format(job=shown[0].best.job_id) + more
    if has_any:
        return f"No manual matches: {words().add_first}."
    return f"There is no manual yet. {words().crawl}"


def matching(manuals: Sequence[Manual], query: str) -> list[Manual]:
    """Return the manuals that have all words of a query, or in which it lies if it is a URL."""
    if not query:
        return list(manuals)
    if "://" in (query := meant(query)):
        return holding(manuals, query)
    words = query.casefold().split()
    return [one for one in manuals if all(word in _about(one.best) for word in words)]


def _about(edition: Edition) -> str:
    return f"{edition.title} {edition.site} {edition.version} {edition.tongue}".casefold()


def cursor_of(manual: Manual) -> str:
    """Return the cursor that leads on after a manual; what is crawled meanwhile shifts nothing."""
    return f"d{int(manual.best.created_at * 1_000):x}-{manual.best.job_id}"


def after(manuals: Sequence[Manual], cursor: str) -> list[Manual]:
    """Return the manuals after a cursor, all if it is empty.

    Raises:
        InvalidCursor: it is not one of this list.
    """
    if not cursor:
        return list(manuals)
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise InvalidCursor(f"{cursor!r:.100} {words().list_cursor}")
    place = -int(match[1], 16), match[2]
    return [one for one in manuals if (-int(one.best.created_at * 1_000), one.best.job_id) > place]
