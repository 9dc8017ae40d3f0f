"""Tell a message of an AsyncAPI document: its headers and its payload as tables, with examples."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docspasta_mcp.extract.formats.asyncapi.operations import NamedNode
from docspasta_mcp.extract.formats.openapi.schemas import SchemaNode, Schemas
from docspasta_mcp.extract.formats.openapi.values import (
    below,
    code,
    code_block,
    example,
    joined,
    mapping,
    sequence,
    text,
)

MAX_EXAMPLES = 10  # of one message
_SCHEMA_FORMATS = ("asyncapi", "schema+json", "schema+yaml", "openapi")  # those that are JSON Schema, more or less


def message_told(schemas: Schemas, message: NamedNode, level: int, *, content_type: str) -> str:
    """Return a message as a section of Markdown below a heading of its own.

    Args:
        schemas: of the document.
        message: with its traits.
        level: of its heading.
        content_type: of payloads that do not say theirs.
    """
    node = message.node
    name = code(message.name) if message.name else ""
    title = " ".join(text(node.get("title")).split())
    sent = text(node.get("contentType")) or content_type
    payload, form = _payload(node)
    return joined(
        [
            f"{'#' * level} Message {' '.join(filter(None, [name, title if title != message.name else '']))}".rstrip(),
            "**Deprecated.**" if node.get("deprecated") is True else "",
            below(text(node.get("summary")), level),
            below(text(node.get("description")), level),
            _schema(schemas, "Headers", SchemaNode(node.get("headers"), message.base)),
            _schema(schemas, f"Payload{f' ({code(sent)})' if sent else ''}", SchemaNode(payload, message.base), form),
            _correlation(schemas, node, message.base),
            *_examples(node, sent),
            bindings(node),
        ]
    )


def bindings(node: Mapping[str, Any]) -> str:
    """Return what a protocol needs to know beside, as it stands."""
    found = mapping(node.get("bindings"))
    if not found:
        return ""
    return joined(["Bindings:", code_block(json.dumps(found, ensure_ascii=False, indent=2, default=str), "json")])


def _payload(node: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the schema of a payload, and its format: beside it in version 2, around it in version 3."""
    payload = node.get("payload")
    inner = mapping(payload)
    if "schemaFormat" in inner and "schema" in inner:
        return inner["schema"], text(inner["schemaFormat"])
    return payload, text(node.get("schemaFormat"))


def _schema(schemas: Schemas, title: str, node: SchemaNode, schema_format: str = "") -> str:
    schema = node.schema
    if schema is None:
        return ""
    if schema_format and not any(one in schema_format for one in _SCHEMA_FORMATS):
        shown = schema if isinstance(schema, str) else json.dumps(schema, ensure_ascii=False, indent=2, default=str)
        return joined(
            [f"{title}, {code(schema_format)}:", code_block(shown, "" if isinstance(schema, str) else "json")]
        )
    rest = schemas.constraints(node)
    return joined([f"{title}: {'; '.join([schemas.phrase(node), *rest])}", schemas.told_fields(node)])


def _correlation(schemas: Schemas, node: Mapping[str, Any], base: str) -> str:
    found = mapping(schemas.references.resolve(node.get("correlationId"), base).value)
    if not (place := text(found.get("location"))):
        return ""
    return f"Correlation id at {code(place)}. {text(found.get('description'))}".strip()


def _examples(node: Mapping[str, Any], content_type: str) -> Iterator[str]:
    examples: Sequence[Any] = sequence(node.get("examples"))
    for value in examples[:MAX_EXAMPLES]:
        found = mapping(value)
        title = " ".join((text(found.get("summary")) or text(found.get("name"))).split())
        for part in ("headers", "payload"):
            if part in found:
                label = "Example" if part == "payload" else "Example of headers"
                block = example(found[part], content_type if part == "payload" else "application/json")
                yield joined([f"{label}{f': {title}' if title else ''}:", block])
    if len(examples) > MAX_EXAMPLES:
        yield f"(Only the first {MAX_EXAMPLES} of {len(examples)} examples are shown.)"
