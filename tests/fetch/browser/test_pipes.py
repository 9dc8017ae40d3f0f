"""Messages over two pipes, with a program in the place of a browser."""

import subprocess
import sys

import anyio
import pytest

from docspasta_mcp.fetch.browser.devtools import BrowserSession, DevtoolsError
from docspasta_mcp.fetch.browser.pipes import Pipes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file descriptors are not inherited by number")

ECHO = """
import json, os, sys
read, write = map(int, sys.argv[1:])
waiting = b""
while piece := os.read(read, 1 << 16):
    waiting += piece
    *whole, waiting = waiting.split(b"\\0")
    for one in map(json.loads, whole):
        if one["method"] == "die":
            os._exit(1)
        if one["method"] == "refuse":
            answer = {"id": one["id"], "error": {"message": "no such thing"}}
        else:
            event = {"method": "asked", "params": {"for": one["method"]}}
            os.write(write, json.dumps(event).encode() + b"\\0")
            answer = {"id": one["id"], "result": one["params"]}
        text = json.dumps(answer).encode() + b"\\0"
        while text:
            text = text[os.write(write, text):]
"""


def begun() -> "tuple[BrowserSession, subprocess.Popen[bytes]]":
    pipes = Pipes()
    command = [sys.executable, "-c", ECHO, *map(str, pipes.for_browser)]
    process = subprocess.Popen(command, pass_fds=pipes.for_browser)
    return BrowserSession(pipes), process


async def test_commands_are_answered_and_events_heard() -> None:
    session, process = begun()
    heard: list[str] = []
    session.on("asked", lambda event: heard.append(event["for"]))
    long = "words " * 200_000  # more than a pipe holds
    with anyio.fail_after(30):
        assert await session.send("repeat", text=long) == {"text": long}
        with pytest.raises(DevtoolsError, match="refuse: no such thing"):
            await session.send("refuse")
        assert heard == ["repeat"]
        session.end()
        await session.gone.wait()
    assert process.wait(10) == 0, "it ends with its pipe"


async def test_who_waits_for_a_browser_that_dies_is_told() -> None:
    session, process = begun()
    with anyio.fail_after(30):
        with pytest.raises(DevtoolsError, match="is gone"):
            await session.send("die")
        with pytest.raises(DevtoolsError, match="is gone"):
            await session.send("repeat")
    process.wait(10)
