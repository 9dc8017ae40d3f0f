"""What the operator sets for single sites: sent there, for the owners that it names, and nowhere else."""

import base64
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from docspasta_mcp.cli.config import masked
from docspasta_mcp.discovery.robots import Robots
from docspasta_mcp.errors import AddressBlocked, ConfigError, PageRefused, PageUnreachable
from docspasta_mcp.fetch.cookies import CookieJar
from docspasta_mcp.fetch.fetcher import Fetcher
from docspasta_mcp.fetch.politeness import Politeness
from docspasta_mcp.fetch.sites import SiteBook
from docspasta_mcp.runtime.fair_slots import work_of
from docspasta_mcp.settings import Settings
from docspasta_mcp.settings.sites import Sites
from tests.sites import Answer, Site

SECRETS = {"DOCS_TOKEN": "tok-canary", "DOCS_PASSWORD": "pass-canary"}
ALLOWED = ("127.0.0.0/8",)


@pytest.fixture
def other_site() -> Iterator[Site]:
    with Site() as served:
        yield served


def settings_of(folder: Path, text: str, **environ: str) -> Settings:
    (folder / "docspasta.toml").write_text(text)
    return Settings.from_env({"DOCSPASTA_DATA_DIR": str(folder), **SECRETS, **environ})


def fetcher_of(settings: Settings) -> Fetcher:
    book = SiteBook(Sites.of_tables(settings.sites), settings.proxy)
    return Fetcher(timeout_s=5, max_bytes=100_000, sites=book)


@pytest.fixture
async def signed_in(tmp_path: Path, site: Site) -> AsyncIterator[Fetcher]:
    opened = fetcher_of(
        settings_of(
            tmp_path,
            f"""[sites."127.0.0.1:{site.port}"]
            user_agent = "corp-bot"
            headers = {{ X-Token = "Bearer ${{DOCS_TOKEN}}" }}
            cookies = {{ session = "abc" }}
            basic_auth = "ann:${{DOCS_PASSWORD}}"
            owners = ["local", "ann"]
            concurrency = 1
            delay_seconds = 3
            robots = false""",
        )
    )
    yield opened
    await opened.aclose()


async def sent(fetcher: Fetcher, site: Site, path: str, owner: str) -> dict[str, str]:
    with work_of(owner):
        await fetcher.fetch(site.url + path, allow_private=ALLOWED)
    return dict(site.headers[-1])


async def test_credentials_are_sent_for_the_owners_that_the_site_names(signed_in: Fetcher, site: Site) -> None:
    site.pages["/"] = "here"
    mine, hers = await sent(signed_in, site, "/", "local"), await sent(signed_in, site, "/", "ann")
    others = [await sent(signed_in, site, "/", owner) for owner in ("bob", "")]

    assert mine["x-token"] == "Bearer tok-canary"
    assert mine["authorization"] == f"Basic {base64.b64encode(b'ann:pass-canary').decode()}"
    assert (mine["cookie"], mine["user-agent"]) == ("session=abc", "corp-bot")
    assert hers == mine
    for other in others:
        assert not {"x-token", "authorization", "cookie"} & other.keys()
        assert other["user-agent"] == "corp-bot"


async def test_credentials_do_not_go_along_a_redirect(signed_in: Fetcher, site: Site, other_site: Site) -> None:
    site.pages["/out"] = Answer(status=302, headers={"Location": f"{other_site.url}/"})
    other_site.pages["/"] = "there"
    other_site.pages["/in"] = Answer(status=302, headers={"Location": f"http://127.0.0.1:{site.port}/"})
    site.pages["/"] = "here"
    with work_of("local"):
        await signed_in.fetch(f"{site.url}/out", allow_private=ALLOWED)
        assert "authorization" not in other_site.headers[-1]
        host = other_site.url.replace("127.0.0.1", "localhost")
        await signed_in.fetch(f"{host}/in", allow_private=("127.0.0.0/8", "localhost"))
    assert "authorization" not in site.headers[-1]


