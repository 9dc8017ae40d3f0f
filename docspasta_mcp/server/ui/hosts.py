"""The lines that connect agents to this server, for each host in the form that it reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docspasta_mcp.hosts.launch import Launch

if TYPE_CHECKING:
    from docspasta_mcp.hosts.table import Host

TOKEN_ENV = "DOCSPASTA_TOKEN"  # names an environment variable, so that no token stands in a file  # noqa: S105


@dataclass(frozen=True, slots=True)
class HostLines:
    """What connects a host: the lines, the file or place they belong into, and what a person has to do besides."""

    key: str
    name: str
    place: str
    text: str
    note: str


def host_lines(launch: Launch, *, needs_token: bool, system: str) -> Sequence[HostLines]:
    """Return the lines of each host for a server, with paths of a system (linux, darwin, win32)."""
    from docspasta_mcp.hosts.table import HOSTS  # noqa: PLC0415  # loads what reads the files of all hosts

    return [_of_host(host, launch, system, needs_token=needs_token) for host in HOSTS]


def config_of(launch: Launch, *, needs_token: bool) -> str:
    """Return the lines of `mcp.json` for a server."""
    entry: dict[str, object] = {"type": "http", "url": launch.url}
    if not launch.url:
        entry = {"command": launch.command}
        entry |= {name: value for name, value in (("args", launch.args), ("env", launch.env)) if value}
    elif needs_token:
        entry["headers"] = {"Authorization": "Bearer YOUR_TOKEN"}
    return json.dumps({"mcpServers": {"docspasta": entry}}, indent=2)


def system_of(user_agent: str) -> str:
    """Return the system that a browser says it runs on; Linux if it says none that is known."""
    if "Windows" in user_agent:
        return "win32"
    return "darwin" if "Macintosh" in user_agent else "linux"


def _of_host(host: "Host", launch: Launch, system: str, *, needs_token: bool) -> HostLines:
    from docspasta_mcp.hosts.lines import lines_to_paste, usual_path  # noqa: PLC0415

    needs_token = needs_token and bool(launch.url)
    if launch.url and not host.remote:
        note = "Add this URL there: its file takes none."
        return HostLines(host.key, host.title, "Settings > Connectors", launch.url, note)
    variable = TOKEN_ENV if needs_token and host.token else ""
    text = lines_to_paste(host, "docspasta", replace(launch, token_variable=variable)).rstrip()
    note = host.after
    if variable:
        note = f"Set {variable} to your token in its environment. {note}"
    elif needs_token:
        note = f'Its file names no environment variable: add the header "Authorization": "Bearer …" yourself. {note}'
    return HostLines(host.key, host.title, usual_path(host, system) or "to paste", text, note)
