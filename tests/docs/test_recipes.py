"""Every command and program of the guide, run as it stands there.

Blocks marked `sh` and `python` run; `text` is for what needs an account, a public address or another program. The
manuals and the proxy of the examples and the job and hash that stand for the reader's own are replaced.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fetch.test_sites import Proxy
from tests.sites import Answer, Site, manual, page

pytestmark = pytest.mark.programs

ROOT = Path(__file__).parent.parent.parent
GUIDE = ("getting-started", "cookbook")
SAYS = {  # each of the twelve recipes by what its commands must have printed
    "Read one page": "# Install\n",
    "Read a whole manual under a budget": "2. [Install](",
    "Search over three manuals": "Zoo",
    "Read private docs": "",
    "Crawl from behind a proxy": "",
    "Read pages that only a browser shows": "",
    "Read an OpenAPI file": "DELETE /pets/{id}",
    "Keep a manual fresh": "corpus_hash",
    "Serve a team": "  ann  ",
    "Run it on QStash": "✅",
    "Export a skill": "",
    "Use it from Python": "completed 5 pages",
}
SPECIFICATION = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1", "description": "Everything about pets."},
    "paths": {
        "/pets/{id}": {
            "delete": {
                "tags": ["pets"], "summary": "Delete a pet", "responses": {"204": {"description": "It is gone."}},
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            }
        }
    },
}  # fmt: skip


def sections() -> list[tuple[str, list[tuple[str, str]]]]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for name in GUIDE:
        for part in re.split(r"^## ", (ROOT / f"docs/{name}.md").read_text(), flags=re.MULTILINE)[1:]:
            blocks = re.findall(r"^```(sh|python)\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
            found += [(f"{name}: {part.splitlines()[0]}", blocks)] if blocks else []
    return found


class Reader:
    """A person with an empty home, who tries the blocks of one section in turn."""

    def __init__(self, home: Path, site: Site, others: list[Site], proxy: Proxy) -> None:
        self.home, self.site, self.others, self.proxy = home, site, others, proxy
        allowed = ",".join(f"127.0.0.1:{one.port}" for one in (site, *others))
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home), "PYTHONPATH": str(ROOT),
            "DOCSPASTA_ALLOW_PRIVATE": allowed, "DOCSPASTA_DATA_DIR": str(home / "data"),
        }  # fmt: skip
        (home / "pages").mkdir()
        for name in ("install", "usage"):
            (home / "pages" / f"{name}.html").write_text(page(name.title()))

    def run(self, *command: str) -> str:
        ran = subprocess.run(
            command, cwd=self.home, env=self.env, capture_output=True, text=True, timeout=150, check=False
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
        assert "Traceback" not in ran.stderr
        return ran.stdout

    def follow(self, language: str, block: str) -> str:
        if "JOB" in block or "HASH" in block:
            jobs = re.findall(r"^ ?([0-9a-f]{16}) ", self.run("docspasta-mcp", "jobs"), re.MULTILINE)
            status = self.run("docspasta-mcp", "status", jobs[0]) if jobs else ""
            block = block.replace("JOB", jobs[0] if jobs else "0")
            block = block.replace("HASH", (re.findall(r'"corpus_hash": "(.+)"', status) or [""])[0])
        if "http://proxy.corp.example:3128" in block:  # a name that only the proxy can look up
            block = block.replace("http://proxy.corp.example:3128", self.proxy.url)
            block = block.replace("https://docs.example.com/", "http://docs.example.com/docs/")
        block = block.replace("https://docs.example.com/", f"{self.site.url}/docs/")
        for name, other in zip(("org", "net"), self.others, strict=True):
            block = block.replace(f"https://docs.example.{name}/", f"{other.url}/docs/")
        block = block.replace("http://127.0.0.1:8000/", f"{self.site.url}/docs/")
        block = block.replace("127.0.0.1:8000", f"127.0.0.1:{self.site.port}")
        return self.run(*(["bash", "-euc"] if language == "sh" else [sys.executable, "-c"]), block)


@pytest.fixture
def reader(tmp_path: Path, manual_site: Site) -> Iterator[Reader]:
    """A reader with three manuals, a specification and a proxy that leads to the first manual."""
    manual_site.pages["/docs/openapi.json"] = Answer(json.dumps(SPECIFICATION), content_type="application/json")
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(Site()) for _ in range(2)]
        for other, name in zip(others, ("Zoo", "Farm"), strict=True):
            other.pages.update(manual() | {"/docs/": page(f"{name} manual", links=("/docs/", "/docs/install.html"))})
        proxy = stack.enter_context(contextlib.closing(Proxy(manual_site.port)))
        yield Reader(tmp_path, manual_site, others, proxy)
    del manual_site.pages["/docs/openapi.json"]


@pytest.mark.parametrize(("title", "blocks"), [pytest.param(*section, id=section[0]) for section in sections()])
def test_each_recipe_does_what_it_says(title: str, blocks: list[tuple[str, str]], reader: Reader) -> None:
    said = "".join(reader.follow(*block) for block in blocks)
    for name in re.findall(r"-o (\S+\.md)", "".join(block for _, block in blocks)):
        assert "# " in (reader.home / name).read_text(), name
    assert SAYS.get(title.partition(": ")[2], "") in said
    if title.endswith("behind a proxy"):
        assert reader.proxy.asked[0].startswith("CONNECT docs.example.com:80 ")
    if title.endswith("Export a skill"):
        assert (reader.home / "skills/example/SKILL.md").read_text().startswith("---\nname: ")


def test_the_cookbook_has_the_recipes_that_people_look_for() -> None:
    titles = re.findall(r"^## (.+)", (ROOT / "docs/cookbook.md").read_text(), re.MULTILINE)
    assert [title for title in titles if title in SAYS] == list(SAYS)
