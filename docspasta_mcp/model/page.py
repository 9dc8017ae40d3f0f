"""A page of a job: its state, what a delivery made of it, and what is stored of it."""

from dataclasses import dataclass
from enum import StrEnum

from docspasta_mcp.model.frontier import LeftOut, NavEntry
from docspasta_mcp.model.page_index import PageIndex


class PageState(StrEnum):
    """Where a page stands: pending → fetching → done | skipped | failed. The last three are final."""

    PENDING = "pending"
    FETCHING = "fetching"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


NO_ROOM = "page_limit"
"""Reason of a page that waits for room; at the end, of one that found none."""

NOT_INCLUDED = "not_included"
"""The same of a page that `include` does not match, which would be read for its links alone."""

# Reasons of a page that does not exist: the site's dead link, a mistyped URL, or what lies beside a single file.
NOT_THERE = frozenset({"http_404", "http_410", "soft_404", "not_given"})

# What stands before the text of a page whose code has unseen characters, which are kept there.
UNSEEN_IN_CODE_NOTE = "Note: code on this page holds characters that nobody sees or that change the order of text."
# What a page begins with whose structure could not be read, so that its words alone stand in the document.
PLAIN_TEXT_NOTE = "*The structure of this page could not be read. Its plain text follows.*"


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on one page, valid while the row's fencing token equals `fencing_token`.

    Attributes:
        page_id: id of the row.
        job_id: its job.
        found_no: number of the page in its job, from 1 in the order pages were found.
        url: as discovery or a link spelled it.
        link_depth: links between the seed and the page, 0 for the seed.
        fencing_token: grows by 1 with every claim.
        attempts: how often the page has been claimed, this claim included.
        is_named: a source other than a link named the page.
        is_seed: it is the page that the crawl was started with.
        place: counts the pages that got room, in the order in which they did.
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
    place: int = 0


@dataclass(frozen=True, slots=True)
class Validators:
    """What a later crawl needs to ask whether a page has changed; empty where the site sent none.

    Attributes:
        etag: the ETag header.
        modified: the Last-Modified header.
        body_hash: hash of the body as received, for sites that do not answer conditional requests.
    """

    etag: str = ""
    modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page, ready to be stored in one transaction.

    Attributes:
        state: `done`, `skipped` or `failed`.
        url: final URL, after redirects.
        reason: reason code; empty if the page is done.
        detail: the reason in our words, at most 300 characters.
        title: in Markdown's plain text.
        markdown: the page's text; empty unless it is done.
        words: number of words.
        tokens: estimated number of tokens, see `model.tokens`.
        quality: score from 0 to 100.
        content_hash: hash of the Markdown without white space.
        simhash: structure hash and simhash; empty for a short page.
        language: BCP 47 tag that the page gives itself, or empty.
        outer_blocks: digests of the blocks that it begins and ends with.
        links: its links in the scope, in document order.
        following: URL that the page itself calls its next page, or empty.
        navigation: the site's navigation as this page shows it, one tuple for each tree.
        left_out: URLs that it leads to and that are not crawled.
        validators: for the next crawl; None if there are none.
        index: what the search keeps of it; None if that is made later.
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
    index: PageIndex | None = None

    @property
    def stored_bytes(self) -> int:
        """What the page takes of its owner's bytes: all of it that has any length."""
        size = len(self.markdown) if self.markdown.isascii() else len(self.markdown.encode())
        return size + len(self.detail.encode())


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A settled or waiting page without its Markdown.

    Attributes:
        number: from 1 in reading order; in order of arrival while the job runs.
        url: of the page.
        state: of the page.
        reason: reason code; empty if the page is in the document.
        detail: the reason in our words.
        title: that the document shows.
        words: number of words.
        tokens: estimated number of tokens, see `model.tokens`.
        quality: score from 0 to 100.
        link_depth: links between the seed and the page.
        fetched_at: Unix seconds; None if it was not fetched.
        duplicate_of: URL of the page before it with the same content, or None.
        sources: what named the page, see `model.frontier.Source`.
        content_hash: hash of the Markdown without white space.
        nav_level: depth in the site's navigation, 0 at the top.
        captions: headings of the navigation before this page, indented by two spaces a level.
        language: BCP 47 tag that the page gives itself, or empty.
        own_title: the page's own title where the document shows another one, else empty.
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
