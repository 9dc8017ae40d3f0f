"""Resolve `$ref` within bounds: in the document itself, and in other files that were fetched with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urljoin

from docspasta_mcp.extract.formats.openapi.values import mapping, sequence

MAX_REFERENCES = 50_000  # different ones of one specification's files
MAX_CHAIN = 20  # references that lead to references


@dataclass(frozen=True, slots=True)
class ResolvedReference:
    """What a reference leads to: its value, the URL of the file that it is in, and its own URL with pointer."""

    value: Any
    base: str
    name: str = ""


@dataclass
class References:
    """The files of one specification.

    Attributes:
        root: URL of the specification.
        files: parsed files by URL, the specification among them.
        missing: references that lead nowhere, in order.
    """

    root: str
    files: Mapping[str, Any]
    missing: dict[str, None] = field(default_factory=dict[str, None])
    is_exhausted: bool = False  # whether more references were met than are resolved
    _known: dict[tuple[str, str], ResolvedReference] = field(default_factory=dict[tuple[str, str], ResolvedReference])

    def resolve(self, value: Any, base: str) -> ResolvedReference:
        """Return what a value stands for: itself, or the end of its chain of references.

        Keywords beside a `$ref` (OpenAPI 3.1) go before those of what it leads to. A reference that leads nowhere, or
        in a circle, is an empty value.
        """
        if not isinstance(value, dict) or "$ref" not in value:
            return ResolvedReference(value, base)
        found, beside, seen = ResolvedReference(cast("Any", value), base), dict[str, Any](), set[str]()
        while isinstance(reference := mapping(found.value).get("$ref"), str):
            beside = {**{k: v for k, v in mapping(found.value).items() if k != "$ref"}, **beside}
            found = self._known.get((found.base, reference)) or self._follow(reference, found.base)
            if found.name in seen or len(seen) >= MAX_CHAIN:
                return ResolvedReference({}, found.base, found.name)
            seen.add(found.name)
        if beside and mapping(found.value):
            return ResolvedReference({**mapping(found.value), **beside}, found.base, found.name)
        return found

    def _follow(self, reference: str, base: str) -> ResolvedReference:
        """Look a reference up that was not met before."""
        name = urljoin(base, reference)
        if len(self._known) >= MAX_REFERENCES:
            self.is_exhausted = True
            return ResolvedReference({}, base, name)
        found = self._known[base, reference] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> ResolvedReference:
        file, pointer = urldefrag(name)
        value = self.files.get(file)
        if value is None and file not in self.files:
            self.missing[name] = None
            return ResolvedReference({}, file, name)
        for step in unquote(pointer).split("/")[1:] if pointer else ():
            key = step.replace("~1", "/").replace("~0", "~")
            inner: Any = None
            if isinstance(value, dict):
                inner = cast("Mapping[str, Any]", value).get(key)
            elif isinstance(value, list) and key.isdecimal() and int(key[:6]) < len(sequence(value)):
                inner = sequence(value)[int(key[:6])]
            if inner is None:
                self.missing[name] = None
                return ResolvedReference({}, file, name)
            value = inner
        return ResolvedReference(value, file, name)


def title_of(name: str) -> str:
    """Return what a reference's target is called: its last part, or its file's name."""
    file, pointer = urldefrag(name)
    if pointer:
        return unquote(pointer).rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
    return unquote(file).rsplit("/", 1)[-1].partition(".")[0]


def other_files(document: Any, base: str) -> list[str]:
    """Return the URLs of the other files that a parsed file refers to, each once, in order."""
    found: dict[str, None] = {}
    waiting, seen = [document], set[int]()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        if isinstance(value, dict):
            seen.add(id(cast("Any", value)))
            node = mapping(value)
            reference = node.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                found.setdefault(urldefrag(urljoin(base, reference))[0])
            waiting.extend(reversed([inner for inner in node.values() if isinstance(inner, (dict, list))]))
        elif isinstance(value, list):
            seen.add(id(cast("Any", value)))
            waiting.extend(reversed([inner for inner in sequence(value) if isinstance(inner, (dict, list))]))
    found.pop(urldefrag(base)[0], None)
    return list(found)
