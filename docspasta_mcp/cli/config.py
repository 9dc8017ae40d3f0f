"""Print the settings in force and where each comes from, secrets masked, on stdout."""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any, cast

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from docspasta_mcp.settings import FILE_NAME, Loaded, Origin, Settings

_USER_INFO = re.compile(
    r"(\b[a-z][a-z0-9+.-]{0,30}://)[^\s]*@", re.IGNORECASE
)  # to the last @: a password may hold / and @
_QUERY = re.compile(r"(://[^\s?]*)\?\S+")


def show_config(loaded: Loaded[Settings], *, as_json: bool) -> None:
    """Print every setting in force, as a table for people or as JSON for programs."""
    rows = [
        {"name": name, "variable": field.alias, "value": masked(getattr(loaded.settings, name)), "from": origin}
        for name, field in Settings.model_fields.items()
        for origin in [loaded.origins[name]]
    ]
    if as_json:
        file = str(loaded.file) if loaded.file else None
        sys.stdout.write(json.dumps({"file": file, "settings": rows, "warnings": loaded.warnings}, indent=2) + "\n")
        return
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for row in rows:
        origin = row["variable"] if row["from"] is Origin.ENVIRONMENT else row["from"]
        table.add_row(row["name"], _in_words(row["value"]), origin)
    none = f"no file: {loaded.settings.data_dir / FILE_NAME} is not there"
    Console(width=10_000, highlight=False, markup=False).print(f"file: {loaded.file}" if loaded.file else none, table)


def masked(value: object) -> Any:
    """Return a setting's value as JSON holds it, without secrets, user info and queries of URLs."""
    return _without_secrets(to_jsonable_python(value))  # pydantic masks what is declared a secret


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str) and not value.startswith("sqlite:"):  # its path may hold an @
        return _QUERY.sub(r"\1?…", _USER_INFO.sub(r"\1…@", value))
    if isinstance(value, Mapping):
        return {key: _without_secrets(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in cast("list[Any]", value)]
    return value


def _in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[Any]", value))) or "—"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else "—"
    return "—" if value is None else str(value)
