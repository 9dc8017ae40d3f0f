"""Saved pages through the command that converts them."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from docspasta_mcp.cli.convert import convert, find_sources
from docspasta_mcp.errors import InvalidRequest
from tests.test_whole_crawl import run_here

PAGE = '<html><head><link rel="canonical" href="https://docs.example/a/b"></head><body><main><h1>T</h1><p>x <a href="c">y</a></p></main></body></html>'


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docspasta_mcp", "convert", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_folders_become_markdown_files_and_failures_are_named(tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "one.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (tmp_path / "in" / "two.md").write_text("# Two\n")
    (tmp_path / "in" / "bad.html.gz").write_bytes(b"no gzip")
    (tmp_path / "in" / "binary.html").write_bytes(bytes(range(256)) * 4)
    ended = run(str(tmp_path / "in"), "-o", str(tmp_path / "out"))
    assert ended.returncode == 1
    assert "(unreadable)" in ended.stderr
    assert "(binary)" in ended.stderr
    assert (tmp_path / "out" / "sub" / "one.md").read_text() == "# T\n\nx [y](https://docs.example/a/c)\n"
    assert (tmp_path / "out" / "two.md").read_text() == "# Two\n"


def test_standard_input_becomes_standard_output() -> None:
    ended = run("-", "--url", "https://docs.example/d/", stdin="<main><h1>T</h1><a href='e'>x</a></main>")
    assert (ended.returncode, ended.stdout) == (0, "# T\n\n[x](https://docs.example/d/e)\n")


def test_output_is_utf_8_whatever_the_system_s_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")  # what Windows has for pipes
    ran = run("-", stdin="<main><h1>\u624b\u518c</h1><p>A text of some words, long enough to be one.</p></main>")
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, "# \u624b\u518c")


def test_a_path_that_is_not_there_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_here("convert", "nowhere.html") == 2
    assert "nowhere.html" in capfd.readouterr().err


def test_pages_that_share_a_name_keep_their_suffixes_and_what_cannot_be_told_apart_is_named(tmp_path: Path) -> None:
    for name in ("a.html", "a.txt", "b.md", "other/b.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Words of a page.\n")
    assert [source.name for source in find_sources([tmp_path])] == ["a.html", "a.txt", "b", "other/b"]
    one, two = tmp_path / "b.md", tmp_path / "other" / "b.md"
    with pytest.raises(InvalidRequest, match=rf"{one} and {two} would be written to the same file"):
        find_sources([one, two])


async def test_a_page_without_a_title_goes_by_its_file(tmp_path: Path) -> None:
    pages = {
        "later.html": ("<p>How they turn.</p><h2>Later</h2><p>x</p>", "# later.html\n\nHow they turn.\n\n## Later"),
        "notes.txt": ("Notes:\n  kept as they are", "# notes.txt\n\nNotes:\n  kept as they are\n"),
        "COPYING": ("Use <stdio.h>\n  as it is", "# COPYING\n\nUse <stdio.h>\n  as it is\n"),
        "page.shtml": ("<pre>int x;</pre><ul><li>x<li>y</ul>", "# page.shtml\n\n```\nint x;\n```\n\n- x\n- y\n"),
        "tool.py": ('import os\n    return "<div></div>"', '# tool.py\n\nimport os\n    return "<div></div>"\n'),
        "saved": ("<p>A <b>page</b></p>", "# saved\n\nA **page**\n"),
    }
    for name, (source, markdown) in pages.items():
        (tmp_path / name).write_text(source)
        [converted] = await convert(find_sources([tmp_path / name]), url=None, workers=1)
        assert converted.markdown.startswith(markdown), name


def test_a_folder_without_pages_is_an_error_that_says_what_pages_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"no page below .*\.html"):
        find_sources([tmp_path])


async def test_pages_of_subfolders_resolve_their_links_from_their_own_place(tmp_path: Path) -> None:
    (tmp_path / "m" / "guide").mkdir(parents=True)
    (tmp_path / "m" / "guide" / "a.html").write_text('<main><h1>A</h1><p>See <a href="b.html">the next</a>.</p></main>')
    (tmp_path / "m" / "c.html").write_text('<main><h1>C</h1><p>See <a href="guide/a.html">the first</a>.</p></main>')
    converted = await convert(find_sources([tmp_path / "m"]), url="https://docs.example/v1/", workers=1)
    assert "(https://docs.example/v1/guide/a.html)" in converted[0].markdown
    assert "(https://docs.example/v1/guide/b.html)" in converted[1].markdown
    (tmp_path / "m" / "c.html").unlink()
    (tmp_path / "m" / "guide" / "a.html").rename(tmp_path / "m" / "guide" / "A.HTML")
    for url in ("https://docs.example/v1/", "https://docs.example/v1"):  # a folder of one page is a folder
        (alone,) = await convert(find_sources([tmp_path / "m"]), url=url, workers=1)
        assert "(https://docs.example/v1/guide/b.html)" in alone.markdown


def test_an_empty_viewer_of_a_specification_is_a_shell_wherever_it_was_found() -> None:
    page = '<title>API</title><body><div id="swagger-ui"></div><script src="swagger-initializer.js"></script></body>'
    ended = run("-", "--url", "https://docs.example/api.html", stdin=page)
    assert ended.returncode == 1
    assert "(javascript_required)" in ended.stderr


async def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("<h1>Secret</h1>")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.html").write_text("<h1>A</h1><p>Text.</p>")
    (tmp_path / "m" / "b.html").symlink_to(tmp_path / "secret.html")
    assert [source.name for source in find_sources([tmp_path / "m"])] == ["a"]


def test_one_page_becomes_the_file_that_is_named_and_files_that_are_no_pages_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    for _ in range(2):
        ended = run(str(tmp_path / "a.html"), "-o", str(tmp_path / "b.md"))
        assert (ended.returncode, ended.stderr) == (0, f"wrote {tmp_path / 'b.md'}\n")
    assert (tmp_path / "b.md").read_text().startswith("# T\n")
    assert "is the page itself: give another name" in run(str(tmp_path / "b.md"), "-o", str(tmp_path / "b.md")).stderr
    (tmp_path / ".git").mkdir()
    for name in ("Makefile", "main.css", ".hidden", ".git/HEAD"):
        (tmp_path / name).touch()
    ended = run(str(tmp_path), "-o", str(tmp_path / "out.md"))
    assert ended.returncode == 0
    assert f"wrote 2 files to {tmp_path / 'out.md'}\n2 files are left out, as {tmp_path / 'Makefile'}: " in ended.stderr
    assert (tmp_path / "out.md" / "a.md").is_file()
    assert "is a file, and -o takes a folder" in run(str(tmp_path), "-o", str(tmp_path / "b.md")).stderr
    (tmp_path / "bad.html").write_bytes(bytes(range(256)) * 4)
    assert "wrote" not in run(str(tmp_path / "bad.html"), "-o", str(tmp_path / "c.md")).stderr
