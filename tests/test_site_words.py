"""What a site sends in place of a header or a status never stands in our own sentences, and is bounded where it stands.

Each site speaks where the crawl starts, so that its failure is the job's: status, next step, notes, errors, dry run.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import pytest
from mcp import Client
from mcp.types import CallToolResult

from docspasta_mcp.errors import MAX_DETAIL, PageRefused
from docspasta_mcp.server.app import create_mcp_server
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings
from tests.conftest import settings_for
from tests.hostile_sites import WORDS, Hostile, http, speaking_sites
from tests.sites import Site
from tests.speaking_site import speak
from tests.test_whole_crawl import crawl, text_of

WORDS_ANYHOW = re.compile(r"[\W_]*".join(WORDS.split()[:4]), re.IGNORECASE)
OURS = ("reason", "next_step", "notes", "scope_reason", "reasons", "left_out")
MAX_ANSWER = 4_000  # characters of a status
MAX_TITLE = 120


async def serve(site: Hostile, listener: anyio.abc.Listener[anyio.abc.SocketStream]) -> None:
    async def handle(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            path = (await stream.receive()).split(b" ")[1]
            assert isinstance(site.answer, bytes)
            await stream.send(site.answer if path == b"/d/" else http("no", status="404 No", kind="text/plain"))

    await listener.serve(handle)


@dataclass(frozen=True)
class Told:
    """What a model and a script are told of one crawl."""

    dry_run: CallToolResult
    status: CallToolResult
    result: CallToolResult
    document: dict[str, Any]


async def told_of(site: Hostile, folder: Path) -> Told:
    """Crawl a site that speaks where the crawl starts."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(anyio.abc.SocketAttribute.local_port)
    environ = {
        "DOCSPASTA_DATA_DIR": str(folder), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}",
        "QSTASH_MAX_RETRIES": "0", "DOCSPASTA_WORKERS": "1",
    }  # fmt: skip
    async with listener, running_node(Settings.from_env(environ)) as node, anyio.create_task_group() as tasks:
        tasks.start_soon(serve, site, listener)
        async with Client(create_mcp_server(node)) as client:
            asked = {"url": f"http://127.0.0.1:{port}/d/"}
            dry = await client.call_tool("start_crawl", asked | {"dry_run": True})
            started = (await client.call_tool("start_crawl", asked)).structured_content or {}
            job = {"job_id": started["job_id"]}
            while (await node.jobs.wait(job["job_id"], 20)).state == "running":
                pass
            status, result = await client.call_tool("get_status", job), await client.call_tool("get_result", job)
        whole = "".join([part async for part in await node.jobs.json_document(job["job_id"])])
        tasks.cancel_scope.cancel()
        return Told(dry, status, result, json.loads(whole))
    raise AssertionError("the crawl was cut off")


@pytest.mark.parametrize("site", speaking_sites(), ids=lambda site: site.name)
async def test_a_sites_words_are_not_ours(site: Hostile, tmp_path: Path) -> None:
    with anyio.fail_after(30):
        told = await told_of(site, tmp_path)
    for answer in (told.dry_run, told.status):
        assert answer.structured_content is not None
        preview = answer.structured_content.get("preview") or {}
        sentences = json.dumps([answer.structured_content.get(name) for name in OURS] + [preview.get("notes")])
        assert not WORDS_ANYHOW.search(sentences)
        assert len(json.dumps(answer.structured_content)) < MAX_ANSWER
    if told.result.is_error:  # an error is ours from its first word to its last
        assert not WORDS_ANYHOW.search(str(told.result.content))
        assert len(str(told.result.content)) < MAX_ANSWER
    for page in told.document["pages"]:
        assert not WORDS_ANYHOW.search(page["detail"])
        assert len(page["detail"]) + len(page["site_said"]) <= MAX_DETAIL


def test_no_more_is_kept_of_what_a_site_said_than_is_ever_shown() -> None:
    error = PageRefused("protocol", "The answer is not HTTP.", said=f"\x1b]0;x\x07\n{WORDS}" * 9_000)
    assert len(error.said) == MAX_DETAIL
    assert error.said.isprintable()
    assert (len(error.detail), error.detail.count("\n")) == (MAX_DETAIL, 1)


ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        ("get_result", arguments)
        for arguments in (
            {}, {"format": "map"}, {"format": "coverage"}, {"query": "zebra install"}, {"query": "zebraa instal nowhere"}, {"query": "qqqq"},
            {"query": "previus"}, {"query": "zebra", "format": "map"}, {"at": "1"}, {"at": "1#nosuch"}, {"pages": ["nosuch"]}, {"since": "x"}, {"cursor": "x"},
        )
    ),
    *(("search_docs", arguments) for arguments in ({"query": "zebra"}, {"query": "qqqq"}, {"query": "previus"}, {"query": "x", "docs": ["nosuch"]})),
)  # fmt: skip


def outside_the_frame(text: str) -> str:
    """Return what of an answer are our own words."""
    boundary = re.search(r"two lines with ([0-9a-f]{16})", text)
    if boundary is None:
        return text
    before, *_, after = text.split(f"----- {boundary[1]}")
    return before + after


@pytest.mark.parametrize("moves", [False, True])
async def test_a_manual_that_says_it_everywhere_says_nothing_in_our_words(
    tmp_path: Path, site: Site, moves: bool
) -> None:
    url = site.url + speak(site, moves=moves)
    async with running_node(settings_for(tmp_path, site)) as node, Client(create_mcp_server(node)) as client:
        typed = [await client.call_tool("start_crawl", {"url": url, "dry_run": True, "version": "9.9"})]
        job_id = await crawl(client, url)
        typed.append(await client.call_tool("get_status", {"job_id": job_id}))
        typed.append(await client.call_tool("start_crawl", {"url": f"{url}a.html"}))
        answers = {
            f"{tool} {arguments}": text_of(
                await client.call_tool(tool, {**arguments, **({"job_id": job_id} if tool == "get_result" else {})})
            )
            for tool, arguments in ASKED
        }
        listed = (await client.call_tool("list_docs", {})).structured_content or {}
    assert WORDS_ANYHOW.search(answers["get_result {}"])  # the page itself says it
    assert [asked for asked, text in answers.items() if WORDS_ANYHOW.search(outside_the_frame(text))] == []
    for answer in typed:
        found = answer.structured_content or {}
        said = {name: found.get(name) for name in OURS} | {"preview": (found.get("preview") or {}).get("notes")}
        assert not WORDS_ANYHOW.search(json.dumps(said))
    titles = [doc["title"] for doc in listed.pop("docs")]  # two where the second crawl has read its page by now
    assert not WORDS_ANYHOW.search(json.dumps(listed))
    assert 0 < len(titles[0]) <= max(map(len, titles)) <= MAX_TITLE  # a field of its own, called the site's
