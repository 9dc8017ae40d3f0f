"""Run an ASGI app on a socket inside our own task group: uvicorn without its signal handlers."""

import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from docspasta_mcp.errors import ConfigError


class _UvicornServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the process."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen.

    Raises:
        ConfigError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle off only where the protocol is named; with it, each answer waits 40 ms for a delayed ACK.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ConfigError(f"Cannot listen on {host} port {port}: {error.strerror}.") from None
    sock.listen(2048)
    sock.setblocking(False)
    return sock


async def serve_app(app: ASGIApp, sock: socket.socket) -> None:
    """Serve until cancelled, then close the socket."""
    server = _UvicornServer(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False, server_header=False))
    try:
        await server.serve(sockets=[sock])
    finally:
        for listener in getattr(server, "servers", []):
            listener.close()
        sock.close()
