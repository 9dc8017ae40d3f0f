"""A browser that runs: started behind a proxy of its own, and ended with it."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.browser.devtools import BrowserSession, DevtoolsError
from docspasta_mcp.fetch.browser.guarded_proxy import GuardedProxy
from docspasta_mcp.fetch.browser.launching import BrowserSettings, launch, start_driver
from docspasta_mcp.fetch.browser.memory import MemoryWatch
from docspasta_mcp.fetch.browser.tab import Tab, open_tab
from docspasta_mcp.fetch.fetcher import USER_AGENT, Fetcher

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

MAX_PAGES = 300  # of one browser: what a page leaves behind goes with it
CLOSE_S = 3.0


@dataclass(eq=False)
class RunningBrowser:
    """A browser that runs, and what belongs to it."""

    driver: "Playwright"
    browser: "Browser"
    session: BrowserSession
    proxy: GuardedProxy
    watch: MemoryWatch
    process: int | None
    folder: tempfile.TemporaryDirectory[str]
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
        if tab.has_crashed:
            self.do(tab.close())
            return None
        return tab

    async def _new(self, *, is_windowed: bool) -> Tab:
        tab = await open_tab(self.session, self.proxy.url, self.agent, is_windowed=is_windowed)
        self._own.add(tab.target)
        return tab

    @property
    def agent(self) -> str:
        """The browser's name for sites, with ours."""
        version = self.browser.version.partition(".")[0]
        engine = "AppleWebKit/537.36 (KHTML, like Gecko)"
        return f"Mozilla/5.0 (X11; Linux x86_64) {engine} Chrome/{version}.0.0.0 {USER_AGENT}"

    def close_others(self) -> None:
        """Close every window that a page opens."""

        def created(event: dict[str, Any]) -> None:
            target = event["targetInfo"]
            if target["type"] == "page" and target.get("openerId") and target["targetId"] not in self._own:
                self.do(self._close(target["targetId"]))

        self.session.on("Target.targetCreated", created)

    async def _close(self, target: str) -> None:
        await self.session.send("Target.closeTarget", targetId=target)

    @property
    def is_good(self) -> bool:
        """Whether another page may be opened in it."""
        return self.browser.is_connected() and self.pages < MAX_PAGES

    async def end(self) -> None:
        """End the browser and what belongs to it."""
        with anyio.CancelScope(shield=True):
            for task in (*self.tasks, *([self._spare] if self._spare else [])):
                task.cancel()
            with anyio.move_on_after(CLOSE_S) as time, contextlib.suppress(Exception):
                await self.browser.close()
            if time.cancelled_caught:
                self.kill()
            with anyio.move_on_after(CLOSE_S), contextlib.suppress(Exception):
                await self.driver.stop()
            await self.proxy.aclose()
            self.folder.cleanup()

    def kill(self) -> None:
        """End the browser at once, whatever it does, if it still runs."""
        if self.process is not None and self.browser.is_connected():
            with contextlib.suppress(OSError):
                os.kill(self.process, getattr(signal, "SIGKILL", signal.SIGTERM))


async def start_browser(settings: BrowserSettings, fetcher: Fetcher) -> RunningBrowser:
    """Start a browser behind a proxy of its own.

    Raises:
        PageRefused: it does not start.
    """
    from playwright.async_api import Error  # noqa: PLC0415  # an extra

    proxy = GuardedProxy(fetcher.dial)
    folder = tempfile.TemporaryDirectory(prefix="docspasta-browser-")
    driver: Playwright | None = None
    try:
        await proxy.start()
        driver = await start_driver()
        browser = await launch(driver, settings, proxy.url, Path(folder.name))
        await browser.new_page()  # the one window: pages without one are opened only beside it
        session = await BrowserSession.of(browser)
        await session.send("Target.setDiscoverTargets", discover=True)
        watch = MemoryWatch(session)
        process = await watch.browser_process()
    except BaseException as error:  # also a delivery whose time is over: nothing stays behind
        with anyio.CancelScope(shield=True):
            if driver is not None:
                with anyio.move_on_after(CLOSE_S), contextlib.suppress(Exception):
                    await driver.stop()
            await proxy.aclose()
            folder.cleanup()
        if not isinstance(error, Error | DevtoolsError):
            raise
        text = "The browser does not start: `docspasta-mcp doctor` says why."
        raise PageRefused("javascript_required", text, said=str(error).partition("\n")[0]) from error
    running = RunningBrowser(driver, browser, session, proxy, watch, process, folder)
    running.close_others()
    running.do(watch.run())
    return running


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(Exception):  # the browser is gone: its pages say so
        await work


def _seen(task: "asyncio.Task[Tab]") -> None:
    if not task.cancelled():
        task.exception()  # who asks for the page sees it; if nobody does, it is nobody's fault
