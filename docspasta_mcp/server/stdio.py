"""MCP over stdin and stdout.

A thread that reads stdin cannot be interrupted, so the reader is a daemon thread over a raw descriptor.
"""

import codecs
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.stdio import stdio_server

from docspasta_mcp.server.auth import current_owner
from docspasta_mcp.server.mcp.server import create_mcp
from docspasta_mcp.server.shutdown import exit_within, stop_on_signal
from docspasta_mcp.settings import Settings

if TYPE_CHECKING:
    from docspasta_mcp.jobs.schedules import OwnerSchedules
    from docspasta_mcp.jobs.service import OwnerJobs
    from docspasta_mcp.server.wiring import Node

_EXIT_S = 1.5  # clients wait two seconds before they kill
_SILENT_S = 1.0  # a host that says nothing so long is not waited for: jobs of the time before go on
_NEED_NO_NODE = ("initialize", "notifications/initialized", "ping", "tools/list")
_MODULES = ("docspasta_mcp.server.wiring", "docspasta_mcp.server.engine")


async def serve_stdio(settings: Settings) -> None:
    """Serve MCP over stdin and stdout until stdin ends, or SIGINT or SIGTERM comes."""
    late = _LateNode(settings)
    async with anyio.create_task_group() as tasks:
        await tasks.start(stop_on_signal, tasks.cancel_scope, _EXIT_S)
        tasks.start_soon(late.run)
        mcp = create_mcp(late.jobs, settings, schedules=late.schedules)
        mcp.middleware.append(late.before)
        late.library_changed = mcp.bus.library_changed
        await _speak_mcp(mcp)
        exit_within(_EXIT_S)
        tasks.cancel_scope.cancel()


class _LateNode:
    """The node of this process, opened once the host has its first answer: it waits for that, and for no database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._node: Node | None = None
        self._has_answered = anyio.Event()
        self._is_open = anyio.Event()
        self.library_changed: Callable[[str], Awaitable[None]] | None = None

    def jobs(self) -> "OwnerJobs":
        """Return the jobs of the owner who makes the current request, for which `before` has waited."""
        assert self._node is not None
        return self._node.jobs_of(current_owner())

    def schedules(self) -> "OwnerSchedules":
        """Return the schedules of the same owner."""
        assert self._node is not None
        return self._node.schedules_of(current_owner())

    async def before(self, ctx: ServerRequestContext[Any], call_next: "CallNext") -> "HandlerResult":
        """Let a request wait until the node is open, unless it needs none."""
        if ctx.method not in _NEED_NO_NODE:
            self._has_answered.set()
            await self._is_open.wait()
        answer = await call_next(ctx)
        self._has_answered.set()
        return answer

    async def run(self) -> None:
        """Open the node and run it, for ever."""
        with anyio.move_on_after(_SILENT_S):
            await self._has_answered.wait()
        for module in _MODULES:  # in a thread, so that requests that need no node are answered meanwhile
            await anyio.to_thread.run_sync(import_module, module)
        from docspasta_mcp.server.wiring import open_node, run_node  # noqa: PLC0415

        async with open_node(self._settings) as self._node:
            if self.library_changed is not None:
                self._node.store.jobs.when_deleted(self.library_changed)
            self._is_open.set()
            await run_node(self._node)


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
        rest, is_first = b"", True
        with contextlib.suppress(BaseException):  # the event loop is gone: the process is ending
            while chunk := os.read(self._descriptor, 65_536):
                *lines, rest = (rest + chunk).split(b"\n")
                if lines and is_first:  # PowerShell puts a byte order mark before what it pipes
                    lines[0], is_first = lines[0].removeprefix(codecs.BOM_UTF8), False
                for line in filter(bytes.strip, lines):
                    anyio.from_thread.run(self._send.send, line.decode("utf-8", "replace"), token=self._token)
            exit_within(_EXIT_S)  # here, since a tool that hangs would keep the server from ending
            anyio.from_thread.run_sync(self._send.close, token=self._token)
