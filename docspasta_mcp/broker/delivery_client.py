"""Make one delivery: a request with QStash's headers and signature, and what was answered."""

import contextlib
from collections.abc import Callable, Generator, Mapping

import anyio
import httpx
from starlette.types import ASGIApp

from docspasta_mcp.broker.asgi_call import call_app
from docspasta_mcp.broker.headers import may_forward
from docspasta_mcp.broker.message import Message
from docspasta_mcp.broker.signing import Keys, sign
from docspasta_mcp.broker.store.outcomes import MAX_RESPONSE_BYTES, Response


class DeliveryClient:
    """Makes deliveries: to apps of this process without a socket, to all others with an HTTP client each.

    httpcore looks at every connection of a pool for every request, so a shared client costs more with each delivery
    at the same time: with a hundred of them it was two thirds of the broker's CPU time (bench/broker_throughput.py).
    """

    def __init__(self, make_client: Callable[[], httpx.AsyncClient], apps: Mapping[str, ASGIApp]) -> None:
        """Deliver to `apps` by calling them, and to all others with HTTP clients.

        Args:
            make_client: returns a client to make deliveries with, one at a time.
            apps: apps of this process by their base URL, without a slash at its end.
        """
        self._make_client = make_client
        self._apps = apps
        self._idle: list[httpx.AsyncClient] = []

    async def deliver(self, message: Message, *, keys: Keys, now: float) -> Response:
        """Send a message to its destination within its timeout; redirects are not followed."""
        headers = _headers(message, keys, now)
        try:
            with anyio.fail_after(message.timeout_s):
                for base, app in self._apps.items():
                    if message.url.startswith(f"{base}/"):
                        return await call_app(app, message, headers)
                with self._lease() as client:
                    return await _request(client, message, headers)
        except TimeoutError:
            return Response(0, {}, f"no answer within {message.timeout_s:g} s".encode())
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # a URL or a header that cannot be sent
            return Response(0, {}, f"{type(error).__name__}: {error}".encode())

    async def aclose(self) -> None:
        """Close the clients; none may be lent."""
        while self._idle:
            await self._idle.pop().aclose()

    @contextlib.contextmanager
    def _lease(self) -> Generator[httpx.AsyncClient]:
        """Lend the client that was used last, whose connection is the likeliest to be alive, or a new one."""
        client = self._idle.pop() if self._idle else self._make_client()
        try:
            yield client
        finally:
            self._idle.append(client)


async def _request(client: httpx.AsyncClient, message: Message, headers: Mapping[str, str]) -> Response:
    request = client.build_request(message.method, message.url, content=message.body, headers=headers)
    response = await client.send(request, stream=True, follow_redirects=False)
    try:
        return Response(response.status_code, _lists(response.headers), await _body(response))
    finally:
        await response.aclose()


def _headers(message: Message, keys: Keys, now: float) -> dict[str, str]:
    """Return what the destination sees: https://upstash.com/docs/qstash/howto/receiving."""
    headers = {
        **{name: value for name, value in (message.headers or {}).items() if may_forward(name)},
        "user-agent": "Upstash-QStash",
        "upstash-message-id": message.id,
        "upstash-retried": str(message.retried),
        "upstash-signature": sign(key=keys.current, destination=message.url, body=message.body, now=now),
    }
    facts = {
        "upstash-label": message.label,
        "upstash-caller-ip": message.caller_ip,
        "upstash-topic-name": message.topic,
        "upstash-queue-name": message.queue,
        "upstash-schedule-id": message.schedule_id,
    }
    return headers | {name: value for name, value in facts.items() if value}


def _lists(headers: httpx.Headers) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, value in headers.multi_items():
        lists.setdefault(name.lower(), []).append(value)
    return lists


async def _body(response: httpx.Response) -> bytes:
    """Read at most MAX_RESPONSE_BYTES of an answer."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= MAX_RESPONSE_BYTES:
            break
    return bytes(body[:MAX_RESPONSE_BYTES])
