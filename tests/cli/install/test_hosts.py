"""Each host by a file in its own shape: with comments, empty, broken; added, added again, taken out."""

import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from docspasta_mcp.cli.install.change import FileChange, entry_of, environment_of, plan, write
from docspasta_mcp.errors import ConfigError
from docspasta_mcp.hosts.launch import Launch
from docspasta_mcp.hosts.lines import lines_to_paste
from docspasta_mcp.hosts.table import BY_KEY, HOSTS, Machine

LOCAL = Launch("/opt/bin/docspasta-mcp", (), {"DOCSPASTA_MAX_PAGES": "50"})
REMOTE = Launch(url="https://docs.example/mcp", token_variable="DOCS_TOKEN")


@dataclass(frozen=True)
class Shape:
    """A host's file with somebody else's entry, and what is added to it for a local and a remote server."""

    linux: str
    before: str
    local: str
    remote: str


SHAPES = {
    "claude-code": Shape(
        ".claude.json",
        '{\n  "numStartups": 3,\n  "mcpServers": {\n    "x": {"type": "stdio", "command": "y"}\n  }\n}\n',
        '"docspasta": {\n      "type": "stdio",\n      "command": "/opt/bin/docspasta-mcp",\n      "args": [],\n      "env": {\n        "DOCSPASTA_MAX_PAGES": "50"\n      }\n    }',
        '"type": "http",\n      "url": "https://docs.example/mcp",\n      "headers": {\n        "Authorization": "Bearer ${DOCS_TOKEN}"',
    ),
    "claude-desktop": Shape(
        ".config/Claude/claude_desktop_config.json",
        '{\n  "globalShortcut": "",\n  "mcpServers": {}\n}\n',
        '"mcpServers": {\n    "docspasta": {\n      "command": "/opt/bin/docspasta-mcp",\n      "args": []',
        "",
    ),
    "cursor": Shape(
        ".cursor/mcp.json",
        '{\n  "mcpServers": {\n    "x": { "url": "https://x.example" } // mine\n  }\n}\n',
        '// mine\n    "docspasta": {\n      "command": "/opt/bin/docspasta-mcp"',
        '"Authorization": "Bearer ${env:DOCS_TOKEN}"',
    ),
    "vscode": Shape(
        ".config/Code/User/mcp.json",
        '{\n\t// servers\n\t"servers": {\n\t\t"x": {\n\t\t\t"type": "stdio",\n\t\t\t"command": "y",\n\t\t},\n\t},\n\t"inputs": [],\n}\n',
        '\t\t"docspasta": {\n\t\t  "type": "stdio",\n\t\t  "command": "/opt/bin/docspasta-mcp"',
        '"type": "http",\n\t\t  "url": "https://docs.example/mcp"',
    ),
    "windsurf": Shape(
        ".codeium/windsurf/mcp_config.json",
        '{\n  "mcpServers": {\n    "x": {\n      "serverUrl": "https://x.example"\n    }\n  }\n}\n',
        '"command": "/opt/bin/docspasta-mcp"',
        '"serverUrl": "https://docs.example/mcp",\n      "headers": {\n        "Authorization": "Bearer ${env:DOCS_TOKEN}"',
    ),
    "zed": Shape(
        ".config/zed/settings.json",
        '// Zed settings\n{\n  "theme": "One Dark", // dark\n  "vim_mode": true,\n}\n',
        '"context_servers": {\n    "docspasta": {\n      "command": "/opt/bin/docspasta-mcp"',
        "",
    ),
    "cline": Shape(
        ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        '{\n  "mcpServers": {\n    "x": {\n      "command": "y",\n      "disabled": false,\n      "autoApprove": []\n    }\n  }\n}',
        '"command": "/opt/bin/docspasta-mcp"',
        "",
    ),
    "roo": Shape(
        ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        '{"mcpServers":{}}',
        '"command": "/opt/bin/docspasta-mcp"',
        '"type": "streamable-http"',
    ),
    "continue": Shape(
        ".continue/config.yaml",
        "name: Mine # my assistant\nversion: 1.0.0\nschema: v1\nmodels:\n  - name: 'M'\n    provider: ollama\n"
        "mcpServers:\n  # search\n  - name: x\n    command: y\n",
        "  - name: docspasta\n    command: /opt/bin/docspasta-mcp\n    args: []\n    env:\n      DOCSPASTA_MAX_PAGES: '50'\n",
        "Authorization: Bearer ${{ secrets.DOCS_TOKEN }}",
    ),
    "codex": Shape(
        ".codex/config.toml",
        'model = "gpt-5.1" # mine\n\n[mcp_servers.x]\ncommand = "y"\n\n[tui]\nnotifications = true\n',
        '[mcp_servers.docspasta]\ncommand = "/opt/bin/docspasta-mcp"\nargs = []\n',
        '[mcp_servers.docspasta]\nurl = "https://docs.example/mcp"\nbearer_token_env_var = "DOCS_TOKEN"\n',
    ),
    "gemini": Shape(
        ".gemini/settings.json",
        '{\n  "theme": "Default",\n  "mcpServers": {\n    "x": {\n      "command": "y"\n    }\n  }\n}\n',
        '"command": "/opt/bin/docspasta-mcp"',
        '"type": "http",\n      "url": "https://docs.example/mcp",\n      "headers": {\n        "Authorization": "Bearer $DOCS_TOKEN"',
    ),
    "opencode": Shape(
        ".config/opencode/opencode.json",
        '{\n  "$schema": "https://opencode.ai/config.json",\n  // servers\n  "mcp": {\n    "x": {"type": "local", "command": ["y"]}\n  }\n}\n',
        '"type": "local",\n      "command": [\n        "/opt/bin/docspasta-mcp"\n      ],\n      "enabled": true,\n      "environment": {',
        '"type": "remote",\n      "url": "https://docs.example/mcp",\n      "enabled": true,\n      "headers": {\n        "Authorization": "Bearer {env:DOCS_TOKEN}"',
    ),
    "goose": Shape(
        ".config/goose/config.yaml",
        "GOOSE_PROVIDER: ollama\nextensions:\n  developer: # built in\n    enabled: true\n    type: builtin\n    name: developer\n",
        "  docspasta:\n    enabled: true\n    name: docspasta\n    timeout: 300\n    type: stdio\n    cmd: /opt/bin/docspasta-mcp\n",
        "    type: streamable_http\n    uri: https://docs.example/mcp\n    headers:\n      Authorization: Bearer ${DOCS_TOKEN}\n",
    ),
    "lm-studio": Shape(
        ".lmstudio/mcp.json", '{\n  "mcpServers": {\n    "x": {\n      "url": "https://x.example"\n    }\n  }\n}\n',
        '"command": "/opt/bin/docspasta-mcp"',
        "",
    ),
}  # fmt: skip
WITH_FILE = [host for host in HOSTS if host.file is not None]
IDS = [host.key for host in WITH_FILE]


