"""A job: one requested crawl, its options and how far it got."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from docspasta_mcp.model.edition import NO_MARKDOWN_EDITION, MarkdownEdition
from docspasta_mcp.model.file_formats import FilesMode
from docspasta_mcp.model.rendering import RenderMode
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.model.seed_fault import SeedFault
from docspasta_mcp.settings import MAX_DEPTH_CAP, MAX_PAGES_CAP

MAX_GLOBS = 100  # of one kind: each is tried on every link
MAX_HOSTS = 20  # besides the one that the crawl starts on
MAX_VERSION_LENGTH = 50
MAX_DELAY_S = 60.0  # between two requests; more would turn a manual into a week
MAX_GLOB_LENGTH = 500  # characters; fnmatch takes linear time, whatever the stars

Glob = Annotated[str, Field(min_length=1, max_length=MAX_GLOB_LENGTH)]
Globs = Annotated[tuple[Glob, ...], Field(max_length=MAX_GLOBS)]


class JobState(StrEnum):
    """Where a job stands. All but RUNNING are final."""

    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


NUMBERED = (JobState.COMPLETED, JobState.PARTIAL)  # with a document in reading order


class JobOptions(BaseModel):
    """What a caller may choose, plus what the operator lets it do at the time of the start.

    `name` is what the caller calls the manual, such as the package that it is of. `allow_private` are hosts that are
    not public, `signed_in` tells that the site is asked with credentials.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_pages: int = Field(500, ge=1, le=MAX_PAGES_CAP)
    max_depth: int = Field(10, ge=0, le=MAX_DEPTH_CAP)
    include: Globs = ()
    exclude: Globs = ()
    scope: ScopeMode = ScopeMode.AUTO
    quality_threshold: int = Field(20, ge=0, le=100)
    include_hosts: Annotated[tuple[Glob, ...], Field(max_length=MAX_HOSTS)] = ()
    version: str = Field("", max_length=MAX_VERSION_LENGTH)
    delay_seconds: float = Field(0, ge=0, le=MAX_DELAY_S)
    allow_private: tuple[str, ...] = ()
    signed_in: bool = False
    notify_url: str = ""
    files: FilesMode = FilesMode.LINKED
    render: RenderMode = RenderMode.AUTO
    name: str = Field(default="", max_length=200)


@dataclass(frozen=True, slots=True)
class Job:
    """One requested crawl, as stored. Times are Unix seconds.

    `notes` say what discovery decided; `corpus_hash` names the finished document's content;
    `refreshes` is the job whose pages this one asks for again; `markdown_edition` is the verdict on the site's
    Markdown; `boilerplate` are digests of blocks that most pages share, left out of the document; a pinned job is kept,
    others for some time after they were last read, `used_at`. `retried_at` is when it last ran again for failed pages.
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
    retried_at: float | None = None
    notes: tuple[str, ...] = ()
    corpus_hash: str = ""
    refreshes: str = ""
    boilerplate: frozenset[str] = frozenset()
    markdown_edition: MarkdownEdition = NO_MARKDOWN_EDITION
    is_pinned: bool = False
    used_at: float = 0

    @property
    def is_running(self) -> bool:
        """Whether pages may still come."""
        return self.state is JobState.RUNNING

    @property
    def is_numbered(self) -> bool:
        """Whether its pages have their numbers in reading order; before, they are counted as they arrive."""
        return self.state in NUMBERED

    @property
    def document_key(self) -> tuple[str, str, float | None]:
        """What names the document of a job that has ended: one whose failed pages are tried again ends again."""
        return self.id, self.corpus_hash, self.finished_at


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a job got: counts derived from its pages, by state, by reason code and by what named them.

    `left_out` counts URLs that were met and not crawled, by reason code. `seed_fault` tells why the page that the crawl
    starts from is missing, as long as `is_seed_settled`.
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
    seed_fault: SeedFault | None = None
    is_seed_settled: bool = False

    @property
    def found(self) -> int:
        """All pages known so far."""
        return self.done + self.skipped + self.failed + self.pending


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole installation holds: jobs by state, pages waiting or being fetched, messages not yet published."""

    jobs: dict[str, int]
    open_pages: int
    unpublished: int
