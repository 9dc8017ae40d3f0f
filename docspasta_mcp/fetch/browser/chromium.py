"""Render pages in a Chromium that is kept for the next page: a fresh context for each, two pages at a time.

A browser that crashes or hangs is replaced, and costs its pages one more try. Everything a page loads goes through
`guarded_proxy`; its credentials there are those of its visit.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, replace

import anyio

from docspasta_mcp.errors import InvalidUrl, PageRefused, PageUnreachable
from docspasta_mcp.fetch.browser.devtools import DevtoolsError
from docspasta_mcp.fetch.browser.launching import BrowserSettings
from docspasta_mcp.fetch.browser.look import Look, Shown
from docspasta_mcp.fetch.browser.own_answers import let_through, own_answers
from docspasta_mcp.fetch.browser.pipes import MAX_EVENT
from docspasta_mcp.fetch.browser.rendering import RenderRequest
from docspasta_mcp.fetch.browser.running import CLOSE_S, RunningBrowser, start_browser
from docspasta_mcp.fetch.browser.tab import Tab
from docspasta_mcp.fetch.browser.visits import Visit
from docspasta_mcp.fetch.fetcher import Fetched, Fetcher
from docspasta_mcp.model.hash_route import route_of, with_route
from docspasta_mcp.runtime.fair_slots import FairSlots
from docspasta_mcp.urls import origin_of, parse_url

logger = logging.getLogger(__name__)

PAGES_AT_ONCE = 2
LOAD_S = 15.0  # for a page's document, and for what is opened on it, beside the time to stand still
OPEN_S = 12.0  # for an empty page; a browser that has none by then hangs
WAIT_S = 20.0  # for a free place; the page's lease runs
IDLE_S = 60.0  # without a page: then the browser ends, and with it its half a gigabyte
_ESCAPED = 6  # bytes that the browser's JSON takes for a character at most


@dataclass(frozen=True, slots=True)
class _ReadPage:
    """What was read of a page, and how many characters its content has."""

    page: Fetched
    text: int


class _Gone(Exception):
    """The page or its browser crashed or hung; another try may work."""


class Chromium:
    """Renders pages; the browser starts with the first."""

    def __init__(
        self,
        settings: BrowserSettings,
        fetcher: Fetcher,
        *,
        still_s: float,
        max_bytes: int,
        at_once: int = PAGES_AT_ONCE,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            settings: which browser, and how it is started.
            fetcher: dials through the guard.
            still_s: when a page is taken as it is, at the latest.
            max_bytes: of a page's HTML.
            at_once: pages at a time.
        """
        self._settings = replace(settings, max_answer=_ESCAPED * max_bytes + MAX_EVENT)
        self._fetcher = fetcher
        self._still_s = still_s
        self._max_bytes = max_bytes
        self._slots = FairSlots(at_once)
        self._at_once = at_once
        self._alone = anyio.Lock()
        self._starting = anyio.Lock()
        self._running: RunningBrowser | None = None
        self._idle: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def is_running(self) -> bool:
        """Whether there is a browser now."""
        return self._running is not None

    async def render(self, request: RenderRequest) -> Fetched:
        """Return the HTML of a page once its scripts have run; see `rendering.Renderer`."""
        with contextlib.suppress(_Gone):
            async with self._places(1, WAIT_S):
                return await self._try(request, is_last=False)
        async with self._alone, self._places(self._at_once, LOAD_S + self._still_s):  # with no page beside it
            try:
                return await self._try(request, is_last=True)
            except _Gone as error:
                text = "The page crashed the browser that renders it, twice."
                raise PageRefused("render_crashed", text) from error

    def warm(self) -> None:
        """Start the browser, with an empty page, for one that will be rendered soon; it ends if none is."""
        if self._running is None and self._warming is None:
            self._warming = asyncio.create_task(self._warm())

    async def _warm(self) -> None:
        with contextlib.suppress(PageRefused, DevtoolsError):  # the first page says why
            running = await self._browser()
            try:
                with self._replaced_if_it_hangs(running):
                    await running.open_spare()
            finally:
                await self._leave(running)
        self._warming = None

    @contextlib.asynccontextmanager
    async def _places(self, count: int, wait_s: float) -> AsyncGenerator[None]:
        """Hold so many of the places in the browser."""
        owners: list[str] = []
        try:
            with anyio.move_on_after(wait_s):
                while len(owners) < count:
                    owners.append(await self._slots.acquire())
            if len(owners) < count:
                raise PageUnreachable("render_busy", f"No place in the browser was free for {wait_s:g} s.")
            yield
        finally:
            for owner in owners:
                self._slots.release(owner)

    async def aclose(self) -> None:
        """End the browser."""
        for task in filter(None, (self._idle, self._warming)):
            task.cancel()
        self._warming = None
        async with self._starting:  # it may be ending just now
            running, self._running = self._running, None
            if running is not None:
                await running.end()
        if self._ending:
            await asyncio.wait(self._ending)

    async def _end_when_idle(self, running: RunningBrowser) -> None:
        await asyncio.sleep(IDLE_S)
        self._idle = None  # from here on it is not stopped
        async with self._starting:
            if running is self._running and not running.under_way:
                self._running = None
                await running.end()

    async def _try(self, request: RenderRequest, *, is_last: bool) -> Fetched:
        visit = Visit(request.allow_private)
        running = await self._browser()
        try:
            with anyio.fail_after(LOAD_S + self._still_s):
                async with self._tab(running, visit, request, is_windowed=False) as tab:
                    found = await self._read(tab, request)
                origin = origin_of(parse_url(request.url))
                if tab.is_windowed or not running.windows.may_show_more(origin, found.text):
                    return found.page
                async with self._tab(running, visit, request, is_windowed=True) as tab:
                    in_window = await self._read(tab, request)
                running.windows.note(origin, found.text, in_window.text)
                return in_window.page
        except TimeoutError as error:
            if running.under_way > 1 and not is_last:  # the page beside it may have taken all the time
                raise _Gone from error
            raise PageRefused("render_timeout", "Its scripts leave no time to read the page.") from error
        except DevtoolsError as error:
            raise self._fault(error, running, visit) from error
        finally:
            await self._leave(running)

    async def _leave(self, running: RunningBrowser) -> None:
        """Give a browser back: one without pages ends, at once if it was replaced, else after a while."""
        running.under_way -= 1
        if not running.under_way and running is not self._running:
            await running.end()
        elif not running.under_way:
            if self._idle is not None:
                self._idle.cancel()
            self._idle = asyncio.create_task(self._end_when_idle(running))

    def _fault(self, error: Exception, running: RunningBrowser, visit: Visit) -> Exception:
        """Return what a fault of the browser means."""
        text = str(error)
        if visit.is_over_limit:
            return PageRefused("too_large", "Its scripts load more than a page may.")
        if running.watch.has_just_ended_one:
            return PageRefused("render_memory", "The page takes more memory than one may have.")
        if "net::ERR" in text or "Download is starting" in text:
            return PageRefused("render_failed", "The browser could not load the page.", said=text.partition("\n")[0])
        logger.warning("❌ a page ended its browser: %s", text.partition("\n")[0])
        return _Gone()

    async def _read(self, tab: Tab, request: RenderRequest) -> _ReadPage:
        look = Look(tab.session, tab.target, still_s=self._still_s)
        shown = await self._load(tab, look, request.url)
        self._check_place(shown.url, request)
        taken = await look.take(self._max_bytes, opens=True)
        if taken is None:
            logger.info("what was opened on %s led away", request.url)
            shown = await self._load(tab, look, request.url)
            taken = await look.take(self._max_bytes, opens=False)
        assert taken is not None, "nothing was opened"
        self._check_place(taken.url, request)
        place = with_route(parse_url(taken.url), route_of(taken.url))
        page = Fetched(place, "text/html", "utf-8", taken.html.encode("utf-8", "replace"))
        return _ReadPage(page, shown.text)

    async def _load(self, tab: Tab, look: Look, url: str) -> Shown:
        """Load a page and wait for it."""
        try:
            with anyio.fail_after(LOAD_S):
                await tab.go(url)
        except TimeoutError as error:
            raise PageRefused("render_failed", "The browser could not load the page.", said="no answer") from error
        return await look.wait()

    def _check_place(self, url: str, request: RenderRequest) -> None:
        """Refuse a page that ended where it may not."""
        try:
            place = parse_url(url)
            if place == parse_url(request.url) or request.may_enter(place):
                return
        except InvalidUrl:
            place = url
        raise PageRefused("redirected_out_of_scope", "Its scripts lead to a URL outside the scope.", said=place)

    @contextlib.asynccontextmanager
    async def _tab(
        self, running: RunningBrowser, visit: Visit, request: RenderRequest, *, is_windowed: bool
    ) -> AsyncGenerator[Tab]:
        """Open a page in a context of its own, and close both, or the browser if they do not close."""
        tab: Tab | None = None
        is_well = False
        running.proxy.admit(visit)
        try:
            with anyio.CancelScope() as scope:
                with self._replaced_if_it_hangs(running):
                    tab = await running.open(is_windowed=is_windowed)
                    answer = own_answers(tab.session, self._fetcher, request)
                    let_through(tab.session, answer)
                    await tab.give(visit, all_requests=answer is not None, on_crash=scope.cancel)
                assert tab is not None, "else it raises"
                yield tab
                is_well = True
            if tab is not None and tab.has_crashed:
                raise self._fault(_Gone("the page crashed"), running, visit)
        finally:
            running.proxy.leave(visit)
            if tab is not None and is_well:  # the next page need not wait for it
                running.do(self._close(running, tab))
            elif tab is not None:
                with anyio.CancelScope(shield=True):
                    await self._close(running, tab)

    async def _close(self, running: RunningBrowser, tab: Tab) -> None:
        """Close a page and its context, or the browser if they do not close."""
        with anyio.move_on_after(CLOSE_S) as time:
            await tab.close()
        if time.cancelled_caught:
            logger.warning("❌ a page did not close: the browser is replaced")
            self._replace(running)

    @contextlib.contextmanager
    def _replaced_if_it_hangs(self, running: RunningBrowser) -> Generator[None]:
        """Bound the time of opening a page; what takes longer is the browser's fault, which is replaced.

        Raises:
            DevtoolsError: it took longer.
        """
        try:
            with anyio.fail_after(OPEN_S):
                yield
        except TimeoutError as error:
            self._replace(running)
            raise DevtoolsError("It opens no page.") from error

    def _replace(self, running: RunningBrowser) -> None:
        """Kill a browser; its last page ends what belongs to it, or a task if it has none."""
        if self._running is running:
            self._running = None
        running.kill()
        if not running.under_way:
            task = asyncio.create_task(running.end())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _browser(self) -> RunningBrowser:
        """Return the browser that runs, or start one; the caller counts as one of its pages until it says otherwise."""
        async with self._starting:
            running = self._running
            if running is None or not running.is_good:
                self._running = None
                if running is not None and not running.under_way:
                    await running.end()
                running = self._running = await start_browser(self._settings, self._fetcher)
            running.pages += 1
            running.under_way += 1
            return running
