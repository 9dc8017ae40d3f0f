"""`docspasta-mcp install`: what a person reads."""

import difflib
import os
import shlex
import sys
from pathlib import Path

from docspasta_mcp.cli.install.change import lines_to_paste, own_program, plan, run_own_command, write
from docspasta_mcp.cli.install.hosts import BY_KEY, HOSTS, Host, Machine
from docspasta_mcp.cli.install.launch import Launch, this_program
from docspasta_mcp.errors import ConfigError, InvalidRequest


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
    change = plan(host, machine, name, launch)
    if not change.needed:
        state = "is not in" if launch is None else "is already in"
        sys.stderr.write(f"{name} {state} {host.title} ({change.path}). Nothing to change.\n")
        return
    program = own_program(host, machine.env)
    if program is not None:
        for command in run_own_command(host, program, name, launch):
            sys.stderr.write(f"$ {shlex.join(command)}\n")
    else:
        sys.stderr.write(change.diff() + "\n")
        backup = write(change)
        kept = f"; the file as it was: {backup}" if backup else ""
        sys.stderr.write(f"Wrote {change.path}{kept}.\n")
    sys.stderr.write(f"{name} was {'removed from' if launch is None else 'added to'} {host.title}. {host.after}\n")


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
    return this_program({key: value for key, _, value in pairs})


def _host(key: str) -> Host:
    found = BY_KEY.get(key.lower().replace("_", "-").replace(" ", "-"))
    if found is None:
        near = difflib.get_close_matches(key.lower(), BY_KEY, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise InvalidRequest(f"There is no host {key!r}.{meant} Known: {', '.join(BY_KEY)}.")
    return found


def _overview(machine: Machine, name: str) -> str:
    rows = [(host.key, host.title, _state(host, machine, name)) for host in HOSTS]
    wide, title = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    lines = [f"{key:<{wide}}  {label:<{title}}  {state}" for key, label, state in rows]
    return "\n".join([*lines, "", "Add it with: docspasta-mcp install HOST"]) + "\n"


def _state(host: Host, machine: Machine, name: str) -> str:
    if host.file is None:
        return "set up by hand: prints what to paste"
    path = host.file(machine)
    own_place = path if path.parent == machine.home else path.parent  # what only this host would have made
    if own_program(host, machine.env) is None and not own_place.exists():
        return "not found"
    try:
        change = plan(host, machine, name, None)
    except ConfigError:
        return f"found, but its file is broken: {path}"
    return f"set up in {path}" if change.needed else f"found: {path}"
