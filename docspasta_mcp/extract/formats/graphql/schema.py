"""Parse GraphQL's schema language, and put together what a schema says of a type in several places."""

from dataclasses import dataclass, field

from graphql import GraphQLError, parse
from graphql.language import (
    DirectiveDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from docspasta_mcp.errors import PageRefused

MAX_TOKENS = 3_000_000  # of a schema; the largest known ones have a tenth
_ROOTS = ("query", "mutation", "subscription")
Definition = TypeDefinitionNode | TypeExtensionNode
Field = FieldDefinitionNode | InputValueDefinitionNode


@dataclass(frozen=True, slots=True)
class GraphqlType:
    """A type: its name, its kind (`object`, `enum`, …), and its definition with all that extends it."""

    name: str
    kind: str
    parts: tuple[Definition, ...]

    @property
    def fields(self) -> list[Field]:
        """Its fields, of all parts."""
        return [one for part in self.parts for one in getattr(part, "fields", None) or ()]


@dataclass(frozen=True)
class GraphqlSchema:
    """A schema; `roots` are the types of queries, mutations and subscriptions by these words, as far as it has them."""

    types: dict[str, GraphqlType] = field(default_factory=dict[str, GraphqlType])
    roots: dict[str, str] = field(default_factory=dict[str, str])
    directives: tuple[DirectiveDefinitionNode, ...] = ()
    description: str = ""


def parse_schema(source: str) -> GraphqlSchema:
    """Return the schema that a text in GraphQL's schema language defines.

    Raises:
        PageRefused: it is none.
    """
    try:
        document = parse(source.lstrip("\ufeff"), max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        line = f" (line {error.locations[0].line})" if error.locations else ""
        raise PageRefused("unreadable", f"It is not a valid GraphQL schema{line}.") from error
    except RecursionError as error:
        raise PageRefused("too_deep", "The schema is nested too deeply.") from error
    parts: dict[str, list[Definition]] = {}
    roots: dict[str, str] = {}
    directives: list[DirectiveDefinitionNode] = []
    description = ""
    for one in document.definitions:
        if isinstance(one, TypeDefinitionNode | TypeExtensionNode):
            parts.setdefault(one.name.value, []).append(one)
        elif isinstance(one, SchemaDefinitionNode | SchemaExtensionNode):
            roots |= {part.operation.value: part.type.name.value for part in one.operation_types or ()}
            description = said_of(one) or description
        elif isinstance(one, DirectiveDefinitionNode):
            directives.append(one)
    roots = roots or {word: word.capitalize() for word in _ROOTS if word.capitalize() in parts}
    types = {name: GraphqlType(name, _kind(nodes[0]), tuple(nodes)) for name, nodes in parts.items()}
    return GraphqlSchema(types, roots, tuple(directives), description)


def said_of(node: object) -> str:
    """Return the description of a definition."""
    found = getattr(node, "description", None)
    return str(found.value).strip() if found is not None else ""


def _kind(node: Definition) -> str:
    return node.kind.partition("_type")[0]
