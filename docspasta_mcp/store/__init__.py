"""The store: every fact of every crawl, in SQLite or PostgreSQL."""

import time
from collections.abc import Callable

from docspasta_mcp.store.access_tokens import Access
from docspasta_mcp.store.database import Database
from docspasta_mcp.store.documents import DocumentExtent, Documents, Front, Group
from docspasta_mcp.store.finished_deliveries import FinishedDeliveries
from docspasta_mcp.store.imports import Imports
from docspasta_mcp.store.job_end import Endings
from docspasta_mcp.store.jobs import Jobs
from docspasta_mcp.store.last_tries import LastTries
from docspasta_mcp.store.library import Library, Marks
from docspasta_mcp.store.movement import Movements
from docspasta_mcp.store.notices import Notices
from docspasta_mcp.store.outbox import Outbox
from docspasta_mcp.store.owners import Owners
from docspasta_mcp.store.page_graphs import Graphs
from docspasta_mcp.store.page_texts import Texts
from docspasta_mcp.store.page_titles import Titles
from docspasta_mcp.store.pages import Pages
from docspasta_mcp.store.recrawl import Recrawl
from docspasta_mcp.store.schedules import Schedules
from docspasta_mcp.store.search_index import SearchIndex
from docspasta_mcp.store.search_queries import SearchQueries
from docspasta_mcp.store.second_tries import SecondTries
from docspasta_mcp.store.statistics import CrawlStatistics
from docspasta_mcp.store.usage import Usage
from docspasta_mcp.store.watching import Watched, Watching


class Store:
    """The repositories over one database. `clock` returns Unix seconds; `tells_operator`: jobs' ends are told."""

    def __init__(
        self, database: Database, clock: Callable[[], float] = time.time, *, tells_operator: bool = False
    ) -> None:
        self.database = database
        self.clock = clock
        self.jobs = Jobs(database, clock)
        self.endings = Endings(database, clock, tells_operator=tells_operator)
        self.imports = Imports(database, clock)
        self.schedules = Schedules(database, clock)
        self.statistics = CrawlStatistics(database)
        self.movement = Movements(database)
        self.notices = Notices(database, clock, tells_operator=tells_operator)
        self.pages = Pages(database, clock)
        self.last_tries = LastTries(database, clock)
        self.second_tries = SecondTries(database, clock)
        self.recrawl = Recrawl(database, clock)
        self.documents = Documents(database)
        self.graphs = Graphs(database)
        self.library = Library(database, clock)
        self.watching = Watching(database)
        self.usage = Usage(database)
        self.index = SearchIndex(database)
        self.search = SearchQueries(database)
        self.texts = Texts(database)
        self.titles = Titles(database)
        self.outbox = Outbox(database, clock)
        self.deliveries = FinishedDeliveries(database, clock)
        self.access = Access(database, clock)
        self.owners = Owners(database)

    def close(self) -> None:
        """Give back all connections."""
        self.database.close()


__all__ = ["Database", "DocumentExtent", "Front", "Group", "Marks", "Store", "Watched"]
