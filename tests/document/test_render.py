import re

import pytest

from docspasta_mcp.document.render import cut
from docspasta_mcp.model.tokens import count_tokens

TEXT = (
    "# Title\n\nFirst paragraph of some length, to fill a piece.\n\n"
    "```python\n" + "".join(f"line_{n} = {n}\n" for n in range(60)) + "```\n\n"
    "| a | b |\n|---|---|\n" + "".join(f"| {n} | cell |\n" for n in range(60)) + "\n"
    "- item\n\n  ```\n  inner ``` not a fence\n  ```\n\nLast words.\n"
)


def pieces(text: str, max_tokens: int, max_chars: int = 10**6) -> list[str]:
    cut_off: list[str] = []
    start: int | None = 0
    while start is not None:
        piece = cut(text, start, max_tokens=max_tokens, max_chars=max_chars)
        cut_off.append(piece.text)
        assert piece.end is None or piece.end > start
        start = piece.end
    return cut_off


def test_a_text_that_fits_is_one_piece() -> None:
    assert pieces(TEXT, 10_000) == [TEXT]


@pytest.mark.parametrize("max_tokens", [30, 60, 100, 250])
def test_pieces_keep_the_budget_and_lose_nothing(max_tokens: int) -> None:
    parts = pieces(TEXT, max_tokens)
    assert len(parts) > 1
    assert all(count_tokens(part) <= max_tokens for part in parts)
    lines = [line for part in parts for line in part.split("\n")]
    for n in range(60):
        assert lines.count(f"line_{n} = {n}") == 1
        assert lines.count(f"| {n} | cell |") == 1
    assert "Last words." in lines


@pytest.mark.parametrize("max_tokens", [30, 60, 100, 250])
def test_every_piece_stands_alone(max_tokens: int) -> None:
    for part in pieces(TEXT, max_tokens):
        fences = re.findall(r"^ *```(?:python)?$", part, re.MULTILINE)
        assert len(fences) % 2 == 0
        if "| cell |" in part:
            assert part.index("| a | b |\n|---|---|\n") < part.index("| cell |")


def test_a_line_longer_than_a_piece_is_cut() -> None:
    text = "x" * 5_000
    parts = pieces(text, 100)
    assert "".join(parts) == text
    assert all(count_tokens(part) <= 100 for part in parts)


def test_the_head_of_a_very_wide_table_is_not_repeated() -> None:
    head = "| " + " | ".join(f"column {n}" for n in range(100)) + " |\n" + "|---" * 100 + "|\n"
    rows = "".join(f"| row {n} |\n" for n in range(100))
    parts = pieces(head + rows, 200)
    assert len(parts) < 20
    assert "".join(parts) == head + rows


def test_characters_are_a_limit_of_their_own() -> None:
    assert all(len(part) <= 300 for part in pieces(TEXT, 10_000, max_chars=300))


def test_a_token_estimate_errs_high_and_counts_other_scripts_by_the_character() -> None:
    assert count_tokens("") == 0
    assert count_tokens("a" * 35) == 10
    assert count_tokens("文档") == 2
