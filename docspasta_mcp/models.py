"""The nouns: jobs, pages, scopes and what is said of them. Frozen values, no I/O."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field

from docspasta_mcp.settings import MAX_DEPTH_CAP, MAX_PAGES_CAP
from docspasta_mcp.urls import origin_of, path_of

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


SETTLED = (PageState.DONE, PageState.SKIPPED, PageState.FAILED)


class Source(StrEnum):
    """What named a page first."""

    SEED = "seed"
    SITEMAP = "sitemap"
    LINK = "link"


class JobOptions(BaseModel):
    """What a caller may choose, plus the operator's opt-in to private hosts at the time of the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_pages: int = Field(500, ge=1, le=MAX_PAGES_CAP)
    max_depth: int = Field(10, ge=0, le=MAX_DEPTH_CAP)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    quality_threshold: int = Field(20, ge=0, le=100)
    allow_private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a site a crawl may enter: one origin, one path prefix, and globs.

    A glob is matched against the path and against the path below the prefix; `*` crosses slashes.
    """

    origin: str
    prefix: str
    reason: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __contains__(self, url: str) -> bool:
        """Tell whether a parsed URL lies under the prefix and no `exclude` glob names it."""
        path = path_of(url)
        return origin_of(url) == self.origin and path.startswith(self.prefix) and not self._matches(path, self.exclude)

    def wants(self, url: str) -> bool:
        """Tell whether a URL in scope belongs into the document, by the `include` globs."""
        return not self.include or self._matches(path_of(url), self.include)

    def _matches(self, path: str, globs: tuple[str, ...]) -> bool:
        below = path.removeprefix(self.prefix)
        return any(fnmatchcase(path, glob) or fnmatchcase(below, glob) for glob in globs)


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token without its secret: whose jobs it opens, and until when (Unix seconds; None is for ever)."""

    id: str
    owner: str
    created_at: float
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Quota:
    """What one owner may have at most: running jobs, pages of all jobs, bytes of their Markdown."""

    running_jobs: int
    pages: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Job:
    """One requested crawl, as stored. Times are Unix seconds."""

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

    @property
    def is_running(self) -> bool:
        """Whether pages may still come."""
        return self.state is JobState.RUNNING


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to settle one page: ours as long as `fence` is the row's."""

    page_id: int
    job_id: str
    number: int
    url: str
    depth: int
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True)
class NewPage:
    """A URL to add to a job's frontier."""

    url: str
    depth: int
    source: Source


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page, ready to be stored in one transaction.

    `url` is where the page was finally found; `links` are its in-scope links in document order, `following` the one
    that the page itself calls the next.
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
    links: tuple[str, ...] = ()
    following: str = ""


@dataclass(frozen=True, slots=True)
class PageNode:
    """A page as a place in the link graph. `links` and `following` are numbers of pages of the same job."""

    id: int
    number: int
    url: str
    state: PageState
    content_hash: str
    links: tuple[int, ...] = ()
    following: int | None = None


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A settled or waiting page without its Markdown. `number` counts from 1 in reading order."""

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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the document: its record and its Markdown."""

    record: PageRecord
    markdown: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a job got: counts derived from its pages, by state and by reason code."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    pending: int = 0
    words: int = 0
    tokens: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])

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
