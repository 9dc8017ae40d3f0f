"""Say OpenAPI 2 as OpenAPI 3 does: bodies, media types, servers and security schemes in their new places."""

from collections.abc import Mapping, Sequence
from typing import Any

from docspasta_mcp.extract.formats.openapi.values import mapping, sequence, text

_FILE_TYPE = "multipart/form-data"
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_OUTSIDE = frozenset(("name", "in", "required", "description", "allowEmptyValue", "collectionFormat"))


def is_old(root: Mapping[str, Any]) -> bool:
    """Tell whether a specification is OpenAPI 2."""
    return "swagger" in root


def servers(root: Mapping[str, Any], page: str) -> Sequence[Any]:
    """Return a specification's servers; `page` is its URL, whose host is the one that is meant if none is named."""
    if not is_old(root):
        return sequence(root.get("servers"))
    scheme, _, rest = page.partition("://")
    host = text(root.get("host")) or rest.partition("/")[0]
    schemes = [text(one) for one in sequence(root.get("schemes"))] or [scheme]
    return [{"url": f"{one}://{host}{text(root.get('basePath'))}"} for one in schemes]


def security_schemes(root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a specification's security schemes, as OpenAPI 3 writes them."""
    if not is_old(root):
        return mapping(mapping(root.get("components")).get("securitySchemes"))
    found: dict[str, Any] = {}
    for name, value in mapping(root.get("securityDefinitions")).items():
        scheme = dict(mapping(value))
        if scheme.get("type") == "basic":
            scheme.update(type="http", scheme="basic")
        elif scheme.get("type") == "oauth2":
            flow = text(scheme.get("flow"))
            scheme["flows"] = {_FLOWS.get(flow, flow): scheme}
        found[name] = scheme
    return found


def shared_schemas(root: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the pointer below which a specification keeps its named schemas, and these."""
    if is_old(root):
        return "/definitions", mapping(root.get("definitions"))
    return "/components/schemas", mapping(mapping(root.get("components")).get("schemas"))


def request_body(parameters: Sequence[Mapping[str, Any]], consumes: Sequence[Any]) -> Mapping[str, Any]:
    """Return the body that OpenAPI 2's parameters `in: body` and `in: formData` describe; empty if there is none."""
    types = [text(one) for one in consumes]
    for body in parameters:
        if body.get("in") == "body":
            media = {"schema": body.get("schema", {}), **_examples(body)}
            content = dict.fromkeys(types or ["application/json"], media)
            return {"description": body.get("description"), "required": body.get("required"), "content": content}
    form = [one for one in parameters if one.get("in") == "formData"]
    if not form:
        return {}
    schema = {
        "type": "object",
        "properties": {
            text(one.get("name")): {**schema_of(one), "description": one.get("description")} for one in form
        },
        "required": [one.get("name") for one in form if one.get("required")],
    }
    has_file = any(one.get("type") == "file" for one in form)
    usual = _FILE_TYPE if has_file else "application/x-www-form-urlencoded"
    forms = [name for name in types if name.startswith(("multipart/", "application/x-www-form"))]
    return {"content": {name: {"schema": schema} for name in forms or [usual]}}


def schema_of(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a parameter or header: its own in OpenAPI 3, its fields in OpenAPI 2."""
    if "schema" in holder:
        return mapping(holder.get("schema"))
    for media in mapping(holder.get("content")).values():
        return mapping(mapping(media).get("schema"))
    return {name: value for name, value in holder.items() if name not in _OUTSIDE}


def response(found: Mapping[str, Any], produces: Sequence[Any]) -> Mapping[str, Any]:
    """Return an OpenAPI 2 response as OpenAPI 3 writes it."""
    if "content" in found or not ("schema" in found or "examples" in found):
        return found
    examples = mapping(found.get("examples"))
    types = [text(one) for one in produces] or list(examples) or ["application/json"]
    schema = {"schema": found["schema"]} if "schema" in found else {}
    content = {name: {**schema, **({"example": examples[name]} if name in examples else {})} for name in types}
    return {**found, "content": content}


def _examples(body: Mapping[str, Any]) -> Mapping[str, Any]:
    for value in mapping(body.get("x-examples")).values():
        return {"example": value}
    return {}
