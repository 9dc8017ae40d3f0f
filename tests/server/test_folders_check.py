"""`doctor` says which of the folders that the operator named are not there."""

import os
from pathlib import Path

import pytest

from docspasta_mcp.server.checks import examine, named_folders
from docspasta_mcp.settings import Settings


async def test_doctor_tells_of_a_named_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    named = f"guide={tmp_path / 'guide'},handbook={tmp_path / 'gone'}"
    settings = Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path / "data"), "DOCSPASTA_FOLDERS": named})
    told = [result for result in await examine(settings) if result.name == "folders"]
    assert [one.says for one in told] == [
        f"folder:handbook is {tmp_path / 'gone'}, which is not there or may not be read"
    ]
    assert "DOCSPASTA_FOLDERS" in told[0].fix


def test_doctor_tells_of_a_named_folder_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir(mode=0)
    if os.access(tmp_path / "guide", os.R_OK):
        pytest.skip("who runs the tests may read all folders")
    named = {"DOCSPASTA_DATA_DIR": str(tmp_path / "data"), "DOCSPASTA_FOLDERS": f"guide={tmp_path / 'guide'}"}
    assert [one.name for one in named_folders(Settings.from_env(named))] == ["folders"]
