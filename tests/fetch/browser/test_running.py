"""A browser that is still starting when its time is over leaves nothing behind."""

import sys
import tempfile
from pathlib import Path

import anyio
import pytest

from docspasta_mcp.fetch.browser.launching import BrowserSettings
from docspasta_mcp.fetch.browser.running import start_browser
from docspasta_mcp.fetch.fetcher import Fetcher

pytestmark = pytest.mark.programs


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a shell script")
async def test_a_start_that_is_cancelled_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\nexec sleep 60\n")
    program.chmod(0o755)
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    fetcher = Fetcher(timeout_s=5, max_bytes=1_000)

    async def start() -> None:
        await start_browser(BrowserSettings(program, has_sandbox=False), fetcher)

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(start)
            while not (tmp_path / "begun").exists():
                await anyio.sleep(0.05)
            tasks.cancel_scope.cancel()
    assert list(scratch.iterdir()) == []
    await fetcher.aclose()
