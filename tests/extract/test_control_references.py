from docspasta_mcp.extract.control_references import IN_HTML, IN_MARKDOWN

_NO_CHARACTER = [
    *(code for code in (*range(32), 127) if code not in (9, 10, 13)),
    *range(0xD800, 0xE000), 0xFFFE, 0xFFFF,
]  # fmt: skip


def test_references_to_what_is_no_character_are_found_however_they_are_written() -> None:
    for code in _NO_CHARACTER:
        for reference in (f"&#{code};", f"&#00{code};", f"&#x{code:x};", f"&#X0{code:X};"):
            assert IN_HTML.fullmatch(reference.encode()), reference
            assert IN_MARKDOWN.fullmatch(reference), reference


def test_references_to_characters_are_left_alone() -> None:
    for code in (9, 10, 32, 65, 126, 128, 150, 160, 1270, 0x7F0, 0xD7FF, 0xE000, 0xFFFD, 0x1D800, 0x1FFFE):
        for reference in (f"&#{code};", f"&#x{code:x};"):
            assert not IN_HTML.search(reference.encode()), reference
            assert not IN_MARKDOWN.search(reference), reference


def test_a_carriage_return_is_a_line_end_in_html_and_nothing_in_markdown() -> None:
    assert not IN_HTML.search(b"&#13;&#xD;")
    assert IN_MARKDOWN.sub("", "&#13;&#xd;") == ""


def test_html_needs_no_semicolon() -> None:
    assert IN_HTML.sub(b"", b"a&#0b") == b"a&#0b"
    assert IN_HTML.sub(b"", b"a&#0 z") == b"a z"
    assert not IN_MARKDOWN.search("a&#0 z")
