"""Sign in with an access token, enter by the link that `docspasta-mcp ui` opens, sign out."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from docspasta_mcp.server.auth import CallRate
from docspasta_mcp.server.ui.guard import SIGN_IN, Form, changing, go_to, viewing
from docspasta_mcp.server.ui.templates import show
from docspasta_mcp.server.ui.visitor import SESSION_S, Sessions, cookie_name

_TRIES = 20  # a minute from one address: a person's slips, not a program's guesses


def sign_in_routes(sessions: Sessions) -> list[Route]:
    """Return the pages that open and end a session."""
    tries = CallRate(_TRIES)

    async def form(request: Request) -> Response:
        return show(request, "sign_in.html", problem="", following=_following(request.query_params.get("next", "")),
                    takes_tokens=sessions.takes_tokens)  # fmt: skip

    async def sign_in(request: Request, form: Form) -> Response:
        following = _following(form.get("next", ""))
        wait_s = tries.wait_s(request.client.host if request.client else "")
        session = None if wait_s else await sessions.sign_in(form.get("token", "").strip())
        if session is None:
            problem = (
                f"Too many tries. Wait {int(wait_s) + 1} s."
                if wait_s
                else "This is not an access token of this server, or it was revoked or has expired. "
                "Its operator makes one with: docspasta-mcp token create NAME"
            )
            return show(request, "sign_in.html", 429 if wait_s else 401, problem=problem, following=following,
                        takes_tokens=sessions.takes_tokens)  # fmt: skip
        return _with_session(RedirectResponse(following, 303), request, session)

    async def enter(request: Request) -> Response:
        session = sessions.enter(request.query_params.get("key", ""))
        if session is None:
            problem = "This link has been used or is of another start. Run docspasta-mcp ui again for a new one."
            return show(request, "sign_in.html", 403, problem=problem, following="/",
                        takes_tokens=sessions.takes_tokens)  # fmt: skip
        return _with_session(RedirectResponse("/", 303), request, session)

    async def sign_out(request: Request, _form: Form) -> Response:
        answer = go_to(request, SIGN_IN)
        answer.delete_cookie(cookie_name(request), path="/")
        return answer

    return [
        viewing(SIGN_IN, form),
        changing(SIGN_IN, sign_in),
        viewing("/ui/enter", enter),
        changing("/ui/sign-out", sign_out),
    ]


def _with_session(answer: Response, request: Request, session: str) -> Response:
    answer.set_cookie(
        cookie_name(request),
        session,
        max_age=int(SESSION_S),
        path="/",
        secure=_is_https(request),
        httponly=True,
        samesite="strict",
    )
    return answer


def _is_https(request: Request) -> bool:
    """Tell whether the browser speaks TLS, to us or to the proxy before us: its Origin or Referer says so."""
    named = request.headers.get("origin") or request.headers.get("referer") or ""
    return request.url.scheme == "https" or named.startswith("https://")


def _following(path: str) -> str:
    """Return where to go after signing in: a path of this server, never another site's."""
    parts = urlsplit(path)
    is_ours = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_ours and path.isprintable() and (path == "/" or path.startswith(("/ui/", "/?"))) else "/"
