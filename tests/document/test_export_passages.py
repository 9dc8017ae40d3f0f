import json

from docspasta_mcp.document.export.passages import MAX_PASSAGE, passages
from docspasta_mcp.model.page import Page, PageRecord, PageState
from docspasta_mcp.model.tokens import count_tokens


def exported(markdown: str) -> list[dict[str, object]]:
    record = PageRecord(1, "https://d.example/a", PageState.DONE, "", "", "A", 10, 10, 50, 0, 0.0)
    return [json.loads(line) for line in passages(Page(record, markdown), "https://d.example/")]


def test_a_heading_goes_with_what_stands_under_it() -> None:
    found = exported("# A\n\n## B\n\ntext\n\n## C `x`\n\nmore\n")
    assert [(one["headings"], one["text"]) for one in found] == [
        (["A", "B"], "# A\n\n## B\n\ntext\n\n"),
        (["A", "C x"], "## C `x`\n\nmore\n"),
    ]


def test_definitions_of_one_section_stay_together_as_long_as_there_is_room() -> None:
    option = "**--verbose**\n  " + "Says what it does. " * 20 + "\n\n"
    found = exported("# Options\n\n" + option * 30)
    assert 2 < len(found) < 6
    assert all(len(str(one["text"])) <= MAX_PASSAGE for one in found)
    assert all(str(one["text"]).count("**") % 2 == 0 for one in found)


def test_long_text_is_cut_between_sentences_and_code_is_not_cut() -> None:
    code = "```\n" + "run()\n" * 2_000 + "```\n"
    found = exported("# A\n\n" + "A sentence about it. " * 500 + "\n\n" + code)
    texts = [str(one["text"]) for one in found]
    assert texts[-1].endswith(code)
    assert all(len(text) <= MAX_PASSAGE for text in texts[:-1])
    assert all(text.rstrip().endswith(".") for text in texts[:-2])
    assert [one["tokens"] for one in found] == [count_tokens(text) for text in texts]
