"""One member of a JSON text with comments: set, replaced, removed, and every other character as it was."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docspasta_mcp.hosts.json_text import BrokenText, read_json, remove_member, set_member

WITH_COMMENTS = """// my servers
{
    // the first
    "mcpServers": {
        "other": {"command": "x", "args": [1, 2,]}, // keep, this
    },
    /* the end */
    "theme": "a \\" // no comment",
}
"""


def test_a_member_is_added_behind_the_last_one_and_every_comment_stays() -> None:
    changed = set_member(WITH_COMMENTS, ("mcpServers", "docs"), {"command": "d"})
    assert changed == WITH_COMMENTS.replace(
        "// keep, this\n", '// keep, this\n        "docs": {\n          "command": "d"\n        },\n'
    )
    assert read_json(changed)["mcpServers"]["docs"] == {"command": "d"}
    assert remove_member(changed, ("mcpServers", "docs")) == WITH_COMMENTS


def test_what_leads_to_a_member_is_made() -> None:
    assert json.loads(set_member("", ("a", "b", "c"), 1)) == {"a": {"b": {"c": 1}}}
    assert set_member('{"z": 1}', ("a", "b"), 2) == '{"z": 1,\n  "a": {\n    "b": 2\n  }\n}'
    assert set_member('{\n  "a": {}\n}\n', ("a", "b"), 2) == '{\n  "a": {\n    "b": 2\n  }\n}\n'


def test_a_member_is_replaced_where_it_stands() -> None:
    text = '{\n  "a": {"b": 1}, // one\n  "c": 2\n}\n'
    assert set_member(text, ("a", "b"), [3]) == text.replace("1}", "[\n      3\n    ]}")


def test_line_ends_of_windows_stay() -> None:
    text = '{\r\n  "a": 1\r\n}\r\n'
    changed = set_member(text, ("b", "c"), 2)
    assert changed.count("\n") == changed.count("\r\n") == 6
    assert remove_member(set_member(text, ("b",), 2), ("b",)) == text


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ('{"a": 1, "b": 2}', ("a",), '{ "b": 2}'),
        ('{"a": 1, "b": 2}', ("b",), '{"a": 1}'),
        ('{"a": 1}', ("a",), "{}"),
        ('{\n  "a": 1, // x\n  "b": 2 // y\n}', ("b",), '{\n  "a": 1 // x // y\n}'),
        ('{"a": 1}', ("b", "c"), '{"a": 1}'),
        ("", ("b",), ""),
    ],
)
def test_a_member_is_removed_with_its_comma(text: str, path: tuple[str, ...], expected: str) -> None:
    assert remove_member(text, path) == expected
    read_json(remove_member(text, path))


@pytest.mark.parametrize("text", ['{"a": }', "{", "[1]", '{"mcpServers": 3}', "nonsense"])
def test_a_broken_text_is_refused(text: str) -> None:
    with pytest.raises(BrokenText):
        set_member(text, ("mcpServers", "docs"), {})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.text('ab"\\/é,{}', min_size=1, max_size=4), st.integers() | st.text(max_size=5), max_size=4),
    st.text("ab,é", min_size=1, max_size=3),
)
def test_what_is_set_is_read_back_and_what_is_removed_is_gone(data: dict[str, object], name: str) -> None:
    text = json.dumps(data, indent=2, ensure_ascii=False)
    changed = set_member(text, (name,), {"x": [1]})
    assert read_json(changed) == data | {name: {"x": [1]}}
    left = {key: value for key, value in data.items() if key != name}
    assert read_json(remove_member(changed, (name,))) == left
