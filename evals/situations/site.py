"""A small site on loopback, served from a dict; `{origin}` and `{other}` in bodies stand for it and its neighbour."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TEXT = (
    "explains how this part of the program is meant to be used, what it expects of its caller, which errors it raises, "
    "how it gets along with the other parts of the manual, and what has changed in it since the last release."
)


@dataclass(frozen=True)
class Answer:
    """What a path answers, and after how many seconds."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0


Pages = Mapping[str, Answer | str]
NOT_FOUND = Answer("<h1>Not found</h1>", 404)


def moved(target: str, status: int = 301) -> Answer:
    """Return a redirect."""
    return Answer("", status, headers={"Location": target})


def text(body: str, content_type: str = "text/plain") -> Answer:
    """Return a file that is not HTML."""
    return Answer(body, content_type=content_type)


def page(title: str, links: tuple[str, ...] = (), *, nav: tuple[str, ...] = (), head: str = "", body: str = "") -> str:
    """Return a page as a generator writes one: a sidebar, and a text of its own with links in it."""
    sidebar = f"<nav class='sidebar'><ul>{_items(nav)}</ul></nav>" if nav else ""
    inline = "".join(f'<p>See <a href="{link}">the part about {_name(link)}</a> too.</p>' for link in links)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{head}</head><body>{sidebar}<main><h1>{title}</h1>'
        f"<p>{title} {TEXT}</p>{body}{inline}<p>That is all there is to say on {title}.</p></main></body></html>"
    )


def sitemap(*urls: str) -> Answer:
    """Return a sitemap of paths or URLs."""
    locs = "".join(f"<url><loc>{url if '://' in url else '{origin}' + url}</loc></url>" for url in urls)
    return text(
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locs}</urlset>',
        "application/xml",
    )


def _items(links: tuple[str, ...]) -> str:
    return "".join(f'<li><a href="{link}">{_name(link)}</a></li>' for link in links)


def _name(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2].removesuffix(".html") or "start"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client hangs up."""


_had: set[int] = set()


def _listening(handler: type[BaseHTTPRequestHandler]) -> _Server:
    """Listen on a port that no site had before: a crawler keeps what it knows of an origin, such as its robots.txt."""
    while True:
        server = _Server(("127.0.0.1", 0), handler)
        if server.server_port not in _had:
            _had.add(server.server_port)
            return server
        server.server_close()


class Site:
    """A running site; `requests` lists what was asked."""

    def __init__(self, pages: Pages) -> None:
        self.pages = dict(pages)
        self.other = ""
        self.requests: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append(self.path)
                self._answer(site.answer(self.path))

            def do_CONNECT(self) -> None:
                self._answer(NOT_FOUND)

            def _answer(self, answer: Answer) -> None:
                time.sleep(answer.delay_s)
                body = answer.body if isinstance(answer.body, bytes) else site.placed(answer.body).encode()
                self.send_response(answer.status)
                if answer.content_type:
                    self.send_header("Content-Type", answer.content_type)
                for name, value in answer.headers.items():
                    self.send_header(name, site.placed(value))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = _listening(Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def answer(self, path: str) -> Answer:
        """Return what a path answers."""
        found = self.pages.get(path, NOT_FOUND)
        return Answer(found) if isinstance(found, str) else found

    def placed(self, body: str) -> str:
        """Return a text with the sites' origins in it."""
        return (
            body.replace("{host}", self.origin.partition("//")[2])
            .replace("{origin}", self.origin)
            .replace("{other}", self.other)
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
