"""An HTTP client for the QStash SDK, which has no parameter for one.

Its own would send a loopback broker's calls through a proxy, wait for ten minutes, and load certificates for HTTP.
"""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from qstash.asyncio.http import AsyncHttpClient
from qstash.http import NO_RETRY


class SdkClient(AsyncHttpClient):
    """What the SDK's APIs send their requests with."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout_s: float,
        trust_env: bool,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare a client; nothing is sent yet, and nothing is tried twice.

        Args:
            url: base URL of the API.
            token: its bearer token.
            timeout_s: for connecting, and for each wait for the answer.
            trust_env: whether proxy variables of the environment apply.
            transport: how to get there, if not over the network.
        """
        self._base_url = url.rstrip("/")
        self._token = f"Bearer {token}"
        self._retry = NO_RETRY
        self.near: Callable[[bytes], Awaitable[Any]] | None = None
        """Takes batches while the broker is in this process: a call to oneself costs 1.8 ms of CPU more."""
        # Plain HTTP trusts nobody's certificate; to load those that https trusts takes 45 ms and 2 MB.
        authorities = True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(
            timeout=timeout_s, trust_env=trust_env, transport=transport, verify=authorities
        )

    async def request(self, *, path: str, body: Any = None, **options: Any) -> Any:
        """Send a request and return its answer, or hand a batch over within the process."""
        if self.near is not None and path == "/v2/batch" and isinstance(body, str):
            return await self.near(body.encode())
        return await super().request(path=path, body=body, **options)

    async def aclose(self) -> None:
        """Close the client's connections."""
        await self._client.aclose()
