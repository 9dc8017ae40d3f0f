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


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("link.md", ".env.md"),
        ("link.md", ".hidden/a.md"),
        ("linked", ".hidden"),
        ("index.html", ".env.html"),
        ("index.html", "../outside.html"),
        ("linked.html", "../outside.html"),  # asked for without its ending
        ("loop.md", "loop.md"),
    ],
)
def test_a_link_to_what_is_hidden_or_lies_outside_leads_to_nothing(tmp_path: Path, link: str, target: str) -> None:
    root = tmp_path / ".in/docs"  # what lies above the folder may be hidden
    (root / ".hidden").mkdir(parents=True)
    for name in (".env.md", ".env.html", ".hidden/a.md", "../outside.html", "page.md"):
        (root / name).write_text("text")
    (root / link).symlink_to(target)
    site = FileSite("https://docs.folder.invalid/", root)
    assert site.read("https://docs.folder.invalid/page", accepts=lambda _: True, limit=100, known=None).body == b"text"
    for url in (link, link.removesuffix(".html"), f"{link}/a.md", ""):
        with pytest.raises(PageRefused, match="There is no such file"):
            site.read(f"https://docs.folder.invalid/{url}", accepts=lambda _: True, limit=100, known=None)


@pytest.mark.parametrize(
    ("link", "target", "asked", "shown"),
    [
        ("index.html", "guide/start.html", "", "guide/start.html"),
        ("old.html", "guide/start.html", "old.html", "guide/start.html"),
        ("latest", "guide", "latest/start", "guide/start.html"),
        ("latest", "guide", "latest/", "guide/"),
    ],
)
def test_a_link_within_the_folder_leads_to_the_page_where_it_is(
    tmp_path: Path, link: str, target: str, asked: str, shown: str
) -> None:
    (tmp_path / "guide").mkdir()
    for name in ("index.html", "start.html"):
        (tmp_path / "guide" / name).write_text(name)
    (tmp_path / link).symlink_to(target)
    site = FileSite("https://docs.folder.invalid/", tmp_path)
    read = site.read(f"https://docs.folder.invalid/{asked}", accepts=lambda _: True, limit=100, known=None)
    assert read.url == f"https://docs.folder.invalid/{shown}"
