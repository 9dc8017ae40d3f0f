"""Look for an installation's secrets where they do not belong: in its logs, and in its files beside the one for keys."""

import json
import logging
import re
from pathlib import Path

from docspasta_mcp.telemetry import configure_logging

_ACCESS_TOKEN = re.compile(rb"docspasta_[\w-]{43}")
_DATABASES = ("docspasta.db", "broker.db")  # and their journals


def json_formatter() -> logging.Formatter:
    """Return the formatter that log lines go through in production."""
    root, level = logging.getLogger(), logging.getLogger().level
    before, ours = root.handlers[:], logging.getLogger("docspasta_mcp").level
    configure_logging(level="DEBUG", log_format="json")
    formatter = root.handlers[0].formatter
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("docspasta_mcp").setLevel(ours)
    assert formatter is not None
    return formatter


def leaks(folder: Path | None, logged: str) -> list[str]:
    """Return where a secret was found: the keys and the token of every installation below a folder, and access tokens."""
    secrets: set[bytes] = set()
    files = [file for file in folder.rglob("*") if file.is_file()] if folder is not None and folder.is_dir() else []
    for file in files:
        if file.name == "broker.json":
            try:
                values = json.loads(file.read_bytes()).values()
            except (ValueError, AttributeError):  # some tests damage it
                continue
            secrets |= {value.encode() for value in values if isinstance(value, str) and len(value) > 15}
    told = {"the logs": logged.encode()} | {
        str(file): file.read_bytes() for file in files if file.name.startswith(_DATABASES)
    }
    return [
        where for where, data in told.items() if any(secret in data for secret in secrets) or _ACCESS_TOKEN.search(data)
    ]
