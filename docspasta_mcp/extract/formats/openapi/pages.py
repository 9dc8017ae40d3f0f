"""Lay a specification out in pages: overview, one page a tag, webhooks, schemas. The order is the specification's.

A page that would grow past `MAX_PAGE` goes on in a second one, so that no tag of a thousand operations is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from docspasta_mcp.extract.formats.openapi import upgrade
from docspasta_mcp.extract.formats.openapi.examples import schema_examples
from docspasta_mcp.extract.formats.openapi.operations import Operation, Teller, operations_of
from docspasta_mcp.extract.formats.openapi.parse import is_specification
from docspasta_mcp.extract.formats.openapi.references import References, title_of
from docspasta_mcp.extract.formats.openapi.schemas import SchemaNode, Schemas
from docspasta_mcp.extract.formats.openapi.security import schemes_told
from docspasta_mcp.extract.formats.openapi.values import below, code, joined, mapping, sequence, table, text

MAX_PAGE = 400_000  # characters; a hundred thousand tokens
MAX_SCHEMAS = 20_000  # of all files together
_MAX_UNTAGGED = 40  # operations on one page where none has a tag; more are split by the first part of their paths


@dataclass(frozen=True, slots=True)
class SpecificationPage:
    """One page of a specification: its name within it (empty for the overview), title and Markdown.

    `level` is 1 for pages below the overview.
    """

    name: str
    title: str
    markdown: str
    level: int = 1


def pages_of(root_url: str, files: Mapping[str, Any]) -> tuple[SpecificationPage, ...]:
    """Return the pages of a specification, the overview first; none if the file is not a specification.

    Args:
        root_url: URL of the specification.
        files: parsed files by URL: the specification and those that it refers to.
    """
    root = mapping(files.get(root_url))
    if not is_specification(root):
        return ()
    references = References(root_url, files)
    schemas = Schemas(references)
    teller = Teller(root, references, schemas)
    operations = list(operations_of(references, root.get("paths"), root_url))
    hooks = root.get("webhooks", root.get("x-webhooks"))
    webhooks = list(operations_of(references, hooks, root_url, is_webhook=True))
    pages = [page for title, about, group in _groups(root, operations) for page in _tag(teller, title, about, group)]
    if webhooks:
        pages += _pages("webhooks", "Webhooks", "", [teller.told(one) for one in webhooks])
    pages += _pages("schemas", "Schemas", "", _all_schemas(root, root_url, schemas))
    return (_overview(root, references, operations, pages), *pages)


def _groups(root: Mapping[str, Any], operations: Sequence[Operation]) -> list[tuple[str, str, list[Operation]]]:
    """Return tags with what is said of them and their operations: those that the specification lists come first."""
    tags = {text(mapping(one).get("name")): mapping(one) for one in sequence(root.get("tags"))}
    groups: dict[str, list[Operation]] = {name: [] for name in tags if name}
    for operation in operations:
        for tag in operation.tags:
            groups.setdefault(tag, [])
        groups.setdefault(operation.tags[0] if operation.tags else "", []).append(operation)
    loose = groups.pop("", [])
    found = [(name, _about_tag(tags.get(name, {})), group) for name, group in groups.items()]
    if len(loose) > _MAX_UNTAGGED and not found:
        parts: dict[str, list[Operation]] = {}
        for operation in loose:
            parts.setdefault(_first_part(operation.path), []).append(operation)
        return [(name, "", group) for name, group in parts.items()]
    return [*found, *([("Operations" if not found else "Other operations", "", loose)] if loose else [])]


def _first_part(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    return parts[0] if parts else "/"


def _about_tag(tag: Mapping[str, Any]) -> str:
    name = text(tag.get("x-displayName")) or text(tag.get("summary"))
    url = text(mapping(tag.get("externalDocs")).get("url"))
    said = text(mapping(tag.get("externalDocs")).get("description"))
    more = f"See [{' '.join(said.split()) or url}](<{url}>)." if url else ""
    return joined(
        [f"**{name}**" if name and name != text(tag.get("name")) else "", below(text(tag.get("description")), 1), more]
    )


def _tag(teller: Teller, title: str, about: str, operations: Sequence[Operation]) -> list[SpecificationPage]:
    if not operations and not about:
        return []
    return _pages(f"tag/{title}", title, about, [teller.told(one) for one in operations])


def _pages(name: str, title: str, about: str, sections: Iterable[str]) -> list[SpecificationPage]:
    """Return sections as one page, or as several where they are too long for one."""
    pages: list[list[str]] = [[about]]
    size = len(about)
    for section in sections:
        if size + len(section) > MAX_PAGE and any(pages[-1]):
            pages.append([])
            size = 0
        pages[-1].append(section)
        size += len(section)
    found: list[SpecificationPage] = []
    for number, parts in enumerate(pages, 1):
        if any(parts):
            own = title if number == 1 else f"{title} ({number})"
            key = name if number == 1 else f"{name}/{number}"
            found.append(SpecificationPage(key, own, f"{joined([f'# {own}', *parts])}\n"))
    return found


def _all_schemas(root: Mapping[str, Any], root_url: str, schemas: Schemas) -> list[str]:
    """Return all schemas that have a name: the specification's own in its order, then what other files have."""
    pointer, own = upgrade.shared_schemas(root)
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


