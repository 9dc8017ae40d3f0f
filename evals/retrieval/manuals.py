"""Real manuals as Debian packages them: fetched, unpacked, served over loopback, crawled."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from docspasta_mcp.model.job import JobState
from docspasta_mcp.server.wiring import Node

HERE = Path(__file__).parent
_CRAWL_S = 600


@dataclass(frozen=True, slots=True)
class Manual:
    """A manual: the package it comes in, the site's root there, and where a crawl starts."""

    name: str
    package: str
    root: str
    start: str = ""


MANUALS = {
    manual.name: manual
    for manual in (
        Manual("git", "git-doc", "usr/share/doc/git-doc"),
        Manual("sqlite", "sqlite3-doc", "usr/share/doc/sqlite3"),
        Manual("bash", "bash-doc", "usr/share/doc/bash", "bashref.html"),
        Manual("postgresql", "postgresql-doc-15", "usr/share/doc/postgresql-doc-15/html"),
        Manual("sphinx", "sphinx-doc", "usr/share/doc/sphinx-doc/html"),
        Manual("apache", "apache2-doc", "usr/share/doc/apache2-doc/manual/en"),
        Manual("swi-prolog", "swi-prolog-doc", "usr/share/swi-prolog/doc/Manual"),
    )
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question or a name, with the pages and words that answer it."""

    manual: str
    text: str
    gold: tuple[tuple[str, str], ...] = field(default=())


def asked(file: str, key: str, manuals: Sequence[str]) -> list[Asked]:
    """Return the questions or names of a file about some manuals."""
    found: list[Asked] = []
    for line in (HERE / file).read_text(encoding="utf-8").splitlines():
        one: Any = json.loads(line)
        if one["manual"] in manuals:
            pairs = [one, *cast("list[Any]", one["also"])]
            found.append(Asked(one["manual"], one[key], tuple((pair["page"], pair["snippet"]) for pair in pairs)))
    return found


def fetch(manual: Manual, work: Path) -> Path:
    """Download and unpack a manual's package unless it is there; return the site's root."""
    folder = work / manual.package
    if not (folder / manual.root).is_dir():
        work.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", manual.package], cwd=work, check=True, capture_output=True)
        (package,) = work.glob(f"{manual.package}_*.deb")
        subprocess.run(["dpkg", "-x", package.name, manual.package], cwd=work, check=True)
    return folder / manual.root


async def crawl(node: Node, origin: str, manual: Manual) -> str:
    """Crawl a manual; return the job's id."""
    started = await node.jobs.start(f"{origin}/{manual.start}", max_pages=2000 if manual.name == "postgresql" else 1000)
    for _ in range(_CRAWL_S // 20):
        status = await node.jobs.wait(started.job_id, 20)
        if status.state is not JobState.RUNNING:
            return started.job_id
    raise TimeoutError(f"{manual.name} is not read after {_CRAWL_S} s")
