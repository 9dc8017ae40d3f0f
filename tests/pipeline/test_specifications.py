"""API specifications through the whole crawl: the seed is one, and its pages are those of the document."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import anyio
import httpx
import pytest

from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import Node, running_node
from tests.conftest import settings_for
from tests.sites import Answer, Site, page

SPECIFICATION = """
openapi: 3.0.3
info: {title: Zoo, version: '4'}
tags: [{name: keepers}, {name: wild animals}]
paths:
  /animals:
    get: {operationId: listAnimals, summary: List animals, tags: [wild animals], responses: {200: {$ref: 'more.yaml#/ok'}}}
  /keepers:
    get: {operationId: listKeepers, tags: [keepers], responses: {200: {description: All keepers}}}
components: {schemas: {Animal: {type: object, properties: {name: {type: string, description: What it is called.}}}}}
"""
MORE = "ok: {description: All animals, content: {application/json: {schema: {$ref: 'openapi.yaml#/components/schemas/Animal'}}}}"


@pytest.fixture(scope="module")
def zoo() -> Iterator[Site]:
    with Site() as opened:
        opened.pages.update(
            {
                "/api/openapi.yaml": Answer(SPECIFICATION, content_type="application/yaml"),
                "/api/more.yaml": Answer(MORE, content_type="text/plain"),
                "/api/": page("Elsewhere"),
                "/sitemap.xml": Answer("<urlset><url><loc>/api/</loc></url></urlset>", content_type="text/xml"),
                "/api/data.json": Answer('{"a": 1}', content_type="application/json"),
                "/api/broken.json": Answer('{"openapi": "3.0.0", "paths": {', content_type="application/json"),
            }
        )
        yield opened


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory, zoo: Site) -> AsyncIterator[Node]:
    async with running_node(settings_for(tmp_path_factory.mktemp("zoo"), zoo)) as opened:
        yield opened


async def crawl(client: httpx.AsyncClient, url: str) -> str:
    answer = await client.post("/api/v4/crawl", json={"url": url})
    assert answer.status_code == 202, answer.text
    job: str = answer.headers["location"]
    with anyio.fail_after(40):
        while (await client.get(job)).json()["state"] == "running":
            await anyio.sleep(0.05)
    return job


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(node, create_mcp_server(node)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


async def test_a_specification_as_the_seed_becomes_a_manual(client: httpx.AsyncClient, zoo: Site) -> None:
    url = f"{zoo.url}/api/openapi.yaml"
    job = await crawl(client, url)
    status = (await client.get(job)).json()
    assert (status["state"], status["done"], status["failed"], status["skipped"]) == ("completed", 4, 0, 0)
    document = (await client.get(f"{job}/result")).text
    titles = [line for line in document.split("\n") if line.startswith("# ")]
    assert titles[-4:] == ["# Zoo", "# keepers", "# wild animals", "# Schemas"]
    for name in ("", "tag/keepers", "tag/wild animals", "schemas"):
        assert f"Source: {url}{f'?openapi-page={quote(name)}' if name else ''} (fetched" in document
    assert "## `GET /animals` List animals {#listAnimals}" in document
    assert "`application/json`: Animal" in document
    assert "Elsewhere" not in document
    assert zoo.requests.count("/api/openapi.yaml") == 2  # discovery, then all pages together
    assert not [path for path in zoo.requests if "openapi-page" in path]
    found = await client.get(f"{job}/result", params={"query": "listAnimals"})
    assert "{#listAnimals}" in found.text.partition("{#listKeepers}")[0]


async def test_json_that_is_no_specification_is_told_as_such(client: httpx.AsyncClient, zoo: Site) -> None:
    job = await crawl(client, f"{zoo.url}/api/data.json")
    status = (await client.get(job)).json()
    assert status["reasons"]["content_type"] == 1


async def test_a_broken_specification_says_so(client: httpx.AsyncClient, zoo: Site) -> None:
    job = await crawl(client, f"{zoo.url}/api/broken.json")
    status = (await client.get(job)).json()
    assert status["reasons"]["unreadable"] == 1


async def test_a_recrawl_reads_only_what_has_changed(client: httpx.AsyncClient, zoo: Site) -> None:
    url = f"{zoo.url}/api/second.yaml"
    zoo.pages["/api/second.yaml"] = Answer(SPECIFICATION, content_type="application/yaml")
    first = await crawl(client, url)
    before = (await client.get(first)).json()
    zoo.pages["/api/second.yaml"] = Answer(
        SPECIFICATION.replace("All keepers", "All our keepers"), content_type="application/yaml"
    )
    answer = await client.post("/api/v4/crawl", json={"url": url, "force_refresh": True})
    assert answer.status_code == 202, answer.text
    job = answer.headers["location"]
    with anyio.fail_after(40):
        while (status := (await client.get(job)).json())["state"] == "running":
            await anyio.sleep(0.05)
    assert (status["done"], before["done"]) == (4, 4)
    assert "All our keepers" in (await client.get(f"{job}/result")).text


VIEWERS = {
    "swagger-ui": """<div id="swagger-ui"></div><script src="swagger-ui-bundle.js"></script>
        <script>const ui = SwaggerUIBundle({url: '../zoo/openapi', "dom_id": "#swagger-ui", "layout": "BaseLayout"})</script>""",
    "swagger-ui-dist": '<div id="swagger-ui"></div><script src="./swagger-initializer.js"></script>',
    "redoc": '<redoc spec-url="/zoo/openapi"></redoc><script src="redoc.standalone.js"></script>',
    "redoc-init": "<div id='r'></div><script>Redoc.init('/zoo/openapi', {}, document.getElementById('r'))</script>",
    "scalar": '<script id="api-reference" data-url="/zoo/openapi"></script>',
    "scalar-app": "<div id=app></div><script>Scalar.createApiReference('#app', { url: '/zoo/openapi' })</script>",
    "rapidoc": '<rapi-doc spec-url="/zoo/openapi" theme="dark"></rapi-doc>',
    "asyncapi": "<div id=a></div><script>AsyncApiStandalone.render({schema: {url: '/zoo/openapi'}}, element)</script>",
    "stoplight": '<elements-api apiDescriptionUrl="/zoo/openapi" router="hash"></elements-api>',
}


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_the_page_of_a_viewer_leads_to_its_specification(
    client: httpx.AsyncClient, zoo: Site, viewer: str
) -> None:
    zoo.pages["/zoo/openapi"] = Answer(SPECIFICATION, content_type="application/vnd.oai.openapi")
    zoo.pages["/zoo/more.yaml"] = Answer(MORE, content_type="application/yaml")
    zoo.pages[f"/{viewer}/swagger-initializer.js"] = Answer(
        'window.ui = SwaggerUIBundle({configUrl: "/zoo/config", url: "https://petstore.swagger.io/v2/swagger.json"})',
        content_type="text/javascript",
    )
    zoo.pages["/zoo/config"] = Answer(
        '{"urls": [{"url": "/zoo/openapi", "name": "Zoo"}]}', content_type="application/json"
    )
    zoo.pages[f"/{viewer}/"] = (
        f"<!DOCTYPE html><html><head><title>Zoo API</title></head><body>{VIEWERS[viewer]}</body></html>"
    )
    job = await crawl(client, f"{zoo.url}/{viewer}/")
    status = (await client.get(job)).json()
    assert (status["state"], status["done"], status["failed"]) == ("completed", 4, 0), status
    assert "## `GET /animals` List animals {#listAnimals}" in (await client.get(f"{job}/result")).text


async def test_a_specification_that_llms_txt_lists_is_read(client: httpx.AsyncClient, zoo: Site) -> None:
    zoo.pages["/manual/llms.txt"] = Answer(
        "# Zoo\n\n## API\n- [Start](/manual/start.html)\n- [openapi](/manual/api/openapi.json)\n",
        content_type="text/plain",
    )
    zoo.pages["/manual/start.html"] = page("Start")
    zoo.pages["/manual/api/openapi.json"] = Answer(
        '{"openapi": "3.0.0", "info": {"title": "Small"}, "paths": {"/x": {"get": {"operationId": "getX"}}}}',
        content_type="application/json",
    )
    job = await crawl(client, f"{zoo.url}/manual/start.html")
    document = (await client.get(f"{job}/result")).text
    assert "# Start" in document
    assert "## `GET /x` {#getX}" in document


async def test_a_page_that_shows_a_viewer_beside_its_text_is_kept(client: httpx.AsyncClient, zoo: Site) -> None:
    zoo.pages["/both/"] = page(
        "Both", '<redoc spec-url="/zoo/openapi"></redoc>' + "<p>Much more is to be said of it.</p>" * 20
    )
    zoo.pages["/zoo/openapi"] = Answer(SPECIFICATION, content_type="application/yaml")
    zoo.pages["/zoo/more.yaml"] = Answer(MORE, content_type="application/yaml")
    job = await crawl(client, f"{zoo.url}/both/")
    assert (await client.get(job)).json()["done"] == 5


LIGHTS = """
asyncapi: 3.0.0
info: {title: Lights, version: '1'}
channels: {lit: {address: light/lit, messages: {lit: {$ref: 'messages.yaml#/lit'}}}}
operations: {hearLit: {action: receive, channel: {$ref: '#/channels/lit'}}}
"""


@pytest.mark.parametrize(
    ("name", "content_type", "body", "pages", "said"),
    [
        ("asyncapi.yaml", "application/yaml", LIGHTS, 2, "## `RECEIVE light/lit` {#hearLit}"),
        (
            "schema.graphql",
            "text/plain",
            "type Query { animals: [Animal!] }\ntype Animal { name: String }",
            3,
            "{#animals}",
        ),
        ("api", "application/graphql", "type Query { animals: Int }", 2, "{#animals}"),
    ],
)
async def test_other_specifications_are_manuals_too(
    client: httpx.AsyncClient, zoo: Site, name: str, content_type: str, body: str, pages: int, said: str
) -> None:
    zoo.pages[f"/other/{name}"] = Answer(body, content_type=content_type)
    zoo.pages["/other/messages.yaml"] = Answer(
        "lit: {payload: {type: object, properties: {lumens: {type: integer}}}}", content_type="application/yaml"
    )
    job = await crawl(client, f"{zoo.url}/other/{name}")
    status = (await client.get(job)).json()
    assert (status["state"], status["done"], status["failed"], status["skipped"]) == ("completed", pages, 0, 0)
    document = (await client.get(f"{job}/result")).text
    assert said in document
    assert "lumens" in document or name != "asyncapi.yaml"


async def test_queries_of_graphql_are_no_specification(client: httpx.AsyncClient, zoo: Site) -> None:
    zoo.pages["/other/query.graphql"] = Answer("query Animals { animals { name } }", content_type="application/graphql")
    job = await crawl(client, f"{zoo.url}/other/query.graphql")
    assert (await client.get(job)).json()["reasons"] == {"content_type": 1}
