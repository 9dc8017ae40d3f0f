"""A renderer with a real Chromium, and sites whose pages are made by scripts."""

from collections.abc import AsyncIterator

import pytest

from docspasta_mcp.fetch.browser.chromium import Chromium
from docspasta_mcp.fetch.browser.finding import find_browser
from docspasta_mcp.fetch.browser.launching import BrowserSettings
from docspasta_mcp.fetch.fetcher import Fetcher


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    program = find_browser().program
    assert program, "These tests need Chromium: apt-get install chromium, or set DOCSPASTA_BROWSER."
    fetcher = Fetcher(timeout_s=20, max_bytes=5_000_000)
    renderer = Chromium(BrowserSettings(program), fetcher, still_s=4, max_bytes=2_000_000)
    yield renderer
    await renderer.aclose()
    await fetcher.aclose()
