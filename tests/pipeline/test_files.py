"""Files as pages of a crawl: linked from pages, given as the seed, in a folder, and left out as they are told."""

from pathlib import Path

import anyio
import pytest

from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.model import file_formats
from docspasta_mcp.model.folder import folder_url
from docspasta_mcp.server.wiring import Node, running_node
from tests.conftest import settings_for
from tests.extract.formats.epub_writer import book
from tests.extract.formats.pdf_writer import Leaf, pdf
from tests.sites import TEXT, Answer, Site, page

REPORT = pdf([Leaf().text(50, 700, 20, "Report").text(50, 660, 11, "What the report has to say, in a line of words.")])
RST = f"Source\n======\n\n{TEXT} See :doc:`other`.\n"


def fill(site: Site) -> None:
    site.pages.update(
        {
            "/docs/": page(
                "Home", '<a href="report.pdf">Report</a> <a href="data.zip">Data</a>', links=("a.html", "src.rst")
            ),
            "/docs/a.html": page("Aye", '<a href="locked.pdf">Locked</a>'),
            "/docs/report.pdf": Answer(REPORT, content_type="application/pdf"),
            "/docs/locked.pdf": Answer(pdf([Leaf()], is_locked=True), content_type="application/octet-stream"),
            "/docs/src.rst": Answer(RST, content_type="text/plain"),
            "/docs/other.rst": Answer(RST.replace("Source", "Others"), content_type="text/plain"),
        }
    )


async def crawl(node: Node, url: str) -> tuple[JobStatus, list[str]]:
    started = await node.jobs.start(url)
    with anyio.fail_after(60):
        while (status := await node.jobs.wait(started.job_id, 20)).state == "running":
            pass
    text = (await node.jobs.result(status.job_id, max_tokens=20_000)).text if status.done else ""
    return status, [line[2:] for line in text.split("\n") if line.startswith("# ")]


@pytest.mark.parametrize(
    ("mode", "titles"),
    [("linked", {"Home", "Aye", "Report", "Source", "Others"}), ("seed", {"Home", "Aye", "Source", "Others"})],
)
async def test_files_that_pages_link_are_pages_of_the_manual(
    site: Site, tmp_path: Path, mode: str, titles: set[str]
) -> None:
    fill(site)
    settings = settings_for(tmp_path, site).model_copy(update={"files": mode})
    async with running_node(settings) as node:
        status, found = await crawl(node, f"{site.url}/docs/")
        assert set(found) == titles
        if mode == "linked":
            assert status.reasons["encrypted"] == 1
        else:
            assert status.left_out == {"file": 2}
            status, found = await crawl(node, f"{site.url}/docs/report.pdf")
            assert found == ["Report"]
            assert status.scope_reason == "the URL is a PDF"


async def test_a_pdf_beside_the_page_that_says_the_same_is_left_out(site: Site, tmp_path: Path) -> None:
    said = [f"Line {number} of what the report has to say, in a line of words." for number in range(20)]
    leaf = Leaf().text(50, 750, 20, "Report")
    for number, line in enumerate(said):
        leaf = leaf.text(50, 720 - 20 * number, 11, line)
    written = Answer(pdf([leaf]), content_type="application/pdf")
    links = "".join(f'<a href="{name}">{name}</a> ' for name in ("report.pdf", "report.html", "other.pdf"))
    site.pages.update(
        {
            "/docs/": page("Home", links),
            "/docs/report.html": page("Report", "".join(f"<p>{line}</p>" for line in said)),
            "/docs/report.pdf": written,
            "/docs/other.pdf": Answer(REPORT, content_type="application/pdf"),
            "/docs/other.html": page("Other"),
        }
    )
    async with running_node(settings_for(tmp_path, site)) as node:
        status, found = await crawl(node, f"{site.url}/docs/")
    assert sorted(found) == ["Home", "Report", "Report"]
    assert status.reasons["duplicate"] == 1


