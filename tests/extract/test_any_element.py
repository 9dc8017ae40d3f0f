"""Whatever elements a page is made of, it is read, and what it says is kept."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docspasta_mcp.extract import page as page_module
from docspasta_mcp.model.page import PLAIN_TEXT_NOTE
from tests.extract.test_page import read
from tests.random_pages import CONTROLS, POSITIONS, TAGS, page_of

_pieces = st.lists(
    st.tuples(st.sampled_from(TAGS), st.sampled_from(POSITIONS), st.sampled_from(CONTROLS)), min_size=1, max_size=6
)


@pytest.mark.parametrize("position", POSITIONS)
def test_every_element_is_read_in_every_position(position: str, caplog: pytest.LogCaptureFixture) -> None:
    for tag in TAGS:
        reading = read(page_of([(tag, position, "&#27;")]))

        assert "before the piece" in reading.markdown, tag
        assert "behind the piece" in reading.markdown, tag
    assert caplog.messages == []


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(_pieces)
def test_a_page_of_any_elements_is_read(pieces: list[tuple[str, str, str]]) -> None:
    reading = read(page_of(pieces))

    assert "before the piece" in reading.markdown
    assert "behind the piece" in reading.markdown
    assert PLAIN_TEXT_NOTE not in reading.markdown


def test_a_page_whose_structure_cannot_be_read_is_read_as_plain_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(page_module, "convert", fail)
    with caplog.at_level(logging.ERROR):
        reading = read(
            "<title>A &amp; B</title><script>x</script><h1>A</h1><p>Words &lt;of&gt; <b>it</b>.</p><p>More*</p>"
        )

    assert reading.title == "A & B"
    assert reading.markdown == f"# A & B\n\n{PLAIN_TEXT_NOTE}\n\nA\n\nWords \\<of> it .\n\nMore\\*\n"
    assert "ZeroDivisionError" in caplog.text
