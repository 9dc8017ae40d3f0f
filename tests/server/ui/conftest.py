"""A real Chromium before the real app. No test may leave a console error, a CSP violation or a request to another host."""

import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import pytest
from mcp.server.auth.provider import TokenVerifier
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.wiring import Node, running_node
from tests.conftest import settings_for
from tests.sites import Site

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
WAIT_MS = int(os.environ.get("DOCSPASTA_TEST_WAIT_MS", "60000"))  # a bound, not a wait: shared machines are slow

Opened = Callable[..., Awaitable[Page]]
OPEN: dict[str, list[BrowserContext]] = {}  # by the server's URL: pages that move ask on and on, so they close first


@pytest.fixture(scope="session")
async def browser(one_event_loop: None) -> AsyncIterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    assert CHROMIUM, "These tests need Chromium: apt-get install chromium, or set CHROMIUM to its path."
    async with async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


def serving(node: Node, verifier: TokenVerifier | None = None) -> AbstractAsyncContextManager[str]:
    """Serve a node's app on loopback; gives its URL."""

    @asynccontextmanager
    async def served() -> AsyncGenerator[str]:
        mcp = create_mcp_server(node)
        app, sock = create_app(node, mcp, verifier=verifier), listen("127.0.0.1", 0)
        async with mcp.session_manager.run(), anyio.create_task_group() as tasks:
            tasks.start_soon(serve_app, app, sock)
            base = f"http://127.0.0.1:{sock.getsockname()[1]}"
            yield base
            for context in OPEN.pop(base, []):
                await context.close()
            tasks.cancel_scope.cancel()

    return served()


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[Opened]:
    """Open pages whose console, CSP reports and requests are watched until the test ends."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    async def opened(base: str, path: str = "/", *, expects: tuple[int, ...] = (), **options: Any) -> Page:
        context = await browser.new_context(base_url=base, **options)
        contexts.append(context)
        OPEN.setdefault(base, []).append(context)
        await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)

        def heard(message: Any) -> None:
            is_expected = any(f"status of {status}" in message.text for status in expects)
            if message.type in ("error", "warning") and not is_expected:
                faults.append(f"console: {message.text}")

        def asked(request: Any) -> None:
            if not request.url.startswith((base, "data:")):
                faults.append(f"foreign: {request.url}")

        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", asked)
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        await page.goto(path)
        return page

    yield opened
    for context in contexts:
        await context.close()
    assert not faults, faults


@pytest.fixture(scope="module")
async def ui_node(tmp_path_factory: pytest.TempPathFactory, manual_site: Site) -> AsyncIterator[Node]:
    async with running_node(settings_for(tmp_path_factory.mktemp("ui"), manual_site)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def base(ui_node: Node) -> AsyncIterator[str]:
    async with serving(ui_node) as url:
        yield url


async def crawled(node: Node, url: str, **options: Any) -> str:
    """Crawl a manual to its end; returns the job's id."""
    started = await node.jobs.start(url, **options)
    with anyio.fail_after(90):
        while (await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
    return started.job_id
