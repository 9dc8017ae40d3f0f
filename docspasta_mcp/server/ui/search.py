"""Search in a manual or in all: the passages that answer a question best, as an agent gets them for a budget."""

from collections.abc import Sequence
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docspasta_mcp.document.slices import DEFAULT_TOKENS, MAX_TOKENS, MIN_TOKENS
from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import viewing
from docspasta_mcp.server.ui.manual import about, body_of, manual_of
from docspasta_mcp.server.ui.markdown_html import Parsed, parse, to_html
from docspasta_mcp.server.ui.marked import mark
from docspasta_mcp.server.ui.templates import is_fragment, show

_NO_LINKS: dict[str, str] = {}  # of pages of several manuals, each leads to its site
_BUDGETS = (2_000, 8_000, 20_000)


def search_routes(desk: Desk) -> list[Route]:
    """Return the pages that search a manual and all of them."""

    async def search(request: Request) -> Response:
        pages, job = await manual_of(request, desk)
        facts = await about(request, desk, pages, job)
        query = request.query_params.get("query", "").strip()[:500]
        budget = _budget(request.query_params.get("budget", ""))
        values: dict[str, Any] = {**facts, "tab": "search", "query": query, "budget": budget, "budgets": _BUDGETS}
        answer, problem = None, ""
        if query:
            try:
                answer = await desk.jobs(request).result(job.id, choice=Choice(query=query), max_tokens=budget)
            except InvalidRequest as error:
                problem = str(error)
        body = ""
        if answer is not None:
            parsed = await anyio.to_thread.run_sync(_passages, answer.text, query, [facts["card"].language])
            body = await body_of(pages, job, parsed)
        name = "_found.html" if is_fragment(request) else "search.html"
        return show(request, name, answer=answer, body=body, problem=problem, **values)

    async def search_all(request: Request) -> Response:
        query = request.query_params.get("query", "").strip()[:500]
        budget = _budget(request.query_params.get("budget", ""))
        answer, problem, body = None, "", ""
        if query:
            try:
                answer = await desk.jobs(request).library.search(query, max_tokens=budget)
            except InvalidRequest as error:
                problem = str(error)
        if answer is not None and answer.shown:
            languages = [manual.tongue for manual in answer.manuals]
            parsed = await anyio.to_thread.run_sync(_passages, answer.text, query, languages)
            body = await anyio.to_thread.run_sync(to_html, parsed, _NO_LINKS)
        values: dict[str, Any] = {"query": query, "budget": budget, "budgets": _BUDGETS}
        name = "_library_found.html" if is_fragment(request) else "library_search.html"
        return show(request, name, answer=answer, body=body, problem=problem, **values)

    return [viewing("/ui/search", search_all), viewing("/ui/jobs/{id}/search", search)]


def _passages(text: str, query: str, languages: Sequence[str]) -> Parsed:
    parsed = parse(f"# \n{text}")
    mark(parsed.tokens, query, languages)
    return parsed


def _budget(text: str) -> int:
    wanted = int(text[:9]) if text.isdecimal() and text.isascii() else DEFAULT_TOKENS
    return min(max(wanted, MIN_TOKENS), MAX_TOKENS)
