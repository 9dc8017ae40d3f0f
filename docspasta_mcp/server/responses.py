"""JSON errors of every HTTP door: `{"error": {"code": …, "message": …}}`; codes are stable."""

import math
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from docspasta_mcp.errors import (
    CallerError,
    InvalidRequest,
    JobNotFound,
    QueueError,
    QuotaExceeded,
    ResultNotReady,
    in_plain_words,
)
from docspasta_mcp.server.argument_names import unknown_name
from docspasta_mcp.server.faults import fault_of

MAX_BODY_BYTES = 1_000_000  # a message has about 250


Model = TypeVar("Model", bound=BaseModel)


class TooLarge(Exception):
    """A request body over the limit."""


class NotJson(Exception):
    """A request body that does not say it is JSON: a form on some page may have sent it."""


def problem(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error answer."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def caller_error(_request: Request, error: Exception) -> Response:
    """Answer an error that the caller can put right."""
    code = error.code if isinstance(error, CallerError) else "invalid_request"
    status = 404 if isinstance(error, JobNotFound) else 409 if isinstance(error, ResultNotReady) else 400
    if isinstance(error, QuotaExceeded):
        return problem(429, code, str(error), {"Retry-After": str(math.ceil(error.retry_after_s))})
    return problem(status, code, str(error))


def http_error(request: Request, error: Exception) -> Response:
    """Answer a path or method that does not exist."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return problem(404, "not_found", f"{request.url.path} is not a path of this server. The API is under /api/v4/.")
    if status == 405:
        allowed = _methods_of(request)
        message = f"{request.method} does not work on {request.url.path}. It takes {' and '.join(allowed)}; "
        message += "GET /openapi.json names every call."
        return problem(405, "method_not_allowed", message, {"Allow": ", ".join(allowed)})
    return problem(status, "http_error", str(error))


def _methods_of(request: Request) -> list[str]:
    """Return the methods that some route takes on this path, HEAD aside, which goes with GET."""
    routes = [one for one in request.app.routes if isinstance(one, Route)]
    taken = [one.methods or () for one in routes if one.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for methods in taken for method in methods} - {"HEAD"})


def too_large(_request: Request, _error: Exception) -> Response:
    """Answer a body over the limit."""
    return problem(413, "too_large", f"The body is larger than {MAX_BODY_BYTES} bytes.")


async def read_body(request: Request) -> bytes:
    """Read a body.

    Raises:
        TooLarge: it is over the limit; the rest is not read.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge
    return bytes(body)


async def read_model(request: Request, model: type[Model], *, example: str) -> Model:
    """Read a JSON body as a model; `example` is shown to those who sent another.

    Raises:
        NotJson: it is not sent as JSON.
        InvalidRequest: it is not what the model wants.
        TooLarge: it is over the limit.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotJson
    try:
        return model.model_validate_json(await read_body(request))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        if first["type"] == "extra_forbidden":
            raise InvalidRequest(unknown_name("The body", "field", where, model.model_fields)) from None
        raise InvalidRequest(f"{where} {in_plain_words(first['msg'])}. Send JSON like {example}.") from None


def not_json(_request: Request, _error: Exception) -> Response:
    """Answer a body that is not sent as JSON."""
    return problem(415, "unsupported_media_type", "Send the request as application/json.")


def unexpected(error: Exception) -> Response:
    """Answer an error that nobody expected."""
    fault = fault_of(error)
    return problem(fault.status, fault.code, fault.words, {"Retry-After": "5"} if fault.status == 503 else None)


def queue_error(_request: Request, error: Exception) -> Response:
    """Answer what the queue would not do now."""
    return problem(503, "queue_unavailable", f"{error} Ask again in a moment.")


ERROR_HANDLERS = {
    CallerError: caller_error,
    TooLarge: too_large,
    NotJson: not_json,
    QueueError: queue_error,
    HTTPException: http_error,
}
"""What a Starlette app needs to answer these errors."""
