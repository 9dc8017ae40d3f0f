from pathlib import Path

import pytest

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.fetch.file_site import FileSite


@pytest.mark.parametrize(
    ("front", "shown"),
    [
        ("index.html", ""),
        ("index.xhtml", ""),
        ("README.md", "README.md"),
        ("contents.rst", "contents.rst"),  # Sphinx's name for the page of the list of contents
    ],
)
def test_a_folder_is_read_as_its_own_page_which_html_shows_without_a_name(
    tmp_path: Path, front: str, shown: str
) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / front).write_text("text")
    site = FileSite("https://docs.folder.invalid/", tmp_path)
    read = site.read("https://docs.folder.invalid/guide/", accepts=lambda _: True, limit=100, known=None)
    assert (read.body, read.url) == (b"text", f"https://docs.folder.invalid/guide/{shown}")


@pytest.mark.parametrize("name", ["a.html", "a.md", "a.rst"])
def test_a_binary_file_is_no_page_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 10)
    site = FileSite("https://docs.folder.invalid/", tmp_path)
    with pytest.raises(PageRefused, match="It is binary data, not a page") as refused:
        site.read(f"https://docs.folder.invalid/{name}", accepts=lambda _: True, limit=10_000, known=None)
    assert refused.value.reason == "binary"
