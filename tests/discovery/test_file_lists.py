"""Lists of a directory's files, and pages that only look like one."""

import pytest

from docspasta_mcp.discovery.file_lists import is_file_list
from docspasta_mcp.extract.parse import parse_html

URL = "https://docs.example/m/files/"
PROSE = "This part explains how the program is meant to be used and what it expects of its caller."


@pytest.mark.parametrize(
    ("body", "is_list"),
    [
        ("<pre><a href='a.html'>a.html</a>\n<a href='sub/'>sub/</a></pre>", True),
        ("<a href='/m/'>[To Parent Directory]</a> 1/1/2026 10:00 AM 12 <a href='/m/files/a.html'>a.html</a>", True),
        ("<table><tr><td><a href='a-very-long-name.html'>a-very-lo..></a><td>12K<td>2026-01-01 10:00</table>", True),
        ("<ul><li><a href='install/'>install</a><li><a href='usage/'>usage</a></ul>", False),
        ("<ul><li><a href='a.html'>a.html</a><li><a href='b.html'>b.html</a></ul><p>" + PROSE, False),
        ("<ul><li><a href='a.html'>Install</a><li><a href='b.html'>Usage</a></ul>", False),
        ("<ul><li><a href='/other/a.html'>a.html</a><li><a href='/other/b.html'>b.html</a></ul>", False),
        (
            "<nav><a href='../'>Up</a> <a href='/'>Home</a> <a href='/x'>X</a> <a href='/y'>Y</a></nav><a href='a.zip'>a.zip</a>",
            False,
        ),
        ("<p>Nothing here.</p>", False),
    ],
)
def test_a_list_names_files_of_its_directory_and_says_nothing_else(body: str, *, is_list: bool) -> None:
    page = parse_html(f"<html><head><title>Files</title></head><body>{body}</body></html>".encode())

    assert is_file_list(page, URL) is is_list
