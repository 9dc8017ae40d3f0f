"""Ask axe-core what stands in the way of people who use the page with a keyboard, a screen reader or weak eyes."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Page

SCHEMES = ("light", "dark")


async def barriers(page: Page) -> list[str]:
    """Return what axe finds on a page as it stands, in both colour schemes."""
    await page.evaluate(_axe())
    found: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # pyright: ignore[reportArgumentType]
        result: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert result["passes"]
        found += [
            f"{page.url} {scheme} {one['id']}: {node['target']} {node['failureSummary']}"
            for one in result["violations"]
            for node in one["nodes"]
        ]
    return found


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()
