"""A manual: its contents as a tree, and one page of it as a person and as an agent reads it."""

from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.document.render import page_text
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.pages import OwnerPages
from docspasta_mcp.model.job import Job
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import viewing, visitor_of
from docspasta_mcp.server.ui.markdown_html import Parsed, parse, to_html
from docspasta_mcp.server.ui.outline import branch, matching
from docspasta_mcp.server.ui.templates import is_fragment, show

VIEWS = ("page", "markdown", "both")


def manual_routes(desk: Desk) -> list[Route]:
    """Return the pages of a manual."""

    async def page(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        lines = await pages.outline(job)
        facts = await about(request, desk, pages, job)
        if not lines:
            return show(request, "empty.html", **facts, tab="read")
        wanted = request.path_params.get("number")
        index = 0 if wanted is None else next((at for at, line in enumerate(lines) if line.number == wanted), -1)
        if index < 0:
            raise InvalidRequest(f"This manual has no page {wanted}. Its contents list those that it has.")
        found = await pages.page(job, lines[index].number)
        parsed = await anyio.to_thread.run_sync(parse, found.markdown)
        body = await body_of(pages, job, parsed)
        view = request.query_params.get("view", "page")
        values: dict[str, Any] = {
            **facts, "tab": "read", "record": found.record, "body": body, "is_cut": parsed.is_cut,
            "markdown": page_text(found), "view": view if view in VIEWS else "page",
            "before": lines[index - 1] if index else None,
            "after": lines[index + 1] if index + 1 < len(lines) else None,
        }  # fmt: skip
        if is_fragment(request) and request.headers.get("hx-target") == "reader":
            return show(request, "_reader.html", is_fragment=True, **values)
        tree = branch(lines, 0, len(lines), current=index)
        return show(
            request, "manual.html", is_fragment=False, tree=tree, current=lines[index].number, words="", **values
        )

    async def tree(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        lines = await pages.outline(job)
        asked = request.query_params
        words = asked.get("words", "").strip()[:200]
        if words:
            found, count = matching(lines, words)
            name = "_matches.html" if is_fragment(request) else "contents.html"
            return show(request, name, job_id=job.id, words=words, found=found, count=count, current=0, nodes=None)
        first, stop = _bound(asked.get("from", "0"), len(lines)), _bound(asked.get("to", ""), len(lines))
        nodes = branch(lines, first, stop)
        name = "_tree.html" if is_fragment(request) else "contents.html"
        return show(request, name, job_id=job.id, words="", found=(), count=0, current=0, nodes=nodes)

    return [
        viewing("/ui/jobs/{id}", page),
        viewing("/ui/jobs/{id}/pages/{number:int}", page),
        viewing("/ui/jobs/{id}/contents", tree),
    ]


async def manual_of(request: Request, desk: Desk) -> tuple[OwnerPages, Job]:
    """Return the visitor's pages and the manual that the path names.

    Raises:
        JobNotFound: the visitor has no such manual.
    """
    pages = desk.pages(request)
    return pages, await pages.job(request.path_params["id"])


async def about(request: Request, desk: Desk, pages: OwnerPages, job: Job) -> dict[str, Any]:
    """Return what the head of each page of a manual tells."""
    card = await desk.library.card(visitor_of(request).owner, job.id, pages)
    return {"card": card, "status": card.status, "home": f"/ui/jobs/{job.id}"}


async def body_of(pages: OwnerPages, job: Job, parsed: Parsed) -> str:
    """Return a page's HTML; links to pages of this manual stay in it."""
    inside = [url for url in parsed.urls if url.startswith(("http://", "https://"))]
    numbers = await pages.numbers(job, inside)
    own = {url: f"/ui/jobs/{job.id}/pages/{number}" for url, number in numbers.items()}
    return await anyio.to_thread.run_sync(to_html, parsed, own)


def _bound(text: str, length: int) -> int:
    return min(int(text[:9]), length) if text.isdecimal() and text.isascii() else length
