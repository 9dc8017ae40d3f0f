"""Reports: the messages that callbacks and failure callbacks are.

https://upstash.com/docs/qstash/features/callbacks
"""

import base64
import json
from typing import Any

from docspasta_mcp.broker.headers import message_from_headers
from docspasta_mcp.broker.message import Callback, Message
from docspasta_mcp.broker.store.outcomes import Attempt


def callbacks_for(attempt: Attempt, *, dlq_id: str | None = None) -> list[Message]:
    """Return the callback that follows every attempt, and the failure callback if this was the last one."""
    message = attempt.message
    callbacks = [_callback(message.callback, attempt, None)] if message.callback else []
    if dlq_id is not None and message.failure_callback:
        callbacks.append(_callback(message.failure_callback, attempt, dlq_id))
    return callbacks


def _callback(callback: Callback, attempt: Attempt, dlq_id: str | None) -> Message:
    message, response = attempt.message, attempt.response
    payload: dict[str, Any] = {
        "status": response.status,
        "header": response.headers,
        "body": base64.b64encode(response.body).decode(),
        "retried": message.retried,
        "maxRetries": message.max_retries,
        "sourceMessageId": message.id,
        "topicName": message.topic,
        "endpointName": message.endpoint,
        "queueName": message.queue,
        "scheduleId": message.schedule_id,
        "url": message.url,
        "method": message.method,
        "sourceHeader": {name: [value] for name, value in (message.headers or {}).items()},
        "sourceBody": base64.b64encode(message.body).decode(),
        "notBefore": message.not_before,
        "createdAt": message.created_at,
        "callerIP": message.caller_ip,
        "dlqId": dlq_id,
    }
    body = json.dumps({name: value for name, value in payload.items() if value is not None}).encode()
    headers = {"content-type": "application/json", **callback.headers}
    return message_from_headers(callback.url, body, headers, now_ms=attempt.ended_at)
