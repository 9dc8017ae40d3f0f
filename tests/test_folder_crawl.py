"""Crawls of folders and archives of this machine: who may, what is read, in which order, and what is not let out."""

import io
import json
import os
import re
import sqlite3
import sys
import tarfile
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client

from docspasta_mcp.cli.named import path_named
from docspasta_mcp.errors import AddressBlocked, ConfigError, InvalidSeedUrl, PageRefused
from docspasta_mcp.fetch import unpack as unpacking
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model.folder import folder_url
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import Node, open_node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import authority_of
from tests.conftest import settings_for
from tests.sites import TEXT, Answer, Site, page
from tests.test_whole_crawl import text_of

TREE = {
    "mkdocs.yml": "nav:\n  - index.md\n  - Guide: [guide/two.md, guide/one.md]\n",
    "docs/index.md": f"# Home\n\n{TEXT} See [one](guide/one.md) and [the key](../secret.key).\n",
    "docs/guide/one.md": f"# One\n\n{TEXT}\n\n```sh\nls  -l\n```\n",
    "docs/guide/two.md": f"# Two\n\n{TEXT} Two.\n",
    "secret.key": "never",
    ".env.md": "never",
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory, manual_site: Site) -> AsyncIterator[Node]:
    named = write(tmp_path_factory.mktemp("named"), TREE)
    settings = settings_for(tmp_path_factory.mktemp("node"), manual_site)
    async with running_node(settings.model_copy(update={"folders": {"handbook": named}})) as opened:
        yield opened


