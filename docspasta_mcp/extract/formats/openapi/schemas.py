"""Say a schema in a reader's words: its type in a phrase, its constraints, and its fields as rows of a table.

A schema that has a name (`#/components/schemas/Pet`) is said by its name wherever it is used, and told once on the
pages of schemas; one without a name is opened where it stands. So nothing circular is ever followed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from docspasta_mcp.extract.formats.openapi.references import References, title_of
from docspasta_mcp.extract.formats.openapi.values import code, joined, mapping, sequence, table, text

MAX_LEVELS = 12  # of schemas without a name within each other
MAX_ROWS = 3_000  # of one table
MAX_BORROWED = 200  # characters of a schema's description, said again where its name is used
HEAD = ("Field", "Type", "Required", "Description")
_VARIANTS = (("oneOf", "one of"), ("anyOf", "any of"))
_WORDS = ((str, "string"), (bool, "boolean"), (int, "integer"), (float, "number"))  # in this order
_LIMITS = (
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("minProperties", "at least {} fields"),
    ("maxProperties", "at most {} fields"),
    ("multipleOf", "a multiple of {}"),
    ("pattern", "pattern {}"),
    ("contentEncoding", "encoding {}"),
    ("contentMediaType", "media type {}"),
)


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """A schema, as it stands in a file, and the URL of that file."""

    schema: Any
    base: str


@dataclass
class Schemas:
    """Tells schemas; `named` are those that were said by their names, URL with pointer → schema, in order."""

    references: References
    named: dict[str, SchemaNode] = field(default_factory=dict[str, SchemaNode])
    _told: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def name(self, node: SchemaNode) -> str:
        """Return the name of a schema that is a reference, and note it; empty if it has none."""
        reference = mapping(node.schema).get("$ref")
        if not isinstance(reference, str):
            return ""
        found = self.references.resolve({"$ref": reference}, node.base)
        title = title_of(found.name)
        if not found.value or not title or title.isdecimal() or title in ("schema", "items", "additionalProperties"):
            return "" if found.value else (title or "unknown")
        self.named.setdefault(found.name, SchemaNode(found.value, found.base))
        return title

    def opened(self, node: SchemaNode) -> SchemaNode:
        """Return a schema with its reference resolved."""
        found = self.references.resolve(node.schema, node.base)
        return SchemaNode(found.value, found.base)

    def phrase(self, node: SchemaNode, level: int = 0) -> str:
        """Return a schema's type in a few words."""
        if name := self.name(node):
            return name
        node = self.opened(node)
        schema = mapping(node.schema)
        if isinstance(node.schema, bool) or level > MAX_LEVELS:
            return "nothing" if node.schema is False else "any"
        kinds = schema.get("type")
        words = [str(kind) for kind in sequence(kinds)] if isinstance(kinds, list) else [text(kinds)]
        said = self._combined(schema, node.base, level)
        said = said or " or ".join(self._kind(kind, schema, node.base, level) for kind in words)
        return f"{said} or null" if schema.get("nullable") is True or schema.get("x-nullable") is True else said

    def _combined(self, schema: Mapping[str, Any], base: str, level: int) -> str:
        """Return the phrase of a schema that is made of others; empty for one that is not."""
        for keyword, words in _VARIANTS:
            if options := sequence(schema.get(keyword)):
                said = list(dict.fromkeys(self.phrase(SchemaNode(one, base), level + 1) for one in options))
                return f"{words}: {', '.join(said)}" if len(said) > 1 else said[0]
        names = [self.phrase(SchemaNode(one, base), level + 1) for one in sequence(schema.get("allOf"))]
        said = list(dict.fromkeys(name for name in names if name not in ("object", "any")))
        if said and (schema.get("properties") or "object" in names):
            said.append("more fields")
        return " and ".join(said) or ("object" if names else "")

    def _kind(self, kind: str, schema: Mapping[str, Any], base: str, level: int) -> str:
        if kind == "array" or (not kind and "items" in schema):
            items = schema.get("items")
            if isinstance(items, (dict, bool)):
                inner = self.phrase(SchemaNode(items, base), level + 1)
                return f"array of {f'({inner})' if ': ' in inner or ' and ' in inner else inner}"
            return "array"
        if kind == "object" or (not kind and ("properties" in schema or "additionalProperties" in schema)):
            values = schema.get("additionalProperties")
            if isinstance(values, dict) and values and not schema.get("properties"):
                return f"map of text to {self.phrase(SchemaNode(values, base), level + 1)}"
            return "object"
        if not kind:
            known = schema.get("const", next(iter(sequence(schema.get("enum"))), None))
            kind = next((word for held, word in _WORDS if isinstance(known, held)), "any")
        form = text(schema.get("format"))
        return f"{kind} ({form})" if form else kind

    def said(self, node: SchemaNode) -> str:
        """Return a schema's constraints as a sentence's part; empty if it has none."""
        found = "; ".join(self.constraints(node))
        return found[:1].upper() + found[1:]

    def about(self, node: SchemaNode) -> str:
        """Return a schema's description and constraints as one paragraph of Markdown."""
        own, opened = mapping(node.schema), mapping(self.opened(node).schema)
        schema = own if "$ref" in own else opened
        said = text(schema.get("description")) or text(schema.get("title"))
        if "$ref" in own and not said:  # the rest stands with the schema itself
            said = text(opened.get("description")).partition("\n\n")[0]
            said = said if len(said) <= MAX_BORROWED else ""
        return joined([said, self.said(SchemaNode(schema, node.base))])

    def constraints(self, node: SchemaNode) -> list[str]:
        """Return what a schema demands of a value, each in a few words."""
        schema = mapping(node.schema)
        if "$ref" in schema:
            schema = mapping(self.opened(node).schema) if "enum" in mapping(self.opened(node).schema) else schema
        items = mapping(schema.get("items"))
        enum = sequence(schema.get("enum")) or sequence(items.get("enum"))
        found = [f"one of {', '.join(map(code, enum))}"] if enum else []
        if "const" in schema:
            found.append(f"always {code(schema['const'])}")
        if "default" in schema:
            found.append(f"default {code(schema['default'])}")
        for keyword, words in _LIMITS:
            if (limit := text(schema.get(keyword))) and not isinstance(schema.get(keyword), bool):
                found.append(words.format(code(limit)))
        for keyword, bound, words in (
            ("exclusiveMinimum", "minimum", "more than {}"),
            ("exclusiveMaximum", "maximum", "less than {}"),
        ):
            limit = schema.get(keyword)
            limit = schema.get(bound) if limit is True else limit
            if (said := text(limit)) and limit is not False:
                found.append(words.format(code(said)))
        flags = (("uniqueItems", "no item twice"), ("readOnly", "read-only"), ("writeOnly", "write-only"))
        found += [words for keyword, words in (*flags, ("deprecated", "**deprecated**")) if schema.get(keyword) is True]
        examples = [schema["example"]] if "example" in schema else list(sequence(schema.get("examples")))[:3]
        if shown := [one for one in examples if not isinstance(one, (dict, list))]:
            found.append(f"for example {', '.join(map(code, shown))}")
        return found

    def fields(self, node: SchemaNode) -> str:
        """Return a schema's fields as a table, with those of schemas without a name in it; nothing if it has none."""
        rows: list[tuple[str, str, str, str]] = []
        for row in self._rows(node, "", 0, frozenset()):
            if len(rows) == MAX_ROWS:
                rows.append(("…", "", "", f"Only the first {MAX_ROWS:,} fields are shown."))
                break
            rows.append(row)
        return table(HEAD, rows)

    def _rows(
        self, node: SchemaNode, prefix: str, level: int, seen: frozenset[int]
    ) -> Iterator[tuple[str, str, str, str]]:
        node = self.opened(node)
        schema = mapping(node.schema)
        if level > MAX_LEVELS or id(node.schema) in seen or not schema:
            return
        seen |= {id(node.schema)}
        required = {str(name) for part in self._parts(node) for name in sequence(mapping(part.schema).get("required"))}
        for name, found in self._properties(node).items():
            mark = "yes" if name in required else ""
            yield code(f"{prefix}{name}"), self.phrase(found), mark, self.about(found)
            yield from self._inner(found, f"{prefix}{name}", level + 1, seen)
        for part in self._parts(node):
            yield from self._loose(part, prefix, level, seen)

    def _loose(
        self, node: SchemaNode, prefix: str, level: int, seen: frozenset[int]
    ) -> Iterator[tuple[str, str, str, str]]:
        """Yield what fields may come besides those that have a name: patterns, others, and variants."""
        schema = mapping(node.schema)
        others = [(pattern, value) for pattern, value in mapping(schema.get("patternProperties")).items()]
        if (
            isinstance(rest := schema.get("additionalProperties"), dict)
            and rest
            and (schema.get("properties") or level)
        ):
            others.append(("*", mapping(rest)))
        for pattern, value in others:
            found = SchemaNode(value, node.base)
            yield code(f"{prefix}{pattern}"), self.phrase(found), "", self.about(found)
            yield from self._inner(found, f"{prefix}{pattern}", level + 1, seen)
        for keyword, _ in _VARIANTS:
            options = sequence(schema.get(keyword))
            for number, option in enumerate(options, 1):
                found = SchemaNode(option, node.base)
                if not self.name(found) and self._has_fields(found):
                    title = text(mapping(option).get("title"))
                    yield (
                        code(prefix.rstrip(".")) if prefix else "",
                        f"option {number} of {len(options)}",
                        "",
                        joined([f"**{title}**" if title else "", text(mapping(option).get("description"))]),
                    )
                    yield from self._rows(found, prefix, level + 1, seen)

    def _inner(
        self, node: SchemaNode, name: str, level: int, seen: frozenset[int]
    ) -> Iterator[tuple[str, str, str, str]]:
        """Yield the fields of what has no name of its own: an object, the items of an array, the values of a map."""
        if self.name(node):
            return
        node = self.opened(node)
        schema = mapping(node.schema)
        items, values = schema.get("items"), schema.get("additionalProperties")
        if isinstance(items, dict):
            yield from (
                self._inner(SchemaNode(items, node.base), f"{name}[]", level + 1, seen) if level < MAX_LEVELS else ()
            )
        elif isinstance(values, dict) and values and not schema.get("properties"):
            yield from (
                self._inner(SchemaNode(values, node.base), f"{name}.*", level + 1, seen) if level < MAX_LEVELS else ()
            )
        else:
            yield from self._rows(node, f"{name}.", level, seen)

    def _has_fields(self, node: SchemaNode) -> bool:
        return bool(self._properties(self.opened(node)))

    def _properties(self, node: SchemaNode) -> dict[str, SchemaNode]:
        """Return a schema's fields, those of all parts of an `allOf` together."""
        found: dict[str, SchemaNode] = {}
        for part in self._parts(node):
            for name, value in mapping(mapping(part.schema).get("properties")).items():
                found[str(name)] = SchemaNode(value, part.base)
        return found

    def _parts(self, node: SchemaNode, level: int = 0) -> list[SchemaNode]:
        """Return a resolved schema and all that its `allOf` joins, what is named first first."""
        parts: list[SchemaNode] = []
        if level <= MAX_LEVELS:
            for one in sequence(mapping(node.schema).get("allOf")):
                parts += self._parts(self.opened(SchemaNode(one, node.base)), level + 1)
        return [*parts[:MAX_ROWS], node]

    def told_fields(self, node: SchemaNode) -> str:
        """Return the fields of a body: its schema's own, or those of the items of an array without a name."""
        reference = mapping(node.schema).get("$ref")
        if not isinstance(reference, str) or len(mapping(node.schema)) > 1:
            return self._told_fields(node)
        if (node.base, reference) not in self._told:  # answers of many operations have the same schema
            self._told[node.base, reference] = self._told_fields(node)
        return self._told[node.base, reference]

    def _told_fields(self, node: SchemaNode) -> str:
        opened = self.opened(node)
        fields = self.fields(opened) or table(HEAD, list(self._inner(opened, "", 0, frozenset()))[:MAX_ROWS])
        return joined([self._variants(mapping(opened.schema), opened.base), fields])

    def told(self, node: SchemaNode) -> str:
        """Return a whole schema: type, constraints, what it is made of, and its fields."""
        opened = self.opened(node)
        rest = self.constraints(opened)
        phrase = self.phrase(opened)
        lines = [] if phrase == "object" and not rest else [f"Type: {'; '.join([phrase, *rest])}"]
        return joined([*lines, self.told_fields(opened)])

    def _variants(self, schema: Mapping[str, Any], base: str) -> str:
        """Return how the schemas of a `oneOf` or `anyOf` are told apart."""
        found = mapping(schema.get("discriminator"))
        by = text(found.get("propertyName")) or text(schema.get("discriminator"))
        if not by:
            return ""
        named = [
            f"{code(value)}: {self.name(SchemaNode({'$ref': target}, base)) if '/' in target else target}"
            for value, target in mapping(found.get("mapping")).items()
            if isinstance(target, str)
        ]
        which = ", ".join(named)
        return f"{code(by)} tells them apart{f' ({which})' if which else ''}."
