"""Examples of bodies: those of a media type, each under its name, else the one that its schema gives."""

from collections.abc import Iterator, Mapping
from typing import Any

from docspasta_mcp.extract.formats.openapi.references import References
from docspasta_mcp.extract.formats.openapi.values import example, joined, mapping, text

MAX_EXAMPLES = 20  # of one media type


def media_examples(references: References, media: Mapping[str, Any], base: str, media_type: str) -> Iterator[str]:
    """Yield the examples of one media type as code blocks."""
    named = mapping(media.get("examples"))
    if not named and "example" in media:
        yield _titled("Example", example(references.resolve(media["example"], base).value, media_type))
    for name, value in list(named.items())[:MAX_EXAMPLES]:
        found = mapping(references.resolve(value, base).value)
        title = text(found.get("summary")) or name
        if url := text(found.get("externalValue")):
            yield f"Example: [{' '.join(title.split())}](<{url}>)"
        content = found.get("value", found.get("dataValue", found.get("serializedValue")))
        if content is not None:
            block = _titled(f"Example: {' '.join(title.split())}", example(content, media_type))
            yield joined([block, text(found.get("description"))])
    if len(named) > MAX_EXAMPLES:
        yield f"(Only the first {MAX_EXAMPLES} of {len(named)} examples are shown.)"
    if not named and "example" not in media:
        yield from schema_examples(references, media.get("schema"), base, media_type)


def schema_examples(references: References, schema: Any, base: str, media_type: str) -> Iterator[str]:
    """Yield the example that a schema gives of a whole object or list."""
    found = mapping(references.resolve(schema, base).value)
    examples = found.get("examples")
    first: Any = examples[0] if isinstance(examples, list) and examples else None  # pyright: ignore[reportUnknownVariableType]
    value: Any = found.get("example", first)
    if isinstance(value, (dict, list)):
        yield _titled("Example", example(value, media_type))


def _titled(title: str, block: str) -> str:
    return f"{title}:\n\n{block}" if block else ""
