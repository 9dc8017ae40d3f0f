"""Exported manuals taken in again: what comes out once more is the same to the byte, and nothing else gets in."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from docspasta_mcp.cli.exported_files import ArchiveFiles, FolderFiles
from docspasta_mcp.document.export.links import linked_file, unlinked
from docspasta_mcp.document.imports.folder import read_folder
from docspasta_mcp.document.imports.passages import read_passages
from docspasta_mcp.errors import InvalidRequest, JobNotFound, QuotaExceeded
from docspasta_mcp.jobs.export import ExportKind, archived
from docspasta_mcp.jobs.service import OwnerJobs
from docspasta_mcp.model.content_digest import content_digest
from docspasta_mcp.server.wiring import Node
from tests.pipeline.test_steps import Chain
from tests.sites import Site, page

FORMS = [kind for kind in ExportKind if kind is not ExportKind.EPUB]


@pytest.fixture
async def job(node: Node, manual_site: Site) -> str:
    started = await node.jobs.start(f"{manual_site.url}/docs/")
    with anyio.fail_after(40):
        while (await node.jobs.status(started.job_id)).state == "running":
            await anyio.sleep(0.05)
    return started.job_id


@pytest.fixture
def colleague(node: Node, request: pytest.FixtureRequest) -> OwnerJobs:
    return node.jobs_of(f"colleague-{request.node.name}")


async def files(jobs: OwnerJobs, job_id: str, kind: ExportKind) -> dict[str, str]:
    found: dict[str, str] = {}
    async for chunk in await jobs.export(job_id, kind):
        found[chunk.path] = found.get(chunk.path, "") + chunk.text
    return found


async def lines(jobs: OwnerJobs, job_id: str) -> list[dict[str, Any]]:
    text = (await files(jobs, job_id, ExportKind.JSONL))["passages.jsonl"]
    return [json.loads(line) for line in text.splitlines()]


def as_lines(passages: list[dict[str, Any]]) -> Iterator[bytes]:
    return iter([json.dumps(one).encode() + b"\n" for one in passages])


def write(root: Path, found: dict[str, str]) -> Path:
    for path, text in found.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    return root


async def imported(jobs: OwnerJobs, exporter: OwnerJobs, job_id: str, form: str, tmp_path: Path) -> str:
    if form == "jsonl":
        text = (await files(exporter, job_id, ExportKind.JSONL))["passages.jsonl"]
        exported = read_passages(iter(text.encode().splitlines(keepends=True)), "manual.jsonl")
    elif form == "folder":
        root = write(tmp_path / "manual", await files(exporter, job_id, ExportKind.FOLDER))
        exported = read_folder(FolderFiles(root).read, "manual")
    else:
        with await archived(await exporter.export(job_id, ExportKind.FOLDER), "docspasta-x") as zipped:
            (tmp_path / "manual.zip").write_bytes(zipped.read())
        exported = read_folder(ArchiveFiles(tmp_path / "manual.zip").read, "manual.zip")
    return (await jobs.take_in(exported)).job_id


@pytest.mark.parametrize("form", ["jsonl", "folder", "zip"])
async def test_what_was_imported_is_exported_to_the_byte(
    node: Node, colleague: OwnerJobs, job: str, form: str, tmp_path: Path
) -> None:
    taken = await imported(colleague, node.jobs, job, form, tmp_path)
    for kind in FORMS:
        assert await files(colleague, taken, kind) == await files(node.jobs, job, kind), kind


@pytest.mark.parametrize("form", ["jsonl", "folder"])
async def test_a_crawl_that_was_cancelled_is_taken_in_and_exported_to_the_byte(
    chain: Chain, form: str, tmp_path: Path
) -> None:
    nav = ("/docs/", *(f"/docs/p{number}.html" for number in range(6)))
    chain.site.pages.update({path: page(path, links=nav) for path in nav})
    chain.site.pages[nav[3]] = chain.site.pages[nav[1]]
    job = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    for message in chain.queue.take()[:6]:
        await chain.steps.run(message)
    assert (await chain.jobs.cancel(job)).state == "cancelled"
    if form == "jsonl":
        assert [one["page"] for one in await lines(chain.jobs, job)] == [1, 2, 3, 4, 5]
    colleague = chain.jobs_of("colleague")
    taken = await imported(colleague, chain.jobs, job, form, tmp_path)
    assert (await colleague.status(taken)).state == "partial"
    for kind in FORMS:
        assert await files(colleague, taken, kind) == await files(chain.jobs, job, kind), kind


async def test_an_imported_manual_is_a_job_like_any_other(
    node: Node, colleague: OwnerJobs, job: str, tmp_path: Path
) -> None:
    taken = await imported(colleague, node.jobs, job, "jsonl", tmp_path)
    status = await colleague.status(taken)
    assert (status.state, status.done, status.failed, status.sources) == ("completed", 5, 0, {"seed": 1, "import": 5})
    assert status.notes[0].startswith("Imported: 5 pages were crawled until 20")
    (doc,) = (await colleague.library.docs()).docs
    assert (doc.title, doc.pages, doc.job_id) == ("Welcome", 5, taken)
    assert (await colleague.result(taken)).text == (await node.jobs.result(job)).text.replace(job, taken)
    found = await colleague.library.search("usage", [taken])
    assert "# Usage" in found.text
    assert (await colleague.contents(taken)) == (await node.jobs.contents(job))
    with pytest.raises(JobNotFound):
        await node.jobs.status(taken)


async def test_a_crawl_of_an_imported_manual_reads_it_anew_and_tells_what_changed(
    node: Node, job: str, tmp_path: Path, manual_site: Site
) -> None:
    reader = node.jobs_of("reader")
    taken = await imported(reader, node.jobs, job, "folder", tmp_path)
    assert (await reader.start(f"{manual_site.url}/docs/")).job_id == taken, "it is fresh"
    started = await reader.start(f"{manual_site.url}/docs/", refreshes=True)
    assert started.job_id != taken
    with anyio.fail_after(40):
        while (status := await reader.status(started.job_id)).state == "running":
            await anyio.sleep(0.05)
    assert (status.state, status.done) == ("completed", 5)
    assert len((await reader.library.docs()).docs) == 1


def changed(some: list[dict[str, Any]], number: int, **values: Any) -> list[dict[str, Any]]:
    some[number] = {**some[number], **values}
    return some


def with_text(passages: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Make the last page one of this text, with the hash that fits it."""
    (last,) = [one for one in passages if one["page"] == 5]
    return changed(passages, passages.index(last), text=text, hash=content_digest(text))


