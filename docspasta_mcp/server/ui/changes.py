"""Changes: two crawls of a manual beside each other, and what changed on each page, word by word."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.changes import Comparison, compare, earlier_editions, page_change
from docspasta_mcp.jobs.pages import ContentsLine, OwnerPages
from docspasta_mcp.model.job import Job
from docspasta_mcp.model.manual import Edition
from docspasta_mcp.runtime.bounded_cache import BoundedCache
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import viewing
from docspasta_mcp.server.ui.manual import about, manual_of
from docspasta_mcp.server.ui.templates import is_fragment, show

_A_PAGE = 200  # lines of each list that are shown at once
_KEPT = 16


def changes_routes(desk: Desk) -> list[Route]:
    """Return the page that compares two crawls, and the fragment for one page of the manual."""
    kept = BoundedCache[tuple[object, ...], Comparison](_KEPT)

    async def compared(pages: OwnerPages, job: Job, before: Job) -> Comparison:
        """Return the comparison of two crawls that have ended, and so change no more."""
        key = (job.id, job.corpus_hash, job.finished_at, before.id, before.corpus_hash, before.finished_at)
        found = kept.get(key)
        if found is None:
            found = await compare(desk.store, pages, job, before)
            kept.put(key, found)
        return found

    async def changes(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        facts = await about(request, desk, pages, job)
        editions = await earlier_editions(desk.store, job)
        before = await _chosen(request, pages, editions)
        found, problem = None, ""
        if before is not None:
            try:
                found = await compared(pages, job, before)
            except InvalidRequest as error:
                problem = str(error)
        manual = await desk.jobs(request).library.holding(job.id)
        values: dict[str, Any] = {
            "crawls": manual.editions,
            "editions": editions,
            "before": before,
            "problem": problem,
            **_shown(found, request),
        }
        return show(request, "changes.html", **facts, tab="changes", found=found, **values)

    async def change(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        before = await _chosen(request, pages, await earlier_editions(desk.store, job))
        if before is None:
            raise InvalidRequest("No earlier crawl of this manual is stored to compare this page with.")
        one = await page_change(pages, job, before, request.path_params["number"])
        if is_fragment(request):
            return show(request, "_change.html", change=one)
        facts = await about(request, desk, pages, job)
        return show(request, "change.html", **facts, tab="changes", before=before, change=one)

    return [
        viewing("/ui/jobs/{id}/changes", changes),
        viewing("/ui/jobs/{id}/changes/{number:int}", change),
    ]


async def _chosen(request: Request, pages: OwnerPages, editions: Sequence[Edition]) -> Job | None:
    """Return the earlier crawl that the address names, else the newest; None if there is none."""
    wanted = request.query_params.get("since", "")
    if not wanted:
        return await pages.job(editions[0].job_id) if editions else None
    if wanted not in {one.job_id for one in editions}:
        raise InvalidRequest(f"{wanted!r:.40} is not an earlier crawl of this manual. Its Changes page lists those.")
    return await pages.job(wanted)


def _shown(found: Comparison | None, request: Request) -> dict[str, Any]:
    """Return the lines of each list that one page shows, and the number of the next page if there are more."""
    asked = request.query_params.get("page", "")
    number = max(1, int(asked[:6])) if asked.isdecimal() and asked.isascii() else 1
    lists: dict[str, Sequence[ContentsLine]] = {name: getattr(found, name) if found else () for name in _LISTS}
    first = (number - 1) * _A_PAGE
    has_more = any(len(lines) > first + _A_PAGE for lines in lists.values())
    shown = {name: lines[first : first + _A_PAGE] for name, lines in lists.items()}
    return {"shown": shown, "first": first, "following": number + 1 if has_more else 0}


_LISTS = ("added", "changed", "removed")
