"""What every page of a visitor needs at hand: their jobs, the pages of their manuals, the library's cards."""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from docspasta_mcp.jobs.pages import Outlines, OwnerPages
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.server.ui.guard import visitor_of
from docspasta_mcp.server.ui.library import LibraryView
from docspasta_mcp.store import Store


@dataclass(frozen=True)
class Desk:
    """Gives each request access to the data of its visitor only."""

    store: Store
    owner_jobs: Callable[[str], OwnerJobs]
    outlines: Outlines = field(default_factory=Outlines)
    library: LibraryView = field(default_factory=LibraryView)

    def jobs(self, request: Request) -> OwnerJobs:
        """Return the visitor's jobs."""
        return self.owner_jobs(visitor_of(request).owner)

    def pages(self, request: Request) -> OwnerPages:
        """Return the pages of the visitor's manuals."""
        return OwnerPages(visitor_of(request).owner, store=self.store, outlines=self.outlines)
