"""The bounds of an answer: its token budget, and 40,000 characters, whatever its parts are.

`bounded_answer` stands at the one door that all answers of all tools leave by. A text is cut at its end and says so. A
typed answer keeps its fields: long texts, lists of texts and counts are shortened, and each says how much is missing.
The number of objects in a list is bounded by the tool that answers it, which leads to the others by a cursor or says
how many there are; here their texts are shortened alone.
"""

from typing import Any, cast

import pydantic_core
from mcp.types import CallToolResult, TextContent

from docspasta_mcp.document.slices import MAX_ANSWER, MAX_TOKENS, MIN_TOKENS
from docspasta_mcp.model.tokens import count_tokens

OTHERS = "others"
"""The name under which counts are added up that are not told one by one."""
CUT = "\n[Cut here: this does not fit into one answer. Ask with a larger max_tokens, or for the page by pages=[…].]"
_TEXT, _ITEM, _ITEMS = 2_000, 400, 24  # characters of a field and of a list's item, and items, at most
_LEAST = 40  # characters of a text that is shortened: ids and states stay whole


def bounded_answer(answer: CallToolResult, max_tokens: Any = None) -> CallToolResult:
    """Return a tool's answer, shortened as far as texts, lists of texts and counts can be, if it passes the bounds.

    Args:
        answer: whatever a tool has answered.
        max_tokens: as the caller gave it; the most that any answer may have if he gave none.
    """
    budget = _budget(max_tokens)
    if answer.structured_content is not None:
        fitting = bounded_value(answer.structured_content, max_tokens=budget)
        text = TextContent(type="text", text=_as_json(fitting))
        return answer.model_copy(update={"structured_content": fitting, "content": [text]})
    content = [
        one.model_copy(update={"text": bounded(one.text, max_tokens=budget)}) if isinstance(one, TextContent) else one
        for one in answer.content
    ]
    return answer.model_copy(update={"content": content})


def bounded(text: str, *, max_tokens: int, max_chars: int = MAX_ANSWER) -> str:
    """Return a text, or as much of it as keeps both limits, and that it was cut."""
    if len(text) <= max_chars and count_tokens(text) <= max_tokens:
        return text
    low, high = 0, min(len(text), max_chars)
    while low < high:  # the longest beginning that fits, with the words about the cut
        middle = (low + high + 1) // 2
        shown = text[:middle] + CUT
        fits = len(shown) <= max_chars and count_tokens(shown) <= max_tokens
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low] + CUT if low else text[: max(0, min(max_chars, max_tokens))]


def bounded_value(value: Any, *, max_tokens: int) -> Any:
    """Return a JSON value whose text keeps the bounds: what texts and lists begin with, and how much is left."""
    chars, items = _TEXT, _ITEMS
    while True:
        shown = _shortened(value, chars, items)
        text = _as_json(shown)
        if (len(text) <= MAX_ANSWER and count_tokens(text) <= max_tokens) or (chars <= _LEAST and items == 1):
            return shown
        chars, items = max(_LEAST, chars // 2), max(1, items * 2 // 3)


def _budget(max_tokens: Any) -> int:
    try:
        return min(max(int(max_tokens), MIN_TOKENS), MAX_TOKENS)
    except (TypeError, ValueError, OverflowError):
        return MAX_TOKENS


def _as_json(value: Any) -> str:
    return pydantic_core.to_json(value, indent=2).decode()


def _shortened(value: Any, chars: int, items: int) -> Any:
    match value:
        case str():
            return value if len(value) <= chars else f"{value[: chars - 30]}… ({len(value) - chars + 30:,} more)"
        case list():
            return _shortened_list(cast("list[Any]", value), min(chars, _ITEM), items)
        case dict():
            return _shortened_fields(cast("dict[str, Any]", value), chars, items)
        case _:
            return value


def _shortened_list(values: list[Any], chars: int, items: int) -> list[Any]:
    if not all(isinstance(one, str) for one in values):  # objects: their tool bounds how many
        return [_shortened(one, chars, items) for one in values]
    shown: list[Any] = [_shortened(one, chars, items) for one in values[:items]]
    left = len(values) - len(shown)
    return [*shown, f"… and {left:,} more"] if left else shown


def _shortened_fields(fields: dict[str, Any], chars: int, items: int) -> dict[str, Any]:
    is_counts = all(isinstance(one, int) for one in fields.values())
    if not is_counts or len(fields) <= items:
        return {name: _shortened(one, chars, items) for name, one in fields.items()}
    shown = {name: fields[name] for name in sorted(fields, key=lambda name: -fields[name])[:items]}
    return {**shown, OTHERS: sum(fields.values()) - sum(shown.values())}
