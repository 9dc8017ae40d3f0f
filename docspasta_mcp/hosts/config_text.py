"""One entry of a configuration text in a host's format: read, set, removed, with everything else as it was."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import ruamel.yaml.util
import tomlkit
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from tomlkit.exceptions import ParseError, TOMLKitError

from docspasta_mcp.hosts.json_text import BrokenText, read_json, remove_member, set_member

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Format:
    """How a host writes its servers down: functions over the whole text.

    `find` returns the entry of that name or None, `put` and `drop` the changed text. All raise BrokenText for a text
    that is not of the format. `path` is where the servers stand, from the root.
    """

    name: str
    find: Callable[[str, tuple[str, ...], str], Entry | None]
    put: Callable[[str, tuple[str, ...], str, Entry], str]
    drop: Callable[[str, tuple[str, ...], str], str]


def _find_json(text: str, path: tuple[str, ...], name: str) -> Entry | None:
    return _entry(read_json(text), path, name)


def _entry(data: Any, path: tuple[str, ...], name: str) -> Entry | None:
    for key in (*path, name):
        if not isinstance(data, dict):
            return None
        data = cast("dict[str, Any]", data).get(key)
    return cast("Entry", data) if isinstance(data, dict) else None


def _read_toml(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except ParseError as error:
        raise BrokenText(str(error)) from error


def _find_toml(text: str, path: tuple[str, ...], name: str) -> Entry | None:
    return _entry(_read_toml(text).unwrap(), path, name)


def _put_toml(text: str, path: tuple[str, ...], name: str, entry: Entry) -> str:
    document = _read_toml(text)
    holder: Any = document
    for key in path:
        if key not in holder:
            holder[key] = tomlkit.table(is_super_table=True)
        holder = holder[key]
    try:
        holder[name] = entry
    except (TOMLKitError, TypeError) as error:
        raise BrokenText(f"{'.'.join(path)} in it is not a table") from error
    return tomlkit.dumps(document)


def _drop_toml(text: str, path: tuple[str, ...], name: str) -> str:
    document = _read_toml(text)
    holder: Any = document
    for key in path:
        holder = holder.get(key, {})
    if name in holder:
        del holder[name]
    return tomlkit.dumps(document)


def _load_yaml(text: str) -> tuple[Any, Any]:
    yaml = cast("Any", YAML())
    yaml.preserve_quotes = True
    yaml.width = 4096
    try:
        _, indent, offset = cast("Any", ruamel.yaml.util).load_yaml_guess_indent(text)
        yaml.indent(mapping=(indent or 2) - (offset or 0), sequence=indent or 2, offset=offset or 0)
        data = yaml.load(text)
    except YAMLError as error:
        raise BrokenText(" ".join(str(error).split())) from error
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise BrokenText("it holds no mapping")
    return yaml, cast("Any", data)


def _dump_yaml(yaml: Any, data: Any) -> str:
    written = io.StringIO()
    yaml.dump(data, written)
    return written.getvalue()


def _find_yaml(text: str, path: tuple[str, ...], name: str) -> Entry | None:
    return _entry(_load_yaml(text)[1], path, name)


def _put_yaml(text: str, path: tuple[str, ...], name: str, entry: Entry) -> str:
    yaml, data = _load_yaml(text)
    holder: Any = data
    for key in path:
        if holder.get(key) is None:
            holder[key] = {}
        child: Any = holder[key]
        if not isinstance(child, dict):
            raise BrokenText(f"{key!r} in it is not a mapping")
        holder = cast("Any", child)
    holder[name] = entry
    return _dump_yaml(yaml, data)


def _drop_yaml(text: str, path: tuple[str, ...], name: str) -> str:
    yaml, data = _load_yaml(text)
    if _entry(data, path, name) is None:
        return text
    holder = data
    for key in path:
        holder = holder[key]
    del holder[name]
    return _dump_yaml(yaml, data)


def _servers(data: Any, path: tuple[str, ...]) -> list[Any]:
    servers = data.get(path[0])
    if servers is not None and not isinstance(servers, list):
        raise BrokenText(f"{path[0]!r} in it is not a list")
    return cast("list[Any]", servers or [])


def _position(servers: list[Any], name: str) -> int | None:
    return next(
        (
            at
            for at, server in enumerate(servers)
            if isinstance(server, dict) and cast("Entry", server).get("name") == name
        ),
        None,
    )


def _find_list(text: str, path: tuple[str, ...], name: str) -> Entry | None:
    servers = _servers(_load_yaml(text)[1], path)
    at = _position(servers, name)
    return None if at is None else cast("Entry", servers[at])


def _put_list(text: str, path: tuple[str, ...], name: str, entry: Entry) -> str:
    yaml, data = _load_yaml(text)
    servers = _servers(data, path)
    at = _position(servers, name)
    if at is not None:
        servers[at] = entry
    elif servers:
        servers.append(entry)
    else:
        data[path[0]] = [entry]
    return _dump_yaml(yaml, data)


def _drop_list(text: str, path: tuple[str, ...], name: str) -> str:
    yaml, data = _load_yaml(text)
    servers = _servers(data, path)
    at = _position(servers, name)
    if at is None:
        return text
    del servers[at]
    return _dump_yaml(yaml, data)


JSON = Format(
    "JSON",
    _find_json,
    lambda text, path, name, entry: set_member(text, (*path, name), entry),
    lambda text, path, name: remove_member(text, (*path, name)),
)
TOML = Format("TOML", _find_toml, _put_toml, _drop_toml)
YAML_MAPPING = Format("YAML", _find_yaml, _put_yaml, _drop_yaml)
YAML_LIST = Format("YAML", _find_list, _put_list, _drop_list)
