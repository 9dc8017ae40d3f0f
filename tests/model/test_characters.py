"""Which characters are dropped, and which belong where they stand."""

import json

import pytest

from docspasta_mcp.extract.formats.files.read import read_file
from docspasta_mcp.extract.page import read_page
from docspasta_mcp.model.characters import drop_controls, drop_invisible, has_invisible
from docspasta_mcp.model.file_formats import FileFormat
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.runtime.escapes import escaped
from docspasta_mcp.runtime.unseen import FILLERS, SELECTORS, codes_of

CONTROLS = [*range(9), *range(11, 13), *range(14, 32), 127, 0x81, 0x8D, 0x8F, 0x90, 0x9D]
CSI = "\x1b]52;c;ZXZpbA==\x07\x9b31m"


def read(body: str, content_type: str = "text/html") -> str:
    scope = Scope("https://d.example", "/")
    return read_page(
        body.encode(), url="https://d.example/a", content_type=content_type, charset="utf-8", scope=scope
    ).markdown


@pytest.mark.parametrize("code", CONTROLS)
def test_a_control_character_is_dropped(code: int) -> None:
    assert drop_controls(f"a{chr(code)}b") == "ab"


def test_tab_and_line_ends_stay_and_c1_is_what_html_takes_it_for() -> None:
    assert drop_controls("a\tb\nc\r\nd\re") == "a\tb\nc\nd\ne"
    assert drop_controls("a\x96b \x80") == "a–b €"


def test_half_of_a_pair_of_surrogates_costs_its_place_not_the_page() -> None:
    assert drop_controls("a\ud800b \udfff") == "a\ufffdb \ufffd"
    cells = [
        {"cell_type": "markdown", "source": ["# Title \ud800\n", "Some words."]},
        {"cell_type": "code", "source": "x", "outputs": [{"output_type": "stream", "text": "y\udfff"}]},
    ]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    read = read_file(
        notebook.encode(),
        url="https://d.example/a.ipynb",
        file_format=FileFormat.NOTEBOOK,
        charset="utf-8",
        scope=Scope("https://d.example", "/"),
    )
    assert read.title == "Title \ufffd"
    assert "y\ufffd" in read.markdown


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>T{CSI}</h1><p>words {CSI} of a page</p><pre>code {CSI}</pre>",
        "<h1>T&#27;]52;c;x&#7;</h1><p>words &#x1b;[31m &#155; of a page</p><pre>code &#27;[0m &#x9b;</pre><p><code>&#27;c</code>",
    ],
)
def test_nothing_of_a_page_acts_on_a_terminal(body: str) -> None:
    for markdown in (read(body), read(f"# T {CSI}\n\nwords\n\n```\n{CSI}\n```\n", "text/markdown")):
        assert all(char.isprintable() or char in "\n\t" for char in markdown)
    assert "&#27;" not in read("# T\n\nwords &#27;[0m &#x0001B;x of a page", "text/markdown")


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم", "क्‍ष", "ന്‍ ", "👩‍💻", "👨‍👩‍👧", "❤️‍🔥", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☎️ ✈️", "葛󠄀", "1️⃣ #️⃣", "👩‍❤️‍💋‍👨", "🏳️‍🌈", "🚶🏽‍♀️‍➡️", "۱۴۰۳ ه‍.ش", "ᠰᠠᠢᠨ ᠪᠠᠶᠢᠨ᠎ᠠ",
    ],
)  # fmt: skip
def test_a_joiner_stays_where_it_belongs(text: str) -> None:
    assert drop_invisible(text) == text
    assert not has_invisible(text)


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200c",
        "\u200d",
        "\u202e",
        "\u2066",
        "\u061c",
        "\u3164",
        "\u115f",
        "\u2800",
        "\ufff9",
        "\ufffb",
        "\U000e0041",
        "\xad",
        "\u2060",
        "\u034f",
        "\u1160",
        "\u17b4",
        "\u180b",
        "\u180e",
        "\uffa0",
        "\ufff0",
        "\U0001bca0",
        "\U0001d173",
        "\U000e0080",
        "\U000e0fff",
        "\u200b\u200d\u2060\u200c" * 9,
    ],
)
def test_what_nobody_sees_is_dropped_outside_of_code_and_told_inside(hidden: str) -> None:
    assert drop_invisible(f"wo{hidden}rds") == "words"
    page = f"<h1>T</h1><p>wo{hidden}rds of a page</p><pre>a{hidden}b</pre>"
    markdown = read(page)
    assert "words of a page" in markdown
    assert f"a{hidden}b" in markdown
    assert has_invisible(markdown)
    assert not has_invisible(read(page.replace(f"a{hidden}b", "ab")))


def test_more_selectors_than_one_are_dropped() -> None:
    assert drop_invisible("☎\ufe0f\ufe01\ufe02x") == "☎\ufe0fx"
    assert drop_invisible("a\U000e0100\U000e0101") == "a\U000e0100"
    assert has_invisible("☎\ufe0f\ufe01")


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("☎\ufe0f\u200b\ufe01\u200b\ufe02x", "☎\ufe0fx"),  # what is dropped between them does not part them
        ("❤\ufe0f\u200d\ufe0e\u200d\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("\ufe01\ufe02x \ufe03", "x "),  # nothing stands before them
        ("🏴" + "".join(chr(0xE0000 + ord(sign)) for sign in "ignore") + "\U000e007f", "🏴"),  # the flag of no region
        ("می\u200c\u200c\u200d\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d\u200d\u200d💻", "👩\u200d💻"),
    ],
)
def test_no_run_of_them_carries_a_text(hidden: str, seen: str) -> None:
    assert has_invisible(hidden)
    assert drop_invisible(hidden) == seen
    assert not has_invisible(seen)


def test_all_that_programs_may_ignore_is_dropped() -> None:
    kept = [hex(code) for code in codes_of(FILLERS) if drop_invisible(f"a{chr(code)}b") != "ab"]
    more = [hex(code) for code in codes_of(SELECTORS) if drop_invisible(f" {chr(code)}b") != " b"]
    assert kept + more == []


def test_a_terminal_gets_a_picture_of_all_that_is_dropped() -> None:
    for code in range(0x110000):
        sign = chr(code)
        if not 0xD800 <= code < 0xE000 and drop_invisible(f"a{sign}b") == "ab":
            assert escaped(sign) != sign