async def crawl(node: Node, path: Path, *, url: str = "", **options: Any) -> JobStatus:
    started = await node.jobs.start(url or folder_url(node.engine.folders.open(path)), **options)
    with anyio.fail_after(60):
        while (status := await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
    return status


async def document(node: Node, status: JobStatus) -> str:
    return (await node.jobs.result(status.job_id, max_tokens=20_000)).text


def titles(text: str) -> list[str]:
    return [line[2:] for line in text.split("\n") if line.startswith("# ")]


async def test_a_folder_of_markdown_is_a_manual_in_the_order_of_its_list(node: Node, tmp_path: Path) -> None:
    status = await crawl(node, write(tmp_path / "My Docs", TREE))
    text = await document(node, status)
    assert titles(text) == ["Home", "Two", "One"]
    assert "```sh\nls  -l\n```" in text
    assert "https://my-docs-" in text
    assert ".folder.invalid/docs/guide/one.md (fetched 20" in text
    assert "never" not in text
    assert status.scope_reason.startswith("the files of the folder; its mkdocs.yml lists the pages")


async def test_half_a_character_in_a_folders_list_costs_no_page(node: Node, tmp_path: Path) -> None:
    groups = [{"group": "Half \ud800 of it", "pages": ["b", "a"]}]
    files = {
        "docs.json": json.dumps({"navigation": {"groups": groups}}),
        "a.md": f"# A\n\n{TEXT}",
        "b.md": f"# B\n\n{TEXT} B.",
    }
    status = await crawl(node, write(tmp_path, files))
    assert (status.state, titles(await document(node, status))) == ("completed", ["B", "A"])


@pytest.mark.skipif(sys.platform != "linux", reason="others make no such names")
async def test_files_whose_names_are_no_text_are_left_out_and_counted(node: Node, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.md": f"# A\n\n{TEXT}", "b\udcff.md": "# B", "c\udcff/d.md": "# D", "e\udcff.bin": "", "f\n.md": "# F"},
    )
    status = await crawl(node, tmp_path)
    assert (status.done, status.left_out, status.estimated_missing) == (1, {"unreadable": 3}, 3)
    coverage = await node.jobs.coverage(status.job_id)
    assert "/b%FF.md" in coverage
    assert "rename it" in coverage


def zipped(tree: dict[str, str], top: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tree.items():
            archive.writestr(f"{top}{name}", text)
    return packed.getvalue()


def tarred(tree: dict[str, str], top: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in tree.items():
            member = tarfile.TarInfo(f"{top}{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.mark.parametrize(("name", "pack"), [("docs.zip", zipped), ("docs-1.0.tar.gz", tarred)])
async def test_an_archive_is_read_as_the_folder_in_it(
    node: Node, tmp_path: Path, name: str, pack: Callable[[dict[str, str], str], bytes]
) -> None:
    (tmp_path / name).write_bytes(pack(TREE, "project-1.0/"))
    text = await document(node, await crawl(node, tmp_path / name))
    assert titles(text) == ["Home", "Two", "One"]
    assert ".folder.invalid/docs/guide/two.md" in text


async def test_a_built_site_is_read_with_the_pages_that_nothing_links_to(node: Node, tmp_path: Path) -> None:
    links = ("index.html", "b.html", "guide/a.html")
    files = {
        "index.html": page("Home", links=links),
        "b.html": page("Bee", links=links),
        "guide/a.html": page("Aye", '<a href="../picture.png">x</a>'),
        "guide/lonely/index.html": page("Lonely"),
        "404.html": page("Not found"),
        "robots.txt": "User-agent: *\nDisallow: /",
    }
    status = await crawl(node, write(tmp_path / "site", files))
    assert titles(await document(node, status)) == ["Home", "Bee", "Aye", "Lonely"]
    assert status.left_out == {"listing": 1}


async def test_a_docset_is_read(node: Node, tmp_path: Path) -> None:
    inner = tmp_path / "Thing.docset" / "Contents" / "Resources"
    write(inner / "Documents", {"index.html": page("Thing", links=("api.html",)), "api.html": page("Api")})
    sqlite3.connect(inner / "docSet.dsidx").close()
    assert titles(await document(node, await crawl(node, tmp_path / "Thing.docset"))) == ["Thing", "Api"]


async def test_a_manual_of_devdocs_is_read_in_the_order_of_its_index(node: Node, tmp_path: Path) -> None:
    pages = {
        "index": f"<h1>Things</h1><p>{TEXT} See <a href='api/zip'>zip</a> and <a href='api/operator-*'>times</a>.</p>",
        "api/map": f"<h1>map()</h1><p>{TEXT} <a href=\"zip#x\">zip's x</a>, <a href='https://example.com/zip'>out</a></p>",
        "api/operator-*": f"<h1>times</h1><p>{TEXT} Times.</p>",
        "api/zip": f"<h1>zip()</h1><p>{TEXT}</p><pre data-language='python'>zip(a,  b)</pre>",
        "../../out": f"<h1>Out</h1><p>{TEXT}</p>",
    }
    entries = [
        {"name": "zip", "path": "api/zip#x", "type": "Functions"},
        {"name": "map", "path": "api/map", "type": "Functions"},
        {"name": "*", "path": "api/operator-*", "type": "Operators"},
    ]
    write(tmp_path / "things", {"db.json": json.dumps(pages), "index.json": json.dumps({"entries": entries})})
    status = await crawl(node, tmp_path / "things")
    text = await document(node, status)
    assert titles(text) == ["Things", "zip()", "map()", "times", "Out"]
    assert ".folder.invalid/api/zip.html#x)" in text
    assert ".folder.invalid/api/operator-_.html)" in text
    assert (status.done, status.skipped, status.reasons) == (5, 0, {})
    assert "zip(a,  b)" in text
    assert not (tmp_path.parent / "out.html").exists()
    assert status.failed == 0
    assert ".folder.invalid/api/zip.html" in text


async def test_a_second_crawl_reads_what_has_changed(node: Node, tmp_path: Path) -> None:
    root = write(tmp_path / "again", TREE)
    first = await crawl(node, root)
    before = await document(node, first)
    (root / "docs/guide/one.md").write_text(TREE["docs/guide/one.md"] + "\nMore of it.\n")
    (root / "docs/guide/two.md").unlink()
    os.utime(root / "docs/index.md")
    second = await crawl(node, root)
    assert second.job_id != first.job_id
    text = await document(node, second)
    assert "More of it." in text
    assert "More of it." not in before
    assert titles(text) == ["Home", "One"]
    since = await document_since(node, second, first)
    assert titles(since) == ["One"]


async def document_since(node: Node, status: JobStatus, earlier: JobStatus) -> str:
    assert earlier.corpus_hash
    return (await node.jobs.result(status.job_id, choice=Choice(since=earlier.corpus_hash), max_tokens=20_000)).text


async def test_a_tool_crawls_folders_by_the_name_that_the_operator_gave(node: Node, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", TREE)
    async with Client(create_mcp_server(node)) as client:
        started = await client.call_tool("start_crawl", {"url": "folder:handbook"})
        assert started.structured_content is not None
        assert started.structured_content["seed_url"] == started.structured_content["scope"] == "folder:handbook"
        for url, words in (
            (str(outside), "is on this machine"),
            (f"file://{outside}", "is on this machine"),
            (
                "folder:other",
                "No folder 'other' may be crawled: DOCSPASTA_FOLDERS, which the operator sets, names folder:handbook.",
            ),
            ("folder:../x", "cannot name a folder"),
            ("https://other.folder.invalid/", "No folder 'other'"),
        ):
            refused = await client.call_tool("start_crawl", {"url": url})
            assert refused.is_error, url
            assert words in str(refused.content), url


async def test_a_folder_that_is_not_there_is_named_with_where_its_name_comes_from(node: Node, tmp_path: Path) -> None:
    gone = node.engine.folders.path_of("handbook")
    assert gone is not None
    gone.rename(tmp_path / "elsewhere")
    where = r"not there, or may not be read\. DOCSPASTA_FOLDERS, or `\[folders\]` in docspasta\.toml, gives the name"
    for dry_run in (False, True):
        with pytest.raises(InvalidSeedUrl, match=f"folder:handbook can be crawled: {re.escape(str(gone))} is {where}"):
            await node.jobs.start("folder:handbook", dry_run=dry_run)
    with pytest.raises(InvalidSeedUrl, match=where) as refused:
        await node.jobs_of("somebody").start("folder:handbook")
    assert str(gone) not in str(refused.value)
    (tmp_path / "elsewhere").rename(gone)
    assert (await node.jobs.start("folder:handbook", dry_run=True)).preview


async def test_a_folder_is_shown_and_asked_for_by_its_name(node: Node, tmp_path: Path) -> None:
    first = await crawl(node, tmp_path, url="folder:handbook")
    assert (first.seed_url, first.scope) == ("folder:handbook", "folder:handbook")
    below = await node.jobs.start("folder:handbook/docs/guide/", force_refresh=True)
    assert below.seed_url == "folder:handbook/docs/guide"
    (tmp_path / "empty").mkdir()
    empty = await crawl(node, tmp_path / "empty")
    assert empty.notes[0].startswith(f"{empty.seed_url}, where the crawl starts, cannot be read")
    assert empty.seed_url.startswith("folder:empty-")
    app = create_app(node, create_mcp_server(node))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8787") as client:
        answers = {
            path: (await client.get(f"/api/v4/{path}")).text
            for path in (
                "docs",
                "stats",
                "jobs",
                "docs?query=folder:handbook",
                "search?query=meant&docs=folder:handbook",
            )
        }
    found = json.loads(answers["search?query=meant&docs=folder:handbook"])
    assert {one["site"].partition("/")[0] for one in found["docs"]} == {"folder:handbook"}
    answers["search?query=meant&docs=folder:handbook"] = json.dumps(found["docs"])  # pages have addresses
    for path, text in answers.items():
        assert "folder:handbook" in text, path
        assert ".folder.invalid" not in text, path
    async with Client(create_mcp_server(node)) as client:
        for tool, arguments in (("list_docs", {}), ("get_status", {"job_id": "folder:handbook"})):
            told = str(await client.call_tool(tool, arguments))
            assert "folder:handbook" in told
            assert ".folder.invalid" not in told


async def test_a_page_of_a_folder_is_read_and_tried_again_by_its_name(tmp_path: Path, manual_site: Site) -> None:
    bad = "docs/guide/bad.md"
    root = write(tmp_path / "root", {**TREE, bad: "\0\1\2" * 40})
    settings = settings_for(tmp_path / "data", manual_site).model_copy(update={"folders": {"handbook": root}})
    async with running_node(settings) as node:
        first = await crawl(node, root, url="folder:handbook")
        assert (first.done, first.failed) == (3, 1)
        app, mcp = create_app(node, server := create_mcp_server(node)), Client(server)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as rest, mcp:
            write(root, {bad: f"# Mended\n\n{TEXT}"})
            path = f"/api/v4/jobs/{first.job_id}"
            unknown = await rest.post(f"{path}/retry", params={"url": "folder:handbook/docs/nosuch.md"})
            assert (unknown.status_code, "'folder:handbook/docs/nosuch.md' is not" in unknown.text) == (400, True)
            begun = await rest.post(f"{path}/retry", params={"url": f"folder:handbook/{bad}"})
            assert begun.status_code == 202, begun.text
            with anyio.fail_after(60):
                while (await node.jobs.wait(first.job_id, 20)).state == "running":
                    pass
            for name, title in ((bad, "Mended"), ("docs/guide/one.md", "One")):
                page = f"folder:handbook/{name}"
                read = await rest.get(f"{path}/result", params={"page": page})
                assert (read.status_code, titles(read.text)) == (200, [title]), read.text
                read_on = await rest.get(f"{path}/result", params={"at": page})
                assert titles(read_on.text)[0] == title
                told = await mcp.call_tool("get_result", {"job_id": first.job_id, "pages": [page]})
                assert not told.is_error
                assert f"# {title}\n" in text_of(told)


async def test_plain_text_in_a_folder_is_read_where_a_page_leads_to_it_as_its_refusal_says(
    node: Node, tmp_path: Path
) -> None:
    texts = {name: f"{name}\n\n{TEXT} {name}.\n" for name in ("linked.txt", "other.txt")}
    write(tmp_path / "with", {"README.md": f"# Readme\n\n{TEXT} See [more](linked.txt).\n", **texts})
    text = await document(node, await crawl(node, tmp_path / "with"))
    assert ("manual. linked.txt." in text, "manual. other.txt." in text) == (True, False)
    status = await crawl(node, write(tmp_path / "without", texts))
    assert status.reasons == {"empty_folder": 1}
    said = "Of a folder, plain text (.txt) is read where a page links to it or a list of contents names it."
    assert said in status.notes[0]


async def test_a_folder_crawled_by_its_name_is_read_by_a_process_that_does_not_know_it(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    named = settings.model_copy(update={"folders": {"manual": write(tmp_path / "manual", TREE)}})
    async with running_node(settings) as hub, open_node(named) as caller:
        started = await caller.jobs.start("folder:manual")
        with anyio.fail_after(60):
            while (status := await caller.jobs.wait(started.job_id, 20)).state == "running":
                pass
        assert (status.state, status.done) == ("completed", 3)
        with pytest.raises(InvalidSeedUrl, match="No folder 'manual' may be crawled: .* names none"):
            await hub.jobs.start("folder:manual")


async def test_what_one_opened_at_the_terminal_is_nobody_elses(node: Node, tmp_path: Path) -> None:
    name = node.engine.folders.open(write(tmp_path / "mine", TREE))
    assert node.engine.folders.open(tmp_path / "mine") == name
    with pytest.raises(InvalidSeedUrl, match="No folder"):
        await node.jobs_of("other").start(folder_url(name))
    assert (await node.jobs_of("other").start("folder:handbook")).job_id


async def test_a_folder_is_no_site_for_any_other_job(node: Node, tmp_path: Path) -> None:
    """However a job would come to its address: the files are there for the job alone that was started for them."""
    url = folder_url(node.engine.folders.open(write(tmp_path / "Other", TREE)))
    fetcher = node.engine.fetcher
    for opened in ((), ("10.0.0.0/8",), ("127.0.0.1",), (authority_of(folder_url("handbook")),)):
        assert not fetcher.has_files(url, opened)
        with pytest.raises(AddressBlocked):
            await fetcher.fetch(f"{url}secret.key", allow_private=opened)
    assert fetcher.has_files(url, (authority_of(url),))


async def test_no_site_leads_a_crawl_into_a_folder(node: Node, site: Site, tmp_path: Path) -> None:
    inside = folder_url(node.engine.folders.open(write(tmp_path / "private", TREE)))
    site.pages.update(
        {
            "/robots.txt": Answer(f"Sitemap: {inside}sitemap.xml", content_type="text/plain"),
            "/": page(
                "Home",
                f'<a href="{inside}docs/index.md">x</a><meta http-equiv="refresh" content="0; url={inside}docs/index.md">',
            ),
            "/moved": Answer(status=302, headers={"Location": f"{inside}docs/index.md"}),
        }
    )
    settings = settings_for(tmp_path / "data", site).model_copy(update={"folders": {"private": tmp_path / "private"}})
    async with running_node(settings) as other:
        for path in ("/", "/moved"):
            started = await other.jobs.start(f"{site.url}{path}")
            with anyio.fail_after(60):
                while (status := await other.jobs.wait(started.job_id, 20)).state == "running":
                    pass
            assert status.done <= 1, path
            if status.done:
                assert "Two." not in await document(other, status)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a link to a file elsewhere": lambda root: (root / "docs/link.md").symlink_to("/etc/hostname"),
    "a link to a folder elsewhere": lambda root: (root / "docs/linked").symlink_to("/etc"),
    "a link to a hidden file": lambda root: (root / "docs/link.md").symlink_to(root / ".env.md"),
    "a link to what is hidden": lambda root: (root / "docs/linked").symlink_to(
        write(root / ".git", {"hostname.md": "never"})
    ),
    "a link to itself": lambda root: (root / "docs/link.md").symlink_to("link.md"),
    "a pipe": lambda root: os.mkfifo(root / "docs/pipe.md"),
    "a file that may not be read": lambda root: (root / "docs/shut.md").mkdir(),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_only_plain_files_of_the_folder_are_read(node: Node, tmp_path: Path, what: str) -> None:
    root = write(tmp_path / "odd", TREE)
    HOSTILE[what](root)
    (root / "docs/index.md").write_text(
        f"# Home\n\n{TEXT} [a](link.md) [b](linked/hostname.md) [c](pipe.md) [d](.env.md)\n"
    )
    with anyio.fail_after(50):
        status = await crawl(node, root)
    text = await document(node, status)
    assert {"Home", "Two", "One"} == set(titles(text))
    assert "never" not in text


async def test_what_lies_beside_a_single_file_is_told_as_not_given(node: Node, tmp_path: Path) -> None:
    one = write(tmp_path, {"one.html": page("One", links=("two.html",)), "two.html": page("Two")}) / "one.html"
    status = await crawl(node, one)
    assert (status.state, status.done, status.reasons) == ("completed", 1, {"not_given": 1})
    assert "Scope: the file alone." in await node.jobs.coverage(status.job_id)


@pytest.mark.parametrize("place", ["", "book/"], ids=["beside", "below"])
async def test_a_front_page_that_is_a_link_within_the_folder_is_its_start(
    node: Node, tmp_path: Path, place: str
) -> None:
    root = write(
        tmp_path / "manual",
        {
            f"{place}zz.html": page("Start", links=("b.html", "a.html")),
            f"{place}a.html": page("Aye"),
            f"{place}b.html": page("Bee"),
        },
    )
    (root / "index.html").symlink_to(f"{place}zz.html")
    status = await crawl(node, root)
    assert (status.seed_fault, status.failed) == ("", 0)
    assert titles(await document(node, status)) == ["Start", "Bee", "Aye"]


async def test_a_list_that_few_pages_show_does_not_come_before_the_page_that_the_root_leads_to(
    node: Node, tmp_path: Path
) -> None:
    things = {f"{name}.html": page(name) for name in ("p1", "p2", "p3", "p4")}
    shown = "".join(f'<li><a href="{name}">{name}</a></li>' for name in ("list.html", *things))
    listed = page("List").replace("<body>", f"<body><nav><ul>{shown}</ul></nav>")
    root = write(tmp_path / "manual", {"zz.html": page("Start", links=("a.html",)), "list.html": listed, **things})
    (root / "index.html").symlink_to("zz.html")
    assert titles(await document(node, await crawl(node, root)))[:2] == ["Start", "List"]


async def test_a_readme_that_is_a_link_to_a_page_of_the_folder_comes_first(node: Node, tmp_path: Path) -> None:
    root = write(
        tmp_path / "notes", {f"{name}.md": f"# {name}\n\n{TEXT} {name}.\n" for name in ("b", "a", "deep/start")}
    )
    (root / "README.md").symlink_to("deep/start.md")
    status = await crawl(node, root)
    assert titles(await document(node, status)) == ["deep/start", "a", "b"]
    assert (status.failed, status.reasons) == (0, {})


TEXINFO = {
    "Top": ("chapter", ("What", "Use", "Memory", "Bugs", "Index")),
    "Use": ("section", ("Start", "Types", "Calls", "Ending")),
    "Types": ("subsection", ("Simple", "Arrays", "Structs", "Enums", "Complex")),
}


def texinfo(menu: str) -> dict[str, str]:
    """Return a manual as Texinfo's makeinfo writes it; `menu` is the class of the contents that pages have of their own."""
    above = {name: (top, kind, around) for top, (kind, around) in TEXINFO.items() for name in around}
    files: dict[str, str] = {}
    for name, (top, kind, around) in {"Top": ("", "top", ("Top",)), **above}.items():
        at = around.index(name)
        ways = [("next", around[at + 1])] if at + 1 < len(around) else []
        ways += [("prev", around[at - 1])] if at else []
        ways += [("up", top)] if top else []
        listed = TEXINFO[name][1] if name in TEXINFO else ()
        rows = [f'<a href="{one}.html" accesskey="{key}">{one}</a>' for key, one in enumerate(listed, start=1)]
        if menu == "menu":
            contents = (
                f'<table class="menu">{"".join(f"<tr><td>&bull; {row}:</td><td></td></tr>" for row in rows)}</table>'
            )
        else:
            contents = f'<ul class="{menu}">{"".join(f"<li>{row}</li>" for row in rows)}</ul>'
        terms = "".join(f'<tr><td><a href="{one}.html#index-x">{one}</a></td></tr>' for one in sorted(above))
        body = {"Use": "", "Types": "", "Index": f'<table class="index-cp">{terms}</table>'}.get(
            name, f"<p>{TEXT} {name}.</p>"
        )
        links = ", ".join(f'{way}: <a href="{one}.html" rel="{way}">{one}</a>' for way, one in ways)
        heads = "".join(f'<link href="{one}.html" rel="{way}" title="{one}">' for way, one in ways)
        written = (
            f'<html><head><title>{name} (Manual)</title><meta name="Generator" content="makeinfo">{heads}</head><body>'
            f'<div class="{kind}" id="{name}"><div class="header"><p>{links} &nbsp; [<a href="Index.html" rel="index">Index'
            f'</a>]</p></div><hr><h2 class="{kind}">{name}</h2>{body}{contents if listed else ""}</div></body></html>'
        )
        files["index.html" if name == "Top" else f"{name}.html"] = written.replace("Top.html", "index.html")
    return files


@pytest.mark.parametrize("menu", ["menu", "section-toc", "mini-toc"])
async def test_chapters_of_texinfo_stand_in_the_order_of_its_menus(node: Node, tmp_path: Path, menu: str) -> None:
    status = await crawl(node, write(tmp_path / "html", texinfo(menu)))
    assert " ".join(titles(await document(node, status))) == (
        "Top What Use Start Types Simple Arrays Structs Enums Complex Calls Ending Memory Bugs Index"
    )


@pytest.mark.parametrize(("front", "ending"), [("index", ".html"), ("README", ".md")])
async def test_a_small_limit_goes_to_what_the_start_leads_to_and_then_by_names(
    node: Node, tmp_path: Path, front: str, ending: str
) -> None:
    def written(name: str, links: tuple[str, ...]) -> str:
        if ending == ".html":
            return page(name.capitalize(), "".join(f'<p><a href="{link}.html">{link}</a></p>' for link in links))
        return f"# {name.capitalize()}\n\n{TEXT} {name}\n\n" + "".join(f"- [{link}]({link}.md)\n" for link in links)

    led_to = {"start": ("book", "news"), "book": ("z2", "z1", "z3"), "news": ("old",)}
    names = ("book", "news", "old", "z1", "z2", "z3", *(f"a{number}" for number in range(1, 20)))
    files = {f"{name}{ending}": written(name, led_to.get(name, ())) for name in names}
    root = write(tmp_path / "manual", {f"{front}{ending}": written("start", led_to["start"]), **files})
    for limit, expected in ((6, {"Z1", "Z2", "Z3"}), (9, {"Z1", "Z2", "Z3", "Old", "A1", "A2"})):
        status = await crawl(node, root, max_pages=limit, force_refresh=True)
        assert set(titles(await document(node, status))) == {"Start", "Book", "News"} | expected
        assert status.left_out["page_limit"] == 26 - limit
    preview = (await node.jobs.start(folder_url(node.engine.folders.open(root)), max_pages=6, dry_run=True)).preview
    assert preview is not None
    assert preview.estimated_pages == 26


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("manual.html", "../elsewhere/manual.html", "manual.html to ../elsewhere/manual.html"),
        ("html", "../elsewhere", "html to ../elsewhere"),
    ],
)
async def test_a_folder_of_links_that_lead_outside_says_so_and_where(
    node: Node, tmp_path: Path, name: str, target: str, words: str
) -> None:
    write(tmp_path, {"elsewhere/manual.html": "<p>never</p>", "doc/changelog.gz": ""})
    (tmp_path / "doc" / name).symlink_to(target)
    status = await crawl(node, tmp_path / "doc")
    assert (status.state, status.reasons) == ("failed", {"links_outside": 1})
    assert f"links that lead outside of it, where nothing is read: {words}. Crawl the folder" in status.notes[0]
    assert str(tmp_path) not in " ".join(status.notes)


async def test_a_docset_is_taken_from_the_folder_alone(node: Node, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"out/Contents/Resources/Documents/index.html": f"<h1>Out</h1><p>{TEXT}</p>", "doc/a.md": f"# A\n\n{TEXT}"},
    )
    (tmp_path / "doc/Things.docset").symlink_to(tmp_path / "out")
    status = await crawl(node, tmp_path / "doc")
    assert titles(await document(node, status)) == ["A"]


def archive_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for member, body in members:
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return packed.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def test_an_archive_leads_nowhere_else(tmp_path: Path) -> None:
    (target := tmp_path / "in" / "here").mkdir(parents=True)
    good = b"# Good\n"
    (tmp_path / "a.tgz").write_bytes(
        archive_of(
            (member("../out.md"), good),
            (member("/abs.md"), good),
            (member("x/../../out.md"), good),
            (member("c:evil.md"), good),
            (member("link.md", tarfile.SYMTYPE, "/etc/hostname"), b""),
            (member("hard.md", tarfile.LNKTYPE, "good.md"), b""),
            (member("dev.md", tarfile.CHRTYPE), b""),
            (member("dir", tarfile.SYMTYPE, "/tmp"), b""),
            (member("dir/through.md"), good),
            (member(".hidden/x.md"), good),
            (member("run.sh"), good),
            (member("good.md"), good),
            (member("GOOD.md"), good),
            (member("long/" + "x" * 500 + ".md"), good),
            (member("big.md"), b"x" * 2_000),
        )
    )
    notes = unpacking.unpack(str(tmp_path / "a.tgz"), str(target), max_file=1_000)
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.md")) == [
        "in/here/dir/through.md", "in/here/good.md",
    ]  # fmt: skip
    assert (target / "dir").is_dir()
    assert not (target / "dir").is_symlink()
    told = " ".join(notes)
    for words in (
        "4 files of the archive were not read: links or devices",
        "their names lead elsewhere",
        "larger than 1,000 bytes",
        "named like another one",
    ):
        assert words in told, words


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("none.zip", b"this is not an archive", "broken_archive"),
        ("cut.tar.gz", tarred(TREE, "")[:40], "broken_archive"),
        ("empty.zip", b"", "broken_archive"),
    ],
    ids=["none", "cut", "empty"],
)
async def test_a_broken_archive_is_told(node: Node, tmp_path: Path, name: str, body: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(body)
    status = await crawl(node, tmp_path / name)
    assert (status.state, status.done) == ("failed", 0)
    assert status.reasons == {reason: 1}
    assert "Zip and tar archives are read" in " ".join(status.notes)


def test_archives_that_unfold_to_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive_of(*((member(f"{number}.md"), b"0" * 1_000) for number in range(40)))
    (tmp_path / "bomb.tgz").write_bytes(bomb)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"{number}.md", b"0" * 1_000)
    for name in ("bomb.tgz", "bomb.zip"):
        (target := tmp_path / f"{name}-out").mkdir()
        with monkeypatch.context() as patch:
            patch.setattr(unpacking, "MAX_MEMBERS", 10)
            (note,) = unpacking.unpack(str(tmp_path / name), str(target), max_file=9_999)
            assert "after the first 10" in note
            assert len(list(target.iterdir())) == 10
        patch_and_refuse(monkeypatch, tmp_path / name, target, "MAX_BYTES", "holds more than 5,000 bytes")
    patch_and_refuse(monkeypatch, tmp_path / "bomb.tgz", tmp_path, "MAX_UNFOLDED", "unfolds to more than 5,000 bytes")


