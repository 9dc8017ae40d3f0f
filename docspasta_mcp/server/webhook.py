"""Where QStash delivers: verify over the raw body, run the step, answer with what QStash understands.

200 done (also for a page that cannot be fetched: that is a result). 401 for whatever is not signed for us, always the
same. 489 with `Upstash-NonRetryable-Error` for a message that will never make sense. 503 to be tried again.
https://upstash.com/docs/qstash/features/retry
"""

import base64
import json
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp import metrics
from docspasta_mcp.errors import MAX_DETAIL, BadDelivery, BadSignature, DeliveryTooEarly, PageUnreachable
from docspasta_mcp.model.messages import Message, ProcessUrl, parse_message
from docspasta_mcp.pipeline.steps import Steps
from docspasta_mcp.queue.signature import Delivery, Receiver
from docspasta_mcp.runtime.failpoints import failpoint
from docspasta_mcp.server.responses import problem, read_body
from docspasta_mcp.store.finished_deliveries import FinishedDeliveries

logger = logging.getLogger(__name__)

_PROCESS, _FAILED = "/api/v4/process", "/api/v4/failed"


def webhook_routes(
    *, steps: Steps, deliveries: FinishedDeliveries, receiver: Receiver, webhook_url: str
) -> list[Route]:
    """Return the routes of the webhook.

    Args:
        steps: what messages make happen.
        deliveries: which of them are finished, so that a recorded request does nothing when it is sent again. For
            a page, its row says so.
        receiver: verifies signatures.
        webhook_url: base URL as published to the queue; signatures are for it, whatever the request says.
    """

    async def process(request: Request) -> Response:
        body = await read_body(request)
        try:
            delivery = receiver.verify(signature=_signature(request), body=body, destination=webhook_url + _PROCESS)
            message = parse_message(body)
        except BadSignature:
            return _forged()
        except BadDelivery as error:
            return _never(error)
        failpoint("webhook.received")
        if request.headers.get("upstash-retried", "0") != "0":
            metrics.retries.labels(message.type).inc()
        with metrics.delivery(message.type, message.job_id, request.headers):
            finished = None if isinstance(message, ProcessUrl) else deliveries
            answer = await _once(finished, delivery, lambda: steps.run(message), message)
        failpoint("webhook.done")
        return answer

    async def failed(request: Request) -> Response:
        body = await read_body(request)
        try:
            delivery = receiver.verify(signature=_signature(request), body=body, destination=webhook_url + _FAILED)
            message, detail = _failure(body)
        except BadSignature:
            return _forged()
        except BadDelivery as error:
            return _never(error)
        metrics.given_up.labels(message.type).inc()
        with metrics.delivery(message.type, message.job_id, {}):
            return await _once(deliveries, delivery, lambda: steps.give_up(message, detail), message)

    return [Route(_PROCESS, process, methods=["POST"]), Route(_FAILED, failed, methods=["POST"])]


async def _once(
    finished: FinishedDeliveries | None, delivery: Delivery, work: Callable[[], Awaitable[None]], message: Message
) -> Response:
    """Do the work of a delivery that is not noted as finished yet, and note it.

    To fetch a page needs no notes: its row tells whether it is settled, and they would cost as much CPU again.
    """
    try:
        if finished is None:
            await work()
        elif not await finished.is_finished(delivery.id):
            await work()
            await finished.finish(delivery.id, expires_at=delivery.expires_at)
    except PageUnreachable as error:
        return _again(message, error.reason, str(error), error.retry_after_s)
    except DeliveryTooEarly as error:
        return _again(message, "busy", str(error), error.retry_after_s)
    except Exception:
        logger.exception("❌ %s of job %s", message.type, message.job_id)
        return _again(message, "unavailable", "The server could not do its part. Deliver again.", None)
    metrics.deliveries.labels(message.type, "done").inc()
    return JSONResponse({"ok": True})


def _signature(request: Request) -> str | None:
    """Return the one signature header; two of them are as good as none."""
    values = request.headers.getlist("upstash-signature")
    return values[0] if len(values) == 1 else None


def _forged() -> Response:
    return problem(401, "unauthorized", "The delivery is not signed for this server.")


def _never(error: BadDelivery) -> Response:
    return problem(489, "malformed", str(error), {"Upstash-NonRetryable-Error": "true"})


def _again(message: Message, code: str, text: str, retry_after_s: float | None) -> Response:
    metrics.deliveries.labels(message.type, code).inc()
    headers = {"Retry-After": str(math.ceil(retry_after_s))} if retry_after_s is not None else None
    return problem(503, code, text, headers)


def _failure(body: bytes) -> tuple[Message, str]:
    """Read a failure callback: the message it is about, and what our last answer said.

    Raises:
        BadDelivery: it is not a failure callback, or about a message that is not ours.
    """
    try:
        report = cast("dict[str, Any]", json.loads(body))
        source = base64.b64decode(report["sourceBody"], validate=True)
        answer = base64.b64decode(report.get("body") or "").decode("utf-8", "replace")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadDelivery(f"Malformed failure callback: {type(error).__name__}.") from None
    try:
        detail = str(json.loads(answer)["error"]["message"])
    except (ValueError, TypeError, KeyError, RecursionError):
        detail = answer[:200] or "no answer"
    status = report.get("status") if isinstance(report.get("status"), int) else "none"
    return parse_message(source), f"All deliveries failed, the last with status {status}: {detail}"[:MAX_DETAIL]