async def test_cookies_of_a_redirect_live_until_its_end(site: Site, other_site: Site) -> None:
    fetcher = Fetcher(timeout_s=5, max_bytes=10_000)
    cookies = {"Location": "/b", "Set-Cookie": "wall=1; Path=/; HttpOnly"}
    site.pages["/a"] = Answer(status=302, headers=cookies)
    site.pages["/b"] = Answer(status=302, headers={"Location": f"{other_site.url}/c", "Set-Cookie": "wall=; Max-Age=0"})
    other_site.pages["/c"] = Answer(status=302, headers={"Location": f"{site.url}/d"})
    site.pages["/d"] = "here"
    await fetcher.fetch(f"{site.url}/a", allow_private=ALLOWED)
    await fetcher.fetch(f"{site.url}/d", allow_private=ALLOWED)
    await fetcher.aclose()

    assert [one.get("cookie") for one in site.headers] == [None, "wall=1", None, None]
    assert other_site.headers[0].get("cookie") is None


def test_cookies_go_along_from_http_to_https_and_secure_ones_not_back() -> None:
    jar = CookieJar("d.example")
    jar.keep("http://d.example", [(b"set-cookie", b"seen=1; Path=/")])
    jar.keep("https://d.example", [(b"Set-Cookie", b"safe=2; Secure; Path=/")])
    assert jar.add("https://d.example", []) == [(b"cookie", b"seen=1; safe=2")]
    assert jar.add("http://d.example", []) == [(b"cookie", b"seen=1")]
    assert jar.add("http://d.example:8080", []) == jar.add("https://e.example", []) == []


async def test_robots_delay_and_concurrency_are_the_operators(signed_in: Fetcher, site: Site) -> None:
    site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /\nCrawl-delay: 9", content_type="text/plain")
    rules = await Robots(signed_in).rules(f"{site.url}/", allow_private=ALLOWED)
    plain = await Robots(Fetcher(timeout_s=5, max_bytes=10_000)).rules(f"{site.url}/", allow_private=ALLOWED)

    assert (rules.allows(f"{site.url}/x"), rules.crawl_delay_s) == (True, 3)
    assert (plain.allows(f"{site.url}/x"), plain.crawl_delay_s) == (False, 9)
    async with Politeness(5, sites=signed_in.sites).turn(site.url):
        assert signed_in.sites.of(site.url).concurrency == 1


