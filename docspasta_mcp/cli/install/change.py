"""One change to a host's configuration: planned first, shown, then written beside a backup."""

import difflib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.hosts.json_text import BrokenText
from docspasta_mcp.hosts.launch import Launch
from docspasta_mcp.hosts.lines import entry_for
from docspasta_mcp.hosts.table import Host, Machine


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of a host before and after. Equal texts mean no change; `before` is None if there is no file."""

    path: Path
    before: str | None
    after: str

    @property
    def needed(self) -> bool:
        """Whether the file differs."""
        return (self.before or "") != self.after

    def diff(self) -> str:
        """Return the change as a unified diff with three lines around it."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(), self.after.splitlines(), str(self.path), str(self.path), lineterm=""
        )
        return "\n".join(lines)


def plan(host: Host, machine: Machine, name: str, launch: Launch | None) -> FileChange:
    """Return what adds a server to a host's file, or takes it out where `launch` is None.

    Raises:
        ConfigError: the host has no file to edit, the file is broken, or the host cannot hold such a server.
    """
    if host.file is None:
        raise ConfigError(f"{host.title} is set up by hand.")
    path = host.file(machine)
    before = _read(path)
    try:
        if launch is None:
            after = host.format.drop(before or "", host.servers, name)
        else:
            entry = entry_for(host, name, launch)
            same = _said(host.format.find(before or "", host.servers, name)) == _said(entry)
            after = (before or "") if same else host.format.put(before or "", host.servers, name, entry)
    except BrokenText as error:
        raise ConfigError(
            f"{path} is not valid {host.format.name} ({error}). Nothing was changed. Mend the file and try again, or "
            f"see the lines to add with `docspasta-mcp install {host.key} --print`."
        ) from error
    return FileChange(path, before, after)


def entry_of(host: Host, machine: Machine, name: str) -> Mapping[str, object] | None:
    """Return what a host's file has of a server; None if it has none, or cannot be read."""
    text = _read(host.file(machine)) if host.file else None
    try:
        found = host.format.find(text or "", host.servers, name)
    except BrokenText:
        return None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


def environment_of(entry: Mapping[str, object] | None) -> dict[str, str]:
    """Return the settings that an entry of a host gives its server."""
    for key in ("env", "environment", "envs"):
        found = (entry or {}).get(key)
        if isinstance(found, dict):
            return {str(name): str(value) for name, value in cast("dict[object, object]", found).items()}
    return {}


def write(change: FileChange, now: datetime | None = None) -> Path | None:
    """Write a change, and return where the file as it was is kept; None if there was none.

    A symbolic link stays one: the file that it names is written. The file is replaced as a whole, with its mode.

    Raises:
        ConfigError: the folder or the file cannot be written.
    """
    path = change.path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        backup = back_up(change, now)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(change.after)
        if change.before is not None:
            shutil.copymode(path, draft)
        Path(draft).replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}. Check who may write there.") from error
    return backup


def back_up(change: FileChange, now: datetime | None = None) -> Path | None:
    """Copy a file that is about to be changed, and return where the copy is; None if there is no file.

    Raises:
        ConfigError: the copy cannot be written.
    """
    if change.before is None:
        return None
    path = change.path.resolve()
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S-%f")
    copy = path.with_name(f"{path.name}.{stamp}.bak")
    try:
        shutil.copy2(path, copy)
    except OSError as error:
        raise ConfigError(f"{copy} cannot be written: {error.strerror}. Check who may write there.") from error
    return copy


def run_own_command(host: Host, program: str, name: str, launch: Launch | None) -> list[list[str]]:
    """Let the host's own program change its configuration, and return the commands that ran.

    A server of that name is removed first, so that adding it twice is adding it once.

    Raises:
        ConfigError: the program says no. Its last line is in the message.
    """
    if host.own is None:
        raise ConfigError(f"{host.title} has no command of its own for this.")
    remove = [program, *host.own.remove(name)]
    subprocess.run(remove, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)  # noqa: S603
    if launch is None:
        return [remove]
    add = [program, *host.own.add(name, launch)]
    done = subprocess.run(  # noqa: S603  # the host's own program, without a shell
        add, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it gave no reason"]
        raise ConfigError(
            f"{' '.join(add)} failed: {said[-1]}. `docspasta-mcp install {host.key} --print` shows the lines."
        )
    return [add]


def own_program(host: Host, env: Mapping[str, str]) -> str | None:
    """Return the path of the host's own program, or None where it is not installed."""
    return shutil.which(host.own.program, path=env.get("PATH", "")) if host.own else None


def _said(entry: Mapping[str, object] | None) -> dict[str, object]:
    """Return what an entry says: a host's own program may leave an empty list or table out, or add one."""
    return {name: value for name, value in (entry or {}).items() if value not in ([], {})}


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text. Nothing was changed.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
