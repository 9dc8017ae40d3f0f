"""The nouns: jobs, pages, scopes and what is said of them. Frozen values, no I/O."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from docspasta_mcp.model.edition import NO_SHORTCUT, Shortcut
from docspasta_mcp.model.frontier import LeftOut, NavEntry
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.settings import MAX_DEPTH_CAP, MAX_PAGES_CAP

MAX_GLOBS = 100  # of one kind: each is tried on every link
MAX_GLOB_LENGTH = 500  # characters; fnmatch takes linear time, whatever the stars

LOCAL_OWNER = "local"  # whoever uses this machine: stdio, the CLI and HTTP on loopback


class JobState(StrEnum):
    """Where a job stands. All but RUNNING are final."""

    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PageState(StrEnum):
    """Where a page stands: pending → fetching → done | skipped | failed. The last three are final."""

    PENDING = "pending"
    FETCHING = "fetching"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


NOT_THERE = frozenset(
    {"http_404", "http_410", "soft_404"}
)  # reasons of a page: the site's dead link, or a mistyped URL
SETTLED = (PageState.DONE, PageState.SKIPPED, PageState.FAILED)


class Source(StrEnum):
    """What names pages: a page knows all that named it. INDEX is a generator's own, such as Sphinx's objects.inv."""

    SEED = "seed"
    NAVIGATION = "navigation"
    LLMS_TXT = "llms.txt"
    SITEMAP = "sitemap"
    INDEX = "index"
    LINK = "link"


Glob = Annotated[str, Field(min_length=1, max_length=MAX_GLOB_LENGTH)]
Globs = Annotated[tuple[Glob, ...], Field(max_length=MAX_GLOBS)]


class JobOptions(BaseModel):
    """What a caller may choose, plus the operator's opt-in to private hosts at the time of the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_pages: int = Field(500, ge=1, le=MAX_PAGES_CAP)
    max_depth: int = Field(10, ge=0, le=MAX_DEPTH_CAP)
    include: Globs = ()
    exclude: Globs = ()
    scope: ScopeMode = ScopeMode.AUTO
    quality_threshold: int = Field(20, ge=0, le=100)
    allow_private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token without its secret: whose jobs it opens, and until when (Unix seconds; None is for ever).

    `is_operator`: it also opens what tells of all owners, the queue and the metrics.
    """

    id: str
    owner: str
    created_at: float
    expires_at: float | None
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """What one owner may have at most: running jobs, pages of all jobs, bytes of their Markdown."""

    running_jobs: int
    pages: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Job:
    """One requested crawl, as stored. Times are Unix seconds.

    `notes` say what discovery decided; `corpus_hash` names the finished document's content;
    `refreshes` is the job whose pages this one asks for again; `edition` is the verdict on the site's Markdown;
    `boilerplate` are digests of blocks that most pages share, left out of the document.
    """

    id: str
    owner: str
    seed_url: str
    scope: Scope
    options: JobOptions
    state: JobState
    reason: str
    created_at: float
    finished_at: float | None
    deadline_at: float
    notes: tuple[str, ...] = ()
    corpus_hash: str = ""
    refreshes: str = ""
    boilerplate: frozenset[str] = frozenset()
    shortcut: Shortcut = NO_SHORTCUT

    @property
    def is_running(self) -> bool:
        """Whether pages may still come."""
        return self.state is JobState.RUNNING


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to settle one page: ours as long as `fence` is the row's. `is_named`: more than links named it."""

    page_id: int
    job_id: str
    number: int
    url: str
    depth: int
    fence: int
    attempts: int
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class NewPage:
    """A URL to add to a job's frontier."""

    url: str
    depth: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """Where a job begins: its scope, its first pages in order, and what discovery found on the way.

    `orders` are lists of pages in the order of the site's own files, the most trustworthy first; they place pages
    that no navigation shows. `edition` is the verdict on the site's Markdown editions.
    """

    scope: Scope
    pages: tuple[NewPage, ...]
    orders: tuple[tuple[NavEntry, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    crawl_delay_s: float = 0
    shortcut: Shortcut = NO_SHORTCUT


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
    list a tree of its own; `edges` are digests of the blocks that it begins and ends with.
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
    likeness: str = ""
    language: str = ""
    edges: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    following: str = ""
    navigation: tuple[tuple[NavEntry, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    validators: Validators | None = None


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

    level: int
    number: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its number in reading order, its depth in the navigation, the headings before it.

    `duplicate_of` is the id of the page that says the same before it, `is_near` whether only nearly so.
    """

    page_id: int
    position: int
    level: int = 0
    captions: tuple[str, ...] = ()
    duplicate_of: int | None = None
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A settled or waiting page without its Markdown. `number` counts from 1 in reading order.

    `level` is its depth in the site's navigation; `captions` are the headings that open before it there, each
    indented by two spaces a level; `language` is the tag that the page gives itself, or empty.
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
    depth: int
    fetched_at: float | None
    duplicate_of: str | None = None
    sources: tuple[str, ...] = ()
    content_hash: str = ""
    level: int = 0
    captions: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the document: its record and its Markdown."""

    record: PageRecord
    markdown: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a job got: counts derived from its pages, by state, by reason code and by what named them.

    `left_out` counts URLs that were met and not crawled, by reason code.
    """

    done: int = 0
    skipped: int = 0
    failed: int = 0
    pending: int = 0
    words: int = 0
    tokens: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    sources: dict[str, int] = field(default_factory=dict[str, int])
    left_out: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def found(self) -> int:
        """All pages known so far."""
        return self.done + self.skipped + self.failed + self.pending


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole installation holds: jobs by state, pages waiting or being fetched, messages not yet published."""

    jobs: dict[str, int]
    open_pages: int
    owed: int
