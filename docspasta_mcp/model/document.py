"""The document: the pages of a job as a graph, and where each of them stands in it."""

from dataclasses import dataclass

from docspasta_mcp.model.page import PageState


@dataclass(frozen=True, slots=True)
class PageNode:
    """A page as a place in the link graph. `links` and `following` are numbers of pages of the same job.

    `is_loose` tells that only a generator's index named it.
    """

    id: int
    number: int
    url: str
    state: PageState
    links: tuple[int, ...] = ()
    following: int | None = None
    is_loose: bool = False


@dataclass(frozen=True, slots=True)
class NavLine:
    """A line of a stored navigation: a page's number, or a caption with number 0."""

    nav_level: int
    number: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class PagePlacement:
    """Where a page stands: its number in reading order, its depth in the navigation, the headings before it.

    `duplicate_of` is the id of the page that says the same before it, `is_near` whether only nearly so.
    """

    page_id: int
    reading_no: int
    nav_level: int = 0
    captions: tuple[str, ...] = ()
    duplicate_of: int | None = None
    is_near: bool = False
