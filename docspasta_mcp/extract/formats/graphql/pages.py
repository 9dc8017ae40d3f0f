"""Lay a GraphQL schema out in pages: overview, queries, mutations, subscriptions, and a page of each kind of type."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from graphql import print_ast
from graphql.language import DirectiveDefinitionNode, InputValueDefinitionNode

from docspasta_mcp.extract.formats.graphql.schema import Field, GraphqlSchema, GraphqlType, parse_schema, said_of
from docspasta_mcp.extract.formats.openapi.layout import SpecificationPage, section, split_pages
from docspasta_mcp.extract.formats.openapi.values import below, code, code_block, joined, table

_ROOTS = {"query": "Queries", "mutation": "Mutations", "subscription": "Subscriptions"}
_KINDS = {
    "object": "Objects", "interface": "Interfaces", "union": "Unions", "enum": "Enums",
    "input_object": "Input objects", "scalar": "Scalars",
}  # fmt: skip
_TITLES = ("", "schema", "graphql", "index", "api")  # names of files that say no more than that


def pages_of(source: str, url: str) -> tuple[SpecificationPage, ...]:
    """Return the pages of a schema, the overview first.

    Args:
        source: in the schema language.
        url: where it was found.

    Raises:
        PageRefused: it is not a schema.
    """
    schema = parse_schema(source)
    pages: list[SpecificationPage] = []
    for word, title in _ROOTS.items():
        if root := schema.types.get(schema.roots.get(word, "")):
            pages += split_pages(title.lower(), title, _about(root), [_operation(one) for one in root.fields])
    for kind, title in _KINDS.items():
        own = [one for one in schema.types.values() if one.kind == kind and one.name not in schema.roots.values()]
        pages += split_pages(title.lower().replace(" ", "-"), title, "", [_type(one) for one in own])
    pages += split_pages("directives", "Directives", "", [_directive(one) for one in schema.directives])
    return (_overview(schema, url, pages), *pages)


def _overview(schema: GraphqlSchema, url: str, pages: Sequence[SpecificationPage]) -> SpecificationPage:
    stem = unquote(urlsplit(url).path.rpartition("/")[2]).partition(".")[0]
    title = "GraphQL schema" if stem.lower() in _TITLES else f"{stem} (GraphQL schema)"
    rows = [
        (word, code(one.name.value), code(print_ast(one.type)) if not _is_input(one) else "", _first(said_of(one)))
        for word in _ROOTS
        if (root := schema.types.get(schema.roots.get(word, "")))
        for one in root.fields
    ]
    markdown = joined(
        [
            f"# {title}",
            below(schema.description, 1),
            *section("Pages", "\n".join(f"- {page.title}" for page in pages)),
            *section("Operations", table(("Operation", "Name", "Returns", "Description"), rows)),
        ]
    )
    return SpecificationPage("", title, f"{markdown}\n", 0)


def _operation(node: Field) -> str:
    """Return a query, mutation or subscription as a section: its signature, what it is for, its arguments."""
    arguments: Sequence[InputValueDefinitionNode] = getattr(node, "arguments", None) or ()
    signature = ", ".join(_argument(one) for one in arguments)
    line = f"{node.name.value}({signature})" if arguments else node.name.value
    rows = [
        (code(one.name.value), code(print_ast(one.type)), _default(one), joined([said_of(one), *_marks(one)]))
        for one in arguments
    ]
    return joined(
        [
            f"## {code(node.name.value)} {{#{node.name.value}}}",
            code_block(f"{line}: {print_ast(node.type)}", "graphql"),
            *_marks(node),
            below(said_of(node), 2),
            table(("Argument", "Type", "Default", "Description"), rows),
        ]
    )


def _type(found: GraphqlType) -> str:
    """Return a type as a section: what it is for, and its fields, values or members."""
    names = [f"## {code(found.name)} {{#{found.name}}}"]
    interfaces = _names(found, "interfaces")
    members = _names(found, "types")
    values = [one for part in found.parts for one in getattr(part, "values", None) or ()]
    return joined(
        [
            *names,
            f"Implements {interfaces}" if interfaces else "",
            *(mark for part in found.parts for mark in _marks(part)),
            _about(found),
            f"One of {members}" if members else "",
            _fields(found),
            table(
                ("Value", "Description"),
                [(code(one.name.value), joined([*_marks(one), said_of(one)])) for one in values],
            ),
        ]
    )


def _about(found: GraphqlType) -> str:
    return joined(below(said_of(part), 2) for part in found.parts)


def _names(found: GraphqlType, attribute: str) -> str:
    return ", ".join(code(one.name.value) for part in found.parts for one in getattr(part, attribute, None) or ())


def _fields(found: GraphqlType) -> str:
    rows: list[tuple[str, str, str, str]] = []
    for one in found.fields:
        arguments: Sequence[InputValueDefinitionNode] = getattr(one, "arguments", None) or ()
        told = [f"{code(_argument(argument))} {' '.join(said_of(argument).split())}".strip() for argument in arguments]
        more = joined([*_marks(one), said_of(one), joined(["Arguments:", *told]) if told else ""])
        rows.append((code(one.name.value), code(print_ast(one.type)), _default(one), more))
    return table(("Field", "Type", "Default", "Description"), rows)


def _directive(node: DirectiveDefinitionNode) -> str:
    rows = [
        (code(one.name.value), code(print_ast(one.type)), _default(one), said_of(one)) for one in node.arguments or ()
    ]
    places = ", ".join(code(one.value) for one in node.locations)
    return joined(
        [
            f"## {code(f'@{node.name.value}')}",
            below(said_of(node), 2),
            f"On {places}{', repeatable' if node.repeatable else ''}",
            table(("Argument", "Type", "Default", "Description"), rows),
        ]
    )


def _argument(node: InputValueDefinitionNode) -> str:
    default = f" = {print_ast(node.default_value)}" if node.default_value is not None else ""
    return f"{node.name.value}: {print_ast(node.type)}{default}"


def _default(node: Field) -> str:
    value = getattr(node, "default_value", None)
    return code(print_ast(value)) if value is not None else ""


def _marks(node: Any) -> Iterator[str]:
    """Yield what directives say of a definition; deprecation in words."""
    for one in node.directives or ():
        if one.name.value == "deprecated":
            reason = next(
                (print_ast(said.value).strip('"') for said in one.arguments or () if said.name.value == "reason"), ""
            )
            yield f"**Deprecated.** {' '.join(reason.split())}".strip()
        else:
            yield code(print_ast(one))


def _is_input(node: Field) -> bool:
    return isinstance(node, InputValueDefinitionNode)


def _first(said: str) -> str:
    return " ".join(said.partition("\n\n")[0].split())
