"""`docspasta.lock`: which manuals a project has, kept with it and shared. It names no job and nothing of a machine."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from docspasta_mcp.errors import InvalidRequest

FILE = "docspasta.lock"


@dataclass(frozen=True, slots=True)
class Entry:
    """A manual that was crawled for a package: its address, and what of it was found."""

    package: str
    ecosystem: str
    version: str
    manual: str
    scope: str


def read_record(folder: Path) -> dict[tuple[str, str], Entry]:
    """Return the manuals of a project by ecosystem and package; none if it has no such file.

    Raises:
        InvalidRequest: the file cannot be read.
    """
    file = folder / FILE
    if not file.exists():
        return {}
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
        entries = [Entry(**cast("dict[str, Any]", one)) for one in found["manuals"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(f"{file} cannot be read: repair it, or delete it to begin anew.") from error
    return {(one.ecosystem, one.package): one for one in entries}


def write_record(folder: Path, entries: Iterable[Entry]) -> None:
    """Write the manuals of a project, in an order that changes as little as they do."""
    ordered = sorted(entries, key=lambda one: (one.ecosystem, one.package))
    text = json.dumps({"manuals": [asdict(one) for one in ordered]}, indent=2, ensure_ascii=False)
    (folder / FILE).write_text(f"{text}\n", encoding="utf-8")
