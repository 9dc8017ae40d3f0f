"""What an answer shows of passages: nothing twice, and something of a table that is too long for it."""

import pytest

from docspasta_mcp.document.search.excerpts import Excerpt
from docspasta_mcp.document.search.packing import _shortened, pack  # pyright: ignore[reportPrivateUsage]
from docspasta_mcp.document.search.passages import cut_passages
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.model.tokens import count_tokens


def packed(markdown: str, *, max_tokens: int, only: tuple[int, ...] = ()) -> str:
    """Return an answer of a page's passages, the best of which are the first."""
    page = PageText(1, "https://d.example/", "Page", markdown, 0, len(markdown))
    found = [one for number, one in enumerate(cut_passages(markdown)) if not only or number in only]
    excerpts = [Excerpt(1, one.start, one.end, one.headings, 9 - number / 10) for number, one in enumerate(found)]
    order = range(len(excerpts))
    answer = pack(
        excerpts.__getitem__,
        order,
        lambda _: page,
        max_tokens=max_tokens,
        max_chars=30_000,
        refer=lambda _, at: f"[{at}]",
        best=9,
    )
    return answer.text


def test_a_sentence_over_code_stands_once_where_the_passage_before_ends_with_it() -> None:
    code = "\n".join(f"CREATE INDEX a{number} ON t (c) WHERE d;" for number in range(40))
    markdown = (
        f"# Page\n\n{'Words of an index that is partial. ' * 20}\n\nAs follows:\n\n```\n{code}\n```\n\nAfter it.\n"
    )
    assert len(cut_passages(markdown)) > 1
    text = packed(markdown, max_tokens=2_000)
    assert (text.count("As follows:"), text.count("a7 ON t"), text.count("After it.")) == (1, 1, 1)
    alone = packed(markdown, max_tokens=2_000, only=(1,))
    assert alone.count("As follows:") == 1  # where the passage before is not shown, it explains the code


def test_of_a_table_too_long_the_first_rows_are_shown_not_its_caption_alone() -> None:
    rows = "\n".join(f"| column{number} | text | What column {number} says of a process. |" for number in range(60))
    head = "| Column | Type | Description |\n|---|---|---|"
    markdown = f"# Page\n\n## View\n\n**Table 28.3. View**\n\n{head}\n{rows}\n\n## Next\n\nThe next.\n"
    text = packed(markdown, max_tokens=300, only=(0,))
    assert "| Column | Type | Description |" in text
    assert "What column 2 says of a process." in text
    assert "column59" not in text


def test_what_is_left_out_is_marked_once() -> None:
    parts = "\n\n".join(f"Sentence {number} of a text that goes on and on, {'word ' * 60}." for number in range(40))
    markdown = f"# Page\n\n## One\n\n{parts}\n"
    for budget in (300, 500, 800, 1_200):
        text = packed(markdown, max_tokens=budget, only=(0, 2, 4, 6))
        assert "[…]\n\n[…]" not in text
        assert "[…]\n[…]" not in text


def test_links_take_no_room_but_their_text_and_code_is_left_alone() -> None:
    markdown = (
        '# Page\n\n## One\n\nSee [`flush()`](https://d.example/s.html#flush) and [a [b] c](<https://d.example/x_(y)> "T"), '
        "![the picture](p.png), ![](q.png)`[kept](x)` and \\[no](link).\n\n```md\n[kept too](https://d.example/)\n```\n"
    )
    text = packed(markdown, max_tokens=500)
    assert "See `flush()` and a [b] c, the picture, `[kept](x)` and \\[no](link)." in text
    assert "```md\n[kept too](https://d.example/)\n```" in text


def test_a_sentence_over_code_that_has_a_link_stands_once() -> None:
    code = "\n".join(f"CREATE INDEX a{number} ON t (c) WHERE d;" for number in range(40))
    before = "Words of an index that is partial. " * 20
    markdown = f"# Page\n\n{before}\n\nAs [follows](https://d.example/f.html):\n\n```\n{code}\n```\n\nAfter it.\n"
    text = packed(markdown, max_tokens=2_000)
    assert (text.count("As follows:"), text.count("a7 ON t")) == (1, 1)


def test_what_a_manual_says_twice_is_said_once() -> None:
    same = "The base name is what remains without folder and extension, on every system alike."
    markdown = f"# Page\n\n## Posix\n\n{same}\n\n## Windows\n\n{same}\n\n## Other\n\nThe end.\n"
    text = packed(markdown, max_tokens=500)
    assert (text.count(same), text.count("The end.")) == (1, 1)


def test_what_follows_the_whole_passages_is_shown_by_its_beginning_in_reading_order() -> None:
    parts = [f"## Part {number}\n\nSays first what {number} is. {'And more words. ' * 60}\n" for number in range(7)]
    text = packed("# Page\n\n" + "\n".join(parts), max_tokens=1_400)
    places = [text.index(f"### Part {number}\n\nSays first what {number} is. And more") for number in range(7)]
    assert places == sorted(places)
    first, last = text[places[0] : places[1]], text[places[-1] :]
    assert first.count("And more words.") == 60
    assert 0 < last.count("And more words.") < 60
    assert "[…]" in last


