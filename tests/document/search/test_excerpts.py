"""What an answer shows of a passage: what explains its beginning, never what belongs to something else."""

import pytest

from docspasta_mcp.document.search.beginnings import beginning
from docspasta_mcp.document.search.excerpts import Excerpt, passage_text
from docspasta_mcp.document.search.references import PageText
from tests.repetition import MAX_RATIO, growth

_CODE = "```c\nint busy(int ms);\n```\n"


def _shown(markdown: str, begins: str, *, page_start: int = 0, headings: str = "T › S") -> str:
    page = PageText(1, "https://docs.example/p", "T", markdown, page_start, len(markdown))
    return passage_text(Excerpt(1, markdown.index(begins), len(markdown), headings, 1.0), page)


def test_code_is_shown_with_the_sentence_before_it() -> None:
    assert _shown(f"# T\n\n## S\n\nCall it so:\n\n{_CODE}", "```c") == f"### S\n\nCall it so:\n\n{_CODE}"


@pytest.mark.parametrize("before", ["# T\n\nSmall. Fast. Reliable.\n\n", "# T\n\n## NAME\n\ngit-remote\n\n"])
def test_code_under_a_heading_is_shown_without_the_section_before(before: str) -> None:
    assert _shown(f"{before}## S\n\n{_CODE}", "## S") == f"### S\n\n{_CODE}"


def test_nothing_is_shown_that_was_cut_from_a_page() -> None:
    cut = "Choose any three.\n\n"
    assert _shown(f"{cut}{_CODE}", "```c", page_start=len(cut)) == f"### S\n\n{_CODE}"
    head = "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert _shown(f"{head}| 3 | 4 |\n", "| 3", page_start=len(head)) == "### S\n\n| 3 | 4 |\n"


def test_a_row_is_shown_with_the_head_of_its_table() -> None:
    head = "| a | b |\n| --- | --- |\n"
    assert _shown(f"{head}| 1 | 2 |\n| 3 | 4 |\n", "| 3") == f"### S\n\n{head}| 3 | 4 |\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("> [!NOTE]\n> It is so.\n", "It is so.\n"),
        ("> a > b\n>\n> > c\n", "a > b\nc\n"),
        ("`a`\n  Does\n  this.\n\n---\n\n`b`\n  That.\n", "`a` Does this.\n`b` That.\n"),
        (
            "Of two:\n- one\n- two\n\n| a | b |\n| --- | --- |\n| `\\|\\|` | or |\n",
            "Of two:\n- one\n- two\na, b\n`||`, or\n",
        ),
        ("| | |\n| --- | --- |\n| ?*N* | A question mark |\n", "?*N*, A question mark\n"),
    ],
)
def test_a_beginning_has_a_line_for_each_block_without_its_marks(text: str, lines: str) -> None:
    assert beginning(f"### S\n\n{text}") == f"### S\n\n{lines}"


@pytest.mark.slow
def test_the_beginning_of_a_long_item_takes_time_by_its_length() -> None:
    assert growth(beginning, "some words\n  ", size=400_000, head="- one\n- ") < MAX_RATIO


def test_blank_lines_of_code_take_room_of_a_beginning() -> None:
    assert beginning(f"```\na\n{chr(10) * 3_000}b\n```\n").count("\n") < 200


@pytest.mark.parametrize(
    ("said", "end"),
    [
        (f"{'word ' * 27}ends.", "word ends. […]"),  # 140 characters
        (f"{'word ' * 30}and ends (here.)", "and ends (here.) […]"),  # 166
        (f"{'word ' * 28}e.g. not", "e.g. not […]"),  # no end of a sentence, which is far
        (f"{'word ' * 20}ends.", "more more […]"),  # 105: too little
    ],
)
def test_a_beginning_ends_with_a_sentence_that_ends_near(said: str, end: str) -> None:
    assert beginning(f"{said} More {'more ' * 50}").endswith(f"{end}\n")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"{'word ' * 31}end.", f"{'word ' * 31}end.\n"),  # all of it, which is little more
        ("copies all files，" * 2 + "复制" * 400, "copies all files，" * 2 + "复制" * 58 + " […]\n"),
        ("word " * 26 + "for it: 1. Install it 2. Call it", "word " * 26 + "for it: 1. Install […]\n"),
    ],
)
def test_a_beginning_is_short_in_any_language_and_no_number_of_an_item_ends_it(said: str, shown: str) -> None:
    assert beginning(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("```sh\na | b > c\n```\n", "```sh\na | b > c\n```\n"),
        (
            "**Undo it**\n\n  ```\n  if x:\n    $ git commit\n  ```\n\n  Then go on.\n",
            "**Undo it**\n\n```\nif x:\n  $ git commit\n```\n\nThen go on.\n",
        ),
        ("```\n" + "# line of code\n" * 20 + "```\n", "```\n" + "# line of code\n" * 10 + "```\n\n[…]\n"),
        (f"{'word ' * 26}so:\n\n```\nx\n```\n", f"{'word ' * 26}so: […]\n"),  # no room for code
        (f"So:\n\n> ```py\n> {'x' * 200}\n> y\n> ```\n", f"So:\n\n```py\n{'x' * 200}\n```\n\n[…]\n"),
        ("```pycon\n>>> 1 + 1\n2\n> x\n```\n", "```pycon\n>>> 1 + 1\n2\n> x\n```\n"),
        ("> ```\n> >>> 1\n>   1\n> ```\n", "```\n>>> 1\n  1\n```\n"),
        ("- ```sh\n  ls\n  ```\n", "```sh\nls\n```\n"),
        (f"````\n```\n{'y' * 1000}\n````\n", "````\n```\n````\n\n[…]\n"),
        (f"```\n{'y' * 1000}\n```\n", f"```\n{'y' * 300}\n```\n\n[…]\n"),
    ],
)
def test_a_beginning_keeps_the_lines_of_code(said: str, shown: str) -> None:
    assert beginning(f"### S\n\n{said}") == f"### S\n\n{shown}"
