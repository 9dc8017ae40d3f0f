"""Lay an AsyncAPI document out in pages: overview, one page a tag, further messages, schemas."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.extract.formats.asyncapi.messages import bindings, message_told
from docspasta_mcp.extract.formats.asyncapi.operations import (
    ChannelOperation,
    NamedNode,
    address_of,
    channels_of,
    messages_of,
    operations_of,
    with_traits,
)
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
from docspasta_mcp.extract.formats.openapi.references import References, title_of
from docspasta_mcp.extract.formats.openapi.schemas import SchemaNode, Schemas
from docspasta_mcp.extract.formats.openapi.security import demands, schemes_told
from docspasta_mcp.extract.formats.openapi.values import below, code, joined, mapping, sequence, table, text


def pages_of(root_url: str, files: Mapping[str, Any]) -> tuple[SpecificationPage, ...]:
    """Return the pages of an AsyncAPI document, the overview first.

    Args:
        root_url: URL of the document.
        files: parsed files by URL: the document and those that it refers to.
    """
    root = mapping(files.get(root_url))
    references = References(root_url, files)
    schemas = Schemas(references)
    teller = _Teller(root, references, schemas)
    operations = list(operations_of(references, root))
    pages: list[SpecificationPage] = []
    for title, about, group in _groups(root, operations):
        pages += split_pages(f"tag/{title}", title, about, [teller.told(one) for one in group])
    pages += split_pages("messages", "Further messages", "", teller.further_messages(operations))
    own = mapping(mapping(root.get("components")).get("schemas"))
    pages += split_pages("schemas", "Schemas", "", all_schemas("/components/schemas", own, root_url, schemas))
    return (_overview(root, references, operations, pages), *pages)


def _groups(
    root: Mapping[str, Any], operations: Sequence[ChannelOperation]
) -> list[tuple[str, str, list[ChannelOperation]]]:
    """Return tags with what is said of them and their operations: those that the document lists come first."""
    listed = [*sequence(root.get("tags")), *sequence(mapping(root.get("info")).get("tags"))]
    nodes = [*listed, *(tag for one in operations for tag in one.tag_nodes)]
    tags = {text(mapping(one).get("name")): mapping(one) for one in reversed(nodes)}
    names = dict.fromkeys(text(mapping(one).get("name")) for one in nodes)
    groups: dict[str, list[ChannelOperation]] = {name: [] for name in names if name}
    loose: list[ChannelOperation] = []
    for operation in operations:
        (groups[operation.tags[0]] if operation.tags else loose).append(operation)
    found = [(name, about_tag(tags[name]), group) for name, group in groups.items() if group]
    return [*found, *([("Operations" if not found else "Other operations", "", loose)] if loose else [])]


@dataclass(frozen=True)
class _Teller:
    """Writes operations and messages of one document."""

    root: Mapping[str, Any]
    references: References
    schemas: Schemas

    def told(self, operation: ChannelOperation, level: int = 2) -> str:
        """Return an operation as a section of Markdown below a heading of its own."""
        node, channel = operation.node, operation.channel.node
        anchor = f" {{#{operation.id}}}" if operation.id and not any(c in operation.id for c in " {}\n") else ""
        security = node.get("security")
        return joined(
            [
                f"{'#' * level} {operation.title}{anchor}",
                "**Deprecated.**" if node.get("deprecated") is True else "",
                f"Operation {code(operation.id)}" if operation.id and not anchor else "",
                below(text(node.get("description")), level),
                self._channel(operation, level),
                self._parameters(operation.channel),
                *(self._message(one, level + 1) for one in operation.messages),
                self._reply(operation, level + 1),
                demands([_scheme(self.references, one, operation.base) for one in sequence(security)])
                if security
                else "",
                bindings(node),
                bindings(channel),
            ]
        )

    def further_messages(self, operations: Sequence[ChannelOperation]) -> list[str]:
        """Return the messages that no operation tells: of channels that none names, and those that are only kept."""
        told = {id(one.node.get("payload")) for operation in operations for one in operation.messages}
        parts = [
            one for channel in channels_of(self.references, self.root) for one in messages_of(self.references, channel)
        ]
        for name, value in mapping(mapping(self.root.get("components")).get("messages")).items():
            found = self.references.resolve(value, self.references.root)
            parts.append(
                NamedNode(with_traits(self.references, mapping(found.value), found.base), found.base, str(name))
            )
        sections: list[str] = []
        for part in parts:
            if part.node and id(part.node.get("payload")) not in told:
                told.add(id(part.node.get("payload")))
                sections.append(self._message(part, 2))
        return sections

    def _message(self, message: NamedNode, level: int) -> str:
        return message_told(self.schemas, message, level, content_type=text(self.root.get("defaultContentType")))

    def _channel(self, operation: ChannelOperation, level: int) -> str:
        """Return what is said of the channel; its name where that is not its address."""
        channel = operation.channel
        name = channel.name if channel.name and channel.name != operation.address else ""
        servers = [
            code(title_of(text(mapping(one).get("$ref"))) if isinstance(one, dict) else text(one))
            for one in sequence(channel.node.get("servers"))
        ]
        return joined(
            [
                f"Channel {code(name)}" if name else "",
                below(text(channel.node.get("summary")), level),
                below(text(channel.node.get("description")), level),
                f"Servers: {', '.join(servers)}" if servers else "",
            ]
        )

    def _parameters(self, channel: NamedNode) -> str:
        rows: list[tuple[str, str, str]] = []
        for name, value in mapping(channel.node.get("parameters")).items():
            found = self.references.resolve(value, channel.base)
            node = mapping(found.value)
            schema = SchemaNode(node.get("schema", {"type": "string"}), found.base)
            place = text(node.get("location"))
            said = [text(node.get("description")), variable_values(node), self.schemas.said(schema)]
            rows.append(
                (code(name), self.schemas.phrase(schema), joined([*said, f"At {code(place)}" if place else ""]))
            )
        return joined(["Parameters of the channel:", table(("Name", "Type", "Description"), rows)]) if rows else ""

    def _reply(self, operation: ChannelOperation, level: int) -> str:
        found = self.references.resolve(operation.node.get("reply"), operation.base)
        reply = mapping(found.value)
        if not reply:
            return ""
        place = self.references.resolve(reply.get("channel"), found.base)
        channel = NamedNode(mapping(place.value), place.base, title_of(place.name) if place.name else "")
        address = mapping(self.references.resolve(reply.get("address"), found.base).value)
        where = text(address.get("location"))
        named = sequence(reply.get("messages"))
        messages = [self._part(one, found.base) for one in named] or list(messages_of(self.references, channel))
        return joined(
            [
                f"{'#' * level} Reply {code(address_of(channel)) if address_of(channel) else ''}".rstrip(),
                f"Sent to {code(where)}. {text(address.get('description'))}".strip() if where else "",
                *(self._message(one, min(6, level + 1)) for one in messages),
            ]
        )

    def _part(self, value: Any, base: str) -> NamedNode:
        found = self.references.resolve(value, base)
        node = with_traits(self.references, mapping(found.value), found.base)
        return NamedNode(node, found.base, text(node.get("name")) or title_of(found.name))


def _scheme(references: References, value: Any, base: str) -> dict[str, Any]:
    """Return a demand by its scheme's name: of version 2 as it stands, since version 3 a reference."""
    if "$ref" not in mapping(value):
        return dict(mapping(value))
    scopes = mapping(references.resolve(value, base).value).get("scopes")
    return {title_of(str(mapping(value)["$ref"])): scopes or []}


