"""Who gets in: access tokens, sessions, the same origin, CSRF. Over the real app."""

import contextlib
import html
import json
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import httpx
import jwt
import pytest
from playwright.async_api import expect
from starlette.types import ASGIApp

from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.http import serve_page
from docspasta_mcp.server.ui.visitor import session_key
from docspasta_mcp.server.wiring import Node, open_node
from docspasta_mcp.settings import Settings
from tests.conftest import settings_for
from tests.server.ui.conftest import Opened, serving

BASE = "http://localhost:8787"
HTML = {"Accept": "text/html"}


@pytest.fixture
async def quiet_node(tmp_path: Path) -> AsyncIterator[Node]:
    async with open_node(settings_for(tmp_path)) as node:
        yield node


@pytest.fixture
def guarded(quiet_node: Node) -> ASGIApp:
    return create_app(quiet_node, create_mcp_server(quiet_node), verifier=owner_tokens(quiet_node))


def client_of(app: ASGIApp, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=HTML | headers)


@contextlib.asynccontextmanager
async def signed_in(app: ASGIApp, token: str) -> AsyncGenerator[httpx.AsyncClient]:
    async with client_of(app, Origin=BASE) as client:
        form = {"token": token, "csrf": csrf_of(await client.get("/ui/sign-in"))}
        answer = await client.post("/ui/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        yield client


def csrf_of(answer: httpx.Response) -> str:
    match = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)
    assert match, answer.text
    return match[1]


async def test_browsers_get_the_page_and_programs_the_doors(quiet_node: Node) -> None:
    app = create_app(quiet_node, create_mcp_server(quiet_node))
    async with client_of(app) as browser:
        page = await browser.get("/")
        assert "<!doctype html>" in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?! src)|<style| style=| on[a-z]+=", page.text)
        assert (await browser.get("/", headers={"Accept": "*/*"})).json()["mcp"] == "/mcp"
        for path, status in (("/ui/nosuch", 404), ("/ui/jobs/nosuch", 404), ("/ui/static/../app.py", 404)):
            assert (await browser.get(path)).status_code == status
        style = re.search(r'href="(/ui/static/style.css[^"]*)"', page.text)
        assert style
        assert "immutable" in (await browser.get(style[1])).headers["cache-control"]


async def test_without_a_session_every_page_leads_to_signing_in(guarded: ASGIApp) -> None:
    async with client_of(guarded, Origin=BASE) as nobody:
        for path in ("/", "/ui", "/ui/jobs/x", "/ui/jobs/x/download/document.md", "/ui/nosuch"):
            answer = await nobody.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/ui/sign-in?next=")
        for path in ("/ui/crawl", "/ui/jobs/x/delete", "/ui/preview"):
            assert (await nobody.post(path)).headers["location"] == "/ui/sign-in"
        fragment = await nobody.get("/ui/jobs/x/card", headers={"HX-Request": "true"})
        assert fragment.headers["hx-redirect"] == "/ui/sign-in"
        for forged in ("x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJncmFudCI6IiIsInN1YiI6ImxvY2FsIn0."):
            answer = await nobody.get("/", headers={"Cookie": f"docspasta_8787={forged}"})
            assert answer.status_code == 303


async def test_a_token_opens_a_session_until_it_is_revoked(quiet_node: Node, guarded: ASGIApp) -> None:
    access_token, token = await quiet_node.store.access.create("ann", days=1)
    async with signed_in(guarded, token) as ann:
        cookie = next(iter(ann.cookies.jar))
        assert (cookie.name, cookie.path) == ("docspasta_8787", "/")
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert str(cookie.get_nonstandard_attr("SameSite")).lower() == "strict"
        assert token not in (cookie.value or "")
        assert (await ann.get("/")).status_code == 200
        await quiet_node.store.access.revoke(access_token.id)
        assert (await ann.get("/")).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "docspasta_nosuch", "docspasta_" + "x" * 9_000, "é"])
async def test_a_wrong_token_is_refused_with_what_to_do(guarded: ASGIApp, token: str) -> None:
    async with client_of(guarded, Origin=BASE) as nobody:
        csrf = csrf_of(await nobody.get("/ui/sign-in"))
        answer = await nobody.post("/ui/sign-in", data={"token": token, "csrf": csrf})
        assert answer.status_code == 401
        assert "docspasta-mcp token create NAME" in answer.text
        assert "set-cookie" not in answer.headers


async def test_tries_to_sign_in_are_counted(guarded: ASGIApp) -> None:
    async with client_of(guarded, Origin=BASE) as nobody:
        csrf = csrf_of(await nobody.get("/ui/sign-in"))
        answers = [await nobody.post("/ui/sign-in", data={"token": "x", "csrf": csrf}) for _ in range(25)]
        assert answers[-1].status_code == 429
        assert "Too many tries. Wait" in answers[-1].text


