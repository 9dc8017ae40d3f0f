"""OAuth access tokens: whose they are, what is refused, and how long a key is trusted. Over a key server on loopback."""

import base64
import datetime
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.types import ASGIApp

from docspasta_mcp.model.owner_names import owner_of_former, owner_of_subject
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.checks import former_owners
from docspasta_mcp.server.oauth import OAuthTokens
from docspasta_mcp.server.wiring import Node, open_node
from docspasta_mcp.settings import Settings
from tests.fakes import Clock

BASE = "https://docs-mcp.example"


def client_of(app: ASGIApp, token: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=headers)


class Issuer:
    """An identity provider's key server on loopback."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked = 0
        self.is_failing = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                if issuer.is_failing:
                    self.send_error(503)
                    return
                jwk = RSAAlgorithm.to_jwk(issuer.key.public_key(), as_dict=True) | {
                    "kid": "k1",
                    "use": "sig",
                    "alg": "RS256",
                }
                body = json.dumps({"keys": [jwk, jwk | {"kid": "enc", "use": "enc"}]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def token(self, *, key: Any = None, algorithm: str = "RS256", kid: str = "k1", **changes: Any) -> str:
        now = datetime.datetime.now(datetime.UTC)
        claims = {"iss": self.url, "sub": "ann@corp", "aud": f"{BASE}/mcp", "exp": now + datetime.timedelta(minutes=5)}
        given = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(given, key or self.key, algorithm=algorithm, headers={"kid": kid})


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    opened = Issuer()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


async def test_an_identity_providers_token_opens_the_jobs_of_its_subject(tmp_path: Path, issuer: Issuer) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": BASE, "DOCSPASTA_OAUTH_ISSUER": issuer.url}
    async with open_node(Settings.from_env(environ)) as node:
        app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
        async with client_of(app, issuer.token()) as ann, client_of(app, issuer.token(sub="bob")) as bob:
            job_id = (await ann.post("/api/v4/crawl", json={"url": "https://docs.com/"})).json()["job_id"]
            assert (await ann.get(f"/api/v4/jobs/{job_id}")).status_code == 200
            assert (await bob.get(f"/api/v4/jobs/{job_id}")).status_code == 404
        more = {"scope": "operator", "scp": ["operator"], "roles": ["operator"], "operator": True}
        async with client_of(
            app, issuer.token(**more)
        ) as ann:  # whatever it claims, it is nobody's who runs this server
            refusals = [await ann.get(path) for path in ("/metrics", "/api/v4/queue", "/api/v4/stats")]
            assert [one.status_code for one in refusals] == [403] * 3
        async with client_of(app) as nobody:
            refused = await nobody.get("/api/v4/jobs")
            where = refused.headers["www-authenticate"].partition('resource_metadata="')[2].rstrip('"')
            metadata = (await nobody.get(where)).json()
    assert metadata["resource"] == f"{BASE}/mcp"
    assert [url.rstrip("/") for url in metadata["authorization_servers"]] == [issuer.url]


def none_signed(issuer: Issuer) -> str:
    head = base64.urlsafe_b64encode(b'{"alg": "none", "kid": "k1"}').decode().rstrip("=")
    return f"{head}.{issuer.token().split('.')[1]}."


async def test_an_identity_providers_token_must_be_right_in_everything(issuer: Issuer) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    past = int(time.time()) - 60
    tokens = OAuthTokens(issuer=issuer.url, audience=f"{BASE}/mcp", jwks_url=issuer.url)
    assert await tokens.verify_token(issuer.token()) is not None
    asked = issuer.asked
    for bad in (
        "", "x", "a.b.c", none_signed(issuer), issuer.token(key=other), issuer.token(iss="https://evil.example"), issuer.token(aud="https://other.example/mcp"),
        issuer.token(aud=None), issuer.token(exp=past), issuer.token(exp=None), issuer.token(sub=None), issuer.token(sub=""), issuer.token(sub=" "), issuer.token(sub="a\0b"), issuer.token(sub="\ud800"), issuer.token(nbf=past + 600),
        issuer.token(key="x" * 32, algorithm="HS256"), issuer.token()[:-5], issuer.token(kid="enc"), issuer.token(kid=""),
        *(issuer.token(kid=f"unknown{n}") for n in range(5)),
    ):  # fmt: skip
        assert await tokens.verify_token(bad) is None
    assert issuer.asked == asked  # unknown key ids do not make us ask each time


async def test_a_key_server_that_does_not_answer_is_not_asked_by_every_request(issuer: Issuer) -> None:
    tokens = OAuthTokens(issuer=issuer.url, audience="x", jwks_url="http://127.0.0.1:9/")
    with anyio.fail_after(5):
        for _ in range(20):
            assert await tokens.verify_token(issuer.token()) is None


async def test_a_withdrawn_key_is_trusted_an_hour_at_most_while_the_key_server_fails() -> None:
    issuer, clock = Issuer(), Clock()
    tokens = OAuthTokens(issuer=issuer.url, audience=f"{BASE}/mcp", jwks_url=issuer.url, clock=clock)
    token = issuer.token()
    assert await tokens.verify_token(token) is not None
    issuer.is_failing = True
    for _ in range(119):
        clock.advance(30)
        assert await tokens.verify_token(token) is not None, "a failure of the key server alone locks nobody out"
    clock.advance(30)
    for _ in range(3):
        assert await tokens.verify_token(token) is None
        clock.advance(3_600)
    issuer.is_failing = False
    assert await tokens.verify_token(token) is not None
    issuer.server.shutdown()
    issuer.server.server_close()


@pytest.fixture
async def node(tmp_path: Path, issuer: Issuer) -> AsyncIterator[Node]:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": BASE, "DOCSPASTA_OAUTH_ISSUER": issuer.url}
    async with open_node(Settings.from_env(environ)) as opened:
        yield opened


@pytest.mark.parametrize("common", [121, 122, 128, 4_000])
async def test_subjects_that_begin_alike_are_different_owners(node: Node, issuer: Issuer, common: int) -> None:
    app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
    mine, theirs = (issuer.token(sub="s" * common + end) for end in "ab")
    async with client_of(app, mine) as ann, client_of(app, theirs) as bob:
        job_id = (await ann.post("/api/v4/crawl", json={"url": "https://docs.com/"})).json()["job_id"]
        assert (await bob.get("/api/v4/jobs")).json()["jobs"] == []
        assert (await bob.get(f"/api/v4/jobs/{job_id}")).status_code == 404
        assert (await bob.delete(f"/api/v4/jobs/{job_id}/result")).status_code == 404
        assert (await ann.get(f"/api/v4/jobs/{job_id}")).status_code == 200


def test_the_same_subject_of_two_issuers_is_two_owners() -> None:
    names = {
        owner_of_subject(issuer, "ann") for issuer in ("https://a.example", "https://b.example", "https://a.example/")
    }
    assert len(names) == 3
    assert all(len(owner_of_subject("https://a.example", "s" * size)) <= 128 for size in range(1, 300))


def test_a_name_that_was_cut_or_empty_is_nobodys() -> None:
    assert owner_of_former("oauth:ann", "https://a.example") == owner_of_subject("https://a.example", "ann")
    for name in ("oauth:", "oauth: ", "oauth:" + "s" * 122, "ann", "local"):
        assert owner_of_former(name, "https://a.example") is None


async def test_former_owners_keep_their_jobs_and_doctor_names_the_ambiguous(tmp_path: Path, issuer: Issuer) -> None:
    cut = "oauth:" + "s" * 122
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": BASE}
    async with open_node(Settings.from_env(environ)) as node:
        started = [await node.jobs_of(name).start("https://docs.com/") for name in ("oauth:ann@corp", cut)]
    settings = Settings.from_env(environ | {"DOCSPASTA_OAUTH_ISSUER": issuer.url})
    async with open_node(settings) as node:
        app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
        async with client_of(app, issuer.token()) as ann, client_of(app, issuer.token(sub="s" * 122)) as somebody:
            assert (await ann.get(f"/api/v4/jobs/{started[0].job_id}")).status_code == 200
            assert (await somebody.get(f"/api/v4/jobs/{started[1].job_id}")).status_code == 404
        found = await former_owners(node)
    assert [(one.name, cut in one.says, one.is_good) for one in found] == [("owners", True, False)]


async def test_a_key_that_the_issuer_has_withdrawn_is_trusted_for_an_hour_at_most() -> None:
    issuer, clock = Issuer(), Clock()
    try:
        tokens = OAuthTokens(issuer=issuer.url, audience=f"{BASE}/mcp", jwks_url=issuer.url, clock=clock)
        stolen = issuer.token()
        assert await tokens.verify_token(stolen) is not None
        issuer.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        clock.advance(3_600)
        assert await tokens.verify_token(stolen) is None
        assert await tokens.verify_token(issuer.token()) is not None
    finally:
        issuer.server.shutdown()
        issuer.server.server_close()


@pytest.mark.parametrize("path", ["/", "/ui", "/ui/sign-in", "/ui/static/style.css", "/ui/operating"])
async def test_there_is_no_page_for_people_beside_an_issuer(tmp_path: Path, path: str) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "BASE_URL": BASE}
    for issuer_settings, status in (({"DOCSPASTA_OAUTH_ISSUER": "https://issuer.example"}, {401}), ({}, {200, 303})):
        async with open_node(Settings.from_env(environ | issuer_settings)) as node:
            app = create_app(node, create_mcp_server(node), verifier=owner_tokens(node))
            async with client_of(app) as browser:
                answer = await browser.get(path, headers={"Accept": "text/html"})
                assert answer.status_code in status
                assert ("docspasta_" in answer.headers.get("set-cookie", "")) is False