def machine(home: Path, system: str = "linux") -> Machine:
    return Machine(system, home, {"APPDATA": str(home / "AppData" / "Roaming")} if system == "win32" else {})


def put(home: Path, key: str, text: str) -> Path:
    file = BY_KEY[key].file
    assert file is not None
    path = file(machine(home))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("key", IDS)
def test_a_host_gets_the_entry_in_its_own_shape_and_keeps_all_else(key: str, tmp_path: Path) -> None:
    shape, host = SHAPES[key], BY_KEY[key]
    path = put(tmp_path, key, shape.before)
    assert path == tmp_path / shape.linux
    change = plan(host, machine(tmp_path), "docspasta", LOCAL)
    backup = write(change)
    changed = path.read_text()
    assert shape.local in changed
    assert backup is not None
    assert backup.read_text() == shape.before
    kept = changed.replace(",", "")
    lost = [line for line in shape.before.replace(",", "").splitlines() if line.rstrip("{}[]") not in kept]
    assert lost == []
    again = plan(host, machine(tmp_path), "docspasta", LOCAL)
    assert not again.needed
    write(plan(host, machine(tmp_path), "docspasta", None))
    without = host.format.find(path.read_text(), host.servers, "docspasta")
    assert without is None
    if key not in ("claude-desktop", "zed", "roo"):  # they had no member, whose object stays
        assert path.read_text().replace(",", "").split() == shape.before.replace(",", "").split()


@pytest.mark.parametrize("key", IDS)
def test_an_empty_and_a_missing_file_are_filled(key: str, tmp_path: Path) -> None:
    host = BY_KEY[key]
    missing = plan(host, machine(tmp_path), "docspasta", LOCAL)
    assert write(missing) is None
    made = missing.path.read_text()
    missing.path.write_text("  \n")
    empty = plan(host, machine(tmp_path), "docspasta", LOCAL)
    write(empty)
    assert host.format.find(empty.path.read_text(), host.servers, "docspasta") is not None
    assert made.split() == empty.path.read_text().split()


