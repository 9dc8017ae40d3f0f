"""A page of a job: its state, what a delivery made of it, and what is stored of it."""

from dataclasses import dataclass
from enum import StrEnum

from docspasta_mcp.model.frontier import LeftOut, NavEntry


class PageState(StrEnum):
    """Where a page stands: pending → fetching → done | skipped | failed. The last three are final."""

    PENDING = "pending"
    FETCHING = "fetching"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


# Reasons of a page that does not exist: the site's dead link, or a mistyped URL.
NOT_THERE = frozenset({"http_404", "http_410", "soft_404"})

# What a page begins with whose structure could not be read, so that its words alone stand in the document.
PLAIN_TEXT_NOTE = "*The structure of this page could not be read. Its plain text follows.*"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to settle one page: ours as long as `fencing_token` is the row's. `is_named`: more than links named it.

    `is_seed`: it is the one that was asked for.
    """

    page_id: int
    job_id: str
    found_no: int
    url: str
    link_depth: int
    fencing_token: int
    attempts: int
    is_named: bool = False
    is_seed: bool = False


@dataclass(frozen=True, slots=True)
class Validators:
    """What a later crawl asks a site with, whether a page has changed; empty where the site gave none.

    `body_hash` is of the body as it came, for sites that answer no conditional request.
    """

    etag: str = ""
    modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page, ready to be stored in one transaction.

    `url` is where the page was finally found; `links` are its in-scope links in document order, `following` the one
    that the page itself calls the next, `navigation` the site's navigation as this page shows it, each
    list a tree of its own; `outer_blocks` are digests of the blocks that it begins and ends with.
    """

    state: PageState
    url: str
    reason: str = ""
    detail: str = ""
    title: str = ""
    markdown: str = ""
    words: int = 0
    tokens: int = 0
    quality: int = 0
    content_hash: str = ""
    simhash: str = ""
    language: str = ""
    outer_blocks: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    following: str = ""
    navigation: tuple[tuple[NavEntry, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    validators: Validators | None = None

    @property
    def stored_bytes(self) -> int:
        """What the page takes of its owner's bytes: all of it that has any length."""
        return len(self.markdown.encode()) + len(self.detail.encode())


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A settled or waiting page without its Markdown. `number` counts from 1 in reading order.

    `level` is its depth in the site's navigation; `captions` are the headings that open before it there, each
    indented by two spaces a level; `language` is the tag that the page gives itself, or empty; `own_title` is what the
    page calls itself where the document shows another `title`.
    """

    number: int
    url: str
    state: PageState
    reason: str
    detail: str
    title: str
    words: int
    tokens: int
    quality: int
    link_depth: int
    fetched_at: float | None
    duplicate_of: str | None = None
    sources: tuple[str, ...] = ()
    content_hash: str = ""
    nav_level: int = 0
    captions: tuple[str, ...] = ()
    language: str = ""
    own_title: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the document: its record and its Markdown."""

    record: PageRecord
    markdown: str
