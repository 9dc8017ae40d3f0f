"""The long-running processes: MCP over stdio, and everything over HTTP.

Shutdown is our own: a thread that reads stdin cannot be interrupted, so the reader is a daemon thread over a raw
descriptor, and whatever does not end in time is left behind by `os._exit`.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from typing import cast

import anyio
import anyio.from_thread
import anyio.lowlevel
from anyio.abc import TaskStatus
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.server.app import create_app, create_mcp_server, owner_tokens
from docspasta_mcp.server.auth import OwnerTokens
from docspasta_mcp.server.listener import listen, serve_app
from docspasta_mcp.server.wiring import Node, open_node, run_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.urls import is_loopback

_STDIO_EXIT_S = 1.5  # clients wait two seconds before they kill
_HTTP_EXIT_S = 8.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


async def serve_stdio(settings: Settings) -> None:
    """Serve MCP over stdin and stdout until stdin ends, or SIGINT or SIGTERM comes."""
    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        await tasks.start(_stop_on_signal, tasks.cancel_scope, _STDIO_EXIT_S)
        tasks.start_soon(run_node, node)
        await _speak_mcp(create_mcp_server(node))
        _exit_within(_STDIO_EXIT_S)
        tasks.cancel_scope.cancel()


async def serve_http(settings: Settings, *, host: str, port: int) -> None:
    """Serve /mcp, /api/v4/* and /healthz until SIGINT or SIGTERM comes.

    Raises:
        ConfigError: the address is taken, or open to others while nobody has to show a token.
    """
    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        mcp = create_mcp_server(node)
        verifier = await _verifier(node, host)
        app = create_app(node, mcp, verifier=verifier)
        sock = listen(host, port)
        await tasks.start(_stop_on_signal, tasks.cancel_scope, _HTTP_EXIT_S)
        tasks.start_soon(run_node, node)
        whom = "who shows a token" if verifier else "whoever is on this machine"
        sys.stderr.write(f"docspasta-mcp serves http://{host}:{sock.getsockname()[1]}/mcp and /api/v4/ to {whom}\n")
        async with mcp.session_manager.run():
            await serve_app(app, sock)


async def _verifier(node: Node, host: str) -> OwnerTokens | None:
    """Return what must be asked for every request; None on loopback as long as no token was ever made.

    Raises:
        ConfigError: others can reach the server, but nobody has a token, or they cannot name it.
    """
    settings = node.settings
    is_public = host not in _LOOPBACK or (settings.base_url is not None and not is_loopback(settings.base_url))
    has_tokens = settings.oauth_issuer is not None or bool(await node.store.access.list())
    if is_public and not has_tokens:
        place = f"--host {host}" if host not in _LOOPBACK else f"BASE_URL {settings.base_url}"
        raise ConfigError(
            f"{place} is refused: others could use this server without an access token. "
            "Make one with `docspasta-mcp token create NAME`, or set DOCSPASTA_OAUTH_ISSUER."
        )
    if host not in _LOOPBACK and settings.base_url is None:
        raise ConfigError(f"--host {host} needs BASE_URL, the URL by which clients name this server.")
    return owner_tokens(node) if has_tokens else None


async def _stop_on_signal(
    scope: anyio.CancelScope, within_s: float, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            _exit_within(within_s)
            scope.cancel()
            return


def _exit_within(seconds: float) -> None:
    """End this process after `seconds` whatever still hangs then."""
    timer = threading.Timer(seconds, os._exit, args=(0,))
    timer.daemon = True
    timer.start()


async def _speak_mcp(mcp: MCPServer) -> None:
    server = mcp._lowlevel_server  # pyright: ignore[reportPrivateUsage]  # MCPServer hands out no public one
    lines = _StdinLines()
    lines.start()
    try:
        async with stdio_server(stdin=cast("anyio.AsyncFile[str]", lines)) as (incoming, outgoing):
            try:
                await server.run(incoming, outgoing, server.create_initialization_options())
            finally:
                sys.stdout.flush()  # what a library printed goes to stderr while stdout is still claimed
    finally:
        lines.close()


class _StdinLines:
    """All that `stdio_server` needs of a stdin, which is iterating over its lines; its thread need not be joined."""

    def __init__(self) -> None:
        self._descriptor = os.dup(0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)  # worker processes must not inherit the protocol's stdin
        os.close(null)
        self._send, self._receive = anyio.create_memory_object_stream[str](0)
        self._token = anyio.lowlevel.current_token()

    def start(self) -> None:
        threading.Thread(target=self._pump, name="stdin", daemon=True).start()

    def close(self) -> None:
        self._send.close()
        self._receive.close()

    def __aiter__(self) -> AsyncIterator[str]:
        return self._receive.__aiter__()

    def _pump(self) -> None:
        rest = bytearray()
        with contextlib.suppress(BaseException):  # the event loop is gone: the process is ending
            while chunk := os.read(self._descriptor, 65_536):
                *lines, rest = bytes(rest + chunk).split(b"\n")
                for line in filter(bytes.strip, lines):
                    anyio.from_thread.run(self._send.send, line.decode("utf-8", "replace"), token=self._token)
            _exit_within(_STDIO_EXIT_S)  # here, since a tool that hangs would keep the server from ending
            anyio.from_thread.run_sync(self._send.close, token=self._token)
