"""The lines that connect an agent are those that the documentation of each host has."""

import json
from pathlib import Path

import pytest

from docspasta_mcp.server.ui.hosts import HostLines, host_lines

URL = "https://docs.example.org/mcp"
DOCS = Path(__file__).parents[3] / "docs" / "hosts"


@pytest.mark.parametrize("host", host_lines(URL, needs_token=True), ids=lambda one: one.key)
def test_the_lines_are_those_of_the_documentation(host: HostLines) -> None:
    assert host.text in (DOCS / f"{host.key}.md").read_text()


@pytest.mark.parametrize("host", host_lines("http://127.0.0.1:8787/mcp", needs_token=False), ids=lambda one: one.key)
def test_no_token_is_named_where_none_is_needed(host: HostLines) -> None:
    assert "TOKEN" not in host.text
    assert "http://127.0.0.1:8787/mcp" in host.text
    if host.key != "codex":
        json.loads(host.text)
