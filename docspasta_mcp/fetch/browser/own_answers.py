"""Answer a page's requests to its own site ourselves, where the browser must not, or cannot, ask for them.

Credentials of a site are sent by our fetcher alone, to their origin alone: the browser never has them. A site of files
is not on the network.
"""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from docspasta_mcp.errors import InvalidUrl, PageError
from docspasta_mcp.fetch.browser.devtools import Session
from docspasta_mcp.fetch.browser.rendering import RenderRequest
from docspasta_mcp.fetch.browser.tab import UNLOADED
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.runtime.fair_slots import owner_at_work, work_of
from docspasta_mcp.urls import origin_of, parse_url

Answer = Callable[[dict[str, Any]], Awaitable[bool]]


def own_answers(session: Session, fetcher: Fetcher, request: RenderRequest) -> Answer | None:
    """Return what answers a page's requests to its own origin, if that is signed in to or made of files.

    It tells of a request that waits whether it was one of them.
    """
    url = parse_url(request.url)
    origin, owner = origin_of(url), owner_at_work()
    if not (fetcher.sites.is_signed_in(origin) or fetcher.has_files(url, request.allow_private)):
        return None

    async def answer(event: dict[str, Any]) -> bool:
        asked = event["request"]
        if not str(asked["url"]).startswith(f"{origin}/"):
            return False
        if asked["method"] != "GET":
            await session.send("Fetch.failRequest", requestId=event["requestId"], errorReason="Aborted")
            return True
        accept = next((value for name, value in asked["headers"].items() if name.lower() == "accept"), "*/*")
        try:
            with work_of(owner):
                found = await fetcher.fetch(
                    parse_url(asked["url"]),
                    allow_private=request.allow_private,
                    may_follow=lambda target: origin_of(target) == origin,
                    wants=accept,
                )
        except (PageError, InvalidUrl):
            await session.send("Fetch.fulfillRequest", requestId=event["requestId"], responseCode=404)
            return True
        kind = f"{found.content_type}; charset={found.charset}" if found.charset else found.content_type
        await session.send(
            "Fetch.fulfillRequest",
            requestId=event["requestId"],
            responseCode=200,
            responseHeaders=[{"name": "Content-Type", "value": kind or "application/octet-stream"}],
            body=base64.b64encode(found.body).decode(),
        )
        return True

    return answer


def let_through(session: Session, answer: Answer | None) -> None:
    """Deal with each request that waits for us: not loaded, answered by us, or let through."""

    async def decide(event: dict[str, Any]) -> None:
        if event.get("resourceType") in UNLOADED:
            await session.send("Fetch.failRequest", requestId=event["requestId"], errorReason="BlockedByClient")
        elif answer is None or not await answer(event):
            await session.send("Fetch.continueRequest", requestId=event["requestId"])

    session.on("Fetch.requestPaused", decide)
