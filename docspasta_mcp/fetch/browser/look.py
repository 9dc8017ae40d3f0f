"""What is done in a page: wait until it stands still, open what is closed, and take its HTML.

Our script runs in an isolated world of the page (Chrome DevTools Protocol): it sees the same document, and none of
the objects that the page may have changed.
"""

import json
import time
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import anyio

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.browser.devtools import DevtoolsError, Session

QUIET_S = 0.15  # without a change of the main content and without a request under way
IDLE_QUIET_S = 0.04  # the same where the page has no timer, worker or open connection either
EMPTY_QUIET_S = 2.0  # the same for a page that shows next to nothing yet
LITTLE_QUIET_S = 0.5  # the same where that is little but not nothing, and the page has no timer or the like
OPENING_S = 6.0  # for everything that is opened by a click
ENOUGH = 200  # characters of text from which a page counts as filled, as in our script
MAX_LOADS = 8  # documents that a page may load in place of itself; more is a loop
MAX_FAULTS = 8  # of our script, on a document that it does not understand, or that is only half there
PATIENCE_S = 4.0  # for a request that does not end while nothing else happens: it may be a stream
_QUIET = json.dumps(
    {
        "any": QUIET_S * 1000,
        "idle": IDLE_QUIET_S * 1000,
        "empty": EMPTY_QUIET_S * 1000,
        "little": LITTLE_QUIET_S * 1000,
    }
)
_UNCOUNTED = ("Image", "Media", "Font", "WebSocket", "EventSource", "Ping", "Manifest", "TextTrack", "Prefetch")


@cache
def _script() -> str:
    return files("docspasta_mcp.fetch.browser").joinpath("page.js").read_text("utf-8")


class Shown(NamedTuple):
    """Where a page is, and how many characters its content has."""

    url: str
    text: int


class Taken(NamedTuple):
    """Where a page was when it was taken, and its HTML."""

    url: str
    html: str


class Look:
    """A look at one page, from before it is loaded."""

    def __init__(self, session: Session, frame: str, *, still_s: float) -> None:
        """Prepare, and watch the page's requests.

        Args:
            session: with an empty page.
            frame: id of the page's frame, which is that of its target.
            still_s: when the page is taken as it is, at the latest.
        """
        self._session = session
        self._frame = frame
        self._still_s = still_s
        self._world: int | None = None
        self._loads = 0
        self._faults = 0
        self._under_way: set[str] = set()
        self._changed_at = 0.0  # when the last request began or ended
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._ended)
        session.on("Network.loadingFailed", self._ended)

    def _asked(self, event: dict[str, Any]) -> None:
        if event.get("type") not in _UNCOUNTED:
            self._changed_at = time.monotonic()
            self._under_way.add(event["requestId"])

    def _ended(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._under_way:
            self._changed_at = time.monotonic()
            self._under_way.discard(event["requestId"])

    async def wait(self) -> Shown:
        """Wait until the main content has stood still and nothing is being loaded, or the time is up.

        Raises:
            PageRefused: it loads itself again and again.
        """
        end = time.monotonic() + self._still_s
        quiet_since = time.monotonic()
        shown = Shown("", -1)
        while (left_s := end - time.monotonic()) > 0:
            found = await self._run(f"still({_QUIET}, {left_s * 1000})")
            if found is None:
                continue
            if found["text"] != shown.text:
                quiet_since = time.monotonic()
            shown = Shown(found["url"], found["text"])
            now = time.monotonic()
            quiet_s = IDLE_QUIET_S if found["isIdle"] else QUIET_S
            if now - self._changed_at >= quiet_s and (not self._under_way or now - quiet_since > PATIENCE_S):
                break
        return shown

    async def take(self, max_chars: int, *, opens: bool) -> Taken | None:
        """Take the page; None if what was opened led away from it.

        Args:
            max_chars: of its HTML.
            opens: whether tabs, accordions and disclosures are opened whose content is not there before.

        Raises:
            PageRefused: it is too long, or never the same document for long enough.
        """
        bound_ms = OPENING_S * 1000 if opens else 0
        for _ in range(MAX_LOADS):
            found = await self._run(f"take({bound_ms}, {max_chars})")
            if found is None or found["isElsewhere"]:
                if opens:
                    return None
            elif found["html"] is None:
                raise PageRefused("too_large", f"Rendered, the page is longer than {max_chars:,} characters.")
            else:
                return Taken(found["url"], found["html"])
        raise PageRefused("redirect_loop", "The page loads itself again and again.")

    async def _run(self, call: str) -> Any:
        """Run a function of our script in the page; None if its document was replaced meanwhile, or it failed there.

        Raises:
            PageRefused: that has happened too often.
        """
        try:
            if self._world is None:
                made = await self._session.send("Page.createIsolatedWorld", frameId=self._frame, worldName="docspasta")
                self._world = made["executionContextId"]
                call = f"(globalThis.docspasta = {_script()}).{call}"
            else:
                call = f"docspasta.{call}"
            answer = await self._session.send(
                "Runtime.evaluate", expression=call, contextId=self._world, awaitPromise=True, returnByValue=True
            )
        except DevtoolsError as error:
            if "context" not in str(error).lower() and "navigated" not in str(error):
                raise
            self._world = None
            self._loads += 1
            if self._loads > MAX_LOADS:
                raise PageRefused("redirect_loop", "The page loads itself again and again.") from error
            await anyio.sleep(0.05)
            return None
        if "exceptionDetails" not in answer:
            return answer["result"].get("value")
        self._faults += 1
        if self._faults > MAX_FAULTS:
            said = answer["exceptionDetails"]["text"]
            raise PageRefused("render_failed", "The browser could not read the page.", said=said)
        await anyio.sleep(0.05)
        return None
