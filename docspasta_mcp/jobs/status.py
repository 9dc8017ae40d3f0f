"""A job's status for callers: small typed answers, each with the next step. No I/O."""

from collections import Counter
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, Field

from docspasta_mcp.document.render import iso_time
from docspasta_mcp.errors import QUOTED
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.folder import called
from docspasta_mcp.model.frontier import Frontier, Source
from docspasta_mcp.model.job import Coverage, Job, JobOptions, JobState
from docspasta_mcp.model.page import NO_ROOM, NOT_INCLUDED, NOT_THERE
from docspasta_mcp.model.page_identity import page_key
from docspasta_mcp.model.seed_fault import SeedFault, is_seed_note
from docspasta_mcp.wording import read_page, sentence, words

MAX_WAIT_S = 25  # for a job to end; MCP clients give up after 60
SAMPLE = 10  # pages that a dry run shows
_LISTS = {Source.LLMS_TXT, Source.INDEX, Source.SITEMAP, Source.FOLDER}  # a navigation may show two levels of four
_AT_LEAST = (
    "The site has no list of its pages: counted is what the page where the crawl starts names, in its navigation or by"
    " its links, which may lead to many more."
)
MISSING = (NO_ROOM, "depth_limit", "hash_route", "trap", "nofollow", "unreadable")  # left out, though of the manual


_PASSING = ("timeout", "connection", "refused", "http_429", "http_408", "robots_unreachable", "deadline")
INCLUDES_NOTHING = "include matches none"  # how the reason of such a job begins


_LEFT_OUT = {
    "depth_limit": (
        ("page lies", "pages lie"),
        "deeper than max_depth links away, where nothing is read: crawl again with a larger one.",
    ),
    "trap": (
        ("URL looks", "URLs look"),
        "like an endless space (queries, calendars, repeated paths), where nothing is read. If there are pages in it, "
        "name them with include, whose globs may match the query too.",
    ),
    "nofollow": (
        ("link was", "links were"),
        "not followed, being marked nofollow. If one leads to pages of the manual, start there.",
    ),
    "other_host": (
        ("page that the navigation or llms.txt names was", "pages that the navigation or llms.txt names were"),
        "not read, being on another host. If they belong to the manual, crawl again with include_hosts; the coverage "
        "report shows some.",
    ),
}


class Preview(BaseModel):
    """What a dry run saw, without crawling."""

    estimated_pages: int = Field(
        description="Pages that lists of the site name, or where it has none the first page: the least to expect."
    )
    is_complete_list: bool = Field(
        description="False if the site has no list of its pages: links may lead to many more."
    )
    sample: list[str] = Field(description="The first of them.")
    sources: dict[str, int] = Field(description="How many pages each source names.")
    left_out: dict[str, int] = Field(description="URLs that the site names and that are out of scope, by reason.")
    notes: list[str]


class StartedCrawl(BaseModel):
    """The answer to start_crawl. A dry run has a preview and no job."""

    job_id: str = Field(description="Empty for a dry run.")
    state: JobState | Literal["dry_run"]
    reused: bool = Field(description="True if a crawl of this manual was running or fresh, and this is that job.")
    seed_url: str = Field(description="Where it began; with reused, maybe another page of the manual.")
    scope: str = Field(description="Only URLs that start with this are crawled.")
    scope_reason: str = Field(description="Why this; says so where it is provisional and the site decides.")
    max_pages: int
    preview: Preview | None = None
    next_step: str
    poll_after_seconds: int


class JobStatus(BaseModel):
    """The answer to get_status. Counts are pages."""

    job_id: str
    state: JobState
    reason: str = Field(description="Why the job ended as it did; empty while all is well.")
    seed_url: str
    scope: str
    scope_reason: str
    done: int
    pending: int
    skipped: int
    failed: int
    reasons: dict[str, int] = Field(description="Skipped and failed pages by reason code.")
    sources: dict[str, int] = Field(description="Pages by what named them; a page counts once for each.")
    left_out: dict[str, int] = Field(description="URLs met and not crawled, by reason code.")
    seed_fault: str = Field(description="Reason code why the page you named is not in the document; empty if it is.")
    estimated_missing: int = Field(description="Pages of the manual that are known and not in the document.")
    notes: list[str] = Field(description="What was decided on the way, and what looks wrong.")
    corpus_hash: str = Field(description="Names the finished document's content; see since and if_not_hash.")
    words: int
    tokens: int = Field(description="Estimated size of the document so far.")
    created_at: str
    finished_at: str | None
    elapsed_seconds: float = Field(description="Of its last run, if pages that had failed were tried again.")
    next_step: str
    poll_after_seconds: int


