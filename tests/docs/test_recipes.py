"""Every command and program of the guide, run as it stands there.

Blocks marked `sh` and `python` run; `text` is for what needs an account, a public address or another program. The
manual of the examples and the job and hash that stand for the reader's own are replaced.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sites import Site, page

pytestmark = pytest.mark.programs

ROOT = Path(__file__).parent.parent.parent
GUIDE = ("getting-started", "cookbook")


def sections() -> list[tuple[str, list[tuple[str, str]]]]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for name in GUIDE:
        for part in re.split(r"^## ", (ROOT / f"docs/{name}.md").read_text(), flags=re.MULTILINE)[1:]:
            blocks = re.findall(r"^```(sh|python)\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
            found += [(f"{name}: {part.splitlines()[0]}", blocks)] if blocks else []
    return found


class Reader:
    """A person with an empty home, who tries the blocks of one section in turn."""

    def __init__(self, home: Path, site: Site) -> None:
        self.home, self.site = home, site
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home), "PYTHONPATH": str(ROOT),
            "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}", "DOCSPASTA_DATA_DIR": str(home / "data"),
        }  # fmt: skip
        (home / "pages").mkdir()
        for name in ("install", "usage"):
            (home / "pages" / f"{name}.html").write_text(page(name.title()))

    def run(self, *command: str) -> str:
        ran = subprocess.run(
            command, cwd=self.home, env=self.env, capture_output=True, text=True, timeout=100, check=False
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
        block = block.replace("https://docs.example.com/", f"{self.site.url}/docs/")
        block = block.replace("http://127.0.0.1:8000/", f"{self.site.url}/docs/")
        block = block.replace("127.0.0.1:8000", f"127.0.0.1:{self.site.port}")
        return self.run(*(["bash", "-euc"] if language == "sh" else [sys.executable, "-c"]), block)


@pytest.mark.parametrize(("title", "blocks"), [pytest.param(*section, id=section[0]) for section in sections()])
def test_each_recipe_does_what_it_says(
    title: str, blocks: list[tuple[str, str]], tmp_path: Path, manual_site: Site
) -> None:
    reader = Reader(tmp_path, manual_site)
    said = "".join(reader.follow(*block) for block in blocks)
    for name in re.findall(r"-o (\S+\.md)", "".join(block for _, block in blocks)):
        assert "# " in (tmp_path / name).read_text(), name
    expected = {"Read one page": "# Install\n", "Use it from Python": "completed 5 pages", "Serve a team": "  ann  "}
    for recipe, words in expected.items():
        assert words in said or not title.endswith(recipe)
