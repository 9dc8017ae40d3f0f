"""Temporary folders, and what becomes of those whose process was killed."""

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
        with scratch_folder() as folder:
            assert {folder, left} == set(tmp_path.iterdir())
        assert (left / "graph").exists()
        other.kill()
    with scratch_folder() as folder:
        assert {folder} == set(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())
