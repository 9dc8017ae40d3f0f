"""A browser that hangs is replaced, and nothing of it is left."""

import os
import signal
import sys

import anyio
import pytest

from docspasta_mcp.fetch.browser import chromium as chromium_module
from docspasta_mcp.fetch.browser.chromium import Chromium
from docspasta_mcp.fetch.browser.launching import BrowserSettings
from docspasta_mcp.fetch.browser.running import RunningBrowser
from docspasta_mcp.fetch.browser.tab import Tab
from docspasta_mcp.fetch.fetcher import Fetcher
from tests.fetch.browser.test_chromium import rendered, shell, show
from tests.sites import Site

pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(sys.platform == "win32", reason="no process is stopped there"),
]


def running_of(chromium: Chromium) -> RunningBrowser:
    running = chromium._running  # pyright: ignore[reportPrivateUsage]  # which process shows nowhere else
    assert running is not None
    return running


async def left_of(running: RunningBrowser) -> list[str]:
    """Return what is left of a browser."""
    folder = anyio.Path(running.folder.name)
    left = [what for what, is_left in (
        ("process", running.browser.process.returncode is None),
        ("folder", await folder.exists()),
    ) if is_left]  # fmt: skip
    try:
        port = int(running.proxy.url.rpartition(":")[2])
        await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
    except OSError:
        return left
    return [*left, "port"]


async def test_one_whose_last_page_does_not_close_leaves_nothing(
    chromium: Chromium, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_tab: Tab) -> None:
        await anyio.sleep_forever()

    site.pages["/"] = shell(show("<p>all the same</p>"))
    with monkeypatch.context() as patched:
        patched.setattr(chromium_module, "CLOSE_S", 0.1)
        patched.setattr(Tab, "close", hang)
        assert "<p>all the same</p>" in await rendered(chromium, site)
        running = running_of(chromium)
        with anyio.fail_after(20):
            while chromium.is_running:
                await anyio.sleep(0.02)
            await chromium.aclose()
    assert await left_of(running) == []
    assert "<p>all the same</p>" in await rendered(chromium, site)


@pytest.mark.parametrize("has_spare", [True, False])
async def test_one_that_opens_no_page_costs_none_its_text(
    chromium: Chromium, site: Site, monkeypatch: pytest.MonkeyPatch, has_spare: bool
) -> None:
    site.pages["/"] = shell(show("<p>all the same</p>"))
    assert "<p>all the same</p>" in await rendered(chromium, site)
    running = running_of(chromium)
    await running.open_spare()
    if not has_spare:
        running._spare = None  # pyright: ignore[reportPrivateUsage]
    os.killpg(running.browser.process.pid, signal.SIGSTOP)
    usual_s, start = chromium_module.OPEN_S, chromium_module.start_browser

    async def start_another(settings: BrowserSettings, fetcher: Fetcher) -> RunningBrowser:
        monkeypatch.setattr(chromium_module, "OPEN_S", usual_s)  # this one is well, however slow the machine is
        return await start(settings, fetcher)

    monkeypatch.setattr(chromium_module, "OPEN_S", 0.3)
    monkeypatch.setattr(chromium_module, "start_browser", start_another)
    with anyio.fail_after(60):
        assert "<p>all the same</p>" in await rendered(chromium, site)
    assert running_of(chromium) is not running
    assert await left_of(running) == []