def test_a_beginning_counts_as_not_shown_so_that_it_follows_whole() -> None:
    parts = [f"## Part {number}\n\nSays first what {number} is. {'And more words. ' * 60}\n" for number in range(12)]
    markdown = "# Page\n\n" + "\n".join(parts)
    page = PageText(1, "https://d.example/", "Page", markdown, 0, len(markdown))
    excerpts = [
        Excerpt(1, one.start, one.end, one.headings, 9 - number / 10)
        for number, one in enumerate(cut_passages(markdown))
    ]
    read: list[int] = []
    order = tuple(range(len(excerpts)))
    while order:
        answer = pack(
            excerpts.__getitem__,
            order,
            lambda _: page,
            max_tokens=1_500,
            max_chars=30_000,
            refer=lambda _, at: f"[{at}]",
            best=9,
        )
        assert answer.shown
        assert count_tokens(answer.text) <= 1_500
        read += answer.shown
        order = (*answer.skipped, *order[answer.following :])
    assert read == list(range(len(excerpts)))


def test_a_further_page_is_shown_by_the_beginnings_of_all_its_passages() -> None:
    pages = {
        number: PageText(number, f"https://d.example/{number}", f"Page {number}", markdown, 0, len(markdown))
        for number in (1, 2)
        for markdown in [
            "# Page\n\n"
            + "\n".join(f"## P{part}\n\n{number} begins {part}. {'And more. ' * 90}\n" for part in range(4))
        ]
    }
    excerpts = [
        Excerpt(number, one.start, one.end, one.headings, 9 - number)
        for number, page in pages.items()
        for one in cut_passages(page.markdown)
    ]
    answer = pack(
        excerpts.__getitem__,
        range(8),
        pages.get,
        max_tokens=1_200,
        max_chars=30_000,
        refer=lambda _, at: f"[{at}]",
        best=9,
    )
    further = answer.text.partition("Further pages")[2]
    assert [part for part in range(4) if f"2 begins {part}." in further] == [0, 1, 2, 3]
    assert further.count("## Page 2\n") == 1


def test_names_alone_get_more_whole_passages_and_no_passage_is_begun_inside_a_fence() -> None:
    code = "```python\nprint('a name')\n```\n"
    parts = [f"## Part {number}\n\n{code}\n{f'And more words of {number}. ' * 30}\n" for number in range(40)]
    markdown = "# Page\n\n" + "\n".join(parts)
    page = PageText(1, "https://d.example/", "Page", markdown, 0, len(markdown))
    excerpts = [Excerpt(1, one.start, one.end, one.headings, 9) for one in cut_passages(markdown)]

    def answer(*, is_lookup: bool) -> str:
        given = {"max_tokens": 1_800, "max_chars": 30_000, "best": 9}
        return pack(
            excerpts.__getitem__,
            range(len(excerpts)),
            lambda _: page,
            refer=lambda _, at: at,
            is_lookup=is_lookup,
            **given,
        ).text

    question, names = answer(is_lookup=False), answer(is_lookup=True)
    whole = [
        sum(f"{f'And more words of {number}. ' * 30}".strip() in text for number in range(40))
        for text in (names, question)
    ]
    assert whole[0] > whole[1] > 1
    assert names.count("```") % 2 == question.count("```") % 2 == 0


def test_a_passage_that_is_cut_ends_with_a_sentence_and_code_with_a_line() -> None:
    said = " ".join(f"Sentence {number} says, e.g. by its words, what it is." for number in range(100))
    text = packed(f"# Page\n\n{said}\n", max_tokens=300, only=(0,))
    assert text.partition("\n\n[…]")[0].endswith("what it is.")
    code = "\n".join(f"run --value={number}. Then more" for number in range(200))
    text = packed(f"# Page\n\n```\n{code}\n```\n", max_tokens=300, only=(0,))
    assert text.partition("\n\n[…]")[0].endswith("Then more\n```")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        # code in an item, which has to end with its fence
        ("1. First:\n\n   ```\n" + "   say 'Hello. World'\n" * 99 + "   ```\n", "World'\n   ```"),
        # what was shown whole stays so
        ("".join(f"- of many. The option {number}\n" for number in range(99)), "- of many. The option 41"),
        ("".join(f"{number}. Run it\n" for number in range(99)), "95. Run it"),
        # a name in code is no sentence
        ("Words of it without an end " * 15 + "`say Hello. World`" + " and more" * 99, "and more"),
    ],
)
def test_a_passage_is_not_cut_in_code_nor_before_a_whole_line(text: str, end: str) -> None:
    shown = _shortened(text, 300, 30_000).partition("\n\n[…]")[0]
    assert shown.endswith(end)
