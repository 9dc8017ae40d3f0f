import re
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import openapi_spec_validator
import pytest

from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.wiring import Node
from tests.sites import Answer, Site, page


@pytest.fixture
async def client(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(node, create_mcp_server(node))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8787") as opened:
        yield opened


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({}, "invalid_request", "url is missing. Send JSON like"),
        ({"url": 5}, "invalid_request", "url must be a valid string"),
        ({"url": "ftp://x/"}, "invalid_url", "not an http:// or https:// URL"),
        ({"url": "https://user@x.example/"}, "invalid_url", "user name"),
        ({"url": "https://d.example/", "max_pages": 0}, "invalid_request", "max_pages is 0; it must be at least 1."),
        ({"url": "https://d.example/", "max_pages": 10_001}, "invalid_request", "max_pages is 10001"),
        ({"url": "https://d.example/", "max_depth": -1}, "invalid_request", "max_depth is -1; it must be at least 0."),
        (
            {"url": "https://d.example/", "owner": "me"},
            "invalid_request",
            "The body has no field 'owner'; it takes url, ",
        ),
        (
            {"url": "https://d.example/", "max_page": 5},
            "invalid_request",
            "no field 'max_page'; did you mean max_pages?",
        ),
        ({"url": "https://d.example/", "max_pages": "5"}, "invalid_request", "max_pages must be a valid integer."),
        (
            {"url": "https://d.example/", "delay_seconds": 61},
            "invalid_request",
            "delay_seconds is 61.0; it must be at most",
        ),
        ({"url": "https://d.example/", "quality_threshold": 101}, "invalid_request", "quality_threshold is 101"),
        (
            {"url": "https://d.example/", "include_hosts": ["a b"]},
            "invalid_request",
            "give hosts, as in api.example.com",
        ),
        ({"url": "https://d.example/", "include_hosts": ["10.0.0.7"]}, "invalid_url", "not a public web address"),
        ({"url": "https://d.example/", "include_hosts": ["a.example"] * 21}, "invalid_request", "give at most 20"),
        ({"url": "https://d.example/", "include": [""]}, "invalid_request", "include is ''; it must have at least 1"),
    ],
)
async def test_a_request_that_makes_no_sense_says_what_to_do(
    client: httpx.AsyncClient, body: dict[str, Any], code: str, words: str
) -> None:
    answer = await client.post("/api/v4/crawl", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert words in answer.json()["error"]["message"]
    assert "Input should" not in answer.json()["error"]["message"]


async def test_a_crawl_must_be_asked_for_in_json(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/v4/crawl", content='{"url": "https://d.example/"}', headers={"Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")
    broken = await client.post("/api/v4/crawl", content="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400
    assert broken.json()["error"]["message"].startswith("the body is not JSON: ")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v4/jobs/nosuch"), ("GET", "/api/v4/jobs/nosuch/result"), ("DELETE", "/api/v4/jobs/nosuch"),
     ("GET", "/api/v4/jobs/nosuch/result?format=json"), ("GET", "/api/v4/jobs/nosuch/result?format=map")],
)  # fmt: skip
async def test_an_unknown_job_is_a_404_with_its_code(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "job_not_found")
    assert "start_crawl" not in answer.json()["error"]["message"]


async def test_unknown_paths_methods_and_formats_are_told(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v4/nosuch")).json()["error"]["code"] == "not_found"
    for method, path, allowed in (("GET", "/api/v4/crawl", "POST"), ("POST", "/api/v4/jobs", "DELETE, GET")):
        answer = await client.request(method, path)
        assert (answer.json()["error"]["code"], answer.headers["allow"]) == ("method_not_allowed", allowed)
        assert f"It takes {allowed.replace(', ', ' and ')};" in answer.json()["error"]["message"]
    answer = await client.get("/api/v4/jobs/nosuch/result?format=pdf")
    assert "give markdown, map, coverage or json" in answer.json()["error"]["message"]
    for query, words in (
        ("q=1", "A result has no parameter 'q'; did you mean query?"),
        ("pages=1", "A result has no parameter 'pages'; did you mean page?"),
        ("format=json&query=x", "JSON comes whole: give pages, query, since, at and cursor without that format."),
        ("format=coverage&page=1", "The coverage report comes whole"),
        ("format=map&at=1", "The map has no place to read on from"),
        ("at=1&cursor=x", "Give cursor without at"),
        ("query=x&max_tokens=-5", "max_tokens is -5; give 500 to 20000."),
        ("query=x&format=xml", "format is 'xml'; give markdown, map, coverage or json."),
        ("at=1&format=xml", "format is 'xml'"),
        ("format=map&max_tokens=500", "max_tokens is for a query's answer"),
        ("max_tokens=500", "max_tokens is for a query's answer: give a query too"),
    ):
        answer = await client.get(f"/api/v4/jobs/nosuch/result?{query}")
        assert answer.status_code == 400
        assert words in answer.json()["error"]["message"]
    for method, path, words in (
        ("GET", "/api/v4/jobs?limit=5", "This call has no parameter 'limit'; it takes none."),
        ("POST", "/api/v4/crawl?dry_run=true", "This call has no parameter 'dry_run'"),
        ("GET", "/api/v4/stats?day=5", "did you mean days?"),
        ("GET", "/api/v4/search?query=x&max_tokens=0", "max_tokens is 0; give 500 to 20000."),
        ("DELETE", "/api/v4/schedules/x?confirm=all", "This call has no parameter 'confirm'"),
    ):
        answer = await client.request(method, path, json={"url": "https://d.example/"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
        assert words in answer.json()["error"]["message"]


async def test_the_next_part_of_an_answer_is_named_without_a_host_that_a_proxy_may_have_set(
    client: httpx.AsyncClient, manual_site: Site
) -> None:
    nav = ("/long/", *(f"/long/{number}" for number in range(9)))
    manual_site.pages |= {path: page(path, f"<p>Install {path}: {'words of it ' * 90}</p>", links=nav) for path in nav}
    started = (await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/long/"})).json()
    path = f"/api/v4/jobs/{started['job_id']}"
    with anyio.fail_after(60):
        while (await client.get(path)).json()["state"] == "running":
            await anyio.sleep(0.1)
    found = await client.get(f"{path}/result", params={"query": "install", "max_tokens": 500})
    following = found.links["next"]["url"]
    assert following.startswith(f"{path}/result?query=install&max_tokens=500&cursor=")
    assert (await client.get(following)).status_code == 200
    question = following.partition("cursor=")[2].partition("-")[0]
    for beyond in ("q3.2", "q600.500"):  # as of an answer that had more
        cursor = f"{question}-{beyond}"
        assert (await client.get(f"{path}/result", params={"query": "install", "cursor": cursor})).status_code == 200


async def test_an_answer_from_a_heading_on_is_followed_to_the_document_s_end_by_its_links(
    client: httpx.AsyncClient, manual_site: Site
) -> None:
    marks = [f"mark-{number}-{part}." for number in range(3) for part in range(120)]
    for number, path in enumerate(nav := ("/parts/", "/parts/1", "/parts/2")):
        text = "".join(f"<p>Turn {mark} {'words of it ' * 5}</p>" for mark in marks[number * 120 : number * 120 + 120])
        manual_site.pages[path] = page(f"Part {number}", f"<h2>Fixing it</h2>{text}", links=nav)
    started = (await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/parts/"})).json()
    path = f"/api/v4/jobs/{started['job_id']}"
    with anyio.fail_after(60):
        while (await client.get(path)).json()["state"] == "running":
            await anyio.sleep(0.1)
    answer = await client.get(f"{path}/result", params={"at": "2#fixing-it", "max_tokens": 2000})
    texts = [answer.text]
    while "next" in answer.links:
        assert answer.links["next"]["url"].startswith(f"{path}/result?max_tokens=2000&cursor=")
        answer = await client.get(answer.links["next"]["url"])
        assert answer.status_code == 200, answer.text
        texts.append(answer.text)
    whole = (await client.get(f"{path}/result")).text
    assert len(texts) > 3
    assert re.findall(r"mark-\S+", "".join(texts)) == re.findall(r"mark-\S+", whole)[120:] == marks[120:]
    for cursor in ("1", f"{started['job_id'][:6]}-q3"):
        refused = await client.get(f"{path}/result", params={"cursor": cursor})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_cursor")
        assert "Use the one in the header Link of the answer before, with its query" in refused.text


async def test_answers_say_what_to_do_next_by_calls_of_this_api(client: httpx.AsyncClient, manual_site: Site) -> None:
    nav = ("/next/", *(f"/next/{number}" for number in range(4)))
    manual_site.pages |= {
        path: page(
            path, f"<h2>Fixing it</h2><p>{'Fix the sprocket so. ' * 40}</p>{'<p>More of it.</p>' * 90}", links=nav
        )
        for path in nav
    }
    started = (await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/next/"})).json()
    job = f"/api/v4/jobs/{started['job_id']}"
    assert started["next_step"] == f'GET {job} until state is no longer "running".'
    with anyio.fail_after(60):
        while (status := (await client.get(job)).json())["state"] == "running":
            await anyio.sleep(0.1)
    assert status["next_step"].startswith(f"GET {job}/result?query=…")
    small = (await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/next/", "max_pages": 1})).json()
    found = await client.get(f"{job}/result", params={"query": "sprocket", "max_tokens": 500})
    listed = await client.get("/api/v4/docs")
    searched = await client.get("/api/v4/search", params={"query": "sprocket", "max_tokens": 500})
    said = [started["next_step"], status["next_step"], small["next_step"], found.text, listed.text, searched.text]
    for wrong in ("/api/v4/jobs/nosuch", f"{job}/result?query=x&cursor=x", "/api/v4/search?query=x&cursor=x",
                  f"{job}/result?query=nowhere", "/api/v4/docs?query=nowhere"):  # fmt: skip
        said.append((await client.get(wrong)).text)
    for tool in ("start_crawl", "get_status", "get_result", "list_docs", "search_docs"):
        assert tool not in "".join(said)
    (named,) = re.findall(r"GET (/api/v4/jobs/\S+page=\S+)", small["next_step"])
    continued = [re.findall(r"\[continues: GET (\S+)\]", text) for text in (found.text, searched.json()["text"])]
    for path in (named, continued[0][0], continued[1][0]):
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
    assert "More of it." in answer.text


async def test_a_job_without_pages_has_no_result(client: httpx.AsyncClient, manual_site: Site) -> None:
    started = await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/no/where/", "max_pages": 1})
    path = f"/api/v4/jobs/{started.json()['job_id']}"
    answer = await client.get(f"{path}/result")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "result_not_ready")
    assert "get_status" not in answer.json()["error"]["message"]
    await client.delete(path)


async def test_calls_say_what_they_do_and_the_old_ones_name_their_successors(
    client: httpx.AsyncClient, manual_site: Site
) -> None:
    started = await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/no/where/", "max_pages": 1})
    path = f"/api/v4/jobs/{started.json()['job_id']}"
    old = await client.delete(path)
    assert old.headers["Deprecation"].startswith("@")
    assert old.headers["Link"] == f'<{path}/cancel>; rel="successor-version"'
    new = await client.post(f"{path}/cancel")
    assert (new.status_code, new.json()) == (200, old.json())
    assert "Deprecation" not in new.headers
    refused = await client.delete("/api/v4/jobs")
    assert refused.status_code == 400
    assert "?confirm=all" in refused.json()["error"]["message"]
    assert (await client.post(f"{path}/delete")).json() == {"deleted": 1}
    assert (await client.delete(f"{path}/result")).status_code == 404
    assert (await client.delete("/api/v4/jobs?confirm=all")).status_code == 200
    assert (await client.get("/api/v4/jobs")).json() == {"jobs": []}


async def test_the_api_describes_itself(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    openapi_spec_validator.validate(document)
    calls = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert ("POST", "/api/v4/jobs/{id}/cancel") in calls
    assert document["paths"]["/api/v4/jobs/{id}"]["delete"]["deprecated"]
    body = document["paths"]["/api/v4/crawl"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/CrawlRequest"}
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    for path, methods in document["paths"].items():  # every described call is one of the server's
        for method in methods:
            answer = await client.request(method, path.replace("{id}", "nosuch"), json={})
            assert answer.json()["error"]["code"] != "not_found" if answer.status_code == 404 else True, (method, path)
            assert answer.status_code != 405


async def test_the_root_names_the_doors(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/")).json()
    assert (answer["mcp"], answer["api"], answer["openapi"]) == ("/mcp", "/api/v4", "/openapi.json")


async def test_a_request_under_a_foreign_name_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v4/jobs", headers={"Host": "evil.example"})).status_code == 400


async def test_the_queue_shows_its_figures(client: httpx.AsyncClient) -> None:
    with anyio.fail_after(30):
        while (answer := await client.get("/api/v4/queue")).status_code == 503:  # until the node is the hub
            assert "Another process takes over" in answer.json()["error"]["message"]
            await anyio.sleep(0.01)
    assert answer.status_code == 200
    assert {"isPaused", "depth", "inFlight", "deadLetters", "flowControl", "queues"} <= set(answer.json())


async def test_a_page_that_failed_is_tried_again(client: httpx.AsyncClient, node: Node, manual_site: Site) -> None:
    manual_site.pages |= {
        "/retried/": page("Retried", links=("/retried/", "/retried/one")),
        "/retried/one": Answer("Forbidden", status=403),
    }
    url = f"{manual_site.url}/retried/"
    started = (await client.post("/api/v4/crawl", json={"url": url, "scope": "prefix"})).json()
    path = f"/api/v4/jobs/{started['job_id']}"
    with anyio.fail_after(60):
        while (found := (await client.get(path)).json())["state"] == "running":
            await anyio.sleep(0.1)
    assert (found["state"], found["failed"]) == ("partial", 1)
    manual_site.pages["/retried/one"] = page("One")
    refused = await client.post(f"{path}/retry", params={"page": "x"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        400, "A retry has no parameter 'page'; it takes url.",
    )  # fmt: skip
    unknown = await client.post(f"{path}/retry", params={"url": f"{url}two"})
    assert (unknown.status_code, "its coverage lists them" in unknown.text) == (400, True)
    again = await client.post(f"{path}/retry", params={"url": f"{url}one"})
    assert again.status_code == 202
    with anyio.fail_after(60):
        while (found := (await client.get(path)).json())["state"] == "running":
            await anyio.sleep(0.1)
    assert (found["state"], found["done"], found["failed"]) == ("completed", 2, 0)


@pytest.mark.parametrize("wanted", ["markdown", "map", "coverage", "json"])
async def test_a_document_that_is_known_costs_a_line_in_every_format(
    client: httpx.AsyncClient, manual_site: Site, wanted: str
) -> None:
    started = (await client.post("/api/v4/crawl", json={"url": f"{manual_site.url}/docs/", "max_pages": 3})).json()
    path = f"/api/v4/jobs/{started['job_id']}"
    with anyio.fail_after(60):
        while (status := (await client.get(path)).json())["state"] == "running":
            await anyio.sleep(0.1)
    answer = await client.get(f"{path}/result", params={"format": wanted, "if_not_hash": status["corpus_hash"]})
    assert answer.text == f"unchanged: corpus {status['corpus_hash']}\n"
