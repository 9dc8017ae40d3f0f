"""What an export says of a manual and of its pages beside their text, so that it can be imported as it was.

The same models are written and read: what an import gets is checked by them.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.model.content_digest import content_digest
from docspasta_mcp.model.crawl_choices import MAX_NAME
from docspasta_mcp.model.job import MAX_HOSTS, MAX_VERSION_LENGTH, Globs, Job, JobState
from docspasta_mcp.model.page import Page
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.settings import MAX_DEPTH_CAP, MAX_PAGES_CAP
from docspasta_mcp.urls import MAX_URL_LENGTH

VERSION = 1  # of the form; a later one that older programs cannot read has another number
MAX_TITLE = 300  # characters
_MAX_LEVEL = 1_000
_MAX_CAPTIONS = 100

Address = Annotated[str, Field(min_length=1, max_length=MAX_URL_LENGTH)]
Title = Annotated[str, Field(max_length=MAX_TITLE)]


class _StoredFacts(BaseModel):
    """What is written and read back; what a newer program adds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Choices(_StoredFacts):
    """What was chosen of the crawl, without what is this machine's or its operator's."""

    max_pages: int = Field(ge=1, le=MAX_PAGES_CAP)
    max_depth: int = Field(ge=0, le=MAX_DEPTH_CAP)
    include: Globs = ()
    exclude: Globs = ()
    scope: ScopeMode = ScopeMode.AUTO
    include_hosts: Annotated[tuple[Address, ...], Field(max_length=MAX_HOSTS)] = ()
    version: str = Field("", max_length=MAX_VERSION_LENGTH)
    quality_threshold: int = Field(20, ge=0, le=100)
    name: str = Field("", max_length=MAX_NAME)


class ManualFacts(_StoredFacts):
    """A manual: the form's version, the URL that it was crawled from, its extent, and how many pages there are."""

    version: int
    manual: Address
    state: JobState
    pages: int = Field(ge=1, le=MAX_PAGES_CAP)
    choices: Choices
    scope: Scope


class PageFacts(_StoredFacts):
    """A page: where it is from, what it is called and where it stands.

    `own_title` is its own where the document shows another one; `hash` is of its text.
    """

    source: Address
    title: Title
    own_title: Title = ""
    level: int = Field(0, ge=0, le=_MAX_LEVEL)
    captions: Annotated[tuple[Title, ...], Field(max_length=_MAX_CAPTIONS)] = ()
    language: str = Field("", max_length=100)
    fetched: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    hash: str = Field(pattern="^[0-9a-f]{32}$")


def manual_facts(job: Job, pages: int) -> dict[str, Any]:
    """Return what an export of a job says of the whole manual, as JSON has it."""
    given = {name: getattr(job.options, name) for name in Choices.model_fields}
    facts = ManualFacts(
        version=VERSION,
        manual=job.seed_url,
        state=JobState.COMPLETED if job.state is JobState.COMPLETED else JobState.PARTIAL,  # as it is when imported
        pages=pages,
        choices=Choices(**given),
        scope=job.scope,
    )
    return facts.model_dump(mode="json")


def page_facts(page: Page) -> dict[str, Any]:
    """Return what an export says of a page, as JSON has it."""
    record = page.record
    return {
        "source": record.url,
        "title": record.title,
        "own_title": record.own_title,
        "level": record.nav_level,
        "captions": record.captions,
        "language": record.language,
        "fetched": iso_time(record.fetched_at),
        "hash": content_digest(page.markdown),
    }
