"""What a project's Python environment has, by the metadata of its distributions: read as files, nothing is imported."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, cast

from docspasta_mcp.cli.sync.packages import Package, best_manual

_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_NAME = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)")


def python_packages(folder: Path, environ: Mapping[str, str] = os.environ) -> list[Package]:
    """Return the distributions of a project's environment, and what it asks for that is not there.

    Args:
        folder: of the project.
        environ: names the environment that is active, where the project has none of its own.
    """
    project = _project(folder)
    own = _folded(str(_table(project, "project").get("name") or ""))
    wanted = {key: name for name in _wanted(folder, project) if (key := _folded(name)) != own}
    places = _site_packages(folder, environ) if wanted else []
    found: dict[str, Package] = {}
    for one in distributions(path=[str(place) for place in places]) if places else ():
        name = str(one.metadata["Name"] or "")
        if name and _folded(name) not in (own, *found):
            found[_folded(name)] = Package(
                name, one.version, "python", best_manual(_urls(one)), is_direct=_folded(name) in wanted
            )
    missing = [Package(name, "", "python", is_direct=True) for key, name in wanted.items() if key not in found]
    return [*found.values(), *missing]


def _urls(one: Distribution) -> dict[str, str]:
    """Return the URLs of a distribution by their labels."""
    urls: dict[str, str] = {}
    for line in one.metadata.get_all("Project-URL") or ():
        label, _, url = str(line).partition(",")
        urls.setdefault(label.strip(), url.strip())
    for home in one.metadata.get_all("Home-page") or ():  # a missing key may be an error
        urls.setdefault("Homepage", str(home))
    return urls


def _site_packages(folder: Path, environ: Mapping[str, str]) -> list[Path]:
    active = [Path(environ["VIRTUAL_ENV"])] if environ.get("VIRTUAL_ENV") else []
    for root in (*(folder / name for name in _ENVIRONMENTS), *active):
        found = [*root.glob("lib/python3*/site-packages"), *root.glob("Lib/site-packages")]
        if found:
            return found
    return []


def _project(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _wanted(folder: Path, project: dict[str, Any]) -> Iterator[str]:
    """Yield the names of what a project asks for itself; its extras may name the project, too."""
    for line in _lines(project):
        if match := _NAME.match(line):
            yield match[1]
    poetry = _table(_table(_table(project, "tool"), "poetry"), "dependencies")
    yield from (name for name in poetry if name.lower() != "python")
    for file in sorted(folder.glob("requirements*.txt")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if not line.lstrip().startswith(("-", "#", ".", "/")) and (match := _NAME.match(line)):
                yield match[1]


def _lines(project: Any) -> Iterator[str]:
    facts = _table(project, "project")
    groups = (*_table(facts, "optional-dependencies").values(), *_table(project, "dependency-groups").values())
    for group in (facts.get("dependencies"), *groups):
        if isinstance(group, list):
            yield from (line for line in cast("list[Any]", group) if isinstance(line, str))


def _table(value: Any, key: str) -> dict[str, Any]:
    inner = cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
