"""Take a tool's arguments as they are meant: models and hosts spell them in other ways, and hosts add some.

What is null or empty is not given. A single value stands for a list of one, and a number may be a text. What a host
adds for itself is dropped; any other name is refused, with the one that was probably meant.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.server.argument_names import letters, unknown_name

_HOSTS = frozenset(
    "sessionid toolcallid callid action chatinput toolname toolinput requestid messageid threadid conversationid userid"
    " agentid runid traceid executionid workflowid invocationid metadata meta explanation reasoning thought"
    " taskprogress requiresapproval securityrisk waitforprevioustools toolsummary toolaction".split()
)
_NOTHING = frozenset(("", "null", "none", "undefined"))
_NUMBERS = re.compile(r"\d+(?:\s*-\s*\d+)?(?:\s*,\s*\d+(?:\s*-\s*\d+)?)+")


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a tool's input schema as every host reads it: no titles, no `null` beside a type, nothing else allowed."""
    properties = {name: _plain(one) for name, one in schema["properties"].items()}
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def as_meant(tool: str, schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call's arguments as its tool takes them.

    Raises:
        InvalidRequest: the tool has no such argument.
    """
    properties: Mapping[str, Any] = schema["properties"]
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in properties:
            if (meant := _meant(value, properties[name])) is not None:
                found[name] = meant
        elif letters(name) not in _HOSTS:
            raise InvalidRequest(unknown_name(tool, "argument", name, properties))
    return found


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    merged = {**choices[0], **schema} if len(choices) == 1 else schema
    dropped = {"title", "anyOf"} if len(choices) == 1 else {"title"}
    if merged.get("default", ...) is None:
        dropped.add("default")
    return {key: value for key, value in merged.items() if key not in dropped}


def _meant(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value as its schema has it, as far as it is clear what is meant; None if it is not given."""
    if value is None:
        return None
    match schema.get("type"):
        case "array":
            return _list(value)
        case "string":
            return _text(value, schema.get("enum", ()))
        case "integer" | "number":
            return _number(value)
        case _:
            return None if isinstance(value, str) and value.strip().lower() in _NOTHING else value


def _list(value: Any) -> Any:
    if isinstance(value, str):
        value = _listed(value.strip())
    items: list[Any] = cast("list[Any]", value) if isinstance(value, list) else [value]
    found = [_text(one, ()) for one in items if one is not None]
    return [one for one in found if one is not None] or None


def _listed(text: str) -> list[Any]:
    if _NUMBERS.fullmatch(text):
        return [part.strip() for part in text.split(",")]
    if text.startswith("["):
        try:
            found: Any = json.loads(text)
        except (ValueError, RecursionError):
            found = text
        return cast("list[Any]", found) if isinstance(found, list) else [text]
    return [] if text.lower() in _NOTHING else [text]


def _text(value: Any, allowed: Sequence[str]) -> Any:
    value = _single(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    return next((one for one in allowed if one == value.strip().lower()), value)


def _number(value: Any) -> Any:
    value = _single(value)
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    if text in _NOTHING:
        return None
    return re.sub(r"(?<=\d)[,_ ](?=\d{3}\b)", "", text)


def _single(value: Any) -> Any:
    """Return the one item of a list that has no other."""
    if not isinstance(value, list):
        return value
    items = cast("list[Any]", value)
    return items[0] if len(items) == 1 else items
