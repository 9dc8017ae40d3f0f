"""Serve a built site over loopback as a documentation host would: types, clean URLs, redirects, validators, 404."""

import contextlib
import mimetypes
import threading
from collections.abc import Generator
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from evals.builders import ORIGIN

_TEXT_TYPES = {".md": "text/markdown; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".xml": "application/xml"}


class Server(ThreadingHTTPServer):
    """A site on a free port; `requests` lists the paths asked for, `statuses` what they got."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[str] = []
        self.statuses: list[int] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when a client hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(path)
        file = self.server.folder / path.lstrip("/")
        if not path.endswith("/") and (file / "index.html").is_file():
            self._answer(301, b"", {"Location": f"{path}/"})
            return
        found = next((f for f in (file, file / "index.html", file.with_name(f"{file.name}.html")) if f.is_file()), None)
        if found is None:
            self._answer(404, b"<h1>Not found</h1><p>Nothing lives here.</p>", {"Content-Type": "text/html"})
            return
        kind = _TEXT_TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        body = found.read_bytes()
        if "text" in kind or "xml" in kind:
            body = body.replace(ORIGIN.encode(), self.server.origin.encode())
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Last-Modified": formatdate(found.stat().st_mtime, usegmt=True), "Content-Type": kind}
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, b"", headers)
        else:
            self._answer(200, body, headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.server.statuses.append(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(folder: Path) -> Generator[Server]:
    """Serve a folder until the block ends."""
    server = Server(folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
