"""Trace the modules of the package that one page enters, from start_crawl to get_result.

    python -m bench.walk [--most N]

Crawls a site of one page on loopback through the MCP tools and the embedded broker, and prints every module in which a
function ran meanwhile, by folder. Work for worker processes runs in this one, so that it is seen. Importing a module
does not count, nor what a process does when it starts or looks after from time to time (sweeper, deadlines, index).
The queue is a seam: what runs inside the embedded broker, and QStash would do elsewhere, is counted apart. With
`--most`, ends with 1 if there are more modules outside the broker.
"""

import argparse
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import anyio
import anyio.abc
from mcp import Client

import docspasta_mcp
from bench.server import free_port
from docspasta_mcp.extract.workers import Workers
from docspasta_mcp.jobs import deadlines, sweeper
from docspasta_mcp.jobs.status import StartedCrawl
from docspasta_mcp.pipeline import index
from docspasta_mcp.server.app import create_mcp_server
from docspasta_mcp.server.wiring import running_node
from docspasta_mcp.settings import Settings

_PACKAGE = Path(docspasta_mcp.__file__).parent
_IS_FUNCTION = 0x02  # CO_NEWLOCALS: the body of a module or class has it not
_PAGE = (
    "<html><head><title>Manual</title></head><body><main><h1>Manual</h1><p>"
    + "This page explains how the program is used, and which errors it raises. " * 20
    + "</p><pre><code>run()</code></pre></main></body></html>"
)


class Trace:
    """Collects the files of the package in which a function runs."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self._is_on = False

    def install(self) -> None:
        """Watch this thread and all that start from now on."""
        threading.setprofile(self._seen)
        sys.setprofile(self._seen)

    def switch(self, *, is_on: bool) -> None:
        """Begin or end to collect."""
        self._is_on = is_on

    def modules(self) -> list[str]:
        """Return the modules entered, as paths inside the package without `.py`."""
        inside = [Path(file) for file in self.files if Path(file).is_relative_to(_PACKAGE)]
        return sorted(str(file.relative_to(_PACKAGE).with_suffix("")) for file in inside)

    def _seen(self, frame: FrameType, event: str, _argument: object) -> None:
        if self._is_on and event == "call" and frame.f_code.co_flags & _IS_FUNCTION:
            self.files.add(frame.f_code.co_filename)


async def _run_here(_workers: Workers, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return work(*args, **kwargs)


async def _rest(*_: object, **__: object) -> None:
    await anyio.sleep_forever()


async def _answer(stream: anyio.abc.SocketStream) -> None:
    async with stream:
        request = await stream.receive()
        is_page = request.split(b" ", 2)[1] == b"/docs/"
        status, body = (b"200 OK", _PAGE.encode()) if is_page else (b"404 Not Found", b"")
        head = b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        await stream.send(head % (status, len(body)) + body)


async def walk(data_dir: Path) -> list[str]:
    """Crawl one page and return the modules that it entered."""
    trace, port = Trace(), free_port()
    Workers.run = _run_here  # pyright: ignore[reportAttributeAccessIssue]  # what a worker runs is to be seen too
    sweeper.run_sweeper = deadlines.run_deadlines = index.run_indexer = _rest
    environ = {"DOCSPASTA_DATA_DIR": str(data_dir), "DOCSPASTA_ALLOW_PRIVATE": f"127.0.0.1:{port}"}
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    trace.install()
    async with (
        listener,
        anyio.create_task_group() as tasks,
        running_node(Settings.from_env(environ)) as node,
        Client(create_mcp_server(node)) as client,
    ):
        tasks.start_soon(listener.serve, _answer)
        await anyio.sleep(1)  # until this process is the hub
        trace.switch(is_on=True)
        started = await client.call_tool("start_crawl", {"url": f"http://127.0.0.1:{port}/docs/"})
        job_id = StartedCrawl.model_validate(started.structured_content).job_id
        await client.call_tool("get_status", {"job_id": job_id, "wait_seconds": 20})
        result = await client.call_tool("get_result", {"job_id": job_id})
        trace.switch(is_on=False)
        if "This page explains" not in str(result.content):
            sys.exit(f"the page was not read: {result.content}")
        tasks.cancel_scope.cancel()
    sys.setprofile(None)
    return trace.modules()


def main() -> int:
    """Print the modules by folder and how many they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, help="More modules than this are too many.")
    most = parser.parse_args().most
    with tempfile.TemporaryDirectory() as folder:
        modules = anyio.run(walk, Path(folder))
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        folder, _, name = module.rpartition("/")
        folders[folder or "."].append(name)
    for folder, names in sorted(folders.items()):
        sys.stdout.write(f"{folder:24} {len(names):3}  {' '.join(names)}\n")
    inside = sum(module.startswith("broker/") for module in modules)
    rules = sum(module.startswith("extract/normalise/") for module in modules)
    ours = len(modules) - inside
    sys.stdout.write(f"{ours} modules entered, {rules} of them rules for kinds of elements; {inside} in the broker\n")
    return 1 if most is not None and ours > most else 0


if __name__ == "__main__":
    sys.exit(main())
