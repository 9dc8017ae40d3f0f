"""Lay a specification out in pages: overview, one page a tag, webhooks, schemas. The order is the specification's.

A page that would grow past `MAX_PAGE` goes on in a second one, so that no tag of a thousand operations is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from docspasta_mcp.extract.formats.openapi import upgrade
from docspasta_mcp.extract.formats.openapi.layout import (
    SpecificationPage,
    about_tag,
    all_schemas,
    facts,
    missing,
    section,
    split_pages,
    variable_values,
)
from docspasta_mcp.extract.formats.openapi.operations import Operation, Teller, operations_of
from docspasta_mcp.extract.formats.openapi.parse import is_specification
from docspasta_mcp.extract.formats.openapi.references import References
from docspasta_mcp.extract.formats.openapi.schemas import Schemas
from docspasta_mcp.extract.formats.openapi.security import schemes_told
from docspasta_mcp.extract.formats.openapi.values import below, code, joined, mapping, sequence, table, text

_MAX_UNTAGGED = 40  # operations on one page where none has a tag; more are split by the first part of their paths


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
        pages += split_pages("webhooks", "Webhooks", "", [teller.told(one) for one in webhooks])
    pages += split_pages("schemas", "Schemas", "", all_schemas(*upgrade.shared_schemas(root), root_url, schemas))
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
    found = [(name, about_tag(tags.get(name, {})), group) for name, group in groups.items()]
    if len(loose) > _MAX_UNTAGGED and not found:
        parts: dict[str, list[Operation]] = {}
        for operation in loose:
            parts.setdefault(_first_part(operation.path), []).append(operation)
        return [(name, "", group) for name, group in parts.items()]
    return [*found, *([("Operations" if not found else "Other operations", "", loose)] if loose else [])]


def _first_part(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    return parts[0] if parts else "/"


def _tag(teller: Teller, title: str, about: str, operations: Sequence[Operation]) -> list[SpecificationPage]:
    if not operations and not about:
        return []
    return split_pages(f"tag/{title}", title, about, [teller.told(one) for one in operations])


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
            *facts(info, mapping(root.get("externalDocs"))),
            *section("Servers", _servers(upgrade.servers(root, references.root))),
            *section("Authentication", schemes),
            *section("Pages", "\n".join(listed)),
            *section("Operations", table(("Method", "Path", "Summary", "Tag"), rows)),
            *section("What is missing", missing(references)),
        ]
    )
    return SpecificationPage("", title, f"{markdown}\n", 0)


def _servers(servers: Sequence[Any]) -> str:
    rows: list[tuple[str, str]] = []
    for server in map(mapping, servers):
        variables = [
            joined(
                [
                    f"{code(f'{{{name}}}')}: {text(mapping(one).get('description'))}".rstrip(": "),
                    variable_values(mapping(one)),
                ]
            )
            for name, one in mapping(server.get("variables")).items()
        ]
        rows.append((code(server.get("url", "/"), 1_000), joined([text(server.get("description")), *variables])))
    return table(("URL", "Description"), rows)
