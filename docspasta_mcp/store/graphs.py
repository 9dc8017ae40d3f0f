"""Read what decides a job's reading order, row by row: nothing here grows with what pages hold."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from docspasta_mcp.graph import PageGraph
from docspasta_mcp.identity import page_hash
from docspasta_mcp.models import Job, NavLine, PageNode, PageState, Source
from docspasta_mcp.shortcut import MARKDOWN_SUFFIXES, Shortcut, ShortcutKind
from docspasta_mcp.store.direct import Direct
from docspasta_mcp.store.engine import Database
from docspasta_mcp.store.jobs import has_open_page
from docspasta_mcp.store.schema import ContentRow, NavigationRow, PageRow, chunks, pick, rows

STRUCTURE = 16  # characters of a likeness that pages must share to be alike
MAX_LONGER = 1.5  # a Markdown file with more of its page's words says what the page does not
_AT_ONCE = 1_000  # rows fetched from the database at a time


@dataclass(frozen=True, slots=True)
class JobGraph:
    """A job's pages, the number of the one where its manual begins, and what orders them.

    Each navigation comes with how many pages show it; `orders` are discovery's lists of page numbers. By page number,
    `alike` has the likeness of pages that share a structure, `beside` the page that a Markdown file lies beside.
    """

    pages: PageGraph
    front: int
    navigations: Sequence[tuple[int, Sequence[NavLine]]]
    orders: Sequence[Sequence[int]]
    alike: Mapping[int, str]
    beside: Mapping[int, int]


class Graphs:
    """The repository of what jobs' pages link to."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def load(self, job: Job) -> JobGraph | None:
        """Return the graph of a job's pages, to be closed by the caller; None while a page is open: it may still grow.

        Pages have a `content_hash` in it only if several have the same.
        """

        def work(session: Session) -> JobGraph | None:
            if has_open_page(Direct.of(session), job.id):
                return None
            pages = PageGraph(_nodes(session, job.id))
            shown: Counter[str] = Counter()
            for number, links, following, edges, navigation in _contents(session, job.id):
                pages.lead(number, [int(link) for link in links.split(",") if link], following, edges.split(","))
                shown.update(filter(None, navigation.split(",")))
            root = page_hash(f"{job.scope.origin}{job.scope.prefix}")
            front = select(col(PageRow.number)).where(col(PageRow.job_id) == job.id, col(PageRow.url_hash) == root)
            navigations, orders = _navigations(session, job.id, shown)
            first = session.scalar(front) or _first_shown(navigations)
            return JobGraph(pages, first, navigations, orders, _alike(session, job.id), _beside(session, job.id))

        return await self._db.read(work)


def _nodes(session: Session, job_id: str) -> Iterator[PageNode]:
    is_done = (col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)
    shared = pick(PageRow.content_hash).where(*is_done).group_by(PageRow.content_hash).having(func.count() > 1)
    twins = {digest for (digest,) in rows(session, shared)}
    is_sqlite = session.get_bind().dialect.name == "sqlite"  # which compares bytes, as we do; PostgreSQL is asked to
    by_url = col(PageRow.url) if is_sqlite else col(PageRow.url).collate("C")
    facts = (PageRow.id, PageRow.number, PageRow.url, PageRow.state, PageRow.content_hash, PageRow.sources)
    for id_, number, url, state, digest, sources in _streamed(
        session, pick(*facts).where(col(PageRow.job_id) == job_id).order_by(by_url)
    ):
        is_loose = not set(sources.split(",")) - {"", Source.INDEX, Source.LINK}
        content_hash = digest if digest in twins else ""
        yield PageNode(id_, number, url, PageState(state), content_hash, is_loose=is_loose)


def _contents(session: Session, job_id: str) -> Iterator[Any]:
    content = (ContentRow.links, ContentRow.following, ContentRow.edges, ContentRow.navigation)
    query = pick(PageRow.number, *content).join(ContentRow, col(ContentRow.page_id) == col(PageRow.id))
    return _streamed(session, query.where(col(PageRow.job_id) == job_id))


def _first_shown(navigations: Sequence[tuple[int, Sequence[NavLine]]]) -> int:
    """Return the page that the most shown navigation begins with; without one, the seed."""
    firsts = [
        (count, len(lines), next((line.number for line in lines if line.number), 1)) for count, lines in navigations
    ]
    return max(firsts, key=lambda one: (one[0], one[1], -one[2]), default=(0, 0, 1))[2]


def _alike(session: Session, job_id: str) -> dict[int, str]:
    """Return page number → likeness of the done pages whose structure another has too."""
    structure = func.substr(PageRow.likeness, 1, STRUCTURE)
    has_one = (_is_done(job_id), col(PageRow.likeness) != "")
    shared = pick(structure).where(*has_one).group_by(structure).having(func.count() > 1)
    query = pick(PageRow.number, PageRow.likeness).where(*has_one, structure.in_(shared))
    return dict(_streamed(session, query))


def _beside(session: Session, job_id: str) -> dict[int, int]:
    """Return the number of each Markdown file → that of the done page beside it, if that says about as much."""
    ends: Any = col(PageRow.url).endswith
    query = pick(PageRow.number, PageRow.url, PageRow.words).where(_is_done(job_id), or_(*map(ends, MARKDOWN_SUFFIXES)))
    found: dict[int, int] = {}
    files = {
        digest: (number, words) for number, url, words in _streamed(session, query) for digest in _page_hashes(url)
    }
    for chunk in chunks(list(files)):
        known = pick(PageRow.number, PageRow.url_hash, PageRow.words)
        for number, digest, words in rows(session, known.where(_is_done(job_id), col(PageRow.url_hash).in_(chunk))):
            file, written = files[digest]
            if file != number and written <= MAX_LONGER * words:
                found[file] = number
    return found


def _page_hashes(url: str) -> set[str]:
    """Return the hashes of the pages that a Markdown file may belong to."""
    return {page_hash(Shortcut(ShortcutKind.TWIN, suffix=suffix).page_of(url)) for suffix in (".html", "/")}


def _is_done(job_id: str) -> Any:
    return and_(col(PageRow.job_id) == job_id, col(PageRow.state) == PageState.DONE.value)


def _streamed(session: Session, query: Any) -> Iterator[Any]:
    result: Any = session.execute(query.execution_options(yield_per=_AT_ONCE))
    return iter(result)


def _navigations(
    session: Session, job_id: str, shown: Counter[str]
) -> tuple[list[tuple[int, Sequence[NavLine]]], list[list[int]]]:
    stored = pick(NavigationRow.digest, NavigationRow.rank, NavigationRow.lines)
    stored = stored.where(col(NavigationRow.job_id) == job_id).order_by(col(NavigationRow.rank))
    lines = {
        digest: (rank, [NavLine(*line) for line in json.loads(text)]) for digest, rank, text in rows(session, stored)
    }
    trees: list[tuple[int, Sequence[NavLine]]] = [
        (count, lines[digest][1]) for digest, count in shown.items() if digest in lines
    ]
    return trees, [[line.number for line in tree] for rank, tree in lines.values() if rank]
