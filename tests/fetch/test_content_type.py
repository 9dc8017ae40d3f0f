import pytest

from docspasta_mcp.fetch.content_type import BINARY, sniffed_type

HTML = b"<!DOCTYPE html><html><h1>A</h1></html>"


@pytest.mark.parametrize(
    ("content_type", "charset", "body", "actual"),
    [
        ("text/html", "", HTML, "text/html"),
        ("text/plain", "", HTML, "text/html"),
        ("text/plain", "", b"\n <!-- made by x -->\n<HTML lang=en>", "text/html"),
        ("text/plain", "", b"In HTML, <html> is the root.", "text/plain"),
        ("text/markdown", "", b"<html>", "text/markdown"),
        ("text/html", "", b"\x89PNG\r\n\x1a\n" + bytes(99), BINARY),
        ("text/plain", "", b"%PDF-1.7", BINARY),
        ("", "", b"\x7fELF" + bytes(99), BINARY),
        ("text/html", "", bytes(5_000), BINARY),
        ("text/html", "utf-16le", HTML.decode().encode("utf-16-le"), "text/html"),
        ("text/html", "", HTML.decode().encode("utf-16"), "text/html"),
        ("text/html", "iso-2022-jp", "日本語の文書".encode("iso2022_jp") * 50, "text/html"),
        ("text/html", "", b"a few \0 zeros in a text that is long enough", "text/html"),
        ("application/gzip", "", b"\x1f\x8b\x08", "application/gzip"),
        ("text/html", "", b"", "text/html"),
    ],
)
def test_a_body_is_what_it_holds_where_its_type_lies(content_type: str, charset: str, body: bytes, actual: str) -> None:
    assert sniffed_type(content_type, charset, body) == actual