@pytest.mark.parametrize(
    ("following", "path"),
    [("/ui/jobs/x", "/ui/jobs/x"), ("//evil.example", "/"), ("https://evil.example/", "/"), ("/\\evil.example", "/"),
     ("javascript:alert(1)", "/"), ("/api/v4/jobs", "/"), ("/ui/\r\nSet-Cookie: a=b", "/")],
)  # fmt: skip
async def test_signing_in_leads_nowhere_else(quiet_node: Node, guarded: ASGIApp, following: str, path: str) -> None:
    _, token = await quiet_node.store.access.create("ann", days=1)
    async with client_of(guarded, Origin=BASE) as nobody:
        csrf = csrf_of(await nobody.get("/ui/sign-in"))
        answer = await nobody.post("/ui/sign-in", data={"token": token, "csrf": csrf, "next": following})
        assert answer.headers["location"] == path


@pytest.mark.parametrize(
    ("headers", "keeps_csrf"),
    [
        ({"Origin": "http://localhost:9999"}, True),  # another program's page on this machine
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, True),
        ({"Origin": "", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": BASE}, False),
    ],
)
@pytest.mark.parametrize("with_token", [True, False])
async def test_nothing_changes_from_elsewhere_or_without_the_session_s_token(
    quiet_node: Node, headers: dict[str, str], keeps_csrf: bool, with_token: bool
) -> None:
    verifier = owner_tokens(quiet_node) if with_token else None
    app = create_app(quiet_node, create_mcp_server(quiet_node), verifier=verifier)
    _, token = await quiet_node.store.access.create("ann", days=1)
    opening = signed_in(app, token) if with_token else client_of(app)
    owner = "ann" if with_token else "local"
    started = await quiet_node.jobs_of(owner).start("https://docs.com/")
    async with opening as client:
        csrf = csrf_of(await client.get("/"))
        client.headers.pop("Origin", None)
        given = {name: value for name, value in headers.items() if value}
        for path in (f"/ui/jobs/{started.job_id}/delete", f"/ui/jobs/{started.job_id}/cancel", "/ui/crawl"):
            data = {"csrf": csrf if keeps_csrf else "0" * 64, "url": "https://docs.com/"}
            assert (await client.post(path, data=data, headers=given)).status_code == 403
        assert (await quiet_node.jobs_of(owner).status(started.job_id)).state == "running"
        own = {"csrf": csrf}
        done = await client.post(f"/ui/jobs/{started.job_id}/delete", data=own, headers={"Origin": BASE})
        assert done.status_code == 303


async def test_two_owners_do_not_see_each_other(quiet_node: Node, guarded: ASGIApp) -> None:
    tokens = {name: (await quiet_node.store.access.create(name, days=1))[1] for name in ("ann", "bob")}
    started = await quiet_node.jobs_of("ann").start("https://docs.com/")
    async with signed_in(guarded, tokens["ann"]) as ann, signed_in(guarded, tokens["bob"]) as bob:
        assert started.job_id in (await ann.get("/")).text
        assert (await ann.get(f"/ui/jobs/{started.job_id}/card")).status_code == 200
        assert started.job_id not in (await bob.get("/")).text
        for path in (
            "",
            "/card",
            "/coverage",
            "/contents",
            "/search",
            "/downloads",
            "/download/document.md",
            "/delete",
        ):
            theirs = await bob.get(f"/ui/jobs/{started.job_id}{path}")
            unknown = await bob.get(f"/ui/jobs/{'0' * 16}{path}")
            assert theirs.status_code == unknown.status_code == 404
            assert theirs.text.replace(started.job_id, "0" * 16) == unknown.text
        csrf = csrf_of(await bob.get("/"))
        for path in ("cancel", "delete", "again"):
            answer = await bob.post(f"/ui/jobs/{started.job_id}/{path}", data={"csrf": csrf})
            assert answer.status_code == 404
        csrf_of_ann = csrf_of(await ann.get("/"))
        assert csrf_of_ann != csrf


async def test_a_person_signs_in_and_out(open_page: Opened, quiet_node: Node) -> None:
    _, token = await quiet_node.store.access.create("ann", days=1)
    async with serving(quiet_node, owner_tokens(quiet_node)) as base:
        page = await open_page(base, expects=(401,))
        await page.get_by_label("Access token").fill("docspasta_wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("not an access token of this server")
        await page.get_by_label("Access token").fill(token)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Library")).to_be_visible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.goto("/")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("public", ["", "https://docs.example.org"])
async def test_the_page_of_the_command_ui_shows_no_address_that_is_not_served(tmp_path: Path, public: str) -> None:
    settings = settings_for(tmp_path).model_copy(update={"base_url": public or None})
    async with open_node(settings) as node:
        started = await node.jobs.start("https://docs.com/")
        await node.jobs.cancel(started.job_id)
        found: list[str] = []

        async def look(link: str) -> None:
            async with httpx.AsyncClient(headers=HTML, follow_redirects=True, trust_env=False) as client:
                await client.get(link)
                base = link.partition("/ui/")[0]
                found.append((await client.get(f"{base}/ui/jobs/{started.job_id}/downloads")).text)
                assert (await client.post(f"{base}/mcp", json={})).status_code >= 400

        async with anyio.create_task_group() as tasks:
            shown = anyio.Event()
            links: list[str] = []

            def show(link: str) -> None:
                links.append(link)
                anyio.from_thread.run_sync(shown.set)

            tasks.start_soon(partial(serve_page, settings, port=0, show=show, environ={}))
            with anyio.fail_after(30):
                await shown.wait()
                await look(links[0])
            tasks.cancel_scope.cancel()
    (config,) = re.findall(r'<pre id="config"[^>]*>(.*?)</pre>', found[0], re.DOTALL)
    entry = json.loads(html.unescape(config))["mcpServers"]["docspasta"]
    if public:
        assert entry["url"] == "https://docs.example.org/mcp"
    else:
        assert entry["command"].endswith("docspasta-mcp") or "python" in entry["command"]
        assert entry["env"] == {"DOCSPASTA_DATA_DIR": str(tmp_path)}
        assert not re.search(r"https?://\S+/mcp(?!\.json)", html.unescape(found[0]))


async def test_a_proxy_may_send_another_host(tmp_path: Path) -> None:
    public = "https://docs.example.org"
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": "https://Docs.example.org:443/"}
    async with open_node(Settings.from_env(environ)) as node:
        app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
        _, token = await node.store.access.create("ann", days=1)
        started = await node.jobs_of("ann").start("https://docs.com/")
        await node.jobs_of("ann").cancel(started.job_id)
        async with client_of(app, Origin=public, Host="127.0.0.1:8787") as behind:
            behind.base_url = public
            form = {"token": token, "csrf": csrf_of(await behind.get("/ui/sign-in"))}
            assert (await behind.post("/ui/sign-in", data=form)).status_code == 303
            downloads = await behind.get(f"/ui/jobs/{started.job_id}/downloads")
            assert "https://Docs.example.org:443/mcp" in downloads.text
            assert "127.0.0.1" not in downloads.text
            form = {"csrf": csrf_of(downloads)}
            for foreign in ("http://docs.example.org", "https://docs.example.org:8443", "http://localhost:9999"):
                refused = await behind.post("/ui/sign-out", data=form, headers={"Origin": foreign})
                assert refused.status_code == 403
            assert (await behind.post("/ui/sign-out", data=form)).status_code == 303


async def test_forms_have_a_limit(quiet_node: Node) -> None:
    app = create_app(quiet_node, create_mcp_server(quiet_node))
    async with client_of(app, Origin=BASE) as client:
        csrf: dict[str, Any] = {"csrf": csrf_of(await client.get("/"))}
        answer = await client.post("/ui/crawl", data=csrf | {"url": "x" * 1_000_001})
        assert answer.status_code == 413
        many = await client.post("/ui/crawl", data=csrf | {str(number): "x" for number in range(300)})
        assert many.status_code == 403
        wrong = await client.post("/ui/crawl", data=csrf | {"url": "https://docs.com/", "max_pages": "many"})
        assert wrong.status_code == 400
        assert "give a whole number, or leave it empty" in wrong.text


async def test_a_session_that_has_expired_leads_to_signing_in_and_back(open_page: Opened, quiet_node: Node) -> None:
    access_token, token = await quiet_node.store.access.create("ann", days=1)
    started = await quiet_node.jobs_of("ann").start("https://docs.com/")  # it moves: its card asks again and again
    key = session_key(quiet_node.engine.receiver.current_key)
    claims = {"sub": "ann", "grant": access_token.id, "op": False, "jti": "x"}
    async with serving(quiet_node, owner_tokens(quiet_node)) as base:
        page = await open_page(base)
        await page.get_by_label("Access token").fill(token)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator(f"#job-{started.job_id}")).to_be_visible()
        cookie = next(one for one in await page.context.cookies() if one.get("name", "").startswith("docspasta_"))
        expired = jwt.encode({**claims, "exp": int(time.time()) - 1}, key, "HS256")
        await page.context.add_cookies([{"name": cookie.get("name", ""), "value": expired, "url": base}])
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()  # nobody pressed anything
        await page.goto(f"/ui/jobs/{started.job_id}/coverage")
        await page.get_by_label("Access token").fill(token)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(re.compile(f"/ui/jobs/{started.job_id}/coverage$"))


async def test_two_people_at_two_browsers_see_their_own(open_page: Opened, quiet_node: Node) -> None:
    jobs = {name: await quiet_node.jobs_of(name).start(f"https://{name}.com/") for name in ("ann", "bob")}
    async with serving(quiet_node, owner_tokens(quiet_node)) as base:
        for name, other in (("ann", "bob"), ("bob", "ann")):
            _, token = await quiet_node.store.access.create(name, days=1)
            page = await open_page(base, expects=(404,))
            await page.get_by_label("Access token").fill(token)
            await page.get_by_role("button", name="Sign in").click()
            await expect(page.locator(".card")).to_have_count(1)
            await expect(page.locator(f"#job-{jobs[name].job_id}")).to_be_visible()
            await page.goto(f"/ui/jobs/{jobs[other].job_id}")
            await expect(page.get_by_role("alert")).to_contain_text("There is no such manual here")
