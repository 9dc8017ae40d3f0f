"""The table of MCP hosts: where each keeps its servers, and in which shape. Everything that names a host reads it.

Each row follows the host's own documentation. A host that is new is one more row here and one more in
`tests/cli/install/test_hosts.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docspasta_mcp.hosts.config_text import JSON, TOML, YAML_LIST, YAML_MAPPING, Entry, Format
from docspasta_mcp.hosts.launch import Launch


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides where a host's files lie: `system` is `sys.platform` (linux, darwin, win32)."""

    system: str
    home: Path
    env: Mapping[str, str]

    @property
    def config(self) -> Path:
        """The folder where applications keep their settings (XDG, Application Support, AppData)."""
        if self.system == "darwin":
            return self.home / "Library" / "Application Support"
        if self.system == "win32":
            return Path(self.env.get("APPDATA") or self.home / "AppData" / "Roaming")
        return self.xdg

    @property
    def xdg(self) -> Path:
        """The folder of programs that follow XDG's rules on every system."""
        return Path(self.env.get("XDG_CONFIG_HOME") or self.home / ".config")


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """A host's own program that edits its configuration: arguments that add a server, and that remove it."""

    program: str
    add: Callable[[str, Launch], list[str]]
    remove: Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Host:
    """One MCP host.

    `entry` makes its server entry; `servers` is where entries stand in its file. `token` is how its file refers to an
    environment variable (`{}` is the name), None if it cannot. `remote` is False where its file takes no URL.
    `own` is its own program for this, `after` what a person has to do then.
    """

    key: str
    title: str
    file: Callable[[Machine], Path] | None
    format: Format
    servers: tuple[str, ...]
    entry: Callable[[str, Launch, str], Entry]
    token: str | None = None
    remote: bool = True
    own: OwnCommand | None = None
    after: str = ""


def _standard(*, url: str = "url", local_type: str = "", remote_type: str = "") -> Callable[[str, Launch, str], Entry]:
    """Return what makes the entry that most hosts share: command, args, env; or a URL with headers."""

    def entry(_name: str, launch: Launch, token: str) -> Entry:
        if launch.url:
            made: Entry = {"type": remote_type} if remote_type else {}
            made[url] = launch.url
            return made | ({"headers": {"Authorization": f"Bearer {token}"}} if token else {})
        made = {"type": local_type} if local_type else {}
        made |= {"command": launch.command, "args": list(launch.args)}
        return made | ({"env": dict(launch.env)} if launch.env else {})

    return entry


def _codex(_name: str, launch: Launch, _token: str) -> Entry:
    if launch.url:
        return {"url": launch.url} | ({"bearer_token_env_var": launch.token_variable} if launch.token_variable else {})
    return {"command": launch.command, "args": list(launch.args)} | ({"env": dict(launch.env)} if launch.env else {})


def _opencode(_name: str, launch: Launch, token: str) -> Entry:
    if launch.url:
        made: Entry = {"type": "remote", "url": launch.url, "enabled": True}
        return made | ({"headers": {"Authorization": f"Bearer {token}"}} if token else {})
    made = {"type": "local", "command": [launch.command, *launch.args], "enabled": True}
    return made | ({"environment": dict(launch.env)} if launch.env else {})


def _goose(name: str, launch: Launch, token: str) -> Entry:
    common: dict[str, Any] = {"enabled": True, "name": name, "timeout": 300}  # seconds, as its own dialogue writes
    if launch.url:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        keys = [launch.token_variable] if token else []
        return common | {"type": "streamable_http", "uri": launch.url, "headers": headers, "envs": {}, "env_keys": keys}
    return common | {"type": "stdio", "cmd": launch.command, "args": list(launch.args), "envs": dict(launch.env)}


def _continue(name: str, launch: Launch, token: str) -> Entry:
    if launch.url:
        made: Entry = {"name": name, "type": "streamable-http", "url": launch.url}
        return made | ({"requestOptions": {"headers": {"Authorization": f"Bearer {token}"}}} if token else {})
    made = {"name": name, "command": launch.command, "args": list(launch.args)}
    return made | ({"env": dict(launch.env)} if launch.env else {})


def _add_to_claude(name: str, launch: Launch) -> list[str]:
    if launch.url:
        header = ["--header", f"Authorization: Bearer ${{{launch.token_variable}}}"] if launch.token_variable else []
        return ["mcp", "add", "--scope", "user", "--transport", "http", name, launch.url, *header]
    env = [part for key, value in launch.env.items() for part in ("--env", f"{key}={value}")]
    return ["mcp", "add", "--scope", "user", name, *env, "--", launch.command, *launch.args]


def _add_to_codex(name: str, launch: Launch) -> list[str]:
    if launch.url:
        token = ["--bearer-token-env-var", launch.token_variable] if launch.token_variable else []
        return ["mcp", "add", name, "--url", launch.url, *token]
    env = [part for key, value in launch.env.items() for part in ("--env", f"{key}={value}")]
    return ["mcp", "add", name, *env, "--", launch.command, *launch.args]


