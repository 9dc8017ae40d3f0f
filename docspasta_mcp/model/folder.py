"""The address of a folder of this machine: `https://NAME.folder.invalid/`, which nobody can dial.

Names under `.invalid` are never in the DNS (RFC 6761), so such an address leads to files or to nothing. A job may read
those of the folder that it was started for and no others: its `allow_private` names the host. Callers see and say
`folder:NAME` instead, with a path behind it for what lies in the folder.
"""

import re

from docspasta_mcp.urls import origin_of

PREFIX = "folder:"
"""What callers write before the name of a folder, and are shown."""

FOLDER_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?")
_SUFFIX = ".folder.invalid"
_ADDRESS = re.compile(rf"https://({FOLDER_NAME.pattern}){re.escape(_SUFFIX)}(?=[/?#]|$)")


def folder_host(name: str) -> str:
    """Return the host of a folder of that name."""
    return f"{name}{_SUFFIX}"


def folder_url(name: str) -> str:
    """Return the address at which a folder's pages lie."""
    return f"https://{folder_host(name)}/"


def folder_name(url: str) -> str:
    """Return the name of the folder that a parsed URL leads to; an empty string for every other text."""
    match = _ADDRESS.match(url)
    return match[1] if match else ""


def called(url: str) -> str:
    """Return what callers call a parsed URL: one of a folder by its name, as in `folder:NAME/guide/`."""
    name = folder_name(url)
    return f"{PREFIX}{name}{url[len(origin_of(url)) :].removesuffix('/')}" if name else url


def meant(text: str) -> str:
    """Return the address that a caller means by `folder:NAME` and a path; any other text as it is."""
    name, _, path = text.removeprefix(PREFIX).partition("/")
    return f"{folder_url(name)}{path}" if text.startswith(PREFIX) and FOLDER_NAME.fullmatch(name) else text
