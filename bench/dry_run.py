"""Ask for dry runs of sites that answer slowly, never, or with a very long sitemap; print how long each took.

    python -m bench.dry_run [--check]

--check ends with 1 if an answer took five seconds or more. The site runs in this process.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass

import anyio

from bench.server import free_port
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings

LIMIT_S = 5.0
LISTED = 50_000  # URLs of one sitemap, as many as its protocol allows
_LINKS = "".join(f'<li><a href="/m/page-{number}.html">Page {number}</a></li>' for number in range(40))
_PAGE = f"<html><head><title>M</title></head><body><nav><ul>{_LINKS}</ul></nav><main><h1>M</h1></main></body></html>"


@dataclass
class SlowSite:
    """Every answer begins after `pause_s` seconds; `is_drip` sends the body a byte a second."""

    pause_s: float = 0.0
    is_drip: bool = False
    listed: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(self.pause_s)
                path = request.split(b" ", 2)[1].decode()
                kind, body = self._body(path)
                status = "200 OK" if body else "404 Not Found"
                head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode())
                if self.is_drip:
                    for byte in body:
                        writer.write(bytes([byte]))
                        await writer.drain()
                        await asyncio.sleep(1)
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _body(self, path: str) -> tuple[str, bytes]:
        if path == "/sitemap.xml" and self.listed:
            urls = "".join(
                f"<url><loc>https://d.example/m/part-{n % 97}/page-{n}</loc></url>" for n in range(self.listed)
            )
            return "application/xml", f"<urlset>{urls}</urlset>".encode()
        return (
            ("text/html", _PAGE.encode())
            if path.startswith("/m/") and path.endswith((".html", "/"))
            else ("text/plain", b"")
        )


async def measure(name: str, site: SlowSite) -> float:
    """Print and return the seconds of one dry run."""
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as data_dir:
        environ = {
            "DOCSPASTA_DATA_DIR": data_dir,
            "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}",
            "DOCSPASTA_HUB_PORT": str(free_port()),
        }
        async with running_node(Settings.from_env(environ)) as node:
            begun = time.perf_counter()
            found = await node.jobs.start(f"http://127.0.0.1:{port}/m/a.html", dry_run=True)
            took = time.perf_counter() - begun
    server.close()
    assert found.preview is not None
    print(f"{name:44} {took:5.2f} s  {found.preview.estimated_pages:6} pages, scope {found.scope[-4:]}", flush=True)
    return took


async def main(is_check: bool) -> int:
    sites = {
        "answers at once": SlowSite(),
        "each answer after 0.5 s": SlowSite(0.5),
        "each answer after 2 s": SlowSite(2),
        "no answer at all": SlowSite(3600),
        "bodies of one byte a second": SlowSite(is_drip=True),
        f"a sitemap of {LISTED:,} URLs": SlowSite(listed=LISTED),
    }
    times = [await measure(name, site) for name, site in sites.items()]
    return int(is_check and max(times) >= LIMIT_S)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    sys.exit(anyio.run(main, parser.parse_args().check))