Passages = list[dict[str, Any]]
HOSTILE: dict[str, tuple[Callable[[Passages], Passages], str]] = {
    "empty": (lambda _: [], "x.jsonl is empty"),
    "no head": (lambda some: some[1:], "x.jsonl does not begin as an export does"),
    "version": (
        lambda some: changed(some, 0, export={**some[0]["export"], "version": 2}),
        "x.jsonl, line 1 has version 2 of the form of exports, and this program reads 1: use the same version",
    ),
    "text": (lambda some: changed(some, 1, text="Other."), "the hash of http://127.0.0.1:.* does not fit its text"),
    "missing line": (lambda some: [some[0], *some[2:]], "does not follow the line before it"),
    "cut": (lambda some: some[:-1], "x.jsonl has 4 of 5 pages: the rest is missing"),
    "no page": (lambda some: changed(some, -1, passages=2), "is the last, and its page is not whole"),
    "too many": (lambda some: [*some, {**some[-1], "page": 6}], "has http.* a second time"),
    "one more": (
        lambda some: [*some, {**some[-1], "page": 6, "source": some[-1]["source"] + "x"}],
        "is of a page more than the 5 that there are",
    ),
    "file": (lambda some: changed(some, 1, source="file:///etc/passwd"), "has 'file:///etc/passwd' for an address"),
    "script": (lambda some: with_text(some, "# A\n\n[b](javascript:alert(1))\n"), "links that run scripts"),
    "controls": (lambda some: with_text(some, "# A\n\n\x1b[2J\n"), "has control characters"),
    "unseen": (lambda some: with_text(some, "# A\n\nwo\u202erds\n"), "has characters that nobody sees"),
    "unseen title": (lambda some: changed(some, 0, title="a\U000e0041"), "has characters that nobody sees"),
    "title": (lambda some: changed(some, 0, title="a\x07"), "has control characters"),
    "long": (lambda some: changed(some, 0, title="a" * 301), "title must have at most 300 characters"),
    "moment": (
        lambda some: changed(some, 1, fetched="2026-99-15T08:00:00Z"),
        "line 2 has '2026-99-15T08:00:00Z' for a",
    ),
    "year": (
        lambda some: changed(some, 1, fetched="0000-01-15T08:00:00Z"),
        "line 2 has '0000-01-15T08:00:00Z' for a t",
    ),
    "level": (lambda some: changed(some, 0, level=-1), "level must be at least 0"),
    "nothing": (lambda some: changed(some, 0, text=None), "text must be a valid string"),
    "scope": (
        lambda some: changed(some, 0, export={**some[0]["export"], "scope": {"origin": "x", "prefix": "/"}}),
        "has 'x/' for an address",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_what_was_not_exported_like_this_is_refused_and_leaves_nothing(node: Node, job: str, case: str) -> None:
    change, message = HOSTILE[case]
    jobs = node.jobs_of(f"owner-{case}")
    with pytest.raises(InvalidRequest, match=message):
        await jobs.take_in(read_passages(as_lines(change(await lines(node.jobs, job))), "x.jsonl"))
    assert not await jobs.list()


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[" * 100_000, b'{"a": "\\ud800"}', b"<html>", b"{}", b"null"])
async def test_lines_that_are_not_json_of_an_export_are_refused(node: Node, line: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"x\.jsonl, line 1 is not of an export: "):
        await node.jobs.take_in(read_passages(iter([line]), "x.jsonl"))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("../secret.md", "is not a path below the folder"),
        ("/etc/passwd", "is not a path below the folder"),
        ("link.md", "link.md is missing"),
        ("gone.md", "gone.md is missing"),
        ("install.md\n", "is not a path below the folder"),
        ("guide", "guide is missing"),
    ],
)
async def test_no_file_outside_of_the_folder_is_read(
    node: Node, job: str, tmp_path: Path, path: str, message: str
) -> None:
    root = write(tmp_path / "manual", await files(node.jobs, job, ExportKind.FOLDER))
    (tmp_path / "secret.md").write_text("secret")
    (root / "link.md").symlink_to(tmp_path / "secret.md")
    facts = json.loads((root / "docspasta.json").read_text())
    facts["files"][0] |= {"file": path, "sha256": hashlib.sha256(b"secret").hexdigest()}
    (root / "docspasta.json").write_text(json.dumps(facts))
    with pytest.raises(InvalidRequest, match=message):
        await node.jobs_of("nobody").take_in(read_folder(FolderFiles(root).read, "manual"))


async def test_a_file_that_was_changed_is_refused_but_for_its_line_ends(node: Node, job: str, tmp_path: Path) -> None:
    root = write(tmp_path / "manual", await files(node.jobs, job, ExportKind.FOLDER))
    page = root / "install.md"
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    jobs = node.jobs_of("windows")
    assert (await jobs.take_in(read_folder(FolderFiles(root).read, "manual"))).done == 5
    page.write_bytes(page.read_bytes() + b"My own words.\n")
    with pytest.raises(InvalidRequest, match="manual/install.md is not what was exported: it was changed since"):
        await jobs.take_in(read_folder(FolderFiles(root).read, "manual"))
    assert len(await jobs.list()) == 1


def test_an_archive_that_is_none_or_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK nothing")
    with pytest.raises(InvalidRequest, match="cannot be read"):
        ArchiveFiles(tmp_path / "a.zip")
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("docspasta.json", b" " * 5_000_000)
    (tmp_path / "b.zip").write_bytes(body.getvalue())
    with pytest.raises(InvalidRequest, match="has more than 1,000 bytes"):
        ArchiveFiles(tmp_path / "b.zip").read("docspasta.json", 1_000)
    monkeypatch.setattr("docspasta_mcp.cli.exported_files.MAX_UNFOLDED", 1_000_000)
    with pytest.raises(InvalidRequest, match="unfolds to more than 1,000,000 bytes"):
        ArchiveFiles(tmp_path / "b.zip").read("docspasta.json", 10_000_000)


@pytest.mark.parametrize(
    ("variable", "most", "message"),
    [("owner_pages", 4, "4 is the limit|over the limit of 4"), ("owner_bytes", 300, "over the limit of 300")],
)
async def test_the_owners_quota_holds(node: Node, job: str, variable: str, most: int, message: str) -> None:
    settings = node.settings.model_copy(update={variable: most})
    jobs = OwnerJobs("small", store=node.store, settings=settings, parts=lambda: node.engine.parts)
    with pytest.raises(QuotaExceeded, match=message):
        await jobs.take_in(read_passages(as_lines(await lines(node.jobs, job)), "x.jsonl"))
    assert not await jobs.list()


async def test_a_manual_is_taken_in_while_as_many_crawls_run_as_may(node: Node, job: str) -> None:
    settings = node.settings.model_copy(update={"owner_running_jobs": 0})
    jobs = OwnerJobs("busy", store=node.store, settings=settings, parts=lambda: node.engine.parts)
    taken = await jobs.take_in(read_passages(as_lines(await lines(node.jobs, job)), "x.jsonl"))
    assert taken.state == "completed"


async def test_a_crawl_that_was_not_whole_stays_so(node: Node, job: str) -> None:
    passages = await lines(node.jobs, job)
    changed(passages, 0, export={**passages[0]["export"], "state": "cancelled"})
    status = await node.jobs_of("part").take_in(read_passages(as_lines(passages), "x.jsonl"))
    assert (status.state, status.reason) == (
        "partial",
        "The crawl that was exported was cancelled: pages may be missing.",
    )


URLS = {"index.md": "https://x.org/docs/", "a.md": "https://x.org/docs/a.html", "b/c.md": "https://x.org/docs/b/c"}


@pytest.mark.parametrize(
    "markdown",
    [
        "# A\n\n[a](https://x.org/docs/a.html) [b](http://www.x.org/docs/a#top) [c](https://x.org/docs/b/c/)\n",
        "# A\n\n[self](https://x.org/docs/b/c#x) [own](#y) [rel](../a.md) [other](z.md) `[a](../a.md)`\n",
        "# A\n\n```\n[a](https://x.org/docs/a)\n[a](../a.md)\n```\n\n[a](<https://x.org/docs/a.html>)\n",
        "# A\n\n[a](https://x.org/docs/a.html)",
        "\n\n# A\n\n[a](https://x.org/docs/a.html)\n\n\n",
        "# A\n\n```\nnot closed [a](../a.md)\n",
        "# A\n\n[a](https://x.org/docs/)[i](https://x.org/docs/index.html)[t](https://x.org/docs/a.html?x=1)\n",
    ],
)
def test_links_come_back_as_they_were(markdown: str) -> None:
    names = {"x.org/docs": "index.md", "x.org/docs/a.html": "a.md", "x.org/docs/a": "a.md", "x.org/docs/b/c": "b/c.md"}
    linked = linked_file(markdown, "b/c.md", names, URLS)
    assert (linked.whole or unlinked(linked.text, "b/c.md", URLS, linked.spelled)) == markdown


async def test_what_the_operator_allows_here_is_not_exported(node: Node, job: str) -> None:
    assert node.settings.allow_private
    head = (await lines(node.jobs, job))[0]["export"]
    assert not {"allow_private", "signed_in", "notify_url", "files", "render"} & set(head["choices"])
