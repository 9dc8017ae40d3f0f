"""Speak the Chrome DevTools Protocol: with the browser through Playwright, and with each page through the browser.

Playwright starts the browser and carries the messages. Pages are opened here: those that it opens are windows with tabs
and buttons, which take the browser three times the CPU of a page that no window shows.
"""

import asyncio
import contextlib
import inspect
import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession

Handler = Callable[[dict[str, Any]], Coroutine[Any, Any, None] | None]
_ONE_EVENT = inspect.Signature([inspect.Parameter("event", inspect.Parameter.POSITIONAL_ONLY)])
_GONE = "The page or its browser is gone."


class DevtoolsError(Exception):
    """The browser says no, or is gone."""


class PageSession:
    """A session with one page."""

    def __init__(self, session_id: str, forward: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        self.id = session_id
        self._forward = forward
        self._count = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._handlers: dict[str, list[Handler]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    def on(self, event: str, handler: Handler) -> None:
        """Call a handler for each event of this name."""
        self._handlers.setdefault(event, []).append(handler)

    async def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its answer.

        Raises:
            DevtoolsError: the browser says no, or the page is gone.
        """
        if not self._is_open:
            raise DevtoolsError(_GONE)
        self._count += 1
        number, answer = self._count, asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._forward(json.dumps({"id": number, "method": method, "params": parameters}))
            found = await answer
        finally:
            self._waiting.pop(number, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # it counts as seen, though the command could not even be sent
        if "error" in found:
            raise DevtoolsError(f"{method}: {found['error'].get('message', '')}")
        return cast("dict[str, Any]", found["result"])

    def receive(self, message: str) -> None:
        """Take a message of the page's."""
        found: dict[str, Any] = json.loads(message)
        if "id" in found:
            answer = self._waiting.get(found["id"])
            if answer is not None and not answer.done():
                answer.set_result(found)
            return
        for handler in self._handlers.get(found["method"], ()):
            if (work := handler(found.get("params", {}))) is not None:
                task = asyncio.get_running_loop().create_task(_quietly(work))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Let nobody wait any longer, and stop what handlers do."""
        self._is_open = False
        for task in self._tasks:
            task.cancel()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(DevtoolsError(_GONE))


class BrowserSession:
    """The session with a browser, and those with its pages."""

    def __init__(self, session: "CDPSession") -> None:
        self._session = session
        self._pages: dict[str, PageSession] = {}
        self.on("Target.receivedMessageFromTarget", self._receive)
        self.on("Target.detachedFromTarget", self._detached)

    @classmethod
    async def of(cls, browser: "Browser") -> "BrowserSession":
        """Return a session with a browser.

        Raises:
            playwright.async_api.Error: it is gone.
        """
        found = cls(await browser.new_browser_cdp_session())
        browser.on("disconnected", lambda _: found.close())
        return found

    def on(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Call a handler for each event of this name."""

        def call(found: dict[str, Any]) -> None:
            handler(found)

        call.__signature__ = _ONE_EVENT  # type: ignore[attr-defined]  # Playwright looks at it each time: this is cheap
        cast("Any", self._session).on(event, call)

    async def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its answer.

        Raises:
            DevtoolsError: the browser says no, or is gone.
        """
        from playwright.async_api import Error  # noqa: PLC0415  # an extra

        try:
            return await cast("Any", self._session).send(method, parameters)
        except Error as error:
            raise DevtoolsError(str(error)) from error

    async def attach(self, target: str) -> PageSession:
        """Return a session with a page.

        Raises:
            DevtoolsError: it is gone.
        """
        attached = await self.send("Target.attachToTarget", targetId=target)
        session_id: str = attached["sessionId"]

        async def forward(message: str) -> None:
            await self.send("Target.sendMessageToTarget", sessionId=session_id, message=message)

        page = self._pages[session_id] = PageSession(session_id, forward)
        return page

    def detach(self, page: PageSession) -> None:
        """Forget a page's session."""
        page.close()
        self._pages.pop(page.id, None)

    def close(self) -> None:
        """Let nobody wait for an answer any longer."""
        for page in list(self._pages.values()):
            self.detach(page)

    def _receive(self, event: dict[str, Any]) -> None:
        if (page := self._pages.get(event["sessionId"])) is not None:
            page.receive(event["message"])

    def _detached(self, event: dict[str, Any]) -> None:
        if (page := self._pages.get(event["sessionId"])) is not None:
            self.detach(page)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(DevtoolsError):  # the page is gone
        await work