@pytest.mark.parametrize(
    ("key", "text"),
    [  # as the programs of the hosts write it
        ("claude-code", '{"mcpServers": {"docspasta": {"type": "stdio", "command": "d", "args": [], "env": {}}}}'),
        ("codex", '[mcp_servers.docspasta]\ncommand = "d"\n'),
        ("gemini", '{"mcpServers": {"docspasta": {"command": "d", "args": []}}}'),
    ],
)
def test_what_a_host_s_own_program_has_written_needs_no_change(key: str, text: str, tmp_path: Path) -> None:
    put(tmp_path, key, text)
    assert not plan(BY_KEY[key], machine(tmp_path), "docspasta", Launch("d")).needed
    assert plan(BY_KEY[key], machine(tmp_path), "docspasta", LOCAL).needed
    assert plan(BY_KEY[key], machine(tmp_path), "docspasta", Launch("")).needed


@pytest.mark.parametrize("key", IDS)
def test_a_broken_file_is_refused_untouched(key: str, tmp_path: Path) -> None:
    broken = {"JSON": '{"mcpServers": ', "TOML": "[mcp_servers\n", "YAML": "a: [1\nb: }"}[BY_KEY[key].format.name]
    path = put(tmp_path, key, broken)
    with pytest.raises(ConfigError, match=rf"{path.name} is not valid .*Nothing was changed.*install {key} --print"):
        plan(BY_KEY[key], machine(tmp_path), "docspasta", LOCAL)
    assert path.read_text() == broken
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("key", [key for key in IDS if SHAPES[key].remote])
def test_a_remote_server_names_the_variable_and_never_the_token(key: str, tmp_path: Path) -> None:
    put(tmp_path, key, SHAPES[key].before)
    assert SHAPES[key].remote in plan(BY_KEY[key], machine(tmp_path), "docspasta", REMOTE).after


def test_a_host_that_cannot_hold_a_remote_server_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Settings > Connectors"):
        plan(BY_KEY["claude-desktop"], machine(tmp_path), "docspasta", REMOTE)
    for key in ("zed", "cline", "lm-studio"):
        with pytest.raises(ConfigError, match="reads no environment variables"):
            plan(BY_KEY[key], machine(tmp_path), "docspasta", REMOTE)
        assert "https://docs.example/mcp" in plan(BY_KEY[key], machine(tmp_path), "d", Launch(url=REMOTE.url)).after


@pytest.mark.parametrize(
    ("system", "key", "path"),
    [
        ("darwin", "claude-desktop", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("win32", "claude-desktop", "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("darwin", "vscode", "Library/Application Support/Code/User/mcp.json"),
        ("win32", "vscode", "AppData/Roaming/Code/User/mcp.json"),
        ("darwin", "zed", ".config/zed/settings.json"),
        ("win32", "zed", "AppData/Roaming/Zed/settings.json"),
        ("darwin", "goose", ".config/goose/config.yaml"),
        ("win32", "goose", "AppData/Roaming/Block/goose/config/config.yaml"),
        ("win32", "cursor", ".cursor/mcp.json"),
    ],
)
def test_files_are_looked_for_where_each_system_has_them(system: str, key: str, path: str, tmp_path: Path) -> None:
    file = BY_KEY[key].file
    assert file is not None
    assert file(machine(tmp_path, system)) == tmp_path / path


def test_a_symbolic_link_and_the_mode_of_a_file_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    real.chmod(0o600)
    link = tmp_path / "mcp.json"
    link.symlink_to(real)
    write(FileChange(link, "{}", '{"a": 1}'))
    assert link.is_symlink()
    assert real.read_text() == '{"a": 1}'
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def run(home: Path, *arguments: str, path: str = "") -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("XDG_CONFIG_HOME", "CODEX_HOME")}
    command = [sys.executable, "-m", "docspasta_mcp", "install", *arguments]
    return subprocess.run(
        command, env=env | {"HOME": str(home), "PATH": path}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_command_shows_the_change_and_where_the_old_file_is(tmp_path: Path) -> None:
    put(tmp_path, "cursor", SHAPES["cursor"].before)
    ended = run(tmp_path, "cursor", "--env", "DOCSPASTA_MAX_PAGES=7")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert '+    "docspasta": {' in ended.stderr
    assert ".bak." in ended.stderr
    assert "docspasta was added to Cursor." in ended.stderr
    again = run(tmp_path, "cursor", "--env", "DOCSPASTA_MAX_PAGES=7")
    assert "is already in Cursor" in again.stderr
    removed = run(tmp_path, "cursor", "--remove").stderr
    assert "docspasta was removed from Cursor. A running Cursor has it until it is started anew." in removed
    assert "is not in Cursor" in run(tmp_path, "cursor", "--remove").stderr


def test_another_setting_is_added_to_those_that_are_there(tmp_path: Path) -> None:
    for host in ("cursor", "opencode", "goose", "codex", "continue"):
        new = run(tmp_path, host, "--env", "DOCSPASTA_MAX_PAGES=7").stderr
        assert " was added to " in new
        assert "was not found on this machine: it reads that file once it is installed." in new
        said = run(tmp_path, host, "--env", "DOCSPASTA_MAX_DEPTH=3").stderr
        assert " was updated in " in said
        assert "not found" not in said
        entry = entry_of(BY_KEY[host], Machine("linux", tmp_path, {}), "docspasta")
        assert environment_of(entry) == {"DOCSPASTA_MAX_PAGES": "7", "DOCSPASTA_MAX_DEPTH": "3"}


def test_what_only_the_shell_has_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path / "data"))
    said = run(tmp_path, "Roo Code").stderr
    assert "Set in this shell, and not for Roo Code's server: DOCSPASTA_DATA_DIR. It uses another store" in said
    assert "Set in this shell" not in run(tmp_path, "roo", "--env", f"DOCSPASTA_DATA_DIR={tmp_path}").stderr


