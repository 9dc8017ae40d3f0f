"""What every endpoint needs: its parts of the broker, and a call's destination, body and parameters."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

from starlette.requests import Request

from docspasta_mcp.broker.dispatcher import Dispatcher
from docspasta_mcp.broker.errors import ApiError, BadRequest
from docspasta_mcp.broker.journal import Journal
from docspasta_mcp.broker.publisher import MAX_BODY_BYTES, Publisher
from docspasta_mcp.broker.scheduler import Scheduler
from docspasta_mcp.broker.signing import Keys

MAX_REQUEST_BYTES = 10 * MAX_BODY_BYTES
_LISTS = ("upstash-label", "upstash-flow-control-value", "upstash-redact-fields")
TOKEN = "qstash_token"  # noqa: S105  # the query parameter's name


@dataclass(frozen=True)
class Context:
    """The parts of one broker."""

    journal: Journal
    dispatcher: Dispatcher
    publisher: Publisher
    scheduler: Scheduler
    keys: Callable[[], Keys]
    rotate: Callable[[], Keys]


def destination(request: Request, prefix: str) -> str:
    """Return the rest of the raw path after `prefix` plus the query, percent-escapes kept: what will be signed."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.decode("latin-1").partition("?")[0]
    rest = path[path.index(prefix) + len(prefix) :]
    query = "&".join(
        part for part in request.scope["query_string"].decode("latin-1").split("&") if not part.startswith(f"{TOKEN}=")
    )
    return f"{rest}?{query}" if query else rest


async def read(request: Request) -> bytes:
    """Read a body.

    Raises:
        ApiError: it is too large; the rest is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise ApiError(413, f"the request is larger than {MAX_REQUEST_BYTES} bytes")
    return bytes(body)


def parse_json(body: bytes) -> Any:
    """Parse a body.

    Raises:
        BadRequest: it is not JSON.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is not JSON: {error}") from None


def parse_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        BadRequest: the body is not one.
    """
    parsed = parse_json(body)
    if not isinstance(parsed, dict):
        raise BadRequest("the body is not a JSON object")
    return cast("dict[str, Any]", parsed)


def query_parameters(request: Request) -> dict[str, list[str]]:
    """Return each query parameter's values, without the token."""
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name != TOKEN:
            parameters.setdefault(name, []).append(value)
    return parameters


async def parameters(request: Request) -> dict[str, list[str]]:
    """Return a call's parameters: the query's, and those of a JSON body, where bulk actions may have theirs too."""
    found = query_parameters(request)
    body = await read(request)
    for name, value in parse_object(body).items() if body else ():
        values = cast("list[Any]", value) if isinstance(value, list) else [value]
        found.setdefault(name, []).extend(str(one) for one in values)
    return found


def headers_of(request: Request) -> dict[str, str]:
    """Return a call's headers with lower-case names; one that is given again goes on with the same list."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers and name in _LISTS else value
    return headers


def caller_ip(request: Request) -> str | None:
    """Return who calls."""
    return request.client.host if request.client else None
