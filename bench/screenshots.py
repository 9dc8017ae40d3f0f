"""Screenshots of the page for people, light and dark: `python -m bench.screenshots [FOLDER]`.

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
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings

CHROMIUM = "/usr/bin/chromium"
_MOVED = 5  # pages of the slow manual when the pictures are taken
SCHEMES = ("light", "dark")


async def make(folder: Path) -> None:
    with ManualSite() as site, tempfile.TemporaryDirectory() as data:
        environ = {"DOCSPASTA_DATA_DIR": data, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}"}
        settings = Settings.from_env(environ | {"DOCSPASTA_WORKERS": "2"})
        async with running_node(settings) as node, served(node) as base, async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            await shoot(browser, base, folder, {"home-empty": "/"})
            before = await crawled(node, f"{site.url}/larder/")
            site.revise("/larder/")
            ready = await crawled(node, f"{site.url}/larder/")
            await crawled(node, f"{site.url}/kiln/")
            slow = await node.jobs.start(f"{site.url}/slow/", scope="prefix")
            while (await node.jobs.status(slow.job_id)).done < _MOVED:
                await anyio.sleep(0.2)
            manual = f"/ui/jobs/{ready}"
            schedules = node.schedules_of("local")
            await schedules.add(f"{site.url}/larder/", "0 3 * * 1")
            await node.jobs.library.pin(ready, is_pinned=True)
            small = {"library": "/", "reading": f"{manual}/pages/4"}
            await shoot(browser, base, folder, small, scale=0.5)
            pages = {
                "home": "/",
                "home-preview": f"/?url={site.url}/larder/",
                "manual": f"{manual}/pages/4",
                "manual-both": f"{manual}/pages/4?view=both",
                "search": f"{manual}/search?query=how+to+label+a+jar",
                "coverage": f"{manual}/coverage",
                "changes": f"{manual}/changes?since={before}",
                "downloads": f"{manual}/downloads",
                "search-all": "/ui/search?query=how+to+label+a+jar",
                "problem": "/ui/jobs/none",
                "operating": "/ui/operating",
                "upkeep": "/ui/upkeep",
            }
            await shoot(browser, base, folder, pages)
            await shoot(browser, base, folder, pages, width=320)
            await node.jobs.cancel(slow.job_id)
            await browser.close()


async def crawled(node: Node, url: str) -> str:
    started = await node.jobs.start(url, force_refresh=True)
    while (await node.jobs.wait(started.job_id, 20)).state == "running":
        pass
    return started.job_id


@asynccontextmanager
async def served(node: Node) -> AsyncGenerator[str]:
    mcp = create_mcp_server(node)
    app, sock = create_app(node, mcp), listen("127.0.0.1", 0)
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
