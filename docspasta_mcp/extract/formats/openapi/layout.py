"""What pages of specifications of any kind are made of: sections that are split into pages, schemas, facts, tags."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from docspasta_mcp.extract.formats.openapi.examples import schema_examples
from docspasta_mcp.extract.formats.openapi.references import References, title_of
from docspasta_mcp.extract.formats.openapi.schemas import SchemaNode, Schemas
from docspasta_mcp.extract.formats.openapi.values import below, code, joined, mapping, sequence, text

MAX_PAGE = 400_000  # characters; a hundred thousand tokens
MAX_SCHEMAS = 20_000  # of all files together


@dataclass(frozen=True, slots=True)
class SpecificationPage:
    """One page of a specification: its name within it (empty for the overview), title and Markdown.

    `level` is 1 for pages below the overview.
    """

    name: str
    title: str
    markdown: str
    level: int = 1


def split_pages(name: str, title: str, about: str, sections: Iterable[str]) -> list[SpecificationPage]:
    """Return sections as one page, or as several where they are too long for one."""
    pages: list[list[str]] = [[about]]
    size = len(about)
    for one in sections:
        if size + len(one) > MAX_PAGE and any(pages[-1]):
            pages.append([])
            size = 0
        pages[-1].append(one)
        size += len(one)
    found: list[SpecificationPage] = []
    for number, parts in enumerate(pages, 1):
        if any(parts):
            own = title if number == 1 else f"{title} ({number})"
            key = name if number == 1 else f"{name}/{number}"
            found.append(SpecificationPage(key, own, f"{joined([f'# {own}', *parts])}\n"))
    return found


def all_schemas(pointer: str, own: Mapping[str, Any], root_url: str, schemas: Schemas) -> list[str]:
    """Return all schemas that have a name: the specification's own in its order, then what other files have."""
    told: list[str] = []
    seen: set[str] = set()
    for name, schema in own.items():
        key = f"{root_url}#{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        seen.add(key)
        told.append(_schema(schemas, name, SchemaNode(schema, root_url)))
    waiting = True
    while waiting and len(seen) < MAX_SCHEMAS:
        waiting = [(key, node) for key, node in schemas.named.items() if key not in seen][: MAX_SCHEMAS - len(seen)]
        for key, node in waiting:
            seen.add(key)
            told.append(_schema(schemas, title_of(key), node))
    return told


def _schema(schemas: Schemas, name: str, node: SchemaNode) -> str:
    schema = mapping(schemas.opened(node).schema)
    said = below(text(schema.get("description")), 2)
    title = " ".join(text(schema.get("title")).split())
    examples = schema_examples(schemas.references, node.schema, node.base, "application/json")
    return joined(
        [f"## {name}", title if title and title != name and not said else "", said, schemas.told(node), *examples]
    )


def section(title: str, content: str) -> list[str]:
    """Return a heading with what stands below it; nothing if there is nothing."""
    return [f"## {title}", content] if content else []


def facts(info: Mapping[str, Any], docs: Mapping[str, Any]) -> list[str]:
    """Return licence, contact and the like as a list; `docs` are the external ones."""
    licence, contact = (mapping(info.get(name)) for name in ("license", "contact"))
    found = [
        ("License", text(licence.get("name")), text(licence.get("url"))),
        ("Contact", text(contact.get("name")) or text(contact.get("email")), text(contact.get("url"))),
        ("Terms of service", "", text(info.get("termsOfService"))),
        ("Documentation", text(docs.get("description")), text(docs.get("url"))),
    ]
    lines = [f"- {name}: {f'[{said or url}](<{url}>)' if url else said}" for name, said, url in found if said or url]
    return ["\n".join(" ".join(line.split()) for line in lines)] if lines else []


def missing(references: References) -> str:
    """Return the references that lead nowhere, so that the reader knows what is missing."""
    lines = [
        f"- {code(urldefrag(name)[1] if name.startswith(references.root) else name, 300)}"
        for name in references.missing
    ]
    more = [f"- and {len(lines) - 50} more"] if len(lines) > 50 else []
    parts = ["References that lead nowhere:", "\n".join([*lines[:50], *more])] if lines else []
    if references.is_exhausted:
        parts.append("There are more references than are followed; what comes after is told by its name alone.")
    return joined(parts)


def variable_values(variable: Mapping[str, Any]) -> str:
    """Return what a variable of a server may be."""
    options = ", ".join(map(code, sequence(variable.get("enum"))))
    default = f"Default {code(variable['default'])}" if "default" in variable else ""
    return "; ".join(filter(None, [f"One of {options}" if options else "", default]))


def about_tag(tag: Mapping[str, Any]) -> str:
    """Return what a specification says of one of its tags."""
    name = text(tag.get("x-displayName")) or text(tag.get("summary"))
    url = text(mapping(tag.get("externalDocs")).get("url"))
    said = text(mapping(tag.get("externalDocs")).get("description"))
    more = f"See [{' '.join(said.split()) or url}](<{url}>)." if url else ""
    return joined(
        [f"**{name}**" if name and name != text(tag.get("name")) else "", below(text(tag.get("description")), 1), more]
    )
