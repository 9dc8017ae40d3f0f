"""`GET /openapi.json`: the REST API described by the very calls and models that serve it (OpenAPI 3.1)."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from docspasta_mcp import __version__
from docspasta_mcp.server.api_call import Call, Parameter

_REF = "#/components/schemas/{model}"


class ErrorBody(BaseModel):
    """What went wrong: a stable code, and a message that says what to do."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """The answer of every call that failed."""

    error: ErrorBody


def openapi_route(calls: Sequence[Call], *, guarded: bool) -> Route:
    """Return the route /openapi.json for these calls; `guarded` says that they ask for a bearer token."""
    document = describe(calls, guarded=guarded)

    async def openapi(_request: Request) -> Response:
        return JSONResponse(document)

    return Route("/openapi.json", openapi, methods=["GET"])


def describe(calls: Sequence[Call], *, guarded: bool) -> dict[str, Any]:
    """Return the OpenAPI document of the calls."""
    models = {model for call in calls for model in (call.body, *call.answers.values()) if isinstance(model, type)}
    ordered = sorted({*models, ErrorAnswer}, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "serialization") for model in ordered], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "docspasta-mcp", "version": __version__, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "components": {"schemas": schemas.get("$defs", {})},
    }
    if guarded:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _operation(call: Call) -> dict[str, Any]:
    answers: dict[str, Any] = {str(status): _answer(kind) for status, kind in call.answers.items()}
    answers["default"] = {"description": "The call failed.", "content": _json(ErrorAnswer)}
    operation: dict[str, Any] = {"operationId": _operation_id(call), "summary": call.summary, "responses": answers}
    if call.parameters:
        operation["parameters"] = [_parameter(parameter) for parameter in call.parameters]
    if call.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(call.body)}
    return operation | ({"deprecated": True} if call.deprecated else {})


def _operation_id(call: Call) -> str:
    words = re.findall(r"[a-z]+", call.path.removeprefix("/api/v4/").replace("{id}", "one"))
    return "_".join([call.method.lower(), *words])


def _answer(kind: type[BaseModel] | tuple[str, ...]) -> dict[str, Any]:
    if isinstance(kind, tuple):
        return {"description": "The answer.", "content": {media: {"schema": {"type": "string"}} for media in kind}}
    about = (kind.__doc__ or "The answer.").strip().splitlines()[0]
    return {"description": about, "content": _json(kind)}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.about,
        "schema": parameter.schema,
    }
