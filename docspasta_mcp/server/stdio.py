"""MCP over stdin and stdout.

A thread that reads stdin cannot be interrupted, so the reader is a daemon thread over a raw descriptor.
"""

import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator
from typing import cast

import anyio
import anyio.from_thread
import anyio.lowlevel
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server

from docspasta_mcp.server.app import create_mcp_server
from docspasta_mcp.server.shutdown import exit_within, stop_on_signal
from docspasta_mcp.server.wiring import open_node, run_node
from docspasta_mcp.settings import Settings

_EXIT_S = 1.5  # clients wait two seconds before they kill


async def serve_stdio(settings: Settings) -> None:
    """Serve MCP over stdin and stdout until stdin ends, or SIGINT or SIGTERM comes."""
    async with open_node(settings) as node, anyio.create_task_group() as tasks:
        await tasks.start(stop_on_signal, tasks.cancel_scope, _EXIT_S)
        tasks.start_soon(run_node, node)
        await _speak_mcp(create_mcp_server(node))
        exit_within(_EXIT_S)
        tasks.cancel_scope.cancel()


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
            exit_within(_EXIT_S)  # here, since a tool that hangs would keep the server from ending
            anyio.from_thread.run_sync(self._send.close, token=self._token)