def _overview(
    root: Mapping[str, Any],
    references: References,
    operations: Sequence[ChannelOperation],
    pages: Sequence[SpecificationPage],
) -> SpecificationPage:
    info = mapping(root.get("info"))
    title = " ".join(text(info.get("title")).split()) or "API"
    version = text(info.get("version"))
    docs = mapping(references.resolve(root.get("externalDocs") or info.get("externalDocs"), references.root).value)
    schemes = mapping(mapping(root.get("components")).get("securitySchemes"))
    rows = [
        (code(one.action.upper()), code(one.address, 1_000), " ".join(text(one.node.get("summary")).split()),
         ", ".join(code(message.name) for message in one.messages if message.name))
        for one in operations
    ]  # fmt: skip
    channels = [
        (code(address_of(one), 1_000), joined([text(one.node.get("title")), text(one.node.get("description"))]))
        for one in channels_of(references, root)
    ]
    markdown = joined(
        [
            f"# {title}",
            f"Version {version}" if version else "",
            below(text(info.get("description")), 1),
            *facts(info, docs),
            *section("Servers", table(("Server", "Address", "Description"), _servers(root, references))),
            *section("Authentication", schemes_told(references, schemes, references.root)),
            *section("Pages", "\n".join(f"- {page.title}" for page in pages)),
            *section("Operations", table(("Action", "Channel", "Summary", "Message"), rows)),
            *section("Channels", table(("Channel", "Description"), channels)),
            *section("What is missing", missing(references)),
        ]
    )
    return SpecificationPage("", title, f"{markdown}\n", 0)


def _servers(root: Mapping[str, Any], references: References) -> Iterator[tuple[str, str, str]]:
    for name, value in mapping(root.get("servers")).items():
        server = mapping(references.resolve(value, references.root).value)
        protocol = " ".join(filter(None, (text(server.get("protocol")), text(server.get("protocolVersion")))))
        host = text(server.get("url")) or f"{text(server.get('host'))}{text(server.get('pathname'))}"
        variables = [
            joined(
                [
                    f"{code(f'{{{key}}}')}: {text(mapping(one).get('description'))}".rstrip(": "),
                    variable_values(mapping(one)),
                ]
            )
            for key, one in mapping(server.get("variables")).items()
        ]
        yield (
            code(name),
            code(host, 1_000),
            joined([f"Protocol {code(protocol)}" if protocol else "", text(server.get("description")), *variables]),
        )
