import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from docspasta_mcp.model.active_links import without_active_links
from docspasta_mcp.model.markdown_blocks import MarkdownPiece, fenced, fences, pieces, split_blocks

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
        lead = block.closing.rstrip("`~\n")
        assert [is_code for is_code, piece in fences(f"{block.opening}{lead}x\n{block.closing}") if piece] == [True]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(st.lists(st.sampled_from((*LINES, "a ````` b", "\t`````"))).map("\n".join))
def test_no_line_of_code_closes_the_fence_that_is_written_around_it(code: str) -> None:
    assert [piece for piece in pieces(fenced(code, "py")) if piece.text] == [
        MarkdownPiece(True, fenced(code, "py"), True)
    ]
    assert len(fenced("a ````` b").partition("\n")[0]) == 3  # ticks within a line close nothing


def test_a_fence_says_whether_a_line_closes_it() -> None:
    found = [piece.is_closed for piece in pieces("> ```\n> a\n\n```\nb\n```\n~~~\nc\n") if piece.is_code]
    assert found == [False, True, False]


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


_LINES = ("- ```", "1. ```sh", "  ```", "   ```", "```", "```py", "~~~", "> ```", "> a", "", "  a", "   a", "- b",
          "> - ```", ">   a", "## H", "  - d", "`````", "~~~~ z")  # fmt: skip  # none goes on with a paragraph lazily


def _read_by_markdown_it(text: str) -> set[int]:
    tokens = MarkdownIt("commonmark").parse(text)
    return {line for token in tokens if token.type == "fence" for line in range(*token.map or (0, 0))}


@given(st.lists(st.sampled_from(_LINES), min_size=1, max_size=9))
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
def test_fences_are_those_of_commonmark(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    parts = list(fences(text))
    code = [is_code for is_code, part in parts for _ in range(part.count("\n"))]
    assert "".join(part for _, part in parts) == text
    theirs = _read_by_markdown_it(text)
    shown = [number for number, line in enumerate(lines) if line.strip(" >")]  # blank lines at an end count for neither
    assert [number for number in shown if code[number]] == [number for number in shown if number in theirs]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- ```\n  a\n  ```\n- b\n", "- ```\n  a\n  ```\n"),
        ("> ```\n> a\n\n## Second\n", "> ```\n> a\n"),  # not closed, but the quotation ends
        ("- item\n  ```\n  a\n\n## Second\n", "  ```\n  a\n\n"),
        ('=== "Tab"\n\n    ```sh\n    a\n    ```\n\nb\n', "    ```sh\n    a\n    ```\n"),  # as Python-Markdown has it
        ("    ```\n\n## Second\n", ""),
        ("```\n> ```\n```\nb\n", "```\n> ```\n```\n"),
    ],
)
def test_a_fence_ends_with_what_it_stands_in(text: str, code: str) -> None:
    assert "".join(part for is_code, part in fences(text) if is_code) == code


def test_a_cut_fence_of_an_item_is_closed_inside_the_item() -> None:
    assert [block.closing for block in split_blocks("- ```\n  a\n  ```\n") if block.closing] == ["  ```\n"]