def job_status(job: Job, coverage: Coverage, *, now: float) -> JobStatus:
    """Return the answer to get_status; `now` is in Unix seconds."""
    end = job.finished_at if job.finished_at is not None else now
    return JobStatus(
        job_id=job.id,
        state=job.state,
        reason=job.reason,
        seed_url=called(job.seed_url),
        scope=called(job.scope.origin + job.scope.prefix),
        scope_reason=job.scope.reason,
        done=coverage.done,
        pending=coverage.pending,
        skipped=coverage.skipped,
        failed=coverage.failed,
        reasons=coverage.reasons,
        sources=coverage.sources,
        left_out=coverage.left_out,
        seed_fault=coverage.seed_fault.reason if coverage.seed_fault else "",
        estimated_missing=coverage.failed + sum(coverage.left_out.get(reason, 0) for reason in MISSING),
        notes=[*_seed_notes(job, coverage), *filter(None, [job.markdown_edition.note]), *_warnings(job, coverage)],
        corpus_hash=job.corpus_hash,
        words=coverage.words,
        tokens=coverage.tokens,
        created_at=iso_time(job.created_at),
        finished_at=iso_time(job.finished_at) if job.finished_at is not None else None,
        elapsed_seconds=round(max(0.0, end - (job.retried_at or job.created_at)), 1),
        next_step=next_step(job, done=coverage.done, seed_fault=coverage.seed_fault),
        poll_after_seconds=(2 if coverage.found < 50 else 5) if job.is_running else 0,
    )


def _fault(job: Job, fault: SeedFault) -> SeedFault:
    """Return a fault in our own words: where a redirect leads, and what a page says, are the site's."""
    return replace(fault, url=job.seed_url, detail=fault.detail.partition(QUOTED)[0])


def _seed_notes(job: Job, coverage: Coverage) -> list[str]:
    """Return the job's notes; what is said of its first page comes from what became of it, once that is known."""
    without = sum(coverage.reasons.get(reason, 0) for reason in ("javascript_required", "empty"))
    if without and without >= coverage.done and not job.is_running:
        shells = (
            f"{without} of {counted(without + coverage.done, 'page')} {'holds' if without == 1 else 'hold'} no text "
            "without a browser: scripts would fill it in. Where Chromium, Chrome or Edge is installed beside "
            "docspasta-mcp, such pages are rendered (render auto); or look for an edition in Markdown, an llms.txt, an "
            "OpenAPI file or the manual's repository."
        )
        return [shells, *_notes_of(job, coverage)]
    return _notes_of(job, coverage)


def _notes_of(job: Job, coverage: Coverage) -> list[str]:
    if not coverage.is_seed_settled:
        return list(job.notes)
    own = [_fault(job, coverage.seed_fault).note(goes_on=coverage.done > 0)] if coverage.seed_fault else []
    return [*own, *(note for note in job.notes if not is_seed_note(note))]


def preview_of(seed_url: str, options: JobOptions, frontier: Frontier) -> StartedCrawl:
    """Return the answer to a dry run."""
    named: dict[str, set[Source]] = {}
    urls: dict[str, str] = {}
    for page in (*frontier.pages, *frontier.behind):
        named.setdefault(page_key(page.url), set()).update(page.sources)
        urls.setdefault(page_key(page.url), page.url)
    counts = Counter(source for sources in named.values() for source in sources)
    is_complete = any(counts[source] for source in _LISTS)
    if not is_complete:
        for url in frontier.linked:
            counts[Source.LINK] += page_key(url) not in urls
            urls.setdefault(page_key(url), url)
    more = [_AT_LEAST] if len(urls) > 1 and not is_complete else []
    if len(urls) > options.max_pages:
        more.append(
            f"max_pages is {options.max_pages}: a crawl would leave {len(urls) - options.max_pages} of them out."
        )
    preview = Preview(
        estimated_pages=len(urls),
        is_complete_list=is_complete,
        sample=list(urls.values())[:SAMPLE],
        sources={source.value: counts[source] for source in Source if counts[source]},
        left_out=dict(sorted(Counter(one.reason for one in frontier.left_out).items())),
        notes=[*frontier.notes, *more],
    )
    scope = frontier.scope
    return StartedCrawl(
        job_id="",
        state="dry_run",
        reused=False,
        seed_url=called(seed_url),
        scope=called(scope.origin + scope.prefix),
        scope_reason=scope.reason,
        max_pages=options.max_pages,
        preview=preview,
        next_step="To crawl this, ask again without the dry run; scope, include and exclude change it.",
        poll_after_seconds=0,
    )


