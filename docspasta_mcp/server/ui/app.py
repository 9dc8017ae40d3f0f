"""The page as an app: its routes, its guard, its errors as pages."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from docspasta_mcp.errors import CallerError, JobNotFound, QueueError, QuotaExceeded, ResultNotReady
from docspasta_mcp.server.faults import fault_of
from docspasta_mcp.server.responses import TooLarge
from docspasta_mcp.server.ui.changes import changes_routes
from docspasta_mcp.server.ui.desk import Desk
from docspasta_mcp.server.ui.guard import HEADERS, PageGuard
from docspasta_mcp.server.ui.home import home_routes
from docspasta_mcp.server.ui.live import live_routes
from docspasta_mcp.server.ui.manual import manual_routes
from docspasta_mcp.server.ui.operating import OpenOperator, operating_routes
from docspasta_mcp.server.ui.report import report_routes
from docspasta_mcp.server.ui.search import search_routes
from docspasta_mcp.server.ui.sign_in import sign_in_routes
from docspasta_mcp.server.ui.templates import STATIC, StaticPages, is_fragment, show
from docspasta_mcp.server.ui.upkeep import Check, SchedulesOf, upkeep_routes
from docspasta_mcp.server.ui.visitor import Sessions

if TYPE_CHECKING:
    from docspasta_mcp.hosts.launch import Launch
    from docspasta_mcp.jobs.service import OwnerJobs
    from docspasta_mcp.store import Store


def create_page(
    store: "Store",
    owner_jobs: "Callable[[str], OwnerJobs]",
    sessions: Sessions,
    *,
    calls_per_minute: int,
    public_url: str | None,
    open_operator: OpenOperator,
    schedules_of: SchedulesOf,
    check: Check,
    program: "Launch | None" = None,
) -> Starlette:
    """Return the page.

    Args:
        store: where the manuals are.
        owner_jobs: returns the jobs of an owner.
        sessions: tell who may see what.
        calls_per_minute: requests of one visitor.
        public_url: where browsers find it, whatever Host a proxy sends; None if only Host says.
        open_operator: connects to the queue, for operators.
        schedules_of: returns the schedules of an owner.
        check: runs the checks of `doctor` on this process.
        program: serves agents, where this server does not; None if it does.
    """
    desk = Desk(store, owner_jobs)
    routes = [
        *sign_in_routes(sessions),
        *home_routes(desk),
        *live_routes(desk),
        *manual_routes(desk),
        *search_routes(desk),
        *report_routes(desk, program),
        *changes_routes(desk),
        *operating_routes(store, open_operator),
        *upkeep_routes(store, schedules_of, check),
        Mount("/ui/static", StaticPages(directory=STATIC)),
    ]
    errors: dict[Any, Any] = {CallerError: _caller_error, HTTPException: _http_error, TooLarge: _too_large}
    errors |= {QueueError: _queue_error, Exception: _unexpected}
    guard = Middleware(PageGuard, sessions=sessions, calls_per_minute=calls_per_minute, public_url=public_url)
    return Starlette(routes=routes, middleware=[guard], exception_handlers=errors)


def _caller_error(request: Request, error: Exception) -> Response:
    status = getattr(error, "status", 400)
    if isinstance(error, JobNotFound):
        return _error_page(request, 404, "There is no such manual here. It may have been deleted.")
    if isinstance(error, ResultNotReady | QuotaExceeded):
        status = 409 if isinstance(error, ResultNotReady) else 429
    return _error_page(request, status, str(error))


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    text = "There is no such page here." if status == 404 else f"{request.method} does not work here."
    return _error_page(request, status, text)


def _queue_error(request: Request, error: Exception) -> Response:
    return _error_page(request, 503, f"{error} Another process takes over within about a second: try again.")


def _unexpected(request: Request, error: Exception) -> Response:
    """Answer from outside the guard, whose headers other answers get; Starlette then raises the error for the log."""
    fault = fault_of(error)
    answer = _error_page(request, fault.status, fault.words)
    answer.headers.update(HEADERS)
    return answer


def _too_large(request: Request, _error: Exception) -> Response:
    return _error_page(request, 413, "The form is too large. Shorten what you have entered.")


def _error_page(request: Request, status: int, text: str) -> Response:
    """Answer an error as a page, or in the place of the fragment that was asked for, where htmx only takes a 200."""
    if is_fragment(request):
        return show(request, "_problem.html", problem=text)
    return show(request, "problem.html", status, problem=text)