def test_without_a_host_the_command_lists_what_it_found(tmp_path: Path) -> None:
    put(tmp_path, "zed", '{"context_servers": {"docspasta": {"command": "d"}}}')
    put(tmp_path, "gemini", "{")
    put(tmp_path, "cursor", "{}")
    lines = {line.split()[0]: line for line in run(tmp_path).stdout.splitlines() if line}
    assert "set up in " in lines["zed"]
    assert "its file is broken" in lines["gemini"]
    assert "found: " in lines["cursor"]
    assert lines["claude-code"].endswith("not found")
    assert "by hand" in lines["jetbrains"]


def test_print_and_jetbrains_change_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path, "codex", "--print")
    assert ended.stdout.startswith("[mcp_servers.docspasta]\n")
    ended = run(tmp_path, "jetbrains")
    assert '"mcpServers": {' in ended.stdout
    assert "Paste it under Settings" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("curser",), "There is no host 'curser'. Did you mean cursor? Known: claude-code"),
        (("cursor", "--token-env", "T"), "give its --url as well"),
        (("cursor", "--url", "docs.example/mcp"), "is not an http or https URL"),
        (("cursor", "--url", "https://d.example/mcp", "--env", "A=b"), "Leave one out"),
        (("cursor", "--env", "A"), "'A' is not NAME=VALUE"),
        (("roo-kode",), "Did you mean roo?"),
        (
            ("cursor", "--env", "DOCSPASTA_MAX_PAGE=2"),
            "DOCSPASTA_MAX_PAGE is not a setting; did you mean DOCSPASTA_MAX_",
        ),
        (("cursor", "--env", "DOCSPASTA_MAX_PAGES=many"), "DOCSPASTA_MAX_PAGES: must be a valid integer"),
    ],
)
def test_wrong_arguments_are_told_with_the_way_out(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_host_s_own_command_is_used_where_it_is_installed(tmp_path: Path) -> None:
    before = put(tmp_path, "claude-code", SHAPES["claude-code"].before).read_text()
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$*" >> "$HOME/calls"\ncase "$*" in *--fail*) echo no such flag >&2; exit 3;; esac\n'
    )
    program.chmod(0o755)
    ended = run(tmp_path, "claude-code", "--env", "DOCSPASTA_MAX_PAGES=7", path=str(program.parent) + ":/usr/bin:/bin")
    assert ended.returncode == 0
    removed, added = (tmp_path / "calls").read_text().splitlines()
    assert removed == "mcp remove --scope user docspasta"
    assert added.startswith("mcp add --scope user docspasta --env DOCSPASTA_MAX_PAGES=7 -- /")
    assert f"$ {program} mcp add --scope user" in ended.stderr
    (backup,) = tmp_path.glob(".claude.json.*.bak")
    assert f"The file as it was: {backup}\n" in ended.stderr
    assert backup.read_text() == before
    ended = run(tmp_path, "claude-code", "--name=--fail", path=str(program.parent) + ":/usr/bin:/bin")
    assert ended.returncode == 2
    assert "failed: no such flag. `docspasta-mcp install claude-code --print` shows the lines." in ended.stderr


def test_what_is_pasted_is_a_whole_configuration() -> None:
    assert lines_to_paste(BY_KEY["vscode"], "docspasta", Launch("d")) == (
        '{\n  "servers": {\n    "docspasta": {\n      "type": "stdio",\n      "command": "d",\n      "args": []\n    }\n  }\n}\n'
    )
