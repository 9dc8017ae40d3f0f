"""`doctor` says which of the folders that the operator named are not there."""

from pathlib import Path

from docspasta_mcp.server.checks import examine
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
