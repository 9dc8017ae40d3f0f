"""The manuals of a project: found by what is installed, crawled when chosen, kept in a list that can be shared."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import anyio
import pytest

from docspasta_mcp.cli.sync.node_packages import node_packages
from docspasta_mcp.cli.sync.packages import best_manual, usable
from docspasta_mcp.cli.sync.python_packages import python_packages
from docspasta_mcp.server.wiring import Node
from tests.sites import Answer, Site


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def metadata(name: str, version: str, *urls: str, home: str = "") -> str:
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Project-URL: {url}" for url in urls)]
    return "\n".join([*lines, *([f"Home-page: {home}"] if home else [])]) + "\n\nText.\n"


@pytest.fixture
def project(tmp_path: Path, manual_site: Site) -> Path:
    places = ".venv/lib/python3.12/site-packages"
    manual = f"{manual_site.url}/docs/"
    return write(
        tmp_path / "project",
        {
            "pyproject.toml": '[project]\nname = "p"\ndependencies = ["p[x]", "my_tool[x]>=1", "gone; python_version > \'3\'"]\n'
            '[project.optional-dependencies]\nx = ["other==2"]\n[dependency-groups]\ndev = ["grouped"]\n',
            "requirements-dev.txt": "# comment\n-r other.txt\nrequired >= 1  # why\n./local\n",
            f"{places}/my_tool-1.2.3.dist-info/METADATA": metadata("my-tool", "1.2.3", f"Documentation, {manual}"),
            f"{places}/other-2.0.dist-info/METADATA": metadata(
                "other", "2.0", home="https://github.com/a/other#readme"
            ),
            f"{places}/grouped-3.dist-info/METADATA": metadata("grouped", "3", "Docs, https://grouped.example/x"),
            f"{places}/required-1.dist-info/METADATA": metadata("Required", "1"),
            f"{places}/indirect-9.dist-info/METADATA": metadata("indirect", "9", "Home, https://indirect.example"),
            f"{places}/setup.py": "raise SystemExit('run')",
            "package.json": json.dumps(
                {"dependencies": {"left": "^1", "@at/right": "1"}, "devDependencies": {"lost": "1"}}
            ),
            "node_modules/left/package.json": json.dumps(
                {"version": "1.3.0", "homepage": "https://github.com/a/left#readme", "repository": "a/left"}
            ),
            "node_modules/@at/right/package.json": json.dumps(
                {"version": "2.0.0", "repository": {"url": "git+https://github.com/at/right.git"}}
            ),
            "node_modules/deep/package.json": "not json",
        },
    )


def test_what_is_installed_names_its_manuals(project: Path, manual_site: Site) -> None:
    found = {one.name: one for one in [*python_packages(project, {}), *node_packages(project)]}
    assert {name: (one.version, one.manual, one.is_direct) for name, one in found.items()} == {
        "my-tool": ("1.2.3", f"{manual_site.url}/docs/", True),
        "other": ("2.0", "https://github.com/a/other", True),
        "grouped": ("3", "https://grouped.example/x", True),
        "Required": ("1", "", True),
        "indirect": ("9", "https://indirect.example/", False),
        "gone": ("", "", True),
        "left": ("1.3.0", "https://github.com/a/left", True),
        "@at/right": ("2.0.0", "https://github.com/at/right", True),
        "lost": ("", "", True),
    }


def test_the_best_of_several_addresses_is_the_manual() -> None:
    urls = {"Source Code": "https://github.com/a/b", "Homepage": "https://b.example", "Docs": "https://docs.b.example/"}
    assert best_manual(urls) == "https://docs.b.example/"
    assert best_manual({"Changelog": "https://b.example/changes"}) == ""
    for page in ("/project/b", "/project/b/", "/package/b", "/package/@at/b"):
        assert best_manual({"Documentation": "UNKNOWN", "homepage": f"https://index.example{page}"}) == ""
    assert best_manual({"homepage": "https://b.example/project/b/docs"}) == "https://b.example/project/b/docs"
    assert usable("git@github.com:a/b.git") == "https://github.com/a/b"
    assert usable("ssh://git@github.com/a/b.git") == "https://github.com/a/b"
    assert usable("file:///etc/passwd") == ""


def command_of(project: Path, data: Path, site: Site, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environ = {
        **os.environ,
        "DOCSPASTA_DATA_DIR": str(data),
        "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}",
        "DOCSPASTA_WORKERS": "1",
        "VIRTUAL_ENV": "",
    }
    return [sys.executable, "-m", "docspasta_mcp", "sync", str(project), *arguments], environ


def sync(project: Path, data: Path, site: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command, environ = command_of(project, data, site, *arguments)
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=100, check=False)


def run(project: Path, data: Path, site: Site, *arguments: str) -> str:
    result = sync(project, data, site, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


@pytest.mark.programs
def test_a_chosen_manual_is_crawled_named_and_kept_in_the_list(
    project: Path, tmp_path: Path, manual_site: Site
) -> None:
    data = tmp_path / "data"
    shown = run(project, data, manual_site)
    assert "my-tool" in shown
    assert "indirect" not in shown
    assert "indirect" in run(project, data, manual_site, "--indirect")
    assert "my-tool 1.2.3: 5 pages of" in run(project, data, manual_site, "--only", "my_tool")
    record = json.loads((project / "docspasta.lock").read_text())
    assert record == {
        "manuals": [
            {
                "package": "my-tool", "ecosystem": "python", "version": "1.2.3",
                "manual": f"{manual_site.url}/docs/", "scope": f"{manual_site.url}/docs/",
            }
        ]
    }  # fmt: skip
    assert "my-tool 1.2.3: there already" in run(project, data, manual_site, "--only", "my-tool")
    assert "of 1.2.3" in run(project, data, manual_site)


@pytest.mark.programs
def test_who_stops_a_sync_is_told_what_is_kept_and_it_goes_on(project: Path, tmp_path: Path, manual_site: Site) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()
    page = str(manual_site.pages["/docs/install.html"])
    manual_site.pages["/docs/install.html"] = Answer(page, before=lambda: (is_asked.set(), may_answer.wait(60)))
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what a shell starts behind `&` ignores it
    command, environ = command_of(project, tmp_path / "data", manual_site, "--only", "my-tool", "--only", "required")
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True, preexec_fn=heed) as process:  # noqa: PLW1509
        assert process.stderr
        assert is_asked.wait(60)
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    may_answer.set()
    assert process.returncode == 130
    assert re.search(
        r"Interrupted\. Of 2, 0 manuals are there and listed\. Job \w{16} is kept\. Start `docspasta", told
    )
    assert told.endswith("it resumes. The same sync goes on with the others.\n")
    assert "my-tool 1.2.3: 5 pages of" in run(project, tmp_path / "data", manual_site, "--only", "my-tool")


@pytest.mark.programs
def test_what_is_not_there_is_told(project: Path, tmp_path: Path, manual_site: Site) -> None:
    def told(folder: Path, *arguments: str) -> str:
        result = sync(folder, tmp_path / "data", manual_site, *arguments)
        assert result.returncode == 2
        return result.stderr

    assert "nothing: not installed here" in told(project, "--only", "nothing")
    assert "asks for no package" in told(write(tmp_path / "empty", {"a": ""}))
    assert "cannot be read: repair it" in told(write(project, {"docspasta.lock": "{"}))


async def test_a_manual_is_found_by_the_name_that_it_was_given(node: Node, manual_site: Site) -> None:
    started = await node.jobs.start(f"{manual_site.url}/docs/", max_pages=3, name="my-tool")
    with anyio.fail_after(40):
        while (await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
    (found,) = await node.jobs.library.named(["My-Tool"])
    assert found.best.job_id == started.job_id
    again = await node.jobs.start(f"{manual_site.url}/docs/", max_pages=3)
    assert again.job_id == started.job_id, "the name makes no other crawl of it"
