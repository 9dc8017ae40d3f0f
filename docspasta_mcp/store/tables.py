"""The tables. Times are Unix seconds; ids of jobs are random, those of pages count up.

Counts of pages are derived from rows, never kept beside them; `number` and `arrival` are one more than the largest so
far, taken while the job's row is locked. Fencing tokens, attempts, rescues and the size of an index grow by steps.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only INTEGER PRIMARY KEY


_IS_ENDLESS = text("endless IS NOT NULL")  # few pages are: the index costs the others nothing
_WHERE_ENDLESS: dict[str, Any] = {"sqlite_where": _IS_ENDLESS}  # to name PostgreSQL here would load its dialect, 60 ms


class JobRow(SQLModel, table=True):
    """One requested crawl."""

    __tablename__ = "job"  # pyright: ignore[reportAssignmentType]  # SQLModel types it as a directive

    id: str = Field(primary_key=True)
    owner: str
    seed_url: str
    fingerprint: str = Field(description="Hash of owner, seed and options: the same crawl has the same.")
    active_key: str | None = Field(unique=True, description="The fingerprint while running, so that two starts meet.")
    origin: str
    prefix: str
    scope: str = Field(sa_column=Column(Text, nullable=False), description="The whole scope as JSON.")
    notes: str = Field(default="[]", sa_column=Column(Text, nullable=False), description="What discovery decided.")
    is_forced: bool = Field(default=False, description="Whether every page is to be fetched and read anew.")
    refreshes: str = Field(default="", description="Job whose pages this one has, as far as they have not changed.")
    version: str = Field(default="", description="Of this package: pages that another one read are read anew.")
    boilerplate: str = Field(default="", sa_column=Column(Text, nullable=False), description="Digests, by commas.")
    shortcut: str = Field(
        default="", sa_column=Column(Text, nullable=False), description="Verdict on the site's Markdown, as JSON."
    )
    corpus_hash: str = Field(default="", description="Names the content of the finished document.")
    crawl_delay_s: float = Field(default=0, description="Pause between requests that robots.txt asks for.")
    options: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    reason: str = ""
    created_at: float
    active_at: float = Field(description="When a page was last settled, or messages published again.")
    finished_at: float | None = None
    deadline_at: float
    pages: int = Field(default=0, description="When it ended, and they change no more.")
    bytes: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False), description="Of its pages' Markdown, when it ended."
    )
    title: str = Field(
        default="",
        sa_column=Column(Text, nullable=False, server_default=""),
        description="Of the document, when it ended: its first page's own.",
    )
    language: str = Field(
        default="", sa_column_kwargs={"server_default": ""}, description="That most of its pages give themselves."
    )
    document_pages: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, description="Without duplicates.")
    document_tokens: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    is_pinned: bool = Field(
        default=False,
        sa_column=Column(Boolean, nullable=False, server_default=false()),
        description="Kept, however old it is.",
    )
    used_at: float = Field(
        default=0, sa_column_kwargs={"server_default": "0"}, description="When it was last read, to an hour."
    )
    retried_at: float | None = Field(default=None, description="When it last ran again for pages that had failed.")
    seed_fault: str = Field(
        default="",
        sa_column_kwargs={"server_default": ""},
        description="Why the page that it began with was missing when it ended, see `SeedFault`.",
    )

    __table_args__ = (
        Index("ix_job_owner_created", "owner", "created_at"),
        Index("ix_job_fingerprint", "fingerprint"),
        Index("ix_job_state", "state"),
    )


class PageRow(SQLModel, table=True):
    """One URL of one job, and what became of it."""

    __tablename__ = "page"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), nullable=False))
    number: int = Field(description="Counts the job's pages from 1 in the order they were found.")
    url: str = Field(sa_column=Column(Text, nullable=False))
    url_hash: str
    depth: int
    sources: str = Field(description="All that named the page, separated by commas.")
    state: str
    reason: str = ""
    detail: str = Field(
        default="",
        sa_column=Column(Text, nullable=False),
        description="Our sentence; the site's words on a second line.",
    )
    attempts: int = Field(default=0, description="Fetches begun; from 1,000 on, the last one at the job's end.")
    fence: int = Field(default=0, description="Grows with every claim; a settler with an old one is too late.")
    lease_until: float | None = None
    rescues: int = Field(default=0, description="How often the sweeper had its message published anew.")
    title: str = Field(default="", sa_column=Column(Text, nullable=False))
    words: int = 0
    tokens: int = 0
    bytes: int = Field(default=0, description="Size of the Markdown, in UTF-8.")
    quality: int = 0
    language: str = Field(default="", description="BCP 47 tag that the page gives itself.")
    content_hash: str = ""
    likeness: str = Field(
        default="", description="Structure hash and simhash, for near duplicates; empty for a short page."
    )
    etag: str = ""
    modified: str = Field(default="", description="Last-Modified, as the site sent it.")
    body_hash: str = Field(default="", description="Of the body as it came, before it was read.")
    fetched_at: float | None = None
    level: int = Field(default=0, description="Depth in the site's navigation.")
    captions: str = Field(
        default="", sa_column=Column(Text, nullable=False), description="Headings before it, by line."
    )
    arrival: int | None = Field(default=None, description="Counts the done pages from 1 in the order they came in.")
    position: int | None = Field(default=None, description="Counts from 1 in reading order; set when the job ends.")
    duplicate_of: int | None = Field(default=None, sa_column=Column(_Id), description="Page with the same content.")
    shown_title: str = Field(
        default="",
        sa_column=Column(Text, nullable=False, server_default=""),
        description="What the finished document calls it, if it is not its own title.",
    )

    endless: str | None = Field(default=None, description="Digest of the endless kind that its URL looks like.")
    place: int = Field(
        default=0,
        sa_column=Column(BigInteger, nullable=False, server_default="0"),
        description="Counts the pages that got room as they did; of one that waits, see `waiting`.",
    )

    __table_args__ = (
        UniqueConstraint("job_id", "url_hash", name="uq_page_url"),
        UniqueConstraint("job_id", "number", name="uq_page_number"),
        # These answer get_status and get_result without reading a row, so that both stay quick at 100,000 pages.
        Index("ix_page_coverage", "job_id", "state", "reason", "duplicate_of", "sources", "words", "tokens"),
        Index("ix_page_arrival", "job_id", "state", "arrival", "duplicate_of", "tokens"),
        Index("ix_page_position", "job_id", "state", "position", "duplicate_of", "tokens"),
        Index("ix_page_lease", "state", "lease_until"),
        Index("ix_page_endless", "job_id", "endless", **_WHERE_ENDLESS),
        {"sqlite_autoincrement": True},
    )


class ContentRow(SQLModel, table=True):
    """What a settled page holds: its Markdown, and its in-scope links as page numbers in document order."""

    __tablename__ = "page_content"  # pyright: ignore[reportAssignmentType]

    page_id: int = Field(sa_column=Column(_Id, ForeignKey("page.id", ondelete="CASCADE"), primary_key=True))
    markdown: str = Field(sa_column=Column(Text, nullable=False))
    links: str = Field(sa_column=Column(Text, nullable=False), description="Numbers, separated by commas.")
    following: int | None = Field(description="Number of the page that its rel=next names.")
    edges: str = Field(default="", description="Digests of its outermost blocks, separated by commas.")
    navigation: str = Field(default="", description="Digests of the navigations it shows, separated by commas.")


class NavigationRow(SQLModel, table=True):
    """A navigation that pages of a job show, stored once however many show it."""

    __tablename__ = "navigation"  # pyright: ignore[reportAssignmentType]

    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True))
    digest: str = Field(primary_key=True)
    rank: int = Field(default=0, description="0 for what pages show, -1 for what all do; lists count from 1.")
    lines: str = Field(sa_column=Column(Text, nullable=False), description="JSON: [level, page number or 0, title].")


class LeftOutRow(SQLModel, table=True):
    """A URL that a job met and does not crawl, at most a few thousand a job."""

    __tablename__ = "left_out"  # pyright: ignore[reportAssignmentType]

    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True))
    url_hash: str = Field(primary_key=True)
    url: str = Field(sa_column=Column(Text, nullable=False))
    reason: str


class OutboxRow(SQLModel, table=True):
    """A message to be published. It is deleted once the queue has accepted it."""

    __tablename__ = "outbox"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), nullable=False))
    type: str
    page_id: int | None = Field(
        default=None, sa_column=Column(_Id, ForeignKey("page.id", ondelete="CASCADE"), nullable=True)
    )
    created_at: float
    taken_until: float = Field(
        default=0,
        sa_column_kwargs={"server_default": "0"},
        description="PostgreSQL: until then a replica is publishing it.",
    )
    notice_id: str | None = Field(default=None, description="Of a message about a notice.")

    __table_args__ = (
        Index("ix_outbox_job", "job_id"),
        Index("ix_outbox_page", "page_id"),
        {"sqlite_autoincrement": True},  # an id is part of a deduplication id, so it must never come back
    )


class NoticeRow(SQLModel, table=True):
    """What somebody is told of a job. Its id is made of job, event and URL: the same is told once."""

    __tablename__ = "notice"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), nullable=False, index=True))
    event: str
    url: str = Field(sa_column=Column(Text, nullable=False), description="The caller's; empty for the operator's.")
    data: str = Field(sa_column=Column(Text, nullable=False), description="JSON.")
    created_at: float
    told: bool


class ScheduleRow(SQLModel, table=True):
    """A crawl that is made again and again."""

    __tablename__ = "schedule"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    owner: str = Field(index=True)
    url: str = Field(sa_column=Column(Text, nullable=False))
    cron: str
    options: str = Field(sa_column=Column(Text, nullable=False), description="JSON.")
    created_at: float
    ran_at: float | None = None


class DeliveryRow(SQLModel, table=True):
    """A finished delivery, by the id of its token (jti), until that token has expired."""

    __tablename__ = "delivery"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    expires_at: float

    __table_args__ = (Index("ix_delivery_expires", "expires_at"),)


class SearchJobRow(SQLModel, table=True):
    """A job's place in the index of passages."""

    __tablename__ = "search_job"  # pyright: ignore[reportAssignmentType]

    serial: int | None = Field(default=None, sa_column=Column(_Id, primary_key=True, autoincrement=True))
    job_id: str = Field(sa_column=Column(ForeignKey("job.id", ondelete="CASCADE"), nullable=False, unique=True))
    arrival: int = Field(description="Pages up to this arrival are indexed.")
    version: int = Field(description="Of the index: what an older one wrote is written anew.")
    bytes: int = Field(
        default=0,
        sa_column=Column(BigInteger, nullable=False, server_default="0"),
        description="That the passages take, by `search_index.size_of`; grows with `arrival` alone.",
    )

    __table_args__ = ({"sqlite_autoincrement": True},)  # a serial is part of passages' numbers: it must never come back


class PassageGroupRow(SQLModel, table=True):
    """Passages of a page; its number is that of the first, see `search_index`. `search_schema` has their terms."""

    __tablename__ = "passage_group"  # pyright: ignore[reportAssignmentType]

    id: int = Field(sa_column=Column(_Id, primary_key=True, autoincrement=False))
    serial: int = Field(
        sa_column=Column(_Id, ForeignKey("search_job.serial", ondelete="CASCADE"), nullable=False, index=True)
    )
    passages: int
    length: int = Field(description="Of their texts, in terms.")
    entries: bytes = Field(sa_column=Column(LargeBinary, nullable=False), description="Packed; see `search_schema`.")


class TokenRow(SQLModel, table=True):
    """An access token of an owner. The token itself is not kept, only its SHA-256."""

    __tablename__ = "token"  # pyright: ignore[reportAssignmentType]

    id: str = Field(primary_key=True)
    owner: str
    digest: str = Field(unique=True)
    created_at: float
    expires_at: float | None = None
    is_operator: bool = False
