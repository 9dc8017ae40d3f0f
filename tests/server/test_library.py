"""The library through the doors of a server: MCP and REST."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import anyio
import httpx
import pytest
from mcp import Client, MCPError
from mcp.server.subscriptions import ResourcesListChanged
from mcp.types import INVALID_PARAMS, PromptReference, ResourceTemplateReference, TextContent, TextResourceContents

from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.mcp.notices import OwnerBus
from docspasta_mcp.server.mcp.server import create_mcp
from docspasta_mcp.server.wiring import Node, running_node
from tests.conftest import settings_for
from tests.sites import Site, page
from tests.test_whole_crawl import crawl, text_of


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    async with Client(create_mcp_server(node)) as opened:
        yield opened


@pytest.fixture
async def rest(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(node, create_mcp_server(node))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8787") as opened:
        yield opened


async def test_an_agent_that_starts_anew_sees_what_is_there(client: Client, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    found = (await client.call_tool("list_docs", {"query": "welcome"})).structured_content
    assert found is not None
    doc = next(doc for doc in found["docs"] if doc["job_id"] == job_id)
    assert (doc["title"], doc["site"], doc["pages"], doc["state"]) == (
        "Welcome",
        f"{manual_site.url}/docs/",
        5,
        "completed",
    )
    assert doc["expires_at"] > doc["crawled_at"]
    none = (await client.call_tool("list_docs", {"query": "nosuch"})).structured_content
    assert none is not None
    assert (none["docs"], none["total"]) == ([], 0)
    wrong = await client.call_tool("list_docs", {"cursor": "x"})
    assert "'x' is not a cursor of list_docs" in text_of(wrong)


async def test_a_manual_is_read_by_its_url_and_by_the_beginning_of_an_id(client: Client, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    for name in (job_id.upper(), job_id[:6], f"{manual_site.url}/docs/guide/usage.html"):
        assert f"docspasta job {job_id} " in text_of(await client.call_tool("get_result", {"job_id": name}))
        status = (await client.call_tool("get_status", {"job_id": name})).structured_content
        assert status is not None
        assert status["job_id"] == job_id


async def test_rest_lists_and_pins_manuals(client: Client, rest: httpx.AsyncClient, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    pinned = (await rest.post(f"/api/v4/jobs/{job_id[:8].upper()}/pin")).json()
    assert (pinned["job_id"], pinned["pinned"], pinned["expires_at"]) == (job_id, True, "")
    listed = (await rest.get("/api/v4/docs", params={"query": "welcome"})).json()
    assert [doc["pinned"] for doc in listed["docs"] if doc["job_id"] == job_id] == [True]
    freed = (await rest.post(f"/api/v4/jobs/{job_id}/unpin")).json()
    assert freed["expires_at"]
    assert (await rest.post("/api/v4/jobs/nosuch/pin")).status_code == 404
    wrong = await rest.get("/api/v4/docs", params={"q": "x"})
    assert wrong.status_code == 400
    assert (
        "A list of manuals has no parameter 'q'; did you mean query? It takes query, cursor."
        in wrong.json()["error"]["message"]
    )


async def test_rest_takes_a_url_of_the_manual_for_an_id(
    client: Client, rest: httpx.AsyncClient, manual_site: Site
) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    name = quote(f"{manual_site.url}/docs/guide/usage.html", safe="")
    assert (await rest.get(f"/api/v4/jobs/{name}")).json()["job_id"] == job_id
    result = await rest.get(f"/api/v4/jobs/{name}/result")
    assert result.text.startswith("# Welcome: the documentation at ")
    assert f'filename="docspasta-{job_id}.md"' in result.headers["content-disposition"]
    assert (await rest.get(f"/api/v4/jobs/{job_id}/cancel")).status_code == 405


async def test_another_owner_sees_an_empty_library(client: Client, node: Node, manual_site: Site) -> None:
    await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    assert (await node.jobs_of("other").library.docs()).docs == []


async def test_one_search_answers_from_several_manuals_each_named(
    tmp_path: Path, site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, thing in (("git", "branch"), ("sqlite", "pragma")):
        links = (f"/{name}/", f"/{name}/zebra.html")
        site.pages[f"/{name}/"] = page(f"{name.title()} manual", f"<p>All about the {thing}.</p>", links=links)
        site.pages[f"/{name}/zebra.html"] = page(
            "Zebra", f"<p>A zebra in {name} is a {thing} with stripes.</p>", links=links
        )
    async with running_node(settings_for(tmp_path, site)) as node, Client(create_mcp_server(node)) as client:
        git = await crawl(client, f"{site.url}/git/", scope="prefix")
        sqlite = await crawl(client, f"{site.url}/sqlite/", scope="prefix")
        answer = text_of(await client.call_tool("search_docs", {"query": "zebra stripes"}))
        assert "search in 2 manuals: 2 of 2 passages that match; links are shown as text\n" in answer
        assert {"## Zebra · Git manual", "## Zebra · Sqlite manual"} <= set(answer.split("\n"))
        assert f'[continues: get_result(job_id="{git}", at="2#zebra")]' in answer
        assert f'[continues: get_result(job_id="{sqlite}", at="2#zebra")]' in answer
        assert answer.endswith("complete: nothing else matches")
        for name in ("git", "Git manual", f"{site.url}/git/zebra.html", git[:6].upper()):
            one = text_of(await client.call_tool("search_docs", {"query": "zebra", "docs": name}))
            assert "## Zebra · Git manual" in one
            assert "Sqlite" not in one
        pragma = text_of(await client.call_tool("search_docs", {"query": "zebra pragma"}))
        assert pragma.index("Sqlite manual") < (pragma + "Git manual").index("Git manual")
        small = await client.call_tool("search_docs", {"query": "zebra stripes", "max_tokens": 500})
        assert count_tokens(text_of(small)) <= 500
        none = text_of(await client.call_tool("search_docs", {"query": "zebbra"}))
        assert "No passage of 2 manuals has any of these words: zebbra." in none
        assert "Words like 'zebbra' that they have: Zebra." in none
        some = text_of(await client.call_tool("search_docs", {"query": "zebra pragma xylophone"}))
        assert "No passage has 'xylophone'.\n" in some
        elsewhere = text_of(await client.call_tool("get_result", {"job_id": git, "query": "pragma"}))
        assert "No passage has any of these words: pragma." in elsewhere
        assert f"Other manuals have some of these words: Sqlite manual ({sqlite}). search_docs asks" in elsewhere
        nowhere = text_of(await client.call_tool("get_result", {"job_id": git, "query": "xylophone"}))
        assert "Other manuals" not in nowhere
        wrong = text_of(await client.call_tool("search_docs", {"query": "zebra", "docs": ["hg"]}))
        assert "'hg' is not a manual that you have." in wrong
        assert "give at least one word" in text_of(await client.call_tool("search_docs", {"query": "…"}))
        stale = text_of(await client.call_tool("search_docs", {"query": "zebra", "cursor": "000000-q2"}))
        assert "'000000-q2' is of another question, or of other manuals: one may have been crawled anew" in stale
        app = create_app(node, create_mcp_server(node))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as rest:
            found = (await rest.get("/api/v4/search", params={"query": "zebra", "docs": ["sqlite", git]})).json()
        assert {doc["job_id"] for doc in found["docs"]} == {git, sqlite}
        assert (found["searched"], found["next_cursor"]) == (2, "")
        other = await node.jobs_of("other").library.search("zebra")
        assert (other.shown, other.text) == (
            0,
            "There is no manual to search. Call start_crawl(url) with any page of a manual.",
        )


async def test_a_cursor_leads_through_all_passages_of_all_manuals_once(tmp_path: Path, site: Site) -> None:
    filler = "<p>" + "Words that say nothing of it at all. " * 20 + "</p>"
    for name in ("one", "two"):
        links = (f"/{name}/", *(f"/{name}/{number}.html" for number in range(8)))
        site.pages[f"/{name}/"] = page(f"Manual {name}", links=links)
        for number in range(8):
            text = f"<p>The zebra number {number} of {name}.</p>{filler}"
            site.pages[f"/{name}/{number}.html"] = page(f"Part {number} {name}", text, links=links)
    async with running_node(settings_for(tmp_path, site)) as node, Client(create_mcp_server(node)) as client:
        for name in ("one", "two"):
            await crawl(client, f"{site.url}/{name}/", scope="prefix")
        seen: list[str] = []
        cursor = ""
        for _ in range(20):
            found = await node.jobs.library.search("zebra", max_tokens=700, cursor=cursor)
            assert count_tokens(found.text) <= 700
            whole = found.text.partition("Further pages")[0]
            seen += [line for line in whole.split("\n") if line.startswith("## Part")]
            if not (cursor := found.next_cursor):
                break
        assert (len(seen), len(set(seen)), cursor) == (16, 16, "")


async def test_the_library_is_there_as_resources(client: Client, node: Node, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    listed = {resource.uri: resource for resource in (await client.list_resources()).resources}
    assert listed["docspasta://docs"].mime_type == "text/markdown"
    assert listed[f"docspasta://docs/{job_id}"].title == "Welcome"
    templates = [template.uri_template for template in (await client.list_resource_templates()).resource_templates]
    assert templates == ["docspasta://docs/{job_id}", "docspasta://docs/{job_id}/pages/{number}"]
    assert f"- [Welcome](docspasta://docs/{job_id}) · {manual_site.url}/docs/" in await resource(
        client, "docspasta://docs"
    )
    assert "2. [Install](" in await resource(client, f"docspasta://docs/{job_id}")
    text = await resource(client, f"docspasta://docs/{job_id[:6]}/pages/2")
    assert text.startswith(f"# Install\n\nSource: {manual_site.url}/docs/install.html ")
    for uri in ("docspasta://docs/nosuch", f"docspasta://docs/{job_id}/pages/99", f"docspasta://docs/{job_id}/pages/x"):
        with pytest.raises(MCPError) as told:
            await client.read_resource(uri)
        assert "nosuch" in str(told.value) or "page" in str(told.value)
    async with Client(create_mcp(lambda: node.jobs_of("other"), node.settings)) as other:
        assert [one.uri for one in (await other.list_resources()).resources] == ["docspasta://docs"]
        with pytest.raises(MCPError, match="No job"):
            await other.read_resource(f"docspasta://docs/{job_id}")


async def resource(client: Client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def test_arguments_of_templates_and_prompts_complete(client: Client, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    page_of = ResourceTemplateReference(uri="docspasta://docs/{job_id}/pages/{number}")

    async def values(
        ref: ResourceTemplateReference | PromptReference, name: str, value: str, **known: str
    ) -> list[str]:
        found = await client.complete(ref, {"name": name, "value": value}, context_arguments=known or None)
        return found.completion.values

    assert job_id in await values(page_of, "job_id", job_id[:3])
    assert job_id in await values(page_of, "job_id", "welc")
    assert await values(page_of, "number", "", job_id=job_id) == ["1", "2", "3", "4", "5"]
    assert await values(page_of, "number", "4", job_id=job_id) == ["4"]
    assert await values(page_of, "number", "", job_id="nosuch") == []
    assert await values(PromptReference(name="answer_from_docs"), "url_or_name", "nosuch") == []
    assert await values(PromptReference(name="learn_library"), "url", "127.0") == [f"{manual_site.url}/docs/"]
    assert await values(PromptReference(name="not_ours"), "url", "") == []


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        (
            "answer_from_docs",
            {"url_or_name": "Zoo"},
            "answer_from_docs needs question; it takes url_or_name, question.",
        ),
        ("learn_library", {"url": " "}, "learn_library needs url; it takes url."),
        ("answer", {}, "There is no prompt 'answer'; there are answer_from_docs, learn_library."),
    ],
)
async def test_a_prompt_that_lacks_something_is_the_callers_error(
    client: Client, name: str, arguments: dict[str, str], told: str
) -> None:
    with pytest.raises(MCPError) as refused:
        await client.get_prompt(name, arguments)
    assert (refused.value.code, refused.value.message) == (INVALID_PARAMS, told)


async def test_prompts_lead_to_a_manual_that_is_there_or_to_its_crawl(client: Client, manual_site: Site) -> None:
    job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=70)
    assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["answer_from_docs", "learn_library"]

    async def told(name: str, **arguments: str) -> str:
        (message,) = (await client.get_prompt(name, arguments)).messages
        assert isinstance(message.content, TextContent)
        return message.content.text

    known = await told("answer_from_docs", url_or_name=f"{manual_site.url}/docs/", question="How?")
    assert "Question: How?" in known
    assert f'docs=["{job_id}"]' in known
    assert "start_crawl" not in known
    new = await told("answer_from_docs", url_or_name="https://new.example/docs/", question="How?")
    assert '1. Call start_crawl(url="https://new.example/docs/")' in new
    nameless = await told("answer_from_docs", url_or_name="Some tool", question="How?")
    assert "'Some tool' has not been crawled: find the address" in nameless
    learning = await told("learn_library", url=f"{manual_site.url}/docs/install.html")
    assert f'get_result(job_id="{job_id}", format="map")' in learning


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_client_hears_that_the_list_of_manuals_has_changed(node: Node, manual_site: Site, mode: str) -> None:
    heard: list[str] = []

    async def note(message: object) -> None:
        heard.append(type(message).__name__)

    async with Client(create_mcp_server(node), mode=mode, message_handler=note) as client:
        if mode == "auto":
            async with client.listen(resources_list_changed=True) as events:
                await crawl(client, f"{manual_site.url}/docs/", max_pages=71, force_refresh=True)
                with anyio.fail_after(5):
                    assert type(await anext(aiter(events))).__name__ == "ResourcesListChanged"
        else:
            assert client.server_capabilities.resources is not None
            assert client.server_capabilities.resources.list_changed
            await crawl(client, f"{manual_site.url}/docs/", max_pages=72, force_refresh=True)
            with anyio.fail_after(5):
                while "ResourceListChangedNotification" not in heard:
                    await anyio.sleep(0.01)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("way", ["rest", "sweeper"])
async def test_a_client_hears_that_a_manual_was_deleted_elsewhere(
    node: Node, manual_site: Site, mode: str, way: str
) -> None:
    heard = anyio.Event()

    async def note(message: object) -> None:
        if type(message).__name__ == "ResourceListChangedNotification":
            heard.set()

    async def delete() -> None:
        if way == "rest":
            app = create_app(node, create_mcp_server(node))
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8787") as rest:
                assert (await rest.post(f"/api/v4/jobs/{job_id}/delete")).json() == {"deleted": 1}
        else:
            assert await node.store.jobs.delete_unused_since(node.store.clock() + 1)

    server = create_mcp_server(node)
    async with Client(server) as other:
        job_id = await crawl(other, f"{manual_site.url}/docs/", max_pages=73, force_refresh=True)
    async with Client(server, mode=mode, message_handler=note) as client:
        await client.list_resources()
        with anyio.fail_after(5):
            if mode == "auto":
                async with client.listen(resources_list_changed=True) as events:
                    await delete()
                    assert type(await anext(aiter(events))).__name__ == "ResourcesListChanged"
            else:
                await delete()
                await heard.wait()


async def test_an_owner_hears_of_the_own_library_alone() -> None:
    owner = "one"
    bus = OwnerBus(lambda: owner)
    heard: list[str] = []
    leave_one = bus.subscribe(lambda _event: heard.append("one"))
    owner = "two"
    leave_two = bus.subscribe(lambda _event: heard.append("two"))
    await bus.publish(ResourcesListChanged())
    assert heard == ["two"]
    leave_two()
    leave_two()
    await bus.publish(ResourcesListChanged())
    owner = "one"
    await bus.publish(ResourcesListChanged())
    assert heard == ["two", "one"]
    leave_one()


async def test_typed_answers_are_bounded(tmp_path: Path, site: Site) -> None:
    names = [f"{'a-long-name-' * 40}{number}" for number in range(40)]
    site.pages["/docs/"] = page("Start", links=("/docs/", *(f"/docs/{name}" for name in names)))
    async with running_node(settings_for(tmp_path, site)) as node, Client(create_mcp_server(node)) as client:
        answer = await client.call_tool("start_crawl", {"url": f"{site.url}/docs/", "dry_run": True})
    assert answer.structured_content is not None
    sample = answer.structured_content["preview"]["sample"]
    assert max(map(len, sample)) <= 400
    assert sample[1].endswith(" more)")
    assert len(text_of(answer)) < 20_000