def patch_and_refuse(patch: pytest.MonkeyPatch, archive: Path, target: Path, limit: str, words: str) -> None:
    with patch.context() as patched:
        patched.setattr(unpacking, limit, 5_000)
        with pytest.raises(PageRefused, match=words):
            unpacking.unpack(str(archive), str(target), max_file=9_999)


def test_paths_and_addresses_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs.example.com").mkdir()
    assert path_named("docs.example.com") == Path("docs.example.com")
    assert path_named("./gone") == Path("./gone")
    assert path_named("file:///a%20b/") == Path("/a b/")
    for text in ("docs.example.org", "https://docs.example.com", "folder:handbook", "localhost:8000"):
        assert path_named(text) is None, text


def test_what_cannot_be_opened_is_told(node: Node, tmp_path: Path) -> None:
    (tmp_path / "page.exe").write_text("x")
    with pytest.raises(InvalidSeedUrl, match="is not there"):
        node.engine.folders.open(tmp_path / "gone")
    with pytest.raises(InvalidSeedUrl, match=r"neither a folder nor an archive.*\.pdf"):
        node.engine.folders.open(tmp_path / "page.exe")


@pytest.mark.parametrize(
    ("value", "words"),
    [("handbook", "is not NAME=PATH"), ("Hand Book=/srv", "cannot name a folder"), ("a=", "is not NAME=PATH")],
)
def test_a_wrong_setting_is_told(tmp_path: Path, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"DOCSPASTA_FOLDERS: .*{words}"):
        Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_FOLDERS": value})


def test_folders_are_named_in_the_environment_or_the_file(tmp_path: Path) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path)}
    named = Settings.from_env({**environ, "DOCSPASTA_FOLDERS": "a=/srv/a, b=/srv/b.zip"}).folders
    (tmp_path / "docspasta.toml").write_text('[folders]\na = "/srv/a"\nb = "/srv/b.zip"\n')
    assert Settings.from_env(environ).folders == named == {"a": Path("/srv/a"), "b": Path("/srv/b.zip")}
