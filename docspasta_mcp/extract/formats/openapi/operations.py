"""Tell one operation: heading, parameters, body, responses, callbacks, security, servers and code samples."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.extract.formats.openapi import upgrade
from docspasta_mcp.extract.formats.openapi.examples import media_examples
from docspasta_mcp.extract.formats.openapi.references import References
from docspasta_mcp.extract.formats.openapi.schemas import SchemaNode, Schemas
from docspasta_mcp.extract.formats.openapi.security import demands
from docspasta_mcp.extract.formats.openapi.values import below, code, code_block, joined, mapping, sequence, table, text

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
MAX_CALLBACKS = 50  # of one operation
MAX_TITLE = 120  # characters of a description that stands in a heading
_PLACES = ("path", "query", "querystring", "header", "cookie")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as its file has it. `shared` are the parameters of its path, `servers` those of its path."""

    method: str
    path: str
    node: Mapping[str, Any]
    base: str
    shared: tuple[Any, ...] = ()
    shared_base: str = ""
    servers: tuple[Any, ...] = ()
    is_webhook: bool = False

    @property
    def id(self) -> str:
        """Its operationId, or empty."""
        return text(self.node.get("operationId"))

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of its tags, each once."""
        return tuple(dict.fromkeys(filter(None, map(text, sequence(self.node.get("tags"))))))

    @property
    def title(self) -> str:
        """Method and path, and what it is for."""
        name = code(f"{self.method.upper()} {self.path}", 1_000)
        summary = " ".join(text(self.node.get("summary")).split())
        return f"{name} {summary}".strip()


def operations_of(references: References, paths: Any, base: str, *, is_webhook: bool = False) -> Iterator[Operation]:
    """Yield the operations of a specification's paths or webhooks, in its order."""
    for path, value in mapping(paths).items():
        found = references.resolve(value, base)
        item = mapping(found.value)
        shared = tuple(sequence(item.get("parameters")))
        servers = tuple(sequence(item.get("servers")))
        more = mapping(item.get("additionalOperations"))
        for method, node in ((name.lower(), node) for held in (item, more) for name, node in held.items()):
            if (method in METHODS or node in more.values()) and isinstance(node, dict):
                yield Operation(method, str(path), mapping(node), found.base, shared, found.base, servers, is_webhook)


