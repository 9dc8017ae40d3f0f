"""What a project's `node_modules` has, by the `package.json` of each: read as files, nothing is run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from docspasta_mcp.cli.sync.packages import Package, usable

_WANTED = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
MAX_PACKAGES = 5_000


def node_packages(folder: Path) -> list[Package]:
    """Return the packages of `node_modules`, and what `package.json` asks for that is not there."""
    project = _read(folder / "package.json")
    wanted = dict.fromkeys(name for key in _WANTED for name in _table(project, key) if name != project.get("name"))
    found: dict[str, Package] = {}
    for name in _installed(folder / "node_modules") if wanted else ():
        facts = _read(folder / "node_modules" / name / "package.json")
        if facts and len(found) < MAX_PACKAGES:
            found[name] = Package(name, str(facts.get("version", "")), "node", _manual(facts), is_direct=name in wanted)
    return [*found.values(), *(Package(name, "", "node", is_direct=True) for name in wanted if name not in found)]


def _installed(modules: Path) -> Iterator[str]:
    for one in sorted(modules.iterdir()) if modules.is_dir() else ():
        if one.name.startswith("@") and one.is_dir():
            yield from (f"{one.name}/{inner.name}" for inner in sorted(one.iterdir()))
        elif not one.name.startswith("."):
            yield one.name


def _manual(facts: dict[str, Any]) -> str:
    repository = facts.get("repository")
    named = cast("dict[str, Any]", repository).get("url") if isinstance(repository, dict) else repository
    text = named if isinstance(named, str) else ""
    if text and ":" not in text and text.count("/") == 1:  # the short form of GitHub
        text = f"https://github.com/{text}"
    home = facts.get("homepage")
    return (usable(home) if isinstance(home, str) else "") or usable(text)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _table(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
