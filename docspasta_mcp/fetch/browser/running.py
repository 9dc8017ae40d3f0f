"""A browser that runs: started behind a proxy of its own, and ended with it."""

import asyncio
import contextlib
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.browser.devtools import DevtoolsError
from docspasta_mcp.fetch.browser.guarded_proxy import GuardedProxy
from docspasta_mcp.fetch.browser.launching import BrowserDoesNotStart, BrowserProcess, BrowserSettings, launch
from docspasta_mcp.fetch.browser.memory import MemoryWatch
from docspasta_mcp.fetch.browser.tab import Tab, open_tab
from docspasta_mcp.fetch.browser.windows import Windows
from docspasta_mcp.fetch.fetcher import USER_AGENT, Fetcher

MAX_PAGES = 300  # of one browser: what a page leaves behind goes with it
CLOSE_S = 3.0


@dataclass(eq=False)
class RunningBrowser:
    """A browser that runs, and what belongs to it."""

    browser: BrowserProcess
    proxy: GuardedProxy
    folder: tempfile.TemporaryDirectory[str]
    watch: MemoryWatch
    windows: Windows = field(default_factory=Windows)
    pages: int = 0
    under_way: int = 0
    tasks: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])
    _own: set[str] = field(default_factory=set[str])
    _spare: "asyncio.Task[Tab] | None" = None

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the pages, as long as the browser runs."""
        task = asyncio.create_task(_quietly(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def open(self, *, is_windowed: bool) -> Tab:
        """Open an empty page, in a window or in none; of those in none the next one is opened meanwhile.

        Raises:
            DevtoolsError: the browser is gone.
        """
        if is_windowed:
            return await self._new(is_windowed=True)
        tab = await self._spare_one() or await self._new(is_windowed=False)
        if not tab.is_windowed:
            self._begin_spare()
        return tab

    async def open_spare(self) -> None:
        """Open a page in advance, and wait until it is there.

        Raises:
            DevtoolsError: the browser is gone.
        """
        await asyncio.shield(self._begin_spare())

    def _begin_spare(self) -> "asyncio.Task[Tab]":
        if self._spare is None:
            self._spare = asyncio.create_task(self._new(is_windowed=False))
            self._spare.add_done_callback(_seen)
        return self._spare

    async def _spare_one(self) -> Tab | None:
        """Return the page that was opened in advance, if one was and it is well."""
        spare, self._spare = self._spare, None
        if spare is None:
            return None
        try:
            tab = await asyncio.shield(spare)  # it may have to wait for it, and give up
        except DevtoolsError:
            return None
        except asyncio.CancelledError:
            if spare.cancelled():  # with the browser
                return None
            self._spare = self._spare or spare
            raise
        if tab.has_crashed or not tab.session.is_open:
            self.do(tab.close())
            return None
        return tab

    async def _new(self, *, is_windowed: bool) -> Tab:
        tab = await open_tab(self.browser.session, self.proxy.url, self.agent, is_windowed=is_windowed)
        self._own.add(tab.target)
        return tab

    @property
    def agent(self) -> str:
        """The browser's name for sites, with ours."""
        version = self.browser.version.partition(".")[0] or "100"
        engine = "AppleWebKit/537.36 (KHTML, like Gecko)"
        return f"Mozilla/5.0 (X11; Linux x86_64) {engine} Chrome/{version}.0.0.0 {USER_AGENT}"

    def close_others(self) -> None:
        """Close every window that a page opens."""

        def created(event: dict[str, Any]) -> None:
            target = event["targetInfo"]
            if target["type"] == "page" and target.get("openerId") and target["targetId"] not in self._own:
                self.do(self._close(target["targetId"]))

        self.browser.session.on("Target.targetCreated", created)

    async def _close(self, target: str) -> None:
        await self.browser.session.send("Target.closeTarget", targetId=target)

    @property
    def is_good(self) -> bool:
        """Whether another page may be opened in it."""
        return self.browser.session.is_open and self.pages < MAX_PAGES

    async def end(self) -> None:
        """End the browser and what belongs to it."""
        with anyio.CancelScope(shield=True):
            for task in (*self.tasks, *([self._spare] if self._spare else [])):
                task.cancel()
            await self.browser.end()
            await self.proxy.aclose()
            self.folder.cleanup()

    def kill(self) -> None:
        """End the browser at once, whatever it does."""
        self.browser.kill()


async def start_browser(settings: BrowserSettings, fetcher: Fetcher) -> RunningBrowser:
    """Start a browser behind a proxy of its own.

    Raises:
        PageRefused: it does not start.
    """
    proxy = GuardedProxy(fetcher.dial)
    folder = tempfile.TemporaryDirectory(prefix="docspasta-browser-", ignore_cleanup_errors=True)
    browser: BrowserProcess | None = None
    try:
        await proxy.start()
        browser = await launch(settings, proxy.url, Path(folder.name))
        await browser.session.send("Target.setDiscoverTargets", discover=True)
        # The one window: pages without one are opened only beside it.
        await browser.session.send("Target.createTarget", url="about:blank")
    except BaseException as error:  # also a delivery whose time is over: nothing stays behind
        with anyio.CancelScope(shield=True):
            if browser is not None:
                await browser.end()
            await proxy.aclose()
            folder.cleanup()
        if not isinstance(error, BrowserDoesNotStart | DevtoolsError):
            raise
        text = "The browser does not start: `docspasta-mcp doctor` says why."
        raise PageRefused("javascript_required", text, said=str(error).partition("\n")[0]) from error
    running = RunningBrowser(browser, proxy, folder, MemoryWatch(browser.session))
    running.close_others()
    running.do(running.watch.run())
    return running


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(Exception):  # the browser is gone: its pages say so
        await work


def _seen(task: "asyncio.Task[Tab]") -> None:
    if not task.cancelled():
        task.exception()  # who asks for the page sees it; if nobody does, it is nobody's fault