@dataclass(frozen=True)
class Teller:
    """Writes operations of one specification."""

    root: Mapping[str, Any]
    references: References
    schemas: Schemas

    def told(self, operation: Operation, level: int = 2) -> str:
        """Return an operation as a section of Markdown below a heading of its own."""
        node = operation.node
        parameters = self._parameters(operation)
        old = upgrade.is_old(self.root)
        consumes = sequence(node.get("consumes", self.root.get("consumes"))) if old else ()
        body: Mapping[str, Any] = upgrade.request_body([one for one, _ in parameters], consumes) if old else {}
        found = self.references.resolve(body or node.get("requestBody"), operation.base)
        anchor = f" {{#{operation.id}}}" if operation.id and not any(c in operation.id for c in " {}\n") else ""
        return joined(
            [
                f"{'#' * level} {operation.title}{anchor}",
                "**Deprecated.**" if node.get("deprecated") is True else "",
                f"Operation {code(operation.id)}" if operation.id and not anchor else "",
                below(text(node.get("description")), level),
                _more(node),
                *self._parameter_tables(parameters, level + 1),
                self._body(mapping(found.value), found.base, level + 1),
                *self._responses(operation, level + 1),
                *self._callbacks(operation, level + 1),
                demands(node.get("security", self.root.get("security"))) if not operation.is_webhook else "",
                _servers([*sequence(node.get("servers")), *operation.servers]),
                *_samples(node),
            ]
        )

    def _parameters(self, operation: Operation) -> list[tuple[Mapping[str, Any], str]]:
        """Return the operation's parameters with their files; its own go before those of its path."""
        found: dict[tuple[str, str], tuple[Mapping[str, Any], str]] = {}
        own = [(one, operation.base) for one in sequence(operation.node.get("parameters"))]
        for value, base in [*((one, operation.shared_base) for one in operation.shared), *own]:
            one = self.references.resolve(value, base)
            node = mapping(one.value)
            if node:
                found[text(node.get("in")), text(node.get("name"))] = node, one.base
        return list(found.values())

    def _parameter_tables(self, parameters: Sequence[tuple[Mapping[str, Any], str]], level: int) -> Iterator[str]:
        rows: list[tuple[str, str, str, str, str]] = []
        inner: list[str] = []
        order = {place: number for number, place in enumerate(_PLACES)}
        shown = [one for one in parameters if one[0].get("in") not in ("body", "formData")]
        for node, base in sorted(shown, key=lambda one: order.get(text(one[0].get("in")), len(order))):
            schema = SchemaNode(upgrade.schema_of(node), base)
            required = "yes" if node.get("required") is True or node.get("in") == "path" else ""
            name = code(node.get("name"))
            rows.append((name, text(node.get("in")), self.schemas.phrase(schema), required, self._about(node, schema)))
            if not self.schemas.name(schema) and (fields := self.schemas.fields(schema)):
                inner.append(joined([f"Fields of {name}:", fields]))
        if rows:
            yield f"{'#' * level} Parameters"
            yield table(("Name", "In", "Type", "Required", "Description"), rows)
            yield from inner

    def _about(self, node: Mapping[str, Any], schema: SchemaNode) -> str:
        """Return what is said of a parameter or header: its own words, then its schema's."""
        own = text(node.get("description"))
        examples = [mapping(one).get("value") for one in mapping(node.get("examples")).values()]
        examples = [node["example"]] if "example" in node else examples
        shown = [one for one in examples if one is not None][:3]
        return joined(
            [
                "**Deprecated.**" if node.get("deprecated") is True else "",
                own,
                self.schemas.said(schema) if own else self.schemas.about(schema),
                f"For example {', '.join(map(code, shown))}" if shown else "",
            ]
        )

    def _body(self, body: Mapping[str, Any], base: str, level: int) -> str:
        if not body:
            return ""
        required = " (required)" if body.get("required") is True else ""
        return joined(
            [
                f"{'#' * level} Request body{required}",
                below(text(body.get("description")), level),
                *self._content(body.get("content"), base),
            ]
        )

    def _content(self, content: Any, base: str) -> Iterator[str]:
        """Yield a body's media types, those with one schema together: its type, fields and examples."""
        groups: dict[str, list[str]] = {}
        media_types = mapping(content)
        for name, value in media_types.items():
            media = mapping(self.references.resolve(value, base).value)
            groups.setdefault(repr((media.get("schema"), media.get("itemSchema"))), []).append(name)
        for names in groups.values():
            found = self.references.resolve(media_types[names[0]], base)
            media = mapping(found.value)
            is_stream = "itemSchema" in media
            schema = SchemaNode(media.get("itemSchema" if is_stream else "schema", True), found.base)
            phrase = self.schemas.phrase(schema)
            rest = self.schemas.constraints(schema)
            said = "" if phrase == "any" and not rest else f": {'; '.join([phrase, *rest])}"
            yield f"{', '.join(map(code, names))}{' (a stream of items)' if is_stream else ''}{said}"
            yield self.schemas.told_fields(schema)
            for name in names:
                one = self.references.resolve(media_types[name], base)
                yield from media_examples(self.references, mapping(one.value), one.base, name)

    def _responses(self, operation: Operation, level: int) -> Iterator[str]:
        old = upgrade.is_old(self.root)
        produces = sequence(operation.node.get("produces", self.root.get("produces"))) if old else ()
        responses = mapping(operation.node.get("responses"))
        if responses:
            yield f"{'#' * level} Responses"
        bare: list[tuple[str, str]] = []
        for status, value in responses.items():
            found = self.references.resolve(value, operation.base)
            node = upgrade.response(mapping(found.value), produces) if old else mapping(found.value)
            said = text(node.get("description")) or text(node.get("summary"))
            if not (mapping(node.get("content")) or mapping(node.get("headers")) or mapping(node.get("links"))):
                bare.append((code(status), said))
                continue
            if bare:
                yield table(("Status", "Description"), bare)
                bare = []
            is_short = len(said) <= MAX_TITLE
            yield f"{'#' * min(6, level + 1)} {code(status)} {' '.join(said.split()) if is_short else ''}".strip()
            yield "" if is_short else below(said, level + 1)
            yield self._headers(node, found.base)
            yield from self._content(node.get("content"), found.base)
            yield _links(node)
        if bare:
            yield table(("Status", "Description"), bare)

    def _headers(self, response: Mapping[str, Any], base: str) -> str:
        rows: list[tuple[str, str, str]] = []
        for name, value in mapping(response.get("headers")).items():
            found = self.references.resolve(value, base)
            header = mapping(found.value)
            schema = SchemaNode(upgrade.schema_of(header), found.base)
            rows.append((code(name), self.schemas.phrase(schema), self._about(header, schema)))
        return table(("Header", "Type", "Description"), rows)

    def _callbacks(self, operation: Operation, level: int) -> Iterator[str]:
        """Yield the requests that the server makes in its turn; those have none of their own here."""
        if operation.is_webhook:
            return
        for name, value in list(mapping(operation.node.get("callbacks")).items())[:MAX_CALLBACKS]:
            found = self.references.resolve(value, operation.base)
            for one in operations_of(self.references, found.value, found.base, is_webhook=True):
                yield f"{'#' * level} Callback {code(name)}"
                yield self.told(one, min(5, level + 1))


def _more(node: Mapping[str, Any]) -> str:
    docs = mapping(node.get("externalDocs"))
    url = text(docs.get("url"))
    return f"See [{' '.join(text(docs.get('description')).split()) or url}](<{url}>)." if url else ""


def _servers(servers: Sequence[Any]) -> str:
    urls = [code(mapping(one).get("url"), 1_000) for one in servers if mapping(one).get("url")]
    return f"Servers: {', '.join(urls)}" if urls else ""


def _links(response: Mapping[str, Any]) -> str:
    rows: list[tuple[str, str, str]] = []
    for name, value in mapping(response.get("links")).items():
        link = mapping(value)
        target = text(link.get("operationId")) or text(link.get("operationRef")) or text(link.get("$ref"))
        rows.append((code(name), code(target) if target else "", text(link.get("description"))))
    return table(("Link", "Operation", "Description"), rows)


def _samples(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the code samples that Redoc and others read."""
    for name in ("x-codeSamples", "x-code-samples"):
        for sample in map(mapping, sequence(node.get(name))):
            if source := text(sample.get("source")):
                language = text(sample.get("lang"))
                label = text(sample.get("label")) or language
                word = language.lower().split()[0] if language.split() else ""
                yield joined([f"{label}:" if label else "", code_block(source, word if word.isalnum() else "")])
