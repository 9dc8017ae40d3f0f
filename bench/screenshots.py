"""Screenshots of the page for people, of empty and wrong states too: `python -m bench.screenshots [FOLDER]`.

A server of its own crawls a manual from loopback, with failures and things left out; then Chromium looks at each page.
"""

import argparse
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from playwright.async_api import Browser, async_playwright

from bench.manual_site import ManualSite
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings

CHROMIUM = "/usr/bin/chromium"
_MOVED = 5  # pages of the slow manual when the pictures are taken
SCHEMES = ("light", "dark")
WIDTHS = (1280, 320)


async def make(folder: Path) -> None:
    with ManualSite() as site, tempfile.TemporaryDirectory() as data:
        environ = {"DOCSPASTA_DATA_DIR": data, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}"}
        settings = Settings.from_env(environ | {"DOCSPASTA_WORKERS": "2", "DOCSPASTA_OWNER_RUNNING_JOBS": "1"})
        async with running_node(settings) as node, served(node) as base, async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            await shoot(browser, base, folder, {"home-empty": "/"})
            before = await crawled(node, f"{site.url}/larder/")
            site.revise("/larder/")
            ready = await crawled(node, f"{site.url}/larder/")
            gaps = await crawled(node, f"{site.url}/kiln/")
            await node.schedules_of("local").add(f"{site.url}/larder/", "0 3 * * 1")
            await node.jobs.library.pin(ready, is_pinned=True)
            manual = f"/ui/jobs/{ready}"
            async with moving(node, f"{site.url}/slow/"):
                await shoot(browser, base, folder, {"library": "/", "reading": f"{manual}/pages/4"}, scale=0.5)
                for width in WIDTHS:
                    await shoot(browser, base, folder, {"quota": f"/?url={site.url}/other/"}, width=width)
            nothing, long = await crawled(node, f"{site.url}/nowhere/"), await crawled(node, f"{site.url}/long/")
            pages = {
                "home": "/",
                "home-preview": f"/?url={site.url}/larder/",
                "manual": f"{manual}/pages/4",
                "manual-both": f"{manual}/pages/4?view=both",
                "search": f"{manual}/search?query=how+to+label+a+jar",
                "search-all": "/ui/search?query=how+to+label+a+jar",
                "coverage": f"/ui/jobs/{gaps}/coverage",
                "changes": f"{manual}/changes?since={before}",
                "downloads": f"{manual}/downloads",
                "operating": "/ui/operating",
                "upkeep": "/ui/upkeep",
                "delete": f"{manual}/delete",
                "long-title": f"/ui/jobs/{long}",
                "one-crawl": f"/ui/jobs/{gaps}/changes",
                "no-hits": f"{manual}/search?query=zzzqqq",
                "no-hits-all": "/ui/search?query=zzzqqq",
                "nothing-read": f"/ui/jobs/{nothing}",
                "nothing-read-coverage": f"/ui/jobs/{nothing}/coverage",
                "problem": "/ui/jobs/none",
            }
            async with served(node, asks_for_tokens=True) as closed:
                for width in WIDTHS:
                    await shoot(browser, base, folder, pages, width=width)
                    await shoot(browser, closed, folder, {"signed-out": "/ui/operating"}, width=width)
            await browser.close()


@asynccontextmanager
async def moving(node: Node, url: str) -> AsyncGenerator[None]:
    """Crawl a manual that takes its time; it has begun inside the block, and is cancelled after it."""
    started = await node.jobs.start(url, scope="prefix")
    while (await node.jobs.status(started.job_id)).done < _MOVED:
        await anyio.sleep(0.2)
    yield
    await node.jobs.cancel(started.job_id)


async def crawled(node: Node, url: str) -> str:
    started = await node.jobs.start(url, force_refresh=True)
    while (await node.jobs.wait(started.job_id, 20)).state == "running":
        pass
    return started.job_id


@asynccontextmanager
async def served(node: Node, *, asks_for_tokens: bool = False) -> AsyncGenerator[str]:
    mcp = create_mcp_server(node)
    verifier = owner_tokens(node) if asks_for_tokens else None
    app, sock = create_app(node, mcp, verifier=verifier), listen("127.0.0.1", 0)
    async with mcp.session_manager.run(), anyio.create_task_group() as tasks:
        tasks.start_soon(serve_app, app, sock)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        tasks.cancel_scope.cancel()


async def shoot(
    browser: Browser, base: str, folder: Path, pages: dict[str, str], *, width: int = 1280, scale: float = 1
) -> None:
    for scheme in SCHEMES:
        size = {"width": width, "height": 860 if width > 600 else 640}
        context = await browser.new_context(
            color_scheme=scheme,  # pyright: ignore[reportArgumentType]
            viewport=size,  # pyright: ignore[reportArgumentType]
            device_scale_factor=scale,
        )
        page = await context.new_page()
        for name, path in pages.items():
            await page.goto(base + path)
            if name == "home-preview":
                await page.locator(".preview").wait_for()
            if name == "quota":
                await page.get_by_role("button", name="Crawl").first.click()
                await page.get_by_text("is the limit").wait_for()
            if name == "changes":
                await page.locator(".differing summary").first.click()
                await page.locator(".diff").first.wait_for()
            await page.wait_for_timeout(400)
            await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
        await context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("screenshots"))
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    anyio.run(make, folder)


if __name__ == "__main__":
    main()
