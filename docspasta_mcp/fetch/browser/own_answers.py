"""Answer a page's requests to its own site ourselves, where the browser must not, or cannot, ask for them.

Credentials of a site are sent by our fetcher alone, to their origin alone: the browser never has them. A site of files
is not on the network.
"""

from typing import TYPE_CHECKING

from docspasta_mcp.errors import InvalidUrl, PageError
from docspasta_mcp.fetch.browser.rendering import RenderRequest
from docspasta_mcp.fetch.fair_slots import owner_at_work, work_of
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.urls import origin_of, parse_url

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Route


async def serve_ourselves(context: "BrowserContext", fetcher: Fetcher, request: RenderRequest) -> None:
    """Take over the requests of a context to the page's origin, if it is signed in to or made of files."""
    url = parse_url(request.url)
    origin, owner = origin_of(url), owner_at_work()
    if not (fetcher.sites.is_signed_in(origin) or fetcher.has_files(url, request.allow_private)):
        return

    async def answer(route: "Route") -> None:
        asked = route.request
        if asked.method != "GET":
            await route.abort()
            return
        try:
            with work_of(owner):
                found = await fetcher.fetch(
                    parse_url(asked.url),
                    allow_private=request.allow_private,
                    may_follow=lambda target: origin_of(target) == origin,
                    wants=asked.headers.get("accept", "*/*"),
                )
        except (PageError, InvalidUrl):
            await route.fulfill(status=404, body="")
            return
        kind = f"{found.content_type}; charset={found.charset}" if found.charset else found.content_type
        await route.fulfill(status=200, body=found.body, content_type=kind or "application/octet-stream")

    await context.route(lambda target: target.startswith(f"{origin}/"), answer)
