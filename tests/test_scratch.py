"""Temporary folders, and what becomes of those whose process was killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from docspasta_mcp.scratch import scratch_folder

HOLD = """
from docspasta_mcp.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "graph").write_text("much")
    print(folder, flush=True)
    input()
"""


def test_a_folder_goes_with_its_block_or_once_its_process_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command, environ = [sys.executable, "-c", HOLD], {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        os.utime(left, (0, 0))
        with scratch_folder() as folder:
            assert {folder, left} == set(tmp_path.iterdir())
        assert (left / "graph").exists()
        os.utime(left, (0, 0))
        other.kill()
    new = tmp_path / "docspasta-scratch-new"
    new.mkdir()  # by a process that has not come to lock it
    with scratch_folder() as folder:
        assert {folder, new} == set(tmp_path.iterdir())
    new.rmdir()
    assert not list(tmp_path.iterdir())
