"""Read what decides a job's reading order into arrays, streaming rows a thousand at a time."""

from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, or_
from sqlmodel import col

from docspasta_mcp.document.job_graph import SEED, JobGraph
from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.model.document import PageNode
from docspasta_mcp.model.edition import MARKDOWN_SUFFIXES, MarkdownEdition, MarkdownEditionKind
from docspasta_mcp.model.frontier import Source
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import PageState
from docspasta_mcp.model.page_identity import page_hash, page_key
from docspasta_mcp.store.coverage import has_open_page
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.statements import CHUNK, pick, rows
from docspasta_mcp.store.tables import ContentRow, NavigationRow, PageRow

_STRUCTURE = func.substr(PageRow.likeness, 1, 16)  # what pages must share to be alike
MAX_LONGER = 1.5  # a Markdown file with more of its page's words says what the page does not
_AT_ONCE = 1_000  # rows fetched from the database at a time
_SPELLINGS = (".html", "/")  # of a page that a Markdown file or a PDF may belong to
PDF_SUFFIX = ".pdf"
SHOWN_BY_ALL = -1  # rank of a navigation that all pages show by a script


class Graphs:
    """The repository of what jobs' pages link to."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def read(self, job: Job) -> JobGraph | None:
        """Return what orders a job's pages; None while one is open, for there may be more."""

        def work(db: Connection) -> JobGraph | None:
            if has_open_page(db, job.id):
                return None
            pages = _pages(db, job.id)
            shown = _lead(db, job.id, pages)
            navigations = list(_navigations(db, job.id))
            shown.update({digest: len(pages) for digest, rank, _ in navigations if rank == SHOWN_BY_ALL})
            return JobGraph(
                pages=pages,
                root=_root(db, job),
                navigations_json=[(shown[digest], lines) for digest, _, lines in navigations if digest in shown],
                orders_json=[lines for _, rank, lines in navigations if rank > 0],
                same_content=dict(_shared(db, job.id, PageRow.content_hash, PageRow.content_hash)),
                simhashes=dict(_shared(db, job.id, PageRow.likeness, _STRUCTURE)),
                md_siblings=dict(_beside(db, job.id)),
            )

        return await self._db.read(work)


def _pages(db: Connection, job_id: str) -> PageGraph:
    """Return the pages, in the order of their URLs."""
    is_sqlite = db.dialect.name == "sqlite"  # which compares bytes, as we do; PostgreSQL is asked to
    by_url = col(PageRow.url) if is_sqlite else col(PageRow.url).collate("C")
    facts = (PageRow.id, PageRow.number, PageRow.url, PageRow.state, PageRow.sources)
    query = pick(*facts).where(col(PageRow.job_id) == job_id).order_by(by_url)
    graph = PageGraph()
    for id_, number, url, state, sources in _streamed(db, query):
        is_loose = not set(sources.split(",")) - {"", Source.INDEX, Source.LINK}
        graph.add(PageNode(id_, number, url, PageState(state), is_loose=is_loose))
    return graph


def _lead(db: Connection, job_id: str, graph: PageGraph) -> Counter[str]:
    """Give the graph its links; return how many pages show each navigation, by its digest."""
    content = (ContentRow.links, ContentRow.following, ContentRow.edges, ContentRow.navigation)
    query = pick(PageRow.number, *content).join(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
    shown: Counter[str] = Counter()
    for number, links, following, edges, navigations in _streamed(db, query.where(col(PageRow.job_id) == job_id)):
        numbers = array("I", map(int, links.split(","))) if links else ()
        graph.lead(number, numbers, following, edges)
        shown.update(filter(None, navigations.split(",")))
    return shown


def _navigations(db: Connection, job_id: str) -> Iterator[Any]:
    stored = pick(NavigationRow.digest, NavigationRow.rank, NavigationRow.lines)
    return _streamed(db, stored.where(col(NavigationRow.job_id) == job_id).order_by(col(NavigationRow.rank)))


def _root(db: Connection, job: Job) -> int:
    """Return the number of the page at the root of the scope, or of the one that it leads the job to.

    It is 0 without one, or if a server made it from its files.
    """
    root = f"{job.scope.origin}{job.scope.prefix}"
    number = pick(PageRow.number).where(col(PageRow.job_id) == job.id, col(PageRow.reason) != "listing")
    found = db.scalar(number.where(col(PageRow.url_hash) == page_hash(root)))
    if found is None and page_key(job.seed_url) == page_key(root):
        return db.scalar(number.where(col(PageRow.number) == SEED)) or 0
    return found or 0


def _shared(db: Connection, job_id: str, fact: Any, kind: Any) -> Iterator[Any]:
    """Yield the number and a fact of done pages that are of a kind with others, by what they share."""
    has_one = (_is_done(job_id), col(fact) != "")
    shared = pick(kind).where(*has_one).group_by(kind).having(func.count() > 1)
    return _streamed(db, pick(PageRow.number, fact).where(*has_one, kind.in_(shared)))


def _beside(db: Connection, job_id: str) -> Iterator[tuple[int, int]]:
    """Yield the number of each Markdown file or PDF and of the done page beside it, if that says about as much.

    A PDF with far fewer words than the page of its name is another text.
    """
    ends: Any = col(PageRow.url).endswith
    query = pick(PageRow.number, PageRow.url, PageRow.words).where(
        _is_done(job_id), or_(*map(ends, (*MARKDOWN_SUFFIXES, PDF_SUFFIX)))
    )
    known = pick(PageRow.number, PageRow.url_hash, PageRow.words).where(_is_done(job_id))
    at_once: Any = query.execution_options(yield_per=CHUNK // len(_SPELLINGS))
    found: Any = db.execute(at_once)
    for some in found.partitions():
        files = {digest: (number, url, words) for number, url, words in some for digest in _page_hashes(url)}
        for number, digest, words in rows(db, known.where(col(PageRow.url_hash).in_(files))):
            file, url, written = files[digest]
            least = words / MAX_LONGER if url.endswith(PDF_SUFFIX) else 0
            if file != number and least <= written <= MAX_LONGER * words:
                yield file, number


def _page_hashes(url: str) -> set[str]:
    """Return the hashes of the pages that a Markdown file or a PDF may belong to."""
    if url.endswith(PDF_SUFFIX):
        return {page_hash(url.removesuffix(PDF_SUFFIX) + suffix) for suffix in _SPELLINGS}
    return {
        page_hash(MarkdownEdition(MarkdownEditionKind.MD_SIBLING, suffix=suffix).page_of(url)) for suffix in _SPELLINGS
    }


def _is_done(job_id: str) -> Any:
    return and_(col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)


def _streamed(db: Connection, query: Any) -> Iterator[Any]:
    result: Any = db.execute(query.execution_options(yield_per=_AT_ONCE))
    return iter(result)
