"""A real HTTP site on loopback, served from a dict by a thread."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TEXT = (
    "This page explains in some detail how the part of the program that its title names is meant to be used, what it "
    "expects of its caller, which errors it raises, and how it gets along with the other parts of the manual."
)


@dataclass(frozen=True)
class Answer:
    """What a path answers; `markdown` to those who would rather have that."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    before: Callable[[], object] = lambda: None
    markdown: str = ""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client hangs up."""


class Site:
    """A site whose `pages` map paths to answers; a plain string is an HTML page. `requests` lists what was asked, `headers`
    what with, `answers` with which status."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | str] = {}
        self.requests: list[str] = []
        self.answers: list[tuple[str, int]] = []
        self.agents: set[str] = set()
        self.headers: list[Mapping[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append(self.path)
                site.headers.append({name.lower(): value for name, value in self.headers.items()})
                site.agents.add(self.headers.get("User-Agent", ""))
                found = site.pages.get(self.path, Answer("not here", 404, "text/plain"))
                answer = Answer(found) if isinstance(found, str) else found
                answer.before()
                if answer.markdown and self.headers.get("Accept", "").startswith("text/markdown"):
                    answer = Answer(answer.markdown, content_type="text/markdown")
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                status = answer.status
                if "ETag" in answer.headers and self.headers.get("If-None-Match") == answer.headers["ETag"]:
                    status, body = 304, b""
                site.answers.append((self.path, status))
                self.send_response(status)
                if answer.content_type:
                    self.send_header("Content-Type", answer.content_type)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def page(title: str, body: str = "", links: tuple[str, ...] = ()) -> str:
    """Return an HTML page as documentation generators make them: navigation around a main element."""
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f"<!DOCTYPE html><html><head><title>{title} | Manual</title></head><body><nav><ul>{anchors}</ul></nav>"
        f"<main><h1>{title}<a class='headerlink' href='#top'>¶</a></h1><p>{TEXT}</p>{body}</main>"
        f"<footer>All rights reserved</footer></body></html>"
    )


def manual() -> dict[str, Answer | str]:
    """Return a manual of five pages below /docs/, a blog outside it, and a dead link."""
    nav = ("/docs/", "/docs/install.html", "/docs/guide/", "/docs/guide/usage.html", "/docs/gone.html", "/blog/")
    code = '<pre><code class="language-python">if x:\n    print("a  b")  # two  spaces\n</code></pre>'
    return {
        "/docs/": page("Welcome", links=nav),
        "/docs/install.html": page("Install", "<p>Run it.</p>" + code, links=nav),
        "/docs/guide/": page("Guide", '<p>See <a href="deep.html">how deep it goes</a>.</p>', links=nav),
        "/docs/guide/usage.html": page(
            "Usage", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
        ),
        "/docs/guide/deep.html": page("Deep"),
        "/blog/": page("Blog"),
    }
