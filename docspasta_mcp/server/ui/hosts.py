"""The lines that connect agents to this server, for each host in the form that it reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TOKEN_ENV = "DOCSPASTA_TOKEN"  # names an environment variable, so that no token stands in a file  # noqa: S105


@dataclass(frozen=True, slots=True)
class HostLines:
    """What a host's file needs. `key` is short, as in an element's id."""

    key: str
    name: str
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class _Host:
    """How a host writes it: the key of its servers, of the URL, the transport's name, and an environment variable."""

    key: str
    name: str
    file: str
    servers: str = "mcpServers"
    url: str = "url"
    transport: str = ""
    variable: str = ""


_HOSTS = (
    _Host("claude-code", "Claude Code", "~/.claude.json or .mcp.json", transport="http", variable="${{{}}}"),
    _Host("cursor", "Cursor", "~/.cursor/mcp.json", variable="${{env:{}}}"),
    _Host("vscode", "VS Code", "mcp.json of its user folder", "servers", transport="http", variable="${{env:{}}}"),
    _Host("gemini", "Gemini CLI", "~/.gemini/settings.json", url="httpUrl", variable="${}"),
    _Host("windsurf", "Windsurf", "~/.codeium/windsurf/mcp_config.json", url="serverUrl", variable="${{env:{}}}"),
    _Host("cline", "Cline", "cline_mcp_settings.json", transport="streamableHttp"),
    _Host("zed", "Zed", "~/.config/zed/settings.json", "context_servers"),
)


def host_lines(url: str, *, needs_token: bool) -> Sequence[HostLines]:
    """Return the lines of each host for the MCP endpoint at `url`."""
    codex = f'[mcp_servers.docspasta]\nurl = "{url}"' + (
        f'\nbearer_token_env_var = "{TOKEN_ENV}"' if needs_token else ""
    )
    found = [HostLines(one.key, one.name, one.file, _json(one, url, needs_token)) for one in _HOSTS]
    return [*found, HostLines("codex", "Codex", "~/.codex/config.toml", codex)]


def _json(host: _Host, url: str, needs_token: bool) -> str:
    entry: dict[str, Any] = {"type": host.transport} if host.transport else {}
    entry[host.url] = url
    if needs_token and host.variable:
        entry["headers"] = {"Authorization": f"Bearer {host.variable.format(TOKEN_ENV)}"}
    return json.dumps({host.servers: {"docspasta": entry}}, indent=2)
