"""Serve a folder of HTML from memory, as cheaply as Python can, so that a crawler's own cost is what is measured.

python -m bench.site FOLDER PORT [--latency-ms 50]

With a latency each answer waits so long, those of one connection one after another.
"""

import argparse
import asyncio
import mimetypes
import re
from pathlib import Path
from urllib.parse import unquote

_XML_DECLARATION = re.compile(rb"\A<\?xml[^>]*\?>\s*")  # crawl4ai reads no page that has one


def load(folder: Path) -> dict[str, bytes]:
    """Return whole answers by path; a folder answers with its index."""
    answers: dict[str, bytes] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            path = "/" + file.relative_to(folder).as_posix()
            body = _XML_DECLARATION.sub(b"", file.read_bytes(), count=1)
            answers[path] = answer(body, mimetypes.guess_type(file.name)[0] or "application/octet-stream")
            if file.name == "index.html":
                answers[path.removesuffix("index.html")] = answers[path]
    return answers


def answer(body: bytes, content_type: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_NOT_FOUND = answer(b"not here", "text/plain", "404 Not Found")


class Connection(asyncio.Protocol):
    """Answers GET requests one after another; reads nothing but the path."""

    def __init__(self, answers: dict[str, bytes], latency_s: float = 0.0) -> None:
        self._answers = answers
        self._latency_s = latency_s
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while b"\r\n\r\n" in self._read:
            request, _, self._read = self._read.partition(b"\r\n\r\n")
            path = unquote(request.split(b" ", 2)[1].decode("latin-1").partition("?")[0])
            found = self._answers.get(path, _NOT_FOUND)
            if self._latency_s:
                asyncio.get_running_loop().call_later(self._latency_s, self._transport.write, found)
            else:
                self._transport.write(found)


async def serve(folder: Path, port: int, latency_s: float) -> None:
    answers = load(folder)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers, latency_s), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.port, options.latency_ms / 1000))


if __name__ == "__main__":
    main()
