"""Write down what decides a job's reading order, row by row: nothing here grows with its pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.document.graph_file import Section, in_parts, write_section
from docspasta_mcp.model.edition import MARKDOWN_SUFFIXES, Shortcut, ShortcutKind
from docspasta_mcp.model.job import Job, PageState, Source
from docspasta_mcp.model.page_identity import page_hash
from docspasta_mcp.store.coverage import has_open_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.tables import CHUNK, ContentRow, NavigationRow, PageRow, pick, rows

STRUCTURE = 16  # characters of a likeness that pages must share to be alike
MAX_LONGER = 1.5  # a Markdown file with more of its page's words says what the page does not
_AT_ONCE = 1_000  # rows fetched from the database at a time
_SPELLINGS = (".html", "/")  # of a page that a Markdown file may belong to


class Graphs:
    """The repository of what jobs' pages link to."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def write(self, job: Job, path: Path) -> int | None:
        """Write what orders a job's pages to a file; return how many they are.

        None, and no file, while a page is open: there may be more.
        """

        def work(session: Session) -> int | None:
            if has_open_page(Direct.of(session), job.id):
                return None
            with path.open("w", encoding="utf-8") as file:
                count = write_section(file, Section.PAGES, _pages(session, job.id))
                write_section(file, Section.CONTENTS, _contents(session, job.id))
                write_section(file, Section.NAVIGATIONS, _navigations(session, job.id))
                write_section(file, Section.ROOT, _root(session, job))
                write_section(file, Section.ALIKE, _alike(session, job.id))
                write_section(file, Section.BESIDE, _beside(session, job.id))
            return count

        return await self._db.read(work)


def _pages(session: Session, job_id: str) -> Iterator[Any]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"  # which compares bytes, as we do; PostgreSQL is asked to
    by_url = col(PageRow.url) if is_sqlite else col(PageRow.url).collate("C")
    facts = (PageRow.id, PageRow.number, PageRow.url, PageRow.state, PageRow.content_hash, PageRow.sources)
    query = pick(*facts).where(col(PageRow.job_id) == job_id).order_by(by_url)
    for id_, number, url, state, digest, sources in _streamed(session, query):
        is_loose = not set(sources.split(",")) - {"", Source.INDEX, Source.LINK}
        yield id_, number, url, state, digest if state == PageState.DONE else "", is_loose


def _contents(session: Session, job_id: str) -> Iterator[Any]:
    content = (ContentRow.links, ContentRow.following, ContentRow.edges, ContentRow.navigation)
    query = pick(PageRow.number, *content).join(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
    return _streamed(session, query.where(col(PageRow.job_id) == job_id))


def _navigations(session: Session, job_id: str) -> Iterator[Any]:
    stored = pick(NavigationRow.digest, NavigationRow.rank, NavigationRow.lines)
    return _streamed(session, stored.where(col(NavigationRow.job_id) == job_id).order_by(col(NavigationRow.rank)))


def _root(session: Session, job: Job) -> Iterator[Any]:
    digest = page_hash(f"{job.scope.origin}{job.scope.prefix}")
    return iter(rows(session, pick(PageRow.number).where(col(PageRow.job_id) == job.id, PageRow.url_hash == digest)))


def _alike(session: Session, job_id: str) -> Iterator[Any]:
    """Yield the number and the likeness of done pages whose structure another has too."""
    structure = func.substr(PageRow.likeness, 1, STRUCTURE)
    has_one = (_is_done(job_id), col(PageRow.likeness) != "")
    shared = pick(structure).where(*has_one).group_by(structure).having(func.count() > 1)
    return _streamed(session, pick(PageRow.number, PageRow.likeness).where(*has_one, structure.in_(shared)))


def _beside(session: Session, job_id: str) -> Iterator[tuple[int, int]]:
    """Yield the number of each Markdown file and of the done page beside it, if that says about as much."""
    ends: Any = col(PageRow.url).endswith
    query = pick(PageRow.number, PageRow.url, PageRow.words).where(_is_done(job_id), or_(*map(ends, MARKDOWN_SUFFIXES)))
    known = pick(PageRow.number, PageRow.url_hash, PageRow.words).where(_is_done(job_id))
    for some in in_parts(_streamed(session, query), CHUNK // len(_SPELLINGS)):
        files = {digest: (number, words) for number, url, words in some for digest in _page_hashes(url)}
        for number, digest, words in rows(session, known.where(col(PageRow.url_hash).in_(files))):
            file, written = files[digest]
            if file != number and written <= MAX_LONGER * words:
                yield file, number


def _page_hashes(url: str) -> set[str]:
    """Return the hashes of the pages that a Markdown file may belong to."""
    return {page_hash(Shortcut(ShortcutKind.TWIN, suffix=suffix).page_of(url)) for suffix in _SPELLINGS}


def _is_done(job_id: str) -> Any:
    return and_(col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)


def _streamed(session: Session, query: Any) -> Iterator[Any]:
    result: Any = session.execute(query.execution_options(yield_per=_AT_ONCE))
    return iter(result)
