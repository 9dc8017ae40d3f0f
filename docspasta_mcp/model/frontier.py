"""The frontier: pages that a job knows of, what named them, and what was met and left out.

`NavEntry` and `LeftOut` are tuples, since worker processes send hundreds of them with a page: pickling a dataclass
costs ten times as much. Nothing here loads pydantic, which workers do without.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from docspasta_mcp.model.edition import NO_MARKDOWN_EDITION, MarkdownEdition
from docspasta_mcp.model.scope import Scope


class Source(StrEnum):
    """What names pages: a page knows all that named it. INDEX is a generator's own, such as Sphinx's objects.inv.

    FOLDER is a folder or an archive that has the page's file, IMPORT an exported manual that has the page.
    """

    SEED = "seed"
    NAVIGATION = "navigation"
    LLMS_TXT = "llms.txt"
    SITEMAP = "sitemap"
    INDEX = "index"
    FOLDER = "folder"
    IMPORT = "import"
    LINK = "link"


class NavEntry(NamedTuple):
    """A line of a site's own navigation; a caption has a title and no URL. Lower levels enclose higher ones."""

    nav_level: int
    url: str
    title: str = ""


class LeftOut(NamedTuple):
    """A URL that was met and is not crawled, with its reason code."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """A URL to add to a job's frontier. `link_depth` counts links from the seed; pages that lists name have 1."""

    url: str
    link_depth: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """Where a job begins: its scope, its first pages in order, and what discovery found on the way.

    `orders` are lists of pages in the order of the site's own files, the most trustworthy first; they place pages
    that no navigation shows. `behind` are pages that get room after all that the first ones lead to: of those, a folder
    tells nothing but their names. `markdown_edition` is the verdict on the site's Markdown editions. `tree` is a
    navigation that all pages show by a script; `linked` are pages that the first one links, which a crawl finds there.
    """

    scope: Scope
    pages: tuple[NewPage, ...]
    orders: tuple[tuple[NavEntry, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    crawl_delay_s: float = 0
    markdown_edition: MarkdownEdition = NO_MARKDOWN_EDITION
    tree: tuple[NavEntry, ...] = ()
    behind: tuple[NewPage, ...] = ()
    linked: tuple[str, ...] = ()
