"""Speak the Chrome DevTools Protocol with a browser and its pages: commands with answers, and events."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine
from typing import Any, cast

from docspasta_mcp.fetch.browser.pipes import Pipes

Handler = Callable[[dict[str, Any]], Coroutine[Any, Any, None] | None]
_GONE = "The page or its browser is gone."


class DevtoolsError(Exception):
    """The browser says no, or is gone."""


class Session:
    """A session with a browser, or with one of its pages."""

    def __init__(self, session_id: str, forward: Callable[[dict[str, Any]], asyncio.Future[dict[str, Any]]]) -> None:
        """Open a session that sends its commands with `forward`.

        Args:
            session_id: empty for the browser's own.
            forward: sends a command, and returns what will be its answer.
        """
        self.id = session_id
        self._forward = forward
        self._handlers: dict[str, list[Handler]] = {}
        self._waiting: set[asyncio.Future[dict[str, Any]]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """Whether the page, or the browser, is there."""
        return self._is_open

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
        command: dict[str, Any] = {"method": method, "params": parameters}
        answer = self._forward(command | {"sessionId": self.id} if self.id else command)
        self._waiting.add(answer)
        try:
            found = await answer
        finally:
            self._waiting.discard(answer)
        if "error" in found:
            raise DevtoolsError(f"{method}: {found['error'].get('message', '')}")
        return cast("dict[str, Any]", found["result"])

    def receive(self, event: str, parameters: dict[str, Any]) -> None:
        """Take an event."""
        for handler in self._handlers.get(event, ()):
            if (work := handler(parameters)) is not None:
                task = asyncio.get_running_loop().create_task(_quietly(work))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Let nobody wait any longer, and stop what handlers do."""
        self._is_open = False
        for task in self._tasks:
            task.cancel()
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(DevtoolsError(_GONE))


class BrowserSession(Session):
    """The session with a browser, which knows those with its pages."""

    def __init__(self, pipes: Pipes) -> None:
        """Begin to listen; the browser has its ends of the pipes."""
        super().__init__("", self._sent)
        self._pipes = pipes
        self._pages: dict[str, Session] = {}
        self._count = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.gone = asyncio.Event()
        self.on("Target.detachedFromTarget", self._detached)
        pipes.start(self._take, self._ended)

    def _sent(self, command: dict[str, Any]) -> asyncio.Future[dict[str, Any]]:
        self._count += 1
        number, answer = self._count, asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        answer.add_done_callback(lambda _: self._answers.pop(number, None))  # also where nobody waits any longer
        self._pipes.send(json.dumps({"id": number, **command}).encode())
        return answer

    async def attach(self, target: str) -> Session:
        """Return a session with a page.

        Raises:
            DevtoolsError: it is gone.
        """
        attached = await self.send("Target.attachToTarget", targetId=target, flatten=True)
        page = self._pages[attached["sessionId"]] = Session(attached["sessionId"], self._sent)
        return page

    def detach(self, page: Session) -> None:
        """Forget a page's session."""
        page.close()
        self._pages.pop(page.id, None)

    def close(self) -> None:
        """Let nobody wait for an answer any longer."""
        for page in list(self._pages.values()):
            self.detach(page)
        super().close()

    def _ended(self) -> None:
        self.close()
        self.gone.set()

    def end(self) -> None:
        """Close the pipes, with which the browser ends."""
        self.close()
        self._pipes.close()

    def _take(self, message: bytes) -> None:
        found: dict[str, Any] = json.loads(message)
        if (number := found.get("id")) is not None:
            answer = self._answers.get(number)
            if answer is not None and not answer.done():
                answer.set_result(found)
        else:
            session = self._pages.get(found.get("sessionId", "")) if found.get("sessionId") else self
            if session is not None:
                session.receive(found["method"], found.get("params", {}))

    def _detached(self, event: dict[str, Any]) -> None:
        if (page := self._pages.get(event["sessionId"])) is not None:
            self.detach(page)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(DevtoolsError):  # the page is gone
        await work
