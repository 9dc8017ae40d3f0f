"""A limit that leaves room for all pages of a crawl changes nothing, though links find most of them."""

import json
from pathlib import Path

import pytest

from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from tests.sites import Site, page


def linked() -> dict[str, str]:
    """Return a manual without a sidebar: three parts, each a chain of pages that also lead to the next but one."""
    pages = {"/m/": page("Start", links=tuple(f"/m/{part}/0.html" for part in "cab"))}
    for part in "cab":
        for number in range(8):
            more = [f"/m/{part}/{one}.html" for one in (number + 2, number + 1) if one < 8]
            pages[f"/m/{part}/{number}.html"] = page(f"{part} {number}", links=(*more, "/m/"))
    return pages


async def urls(node: Node, url: str, max_pages: int) -> list[str]:
    started = await node.jobs.start(url, max_pages=max_pages, force_refresh=True)
    while (await node.jobs.wait(started.job_id, 20)).state == "running":
        pass
    text = "".join([part async for part in await node.jobs.json_document(started.job_id)])
    return [one["url"].partition("/m/")[2] for one in json.loads(text)["pages"] if one["status"] == "done"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_ALLOW_PRIVATE": "127.0.0.0/8", "DOCSPASTA_RENDER": "never"}


async def test_a_limit_that_leaves_room_for_all_changes_no_order(site: Site, environ: dict[str, str]) -> None:
    site.pages.update(linked())
    async with running_node(Settings.from_env(environ)) as node:
        whole, small = await urls(node, f"{site.url}/m/", 500), await urls(node, f"{site.url}/m/", 100)

    assert len(small) == 25
    assert small == whole
