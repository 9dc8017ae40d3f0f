"""Names of folders, and the paths that stand for them."""

from pathlib import Path

from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.model.folder import folder_url


def test_a_folder_that_the_operator_named_by_a_link_is_found_by_either_path(tmp_path: Path) -> None:
    (real := tmp_path / "real").mkdir()
    (link := tmp_path / "link").symlink_to(real)
    folders = Folders({"docs": link, "lost": Path("~nobody-of-this-name/docs")}, tmp_path / "data")
    assert {folders.address_of(link), folders.address_of(real)} == {folder_url("docs")}
    assert folders.open(real) == "docs"
    assert folders.address_of(Path("~nobody-of-this-name/docs")) == ""


def test_a_text_calls_folders_by_their_paths_where_they_are_known(tmp_path: Path) -> None:
    folders = Folders({"docs": tmp_path / "docs"}, tmp_path / "data")
    assert (
        folders.by_path("No job 'folder:docs'. folder:gone/a too.") == f"No job '{tmp_path}/docs'. folder:gone/a too."
    )
