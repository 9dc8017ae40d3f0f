"""A limit that leaves room for all pages of a crawl changes nothing, though links find most of them."""

import json
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from docspasta_mcp.jobs.status import JobStatus
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from tests.sites import Answer, Site, page


def linked() -> dict[str, str]:
    """Return a manual without a sidebar: three parts, each a chain of pages that also lead to the next but one."""
    pages = {"/m/": page("Start", links=tuple(f"/m/{part}/0.html" for part in "cab"))}
    for part in "cab":
        for number in range(8):
            more = [f"/m/{part}/{one}.html" for one in (number + 2, number + 1) if one < 8]
            pages[f"/m/{part}/{number}.html"] = page(f"{part} {number}", links=(*more, "/m/"))
    return pages


async def ended(node: Node, job_id: str) -> JobStatus:
    while (status := await node.jobs.wait(job_id, 20)).state == "running":
        pass
    return status


async def urls(node: Node, url: str, max_pages: int, **options: Any) -> list[str]:
    started = await node.jobs.start(url, max_pages=max_pages, force_refresh=True, **options)
    await ended(node, started.job_id)
    text = "".join([part async for part in await node.jobs.json_document(started.job_id)])
    return [one["url"].partition("/m/")[2] for one in json.loads(text)["pages"] if one["status"] == "done"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": "127.0.0.0/8", "DOCSPASTA_RENDER": "never"}


def two_parts(*, slow: str) -> dict[str, Answer]:
    """Return two parts whose pages lead to three further ones each, one of which answers slowly."""
    pages = {"/m/": Answer(page("Start", links=("/m/a/0.html", "/m/b/0.html")))}
    for part in "ab":
        for number in range(30):
            more = tuple(f"/m/{part}/{one}.html" for one in range(3 * number + 1, 3 * number + 4) if one < 30)
            body = page(f"{part} {number}", links=(*more, "/m/"))
            pages[f"/m/{part}/{number}.html"] = Answer(body, before=partial(time.sleep, 0.05 * (part == slow)))
    return pages


@pytest.mark.parametrize("slow", ["a", "b"])
async def test_whose_links_fill_a_small_limit_is_no_race(site: Site, environ: dict[str, str], slow: str) -> None:
    site.pages.update(two_parts(slow=slow))
    async with running_node(Settings.from_env(environ)) as node:
        found = await urls(node, f"{site.url}/m/", 11)

    assert sorted(found) == ["", *(f"a/{number}.html" for number in range(6)), *(f"b/{n}.html" for n in range(4))]


@pytest.mark.parametrize("slow", ["a", "b"])
async def test_whose_links_fill_the_room_beside_include_is_no_race(
    site: Site, environ: dict[str, str], slow: str
) -> None:
    site.pages.update(two_parts(slow=slow))
    async with running_node(Settings.from_env(environ)) as node:
        found = await urls(node, f"{site.url}/m/", 16, include=["a/*"])
        assert sorted(found) == sorted(f"a/{number}.html" for number in range(15))
        found = await urls(node, f"{site.url}/m/", 40, include=["a/*"])
    assert len(found) == 30
    assert sum("/m/b/" in path for path in site.requests) == 9  # beside thirty pages and the start


@pytest.mark.parametrize("slow", ["a", "b"])
async def test_a_small_limit_is_spent_in_the_directory_of_the_page_asked_for(
    site: Site, environ: dict[str, str], slow: str
) -> None:
    site.pages.update(two_parts(slow=slow))
    async with running_node(Settings.from_env(environ)) as node:
        found = await urls(node, f"{site.url}/m/b/3.html", 8, scope="host")

    assert {one.partition("/")[0] for one in found} <= {"", "b"}
    assert len(found) == 8


async def test_the_room_of_dead_links_goes_to_pages_that_wait(site: Site, environ: dict[str, str]) -> None:
    dead = tuple(f"/m/dead{number}.html" for number in range(20))
    pages = {f"/m/p{number}.html": page(f"P {number}") for number in range(9)}
    site.pages.update({"/m/": page("Start", links=(*dead, *pages)), **pages})
    async with running_node(Settings.from_env(environ)) as node:
        assert len(await urls(node, f"{site.url}/m/", 10)) == 10


async def test_pages_that_found_no_room_are_told_and_not_shown(site: Site, environ: dict[str, str]) -> None:
    site.pages.update(linked())
    async with running_node(Settings.from_env(environ)) as node:
        started = await node.jobs.start(f"{site.url}/m/", max_pages=5)
        status = await ended(node, started.job_id)
        document = json.loads("".join([part async for part in await node.jobs.json_document(started.job_id)]))
        report = await node.jobs.coverage(started.job_id)

    missing = status.left_out["page_limit"]
    assert (status.done, status.skipped, status.estimated_missing) == (5, 0, missing)
    assert any(f"{missing} pages or more found no room" in note for note in status.notes)
    assert len(document["pages"]) == 5
    assert f"page_limit (no room within max_pages): {missing}" in report


async def test_a_crawl_that_is_cancelled_with_room_left_calls_no_page_without_room(
    site: Site, environ: dict[str, str]
) -> None:
    pages = linked()
    gate = threading.Event()
    site.pages.update({path: Answer(body, before=gate.wait) for path, body in pages.items() if path != "/m/a/0.html"})
    site.pages["/m/a/0.html"] = pages["/m/a/0.html"]
    site.pages["/m/"] = pages["/m/"]
    async with running_node(Settings.from_env(environ)) as node:
        started = await node.jobs.start(f"{site.url}/m/", max_pages=100)
        while (await node.jobs.status(started.job_id)).left_out.get("page_limit", 0) < 1:
            await anyio.sleep(0.02)
        await node.jobs.cancel(started.job_id)
        gate.set()
        status = await node.jobs.status(started.job_id)

    assert "page_limit" not in status.left_out
    assert status.reasons["cancelled"] >= 3


async def test_a_limit_that_leaves_room_for_all_changes_no_order(site: Site, environ: dict[str, str]) -> None:
    site.pages.update(linked())
    async with running_node(Settings.from_env(environ)) as node:
        whole, small = await urls(node, f"{site.url}/m/", 500), await urls(node, f"{site.url}/m/", 100)

    assert len(small) == 25
    assert small == whole
