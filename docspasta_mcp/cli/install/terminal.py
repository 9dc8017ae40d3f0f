"""`docspasta-mcp install`: what a person reads."""

import difflib
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from docspasta_mcp.cli.install.change import (
    back_up,
    entry_of,
    environment_of,
    own_program,
    plan,
    run_own_command,
    write,
)
from docspasta_mcp.errors import ConfigError, InvalidRequest
from docspasta_mcp.hosts.launch import Launch, this_program
from docspasta_mcp.hosts.lines import lines_to_paste
from docspasta_mcp.hosts.table import BY_KEY, HOSTS, Host, Machine
from docspasta_mcp.settings import Settings
from docspasta_mcp.settings.sources import variables_of

_OF_THE_STORE = ("DOCSPASTA_DATA_DIR", "DATABASE_URL", "DOCSPASTA_CONFIG")


def install_into(
    host: str | None,
    *,
    remove: bool,
    only_print: bool,
    url: str | None,
    token_env: str | None,
    env: list[str],
    name: str,
) -> None:
    """Do what `docspasta-mcp install` was asked for; without a host, list those that are found here.

    Raises:
        InvalidRequest: an argument makes no sense.
        ConfigError: the host's file cannot be read, changed or written.
    """
    machine = Machine(sys.platform, Path.home(), os.environ)
    if host is None:
        sys.stdout.write(_overview(machine, name))
        return
    chosen = _host(host)
    if remove and chosen.file is not None:
        _change(chosen, machine, name, None)
        return
    launch = _launch(url, token_env, env)
    if only_print or chosen.file is None:
        sys.stdout.write(lines_to_paste(chosen, name, launch).rstrip() + "\n")
        if chosen.file is None:
            sys.stderr.write(f"{chosen.title} is set up by hand. {chosen.after}\n")
        return
    _change(chosen, machine, name, launch)


def _change(host: Host, machine: Machine, name: str, launch: Launch | None) -> None:
    before = entry_of(host, machine, name)
    if launch is not None and not launch.url:
        launch = replace(launch, env={**environment_of(before), **launch.env})
        _check_settings(launch.env)
    change = plan(host, machine, name, launch)
    if not change.needed:
        state = "is not in" if launch is None else "is already in"
        sys.stderr.write(f"{name} {state} {host.title} ({change.path}). Nothing to change.\n")
        return
    is_there = _is_there(host, machine)
    program = own_program(host, machine.env)
    if program is not None:
        backup = back_up(change)
        for command in run_own_command(host, program, name, launch):
            sys.stderr.write(f"$ {shlex.join(command)}\n")
        if backup:
            sys.stderr.write(f"The file as it was: {backup}\n")
    else:
        sys.stderr.write(change.diff() + "\n")
        backup = write(change)
        kept = f"; the file as it was: {backup}" if backup else ""
        sys.stderr.write(f"Wrote {change.path}{kept}.\n")
    done = "removed from" if launch is None else "updated in" if before is not None else "added to"
    then = host.after if launch is not None else f"A running {host.title} has it until it is started anew."
    sys.stderr.write(f"{name} was {done} {host.title}. {then}\n")
    if not is_there:
        sys.stderr.write(f"{host.title} was not found on this machine: it reads that file once it is installed.\n")
    if launch is not None and not launch.url:
        _tell_of_shell(host, machine, launch)


def _launch(url: str | None, token_env: str | None, env: list[str]) -> Launch:
    if token_env and not url:
        raise InvalidRequest("--token-env names the token of a remote server: give its --url as well.")
    if url:
        if not url.startswith(("https://", "http://")):
            raise InvalidRequest(f"{url!r} is not an http or https URL. A remote server's URL ends in /mcp.")
        if env:
            raise InvalidRequest("--env sets the environment of a program; a remote server has its own. Leave one out.")
        return Launch(url=url, token_variable=token_env or "")
    pairs = [item.partition("=") for item in env]
    wrong = next((item for item, pair in zip(env, pairs, strict=True) if not pair[0] or not pair[1]), None)
    if wrong is not None:
        raise InvalidRequest(f"{wrong!r} is not NAME=VALUE, as in --env DOCSPASTA_MAX_PAGES=200.")
    given = {key: value for key, _, value in pairs}
    _check_settings(given)
    return this_program(given)


def _check_settings(env: Mapping[str, str]) -> None:
    """Refuse settings that the server would not know, or not start with.

    Raises:
        InvalidRequest: a name is misspelt.
        ConfigError: a value makes no sense.
    """
    if warnings := Settings.load(env).warnings:
        raise InvalidRequest(f"--env: {'. '.join(warnings)}")


def _tell_of_shell(host: Host, machine: Machine, launch: Launch) -> None:
    """Say which settings of this shell the host's server goes without: it may use another store."""
    shell = sorted(name for name in variables_of(Settings) if machine.env.get(name) and name not in launch.env)
    if not shell:
        return
    store = [name for name in shell if name in _OF_THE_STORE]
    other = f" It uses another store than this shell, since that is named by {' and '.join(store)}." if store else ""
    sys.stderr.write(
        f"Set in this shell, and not for {host.title}'s server: {', '.join(shell)}.{other} "
        f"To pass one on: docspasta-mcp install {host.key} --env NAME=VALUE\n"
    )


def _host(key: str) -> Host:
    names = {_folded(host.title): host for host in HOSTS} | BY_KEY
    wanted = _folded(key)
    found = names.get(wanted)
    if found is None:
        begun = [name for name in BY_KEY if wanted.startswith(f"{name}-") or name.startswith(f"{wanted}-")]
        near = begun or [names[name].key for name in difflib.get_close_matches(wanted, names, n=1)]
        meant = f" Did you mean {near[0]}?" if near else ""
        raise InvalidRequest(f"There is no host {key!r}.{meant} Known: {', '.join(BY_KEY)}.")
    return found


def _folded(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")


def _overview(machine: Machine, name: str) -> str:
    rows = [(host.key, host.title, _state(host, machine, name)) for host in HOSTS]
    wide, title = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    lines = [f"{key:<{wide}}  {label:<{title}}  {state}" for key, label, state in rows]
    return "\n".join([*lines, "", "Add it with: docspasta-mcp install HOST"]) + "\n"


def _is_there(host: Host, machine: Machine) -> bool:
    """Tell whether a host seems to be installed: by its own program, or by what only it would have made."""
    if host.file is None or own_program(host, machine.env) is not None:
        return True
    path = host.file(machine)
    return (path if path.parent == machine.home else path.parent).exists()


def _state(host: Host, machine: Machine, name: str) -> str:
    if host.file is None:
        return "set up by hand: prints what to paste"
    path = host.file(machine)
    if not _is_there(host, machine):
        return "not found"
    try:
        change = plan(host, machine, name, None)
    except ConfigError:
        return f"found, but its file is broken: {path}"
    return f"set up in {path}" if change.needed else f"found: {path}"
