"""The documentation site: built strictly, true to the code, and crawled by the program that it documents."""

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import docspasta_mcp
from docs_site.host_pages import FOLDER, host_pages
from docspasta_mcp import errors
from docspasta_mcp.cli.app import app
from docspasta_mcp.model.page import NOT_THERE
from docspasta_mcp.server.api_call import Call
from docspasta_mcp.server.mcp.tools import Tools
from docspasta_mcp.server.rest import api_calls
from docspasta_mcp.server.rest_library import library_calls
from docspasta_mcp.server.rest_schedules import schedule_calls
from tests.sites import Answer, Site

ROOT = Path(__file__).parent.parent.parent
TYPES = {".html": "text/html", ".md": "text/markdown", ".txt": "text/plain", ".xml": "application/xml"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """The site as it is published, built and served on loopback."""
    folder = tmp_path_factory.mktemp("built")
    with Site() as site:
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
        env = os.environ | {"SITE_URL": f"{site.url}/", "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": "ignore"}
        ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=150, check=False)
        assert ran.returncode == 0, ran.stderr
        for file in folder.rglob("*"):
            if file.is_file():
                kind = TYPES.get(file.suffix, "application/octet-stream")
                site.pages[f"/{file.relative_to(folder)}"] = Answer(file.read_bytes(), content_type=kind)
        site.pages["/"] = site.pages["/index.html"]
        yield site, folder


def sources() -> list[Path]:
    return sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.programs
def test_docspasta_reads_its_own_site_whole(
    built: tuple[Site, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, _ = built
    monkeypatch.setenv("DOCSPASTA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOCSPASTA_ALLOW_PRIVATE", f"127.0.0.1:{site.port}")
    document = docspasta_mcp.crawl(f"{site.url}/")
    assert (document.state, document.done, document.failed) == ("completed", len(sources()), 0), document
    for source in sources():
        text = source.read_text()
        title = re.findall(r"^# (.+)", text, re.MULTILINE)[0]
        assert f"\n# {title}\n" in document.markdown
        for code in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            assert code in document.markdown, source
    titles = re.findall(r"^# (.+)", document.markdown, re.MULTILINE)[1:]
    assert titles.index("Getting started") < titles.index("Cookbook") < titles.index("Architecture")


def test_each_page_has_its_markdown_beside_it_and_llms_txt_lists_them_all(built: tuple[Site, Path]) -> None:
    site, folder = built
    listed = re.findall(r"^- \[.+\]\((.+)\)", (folder / "llms.txt").read_text(), re.MULTILINE)
    names = [str(source.relative_to(ROOT / "docs")) for source in sources()]
    assert sorted(listed) == sorted(f"{site.url}/{name}" for name in names)
    for name in names:
        html = (folder / name).with_suffix(".html").read_text()
        assert f'<link rel="alternate" type="text/markdown" href="{Path(name).name}">' in html
        assert (folder / name).read_text().startswith("# ")
    deploy = (folder / "deploy.md").read_text()
    assert "](files/deploy/compose.yaml)" in deploy
    assert (folder / "files/deploy/compose.yaml").read_bytes() == (ROOT / "deploy/compose.yaml").read_bytes()


def test_the_site_asks_no_other_server_for_anything(built: tuple[Site, Path]) -> None:
    for page in built[1].rglob("*.html"):
        assert not re.findall(
            r'<(?:script|img|iframe)[^>]+src="https?:|<link[^>]+stylesheet[^>]+https?:', page.read_text()
        )


def test_the_pages_of_the_hosts_are_those_of_the_table() -> None:
    written = {page.name: page.read_text() for page in FOLDER.iterdir()}
    assert written == host_pages(), "Run `python -m docs_site.host_pages`."


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "evals/README.md"])
def test_links_between_the_files_of_the_repository_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def calls() -> list[Call]:
    """Return all calls of the REST API."""
    made = (api_calls, library_calls, schedule_calls)
    return [call for calls_of in made for call in calls_of(lambda _request: NotImplemented)]


def test_every_call_and_error_of_the_rest_api_is_told() -> None:
    text = (ROOT / "docs/rest.md").read_text()
    for call in calls():
        assert re.search(rf"`{call.method} {re.escape(call.path)}[`?]", text), call.path
    codes = {
        kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.CallerError)
    }
    for file in (ROOT / "docspasta_mcp/server").glob("*.py"):
        codes |= set(re.findall(r'problem\(\s*\d+,\s*"([a-z_]+)"', file.read_text()))
    assert {code for code in codes if f"`{code}`" not in text} <= {"invalid_cursor", "malformed", "http_error"}


def test_the_readme_s_table_names_commands_tools_and_calls_that_exist() -> None:
    rows = re.findall(
        r"^\| [^|]+ \| (`[^|]+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert len(rows) >= 10
    commands = set(getattr(typer.main.get_command(app), "commands"))  # noqa: B009  # a group, which its type does not say
    paths = {(call.method, call.path.removeprefix("/api/v4")) for call in calls()}
    parameters = "".join(file.read_text() for file in (ROOT / "docspasta_mcp/server").glob("rest*.py"))
    for command, tool, rest in rows:
        assert set(re.findall(r"`(\w+) ?", command)) <= commands
        for name, arguments in re.findall(r"`(\w+)\((.*?)\)`", tool):
            known = inspect.signature(getattr(Tools, name)).parameters
            assert {argument.partition("=")[0] for argument in arguments.split(", ") if argument} <= set(known)
        assert set(re.findall(r"`(GET|POST) ([^`]+)`", rest)) <= paths
        assert all(f'Parameter("{name}"' in parameters for name in re.findall(r"\?(\w+)=", rest))


def test_every_fix_of_the_doctor_is_told() -> None:
    text = (ROOT / "docs/troubleshooting.md").read_text()
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse((ROOT / "docspasta_mcp/server/checks.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "CheckResult":
            found += node.args[2:]
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "fix":
            found.append(node.value)
    fixes = [node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert len(fixes) >= 9
    assert [fix for fix in fixes if fix not in text] == []


def test_every_reason_of_a_page_is_told() -> None:
    text = (ROOT / "docs/troubleshooting.md").read_text()
    reasons = set(NOT_THERE)
    for file in (ROOT / "docspasta_mcp").rglob("*.py"):
        reasons |= set(re.findall(r'(?:PageRefused|PageUnreachable|AddressBlocked)\(\s*"([a-z_]+)"', file.read_text()))
    assert len(reasons) > 20
    assert sorted(reason for reason in reasons if f"`{reason}`" not in text) == []