def _overview(
    root: Mapping[str, Any], references: References, operations: Sequence[Operation], pages: Sequence[SpecificationPage]
) -> SpecificationPage:
    info = mapping(root.get("info"))
    title = " ".join(text(info.get("title")).split()) or "API"
    version = text(info.get("version"))
    schemes = schemes_told(references, upgrade.security_schemes(root), references.root)
    listed = [f"- {page.title}" for page in pages]
    rows = [
        (
            code(one.method.upper()),
            code(one.path, 1_000),
            " ".join(text(one.node.get("summary")).split()),
            ", ".join(one.tags),
        )
        for one in operations
    ]
    markdown = joined(
        [
            f"# {title}",
            f"Version {version}" if version else "",
            below(text(info.get("summary")), 1),
            below(text(info.get("description")), 1),
            *_facts(info, root),
            *_section("Servers", _servers(upgrade.servers(root, references.root))),
            *_section("Authentication", schemes),
            *_section("Pages", "\n".join(listed)),
            *_section("Operations", table(("Method", "Path", "Summary", "Tag"), rows)),
            *_section("What is missing", _missing(references)),
        ]
    )
    return SpecificationPage("", title, f"{markdown}\n", 0)


def _section(title: str, content: str) -> list[str]:
    return [f"## {title}", content] if content else []


def _facts(info: Mapping[str, Any], root: Mapping[str, Any]) -> list[str]:
    licence, contact, docs = (
        mapping(one) for one in (info.get("license"), info.get("contact"), root.get("externalDocs"))
    )
    found = [
        ("License", text(licence.get("name")), text(licence.get("url"))),
        ("Contact", text(contact.get("name")) or text(contact.get("email")), text(contact.get("url"))),
        ("Terms of service", "", text(info.get("termsOfService"))),
        ("Documentation", text(docs.get("description")), text(docs.get("url"))),
    ]
    lines = [f"- {name}: {f'[{said or url}](<{url}>)' if url else said}" for name, said, url in found if said or url]
    return ["\n".join(" ".join(line.split()) for line in lines)] if lines else []


def _servers(servers: Sequence[Any]) -> str:
    rows: list[tuple[str, str]] = []
    for server in map(mapping, servers):
        variables = [
            joined(
                [f"{code(f'{{{name}}}')}: {text(mapping(one).get('description'))}".rstrip(": "), _values(mapping(one))]
            )
            for name, one in mapping(server.get("variables")).items()
        ]
        rows.append((code(server.get("url", "/"), 1_000), joined([text(server.get("description")), *variables])))
    return table(("URL", "Description"), rows)


def _values(variable: Mapping[str, Any]) -> str:
    options = ", ".join(map(code, sequence(variable.get("enum"))))
    default = f"Default {code(variable['default'])}" if "default" in variable else ""
    return "; ".join(filter(None, [f"One of {options}" if options else "", default]))


def _missing(references: References) -> str:
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
