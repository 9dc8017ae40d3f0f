import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from functools import partial

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract import worker_pool
from docspasta_mcp.extract.worker_pool import BrokenWorker, WorkerProcess, call, copy_idle
from docspasta_mcp.extract.worker_tasks import load_reader
from docspasta_mcp.extract.workers import Workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="anyio's processes work there")
copies = pytest.mark.skipif(not worker_pool.CAN_COPY, reason="no process is copied here")

ITS_ID = pickle.dumps(os.getpid)
HAS_READER = pickle.dumps(partial(eval, "'docspasta_mcp.extract.page' in __import__('sys').modules"))
SERVER = """
import os, signal, anyio
from docspasta_mcp.extract.worker_pool import _idle
from docspasta_mcp.extract.worker_tasks import load_reader
from docspasta_mcp.extract.workers import Workers
async def main():
    workers = Workers(2)
    workers.warm(load_reader, most=2)
    await workers.settle()
    print(*(one._process_id for one in _idle), flush=True)
    input()
    os.kill(os.getpid(), signal.SIGKILL)
anyio.run(main)
"""


@pytest.fixture(autouse=True)
def no_idle_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test start its own."""
    monkeypatch.setattr(worker_pool, "_idle", [])


def end(process_id: int) -> None:
    """Kill a process and wait until it is gone."""
    ended = os.pidfd_open(process_id)
    os.kill(process_id, signal.SIGKILL)
    assert select.select([ended], [], [], 10)[0]
    os.close(ended)


def idle() -> list[WorkerProcess]:
    return worker_pool._idle


@copies
async def test_workers_are_copies_of_one_that_has_loaded_its_reader() -> None:
    workers = Workers(3)
    workers.warm(load_reader, most=3)
    assert await workers.run(len, "four") == 4  # waits for them
    assert len(idle()) == 3
    ids, loaded = set[int](), list[bool]()
    for worker in idle():
        ids.add((await worker.call(ITS_ID))[1])
        loaded.append((await worker.call(HAS_READER))[1])
    assert len(ids) == 3
    assert loaded == [True] * 3


@copies
async def test_copies_outlive_the_worker_that_they_were_made_of() -> None:
    first = await call(os.getpid)
    await copy_idle(2)
    with pytest.raises(BrokenWorker):
        await call(partial(os._exit, 1))
    assert await call(os.getpid) != first
    assert await call(partial(os.kill, first, 0)) is None  # it lives, and is one of the two
    end(await call(os.getpid))
    assert await call(partial(len, "four")) == 4


async def test_a_worker_that_was_killed_while_idle_costs_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    process_id = await call(os.getpid)
    end(process_id)
    monkeypatch.setattr(worker_pool.os, "kill", None)  # nobody is killed by a number that may be another's by now
    assert await call(os.getpid) != process_id


async def test_a_worker_heeds_no_interrupt_of_the_terminal() -> None:
    process_id = await call(os.getpid)
    os.kill(process_id, signal.SIGINT)
    assert await call(os.getpid) == process_id


async def test_what_cannot_be_handed_over_is_an_error_and_ends_no_worker() -> None:
    process_id = await call(os.getpid)
    with pytest.raises(TypeError):
        await call(threading.Lock)
    assert await call(os.getpid) == process_id
    for size in range(65_480, 65_540):  # however it comes in pieces
        assert len(await call(partial(bytes, size))) == size
    assert await call(partial(bytes, 3_000_000)) == bytes(3_000_000)
    assert await call(partial(len, bytes(3_000_000))) == 3_000_000


async def test_work_that_would_end_its_process_ends_no_server() -> None:
    with pytest.raises(PageRefused) as refused:
        await Workers(1).run(sys.exit, 1)
    assert refused.value.reason == "parser_crashed"


@copies
@pytest.mark.programs
def test_workers_end_when_their_server_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        ends = [os.pidfd_open(int(one)) for one in server.stdout.readline().split()]
        assert len(ends) == 2
        server.stdin.write("\n")
        server.stdin.flush()
        server.wait(10)
    for end in ends:
        assert select.select([end], [], [], 10)[0]
        os.close(end)
