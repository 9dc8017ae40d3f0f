"""Find the operations of an AsyncAPI document: those below its channels (2.x), or those that name a channel (3.x)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.extract.formats.openapi.references import References, title_of
from docspasta_mcp.extract.formats.openapi.values import code, mapping, sequence, text

_VERBS = ("publish", "subscribe")  # of version 2
_APPENDED = ("tags", "examples", "security")  # what a trait adds to, and does not replace


@dataclass(frozen=True, slots=True)
class NamedNode:
    """A value of a document, the URL of the file that it is in, and what it is called there."""

    node: Mapping[str, Any]
    base: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ChannelOperation:
    """An operation: what the application does on which channel, by which messages."""

    action: str
    address: str
    id: str
    node: Mapping[str, Any]
    base: str
    channel: NamedNode
    messages: tuple[NamedNode, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of its tags, each once."""
        return tuple(dict.fromkeys(filter(None, (text(mapping(one).get("name")) for one in self.tag_nodes))))

    @property
    def tag_nodes(self) -> tuple[Any, ...]:
        """Its tags, as they stand."""
        return tuple(sequence(self.node.get("tags")))

    @property
    def title(self) -> str:
        """What is done and where, and what it is for."""
        summary = " ".join((text(self.node.get("summary")) or text(self.node.get("title"))).split())
        return f"{code(f'{self.action.upper()} {self.address}', 1_000)} {summary}".strip()


def operations_of(references: References, root: Mapping[str, Any]) -> Iterator[ChannelOperation]:
    """Yield the operations of a document in its order."""
    if text(root.get("asyncapi")).startswith("2"):
        yield from _of_channels(references, root)
        return
    for name, value in mapping(root.get("operations")).items():
        node, base = _resolved(references, value, references.root)
        node = with_traits(references, node, base)
        found = references.resolve(node.get("channel"), base)
        channel = NamedNode(mapping(found.value), found.base, title_of(found.name) if found.name else "")
        named = [_named(references, one, base) for one in sequence(node.get("messages"))]
        messages = named or list(messages_of(references, channel))
        yield ChannelOperation(
            text(node.get("action")), address_of(channel), str(name), node, base, channel, tuple(messages)
        )


def channels_of(references: References, root: Mapping[str, Any]) -> Iterator[NamedNode]:
    """Yield the channels of a document."""
    for name, value in mapping(root.get("channels")).items():
        node, base = _resolved(references, value, references.root)
        yield NamedNode(node, base, str(name))


def address_of(channel: NamedNode) -> str:
    """Return a channel's address: since version 3 it may have another name, or none yet."""
    return text(channel.node.get("address")) or channel.name


def messages_of(references: References, channel: NamedNode) -> Iterator[NamedNode]:
    """Yield the messages of a channel of version 3."""
    for name, value in mapping(channel.node.get("messages")).items():
        found = _named(references, value, channel.base)
        yield NamedNode(found.node, found.base, found.name or str(name))


def with_traits(references: References, node: Mapping[str, Any], base: str) -> Mapping[str, Any]:
    """Return an operation or a message with what its traits say; its own words go before theirs."""
    merged: dict[str, Any] = {}
    for value in sequence(node.get("traits")):
        trait, _ = _resolved(references, value, base)
        for name, said in trait.items():
            both = name in _APPENDED and isinstance(merged.get(name), list) and isinstance(said, list)
            merged[name] = [*merged[name], *sequence(said)] if both else said
    for name, said in node.items():
        both = name in _APPENDED and isinstance(merged.get(name), list) and isinstance(said, list)
        merged[name] = [*sequence(said), *merged[name]] if both else said
    return merged


def _of_channels(references: References, root: Mapping[str, Any]) -> Iterator[ChannelOperation]:
    for channel in channels_of(references, root):
        for verb in _VERBS:
            if isinstance(channel.node.get(verb), dict):
                node = with_traits(references, mapping(channel.node[verb]), channel.base)
                messages = tuple(_of_version_2(references, node.get("message"), channel.base))
                yield ChannelOperation(
                    verb, channel.name, text(node.get("operationId")), node, channel.base, channel, messages
                )


def _of_version_2(references: References, message: Any, base: str) -> Iterator[NamedNode]:
    """Yield the message of an operation, or those that it is one of."""
    if not mapping(message):
        return
    for one in sequence(mapping(message).get("oneOf")) or (message,):
        yield _named(references, one, base)


def _named(references: References, value: Any, base: str) -> NamedNode:
    found = references.resolve(value, base)
    node = with_traits(references, mapping(found.value), found.base)
    name = text(node.get("name")) or text(node.get("messageId")) or (title_of(found.name) if found.name else "")
    return NamedNode(node, found.base, name)


def _resolved(references: References, value: Any, base: str) -> tuple[Mapping[str, Any], str]:
    found = references.resolve(value, base)
    return mapping(found.value), found.base
