"""Messages over two pipes, with a program in the place of a browser."""

import os
import subprocess
import sys
import time

import anyio
import pytest

from docspasta_mcp.fetch.browser.devtools import BrowserSession, DevtoolsError
from docspasta_mcp.fetch.browser.pipes import MAX_ANSWER, MAX_EVENT, Pipes

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
        for size in one["params"].get("events", ()):
            event = {"method": "asked", "params": {"for": "x" * size}}
            text = json.dumps(event).encode() + b"\\0"
            while text:
                text = text[os.write(write, text):]
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


def begun(max_answer: int = MAX_ANSWER) -> "tuple[BrowserSession, subprocess.Popen[bytes]]":
    pipes = Pipes(max_answer)
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


async def test_an_event_that_is_too_long_is_not_heard() -> None:
    session, process = begun()
    heard: list[int] = []
    session.on("asked", lambda event: heard.append(len(event["for"])))
    with anyio.fail_after(30):
        await session.send("flood", events=[5, MAX_EVENT - 100, MAX_EVENT, 3 * MAX_EVENT, 7])
        assert heard == [5, MAX_EVENT - 100, 7, len("flood")]
        session.end()
        await session.gone.wait()
    process.wait(10)


async def test_an_answer_that_is_too_long_is_an_error_for_who_waits() -> None:
    session, process = begun(max_answer=2 * MAX_EVENT)
    with anyio.fail_after(30):
        with pytest.raises(DevtoolsError, match="repeat: The answer is too long"):
            await session.send("repeat", text="x" * (2 * MAX_EVENT))
        long = "x" * (MAX_EVENT + 100)  # longer than an event may be
        assert await session.send("repeat", text=long) == {"text": long}
        session.end()
        await session.gone.wait()
    process.wait(10)


async def test_no_more_is_read_than_the_loop_keeps_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    read = os.read
    monkeypatch.setattr(os, "read", lambda *args: (found := read(*args), reads.append(len(found)))[0])
    session, process = begun()
    heard: list[int] = []
    session.on("asked", lambda event: heard.append(len(event["for"])))
    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: session.send("flood", events=[500_000] * 100))
            while not heard:
                await anyio.sleep(0.001)
            before = sum(reads)
            time.sleep(0.5)  # the loop does something else  # noqa: ASYNC251
            assert sum(reads) - before < 20_000_000
        assert len(heard) == 101
        session.end()
        await session.gone.wait()
    process.wait(10)
