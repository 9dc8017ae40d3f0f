"""A webhook's receiver on loopback: it keeps what is posted, and checks signatures as Standard Webhooks says."""

import base64
import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = b"canary-notify-key-of-thirty-two-b"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass(frozen=True)
class Posted:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def is_signed(self) -> bool:
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """Answers `statuses` in turn, the last one for ever."""

    statuses: list[int] = field(default_factory=lambda: [204])
    posted: list[Posted] = field(default_factory=list[Posted])
    headers: dict[str, str] = field(default_factory=lambda: {"Location": "/elsewhere"})  # of an answer that is not 2xx

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.posted.append(Posted(self.path, headers, body))
                status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
                self.send_response(status)
                for name, value in receiver.headers.items() if status >= 300 else ():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def wait_for(self, count: int, *, within_s: float = 10) -> list[Posted]:
        """Return what was posted once there are so many; call it in a thread."""
        until = time.monotonic() + within_s
        while len(self.posted) < count and time.monotonic() < until:
            time.sleep(0.02)
        return self.posted

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