def _add_to_gemini(name: str, launch: Launch) -> list[str]:
    scope = ["mcp", "add", "--scope", "user"]
    if launch.url:
        header = ["--header", f"Authorization: Bearer ${launch.token_variable}"] if launch.token_variable else []
        return [*scope, "--transport", "http", *header, name, launch.url]
    env = [part for key, value in launch.env.items() for part in ("--env", f"{key}={value}")]
    return [*scope, *env, name, launch.command, *launch.args]


def _extension(folder: str, file: str) -> Callable[[Machine], Path]:
    """Return the settings file that an extension of VS Code keeps in the editor's storage."""
    return lambda machine: machine.config / "Code" / "User" / "globalStorage" / folder / "settings" / file


def _goose_file(machine: Machine) -> Path:
    folder = machine.config / "Block" / "goose" / "config" if machine.system == "win32" else machine.xdg / "goose"
    return folder / "config.yaml"


def _zed_file(machine: Machine) -> Path:
    return (
        (machine.config if machine.system == "win32" else machine.xdg)
        / ("Zed" if machine.system == "win32" else "zed")
        / "settings.json"
    )


def _opencode_file(machine: Machine) -> Path:
    folder = machine.xdg / "opencode"
    with_comments = folder / "opencode.jsonc"
    return with_comments if with_comments.exists() else folder / "opencode.json"


HOSTS = (
    Host(
        "claude-code", "Claude Code", lambda at: at.home / ".claude.json", JSON, ("mcpServers",),
        _standard(local_type="stdio", remote_type="http"), "${{{}}}",
        own=OwnCommand("claude", _add_to_claude, lambda name: ["mcp", "remove", "--scope", "user", name]),
        after="`claude mcp list` shows it; a running session sees it after a restart.",
    ),
    Host(
        "claude-desktop", "Claude Desktop", lambda at: at.config / "Claude" / "claude_desktop_config.json", JSON,
        ("mcpServers",), _standard(), remote=False, after="Quit Claude Desktop and start it again.",
    ),
    Host(
        "cursor", "Cursor", lambda at: at.home / ".cursor" / "mcp.json", JSON, ("mcpServers",), _standard(),
        "${{env:{}}}", after="Cursor asks once whether to enable it, under Settings > MCP.",
    ),
    Host(
        "vscode", "VS Code", lambda at: at.config / "Code" / "User" / "mcp.json", JSON, ("servers",),
        _standard(local_type="stdio", remote_type="http"), "${{env:{}}}",
        after="Start it with the command `MCP: List Servers`.",
    ),
    Host(
        "windsurf", "Windsurf", lambda at: at.home / ".codeium" / "windsurf" / "mcp_config.json", JSON, ("mcpServers",),
        _standard(url="serverUrl"), "${{env:{}}}", after="Press refresh in the MCP panel of Cascade.",
    ),
    Host("zed", "Zed", _zed_file, JSON, ("context_servers",), _standard(), after="Zed reads its settings at once."),
    Host(
        "cline", "Cline", _extension("saoudrizwan.claude-dev", "cline_mcp_settings.json"), JSON, ("mcpServers",),
        _standard(remote_type="streamableHttp"), after="Cline reads its settings at once.",
    ),
    Host(
        "roo", "Roo Code", _extension("rooveterinaryinc.roo-cline", "mcp_settings.json"), JSON, ("mcpServers",),
        _standard(remote_type="streamable-http"), "${{env:{}}}", after="Roo Code reads its settings at once.",
    ),
    Host(
        "continue", "Continue", lambda at: at.home / ".continue" / "config.yaml", YAML_LIST, ("mcpServers",), _continue,
        "${{{{ secrets.{} }}}}", after="Reload the configuration; MCP works in agent mode.",
    ),
    Host(
        "codex", "Codex", lambda at: Path(at.env.get("CODEX_HOME") or at.home / ".codex") / "config.toml", TOML,
        ("mcp_servers",), _codex, "{}",
        own=OwnCommand("codex", _add_to_codex, lambda name: ["mcp", "remove", name]),
        after="`codex mcp list` shows it.",
    ),
    Host(
        "gemini", "Gemini CLI", lambda at: at.home / ".gemini" / "settings.json", JSON, ("mcpServers",),
        _standard(remote_type="http"), "${}",
        own=OwnCommand("gemini", _add_to_gemini, lambda name: ["mcp", "remove", "--scope", "user", name]),
        after="`gemini mcp list` shows it, connected in a folder that Gemini CLI trusts.",
    ),
    Host("opencode", "OpenCode", _opencode_file, JSON, ("mcp",), _opencode, "{{env:{}}}", after="Start it again."),
    Host("goose", "Goose", _goose_file, YAML_MAPPING, ("extensions",), _goose, "${{{}}}", after="Start a new session."),
    Host(
        "lm-studio", "LM Studio", lambda at: at.home / ".lmstudio" / "mcp.json", JSON, ("mcpServers",), _standard(),
        after="LM Studio reads the file at once.",
    ),
    Host(
        "jetbrains", "JetBrains AI Assistant", None, JSON, ("mcpServers",), _standard(),
        after="Paste it under Settings > Tools > AI Assistant > Model Context Protocol (MCP) > Add > As JSON.",
    ),
)  # fmt: skip
BY_KEY = {host.key: host for host in HOSTS}
