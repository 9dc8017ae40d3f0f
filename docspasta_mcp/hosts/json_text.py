"""Change one member of a JSON text that may hold comments and trailing commas, and nothing else of it.

A parser that keeps positions (json-five) says where the member stands; the text around it is never written anew.
"""

import json
from typing import Any, cast

from json5.loader import ModelLoader, loads
from json5.model import JSONObject
from json5.utils import JSON5DecodeError

_NEW = "{}\n"


class BrokenText(ValueError):
    """The text is not what its format asks for. The message says where, in one line."""


def read_json(text: str) -> dict[str, Any]:
    """Return the object that a JSON text with comments holds; of an empty text, an empty one.

    Raises:
        BrokenText: it is not JSON, or holds no object.
    """
    if not text.strip():
        return {}
    try:
        value = loads(text)
    except JSON5DecodeError as error:
        raise BrokenText(_where(error)) from error
    if not isinstance(value, dict):
        raise BrokenText("it holds no object")
    return cast("dict[str, Any]", value)


def set_member(text: str, path: tuple[str, ...], value: object) -> str:
    """Return the text with the member at `path` set to `value`; what leads to it is made where it is missing.

    Raises:
        BrokenText: it is not JSON, or something on the way to the member is not an object.
    """
    text = text if text.strip() else _NEW
    holder, depth = _walk(text, path[:-1])
    missing = path[depth:-1]
    for key in reversed((*missing, path[-1])[1:]):
        value = {key: value}
    name = (*missing, path[-1])[0]
    indent = _indent_of(text, holder, depth)
    newline = "\r\n" if "\r\n" in text else "\n"
    written = json.dumps(value, indent=2, ensure_ascii=False).replace("\n", newline + indent)
    for key, node in _members(holder):
        if key == name:
            return text[: _start(node)] + written + text[_end(node) :]
    return _with_member(text, holder, f"{json.dumps(name)}: {written}", indent, newline)


def remove_member(text: str, path: tuple[str, ...]) -> str:
    """Return the text without the member at `path`, or as it is where there is none.

    Raises:
        BrokenText: it is not JSON.
    """
    if not text.strip():
        return text
    holder, depth = _walk(text, path[:-1])
    if depth < len(path) - 1:
        return text
    keys = list(zip(holder.keys, holder.values, strict=True))
    at = next((index for index, (key, _) in enumerate(keys) if _name(key) == path[-1]), None)
    if at is None:
        return text
    start, end = _start(keys[at][0]), _end(keys[at][1])
    comma = _comma(text, end, _end(holder) if at + 1 == len(keys) else _start(keys[at + 1][0]))
    if comma is not None:
        end = comma + 1
    elif at:
        comma = cast("int", _comma(text, _end(keys[at - 1][1]), start))
        text, start, end = text[:comma] + text[comma + 1 :], start - 1, end - 1
        if not text[comma:start].strip(" \t"):  # on one line with the one before
            start = comma
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip():  # nothing else stands before it on its line
        start = max(line - 1, 0)
        start -= text[start - 1 : start] == "\r"
    return text[:start] + text[end:]


def _walk(text: str, keys: tuple[str, ...]) -> tuple[JSONObject, int]:
    """Return the deepest object on the way of `keys` that exists, and how many of them lead to it."""
    read_json(text)
    holder = cast("JSONObject", loads(text, loader=ModelLoader()).value)
    for depth, key in enumerate(keys):
        child = next((node for name, node in _members(holder) if name == key), None)
        if child is None:
            return holder, depth
        if not isinstance(child, JSONObject):
            raise BrokenText(f"{key!r} in it is not an object")
        holder = child
    return holder, len(keys)


def _with_member(text: str, holder: JSONObject, member: str, indent: str, newline: str) -> str:
    close = _end(holder) - 1
    outer = indent[:-2] if len(indent) >= 2 else ""  # one step of what is written
    tail_from = _end(holder.values[-1]) if holder.values else _start(holder) + 1
    tail = text[tail_from:close]
    trailing = _comma(text, tail_from, close) is not None  # then the new member gets one as well
    comma = "," if holder.values and not trailing else ""
    member += "," if trailing else ""
    line = text.rfind("\n", 0, close) + 1
    outer = text[line:close] if not text[line:close].strip() and holder.values else outer
    return text[:tail_from] + comma + tail.rstrip() + newline + indent + member + newline + outer + text[close:]


def _indent_of(text: str, holder: JSONObject, depth: int) -> str:
    """Return the indentation of the holder's members: that of the first one, or two spaces a level."""
    if holder.keys:
        start = _start(holder.keys[0])
        line = text.rfind("\n", 0, start) + 1
        if not text[line:start].strip():
            return text[line:start]
    return "  " * (depth + 1)


def _comma(text: str, start: int, end: int) -> int | None:
    """Return where a comma stands outside comments, or None."""
    at = start
    while at < end:
        if text.startswith("//", at):
            at = text.find("\n", at, end)
            at = end if at < 0 else at
        elif text.startswith("/*", at):
            at = text.find("*/", at) + 2
        elif text[at] == ",":
            return at
        else:
            at += 1
    return None


def _members(holder: JSONObject) -> list[tuple[str, Any]]:
    return [(_name(key), value) for key, value in zip(holder.keys, holder.values, strict=True)]


def _name(key: Any) -> str:
    return str(getattr(key, "characters", None) or getattr(key, "name", ""))


def _start(node: Any) -> int:
    return int(node._tok.index)  # the library has no other door to a node's place


def _end(node: Any) -> int:
    return int((getattr(node, "_end_tok", None) or node._tok).end)


def _where(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return next(
        (line for line in lines if "line" in line and "column" in line), lines[0] if lines else "it cannot be read"
    )
