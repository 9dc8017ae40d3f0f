import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docspasta_mcp.extract.active_links import without_active_links
from docspasta_mcp.model.markdown_blocks import fences, split_blocks

LINES = ("```", "```py", "````", "~~~", "> ```", "  ```", "text", "", "| a | b |", "|---|---|", "- item", "```a`b```")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.lists(st.sampled_from(LINES)).map("\n".join))
def test_pieces_and_blocks_are_the_text_to_the_letter(text: str) -> None:
    assert "".join(part for _, part in fences(text)) == text
    assert "".join(text[block.start : block.end] for block in split_blocks(text)) == text


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.lists(st.sampled_from(LINES)).map("\n".join))
def test_each_piece_of_code_is_one_block_that_its_fence_closes(text: str) -> None:
    code = [part for is_code, part in fences(text) if is_code]
    blocks = [(text[block.start : block.end], block) for block in split_blocks(text) if block.closing]
    assert [part for part, _ in blocks] == code
    for part, block in blocks:
        assert part.startswith(block.opening)
        assert [is_code for is_code, piece in fences(f"{block.opening}x\n{block.closing}") if piece] == [True]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\n```\nb\n```\nc\n", "```\nb\n```\n"),
        ("> ~~~ x\n> b\n> ~~~\n", "> ~~~ x\n> b\n> ~~~\n"),
        ("````\n```\n````\nc", "````\n```\n````\n"),
        ("```\n``` >\n```", "```\n``` >\n```"),  # nothing stands behind the fence that ends it
        ("```\nnever closed", "```\nnever closed"),
        ("```code``` in a line\n", ""),
        ("``` a`b\ntext", ""),
        ("~~~ a`b\ncode", "~~~ a`b\ncode"),
    ],
)
def test_what_is_code(text: str, code: str) -> None:
    assert "".join(part for is_code, part in fences(text) if is_code) == code


def test_code_within_a_line_opens_no_fence_that_hides_what_follows() -> None:
    assert without_active_links("```x``` and\n\n[go](javascript:alert(1))\n") == "```x``` and\n\ngo\n"
