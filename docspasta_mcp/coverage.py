"""The coverage report: what a crawl found by which source, what became of it, and what was left out."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from docspasta_mcp.models import LeftOut, PageRecord, PageState
from docspasta_mcp.reports import JobStatus

EXAMPLES = 5  # URLs shown for each reason
_WHY = {
    "outside": "outside the scope",
    "excluded": "named by an exclude pattern",
    "translation": "in another language",
    "version": "of another version",
    "blog": "blog",
    "changelog": "changelog that no navigation shows",
    "print": "print or all-in-one page",
    "listing": "search page",
    "source": "source listing",
    "trap": "endless space: repeated path, calendar, queries",
    "page_limit": "no room within max_pages",
    "depth_limit": "deeper than max_depth",
    "hash_route": "a route in a browser application",
}


def coverage_report(status: JobStatus, records: Sequence[PageRecord], left_out: Sequence[LeftOut]) -> str:
    """Return the report as Markdown.

    Args:
        status: the job's.
        records: all its pages.
        left_out: URLs that were met and not crawled.
    """
    by_reason: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in records:
        if record.reason:
            by_reason[record.state.value, record.reason].append(record.url)
    outside: defaultdict[str, list[str]] = defaultdict(list)
    for one in left_out:
        outside[one.reason].append(one.url)
    lines = [
        f"# Coverage of {status.scope}",
        "",
        f"Job {status.job_id}, {status.state}. Scope: {status.scope_reason}.",
        "",
        f"- in the document: {status.done} pages, about {status.tokens:,} tokens",
        f"- still to come: {status.pending}",
        f"- skipped: {status.skipped}, failed: {status.failed}",
        f"- estimated missing: {status.estimated_missing}",
        *_languages(records),
        *(f"- note: {note}" for note in status.notes),
        "",
        "## Found by",
        "",
        *(f"- {source}: {count}" for source, count in status.sources.items()),
    ]
    for state, title in ((PageState.SKIPPED, "Skipped"), (PageState.FAILED, "Failed")):
        groups = {reason: urls for (kind, reason), urls in by_reason.items() if kind == state.value}
        lines += _groups(title, groups, {})
    lines += _groups("Left out", outside, _WHY)
    return "\n".join(lines) + "\n"


def _languages(records: Sequence[PageRecord]) -> list[str]:
    """Return a line on the languages that pages of the document give themselves, if any does."""
    counts = Counter(record.language for record in records if record.state is PageState.DONE and record.language)
    return ["- languages: " + ", ".join(f"{tag} {count}" for tag, count in counts.most_common())] if counts else []


def _groups(title: str, groups: dict[str, list[str]], why: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for reason, urls in sorted(groups.items()):
        meaning = f" ({why[reason]})" if reason in why else ""
        shown = ", ".join(urls[:EXAMPLES]) + (", …" if len(urls) > EXAMPLES else "")
        lines.append(f"- {reason}{meaning}: {len(urls)}, as {shown}")
    return ["", f"## {title}", "", *lines] if lines else []