async def test_a_missing_extra_and_an_opt_out_are_told(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site)
    settings = settings_for(tmp_path, site)
    async with running_node(settings.model_copy(update={"files": "never"})) as node:
        status, _ = await crawl(node, f"{site.url}/docs/report.pdf")
        assert (status.state, status.reasons["content_type"]) == ("partial", 1), "the pages around it are crawled"
    monkeypatch.setitem(file_formats._LIBRARIES, file_formats.FileFormat.PDF, "not_installed_here")
    assert file_formats.file_refusal(f"{site.url}/docs/report.pdf", file_formats.FilesMode.LINKED) == "missing_extra"


async def test_a_file_and_a_folder_of_sources_are_read_in_the_order_of_their_toctrees(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text("raise SystemExit")
    (source / "index.rst").write_text(f"Home\n====\n\n{TEXT}\n\n.. toctree::\n   :caption: More\n\n   zebra\n   ape\n")
    (source / "ape.rst").write_text(f"Ape\n===\n\n{TEXT} Ape. :doc:`zebra`\n")
    (source / "zebra.rst").write_text(f"Zebra\n=====\n\n{TEXT} Zebra.\n")
    (source / "note.adoc").write_text(f"= Note\n\n{TEXT} Note.\n")
    (tmp_path / "report.pdf").write_bytes(REPORT)
    async with running_node(settings_for(tmp_path / "data")) as node:
        _, found = await crawl(node, folder_url(node.engine.folders.open(source)))
        assert found == ["Home", "Zebra", "Ape", "Note"]
        _, found = await crawl(node, folder_url(node.engine.folders.open(tmp_path / "report.pdf")))
        assert found == ["Report"]


async def test_a_book_that_is_crawled_for_itself_has_a_page_a_chapter(site: Site, tmp_path: Path) -> None:
    site.pages["/docs/"] = page("Home", '<a href="/book.epub">The book</a>', links=())
    body = book(chapters=3, contents="nav")
    site.pages["/book.epub"] = Answer(body, content_type="application/epub+zip")
    async with running_node(settings_for(tmp_path, site)) as node:
        status, found = await crawl(node, f"{site.url}/book.epub")
        assert found == ["The Book", "Chapter c3", "Chapter c1"]
        assert (status.done, status.failed) == (3, 0)
        assert site.requests.count("/book.epub") <= 2, "not once for each chapter"
        again, _ = await crawl(node, f"{site.url}/book.epub")
        assert again.done == 3
        (tmp_path / "book.epub").write_bytes(body)
        _, found = await crawl(node, folder_url(node.engine.folders.open(tmp_path / "book.epub")))
        assert found == ["The Book", "Chapter c3", "Chapter c1"]


async def test_pages_of_sphinx_that_name_each_other_without_endings_are_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text(f"# Home\n\n{TEXT} See {{doc}}`guide` and {{doc}}`the old <old>`.\n")
    (tmp_path / "guide.md").write_text(f"# Guide\n\n{TEXT} Guide.\n")
    (tmp_path / "old.rst").write_text(f"Old\n===\n\n{TEXT} Old.\n")
    async with running_node(settings_for(tmp_path / "data")) as node:
        status, found = await crawl(node, folder_url(node.engine.folders.open(tmp_path)))
    assert sorted(found) == ["Guide", "Home", "Old"]
    assert status.reasons.get("redirected", 0) <= 1, "only what is of another kind"
    assert not set(status.reasons) & {"http_404", "broken_link"}


@pytest.mark.parametrize("given", ["", "api.yaml", "beside"])
async def test_a_specification_on_this_machine_is_read(tmp_path: Path, given: str) -> None:
    (api := tmp_path / "api").mkdir()
    name = "api.yaml" if given == "api.yaml" else "openapi.yaml"
    (api / name).write_text(
        "openapi: 3.0.0\ninfo: {title: Things, version: '1'}\npaths:\n  /things:\n    get:\n      tags: [things]\n"
        "      summary: List things\n      responses: {'200': {description: All of them}}\n"
    )
    if given == "beside":
        (api / "README.md").write_text(f"# Readme\n\n{TEXT}\n")
    async with running_node(settings_for(tmp_path / "data")) as node:
        opened = node.engine.folders.open(api / given if given == "api.yaml" else api)
        status, found = await crawl(node, folder_url(opened))
        text = (await node.jobs.result(status.job_id, max_tokens=20_000)).text
    assert ("Readme" in found) is (given == "beside")
    assert "GET /things" in text
