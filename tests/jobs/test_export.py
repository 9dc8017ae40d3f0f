"""Exports of a finished crawl through REST and the command line: complete, linked, and the same bytes each time."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import anyio
import anyio.lowlevel
import httpx
import pytest
from lxml import etree

from docspasta_mcp.document.export.files import Chunk
from docspasta_mcp.document.export.links import linked
from docspasta_mcp.document.export.names import file_names
from docspasta_mcp.document.export.skill import MAX_LISTED, SkillWriter
from docspasta_mcp.extract.formats.files.read import read_file
from docspasta_mcp.jobs.export import archived
from docspasta_mcp.model.file_formats import FileFormat
from docspasta_mcp.model.page import Page, PageRecord, PageState
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import Node
from tests.sites import Site


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(node, create_mcp_server(node)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
async def job(client: httpx.AsyncClient, manual_site: Site) -> str:
    answer = await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/docs/"})
    where: str = f"/api/v4/jobs/{answer.json()['job_id']}"
    with anyio.fail_after(40):
        while (await client.get(where)).json()["state"] == "running":
            await anyio.sleep(0.05)
    return where


async def exported(client: httpx.AsyncClient, job: str, form: str) -> bytes:
    answer = await client.get(f"{job}/export", params={"as": form})
    assert answer.status_code == 200, answer.text
    again = await client.get(f"{job}/export", params={"as": form})
    assert answer.content == again.content, "an export must be the same bytes each time"
    return answer.content


def members(archive: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name.partition("/")[2]: opened.read(name).decode() for name in opened.namelist()}


async def test_a_folder_has_a_file_a_page_with_front_matter_and_relative_links(
    client: httpx.AsyncClient, job: str, manual_site: Site
) -> None:
    files = members(await exported(client, job, "folder"))
    assert list(files) == [
        "index.md",
        "install.md",
        "guide/index.md",
        "guide/deep.md",
        "guide/usage.md",
        "CONTENTS.md",
        "docspasta.json",
    ]
    guide = files["guide/index.md"]
    assert guide.startswith(f'---\ntitle: "Guide"\nsource: "{manual_site.url}/docs/guide/"\nfetched: "20')
    assert re.search(r'\nhash: "[0-9a-f]{32}"\norder: 3\n---\n\n# Guide\n', guide)
    assert "[how deep it goes](deep.md)" in guide
    lines = files["CONTENTS.md"].splitlines()
    assert lines[:3] == ["# Welcome", "", f"5 pages of {manual_site.url}/docs/, in reading order."]
    assert [line.strip() for line in lines[4:7]] == [
        "- [Welcome](index.md)",
        "- [Install](install.md)",
        "- [Guide](guide/index.md)",
    ]
    assert "](guide/usage.md)" in lines[-1]


async def test_llms_files_list_and_hold_all_pages(client: httpx.AsyncClient, job: str, manual_site: Site) -> None:
    listed = (await exported(client, job, "llms")).decode()
    assert listed.startswith("# Welcome\n\n> The documentation at ")
    assert f"- [Install]({manual_site.url}/docs/install.html)\n" in listed
    assert listed.count("\n- [") == 5
    full = (await exported(client, job, "llms-full")).decode()
    assert f"# Install\n\nSource: {manual_site.url}/docs/install.html\n\n" in full
    assert full.count("\nSource: ") == 5


async def test_a_skill_is_valid_and_its_map_names_all_its_files(client: httpx.AsyncClient, job: str) -> None:
    files = members(await exported(client, job, "skill"))
    head = files["SKILL.md"].split("\n")
    assert head[0] == head[3] == "---"
    assert re.fullmatch(r"name: [a-z0-9-]{1,64}", head[1])
    assert 0 < len(json.loads(head[2].removeprefix("description: "))) <= 1024
    assert len(head) < 500
    references = [name for name in files if name.startswith("references/")]
    assert references
    assert all(f"]({name})" in files["SKILL.md"] for name in references)
    assert "# Usage" in "".join(files[name] for name in references)


async def test_passages_put_together_are_the_pages(client: httpx.AsyncClient, job: str, node: Node) -> None:
    lines = [json.loads(line) for line in (await exported(client, job, "jsonl")).decode().splitlines()]
    pages: dict[str, str] = {}
    for line in lines:
        pages[line["source"]] = pages.get(line["source"], "") + line["text"]
    whole = (await client.get(f"{job}/result", params={"format": "json"})).json()
    assert pages == {page["url"]: page["markdown"] for page in whole["pages"] if page["markdown"]}
    assert {line["headings"][0] for line in lines} == {"Welcome", "Install", "Guide", "Deep", "Usage"}


async def test_what_cannot_be_exported_is_told(client: httpx.AsyncClient, job: str) -> None:
    answer = await client.get(f"{job}/export", params={"as": "pdf"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400,
        "as is 'pdf'; give folder, llms, llms-full, skill, jsonl, epub.",
    )
    assert (await client.get(f"{job}/export", params={"to": "pdf"})).status_code == 400
    assert (await client.get("/api/v4/jobs/0123456789abcdef/export")).status_code == 404


def record(url: str, number: int = 1, level: int = 0) -> PageRecord:
    return PageRecord(number, url, PageState.DONE, "", "", f"Page {number}", 10, 10, 50, 1, 0.0, nav_level=level)


def test_file_names_are_safe_and_unique() -> None:
    scope = Scope("https://x.org", "/docs/")
    urls = (
        "https://x.org/docs/", "https://x.org/docs/a.html", "https://x.org/docs/A", "https://x.org/docs/con/../..%2Fetc",
        "https://x.org/docs/q?b=1&c=2", "https://y.org/z/", "https://x.org/docs/%C3%BC.htm",
    )  # fmt: skip
    names = list(file_names(map(record, urls), scope).values())
    assert names == ["index.md", "a.md", "A-2.md", "con-/page/etc.md", "q-b-1-c-2.md", "y.org/z/index.md", "ü.md"]


def test_file_names_of_long_words_and_of_pages_below_pages_can_be_written(tmp_path: Path) -> None:
    paths = (quote("\U00020bb7" * 80), quote("\U00020bb7" * 81), "a", "a.md/b", "A.MD/c", "docspasta.json/d")
    scope = Scope("https://x.org", "/docs/")
    names = list(file_names([record(f"https://x.org/docs/{path}") for path in paths], scope).values())
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert names[2:] == ["a.md", "a.md-/b.md", "A.MD-/c.md", "docspasta.json-/d.md"]


def test_links_are_made_relative_outside_of_code_only() -> None:
    names = {"x.org/docs/a": "a.md", "x.org/docs/b/c": "b/c.md"}
    text = "[a](https://x.org/docs/a#top) `[a](https://x.org/docs/a)`\n\n```\n[a](https://x.org/docs/a)\n```\n[o](https://o.org/)"
    assert linked(text, "b/c.md", names).strip() == (
        "[a](../a.md#top) `[a](https://x.org/docs/a)`\n\n```\n[a](https://x.org/docs/a)\n```\n[o](https://o.org/)"
    )


def test_a_skill_of_many_long_pages_stays_short() -> None:
    writer = SkillWriter("Große Sache <b>", "https://x.org/")
    chunks = []
    for number in range(1, 600):
        markdown = f"# Page {number}\n\n" + "word " * 9_000
        chunks += list(writer.add(Page(record(f"https://x.org/{number}", number), markdown)))
    chunks += list(writer.close())
    assert chunks[-1].path == "SKILL.md"
    assert chunks[-1].text.count("\n") < 500
    assert "name: gro-e-sache-b" in chunks[-1].text or "name: groe-sache-b" in chunks[-1].text
    maps = [chunk for chunk in chunks if "/map-" in chunk.path]
    references = [chunk for chunk in chunks if chunk not in maps][:-1]
    assert len(references) > MAX_LISTED
    listed = [line for line in chunks[-1].text.splitlines() if line.startswith("- [references/map-")]
    assert len(listed) == len(maps)
    assert all("): Page " in line for line in listed)
    assert sum(chunk.text.count("\n- [") for chunk in maps) == len(references)
    assert all(len(chunk.text) <= 33_000 for chunk in references)
    assert sum(chunk.text.count("word") for chunk in references) == 599 * 9_000


@pytest.mark.programs
def test_the_command_writes_a_folder(tmp_path: Path, manual_site: Site) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path / "data"), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{manual_site.port}"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "docspasta_mcp", *arguments]
        return subprocess.run(
            command, check=False, env=environ, capture_output=True, text=True, timeout=120, cwd=tmp_path
        )

    assert run("crawl", f"{manual_site.url}/docs/", "-o", "all.md").returncode == 0
    job_id = run("jobs").stdout.split("\n")[1].split()[0]
    wrote = run("export", job_id, "--as", "folder", "-o", "manual")
    assert (wrote.returncode, wrote.stderr) == (0, "wrote 7 files to manual\n")
    assert (tmp_path / "manual/guide/usage.md").read_text().startswith('---\ntitle: "Usage"\n')
    (tmp_path / "manual/mine.md").write_text("mine")
    assert "1 other Markdown file in it was left alone" in run("export", job_id, "-o", "manual").stderr
    (tmp_path / "own/guide").mkdir(parents=True)
    (tmp_path / "own/guide/usage.md").write_text("my own words")
    refused = run("export", job_id, "-o", "own")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "own/guide/usage.md would be overwritten, and no export wrote it. Nothing was written" in refused.stderr
    assert [str(one.relative_to(tmp_path / "own")) for one in sorted((tmp_path / "own").rglob("*"))] == [
        "guide", "guide/usage.md",
    ]  # fmt: skip
    (tmp_path / "manual/guide/usage.md").write_text("a page of an earlier export")
    assert run("export", job_id, "-o", "manual").returncode == 0
    assert (tmp_path / "manual/guide/usage.md").read_text().startswith('---\ntitle: "Usage"\n')
    assert run("export", job_id, "--as", "llms").stdout.startswith("# Welcome\n")
    assert run("export", job_id, "--as", "jsonl", "-o", "manual.jsonl").returncode == 0
    taken = run("import", "manual.jsonl")
    assert (taken.returncode, taken.stdout) == (0, "")
    assert taken.stderr.startswith(f"imported 5 pages of {manual_site.url}/docs/ as job ")
    again = run("export", taken.stderr.split()[-1], "--as", "jsonl")
    assert again.stdout == (tmp_path / "manual.jsonl").read_text()
    assert run("import", "manual").returncode == 0
    refused = run("import", "all.md")
    assert (refused.returncode, "all.md, line 1 is not of an export" in refused.stderr) == (2, True)
    assert "is neither a file nor a folder" in run("import", "gone").stderr
    refused = run("export", "0123456789abcdef")
    assert (refused.returncode, "0123456789abcdef" in refused.stderr) == (2, True)


async def test_a_book_has_a_chapter_a_page_and_opens_as_one(client: httpx.AsyncClient, job: str) -> None:
    book = await exported(client, job, "epub")
    assert book[30:58] == b"mimetypeapplication/epub+zip", "the first file says what it is, uncompressed"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    for name, text in files.items():
        if name != "mimetype":
            etree.fromstring(text.encode())
    package = files["book/package.opf"]
    assert package.count("<itemref") == 5
    assert package.index("index.xhtml") < package.index("install.xhtml") < package.index("guide/usage.xhtml")
    assert '<a href="deep.xhtml">how deep it goes</a>' in files["book/guide/index.xhtml"]
    assert 'print("a  b")' in unescape(files["book/install.xhtml"])
    assert "<table>" in files["book/guide/usage.xhtml"]
    assert '<a href="guide/usage.xhtml">Usage</a>' in files["book/contents-of-the-book.xhtml"]
    reading = read_file(
        book,
        url="https://x.example/b.epub",
        file_format=FileFormat.EPUB,
        charset="",
        scope=Scope("https://x.example", "/"),
    )
    assert "## Install" in reading.markdown


async def test_others_are_served_while_a_long_page_is_compressed() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async def chunks() -> AsyncIterator[Chunk]:
        yield Chunk("a.md", "words of a long page\n" * 100_000)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(others)
        with await archived(chunks(), "manual") as archive, zipfile.ZipFile(archive) as opened:
            assert turns > 0
            assert opened.namelist() == ["manual/a.md"]
        tasks.cancel_scope.cancel()
