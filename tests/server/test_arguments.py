"""Arguments as models and hosts spell them, and what the tools cost in a context."""

import json
import re
from typing import Any

import pytest

from docspasta_mcp.errors import InvalidRequest
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.server.mcp.arguments import as_meant
from docspasta_mcp.server.mcp.server import create_mcp
from docspasta_mcp.settings import Settings

SCHEMA: dict[str, Any] = {
    "properties": {
        "query": {"type": "string"},
        "format": {"type": "string", "enum": ["markdown", "map"]},
        "pages": {"type": "array", "items": {"type": "string"}},
        "max_tokens": {"type": "integer"},
        "dry_run": {"type": "boolean"},
    }
}


async def schemas() -> dict[str, dict[str, Any]]:
    mcp = create_mcp(lambda: NotImplemented, Settings.from_env({"DOCSPASTA_MAX_PAGES": "70"}))
    return {tool.name: {"description": tool.description, **tool.input_schema} for tool in await mcp.list_tools()}


async def test_six_tools_take_less_than_three_thousand_tokens() -> None:
    found = await schemas()
    assert len(found) == 6
    assert count_tokens(json.dumps(found, ensure_ascii=False)) < 3_000


async def test_schemas_have_plain_types_with_defaults_and_ranges() -> None:
    found = await schemas()
    for tool in found.values():
        required = tool.get("required", [])
        for name, one in tool["properties"].items():
            assert "anyOf" not in json.dumps(one)
            assert "title" not in one
            assert one["type"] in {"string", "integer", "number", "boolean", "array"}
            assert ("default" in one) != (name in required), name
            assert one["type"] not in {"integer", "number"} or {"minimum", "maximum"} <= set(one), name
            assert one["type"] != "array" or re.search(r'as in \["[^"]+"', one["description"]), name
    assert found["start_crawl"]["properties"]["max_pages"]["default"] == 70
    assert found["get_result"]["properties"]["max_tokens"]["maximum"] == 20_000


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"query": None, "max_tokens": None, "pages": None, "dry_run": None}, {}),
        ({"query": "", "max_tokens": "", "pages": "", "dry_run": "", "format": " "}, {}),
        ({"max_tokens": "null", "pages": "null", "dry_run": "None", "query": "null"}, {"query": "null"}),
        ({"max_tokens": "8000"}, {"max_tokens": "8000"}),
        ({"max_tokens": " 12,000 "}, {"max_tokens": "12000"}),
        ({"max_tokens": [700]}, {"max_tokens": 700}),
        ({"pages": "install.html"}, {"pages": ["install.html"]}),
        ({"pages": 3}, {"pages": ["3"]}),
        ({"pages": [3, None, "", "5-7", 2.0]}, {"pages": ["3", "5-7", "2"]}),
        ({"pages": "1, 3,5-7"}, {"pages": ["1", "3", "5-7"]}),
        ({"pages": '["a", 2]'}, {"pages": ["a", "2"]}),
        ({"pages": "[a-z]/*"}, {"pages": ["[a-z]/*"]}),
        ({"pages": []}, {}),
        ({"query": 404}, {"query": "404"}),
        ({"query": ["why"]}, {"query": "why"}),
        ({"format": "Map"}, {"format": "map"}),
        ({"format": "pdf"}, {"format": "pdf"}),
        ({"dry_run": "true"}, {"dry_run": "true"}),
        (
            {"sessionId": "1", "toolCallId": "2", "action": "sendMessage", "chatInput": "hi", "query": "x"},
            {"query": "x"},
        ),
        ({"tool_call_id": "1", "task_progress": "- [ ] a", "_meta": {}, "waitForPreviousTools": True}, {}),
    ],
)
def test_arguments_are_taken_as_they_are_meant(given: dict[str, Any], meant: dict[str, Any]) -> None:
    assert as_meant("t", SCHEMA, given) == meant


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("maxTokens", "did you mean max_tokens? It takes query, format,"),
        ("querry", "did you mean query?"),
        ("question", "did you mean query?"),
        ("page", "did you mean pages?"),
        ("zzz", "t has no argument 'zzz'; it takes query, format, pages, max_tokens, dry_run."),
        ("job", "it takes query"),  # what it may mean elsewhere, this tool does not have
    ],
)
def test_a_misspelled_name_is_told_with_the_right_one(name: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        as_meant("t", SCHEMA, {name: "x"})
    assert words in str(told.value)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 50_000, "[" * 200_000 + "]" * 200_000])
def test_a_list_that_is_nested_without_end_is_a_name_of_that_length(text: str) -> None:
    assert as_meant("t", SCHEMA, {"pages": text}) == {"pages": [text]}
