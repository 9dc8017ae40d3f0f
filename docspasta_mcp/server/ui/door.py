"""The page's door in the app of `serve`: its paths go to the page, and `/` does for those who ask for HTML."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class PageDoor:
    """Sends requests for the page to it, before anybody asks for a bearer token."""

    def __init__(self, app: ASGIApp, *, page: ASGIApp) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await (self._page if _is_the_page_s(scope) else self._app)(scope, receive, send)


def _is_the_page_s(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    if path == "/ui" or path.startswith("/ui/"):
        return True
    return path == "/" and "text/html" in Headers(scope=scope).get("accept", "").lower()
