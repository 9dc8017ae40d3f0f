"""Send a command of the Chrome DevTools Protocol."""

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from playwright.async_api import CDPSession


async def send(session: "CDPSession", method: str, **parameters: object) -> dict[str, Any]:
    """Send a command and return its answer.

    Raises:
        playwright.async_api.Error: the browser says no, or is gone.
    """
    return await cast("Any", session).send(method, parameters)
