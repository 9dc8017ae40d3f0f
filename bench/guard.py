"""Hand every URL of the corpus to a real server, by two doors, and count what its process really dials.

Each URL is once the seed of a crawl and once the target of a redirect from a loopback site; all refused ones are also
sitemaps in a robots.txt, and links, `<base>`, canonical and refresh targets of a page. An audit hook sees every connect
of the process and lets none but those to the loopback site and the server's own port through. A table in place of
the DNS answers names as the corpus says.

    python bench/guard.py

Prints counts by kind of URL, then refused, allowed and private dials; exits 1 if anything is not as it should be.
"""

import argparse
import ipaddress
import logging
import socket
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import Any, cast

import anyio

from docspasta_mcp.errors import InvalidSeedUrl, PageError
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging
from tests.sites import Answer, Site, page
from tests.urls_corpus import Case, cases

_DEADLINE_S = 900
_REMEMBERED_S = 1.1  # a robots.txt that could not be read
_REFUSED = {"invalid_url", "blocked_address", "bad_redirect"}
_DIALLED = {"connection", "robots_unreachable"}


@dataclass
class Network:
    """Stands between the process and the world: answers names, notes every connect."""

    own: set[int] = field(default_factory=set[int])
    answers: tuple[str, ...] = ()
    dialled: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note a connect and refuse it (an audit hook, PEP 578)."""
        if event != "socket.connect" or not isinstance(arguments[1], tuple):
            return
        host, port = cast("tuple[str, int]", arguments[1][:2])
        if host == "127.0.0.1" and port in self.own:
            return
        self.dialled.append((host, port))
        raise ConnectionRefusedError("nothing leaves this bench")

    def getaddrinfo(self, host: str | bytes | None, port: Any, *_: Any, **__: Any) -> list[Any]:
        """Answer a name as the present case says, in place of `socket.getaddrinfo`."""
        name = host.decode() if isinstance(host, bytes) else host or ""
        answers = self.answers if any(char.isalpha() for char in name) and ":" not in name else (name,)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answers
        ]

    def private_dials(self) -> list[tuple[str, int]]:
        """Judge by the standard library's tables, not by the guard's own."""
        return [(host, port) for host, port in self.dialled if port not in (80, 443) or _is_inward(host)]


def _is_inward(host: str) -> bool:
    address = ipaddress.ip_address(host)
    return not address.is_global or address.is_multicast or str(address) in ("168.63.129.16", "100.100.100.200")


async def _crawl(node: Node, url: str) -> set[str]:
    """Crawl and return the pages' reasons."""
    try:
        started = await node.jobs.start(url, max_pages=1, force_refresh=True)
    except InvalidSeedUrl:
        return {"invalid_url"}
    while (status := await node.jobs.status(started.job_id)).state == "running":  # as any caller polls
        await anyio.sleep(0.01)
    return set(status.reasons)


async def _redirect(node: Node, url: str) -> set[str]:
    """Fetch a URL of the loopback site and return why that failed."""
    try:
        await node.engine.fetcher.fetch(url, allow_private=node.settings.allow_private)
    except PageError as error:
        return {error.reason}
    return set()


def _is_right(case: Case, reasons: set[str], dials: int) -> bool:
    return (dials > 0 and bool(reasons & _DIALLED)) if case.is_allowed else (dials == 0 and bool(reasons & _REFUSED))


async def _run(network: Network) -> int:
    corpus = list(cases())
    right: Counter[tuple[str, str]] = Counter()
    wrong: list[tuple[str, Case]] = []
    with tempfile.TemporaryDirectory() as folder, Site() as site:
        network.own.add(site.port)
        variables = {"DOCSPASTA_DATA_DIR": folder, "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{site.port}",
                     "QSTASH_MAX_RETRIES": "0", "DOCSPASTA_WORKERS": "1"}  # fmt: skip
        async with running_node(Settings.from_env(variables)) as node:
            assert node.credentials is not None
            network.own.add(node.credentials.port)
            for number, case in enumerate(corpus):
                network.answers = case.answers
                site.pages[f"/{number}"] = Answer(status=302, headers={"Location": case.url.encode().decode("latin-1")})
                for door in ("seed", "redirect") if _fits_a_header(case.url) else ("seed",):
                    before = len(network.dialled)
                    reasons = await (
                        _crawl(node, case.url) if door == "seed" else _redirect(node, f"{site.url}/{number}")
                    )
                    if case.is_allowed and len(network.dialled) == before:  # its site was asked within the last second
                        await anyio.sleep(_REMEMBERED_S)
                        reasons = await _crawl(node, case.url)
                    if _is_right(case, reasons, len(network.dialled) - before):
                        right[case.kind, door] += 1
                    else:
                        wrong.append((door, case))
            await _everything_else(node, network, site, corpus)
    return _report(corpus, right, wrong, network)


def _fits_a_header(url: str) -> bool:
    """Tell whether a Location header can hold it as an absolute URL; what is relative leads back to the site."""
    return "://" in url and url.isprintable() and " " not in url and not url.startswith("https//")


async def _everything_else(node: Node, network: Network, site: Site, corpus: list[Case]) -> None:
    """Name every refused URL in robots.txt and on a page, in every way a page can name one."""
    network.answers = ("10.1.2.3",)
    urls = [case.url for case in corpus if not case.is_allowed and case.url.isprintable()]
    tags = ("<a href='{}'>x</a>", "<base href='{}'>", "<link rel=canonical href='{}'>", "<link rel=next href='{}'>",
            "<meta http-equiv=refresh content='0;url={}'>", "<iframe src='{}'></iframe>", "<img src='{}'>")  # fmt: skip
    body = "".join(tag.format(escape(url)) for url in urls for tag in tags)
    for start in range(0, len(urls), 40):
        site.pages["/robots.txt"] = Answer(
            "".join(f"Sitemap: {url}\n" for url in urls[start : start + 40]), content_type="text/plain"
        )
        site.pages[f"/all/{start}/"] = page("All", body)
    await _crawl(node, f"{site.url}/all/0/")


def _report(
    corpus: list[Case], right: Counter[tuple[str, str]], wrong: list[tuple[str, Case]], network: Network
) -> int:
    kinds = Counter(case.kind for case in corpus)
    redirects = Counter(case.kind for case in corpus if _fits_a_header(case.url))
    print(f"{'kind':20} {'URLs':>5} {'right as seed':>18} {'redirects':>10} {'right as redirect':>18}")
    for kind, count in kinds.items():
        print(f"{kind:20} {count:5} {right[kind, 'seed']:18} {redirects[kind]:10} {right[kind, 'redirect']:18}")
    for door, case in wrong:
        print("WRONG as", door, case)
    public = kinds["public"]
    allowed = right["public", "seed"] + right["public", "redirect"]
    private = network.private_dials()
    tried = len(corpus) + redirects.total() - public - redirects["public"]
    print(f"refused {right.total() - allowed} of {tried}, allowed {allowed} of {public + redirects['public']}")
    print(f"dials {len(network.dialled)}, private dials {len(private)} {private[:5] or ''}")
    return 1 if wrong or private else 0


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    configure_logging(level="ERROR", log_format="text")
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    network = Network()
    sys.addaudithook(network.hook)
    socket.getaddrinfo = network.getaddrinfo  # type: ignore[assignment]  # the DNS of this bench

    async def bounded() -> int:
        with anyio.fail_after(_DEADLINE_S):
            return await _run(network)

    return anyio.run(bounded)


if __name__ == "__main__":
    sys.exit(main())