async def test_rules_are_kept_apart_for_requests_with_credentials(signed_in: Fetcher, site: Site) -> None:
    robots = Robots(signed_in)
    site.pages["/robots.txt"] = Answer("Sitemap: /one.xml", content_type="text/plain")
    with work_of("local"):
        mine = await robots.rules(f"{site.url}/", allow_private=ALLOWED)
    site.pages["/robots.txt"] = Answer("Sitemap: /two.xml", content_type="text/plain")
    with work_of("bob"):
        his = await robots.rules(f"{site.url}/", allow_private=ALLOWED)

    assert mine.sitemaps != his.sitemaps


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[sites."a.example"]\nbasic_auth = "u:${NO_SUCH}"', "NO_SUCH"),
        ('[sites."a.example/docs"]\nrobots = false', "not a host, host:port or origin"),
        ('[sites."a.example"]\nheaders = { Host = "b.example" }', "not a header that can be set"),
        ('[sites."a.example"]\nheaders = { X = "a\\nb" }', "control character"),
        ('[sites."a.example"]\nbasic_auth = "secret-canary"', "must be like"),
        ('[sites."a.example"]\ncolour = "red"', "colour"),
        ('[sites."a.example"]\nproxy = "socks5://p.example"', "must be like"),
        ('proxy = "ftp://p.example"', "DOCSPASTA_PROXY"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        settings_of(tmp_path, text)
    assert "secret-canary" not in str(caught.value)


def test_no_secret_of_a_site_is_shown(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        'proxy = "http://u:${X}@p.example"\n[sites."a.example"]\nheaders = { A = "${DOCS_TOKEN}" }\n'
        'cookies = { c = "${DOCS_TOKEN}" }\nbasic_auth = "u:${DOCS_PASSWORD}"\nproxy = "http://u:pass-canary@p.example"',
    )
    assert "canary" not in str(masked(settings.sites)) + repr(settings) + str(masked(settings.proxy))


class Proxy:
    """A proxy that tunnels whatever it is asked for to one site, and notes what that was."""

    def __init__(self, port: int, status: str = "200 OK") -> None:
        self.asked: list[str] = []
        self._port, self._status = port, status
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://user:pa%3As@127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.asked.append(head.decode())
        client.sendall(f"HTTP/1.1 {self._status}\r\nX: y\r\n\r\n".encode())
        if not self._status.startswith("200"):
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", self._port))
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                other.sendall(data)
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def proxy(site: Site) -> Iterator[Proxy]:
    opened = Proxy(site.port)
    yield opened
    opened.close()


async def test_a_site_is_asked_through_a_tunnel(tmp_path: Path, site: Site, proxy: Proxy) -> None:
    site.pages["/"] = "here"
    fetcher = fetcher_of(settings_of(tmp_path, f'proxy = "{proxy.url}"'))
    assert (await fetcher.fetch("http://docs.example.com/")).body == b"here"
    await fetcher.aclose()

    (asked,) = proxy.asked
    assert asked.startswith("CONNECT docs.example.com:80 HTTP/1.1\r\n")
    assert f"Basic {base64.b64encode(b'user:pa:s').decode()}" in asked
    assert "proxy-authorization" not in site.headers[0]
    assert site.headers[0]["host"] == "docs.example.com"


async def test_this_machine_is_never_asked_through_a_proxy(tmp_path: Path, site: Site, proxy: Proxy) -> None:
    site.pages["/"] = "here"
    fetcher = fetcher_of(settings_of(tmp_path, f'proxy = "{proxy.url}"'))
    assert (await fetcher.fetch(f"{site.url}/", allow_private=ALLOWED)).body == b"here"
    await fetcher.aclose()
    assert proxy.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://10.1.2.3/", "http://intranet/", "http://a.local/", "http://docs.example.com:8080/", "http://[::1]:80/"],
)
async def test_a_proxy_is_not_asked_for_what_is_not_public(tmp_path: Path, proxy: Proxy, url: str) -> None:
    fetcher = fetcher_of(settings_of(tmp_path, f'proxy = "{proxy.url}"'))
    with pytest.raises(AddressBlocked):
        await fetcher.fetch(url)
    await fetcher.aclose()
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [("407 Auth", PageRefused, "http_407"), ("502 Bad", PageUnreachable, "proxy"), ("x", PageUnreachable, "proxy")],
)
async def test_a_proxy_that_refuses_says_why(
    tmp_path: Path, site: Site, status: str, error: type[Any], reason: str
) -> None:
    proxy = Proxy(site.port, status)
    fetcher = fetcher_of(settings_of(tmp_path, f'[sites."http://docs.example.com"]\nproxy = "{proxy.url}"'))
    with pytest.raises(error) as caught:
        await fetcher.fetch("http://docs.example.com/")
    await fetcher.aclose()
    proxy.close()
    assert caught.value.reason == reason


def test_variables_of_the_environment_hold_only_if_they_are_asked_for(tmp_path: Path) -> None:
    environ = {"HTTPS_PROXY": "http://p.example:1", "NO_PROXY": "b.example, .c.example"}
    without = SiteBook(None, settings_of(tmp_path, "", **environ).proxy)
    with_env = SiteBook(None, settings_of(tmp_path, "", DOCSPASTA_PROXY="env", **environ).proxy)

    assert without.proxy("https://a.example") == ""
    assert with_env.proxy("https://a.example") == "http://p.example:1"
    for origin in (
        "http://a.example",
        "https://b.example",
        "https://x.c.example",
        "https://localhost",
        "https://127.0.0.1",
    ):
        assert with_env.proxy(origin) == ""
