"""`/v2/publish`, `/v2/enqueue` and `/v2/batch`."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp.broker.api import requests
from docspasta_mcp.broker.api.requests import Context
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.broker.publisher import Draft
from docspasta_mcp.broker.store.messages import Published

MAX_BATCH = 1_000


class PublishingApi:
    """Takes messages in."""

    def __init__(self, context: Context) -> None:
        self._publisher = context.publisher

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        return [
            Route("/v2/publish/{destination:path}", self.publish, methods=["POST"]),
            Route("/v2/enqueue/{queue}/{destination:path}", self.enqueue, methods=["POST"]),
            Route("/v2/batch", self.batch, methods=["POST"]),
        ]

    async def publish(self, request: Request) -> Response:
        """POST /v2/publish/{destination}: store one message, or one for each endpoint of a URL group."""
        return await self._take(request, requests.destination(request, "/v2/publish/"), queue=None)

    async def enqueue(self, request: Request) -> Response:
        """POST /v2/enqueue/{queue}/{destination}: the same, in a queue, which is made if there is none."""
        destination = requests.destination(request, "/v2/enqueue/").partition("/")[2]
        return await self._take(request, destination, queue=request.path_params["queue"])

    async def batch(self, request: Request) -> Response:
        """POST /v2/batch: store up to 1,000 messages, all or none."""
        return JSONResponse(await self.take_batch(await requests.read(request), requests.caller_ip(request)))

    async def take_batch(self, body: bytes, caller: str | None) -> list[Any]:
        """Store the messages of a batch's body; return what its call is answered.

        Raises:
            ApiError: one of them makes no sense, or the queue is full.
        """
        items = requests.parse_json(body)
        if not isinstance(items, list):
            raise BadRequest("a batch is an array of messages")
        entries = cast("list[Any]", items)
        if len(entries) > MAX_BATCH:
            raise BadRequest(f"a batch holds at most {MAX_BATCH} messages, not {len(entries)}")
        drafts = [_draft(entry, caller) for entry in entries]
        answers = await self._publisher.publish(drafts)
        return [_answer(draft, published) for draft, published in zip(drafts, answers, strict=True)]

    async def _take(self, request: Request, destination: str, *, queue: str | None) -> Response:
        body = await requests.read(request)
        draft = Draft(destination, body, requests.headers_of(request), queue, requests.caller_ip(request))
        (published,) = await self._publisher.publish([draft])
        repeated = bool(published) and all(one.deduplicated for one in published)
        return JSONResponse(_answer(draft, published), 202 if repeated else 200)


def _draft(item: Any, caller: str | None) -> Draft:
    """Read one message of a batch.

    Raises:
        BadRequest: it is not a message.
    """
    if not isinstance(item, dict):
        raise BadRequest("a message of a batch is an object")
    entry = cast("dict[str, Any]", item)
    destination, body, headers, queue = (entry.get(name) for name in ("destination", "body", "headers", "queue"))
    if not isinstance(destination, str):
        raise BadRequest("a message of a batch needs a destination")
    if not isinstance(body, str | None):
        raise BadRequest("a batched message's body is a string")
    if not isinstance(headers, dict | None):
        raise BadRequest("a batched message's headers are an object")
    if not isinstance(queue, str | None):
        raise BadRequest("a batched message's queue is a string")
    named = cast("dict[str, Any]", headers or {})
    return Draft(
        destination, (body or "").encode(), {name.lower(): str(value) for name, value in named.items()}, queue, caller
    )


def _answer(draft: Draft, published: list[Published]) -> Any:
    answers = [
        {
            "messageId": one.message_id,
            **({"url": one.url} if draft.is_group else {}),
            **({"deduplicated": True} if one.deduplicated else {}),
        }
        for one in published
    ]
    return answers if draft.is_group else answers[0]
