"""The library through real transports: a process over stdio, and one over HTTP, asked by the official client."""

import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

from tests.sites import Site, page
from tests.test_processes import SERVER, environ
from tests.test_whole_crawl import crawl, text_of

pytestmark = pytest.mark.programs


@asynccontextmanager
async def over_stdio(folder: Path, site: Site) -> AsyncIterator[Client]:
    window = StdioServerParameters(command=SERVER[0], args=SERVER[1:], env=environ(folder, site))
    with (folder / "log").open("w") as log:
        async with Client(stdio_client(window, errlog=log)) as client:
            yield client


@asynccontextmanager
async def over_http(folder: Path, site: Site) -> AsyncIterator[Client]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*SERVER, "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environ(folder, site), stderr=subprocess.DEVNULL)
    try:
        async with httpx.AsyncClient() as asking:
            with anyio.fail_after(30):
                while not await is_there(asking, f"http://127.0.0.1:{port}/"):
                    await anyio.sleep(0.05)
        async with Client(f"http://127.0.0.1:{port}/mcp") as client:
            yield client
    finally:
        process.kill()
        process.wait()


async def is_there(asking: httpx.AsyncClient, url: str) -> bool:
    try:
        await asking.get(url)
    except httpx.ConnectError:
        return False
    return True


@pytest.mark.parametrize("opened", [over_stdio, over_http])
async def test_a_library_is_listed_searched_and_read(
    tmp_path: Path, site: Site, opened: Callable[[Path, Site], AbstractAsyncContextManager[Client]]
) -> None:
    site.pages["/docs/"] = page("Zoo", "<p>All about the animals.</p>", links=("/docs/zebra.html",))
    site.pages["/docs/zebra.html"] = page("Zebra", "<p>A zebra has stripes in black and white.</p>")
    async with opened(tmp_path, site) as client:
        job_id = await crawl(client, f"{site.url}/docs/")

        listed = (await client.call_tool("list_docs", {"query": "zoo"})).structured_content
        assert listed is not None
        assert [one["job_id"] for one in listed["docs"]] == [job_id]
        found = text_of(await client.call_tool("search_docs", {"query": "zebra stripes", "docs": ["Zoo"]}))
        assert "A zebra has stripes in black and white." in found

        uris = {one.uri for one in (await client.list_resources()).resources}
        assert {"docspasta://docs", f"docspasta://docs/{job_id}"} <= uris
        templates = [one.uri_template for one in (await client.list_resource_templates()).resource_templates]
        assert templates == ["docspasta://docs/{job_id}", "docspasta://docs/{job_id}/pages/{number}"]
        (content,) = (await client.read_resource(f"docspasta://docs/{job_id}/pages/2")).contents
        assert isinstance(content, TextResourceContents)
        assert content.text.startswith("# Zebra\n")

        page_of = ResourceTemplateReference(uri="docspasta://docs/{job_id}/pages/{number}")
        assert job_id in (await client.complete(page_of, {"name": "job_id", "value": "zo"})).completion.values
        known = await client.complete(page_of, {"name": "number", "value": ""}, context_arguments={"job_id": job_id})
        assert known.completion.values == ["1", "2"]
        other = PromptReference(name="not_ours")
        assert (await client.complete(other, {"name": "x", "value": ""})).completion.values == []

        names = [one.name for one in (await client.list_prompts()).prompts]
        assert names == ["answer_from_docs", "learn_library"]
        asked = await client.get_prompt("answer_from_docs", {"url_or_name": "Zoo", "question": "Which colours?"})
        assert isinstance(asked.messages[0].content, TextContent)
        assert "Question: Which colours?" in asked.messages[0].content.text
        assert job_id in asked.messages[0].content.text
