"""How a host reaches this server: a program that it starts, or a URL."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = "docspasta-mcp"


@dataclass(frozen=True, slots=True)
class Launch:
    """A server as a host is told of it: `url` for a remote one, else `command` with `args` and `env`.

    `token_variable` names the environment variable of the host's process that holds the bearer token of a remote one,
    `store_variable` the one that the program must find set to use the store of this process, as it may hold a password.
    """

    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    token_variable: str = ""
    store_variable: str = ""


def this_program(env: Mapping[str, str]) -> Launch:
    """Return what starts this very installation, by its full path: a desktop application has not the shell's PATH.

    From a cache that `uvx` may clear at any time the package is named instead, so that `uvx` finds it again.
    """
    beside = Path(sys.executable).parent / (f"{PROGRAM}.exe" if sys.platform == "win32" else PROGRAM)
    if "archive-v0" in Path(sys.prefix).parts:  # the folder of uv's cache that holds the environments of `uvx`
        return Launch(shutil.which("uvx") or "uvx", (PROGRAM,), env)
    if beside.exists():
        return Launch(str(beside), (), env)
    found = shutil.which(PROGRAM)
    return Launch(found, (), env) if found else Launch(sys.executable, ("-m", "docspasta_mcp"), env)
