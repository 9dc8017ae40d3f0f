"""The coverage report: what a crawl found by which source, what became of it, and what was left out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from docspasta_mcp.errors import JobNotFound
from docspasta_mcp.jobs.status import JobStatus, job_status
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.frontier import LeftOut
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.page import PageState
from docspasta_mcp.store import Group, Store

EXAMPLES = 5  # URLs shown for each reason
LEFT_OUT_WHY = {
    "outside": "outside the scope",
    "excluded": "named by an exclude pattern",
    "translation": "in another language",
    "version": "of another version",
    "blog": "blog",
    "changelog": "changelog that no navigation shows",
    "print": "print or all-in-one page",
    "listing": "search page, or list of names",
    "source": "source listing",
    "action": "what can be done with a page of a wiki: edit it, compare it, see its past",
    "trap": "endless space: repeated path, calendar, queries",
    "page_limit": "no room within max_pages",
    "not_included": "not matched by include, and no room to look for links on it",
    "depth_limit": "deeper than max_depth",
    "nofollow": "linked with rel=nofollow alone",
    "other_host": "on another host",
    "file": "file that the setting `files` leaves out",
    "archive": "archive within the folder: crawl it by itself",
    "unreadable": "file whose name is not UTF-8, or has characters that do not print: rename it",
    "missing_extra": "file that docspasta-mcp[files] reads: install it with pip",
    "hash_route": "a route in a browser application, where no browser renders",
}


async def read_coverage(store: Store, job: Job) -> str:
    """Return a job's coverage report; see `coverage_report`.

    Raises:
        JobNotFound: the job has been deleted meanwhile.
    """
    found = await store.jobs.progress(job.id, owner=job.owner)
    if found is None:
        raise JobNotFound(job.id)
    groups = await store.documents.examples(job.id, limit=EXAMPLES)
    left_out = await store.documents.left_out(job.id)
    languages = await store.documents.languages(job.id)
    return coverage_report(job_status(*found, now=store.clock()), groups, left_out, languages)


def coverage_report(
    status: JobStatus, groups: Sequence[Group], left_out: Sequence[LeftOut], languages: Mapping[str, int]
) -> str:
    """Return the report as Markdown.

    Args:
        status: the job's.
        groups: its pages that are not in the document, by reason.
        left_out: URLs that were met and not crawled.
        languages: how many pages of the document give themselves which language.
    """
    spoken = ", ".join(f"{tag} {count}" for tag, count in languages.items())
    outside: defaultdict[str, list[str]] = defaultdict(list)
    for one in left_out:
        outside[one.reason].append(one.url)
    lines = [
        f"# Coverage of {status.scope}",
        "",
        f"Job {status.job_id}, {status.state}. Scope: {status.scope_reason}.",
        "",
        f"- in the document: {counted(status.done, 'page')}, about {status.tokens:,} tokens",
        f"- still to come: {status.pending}",
        f"- skipped: {status.skipped}, failed: {status.failed}",
        f"- estimated missing: {status.estimated_missing}",
        *([f"- languages: {spoken}"] if spoken else []),
        *(f"- note: {note}" for note in status.notes),
        "",
        "## Found by",
        "",
        *(f"- {source}: {count}" for source, count in status.sources.items()),
    ]
    for state, title in ((PageState.SKIPPED, "Skipped"), (PageState.FAILED, "Failed")):
        lines += _groups(title, [group for group in groups if group.state is state], {})
    met = [Group(PageState.SKIPPED, reason, len(urls), urls[:EXAMPLES]) for reason, urls in sorted(outside.items())]
    lines += _groups("Left out", met, LEFT_OUT_WHY)
    return "\n".join(lines) + "\n"


def _groups(title: str, groups: Sequence[Group], why: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for group in groups:
        meaning = f" ({why[group.reason]})" if group.reason in why else ""
        shown = ", ".join(group.urls) + (", …" if group.size > len(group.urls) else "")
        lines.append(f"- {group.reason}{meaning}: {group.size}, as {shown}")
    return ["", f"## {title}", "", *lines] if lines else []
