"""Ask axe-core what stands in the way of people who use the page with a keyboard, a screen reader or weak eyes."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Frame, Page

SCHEMES = ("light", "dark")


async def barriers(page: Page, frame: Frame | None = None) -> list[str]:
    """Return what axe finds on a page as it stands, or in one of its frames, in both colour schemes."""
    judged = frame or page
    await judged.evaluate(_axe())
    found: list[str] = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # pyright: ignore[reportArgumentType]
        result: dict[str, Any] = await judged.evaluate("axe.run(document, {resultTypes: ['violations']})")
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
