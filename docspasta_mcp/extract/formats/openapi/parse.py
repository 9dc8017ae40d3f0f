"""Read a specification's JSON or YAML, and tell it from other files.

YAML is read as YAML 1.2 reads it: `on`, `no` and dates are text, keys are text. Nothing constructs objects.
"""

import json
import re
from typing import Any, cast

import yaml

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.formats.openapi.values import mapping

MAX_DEPTH = 200  # nested values; specifications have up to 40
MAX_NODES = 5_000_000  # of a YAML file; the largest known specification has a tenth
_MARK = re.compile(r"""^\s*["']?(?:openapi|swagger|asyncapi)["']?\s*:\s*["']?[23]\.\d""", re.MULTILINE)
_MINIFIED = re.compile(r"""[{,]\s*"(?:openapi|swagger|asyncapi)"\s*:\s*"[23]\.\d""")
_BaseLoader: type[yaml.SafeLoader] = cast("Any", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def looks_like_specification(text: str) -> bool:
    """Tell whether a text names a version of OpenAPI or AsyncAPI, without parsing it."""
    return bool(_MARK.search(text) or _MINIFIED.search(text))


def is_specification(document: Any) -> bool:
    """Tell whether a parsed file is an OpenAPI 2 or 3 document, or one of AsyncAPI."""
    root = mapping(document)
    if is_asyncapi(document):
        return True
    version = str(root.get("openapi") or root.get("swagger") or "")
    return version.startswith(("2", "3.")) and any(name in root for name in ("paths", "webhooks", "components"))


def is_asyncapi(document: Any) -> bool:
    """Tell whether a parsed file is an AsyncAPI 2 or 3 document."""
    root = mapping(document)
    is_known = str(root.get("asyncapi") or "").startswith(("2.", "3."))
    return is_known and any(name in root for name in ("channels", "operations", "components"))


def parse_document(text: str) -> Any:
    """Return what a JSON or YAML file holds.

    Raises:
        PageRefused: it is neither, or nested too deeply.
    """
    text = text.lstrip("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except RecursionError as error:
            raise _too_deep() from error
        except ValueError:
            pass  # YAML may begin so as well
    try:
        _check_depth(text)
        return yaml.load(text, Loader=_SpecificationLoader)  # noqa: S506  # a safe loader of ours
    except RecursionError as error:
        raise _too_deep() from error
    except (yaml.YAMLError, ValueError) as error:
        raise PageRefused("unreadable", f"It is neither valid JSON nor valid YAML{_where(error)}.") from error


class _SpecificationLoader(_BaseLoader):
    """Plain values only, by the core schema of YAML 1.2 (§10.3)."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012  # none of YAML 1.1; ours are added below

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Return a mapping with text keys; merge keys (`<<`) fill in what is not there."""
        found: dict[str, Any] = {}
        merged: list[Any] = []
        construct = cast("Any", self.construct_object)  # pyright: ignore[reportUnknownMemberType]
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name == "<<":
                inner = construct(value, deep=True)
                merged += cast("list[Any]", inner) if isinstance(inner, list) else [inner]
            else:
                found[name] = construct(value, deep=deep)
        for source in merged:
            for name, value in mapping(source).items():
                found.setdefault(name, value)
        return found


def _plain_map(loader: Any, node: Any) -> Any:
    found: dict[str, Any] = {}
    yield found
    found.update(loader.construct_mapping(node))


def _plain_scalar(loader: Any, node: Any) -> Any:
    """Return the text of a value with a tag that is not known; a list or mapping with one is not read."""
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_add_resolver = cast("Any", _SpecificationLoader.add_implicit_resolver)  # pyright: ignore[reportUnknownMemberType]
_SpecificationLoader.add_constructor("tag:yaml.org,2002:map", _plain_map)
_SpecificationLoader.add_constructor(None, _plain_scalar)
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _add_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def _check_depth(text: str) -> None:
    """Refuse what nests so deeply, or is so long, that building it would harm the process."""
    depth = 0
    parser: type[Any] = cast("Any", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for count, event in enumerate(yaml.parse(text, Loader=parser)):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise _too_deep()


def _too_deep() -> PageRefused:
    return PageRefused("too_deep", f"It is nested more than {MAX_DEPTH} levels deep, or has too many values.")


def _where(error: Exception) -> str:
    """Return the line of a fault as our own words: a number, and nothing that the file says."""
    mark: Any = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark is not None else ""
