"""What stands before every page: headers, the same origin for what changes anything, a session, a rate.

Closed unless opened: only what signing in needs can be had without a session. Forms are read in one place,
`changing`, which refuses those without the session's CSRF token.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docspasta_mcp.errors import CallerError
from docspasta_mcp.server.auth import CallRate
from docspasta_mcp.server.responses import read_body
from docspasta_mcp.server.ui.visitor import Sessions, Visitor
from docspasta_mcp.urls import origin_of
from docspasta_mcp.wording import AT_THE_DOOR, PAGE

SIGN_IN = "/ui/sign-in"
OPEN = (SIGN_IN, "/ui/enter")
STATIC = "/ui/static/"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "same-origin",  # with no-referrer, browsers send forms with Origin: null
    "vary": "Accept, Cookie, HX-Request",
}
_MAX_FIELDS = 200

Form = Mapping[str, str]
Handler = Callable[[Request], Awaitable[Response]]
FormHandler = Callable[[Request, Form], Awaitable[Response]]


class Refused(CallerError):
    """A request that this page did not make; `status` is its answer's."""

    code = "refused"
    status = 403


class NotHere(CallerError):
    """A path of the page that does not exist, or not for this visitor."""

    code = "not_found"
    status = 404


class TooOften(CallerError):
    """More requests a minute than one may make."""

    code = "rate_limited"
    status = 429


class PageGuard:
    """Lets through whoever may see the page, and sends others to the sign-in page."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, calls_per_minute: int, public_url: str | None) -> None:
        """Wrap the page.

        Args:
            app: the page.
            sessions: tell who may see what.
            calls_per_minute: requests of one visitor.
            public_url: where browsers find this server, whatever Host a proxy before it sends; None if only Host says.
        """
        self._app = app
        self._public_url = public_url
        self._public_origin = _as_browsers_write(public_url or "")
        self._sessions = sessions
        self._rate = CallRate(calls_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, name its visitor, and complete its answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        state = scope.setdefault("state", {})
        state["sessions"] = self._sessions
        state["public_url"] = self._public_url
        state["visitor"] = visitor = await self._sessions.visitor(request)
        state["refusal"] = self._refusal(request, visitor)
        door = AT_THE_DOOR.set(PAGE)
        try:
            if visitor is None and not _is_open(request.url.path) and state["refusal"] is None:
                await _to_sign_in(request)(scope, receive, complete)
            else:
                await self._app(scope, receive, complete)
        finally:
            AT_THE_DOOR.reset(door)

    def _is_from_here(self, headers: Headers) -> bool:
        """Tell whether a request comes from a page of this server, also through a proxy that sends another Host."""
        origin = headers.get("origin", "")
        return _is_same_origin(headers) or (origin != "" and origin == self._public_origin)

    def _refusal(self, request: Request, visitor: Visitor | None) -> CallerError | None:
        if request.method not in ("GET", "HEAD") and not self._is_from_here(request.headers):
            return Refused("This did not come from this server's own page. Reload the page and try again.")
        if visitor is not None and not request.url.path.startswith(STATIC):
            wait_s = self._rate.wait_s(visitor.owner)
            if wait_s:
                return TooOften(f"Too many requests this minute. Try again in {int(wait_s) + 1} s.")
        return None


def _as_browsers_write(url: str) -> str:
    """Return the origin of a URL as browsers write it: lower-case, without the port that goes without saying."""
    origin = origin_of(url).lower()
    return origin.removesuffix(":443" if origin.startswith("https:") else ":80")


def _is_same_origin(headers: Headers) -> bool:
    """Tell whether a browser says that a request comes from a page of the host that it goes to."""
    if origin := headers.get("origin"):
        return origin.partition("://")[2].lower() == headers.get("host", "").lower()
    return headers.get("sec-fetch-site") == "same-origin"


def visitor_of(request: Request) -> Visitor:
    """Return who makes a request that the guard has let through."""
    visitor: Visitor | None = request.state.visitor
    if visitor is None:
        raise Refused("Sign in first.")
    return visitor


def viewing(path: str, handler: Handler) -> Route:
    """Return the route of a page that only shows something."""

    async def checked(request: Request) -> Response:
        if request.state.refusal is not None:
            raise request.state.refusal
        return await handler(request)

    return Route(path, checked, methods=["GET"])


def changing(path: str, handler: FormHandler) -> Route:
    """Return the route of a form that changes something: from this page, with its session's CSRF token."""

    async def checked(request: Request) -> Response:
        if request.state.refusal is not None:
            raise request.state.refusal
        form = _form(await read_body(request))
        visitor: Visitor | None = request.state.visitor
        expected = visitor.csrf if visitor else request.state.sessions.open_csrf
        given = request.headers.get("x-csrf-token") or form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise Refused("This form is of another session. Reload the page and try again.")
        return await handler(request, form)

    return Route(path, checked, methods=["POST"])


def go_to(request: Request, path: str) -> Response:
    """Send the visitor to another page, also where htmx asked."""
    if request.headers.get("hx-request"):
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def _form(body: bytes) -> Form:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        raise Refused("The form cannot be read. Reload the page and try again.") from None


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request"):
        return Response(headers={"HX-Redirect": SIGN_IN})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response("event: leave\ndata: \n\n", media_type="text/event-stream")
    query = f"?{request.url.query}" if request.url.query else ""
    following = f"?next={quote(request.url.path + query)}" if request.method == "GET" else ""
    return RedirectResponse(SIGN_IN + following, 303)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(STATIC)
