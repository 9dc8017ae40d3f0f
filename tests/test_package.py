"""What is published: wheel and sdist hold everything, and every host's file says the same."""

import base64
import json
import re
import tarfile
import tomllib
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from docspasta_mcp import __version__
from docspasta_mcp.fetch.fetcher import USER_AGENT

pytestmark = pytest.mark.programs

ROOT = Path(__file__).resolve().parent.parent
LAUNCH = {"command": "uvx", "args": ["docspasta-mcp"]}


def read(name: str) -> dict[str, Any]:
    return json.loads((ROOT / name).read_text())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = str(tmp_path_factory.mktemp("dist"))
    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])))
    return Path(wheel), Path(next(iter(SdistBuilder(str(ROOT)).build(directory=folder))))


def test_the_wheel_holds_every_file_of_the_package_and_the_licence(built: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(built[0]).namelist())
    ours = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "docspasta_mcp").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    information = f"docspasta_mcp-{__version__}.dist-info/"
    assert {name for name in names if not name.startswith(information)} == ours
    assert information + "licenses/LICENSE" in names
    assert "docspasta_mcp/py.typed" in names
    assert any("/migrations/versions/" in name for name in names)


def test_the_sdist_holds_what_builds_and_tests_it(built: tuple[Path, Path]) -> None:
    top = f"docspasta_mcp-{__version__}/"
    with tarfile.open(built[1]) as archive:
        names = set(archive.getnames())
    for name in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "docspasta_mcp/py.typed",
        "tests/conftest.py",
    ):
        assert top + name in names
    assert not [name for name in names if "/.venv" in name or "__pycache__" in name]


def test_every_file_of_a_host_names_the_same_version_and_command() -> None:
    server, manifest, gemini = read("server.json"), read("manifest.json"), read("gemini-extension.json")
    plugin = read(".claude-plugin/plugin.json")
    versions = [server["version"], server["packages"][0]["version"]]
    versions += [manifest["version"], gemini["version"], plugin["version"]]
    assert versions == [__version__] * 5
    assert gemini["mcpServers"]["docspasta"] == plugin["mcpServers"]["docspasta"] == LAUNCH
    assert (ROOT / gemini["contextFileName"]).exists()
    smithery = yaml.safe_load((ROOT / "smithery.yaml").read_text())["startCommand"]["commandFunction"]
    assert f'command: "{LAUNCH["command"]}"' in smithery
    assert f"args: {json.dumps(LAUNCH['args'])}" in smithery
    assert read(".claude-plugin/marketplace.json")["plugins"][0]["name"] == plugin["name"]


def test_the_registry_s_facts_hold_for_server_json() -> None:
    server = read("server.json")
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", server["name"])
    assert 1 <= len(server["description"]) <= 100
    assert len(server["title"]) <= 100
    package = server["packages"][0]
    assert package["identifier"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    assert package["transport"] == {"type": "stdio"}
    assert "registryBaseUrl" not in package
    assert f"<!-- mcp-name: {server['name']} -->" in (ROOT / "README.md").read_text()


def test_what_is_published_leads_to_the_repository_that_its_name_claims_and_to_no_registry() -> None:
    owner, name = read("server.json")["name"].removeprefix("io.github.").split("/")
    home = f"https://github.com/{owner}/{name}"
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= set(urls)
    for url in urls.values():
        assert url == home or url.startswith(f"{home}/")
        kept = re.fullmatch(r".+/blob/main/(.+)", url)
        assert kept is None or (ROOT / kept[1]).is_file()
    assert f"(+{home})" in USER_AGENT
    for workflow in (ROOT / ".github/workflows").iterdir():
        for where in re.findall(r"\b(?:registry|repository-url|index-url): *(.+)", workflow.read_text()):
            assert where.startswith("${{ vars."), workflow


def test_the_readme_s_buttons_carry_the_command() -> None:
    readme = (ROOT / "README.md").read_text()
    config = base64.b64encode(json.dumps(LAUNCH, separators=(",", ":")).encode()).decode()
    assert f"https://cursor.com/en/install-mcp?name=docspasta&config={urllib.parse.quote(config)}" in readme
    quoted = urllib.parse.quote(json.dumps(LAUNCH, separators=(",", ":")))
    assert f"https://insiders.vscode.dev/redirect/mcp/install?name=docspasta&config={quoted}" in readme


def test_the_skill_is_one_that_agents_load() -> None:
    text = (ROOT / "skills/docspasta/SKILL.md").read_text()
    match = re.match(r"---\nname: ([a-z0-9-]{1,64})\ndescription: (.{1,1024})\n---\n", text)
    assert match
    assert match[1] == "docspasta"
    assert len(text.splitlines()) < 500
