"""What is done in a page: wait until it stands still, open what is closed, and take its HTML.

Our script runs in an isolated world of the page (Chrome DevTools Protocol): it sees the same document, and none of
the objects that the page may have changed.
"""

import contextlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import anyio

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.browser.devtools import send

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

QUIET_S = 0.15  # without a change of the main content and without a request under way
EMPTY_QUIET_S = 2.0  # the same for a page that shows next to nothing yet
OPENING_S = 6.0  # for everything that is opened by a click
MAX_LOADS = 8  # documents that a page may load in place of itself; more is a loop
PATIENCE_S = 4.0  # for a request that does not end while nothing else happens: it may be a stream
_UNCOUNTED = ("Image", "Media", "Font", "WebSocket", "EventSource", "Ping", "Manifest", "TextTrack", "Prefetch")
_UNLOADED = ("Image", "Media", "Font")
_OPEN_SHADOWS = """
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) { return attach.call(this, {...init, mode: "open"}); };
delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection; delete window.WebTransport;
"""


@cache
def _script() -> str:
    return files("docspasta_mcp.fetch.browser").joinpath("page.js").read_text("utf-8")


class Look:
    """A look at one page, from before it is loaded."""

    def __init__(self, page: "Page", session: "CDPSession", *, still_s: float) -> None:
        """Prepare.

        Args:
            page: an empty one.
            session: to the page.
            still_s: when the page is taken as it is, at the latest.
        """
        self._page = page
        self._session = session
        self._still_s = still_s
        self._world: int | None = None
        self._loads = 0
        self._under_way: set[str] = set()
        self._changes = 0  # requests that began or ended

    async def begin(self) -> None:
        """Watch the page's requests and prepare its documents."""
        on: Any = self._session.on
        on("Network.requestWillBeSent", self._asked)
        on("Network.loadingFinished", self._ended)
        on("Network.loadingFailed", self._ended)
        on("Fetch.requestPaused", self._refuse)
        await send(self._session, "Network.enable")
        await send(self._session, "Fetch.enable", patterns=[{"resourceType": kind} for kind in _UNLOADED])
        await self._page.add_init_script(_OPEN_SHADOWS)

    def _asked(self, event: dict[str, Any]) -> None:
        if event.get("type") not in _UNCOUNTED:
            self._changes += 1
            self._under_way.add(event["requestId"])

    def _ended(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._under_way:
            self._changes += 1
            self._under_way.discard(event["requestId"])

    async def _refuse(self, asked: dict[str, Any]) -> None:
        with contextlib.suppress(Exception):  # the page is gone
            await send(self._session, "Fetch.failRequest", requestId=asked["requestId"], errorReason="BlockedByClient")

    async def wait(self) -> None:
        """Wait until the main content has stood still and nothing is being loaded, or the time is up.

        Raises:
            PageRefused: it loads itself again and again.
        """
        end = anyio.current_time() + self._still_s
        quiet_since, text = anyio.current_time(), -1
        while (left_s := end - anyio.current_time()) > 0:
            changes = self._changes
            bounds = f"{QUIET_S * 1000}, {EMPTY_QUIET_S * 1000}, {left_s * 1000}"
            found = cast("dict[str, Any] | None", await self._run(f"still({bounds})"))
            if found is None:
                continue
            if found["text"] != text:
                text, quiet_since = found["text"], anyio.current_time()
            is_stream = anyio.current_time() - quiet_since > PATIENCE_S
            if changes == self._changes and (not self._under_way or is_stream):
                return

    async def open(self) -> None:
        """Open tabs, accordions and disclosures whose content is not there before."""
        await self._run(f"open({OPENING_S * 1000})")

    async def html(self, max_chars: int) -> str:
        """Return the page as HTML.

        Raises:
            PageRefused: it is too long, or never the same document for long enough.
        """
        for _ in range(MAX_LOADS):
            before = self._loads
            found = await self._run(f"html({max_chars})")
            if isinstance(found, str):
                return found
            if self._loads == before:
                raise PageRefused("too_large", f"Rendered, the page is longer than {max_chars:,} characters.")
        raise PageRefused("redirect_loop", "The page loads itself again and again.")

    async def _run(self, call: str) -> Any:
        """Run a function of our script in the page; None if its document was replaced meanwhile.

        Raises:
            PageRefused: that has happened too often.
        """
        from playwright.async_api import Error  # noqa: PLC0415  # an extra

        try:
            if self._world is None:
                tree = await send(self._session, "Page.getFrameTree")
                frame = tree["frameTree"]["frame"]["id"]
                made = await send(self._session, "Page.createIsolatedWorld", frameId=frame, worldName="docspasta")
                self._world = made["executionContextId"]
            answer = await send(
                self._session,
                "Runtime.evaluate",
                expression=f"{_script()}.{call}",
                contextId=self._world,
                awaitPromise=True,
                returnByValue=True,
            )
            return answer["result"].get("value")
        except Error as error:
            if "context" not in str(error).lower() and "navigated" not in str(error):
                raise
        self._world = None
        self._loads += 1
        if self._loads > MAX_LOADS:
            raise PageRefused("redirect_loop", "The page loads itself again and again.")
        await anyio.sleep(0.05)
        return None