def _warnings(job: Job, coverage: Coverage) -> list[str]:
    """Return what looks wrong with a job that has ended, each with the way out."""
    warnings: list[str] = []
    outside = coverage.left_out.get("outside", 0)
    in_scope = coverage.found - sum(coverage.reasons.get(reason, 0) for reason in (*NOT_THERE, "redirected"))
    is_alone = in_scope == 1 and not any(coverage.left_out.get(reason, 0) for reason in MISSING)
    if not job.is_running and coverage.done == 1 and is_alone and outside:
        warnings.append(
            f"Only one page lies in the scope, and its site has {outside:,} more outside it. "
            f"Crawl {called(job.seed_url)} with scope host for the whole host."
        )
    if (limited := coverage.left_out.get(NO_ROOM, 0)) and not job.is_running:  # some may find room yet
        warnings.append(
            f"{counted(limited, 'page')} or more found no room: max_pages is {job.options.max_pages}. "
            f"Crawl again with a larger one."
        )
    if (others := coverage.left_out.get(NOT_INCLUDED, 0)) and not job.is_running:
        warnings.append(
            f"{counted(others, 'page that include does not match was', 'pages that include does not match were')} not "
            "read for links to those that it does: such pages may take half of max_pages, "
            f"{job.options.max_pages}. If some are missing, start nearer to them or raise it."
        )
    for reason, (were, why) in _LEFT_OUT.items():
        if count := coverage.left_out.get(reason, 0):
            warnings.append(f"{counted(count, *were)} {why}")
    if coverage.left_out.get("hash_route", 0) and not any("#/" in note for note in job.notes):
        warnings.append("Links of the form #/… lead to pages that exist only in a browser; they were not rendered.")
    return warnings


def next_step(job: Job, *, done: int, seed_fault: SeedFault | None = None) -> str:
    """Return the cheapest call that leads a caller on; what went wrong is told by `reason` and `notes`, once."""
    if job.is_running:
        return words().wait.format(job=job.id)
    if job.state is JobState.FAILED or not done:
        return _way_out(job, seed_fault.reason if seed_fault else "")
    return words().ask.format(job=job.id)


def _way_out(job: Job, fault: str) -> str:
    """Return what may help where no page could be had; `fault` is why the first one could not."""
    again, another = words().crawl_again, words().crawl_another
    if job.reason.startswith(INCLUDES_NOTHING):
        return words().other_globs
    if job.state is JobState.CANCELLED:
        return f"It was cancelled before it had a page: {again} to have it."
    if fault in NOT_THERE or fault in ("dns", "invalid_url"):
        return f"Check the URL, then {again}."
    if fault in _PASSING or fault.startswith("http_5"):
        return sentence(f"{again} later: the site may answer then")
    if fault:
        return sentence(f"{another}: notes tell what stands in the way of this one")
    return sentence(f"{again} later, or {another}")


def reused_step(job: Job, asked_url: str, *, max_pages: int | None) -> str:
    """Return what leads on from a crawl that was there already, and that it began at another page, if it did.

    Args:
        job: the crawl.
        asked_url: the page that was named.
        max_pages: how many pages were asked for; with fewer than it was allowed, the named one is what is wanted.
    """
    step = next_step(job, done=0 if job.is_running else 1)
    if max_pages is not None and max_pages < job.options.max_pages:
        page = read_page(job.id, asked_url)
        step = f"This crawl may have more than {counted(max_pages, 'page')}. {page} {step}"
    if page_key(job.seed_url) == page_key(asked_url):
        return step
    return f"The crawl of {called(job.seed_url)} has the page that you named, or will have it. {step}"
