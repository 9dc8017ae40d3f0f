"""What rendering is, whoever does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from docspasta_mcp.fetch.fetcher import Fetched


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """A page to render.

    Attributes:
        url: of the page; its fragment, if it has one, is a route of the application.
        allow_private: the operator's opt-ins that hold for everything that the page loads.
        may_enter: tells of the URL that the page ends at whether it may be read.
    """

    url: str
    allow_private: tuple[str, ...]
    may_enter: Callable[[str], bool]


class Renderer(Protocol):
    """Renders pages."""

    async def render(self, request: RenderRequest) -> Fetched:
        """Return the HTML of a page once its scripts have run.

        Raises:
            PageRefused: it cannot be rendered.
            PageUnreachable: it may work later.
        """
        ...

    async def aclose(self) -> None:
        """Give back what it holds."""
        ...
