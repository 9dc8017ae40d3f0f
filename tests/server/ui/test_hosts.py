"""The lines that connect an agent are those that the documentation of each host has."""

import json
from pathlib import Path

import pytest

from docspasta_mcp.hosts.launch import Launch
from docspasta_mcp.hosts.table import BY_KEY
from docspasta_mcp.server.ui.hosts import HostLines, host_lines, system_of

URL = "https://docs.example.org/mcp"
PROGRAM = Launch("/opt/docspasta-mcp", (), {"DOCSPASTA_DATA_DIR": "/srv/data"})
HERE = "http://127.0.0.1:8787/mcp"
DOCS = Path(__file__).parents[3] / "docs" / "hosts"


def test_every_host_of_the_table_is_shown() -> None:
    assert [one.key for one in host_lines(Launch(url=URL), needs_token=True, system="linux")] == list(BY_KEY)


@pytest.mark.parametrize("host", host_lines(Launch(url=URL), needs_token=True, system="linux"), ids=lambda one: one.key)
def test_the_lines_and_the_file_are_those_of_the_documentation(host: HostLines) -> None:
    page = (DOCS / f"{host.key}.md").read_text()
    if BY_KEY[host.key].remote:
        assert host.text in page
    else:
        assert (host.text, host.place) == (URL, "Settings > Connectors")
    if BY_KEY[host.key].file and BY_KEY[host.key].remote:
        assert f"| Linux | `{host.place}` |" in page
    assert ("Bearer" in host.note) == (BY_KEY[host.key].remote and BY_KEY[host.key].token is None)


@pytest.mark.parametrize(
    "host", host_lines(Launch(url=HERE), needs_token=False, system="linux"), ids=lambda one: one.key
)
def test_no_token_is_named_where_none_is_needed(host: HostLines) -> None:
    assert "TOKEN" not in host.text + host.note
    assert "Bearer" not in host.note
    assert HERE in host.text
    if BY_KEY[host.key].remote and BY_KEY[host.key].format.name == "JSON":
        json.loads(host.text)


@pytest.mark.parametrize("host", host_lines(PROGRAM, needs_token=True, system="linux"), ids=lambda one: one.key)
def test_where_no_server_is_reached_the_lines_start_the_program(host: HostLines) -> None:
    assert "/opt/docspasta-mcp" in host.text
    assert "http" not in host.text
    assert "TOKEN" not in host.text + host.note
    assert host.place != "Settings > Connectors"


@pytest.mark.parametrize(
    ("agent", "path"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140", "%APPDATA%\\Code\\User\\mcp.json"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "~/Library/Application Support/Code/User/mcp.json"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140", "~/.config/Code/User/mcp.json"),
        ("", "~/.config/Code/User/mcp.json"),
    ],
)
def test_the_files_are_those_of_the_visitor_s_system(agent: str, path: str) -> None:
    shown = {one.key: one.place for one in host_lines(Launch(url=URL), needs_token=False, system=system_of(agent))}
    assert shown["vscode"] == path
